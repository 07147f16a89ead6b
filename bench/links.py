"""What new links are worth: a thousand candidates in Porto at once, beside a new search for each of them.

The other side is our own search, which is itself beside its peers in `bench.reach`: no library offers the worth of
links in bulk. A seeded sample is searched anew in full and must agree to the person; all of the candidates of a small
graph are in the tests.
"""

import time
from collections.abc import Callable
from statistics import median

import numpy as np
from scipy.spatial import cKDTree

from bench.claim import Claim
from bench.streets import Town, facilities, porto
from shancheng.methods.graph.arcs import Arcs, arcs
from shancheng.methods.graph.links import Links, Worth, with_links, worth
from shancheng.methods.graph.nearest import Nearest, nearest
from shancheng.methods.graph.sources import Sources

COMMAND = "python -m bench links"
CANDIDATES = 1000
CATEGORIES = 20
LIMIT = 9000
WITHIN = 6000
SAMPLE = 25
ROUNDS = 3
SECONDS_MOST = 60
LONG_M = (30.0, 250.0)
METRES_A_SECOND = 1.2


def claims() -> list[Claim]:
    """The worth of all candidates in one go against the limit of a minute, and against searching anew for each."""
    town = porto()
    over = arcs(town.tail, town.head, town.cost, town.nodes).reversed()
    category, node = facilities(town.nodes, CATEGORIES, seed=23, fewest=50, most=1000)
    sources = Sources.of(category, node, np.zeros_like(node), np.arange(len(node)))
    people = np.random.default_rng(31).integers(0, 40, town.nodes)
    links = _candidates(town).reversed()
    found = nearest(over, sources, categories=CATEGORIES, limit=LIMIT)
    told = worth(over, found, links, weight=people, within=WITHIN)
    _check(over, found, sources, links, people, told)
    ours, anew = [], []
    for _ in range(ROUNDS):
        ours.append(_seconds(lambda: worth(over, found, links, weight=people, within=WITHIN)))
        anew.append(_seconds(lambda: nearest(over, sources, categories=CATEGORIES, limit=LIMIT)))
    spent, whole = median(ours), median(anew) * CANDIDATES
    what = f"the worth of {CANDIDATES:,} candidate links, {town.nodes:,} nodes, {CATEGORIES} categories"
    shown = f"{spent:.2f} s, {(told.saved > 0).any(axis=1).sum()} of them save time"
    least = f"{SECONDS_MOST} s"
    return [
        Claim(f"{what}, within a minute", "the limit set", SECONDS_MOST / spent, 1, shown, least, COMMAND),
        Claim(
            f"{what}, {SAMPLE} of them searched anew and the same to the person",
            "our own search anew for every link, the links not yet added",
            whole / spent,
            1,
            shown,
            f"{whole:.1f} s",
            COMMAND,
        ),
    ]


def _candidates(town: Town) -> Links:
    """Seeded stairs and footbridges between nodes near each other, a tenth of them one way only."""
    source = np.random.default_rng(29)
    tree = cKDTree(np.column_stack([town.x, town.y]))
    tail = source.choice(town.nodes, 4 * CANDIDATES, replace=False)
    away = source.uniform(*LONG_M, len(tail))
    turn = source.uniform(0, 2 * np.pi, len(tail))
    _, head = tree.query(np.column_stack([town.x[tail] + away * np.cos(turn), town.y[tail] + away * np.sin(turn)]))
    apart = np.hypot(town.x[tail] - town.x[head], town.y[tail] - town.y[head])
    kept = np.flatnonzero((apart > LONG_M[0]) & (apart < LONG_M[1]))[:CANDIDATES]
    there = np.rint(apart[kept] * 10 / METRES_A_SECOND).astype(np.int64)
    back = np.where(source.random(len(kept)) < 0.1, -1, np.rint(there * 0.9).astype(np.int64))
    return Links.of(tail[kept], head[kept], there, back)


def _check(over: Arcs, before: Nearest, sources: Sources, links: Links, people: np.ndarray, told: Worth) -> None:
    """Search anew with each link of a sample, half of it those worth most; raises AssertionError where that differs."""
    order = np.argsort(-told.saved.sum(axis=1), kind="stable")
    rest = np.random.default_rng(37).choice(order[SAMPLE // 2 :], SAMPLE - SAMPLE // 2, replace=False)
    old = np.minimum(before.time[:, :, 0], LIMIT + 1)
    for link in [*order[: SAMPLE // 2].tolist(), *rest.tolist()]:
        one = Links(*(part[link : link + 1] for part in (links.tail, links.head, links.there, links.back)))
        after = nearest(with_links(over, one), sources, categories=CATEGORIES, limit=LIMIT).time[:, :, 0]
        saved = ((np.minimum(old, LIMIT) - np.minimum(after, LIMIT)).astype(np.int64) * people).sum(axis=1)
        brought = (((old > WITHIN) & (after <= WITHIN)) * people).sum(axis=1)
        assert (saved == told.saved[link]).all(), f"Link {link}: {told.saved[link]} told, {saved} found by a new search"
        assert (brought == told.brought[link]).all(), f"Link {link}: {told.brought[link]} told, {brought} found"


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


if __name__ == "__main__":
    for claim in claims():
        print(claim)
