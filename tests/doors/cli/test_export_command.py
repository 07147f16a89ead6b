"""`shancheng export` as a person types it."""

import asyncio
import csv
import json
from pathlib import Path

import openpyxl
import pyogrio
import pypdf
import pytest

from shancheng import app
from shancheng.doors.cli.home import HomeWish
from shancheng.ground.access import Actor
from shancheng.loop.act import Report


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small installation with two matters, one of them nobody's business."""
    folder = tmp_path_factory.mktemp("home") / "var"
    opened = app.Installation.open(HomeWish(folder=folder, scale=0.2))
    place = int(opened.rules.places.at_level(opened.rules.places.cell_level)[0])
    category = next(key for key, dated in opened.rules.categories.items() if dated.latest.kind == "request")

    async def write() -> None:
        async with opened.writing() as desk:
            for confidential in (False, True):
                act = Report(
                    kind="request",
                    category=category,
                    place=place,
                    text="=1+1 电话 13800000000",
                    confidential=confidential,
                )
                receipt = await desk.report(act, Actor("importer-1", "importer"))
                assert hasattr(receipt, "matter"), receipt

    asyncio.run(write())
    return folder


def exported(home: Path, *arguments: str) -> int:
    """The exit code of an export."""
    return app.main(["export", *arguments, "--home", str(home)])


def test_a_worklist_goes_into_every_form(home: Path, tmp_path: Path) -> None:
    codes = [exported(home, "worklist", str(tmp_path / f"x.{end}")) for end in ("xlsx", "csv", "gpkg", "pdf")]

    assert codes == [0, 0, 0, 0]
    page = openpyxl.load_workbook(tmp_path / "x.xlsx").worksheets[0]
    assert page.max_row == 2 and page["O2"].data_type == "s" and "13800000000" not in str(page["O2"].value)
    with (tmp_path / "x.csv").open(encoding="utf-8-sig", newline="") as file:
        assert list(csv.reader(file))[1][14].startswith("'=1+1")
    assert pyogrio.read_info(tmp_path / "x.gpkg")["features"] == 1
    assert "第 2 行" in pypdf.PdfReader(tmp_path / "x.pdf").pages[0].extract_text()
    assert sorted(file.name for file in tmp_path.iterdir()) == ["x.csv", "x.gpkg", "x.pdf", "x.xlsx"]


def test_board_and_figures_go_into_files(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    codes = [
        exported(home, what, str(tmp_path / f"{what}.csv"), "--lang", "en", "--plain") for what in ("board", "figures")
    ]
    codes.append(exported(home, "figures", str(tmp_path / "f.gpkg"), "--days", "7", "--json"))

    assert codes == [0, 0, 0]
    assert json.loads("{" + capsys.readouterr().out.rpartition("{")[2])["left_out"] == 0
    assert (tmp_path / "board.csv").read_bytes().startswith(b"Part,Name")
    assert "on-time closing rate" in (tmp_path / "figures.csv").read_text(encoding="utf-8")
    assert "on_time_rate_low" in pyogrio.read_info(tmp_path / "f.gpkg")["fields"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["worklist", "x.docx"], "has no known ending; name it .xlsx"),
        (["board", "x.csv", "--place", "nowhere"], "There is no place 'nowhere'"),
        (["figures", "x.csv", "--days", "0"], "--days is 1 to 400"),
        (["figures", "x.csv", "--compare", "on_time"], "There is no figure to compare by 'on_time'"),
        (["worklist", "x.csv", "--category", "leek"], "There is no category 'leek'"),
        (["board", "x.csv", "--as", "admin"], "There is no place"),
        (["worklist", "no/such/folder/x.csv"], "No such file or directory"),
    ],
)
def test_what_goes_wrong_is_one_sentence(
    home: Path, arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = exported(home, *arguments)

    told = capsys.readouterr().err
    assert code in (1, 2) and says in told and "Traceback" not in told
    assert not Path(arguments[1]).exists()
