"""A map of walking minutes as a picture, or as one page that needs nothing from outside."""

from __future__ import annotations

import base64
import html
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from shancheng.doors.cli.layers import LayerError

Numbers = np.ndarray[Any, np.dtype[np.float64]]
WIDTH, MARGIN = 1600, 40
PAPER, STREET, STAIRS, FACILITY = "#ffffff", "#aaa69d", "#8a6d9b", "#101418"
STEPS: tuple[tuple[float, str, str], ...] = (
    (5, "#1a6fb0", "up to 5 min"),
    (10, "#5aa7d6", "5 to 10 min"),
    (15, "#f2b134", "10 to 15 min"),
    (30, "#d9622b", "15 to 30 min"),
    (math.inf, "#8c1c13", "longer, or no way"),
)
"""Upper end in minutes, colour and words of each class; told apart by lightness too."""


@dataclass(frozen=True)
class Drawing:
    """What is drawn: streets below, homes coloured by their minutes, facilities on top. Degrees WGS-84."""

    title: str
    lines: Sequence[Numbers]
    """Streets, each float[points, 2] of longitude and latitude."""
    stairs: Sequence[Numbers]
    homes: Numbers
    """(h, 2)"""
    minutes: Numbers
    """(h,), NaN where there is no way"""
    people: Numbers
    """(h,)"""
    facilities: Numbers
    """(f, 2)"""
    facts: Sequence[str]
    """Walker, direction, day and sources: sentences under the title."""
    tables: Mapping[str, Sequence[Sequence[str]]]
    """Tables by title, the first row being the head; shown on the page only."""


def draw(drawing: Drawing, path: Path) -> None:
    """Write the map as .png or .html; raises LayerError for another ending."""
    if path.suffix.lower() not in (".png", ".html"):
        raise LayerError(f"{path}: a map ends in .png or .html, not '{path.suffix}'.")
    path.parent.mkdir(parents=True, exist_ok=True)
    picture = _picture(drawing)
    if path.suffix.lower() == ".png":
        picture.save(path, optimize=True)
        return
    path.write_text(_page(drawing, picture), encoding="utf-8")


@dataclass(frozen=True)
class _Frame:
    """Where a longitude and latitude lie on the paper."""

    west: float
    north: float
    across: float
    down: float
    size: tuple[int, int]

    @classmethod
    def of(cls, drawing: Drawing) -> _Frame:
        shown = np.concatenate([drawing.homes, drawing.facilities, *drawing.lines[:200_000]])
        shown = shown[np.isfinite(shown).all(axis=1)]
        if not len(shown):
            raise LayerError("There is nothing to draw: no street, no home and no facility has a place.")
        west, south = shown.min(axis=0)
        east, north = shown.max(axis=0)
        stretch = math.cos(math.radians((south + north) / 2))
        across = (WIDTH - 2 * MARGIN) / max((east - west), (north - south) * 0.7 / stretch, 1e-6)
        down = across / stretch
        return cls(west, north, across, down, (WIDTH, int((north - south) * down) + 2 * MARGIN))

    def __call__(self, points: Numbers) -> list[tuple[float, float]]:
        x = MARGIN + (points[:, 0] - self.west) * self.across
        y = MARGIN + (self.north - points[:, 1]) * self.down
        return list(zip(x.tolist(), y.tolist(), strict=True))


def _picture(drawing: Drawing) -> Image.Image:
    frame = _Frame.of(drawing)
    picture = Image.new("RGB", frame.size, PAPER)
    pen = ImageDraw.Draw(picture)
    for lines, colour, width in ((drawing.lines, STREET, 1), (drawing.stairs, STAIRS, 3)):
        for line in lines:
            pen.line(frame(line), fill=colour, width=width)
    _draw_homes(pen, frame, drawing)
    for x, y in frame(drawing.facilities):
        pen.polygon([(x, y - 7), (x + 7, y), (x, y + 7), (x - 7, y)], fill=FACILITY, outline=PAPER)
    _draw_legend(pen, frame.size)
    return picture


def _draw_homes(pen: ImageDraw.ImageDraw, frame: _Frame, drawing: Drawing) -> None:
    """Those who walk longest are drawn last, so that they are not hidden by their neighbours."""
    minutes = np.where(np.isnan(drawing.minutes), np.inf, drawing.minutes)
    most = max(float(drawing.people.max(initial=1.0)), 1.0)
    places = frame(drawing.homes)
    for home in np.argsort(minutes, kind="stable").tolist():
        x, y = places[home]
        radius = 2.0 + 5.0 * math.sqrt(max(float(drawing.people[home]), 0.0) / most)
        pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=_colour(float(minutes[home])))


def _colour(minutes: float) -> str:
    return next(colour for end, colour, _ in STEPS if minutes <= end)


def _draw_legend(pen: ImageDraw.ImageDraw, size: tuple[int, int]) -> None:
    for row, (_, colour, words) in enumerate(STEPS):
        top = size[1] - MARGIN - 22 * (len(STEPS) - row)
        pen.rectangle((12, top, 28, top + 16), fill=colour)
        pen.text((36, top + 2), words, fill=FACILITY)


def _page(drawing: Drawing, picture: Image.Image) -> str:
    kept = io.BytesIO()
    picture.save(kept, "PNG", optimize=True)
    source = base64.b64encode(kept.getvalue()).decode()
    facts = "".join(f"<p>{html.escape(fact)}</p>" for fact in drawing.facts)
    tables = "".join(_table(title, rows) for title, rows in drawing.tables.items())
    title = html.escape(drawing.title)
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width">'
        "<style>body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:76rem;padding:0 1rem}"
        "img{width:100%;border:1px solid #ccc}table{border-collapse:collapse;margin:1rem 0}"
        "th,td{padding:.25rem .75rem;border-bottom:1px solid #ddd;text-align:right}"
        "th:first-child,td:first-child{text-align:left}</style>"
        f'<h1>{title}</h1>{facts}<img alt="Map: homes coloured by walking minutes; the tables below say the same in '
        f'figures" src="data:image/png;base64,{source}">{tables}</html>\n'
    )


def _table(title: str, rows: Sequence[Sequence[str]]) -> str:
    head, *body = rows
    first = "".join(f'<th scope="col">{html.escape(cell)}</th>' for cell in head)
    rest = "".join("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in body)
    return f"<h2>{html.escape(title)}</h2><table><thead><tr>{first}</tr></thead><tbody>{rest}</tbody></table>"
