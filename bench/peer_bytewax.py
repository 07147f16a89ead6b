"""The rules in bytewax's stateful_map, run by an interpreter that has it: prints seconds and changes told."""

import sys
import time
from typing import Any

from bytewax import operators
from bytewax.dataflow import Dataflow
from bytewax.testing import TestingSink, TestingSource, run_main
from tests.methods.series import model

from bench import series_rules
from shancheng.methods.series.rule import MEASURES

Reading = tuple[str, tuple[int, float]]


def main(seed: int, sensors: int) -> None:
    """One run; the readings are made before the clock starts."""
    series_rules.SENSORS = sensors
    sensor, at, value = (column.tolist() for column in series_rules.readings(seed))
    keys = [str(who) for who in range(sensors)]
    given = [(keys[who], (when, what)) for who, when, what in zip(sensor, at, value, strict=True)]
    counts: list[int] = []
    flow = _flow(given, counts)
    begun = time.perf_counter()
    run_main(flow)
    print(time.perf_counter() - begun, sum(counts))


def _flow(given: list[Reading], counts: list[int]) -> Dataflow:
    rule, step = model.plain(series_rules.RULE, MEASURES), model.step

    def next_state(state: dict[str, Any] | None, reading: tuple[int, float]) -> tuple[dict[str, Any], bool]:
        state = model.new_state() if state is None else state
        return state, step(state, rule, *reading)[1] is not None

    flow = Dataflow("rules")
    stream = operators.input("readings", flow, TestingSource(given, batch_size=1000))
    told = operators.stateful_map("rules", stream, next_state)
    changed = operators.filter("changed", told, lambda pair: pair[1])
    operators.output("changes", operators.map("count", changed, lambda _: 1), TestingSink(counts))
    return flow


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
