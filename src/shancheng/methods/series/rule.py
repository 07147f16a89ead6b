"""Rules as data: ladders of four grades over measures of a sensor, and their compilation to arrays."""

import itertools
import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from shancheng.methods.series.errors import BadRule

GRADES: Final = 4
"""Blue, yellow, orange, red: grades 1 to 4; 0 is calm."""
HOUR: Final = 3600
DAY: Final = 24 * HOUR
WINDOWS: Final = ((0, HOUR), (0, 3 * HOUR), (0, 24 * HOUR), (0, 72 * HOUR), (72 * HOUR, 72 * HOUR + 15 * DAY))
"""Seconds ago at which each accumulation window ends and begins; the last is the 15 days before the last 72 hours."""

Measure = Literal["value", "rate", "deviation", "sum_1h", "sum_3h", "sum_24h", "sum_72h", "sum_prior_15d", "wetness"]
MEASURES: Final[tuple[Measure, ...]] = (
    "value",
    "rate",
    "deviation",
    "sum_1h",
    "sum_3h",
    "sum_24h",
    "sum_72h",
    "sum_prior_15d",
    "wetness",
)
SUMS_BEGIN: Final = 3
"""Measures from this one on are made from sums of a gauge."""
RESOLUTION_STEPS_MOST: Final = 1_000_000
FAR: Final = sys.float_info.max
HEARD_MOST: Final = 255
"""Readings are counted up to here; a state record holds the count in a byte."""
RULES_MOST: Final = 65_536
SECONDS_MOST: Final = 2**31 - 1
NEVER: Final = 2**62
"""How long the limit of a grade that no ladder has must be met."""
Four = tuple[float, float, float, float]


@dataclass(frozen=True)
class Ladder:
    """Four limits of one measure, blue to red, each with the level at which it is left again.

    `value` is the reading; `rate` its trend in units an hour, smoothed over `Rule.rate_seconds`; `deviation` how many
    of its usual spreads it lies from its usual mean; `sum_*` what a gauge collected in a window; `wetness` is sum_72h +
    Rule.prior_weight * sum_prior_15d. A limit that is NaN is a grade this ladder does not have.
    """

    measure: Measure
    limits: Four
    clears: Four
    side: Literal["above", "below"] = "above"


def ladder(
    measure: Measure, limits: Four, *, hysteresis: float = 0.0, side: Literal["above", "below"] = "above"
) -> Ladder:
    """A ladder whose grades are left a fixed step (in the measure's unit) on the calm side of their limits."""
    step = -hysteresis if side == "above" else hysteresis
    low, mid, high, top = (limit + step for limit in limits)
    return Ladder(measure, limits, (low, mid, high, top), side)


@dataclass(frozen=True, kw_only=True)
class Rule:
    """How the readings of a sensor are graded, and when the sensor itself is doubted; times in seconds.

    A grade fires when any ladder has been at its limit for `for_seconds` without a break, and is left when all ladders
    have been beyond its clear level for `keep_seconds`; every grade has its own timers and the highest that fires is
    the sensor's. All of it runs in measured time; what is missing changes nothing.
    """

    ladders: tuple[Ladder, ...]
    for_seconds: tuple[int, int, int, int] = (0, 0, 0, 0)
    keep_seconds: tuple[int, int, int, int] = (0, 0, 0, 0)
    lowest: float = -FAR
    highest: float = FAR
    """Physical range, in the reading's unit; what lies outside, or is no number, is a fault and no evidence."""
    jump: float = FAR
    """A step between two readings above this, in the reading's unit, marks the sensor."""
    stuck_seconds: int = 0
    """The same value for so long marks the sensor; 0 never does."""
    silent_seconds: int = 0
    """No reading for longer than this marks the sensor in a sweep; 0 never does."""
    rate_seconds: int = 0
    """Time over which the trend is smoothed; 0 takes the slope between two readings."""
    memory: float = 0.005
    """Weight of the newest reading in the usual mean and spread."""
    spread_least: float = 0.0
    """The least spread that is believed, in the reading's unit; above 0 where `deviation` is graded."""
    warm_up: int = 30
    """Readings before a deviation counts."""
    resolution: float = 0.001
    """The least amount that sums keep, in the reading's unit; sums are whole numbers of it, and therefore exact."""
    prior_weight: float = 0.67

    @property
    def accumulates(self) -> bool:
        """Whether readings are amounts since the reading before, to be summed."""
        return any(rung.measure in MEASURES[SUMS_BEGIN:] for rung in self.ladders)


