"""The covering without whole sites, solved to its end: an interior point of which every step is a bound.

Least weight left uncovered where sites may open in part: y + A x >= 1, C x <= limit, 0 <= x <= 1. Predictor and
corrector of S. Mehrotra (On the implementation of a primal-dual interior point method, SIAM Journal on Optimization 2,
1992), from a start inside both problems, so that prices bound the answer at every step. The equations are in the sites
alone and sparse once the limits are taken aside.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from shancheng.methods.siting.reach import Floats, Short, Whole

STEPS_MOST = 60
INWARD = 0.999
"""Share of the way to the edge that a step takes."""
STALLED = 0.01
"""Steps no longer than this at the very end are rounding; what is known by then has to do."""
NOTHING = 1e-9
"""Share of the answer below which what is left of a gap is noise."""


class Part(NamedTuple):
    """What is still to be decided: rows of demand, what each costs while uncovered, and what limits the sites."""

    first: Whole
    site: Short
    """Sites of each demand, in ascending order."""
    cost: Floats
    """(m,)"""
    use: Floats
    """(limits, n) what each site takes of each limit."""
    limit: Floats
    """(limits,) above 0; each is less than all sites together would use."""


class Relaxed(NamedTuple):
    """The relaxed answer as far as it was wanted."""

    price: Floats
    """(m,) of demand, at most its cost: what the bound was got from."""
    rate: Floats
    """(limits,) price of a unit of each limit."""
    share: Floats
    """(n,) of each site that opens."""
    bound: float
    """No choice leaves less uncovered."""
    value: float
    """What the shares leave uncovered."""


class Equations(NamedTuple):
    """The sparse part, factored, and what is needed to add the limits."""

    factor: Floats
    """(n, n) upper rows."""
    last: Whole
    """(n,) past the last column of each row."""
    border: Floats
    """(limits, n) the sparse part solved for each limit's use."""
    small: Floats
    """(limits, limits)"""


@njit(cache=True, error_model="numpy")
def relaxed(part: Part, cut: float, near: float) -> Relaxed:
    """Done once the bound reaches `cut`, or is as near to the value as the share `near` of its distance to `cut`."""
    primal, dual = begin(part)
    n, m = part.use.shape[1], len(part.cost)
    equations = Equations(np.zeros((n, n)), np.zeros(n, np.int64), np.zeros_like(part.use), np.zeros((0, 0)))
    _, _, y, _, _ = parts(primal, n, m)
    _, _, _, u, rates = parts(dual, n, m)
    price, rate, share, bound, value = u.copy(), rates.copy(), primal[:n].copy(), -np.inf, np.inf
    for _ in range(STEPS_MOST):
        here, left = bound_of(part, u, rates), (part.cost * y).sum()
        if here > bound:
            bound, price, rate = here, u.copy(), rates.copy()
        if left < value:
            value, share = left, primal[:n].copy()
        if bound >= cut or value - bound <= max(near * (cut - bound), NOTHING * abs(value)):
            break
        is_firm, equations = equations_at(part, primal, dual, equations)
        if not is_firm:
            break
        to, dual_to = step_from(part, primal, dual, equations)
        inside, dual_inside = min(1.0, INWARD * longest(primal, to)), min(1.0, INWARD * longest(dual, dual_to))
        if max(inside, dual_inside) <= STALLED:
            break
        primal += inside * to
        dual += dual_inside * dual_to
    return Relaxed(price, rate, share, bound, value)


