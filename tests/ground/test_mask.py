"""Free text: numbers of people are hidden, everything else stays."""

import uuid

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shancheng.ground.mask import CARD, EMAIL, IDENTITY, PHONE, mask

HIDDEN = [
    ("请打13812345678联系我", f"请打{PHONE}联系我"),
    ("手机：138 1234 5678，谢谢", f"手机：{PHONE}，谢谢"),
    ("138-1234-5678", PHONE),
    ("1381 234 5678", PHONE),
    ("１３８１２３４５６７８", PHONE),
    ("+86 13812345678", PHONE),
    ("008613812345678", PHONE),
    ("tel13812345678", f"tel{PHONE}"),
    ("张三13812345678、李四13912345678", f"张三{PHONE}、李四{PHONE}"),
    ("13812345678 13912345678", f"{PHONE} {PHONE}"),
    ("座机023-63112345", f"座机{PHONE}"),
    ("(023)63112345", PHONE),
    ("（023）6311 2345", PHONE),
    ("02363112345转8001", PHONE),
    ("0571-88888888-801", PHONE),
    ("010 6211 2345", PHONE),
    ("电话63112345", f"电话{PHONE}"),
    ("电话是 6311-2345。", f"电话是 {PHONE}。"),
    ("请致电 6311-2345", f"请致电 {PHONE}"),
    ("联系我（63112345）", f"联系我（{PHONE}）"),
    ("call me: 212-555-0123", f"call me: {PHONE}"),
    ("(212) 555-0123", PHONE),
    ("1-212-555-0123", PHONE),
    ("+44 20 7946 0958", PHONE),
    ("+1 (212) 555-0123", PHONE),
    ("0044 20 7946 0958", PHONE),
    ("Tel. 79460958", f"Tel. {PHONE}"),
    ("身份证11010519491231002X", f"身份证{IDENTITY}"),
    ("440524188001010014", IDENTITY),
    ("110105 19491231 002x", IDENTITY),
    ("500103199001011230", IDENTITY),
    ("身份证号：500103900101123", f"身份证号：{IDENTITY}"),
    ("卡号 6222 0212 3456 7890 128", f"卡号 {CARD}"),
    ("4111 1111 1111 1111", CARD),
    ("4111111111111111", CARD),
    ("5555-5555-5555-4444", CARD),
    ("银行卡6222000000000000000", f"银行卡{CARD}"),
    ("写信给 zhang.san+12345@mail.example.com.cn。", f"写信给 {EMAIL}。"),
    ("a@b.cn,c@d.org", f"{EMAIL},{EMAIL}"),
    ("zhang＠example．com", EMAIL),
    ("微信wx13812345678", f"微信wx{PHONE}"),
]

SHOWN = [
    "2025-09-28 16:10:00",
    "2025-09-28 16:10:00 至 2025-10-09 17:40:00",
    "20250928161000",
    "20250928",
    "手机坏了，20250928报修",
    "联系规划（2016-2020）",
    "拨打 0 转 12345",
    "电话坏了 2025-09-28",
    "电话坏了，编号 81234567",
    "手机坏了20250928001",
    "1759045800",
    "1759045800000",
    "案卷 500103-20250928-0012",
    "案卷号500103202509280012",
    "网格500103001001001",
    "社区500103001001",
    "matter M-2025-13812345678",
    "WO_13812345678",
    "工单20250928-13812345678-2",
    "预算13800000000元",
    "投入 13800000000 元",
    "造价1,381,234,567.80元",
    "¥138123456.78",
    "13812345678.50",
    "共 3 000 000 平方米",
    "经纬度 106.551556, 29.563009",
    "106.5515561234567,29.5630094567890",
    "热线12345、110、95598",
    "邮编400015",
    "192.168.100.1",
    "300 200 1000",
    "01J8ZQ4T9K13812345678ABCDE",
    "0123456789abcdef13812345678abcde",
    "@张三 路灯坏了",
    "3号楼2单元1204",
    "川A12345",
    "0000000123456789",
    "3.14159265358979",
    "观音桥步行街路灯坏了",
    "",
]


@pytest.mark.parametrize(("text", "expected"), HIDDEN)
def test_numbers_of_people_are_hidden(text, expected):
    assert mask(text) == (expected, True)


@pytest.mark.parametrize("text", SHOWN)
def test_dates_amounts_and_numbers_of_matters_stay(text):
    assert mask(text) == (text, False)


def test_two_hundred_random_identifiers_stay():
    for seed in range(200):
        identifier = str(uuid.UUID(int=seed * 0x9E3779B97F4A7C15F39CC0605CEDC835 % 2**128))
        for text in (identifier, identifier.replace("-", ""), identifier.upper()):
            assert mask(text) == (text, False)


@settings(max_examples=200)
@given(st.text(max_size=60))
def test_masking_twice_changes_nothing_more(text):
    once, _ = mask(text)

    assert mask(once) == (once, False)


@settings(max_examples=200)
@given(st.sampled_from(HIDDEN), st.text("路灯坏了，。 \n", max_size=10), st.text("路灯坏了，。 \n", max_size=10))
def test_words_around_a_number_neither_save_it_nor_get_lost(example, before, after):
    text, expected = example

    found, hidden = mask(f"{before}，{text}，{after}")

    assert hidden
    assert found == f"{before}，{expected}，{after}"


@pytest.mark.parametrize(
    "piece",
    [
        "1",
        "12 ",
        "+1",
        "138",
        "a.",
        "a@",
        "@a.",
        "0-",
        "(0",
        "电话",
        "tel ",
        "卡号1",
        "62 ",
        "13812345678 ",
        "00 1",
        "-",
        "1.1-",
    ],
)
def test_a_million_characters_of_anything_are_read_in_one_go(piece):
    text = piece * (1_000_000 // len(piece))

    found, _ = mask(text)

    assert found[:100] == mask(text[:10_000])[0][:100]
