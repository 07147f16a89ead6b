"""Residents without script: report, receipt, follow, add, rate, reopen."""

import io

import pytest
from PIL import Image
from tests.doors.web.pages import Pages, form_of, photo, words_of
from tests.loop.world import CITY, QUAY
from tests.wings.governance.town import CLERK

from shancheng.loop import act as acts

pytestmark = pytest.mark.anyio


async def follow_path(pages: Pages, **more: str) -> str:
    """Where a fresh report is followed."""
    answer = await pages.report(**more)
    assert answer.status_code == 303, words_of(answer)
    return str(answer.headers["location"]).partition("?")[0]


async def test_a_report_is_sent_in_steps_and_answered_with_a_receipt(pages: Pages) -> None:
    async with pages:
        answer = await pages.report(name="Lin", phone="138 0000 0000")
        receipt = await pages.get(answer.headers["location"])

        assert receipt.status_code == 200
        assert "Your report was received" in words_of(receipt)
        assert "<svg" in receipt.text and "sf_r-" in receipt.text
        assert receipt.headers["cache-control"] == "no-store"
        (matter,) = await pages.matters()
        assert (matter.opening.kind, matter.about.category, matter.about.place) == ("request", "leak", 8)
        assert len(matter.reporters) == 1


async def test_nothing_is_lost_when_a_step_is_sent_with_faults(pages: Pages) -> None:
    async with pages:
        empty = await pages.send(await pages.get("/en/report"), text=" ", go="next")
        assert empty.status_code == 422
        assert 'href="#text"' in empty.text and "Write what is wrong." in words_of(empty)

        where = await pages.send(empty, text="Leak", go="next")
        nowhere = await pages.send(where, go="next")
        assert "Choose the place" in words_of(nowhere)
        assert form_of(nowhere.text)[1]["text"] == "Leak"


@pytest.mark.parametrize("wanted", ["第1社区", "东区码头镇第1社区3号", "第1"])
async def test_a_place_is_found_by_part_of_its_name_or_by_an_address(pages: Pages, wanted: str) -> None:
    async with pages:
        where = await pages.send(await pages.get("/zh/report"), text="漏水", go="next")
        found = await pages.send(where, q=wanted, go="find")

        assert 'id="place-8"' in found.text


async def test_a_place_is_found_from_the_list_of_towns(pages: Pages) -> None:
    async with pages:
        where = await pages.send(await pages.get("/zh/report"), text="漏水", go="next")
        inside = await pages.send(where, town=str(QUAY), go="list")

        assert all(f'id="place-{place}"' in inside.text for place in (8, 9, QUAY))


async def test_the_whole_city_is_no_place_to_report_at(pages: Pages) -> None:
    async with pages:
        where = await pages.send(await pages.get("/zh/report"), text="漏水", go="next")

        assert (await pages.send(where, place=str(CITY), go="next")).status_code == 422


async def test_going_back_keeps_what_was_filled_in(pages: Pages) -> None:
    async with pages:
        where = await pages.send(await pages.get("/en/report"), text="Leak & <b>more</b>", go="next")
        back = await pages.send(where, go="back")

        assert "Leak &amp; &lt;b&gt;more&lt;/b&gt;</textarea>" in back.text


async def test_sending_twice_reports_once(pages: Pages) -> None:
    async with pages:
        page = await pages.send(await pages.get("/en/report"), text="Leak", go="next")
        page = await pages.send(page, place="8", go="next")
        page = await pages.send(page, other="leak", go="next")
        check = await pages.send(page, go="next")
        first, second = await pages.send(check, go="next"), await pages.send(check, go="next")

        assert first.headers["location"] == second.headers["location"]
        assert len(await pages.matters()) == 1


async def test_open_matters_nearby_are_offered_and_saying_so_is_written_down(pages: Pages) -> None:
    async with pages:
        await pages.report()
        (known,) = await pages.matters()
        answer = await pages.report(text="The same pipe", same=known.id)

        assert answer.status_code == 303
        (fresh,) = [matter for matter in await pages.matters() if matter.id != known.id]
        notes = [move.act for move in await pages.moves(fresh.id) if move.verb == "note"]
        assert [note.text for note in notes] == [f"The reporter says that this is the same as matter {known.id}."]


