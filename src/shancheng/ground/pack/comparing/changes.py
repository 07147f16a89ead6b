"""Proposed changes between two trees: what was renamed, recoded, moved, merged, split, created or abolished."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from shancheng.ground.pack.comparing.pairing import SAME, Pairing, overlaps, pair_up
from shancheng.ground.pack.comparing.tree import Spot, Tree

ChangeKind = Literal[
    "spelling", "rename", "upgrade", "recode", "transfer", "merge", "split", "redraw", "create", "abolish"
]
REDRAWN = 0.01
"""Share of a place's area that must have changed hands to call it redrawn; less is taken for another digitising."""


@dataclass(frozen=True)
class Change:
    """One proposal; `before` and `after` are ids in the two trees, `weight` the share of the area of the former."""

    kind: ChangeKind
    before: tuple[int, ...]
    after: tuple[int, ...]
    was: str
    """Name, code or parent before, as the kind asks."""
    now: str
    why: str
    weight: float = 1.0

    def __str__(self) -> str:
        share = f" ({self.weight:.0%} of it)" if self.weight < 1 else ""
        return f"{self.kind}: {self.was or '-'} -> {self.now or '-'}{share}; {self.why}"


def compare(before: Tree, after: Tree) -> tuple[Change, ...]:
    """Every change from one tree to another, upper levels first; one place may have several."""
    pairing = pair_up(before, after)
    found = list(_of_pairs(pairing))
    found += _of_the_rest(pairing)
    return tuple(found)


def _of_pairs(pairing: Pairing) -> Iterator[Change]:
    pairs = sorted(pairing.to.items(), key=lambda pair: (pairing.after.spots[pair[1]].level, pair[1]))
    for old_id, new_id in pairs:
        old, new = pairing.before.spots[old_id], pairing.after.spots[new_id]
        ids, why = ((old_id,), (new_id,)), pairing.why[old_id]
        if old.name != new.name:
            yield Change(_kind_of_rename(old, new), *ids, old.name, new.name, why)
        if old.code != new.code:
            yield Change("recode", *ids, f"{old.name} {old.code}", f"{new.name} {new.code}", why)
        if old.parent and not pairing.same_parent(old, new):
            was, now = pairing.before.spots.get(old.parent), pairing.after.spots.get(new.parent)
            words = f"{old.name} under {was.name if was else '-'}", f"{new.name} under {now.name if now else '-'}"
            yield Change("transfer", *ids, *words, why)
        yield from _redrawn(pairing, old, new)


def _kind_of_rename(old: Spot, new: Spot) -> ChangeKind:
    if old.plain == new.plain:
        return "spelling"
    return "upgrade" if old.stem == new.stem else "rename"


def _redrawn(pairing: Pairing, old: Spot, new: Spot) -> Iterator[Change]:
    shapes = pairing.before.shapes.get(old.id), pairing.after.shapes.get(new.id)
    if shapes[0] is None or shapes[1] is None or shapes[0].equals(shapes[1]):
        return
    share = shapes[0].intersection(shapes[1]).area / shapes[0].area
    grown = shapes[1].area / shapes[0].area
    if share < 1 - REDRAWN or grown > 1 + REDRAWN:
        message = f"{share:.1%} of its area stayed, it is now {grown:.1%} as large"
        yield Change("redraw", (old.id,), (new.id,), old.name, new.name, message, round(share, 4))


def _of_the_rest(pairing: Pairing) -> Iterator[Change]:
    """Places without a partner: swallowed, split off, or simply gone and new."""
    trees = (pairing.before, pairing.after)
    heirs: dict[int, list[tuple[int, float]]] = defaultdict(list)
    forebears: dict[int, list[tuple[int, float]]] = defaultdict(list)
    gone, new = pairing.gone(), pairing.new()
    for level in sorted({one.level for one in (*gone, *new)}):
        now = [one.id for one in trees[1].spots.values() if one.level == level]
        for (old, other), area in overlaps([one.id for one in gone if one.level == level], now, trees).items():
            heirs[old].append((other, area / trees[0].shapes[old].area))
        was = [one.id for one in trees[0].spots.values() if one.level == level]
        for (old, other), area in overlaps(was, [one.id for one in new if one.level == level], trees).items():
            forebears[other].append((old, area / trees[1].shapes[other].area))
    for one in gone:
        yield _end_of(one, [heir for heir in heirs[one.id] if heir[1] > 1 - SAME], trees)
    for one in new:
        yield _beginning_of(one, [forebear for forebear in forebears[one.id] if forebear[1] > 1 - SAME], trees)


def _end_of(one: Spot, heirs: list[tuple[int, float]], trees: tuple[Tree, Tree]) -> Change:
    if not heirs:
        return Change("abolish", (one.id,), (), f"{one.name} {one.code}".strip(), "", "nothing like it after")
    names = ", ".join(trees[1].spots[place].name for place, _ in heirs)
    kind: ChangeKind = "merge" if len(heirs) == 1 else "split"
    total = min(1.0, sum(share for _, share in heirs))
    why = "its area lies there now" if one.id in trees[0].shapes else ""
    return Change(kind, (one.id,), tuple(place for place, _ in heirs), one.name, names, why, round(total, 4))


def _beginning_of(one: Spot, forebears: list[tuple[int, float]], trees: tuple[Tree, Tree]) -> Change:
    if not forebears:
        return Change("create", (), (one.id,), "", f"{one.name} {one.code}".strip(), "nothing like it before")
    names = ", ".join(trees[0].spots[place].name for place, _ in forebears)
    kind: ChangeKind = "split" if len(forebears) == 1 else "merge"
    total = min(1.0, sum(share for _, share in forebears))
    return Change(
        kind, tuple(place for place, _ in forebears), (one.id,), names, one.name, "its area was theirs", round(total, 4)
    )
