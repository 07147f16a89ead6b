"""How surprising each reading of a series is beside all that its memory holds, told once and then left to rest."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from shancheng.methods.given import numbers
from shancheng.methods.series import novelty_stepwise
from shancheng.methods.series.errors import BadReadings

Floats = NDArray[np.float64]
MEMORY_MOST: Final = 1_000_000
Step = Callable[..., None]


@dataclass(frozen=True, kw_only=True)
class NoveltySettings:
    """How a detector looks. The defaults are near those that did best on either half of the Numenta benchmark."""

    neighbours: int = 5
    """A reading is as far away as the mean distance to so many of the nearest values in the memory."""
    memory: int = 16_384
    """Readings that are remembered, both as values and as distances."""
    tail: float = 0.1
    """Share of the largest distances from which the chance of a still larger one is worked out."""
    rest: int = 150
    """Readings during which nothing less surprising is told again."""
    threshold: float = 5.3
    """Surprise from which a reading is told: 5.3 is a chance of one in two hundred."""


@dataclass(frozen=True)
class Surprises:
    """What a detector made of a batch of n readings."""

    surprise: Floats
    """float[n] minus the logarithm of the chance that a usual reading lies as far away; 0 while there is no memory,
    and too low rather than too high while it fills."""
    fresh: Floats
    """float[n] the same, but 0 where something at least as surprising came within the last `rest` readings."""
    told: NDArray[np.bool_]
    """bool[n] which readings are worth a look: fresh, and at least at the threshold."""


class Novelty:
    """A detector of one series, fed in batches of any size.

    Distance to the nearest remembered values as in Burnaev and Ishimtsev, "Conformalized density- and distance-based
    anomaly detection in time-series data", arXiv 1608.04585 (2016), with one lag; the chance of a distance by rank, and
    beyond the tail's begin by a generalised Pareto fitted by moments (Hosking and Wallis, Technometrics 29, 1987,
    339-349; Siffer et al., "Anomaly detection in streams with extreme value theory", KDD 2017), with a shape from 0
    to 0.3. The compiled engine needs numba; the other gives the same bits without it.
    """

    def __init__(
        self, settings: NoveltySettings | None = None, *, engine: Literal["compiled", "numpy"] = "compiled"
    ) -> None:
        self.settings = NoveltySettings() if settings is None else settings
        _check(self.settings)
        memory = self.settings.memory
        self._values, self._sorted_values = np.zeros(memory), np.zeros(memory)
        self._distances, self._sorted_distances = np.zeros(memory), np.zeros(memory)
        self._recent = np.zeros(self.settings.rest)
        self._seen = 0
        self._step: Step = _engine(engine)

    def take(self, values: ArrayLike) -> Surprises:
        """Surprise of the next readings float[n], in order. Raises BadReadings where one is not a finite number."""
        given = np.ascontiguousarray(numbers(values, "readings", BadReadings))
        if given.ndim != 1 or not np.isfinite(given).all():
            raise BadReadings(
                "A detector takes one row of finite numbers; leave out readings that are unknown or out of range."
            )
        surprise, fresh = np.zeros(len(given)), np.zeros(len(given))
        kept = (self._values, self._sorted_values, self._distances, self._sorted_distances, self._recent)
        self._step(given, *kept, self._seen, self.settings.neighbours, self.settings.tail, surprise, fresh)
        self._seen += len(given)
        return Surprises(surprise, fresh, fresh >= self.settings.threshold)


def _check(settings: NoveltySettings) -> None:
    if not 1 <= settings.neighbours < settings.memory <= MEMORY_MOST:
        raise BadReadings(f"A memory holds more readings than it has neighbours, and at most {MEMORY_MOST}.")
    if not 0 < settings.tail < 1 or settings.rest < 1 or not settings.threshold > 0 or math.isinf(settings.threshold):
        raise BadReadings("The tail is a share between 0 and 1, the rest at least one reading, the threshold above 0.")


def _engine(name: Literal["compiled", "numpy"]) -> Step:
    if name not in ("compiled", "numpy"):
        raise BadReadings(f"There is no engine '{name}'; choose 'compiled', or 'numpy' where numba is missing.")
    if name == "numpy":
        return novelty_stepwise.take
    from shancheng.methods.series import novelty_compiled

    return novelty_compiled.take
