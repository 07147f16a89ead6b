"""The ASEM sustainable connectivity index from the shared data, and small worlds worked out by hand."""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from shancheng.methods.index.composite import Recipe
from shancheng.methods.index.scale import Range
from shancheng.methods.index.table import Missing
from shancheng.methods.index.treatment import Treatment
from shancheng.methods.index.tree import Tree, tree_of


@dataclass(frozen=True)
class Asem:
    """51 countries, 49 indicators, 8 pillars, 2 sides, 1 index."""

    folder: Path
    codes: list[str]
    countries: list[str]
    tree: Tree
    raw: np.ndarray
    denominators: np.ndarray
    region: np.ndarray

    @property
    def recipe(self) -> Recipe:
        """The recipe of the authors' example."""
        return Recipe(self.tree, Missing("group_mean", self.region), Range(0, 100), Treatment())

    @property
    def upper(self) -> np.ndarray:
        """Pillars and sides: the nodes whose weights the authors vary."""
        return np.arange(self.tree.indicators, len(self.codes) - 1)

    def stage(self, name: str) -> np.ndarray:
        """One of the stored stages, in our order of rows and columns."""
        rows = {row["uCode"]: row for row in read(self.folder / f"{name}.csv")}
        codes = [code for code in self.codes if code in rows["AUT"]]
        return np.array([[number(rows[country][code]) for code in codes] for country in self.countries])


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def number(text: str) -> float:
    return float("nan") if text == "NA" else float(text)


def asem(shared_data: Path) -> Asem:
    folder = shared_data / "composite-asem"
    frame = [row for row in read(folder / "framework.csv") if row["Level"] != "NA"]
    codes = [row["iCode"] for row in frame]
    below = [row for row in frame if row["Type"] == "Indicator"]
    parents = [codes.index(row["Parent"]) if row["Parent"] in codes else -1 for row in frame]
    tree = tree_of(parents, [float(row["Weight"]) for row in frame], [int(row["Direction"]) for row in below])
    units = read(folder / "indicators.csv")
    raw = [[number(unit[row["iCode"]]) for row in below] for unit in units]
    under = [[number(unit.get(row["Denominator"], "NA")) for row in below] for unit in units]
    region = np.unique([unit["EurAsia_group"] for unit in units], return_inverse=True)[1]
    countries = [unit["uCode"] for unit in units]
    return Asem(folder, codes, countries, tree, np.array(raw), np.array(under), region)


def plain_tree(indicators: int, means: str = "arithmetic") -> Tree:
    """All indicators of equal weight right under the root, more always better."""
    parents = [indicators] * indicators + [-1]
    return tree_of(parents, np.ones(indicators + 1), np.ones(indicators, dtype=int), means)
