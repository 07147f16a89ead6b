"""Whole journeys of matters through the desk."""

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

from tests.loop.world import (
    CITY,
    DISTRICT,
    EAST,
    HILL,
    LEADER,
    OTHER_OPERATOR,
    PHOTO,
    QUAY,
    RESIDENT,
    SUPERVISOR,
    at,
    handler,
    leak,
)
from tests.wings.governance.town import AUDITOR, CHECKER, CLERK, FINISH, Town, done, given

from shancheng.ground.access import Actor
from shancheng.loop import act as acts
from shancheng.loop.ledger import Refusal
from shancheng.loop.matter import STAGES, Stage
from shancheng.loop.rules import Rules
from shancheng.store.sqlite.lane import SqliteLane
from shancheng.store.sqlite.reader import SqliteReader
from shancheng.wings.governance.desk import Wish

T = TypeVar("T")
NEIGHBOUR = Actor("r-2", "resident")
HILL_CLERK = Actor("o-hill", "operator", centre=HILL, places=(HILL,))


def run(story: Coroutine[Any, Any, T]) -> T:
    """Tell a story to its end."""
    return asyncio.run(story)


def test_a_matter_goes_from_report_to_rating(rules: Rules) -> None:
    async def story() -> None:
        async with Town(rules) as town:
            matter = await town.report(leak(), RESIDENT)
            await town.do(matter, acts.Accept(), CLERK)
            assigned = await town.do(matter, acts.Assign(), CLERK)
            closed = await town.settle(matter, "quay-office", "water")
            rated = await town.do(matter, acts.Rate(contacted=True, resolved=True, satisfied=True), RESIDENT)

            assert assigned.lead is not None
            assert (assigned.lead.agency, assigned.lead.duty) == ("quay-office", "leak-quay")
            assert closed.stage is Stage.CLOSED
            assert rated.reporters["r-1"].reply == "水管已修好。"
            assert rated.reporters["r-1"].satisfied is True
            moves = given(await town.desk.history(matter, RESIDENT))
            assert [move.verb for move in moves][:3] == ["report", "accept", "assign"]
            found = given(await town.desk.figures(CITY, (at("2025-09-01 00:00"), town.now + 1), LEADER))
            assert (found["satisfaction_rate"].value, found["routing_quality"].value) == (1.0, 1.0)
            assert found.seq == town.ledger.head.seq

    run(story())


def test_a_refused_matter_tells_its_reporter_where_to_go(rules: Rules) -> None:
    async def story() -> None:
        async with Town(rules) as town:
            matter = await town.report(leak(), RESIDENT)
            refused = await town.do(matter, acts.Refuse(reason="not-the-city", elsewhere="物业公司"), CLERK)

            assert refused.stage is Stage.REFUSED
            assert refused.reporters["r-1"].reply == "物业公司"

    run(story())


def test_after_two_returns_the_holder_decides_in_its_own_name(rules: Rules) -> None:
    async def story() -> None:
        async with Town(rules) as town:
            matter = await town.report(leak(), RESIDENT)
            await town.do(matter, acts.Accept(), CLERK)
            for agency in ("water", "roads"):
                await town.do(matter, acts.Assign(lead=agency), CLERK)
                await town.do(matter, acts.Return(reason="not-our-duty"), handler(agency))

            assert await town.refused(matter, acts.Assign(lead="water"), CLERK) == "own-decision-needed"
            await town.do(matter, acts.Assign(lead="water", own_decision=True), CLERK)
            assert await town.refused(matter, acts.Return(reason="not-our-duty"), handler("water")) == "cannot-return"

    run(story())


