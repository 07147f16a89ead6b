"""What an SQLite ledger keeps beside the append: the search's words, and depth-first numbers after a reform."""

from collections.abc import Callable
from typing import Any

import apsw

from shancheng.loop.ledger import STATE
from shancheng.store.words import tokens_of

_CONFIDENTIAL = '"confidential":true'
"""A move that makes a matter confidential holds this, and so do harmless others."""


def index_words(db: apsw.Connection, limit: int) -> int:
    """Take the words of up to `limit` more moves of every lane; how many moves were passed."""
    passed = 0
    seen: dict[Any, Any] = dict(db.execute("SELECT lane, seq FROM words_seen"))
    heads: list[Any] = db.execute("SELECT lane, seq FROM head").fetchall()
    for lane, end in heads:
        start = seen.get(lane, 0)
        until = min(end, start + limit)
        _index(db, lane, start, until)
        db.execute("INSERT INTO words_seen VALUES (?, ?) ON CONFLICT DO UPDATE SET seq = excluded.seq", (lane, until))
        passed += until - start
    return passed


def _index(db: apsw.Connection, lane: str, start: int, until: int) -> None:
    found = db.execute(
        "SELECT m.number, m.confidential, m.state FROM moves v JOIN matters m ON m.matter = v.matter "
        "WHERE v.lane = ? AND v.seq > ? AND v.seq <= ? AND (v.matter_seq = 1 OR instr(v.payload, CAST(? AS BLOB)))",
        (lane, start, until, _CONFIDENTIAL),
    )
    rows: list[Any] = found.fetchall()
    hidden = [(number,) for number, confidential, _ in rows if confidential]
    shown = [(number, " ".join(tokens_of(STATE.decode(state)))) for number, hide, state in rows if not hide]
    db.executemany("DELETE FROM words WHERE rowid = ?", hidden)
    db.executemany("REPLACE INTO words (rowid, tokens) VALUES (?, ?)", shown)


def renumber(db: apsw.Connection, left_of: Callable[[int], int]) -> int:
    """Give every matter the depth-first number that its place has now; how many changed."""
    places = [place for (place,) in db.execute("SELECT DISTINCT place FROM matters").fetchall()]
    db.execute("CREATE TEMP TABLE IF NOT EXISTS numbering (place INTEGER PRIMARY KEY, place_left INTEGER NOT NULL)")
    db.execute("DELETE FROM temp.numbering")
    db.executemany("INSERT INTO temp.numbering VALUES (?, ?)", [(place, left_of(int(place or 0))) for place in places])
    db.execute(
        "UPDATE matters SET place_left = n.place_left FROM temp.numbering n "
        "WHERE n.place = matters.place AND n.place_left <> matters.place_left"
    )
    changed: int = db.changes()
    return changed
