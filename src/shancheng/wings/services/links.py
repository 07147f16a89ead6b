"""What a new stair, ramp, lift, bridge or opened gate would save, and which of them to build first."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shancheng.ground.network.labels import hung
from shancheng.ground.network.network import Network
from shancheng.ground.network.points import Facilities, Homes
from shancheng.ground.network.proposals import Proposals
from shancheng.ground.network.segments import metres
from shancheng.ground.network.snapping import Snapped, Way, snap
from shancheng.ground.network.walkers import FOOT, Walker
from shancheng.methods.graph.arcs import Arcs, arcs
from shancheng.methods.graph.links import CLOSED, Links, Worth, improved, with_links, worth
from shancheng.methods.graph.nearest import Nearest, nearest
from shancheng.methods.graph.sources import Sources
from shancheng.methods.siting.links import LinkChoice, choose_links
from shancheng.methods.slope import level_length, slope_named
from shancheng.wings.services.errors import WishError
from shancheng.wings.services.reach import CAP, DECISECONDS, Placed, place

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
NEAR_M = 60.0
"""How far the end of a link may lie from the street it is joined to."""
ON_WHEELS = ("stairs", "escalator")
"""Kinds that nobody passes who needs more than to be let in on foot."""
LINKS_MOST, ROUNDS_MOST = 20_000, 200


@dataclass(frozen=True)
class LinkWish:
    """What links are judged by: the minutes to which categories, and how many or what may be built."""

    minutes: float = 15.0
    way: Way = "there"
    categories: tuple[str, ...] = ()
    count: int = 10
    """Links at most."""
    budget: float = math.inf
    """In the money of the proposals; without one the number alone counts, whatever a link costs."""

    def __post_init__(self) -> None:
        if not 1 <= self.count <= ROUNDS_MOST:
            raise WishError(f"{self.count} links cannot be chosen; ask for 1 to {ROUNDS_MOST} of them.")
        if self.budget < 0 or math.isnan(self.budget):
            raise WishError(f"A budget of {self.budget:g} buys nothing; give 0 or more, or none.")


@dataclass(frozen=True)
class Joined:
    """The streets with a node for either end of every link; number i of `links` is row `row[i]` of the proposals."""

    over: Arcs
    links: Links
    row: Ints
    lost: tuple[str, ...]
    """A sentence for each that has an end far from every street, or that the walker may not use."""


@dataclass(frozen=True)
class Built:
    """A link in the order of building, and what it adds to those before it."""

    id: str
    kind: str
    cost: float
    person_minutes_saved: float
    """Sum over people and categories, minutes beyond twice the limit not counted."""
    people_brought: float
    """Sum over categories of the people who come to be within the minutes."""
    person_minutes_alone: float
    people_brought_alone: float
    """What it would save and bring if it were the only one."""
    runner_up: str
    """The link that would have been next best at its turn, empty for none."""
    runner_up_saved: float
    """Person-minutes that the runner-up would have saved in its place; 0 for none."""


@dataclass(frozen=True)
class LinkWorth:
    """What each link alone would bring, and those to build in turn."""

    categories: tuple[str, ...]
    ids: tuple[str, ...]
    """(l,) of the links that could be joined to the streets."""
    saved: Floats
    """(l, categories) person-minutes."""
    brought: Floats
    """(l, categories) people."""
    built: tuple[Built, ...]
    by_cost: bool
    """Whether they were chosen by what they save for their cost; otherwise by what they save."""
    saved_together: float
    """Person-minutes of all that are built."""
    saved_by_all: float
    """Person-minutes if every link that could be joined were built, whatever it costs: no choice saves more."""
    helped: bool
    """Whether links were seen to help one another: one saves more after another than alone."""
    bound: float
    """Person-minutes that no links within budget and number save; NaN where links help one another."""
    gap: float
    """How far from the best the choice is at most, as a share of what it saves; NaN where links help one another."""
    lost: tuple[str, ...]

    @property
    def cost(self) -> float:
        """Of all that are built."""
        return sum(link.cost for link in self.built)


@dataclass(frozen=True)
class Ground:
    """The walker's graph with a node for every home, so that sums over homes are sums over nodes."""

    against: Arcs
    """From facilities outwards: reversed for the way `there`."""
    sources: Sources
    people: Floats
    """(n,) at the homes' own nodes, 0 elsewhere."""
    categories: tuple[str, ...]


