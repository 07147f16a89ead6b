"""From the strength of a hazard to scenarios: lognormal fragility curves and seeded draws of what is hit."""

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from shancheng.methods.cascade.errors import ScenarioError
from shancheng.methods.cascade.failure import Scenarios
from shancheng.methods.cascade.network import Floats
from shancheng.methods.given import numbers


def failure_chance(intensity: npt.ArrayLike, median: npt.ArrayLike, beta: npt.ArrayLike) -> Floats:
    """Chance that an asset reaches a damage state: normal cdf of ln(intensity / median) / beta; arrays broadcast.

    Intensity and median in the same unit (e.g. peak ground acceleration in g), beta the lognormal deviation; the form
    of the HAZUS technical manual (FEMA). Intensity 0 gives chance 0. Raises ScenarioError for an intensity below 0 or
    a median or beta that is not above 0.
    """
    parts = [numbers(part, "intensities and curves", ScenarioError) for part in (intensity, median, beta)]
    try:
        strength, middle, deviation = np.broadcast_arrays(*parts)
    except ValueError:
        shapes = ", ".join(str(part.shape) for part in parts)
        raise ScenarioError(f"Intensity, median and beta of shapes {shapes} do not go together.") from None
    if not (strength >= 0).all():
        raise ScenarioError("An intensity is below 0 or not a number.")
    if not ((middle > 0) & (deviation > 0)).all():
        raise ScenarioError("The median and beta of a fragility curve are above 0.")
    with np.errstate(divide="ignore"):
        chance: Floats = ndtr(np.log(strength / middle) / deviation)
    return chance


def draw(chance: npt.ArrayLike, count: int, *, seed: int) -> Scenarios:
    """`count` scenarios in which asset i is hit at minute 0 with chance[i], each asset by itself (n,).

    The same seed gives the same scenarios; the first k of a longer draw are the draw of k. Raises ScenarioError for a
    chance outside 0 to 1 or a count below 0.
    """
    chances = numbers(chance, "chances", ScenarioError).ravel()
    if not ((chances >= 0) & (chances <= 1)).all():
        raise ScenarioError("A chance lies between 0 and 1; one of them does not.")
    if count < 0:
        raise ScenarioError(f"{count} scenarios cannot be drawn.")
    source = np.random.default_rng(seed)
    return Scenarios.of(np.flatnonzero(source.random(len(chances)) < chances).tolist() for _ in range(count))
