"""`shancheng ledger` as a person types it."""

import asyncio
import json
from pathlib import Path

import apsw
import pytest
from tests.loop.world import rules_of
from tests.store.trial import Trial

from shancheng.app import main
from shancheng.store.sqlite.lane import SqliteLane


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Trial:
    """The model of the ledger that every test gets a copy of."""
    folder = tmp_path_factory.mktemp("city")
    t = Trial(rules_of(folder / "tiny"), str(folder / "ledger.db"), 1)

    async def write() -> None:
        await t.open()
        for _ in range(8):
            await t.write(15)
        await t.close()

    asyncio.run(write())
    return t


@pytest.fixture
def ledger(trial: Trial, tmp_path: Path) -> Path:
    """A ledger with moves."""
    path = tmp_path / "ledger.db"
    path.write_bytes(Path(trial.where).read_bytes())
    return path


def test_a_whole_ledger_is_called_whole(ledger: Path, trial: Trial, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["ledger", "verify", "--ledger", str(ledger)])

    assert code == 0
    assert capsys.readouterr().out.splitlines() == [
        f"lane city: {trial.model.head.seq} moves, last hash {trial.model.head.hash.hex()}",
        "The ledger is whole.",
    ]


def test_a_damaged_line_is_named_and_the_code_says_so(ledger: Path, capsys: pytest.CaptureFixture[str]) -> None:
    db = apsw.Connection(str(ledger))
    db.execute("UPDATE moves SET role = 'leader', actor = 'x' WHERE seq = 5")
    db.close()

    code = main(["ledger", "verify", "--ledger", str(ledger), "--json"])

    answer = json.loads(capsys.readouterr().out)
    assert code == 1
    assert (answer["whole"], answer["findings"][0]["seq"]) == (False, 5)


def test_a_backup_is_made_and_restored(ledger: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    copy, again = tmp_path / "copy.db", tmp_path / "again.db"

    assert main(["ledger", "backup", str(copy), "--ledger", str(ledger)]) == 0
    assert main(["ledger", "restore", str(copy), "--ledger", str(again)]) == 0
    assert main(["ledger", "verify", "--ledger", str(again)]) == 0

    assert "without the centre's key" in capsys.readouterr().out


def test_a_backup_is_never_written_over_a_file(ledger: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["ledger", "backup", str(ledger), "--ledger", str(ledger)])

    assert code == 1
    assert "is there already" in capsys.readouterr().err


@pytest.mark.parametrize("form", ["jsonl", "parquet"])
def test_the_moves_are_exported(
    ledger: Path, trial: Trial, tmp_path: Path, capsys: pytest.CaptureFixture[str], form: str
) -> None:
    to = tmp_path / f"moves.{form}"

    assert main(["ledger", "export", str(to), "--ledger", str(ledger), "--json"]) == 0

    assert json.loads(capsys.readouterr().out)["moves"] == trial.model.head.seq
    assert to.stat().st_size > 1000


def test_an_export_wants_to_know_its_form(ledger: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ledger", "export", str(tmp_path / "moves.txt"), "--ledger", str(ledger)]) == 1
    assert "end it in .jsonl or .parquet" in capsys.readouterr().err


def test_where_there_is_no_installation_the_way_out_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ledger", "verify", "--home", str(tmp_path / "none")]) == 1
    assert "--ledger" in capsys.readouterr().err
    assert not (tmp_path / "none").exists()


def test_an_installation_is_rebuilt(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = ["--home", str(tmp_path / "home")]
    assert main(["token", "list", *home]) == 0
    asyncio.run(SqliteLane(tmp_path / "home" / "ledger.db", "weicheng").close())
    capsys.readouterr()

    code = main(["ledger", "rebuild", *home, "--json"])

    assert code == 0
    assert json.loads(capsys.readouterr().out)["matters"] == 0
