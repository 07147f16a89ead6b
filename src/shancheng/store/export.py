"""The moves of a ledger as a file for others: lines of JSON, or Parquet."""

import base64
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec

from shancheng.loop.errors import Stopped
from shancheng.loop.move import Move
from shancheng.store import schema
from shancheng.store.refold import Progress, silent
from shancheng.store.verify import Lines

Format = Literal["jsonl", "parquet"]
_TEXTS = ("lane", "matter", "verb", "actor", "role", "idem")


class Line(msgspec.Struct, frozen=True, omit_defaults=True):
    """A move as it stands in an export: payload as JSON, bytes as text."""

    lane: str
    seq: int
    matter: str
    matter_seq: int
    verb: str
    actor: str
    role: str
    centre: int
    epoch: int
    place: int
    at: int
    recorded: int
    mark: int
    payload: msgspec.Raw
    hash: str
    """Hexadecimal."""
    idem: str | None = None
    sealed: str | None = None
    """Base64; still sealed."""


def line_of(move: Move) -> Line:
    """A move as a line."""
    plain = {name: getattr(move, name) for name in schema.MOVE_COLUMNS if name not in ("payload", "sealed", "hash")}
    sealed = None if move.sealed is None else base64.b64encode(move.sealed).decode()
    return Line(**plain, payload=msgspec.Raw(move.payload), hash=move.hash.hex(), sealed=sealed)


async def export(ledger: Lines, to: Path, form: Format, *, lane: str = "", progress: Progress = silent) -> int:
    """Write every move of every lane (or of one) into a new file; how many."""
    if to.exists():
        raise Stopped(f"{to} is there already; name another file, or move it away.")
    heads = {name: head for name, head in (await ledger.heads()).items() if lane in ("", name)}
    if lane and lane not in heads:
        raise Stopped(f"There is no lane {lane}; there are: {', '.join(sorted(await ledger.heads())) or 'none'}.")
    whole = sum(head.seq for head in heads.values())
    part = to.with_name(to.name + ".part")
    done = 0
    with _Lines(part) if form == "jsonl" else _Parquet(part) as sink:
        for name, head in sorted(heads.items()):
            async for moves in ledger.moves(name, 0, head.seq):
                sink.take(moves)
                done += len(moves)
                progress(done, whole)
    part.replace(to)
    return done


class _Lines:
    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")

    def take(self, moves: Sequence[Move]) -> None:
        self._file.write(msgspec.json.Encoder().encode_lines([line_of(move) for move in moves]))

    def __enter__(self) -> "_Lines":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()


class _Parquet:
    def __init__(self, path: Path) -> None:
        import pyarrow as pa
        from pyarrow import parquet

        text, number, data = pa.string(), pa.int64(), pa.binary()
        kinds = {"payload": text, "sealed": data, "hash": data} | dict.fromkeys(_TEXTS, text)
        self._schema = pa.schema([(name, kinds.get(name, number)) for name in schema.MOVE_COLUMNS])
        self._make: Any = pa.Table.from_pydict
        self._writer = parquet.ParquetWriter(path, self._schema, compression="zstd")

    def take(self, moves: Sequence[Move]) -> None:
        columns: dict[str, list[Any]] = {name: [getattr(m, name) for m in moves] for name in schema.MOVE_COLUMNS}
        columns["payload"] = [payload.decode() for payload in columns["payload"]]
        self._writer.write_table(self._make(columns, schema=self._schema))

    def __enter__(self) -> "_Parquet":
        return self

    def __exit__(self, *_: object) -> None:
        self._writer.close()
