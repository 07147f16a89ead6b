"""The compiled loops: cheapest ways from a root, a pool of ways, and flow shifted from dear ways to the cheapest."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from shancheng.methods.equilibrium.network import Flags, Floats, Integers, Short

NOWHERE = -1
TOO_FAR = 0.3
"""A step that turns the difference of two costs round by more than this share of it is taken back in part."""
ALIKE = 1e-13
"""Two costs closer than this, relatively, are the same way found twice."""


class Fixed(NamedTuple):
    """What does not change: the network and the demand by root."""

    tail: Short
    head: Short
    free: Floats
    slope: Floats
    power: Floats
    passes: Flags
    out_first: Integers
    out: Short
    root_first: Integers
    root_origin: Short
    root_commodity: Short
    destination: Short
    """(q,)"""
    flow: Floats
    """(q,) in units of capacity."""
    stay: Floats
    """(q,)"""
    toll: Floats
    """(c, m)"""
    shut: Flags
    """(m,) links that are lost."""


class Pool(NamedTuple):
    """The ways in use. Way p has links `link[first[p]:last[p]]`; staying is a way without links."""

    link: Short
    first: Integers
    last: Integers
    share: Floats
    """(p,) flow on the way."""
    following: Short
    """(p,) the next way of the same pair."""
    head: Short
    """(q,) first way of each pair, NOWHERE for none."""
    pending: Floats
    """(q,) flow that has no way yet."""
    used: Integers
    """Links and ways of the pool in use."""


class Field(NamedTuple):
    """What changes with every shift, and room to work in."""

    volume: Floats
    """(m,)"""
    cost: Floats
    """(m,)"""
    rise: Floats
    """(m,) how cost grows with volume."""
    mark: Integers
    """(m + 1,) which links the two compared ways share; the last is the present token."""
    distance: Floats
    """(n,)"""
    tree: npt.NDArray[np.int32]
    """(r, n) the link by which each node is reached from each root, NOWHERE for none."""
    heap_cost: Floats
    heap_node: Short


@njit(cache=True, nogil=True)
def reckon(fixed: Fixed, field: Field, link: int) -> None:
    """Cost of a link and its rise at its volume."""
    volume = max(field.volume[link], 0.0)
    slope, power = fixed.slope[link], fixed.power[link]
    if slope == 0.0:
        field.cost[link], field.rise[link] = fixed.free[link], 0.0
        return
    grown = slope * volume * volume * volume if power == 4.0 else slope * volume ** (power - 1.0)
    field.cost[link] = fixed.free[link] + grown * volume
    field.rise[link] = power * grown


@njit(cache=True, nogil=True)
def sink(costs: Floats, nodes: Short, size: int) -> int:
    """Take the first entry off the heap; the new size."""
    size -= 1
    cost, node = costs[size], nodes[size]
    at = 0
    while 2 * at + 1 < size:
        below = 2 * at + 1
        if below + 1 < size and costs[below + 1] < costs[below]:
            below += 1
        if cost <= costs[below]:
            break
        costs[at], nodes[at] = costs[below], nodes[below]
        at = below
    costs[at], nodes[at] = cost, node
    return size


@njit(cache=True, nogil=True)
def climb(costs: Floats, nodes: Short, size: int, cost: float, node: int) -> int:
    """Put one entry into the heap; the new size."""
    at = size
    while at > 0 and costs[(at - 1) >> 1] > cost:
        costs[at], nodes[at] = costs[(at - 1) >> 1], nodes[(at - 1) >> 1]
        at = (at - 1) >> 1
    costs[at], nodes[at] = cost, node
    return size + 1


@njit(cache=True, nogil=True)
def recall(
    tail: Short, shut: Flags, price: Floats, origin: int, via: npt.NDArray[np.int32], distance: Floats, stack: Short
) -> None:
    """Costs along the tree of cheapest ways as it was found last, inf where it is cut or never was."""
    distance[:] = -1.0
    distance[origin] = 0.0
    for node in range(len(distance)):
        height, at = 0, node
        while distance[at] < 0.0:
            if via[at] == NOWHERE or shut[via[at]]:
                distance[at] = np.inf
                break
            stack[height] = at
            height += 1
            at = tail[via[at]]
        while height > 0:
            height -= 1
            link = via[stack[height]]
            distance[stack[height]] = distance[tail[link]] + price[link]


@njit(cache=True, nogil=True)
def reach(fixed: Fixed, field: Field, root: int) -> None:
    """Cheapest cost from a root to every node, and the tree of links they come by.

    What Dijkstra (1959) finds, mended from the tree that was found last: most of it is still right. The arrays are
    taken out of their tuples first: handed on in them for every link, they cost more than the work itself.
    """
    tail, head, shut, passes = fixed.tail, fixed.head, fixed.shut, fixed.passes
    out, out_first, origin = fixed.out, fixed.out_first, fixed.root_origin[root]
    distance, via, costs, nodes = field.distance, field.tree[root], field.heap_cost, field.heap_node
    price = field.cost + fixed.toll[fixed.root_commodity[root]]
    recall(tail, shut, price, origin, via, distance, nodes)
    size = 0
    for link in range(len(tail)):
        there = distance[tail[link]] + price[link]
        to = head[link]
        if there < distance[to] and not shut[link] and (passes[tail[link]] or tail[link] == origin):
            distance[to], via[to] = there, link
            if passes[to]:
                size = climb(costs, nodes, size, there, to)
    while size > 0:
        cost, node = costs[0], nodes[0]
        size = sink(costs, nodes, size)
        if cost > distance[node]:
            continue
        for at in range(out_first[node], out_first[node + 1]):
            link = out[at]
            there = cost + price[link]
            to = head[link]
            if there < distance[to] and not shut[link]:
                distance[to], via[to] = there, link
                if passes[to]:
                    size = climb(costs, nodes, size, there, to)


@njit(cache=True, nogil=True)
def add_way(fixed: Fixed, pool: Pool, via: Short, pair: int, stays: bool) -> int:
    """A new way without flow: staying, or the way just found to the pair's destination; its number."""
    way, end = int(pool.used[1]), int(pool.used[0])
    pool.first[way] = end
    if not stays:
        node = fixed.destination[pair]
        while via[node] != NOWHERE:
            pool.link[end] = via[node]
            end += 1
            node = fixed.tail[via[node]]
    pool.last[way] = end
    pool.share[way] = 0.0
    pool.following[way] = pool.head[pair]
    pool.head[pair] = way
    pool.used[0], pool.used[1] = end, way + 1
    return way


