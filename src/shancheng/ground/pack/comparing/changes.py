"""Proposed changes between two trees: what was renamed, recoded, moved, merged, split, created or abolished."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from shancheng.ground.pack.comparing.pairing import Pairing, overlaps, pair_up
from shancheng.ground.pack.comparing.tree import Spot, Tree

ChangeKind = Literal[
    "spelling", "rename", "upgrade", "recode", "transfer", "merge", "split", "redraw", "create", "abolish"
]
Shares = dict[int, dict[int, float]]
PART = 0.1
"""From this share on a place is said to have gone to, or come from, another."""
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
    gone, new = pairing.gone(), pairing.new()
    heirs = _shares_by_shape(gone, trees) | _shares_by_children(gone, trees[0], trees[1], pairing.to)
    turned = (pairing.after, pairing.before)
    forebears = _shares_by_shape(new, turned) | _shares_by_children(new, trees[1], trees[0], pairing.back)
    for one in gone:
        yield _end_of(one, heirs.get(one.id, {}), trees)
    for one in new:
        yield _beginning_of(one, forebears.get(one.id, {}), trees)


def _shares_by_shape(ones: Sequence[Spot], trees: tuple[Tree, Tree]) -> Shares:
    """Share of the area of each place that lies in each place of its level in the other tree; small ones left out."""
    found: Shares = {}
    for level in sorted({one.level for one in ones}):
        own = [one.id for one in ones if one.level == level]
        others = [other.id for other in trees[1].spots.values() if other.level == level]
        for (one, other), area in overlaps(own, others, trees).items():
            share = area / trees[0].shapes[one].area
            if share >= PART:
                found.setdefault(one, {})[other] = share
    return found


def _shares_by_children(ones: Sequence[Spot], tree: Tree, other: Tree, to: Mapping[int, int]) -> Shares:
    """Share of the places below each place without a shape that are below each place of the other tree."""
    wanted = {one.id for one in ones if one.id not in tree.shapes}
    moved: dict[int, list[int]] = defaultdict(list)
    for child in tree.spots.values():
        if child.parent in wanted and child.id in to:
            moved[child.parent].append(other.spots[to[child.id]].parent)
    found = {}
    for one, parents in moved.items():
        shares = {parent: count / len(parents) for parent, count in Counter(parents).items() if parent}
        found[one] = {parent: share for parent, share in shares.items() if share >= PART}
    return found


def _end_of(one: Spot, heirs: Mapping[int, float], trees: tuple[Tree, Tree]) -> Change:
    if not heirs:
        return Change("abolish", (one.id,), (), f"{one.name} {one.code}".strip(), "", "nothing like it after")
    names = ", ".join(trees[1].spots[place].name for place in heirs)
    kind: ChangeKind = "merge" if len(heirs) == 1 else "split"
    why = "its area lies there now" if one.id in trees[0].shapes else "the places below it are there now"
    return Change(kind, (one.id,), tuple(heirs), one.name, names, why, _whole(heirs))


def _beginning_of(one: Spot, forebears: Mapping[int, float], trees: tuple[Tree, Tree]) -> Change:
    if not forebears:
        return Change("create", (), (one.id,), "", f"{one.name} {one.code}".strip(), "nothing like it before")
    names = ", ".join(trees[0].spots[place].name for place in forebears)
    kind: ChangeKind = "split" if len(forebears) == 1 else "merge"
    why = "its area was theirs" if one.id in trees[1].shapes else "the places below it were theirs"
    return Change(kind, tuple(forebears), (one.id,), names, one.name, why, _whole(forebears))


def _whole(shares: Mapping[int, float]) -> float:
    return round(min(1.0, sum(shares.values())), 4)
