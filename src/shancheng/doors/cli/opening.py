"""How commands name an installation and open it."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from shancheng.doors.cli.home import Home, HomeWish, Unable
from shancheng.doors.cli.house import House

VARIABLE = "SHANCHENG_HOME"


def add_home(parser: argparse.ArgumentParser) -> None:
    """The options that say which installation is meant."""
    parser.add_argument("--home", type=Path, metavar="FOLDER", help=f"the installation (${VARIABLE}, else ./var)")
    parser.add_argument("--ledger", default="", metavar="WHERE", help="a file, or postgresql://...; as it was begun")


def home_of(arguments: argparse.Namespace, house: House) -> Home:
    """The installation that the arguments name."""
    if house.home is None:
        raise Unable("This build of the command line has no installation to open.")
    folder = arguments.home or Path(os.environ.get(VARIABLE) or "var")
    return house.home(
        HomeWish(
            folder=folder,
            ledger=arguments.ledger,
            packs=tuple(getattr(arguments, "pack", None) or ()),
            seed=getattr(arguments, "seed", None),
            scale=getattr(arguments, "scale", None),
        )
    )
