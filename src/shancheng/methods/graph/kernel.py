"""The compiled loops: labels settled in the order of time from a row of buckets, one for each decisecond.

R. B. Dial, Algorithm 360: shortest-path forest with topological ordering, Communications of the ACM 12 (11), 1969.
A label is one int64: deciseconds in the upper half, the facility in the lower, so that the smaller of two labels is the
earlier one and, at the same time, that of the smaller facility. What waits is chained from buckets through a pool; an
entry whose label has become smaller since is passed over. The loops keep their counts in plain variables: handed from
function to function in a tuple they are four times slower.
"""

import numpy as np
import numpy.typing as npt
from numba import njit

from shancheng.methods.graph.arcs import Flags, Short, Whole

Floats = npt.NDArray[np.float64]

FACILITY = 0xFFFFFFFF
NOBODY = 2**63 - 1
"""The label of a node that nobody has reached: FAR above, and -1 below when read as int32."""


def buckets(limit: int) -> Whole:
    """A clean row of buckets for searches up to the limit; every search leaves it clean."""
    return np.full(limit + 1, -1, np.int64)


def label_of(time: npt.ArrayLike, facility: npt.ArrayLike) -> Whole:
    """Labels int64 of times int32 and facilities int32, alike in shape; -1 and FAR give NOBODY."""
    labels: Whole = (np.asarray(time, np.int64) << 32) | (np.asarray(facility, np.int64) & FACILITY)
    return labels


@njit(cache=True, nogil=True)
def grown(table: Whole, more: int) -> Whole:
    """The table with twice its rows and `more` besides."""
    larger = np.empty(2 * len(table) + more, np.int64)
    larger[: len(table)] = table
    return larger


@njit(cache=True, nogil=True)
def chain(bucket: Whole, pool: Whole, here: int, entry: int, node: int) -> None:
    """Hang a pool entry for the node into a bucket."""
    pool[entry] = (bucket[here] << 32) | node
    bucket[here] = entry


@njit(cache=True, nogil=True)
def seeded(label: Whole, bucket: Whole, pool: Whole, seed_node: Short, seed_label: Whole) -> tuple[int, int]:
    """Give the nodes their first labels where these are smaller; how many wait, and the time of the earliest.

    The pool has room for every seed.
    """
    waiting = 0
    now = len(bucket)
    for seed in range(len(seed_node)):
        node = seed_node[seed]
        if seed_label[seed] >= label[node]:
            continue
        label[node] = seed_label[seed]
        time = seed_label[seed] >> 32
        chain(bucket, pool, time, waiting, node)
        waiting += 1
        now = min(now, time)
    return waiting, now


@njit(cache=True, nogil=True)
def settle(
    first: Whole,
    head: Short,
    cost: Short,
    label: Whole,
    bucket: Whole,
    pool: Whole,
    seed_node: Short,
    seed_label: Whole,
) -> tuple[Whole, int]:
    """Bring `label` (n,) down to the least there is from its present values and the seeds, up to the last bucket.

    Gives the pool, perhaps grown, and how many of its entries were used: their lower halves are the nodes whose labels
    changed, some more than once. A node waits once more whenever its label changes, even if only the facility does:
    over arcs of no cost it may have been settled already.
    """
    limit = len(bucket) - 1
    used, now = seeded(label, bucket, pool, seed_node, seed_label)
    waiting = used
    while waiting > 0:
        entry = bucket[now]
        if entry < 0:
            now += 1
            continue
        bucket[now] = pool[entry] >> 32
        waiting -= 1
        node = pool[entry] & FACILITY
        settled = label[node]
        if settled >> 32 != now:
            continue
        if used + first[node + 1] - first[node] > len(pool):
            pool = grown(pool, first[node + 1] - first[node])
        for arc in range(first[node], first[node + 1]):
            if cost[arc] > limit - now:
                continue
            new = settled + (np.int64(cost[arc]) << 32)
            if new < label[head[arc]]:
                label[head[arc]] = new
                chain(bucket, pool, new >> 32, used, head[arc])
                used += 1
                waiting += 1
    return pool, used


@njit(cache=True, nogil=True)
def entered(label: Whole, node: int, new: int) -> bool:
    """Put a label among the k of a node, ascending, one for each facility; False where it is none of the k least."""
    row = label[node]
    at = len(row) - 1
    if new >= row[at]:
        return False
    for place in range(len(row)):
        if row[place] & FACILITY == new & FACILITY:
            if row[place] <= new:
                return False
            at = place
            break
    while at > 0 and row[at - 1] > new:
        row[at] = row[at - 1]
        at -= 1
    row[at] = new
    return True


@njit(cache=True, nogil=True)
def holds(row: Whole, wanted: int) -> bool:
    """Whether a label is one of the k of a node."""
    for place in range(len(row)):
        if row[place] >= wanted:
            return bool(row[place] == wanted)
    return False


