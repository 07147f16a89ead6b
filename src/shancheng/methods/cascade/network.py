"""Assets and what they live on: supply groups of which k must be alive, and how long an asset goes on without."""

from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
import numpy.typing as npt

from shancheng.methods.cascade.errors import NetworkError
from shancheng.methods.given import numbers, whole_numbers

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Short = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class SupplyNetwork:
    """n assets and g supply groups; group j keeps asset `owner[j]` going while `need[j]` of its suppliers are alive.

    The suppliers of group j are `supplier[first[j]:first[j + 1]]`; the groups in which asset i supplies are
    `serves[serves_first[i]:serves_first[i + 1]]`, ascending.
    """

    assets: int
    owner: Short
    """(g,) the asset that needs the group."""
    need: Short
    """(g,) how many suppliers must be alive, from 1 to all of them."""
    autonomy: Floats
    """(g,) minutes the owner goes on after the group falls short: battery, tank, fuel; 0 or more, inf for always."""
    first: Integers
    """(g + 1,)"""
    supplier: Short
    """(m,) assets, ascending within a group."""
    serves_first: Integers
    """(n + 1,)"""
    serves: Short
    """(m,) groups."""

    @property
    def groups(self) -> int:
        """How many supply groups there are."""
        return len(self.owner)

    @property
    def spare(self) -> Short:
        """(g,) how many suppliers a group can lose before it falls short."""
        spare: Short = (np.diff(self.first) - self.need).astype(np.int32)
        return spare

    @cached_property
    def lengths(self) -> tuple[Short, int]:
        """(g,) which of the different lengths of autonomy each group has, and how many different ones there are."""
        different, which = np.unique(self.autonomy, return_inverse=True)
        return which.astype(np.int32), len(different)

    @classmethod
    def of_links(
        cls,
        assets: int,
        *,
        owner: npt.ArrayLike,
        need: npt.ArrayLike,
        autonomy: npt.ArrayLike,
        link_group: npt.ArrayLike,
        link_supplier: npt.ArrayLike,
    ) -> Self:
        """Put together from g groups and m links (group, supplier) in any order.

        owner int[g], need int[g], autonomy float[g] minutes, link_group int[m], link_supplier int[m]. Raises
        NetworkError where an index is outside, a group has no supplier, needs more than it has or less than one, lists
        a supplier twice, is supplied by its own owner, or has an autonomy below 0.
        """
        if assets < 0:
            raise NetworkError(f"A network has 0 or more assets, not {assets}.")
        owners, needs, groups, suppliers = (
            whole_numbers(values, f"entries of {name}", NetworkError).ravel()
            for name, values in (
                ("owner", owner),
                ("need", need),
                ("link_group", link_group),
                ("link_supplier", link_supplier),
            )
        )
        minutes = np.ascontiguousarray(numbers(autonomy, "minutes of autonomy", NetworkError)).ravel()
        _same_length(len(owners), need=needs, autonomy=minutes)
        _same_length(len(groups), link_supplier=suppliers)
        _inside(owners, assets, "the owner of group {at}", "asset")
        _inside(groups, len(owners), "link {at}", "group")
        _inside(suppliers, assets, "the supplier of link {at}", "asset")
        by_group = np.lexsort((suppliers, groups))
        groups, suppliers = groups[by_group], suppliers[by_group]
        first = np.searchsorted(groups, np.arange(len(owners) + 1)).astype(np.int64)
        _check_groups(owners, needs, minutes, first, groups, suppliers)
        by_supplier = np.argsort(suppliers, kind="stable")
        serves_first = np.searchsorted(suppliers[by_supplier], np.arange(assets + 1)).astype(np.int64)
        short = [part.astype(np.int32) for part in (owners, needs, suppliers, groups[by_supplier])]
        return cls(assets, short[0], short[1], minutes, first, short[2], serves_first, short[3])


def _same_length(length: int, **parts: npt.NDArray[np.generic]) -> None:
    for name, part in parts.items():
        if len(part) != length:
            raise NetworkError(f"{name} has {len(part)} entries where {length} are needed; give one for each.")


def _inside(values: Integers, count: int, who: str, what: str) -> None:
    outside = np.flatnonzero((values < 0) | (values >= count))
    if outside.size:
        at = int(outside[0])
        raise NetworkError(
            f"{who.format(at=at)} is {what} {values[at]}, but there are only {what}s 0 to {count - 1}; "
            f"{outside.size} such entries."
        )


def _check_groups(
    owner: Integers, need: Integers, autonomy: Floats, first: Integers, group: Integers, supplier: Integers
) -> None:
    size = np.diff(first)
    twice = np.zeros(len(group), bool)
    twice[1:] = (group[1:] == group[:-1]) & (supplier[1:] == supplier[:-1])
    findings = (
        (size == 0, "has no supplier; leave the group out or link one"),
        (need < 1, "needs fewer than one supplier; leave the group out"),
        (need > size, "needs more suppliers than it has; lower the need or link more"),
        (~(autonomy >= 0), "has an autonomy that is not 0 or more minutes"),
        (np.isin(np.arange(len(owner)), group[twice]), "lists a supplier twice; list it once"),
        (np.isin(np.arange(len(owner)), group[supplier == owner[group]]), "is supplied by its own owner; unlink it"),
    )
    for wrong, sentence in findings:
        if wrong.any():
            at = int(np.argmax(wrong))
            raise NetworkError(f"Group {at} of asset {owner[at]} {sentence} ({int(wrong.sum())} such groups).")
