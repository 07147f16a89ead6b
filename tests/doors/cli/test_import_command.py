"""`shancheng import 311` as it is typed."""

import json
import os
from pathlib import Path

import pytest
from tests.doors.feeds.bringing import HEADER, MAP, OPEN, SHUT, row
from tests.doors.feeds.cities import little

from shancheng.app import main


@pytest.fixture
def typed(tmp_path: Path) -> list[str]:
    """A command line that begins an installation of the little city and brings three rows in."""
    (tmp_path / "map.toml").write_text(MAP, encoding="utf-8")
    lines = [HEADER, SHUT, OPEN, row(no="9", about="trees")]
    (tmp_path / "requests.csv").write_text("\n".join(lines), encoding="utf-8")
    pack = little(tmp_path / "little")
    file, map_file, home = (str(tmp_path / name) for name in ("requests.csv", "map.toml", "home"))
    return ["import", "311", file, "--map", map_file, "--home", home, "--pack", str(pack)]


def test_an_import_says_what_became_of_the_rows(typed: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    code = main(typed)

    said = capsys.readouterr().out
    assert code == 0
    assert "3 rows read, 2 written, 0 there already, 1 refused; 11 moves." in said
    assert "1 refused: unknown-category" in said
    assert "requests.csv.refused.csv" in said


def test_an_import_answers_machines_and_changes_nothing_the_second_time(
    typed: list[str], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    main(typed)
    capsys.readouterr()
    code = main([*typed, "--json", "--refused", str(tmp_path / "list.jsonl")])

    counts = json.loads(capsys.readouterr().out)["counts"]
    refused = [json.loads(line) for line in (tmp_path / "list.jsonl").read_text(encoding="utf-8").splitlines()]
    assert code == 0
    assert (counts["read"], counts["written"], counts["repeated"], counts["moves"]) == (3, 0, 2, 0)
    assert [found["code"] for found in refused] == ["unknown-category"]


def test_what_is_wrong_with_a_map_is_said_without_a_trace(
    typed: list[str], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "map.toml").write_text(MAP.replace("[times]", "[tmies]"), encoding="utf-8")
    code = main(typed)

    said = capsys.readouterr().err
    assert code == 1
    assert "Did you mean 'times'?" in said
    assert "Traceback" not in said


def test_an_installation_that_runs_is_not_written_beside(
    typed: list[str], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    main(typed)
    running = json.dumps({"process": str(os.getpid()), "url": "http://127.0.0.1:8311"})
    (tmp_path / "home" / "running.json").write_text(running, encoding="utf-8")
    code = main(typed)

    assert code == 1
    assert "is in use and answers at http://127.0.0.1:8311" in capsys.readouterr().err
