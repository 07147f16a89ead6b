"""Figures at the desk: charts that say what they show, n and intervals beside every rate, files to take along."""

import asyncio
import csv
import datetime as dt
import io
import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
import pyogrio
import pypdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.doors.web.pages import Pages, words_of
from tests.loop.world import CITY, LEADER, MILL, QUAY, RESIDENT, handler, leak
from tests.wings.governance.town import CLERK

from shancheng.doors.web import charts, taking, words
from shancheng.doors.web.charts import Beside, Named, Table
from shancheng.doors.web.language import Tongue
from shancheng.doors.web.periods import NAMES, period_of
from shancheng.ground.sheet.writing import FORMS
from shancheng.loop import act as acts
from shancheng.wings.governance import sheet_words
from shancheng.wings.governance.course import STEPS_MAX

pytestmark = pytest.mark.anyio
ZONE = ZoneInfo("Asia/Shanghai")
EVIL = '=HYPERLINK("http://evil.example","x")<script>alert(1)</script>'
EMPTY = Table("key", "title", "says", ("a", "b"), (("1", "2"),))


class Drawings(HTMLParser):
    """The drawings of a page: what names and describes each, and whether a table follows."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.named: list[str] = []
        self.tables = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note ids, names and tables."""
        found = dict(attrs)
        self.ids.add(found.get("id") or "")
        if tag == "svg" and found.get("role") == "img":
            self.named += (found.get("aria-labelledby") or "").split()
        self.tables += tag == "table"


async def settled(pages: Pages) -> str:
    """The number of a matter that is settled in time, four weeks ago."""
    matter = await pages.report_one(place=8)
    await pages.do(matter, acts.Accept(), CLERK)
    await pages.do(matter, acts.Assign(lead="quay-office", supports=("water",)), CLERK)
    await pages.settle(matter, "quay-office", "water")
    pages.later(days=20)
    return matter


@pytest.mark.parametrize("lang", ["zh", "en"])
async def test_the_page_has_charts_with_words_and_tables_and_every_figure(pages: Pages, lang: str) -> None:
    async with pages:
        await settled(pages)
        await pages.report_one(place=12)
        await pages.sign_in(LEADER)

        page = await pages.get(f"/{lang}/desk/figures/{CITY}")

        drawings = Drawings()
        drawings.feed(page.text)
        assert page.status_code == 200
        assert len(drawings.named) >= 10 and set(drawings.named) <= drawings.ids
        assert drawings.tables >= 6
        assert "style=" not in page.text and "<script>" not in page.text
        told = words_of(page)
        assert ("按期结案率" if lang == "zh" else "on-time closing rate") in told
        assert "n = 1" in told and ("95% 区间" if lang == "zh" else "95 % interval") in told
        assert ("不是排名" if lang == "zh" else "not by rank") in told
        assert LEADER.id not in page.text and CLERK.id not in page.text


@pytest.mark.parametrize("lang", ["zh", "en"])
async def test_an_empty_city_has_a_figures_page_without_a_single_rate(pages: Pages, lang: str) -> None:
    async with pages:
        await pages.sign_in(LEADER)

        page = await pages.get(f"/{lang}/desk/figures/{CITY}?period=364")

        assert page.status_code == 200
        assert "%</td>" not in page.text and "nan" not in page.text.lower()


async def test_the_form_leads_to_the_place_and_keeps_what_was_chosen(pages: Pages) -> None:
    async with pages:
        await pages.sign_in(LEADER)

        answer = await pages.get(f"/en/desk/figures?place={QUAY}&period=84&category=leak&compared=reopen_rate")
        page = await pages.get(answer.headers["location"])

        assert answer.headers["location"] == f"/en/desk/figures/{QUAY}?period=84&category=leak&compared=reopen_rate"
        assert len(re.findall(r"<option value=\"(?:84|leak|reopen_rate)\" selected>", page.text)) == 3
        assert (await pages.get("/en/desk/figures")).headers["location"] == f"/en/desk/figures/{CITY}"
        assert f"/en/desk/figures/{QUAY}/export/pdf?period=84&amp;category=leak&amp;compared=reopen_rate" in page.text


async def test_figures_are_for_those_who_oversee_the_place(pages: Pages) -> None:
    async with pages:
        await pages.sign_in(CLERK)
        own, others = [await pages.get(f"/en/desk/figures/{place}") for place in (QUAY, MILL)]
        taken = [await pages.get(f"/en/desk/figures/{MILL}/export/{form}") for form in FORMS]
        taken += [await pages.get(f"/en/desk/board/{MILL}/export/{form}") for form in FORMS]
        pages.browser = pages.new_browser()
        stranger = [await pages.get(f"/en/desk/{path}/export/csv") for path in ("list", "board/1", "figures/1")]

        assert (own.status_code, others.status_code) == (200, 404)
        assert {answer.status_code for answer in taken} == {404}
        assert all("/sign-in" in answer.headers["location"] for answer in stranger)


