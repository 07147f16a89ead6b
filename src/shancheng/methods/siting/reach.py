"""Which site reaches which demand in what time: sparse pairs, ordered for both sides."""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
import numpy.typing as npt

from shancheng.methods.given import whole_numbers
from shancheng.methods.siting.errors import ReachError

Floats = npt.NDArray[np.float64]
Short = npt.NDArray[np.int32]
Whole = npt.NDArray[np.int64]

TIME_MOST: Final = 2**31 - 2
PAIRS_MOST: Final = 500_000_000


@dataclass(frozen=True)
class Reach:
    """Pairs twice: by site in rows (`first`, `demand`, `time`), and by demand with the nearest site first."""

    first: Whole
    """(sites + 1,) where the row of each site begins."""
    demand: Short
    """(p,) demand of each pair, ascending within a site."""
    time: Short
    """(p,) whole units of time, deciseconds as a rule."""
    back_first: Whole
    """(demands + 1,) where the row of each demand begins."""
    back_site: Short
    """(p,) site of each pair, the nearest first, ties by the smaller number."""
    back_time: Short

    @classmethod
    def of(
        cls,
        site: npt.ArrayLike,
        demand: npt.ArrayLike,
        time: npt.ArrayLike | None = None,
        *,
        sites: int,
        demands: int,
    ) -> Self:
        """Three int[p] such as `graph.Pairs` holds; `time` None where within reach is all that counts.

        A pair given twice keeps its least time. Raises ReachError where numbers are outside, times negative, or lengths
        differ.
        """
        where = _whole(site, "site")
        whom = _whole(demand, "demand")
        when = np.zeros(len(where), np.int64) if time is None else _whole(time, "time")
        _check(where, whom, when, sites, demands)
        order = np.lexsort((when, whom, where)) if not _in_order(where, whom) else np.arange(len(where))
        where, whom, when = where[order], whom[order], when[order]
        new = np.ones(len(where), np.bool_)
        new[1:] = (where[1:] != where[:-1]) | (whom[1:] != whom[:-1])
        return cls._of_clean(where[new], whom[new], when[new], sites, demands)

    @classmethod
    def _of_clean(cls, where: Whole, whom: Whole, when: Whole, sites: int, demands: int) -> Self:
        order = np.lexsort((where, when, whom))
        return cls(
            _rows(where, sites),
            whom.astype(np.int32),
            when.astype(np.int32),
            _rows(whom, demands),
            where[order].astype(np.int32),
            when[order].astype(np.int32),
        )

    @property
    def sites(self) -> int:
        """How many candidates there are, existing ones included."""
        return len(self.first) - 1

    @property
    def demands(self) -> int:
        """How many points of demand there are."""
        return len(self.back_first) - 1

    @property
    def pairs(self) -> int:
        """How many pairs of site and demand there are."""
        return len(self.demand)

    @property
    def site(self) -> Whole:
        """(p,) the site of each pair in the order of `demand` and `time`."""
        return np.repeat(np.arange(self.sites), np.diff(self.first))

    def within(self, limit: int) -> Self:
        """Only the pairs no more than `limit` apart."""
        kept = self.time <= limit
        return self._of_clean(
            self.site[kept],
            self.demand[kept].astype(np.int64),
            self.time[kept].astype(np.int64),
            self.sites,
            self.demands,
        )

    def covering(self) -> Self:
        """The same pairs with every time 0: within reach is all that counts."""
        nothing = np.zeros_like(self.time)
        whose = np.repeat(np.arange(self.demands), np.diff(self.back_first))
        order = np.lexsort((self.back_site, whose))
        return type(self)(self.first, self.demand, nothing, self.back_first, self.back_site[order], nothing)

    def demands_of(self, site: int) -> Short:
        """The demand within reach of one site."""
        return self.demand[self.first[site] : self.first[site + 1]]

    def sites_of(self, demand: int) -> Short:
        """The sites that reach one demand, the nearest first."""
        return self.back_site[self.back_first[demand] : self.back_first[demand + 1]]


def sums(of: npt.NDArray[np.integer], amount: npt.NDArray[np.floating], count: int) -> Floats:
    """(count,) the amounts that fall to each number."""
    return np.asarray(np.bincount(of, amount, count), np.float64)


def _rows(of: Whole, count: int) -> Whole:
    return np.append(0, np.cumsum(np.bincount(of, minlength=count))).astype(np.int64)


def _in_order(where: Whole, whom: Whole) -> bool:
    """Strictly ascending by site and then demand, as `graph.Pairs` are: nothing to sort, nothing given twice."""
    later = (where[1:] > where[:-1]) | ((where[1:] == where[:-1]) & (whom[1:] > whom[:-1]))
    return bool(later.all())


def _whole(values: npt.ArrayLike, name: str) -> Whole:
    given = whole_numbers(values, f"{name} of pairs", ReachError)
    if given.ndim != 1:
        raise ReachError(f"The {name} of pairs has {given.ndim} dimensions; give one number for each pair.")
    return given


def _check(where: Whole, whom: Whole, when: Whole, sites: int, demands: int) -> None:
    if sites < 1 or demands < 1:
        raise ReachError(f"There are {sites} sites and {demands} points of demand; there must be at least one of each.")
    if len({len(where), len(whom), len(when)}) > 1:
        raise ReachError(f"Pairs have {len(where)} sites, {len(whom)} demands and {len(when)} times; give one of each.")
    if len(where) > PAIRS_MOST:
        raise ReachError(f"{len(where)} pairs are more than the {PAIRS_MOST} that fit; search a shorter limit.")
    for name, given, most in (("site", where, sites - 1), ("demand", whom, demands - 1), ("time", when, TIME_MOST)):
        wrong = (given < 0) | (given > most)
        if wrong.any():
            at = int(np.argmax(wrong))
            raise ReachError(
                f"Pair {at} has {name} {given[at]}, but {name}s run from 0 to {most} ({int(wrong.sum())} such pairs)."
            )
