"""The power networks of three towns as supply networks, with the motors and pumps that hang on them."""

import csv
import gzip
import json
import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from shancheng.methods.cascade.network import SupplyNetwork

from .oracle import build

TIES_FROM = 594
"""Micropolis lines with this number or above join two feeders and stand open; without them the town is a tree."""


@dataclass(frozen=True)
class Town:
    """A supply network whose assets have names."""

    number: dict[str, int]
    groups: list[tuple[int, int, float, list[int]]]

    @property
    def network(self) -> SupplyNetwork:
        return build(len(self.number), self.groups)


def tables(path: Path) -> dict[str, list[dict]]:
    """The in-service rows of each element of a pandapower file."""
    with gzip.open(path, "rt") as file:
        whole = json.load(file)["_object"]
    found = {}
    for kind in ("bus", "line", "trafo", "switch", "load", "motor", "ext_grid"):
        sheet = json.loads(whole[kind]["_object"])
        rows = (
            dict(zip(sheet["columns"], row, strict=True)) | {"at": at}
            for at, row in zip(sheet["index"], sheet["data"], strict=True)
        )
        found[kind] = [row for row in rows if row.get("in_service", True) and row.get("closed", True)]
    return found


def town(power: Path, dependencies: Path, *, ties_from: int = 10**9) -> Town:
    """Every bus lives on any one of the elements that lead to it from nearer the source, each element on its bus."""
    sheets = tables(power)
    ends = [(row["name"], row["from_bus"], row["to_bus"]) for row in sheets["line"]]
    ends = [end for end in ends if int(re.search(r"\d+", end[0])[0]) < ties_from]
    ends += [(row["name"], row["hv_bus"], row["lv_bus"]) for row in sheets["trafo"]]
    ends += [(row["name"], row["bus"], row["element"]) for row in sheets["switch"] if row["et"] == "b"]
    steps = _steps(ends, {row["bus"] for row in sheets["ext_grid"]})
    lives_on = defaultdict(list)
    for name, one, other in ends:
        near, far = sorted((one, other), key=lambda bus: steps.get(bus, 10**9))
        if near in steps and steps[near] < steps[far]:
            lives_on[name] = [f"bus {near}"]
            lives_on[f"bus {far}"].append(name)
    for kind in ("load", "motor"):
        lives_on |= {row["name"]: [f"bus {row['bus']}"] for row in sheets[kind] if row["bus"] in steps}
    with gzip.open(dependencies, "rt") as file:
        lives_on |= {row["water_id"]: [row["power_id"]] for row in csv.DictReader(file) if row["power_id"] in lives_on}
    names = sorted({*lives_on, *(supplier for suppliers in lives_on.values() for supplier in suppliers)})
    number = {name: at for at, name in enumerate(names)}
    groups = [(number[name], 1, 0.0, sorted({number[one] for one in on})) for name, on in lives_on.items()]
    return Town(number, groups)


def _steps(ends: list[tuple[str, int, int]], sources: set[int]) -> dict[int, int]:
    """Elements between each bus and the nearest source."""
    beside = defaultdict(set)
    for _, one, other in ends:
        beside[one].add(other)
        beside[other].add(one)
    steps, rim = dict.fromkeys(sources, 0), sources
    while rim:
        rim = {bus for seen in rim for bus in beside[seen]} - steps.keys()
        steps |= dict.fromkeys(rim, max(steps.values()) + 1)
    return steps
