"""A small city to tell stories in: two districts, four towns, eight communities; the real base packs over it."""

import datetime as dt
import itertools
from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

from shancheng.ground import access, calendar, territory
from shancheng.ground.access import Actor
from shancheng.ground.calendar import Calendars
from shancheng.ground.pack import Table
from shancheng.ground.pack.reader import load_packs
from shancheng.ground.territory import Territory
from shancheng.loop import kind
from shancheng.loop.act import AnyAct, Evidence, Report
from shancheng.loop.decide import decide
from shancheng.loop.ledger import Command, Refusal, Step
from shancheng.loop.matter import Matter
from shancheng.loop.rules import Rules

PACKS = Path(__file__).resolve().parents[2] / "src" / "shancheng" / "packs"
TABLES = (*territory.TABLES, *calendar.TABLES, *kind.TABLES, *access.TABLES)
ZONE = ZoneInfo("Asia/Shanghai")
CITY, EAST, WEST = 1, 2, 3
QUAY, HILL, MILL, GATE = 4, 5, 6, 7
"""Towns: the first two in the east, the others in the west."""

CITY_TOML = """
key = "tiny"
name = { zh = "小城", en = "Tiny" }
needs = ["base", "cn"]
languages = ["zh", "en"]
time_zone = "Asia/Shanghai"
scheme = "tiny"
cell_level = 3
source = "invented"
levels = [
  { level = 1, key = "city", name = { zh = "市", en = "city" } },
  { level = 2, key = "district", name = { zh = "区", en = "district" } },
  { level = 3, key = "town", name = { zh = "镇", en = "town" } },
  { level = 4, key = "community", name = { zh = "社区", en = "community" } },
]
"""
PLACES = [
    (CITY, 1, "", "小城", "C"),
    (EAST, 2, CITY, "东区", "E"),
    (WEST, 2, CITY, "西区", "W"),
    (QUAY, 3, EAST, "码头镇", "EQ"),
    (HILL, 3, EAST, "山头镇", "EH"),
    (MILL, 3, WEST, "磨坊镇", "WM"),
    (GATE, 3, WEST, "城门镇", "WG"),
    *((8 + n, 4, QUAY + n // 2, f"第{n + 1}社区", f"N{n}") for n in range(8)),
]
AGENCIES = [("water", "C"), ("roads", "C"), ("parks", "C"), ("quay-office", "EQ"), ("night-team", "C")]
CATEGORIES = [
    ("streets", "", "request", 4, 3),
    ("leak", "streets", "request", 3, 3),
    ("lamp", "streets", "request", 4, 3),
    ("flood", "", "incident", 2, 2),
    ("slope", "", "hazard", 3, 3),
    ("noise", "", "dispute", 4, 3),
    ("report-card", "", "task", 4, 2),
]
DUTIES = [
    ("all", "*", "C", "always", "roads", ""),
    ("all-night", "*", "C", "!work", "night-team", ""),
    ("streets", "streets", "C", "always", "roads", ""),
    ("leak", "leak", "C", "always", "water", "roads"),
    ("leak-quay", "leak", "EQ", "always", "quay-office", "water"),
]


def write_city(folder: Path) -> Path:
    """The pack's folder, written out."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "city.toml").write_text(CITY_TOML, encoding="utf-8")
    _table(folder, "places", "id,level,parent,name,code,from,source", [(*place, "2000-01-01") for place in PLACES])
    _table(folder, "agencies", "key,name_zh,name_en,place,source", [(key, key, key, place) for key, place in AGENCIES])
    header = "key,parent,name_zh,name_en,kind,severity,holder_level,source"
    _table(folder, "categories", header, [(key, parent, key, key, *rest) for key, parent, *rest in CATEGORIES])
    _table(folder, "duties", "key,category,place,hours,lead,supports,source", DUTIES)
    return folder


def _table(folder: Path, name: str, header: str, rows: list[tuple[object, ...]]) -> None:
    lines = [header, *(",".join([*map(str, row), "invented"]) for row in rows)]
    (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def rules_of(folder: Path, on: dt.date = dt.date(2025, 1, 1), more: tuple[Table, ...] = ()) -> Rules:
    """The rules of the small city; `more` are tables that a wing reads beside those of the loop."""
    packs = load_packs([write_city(folder)], (*TABLES, *more), [PACKS])
    zone = packs.city.time_zone
    return Rules.of(packs, Territory.of(packs), Calendars.of(packs, zone), on=on, tree="official")


def at(text: str) -> int:
    """Local time of the small city as seconds UTC: `2025-09-28 16:10`."""
    return int(dt.datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=ZONE).timestamp())


RESIDENT = Actor("r-1", "resident")
OPERATOR = Actor("o-quay", "operator", centre=QUAY, places=(QUAY,))
OTHER_OPERATOR = Actor("o-quay-2", "operator", centre=QUAY, places=(QUAY,))
DISTRICT = Actor("o-east", "operator", centre=EAST, places=(EAST,))
LEADER = Actor("l-city", "leader", centre=CITY)
SUPERVISOR = Actor("s-city", "supervisor", centre=CITY)
ENGINE = Actor("engine", "system")
PHOTO = (Evidence("photo", "photo-1"), Evidence("visit", "visit-1"))


def handler(agency: str, name: str = "") -> Actor:
    """Somebody who works for an agency."""
    return Actor(name or f"h-{agency}", "handler", agency=agency)


def leak(**other: object) -> Report:
    """A report of a leak in the first community of the quay."""
    fields: dict[str, object] = {
        "kind": "request",
        "category": "leak",
        "text": "水管漏水",
        "place": 8,
        "reporter": "r-1",
    }
    return Report(**{**fields, **other})  # type: ignore[arg-type]


class Story:
    """Commands told one after the other; each is decided on the state that the ones before have left."""

    def __init__(self, rules: Rules, start: str = "2025-09-28 16:10") -> None:
        self.rules = rules
        self.now = at(start)
        self.matters: dict[str, Matter] = {}
        self.steps: list[Step] = []
        self._numbers = (f"m{number}" for number in itertools.count(1))

    def later(self, *, minutes: int = 0, hours: int = 0, days: int = 0) -> "Story":
        """Time passes."""
        self.now += minutes * 60 + hours * 3600 + days * 86_400
        return self

    def report(self, act: Report | None = None, by: Actor = RESIDENT) -> str:
        """A matter is reported; its number."""
        number = next(self._numbers)
        self.tell(number, act or leak(), by)
        return number

    def tell(self, matter: str, act: AnyAct, by: Actor) -> Matter:
        """The act is done and must not be refused; the matter after it."""
        refusal = self.try_(matter, act, by)
        assert refusal is None, refusal
        return self.matters[matter]

    def try_(self, matter: str, act: AnyAct, by: Actor, **other: int) -> Refusal | None:
        """The act is done, or the refusal."""
        command = Command(act=act, matter=matter, by=by, at=other.pop("at", self.now), now=self.now, **other)  # type: ignore[arg-type]
        outcome = decide(self.matters, command, self.rules)
        if isinstance(outcome, Refusal):
            return outcome
        self.steps += outcome
        self.matters.update((step.matter, step.after) for step in outcome)
        return None


Teller = Callable[[], Story]
