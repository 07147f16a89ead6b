"""What may be built, from files: sites for facilities, and new links between streets; read as strictly as homes are."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from shancheng.ground.network.layer import read_layer
from shancheng.ground.network.points import Report, Rows, need, unread

Floats = NDArray[np.float64]
LinkKind = Literal["stairs", "ramp", "lift", "escalator", "bridge", "gate"]
ENDS = ("from_lon", "from_lat", "to_lon", "to_lat")
MINUTES = ("minutes_there", "minutes_back")


@dataclass(frozen=True)
class Candidates:
    """Sites where a facility could be."""

    ids: tuple[str, ...]
    lon: Floats
    lat: Floats
    """(s,) WGS-84."""
    cost: Floats
    """(s,) in whatever money the file is in; 0 where the file has no such column."""
    capacity: Floats
    """(s,) people it could serve, NaN where not stated."""
    report: Report


@dataclass(frozen=True)
class Proposals:
    """Links that could be built between two places on the streets."""

    ids: tuple[str, ...]
    kind: tuple[LinkKind, ...]
    from_lon: Floats
    from_lat: Floats
    to_lon: Floats
    to_lat: Floats
    """(l,) WGS-84."""
    minutes_there: Floats
    minutes_back: Floats
    """(l,) what the way takes if somebody measured it, NaN where it is to be worked out."""
    cost: Floats
    report: Report


def read_candidates(path: Path, *, datum: str = "wgs84") -> Candidates:
    """Sites with `id`, `lon` and `lat` (or a point as geometry), and `cost` and `capacity` if known.

    Rows that cannot be taken are in the report. Raises LayerError for a file that cannot be read or lacks a column.
    """
    layer = read_layer(path)
    need(layer, ("id",))
    rows = Rows(layer, datum)
    lon, lat = rows.positions()
    cost, capacity = rows.amounts("cost", default=0.0), rows.amounts("capacity", default=np.nan)
    rows.refuse_twice(rows.ids)
    kept = rows.kept()
    read = {"id", "name", "category", "lon", "lat", "datum", "cost", "capacity"}
    report = rows.report(unread(layer, read))
    return Candidates(tuple(rows.ids[row] for row in kept), lon[kept], lat[kept], cost[kept], capacity[kept], report)


def read_proposals(path: Path, *, datum: str = "wgs84") -> Proposals:
    """Links with `id`, `kind`, `from_lon`, `from_lat`, `to_lon`, `to_lat`, and `cost` and `minutes_...` if known.

    `minutes_back` is `minutes_there` where only that is given. Errors as in `read_candidates`.
    """
    layer = read_layer(path)
    need(layer, ("id", "kind", *ENDS))
    rows = Rows(layer, datum)
    begin, end = rows.positions("from_lon", "from_lat"), rows.positions("to_lon", "to_lat")
    kinds = rows.texts("kind")
    for row, kind in enumerate(kinds):
        if kind not in get_args(LinkKind):
            rows.refuse(row, f"the kind '{kind[:40]}' is none of {', '.join(get_args(LinkKind))}")
    cost = rows.amounts("cost", default=0.0)
    there, back = (rows.amounts(name, default=np.nan) for name in MINUTES)
    rows.refuse_twice(rows.ids)
    kept = rows.kept()
    report = rows.report(unread(layer, {"id", "name", "kind", "cost", "datum", *ENDS, *MINUTES}))
    return Proposals(
        ids=tuple(rows.ids[row] for row in kept),
        kind=tuple(kinds[row] for row in kept),  # type: ignore[misc]  # every kept one is of the list
        from_lon=begin[0][kept],
        from_lat=begin[1][kept],
        to_lon=end[0][kept],
        to_lat=end[1][kept],
        minutes_there=there[kept],
        minutes_back=np.where(np.isnan(back), there, back)[kept],
        cost=cost[kept],
        report=report,
    )
