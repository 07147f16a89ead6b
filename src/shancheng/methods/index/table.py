"""A table of units by indicators that carries the log of what was done to it: denominated, filled."""

import hashlib
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from shancheng.methods.given import numbers, whole_numbers
from shancheng.methods.index.errors import BadFigures, BadRecipe
from shancheng.methods.index.tree import Flags, Floats, Integers

HowMissing = Literal["refuse", "mean", "group_mean", "reweigh"]
HOW_MISSING: Final[tuple[HowMissing, ...]] = ("refuse", "mean", "group_mean", "reweigh")
DIGEST_BYTES: Final = 16


@dataclass(frozen=True)
class Step:
    """One line of a table's log."""

    name: str
    settings: str
    changed: int
    """How many cells it changed."""
    digest: str
    """Of the figures after it."""


@dataclass(frozen=True)
class Table:
    """(U, n) figures of units by indicators; NaN is unknown."""

    values: Floats
    steps: tuple[Step, ...]

    def after(self, name: str, settings: str, values: Floats, changed: int) -> "Table":
        """The table once a step is done and written down."""
        return Table(values, (*self.steps, Step(name, settings, changed, digest(values))))

    def has(self, name: str) -> bool:
        """Whether a step of this name was done."""
        return any(step.name == name for step in self.steps)


@dataclass(frozen=True)
class Missing:
    """What is done about unknown figures: a choice that has to be made, never a default.

    `refuse` stops; `mean` and `group_mean` take the mean of all units or of the unit's group; `reweigh` leaves them
    out and lets the siblings count for more. Coverage is shown whichever is chosen.
    """

    how: HowMissing
    groups: Integers | None = None
    """(U,) group of every unit, for `group_mean`."""


def digest(*parts: object) -> str:
    """A hash of arrays and words, the same on every machine."""
    hashed = hashlib.blake2b(digest_size=DIGEST_BYTES)
    for part in parts:
        if isinstance(part, np.ndarray):
            hashed.update(f"{part.dtype.kind}{part.shape}".encode())
            hashed.update(np.ascontiguousarray(part, dtype="<f8").tobytes())
        else:
            hashed.update(repr(part).encode())
        hashed.update(b"\x00")
    return hashed.hexdigest()


def raw_table(values: Floats) -> Table:
    """A table of raw figures, (U, n); at least two units, none infinite. Raises BadFigures."""
    figures = numbers(values, "figures", BadFigures).copy()
    if figures.ndim != 2 or figures.shape[0] < 2 or figures.shape[1] < 1:
        raise BadFigures(f"Figures must be a table of two or more units by indicators; got the shape {figures.shape}.")
    infinite = np.argwhere(np.isinf(figures))
    if len(infinite):
        raise BadFigures(f"The figure of unit {infinite[0][0]}, indicator {infinite[0][1]} is infinite.")
    figures[figures == 0] = 0.0  # minus zero is zero, or two equal tables would have two hashes
    return Table(figures, (Step("raw", "", 0, digest(figures)),))


def denominated(table: Table, denominators: Floats) -> Table:
    """Each figure over its denominator, (U, n); NaN where an indicator has none, or the denominator is unknown.

    Raises BadFigures for another shape, or a denominator that is not above 0.
    """
    below = numbers(denominators, "denominators", BadFigures)
    if below.shape != table.values.shape:
        raise BadFigures(f"Denominators must have the shape of the table, {table.values.shape}, not {below.shape}.")
    asked = ~np.isnan(below).all(axis=0)
    bad = np.argwhere((below <= 0) | np.isinf(below))
    if len(bad):
        raise BadFigures(f"The denominator of unit {bad[0][0]}, indicator {bad[0][1]} must be a number above 0.")
    values = np.where(asked, table.values / np.where(asked, below, 1.0), table.values)
    return table.after(
        "denominated", f"indicators {np.flatnonzero(asked).tolist()}", values, int(asked.sum()) * len(values)
    )


def filled(table: Table, missing: Missing) -> Table:
    """The table with what is unknown dealt with as chosen; the log says how many cells.

    Raises BadFigures where what is missing cannot be dealt with so, BadRecipe for a choice there is not.
    """
    unknown = np.isnan(table.values)
    empty = np.flatnonzero(unknown.all(axis=0))
    if len(empty):
        raise BadFigures(f"Indicator {empty[0]} is unknown in every unit; leave it out of the tree.")
    if missing.how not in HOW_MISSING:
        raise BadRecipe(f"Say what to do about missing figures, one of: {', '.join(HOW_MISSING)}.")
    count = int(unknown.sum())
    if missing.how == "refuse" and count:
        unit, indicator = np.argwhere(unknown)[0]
        raise BadFigures(
            f"{count} figures are missing, the first of unit {unit}, indicator {indicator}; choose how to fill them."
        )
    if missing.how in ("refuse", "reweigh"):
        return table.after("filled", missing.how, table.values, 0)
    groups = np.zeros(len(unknown), dtype=np.int64) if missing.how == "mean" else _groups(missing, len(unknown))
    values = np.where(unknown, _group_means(table.values, unknown, groups), table.values)
    return table.after("filled", missing.how, values, count)


def _groups(missing: Missing, units: int) -> Integers:
    if missing.groups is None or np.shape(missing.groups) != (units,):
        raise BadRecipe(f"Filling by group needs the group of each of the {units} units.")
    named = whole_numbers(missing.groups, "groups of units", BadRecipe)
    return np.unique(named, return_inverse=True)[1].astype(np.int64)


def _group_means(values: Floats, unknown: Flags, groups: Integers) -> Floats:
    """(U, n) mean of the known figures in each unit's group."""
    member = (groups[:, None] == np.arange(groups.max() + 1)).astype(np.float64)
    known = member.T @ ~unknown
    needed = (member.T @ unknown > 0) & (known == 0)
    if needed.any():
        group, indicator = np.argwhere(needed)[0]
        raise BadFigures(f"Group {group} has no figure of indicator {indicator} for a mean; choose larger groups.")
    means: Floats = (member.T @ np.where(unknown, 0.0, values)) / np.maximum(known, 1.0)
    return means[groups]
