"""The `shancheng` command: its tree, and the one place where what went wrong becomes a sentence."""

from __future__ import annotations

import argparse
import contextlib
import errno
import os
import pkgutil
import traceback
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path

from shancheng.doors import cli
from shancheng.doors.cli.house import House
from shancheng.doors.cli.say import complain

FAILED, MISUSED, INTERRUPTED = 1, 2, 130
ORDER = ("up", "act", "why", "token", "account", "pack", "territory", "ledger", "feed", "network", "reach", "site")
"""How the commands stand in the help; others follow."""
INSIDE = frozenset({"main", "house", "home", "say", "opening", "settings", "walking", "layers", "drawing", "reach_map"})
"""Modules of this folder that are no commands."""


def parser(version: str) -> argparse.ArgumentParser:
    """The whole tree; every command's module registers itself with `add` and imports what is heavy when it runs."""
    tree = argparse.ArgumentParser(
        prog="shancheng",
        description="Every matter of a city in one closed loop, on one ledger. `shancheng up` shows it.",
    )
    tree.add_argument("--version", action="version", version=f"shancheng {version}")
    commands = tree.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name in _modules():
        import_module(f"{cli.__name__}.{name}").add(commands)
    return tree


def _modules() -> list[str]:
    found = {module.name for module in pkgutil.iter_modules(cli.__path__)} - INSIDE
    return [name for name in ORDER if name in found] + sorted(found - set(ORDER))


def run(argv: Sequence[str] | None, version: str, house: Callable[[], House]) -> int:
    """Do what the command line asks; the exit code: 0 done, 1 could not, 2 misused."""
    try:
        arguments = parser(version).parse_args(argv)
        code: int = arguments.run(arguments, house())
        return code
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        return FAILED
    except Exception as error:  # noqa: BLE001 the one place where faults become sentences
        return _say(error)


def _say(error: Exception) -> int:
    if _is_ours(error):
        complain(str(error))
    elif isinstance(error, OSError) and error.errno:
        where = f"{error.filename}: " if error.filename else ""
        complain(f"{where}{os.strerror(error.errno)}. Check the path and who may read or write it.")
        return FAILED if error.errno != errno.ENOENT else MISUSED
    else:
        complain(_keep(error))
    return FAILED


def _is_ours(error: Exception) -> bool:
    """Errors of this house are sentences; everything else is a fault of ours."""
    ours = type(error).__module__.startswith("shancheng.") or isinstance(error, ExceptionGroup)
    return ours and not isinstance(error, AssertionError)


def _keep(error: Exception) -> str:
    """Write the trace of a fault beside the ledger; the sentence that says where."""
    folder = Path(os.environ.get("SHANCHENG_HOME", "var")) / "faults"
    trace = "".join(traceback.format_exception(error))
    number = f"{abs(hash(trace)) % 10**8:08d}"
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{number}.txt"
        path.write_text(trace, encoding="utf-8")
        return f"A fault of ours stopped this (number {number}). What happened is in {path}; please send it to us."
    return f"A fault of ours stopped this ({type(error).__name__}: {error}), and it could not be written to {folder}."
