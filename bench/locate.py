"""Points in polygons beside geopandas: the same cells, the same points, the same answers, interleaved rounds."""

import time
from collections.abc import Callable
from importlib.metadata import version
from statistics import median

import geopandas
import numpy as np
from numpy.typing import NDArray

from bench.claim import Claim
from bench.meshes import mesh
from shancheng.methods.coverage import Coverage

ROUNDS = 5
CALLED = {"intersects": "intersects (its default)", "within": "within (its fastest)"}
COMMAND = "python -m bench.locate"


def claims() -> list[Claim]:
    """Many small cells and few detailed ones, each beside the join as it is usually called and as it is fastest."""
    small, detailed = mesh(280, 250, 11, seed=1), mesh(8, 5, 5000, seed=2)
    return [
        *_compare("locate in 70,000 small polygons", small, (280, 250), 200_000, {"intersects": 1.5, "within": 1.5}),
        *_compare(
            "locate in 40 polygons of 20,000 vertices", detailed, (8, 5), 40_000, {"intersects": 50, "within": 1}
        ),
    ]


def _compare(
    name: str, cells: NDArray[np.object_], extent: tuple[int, int], points: int, targets: dict[str, float]
) -> list[Claim]:
    xy = np.random.default_rng(3).uniform((0, 0), extent, (points, 2))
    ids = np.arange(1, len(cells) + 1)
    coverage = Coverage(ids, cells)
    frame = geopandas.GeoDataFrame({"place": ids}, geometry=cells)
    found = coverage.locate_many(xy)
    seconds: dict[str, list[float]] = {"ours": [], **{predicate: [] for predicate in targets}}
    for _ in range(ROUNDS):
        seconds["ours"].append(_seconds(lambda: coverage.locate_many(xy)))
        for predicate in targets:
            asked = geopandas.GeoDataFrame(geometry=geopandas.points_from_xy(xy[:, 0], xy[:, 1]))
            begun = time.perf_counter()
            joined = geopandas.sjoin(asked, frame, predicate=predicate, how="left")
            seconds[predicate].append(time.perf_counter() - begun)
            _same(found, joined)
    rate = {who: points / median(times) for who, times in seconds.items()}
    return [
        Claim(
            name,
            f"geopandas {version('geopandas')} sjoin, {CALLED[predicate]}",
            rate["ours"] / rate[predicate],
            target,
            f"{rate['ours']:,.0f} points/s",
            f"{rate[predicate]:,.0f} points/s",
            COMMAND,
        )
        for predicate, target in targets.items()
    ]


def _same(ours: NDArray[np.int64], theirs: geopandas.GeoDataFrame) -> None:
    """The peer's points are made beforehand, ours are plain coordinates; both keep their index of the cells."""
    other = theirs["place"].fillna(0).astype(int).groupby(level=0).min().to_numpy()
    assert np.array_equal(ours, other), f"{(ours != other).sum()} of {len(ours)} points lie elsewhere"


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


if __name__ == "__main__":
    for claim in claims():
        print(claim)
