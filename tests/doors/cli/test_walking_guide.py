"""The guide on walking is read aloud: its commands are run, and they print what it shows."""

import re
import shlex
from pathlib import Path

import pytest

from shancheng.app import main

GUIDE = Path(__file__).resolve().parents[3] / "docs" / "guides" / "walking.md"
BLOCK = re.compile(r"^```\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LEFT_OUT = re.compile(r"^ *\.\.\.$", re.MULTILINE)
DAY = re.compile(r"Made on \d{4}-\d\d-\d\d")


def words(text):
    """The text without its line breaks and the day it was made on."""
    return DAY.sub("Made on a day", " ".join(text.split()))


def commands(block):
    """What is to be typed, each command as its words; a line that ends in a backslash goes on."""
    lines = block.replace("\\\n", " ").splitlines()
    return [shlex.split(line)[1:] for line in lines if line.startswith("shancheng ")]


@pytest.mark.slow
def test_the_commands_of_the_guide_print_what_it_shows(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    printed, shown = "", 0

    for block in BLOCK.findall(GUIDE.read_text(encoding="utf-8")):
        asked = commands(block)
        for command in asked:
            assert main(command) == 0, command
            said = capsys.readouterr()
            printed += words(f"{said.out}\n{said.err}") + " "
        if asked:
            continue
        for piece in filter(None, map(words, LEFT_OUT.split(block))):
            assert piece in printed
            printed = printed[printed.index(piece) + len(piece) :]
            shown += 1

    assert shown > 5
