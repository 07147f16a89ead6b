"""The open figures: counts for anybody, by place and by what it is about, to look at and to take along."""

import csv
import io
import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from starlette.responses import Response

from shancheng.doors.web.ask import Ask
from shancheng.doors.web.errors import Turned
from shancheng.doors.web.language import N_
from shancheng.doors.web.maps import map_of
from shancheng.doors.web.page import finished, go, page
from shancheng.doors.web.start import counts_of
from shancheng.wings.governance.desk import OpenCounts, OpenRow

COORDINATE_DIGITS = 5
BOM = "\ufeff"
"""Without it a widespread spreadsheet reads Chinese as something else."""


async def city(ask: Ask) -> Response:
    """GET /figures"""
    return go(ask, ask.to(f"/figures/{ask.site.root}"))


async def place(ask: Ask) -> Response:
    """GET /figures/{place}"""
    counts = await counts_of(ask, _place(ask))
    drawn = map_of(ask, {row.place: row.open for row in counts.children if row.place}, ask.to("/figures"))
    chain = ask.rules.places.chain(counts.place.place)
    return page(ask, "figures.html", counts=counts, map=drawn, chain=chain)


async def download(ask: Ask) -> Response:
    """GET /figures/{place}/{file}"""
    counts, file = await counts_of(ask, _place(ask)), ask.path("file")
    makers = {"places.csv": _places, "categories.csv": _categories, "places.geojson": _geojson}
    if file not in makers:
        raise Turned(404, N_("There is no such page"), N_("Check the address, or begin at the start page."))
    body, type_ = makers[file](ask, counts)
    name = f"{ask.rules.packs.city.key}-{counts.place.place}-{file}"
    headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-cache"}
    return finished(ask, Response(body, media_type=type_, headers=headers))


def _place(ask: Ask) -> int:
    return int(ask.request.path_params["place"])


def _places(ask: Ask, counts: OpenCounts) -> tuple[bytes, str]:
    tree = ask.rules.places
    rows = [
        (*_named(row), tree.node(row.place).code if row.place else "", row.open, row.closed, row.late)
        for row in (*counts.children, counts.place)
    ]
    return _csv(ask, counts, ("name_zh", "name_en", "code", "open", "closed", "late"), rows)


def _categories(ask: Ask, counts: OpenCounts) -> tuple[bytes, str]:
    rows = [(*_named(row), row.category, row.open, row.closed) for row in counts.categories]
    return _csv(ask, counts, ("name_zh", "name_en", "category", "open", "closed"), rows)


def _named(row: OpenRow) -> tuple[str, str]:
    return row.name_zh or "(other)", row.name_en or "(other)"


def _csv(ask: Ask, counts: OpenCounts, header: Sequence[str], rows: Sequence[Sequence[Any]]) -> tuple[bytes, str]:
    """A table with its instant in every row; what is not told is an empty cell."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([*header, "as_of", "invented"])
    for row in rows:
        cells = ["" if cell is None else cell for cell in row]
        writer.writerow([*cells, ask.tongue.iso(counts.at), str(ask.site.invented).lower()])
    return (BOM + out.getvalue()).encode(), "text/csv; charset=utf-8"


def _geojson(ask: Ask, counts: OpenCounts) -> tuple[bytes, str]:
    tree = ask.rules.places
    rows = {row.place: row for row in counts.children if row.place}
    shapes: dict[int, shapely.Geometry] = {}
    for level in {tree.node(place).level for place in rows}:
        known, found = tree.shapes.on(level, np.array(list(rows), np.int64), tree.last_day)
        shapes |= dict(zip(map(int, known), found, strict=True))
    features = [_feature(ask, row, shapes.get(place)) for place, row in rows.items()]
    told = {
        "type": "FeatureCollection",
        "as_of": ask.tongue.iso(counts.at),
        "invented": ask.site.invented,
        "not_told": f"counts from 1 to {counts.floor - 1} are null",
        "features": features,
    }
    return json.dumps(told, ensure_ascii=False).encode(), "application/geo+json"


def _feature(ask: Ask, row: OpenRow, shape: shapely.Geometry | None) -> dict[str, Any]:
    grid = shapely.set_precision(shape, 10**-COORDINATE_DIGITS) if shape is not None else None
    return {
        "type": "Feature",
        "id": row.place,
        "geometry": shapely.geometry.mapping(grid) if grid is not None else None,
        "properties": {
            "name_zh": row.name_zh,
            "name_en": row.name_en,
            "code": ask.rules.places.node(row.place).code,
            "open": row.open,
            "closed": row.closed,
            "late": row.late,
        },
    }
