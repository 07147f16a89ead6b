"""Puts a reform into a city's own pack, keeps what it changed, and takes it back."""

from pathlib import Path

import msgspec

from shancheng.ground.pack import Packs
from shancheng.ground.pack.reader import SHIPPED
from shancheng.ground.territory.amendment import Amendment, Preview, apply, preview
from shancheng.ground.territory.errors import ReformError, TerritoryError
from shancheng.ground.territory.reform import Reform, read_reform, reforms_in
from shancheng.ground.territory.tables import Tables, tables_of
from shancheng.ground.territory.territory import Territory


def begin_own_pack(folder: Path, over: str) -> None:
    """Make the folder a pack of its own over another, so that reforms have somewhere to lie."""
    folder.mkdir(parents=True, exist_ok=True)
    content = f'key = "{folder.name}"\nname = {{ en = "{folder.name}" }}\nneeds = ["{over}"]\nsource = "own records"\n'
    (folder / "city.toml").write_text(content, encoding="utf-8")


def enact(path: Path, folder: Path, packs: Packs) -> Preview:
    """Lay a reform file into `folder/changes` and keep an undo record; raises ReformError with every conflict.

    From then on each territory compiled from the pack has the reform in force on its day; nothing else is rewritten.
    """
    _own(folder)
    reform = read_reform(path)
    foreseen = foresee(reform, packs)
    conflicts = [*foreseen.conflicts, *_unnumbered(reform, foreseen)]
    if conflicts:
        raise ReformError(reform.key, conflicts)
    _, amendment = apply(Territory.of(packs).tables, packs.city.scheme, reform)
    _write(_change(folder, reform.key), path.read_bytes())
    _write(_record(folder, reform.key), msgspec.json.format(msgspec.json.encode(amendment)))
    return foreseen


def foresee(reform: Reform, packs: Packs) -> Preview:
    """What the reform would do to the territory of these packs; nothing is written."""
    territory = Territory.of(packs)
    known = {other.key for pack in packs.packs for other in reforms_in(pack.folder)}
    if reform.key in known:
        raise ReformError(reform.key, [f"A reform with the key {reform.key} is in force already; undo it first."])
    return preview(territory, reform)


def take_back(key: str, folder: Path, packs: Packs) -> Amendment:
    """Take a reform out of `folder/changes`; what it had done.

    Raises TerritoryError where later reforms build on it.
    """
    _own(folder)
    path, record = _change(folder, key), _record(folder, key)
    if not path.exists():
        known = ", ".join(reform.key for reform in reforms_in(folder)) or "none"
        raise TerritoryError(f"No reform named '{key}' was applied to {folder.name}; applied are: {known}.")
    _without(key, packs)
    amendment = msgspec.json.decode(record.read_bytes(), type=Amendment) if record.exists() else None
    path.unlink()
    record.unlink(missing_ok=True)
    return amendment or _amendment(key, packs)


def _without(key: str, packs: Packs) -> Tables:
    """The tables with every reform but one; raises TerritoryError where the rest no longer fits."""
    tables = tables_of(packs)
    for reform in _in_order(packs):
        if reform.key == key:
            continue
        try:
            tables, _ = apply(tables, packs.city.scheme, reform)
        except ReformError as error:
            raise TerritoryError(
                f"Reform {key} cannot be taken back before {reform.key}, which builds on it: {error.conflicts[0]}"
            ) from error
    return tables


def _amendment(key: str, packs: Packs) -> Amendment:
    """What a reform that lies in the packs did, where no record was kept."""
    tables = tables_of(packs)
    for reform in _in_order(packs):
        tables, amendment = apply(tables, packs.city.scheme, reform)
        if reform.key == key:
            return amendment
    raise TerritoryError(f"No reform named '{key}' is in these packs.")


def _in_order(packs: Packs) -> list[Reform]:
    found = [reform for pack in packs.packs for reform in reforms_in(pack.folder)]
    return sorted(found, key=lambda reform: (reform.effective, reform.key))


def _unnumbered(reform: Reform, foreseen: Preview) -> list[str]:
    """New places without an id of their own: ids are permanent, so the file must say them."""
    free = {line.name: line.id for line in foreseen.created}
    return [
        f"The new place {create.name} has no id. Ids are permanent: write id = {free.get(create.name)}, the next free."
        for create in reform.create
        if not create.id
    ]


def _own(folder: Path) -> None:
    if folder.resolve().is_relative_to(SHIPPED):
        raise TerritoryError(
            f"{folder.name} ships with Shancheng and is not rewritten. Name a folder of your own with --pack, "
            f"and begin it with --over {folder.name}."
        )
    if not (folder / "city.toml").is_file():
        raise TerritoryError(
            f"{folder} is no pack: it has no city.toml. Name a folder of your own, or begin one with --over PACK."
        )


def _change(folder: Path, key: str) -> Path:
    return folder / "changes" / f"{key}.toml"


def _record(folder: Path, key: str) -> Path:
    return folder / "undo" / f"{key}.json"


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
