"""Numbers of governance by name, for whoever compares places; columns in, columns out, one entry a place.

A parameter's name is the name of another quantity. What cannot be known is NaN, never 0.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Column = NDArray[np.float64]


def open_matters(matters_by_stage: ArrayLike) -> Column:
    """Matters still to be settled; `matters_by_stage` is float[places, 8] in the order of the stages."""
    table = np.asarray(matters_by_stage, np.float64)
    return np.asarray(table[:, :6].sum(axis=1))


def late_share(late_matters: ArrayLike, open_matters: ArrayLike) -> Column:
    """Share of the open matters with a promise broken."""
    return _share(late_matters, open_matters)


def closing_rate(due_matters_closed: ArrayLike, due_matters: ArrayLike) -> Column:
    """Share of the matters due in a period that are closed (结案率)."""
    return _share(due_matters_closed, due_matters)


def on_time_closing_rate(due_matters_closed_in_time: ArrayLike, due_matters: ArrayLike) -> Column:
    """Share of the matters due in a period that were closed by their deadline (按期结案率)."""
    return _share(due_matters_closed_in_time, due_matters)


def self_found_share(matters_self_found: ArrayLike, matters_accepted: ArrayLike) -> Column:
    """Share of the accepted matters that patrols and sensors found before anybody complained (主动发现率)."""
    return _share(matters_self_found, matters_accepted)


def matters_per_thousand(matters_reported: ArrayLike, residents: ArrayLike) -> Column:
    """Matters reported for every 1,000 residents."""
    return 1_000 * _share(matters_reported, residents)


def _share(part: ArrayLike, whole: ArrayLike) -> Column:
    top, bottom = np.broadcast_arrays(np.asarray(part, np.float64), np.asarray(whole, np.float64))
    unknown: Column = np.full(top.shape, np.nan)
    np.divide(top, bottom, out=unknown, where=bottom > 0)
    return unknown
