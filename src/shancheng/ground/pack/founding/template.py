"""What a new pack starts with beside its places: agencies, categories, duties and office hours to be replaced."""

import csv
import io
import json
from collections.abc import Iterable, Sequence
from typing import Any

SOURCE = "template of pack init; to be replaced"
LEVELS = (
    ("city", "市", "city"),
    ("district", "区", "district"),
    ("town", "镇街", "town"),
    ("community", "社区", "community"),
    ("grid", "网格", "grid"),
)
AGENCIES = (
    ("desk", "城市治理中心", "City centre"),
    ("works", "市政设施部门", "Public works"),
    ("environment", "环境卫生部门", "Environment and cleansing"),
    ("traffic", "交通管理部门", "Traffic"),
    ("safety", "应急管理部门", "Emergency management"),
    ("justice", "调解工作室", "Mediation office"),
)
CATEGORIES = (
    ("road-surface", "道路破损", "Damaged road", "request", 4, "works", 0.14),
    ("street-light", "路灯故障", "Street light out", "request", 4, "works", 0.10),
    ("water-supply", "供水问题", "Water supply", "request", 3, "works", 0.08),
    ("waste", "垃圾清运", "Waste not collected", "request", 4, "environment", 0.16),
    ("noise", "噪声扰民", "Noise", "request", 4, "environment", 0.12),
    ("parking", "违规停车", "Parking", "request", 4, "traffic", 0.14),
    ("other", "其他诉求", "Other request", "request", 4, "", 0.12),
    ("flooding", "积水内涝", "Flooding", "incident", 3, "safety", 0.03),
    ("fire", "火情", "Fire", "incident", 2, "safety", 0.02),
    ("slope", "边坡隐患", "Unstable slope", "hazard", 3, "safety", 0.02),
    ("fire-exit", "消防通道堵塞", "Blocked fire exit", "hazard", 3, "safety", 0.03),
    ("neighbours", "邻里纠纷", "Neighbours' dispute", "dispute", 4, "justice", 0.03),
    ("programme", "重点任务", "Task of a programme", "task", 4, "desk", 0.01),
)
CALENDAR = """# Office hours of the city: Monday first, an empty list is a day off.
# Public holidays go into days.csv (table,day,kind,name,source) and the years they are known for into years.csv
# (table,year,source); then name the table here: holidays = "..."

[[record]]
key = "work"
name = { zh = "工作时间", en = "office hours" }
week = [
  ["09:00", "12:00", "13:00", "18:00"],
  ["09:00", "12:00", "13:00", "18:00"],
  ["09:00", "12:00", "13:00", "18:00"],
  ["09:00", "12:00", "13:00", "18:00"],
  ["09:00", "12:00", "13:00", "18:00"],
  [],
  [],
]
source = "%s"
"""


def csv_text(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A CSV table as text."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()


def toml_value(value: Any) -> str:
    """A text, number, list or flat mapping as TOML writes it."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {toml_value(inside)}" for key, inside in value.items()) + " }"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(toml_value(part) for part in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def agencies_text(root: str, districts: Sequence[tuple[str, str]]) -> str:
    """The city's agencies, and an office for each of the (code, name) below it."""
    rows = [(key, zh, en, root, SOURCE) for key, zh, en in AGENCIES]
    rows += [(f"office-{code}", f"{name}办公室", f"{name} office", code, SOURCE) for code, name in districts]
    return csv_text(("key", "name_zh", "name_en", "place", "source"), rows)


def categories_text(holder_level: int) -> str:
    """What matters are about, held first by centres of one level."""
    header = ("key", "name_zh", "name_en", "kind", "severity", "holder_level", "share", "source")
    rows = (
        (key, zh, en, kind, grade, holder_level, share, SOURCE) for key, zh, en, kind, grade, _, share in CATEGORIES
    )
    return csv_text(header, rows)


def duties_text(root: str, districts: Sequence[tuple[str, str]]) -> str:
    """Who answers for what: one agency a category, offices for other requests, the desk for anything."""
    rows = [("anything", "*", root, "desk", SOURCE)]
    rows += [(key, key, root, lead, SOURCE) for key, *_, lead, _ in CATEGORIES if lead]
    rows += [(f"other-{code}", "other", code, f"office-{code}", SOURCE) for code, _ in districts]
    return csv_text(("key", "category", "place", "lead", "source"), rows)


def calendar_text() -> str:
    """Office hours without holidays."""
    return CALENDAR % SOURCE