def worth_of_links(
    network: Network, walker: Walker, homes: Homes, facilities: Facilities, proposals: Proposals, wish: LinkWish
) -> LinkWorth:
    """What each proposal alone would save, and a choice of them one after the other, each with those before it built.

    Exact for what is added, in both steps: the same as a new search with the link. Raises WishError for too many
    proposals, or where none can be joined to the streets.
    """
    joined = join(network, walker, proposals)
    if not 1 <= joined.links.count <= LINKS_MOST:
        why = f" {joined.lost[0]}" if joined.lost else ""
        raise WishError(f"{joined.links.count} links can be judged; give 1 to {LINKS_MOST} of them.{why}")
    placed = place(network, walker, homes, facilities, wish.categories)
    ground = ground_of(joined.over, placed, homes.people, wish)
    links = joined.links.reversed() if wish.way == "there" else joined.links
    valued = _Valued(ground, links, wish.minutes)
    choice = choose_links(valued.after, proposals.cost[joined.row], wish.budget, count=wish.count)
    return LinkWorth(
        categories=ground.categories,
        ids=tuple(proposals.ids[row] for row in joined.row.tolist()),
        saved=valued.alone.saved / DECISECONDS,
        brought=valued.alone.brought,
        built=_built(choice, valued, proposals, joined.row),
        by_cost=choice.by_cost,
        saved_together=choice.value / DECISECONDS,
        saved_by_all=valued.by_all() / DECISECONDS,
        helped=choice.helped,
        bound=math.nan if choice.helped else choice.bound / DECISECONDS,
        gap=choice.gap,
        lost=joined.lost,
    )


Searched = tuple[tuple[int, ...], Arcs, Nearest]
"""Links that are built, the graph with them and the search over it."""


class _Valued:
    """What every link would save on top of those that are built; each step is a search of what it changes only."""

    def __init__(self, ground: Ground, links: Links, minutes: float) -> None:
        self._ground, self._links, self._within = ground, links, int(minutes * DECISECONDS)
        limit = int(minutes * CAP * DECISECONDS)
        found = nearest(ground.against, ground.sources, categories=len(ground.categories), limit=limit)
        self._bare: Searched = ((), ground.against, found)
        self._last: Searched = self._bare
        self.alone = self._worth(ground.against, found)
        self._brought: dict[tuple[int, ...], Floats] = {}

    def after(self, chosen: Ints) -> Floats:
        """(l,) person-deciseconds with the chosen links built; 0 for those themselves."""
        built: tuple[int, ...] = tuple(chosen.tolist())
        gains = self.alone if not built else self._gains(built)
        self._brought[built] = gains.brought.sum(axis=1)
        saved: Floats = gains.saved.sum(axis=1)
        return saved

    def by_all(self) -> float:
        """Person-deciseconds that all the links together save."""
        _, over, before = self._bare
        after = improved(over, before, self._links)
        shorter = [np.minimum(found.time[:, :, 0], found.limit) for found in (before, after)]
        return float(((shorter[0] - shorter[1]) @ self._ground.people).sum())

    def _gains(self, built: tuple[int, ...]) -> Worth:
        begun, over, found = self._last if self._last[0] == built[: len(self._last[0])] else self._bare
        new = np.array(built[len(begun) :], np.int64)
        more = Links(*(part[new] for part in (self._links.tail, self._links.head, self._links.there, self._links.back)))
        found, over = improved(over, found, more), with_links(over, more)
        self._last = (built, over, found)
        return self._worth(over, found)

    def brought(self, chosen: Ints, link: int) -> float:
        """People whom a link would bring within the minutes, with the chosen ones built, which was asked before."""
        return float(self._brought[tuple(chosen.tolist())][link])

    def _worth(self, over: Arcs, found: Nearest) -> Worth:
        return worth(over, found, self._links, weight=self._ground.people, within=self._within)


