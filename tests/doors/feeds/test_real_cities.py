"""Real hotlines of real cities on a real ledger, recounted from the source files by other means."""

import asyncio
import csv
import datetime as dt
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pandas as pd
import pyarrow.parquet as pq
import pytest
import shapely
from tests.doors.feeds.cities import CASES, CITY, chicago, new_york, rules_of

from shancheng.doors.feeds.intake import Wish, bring_in
from shancheng.doors.feeds.summary import Summary
from shancheng.ground.access import Actor
from shancheng.loop.matter import Matter, Stage
from shancheng.loop.move import Move, fold
from shancheng.loop.rules import Rules
from shancheng.loop.sequencer import Sequencer
from shancheng.store.opening import open_lane, open_reader
from shancheng.wings.governance.desk import Desk, Figures

pytestmark = pytest.mark.slow
LEADER = Actor("leader", "leader")
YEARS = (2011, 2012, 2013)
NOW = 1_750_000_000
CHICAGO_ZONE = ZoneInfo("America/Chicago")


@dataclass
class City:
    """A city whose hotline was brought in, and what is known of it."""

    rules: Rules
    file: Path
    map_file: Path
    folder: Path

    @asynccontextmanager
    async def desk(self) -> AsyncIterator[Desk]:
        """A desk over its ledger."""
        lane, reader = await open_lane(self.folder / "ledger.db", "city"), await open_reader(self.folder / "ledger.db")
        async with Sequencer(lane, self.rules) as sequencer:
            yield Desk(reader=reader, sequencer=sequencer, rules=self.rules, now=lambda: NOW, new_id=lambda: "unused")
        await reader.close()
        await lane.close()

    def bring(self) -> Summary:
        """Bring the file in."""

        async def run() -> Summary:
            wish = Wish(self.file, self.map_file, self.folder / "refused.csv", self.folder / "checkpoint")
            async with self.desk() as desk:
                return await bring_in(wish, desk, lambda share, summary: None)

        return asyncio.run(run())

    def moves(self) -> list[Move]:
        """The whole ledger."""

        async def read() -> list[Move]:
            reader = await open_reader(self.folder / "ledger.db")
            found = [move async for moves in reader.moves("city") for move in moves]
            await reader.close()
            return found

        return asyncio.run(read())

    def refused(self) -> list[dict[str, str]]:
        """The list of refused rows."""
        with (self.folder / "refused.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def figures(self, years: Sequence[int]) -> dict[int, Figures]:
        """The tables of years, each as of its end."""

        async def ask() -> dict[int, Figures]:
            found: dict[int, Figures] = {}
            async with self.desk() as desk:
                for year in years:
                    first, end = (
                        int(dt.datetime(y, 1, 1, tzinfo=self.rules.zone).timestamp()) for y in (year, year + 1)
                    )
                    answer = await desk.figures(CITY, (first, end), LEADER, as_of=end)
                    assert isinstance(answer, Figures)
                    found[year] = answer
            return found

        return asyncio.run(ask())


def states_of(moves: Sequence[Move]) -> dict[str, Matter]:
    """Every matter as the fold of its moves, by the id of its row."""
    by_matter: dict[str, list[Move]] = {}
    for move in moves:
        by_matter.setdefault(move.matter, []).append(move)
    found = {number: fold(own) for number, own in by_matter.items()}
    return {number.partition(".")[2]: matter for number, matter in found.items() if matter is not None}


@pytest.fixture(scope="module")
def chicago_city(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> City:
    """Chicago."""
    folder = tmp_path_factory.mktemp("chicago")
    file = shared_data / "chicago-311-sanitation" / "requests_2010_2013.parquet"
    rules = rules_of(chicago(folder / "chicago", shared_data))
    return City(rules, file, CASES / "chicago.toml", folder)


@pytest.fixture(scope="module")
def chicago_summary(chicago_city: City) -> Summary:
    """What its import did."""
    return chicago_city.bring()


@pytest.fixture(scope="module")
def chicago_rows(chicago_city: City, chicago_summary: Summary) -> Callable[[str], list[tuple[Any, ...]]]:
    """Asks DuckDB about the source file: `rows` are all, `taken` those that name one of the 77 areas or lie in one."""
    lake = duckdb.connect()
    lake.execute(f"CREATE VIEW rows AS SELECT * FROM '{chicago_city.file}'")
    lake.register("lying", _lying_in_an_area(chicago_city))
    lake.execute(
        "CREATE VIEW taken AS SELECT * FROM rows "
        "WHERE community_area BETWEEN 1 AND 77 OR request_id IN (SELECT request_id FROM lying)"
    )
    return lambda question: lake.execute(question).fetchall()


@pytest.fixture(scope="module")
def chicago_figures(chicago_city: City, chicago_summary: Summary) -> dict[int, Figures]:
    """The tables of its years."""
    return chicago_city.figures(YEARS)


def _lying_in_an_area(city: City) -> pd.DataFrame:
    """Rows that name no area but whose point lies in one, by trying every polygon."""
    rows = pd.read_parquet(city.file, columns=["request_id", "community_area", "lon", "lat"])
    rows = rows[~rows.community_area.between(1, 77) & rows.lon.notna()]
    shapes = shapely.from_wkb(pq.read_table(city.folder / "chicago/geometry/community_areas.parquet")["geometry"])
    points = shapely.points(rows.lon, rows.lat)
    return rows[[bool(shapely.covers(shapes, point).any()) for point in points]]


Ask = Callable[[str], list[tuple[Any, ...]]]


def test_every_row_of_chicago_is_in_or_has_a_reason(chicago_city: City, chicago_summary: Summary, chicago_rows: Ask):
    refused = chicago_city.refused()
    ((rows, taken),) = chicago_rows("SELECT (SELECT count(*) FROM rows), (SELECT count(*) FROM taken)")
    homeless = chicago_rows("SELECT request_id FROM rows EXCEPT SELECT request_id FROM taken")

    assert (chicago_summary.read, chicago_summary.written) == (rows, taken) == (55139, 55133)
    assert chicago_summary.refused == len(refused) == rows - taken
    assert {row["row"] for row in refused} == {key for (key,) in homeless}
    assert all(row["reason"].endswith(".") and row["line"] and row["code"] for row in refused)


def test_states_and_closings_of_chicago_equal_a_recount(chicago_city: City, chicago_rows: Ask) -> None:
    moves = chicago_city.moves()
    states = states_of(moves)
    by_status = dict(chicago_rows("SELECT status, count(*) FROM taken GROUP BY status"))
    closings = chicago_rows("SELECT closed::DATE, count(*) FROM taken WHERE status = 'Completed' GROUP BY ALL")
    by_nature = chicago_rows("SELECT community_area, nature, count(*) FROM taken WHERE community_area > 0 GROUP BY ALL")

    stages = Counter(matter.stage for matter in states.values())
    assert stages == {
        Stage.CLOSED: by_status["Completed"],
        Stage.REFUSED: by_status["Completed - Dup"],
        Stage.DOING: by_status["Open"],
        Stage.REPORTED: by_status["Open - Dup"],
    }
    closed = Counter(_day(matter.tallies.closed) for matter in states.values() if matter.tallies.closed)
    assert closed == dict(closings)
    areas = Counter((matter.about.place, matter.about.category) for matter in states.values())
    expected = Counter[tuple[int, str]]()
    for area, nature, count in by_nature:
        key = "".join(sign if sign.isalnum() else "-" for sign in nature.casefold())
        expected[area, f"sanitation-{key}" if key else "sanitation"] += count
    assert (areas - expected).total() == 1  # the row that only its point has placed
    assert not expected - areas


def test_counters_of_chicago_equal_a_recount(chicago_city: City, chicago_summary: Summary) -> None:
    async def count() -> dict[str, tuple[int, ...]]:
        reader = await open_reader(chicago_city.folder / "ledger.db")
        found = await reader.counts_by_category()
        await reader.close()
        return found

    found = asyncio.run(count())

    summed = [sum(column) for column in zip(*found.values(), strict=True)]
    assert {str(stage): number for stage, number in zip(Stage, summed, strict=True) if number} == chicago_summary.stages


DUE = """
WITH days AS (
    SELECT day::DATE AS day, row_number() OVER (ORDER BY day) AS number
    FROM generate_series(DATE '2009-12-01', DATE '2014-12-31', INTERVAL 1 DAY) AS t(day) WHERE isodow(day) < 6
), promised AS (
    SELECT closed, (SELECT min(number) FROM days WHERE days.day >= created::DATE) + 14 AS number
    FROM taken WHERE status IN ('Completed', 'Open')
), due AS (
    SELECT closed::DATE AS closed, day AS due FROM promised JOIN days USING (number) WHERE year(day) = {year}
)
SELECT count(*), count(*) FILTER (closed < DATE '{end}'), count(*) FILTER (closed <= due) FROM due
"""
"""The promise is 15 working days of eight hours, Monday to Friday; a request is due at the end of the 15th."""


@pytest.mark.parametrize("year", YEARS)
def test_closing_and_on_time_rates_of_chicago_equal_a_recount(
    chicago_figures: dict[int, Figures], chicago_rows: Ask, year: int
) -> None:
    figures = chicago_figures[year]
    ((due, closed, on_time),) = chicago_rows(DUE.format(year=year, end=f"{year + 1}-01-01"))

    assert (figures["closing_rate"].numerator, figures["closing_rate"].denominator) == (closed, due)
    assert (figures["on_time_rate"].numerator, figures["on_time_rate"].denominator) == (on_time, due)


@pytest.mark.parametrize("year", YEARS)
def test_counts_of_a_year_of_chicago_equal_a_recount(
    chicago_figures: dict[int, Figures], chicago_rows: Ask, year: int
) -> None:
    figures = chicago_figures[year]
    ((reported, filed, closed),) = chicago_rows(
        f"SELECT count(*) FILTER (year(created) = {year}), "
        f"count(*) FILTER (year(created) = {year} AND status IN ('Completed', 'Open')), "
        f"count(*) FILTER (year(closed) = {year} AND status = 'Completed') FROM taken"
    )

    assert figures["reported"].numerator == reported
    assert figures["accepted"].numerator == filed
    assert figures["closings"].numerator == closed
    assert (figures["filing_rate"].numerator, figures["filing_rate"].denominator) == (filed, reported)


def test_bringing_chicago_in_again_changes_nothing(chicago_city: City, chicago_summary: Summary) -> None:
    before = chicago_city.moves()[-1]
    again = chicago_city.bring()
    after = chicago_city.moves()[-1]

    assert (after.seq, after.hash) == (before.seq, before.hash)
    assert (again.written, again.moves, again.repeated) == (0, 0, chicago_summary.written)
    assert (again.refused, again.reasons, again.stages) == (
        chicago_summary.refused,
        chicago_summary.reasons,
        chicago_summary.stages,
    )


def _day(instant: int) -> dt.date:
    return dt.datetime.fromtimestamp(instant, CHICAGO_ZONE).date()


@pytest.fixture(scope="module")
def new_york_city(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> City:
    """New York."""
    folder = tmp_path_factory.mktemp("nyc")
    rules = rules_of(new_york(folder / "nyc", shared_data))
    return City(rules, shared_data / "nyc-311-sample" / "animals_1500.csv.gz", CASES / "nyc.toml", folder)


def test_the_dirty_rows_of_new_york_equal_a_recount(new_york_city: City) -> None:
    rows = pd.read_csv(new_york_city.file, dtype=str)
    created, closed = (pd.to_datetime(rows[name], format="%m/%d/%Y %I:%M:%S %p") for name in ("created", "closed"))
    bad = (closed < created) | (closed.notna() != (rows.status == "Closed"))
    good = rows[~bad]
    summary = new_york_city.bring()
    states = states_of(new_york_city.moves())

    assert (summary.read, summary.written, summary.refused) == (len(rows), len(good), int(bad.sum()))
    assert {row["row"] for row in new_york_city.refused()} == set(rows.unique_key[bad])
    assert set(states) == set(good.unique_key)
    stage = {"Closed": "closed", "In Progress": "doing", "Assigned": "assigned", "Unspecified": "reported"}
    expected = dict(zip(good.unique_key, good.status.map(stage).fillna("accepted"), strict=True))
    assert {key: str(matter.stage) for key, matter in states.items()} == expected
    zone = new_york_city.rules.zone
    for moments, found in ((created, lambda matter: matter.opening.at), (closed, lambda matter: matter.tallies.closed)):
        local = moments[~bad].dt.tz_localize(zone, ambiguous=True)
        instants = [int(value.timestamp()) if pd.notna(value) else 0 for value in local]
        assert dict(zip(good.unique_key, instants, strict=True)) == {key: found(m) for key, m in states.items()}


def test_new_york_is_placed_by_point_then_board_then_borough(new_york_city: City) -> None:
    rows = pd.read_csv(new_york_city.file, dtype=str).set_index("unique_key")
    new_york_city.bring()
    states = states_of(new_york_city.moves())
    boroughs = {"MANHATTAN": 1, "BRONX": 2, "BROOKLYN": 3, "QUEENS": 4, "STATEN ISLAND": 5}

    far = 0
    for key, matter in states.items():
        row, place = rows.loc[key], matter.about.place
        board, number = row.community_board.partition(" ")[0], boroughs[row.borough]
        if matter.opening.located == "point":
            far += place // 100 != number
        else:
            assert place == (number if board == "Unspecified" else number * 100 + int(board))
    located = Counter(matter.opening.located for matter in states.values())
    assert located["point"] > 0.97 * len(states)
    # The shapes are simplified by their source; along the borders of boroughs a point may fall on the other side.
    assert far <= 0.01 * len(states)


KILLED_ROWS = 8000
SHANCHENG = str(Path(sys.executable).parent / "shancheng")


def command(home: Path, *arguments: str) -> list[str]:
    """The import as a command line."""
    return [SHANCHENG, "import", "311", *arguments, "--home", str(home), "--json"]


def content(home: Path) -> list[tuple[object, ...]]:
    """All that a ledger says, apart from when it was written and the order between matters."""

    async def read() -> list[tuple[object, ...]]:
        reader = await open_reader(home / "ledger.db")
        (lane,) = await reader.heads()
        found = [
            (move.matter, move.matter_seq, move.verb, move.at, move.actor, move.act)
            async for moves in reader.moves(lane)
            for move in moves
        ]
        await reader.close()
        return sorted(found, key=lambda line: line[:2])

    return asyncio.run(read())


@pytest.mark.drill
def test_an_import_that_is_killed_and_run_again_leaves_the_same_ledger(
    chicago_city: City, chicago_summary: Summary, tmp_path: Path
) -> None:
    home, file = tmp_path / "home", tmp_path / "part.parquet"
    pq.write_table(pq.read_table(chicago_city.file).slice(0, KILLED_ROWS), file)
    pack = str(chicago_city.folder / "chicago")
    asked = command(home, str(file), "--map", str(chicago_city.map_file), "--pack", pack)
    for _ in range(3):
        process = subprocess.Popen(asked, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=os.environ)
        _wait_for_progress(home, process)
        process.send_signal(signal.SIGKILL)
        process.wait()
    done = subprocess.run(asked, capture_output=True, text=True, check=True)
    counts = json.loads(done.stdout)["counts"]
    with (home / "imports" / "part.parquet.refused.csv").open(encoding="utf-8", newline="") as rows:
        refused = list(csv.DictReader(rows))

    assert counts["resumed_after"] > 0
    assert refused == [row for row in chicago_city.refused() if int(row["line"]) <= KILLED_ROWS]
    assert counts["read"] == KILLED_ROWS == counts["written"] + counts["repeated"] + len(refused)
    killed = content(home)
    numbers = {line[0] for line in killed}
    assert len(numbers) == KILLED_ROWS - len(refused)
    assert killed == [line for line in content_of(chicago_city) if line[0] in numbers]


def content_of(city: City) -> list[tuple[object, ...]]:
    """The same of a ledger that was never interrupted."""
    found = [(move.matter, move.matter_seq, move.verb, move.at, move.actor, move.act) for move in city.moves()]
    return sorted(found, key=lambda line: line[:2])


def _wait_for_progress(home: Path, process: subprocess.Popen[bytes]) -> None:
    """Until the checkpoint has moved on twice."""
    seen: set[int] = set()
    until = time.monotonic() + 60
    while len(seen) < 3 and time.monotonic() < until and process.poll() is None:
        for file in home.glob("imports/*.checkpoint"):
            seen.add(file.stat().st_mtime_ns)
        time.sleep(0.02)
    assert process.poll() is None, process.stderr and process.stderr.read().decode()