@njit(cache=True, nogil=True)
def load(fixed: Fixed, pool: Pool, field: Field, way: int, flow: float) -> None:
    """Put flow on a way, or take it off."""
    pool.share[way] += flow
    for at in range(pool.first[way], pool.last[way]):
        field.volume[pool.link[at]] += flow
        reckon(fixed, field, pool.link[at])


@njit(cache=True, nogil=True)
def best_way(
    link: Short,
    first: Integers,
    last: Integers,
    following: Short,
    share: Floats,
    costs: Floats,
    toll: Floats,
    stay: float,
    way: int,
) -> tuple[int, float, float]:
    """The cheapest way of those that follow one another from `way` on, its cost, and what all their flow costs."""
    best, least, spent = NOWHERE, np.inf, 0.0
    while way != NOWHERE:
        cost = stay if first[way] == last[way] else 0.0
        for at in range(first[way], last[way]):
            cost += costs[link[at]] + toll[link[at]]
        spent += cost * share[way]
        if cost < least:
            best, least = way, cost
        way = following[way]
    return best, least, spent


@njit(cache=True, nogil=True)
def room_for(fixed: Fixed, pool: Pool, via: Short, root: int) -> bool:
    """Whether the pool can take a new way for every pair of a root."""
    links = pool.used[0]
    pairs = fixed.root_first[root + 1] - fixed.root_first[root]
    for pair in range(fixed.root_first[root], fixed.root_first[root + 1]):
        node = fixed.destination[pair]
        while via[node] != NOWHERE:
            links += 1
            node = fixed.tail[via[node]]
    return bool(links <= len(pool.link) and pool.used[1] + pairs <= len(pool.first))


@njit(cache=True, nogil=True)
def widen(fixed: Fixed, pool: Pool, field: Field, root: int, sums: Floats) -> int:
    """Look for a cheaper way for every pair, root after root, and let flow that waits take it.

    `sums` gathers what is spent and what would be at the cheapest. The number of roots when done, otherwise the root
    at which the pool was full.
    """
    link, first, last, following, share = pool.link, pool.first, pool.last, pool.following, pool.share
    distance, destination, stay, flow = field.distance, fixed.destination, fixed.stay, fixed.flow
    heads, pending, costs = pool.head, pool.pending, field.cost
    while root < len(fixed.root_origin):
        toll = fixed.toll[fixed.root_commodity[root]]
        reach(fixed, field, root)
        if not room_for(fixed, pool, field.tree[root], root):
            return root
        for pair in range(fixed.root_first[root], fixed.root_first[root + 1]):
            found = distance[destination[pair]]
            least = min(found, stay[pair])
            if least == np.inf:
                continue
            way, cost, spent = best_way(link, first, last, following, share, costs, toll, stay[pair], heads[pair])
            sums[0] += spent
            sums[1] += least * (flow[pair] - pending[pair])
            if way == NOWHERE or least < cost - ALIKE * cost:
                way = add_way(fixed, pool, field.tree[root], pair, stay[pair] < found)
            if pending[pair] > 0.0:
                load(fixed, pool, field, way, pending[pair])
                pending[pair] = 0.0
        root += 1
    return root


