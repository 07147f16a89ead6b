"""A district's board at ten million matters beside DuckDB over Parquet: same matters, same sums, interleaved rounds.

`BOARD_MATTERS` sets how many matters (10,000,000), `BOARD_ROUNDS` how many rounds of all districts (5).
"""

import asyncio
import os
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from bench.city import chongqing, leaves
from bench.claim import Claim
from shancheng.ground.territory import Snapshot
from shancheng.loop.ledger import Head
from shancheng.loop.matter import OPEN, STAGES
from shancheng.loop.rules import Rules
from shancheng.store import schema
from shancheng.store.cursor import LAST
from shancheng.store.sqlite.connection import writer
from shancheng.store.sqlite.reader import SqliteReader
from shancheng.wings.governance.board import Board, board

MATTERS = int(os.environ.get("BOARD_MATTERS", "10000000"))
ROUNDS = int(os.environ.get("BOARD_ROUNDS", "5"))
COMMAND = "python -m bench.board"
NOW = 1_790_000_000
SHARES = (0.002, 0.001, 0.002, 0.008, 0.001, 0.001, 0.955, 0.03)
"""Of the matters of two years, how many stand in each stage."""
LATE_SHARE = 0.10
"""Of the open ones."""
P99_MS = 10.0


@dataclass(frozen=True)
class Matters:
    """Columns of the invented matters, in order of their cell."""

    cell: NDArray[np.int64]
    category: NDArray[np.int16]
    stage: NDArray[np.int8]
    due: NDArray[np.int64]


def claims() -> list[Claim]:
    """The same board from our counters and from the peer, and how long the slowest of ours take.

    The peer's file is in order of arrival, as a history grows; and once more, rewritten in order of the district.
    """
    rules = chongqing()
    matters = _matters(rules, MATTERS)
    with tempfile.TemporaryDirectory() as folder:
        ledger, arrived, sorted_ = (Path(folder) / name for name in ("ledger.db", "arrived.parquet", "sorted.parquet"))
        _write_ledger(ledger, matters, rules)
        _write_parquet(arrived, sorted_, matters, rules)
        ours, theirs, in_order = asyncio.run(_rounds(ledger, (arrived, sorted_), rules))
    slowest = quantiles(ours, n=100)[98] if len(ours) > 1 else ours[0]
    name = f"board of a district at {MATTERS:,} matters"
    told = f"median {median(ours) * 1e3:.1f} ms"
    peer = f"duckdb {duckdb.__version__} over Parquet"
    return [
        Claim(name, peer, median(theirs) / median(ours), 20, told, f"median {median(theirs) * 1e3:.1f} ms", COMMAND),
        Claim(
            f"{name}, the peer's file rewritten in order of the district",
            peer,
            median(in_order) / median(ours),
            1,
            told,
            f"median {median(in_order) * 1e3:.1f} ms",
            COMMAND,
        ),
        Claim(
            f"{name}, p99",
            f"a limit of {P99_MS:g} ms",
            P99_MS / (slowest * 1e3),
            1,
            f"{slowest * 1e3:.1f} ms",
            f"{P99_MS:g} ms",
            COMMAND,
        ),
    ]


def _matters(rules: Rules, count: int) -> Matters:
    chance = np.random.default_rng(7)
    towns = rules.places.at_level(3)
    weight = chance.pareto(1.5, len(towns)) + 0.2
    per_town = chance.multinomial(count, weight / weight.sum())
    stage = chance.choice(len(STAGES), count, p=SHARES).astype(np.int8)
    is_open = stage < STAGES.index("closed")
    late = is_open & (chance.random(count) < LATE_SHARE)
    due = NOW + np.where(late, -1, 1) * chance.integers(60, 30 * 86_400, count)
    return Matters(
        cell=np.repeat(towns, per_town),
        category=chance.integers(0, len(leaves()), count).astype(np.int16),
        stage=stage,
        due=np.where(is_open, due, 0),
    )


def _write_ledger(path: Path, matters: Matters, rules: Rules) -> None:
    """Counters of all matters, and the rows of the open ones: all that a board reads."""
    connection = writer(path)
    with connection:
        marks = ", ".join("?" for _ in range(2 + len(STAGES)))
        connection.executemany(f"INSERT INTO counters VALUES ({marks})", _counters(matters))
        columns = ", ".join(schema.ROW_COLUMNS)
        marks = ", ".join("?" for _ in schema.ROW_COLUMNS)
        connection.executemany(f"INSERT INTO matters ({columns}) VALUES ({marks})", _open_rows(matters, rules.places))
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    connection.close()


