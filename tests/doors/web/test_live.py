"""Pages that look on: what moves in one's range comes by itself, once, and only as long as one may see it."""

import asyncio
import re

import pytest
from tests.doors.web.pages import Pages, words_of
from tests.doors.web.streaming import Reader
from tests.loop.world import CITY, EAST, HILL, LEADER, QUAY, handler, leak
from tests.wings.governance.town import CLERK

from shancheng.doors.web import live, live_stream
from shancheng.doors.web.live import Live, Onlooker, Room
from shancheng.ground.access import Actor
from shancheng.loop.act import Accept, Assign, Note

pytestmark = pytest.mark.anyio
BOARD = f"/en/desk/live/board/{QUAY}"


def ids_of(got: str) -> list[int]:
    """The lines of the ledger that events stand for, in the order in which they came."""
    return [int(number) for number in re.findall(r"^id: (\d+)$", got, re.MULTILINE)]


async def test_a_board_hears_of_what_is_reported_under_it(pages: Pages) -> None:
    async with pages:
        await pages.sign_in(CLERK)
        async with Reader(pages, f"{BOARD}?after={pages.desk.seq}") as reader:
            await reader.until("retry:")
            await pages.report_one()
            got = await reader.until("event: board")

            assert reader.status == 200
            assert ids_of(got) == [pages.desk.seq]
            assert 'data: <div id="board"' in got


async def test_what_moves_elsewhere_is_not_heard_of(pages: Pages) -> None:
    async with pages:
        await pages.sign_in(LEADER)
        async with (
            Reader(pages, f"/en/desk/live/board/{HILL}?after=0") as hill,
            Reader(pages, f"/en/desk/live/board/{CITY}?after=0") as city,
        ):
            await pages.report_one(place=8)
            await city.until(f"id: {pages.desk.seq}")
            await asyncio.sleep(3 * live.BEAT_SECONDS)

            assert ids_of(hill.got) == []


async def test_coming_again_begins_after_the_last_event(pages: Pages) -> None:
    async with pages:
        await pages.sign_in(LEADER)
        async with Reader(pages, f"/en/desk/live/board/{QUAY}?after=0") as first:
            matter = await pages.report_one()
            last = ids_of(await first.until("event: board"))[-1]
            await pages.do(matter, Note(text="seen"), CLERK)
            await first.until(f"id: {last + 1}")
            known, missed = {"last-event-id": str(last + 1)}, {"last-event-id": str(last)}
            async with Reader(pages, BOARD, headers=known) as again, Reader(pages, BOARD, headers=missed) as late:
                await late.until(f"id: {last + 1}")

                assert ids_of(again.got) == []


async def test_a_list_tells_of_what_its_reader_may_see_and_of_nothing_else(pages: Pages) -> None:
    async with pages:
        matter = await pages.report_one()
        await pages.do(matter, Accept(category="leak"), CLERK)
        await pages.sign_in(handler("parks"))
        async with Reader(pages, f"/en/desk/live/list/{CITY}?after={pages.desk.seq}") as reader:
            await reader.until("retry:")
            await pages.do(matter, Assign(lead="water"), CLERK)
            await asyncio.sleep(3 * live.BEAT_SECONDS)
            assert ids_of(reader.got) == []

            await pages.do(matter, Assign(lead="parks"), CLERK)
            got = await reader.until("event: list")
            assert "<strong>1 open</strong>" in got


async def test_a_stream_ends_when_its_reader_signs_out(pages: Pages, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_stream, "CHECK_SECONDS", 0.05)
    async with pages:
        await pages.sign_in(CLERK)
        async with Reader(pages, f"{BOARD}?after=0") as reader:
            await reader.until(": beat")
            await pages.send(await pages.get("/en/sign-in"), "/sign-out")
            await reader.end()

            assert "event: over" in reader.got
            assert pages.site.live.count == 0


async def test_a_role_that_is_taken_back_ends_the_stream_before_the_next_word(pages: Pages) -> None:
    async with pages:
        await pages.sign_in(CLERK)
        async with Reader(pages, f"{BOARD}?after={pages.desk.seq}") as reader:
            await reader.until("retry:")
            pages.accounts[f"sc_{CLERK.id}"] = Actor(CLERK.id, "operator", centre=HILL, places=(HILL,))
            await pages.report_one()
            await reader.end()

            assert "event: board" not in reader.got and "event: over" in reader.got


