"""Hides numbers and addresses of people in free text: telephones, identity numbers, bank cards, e-mail.

It is made for texts of residents: it rather masks a serial number that looks like a telephone than shows a telephone,
but leaves dates, times, amounts, codes of places and numbers of matters alone. It does not know names or addresses.
"""

import datetime as dt
import re
from collections.abc import Callable, Iterator

PHONE, IDENTITY, CARD, EMAIL = "[masked phone]", "[masked id]", "[masked card]", "[masked e-mail]"

_HALF_WIDTH = {0xFF01 + place: 0x21 + place for place in range(94)} | {0x3000: 0x20, 0x2010: 0x2D, 0x2011: 0x2D}
_HALF_WIDTH |= {0x2013: 0x2D, 0x2014: 0x2D, 0x2212: 0x2D, 0x00A0: 0x20}
"""Wide and typographic signs as plain ones, one for one, so that places in the text stay the same."""

_ALONE = r"(?<![0-9A-Za-z_])(?<![0-9A-Za-z_][-.])"
_ENDS = r"(?![0-9A-Za-z_])(?![-.][0-9])"
_NOT_MONEY = r"(?! ?(?:元|万|亿|块|人民币|CNY|RMB|USD|EUR))"

_WORTH_A_LOOK = re.compile(r"[0-9](?:[ .()-]{0,2}[0-9]){6}|@")
_EMAIL = re.compile(r"(?<![\w.+%-])[\w.+%-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}", re.ASCII)
_IDENTITY = re.compile(_ALONE + r"([1-9][0-9]{5}) ?([0-9]{8}) ?([0-9]{3}[0-9Xx])" + _ENDS)
_CARD = re.compile(_ALONE + r"[3-69][0-9]{3}(?:[ -]?[0-9]{4}){2}[ -]?[0-9]{3,4}(?:[ -]?[0-9]{1,3})?" + _ENDS)
_MOBILE = re.compile(
    r"(?<![0-9_])(?<![0-9A-Za-z_][-.])(?:(?:\+|00)?86[ -]?)?1[3-9][0-9](?:[ -]?[0-9]{4}){2}" + _ENDS + _NOT_MONEY
)
_EIGHT_AND_THREE = re.compile(_ALONE + r"1[3-9][0-9]{2}[ -][0-9]{3,4}[ -][0-9]{3,4}" + _ENDS)
_LANDLINE = re.compile(
    _ALONE
    + r"\(?(?:(?:\+|00)86[ -]?)?\(?0(?:10|2[0-9]|[3-9][0-9]{2})\)?[ -]?[2-8][0-9]{2,3}[ -]?[0-9]{4}"
    + r"(?:(?:-| ?转 ?| ?ext\.? ?)[0-9]{1,5})?"
    + _ENDS
)
_ABROAD = re.compile(r"(?<![0-9A-Za-z_+])(?:\+ ?|00 ?(?=[1-9][0-9 .()-]{11}))[1-9](?:[ .()-]{0,2}[0-9]){7,14}" + _ENDS)
_AMERICAN = re.compile(_ALONE + r"(?:1[ .-])?(?:\([2-9][0-9]{2}\) ?|[2-9][0-9]{2}[.-])[0-9]{3}[.-][0-9]{4}" + _ENDS)
_AFTER_A_WORD = re.compile(
    r"(?:(电话|手机|座机|联系|致电|拨打|来电|(?<![A-Za-z])(?:tel|telephone|phone|mobile|cell|call))"
    r"|(身份证|证件)|(银行卡|卡号|账号|帐号|账户|(?<![A-Za-z])(?:card|account)))"
    r"(?P<between>[^0-9\n]{0,8})(?P<number>[0-9][0-9 -]{5,22}[0-9Xx])(?![0-9A-Za-z_])",
    re.IGNORECASE,
)
_WORDS = (PHONE, IDENTITY, CARD)
_LENGTHS = ((7, 12), (15, 18), (12, 19))
_OF_A_MATTER = re.compile(r"编号|工单|案卷|案件|订单|单号|流水|ticket|order|case", re.IGNORECASE)

Span = tuple[int, int, str]
Judge = Callable[[str, re.Match[str]], bool]


def mask(text: str) -> tuple[str, bool]:
    """The text with personal numbers replaced by neutral marks, and whether there were any.

    Time grows with the length of the text and nothing else: every pattern has a bounded length.
    """
    plain = text.translate(_HALF_WIDTH)
    if _WORTH_A_LOOK.search(plain) is None:
        return text, False
    spans: list[Span] = []
    for find in _FINDERS:
        found = list(find(plain))
        spans += found
        plain = _blanked(plain, found)
    return (_replaced(text, sorted(spans)), True) if spans else (text, False)


