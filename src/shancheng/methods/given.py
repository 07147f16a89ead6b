"""Numbers as they are given to a method: taken as it needs them, or refused in a sentence of the method's own room."""

import numpy as np
import numpy.typing as npt

WHOLE_MOST = 2.0**53
"""Beyond this a fraction of a number cannot be told from none."""

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


def numbers(values: npt.ArrayLike, name: str, error: type[Exception]) -> Floats:
    """Numbers as float64 in the shape they came in; NaN and infinite ones pass, words and ragged rows are `error`."""
    try:
        return np.asarray(values, np.float64)
    except (TypeError, ValueError):
        raise error(f"The {name} must be numbers, in rows of one length; words and gaps are none.") from None


def whole_numbers(values: npt.ArrayLike, name: str, error: type[Exception]) -> Integers:
    """Whole numbers as int64 in the shape they came in; a fraction, NaN or word among them is `error`."""
    given = numbers(values, name, error)
    exact = np.asarray(values)
    if exact.dtype.kind in "iu":
        return exact.astype(np.int64)
    with np.errstate(invalid="ignore"):
        if not ((given == np.rint(given)) & (np.abs(given) < WHOLE_MOST)).all():
            raise error(f"The {name} must be whole numbers; one of them is missing, too large or a fraction.")
    return given.astype(np.int64)


def spread(values: npt.ArrayLike, shape: tuple[int, ...], name: str, error: type[Exception]) -> Floats:
    """Numbers repeated to a shape, where that can be done; else `error` says which shapes do not fit."""
    given = numbers(values, name, error)
    try:
        return np.array(np.broadcast_to(given, shape))
    except ValueError:
        raise error(
            f"The {name} have the shape {given.shape}, not {shape}; give one number, or one for each."
        ) from None