def test_a_pause_is_asked_by_the_agency_and_granted_by_the_holder(rules: Rules) -> None:
    async def story() -> None:
        async with Town(rules) as town:
            matter = await _in_work(town)
            pause = acts.Pause(reason="weather", until=town.now + 86_400)
            await town.do(matter, acts.Ask(what="pause", reason="weather"), handler("water"))
            assert await town.refused(matter, pause, handler("water")) == "not-allowed"
            paused = await town.do(matter, pause, CLERK)
            town.later(days=2)
            woken = await town.desk.tick()
            again = await town.see(matter)

            assert paused.clocks["finish"].paused
            assert not paused.marks.asked
            assert woken >= 1
            assert not again.clocks["finish"].paused
            assert again.clocks["finish"].due > paused.clocks["finish"].due

    run(story())


async def _in_work(town: Town) -> str:
    matter = await town.report(leak(), RESIDENT)
    await town.do(matter, acts.Accept(), CLERK)
    await town.do(matter, acts.Assign(lead="water"), CLERK)
    await town.do(matter, acts.Sign(), handler("water"))
    return matter


def test_who_handled_a_matter_cannot_verify_it(rules: Rules) -> None:
    async def story() -> None:
        async with Town(rules) as town:
            matter = await town.report(leak(), RESIDENT)
            await town.do(matter, acts.Accept(), CLERK)
            await town.do(matter, acts.Assign(lead="water"), CLERK)
            worker = Actor("g-1", "grid-worker", centre=QUAY, agency="water", places=(QUAY,))
            await town.do(matter, acts.Sign(), worker)
            await town.do(matter, FINISH, worker)

            check = acts.Verify(passed=True, evidence=PHOTO)
            assert await town.refused(matter, check, worker) == "handler-verifies"
            assert (await town.do(matter, check, CHECKER)).stage is Stage.VERIFIED

    run(story())


def test_who_handled_a_matter_in_an_earlier_round_cannot_verify_it_either(rules: Rules) -> None:
    async def story() -> None:
        async with Town(rules) as town:
            matter = await town.report(leak(), RESIDENT)
            await town.do(matter, acts.Accept(), CLERK)
            await town.do(matter, acts.Assign(lead="water"), CLERK)
            await town.do(matter, acts.Sign(), Actor("g-1", "grid-worker", centre=QUAY, agency="water", places=(QUAY,)))
            await town.do(matter, acts.Assign(lead="water"), CLERK)
            await town.do(matter, acts.Sign(), handler("water"))
            await town.do(matter, FINISH, handler("water"))
            moved_on = Actor("g-1", "grid-worker", centre=QUAY, places=(QUAY,))

            assert await town.refused(matter, acts.Verify(passed=True, evidence=PHOTO), moved_on) == "handler-verifies"

    run(story())


def test_every_reporter_of_merged_matters_is_answered_and_may_rate(rules: Rules) -> None:
    async def story() -> None:
        async with Town(rules) as town:
            first = await _in_work(town)
            second = await town.report(leak(reporter=""), NEIGHBOUR)
            await town.do(second, acts.Merge(into=first, score=0.9), CLERK)
            await town.do(first, FINISH, handler("water"))
            await town.do(first, acts.Verify(passed=True, evidence=PHOTO), CHECKER)
            await town.do(first, acts.Close(outcome="settled", reply="已修好"), CLERK)
            rated = await town.do(second, acts.Rate(satisfied=False), NEIGHBOUR)

            assert rated.reporters["r-2"].reply == "已修好"
            board = given(await town.desk.board(CITY, LEADER))
            assert sum(board.place.stages) == 1
            found = given(await town.desk.figures(CITY, (0, town.now + 1), LEADER))
            assert found["compression"].value == 2.0

    run(story())


def test_a_reporter_reopens_what_is_not_settled(rules: Rules) -> None:
    async def story() -> None:
        async with Town(rules) as town:
            matter = await town.report(leak(), RESIDENT)
            await town.do(matter, acts.Accept(), CLERK)
            await town.do(matter, acts.Assign(lead="water"), CLERK)
            await town.settle(matter, "water")
            town.later(days=3)
            again = await town.do(matter, acts.Reopen(reason="came-back"), RESIDENT)

            assert again.stage is Stage.ACCEPTED
            found = given(await town.desk.figures(CITY, (0, town.now + 1), LEADER))
            assert (found["reopen_rate"].value, found["false_closures"].value) == (1.0, 1.0)

    run(story())


