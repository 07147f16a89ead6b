"""A little city with a ledger in memory, into which files are brought."""

import asyncio
import csv
from collections.abc import Sequence
from pathlib import Path

from shancheng.doors.feeds.intake import Wish, bring_in
from shancheng.doors.feeds.summary import Summary
from shancheng.loop.matter import Matter
from shancheng.loop.rules import Rules
from shancheng.loop.sequencer import Sequencer
from shancheng.store.memory import MemoryLedger
from shancheng.wings.governance.desk import Desk

NOW = 1_750_000_000
"""2025-06-15 in UTC."""
MAP = """
source = "hotline"
id = "no"
[times]
created = "opened"
closed = "shut"
forms = ["iso", "%d.%m.%Y"]
[status]
column = "state"
[status.values]
"open" = "doing"
"shut" = "closed"
"new" = "reported"
"double" = { stage = "refused", reason = "settled-already" }
[category]
column = "about"
[category.values]
"lamp" = "lamp"
[place]
code = "town"
digits = 3
name = "town_name"
[text]
template = "{words}"
resolution = "answer"
[agency]
column = "who"
"""
HEADER = "no,opened,shut,state,about,town,town_name,words,answer,who"
SHUT = "7,2024-03-01T09:00,2024-03-04T10:30,shut,lamp,1,,The lamp is dark,Mended,roads"
OPEN = "8,2024-03-01T09:00,,open,lamp,,西镇,The lamp flickers,,water"


def row(**cells: str) -> str:
    """The shut row with other cells."""
    names = HEADER.split(",")
    values = dict(zip(names, SHUT.split(","), strict=True)) | cells
    return ",".join(values[name] for name in names)


class Office:
    """Where files are brought in."""

    def __init__(self, rules: Rules, folder: Path, ledger: MemoryLedger | None = None) -> None:
        self.rules, self.folder = rules, folder
        self.ledger = ledger or MemoryLedger("little")
        self.map_text = MAP
        self.now = NOW

    def file(self, lines: Sequence[str], name: str = "requests.csv", encoding: str = "utf-8") -> Path:
        """A file of these lines."""
        path = self.folder / name
        path.write_bytes(("\n".join(lines) + "\n").encode(encoding))
        return path

    def bring(self, file: Path, ledger: MemoryLedger | None = None) -> Summary:
        """Bring a file in by the map as it stands."""
        return asyncio.run(self._bring(file, ledger or self.ledger))

    def rows(self, *lines: str) -> Summary:
        """Bring these rows in under the usual header."""
        return self.bring(self.file([HEADER, *lines]))

    async def _bring(self, file: Path, ledger: MemoryLedger) -> Summary:
        map_file = self.folder / "map.toml"
        map_file.write_text(self.map_text, encoding="utf-8")
        wish = Wish(file, map_file, self.folder / "refused.csv", self.folder / "checkpoint")
        async with Sequencer(ledger, self.rules) as sequencer:
            desk = Desk(
                reader=ledger, sequencer=sequencer, rules=self.rules, now=lambda: self.now, new_id=lambda: "unused"
            )
            return await bring_in(wish, desk, lambda share, summary: None)

    def refused(self) -> list[dict[str, str]]:
        """The list of refused rows."""
        with (self.folder / "refused.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def reason(self) -> str:
        """The reason of the only refused row."""
        (refused,) = self.refused()
        return f"{refused['code']}: {refused['reason']}"

    def matter(self, number: str) -> Matter:
        """A matter as it stands."""
        return asyncio.run(self.ledger.states([number]))[number]

    def walk(self, number: str) -> list[tuple[str, int]]:
        """Verbs of a matter and when they occurred."""
        return [(move.verb, move.at) for move in self.ledger.lines if move.matter == number]
