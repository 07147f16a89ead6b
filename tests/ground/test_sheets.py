"""Sheets read back by other programs hold what was put in, and nothing in them acts as a formula."""

import csv
import datetime as dt
import io
import subprocess
import sys
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import openpyxl
import pyogrio
import pypdf
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from shancheng.ground.sheet import Cell, Column, Mark, Sheet
from shancheng.ground.sheet.delimited import FORMULA, harmless
from shancheng.ground.sheet.paper import printable
from shancheng.ground.sheet.sheet import ROWS_MAX, cut
from shancheng.ground.sheet.writing import PAPER_ROWS_MAX, write

ZONE = ZoneInfo("Asia/Shanghai")
AT = 1_790_000_000
EVIL = ('=HYPERLINK("http://x","y")', "+1", "-1+1", "@SUM(A1)", "\t=1", "＝1", "http://example.org", "007")
COLUMNS = (
    Column("id", "编号"),
    Column("words", "内容", "text", 40),
    Column("count", "件数", "count"),
    Column("share", "比率", "share"),
    Column("at", "时间", "instant", 18),
    Column("hours", "时长", "number"),
)


def sheet_of(rows: list[tuple[Cell, ...]], **more: object) -> Sheet:
    """A sheet with these rows, each at a point."""
    points = tuple(
        shapely.to_wkb(shapely.Point(106.5 + n / 1000, 29.5)) if n % 2 == 0 else None for n in range(len(rows))
    )
    facts = {
        "key": "worklist",
        "title": "待办清单",
        "about": (("筛选", "=全部"), ("来源", "账本 tiny 第 12 行")),
        "columns": COLUMNS,
        "rows": tuple(rows),
        "at": AT,
        "zone": "Asia/Shanghai",
        "shapes": points,
    }
    return Sheet(**{**facts, **more})  # type: ignore[arg-type]


def evil() -> Sheet:
    """A sheet whose texts would like to be formulas."""
    return sheet_of([(f"n{n}", text, n, 0.25, AT + n, None) for n, text in enumerate(EVIL)])


@pytest.fixture
def to(tmp_path: Path) -> Path:
    """Where a sheet is written."""
    return tmp_path / "sheet"


def test_a_workbook_holds_texts_as_texts_and_instants_as_dates_of_the_city(to: Path) -> None:
    write(evil(), "xlsx", to)

    book = openpyxl.load_workbook(io.BytesIO(to.read_bytes()))
    page, about = book.worksheets
    assert [cell.value for cell in page[1]] == ["编号", "内容", "件数", "比率", "时间", "时长"]
    assert [row[1].value for row in page.iter_rows(min_row=2)] == list(EVIL)
    assert all(cell.data_type != "f" and cell.hyperlink is None for row in page for cell in row)
    assert page["E2"].value == dt.datetime.fromtimestamp(AT, ZONE).replace(tzinfo=None)
    assert (page["C3"].value, page["D3"].value, page["D3"].number_format, page["F3"].value) == (1, 0.25, "0.0%", None)
    assert page.freeze_panes == "A2"
    told = {row[0].value: row[1].value for row in about.iter_rows()}
    assert told["筛选"] == "=全部" and about["B2"].data_type == "s"
    assert told["时区"] == "Asia/Shanghai" and "已全部列出" in told["行数"]


@pytest.mark.parametrize(("form", "begins"), [("csv", b"\xef\xbb\xbf"), ("csv-plain", "编号".encode())])
def test_a_csv_begins_as_was_asked_and_holds_no_formula(to: Path, form: str, begins: bytes) -> None:
    write(evil(), form, to)

    content = to.read_bytes()
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    assert content.startswith(begins)
    assert [row[1].removeprefix("'") for row in rows[1 : len(EVIL) + 1]] == list(EVIL)
    assert not [cell for row in rows for cell in row if cell.startswith(FORMULA)]
    assert rows[1][4] == dt.datetime.fromtimestamp(AT, ZONE).isoformat()
    assert ["筛选", "'=全部"] in rows


@settings(max_examples=200, deadline=None)
@given(text=st.text(max_size=40))
def test_harmless_text_never_begins_a_formula_and_is_not_otherwise_changed(text: str) -> None:
    clean = harmless(text)

    assert not clean.lstrip().startswith(FORMULA) or clean.startswith("'")
    assert clean.removeprefix("'") == text.removeprefix("'")


