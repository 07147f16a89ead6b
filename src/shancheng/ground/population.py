"""Residents by place, as a pack states them."""

import msgspec

from shancheng.ground.pack import Table


class Residents(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many people live in a place."""

    id: int
    """Id of the place."""
    residents: int
    year: int
    source: str


TABLES = (Table("population", Residents, ("id",), form="csv"),)
