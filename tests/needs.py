"""What the whole suite needs besides Python: looked for with what is there, installed where that can be done.

`make test` runs this first. In CI something missing is an error; on a laptop its tests are skipped.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
POSTGRES_OLDEST = 15
IN_CI = bool(os.environ.get("CI"))


@dataclass(frozen=True)
class Need:
    """Something that is needed: how it is found, what it is for, and how it is put right."""

    name: str
    find: Callable[[], str]
    """What was found, or nothing."""
    serves: str
    remedy: str
    packages: Sequence[str] = ()
    """Debian packages that bring it."""


def find_postgres() -> str:
    """Version of the newest PostgreSQL server programs."""
    folders = [*Path("/usr/lib/postgresql").glob("*/bin")]
    initdb = shutil.which("initdb")
    folders += [Path(initdb).resolve().parent] if initdb else []
    versions = [version for folder in folders if (version := _version(folder)) >= POSTGRES_OLDEST]
    return f"PostgreSQL {max(versions)}" if versions else ""


def _version(folder: Path) -> int:
    programs = [folder / name for name in ("initdb", "pg_ctl", "postgres")]
    if not all(program.exists() for program in programs):
        return 0
    said = subprocess.run([programs[0], "--version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"(\d+)", said)
    return int(found[1]) if found else 0


def find_another_user() -> str:
    """PostgreSQL will not run as root; there the suite runs it as the user that its package makes."""
    if os.geteuid() != 0:
        return "not running as root"
    known = subprocess.run(["id", "-u", "postgres"], capture_output=True, check=False).returncode == 0
    return "user postgres" if known and shutil.which("runuser") else ""


def find_chromium() -> str:
    """The browser of Debian that pages are looked at in."""
    return shutil.which("chromium") or ""


def find_chinese_font() -> str:
    """A font that has Chinese; without it every page is boxes."""
    if not shutil.which("fc-list"):
        return ""
    fonts = subprocess.run(["fc-list", ":lang=zh-cn", "family"], capture_output=True, text=True, check=False).stdout
    return next(iter(sorted(fonts.splitlines())), "")


def find_data() -> str:
    """The folder of real data."""
    folder = Path(os.environ.get("SHANCHENG_DATA", ROOT.parent / "shared" / "data"))
    return str(folder) if folder.is_dir() else ""


NEEDS = (
    Need(
        "PostgreSQL 15 or newer",
        find_postgres,
        "the tests of the city's store",
        "install it with: apt-get install postgresql",
        ("postgresql",),
    ),
    Need(
        "a user to run PostgreSQL",
        find_another_user,
        "the tests of the city's store",
        "run the tests as an ordinary user, or install: apt-get install postgresql util-linux",
        ("postgresql", "util-linux"),
    ),
    Need(
        "a browser",
        find_chromium,
        "the journeys through pages",
        "install it with: apt-get install chromium",
        ("chromium",),
    ),
    Need(
        "a Chinese font",
        find_chinese_font,
        "the journeys through pages",
        "install one with: apt-get install fonts-noto-cjk fontconfig",
        ("fonts-noto-cjk", "fontconfig"),
    ),
    Need(
        "real data",
        find_data,
        "the tests on real cities",
        "set SHANCHENG_DATA to the folder that holds them",
    ),
)


def install(packages: Sequence[str]) -> None:
    """Install Debian packages where this is root on a machine that has apt."""
    if not packages or os.geteuid() != 0 or not shutil.which("apt-get"):
        return
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in (["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", *packages]):
        subprocess.run(command, env=quiet, stdout=subprocess.DEVNULL, check=False)


def main(needs: Sequence[Need] = NEEDS, *, in_ci: bool = IN_CI) -> int:
    """Look for everything; 1 where something is missing and must not be."""
    missing = 0
    for need in needs:
        found = need.find()
        if not found and need.packages:
            install(need.packages)
            found = need.find()
        missing += not found
        sys.stdout.write(f"{need.name}: {found}\n" if found else _missing(need, in_ci))
    return int(in_ci and missing > 0)


def _missing(need: Need, in_ci: bool) -> str:
    outcome = f"{need.serves} cannot run" if in_ci else f"{need.serves} are skipped"
    return f"{need.name}: missing, so {outcome}; {need.remedy}\n"


if __name__ == "__main__":
    raise SystemExit(main())