async def test_a_photo_comes_out_upright_and_without_a_word_beside_its_pixels(pages: Pages) -> None:
    async with pages:
        files = {"photo": ("a.jpg", photo(exif=b"my secret place"), "image/jpeg")}
        where = await pages.send(await pages.get("/en/report"), text="Leak", go="next", files=files)
        page = await pages.send(where, place="8", go="next")
        page = await pages.send(page, other="leak", go="next")
        answer = await pages.send(await pages.send(page, go="next"), go="next")

        path = answer.headers["location"].partition("?")[0]
        shown = await pages.get(path)
        source = shown.text.split('<img src="')[1].split('"')[0]
        kept = await pages.get(source)
        picture = Image.open(io.BytesIO(kept.content))
        assert kept.headers["content-type"] == "image/jpeg"
        assert picture.size == (20, 40)
        assert not picture.getexif() and b"secret" not in kept.content
        stranger = pages.new_browser()
        assert (await stranger.get(source.replace("/follow/sf_r-", "/follow/sf_x-"))).status_code == 404
        await stranger.aclose()


@pytest.mark.parametrize(
    "content", [b"not a picture", b"\xff\xd8\xff\xe0 cut off", b"GIF89a\x01\x00\x01\x00\x00\x00\x00;"]
)
async def test_what_is_no_photo_is_said_beside_the_field(pages: Pages, content: bytes) -> None:
    async with pages:
        files = {"photo": ("a.jpg", content, "image/jpeg")}
        answer = await pages.send(await pages.get("/en/report"), text="Leak", go="next", files=files)

        assert answer.status_code == 422
        assert "cannot be opened as a photo" in words_of(answer)


async def test_a_picture_with_too_many_pixels_is_turned_away(pages: Pages) -> None:
    out = io.BytesIO()
    Image.new("1", (12_000, 12_000)).save(out, "PNG")

    async with pages:
        files = {"photo": ("bomb.png", out.getvalue(), "image/png")}
        answer = await pages.send(await pages.get("/en/report"), text="Leak", go="next", files=files)

        assert len(out.getvalue()) < 100_000
        assert "too many pixels" in words_of(answer)


async def test_a_photo_that_this_house_did_not_take_in_is_left_out(pages: Pages) -> None:
    async with pages:
        page = await pages.get("/en/report")
        where = await pages.send(page, text="Leak", photos=f"{'a' * 64}.forged", go="next")

        assert "photos" not in form_of(where.text)[1]


async def test_the_code_leads_to_the_report_however_it_is_typed(pages: Pages) -> None:
    async with pages:
        path = await follow_path(pages)
        code = path.rpartition("/")[2]
        typed = f" {code[:9].upper()} {code[9:]} "
        answer = await pages.send(await pages.get("/en/follow"), "/follow", code=typed)

        assert answer.headers["location"] == path
        other = "y" if code.endswith("x") else "x"
        wrong = await pages.send(await pages.get("/en/follow"), "/follow", code=code[:-1] + other)
        assert wrong.status_code == 422
        assert (await pages.get(path[:-1] + other)).status_code == 404


async def test_a_reporter_adds_is_answered_rates_and_reopens(pages: Pages) -> None:
    async with pages:
        path = await follow_path(pages)
        added = await pages.send(await pages.get(path), "/note", text="It got worse")
        assert "did=note" in added.headers["location"]
        (matter,) = await pages.matters()
        await pages.do(matter.id, acts.Accept(reply="We come today."), CLERK)
        await pages.do(matter.id, acts.Note(text="not for reporters"), CLERK)
        await pages.do(matter.id, acts.Assign(lead="water"), CLERK)
        await pages.settle(matter.id, "water")

        page = await pages.get(path)
        text = words_of(page)
        assert "We come today." in text and "水管已修好。" in text and "It got worse" in text
        assert "not for reporters" not in text
        assert (await pages.send(page, "/rate")).status_code == 422
        assert (await pages.send(page, "/rate", resolved="no", satisfied="no")).status_code == 303
        assert (await pages.send(await pages.get(path), "/reopen", reason="not-settled")).status_code == 303
        (again,) = await pages.matters()
        assert again.is_open


async def test_too_many_at_once_is_said_with_a_time_to_come_back(pages: Pages) -> None:
    async with pages:
        pages.wait = 12.0
        answer = await pages.report()

        assert (answer.status_code, answer.headers["retry-after"]) == (429, "12")
        assert await pages.matters() == []

        pages.wait = 0.0
        again = await pages.send(answer, go="next")
        assert again.status_code == 303, "the whole report was still in the form"
        assert [matter.opening.text for matter in await pages.matters()] == ["Water runs out of the pipe"]