def _counters(matters: Matters) -> list[tuple[object, ...]]:
    keys, number = np.unique(
        (matters.cell * len(leaves()) + matters.category) * len(STAGES) + matters.stage, return_counts=True
    )
    table: dict[tuple[int, str], list[int]] = {}
    for key, count in zip(keys.tolist(), number.tolist(), strict=True):
        pair, stage = divmod(key, len(STAGES))
        cell, category = divmod(pair, len(leaves()))
        table.setdefault((cell, leaves()[category]), [0] * len(STAGES))[stage] = count
    return [(*pair, *stages) for pair, stages in table.items()]


def _open_rows(matters: Matters, places: Snapshot) -> list[tuple[object, ...]]:
    found = np.flatnonzero(matters.due)
    left = places.positions(matters.cell[found])
    rows = []
    for number, at in zip(found.tolist(), left.tolist(), strict=True):
        cell, stage = int(matters.cell[number]), str(STAGES[matters.stage[number]])
        fields: dict[str, object] = dict.fromkeys(schema.ROW_COLUMNS, 0) | {
            "matter": f"m{number:09}",
            "kind": "request",
            "category": leaves()[matters.category[number]],
            "place": cell,
            "place_left": at,
            "cell": cell,
            "stage": stage,
            "lead": "",
            "due": int(matters.due[number]) or LAST,
            "is_open": int(stage in OPEN),
            "state": bytes(1200),
        }
        rows.append(tuple(fields[name] for name in schema.ROW_COLUMNS))
    return rows


def _write_parquet(arrived: Path, in_order: Path, matters: Matters, rules: Rules) -> None:
    """The same rows by arrival, and in order of the district and town; with statistics, to read no more than needed."""
    places = rules.places
    district = {int(town): places.chain(int(town))[1] for town in places.at_level(3)}
    towns, which = np.unique(matters.cell, return_inverse=True)
    table = pa.table(
        {
            "district": np.array([district[int(town)] for town in towns])[which],
            "cell": matters.cell,
            "category": pa.DictionaryArray.from_arrays(matters.category, list(leaves())),
            "stage": matters.stage,
            "due": matters.due,
        }
    )
    pq.write_table(table.sort_by([("district", "ascending"), ("cell", "ascending")]), in_order, row_group_size=122_880)
    order = np.random.default_rng(8).permutation(len(matters.cell))
    pq.write_table(table.take(pa.array(order)), arrived, row_group_size=122_880)


def _theirs(connection: duckdb.DuckDBPyConnection, parquet: Path, district: int) -> list[tuple[object, ...]]:
    """Counts by town and stage and by category and stage, and late ones by town, in one pass."""
    return connection.execute(
        "SELECT cell, category, stage, count(*), count(*) FILTER (due > 0 AND due < $1) "
        f"FROM read_parquet('{parquet}') WHERE district = $2 "
        "GROUP BY GROUPING SETS ((cell, stage), (category, stage))",
        [NOW, district],
    ).fetchall()


async def _rounds(
    ledger: Path, parquets: tuple[Path, Path], rules: Rules
) -> tuple[list[float], list[float], list[float]]:
    """Seconds of each board: ours, the peer's by arrival, the peer's in order of the district.

    A round is every district once with each of the three, one after the other; the first warms them up.
    """
    districts = [int(place) for place in rules.places.at_level(2)]
    reader, connection = SqliteReader(ledger), duckdb.connect()
    ours: list[float] = []
    theirs: tuple[list[float], list[float]] = ([], [])
    for number in range(ROUNDS + 1):
        boards: dict[int, Board] = {}
        for district in districts:
            begun = time.perf_counter()
            boards[district] = await board(reader, rules, lane="bench", head=Head(), place=district, kinds=(), at=NOW)
            ours += [time.perf_counter() - begun] * (number > 0)
        for parquet, kept in zip(parquets, theirs, strict=True):
            for district in districts:
                begun = time.perf_counter()
                rows = _theirs(connection, parquet, district)
                kept += [time.perf_counter() - begun] * (number > 0)
                _must_agree(boards[district], rows)
    await reader.close()
    return ours, *theirs


def _must_agree(made: Board, rows: Sequence[Sequence[object]]) -> None:
    """Both give the same board, or the comparison is void."""
    by_cell = {(row[0], row[2]): row[3] for row in rows if row[0] is not None}
    late = sum(int(str(row[4])) for row in rows if row[0] is not None)
    for child in made.children:
        for stage, number in enumerate(child.stages):
            assert by_cell.get((child.place, stage), 0) == number, f"town {child.place}, stage {stage}"
    assert made.place.late == late


if __name__ == "__main__":
    for claim in claims():
        print(claim)
