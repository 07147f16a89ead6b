"""What the suite needs is looked for with what is there, and asked for in a sentence."""

import pytest
from tests.needs import Need, main

ABSENT = Need("a lighthouse", lambda: "", "the tests of ships", "build one")


def test_on_a_laptop_what_is_missing_is_said_and_skipped(capsys: pytest.CaptureFixture[str]) -> None:
    code = main([ABSENT], in_ci=False)

    assert code == 0
    assert capsys.readouterr().out == "a lighthouse: missing, so the tests of ships are skipped; build one\n"


def test_in_ci_what_is_missing_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([ABSENT], in_ci=True) == 1
    assert "cannot run" in capsys.readouterr().out


def test_what_is_there_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([Need("a lighthouse", lambda: "the old one", "ships", "build one")], in_ci=True) == 0
    assert capsys.readouterr().out == "a lighthouse: the old one\n"