def test_a_matter_is_raised_to_the_district_and_taken_there(rules: Rules) -> None:
    async def story() -> None:
        async with Town(rules) as town:
            matter = await town.report(leak(), RESIDENT)
            await town.do(matter, acts.Accept(), CLERK)
            await town.do(matter, acts.Raise(why="跨镇管网"), CLERK)
            assert await town.refused(matter, acts.Assign(), CLERK) == "handed-over"
            taken = await town.do(matter, acts.Take(), DISTRICT)

            assert (taken.custody.holder, taken.custody.epoch) == (EAST, 2)
            assert await town.refused(matter, acts.Assign(), CLERK) == "not-holder"

    run(story())


def test_a_centre_sees_what_it_is_offered(rules: Rules) -> None:
    async def story() -> None:
        async with Town(rules) as town:
            matter = await town.report(leak(), RESIDENT)
            before = await town.desk.matter(matter, HILL_CLERK)
            await town.do(matter, acts.Offer(to=HILL, why="在山头镇一侧"), CLERK)
            offered = given(await town.desk.matter(matter, HILL_CLERK))

            assert isinstance(before, Refusal)
            assert before.code == "not-found"
            assert offered.custody.offered_to == HILL

    run(story())


def test_a_supervised_matter_is_found_by_its_mark(rules: Rules) -> None:
    async def story() -> None:
        async with Town(rules) as town:
            matter = await town.report(leak(), RESIDENT)
            await town.report(leak(), NEIGHBOUR)
            await town.do(matter, acts.Supervise(why="多次投诉", report_by=town.now + 86_400), SUPERVISOR)

            page = given(await town.desk.worklist(Wish(supervised=True), LEADER))

            assert [found.id for found in page.matters] == [matter]

    run(story())


def test_the_ladder_puts_a_neglected_matter_under_supervision(rules: Rules) -> None:
    async def story() -> None:
        async with Town(rules) as town:
            matter = await town.report(leak(), RESIDENT)
            for _ in range(20):
                town.later(days=2)
                await town.desk.tick()

            found = await town.see(matter)

            assert found.marks.supervised is not None
            assert await town.desk.tick() == 0
            assert [row.late for row in given(await town.desk.board(CITY, LEADER)).children] == [1, 0]

    run(story())


def test_worklists_hold_only_what_a_role_may_see(rules: Rules) -> None:
    async def story() -> None:
        async with Town(rules) as town:
            quay = await town.report(leak(), RESIDENT)
            hill = await town.report(leak(place=10), NEIGHBOUR)
            noise = await town.report(acts.Report(kind="dispute", category="noise", text="吵闹", place=8), CLERK)
            await town.do(quay, acts.Accept(), CLERK)
            await town.do(quay, acts.Assign(lead="water"), CLERK)

            async def listed(by: Actor, wish: Wish = Wish()) -> set[str]:  # noqa: B008
                return {found.id for found in given(await town.desk.worklist(wish, by)).matters}

            assert await listed(CLERK) == {quay}
            assert await listed(HILL_CLERK) == {hill}
            assert await listed(LEADER) == {quay, hill, noise}
            assert await listed(handler("water")) == {quay}
            assert await listed(handler("roads")) == set()
            assert await listed(NEIGHBOUR) == {hill}
            assert await listed(LEADER, Wish(place=HILL)) == {hill}
            assert await listed(LEADER, Wish(stages=("assigned",))) == {quay}
            assert await listed(LEADER, Wish(kinds=("dispute",))) == {noise}
            assert isinstance(await town.desk.worklist(Wish(), Actor("x", "nobody")), Refusal)

    run(story())


