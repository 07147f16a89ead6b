"""Dividing the cells of a mesh among children: how many each parent gets, where they start, and how they grow."""

import heapq

import numpy as np

from shancheng.methods.mesh import Floats, Graph, Integers


def share_out(total: int, weights: Floats, most: Integers, least: int = 1) -> Integers:
    """Whole numbers that sum to `total`, in proportion to the weights, each from `least` to `most` (largest remainder).

    Raises ValueError where the bounds leave no answer.
    """
    if not least * len(weights) <= total <= int(most.sum()):
        raise ValueError(
            f"{total} cannot be shared among {len(weights)} with at least {least} and at most {most.sum()}."
        )
    shares = np.full(len(weights), least, dtype=np.int64)
    shares = np.minimum(shares, most)
    while (left := total - int(shares.sum())) > 0:
        room = shares < most
        wish = np.where(room, weights, 0.0) / weights[room].sum() * left
        step = np.minimum(np.floor(wish).astype(np.int64), most - shares)
        if step.sum() == 0:
            best = np.argsort(-np.where(room, wish, -1.0), kind="stable")[:left]
            step[best] = room[best]
        shares = shares + step
    return shares


def spread(points: Floats, weights: Floats, count: int, chance: np.random.Generator, rounds: int = 8) -> Integers:
    """Indices of `count` different points that lie well spread by weight: weighted k-means (Lloyd 1982, ++ start)."""
    if count >= len(points):
        return np.arange(len(points))
    chosen = _far_apart(points, weights, count, chance)
    for _ in range(rounds):
        nearest = np.argmin(_squares(points, points[chosen]), axis=1)
        mass = np.maximum(np.bincount(nearest, weights, count), 1e-12)
        means = np.column_stack([np.bincount(nearest, weights * points[:, axis], count) / mass for axis in (0, 1)])
        moved = np.argmin(_squares(points, means), axis=0)
        if len(np.unique(moved)) < count or (moved == chosen).all():
            break
        chosen = moved
    return chosen


def grow(graph: Graph, cost: Floats, seeds: Integers, parent: Integers) -> Integers:
    """Seed number each cell belongs to when all seeds grow at once along the cheapest edges (Dijkstra 1959).

    `cost` is per entry of `graph.to`. Growth stays inside a parent, so every child is connected where its parent is;
    a cell no seed reaches keeps -1.
    """
    distance = [np.inf] * len(parent)
    label = [-1] * len(parent)
    row, to, price, home = graph.row.tolist(), graph.to.tolist(), cost.tolist(), parent.tolist()
    waiting = [(0.0, number, cell) for number, cell in enumerate(seeds.tolist())]
    heapq.heapify(waiting)
    while waiting:
        reached, number, cell = heapq.heappop(waiting)
        if label[cell] >= 0:
            continue
        label[cell] = number
        for entry in range(row[cell], row[cell + 1]):
            following = to[entry]
            further = reached + price[entry]
            if label[following] < 0 and home[following] == home[cell] and further < distance[following]:
                distance[following] = further
                heapq.heappush(waiting, (further, number, following))
    return np.array(label, dtype=np.int64)


def largest_piece(graph: Graph) -> Integers:
    """Cells of the largest connected piece of a graph."""
    piece = np.full(len(graph.row) - 1, -1, dtype=np.int64)
    everywhere = np.zeros(len(piece), dtype=np.int64)
    number = 0
    while (piece < 0).any():
        first = np.array([int(np.argmax(piece < 0))])
        reached = grow(graph, np.ones(len(graph.to)), first, everywhere) >= 0
        piece[reached] = number
        number += 1
    return np.flatnonzero(piece == np.argmax(np.bincount(piece)))


def _far_apart(points: Floats, weights: Floats, count: int, chance: np.random.Generator) -> Integers:
    chosen = [int(np.argmax(weights))]
    nearest = _squares(points, points[chosen])[:, 0]
    for draw in chance.random(count - 1):
        mass = np.cumsum(nearest * weights)
        pick = int(np.searchsorted(mass, draw * mass[-1], side="right"))
        chosen.append(min(pick, len(points) - 1))
        nearest = np.minimum(nearest, _squares(points, points[chosen[-1:]])[:, 0])
    return np.array(chosen, dtype=np.int64)


def _squares(points: Floats, centres: Floats) -> Floats:
    x = points[:, :1] - centres[None, :, 0]
    y = points[:, 1:] - centres[None, :, 1]
    return x * x + y * y