@njit(cache=True, nogil=True)
def settle_several(
    first: Whole, head: Short, cost: Short, label: Whole, bucket: Whole, seed_node: Short, seed_label: Whole
) -> int:
    """The same with `label` (n, k): the k least labels of different facilities, ascending; how many labels changed.

    Pool entries are used again.
    What a label has passed on before it was pushed out stays behind k smaller ones everywhere, so it does no harm.
    """
    limit = len(bucket) - 1
    pool = np.empty(len(seed_node) + 64, np.int64)
    who = np.empty(len(pool), np.int64)
    used, free, now = 0, np.int64(-1), limit + 1
    for seed in range(len(seed_node)):
        if entered(label, seed_node[seed], seed_label[seed]):
            who[used] = seed_label[seed] & FACILITY
            chain(bucket, pool, seed_label[seed] >> 32, used, seed_node[seed])
            now = min(now, seed_label[seed] >> 32)
            used += 1
    waiting = changed = used
    while waiting > 0:
        entry = bucket[now]
        if entry < 0:
            now += 1
            continue
        bucket[now] = pool[entry] >> 32
        node = pool[entry] & FACILITY
        settled = (np.int64(now) << 32) | who[entry]
        pool[entry] = free
        free = entry
        waiting -= 1
        if not holds(label[node], settled):
            continue
        if used + first[node + 1] - first[node] > len(pool):
            pool = grown(pool, first[node + 1] - first[node])
            who = grown(who, first[node + 1] - first[node])
        for arc in range(first[node], first[node + 1]):
            if cost[arc] > limit - now or not entered(label, head[arc], settled + (np.int64(cost[arc]) << 32)):
                continue
            if free >= 0:
                entry = free
                free = pool[free]
            else:
                entry = used
                used += 1
            who[entry] = settled & FACILITY
            chain(bucket, pool, now + cost[arc], entry, head[arc])
            waiting += 1
            changed += 1
    return changed


@njit(cache=True, nogil=True)
def pairs(
    first: Whole,
    head: Short,
    cost: Short,
    wanted: Flags,
    bucket: Whole,
    seed_first: Whole,
    seed_node: Short,
    seed_label: Whole,
    most: int,
) -> tuple[Short, Short, Short]:
    """Search after search: its number, the wanted nodes it reaches in ascending order, and their times.

    Stops once there are more than `most`.
    """
    label = np.full(len(first) - 1, NOBODY)
    pool = np.empty(64, np.int64)
    found = np.empty((3, 1024), np.int32)
    count = 0
    for search in range(len(seed_first) - 1):
        a, b = seed_first[search], seed_first[search + 1]
        if b - a > len(pool):
            pool = grown(pool, b - a)
        pool, used = settle(first, head, cost, label, bucket, pool, seed_node[a:b], seed_label[a:b])
        reached = gather(label, pool[:used])
        if count + len(reached) > found.shape[1]:
            larger = np.empty((3, 2 * found.shape[1] + len(reached)), np.int32)
            larger[:, :count] = found[:, :count]
            found = larger
        for entry in reached:
            node = entry >> 32
            if wanted[node]:
                found[0, count], found[1, count], found[2, count] = search, node, entry & FACILITY
                count += 1
        if count > most:
            break
    return found[0, :count].copy(), found[1, :count].copy(), found[2, :count].copy()


@njit(cache=True, nogil=True)
def gather(label: Whole, changed: Whole) -> Whole:
    """What one search has reached, node above and time below, by ascending node; its labels are taken away again."""
    reached = np.empty(len(changed), np.int64)
    count = 0
    for entry in changed:
        node = entry & FACILITY
        if label[node] < NOBODY:
            reached[count] = (node << 32) | (label[node] >> 32)
            label[node] = NOBODY
            count += 1
    return np.sort(reached[:count])


@njit(cache=True, nogil=True)
def tally(
    first: Whole,
    head: Short,
    cost: Short,
    counts: Short,
    bucket: Whole,
    seed_first: Whole,
    seed_node: Short,
    seed_label: Whole,
) -> None:
    """Add 1 to `counts` (n,) of every node reached, search after search."""
    label = np.full(len(counts), NOBODY)
    pool = np.empty(64, np.int64)
    for search in range(len(seed_first) - 1):
        a, b = seed_first[search], seed_first[search + 1]
        if b - a > len(pool):
            pool = grown(pool, b - a)
        pool, used = settle(first, head, cost, label, bucket, pool, seed_node[a:b], seed_label[a:b])
        for entry in pool[:used]:
            node = entry & FACILITY
            if label[node] < NOBODY:
                counts[node] += 1
                label[node] = NOBODY


@njit(cache=True, nogil=True)
def worth(
    first: Whole,
    head: Short,
    cost: Short,
    before: Whole,
    weight: Floats,
    bucket: Whole,
    links: tuple[Short, Short, Short, Short],
    within: int,
    saved: Floats,
    brought: Floats,
) -> None:
    """For each link alone: weight x time saved, and weight brought within; `before` (n,) are labels with facility 0."""
    limit = len(bucket) - 1
    tail, end, there, back = links
    label = before.copy()
    pool = np.empty(64, np.int64)
    seed_node, seed_label = np.empty(2, np.int32), np.empty(2, np.int64)
    for link in range(len(tail)):
        seeds = 0
        for begin, to, spent in ((tail[link], end[link], there[link]), (end[link], tail[link], back[link])):
            if spent >= 0 and (before[begin] >> 32) + spent <= limit:
                seed_node[seeds] = to
                seed_label[seeds] = before[begin] + (np.int64(spent) << 32)
                seeds += 1
        pool, used = settle(first, head, cost, label, bucket, pool, seed_node[:seeds], seed_label[:seeds])
        for entry in pool[:used]:
            node = entry & FACILITY
            old, new = before[node] >> 32, label[node] >> 32
            if new == old:
                continue
            label[node] = before[node]
            saved[link] += weight[node] * (min(old, limit) - new)
            if new <= within < old:
                brought[link] += weight[node]