def test_a_list_is_searched_by_words_and_turned_page_by_page(rules: Rules) -> None:
    async def story() -> None:
        async with Town(rules) as town:
            for number in range(7):
                town.later(minutes=1)
                await town.report(leak(text="水管漏水" if number % 2 else "路灯不亮"), RESIDENT)
            await town.ledger.index_words(1000)

            lamps = given(await town.desk.worklist(Wish(words="路灯", order="opened"), CLERK))
            first = given(await town.desk.worklist(Wish(order="opened", limit=4), CLERK))
            rest = given(await town.desk.worklist(Wish(order="opened", limit=4, after=first.next), CLERK))

            assert len(lamps.matters) == 4
            assert (len(first.matters), len(rest.matters), rest.next) == (4, 3, "")
            assert len({matter.id for matter in (*first.matters, *rest.matters)}) == 7

    run(story())


def test_a_wish_for_a_place_or_stage_that_is_not_there_says_so(rules: Rules) -> None:
    async def story() -> None:
        async with Town(rules) as town:
            place = await town.desk.worklist(Wish(place=999), LEADER)
            stage = await town.desk.worklist(Wish(stages=("finished",)), LEADER)

            assert isinstance(place, Refusal)
            assert place.field == "place"
            assert isinstance(stage, Refusal)
            assert "reported" in stage.message

    run(story())


def test_a_board_counts_what_a_recount_counts(rules: Rules) -> None:
    async def story() -> None:
        async with Town(rules) as town:
            for number in range(40):
                matter = await town.report(leak(place=8 + number % 8, drill=number == 39), AUDITOR)
                if number % 3:
                    await town.do(matter, acts.Accept(category=("leak", "lamp")[number % 2]), AUDITOR)
                if number % 3 == 2:
                    await town.do(matter, acts.Assign(lead="water"), AUDITOR)
            for place in (CITY, EAST, QUAY, 8):
                board = given(await town.desk.board(place, LEADER))
                page = given(await town.desk.worklist(Wish(place=place, limit=200), LEADER))
                stages = [sum(m.stage is stage for m in page.matters) for stage in STAGES]

                assert list(board.place.stages) == stages
                assert [sum(column) for column in zip(*(row.stages for row in board.children), strict=True)] in (
                    stages,
                    [],
                )
                top = [row for row in board.categories if not row.parent]
                assert [row.category for row in top] == ["streets"]
                assert list(top[0].stages) == stages
                leaves = [row for row in board.categories if row.parent == "streets"]
                assert [sum(column) for column in zip(*(row.stages for row in leaves), strict=True)] == stages

    run(story())


def test_a_board_is_for_those_who_see_the_whole_place(rules: Rules) -> None:
    async def story() -> None:
        async with Town(rules) as town:
            answers = [
                await town.desk.board(CITY, CLERK),
                await town.desk.board(HILL, CLERK),
                await town.desk.board(QUAY, RESIDENT),
                await town.desk.figures(EAST, (0, 1), CLERK),
                await town.desk.board(999, LEADER),
            ]

            assert {answer.code for answer in answers if isinstance(answer, Refusal)} == {"not-found"}
            assert len(answers) == sum(isinstance(answer, Refusal) for answer in answers)
            assert given(await town.desk.board(QUAY, CLERK)).place.name_zh == "码头镇"

    run(story())


def test_a_board_and_figures_for_some_kinds_count_only_those(rules: Rules) -> None:
    async def story() -> None:
        async with Town(rules) as town:
            await town.report(leak(), RESIDENT)
            await town.report(acts.Report(kind="hazard", category="slope", text="边坡", place=8), CLERK)
            safety = Actor("o-safe", "operator", centre=QUAY, places=(QUAY,), kinds=("hazard",))

            board = given(await town.desk.board(QUAY, safety))

            await town.desk.read_on()
            found = given(await town.desk.figures(QUAY, (0, town.now + 1), safety))

            assert [row.category for row in board.categories] == ["slope"]
            assert board.place.open == 1
            assert found["reported"].value == 1

    run(story())


