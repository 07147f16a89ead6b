"""Following places through yearly lists: spelling, renames, new codes, upgrades, moves, ends."""

import datetime as dt

import pytest

from shancheng.ground.territory.china import kind_of
from shancheng.ground.territory.continuity import Listed, State, follow, only_spelling
from shancheng.ground.territory.tables import Tables

FIRST, SECOND = dt.date(2016, 7, 31), dt.date(2017, 10, 31)
COUNTY, TOWN, OTHER = "500101000000", "500101100000", "500101101000"


def state(day: dt.date, **names: str) -> State:
    """A list with a city, a county and whatever is named by code: `c500101100201="新村村委会"`."""
    lines = {"500000000000": "重庆市", COUNTY: "万州区"} | {code[1:]: name for code, name in names.items()}
    return State(day, {code: listed(code, name) for code, name in lines.items()})


def listed(code: str, name: str) -> Listed:
    """A line of a list; the zeros at its end tell its level."""
    level = 4 - (code[9:] == "000") - (code[6:] == "0" * 6) - (code[2:] == "0" * 10)
    return Listed(code, name, level, kind_of(code, name, level))


def kinds(tables: Tables) -> list[str]:
    return [line.kind for line in tables.lineage]


@pytest.mark.parametrize(
    ("level", "one", "other"),
    [
        (4, "青坪村委会", "青坪村民委员会"),
        (4, "太运村委会", "太运村村民委员会"),
        (4, "打通垭居委会", "打通垭社区居民委员会"),
        (4, "大青?村委会", "大青㭎村村民委员会"),
        (3, "南城街道办事处", "南城街道"),
        (3, "鱼嘴镇人民政府", "鱼嘴镇"),
    ],
)
def test_words_for_the_office_are_only_spelling(level: int, one: str, other: str) -> None:
    assert only_spelling(one, other, level)


@pytest.mark.parametrize(("one", "other"), [("斩草村村委会", "杨柳村村委会"), ("柴藤村委会", "紫藤村委会")])
def test_another_word_is_a_rename(one: str, other: str) -> None:
    assert not only_spelling(one, other, 4)


def test_a_new_spelling_makes_no_version_but_keeps_the_old_one_as_a_name() -> None:
    tables = follow(
        [
            state(FIRST, c500101100000="甲镇", c500101100201="青坪村委会"),
            state(SECOND, c500101100000="甲镇", c500101100201="青坪村村民委员会"),
        ],
        "list",
    )

    assert [row.name for row in tables.places if row.level == 4] == ["青坪村村民委员会"]
    assert [(name.text, name.from_, name.until) for name in tables.names] == [("青坪村委会", FIRST, SECOND)]
    assert tables.lineage == ()


def test_a_township_that_becomes_a_street_keeps_its_id_and_its_villages() -> None:
    tables = follow(
        [
            state(FIRST, c500101200000="甲乡", c500101200201="青坪村委会"),
            state(SECOND, c500101001000="甲街道", c500101001001="青坪社区居委会"),
        ],
        "list",
    )

    assert len({row.id for row in tables.places}) == 4
    assert kinds(tables) == ["upgrade", "upgrade"]


def test_a_town_that_ends_lives_on_where_its_villages_went() -> None:
    tables = follow(
        [
            state(FIRST, c500101100000="甲镇", c500101101000="乙镇", c500101100201="青坪村委会"),
            state(SECOND, c500101101000="乙镇", c500101101201="青坪村委会"),
        ],
        "list",
    )
    first, second = (next(row.id for row in tables.places if row.name == name) for name in ("甲镇", "乙镇"))

    assert next(row.until for row in tables.places if row.id == first) == SECOND
    assert {(line.from_id, line.to_id, line.kind) for line in tables.lineage if line.from_id != line.to_id} == {
        (first, second, "merge")
    }


def test_two_villages_of_one_name_are_never_taken_for_each_other() -> None:
    towns = {"c500101100000": "甲镇", "c500101101000": "乙镇"}
    before = state(FIRST, **towns, c500101100201="新村村委会", c500101101201="新村村委会")
    after = state(SECOND, **towns, c500101100202="新村村委会", c500101101201="新村村委会")

    tables = follow([before, after], "list")

    assert kinds(tables) == ["recode"]
    assert len({row.id for row in tables.places}) == 6


def test_ids_stay_when_a_later_list_is_read_too() -> None:
    lists = [
        state(FIRST, c500101100000="甲镇"),
        state(SECOND, c500101100000="甲镇", c500101101000="乙镇"),
    ]

    short, long = follow(lists[:1], "list"), follow(lists, "list")

    assert {row.id: row.name for row in short.places}.items() <= {row.id: row.name for row in long.places}.items()
