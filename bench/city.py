"""The city that governance is measured on: the shipped tree of Chongqing with the categories of the invented city."""

import csv
import datetime as dt
import functools

from shancheng.ground import access, calendar, territory
from shancheng.ground.calendar import Calendars
from shancheng.ground.pack.reader import SHIPPED, load_packs
from shancheng.ground.territory import Territory
from shancheng.loop import kind
from shancheng.loop.dated import by_key
from shancheng.loop.kind import Agency, Category, Duty
from shancheng.loop.routing import DutyList
from shancheng.loop.rules import Rules

TABLES = (*territory.TABLES, *calendar.TABLES, *kind.TABLES, *access.TABLES)
DAY = dt.date(2026, 9, 1)
AGENCY = "works"


@functools.cache
def categories() -> tuple[Category, ...]:
    """The invented city's categories."""
    path = SHIPPED / "weicheng" / "making" / "categories.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(
            Category(
                key=row["key"],
                parent=row["parent"],
                name_zh=row["name_zh"],
                name_en=row["name_en"],
                kind="request",
                source="benchmark",
            )
            for row in csv.DictReader(file)
        )


@functools.cache
def leaves() -> tuple[str, ...]:
    """Categories that no other is under, in order of their key."""
    above = {category.parent for category in categories()}
    return tuple(sorted(category.key for category in categories() if category.key not in above))


@functools.cache
def chongqing() -> Rules:
    """Rules over 1 city, 37 districts, 1,031 towns and their communities; one agency answers for everything."""
    packs = load_packs([SHIPPED / "cn-chongqing"], TABLES, [SHIPPED])
    land = Territory.of(packs)
    calendars = Calendars.of(packs, packs.city.time_zone)
    rules = Rules.of(packs, land, calendars, on=DAY, tree="official")
    root = rules.places.ids[0]
    code = rules.places.node(int(root)).code
    agency = Agency(key=AGENCY, name_zh="市政", name_en="works", place=code, source="benchmark")
    duty = Duty(key="all", place=code, lead=AGENCY, source="benchmark")
    rules.categories.update(by_key(categories(), rules.zone))  # type: ignore[attr-defined]
    rules.agencies.update({AGENCY: agency})  # type: ignore[attr-defined]
    object.__setattr__(
        rules, "duties", DutyList([duty], place_of=lambda _: int(root), zone=rules.zone, calendars=calendars)
    )
    return rules
