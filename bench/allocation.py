"""Placing growth in 1,000 places with 8 elements beside scipy's own way to the same solver, prices and all."""

import time
from statistics import median

import numpy as np
import scipy
from scipy.optimize import linprog
from scipy.sparse import coo_array

from bench.claim import Claim
from shancheng.methods.allocation import Growth, allocate_growth

ROUNDS = 7
PLACES, ELEMENTS = 1000, 8
COMMAND = "python -m bench.allocation"


def claims() -> list[Claim]:
    """The same answer from both: the same solver, so that what is aimed at is that the ranges cost no second solve."""
    city = _city(np.random.default_rng(3))
    mine, others = _ours(city), _theirs(city)
    assert np.isclose(mine.cost, others[0], rtol=1e-9)
    assert np.isclose(mine.person.change, others[1], rtol=1e-6)
    step = 1e-4 * float(mine.person.highest - mine.person.lowest)
    there = _ours(city | {"total": float(city["total"]) + (step if mine.person.highest > city["total"] else -step)})
    drift = abs((there.cost - mine.cost) / (there.people.sum() - mine.people.sum()) - mine.person.change)
    ours, theirs = [], []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        _ours(city)
        between = time.perf_counter()
        _theirs(city)
        ours.append(between - begun)
        theirs.append(time.perf_counter() - between)
    name = f"growth in {PLACES:,} places x {ELEMENTS} elements, with prices and ranges"
    told = f"{median(ours) * 1000:.0f} ms, price {drift:.0e} from the finite difference"
    peer = f"scipy {scipy.__version__} linprog"
    slower = f"{median(theirs) * 1000:.0f} ms, prices without ranges"
    return [
        Claim(name, "half a second", 0.5 / median(ours), 1, told, "500 ms", COMMAND),
        Claim(name, peer, median(theirs) / median(ours), 0.5, told, slower, COMMAND),
    ]


def _city(source: np.random.Generator) -> dict[str, np.ndarray | float]:
    population = source.uniform(1e4, 1e6, PLACES)
    standard = source.uniform(0.001, 0.2, ELEMENTS)
    supply = population[:, None] * standard * source.uniform(0.8, 1.6, (PLACES, ELEMENTS))
    return {
        **{"population": population, "supply": supply, "standard": standard, "total": 0.1 * float(population.sum())},
        **{"cost": source.uniform(0, 10, PLACES), "expansion_cost": source.uniform(1, 100, (PLACES, ELEMENTS))},
        **{"most": 0.3 * population, "expansion_most": 0.8 * supply},
    }


def _ours(city: dict[str, np.ndarray | float]) -> Growth:
    return allocate_growth(**city)  # type: ignore[arg-type]


def _theirs(city: dict[str, np.ndarray | float]) -> tuple[float, float]:
    population, pairs = np.asarray(city["population"]), PLACES * ELEMENTS
    place, element = np.divmod(np.arange(pairs), ELEMENTS)
    need = np.asarray(city["standard"])[element]
    rows = np.concatenate([np.arange(pairs), np.arange(pairs)])
    values = np.concatenate([need, -np.ones(pairs)])
    served = coo_array((values, (rows, np.concatenate([place, PLACES + np.arange(pairs)]))))
    everybody = coo_array((np.ones(PLACES), (np.zeros(PLACES, int), np.arange(PLACES))), shape=(1, PLACES + pairs))
    tops = np.concatenate([np.asarray(city["most"]), np.asarray(city["expansion_most"]).ravel()])
    found = linprog(
        np.concatenate([np.asarray(city["cost"]), np.asarray(city["expansion_cost"]).ravel()]),
        A_ub=served,
        b_ub=np.asarray(city["supply"]).ravel() - need * population[place],
        A_eq=everybody,
        b_eq=[city["total"]],
        bounds=np.column_stack([np.zeros(len(tops)), tops]),
        method="highs-ds",
    )
    return float(found.fun), float(found.eqlin.marginals[0])


if __name__ == "__main__":
    for claim in claims():
        print(claim)
