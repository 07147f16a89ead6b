"""Reforms: what they do, what they refuse, and that taking one back leaves nothing behind."""

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from tests.ground.territory.world import city, place, random_places

from shancheng.ground.pack import PackError
from shancheng.ground.territory import Edge, PlaceVersion, ReformError, Tables, Territory, TerritoryError
from shancheng.ground.territory.amendment import apply, preview, undo
from shancheng.ground.territory.reform import (
    Create,
    Merge,
    Recode,
    Reform,
    Rename,
    Share,
    Split,
    Transfer,
    read_reform,
)
from shancheng.ground.territory.shapes import Shapes
from shancheng.ground.territory.tables import close_versions

DAY = dt.date(2025, 6, 1)
EVE = DAY - dt.timedelta(days=1)


def little() -> Tables:
    """A city of three districts (A, B, C) with two towns each."""
    districts = [place(2, 1, 2, "A"), place(3, 1, 2, "B"), place(4, 1, 2, "C")]
    towns = [place(10 * at + number, at, 3, f"t{10 * at + number}") for at in (2, 3, 4) for number in (1, 2)]
    return Tables(places=close_versions([place(1, None, 1), *districts, *towns])).ordered()


def reform(**parts: object) -> Reform:
    return Reform(key="r", effective=DAY, source="invented", **parts)  # type: ignore[arg-type]


def reformed(tables: Tables, **parts: object) -> Territory:
    return Territory.from_tables(city(), apply(tables, "local", reform(**parts))[0], Shapes())


def test_a_district_created_from_two_others_takes_their_towns_but_for_the_exceptions() -> None:
    world = reformed(
        little(),
        create=(Create(id=5, name="D", parent="1"),),
        transfer=(
            Transfer(from_="2", to="D"),
            Transfer(from_="3", to="D", except_=("t32",)),
            Transfer(from_="3", to="4"),
        ),
        abolish=("2", "3"),
    )

    before, after = world.snapshot(EVE), world.snapshot(DAY)

    assert before.children(1) == (2, 3, 4)
    assert set(after.children(1)) == {4, 5}
    assert after.children(5) == (21, 22, 31)
    assert after.children(4) == (32, 41, 42)
    assert world.resolve(2, DAY) == (5,)
    assert set(world.resolve(3, DAY)) == {4, 5}
    assert world.resolve(31, DAY) == (31,)


def test_a_merge_moves_children_and_ends_the_place() -> None:
    world = reformed(little(), merge=(Merge(from_=("2",), to="3"),))

    assert world.snapshot(DAY).children(3) == (21, 22, 31, 32)
    assert world.resolve(2, DAY) == (3,)


def test_a_split_divides_by_children_or_by_the_weight_it_names() -> None:
    world = reformed(
        little(),
        create=(Create(id=51, name="north", parent="2"), Create(id=52, name="south", parent="2")),
        split=(
            Split(from_="4", into=(Share(to="2", towns=("t41",)), Share(to="3", towns=("t42",)))),
            Split(from_="21", into=(Share(to="north", weight=0.3), Share(to="south", weight=0.7))),
        ),
    )

    assert set(world.resolve(4, DAY)) == {2, 3}
    assert world.resolve(21, DAY) == (52, 51)


def test_names_and_codes_change_on_the_day_and_the_old_code_may_be_given_again() -> None:
    world = reformed(
        little(),
        rename=(Rename(place="21", name="renamed", type="street"),),
        recode=(Recode(place="21", code="X"), Recode(place="22", code="21")),
    )

    assert world.snapshot(EVE).name(21) == "t21"
    assert world.snapshot(DAY).node(21).name == "renamed"
    assert world.find("21", EVE) == 21
    assert world.find("21", DAY) == 22


def test_edges_of_a_place_that_ends_end_with_it() -> None:
    zone = place(9, None, 2, "zone")
    tables = Tables(
        places=(*little().places, zone),
        edges=(
            Edge(tree="governance", child=9, parent=1, source="invented"),
            Edge(tree="governance", child=21, parent=9, source="invented"),
        ),
    ).ordered()
    world = reformed(tables, merge=(Merge(from_=(9,), to="2"),))

    assert world.snapshot(EVE, "governance").chain(21) == (1, 9, 21)
    assert world.snapshot(DAY, "governance").chain(21) == (1, 2, 21)


