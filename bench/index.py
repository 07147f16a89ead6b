"""The composite index: runs of its uncertainty beside COINr's time for one, and the bounds of a meeting."""

import csv
import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import median

import numpy as np

from bench.claim import Claim
from shancheng.methods.index.composite import Recipe, composite
from shancheng.methods.index.scale import Deviations, Range
from shancheng.methods.index.table import Missing
from shancheng.methods.index.tiers import tiers_of
from shancheng.methods.index.treatment import Treatment
from shancheng.methods.index.tree import Floats, tree_of
from shancheng.methods.index.uncertainty import Choices, uncertain

ROUNDS = 5
COINR_SECONDS = 0.122
"""One regeneration of the ASEM example by COINr 1.1.14 on R 4.2.2, on two cores; its own vignette: 600 in 102 s."""
COINR = "COINr 1.1.14, 0.122 s a regeneration as recorded, R is not run here"
COMMAND = "python -m bench.index"
DATA = Path(os.environ.get("SHANCHENG_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))


def claims() -> list[Claim]:
    """One run beside COINr's, then bounds: ten thousand runs, a changed weight, the width of the limits."""
    return [_per_run(), _ten_thousand(), _changed_weight(), _width()]


def _per_run() -> Claim:
    raw, denominators, recipe, choices = _asem()
    made = composite(raw, recipe, denominators)
    spent = _median_of(lambda: uncertain(made, recipe, choices, points=4096, seed=1)) / (6 * 4096)
    name = "one run of the ASEM index (51 x 49) in an uncertainty of 24,576, ranks, chances and shares included"
    told = f"{spent * 1e6:.0f} us"
    return Claim(name, COINR, COINR_SECONDS / spent, 500, told, f"{COINR_SECONDS * 1000:.0f} ms", COMMAND)


def _ten_thousand() -> Claim:
    chance = np.random.default_rng(4)
    values = chance.lognormal(0, 1.2, (50, 50))
    parents = [50 + at // 10 for at in range(50)] + [55] * 5 + [-1]
    recipe = Recipe(tree_of(parents, np.ones(56), [1, -1] * 25), Missing("refuse"), Range(1, 100), Treatment())
    choices = replace(_choices(), swung=None)

    def all_of_it() -> None:
        found = uncertain(composite(values, recipe), recipe, choices, points=2048, seed=1)
        tiers_of(found)

    spent = _median_of(all_of_it)
    name = "12,288 runs of 50 units by 50 indicators, every weight varied, from raw figures to tiers"
    return Claim(name, "the bound of 1 s", 1 / spent, 1, f"{spent:.2f} s", "1 s", COMMAND)


def _changed_weight() -> Claim:
    raw, denominators, recipe, choices = _asem()

    def changed() -> None:
        weights = recipe.tree.weights.copy()
        weights[49] = 2.0
        other = replace(recipe, tree=recipe.tree.with_weights(weights))
        tiers_of(uncertain(composite(raw, other, denominators), other, choices, points=1024, seed=1))

    spent = _median_of(changed)
    name = "a changed weight until new tiers and shares of 6,144 runs are there"
    return Claim(name, "the bound of 300 ms", 0.3 / spent, 1, f"{spent * 1000:.0f} ms", "300 ms", COMMAND)


def _width() -> Claim:
    raw, denominators, recipe, choices = _asem()
    found = uncertain(composite(raw, recipe, denominators), recipe, choices, points=8192, seed=1)
    limits = (found.shares.first_limits, found.shares.total_limits)
    width = max(float((high - low).max()) / 2 for low, high in limits)
    name = "half-width of the 95 % limits of the widest Sobol share, 8,192 points"
    return Claim(name, "the bound of 0.03", 0.03 / width, 1, f"{width:.3f}", "0.03", COMMAND)


def _median_of(call: Callable[[], object]) -> float:
    times = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        call()
        times.append(time.perf_counter() - begun)
    return median(times)


def _choices() -> Choices:
    treatments = [Treatment(points=points) for points in range(1, 6)]
    return Choices(treatments, [Range(1, 100), Deviations(10, 2)], ["arithmetic", "geometric"], 0.25)


def _asem() -> tuple[Floats, Floats, Recipe, Choices]:
    """The published example: figures, denominators, recipe, and the choices its authors vary."""
    frame = [row for row in _read("framework.csv") if row["Level"] != "NA"]
    codes = [row["iCode"] for row in frame]
    below = [row for row in frame if row["Type"] == "Indicator"]
    parents = [codes.index(row["Parent"]) if row["Parent"] in codes else -1 for row in frame]
    tree = tree_of(parents, [float(row["Weight"]) for row in frame], [int(row["Direction"]) for row in below])
    units = _read("indicators.csv")
    raw = np.array([[_number(unit[row["iCode"]]) for row in below] for unit in units])
    under = np.array([[_number(unit.get(row["Denominator"], "NA")) for row in below] for unit in units])
    region = np.unique([unit["EurAsia_group"] for unit in units], return_inverse=True)[1]
    recipe = Recipe(tree, Missing("group_mean", region), Range(0, 100), Treatment())
    return raw, under, recipe, replace(_choices(), swung=np.arange(len(below), len(codes) - 1))


def _read(name: str) -> list[dict[str, str]]:
    with (DATA / "composite-asem" / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _number(text: str) -> float:
    return float("nan") if text == "NA" else float(text)


if __name__ == "__main__":
    for claim in claims():
        print(claim)
