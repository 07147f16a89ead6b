"""The compiled loops of the cascade: failures in the order of time, one scenario or many on the same workspace."""

from typing import NamedTuple

import numpy as np
from numba import njit

from shancheng.methods.cascade.network import Floats, Integers, Short, SupplyNetwork


class Wiring(NamedTuple):
    """What the loops read of a network.

    Failures that wait stand in one queue for each length of autonomy, in which they come in the order of time by
    themselves; a heap holds no more than the queues.
    """

    serves_first: Integers
    serves: Short
    owner: Short
    autonomy: Floats
    queue: Short
    """(g,) the queue of each group."""
    queue_first: Integers
    """(q + 2,) where each queue begins: one for each length, one for a length that is tried out, one for the hits."""


class Workspace(NamedTuple):
    """What the loops write on; clean between scenarios."""

    spare: Short
    """(g,) suppliers each group can still lose."""
    minute: Floats
    """(n,) when each asset fails, inf for never."""
    because: Short
    """(n,) the group that brought it down, -1 for none."""
    order: Short
    """(n,) assets as they failed."""
    queued_minute: Floats
    queued_asset: Short
    head: Integers
    tail: Integers
    heap_minute: Floats
    """The next minute of each queue that is not empty."""
    heap_queue: Short


class Hits(NamedTuple):
    """Scenarios end to end, each in the order of time: number i is entries `first[i]` to `first[i + 1]`."""

    first: Integers
    asset: Short
    minute: Floats


def wiring(network: SupplyNetwork) -> Wiring:
    """The network as the loops read it, with autonomies of its own to try others on."""
    queue, lengths = network.lengths
    room = np.append(np.bincount(queue, minlength=lengths), 1)
    first = np.concatenate([[0], np.cumsum(room)]).astype(np.int64)
    autonomy = network.autonomy.copy()
    return Wiring(network.serves_first, network.serves, network.owner, autonomy, queue.copy(), first)


def workspace(wiring: Wiring, spare: Short, hits_most: int) -> Workspace:
    """A clean workspace for scenarios of at most so many hits; `spare` (g,) is what each group can lose."""
    assets, queues, waiting = len(wiring.serves_first) - 1, len(wiring.queue_first), len(wiring.owner) + 1 + hits_most
    return Workspace(
        spare.copy(),
        np.full(assets, np.inf),
        np.full(assets, -1, np.int32),
        np.empty(assets, np.int32),
        np.empty(waiting),
        np.empty(waiting, np.int32),
        np.zeros(queues, np.int64),
        np.zeros(queues, np.int64),
        np.empty(queues),
        np.empty(queues, np.int32),
    )


@njit(cache=True)
def push(minutes: Floats, names: Short, size: int, minute: float, name: int) -> int:
    """Put one entry into a binary heap ordered by minute, then by name; the new size."""
    at = size
    while at > 0:
        above = (at - 1) >> 1
        if minutes[above] < minute or (minutes[above] == minute and names[above] <= name):
            break
        minutes[at] = minutes[above]
        names[at] = names[above]
        at = above
    minutes[at] = minute
    names[at] = name
    return size + 1


@njit(cache=True)
def drop_first(minutes: Floats, names: Short, size: int) -> int:
    """Take the first entry off the heap; the new size."""
    size -= 1
    minute = minutes[size]
    name = names[size]
    at = 0
    while True:
        below = 2 * at + 1
        if below >= size:
            break
        other = below + 1
        if other < size and (
            minutes[other] < minutes[below] or (minutes[other] == minutes[below] and names[other] < names[below])
        ):
            below = other
        if minute < minutes[below] or (minute == minutes[below] and name <= names[below]):
            break
        minutes[at] = minutes[below]
        names[at] = names[below]
        at = below
    minutes[at] = minute
    names[at] = name
    return size


@njit(cache=True)
def wait(queue: int, minute: float, asset: int, waiting: int, work: Workspace) -> int:
    """Put a failure that is to come into its queue; how many queues wait in the heap."""
    if work.head[queue] == work.tail[queue]:
        waiting = push(work.heap_minute, work.heap_queue, waiting, minute, queue)
    work.queued_minute[work.tail[queue]] = minute
    work.queued_asset[work.tail[queue]] = asset
    work.tail[queue] += 1
    return waiting


@njit(cache=True)
def take(work: Workspace, waiting: int, failed: int) -> tuple[int, int]:
    """Move what fails at the next minute of the first queue to the end of `order`; queues waiting, assets failed.

    An entry later than the asset's present minute is stale.
    """
    now = work.heap_minute[0]
    queue = work.heap_queue[0]
    waiting = drop_first(work.heap_minute, work.heap_queue, waiting)
    while work.head[queue] < work.tail[queue] and work.queued_minute[work.head[queue]] == now:
        asset = work.queued_asset[work.head[queue]]
        work.head[queue] += 1
        if work.minute[asset] == now:
            work.order[failed] = asset
            failed += 1
    if work.head[queue] < work.tail[queue]:
        waiting = push(work.heap_minute, work.heap_queue, waiting, work.queued_minute[work.head[queue]], queue)
    return waiting, failed