async def test_a_worklist_is_taken_along_in_every_form(pages: Pages, tmp_path: Path) -> None:
    async with pages:
        mine = await pages.report_one(place=8, text=EVIL + " 13800000000")
        await pages.opened(leak(place=12))
        await pages.sign_in(CLERK)

        answers = {form: await pages.get(f"/en/desk/list/export/{form}?place={QUAY}") for form in FORMS}

        assert {answer.status_code for answer in answers.values()} == {200}
        for form, answer in answers.items():
            (tmp_path / f"x.{form}").write_bytes(answer.content)
            assert "attachment" in answer.headers["content-disposition"]
            assert "tiny-worklist-" in answer.headers["content-disposition"]
            assert (
                answer.headers["cache-control"] == "no-store" and answer.headers["x-content-type-options"] == "nosniff"
            )
            assert b"13800000000" not in answer.content
        rows = list(csv.reader(io.StringIO(answers["csv"].content.decode("utf-8-sig"))))
        assert rows[1][0] == mine and rows[1][14].startswith("'=HYPERLINK") and rows[2] == []
        book = openpyxl.load_workbook(io.BytesIO(answers["xlsx"].content))
        assert book.worksheets[0]["O2"].data_type == "s" and book.worksheets[0]["A2"].value == mine
        assert isinstance(book.worksheets[0]["I2"].value, dt.datetime)
        assert pyogrio.read_info(tmp_path / "x.gpkg")["features"] == 1
        assert mine[:3] in pypdf.PdfReader(io.BytesIO(answers["pdf"].content)).pages[0].extract_text()


@pytest.mark.parametrize("path", [f"board/{CITY}", f"figures/{CITY}"])
async def test_boards_and_figures_are_taken_along_in_every_form(pages: Pages, path: str, tmp_path: Path) -> None:
    async with pages:
        await settled(pages)
        await pages.sign_in(LEADER)

        answers = {form: await pages.get(f"/zh/desk/{path}/export/{form}") for form in FORMS}

        assert {answer.status_code for answer in answers.values()} == {200}, path
        (tmp_path / "x.gpkg").write_bytes(answers["gpkg"].content)
        assert pyogrio.read_info(tmp_path / "x.gpkg")["crs"] == "EPSG:4326"
        text = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(answers["pdf"].content)).pages)
        assert "虚构城市" in text and "第 1 页" in text
        assert "东区" in text


