"""Two trees compared: which changes are proposed, and that spelling is told from renaming."""

import csv
import gzip
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import box

from shancheng.ground.pack.comparing import Change, Tree, compare, plain_name, spot

City = list[tuple[int, int, int, str, str]]
"""Rows of id, level, parent, name, code."""

BEFORE: City = [
    (1, 1, 0, "坡城", "50"),
    (2, 2, 1, "上区", "5001"),
    (3, 2, 1, "下区", "5002"),
    (4, 3, 2, "石板乡", "500101"),
    (5, 3, 2, "红光街道办事处", "500102"),
    (6, 3, 3, "码头镇", "500201"),
    (7, 3, 3, "水口镇", "500202"),
]


def tree(rows: City, shapes: Mapping[int, Any] | None = None) -> Tree:
    """A tree of rows."""
    return Tree({row[0]: spot(*row) for row in rows}, shapes or {})


def changed(row: int, **values: object) -> City:
    """The city with some values of one row changed, and every id another one."""
    names = ("id", "level", "parent", "name", "code")
    rows = []
    for one in BEFORE:
        fields = dict(zip(names, one, strict=True)) | (values if one[0] == row else {})
        fields["id"], fields["parent"] = fields["id"] + 100, fields["parent"] + 100 if fields["parent"] else 0
        rows.append(tuple(fields.values()))
    return rows


def kinds(changes: tuple[Change, ...]) -> list[str]:
    """Kinds of the changes, in order."""
    return [change.kind for change in changes]


def test_the_same_tree_has_no_change():
    assert compare(tree(BEFORE), tree(BEFORE)) == ()


def test_the_same_tree_with_other_ids_has_no_change():
    assert compare(tree(BEFORE), tree(changed(0))) == ()


def test_a_dropped_ending_is_spelling_and_no_rename():
    changes = compare(tree(BEFORE), tree(changed(5, name="红光街道")))

    assert kinds(changes) == ["spelling"]


def test_another_name_under_the_same_code_is_a_rename():
    changes = compare(tree(BEFORE), tree(changed(6, name="新港镇")))

    assert kinds(changes) == ["rename"]
    assert (changes[0].before, changes[0].after) == ((6,), (106,))


def test_a_township_that_became_a_town_was_upgraded():
    assert kinds(compare(tree(BEFORE), tree(changed(4, name="石板镇")))) == ["upgrade"]


def test_another_code_with_the_same_name_is_a_recode():
    assert kinds(compare(tree(BEFORE), tree(changed(6, code="500299")))) == ["recode"]


def test_another_parent_is_a_transfer():
    changes = compare(tree(BEFORE), tree(changed(7, parent=2)))

    assert kinds(changes) == ["transfer"]
    assert str(changes[0]) == "transfer: 水口镇 under 下区 -> 水口镇 under 上区; same code and name"


def test_a_place_that_moved_and_was_recoded_is_still_the_same():
    assert kinds(compare(tree(BEFORE), tree(changed(7, parent=2, code="500103")))) == ["recode", "transfer"]


def test_what_is_gone_is_abolished_and_what_is_new_created():
    after = [*BEFORE[:-1], (8, 3, 3, "新湾镇", "500203")]

    assert kinds(compare(tree(BEFORE), tree(after))) == ["abolish", "create"]


def test_a_code_given_to_another_place_is_not_taken_for_a_rename_where_shapes_differ():
    after = [*BEFORE[:-1], (8, 3, 3, "新湾镇", "500202")]
    shapes = {7: box(0, 0, 1, 1)}, {8: box(5, 5, 6, 6)}

    assert kinds(compare(tree(BEFORE, shapes[0]), tree(after, shapes[1]))) == ["abolish", "create"]


def test_a_district_whose_towns_went_over_was_merged():
    after = [(*row[:2], 2 if row[2] == 3 else row[2], *row[3:]) for row in BEFORE if row[0] != 3]

    changes = compare(tree(BEFORE), tree(after))

    assert sorted(kinds(changes)) == ["merge", "transfer", "transfer"]
    merge = next(change for change in changes if change.kind == "merge")
    assert (merge.before, merge.after, merge.weight) == ((3,), (2,), 1.0)