@njit(cache=True, nogil=True)
def compare(fixed: Fixed, pool: Pool, field: Field, dear: int, cheap: int, pair: int, commodity: int) -> Floats:
    """How much dearer one way is than another, and how that grows with flow moved back; marks what they do not share.

    Afterwards links of the cheap way alone carry the field's token, shared ones the token plus 1, and no other link of
    the dear way carries either.
    """
    token = field.mark[-1] + 2
    field.mark[-1] = token
    found = np.zeros(2)
    for at in range(pool.first[cheap], pool.last[cheap]):
        field.mark[pool.link[at]] = token
    for at in range(pool.first[dear], pool.last[dear]):
        link = pool.link[at]
        if field.mark[link] == token:
            field.mark[link] = token + 1
            continue
        found[0] += field.cost[link] + fixed.toll[commodity, link]
        found[1] += field.rise[link]
    for at in range(pool.first[cheap], pool.last[cheap]):
        link = pool.link[at]
        if field.mark[link] == token:
            found[0] -= field.cost[link] + fixed.toll[commodity, link]
            found[1] += field.rise[link]
    found[0] += staying(fixed, pool, dear, pair) - staying(fixed, pool, cheap, pair)
    return found


@njit(cache=True, nogil=True)
def staying(fixed: Fixed, pool: Pool, way: int, pair: int) -> float:
    """What a way costs where it is staying, otherwise nothing."""
    return float(fixed.stay[pair]) if pool.first[way] == pool.last[way] else 0.0


@njit(cache=True, nogil=True)
def move(
    fixed: Fixed, pool: Pool, field: Field, dear: int, cheap: int, pair: int, commodity: int, step: float
) -> float:
    """Move flow from one compared way to the other on the links they do not share; the difference in cost then."""
    token = field.mark[-1]
    gain = staying(fixed, pool, dear, pair) - staying(fixed, pool, cheap, pair)
    pool.share[dear] -= step
    pool.share[cheap] += step
    for at in range(pool.first[dear], pool.last[dear]):
        link = pool.link[at]
        if field.mark[link] < token:
            field.volume[link] -= step
            reckon(fixed, field, link)
            gain += field.cost[link] + fixed.toll[commodity, link]
    for at in range(pool.first[cheap], pool.last[cheap]):
        link = pool.link[at]
        if field.mark[link] == token:
            field.volume[link] += step
            reckon(fixed, field, link)
            gain -= field.cost[link] + fixed.toll[commodity, link]
    return gain


@njit(cache=True, nogil=True)
def shift(fixed: Fixed, pool: Pool, field: Field, dear: int, cheap: int, pair: int, commodity: int) -> None:
    """Move flow from a dear way to a cheap one until they cost the same or the dear one is empty.

    A Newton step (D. P. Bertsekas and E. M. Gafni 1983), and where it goes too far, chords back between the two.
    """
    found = compare(fixed, pool, field, dear, cheap, pair, commodity)
    gain = found[0]
    if gain <= 0.0:
        return
    here = pool.share[dear]
    if found[1] > 0.0:
        here = min(here, gain / found[1])
    then = move(fixed, pool, field, dear, cheap, pair, commodity, here)
    low, high, high_gain = 0.0, here, then
    for _ in range(3):
        if then >= -TOO_FAR * found[0] and (then <= TOO_FAR * found[0] or high_gain >= 0.0):
            return
        if then > 0.0:
            low, gain = here, then
        else:
            high, high_gain = here, then
        back = low + (high - low) * gain / (gain - high_gain)
        then = move(fixed, pool, field, dear, cheap, pair, commodity, back - here)
        here = back


@njit(cache=True, nogil=True)
def forget(pool: Pool, pair: int, before: int, after: int) -> None:
    """Leave out the way of a pair that stands between two others."""
    if before == NOWHERE:
        pool.head[pair] = after
    else:
        pool.following[before] = after


