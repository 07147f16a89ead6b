"""The compiled loop of the replay: assets go down and come back, minute by minute, at each minute up before down."""

from typing import NamedTuple

import numpy as np
from numba import njit

from shancheng.methods.cascade.network import Floats, Integers, Short


class Replay(NamedTuple):
    """What the replay reads: the network, and of each event its minute, its asset and whether it mends."""

    first: Integers
    need: Short
    owner: Short
    autonomy: Floats
    serves_first: Integers
    serves: Short
    event_minute: Floats
    """(e,) ascending; at one minute repairs come before damage."""
    event_asset: Short
    event_mends: Short


class State(NamedTuple):
    """What the replay writes."""

    harm: Short
    """(n,) damage not yet mended."""
    dry: Short
    """(n,) supply groups whose autonomy has run out."""
    alive: Short
    """(g,) suppliers alive."""
    runs_out: Floats
    """(g,) the minute at which a short group's autonomy ends, inf while it is met."""
    empty: Short
    """(g,) 1 where it has ended."""
    queue: Short
    """(n,) assets whose change is still to be passed on."""
    change_minute: Floats
    change_asset: Short
    change_up: Short


class Heap(NamedTuple):
    """Groups that are running out, by minute."""

    minute: Floats
    group: Short


@njit(cache=True)
def heap_push(minutes: Floats, groups: Short, size: int, minute: float, group: int) -> int:
    """Put one entry into a binary heap by minute; the new size."""
    at = size
    while at > 0 and minutes[(at - 1) >> 1] > minute:
        minutes[at] = minutes[(at - 1) >> 1]
        groups[at] = groups[(at - 1) >> 1]
        at = (at - 1) >> 1
    minutes[at] = minute
    groups[at] = group
    return size + 1


@njit(cache=True)
def heap_drop(minutes: Floats, groups: Short, size: int) -> int:
    """Take the first entry off; the new size."""
    size -= 1
    minute = minutes[size]
    group = groups[size]
    at = 0
    while 2 * at + 1 < size:
        below = 2 * at + 1
        if below + 1 < size and minutes[below + 1] < minutes[below]:
            below += 1
        if minute <= minutes[below]:
            break
        minutes[at] = minutes[below]
        groups[at] = groups[below]
        at = below
    minutes[at] = minute
    groups[at] = group
    return size


@njit(cache=True)
def note(state: State, changes: int, minute: float, asset: int, up: int) -> int:
    """Write one change down as long as there is room; how many there have been."""
    if changes < len(state.change_minute):
        state.change_minute[changes] = minute
        state.change_asset[changes] = asset
        state.change_up[changes] = up
    return changes + 1


@njit(cache=True)
def meet(replay: Replay, state: State, group: int) -> int:
    """A group has one supplier more; the asset that has everything again because of it, -1 for none."""
    state.alive[group] += 1
    if state.alive[group] != replay.need[group]:
        return -1
    state.runs_out[group] = np.inf
    if not state.empty[group]:
        return -1
    state.empty[group] = 0
    owner = replay.owner[group]
    state.dry[owner] -= 1
    return owner if state.dry[owner] == 0 and state.harm[owner] == 0 else -1


@njit(cache=True)
def run_dry(replay: Replay, state: State, group: int) -> int:
    """A group's autonomy has ended; the asset that goes down because of it, -1 for none."""
    state.empty[group] = 1
    owner = replay.owner[group]
    state.dry[owner] += 1
    return owner if state.dry[owner] == 1 and state.harm[owner] == 0 else -1


@njit(cache=True)
def rise(replay: Replay, state: State, asset: int, now: float, changes: int) -> int:
    """An asset is up again: so is everything that waited for nothing but it; how many changes there have been."""
    waiting = 1
    state.queue[0] = asset
    at = 0
    while at < waiting:
        back = state.queue[at]
        at += 1
        changes = note(state, changes, now, back, 1)
        for link in range(replay.serves_first[back], replay.serves_first[back + 1]):
            owner = meet(replay, state, replay.serves[link])
            if owner >= 0:
                state.queue[waiting] = owner
                waiting += 1
    return changes


@njit(cache=True)
def fall(replay: Replay, state: State, asset: int, now: float, changes: int, heap: Heap, size: int) -> tuple[int, int]:
    """An asset is down: so is everything that lives on it with no autonomy; changes so far and size of the heap."""
    waiting = 1
    state.queue[0] = asset
    at = 0
    while at < waiting:
        gone = state.queue[at]
        at += 1
        changes = note(state, changes, now, gone, 0)
        for link in range(replay.serves_first[gone], replay.serves_first[gone + 1]):
            group = replay.serves[link]
            state.alive[group] -= 1
            if state.alive[group] != replay.need[group] - 1:
                continue
            state.runs_out[group] = now + replay.autonomy[group]
            if now < state.runs_out[group] < np.inf:
                size = heap_push(heap.minute, heap.group, size, state.runs_out[group], group)
            owner = run_dry(replay, state, group) if state.runs_out[group] <= now else -1
            if owner >= 0:
                state.queue[waiting] = owner
                waiting += 1
    return changes, size


@njit(cache=True)
def roomy(heap: Heap, size: int, more: int) -> Heap:
    """The heap itself, or a wider one where so many more entries would not fit."""
    if size + more <= len(heap.minute):
        return heap
    wider = Heap(np.empty(2 * (size + more)), np.empty(2 * (size + more), np.int32))
    wider.minute[:size] = heap.minute[:size]
    wider.group[:size] = heap.group[:size]
    return wider


@njit(cache=True)
def happen(replay: Replay, state: State, event: int, changes: int, heap: Heap, size: int) -> tuple[int, int]:
    """Something is damaged or mended; changes so far and size of the heap."""
    asset, now = replay.event_asset[event], replay.event_minute[event]
    if replay.event_mends[event]:
        state.harm[asset] -= 1
        if state.harm[asset] == 0 and state.dry[asset] == 0:
            changes = rise(replay, state, asset, now, changes)
        return changes, size
    state.harm[asset] += 1
    if state.harm[asset] == 1 and state.dry[asset] == 0:
        return fall(replay, state, asset, now, changes, heap, size)
    return changes, size


@njit(cache=True)
def run(replay: Replay, state: State, horizon: float) -> int:
    """Play everything up to the horizon; how many changes there were, which may be more than there was room for.

    An entry of the heap is stale where the group has been met, or has fallen short anew, since it was made.
    """
    changes = 0
    event = 0
    size = 0
    heap = Heap(np.empty(1024), np.empty(1024, np.int32))
    while True:
        heap = roomy(heap, size, len(replay.owner) + 1)
        while size > 0 and (state.runs_out[heap.group[0]] != heap.minute[0] or state.empty[heap.group[0]]):
            size = heap_drop(heap.minute, heap.group, size)
        next_event = replay.event_minute[event] if event < len(replay.event_minute) else np.inf
        next_end = heap.minute[0] if size > 0 else np.inf
        now = min(next_event, next_end)
        if now > horizon or now == np.inf:
            return changes
        if next_event == now and (replay.event_mends[event] or next_end > now):
            changes, size = happen(replay, state, event, changes, heap, size)
            event += 1
            continue
        owner = run_dry(replay, state, heap.group[0])
        size = heap_drop(heap.minute, heap.group, size)
        if owner >= 0:
            changes, size = fall(replay, state, owner, now, changes, heap, size)
