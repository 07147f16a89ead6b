"""Branch and bound by HiGHS, begun from the best choice known, without the sites that cannot be in a better one."""

import math
from dataclasses import dataclass

import highspy
import numpy as np
from highspy._core import _Highs
from scipy import sparse

from shancheng.methods.siting.allowance import Effort
from shancheng.methods.siting.descent import Rule, worth_of_sites
from shancheng.methods.siting.errors import SolverError
from shancheng.methods.siting.interior import price_of_last
from shancheng.methods.siting.kernel import Town
from shancheng.methods.siting.reach import Floats, Whole
from shancheng.methods.siting.search import EQUAL, Flags, Found

Entries = tuple[Whole, Whole, Floats]


@dataclass(frozen=True)
class Programme:
    """Minimise cost . x, lower <= x <= upper, row_lower <= A x <= row_upper; the first `whole` columns are whole."""

    cost: Floats
    lower: Floats
    upper: Floats
    whole: int
    rows: sparse.csr_matrix
    row_lower: Floats
    row_upper: Floats
    constant: float = 0.0


@dataclass(frozen=True)
class Branched:
    """What branch and bound found."""

    values: Floats | None
    """Columns of the best choice, None where none was found."""
    bound: float
    """No choice costs less."""
    status: str


def branched(programme: Programme, start: Floats | None, effort: Effort, *, apart: float) -> Branched:
    """The least of a programme on one thread; done once value and bound are less than `apart` from each other.

    `start` holds the whole columns of a choice known to be good.
    """
    solver = _Highs()
    options: dict[str, bool | int | float | str] = {
        **{"output_flag": False, "threads": 1, "mip_rel_gap": 0.0, "mip_abs_gap": apart, "random_seed": 0},
        **{"mip_max_nodes": effort.nodes, "time_limit": effort.seconds},
        # A good choice is known: what is looked for is the proof, and beginning anew costs twice the time of going on.
        **{"mip_heuristic_effort": 0.05 if start is None else 0.0, "mip_allow_restart": False},
        **{"mip_lp_solver": "ipm"},
    }
    for option, value in options.items():
        solver.setOptionValue(option, value)
    solver.passModel(_model(programme))
    if start is not None:
        given = highspy.HighsSolution()
        given.col_value = start
        solver.setSolution(given)
    _run(solver)
    status, info = solver.getModelStatus(), solver.getInfo()
    found = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    values = np.array(solver.getSolution().col_value) if found else None
    bound = math.inf if status == highspy.HighsModelStatus.kInfeasible else float(info.mip_dual_bound)
    return Branched(values, bound, solver.modelStatusToString(status))


def _run(solver: _Highs) -> None:
    """Run, also where somebody else in this process has let HiGHS begin with more threads, which it then refuses."""
    if solver.run() == highspy.HighsStatus.kError:
        solver.resetGlobalScheduler(True)
        if solver.run() == highspy.HighsStatus.kError:
            raise SolverError("HiGHS could not begin; nothing was decided. Try again in a process of its own.")


def still_open(town: Town, rule: Rule, best: Found, least: float) -> tuple[Flags, Flags]:
    """bool[sites] that may be, and that have to be, in a choice cheaper by `least` than the best known.

    With a price of places or of money beside those of demand, leaving out a site that is worth more than its price, or
    taking one that is worth less, raises the bound by the difference.
    """
    worth = worth_of_sites(best.price, town, rule)
    new = np.ones(len(worth), np.bool_)
    new[rule.fixed] = False
    kept, within = np.ones(len(worth), np.bool_), np.zeros(len(worth), np.bool_)
    base = float((town.weight * best.price).sum() - worth[~new].sum())
    for unit, limit in limits_of(rule):
        price = price_of_last(worth[new], unit[new], limit)
        slack = worth - price * unit
        bound = base - np.maximum(slack[new], 0).sum() - price * limit
        room = best.cost - least - bound + EQUAL * abs(best.cost)
        kept &= ~new | (slack >= -room)
        within |= new & (slack > room)
    return kept, within


def limits_of(rule: Rule) -> list[tuple[Floats, float]]:
    """What each site uses of each limit, and the limit: places, and money where there is a budget."""
    limits = [(np.ones(len(rule.cost)), float(rule.free))]
    return [*limits, (rule.cost, rule.budget)] if math.isfinite(rule.budget) else limits


def without_sites(town: Town, kept: Flags) -> Town:
    """The town by demand with only the pairs of some sites; demand they do not reach keeps one pair that stays shut."""
    near = kept[town.back_site]
    near[town.back_first[:-1]] |= np.add.reduceat(near.astype(np.int64), town.back_first[:-1]) == 0
    back_first = np.append(0, np.cumsum(near))[town.back_first].astype(np.int64)
    return town._replace(back_first=back_first, back_site=town.back_site[near], back_time=town.back_time[near])