@njit(cache=True, nogil=True)
def settle(fixed: Fixed, pool: Pool, field: Field, pair: int, commodity: int, sums: Floats) -> None:
    """Shift the flow of one pair to its cheapest way, and forget ways that carry nothing."""
    best, least, spent = best_way(
        pool.link,
        pool.first,
        pool.last,
        pool.following,
        pool.share,
        field.cost,
        fixed.toll[commodity],
        fixed.stay[pair],
        pool.head[pair],
    )
    sums[0] += spent
    sums[1] += least * fixed.flow[pair]
    before, way = NOWHERE, pool.head[pair]
    while way != NOWHERE:
        after = pool.following[way]
        if way != best and pool.share[way] > 0.0:
            shift(fixed, pool, field, way, best, pair, commodity)
        if way == best or pool.share[way] > 0.0:
            before = way
        else:
            forget(pool, pair, before, after)
        way = after


@njit(cache=True, nogil=True)
def settle_all(fixed: Fixed, pool: Pool, field: Field) -> float:
    """Settle every pair that has a choice; what was spent above the cheapest of the ways in use."""
    sums = np.zeros(2)
    for root in range(len(fixed.root_origin)):
        for pair in range(fixed.root_first[root], fixed.root_first[root + 1]):
            way = pool.head[pair]
            if way != NOWHERE and pool.following[way] != NOWHERE:
                settle(fixed, pool, field, pair, fixed.root_commodity[root], sums)
    return float(sums[0] - sums[1])


@njit(cache=True, nogil=True)
def sweep(fixed: Fixed, pool: Pool, field: Field, enough: float, most: int) -> None:
    """Settle everybody again and again, until the ways in use cost alike or `most` times."""
    for _ in range(most):
        if settle_all(fixed, pool, field) <= enough:
            return


@njit(cache=True, nogil=True)
def is_cut(fixed: Fixed, pool: Pool, way: int) -> bool:
    """Whether a way uses a link that is shut."""
    cuts = 0
    for at in range(pool.first[way], pool.last[way]):
        cuts += fixed.shut[pool.link[at]]
    return cuts > 0


@njit(cache=True, nogil=True)
def detach(fixed: Fixed, pool: Pool, field: Field) -> None:
    """Take all flow off ways that use a link that is shut; it waits for another way."""
    for pair in range(len(pool.head)):
        before, way = NOWHERE, pool.head[pair]
        while way != NOWHERE:
            after = pool.following[way]
            if is_cut(fixed, pool, way):
                pool.pending[pair] += pool.share[way]
                load(fixed, pool, field, way, -pool.share[way])
                forget(pool, pair, before, after)
            else:
                before = way
            way = after


@njit(cache=True, nogil=True)
def tally(fixed: Fixed, pool: Pool, field: Field) -> None:
    """Add the volumes up anew from the ways, so that no rounding stays behind."""
    field.volume[:] = 0.0
    for pair in range(len(pool.head)):
        way = pool.head[pair]
        while way != NOWHERE:
            for at in range(pool.first[way], pool.last[way]):
                field.volume[pool.link[at]] += pool.share[way]
            way = pool.following[way]
    for link in range(len(field.volume)):
        reckon(fixed, field, link)


@njit(cache=True, nogil=True)
def packed(pool: Pool, links: int, ways: int) -> Pool:
    """The same ways without the forgotten ones, in a pool with room for so many more links and ways."""
    kept_links, kept_ways = 0, 0
    for pair in range(len(pool.head)):
        way = pool.head[pair]
        while way != NOWHERE:
            kept_links += pool.last[way] - pool.first[way]
            kept_ways += 1
            way = pool.following[way]
    links, ways = links + 2 * kept_links, ways + 2 * kept_ways
    fresh = Pool(
        np.empty(links, np.int32),
        np.empty(ways, np.int64),
        np.empty(ways, np.int64),
        np.empty(ways),
        np.empty(ways, np.int32),
        np.full(len(pool.head), NOWHERE, np.int32),
        pool.pending.copy(),
        np.zeros(2, np.int64),
    )
    link, number = 0, 0
    for pair in range(len(pool.head)):
        way, before = pool.head[pair], NOWHERE
        while way != NOWHERE:
            count = pool.last[way] - pool.first[way]
            fresh.link[link : link + count] = pool.link[pool.first[way] : pool.last[way]]
            fresh.first[number], fresh.last[number] = link, link + count
            fresh.share[number], fresh.following[number] = pool.share[way], NOWHERE
            if before == NOWHERE:
                fresh.head[pair] = number
            else:
                fresh.following[before] = number
            before, way = number, pool.following[way]
            link, number = link + count, number + 1
    fresh.used[0], fresh.used[1] = link, number
    return fresh