@njit(cache=True, error_model="numpy")
def parts(values: Floats, n: int, m: int) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Of the unknowns: shares, what they leave up to one, uncovered, covered twice, left of limits; and of their
    partners: price of opening, of ending at one, of staying uncovered, of cover, of limits."""
    return (
        values[:n],
        values[n : 2 * n],
        values[2 * n : 2 * n + m],
        values[2 * n + m : 2 * (n + m)],
        values[2 * (n + m) :],
    )


@njit(cache=True, error_model="numpy")
def begin(part: Part) -> tuple[Floats, Floats]:
    """Unknowns and partners that keep every rule and are well away from every edge."""
    n, m, limits = part.use.shape[1], len(part.cost), len(part.limit)
    primal, dual = np.empty(2 * (n + m) + limits), np.empty(2 * (n + m) + limits)
    x, rest, y, over, left = parts(primal, n, m)
    z, s, eta, u, rate = parts(dual, n, m)
    x[:] = 0.8
    for at in range(limits):
        x[:] = min(x[0], 0.8 * part.limit[at] / part.use[at].sum())
    rest[:] = 1 - x
    left[:] = part.limit - (part.use * x).sum(axis=1)
    covered = of_rows(part, x)
    y[:] = np.maximum(1 - covered, 0) + 0.1
    over[:] = covered + y - 1
    u[:] = part.cost / 2
    eta[:] = part.cost - u
    worth = of_sites(part, u)
    rate[:] = 0
    rate[0] = max(price_of_last(worth, part.use[0], part.limit[0]), 1e-3 * part.cost.mean())
    for at in range(1, limits):
        rate[at] = 1e-3 * rate[0] * part.use[0].mean() / part.use[at].mean()
    short = worth - charged(part, rate)
    s[:] = np.maximum(short, 0) + 0.1 * rate[0] * part.use[0].mean()
    z[:] = s - short
    return primal, dual


@njit(cache=True, error_model="numpy")
def price_of_last(worth: Floats, unit: Floats, limit: float) -> float:
    """Worth per unit of the first site that no longer fits when the worthiest per unit go first; 0 where all fit."""
    ratio = worth / np.maximum(unit, 1e-300)
    used = 0.0
    for site in np.argsort(-ratio, kind="mergesort"):
        used += unit[site]
        if used > limit:
            return max(float(ratio[site]), 0.0)
    return 0.0


@njit(cache=True, error_model="numpy")
def charged(part: Part, rate: Floats) -> Floats:
    """(n,) what each site pays for its use of the limits."""
    pays = np.zeros(part.use.shape[1])
    for at in range(len(rate)):
        pays += rate[at] * part.use[at]
    return pays


@njit(cache=True, error_model="numpy")
def bound_of(part: Part, price: Floats, rate: Floats) -> float:
    """What no choice can leave uncovered less of, by prices of demand and of limits."""
    gains = np.maximum(of_sites(part, price) - charged(part, rate), 0)
    bound: float = price.sum() - gains.sum() - (rate * part.limit).sum()
    return bound


@njit(cache=True, error_model="numpy")
def of_rows(part: Part, x: Floats) -> Floats:
    """(m,) sums over the sites of each demand."""
    sums = np.empty(len(part.cost))
    for i in range(len(sums)):
        total = 0.0
        for at in range(part.first[i], part.first[i + 1]):
            total += x[part.site[at]]
        sums[i] = total
    return sums


@njit(cache=True, error_model="numpy")
def of_sites(part: Part, u: Floats) -> Floats:
    """(n,) sums over the demand of each site."""
    sums = np.zeros(part.use.shape[1])
    for i in range(len(u)):
        for at in range(part.first[i], part.first[i + 1]):
            sums[part.site[at]] += u[i]
    return sums


@njit(cache=True, error_model="numpy")
def equations_at(part: Part, primal: Floats, dual: Floats, old: Equations) -> tuple[bool, Equations]:
    """The equations of a step, in the room of the old ones; False where rounding has used them up."""
    n, m, limits = part.use.shape[1], len(part.cost), len(part.limit)
    x, rest, y, over, left = parts(primal, n, m)
    z, s, eta, u, rate = parts(dual, n, m)
    gather(part, 1 / (y / eta + over / u), s / rest + z / x, old.factor)
    is_firm = factored(old.factor, old.last)
    small = np.zeros((limits, limits))
    for at in range(limits):
        old.border[at] = part.use[at]
        solve(old.factor, old.last, old.border[at])
    for at in range(limits):
        for other in range(limits):
            small[at, other] = (part.use[at] * old.border[other]).sum()
        small[at, at] += left[at] / rate[at]
    return is_firm and bool(np.isfinite(small).all()), Equations(old.factor, old.last, old.border, small)


@njit(cache=True, error_model="numpy")
def gather(part: Part, weight: Floats, diagonal: Floats, into: Floats) -> None:
    """Upper rows of A' W A + D."""
    for site in range(len(diagonal)):
        into[site, site:] = 0
        into[site, site] = diagonal[site]
    for i in range(len(weight)):
        end, value = part.first[i + 1], weight[i]
        for at in range(part.first[i], end):
            row = into[part.site[at]]
            for other in range(at, end):
                row[part.site[other]] += value