def test_all_conflicts_are_named_at_once() -> None:
    with pytest.raises(ReformError) as caught:
        apply(
            little(),
            "local",
            reform(
                create=(Create(id=2, name="twice"),),
                transfer=(Transfer(from_="3", to="nowhere"), Transfer(from_="3", to="4", towns=("t21",))),
                recode=(Recode(place="21", code="31"),),
                abolish=("4",),
            ),
        )

    said = " ".join(caught.value.conflicts)
    for part in ("Id 2", "no 'nowhere'", "'t21' is not one child of B", "Code 31 is held", "would be left under it"):
        assert part in said


def test_a_reform_before_one_that_is_in_force_already_is_refused() -> None:
    later, _ = apply(little(), "local", reform(rename=(Rename(place="21", name="x"),)))
    earlier = Reform(key="e", effective=EVE, source="invented", rename=(Rename(place="21", name="y"),))

    with pytest.raises(ReformError, match="order of their days"):
        apply(later, "local", earlier)


def test_a_preview_counts_and_changes_nothing() -> None:
    world = Territory.from_tables(city(), little(), Shapes())

    found = preview(world, reform(transfer=(Transfer(from_="2", to="3", towns=("t21",)),)))

    assert [(line.name, line.was, line.now) for line in found.moved] == [("t21", "A", "B")]
    assert found.counts == {"A": {"place": 1}, "B": {"place": 3}}
    assert found.levels == {"1": 1, "2": 3, "3": 6}
    assert world.tables == little()


def test_an_amendment_whose_rows_were_changed_since_cannot_be_taken_back() -> None:
    tables, amendment = apply(little(), "local", reform(rename=(Rename(place="21", name="x"),)))
    changed, _ = apply(
        tables,
        "local",
        Reform(key="s", effective=dt.date(2026, 1, 1), source="invented", rename=(Rename(place="21", name="y"),)),
    )

    with pytest.raises(TerritoryError, match="later reforms first"):
        undo(changed, amendment)


def test_a_file_that_is_no_reform_says_why(tmp_path: Path) -> None:
    path = tmp_path / "r.toml"
    path.write_text('key = "r"\neffective = 2025-01-01\nsource = "invented"\nabolished = ["x"]\n')

    with pytest.raises(PackError, match="unknown field `abolished`"):
        read_reform(path)


@given(some.integers(0, 10_000), some.integers(4, 60), some.randoms(use_true_random=False))
@settings(max_examples=80, deadline=None)
def test_applying_and_taking_back_is_identity(seed: int, count: int, chance: object) -> None:
    places = random_places(seed, count)
    tables = Tables(places=close_versions(places)).ordered()
    drawn = _any_reform(places, chance)

    try:
        after, amendment = apply(tables, "local", drawn)
    except ReformError:
        return

    assert undo(after, amendment) == tables
    world = Territory.from_tables(city(), after, Shapes())
    now = world.snapshot(DAY)
    assert all(world.resolve(version.id, DAY) for version in places)
    assert all(heir in now for version in places for heir in world.resolve(version.id, DAY))


def _any_reform(places: list[PlaceVersion], chance: object) -> Reform:
    """Two parents of one level exchange children; one may end, a leaf is renamed and recoded."""
    parents = sorted({version.parent for version in places if version.parent is not None})
    levels = {version.id: version.level for version in places}
    pairs = [(one, other) for one in parents for other in parents if one != other and levels[one] == levels[other]]
    leaf = chance.choice(places).id  # type: ignore[attr-defined]
    parts: dict[str, object] = {
        "rename": (Rename(place=leaf, name="other"),),
        "recode": (Recode(place=leaf, code="new code"),),
    }
    if pairs:
        one, other = chance.choice(pairs)  # type: ignore[attr-defined]
        kind = chance.choice(["merge", "transfer"])  # type: ignore[attr-defined]
        parts[kind] = (Merge(from_=(one,), to=other),) if kind == "merge" else (Transfer(from_=one, to=other),)
    return reform(**parts)
