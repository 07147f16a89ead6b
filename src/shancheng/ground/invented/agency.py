"""Agencies of an invented city, and the duty list: who answers for which category where, by day and by night."""

from collections.abc import Iterator, Sequence

from shancheng.ground.invented.census import CITY_CODE, Register
from shancheng.ground.invented.making import FIRST_DAY, SOURCE, Theme, agency_patterns, themes

Row = Sequence[str | int | float]
AGENCY_COLUMNS = ("key", "name_zh", "name_en", "place", "from", "until", "source")
DUTY_COLUMNS = ("key", "category", "place", "hours", "lead", "supports", "from", "until", "source")
WORKING_HOURS = "work"
"""Key of the calendar of offices, in the pack `cn`."""


def agency_key(key: str, code: str) -> str:
    """Key of an agency in a place; those of the city carry no code."""
    return key if code == CITY_CODE else f"{key}-{code}"


def agency_rows(registers: Sequence[Register]) -> Iterator[Row]:
    """Rows of `agencies.csv`: every pattern in every place of its level."""
    for pattern in agency_patterns():
        register = registers[pattern.level - 1]
        for code, name in zip(register.codes, register.names, strict=True):
            zh = pattern.name_zh.format(place=name.zh)
            yield agency_key(pattern.key, code), zh, pattern.name_en.format(place=name.en), code, FIRST_DAY, "", SOURCE


def duty_rows(registers: Sequence[Register]) -> Iterator[Row]:
    """Rows of `duties.csv`: the city's rule for each category, then what districts and towns take over.

    A category answered at night by the district has two lines there, one inside and one outside working hours.
    """
    yield "any", "*", CITY_CODE, "always", "operations", "", FIRST_DAY, "", SOURCE
    for theme in themes():
        yield _duty(theme, CITY_CODE, "always", theme.city, "")
        for code in registers[1].codes if theme.district else ():
            yield from _district_duties(theme, code)
        for code in registers[2].codes if theme.town else ():
            yield _duty(theme, code, "always", theme.town, "")
        for code in registers[3].codes if theme.community else ():
            yield _team_duty(theme, code)


def _district_duties(theme: Theme, code: str) -> Iterator[Row]:
    if not theme.night:
        yield _duty(theme, code, "always", theme.district, "")
        return
    yield _duty(theme, code, WORKING_HOURS, theme.district, "-day")
    yield _duty(theme, code, f"!{WORKING_HOURS}", theme.night, "-night")


def _duty(theme: Theme, code: str, hours: str, lead: str, mark: str) -> Row:
    key = f"{theme.key}-{code}{mark}"
    return key, theme.key, code, hours, agency_key(lead, code), theme.supports, FIRST_DAY, "", SOURCE


def _team_duty(theme: Theme, code: str) -> Row:
    """Grid workers lead in their community; the town's centre supports them."""
    lead, support = agency_key(theme.community, code), agency_key(theme.town, code[:9])
    return f"{theme.key}-{code}", theme.key, code, "always", lead, support, FIRST_DAY, "", SOURCE