@njit(cache=True, error_model="numpy")
def factored(matrix: Floats, last: Whole) -> bool:
    """Upper rows become those of U, U'U = matrix (Cholesky), zeros left out; False where it is not firmly positive."""
    n = len(matrix)
    for k in range(n):
        row = matrix[k]
        end = n
        while end > k + 1 and row[end - 1] == 0:
            end -= 1
        last[k] = end
        if not row[k] > 0:
            return False
        row[k:end] /= np.sqrt(row[k])
        for i in range(k + 1, end):
            times = row[i]
            if times != 0:
                lower = matrix[i]
                for j in range(i, end):
                    lower[j] -= times * row[j]
    return True


@njit(cache=True, error_model="numpy")
def solve(factor: Floats, last: Whole, right: Floats) -> None:
    """The right side becomes the answer."""
    n = len(factor)
    for k in range(n):
        right[k] /= factor[k, k]
        for j in range(k + 1, last[k]):
            right[j] -= factor[k, j] * right[k]
    for k in range(n - 1, -1, -1):
        total = right[k]
        for j in range(k + 1, last[k]):
            total -= factor[k, j] * right[j]
        right[k] = total / factor[k, k]


@njit(cache=True, error_model="numpy")
def step_from(part: Part, primal: Floats, dual: Floats, equations: Equations) -> tuple[Floats, Floats]:
    """Where to go: straight at the answer first, then as far to the middle as that step was short."""
    product = primal * dual
    mean = product.mean()
    to, dual_to = towards(part, primal, dual, -product, equations)
    way, dual_way = min(1.0, longest(primal, to)), min(1.0, longest(dual, dual_to))
    left = ((primal + way * to) * (dual + dual_way * dual_to)).mean()
    middle = mean * (left / mean) ** 3
    return towards(part, primal, dual, middle - product - to * dual_to, equations)


@njit(cache=True, error_model="numpy")
def towards(part: Part, primal: Floats, dual: Floats, change: Floats, equations: Equations) -> tuple[Floats, Floats]:
    """The step that keeps every rule and changes the products of unknowns and partners by `change`."""
    n, m = part.use.shape[1], len(part.cost)
    x, rest, y, over, left = parts(primal, n, m)
    z, s, eta, u, rate = parts(dual, n, m)
    by_x, by_rest, by_y, by_over, by_left = parts(change, n, m)
    to, dual_to = np.empty_like(primal), np.empty_like(dual)
    dx, drest, dy, dover, dleft = parts(to, n, m)
    dz, ds, deta, du, drate = parts(dual_to, n, m)
    weight = 1 / (y / eta + over / u)
    off = weight * (by_y / eta - by_over / u)
    dx[:] = by_x / x - by_rest / rest - of_sites(part, off) - charged(part, by_left / left)
    solve(equations.factor, equations.last, dx)
    back = np.linalg.solve(equations.small, (part.use * dx).sum(axis=1))
    for at in range(len(back)):
        dx -= back[at] * equations.border[at]
    drest[:] = -dx
    du[:] = -weight * of_rows(part, dx) - off
    deta[:] = -du
    dy[:] = (by_y + y * du) / eta
    dover[:] = (by_over - over * du) / u
    dz[:] = (by_x - z * dx) / x
    ds[:] = (by_rest + s * dx) / rest
    dleft[:] = -(part.use * dx).sum(axis=1)
    drate[:] = (by_left - rate * dleft) / left
    return to, dual_to


@njit(cache=True, error_model="numpy")
def longest(values: Floats, change: Floats) -> float:
    """How often the change can be made until the first value is 0."""
    most = np.inf
    for at in range(len(values)):
        if change[at] < 0:
            most = min(most, -values[at] / change[at])
    return most