TABLE: Final = np.dtype(
    [
        ("lowest", "<f8"),
        ("highest", "<f8"),
        ("jump", "<f8"),
        ("rate_seconds", "<f8"),
        ("memory", "<f8"),
        ("spread_least", "<f8"),
        ("resolution", "<f8"),
        ("prior_weight", "<f8"),
        ("stuck_seconds", "<i8"),
        ("silent_seconds", "<i8"),
        ("warm_up", "<i8"),
        ("accumulates", "<i8"),
        ("for_seconds", "<i8", (GRADES,)),
        ("keep_seconds", "<i8", (GRADES,)),
        ("sign", "<f8", (len(MEASURES),)),
        ("limits", "<f8", (len(MEASURES), GRADES)),
        ("clears", "<f8", (len(MEASURES), GRADES)),
    ]
)
"""A rule as a record. `sign` is 1 above, -1 below, 0 where a measure has no ladder; limits are times it: danger lies
above them."""
PLAIN: Final = tuple(name for name, _ in TABLE.fields.items() if TABLE[name].subdtype is None)  # type: ignore[union-attr]


def compile_rules(rules: Sequence[Rule]) -> NDArray[np.void]:
    """The rules as records: TABLE[R]. Raises BadRule with every fault of every rule."""
    faults = [f"Rule {number}: {fault}" for number, rule in enumerate(rules) for fault in faults_of(rule)]
    if not 0 < len(rules) <= RULES_MOST:
        faults = [f"There are {len(rules)} rules; give from one to {RULES_MOST}."]
    if faults:
        raise BadRule(" ".join(faults))
    table = np.zeros(len(rules), TABLE)
    table["limits"] = table["clears"] = np.inf
    for record, rule in zip(table, rules, strict=True):
        for name in PLAIN:
            record[name] = getattr(rule, name)
        for rung in rule.ladders:
            column, sign = MEASURES.index(rung.measure), 1.0 if rung.side == "above" else -1.0
            record["sign"][column] = sign
            record["limits"][column] = _signed(rung.limits, sign)
            record["clears"][column] = _signed(rung.clears, sign)
        absent = np.isinf(record["limits"]).all(axis=0)
        record["for_seconds"] = np.where(absent, NEVER, rule.for_seconds)
        record["keep_seconds"] = rule.keep_seconds
    return table


def _signed(levels: Four, sign: float) -> NDArray[np.float64]:
    turned = np.array(levels, np.float64) * sign
    return np.where(np.isnan(turned), np.inf, turned)


def faults_of(rule: Rule) -> list[str]:
    """Every contradiction in a rule, each a sentence; empty where it can be used."""
    faults = [fault for rung in rule.ladders for fault in _ladder_faults(rung)]
    if not rule.ladders:
        faults.append("there is no ladder; give at least one.")
    measures = [rung.measure for rung in rule.ladders]
    faults += [f"'{name}' has more than one ladder." for name in sorted({m for m in measures if measures.count(m) > 1})]
    times = (*rule.for_seconds, *rule.keep_seconds, rule.stuck_seconds, rule.silent_seconds, rule.rate_seconds)
    if any(not 0 <= seconds <= SECONDS_MOST for seconds in times):
        faults.append(f"its times must be whole seconds from 0 to {SECONDS_MOST}.")
    if not -FAR <= rule.lowest < rule.highest <= FAR:
        faults.append("its range must begin below its end, and both must be finite.")
    if not 0 < rule.memory < 1 or not 0 <= rule.warm_up <= HEARD_MOST:
        faults.append(f"its memory must lie between 0 and 1, and its warm-up between 0 and {HEARD_MOST} readings.")
    if not 0 < rule.jump <= FAR or not 0 <= rule.spread_least < math.inf or not 0 <= rule.prior_weight < math.inf:
        faults.append("its jump must be above 0, its least spread and prior weight at least 0, and all finite.")
    if "deviation" in measures and not rule.spread_least > 0:
        faults.append("it grades deviations, so it needs a least spread above 0.")
    if rule.accumulates and not _can_sum(rule):
        faults.append(
            f"it sums amounts, so its lowest must be at least 0 and its highest at most {RESOLUTION_STEPS_MOST} times "
            "its resolution."
        )
    return faults


def _can_sum(rule: Rule) -> bool:
    return rule.lowest >= 0 and rule.resolution > 0 and rule.highest / rule.resolution <= RESOLUTION_STEPS_MOST


def _ladder_faults(rung: Ladder) -> list[str]:
    if rung.measure not in MEASURES:
        return [f"there is no measure named '{rung.measure}'; there are {', '.join(MEASURES)}."]
    sign = 1.0 if rung.side == "above" else -1.0
    known = [(limit * sign, clear * sign) for limit, clear in zip(rung.limits, rung.clears, strict=True)]
    known = [pair for pair in known if not math.isnan(pair[0])]
    faults = []
    if not known or any(not math.isfinite(level) for pair in known for level in pair):
        faults.append(f"the limits of '{rung.measure}' need at least one number, each with a finite clear level.")
    elif any(clear > limit for limit, clear in known):
        faults.append(f"a clear level of '{rung.measure}' lies on the danger side of its limit.")
    if any(lower[0] > upper[0] for lower, upper in itertools.pairwise(known)):
        faults.append(f"the limits of '{rung.measure}' must rise from blue to red (fall, where the side is below).")
    if any(lower[1] > upper[1] for lower, upper in itertools.pairwise(known)):
        faults.append(f"the clear levels of '{rung.measure}' must rise from blue to red (fall, where below).")
    return faults
