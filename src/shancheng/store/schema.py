"""The tables of a ledger: what is true (moves, keys) and what is worked out from it (everything else)."""

import msgspec

from shancheng.loop.errors import Stopped
from shancheng.loop.ledger import Row
from shancheng.loop.matter import STAGES
from shancheng.loop.move import Move
from shancheng.store.cursor import LAST

VERSION = 2
"""Of the tables below. The moves are the same in every version; everything else is rebuilt on an upgrade."""
MOVE_COLUMNS = tuple(Move.__struct_fields__)
ROW_COLUMNS = tuple({"left": "place_left"}.get(name, name) for name in Row.__struct_fields__)
STAGE_COLUMNS = tuple(stage.value for stage in STAGES)
DERIVED = ("matters", "counters", "parties", "words", "words_seen")
"""Tables that `rebuild` fills again from the moves."""

_SQLITE_TYPES = {"int": "INTEGER", "str": "TEXT", "bytes": "BLOB", "bool": "INTEGER"}
_POSTGRES_TYPES = {"int": "bigint", "str": 'text COLLATE "C"', "bytes": "bytea", "bool": "boolean"}


def check_version(version: int, where: str) -> None:
    """Only tables of this version are read and written; the writer upgrades older ones. Raises Stopped."""
    if version > VERSION:
        raise Stopped(
            f"The ledger {where} was written by a newer Shancheng (its tables are of version {version}, here they are "
            f"of {VERSION}); upgrade Shancheng."
        )
    if version < VERSION:
        raise Stopped(
            f"The ledger {where} has tables of version {version}, here they are {VERSION}; "
            "run `shancheng ledger rebuild` on it once."
        )


def _columns(record: type[msgspec.Struct], names: tuple[str, ...], types: dict[str, str]) -> str:
    lines = []
    for name, field in zip(names, msgspec.structs.fields(record), strict=True):
        text = field.type.__name__ if isinstance(field.type, type) else str(field.type)
        plain = text.replace(" | None", "")
        lines.append(f"{name} {types[plain]}" + ("" if text != plain else " NOT NULL"))
    return ",\n  ".join(lines)


def _stages(kind: str) -> str:
    return ",\n  ".join(f"{stage} {kind} NOT NULL" for stage in STAGE_COLUMNS)


SQLITE = f"""
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE head (lane TEXT PRIMARY KEY, seq INTEGER NOT NULL, hash BLOB NOT NULL, epoch INTEGER NOT NULL)
  STRICT, WITHOUT ROWID;
CREATE TABLE moves (
  {_columns(Move, MOVE_COLUMNS, _SQLITE_TYPES)},
  PRIMARY KEY (lane, seq)) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX moves_matter ON moves (matter, matter_seq);
CREATE UNIQUE INDEX moves_idem ON moves (idem, lane) WHERE idem IS NOT NULL;
CREATE TABLE keys (reporter TEXT NOT NULL, wrapped BLOB NOT NULL, PRIMARY KEY (reporter, wrapped))
  STRICT, WITHOUT ROWID;
""".strip()
SQLITE_DERIVED = f"""
CREATE TABLE matters (
  number INTEGER PRIMARY KEY,
  {_columns(Row, ROW_COLUMNS, _SQLITE_TYPES)}) STRICT;
CREATE UNIQUE INDEX matters_matter ON matters (matter);
CREATE INDEX matters_due ON matters (due, matter, place_left) WHERE due < {LAST};
CREATE INDEX matters_idle ON matters (matter, place_left) WHERE is_open = 1 AND due = {LAST};
CREATE INDEX matters_opened ON matters (opened, matter, place_left);
CREATE INDEX matters_place ON matters (place_left, opened);
CREATE INDEX matters_wake ON matters (wake, matter) WHERE wake > 0;
CREATE VIEW duties AS SELECT matter, wake AS at FROM matters WHERE wake > 0;
CREATE TABLE counters (
  cell INTEGER NOT NULL,
  category TEXT NOT NULL,
  {_stages("INTEGER")},
  PRIMARY KEY (cell, category)) STRICT, WITHOUT ROWID;
CREATE TABLE parties (party TEXT NOT NULL, matter TEXT NOT NULL, PRIMARY KEY (party, matter)) STRICT, WITHOUT ROWID;
CREATE VIRTUAL TABLE words USING fts5 (tokens, content = '', contentless_delete = 1, detail = none);
CREATE TABLE words_seen (lane TEXT PRIMARY KEY, seq INTEGER NOT NULL) STRICT, WITHOUT ROWID;
""".strip()

POSTGRES = f"""
CREATE TABLE IF NOT EXISTS meta (key text PRIMARY KEY, value text NOT NULL);
CREATE TABLE IF NOT EXISTS head (lane text PRIMARY KEY, seq bigint NOT NULL, hash bytea NOT NULL, epoch bigint NOT NULL)
  WITH (fillfactor = 50);
CREATE TABLE IF NOT EXISTS moves (
  {_columns(Move, MOVE_COLUMNS, _POSTGRES_TYPES)},
  PRIMARY KEY (lane, seq));
CREATE UNIQUE INDEX IF NOT EXISTS moves_matter ON moves (matter, matter_seq);
CREATE UNIQUE INDEX IF NOT EXISTS moves_idem ON moves (idem, lane) WHERE idem IS NOT NULL;
CREATE TABLE IF NOT EXISTS keys (reporter text NOT NULL, wrapped bytea NOT NULL, PRIMARY KEY (reporter, wrapped));
""".strip()
POSTGRES_DERIVED = f"""
CREATE TABLE matters (
  {_columns(Row, ROW_COLUMNS, _POSTGRES_TYPES)},
  PRIMARY KEY (matter)) WITH (fillfactor = 70);
CREATE INDEX matters_due ON matters (due, matter, place_left);
CREATE INDEX matters_opened ON matters (opened, matter, place_left);
CREATE INDEX matters_place ON matters (place_left, opened);
CREATE INDEX matters_wake ON matters (wake, matter) WHERE wake > 0;
CREATE VIEW duties AS SELECT matter, wake AS at FROM matters WHERE wake > 0;
CREATE TABLE counters (
  cell bigint NOT NULL,
  category text COLLATE "C" NOT NULL,
  {_stages("bigint")},
  PRIMARY KEY (cell, category)) WITH (fillfactor = 50);
CREATE TABLE parties (
  party text COLLATE "C" NOT NULL,
  matter text COLLATE "C" NOT NULL,
  PRIMARY KEY (party, matter));
CREATE TABLE words (matter text COLLATE "C" PRIMARY KEY, tokens text[] NOT NULL);
CREATE INDEX words_tokens ON words USING gin (tokens);
CREATE TABLE words_seen (lane text PRIMARY KEY, seq bigint NOT NULL);
""".strip()
DROP_DERIVED = "DROP VIEW IF EXISTS duties;" + "".join(f"DROP TABLE IF EXISTS {table};" for table in DERIVED)
