"""Both languages say everything, from one source."""

import re
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from shancheng.doors import web
from shancheng.doors.web.language import Tongue, wanted

ROOM = Path(web.__file__).parent
MAPPING = [("**.py", "python"), ("templates/**.html", "jinja2.ext:babel_extract")]
KEYWORDS = {"_": None, "N_": None, "gettext": None, "ngettext": (1, 2)}
HAN = re.compile("[一-鿿]")


def messages() -> set[str]:
    """Every message that modules and templates use."""
    found = extract_from_dir(ROOM, MAPPING, {"**": {"trimmed": "true"}}, KEYWORDS)
    return {said if isinstance(said, str) else said[0] for _, _, said, _, _ in found}


def chinese() -> dict[str, str]:
    """The Chinese catalogue."""
    with (ROOM / "catalogs" / "zh.po").open("rb") as source:
        catalog = read_po(source)
    return {
        (m.id if isinstance(m.id, str) else m.id[0]): (m.string if isinstance(m.string, str) else m.string[0])
        for m in catalog
        if m.id
    }


def test_every_message_is_there_in_chinese_and_none_is_left_over() -> None:
    told = chinese()

    assert messages() - set(told) == set()
    assert set(told) - messages() == set()
    assert [said for said, text in told.items() if not text] == []


def test_values_are_put_in_by_the_same_names_in_both_languages() -> None:
    named = re.compile(r"%\((\w+)\)s")
    odd = [said for said, text in chinese().items() if set(named.findall(said)) != set(named.findall(text))]

    assert odd == []


def test_no_page_writes_chinese_of_its_own() -> None:
    files = [*ROOM.glob("*.py"), *ROOM.glob("templates/**/*.html")]
    own = {file.name for file in files if HAN.search(file.read_text(encoding="utf-8"))}

    assert own == {"language.py"}


@pytest.mark.parametrize(
    ("accepts", "before", "code"),
    [
        ("en-GB,en;q=0.9", "", "en"),
        ("zh-CN,zh;q=0.9", "", "zh"),
        ("fr,en;q=0.5", "", "en"),
        ("", "", "zh"),
        ("zh", "en", "en"),
        ("en", "xx", "en"),
    ],
)
def test_the_first_page_greets_as_the_browser_asks_or_as_chosen_before(accepts: str, before: str, code: str) -> None:
    assert wanted(accepts, before) == code


def test_dates_numbers_and_spans_are_written_as_each_language_writes_them() -> None:
    from zoneinfo import ZoneInfo

    zh, en = (Tongue(code, ZoneInfo("Asia/Shanghai")) for code in ("zh", "en"))

    assert (zh.moment(1_790_000_000), en.moment(1_790_000_000)) == ("2026年9月21日 22:13", "21 Sept 2026, 22:13")
    assert (zh.number(1234567), en.number(1234567)) == ("1,234,567", "1,234,567")
    assert (zh.span(7200), en.span(7200), en.span(86_400)) == ("2小时", "2 hours", "1 day")
    assert (zh.span(400 * 86_400), en.span(8 * 86_400), en.span(-59)) == ("400天", "8 days", "1 minute")