def siting_programme(town: Town, rule: Rule, kept: Flags, within: Flags) -> Programme:
    """The choice of sites as a programme in radius form (S. Elloumi, A tighter formulation of the p-median problem,
    Journal of Combinatorial Optimization 19, 2010): one column a site, then one for each demand and distinct time that
    is 1 while no open site is as near. `kept` bool[sites] may open, `within` bool[sites] have to.
    """
    sites = len(kept)
    level, new = _levels(town)
    number = len(new)
    whose = np.repeat(np.arange(len(town.weight)), np.diff(town.back_first))[new]
    begins = np.append(True, whose[1:] != whose[:-1])
    time = town.back_time[new].astype(np.float64)
    following = np.where(np.append(begins[1:], True), town.beyond[whose], np.append(time[1:], 0.0))
    steps = np.arange(number)
    inner = steps[~begins]
    entries = (
        np.concatenate([steps, inner, level]),
        np.concatenate([sites + steps, sites + inner - 1, town.back_site]),
        np.concatenate([np.ones(number), -np.ones(len(inner)), np.ones(len(level))]),
    )
    cost = np.concatenate([np.zeros(sites), town.weight[whose] * (following - time)])
    upper = np.concatenate([kept.astype(np.float64), np.ones(number)])
    lower = np.concatenate([(within & kept).astype(np.float64), np.zeros(number)])
    constant = float((town.weight[whose] * time)[begins].sum())
    return _with_allowance(entries, begins.astype(np.float64), cost, lower, upper, rule, constant)


def seating_programme(town: Town, rule: Rule, kept: Flags, within: Flags) -> Programme:
    """The choice of sites with capacity as a programme: one column a site, then one for what each pair carries."""
    sites, pairs, demands = len(kept), len(town.back_site), len(town.weight)
    at, site = np.arange(pairs), town.back_site.astype(np.int64)
    whose = np.repeat(np.arange(demands), np.diff(town.back_first))
    room = np.minimum(rule.capacity, town.weight.sum())
    most = np.minimum(town.weight[whose], room[site])
    entries = (
        np.concatenate([whose, demands + site, demands + np.arange(sites), demands + sites + at, demands + sites + at]),
        np.concatenate([sites + at, sites + at, np.arange(sites), sites + at, site]),
        np.concatenate([-np.ones(pairs), -np.ones(pairs), room, -np.ones(pairs), most]),
    )
    least = np.concatenate([-town.weight, np.zeros(sites + pairs)])
    cost = np.concatenate([np.zeros(sites), town.back_time - town.beyond[whose]])
    upper = np.concatenate([kept.astype(np.float64), most])
    lower = np.concatenate([(within & kept).astype(np.float64), np.zeros(pairs)])
    return _with_allowance(entries, least, cost, lower, upper, rule, float((town.weight * town.beyond).sum()))


def rows_of(town: Town, sites: int) -> sparse.csr_matrix:
    """One row a demand with 1 for each site that reaches it."""
    ones = np.ones(len(town.back_site))
    return sparse.csr_matrix((ones, town.back_site, town.back_first), shape=(len(town.weight), sites))


def with_rows(programme: Programme, rows: sparse.csr_matrix, least: Floats) -> Programme:
    """The programme with more rows that have to reach `least`."""
    more = np.full(len(least), np.inf)
    return Programme(
        programme.cost,
        programme.lower,
        programme.upper,
        programme.whole,
        sparse.vstack([programme.rows, rows]).tocsr(),
        np.concatenate([programme.row_lower, least]),
        np.concatenate([programme.row_upper, more]),
        programme.constant,
    )


def start_of(programme: Programme, town: Town, chosen: Whole) -> Floats:
    """All columns of the radius form for a choice of sites."""
    sites = programme.whole
    opened = np.zeros(sites)
    opened[chosen] = 1
    level, new = _levels(town)
    here = np.bincount(level, opened[town.back_site], len(new)) > 0
    whose = np.repeat(np.arange(len(town.weight)), np.diff(town.back_first))[new]
    so_far = np.cumsum(here)
    before = np.append(0, so_far)[np.searchsorted(whose, whose)]
    return np.concatenate([opened, (so_far == before).astype(np.float64)])


def _levels(town: Town) -> tuple[Whole, Whole]:
    """The step of each pair (by demand and distinct time), and the first pair of each step."""
    new = np.ones(len(town.back_time), np.bool_)
    new[1:] = town.back_time[1:] != town.back_time[:-1]
    new[town.back_first[:-1]] = True
    return np.cumsum(new) - 1, np.flatnonzero(new)


def _with_allowance(
    entries: Entries, least: Floats, cost: Floats, lower: Floats, upper: Floats, rule: Rule, constant: float
) -> Programme:
    """Number of new sites and budget as the last rows."""
    sites, rows = len(rule.cost), len(least)
    new = np.ones(sites)
    new[rule.fixed] = 0
    limits = [(new, float(rule.free))]
    if math.isfinite(rule.budget):
        limits.append((new * rule.cost, rule.budget))
    row, column, value = entries
    for number, (weights, _) in enumerate(limits):
        row = np.concatenate([row, np.full(sites, rows + number)])
        column, value = np.concatenate([column, np.arange(sites)]), np.concatenate([value, weights])
    matrix = sparse.csr_matrix((value, (row, column)), shape=(rows + len(limits), len(cost)))
    most = np.concatenate([np.full(rows, np.inf), [limit for _, limit in limits]])
    row_lower = np.concatenate([least, np.full(len(limits), -np.inf)])
    return Programme(cost, lower, upper, sites, matrix, row_lower, most, constant)


def _model(programme: Programme) -> highspy.HighsLp:
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = len(programme.cost), len(programme.row_lower)
    model.col_cost_, model.col_lower_, model.col_upper_ = programme.cost, programme.lower, programme.upper
    model.row_lower_, model.row_upper_ = programme.row_lower, programme.row_upper
    model.offset_ = programme.constant
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_, model.a_matrix_.index_ = programme.rows.indptr, programme.rows.indices
    model.a_matrix_.value_ = programme.rows.data
    kinds = np.zeros(len(programme.cost), np.uint8)
    kinds[: programme.whole] = 1
    model.integrality_ = [highspy.HighsVarType(int(kind)) for kind in kinds]
    return model
