"""What an installation was begun with, kept beside its ledger; it stays that way."""

from __future__ import annotations

from pathlib import Path

import msgspec

from shancheng.doors.cli.home import HomeWish, Unable

SEED, SCALE = 7, 1.0


class Settings(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """The content of `home.json`."""

    packs: tuple[str, ...]
    seed: int = SEED
    scale: float = SCALE
    ledger: str = ""
    """Empty for the file in the folder."""


def settings_of(wish: HomeWish, invented: str) -> Settings:
    """What a new installation is begun with; `invented` is the pack where none is named."""
    return Settings(
        packs=wish.packs or (invented,),
        seed=SEED if wish.seed is None else wish.seed,
        scale=SCALE if wish.scale is None else wish.scale,
        ledger=wish.ledger,
    )


def write_settings(file: Path, settings: Settings) -> None:
    """Keep them; whole or not at all."""
    beside = file.with_suffix(".new")
    beside.write_bytes(msgspec.json.format(msgspec.json.encode(settings), indent=1) + b"\n")
    beside.replace(file)


def read_settings(file: Path, wish: HomeWish) -> Settings:
    """What the installation was begun with; raises Unable where the wish says otherwise."""
    try:
        settings = msgspec.json.decode(file.read_bytes(), type=Settings)
    except msgspec.DecodeError as error:
        raise Unable(f"{file} cannot be read ({error}); mend it, or begin another installation with --home.") from None
    asked = {"packs": wish.packs, "seed": wish.seed, "scale": wish.scale, "ledger": wish.ledger}
    for name, value in asked.items():
        begun = getattr(settings, name)
        if value not in (None, "", ()) and value != begun:
            shown = ", ".join(begun) if isinstance(begun, tuple) else begun or "the file in the folder"
            raise Unable(f"{file.parent} was begun with {name} {shown}; leave that out, or give another --home.")
    return settings