def _built(choice: LinkChoice, valued: _Valued, proposals: Proposals, row: Ints) -> tuple[Built, ...]:
    found = []
    for turn, reason in enumerate(choice.reasons):
        at = int(row[reason.link])
        found.append(
            Built(
                id=proposals.ids[at],
                kind=proposals.kind[at],
                cost=float(proposals.cost[at]),
                person_minutes_saved=reason.added / DECISECONDS,
                people_brought=valued.brought(choice.chosen[:turn], reason.link),
                person_minutes_alone=reason.alone / DECISECONDS,
                people_brought_alone=valued.brought(choice.chosen[:0], reason.link),
                runner_up=proposals.ids[row[reason.runner_up]] if reason.runner_up >= 0 else "",
                runner_up_saved=reason.runner_up_added / DECISECONDS,
            )
        )
    return tuple(found)


def join(network: Network, walker: Walker, proposals: Proposals, *, near_m: float = NEAR_M) -> Joined:
    """Proposals between the points of streets nearest to their ends, with the walker's time in both directions.

    Measured minutes are taken as they are; others are worked out from length, rise and kind at the walker's pace.
    """
    begin = snap(network, walker, proposals.from_lon, proposals.from_lat, candidates=1, near_m=near_m, far_m=near_m)
    end = snap(network, walker, proposals.to_lon, proposals.to_lat, candidates=1, near_m=near_m, far_m=near_m)
    heights = [_heights(network, one) for one in (begin, end)]
    there, back = _times(walker, proposals, np.nan_to_num(heights[1] - heights[0]))
    lost = _lost(proposals, walker, (begin, end), (there, back), near_m)
    kept = np.array([row for row in range(len(proposals.ids)) if row not in lost], np.int64)
    first, second = (_mouths(one, kept) for one in (begin, end))
    base, count = network.arcs(walker.key), len(kept)
    node = network.nodes + np.arange(2 * count, dtype=np.int64)
    mouths = [_arcs_at(mouth, node[part]) for mouth, part in ((first, slice(count)), (second, slice(count, None)))]
    tail, head, cost = (np.concatenate(parts) for parts in zip((base.tail, base.head, base.cost), *mouths, strict=True))
    over = arcs(tail, head, cost, network.nodes + 2 * count)
    return Joined(over, Links.of(node[:count], node[count:], there[kept], back[kept]), kept, tuple(lost.values()))


@dataclass(frozen=True)
class Mouths:
    """Where links meet an edge: nodes at its ends, and deciseconds to and from them, inf where it may not be walked."""

    tail: Ints
    head: Ints
    to_tail: Floats
    to_head: Floats
    from_tail: Floats
    from_head: Floats


def _mouths(snapped: Snapped, rows: Ints) -> Mouths:
    at = snapped.first[rows]
    leg, part = snapped.leg[at], snapped.fraction[at]
    forward, backward = (
        np.where(whole[at] < 0, np.inf, whole[at].astype(np.float64)) for whole in (snapped.forward, snapped.backward)
    )
    return Mouths(
        tail=snapped.tail[at].astype(np.int64),
        head=snapped.head[at].astype(np.int64),
        to_tail=leg + _share(backward, part),
        to_head=leg + _share(forward, 1 - part),
        from_tail=leg + _share(forward, part),
        from_head=leg + _share(backward, 1 - part),
    )


def _share(whole: Floats, part: Floats) -> Floats:
    return np.where(part > 0, whole * np.maximum(part, 1e-300), 0.0)


def _arcs_at(mouth: Mouths, node: Ints) -> tuple[Ints, Ints, Ints]:
    """Arcs between link ends and the ends of their edges; rounded up, so that no detour through one is a short cut."""
    tail = np.concatenate([node, node, mouth.tail, mouth.head])
    head = np.concatenate([mouth.tail, mouth.head, node, node])
    time = np.concatenate([mouth.to_tail, mouth.to_head, mouth.from_tail, mouth.from_head])
    may = np.isfinite(time)
    return tail[may], head[may], np.ceil(time[may] - 1e-9).astype(np.int64)


