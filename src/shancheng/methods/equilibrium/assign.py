"""User equilibrium by projection on ways: nobody who travels finds a cheaper way, and the ways in use are kept."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shancheng.methods.equilibrium import kernel
from shancheng.methods.equilibrium.demand import Demand, Rooted, rooted
from shancheng.methods.equilibrium.errors import DemandError, EquilibriumError
from shancheng.methods.equilibrium.network import Flags, Floats, Integers, Network, Short

SWEEPS_MOST = 20
INNER_SHARE = 0.1
"""Ways are settled until their excess is this share of the last gap; then new ways are looked for."""


@dataclass(frozen=True)
class Ways:
    """Every way in use; way p serves `pair[p]` with `flow[p]` over links `link[first[p]:first[p + 1]]`, in order.

    A way without links is demand that stays.
    """

    pair: Integers
    flow: Floats
    """In units of capacity."""
    first: Integers
    link: Short


@dataclass(frozen=True)
class Equilibrium:
    """Where the flows settle."""

    volume: Floats
    """(m,) flow on each link, in units of capacity."""
    time: Floats
    """(m,) time of each link at it."""
    cost: Floats
    """(k,) cost of the cheapest way of each pair, time and tolls, or of staying; NaN for pairs that use no link."""
    unserved: Floats
    """(k,) amount that stays because its way is dearer than staying, or because it has none."""
    objective: float
    """Area under the time curves plus tolls and staying: what an equilibrium makes least."""
    spent: float
    """Flow x cost of all that travels."""
    gap: float
    """(spent - all at the cheapest) / spent, over everybody, staying included."""
    rounds: int
    ways: Ways

    def through(self, link: int, pairs: int) -> Floats:
        """(pairs,) flow of each pair that uses a link, in units of capacity: who is hit when it is lost."""
        way = np.repeat(np.arange(len(self.ways.flow)), np.diff(self.ways.first))[self.ways.link == link]
        return np.bincount(self.ways.pair[way], self.ways.flow[way], pairs).astype(np.float64)


def assign(network: Network, demand: Demand, *, gap: float = 1e-8, rounds: int = 500) -> Equilibrium:
    """The user equilibrium, to a relative gap, or as near as so many rounds come; look at its `gap`.

    In each round every root (origin and commodity) looks for cheaper ways at the costs of the moment, and then flow is
    shifted pair after pair from each dearer way to the cheapest by Newton steps on the links they do not share
    (projected gradient after Bertsekas and Gafni 1983; Jayakrishnan et al. 1994; Florian, Constantin and Florian 2009).
    Commodities whose time has different worth are put in units of time by their tolls, so that one convex programme
    stands behind all of them (Beckmann, McGuire and Winsten 1956). Flows on links whose time does not grow, and the
    ways, are not unique; volumes where time grows are, and so is the objective. Raises DemandError where a pair that
    must be carried has no way, EquilibriumError for a gap or a number of rounds that cannot be.
    """
    if not gap >= 0 or rounds < 1:
        raise EquilibriumError(f"A gap is 0 or more and rounds are 1 or more, not {gap} and {rounds}.")
    state = State.empty(network, demand)
    state.solve(gap, rounds)
    lost = np.flatnonzero(state.pool.pending > 0)
    if lost.size:
        pair = int(state.roots.pair[lost[0]])
        raise DemandError(
            f"Pair {pair} has no way from node {demand.origin[pair]} to node {demand.destination[pair]}, and no cost "
            f"of staying is given; {lost.size} such pairs."
        )
    return state.told(demand)


class State:
    """An assignment under way: what is fixed, the ways in use, and the volumes."""

    def __init__(self, network: Network, roots: Rooted, fixed: kernel.Fixed, pool: kernel.Pool, field: kernel.Field):
        self.network, self.roots, self.fixed, self.pool, self.field = network, roots, fixed, pool, field
        self.gap, self.rounds = np.inf, 0

    @classmethod
    def empty(cls, network: Network, demand: Demand) -> "State":
        """Nothing on the road yet, everything waiting."""
        roots = rooted(network, demand)
        fixed = kernel.Fixed(
            *(network.tail, network.head, network.free, network.slope, network.power, network.passes),
            *(network.out_first, network.out, roots.first.astype(np.int64), roots.origin, roots.commodity),
            *(demand.destination[roots.pair], demand.flow[roots.pair], demand.stay[roots.pair], demand.toll),
            np.zeros(network.links, bool),
        )
        pairs = len(roots.pair)
        empty = kernel.Pool(
            *(np.empty(0, np.int32), np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0), np.empty(0, np.int32)),
            *(np.full(pairs, kernel.NOWHERE, np.int32), fixed.flow.copy(), np.zeros(2, np.int64)),
        )
        state = cls(
            network,
            roots,
            fixed,
            kernel.packed(empty, 64 * pairs + 64, 4 * pairs + 4),
            _field(network, len(roots.origin)),
        )
        kernel.tally(fixed, state.pool, state.field)
        return state

    def without(self, links: npt.ArrayLike) -> "State":
        """A copy in which these links are shut and what used them waits for another way."""
        shut: Flags = self.fixed.shut.copy()
        shut[np.asarray(links, np.int64)] = True
        fixed = self.fixed._replace(shut=shut)
        field = self.field._replace(**{name: getattr(self.field, name).copy() for name in self.field._fields})
        state = State(self.network, self.roots, fixed, kernel.packed(self.pool, 4096, 1024), field)
        kernel.detach(fixed, state.pool, field)
        return state

    def solve(self, target: float, rounds: int) -> None:
        """Look for ways and settle, until the gap is reached or so many rounds are over."""
        waits = bool((self.pool.pending > 0).any())
        for self.rounds in range(1, rounds + 1):
            if self.rounds % 16 == 0:
                kernel.tally(self.fixed, self.pool, self.field)
            spent, least = self._widen()
            if not (np.isfinite(spent) and np.isfinite(self.field.cost).all()):
                raise DemandError("Times grow beyond all numbers; look for amounts far above the capacities.")
            self.gap = (spent - least) / spent if spent > 0 else 0.0
            if self.gap <= target and not waits:
                break
            enough = INNER_SHARE * (min(self.gap, 0.1) if not waits else 0.01) * spent
            kernel.sweep(self.fixed, self.pool, self.field, enough, SWEEPS_MOST)
            waits = False
        kernel.tally(self.fixed, self.pool, self.field)

    def told(self, demand: Demand) -> Equilibrium:
        """The assignment in the order and units in which the demand was given."""
        ways = self._ways()
        spent, unserved = self.carried(demand, ways)
        return Equilibrium(
            volume=self.field.volume.copy(),
            time=self.network.time(self.field.volume),
            cost=self._least(demand),
            unserved=unserved,
            objective=self._objective(demand, ways),
            spent=spent,
            gap=float(self.gap),
            rounds=self.rounds,
            ways=ways,
        )

    def carried(self, demand: Demand, ways: Ways | None = None) -> tuple[float, Floats]:
        """Flow x cost of all that travels, and (k,) the amount that stays or has no way."""
        ways = ways or self._ways()
        travels = np.diff(ways.first) > 0
        stays = np.bincount(ways.pair[~travels], ways.flow[~travels], len(demand.amount)).astype(np.float64)
        stays[self.roots.pair] += self.pool.pending
        spent = float((self._costs(demand, ways) * ways.flow)[travels].sum())
        return spent, stays / demand.size[demand.commodity]

    def _widen(self) -> tuple[float, float]:
        sums = np.zeros(2)
        root = kernel.widen(self.fixed, self.pool, self.field, 0, sums)
        while root < len(self.roots.origin):
            self.pool = kernel.packed(self.pool, len(self.pool.link), len(self.pool.first))
            root = kernel.widen(self.fixed, self.pool, self.field, root, sums)
        return float(sums[0]), float(sums[1])

    def _ways(self) -> Ways:
        pool = kernel.packed(self.pool, 0, 0)
        count = int(pool.used[1])
        pair = np.empty(count, np.int64)
        first = pool.head[pool.head >= 0]
        begins = np.zeros(count, np.int64)
        begins[first] = 1
        pair = self.roots.pair[np.flatnonzero(pool.head >= 0)[np.cumsum(begins) - 1]] if count else pair
        ends = np.append(pool.first[:count], pool.used[0])
        return Ways(pair, pool.share[:count].copy(), ends.astype(np.int64), _forward(pool.link, ends))

    def _costs(self, demand: Demand, ways: Ways) -> Floats:
        """(p,) what each way costs."""
        way = np.repeat(np.arange(len(ways.flow)), np.diff(ways.first))
        each = self.field.cost[ways.link] + demand.toll[demand.commodity[ways.pair[way]], ways.link]
        costs = np.bincount(way, each, len(ways.flow)).astype(np.float64)
        return np.where(np.diff(ways.first) > 0, costs, demand.stay[ways.pair])

    def _least(self, demand: Demand) -> Floats:
        least = np.full(len(demand.amount), np.nan)
        for root in range(len(self.roots.origin)):
            kernel.reach(self.fixed, self.field, root)
            pairs = self.roots.pair[self.roots.first[root] : self.roots.first[root + 1]]
            least[pairs] = np.minimum(self.field.distance[demand.destination[pairs]], demand.stay[pairs])
        return least

    def _objective(self, demand: Demand, ways: Ways) -> float:
        way = np.repeat(np.arange(len(ways.flow)), np.diff(ways.first))
        tolls = demand.toll[demand.commodity[ways.pair[way]], ways.link] * ways.flow[way]
        stays = np.diff(ways.first) == 0
        staying = demand.stay[ways.pair[stays]] * ways.flow[stays]
        return self.network.beckmann(self.field.volume) + float(tolls.sum()) + float(staying.sum())


def _field(network: Network, roots: int) -> kernel.Field:
    m, n = network.links, network.nodes
    return kernel.Field(
        *(np.zeros(m), np.zeros(m), np.zeros(m), np.zeros(m + 1, np.int64), np.empty(n)),
        *(np.full((roots, n), kernel.NOWHERE, np.int32), np.empty(2 * m + n), np.empty(2 * m + n, np.int32)),
    )


def _forward(link: Short, ends: Integers) -> Short:
    """Links of each way from its origin on; in the pool they stand from the destination back."""
    count = int(ends[-1]) if len(ends) else 0
    way = np.repeat(np.arange(len(ends) - 1), np.diff(ends))
    mirrored = ends[way] + ends[way + 1] - 1 - np.arange(count)
    forward: Short = link[mirrored]
    return forward
