"""Matters on a map: in the box and in the scope, never more, never elsewhere."""

import asyncio
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.loop.world import LEADER, PHOTO, QUAY, handler, leak
from tests.wings.governance import town
from tests.wings.governance.mapped import EVERYWHERE, box_of, mapped_rules, middle_of
from tests.wings.governance.town import AUDITOR, CLERK, Town

from shancheng.ground.access import Actor
from shancheng.loop import act as acts
from shancheng.loop.ledger import Query, Refusal, Scope
from shancheng.loop.rules import Rules
from shancheng.loop.scope import scope_of, sees
from shancheng.wings.governance import located
from shancheng.wings.governance.desk import Box, Spots, Wish
from shancheng.wings.governance.located import atlas, spot_of

DISPUTE = {"kind": "dispute", "category": "noise"}


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Rules:
    """The small city, its places drawn."""
    return mapped_rules(tmp_path_factory.mktemp("drawn") / "tiny")


async def spots(world: Town, by: Actor = AUDITOR, box: Box | None = None, **wish: object) -> Spots:
    """What somebody sees on the map."""
    return town.given(await world.desk.located(Wish(**wish), by, box))  # type: ignore[arg-type]


def numbers(found: Spots) -> set[str]:
    """The matters among the spots."""
    return {spot.matter.id for spot in found.spots}


@pytest.mark.anyio
async def test_a_matter_lies_at_its_point_or_in_the_middle_of_its_place(drawn: Rules) -> None:
    async with Town(drawn) as world:
        exact = await world.report(leak(point=(106.001, 29.001), located="point"), CLERK)
        picked = await world.report(leak(place=9), CLERK)
        stray = await world.report(leak(point=(106.055, 29.001), located="point"), CLERK)

        found = {spot.matter.id: spot for spot in (await spots(world)).spots}

        assert (found[exact].point, found[exact].exact) == ((106.001, 29.001), True)
        assert found[picked].point == pytest.approx(middle_of(1))
        assert found[stray].point == pytest.approx(middle_of(0)), "a point elsewhere than the place is not believed"
        assert not found[picked].exact


@pytest.mark.anyio
async def test_a_confidential_matter_is_shown_at_its_town_and_only_to_who_may_see_it(drawn: Rules) -> None:
    async with Town(drawn) as world:
        hidden = await world.report(leak(**DISPUTE, point=(106.001, 29.001), located="point"), AUDITOR)
        mediator = Actor("m", "mediator", centre=QUAY, places=(QUAY,))

        assert numbers(await spots(world, CLERK)) == set()
        (spot,) = (await spots(world, mediator)).spots

        assert spot.matter.id == hidden
        assert spot.point == pytest.approx((106.01, 29.005)), "the middle of the town, not of the community"
        assert numbers(await spots(world, mediator, box_of(0, 0))) == set(), "a small box tells nothing finer"