def test_a_geopackage_has_every_row_its_points_and_its_instants(to: Path) -> None:
    package = to.with_suffix(".gpkg")

    write(evil(), "gpkg", package)

    meta, _, shapes, fields = pyogrio.raw.read(package)
    found = dict(zip(meta["fields"], fields, strict=True))
    assert meta["crs"] == "EPSG:4326" and meta["geometry_type"] == "Point"
    assert list(found["words"]) == list(EVIL)
    assert found["at"][0].astype("datetime64[s]").astype(int) == AT
    assert [shape is None for shape in shapes] == [n % 2 == 1 for n in range(len(EVIL))]
    assert shapely.from_wkb(shapes[2]).x == pytest.approx(106.502)
    assert "=全部" in pyogrio.read_info(package)["layer_metadata"]["DESCRIPTION"]


def test_a_paper_says_what_it_is_and_which_page_of_how_many(to: Path) -> None:
    rows = [(f"n{n}", "水管漏水 <b>&</b> 😀", n, 0.5, AT, 1.5) for n in range(120)]
    marks = (Mark("码头镇", 0.8, 0.6, 0.9, 40), Mark("山头镇", None, None, None, 0))

    write(sheet_of(rows, marks=marks, marks_title="按期结案率"), "pdf", to)

    pages = [page.extract_text() for page in pypdf.PdfReader(to).pages]
    assert len(pages) > 2
    assert all(f"第 {n} 页，共 {len(pages)} 页" in text for n, text in enumerate(pages, 1))
    assert all(
        word in pages[0] for word in ("待办清单", "筛选", "=全部", "按期结案率", "n=40", "内容", "水管漏水 <b>&</b>")
    )
    assert "n119" in pages[-1]


def test_a_paper_of_nothing_says_so(to: Path) -> None:
    write(sheet_of([]), "pdf", to)

    assert "没有符合条件的行" in pypdf.PdfReader(to).pages[0].extract_text()


@settings(max_examples=10, deadline=None)
@given(texts=st.lists(st.text(max_size=30), min_size=1, max_size=20))
def test_any_text_goes_through_every_form(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    to = tmp_path_factory.mktemp("sheet")
    sheet = sheet_of([("n", text, None, None, None, None) for text in texts])

    for form in ("csv", "xlsx", "gpkg", "pdf"):
        write(sheet, form, to / f"x.{form}")

    page = openpyxl.load_workbook(to / "x.xlsx").worksheets[0]
    for text, (cell,) in zip(texts, page.iter_rows(min_row=2, min_col=2, max_col=2), strict=True):
        assert cell.data_type != "f"
        assert text != text.strip() or not text.isprintable() or (cell.value or "") == text


@settings(max_examples=100, deadline=None)
@given(text=st.text(max_size=60))
def test_what_is_printed_has_a_place_in_the_character_collection(text: str) -> None:
    assert all(ord(sign) <= 0xFFFF and sign.isprintable() for sign in printable(text))


def test_a_sheet_says_how_many_rows_did_not_fit(to: Path) -> None:
    rows = [(f"n{n}", "x", n, None, AT, None) for n in range(PAPER_ROWS_MAX + 7)]

    write(sheet_of(rows, left_out=5), "pdf", to)

    assert "还有 12 行未列出" in pypdf.PdfReader(to).pages[0].extract_text()
    assert cut(sheet_of(rows), ROWS_MAX).left_out == 0
    assert len(cut(sheet_of(rows), 10).shapes) == 10


def test_an_odd_form_or_a_map_without_shapes_is_refused_with_a_sentence(to: Path) -> None:
    with pytest.raises(ValueError, match="There is no form 'docx'; there is csv"):
        write(evil(), "docx", to)
    with pytest.raises(ValueError, match="has no shapes"):
        write(sheet_of([("n1", "x", 1, None, AT, None)], shapes=()), "gpkg", to)


@pytest.mark.parametrize("form", ["csv", "xlsx", "gpkg", "pdf"])
def test_a_process_of_its_own_writes_the_same_sheet(to: Path, form: str) -> None:
    command = [sys.executable, "-m", "shancheng.ground.sheet.writing", form, str(to.with_suffix(f".{form}"))]

    done = subprocess.run(command, input=msgspec.msgpack.encode(evil()), capture_output=True, check=False)

    assert (done.returncode, done.stderr) == (0, b"")
    assert to.with_suffix(f".{form}").stat().st_size > 100
