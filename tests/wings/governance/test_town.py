"""The town's board and the supervision list: what waits for whom, on which platform, in which community, how late."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from tests.loop.world import (
    EAST,
    HILL,
    LEADER,
    PACKS,
    QUAY,
    RESIDENT,
    SUPERVISOR,
    TABLES,
    WEST,
    handler,
    leak,
    write_city,
)
from tests.wings.governance.town import CLERK, Town, given

from shancheng.ground.access import Actor
from shancheng.ground.pack import check_packs
from shancheng.loop import act as acts
from shancheng.loop.ledger import Refusal
from shancheng.loop.rules import Rules
from shancheng.wings.governance import platforms
from shancheng.wings.governance.desk import TownBoard, Watch
from shancheng.wings.governance.platforms import platform_of

MAYOR = Actor("l-quay", "leader", centre=QUAY, places=(QUAY,))
PATROL = Actor("importer-1", "importer")
HARD = {"kind": "dispute", "category": "noise"}


def told(rules: Rules, story: Callable[[Town], Awaitable[None]]) -> Town:
    """The town once a story has been told in it."""

    async def run() -> Town:
        async with Town(rules) as town:
            await story(town)
        return town

    return asyncio.run(run())


def board_of(rules: Rules, story: Callable[[Town], Awaitable[None]]) -> TownBoard:
    """The quay's board at the end of a story."""
    found: list[TownBoard] = []

    async def run(town: Town) -> None:
        await story(town)
        found.append(given(await town.desk.town(QUAY, LEADER)))

    told(rules, run)
    return found[0]


def test_each_matter_stands_on_one_platform_and_in_one_community(rules: Rules) -> None:
    async def story(town: Town) -> None:
        await town.report(leak(place=8), RESIDENT)
        await town.report(leak(place=9, kind="hazard", category="slope"), PATROL)
        await town.report(leak(place=9, **HARD), PATROL)
        await town.report(leak(place=QUAY), RESIDENT)
        await town.report(leak(place=10), RESIDENT)

    found = board_of(rules, story)

    assert {row.key: row.open for row in found.platforms} == {"party": 0, "economy": 0, "livelihood": 2, "safety": 2}
    assert [(row.place, row.open) for row in found.communities] == [(8, 1), (9, 2), (0, 1)]
    assert found.centre.open == sum(row.open for row in found.platforms) == sum(row.open for row in found.communities)
    assert found.waiting["reported"] == 4
    livelihood = next(row for row in found.platforms if row.key == "livelihood")
    assert [(row.category, row.open) for row in livelihood.categories] == [("leak", 2)]


def test_lateness_adds_up_over_platforms_and_communities(rules: Rules) -> None:
    async def story(town: Town) -> None:
        for place in (8, 9):
            matter = await town.report(leak(place=place), RESIDENT)
            await town.do(matter, acts.Accept(category="leak"), CLERK)
        town.later(days=60)

    found = board_of(rules, story)

    assert found.centre.late == 2
    assert sum(row.late for row in found.platforms) == sum(row.late for row in found.communities) == 2


def test_only_towns_have_such_a_board_and_only_for_those_who_see_them(rules: Rules) -> None:
    async def story(town: Town) -> None:
        codes = [await town.desk.town(*asked) for asked in ((EAST, LEADER), (HILL, MAYOR), (8, LEADER))]
        assert [code.code for code in codes if isinstance(code, Refusal)] == ["no-town", "not-found", "no-town"]
        assert isinstance(await town.desk.watch(WEST, MAYOR), Refusal)

    told(rules, story)


@pytest.mark.parametrize(("category", "wanted"), [("leak", "livelihood"), ("slope", "safety"), ("", ""), ("gone", "")])
def test_the_platform_follows_the_category_or_else_the_kind(rules: Rules, category: str, wanted: str) -> None:
    assert platform_of(category, platforms.platforms(rules, 1_790_000_000), rules, 1_790_000_000) == wanted


def test_a_platform_that_claims_what_another_has_is_a_fault_with_its_place(tmp_path: Path) -> None:
    folder = write_city(tmp_path / "tiny")
    record = '[[record]]\nkey = "{key}"\nname = {{ zh = "甲" }}\ncategories = ["{what}"]\nsource = "x"\n'
    text = record.format(key="one", what="leak") + record.format(key="two", what="leak")
    (folder / "platforms.toml").write_text(text + record.format(key="three", what="leek"), encoding="utf-8")

    _, faults = check_packs([folder], (*TABLES, *platforms.TABLES), (platforms.check,), [PACKS])

    said = [f"{fault.code} {fault.nearest}" for fault in faults if str(fault.file).endswith("platforms.toml")]
    assert sorted(said) == ["two-platforms ", "unknown-name leak"]


def watched(rules: Rules, by: Actor, story: Callable[[Town], Awaitable[None]]) -> Watch:
    """The supervision list of the quay at the end of a story."""
    found: list[Watch] = []

    async def run(town: Town) -> None:
        await story(town)
        found.append(given(await town.desk.watch(QUAY, by)))

    told(rules, run)
    return found[0]


async def _late_and_watched(town: Town) -> None:
    for agency in ("water", "water", "roads", ""):
        matter = await town.report(leak(), RESIDENT)
        await town.do(matter, acts.Accept(category="leak"), CLERK)
        if agency:
            await town.do(matter, acts.Assign(lead=agency), CLERK)
            await town.do(matter, acts.Sign(), handler(agency))
        if agency == "roads":
            await town.do(matter, acts.Supervise(why="school", report_by=town.now + 3600), SUPERVISOR)
    town.later(days=60)
    secret = await town.report(leak(**HARD), PATROL)
    await town.do(secret, acts.Supervise(why="quiet", report_by=town.now + 60), LEADER)


def test_the_list_says_what_is_expected_when_and_with_whom_what_is_late_lies(rules: Rules) -> None:
    found = watched(rules, SUPERVISOR, _late_and_watched)

    assert next(matter.marks.supervised.why for matter in found.matters if matter.marks.supervised) == "school"
    late = {(row.agency, row.centre): (row.late, row.supervised) for row in found.late_with}
    assert late[("water", 0)] == (2, 0) and late[("roads", 0)] == (1, 1) and late[("", QUAY)] == (1, 0)
    assert found.late_with[0].agency == "water" and found.late_with[0].longest > 30 * 86_400
    assert found.whole and not found.more


def test_what_is_confidential_is_on_nobodys_list_who_may_not_see_it(rules: Rules) -> None:
    plain = Actor("o", "operator", centre=QUAY, places=(QUAY,))

    whys = [
        matter.marks.supervised.why
        for matter in watched(rules, plain, _late_and_watched).matters
        if matter.marks.supervised
    ]

    assert whys == ["school"]