@pytest.mark.anyio
async def test_what_is_too_much_for_a_map_is_counted(drawn: Rules, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(located, "LOOKED_MAX", 7)
    query = Query(scope=Scope())
    async with Town(drawn) as world:
        for _ in range(5):
            await world.report(leak(), CLERK)
        few = await located.located(world.ledger, query, drawn.places, box=None, now=world.now, most=3)
        for _ in range(5):
            await world.report(leak(), CLERK)
        many = await located.located(world.ledger, query, drawn.places, box=None, now=world.now, most=3)

        assert (len(few.spots), few.left_out, few.more) == (3, 2, False)
        assert (len(many.spots), many.left_out, many.more) == (3, 4, True)


@pytest.mark.anyio
async def test_a_city_without_shapes_says_that_no_map_can_show_its_matters(rules: Rules) -> None:
    async with Town(rules) as world:
        await world.report(leak(), CLERK)

        found = await spots(world, box=EVERYWHERE)

        assert (found.spots, found.nowhere) == ((), 1)


@pytest.mark.anyio
async def test_a_matter_stands_as_late_only_while_a_promise_is_broken(drawn: Rules) -> None:
    async with Town(drawn) as world:
        matter = await world.report(leak(), CLERK)
        told = [(await spots(world)).spots[0].standing]
        await world.do(matter, acts.Accept(), CLERK)
        await world.do(matter, acts.Assign(lead="water"), CLERK)
        await world.do(matter, acts.Sign(), handler("water"))
        told.append((await spots(world)).spots[0].standing)
        world.later(days=60)
        told.append((await spots(world)).spots[0].standing)
        await world.do(matter, acts.Finish(outcome="settled", evidence=PHOTO), handler("water"))

        assert told == ["waiting", "working", "late"]


@pytest.mark.anyio
async def test_only_an_invented_city_is_shown_matter_by_matter_to_anybody(drawn: Rules) -> None:
    async with Town(drawn) as world:
        await world.report(leak(**DISPUTE), AUDITOR)
        await world.report(leak(confidential=True), AUDITOR)
        plain = await world.report(leak(), CLERK)
        invented = town.given(await world.desk.rehearsed(10))
        city = replace(drawn.packs.city, source="a gazette")
        object.__setattr__(drawn.packs.packs[-1], "city", city)
        try:
            refused = await world.desk.rehearsed(10)
        finally:
            object.__setattr__(drawn.packs.packs[-1], "city", replace(city, source="invented"))

        assert numbers(invented) == {plain}
        assert isinstance(refused, Refusal)


planned = st.tuples(
    st.sampled_from([4, 5, 6, 7, *range(8, 16)]),
    st.booleans(),
    st.one_of(st.none(), st.tuples(st.floats(105.99, 106.09), st.floats(28.99, 29.02))),
)
boxes = st.builds(
    lambda west, wide, south, high: Box(west, south, west + wide, south + high),
    st.floats(105.98, 106.09),
    st.floats(0, 0.06),
    st.floats(28.99, 29.02),
    st.floats(0, 0.02),
)
people = st.builds(
    lambda role, places: Actor("who", role, centre=places[0] if places else 1, places=tuple(places)),
    st.sampled_from(["operator", "leader", "supervisor", "mediator", "planner", "resident"]),
    st.lists(st.sampled_from([1, 2, 3, 4, 5, 8, 11]), max_size=2, unique=True),
)


@settings(max_examples=60, deadline=None)
@given(plan=st.lists(planned, min_size=1, max_size=6), who=people, box=boxes)
def test_a_box_holds_what_lies_in_it_and_may_be_seen_and_nothing_else(
    drawn: Rules, plan: list[tuple[int, bool, tuple[float, float] | None]], who: Actor, box: Box
) -> None:
    async def story() -> None:
        async with Town(drawn) as world:
            for place, confidential, point in plan:
                how = "point" if point else "picked"
                await world.report(leak(place=place, confidential=confidential, point=point, located=how), AUDITOR)
            scope = scope_of(who, drawn.roles[who.role], drawn.places)
            everything = (await spots(world, AUDITOR)).spots

            found = numbers(await spots(world, who, box))

            assert found == {
                spot.matter.id
                for spot in everything
                if sees(scope, spot.matter, drawn.places) and box.holds(spot.point)
            }

    asyncio.run(story())


def test_the_atlas_gives_places_without_a_shape_the_land_above_them(drawn: Rules, tmp_path: Path) -> None:
    known = atlas(drawn.places)

    assert known.middle(drawn.places.index(8)) == pytest.approx(middle_of(0))
    assert known.middle(drawn.places.index(1)) is None


def test_a_spot_is_the_same_whoever_asks(drawn: Rules) -> None:
    async def story() -> None:
        async with Town(drawn) as world:
            matter = await world.see(await world.report(leak(place=9), CLERK))

            leaders = (await spots(world, LEADER)).spots[0]
            assert leaders.point == spot_of(matter, drawn.places, world.now).point
            assert (await spots(world, LEADER)).spots[0].point == (await spots(world, CLERK)).spots[0].point

    asyncio.run(story())
