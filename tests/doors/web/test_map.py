"""The map's doors: what may be seen and no more, bounded, in words for whoever has no map."""

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.doors.web.pages import Pages, words_of
from tests.doors.web.test_security_scope import CATEGORIES, Planned, Secret, may_know, people, planned
from tests.loop.world import EAST, QUAY, leak
from tests.wings.governance.mapped import EVERYWHERE, box_of, mapped_rules, middle_of
from tests.wings.governance.town import AUDITOR, CLERK, done

from shancheng.doors.web import ground, mapping
from shancheng.ground.access import Actor
from shancheng.loop.act import Assign
from shancheng.loop.rules import Rules
from shancheng.wings.governance.desk import Box

MAP = "/en/desk/map"
LEADER = Actor("l-city", "leader")
SIGNS = re.compile(r'<use class="sign \w+" href="#s-\w+" x="')


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Rules:
    """The small city, its places drawn."""
    return mapped_rules(tmp_path_factory.mktemp("drawn") / "tiny")


def box_word(box: Box) -> str:
    """A box as the map asks for it."""
    return f"box={box.west},{box.south},{box.east},{box.north}"


async def features(pages: Pages, query: str = "") -> dict[str, Any]:
    """What the map is told, the matters by number."""
    answer = await pages.get(f"{MAP}/matters.geojson?{query}")
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told | {"matters": {each["properties"]["n"]: each for each in told["features"]}}


def rows(text: str) -> list[str]:
    """The matters of the list twin."""
    return re.findall(r'<tr data-matter="([^"]+)"', text)


@pytest.mark.anyio
async def test_the_list_says_what_the_map_says_for_the_same_filters(drawn: Rules, tmp_path: Path) -> None:
    async with Pages(drawn, tmp_path) as pages:
        near = await pages.opened(leak(place=8, text="pipe"))
        far = await pages.opened(leak(place=15, text="pipe"))
        await pages.sign_in(LEADER)

        for query, wanted in (("", {near, far}), (f"place={EAST}", {near}), ("late=1", set()), ("stage=closed", set())):
            page = await pages.get(f"{MAP}?{query}")
            told = await features(pages, query)
            assert set(told["matters"]) == set(rows(page.text)) == wanted, query
            assert len(SIGNS.findall(page.text)) == len(wanted), "the drawing shows each of them"


@pytest.mark.anyio
async def test_a_piece_of_the_map_holds_what_lies_in_it(drawn: Rules, tmp_path: Path) -> None:
    async with Pages(drawn, tmp_path) as pages:
        first = await pages.opened(leak(place=8))
        await pages.opened(leak(place=9))
        await pages.sign_in(LEADER)

        told = await features(pages, box_word(box_of(0, 0)))
        part = await pages.get(f"{MAP}/part?{box_word(box_of(0, 0))}")

        assert set(told["matters"]) == set(rows(part.text)) == {first}
        assert told["matters"][first]["geometry"]["coordinates"] == pytest.approx(list(middle_of(0)))
        assert told["matters"][first]["properties"]["m"] == 1, "only the place is known"
        assert told["categories"]["leak"] == "leak"
        assert "<html" not in part.text


@pytest.mark.anyio
@pytest.mark.parametrize("box", ["1,2,3", "a,b,c,d", "0,0,999,0", "1,2,3,4,5", "nan,0,0,0", "%00", "106,29,105,28"])
async def test_an_odd_piece_is_said_and_never_an_error(drawn: Rules, tmp_path: Path, box: str) -> None:
    async with Pages(drawn, tmp_path) as pages:
        await pages.opened(leak())
        await pages.sign_in(LEADER)

        told = await features(pages, f"box={box}&from=99999999999999999999&place=x&severity=q")
        page = await pages.get(f"{MAP}?box={box}&from=-1")

        assert page.status_code == 200
        assert told["fault"] or not told["features"]
        assert pages.faults == {}


@pytest.mark.anyio
async def test_what_is_left_out_is_said_in_words(drawn: Rules, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mapping, "ROWS", 2)
    async with Pages(drawn, tmp_path) as pages:
        for _ in range(5):
            await pages.opened(leak())
        await pages.sign_in(LEADER)
        page = await pages.get(MAP)
        later = await pages.get(f"{MAP}?from=4")

        assert (len(rows(page.text)), len(rows(later.text))) == (2, 1)
        assert "rows 1 to 2" in words_of(page)
        assert 'href="/en/desk/map?from=2"' in page.text
        assert 'href="/en/desk/map?from=2"' in later.text, "back to the rows before"


@pytest.mark.anyio
async def test_a_city_without_shapes_has_its_list_and_says_why_there_is_no_map(rules: Rules, tmp_path: Path) -> None:
    async with Pages(rules, tmp_path) as pages:
        await pages.opened(leak())
        await pages.sign_in(LEADER)

        page = await pages.get(MAP)

        assert "No outline of this place is known" in words_of(page)
        assert "1 lie where no outline is known" in words_of(page)
        assert "data-script" not in page.text