def test_contact_data_are_sealed_and_every_look_is_written_down(rules: Rules) -> None:
    async def story() -> None:
        async with Town(rules) as town:
            words = leak(reporter="", text="水管漏水，请打13812345678")
            matter = await town.report(words, OTHER_OPERATOR, contact=b"13812345678", idem="k-1")
            repeated = done(await town.desk.report(words, OTHER_OPERATOR, contact=b"13812345678", idem="k-1"))
            found = await town.see(matter)
            (reporter,) = found.reporters

            nobody = await town.desk.unseal(matter, reporter, "curious", LEADER)
            opened = given(await town.desk.unseal(matter, reporter, "call back", CHECKER))

            assert repeated.repeated
            assert repeated.matter == matter
            assert "13812345678" not in found.opening.text
            assert isinstance(nobody, Refusal)
            assert opened[0].contact == b"13812345678"
            assert opened[0].original == {"text": "水管漏水，请打13812345678"}
            assert [move.verb for move in given(await town.desk.history(matter, CLERK))] == ["report", "unseal"]

    run(story())


def test_a_destroyed_key_opens_nothing(rules: Rules) -> None:
    async def story() -> None:
        async with Town(rules) as town:
            matter = await town.report(leak(reporter=""), OTHER_OPERATOR, contact=b"someone")
            (reporter,) = (await town.see(matter)).reporters
            town.ledger.keys.clear()

            answer = await town.desk.unseal(matter, reporter, "call back", CHECKER)

            assert isinstance(answer, Refusal)
            assert answer.code == "redacted"

    run(story())


def test_a_resident_reports_only_in_its_own_name(rules: Rules) -> None:
    async def story() -> None:
        async with Town(rules) as town:
            matter = await town.report(leak(reporter="r-1"), NEIGHBOUR)

            assert list((await town.see(matter)).reporters) == ["r-2"]
            assert isinstance(await town.desk.matter(matter, RESIDENT), Refusal)

    run(story())


def test_why_names_the_promise_and_the_duty(rules: Rules) -> None:
    async def story() -> None:
        async with Town(rules) as town:
            matter = await _in_work(town)

            why = given(await town.desk.why(matter, CLERK))
            hidden = await town.desk.why(matter, HILL_CLERK)

            assert any(reason.of == "clock:finish" for reason in why.reasons)
            assert isinstance(hidden, Refusal)

    run(story())


async def _busy_day(town: Town) -> tuple[object, ...]:
    """What a leader sees after a day on which a little of everything happened."""
    for number in range(30):
        matter = await town.report(leak(place=8 + number % 8), (RESIDENT, NEIGHBOUR)[number % 2])
        await town.do(matter, acts.Accept(), AUDITOR)
        if number % 3:
            await town.do(matter, acts.Assign(lead="water"), AUDITOR)
            await town.do(matter, acts.Sign(), handler("water"))
        if number % 3 == 2:
            await town.do(matter, FINISH, handler("water"))
    town.later(days=20)
    await town.desk.tick()
    desk, period = town.desk, (0, town.now)
    return (
        *[given(await desk.board(place, LEADER)) for place in (CITY, EAST, QUAY, 8)],
        given(await desk.worklist(Wish(late=True, order="due", limit=7), LEADER)),
        given(await desk.worklist(Wish(place=EAST, stages=("doing",)), LEADER)),
        given(await desk.figures(CITY, period, LEADER)),
        given(await desk.figures(QUAY, period, CLERK, as_of=town.now - 86_400 * 19)),
    )


def test_the_desk_shows_the_same_on_sqlite_as_in_memory(rules: Rules, tmp_path: Path) -> None:
    async def on_disk() -> tuple[object, ...]:
        lane = SqliteLane(tmp_path / "tiny.db", "tiny")
        reader = SqliteReader(tmp_path / "tiny.db")
        async with Town(rules, lane=lane, reader=reader) as town:
            seen = await _busy_day(town)
        await reader.close()
        await lane.close()
        return seen

    async def in_memory() -> tuple[object, ...]:
        async with Town(rules) as town:
            return await _busy_day(town)

    assert run(on_disk()) == run(in_memory())
