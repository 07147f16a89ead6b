"""Numbers of services by name, for whoever compares places; columns in, figures out.

A parameter's name is the name of another quantity. What cannot be known is NaN, never 0.
"""

import numpy as np
from numpy.typing import ArrayLike


def residents_within_minutes(walk_minutes: ArrayLike, walk_minutes_limit: float, residents: ArrayLike) -> float:
    """Share of residents whose nearest facility is within the limit; `walk_minutes` float[homes] is NaN without one."""
    minutes, people = np.asarray(walk_minutes, np.float64), np.asarray(residents, np.float64)
    whole = float(people.sum())
    return float(people[minutes <= walk_minutes_limit].sum()) / whole if whole > 0 else float("nan")


def residents_with_all(walk_minutes: ArrayLike, walk_minutes_limit: float, residents: ArrayLike) -> float:
    """Share of residents who have every category within the limit; `walk_minutes` is float[categories, homes]."""
    minutes, people = np.asarray(walk_minutes, np.float64), np.asarray(residents, np.float64)
    whole = float(people.sum())
    has_all = (minutes <= walk_minutes_limit).all(axis=0)
    return float(people[has_all].sum()) / whole if whole > 0 else float("nan")