@njit(cache=True)
def begin(hit_asset: Short, hit_minute: Floats, horizon: float, wiring: Wiring, work: Workspace) -> int:
    """Empty the queues and let the hits wait in theirs; how many queues wait."""
    waiting = 0
    for queue in range(len(work.head)):
        work.head[queue] = wiring.queue_first[queue]
        work.tail[queue] = wiring.queue_first[queue]
    for at in range(len(hit_asset)):
        if hit_minute[at] <= horizon and hit_minute[at] < work.minute[hit_asset[at]]:
            work.minute[hit_asset[at]] = hit_minute[at]
            waiting = wait(len(work.head) - 1, hit_minute[at], hit_asset[at], waiting, work)
    return waiting


@njit(cache=True)
def spread(
    asset: int, now: float, horizon: float, wiring: Wiring, work: Workspace, waiting: int, failed: int
) -> tuple[int, int]:
    """Tell every group that has lost this supplier, and let its owner fail when it must; queues waiting, assets failed.

    What fails with no delay goes straight onto the end of `order`, which is its own queue.
    """
    for link in range(wiring.serves_first[asset], wiring.serves_first[asset + 1]):
        group = wiring.serves[link]
        work.spare[group] -= 1
        if work.spare[group] != -1:
            continue
        owner = wiring.owner[group]
        when = now + wiring.autonomy[group]
        if when >= work.minute[owner] or when > horizon:
            continue
        work.minute[owner] = when
        work.because[owner] = group
        if when > now:
            waiting = wait(wiring.queue[group], when, owner, waiting, work)
            continue
        work.order[failed] = owner
        failed += 1
    return waiting, failed


@njit(cache=True)
def fail(hit_asset: Short, hit_minute: Floats, horizon: float, wiring: Wiring, work: Workspace) -> int:
    """Work one scenario out on a clean workspace; how many assets failed: they stand in `work.order` as they failed."""
    waiting = begin(hit_asset, hit_minute, horizon, wiring, work)
    done = 0
    failed = 0
    while waiting > 0:
        now = work.heap_minute[0]
        waiting, failed = take(work, waiting, failed)
        while done < failed:
            waiting, failed = spread(work.order[done], now, horizon, wiring, work, waiting, failed)
            done += 1
    return failed


@njit(cache=True)
def clean(failed: int, wiring: Wiring, work: Workspace) -> None:
    """Bring the workspace back to nothing failed, touching only what the last scenario touched."""
    for at in range(failed):
        asset = work.order[at]
        work.minute[asset] = np.inf
        work.because[asset] = -1
        for link in range(wiring.serves_first[asset], wiring.serves_first[asset + 1]):
            work.spare[wiring.serves[link]] += 1


@njit(cache=True)
def weigh(failed: int, work: Workspace, weight: Floats, horizon: float, loss: Floats) -> None:
    """Add weight x minutes from failing to the horizon to `loss`, service by service."""
    for at in range(failed):
        asset = work.order[at]
        left = horizon - work.minute[asset]
        for service in range(weight.shape[1]):
            loss[service] += weight[asset, service] * left


@njit(cache=True)
def fail_many(
    hits: Hits, horizon: float, weight: Floats, wiring: Wiring, work: Workspace, failed: Integers, loss: Floats
) -> None:
    """Scenario after scenario: how many assets fail in each, and what it costs."""
    for number in range(len(hits.first) - 1):
        here = slice(hits.first[number], hits.first[number + 1])
        failed[number] = fail(hits.asset[here], hits.minute[here], horizon, wiring, work)
        weigh(failed[number], work, weight, horizon, loss[number])
        clean(failed[number], wiring, work)


@njit(cache=True)
def lengthen_each(
    groups: Integers, more: float, hits: Hits, horizon: float, weight: Floats, wiring: Wiring, work: Workspace
) -> Floats:
    """(groups, services) cost of all scenarios together with one group's autonomy lengthened, group after group."""
    loss = np.zeros((len(groups), weight.shape[1]))
    for at in range(len(groups)):
        before, queue = wiring.autonomy[groups[at]], wiring.queue[groups[at]]
        wiring.autonomy[groups[at]], wiring.queue[groups[at]] = before + more, len(wiring.queue_first) - 2
        for number in range(len(hits.first) - 1):
            here = slice(hits.first[number], hits.first[number + 1])
            failed = fail(hits.asset[here], hits.minute[here], horizon, wiring, work)
            weigh(failed, work, weight, horizon, loss[at])
            clean(failed, wiring, work)
        wiring.autonomy[groups[at]], wiring.queue[groups[at]] = before, queue
    return loss
