"""A reform as data: what is created, moved, renamed, merged, split and abolished on one day."""

import datetime as dt
from pathlib import Path
from typing import Literal

import msgspec

from shancheng.ground.pack import Fault, PackError

Reference = int | str
"""A place by id, by a code in force the day before, by the name of a place this reform creates, or by a unique name."""


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every part of a reform refuses: fields it does not know."""


class Create(Part, frozen=True, kw_only=True):
    """A new place; its id is permanent and must never have been used."""

    name: str
    id: int = 0
    """0 lets the next free id be taken when the reform is applied to a folder; a pack that ships names it."""
    code: str = ""
    parent: Reference | None = None
    level: int = 0
    """0 is one below the parent."""
    type: str = ""


class Transfer(Part, frozen=True, kw_only=True):
    """Children of one place come under another."""

    from_: Reference = msgspec.field(name="from")
    to: Reference
    towns: Literal["ALL"] | tuple[Reference, ...] = "ALL"
    except_: tuple[Reference, ...] = msgspec.field(name="except", default=())


class Rename(Part, frozen=True, kw_only=True):
    """A new name, and with `type` a new kind (a township becomes a town)."""

    place: Reference
    name: str
    type: str = ""


class Recode(Part, frozen=True, kw_only=True):
    """A new code."""

    place: Reference
    code: str


class Merge(Part, frozen=True, kw_only=True):
    """Places give all they have to another and end."""

    from_: tuple[Reference, ...] = msgspec.field(name="from")
    to: Reference


class Share(Part, frozen=True, kw_only=True):
    """Part of a split: the children that go to a place."""

    to: Reference
    towns: tuple[Reference, ...] = ()
    weight: float = 0.0
    """Share of the old place, where it has no children to count."""


class Split(Part, frozen=True, kw_only=True):
    """A place is divided among others; it ends unless it keeps a part."""

    from_: Reference = msgspec.field(name="from")
    into: tuple[Share, ...]
    keep: bool = False


class Reform(Part, frozen=True, kw_only=True):
    """One decision about the territory, in force from one day on. Parts are carried out in the order of the fields."""

    key: str
    effective: dt.date
    source: str
    name: dict[str, str] = {}
    announced: dt.date | None = None
    document: str = ""
    create: tuple[Create, ...] = ()
    transfer: tuple[Transfer, ...] = ()
    merge: tuple[Merge, ...] = ()
    split: tuple[Split, ...] = ()
    rename: tuple[Rename, ...] = ()
    recode: tuple[Recode, ...] = ()
    abolish: tuple[Reference, ...] = ()


def read_reform(path: Path, label: str = "") -> Reform:
    """The reform in a TOML file; raises PackError with a sentence where it cannot be read."""
    try:
        return msgspec.toml.decode(path.read_bytes(), type=Reform)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        message = f"this is not a reform: {error}. See the territory guide for its fields."
        raise PackError([Fault(code="wrong-value", file=label or path.name, message=message)]) from error
    except OSError as error:
        message = f"the file cannot be read: {error.strerror}."
        raise PackError([Fault(code="missing-file", file=label or str(path), message=message)]) from error


def reforms_in(folder: Path) -> tuple[Reform, ...]:
    """Reforms in a pack's `changes` folder, in order of the day they take effect."""
    paths = sorted((folder / "changes").glob("*.toml"))
    found = [read_reform(path, f"{folder.name}/changes/{path.name}") for path in paths]
    return tuple(sorted(found, key=lambda reform: (reform.effective, reform.key)))
