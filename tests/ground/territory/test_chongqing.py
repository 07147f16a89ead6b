"""The tree that ships, held against the lists it was made from and the reform that was announced."""

import csv
import datetime as dt
import gzip
from collections import Counter
from pathlib import Path

import pytest

from shancheng.ground.pack import load_packs
from shancheng.ground.pack.reader import SHIPPED
from shancheng.ground.territory import TABLES, Snapshot, Territory

LISTED = [dt.date(2016, 7, 31), dt.date(2017, 10, 31), dt.date(2018, 10, 31), dt.date(2019, 10, 31)]
LISTED += [dt.date(2020, 6, 30), dt.date(2021, 10, 31), dt.date(2022, 10, 31), dt.date(2023, 6, 30)]
EVE, DAY = dt.date(2025, 11, 5), dt.date(2025, 11, 6)
Row = dict[str, str]


@pytest.fixture(scope="module")
def chongqing() -> Territory:
    return Territory.of(load_packs([SHIPPED / "cn-chongqing"], TABLES))


def rows(path: Path) -> list[Row]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def counts(snapshot: Snapshot) -> list[int]:
    return [len(snapshot.at_level(level)) for level in (1, 2, 3, 4)]


def kinds(snapshot: Snapshot, place: int) -> Counter[str]:
    return Counter(snapshot.node(child).type for child in snapshot.children(place))


def test_the_city_has_the_officially_quoted_numbers_of_places(chongqing: Territory) -> None:
    assert counts(chongqing.snapshot(dt.date(2023, 6, 30))) == [1, 38, 1031, 11270]


def test_the_reform_gives_the_units_that_were_announced(chongqing: Territory) -> None:
    after = chongqing.snapshot(DAY)
    new, north = chongqing.find("500157000000", DAY), chongqing.find("500109000000", DAY)

    assert counts(after) == [1, 37, 1031, 11270]
    assert kinds(after, new) == {"街道": 31, "镇": 11}
    assert kinds(after, north) == {"街道": 6, "镇": 11}
    assert chongqing.by_code("gb-2260", "500157", DAY) == new


def test_places_from_before_and_after_the_reform_resolve(chongqing: Territory) -> None:
    before, after = chongqing.snapshot(EVE), chongqing.snapshot(DAY)
    first, second = (chongqing.find(code, EVE) for code in ("500105000000", "500112000000"))
    new, north = chongqing.find("500157000000", DAY), chongqing.find("500109000000", DAY)

    assert chongqing.resolve(first, DAY) == (new,)
    assert chongqing.resolve(second, DAY) == (new, north)
    assert set(chongqing.resolve(new, EVE)) >= {first, second, north}
    for place in before.ids.tolist():
        assert all(heir in after for heir in chongqing.resolve(place, DAY))
        if before.node(place).level >= 3:
            assert chongqing.resolve(place, DAY) == (place,)
    town = next(place for place in before.children(second) if before.name(place) == "大湾镇")
    assert (before.parent_of(town), after.parent_of(town)) == (second, north)


def test_every_place_of_any_year_resolves_on_any_other_listed_day(chongqing: Territory) -> None:
    places = {version.id for version in chongqing.tables.places if version.id < 100_000}

    for day in (LISTED[0], LISTED[4], DAY):
        snapshot = chongqing.snapshot(day)
        assert all(
            heirs and all(it in snapshot for it in heirs) for heirs in (chongqing.resolve(p, day) for p in places)
        )


def test_the_governance_tree_has_41_centres_before_and_39_after(chongqing: Territory) -> None:
    assert len(chongqing.snapshot(EVE, "governance").at_level(2)) == 41
    assert len(chongqing.snapshot(DAY, "governance").at_level(2)) == 39


def test_the_tree_of_2023_is_the_list_of_2023(chongqing: Territory, shared_data: Path) -> None:
    listed = {
        (row["code"], row["name"], int(row["level"]), row["parent"], row["type"])
        for row in rows(shared_data / "chongqing-tree" / "tree_2023.csv.gz")
    }
    snapshot = chongqing.snapshot(dt.date(2023, 6, 30))

    codes = {node.id: node.code for node in snapshot.nodes}
    ours = {
        (node.code, node.name, node.level, codes[node.parent] if node.parent else "", node.type)
        for node in snapshot.nodes
    }

    assert ours == listed


def test_every_yearly_list_comes_out_again_letter_by_letter(chongqing: Territory, shared_data: Path) -> None:
    history = rows(shared_data / "chongqing-tree" / "history_2016_2023.csv.gz")
    spelled = {name.id: [] for name in chongqing.tables.names}  # type: dict[int, list[object]]
    for name in chongqing.tables.names:
        if name.kind == "alias":
            spelled[name.id].append(name)
    seen: set[tuple[str, str, int]] = set()

    for day in LISTED:
        listed = {
            (row["code"], row["name"], int(row["level"]))
            for row in history
            if row["first_seen"] <= day.isoformat() <= row["last_seen"]
        }
        ours = {
            (
                node.code,
                next((it.text for it in spelled.get(node.id, ()) if it.holds(day)), node.name),  # type: ignore[attr-defined]
                node.level,
            )
            for node in chongqing.snapshot(day).nodes
            if node.level > 1
        }
        assert ours == listed
        seen |= ours

    assert len(seen) == len({(row["code"], row["name"]) for row in history})
    assert Counter(row["level"] for row in history) == {"2": 40, "3": 1298, "4": 24572}


def test_spellings_are_apart_from_real_renames(chongqing: Territory) -> None:
    spelled = sum(name.kind == "alias" for name in chongqing.tables.names)
    renamed = sum(line.kind == "rename" for line in chongqing.tables.lineage)

    assert spelled > 11_000
    assert 200 < renamed < 500


def test_the_same_code_in_another_numbering_is_another_place_in_a_third_of_cases(
    chongqing: Territory, shared_data: Path
) -> None:
    others = rows(shared_data / "chongqing-tree" / "towns_other_code_system.csv.gz")
    snapshot = chongqing.snapshot(dt.date(2023, 6, 30))
    ours = {node.code[:9]: node.name for node in snapshot.nodes if node.level == 3}

    shared = [(ours[row["code"][:9]], row["name"]) for row in others if row["code"][:9] in ours]
    differ = sum(name != other for name, other in shared)

    assert differ / len(shared) > 0.3
