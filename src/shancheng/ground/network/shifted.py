"""Whether points were taken for WGS-84 and are not: in the right datum they lie nearer to the streets."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from shancheng.ground.datum import shift_metres, to_wgs84
from shancheng.ground.network.findings import Finding
from shancheng.ground.network.nearby import EdgeIndex, Floats
from shancheng.ground.network.network import Network

DATUMS = ("gcj02", "bd09")
NAMES = {"gcj02": "GCJ-02", "bd09": "BD-09"}
CAP_M = 200.0
"""A point further from every street than this counts as this far."""
POINTS_LEAST, POINTS_MOST = 30, 4_000
NEARER, ERRORS = 0.75, 6.0
"""In the other datum the median distance is below this share; the mean gain is above so many standard errors."""
SHIFT_LEAST_M = 100.0


@dataclass(frozen=True)
class Fit:
    """How near to the streets points lie if they are in a datum."""

    datum: str
    metres: Floats
    """(p,) to the nearest street, at most `CAP_M`."""

    @property
    def median(self) -> float:
        """Metres."""
        return float(np.median(self.metres))


def shift_finding(
    network: Network, lon: Floats, lat: Floats, *, what: str, index: EdgeIndex | None = None
) -> Finding | None:
    """A finding if points lon[p], lat[p] that came as WGS-84 look like GCJ-02 or BD-09; None if they do not.

    Homes and facilities stand by streets, points shifted by hundreds of metres stand anywhere: each datum is tried, and
    one that brings the points so much nearer that chance cannot (a paired test) is named. Fewer than 30 points, and
    places where maps are not shifted, decide nothing. `what` names the points in the sentence.
    """
    picked = np.linspace(0, len(lon) - 1, min(len(lon), POINTS_MOST)).astype(np.int64)
    east, north = lon[picked], lat[picked]
    moves = np.median(shift_metres(east, north, DATUMS[0])) if len(picked) else 0.0
    if len(picked) < POINTS_LEAST or moves < SHIFT_LEAST_M:
        return None
    index = index or EdgeIndex(network)
    given = _fit(index, "wgs84", east, north)
    others = [_fit(index, datum, *to_wgs84(east, north, datum)) for datum in DATUMS]
    best = min(others, key=lambda fit: float(fit.metres.mean()))
    if not _much_nearer(best, given):
        return None
    sentence = (
        f"{what}: these {len(lon):,} points look like {NAMES[best.datum]}, not WGS-84: they lie {given.median:.0f} m "
        f"(median) from a street as they came and {best.median:.0f} m once converted; "
        f"read them with datum '{best.datum}'."
    )
    return Finding("shifted-points", len(lon), sentence, float(east[0]), float(north[0]))


def _fit(index: EdgeIndex, datum: str, lon: Floats, lat: Floats) -> Fit:
    near = index.near(lon, lat, CAP_M, 1, np.ones(index.edges, np.bool_))
    return Fit(datum, np.minimum(near.metres[:, 0], CAP_M))


def _much_nearer(best: Fit, given: Fit) -> bool:
    gain = given.metres - best.metres
    error = float(gain.std(ddof=1)) / np.sqrt(len(gain))
    return best.median < NEARER * given.median and bool(gain.mean() > ERRORS * error)


def shift_findings(network: Network, layers: Sequence[tuple[str, Floats, Floats]]) -> tuple[Finding, ...]:
    """`shift_finding` for several layers, each with its name, longitudes and latitudes; only what was found."""
    index = EdgeIndex(network)
    found = (shift_finding(network, lon, lat, what=what, index=index) for what, lon, lat in layers)
    return tuple(finding for finding in found if finding is not None)
