"""The hand-written tables an invented city is made from; they lie in the shipped folder of its pack."""

import csv
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

MAKING = Path(__file__).resolve().parents[2] / "packs" / "weicheng" / "making"
SOURCE = "invented"
FIRST_DAY = "2010-01-01"
"""All records of the invented city hold from this day on."""


class AgencyPattern(msgspec.Struct, frozen=True):
    """An agency that every place of a level has."""

    key: str
    level: int
    name_zh: str
    name_en: str


class Theme(msgspec.Struct, frozen=True):
    """A category: how often it is reported, where and when, and who answers for it at each level."""

    key: str
    parent: str
    name_zh: str
    name_en: str
    kind: str
    severity: int
    holder_level: int
    resident: float
    patrol: float
    sensor: float
    spread: str
    """`people`: by residents; `land`: by grid; `mixed`: by the root of residents; `riverside`: only by the river."""
    riverside: float
    hillside: float
    exclusive: float
    storm: bool
    burst: float
    curve: str
    city: str
    district: str
    town: str
    community: str
    supports: str
    night: str


class Phrase(msgspec.Struct, frozen=True):
    """One way to report a category, in both languages."""

    category: str
    zh: str
    en: str


@cache
def agency_patterns() -> tuple[AgencyPattern, ...]:
    """All patterns of agencies, in the order of the table."""
    return tuple(AgencyPattern(r["key"], int(r["level"]), r["name_zh"], r["name_en"]) for r in _rows("agencies"))


@cache
def all_themes() -> tuple[Theme, ...]:
    """Categories with their parents, in the order of the table."""
    return tuple(_theme(row) for row in _rows("categories"))


@cache
def themes() -> tuple[Theme, ...]:
    """Categories that matters can have: those with a parent."""
    return tuple(theme for theme in all_themes() if theme.parent)


@cache
def phrases() -> dict[str, tuple[Phrase, ...]]:
    """Ways to report, by category."""
    every = [Phrase(row["category"], row["zh"], row["en"]) for row in _rows("phrases")]
    return {theme.key: tuple(phrase for phrase in every if phrase.category == theme.key) for theme in themes()}


@cache
def table(name: str) -> dict[str, Any]:
    """A table written in TOML."""
    return tomllib.loads((MAKING / f"{name}.toml").read_text(encoding="utf-8"))


def _rows(name: str) -> list[dict[str, str]]:
    with (MAKING / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _theme(row: dict[str, str]) -> Theme:
    numbers = {name: float(row[name] or 0) for name in ("resident", "patrol", "sensor", "burst")}
    factors = {name: float(row[name] or 1) for name in ("riverside", "hillside", "exclusive")}
    whole = {name: int(row[name]) for name in ("severity", "holder_level")}
    return Theme(**{**row, **numbers, **factors, **whole, "storm": row["storm"] == "yes"})  # type: ignore[arg-type]
