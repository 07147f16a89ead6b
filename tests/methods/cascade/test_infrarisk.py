"""Three towns of InfraRisk: a simulated storm is recounted load by load, and every single loss beside a naive model."""

import csv
import gzip

import numpy as np
import pytest

from shancheng.methods.cascade.failure import Scenarios, failures, failures_by_rounds
from shancheng.methods.cascade.replay import replay
from shancheng.methods.cascade.scan import loss_of_one

from .infrarisk import TIES_FROM, town

FOLDER = "infrarisk-networks"
REPAIRED_S = {"P_L56": 19260, "P_L325": 37980, "P_L340": 56700, "P_L310": 75780, "P_L333": 94740}
"""The five lines of scenario track1 and when, as the record shows, each is back."""
STRUCK_S = 120
"""The record is whole at 60 s and broken at 180 s."""


def micropolis(shared_data):
    """The town with its storm."""
    folder = shared_data / FOLDER / "micropolis"
    return town(folder / "power/high/power.json.gz", folder / "dependencies.csv.gz", ties_from=TIES_FROM)


def record(shared_data, name):
    """A table of the simulated outcome as (seconds, {component: value})."""
    path = shared_data / FOLDER / "micropolis_scenarios/track1" / name
    with gzip.open(path, "rt") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    return [
        (float(row["time"]), {key: float(value) for key, value in row.items() if key[:2] in "P_W_"}) for row in rows
    ]


@pytest.fixture(scope="module")
def storm(shared_data):
    """The course of scenario track1 and the numbers of the assets."""
    place = micropolis(shared_data)
    hits = Scenarios.one([place.number[line] for line in REPAIRED_S], np.full(5, STRUCK_S / 60))
    course = replay(place.network, hits, np.array(list(REPAIRED_S.values())) / 60, horizon=2000)
    return place, course


def test_every_load_is_served_exactly_when_the_simulation_says(shared_data, storm):
    place, course = storm

    rows = record(shared_data, "power_load_demand.csv.gz")

    assert sum(value == 0 for _, loads in rows for value in loads.values()) > 2000
    for seconds, loads in rows:
        up = course.up_at(seconds / 60)
        wrong = [name for name, served in loads.items() if up[place.number[name]] != (served > 0)]
        assert not wrong, f"at {seconds} s"


def test_every_pump_that_was_running_stops_and_starts_when_the_simulation_says(shared_data, storm):
    place, course = storm

    rows = record(shared_data, "water_pump_status.csv.gz")

    running = [pump for pump, status in rows[0][1].items() if status]
    assert len(running) == 6
    for seconds, pumps in rows:
        up = course.up_at(seconds / 60)
        assert [up[place.number[pump]] for pump in running] == [pumps[pump] == 1 for pump in running]


@pytest.mark.parametrize("name", ["micropolis", "in2", "shelby"])
def test_the_loss_of_any_one_element_is_that_of_a_naive_model(shared_data, name):
    folder = shared_data / FOLDER / name
    place = (
        micropolis(shared_data)
        if name == "micropolis"
        else town(folder / "power/power.json.gz", next(folder.glob("depend*")))
    )
    assets = len(place.number)

    found = loss_of_one(place.network, range(assets), np.ones((assets, 1)), horizon=60)

    lives_on = {group[0]: group[3] for group in place.groups}
    for asset in range(0, assets, 1 + assets // 300):
        down = naive(lives_on, asset)
        assert found.failed[asset] == len(down)
        assert found.loss[asset, 0] == 60 * len(down)
    hits = Scenarios.of([range(0, assets, 7)])
    assert np.array_equal(failures(place.network, hits).minute, failures_by_rounds(place.network, hits).minute)


def naive(lives_on, asset):
    """Everything that has nothing alive left to live on, looked at again and again."""
    down, before = {asset}, set()
    while down != before:
        before = set(down)
        down |= {owner for owner, suppliers in lives_on.items() if down.issuperset(suppliers)}
    return down