def _heights(network: Network, snapped: Snapped) -> Floats:
    """Metres at each point between the heights of its edge's ends; NaN where unknown or on no street."""
    found = np.full(len(snapped), np.nan)
    on = np.flatnonzero(np.diff(snapped.first) > 0)
    at = snapped.first[on]
    low, high = (network.height_m[nodes[at]].astype(np.float64) for nodes in (snapped.tail, snapped.head))
    found[on] = low + (high - low) * snapped.fraction[at]
    return found


def _lost(
    proposals: Proposals, walker: Walker, ends: tuple[Snapped, Snapped], times: tuple[Ints, Ints], near_m: float
) -> dict[int, str]:
    away = [{lost.point: lost.metres for lost in one.lost} for one in ends]
    found: dict[int, str] = {}
    for row, one in enumerate(proposals.ids):
        furthest = max(far.get(row, 0.0) for far in away)
        if furthest > 0:
            found[row] = f"Link '{one}' ends {furthest:,.0f} m from the nearest street; bring it within {near_m:g} m."
        elif times[0][row] == CLOSED and times[1][row] == CLOSED:
            found[row] = f"Link '{one}' is {proposals.kind[row]}, which {walker.key} may not use."
    return found


def _times(walker: Walker, proposals: Proposals, rise: Floats) -> tuple[Ints, Ints]:
    """Deciseconds there and back, CLOSED where the walker may not; `rise` metres is 0 where no height is known."""
    length = metres(proposals.from_lon, proposals.from_lat, proposals.to_lon, proposals.to_lat)
    slope = level_length(
        slope_named(walker.slope),
        length,
        np.arange(len(length) + 1) * 2,
        np.column_stack([np.zeros(len(length)), rise]).ravel(),
    )
    speed = walker.speed_kmh / 3.6
    flight = np.hypot(length, rise)
    kind = np.array(proposals.kind, object)
    up = np.where(rise >= 0, walker.stairs_up_m_s, walker.stairs_down_m_s)
    down = np.where(rise >= 0, walker.stairs_down_m_s, walker.stairs_up_m_s)
    lift = walker.lift_wait_s + np.abs(rise) * walker.lift_s_per_m + length / speed
    seconds = {
        "stairs": (flight / up, flight / down),
        "lift": (lift, lift),
        "escalator": (flight / walker.escalator_m_s, np.full(len(length), np.inf)),
    }
    there, back = slope.forward_m / speed, slope.backward_m / speed
    for name, (one, other) in seconds.items():
        there, back = np.where(kind == name, one, there), np.where(kind == name, other, back)
    there = np.where(np.isnan(proposals.minutes_there), there, proposals.minutes_there * 60)
    back = np.where(np.isnan(proposals.minutes_back), back, proposals.minutes_back * 60)
    if walker.needs != (FOOT,):
        barred = np.isin(kind, ON_WHEELS)
        there, back = np.where(barred, np.inf, there), np.where(barred, np.inf, back)
    return _deciseconds(there), _deciseconds(back)


def _deciseconds(seconds: Floats) -> Ints:
    return np.where(np.isinf(seconds), CLOSED, np.rint(np.where(np.isinf(seconds), 0, seconds) * 10)).astype(np.int64)


def ground_of(over: Arcs, placed: Placed, people: Floats, wish: LinkWish) -> Ground:
    """The graph from facilities outwards, homes being nodes after those of `over`."""
    searched = over.reversed() if wish.way == "there" else over
    limit = int(wish.minutes * CAP * DECISECONDS)
    against, sources = hung(searched, placed.homes, placed.entrances, way=wish.way, limit=limit)
    return Ground(against, sources, np.concatenate([np.zeros(over.nodes), people]), placed.categories)