def test_a_town_whose_area_went_to_two_was_split():
    shapes = {6: box(0, 0, 2, 1), 7: box(2, 0, 6, 1)}
    after = [*BEFORE[:-1], (8, 3, 3, "东湾镇", "500203"), (9, 3, 3, "西湾镇", "500204")]
    later = {6: box(0, 0, 2, 1), 8: box(2, 0, 4, 1), 9: box(4, 0, 6, 1)}

    changes = compare(tree(BEFORE, shapes), tree(after, later))

    assert kinds(changes) == ["split", "split", "split"]
    assert changes[0].before == (7,) and set(changes[0].after) == {8, 9}


def test_shapes_that_cover_each_other_are_one_place():
    after = [*BEFORE[:-1], (8, 3, 3, "新湾镇", "500299")]

    changes = compare(tree(BEFORE, {7: box(0, 0, 4, 1)}), tree(after, {8: box(0, 0, 4, 1)}))

    assert kinds(changes) == ["rename", "recode"]


def test_a_moved_border_is_a_redraw():
    changes = compare(tree(BEFORE, {7: box(0, 0, 4, 1)}), tree(BEFORE, {7: box(0, 0, 3, 1)}))

    assert kinds(changes) == ["redraw"]
    assert changes[0].weight == 0.75


def test_changes_are_written_as_json():
    changes = compare(tree(BEFORE), tree(changed(6, name="新港镇")))

    assert msgspec.json.decode(msgspec.json.encode(changes))[0]["kind"] == "rename"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("龙洞村委会", "龙洞村村民委员会"),
        ("嘉新居委会", "嘉新社区居民委员会"),
        ("红光街道办事处", "红光街道"),
        ("水口镇人民政府", "水口镇"),
        ("West  Side", "west-side"),
        ("Ｗｅｓｔ", "west"),
    ],
)
def test_names_that_differ_in_spelling_only_are_plainly_the_same(one: str, other: str):
    assert plain_name(one) == plain_name(other)


@pytest.mark.parametrize(("one", "other"), [("龙洞村", "龙洞社区"), ("五合村", "五和村"), ("石板乡", "石板镇")])
def test_names_of_other_places_stay_apart(one: str, other: str):
    assert plain_name(one) != plain_name(other)


@given(st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_a_tree_numbered_anew_is_always_the_same_tree(seed: int):
    chance = Random(seed)
    numbers = dict(zip([row[0] for row in BEFORE], chance.sample(range(1, 1000), len(BEFORE)), strict=True))
    anew: City = [(numbers[row[0]], row[1], numbers.get(row[2], 0), *row[3:]) for row in BEFORE]
    chance.shuffle(anew)

    assert compare(tree(BEFORE), tree(anew)) == ()


def test_the_real_tree_of_2019_is_mostly_spelled_anew(shared_data: Path):
    file = shared_data / "chongqing-tree" / "history_2016_2023.csv.gz"
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))

    changes = compare(_yearly(rows, "2018-10-31"), _yearly(rows, "2019-10-31"))

    count = Counter(change.kind for change in changes)
    assert count["spelling"] > 9000
    assert count["rename"] + count["upgrade"] < 200


def _yearly(rows: list[dict[str, str]], day: str) -> Tree:
    """The tree of one yearly state, parents by the prefix of the code."""
    held = [row for row in rows if row["first_seen"] <= day <= row["last_seen"]]
    ids = {row["code"]: number for number, row in enumerate(held, 2)}
    keep = {2: 0, 3: 6, 4: 9}
    spots = {1: spot(1, 1, 0, "重庆市", "50")}
    for row in held:
        level, code = int(row["level"]), row["code"]
        parent = ids.get(code[: keep[level]].ljust(12, "0"), 1)
        spots[ids[code]] = spot(ids[code], level, parent, row["name"], code)
    return Tree(spots)