async def test_a_reader_that_takes_nothing_is_let_go(pages: Pages, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_stream, "SLOW_SECONDS", 0.05)
    async with pages:
        await pages.sign_in(CLERK)
        async with Reader(pages, f"{BOARD}?after={pages.desk.seq}") as reader:
            await reader.until("retry:")
            reader.takes.clear()
            await pages.report_one()
            await reader.end()

            assert reader.hung_up
            assert pages.site.live.count == 0


async def test_only_the_newest_waits_for_a_slow_reader(pages: Pages) -> None:
    room = Room(view=None)  # type: ignore[arg-type]
    onlooker = Onlooker(room, "who")

    for number in range(1000):
        onlooker.tell(b"%d" % number)

    assert await onlooker.next(1.0) == b"999"
    assert await onlooker.next(0.01) is None


async def test_one_reader_of_the_ledger_serves_every_page_and_rests_when_the_last_has_gone(pages: Pages) -> None:
    async with pages:
        await pages.sign_in(LEADER)
        asked: list[int] = []
        news = pages.desk.news

        async def counting(after: int) -> object:
            asked.append(after)
            return await news(after)

        pages.desk.news = counting  # type: ignore[method-assign, assignment]
        readers = [
            Reader(pages, f"/en/desk/live/board/{place}?after=0") for place in (CITY, EAST, QUAY) for _ in "1234"
        ]
        for reader in readers:
            await reader.__aenter__()
        await pages.report_one()
        for reader in readers:
            await reader.until("event: board")
        before = len(asked)
        await asyncio.sleep(4 * live.BEAT_SECONDS)
        assert len(asked) - before <= 5
        for reader in readers:
            await reader.__aexit__(None, None, None)
        await asyncio.sleep(0.01)

        assert pages.site.live._task is None and pages.site.live.count == 0


async def test_too_many_pages_of_one_browser_are_refused_with_a_sentence(
    pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "EACH_MAX", 1)
    async with pages:
        await pages.sign_in(CLERK)
        async with Reader(pages, f"{BOARD}?after=0") as first:
            await first.until("retry:")
            second = await pages.get(f"{BOARD}?after=0")

            assert second.status_code == 503
            assert "Too many pages look on at once" in words_of(second)


@pytest.mark.parametrize("place", [CITY, HILL, 999])
async def test_nobody_looks_on_where_they_may_not_look(pages: Pages, place: int) -> None:
    async with pages:
        await pages.sign_in(CLERK)

        assert (await pages.get(f"/en/desk/live/board/{place}")).status_code == 404


async def test_looking_on_does_not_keep_a_session_alive(pages: Pages) -> None:
    async with pages:
        await pages.report_one()
        await pages.sign_in(CLERK)
        begun = dict(pages.site.signing.sessions._seen)
        async with Reader(pages, f"{BOARD}?after=0") as reader:
            await reader.until("event: board")

            assert pages.site.signing.sessions._seen == begun


async def test_pages_let_go_when_the_house_is_about_to_stop(pages: Pages) -> None:
    async with pages:
        await pages.report_one()
        await pages.sign_in(CLERK)
        async with Reader(pages, f"{BOARD}?after=0") as reader:
            await reader.until("event: board")
            pages.site.leaving = lambda: True
            await reader.end()

            assert "event: over" not in reader.got and reader.ended


async def test_a_fault_of_the_reader_ends_the_streams_so_that_pages_come_again(pages: Pages) -> None:
    async with pages:
        await pages.report_one()
        await pages.sign_in(CLERK)
        async with Reader(pages, f"{BOARD}?after=0") as reader:
            await reader.until("event: board")
            pages.desk.news = None  # type: ignore[method-assign, assignment]
            await reader.end()

        assert pages.site.live.count == 0


async def test_pages_carry_the_line_that_they_were_made_at(pages: Pages) -> None:
    async with pages:
        await pages.desk.report(leak(), CLERK)
        await pages.sign_in(CLERK)
        board, rows = await pages.get(f"/en/desk/board/{QUAY}"), await pages.get("/en/desk/list")

        assert f'data-live="{BOARD}" data-after="{pages.desk.seq}"' in board.text
        assert f'data-live="/en/desk/live/list/{QUAY}" data-after="{pages.desk.seq}"' in rows.text
        assert isinstance(pages.site.live, Live)
