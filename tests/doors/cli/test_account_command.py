"""`shancheng account`: what it makes, what it says, and what it never says twice."""

import json
from pathlib import Path

import pytest

from shancheng.app import main


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The folder of an installation."""
    return str(tmp_path_factory.mktemp("home") / "var")


def test_an_account_is_made_listed_renewed_and_disabled(home: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["account", "create", "Li", "--role", "operator", "--note", "Li Na", "--home", home]) == 0
    first = capsys.readouterr().out.strip()
    assert main(["account", "password", "li", "--home", home]) == 0
    second = capsys.readouterr().out.strip()
    assert main(["account", "disable", "li", "--home", home]) == 0
    assert main(["account", "list", "--json", "--home", home]) == 0
    (row,) = json.loads(capsys.readouterr().out.partition("\n")[2])

    assert first != second and len(first) == 19
    assert (row["name"], row["actor"]["role"], row["note"], row["disabled"] > 0) == ("li", "operator", "Li Na", True)
    kept = (Path(home) / "accounts.json").read_text("utf-8")
    assert first not in kept and second not in kept
    assert main(["account", "enable", "li", "--home", home]) == 0
    assert main(["account", "list", "--home", home]) == 0
    assert "(first password)" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["create", "x", "--role", "operatr"], "Did you mean 'operator'?"),
        (["create", "x", "--role", "importer"], "is for programs"),
        (["create", "x", "--role", "handler"], "works for an agency"),
        (["create", "x y", "--role", "admin"], "no name for an account"),
        (["disable", "nobody"], "no account 'nobody'"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(
    home: str, arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["account", *arguments, "--home", home]) == 1
    assert sentence in capsys.readouterr().err


def test_a_proxy_that_is_no_address_is_said(home: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["up", "--behind", "proxy.example", "--home", home]) == 1
    assert "no address or network" in capsys.readouterr().err