@pytest.mark.anyio
async def test_the_ground_is_the_places_and_is_kept_by_its_hash(
    drawn: Rules, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ground, "POINTS_MAX", 60)
    async with Pages(drawn, tmp_path) as pages:
        page = await pages.send(await pages.get("/en/report"), text="Water", go="next")
        address = re.findall(r'data-places="([^"]+)"', page.text)
        assert address, "the islands are not built here; run `make .venv/.run`"
        kept, fresh = await pages.get(address[0]), await pages.get(address[0].partition("?")[0])
        told = kept.json()

        assert "immutable" in kept.headers["cache-control"]
        assert "immutable" not in fresh.headers["cache-control"]
        named = {each["properties"]["id"] for each in told["features"]}
        assert named == {2, 3, 4, 5, 6, 7}, "districts and towns, and nothing but places"
        assert {each["geometry"]["type"] for each in told["features"]} == {"Polygon", "Point"}
        inner = (await pages.get("/en/map/4/places.geojson")).json()
        assert {each["properties"]["id"] for each in inner["features"]} == {8, 9}
        assert (await pages.get("/en/map/8/places.geojson")).status_code == 404
        assert (await pages.get("/en/map/999999/places.geojson")).status_code == 404


@pytest.mark.anyio
async def test_a_resident_chooses_a_spot_and_it_stays_only_with_its_place(drawn: Rules, tmp_path: Path) -> None:
    async with Pages(drawn, tmp_path) as pages:
        where = await pages.send(await pages.get("/en/report"), text="Water runs", go="next")

        found = await pages.send(where, lon="106.015", lat="29.005", go="locate")
        stays = await pages.send(found, go="next")
        goes = await pages.send(found, place="14", go="next")
        outside = await pages.send(where, lon="100", lat="20", go="locate")

        assert re.search(r'name="place" value="9" checked', found.text), "the community under the cross"
        assert 'name="lon" value="106.015000"' in stays.text
        assert 'name="lon"' not in goes.text, "another place was chosen, so the spot is dropped"
        assert "outside this city" in words_of(outside)


@pytest.mark.anyio
async def test_whoever_follows_sees_the_place_on_a_small_map(drawn: Rules, tmp_path: Path) -> None:
    async with Pages(drawn, tmp_path) as pages:
        receipt = await pages.get((await pages.report()).headers["location"])

        assert "Where it is:" in receipt.text
        assert receipt.text.count('class="here"') == 1


@pytest.mark.anyio
async def test_an_invented_day_is_shown_one_by_one_without_what_is_confidential(drawn: Rules, tmp_path: Path) -> None:
    async with Pages(drawn, tmp_path) as pages:
        plain = await pages.opened(leak(text="seen"))
        hidden = await pages.opened(leak(kind="dispute", category="noise", confidential=True))
        day = (await pages.get("/en/map/day.geojson")).json()
        start = await pages.get("/en/")

        assert [each["properties"]["n"] for each in day["features"]] == [plain]
        assert f'id="d-{plain}"' in start.text
        assert hidden not in start.text + json.dumps(day)
        assert "seen" not in start.text + json.dumps(day), "nothing of what was written"


async def hide(pages: Pages, plan: list[Planned]) -> list[Secret]:
    """Matters with a word each that occurs nowhere else."""
    secrets = []
    for number, (kind, place, confidential, agency, reporter) in enumerate(plan):
        word = f"SECRET{number}WORD"
        act = leak(kind=kind, category=CATEGORIES[kind], place=place, confidential=confidential, text=word)
        by = Actor(reporter, "resident") if kind == "request" else AUDITOR
        matter = done(await pages.desk.report(act, by)).matter
        if agency:
            await pages.desk.do(matter, Assign(lead=agency), AUDITOR)
        seen = await pages.see(matter)
        hidden, legs = seen.marks.confidential, tuple(seen.legs)
        secrets.append(Secret(matter, word, kind, place, hidden, legs, next(iter(seen.reporters), "")))
    return secrets


boxes = st.sampled_from(["", box_word(EVERYWHERE), box_word(box_of(0, 3)), box_word(box_of(4, 7)), "box=1"])


@pytest.mark.slow
@settings(max_examples=120, deadline=None)
@given(plan=st.lists(planned, min_size=1, max_size=4), who=people, query=boxes)
def test_no_map_tells_of_a_matter_outside_the_scope_of_who_asks(
    drawn: Rules, tmp_path_factory: pytest.TempPathFactory, plan: list[Planned], who: Actor, query: str
) -> None:
    async def story() -> None:
        async with Pages(drawn, Path(tmp_path_factory.mktemp("pages"))) as pages:
            secrets = await hide(pages, plan)
            nobody = [await pages.get(path) for path in ("/en/map/day.geojson", "/en/", "/en/map/1/places.geojson")]
            await pages.sign_in(who)
            asked = [f"{MAP}{path}?{query}" for path in ("", "/part", "/matters.geojson")]
            asked += [f"{MAP}/matters.geojson?words={secret.word}&{query}" for secret in secrets]
            answers = [await pages.get(path) for path in asked]

            for secret in secrets:
                allowed = may_know(drawn, who, secret)
                for answer in answers:
                    if not allowed:
                        assert secret.word not in answer.text, (answer.url, secret)
                        assert f'"{secret.number}"' not in answer.text, (answer.url, secret)
                if allowed and not query and answers[0].status_code == 200:
                    assert any(f'"{secret.number}"' in answer.text for answer in answers), (secret, who)
                for answer in nobody:
                    assert secret.word not in answer.text
                    assert not (secret.confidential and f'"{secret.number}"' in answer.text)

    asyncio.run(story())


@pytest.mark.anyio
async def test_a_clerk_of_one_town_has_the_map_of_that_town(drawn: Rules, tmp_path: Path) -> None:
    async with Pages(drawn, tmp_path) as pages:
        own = await pages.opened(leak(place=8))
        await pages.opened(leak(place=15))
        await pages.sign_in(CLERK)

        page = await pages.get(MAP)

        assert set(rows(page.text)) == {own}
        assert page.text.count("<path d=") == 2, f"the two communities of town {QUAY}"
