"""The command itself: its tree, and how what goes wrong becomes a sentence."""

from pathlib import Path

import pytest

from shancheng import app
from shancheng.doors.cli import main, settings
from shancheng.doors.cli.home import HomeWish, Unable


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Exit code, answer and complaint of a command."""
    try:
        code = app.main(arguments)
    except SystemExit as stop:
        code = int(stop.code or 0)
    out = capsys.readouterr()
    assert "Traceback" not in out.err
    return code, out.out, out.err


def test_every_command_has_help(capsys: pytest.CaptureFixture[str]) -> None:
    code, answer, _ = said(capsys, "--help")

    assert code == 0
    for name in ("up", "do", "why", "matter", "board", "token", "pack"):
        assert said(capsys, name, "--help")[0] == 0
        assert f"    {name} " in answer or f"    {name}\n" in answer


def test_a_misspelt_command_is_misuse(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, complaint = said(capsys, "upp")

    assert code == 2
    assert "upp" in complaint


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["up", "--speed", "0"], "A speed lies between 0 and"),
        (["up", "--from", "ten"], "'ten' is no time of day; write --from 10:00"),
        (["up", "--port", "70000"], "A port is a number up to 65535"),
        (["why", "m1"], "There is no "),
        (["board", "nowhere"], "There is no"),
        (["token", "create", "--role", "king"], "There is no role 'king'"),
        (["token", "create", "--role", "handler"], "A handler works for an agency"),
        (["token", "create", "--role", "operator", "--place", "99010100"], "Did you mean '990101001'"),
        (["token", "create", "--role", "operator", "--days", "99999"], "A token is good for"),
        (["token", "revoke", "zz"], "There is no token 'zz'"),
        (["do", "m1", "clse", "outcome=settled"], "Did you mean 'close'"),
        (["do", "m1", "close", "outcome"], "is no field; write FIELD=VALUE"),
        (["do", "m1", "close", "reply=done"], "It takes outcome, reply, evidence"),
        (["do", "m1", "close", "outcome=settled", "reply=done"], "There is no matter m1 here"),
        (["up", "--seed", "8"], "was begun with seed 7"),
        (["up", "--host", "203.0.113.9", "--port", "0"], "is no address of this machine"),
    ],
)
def test_what_goes_wrong_is_one_sentence(
    capsys: pytest.CaptureFixture[str], home: Path, arguments: list[str], says: str
) -> None:
    code, _, complaint = said(capsys, *arguments, "--home", str(home))

    assert code == 1, complaint
    assert says in complaint
    assert len(complaint.strip().splitlines()) == 1


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small installation, begun once."""
    folder = tmp_path_factory.mktemp("home") / "var"
    app.Installation.open(HomeWish(folder=folder))
    return folder


def test_a_fault_of_ours_is_kept_under_a_number(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHANCHENG_HOME", str(tmp_path))

    def broken(_: HomeWish) -> app.Installation:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr(app.Installation, "open", broken)
    code, _, complaint = said(capsys, "token", "list")

    assert code == 1
    assert "secret" not in complaint
    (kept,) = (tmp_path / "faults").glob("*.txt")
    assert "ZeroDivisionError: secret" in kept.read_text()
    assert kept.stem in complaint


def test_a_path_that_cannot_be_written_is_named(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    code, _, complaint = said(capsys, "token", "list", "--home", str(tmp_path / "file" / "var"))

    assert code in (1, 2)
    assert str(tmp_path / "file") in complaint


def test_a_damaged_settings_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "home.json").write_text("{")

    with pytest.raises(Unable, match=r"home\.json cannot be read"):
        settings.read_settings(tmp_path / "home.json", HomeWish(folder=tmp_path))


def test_every_module_beside_the_commands_is_known_to_be_none() -> None:
    assert all(hasattr(module, "add") for module in map(_module, main._modules()))


def _module(name: str) -> object:
    from importlib import import_module

    return import_module(f"shancheng.doors.cli.{name}")
