"""The house checks itself: rooms, words, directions, papers."""

import ast
import importlib
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "shancheng"
MODULES = sorted(SOURCE.rglob("*.py"))
VAGUE = {"utils", "util", "helpers", "helper", "common", "base", "core", "manager", "misc", "lib", "tools"}
SHELF_MOST = 8


def rows(path: Path) -> list[dict[str, str]]:
    """The records of a TOML file with one list."""
    (found,) = tomllib.loads(path.read_text(encoding="utf-8")).values()
    return list(found)


def tracked(*paths: str) -> list[str]:
    """Files that belong to the repository; in a checkout without git, every file."""
    listed = subprocess.run(["git", "ls-files", *paths], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode == 0:
        return listed.stdout.split()
    return [str(path.relative_to(ROOT)) for path in ROOT.rglob("*") if path.is_file()]


def test_every_room_is_listed_and_every_listed_room_is_there() -> None:
    listed = {room["path"] for room in rows(ROOT / "rooms.toml")}
    folders = {
        Path(file).parent.relative_to("src/shancheng") for file in tracked("src/shancheng") if file.endswith(".py")
    }
    there = {str(folder) for folder in folders if 1 <= len(folder.parts) <= 2} | {"packs"}

    assert there == {path for path in listed if path.count("/") <= 1}
    assert not [path for path in listed if not (SOURCE / path).is_dir()]


def test_no_shelf_holds_more_than_eight_rooms() -> None:
    for folder in (SOURCE, SOURCE / "wings", SOURCE / "doors", SOURCE / "ground"):
        rooms = [child for child in folder.iterdir() if child.is_dir() and child.name != "__pycache__"]
        assert len(rooms) <= SHELF_MOST, f"{folder.name} holds {len(rooms)} rooms"


def test_no_module_is_vaguely_named() -> None:
    vague = [str(path.relative_to(ROOT)) for path in MODULES if path.stem in VAGUE]

    assert not vague


def test_every_module_begins_with_one_sentence() -> None:
    silent = [
        str(path.relative_to(ROOT)) for path in MODULES if not ast.get_docstring(ast.parse(path.read_text("utf-8")))
    ]

    assert not silent


def test_everything_public_has_a_word_about_it() -> None:
    silent = []
    for path in MODULES:
        for node in ast.parse(path.read_text("utf-8")).body:
            public = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
            if public and not node.name.startswith("_") and not ast.get_docstring(node):  # type: ignore[union-attr]
                silent.append(f"{path.relative_to(ROOT)}:{node.name}")  # type: ignore[attr-defined]

    assert not silent


def test_no_function_is_longer_than_sixty_lines_and_no_file_than_five_hundred() -> None:
    long = []
    for path in MODULES:
        text = path.read_text("utf-8")
        if text.count("\n") > 500:
            long.append(f"{path.relative_to(ROOT)} has {text.count(chr(10))} lines")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
                lines = node.end_lineno - node.lineno + 1 - len((ast.get_docstring(node) or "").splitlines())
                if lines > 60:
                    long.append(f"{path.relative_to(ROOT)}:{node.name} has {lines} lines")

    assert not long


def test_below_the_doors_nobody_looks_at_a_clock_or_rolls_dice() -> None:
    forbidden = re.compile(
        r"\b(time\.time\(|datetime\.now\(|datetime\.utcnow\(|date\.today\(|random\.random\(|uuid4\()"
    )
    floors = [SOURCE / floor for floor in ("methods", "ground", "loop", "wings")]
    found = [
        f"{path.relative_to(ROOT)}: {match.group()}"
        for floor in floors
        for path in floor.rglob("*.py")
        if (match := forbidden.search(path.read_text("utf-8")))
    ]

    assert not found


def test_imports_point_down_only() -> None:
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]


@pytest.mark.parametrize("row", rows(ROOT / "mission.toml"), ids=lambda row: row["key"])
def test_the_mission_says_what_the_tree_holds(row: dict[str, str]) -> None:
    room, journey = SOURCE / row["room"], row.get("journey", "")

    assert row["state"] in {"planned", "partly", "works"}
    if row["state"] == "planned":
        assert not journey
        assert not any(room.glob("*.py")), f"{row['key']} is called planned, but {row['room']} is lived in"
        return
    assert room.is_dir()
    file, _, name = journey.partition("::")
    text = (ROOT / file).read_text(encoding="utf-8")
    assert f"def {name}(" in text if name else "def test_" in text
    assert row["state"] == "works" or row["lacks"]


def test_the_mission_has_its_fourteen_rows() -> None:
    assert [row["key"] for row in rows(ROOT / "mission.toml")] == [f"S{number}" for number in range(1, 15)]


def glossary() -> list[tuple[str, str]]:
    """Each word of the glossary and where it lives."""
    text = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    return re.findall(r"^\| [^|]+ \| ([^|]+) \| `([\w.]+)` \|", text, flags=re.MULTILINE)


@pytest.mark.parametrize(("word", "home"), glossary())
def test_every_word_of_the_glossary_lives_where_it_says(word: str, home: str) -> None:
    module, _, name = home.rpartition(".")

    assert hasattr(importlib.import_module(module), name), f"{word} is not at {home}"


def test_the_readme_is_short_and_its_links_lead_somewhere() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")

    assert 100 < len(text.split()) < 500


@pytest.mark.parametrize(
    "page",
    [ROOT / "README.md", ROOT / "ARCHITECTURE.md", *sorted((ROOT / "docs").rglob("*.md"))],
    ids=lambda page: page.name,
)
def test_links_between_papers_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", page.read_text(encoding="utf-8"))

    assert not [link for link in links if not (page.parent / link).exists()]


HEAVY = "numpy shapely pyarrow starlette apsw asyncpg pyproj rich"


def test_asking_for_help_loads_nothing_heavy() -> None:
    script = (
        "import sys, shancheng.app\n"
        "try: shancheng.app.main(['--help'])\n"
        "except SystemExit: pass\n"
        f"print(sorted(set({HEAVY!r}.split()) & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert done.stderr.strip().splitlines()[-1] == "[]"


def test_nothing_tracked_is_minified_or_large() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.split(
        "\n"
    )
    found = [
        path
        for path in listed
        if path
        and (ROOT / path).is_file()
        and (path.endswith((".min.js", ".min.css", ".whl", ".zip")) or (ROOT / path).stat().st_size > 3_000_000)
    ]

    assert not found