def _blanked(text: str, spans: list[Span]) -> str:
    """The text with found parts made unrecognisable, at the same length, for the patterns that come after."""
    return _replaced(text, [(start, end, "\n" * (end - start)) for start, end, _ in spans])


def _replaced(text: str, spans: list[Span]) -> str:
    parts: list[str] = []
    at = 0
    for start, end, mark in spans:
        parts += text[at:start], mark
        at = end
    return "".join((*parts, text[at:]))


def _each(pattern: re.Pattern[str], mark: str, judge: Judge) -> Callable[[str], Iterator[Span]]:
    def find(text: str) -> Iterator[Span]:
        for match in pattern.finditer(text):
            if judge(text, match):
                yield match.start(), match.end(), mark

    return find


def _surely(_text: str, _match: re.Match[str]) -> bool:
    return True


def _is_identity(_text: str, match: re.Match[str]) -> bool:
    """Eighteen signs with a day of birth inside, and either the check sign of GB 11643 or a birth before 2000.

    Numbers of matters are often built likewise (place, day, serial number), but with a recent day and no check sign.
    """
    place, born, rest = match.groups()
    return _is_day(born) and (born < "2000" or _check_sign(place + born + rest[:3]) == rest[3].upper())


def _is_day(digits: str) -> bool:
    try:
        day = dt.date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return False
    return 1880 <= day.year <= 2100


def _check_sign(digits: str) -> str:
    """Check sign of a Chinese identity number's first 17 digits (GB 11643, ISO 7064 MOD 11-2)."""
    total = 0
    for digit in digits:
        total = (total + int(digit)) * 2 % 11
    return "0123456789X"[(12 - total) % 11]


def _is_card(_text: str, match: re.Match[str]) -> bool:
    """15 to 19 digits that begin like a bank card and end in Luhn's check digit (ISO/IEC 7812-1)."""
    digits = re.sub("[ -]", "", match[0])
    length = len(digits)
    begins = (
        (digits.startswith(("62", "60", "95")) and 16 <= length <= 19)
        or (digits[0] == "4" and length in (16, 19))
        or (digits[:2] in ("51", "52", "53", "54", "55", "35") and length == 16)
        or (digits[:2] in ("34", "37") and length == 15)
    )
    if length == 18 and _is_day(digits[6:14]):
        return False
    return begins and _luhn(digits) == 0


def _luhn(digits: str) -> int:
    doubled = sum(sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return (doubled + sum(int(digit) for digit in digits[-1::-2])) % 10


def _is_mobile(text: str, match: re.Match[str]) -> bool:
    """Not when glued to letters, as within a hexadecimal number, unless those are a whole word: `tel13812345678`."""
    before = text[max(match.start() - 14, 0) : match.start()]
    return not before[-1:].isascii() or not before[-1:].isalpha() or _WORD_BEFORE.search(before) is not None


_WORD_BEFORE = re.compile(r"(?:^|[^0-9A-Za-z_-])[A-Za-z]{2,12}$")


def _is_eleven(_text: str, match: re.Match[str]) -> bool:
    return sum(sign.isdigit() for sign in match[0]) == 11


def _after_a_word(text: str) -> Iterator[Span]:
    """Numbers that a word just before says are someone's: a local telephone, an old identity number, an account."""
    for match in _AFTER_A_WORD.finditer(text):
        digits = re.sub("[ -]", "", match["number"])
        place = next(place for place in range(3) if match[place + 1])
        least, most = _LENGTHS[place]
        if least <= len(digits) <= most and not _OF_A_MATTER.search(match["between"]) and not _begins_with_day(digits):
            yield match.start("number"), match.end("number"), _WORDS[place]


def _begins_with_day(digits: str) -> bool:
    """Whether digits begin with a recent day, year first, or are two years: a date, a serial number made from one."""
    if re.fullmatch("(?:(?:19|20)[0-9]{2}){2}", digits):
        return True
    return digits.startswith("20") and _is_day(digits[:8].ljust(8, "0"))


_FINDERS: tuple[Callable[[str], Iterator[Span]], ...] = (
    _each(_EMAIL, EMAIL, _surely),
    _each(_IDENTITY, IDENTITY, _is_identity),
    _each(_CARD, CARD, _is_card),
    _each(_MOBILE, PHONE, _is_mobile),
    _each(_EIGHT_AND_THREE, PHONE, _is_eleven),
    _each(_LANDLINE, PHONE, _surely),
    _each(_ABROAD, PHONE, _surely),
    _each(_AMERICAN, PHONE, _surely),
    _after_a_word,
)