async def test_nothing_is_left_on_disk_and_nobody_waits_for_ever(
    pages: Pages, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    async with pages:
        await pages.sign_in(LEADER)

        answers = await asyncio.gather(*(pages.get("/en/desk/list/export/csv") for _ in range(12)))

        told = sorted(answer.status_code for answer in answers)
        assert told == [200] * 8 + [503] * 4
        assert next(answer for answer in answers if answer.status_code == 503).headers["retry-after"] == "60"
        assert list(tmp_path.iterdir()) == [] and pages.site.takers.waiting == 0


async def test_a_writer_that_fails_is_a_fault_of_ours_with_a_number(
    pages: Pages, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(taking, "ending", lambda form: "no/such/folder")
    async with pages:
        await pages.sign_in(LEADER)

        answer = await pages.get("/en/desk/list/export/csv")

        assert answer.status_code == 500 and len(pages.faults) == 1
        assert list(tmp_path.iterdir()) == []


async def test_an_odd_form_or_filter_is_said_to_be_one(pages: Pages) -> None:
    async with pages:
        await pages.sign_in(LEADER)

        assert (await pages.get("/en/desk/list/export/docx")).status_code == 404
        assert (await pages.get("/en/desk/list/export/csv?severity=nine")).status_code == 422
        assert (await pages.get("/en/desk/list/export/csv?place=99999")).status_code == 422
        assert (await pages.get("/en/desk/figures/1?period=own&from=2025-02-30")).status_code == 200


async def test_a_handler_takes_along_what_its_agency_works_on(pages: Pages) -> None:
    async with pages:
        mine = await pages.report_one(place=8)
        await pages.do(mine, acts.Accept(), CLERK)
        await pages.do(mine, acts.Assign(lead="water"), CLERK)
        other = await pages.opened(leak(place=12))
        await pages.sign_in(handler("water"))

        told = (await pages.get("/en/desk/list/export/csv-plain")).text

        assert mine in told and other not in told and RESIDENT.id not in told


days = st.dates(dt.date(2000, 1, 1), dt.date(2040, 1, 1))


@settings(max_examples=150, deadline=None)
@given(
    name=st.sampled_from([*NAMES, "", "never"]),
    first=st.one_of(days.map(dt.date.isoformat), st.text(max_size=12)),
    last=st.one_of(days.map(dt.date.isoformat), st.text(max_size=12)),
    now=st.integers(1_500_000_000, 2_000_000_000),
)
def test_every_period_has_ascending_steps_that_fit(name: str, first: str, last: str, now: int) -> None:
    period = period_of({"period": name, "from": first, "until": last}, now, ZONE)

    assert all(before < after for before, after in pairwise(period.edges))
    assert 1 <= len(period.edges) - 1 <= STEPS_MAX
    begins = [dt.datetime.fromtimestamp(edge, ZONE) for edge in period.edges]
    if period.unit != "hour":
        assert all((begin.hour, begin.minute) == (0, 0) for begin in begins)
    if period.name != "own":
        assert period.edges[0] <= now < period.edges[-1]
    if period.unit == "week":
        assert all(begin.weekday() == 0 for begin in begins[1:-1])


values = st.lists(st.one_of(st.none(), st.floats(0, 1e6, allow_nan=False)), min_size=1, max_size=60)


@settings(max_examples=100, deadline=None)
@given(values=values)
def test_a_line_stays_in_its_frame_and_breaks_where_nothing_is_known(values: list[float | None]) -> None:
    chart = charts.lines(EMPTY, [Named("a", "a", values)], [str(n) for n in range(len(values))], str)

    known = [value for value in values if value is not None]
    assert len(chart.boxes) == len(known)
    assert all(charts.TOP - 3 <= box.y <= charts.HEIGHT - charts.BOTTOM + 3 for box in chart.boxes)
    assert all(charts.LEFT - 3 <= box.x <= charts.WIDTH for box in chart.boxes)
    runs = sum(a is not None and b is not None for a, b in pairwise(values))
    assert sum(stroke.path.count("L") for stroke in chart.strokes if stroke.kind == "a") == runs
    assert 1 <= sum(word.kind == "axis" and word.y > charts.HEIGHT - 10 for word in chart.words) <= charts.LABELS_MAX


def test_intervals_keep_the_order_in_which_they_come() -> None:
    rows = [Beside(name, value, "", 0.1, 0.9) for name, value in (("c", 0.2), ("a", 0.9), ("b", None))]

    chart = charts.intervals(EMPTY, rows, Beside("", 0.5, ""), ("value", "interval", "whole"), charts.WHOLE_SCALE, str)

    names = [word.text for word in chart.words if word.anchor == "start" and not word.kind]
    assert names == ["c", "a", "b"]
    assert [box.x for box in chart.boxes] == [pytest.approx(560 * 0.2 - 2.5), pytest.approx(560 * 0.9 - 2.5)]
    assert chart.height == 3 * charts.ROW + 24


share = st.floats(0, 1)


@settings(max_examples=200, deadline=None)
@given(ends=st.lists(st.tuples(share, share).map(sorted), max_size=6))
def test_a_scale_holds_every_interval_and_stays_between_nothing_and_all(ends: list[list[float]]) -> None:
    scale = charts.scale_of([Beside("", low, "", low, high) for low, high in ends])

    assert -1e-9 <= scale.low < scale.high <= 1 + 1e-9
    assert all(scale.low - 1e-6 <= low and high <= scale.high + 1e-6 for low, high in ends)
    assert 2 <= len(scale.lines) <= 6


@settings(max_examples=100, deadline=None)
@given(top=st.floats(0, 1e9))
def test_scales_have_round_steps(top: float) -> None:
    step = charts.step_of(top)

    assert step >= 1 and step * 4 >= min(top, 4)
    assert step == 1 or step * 4 <= top * 11


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_files_use_the_words_of_the_pages(lang: str) -> None:
    tongue = Tongue(lang, ZONE)
    for ours, theirs in ((sheet_words.STAGES, words.STAGES), (sheet_words.ORIGINS, words.ORIGINS)):
        assert {key: names[lang == "en"] for key, names in ours.items()} == {
            key: tongue.say(message) for key, message in theirs.items()
        }
    labels = {
        "worklist": "Worklist",
        "board": "Board",
        "none": "not sorted yet",
        "own": "the whole place, not one below",
    }
    assert {key: sheet_words.LABELS[key][lang == "en"] for key in labels} == {
        key: tongue.say(message) for key, message in labels.items()
    }
