"""Places of a city: permanent ids, dated facts under them, snapshots of any day, and reforms."""

from shancheng.ground.territory.checks import check
from shancheng.ground.territory.errors import ReformError, TerritoryError, UnknownPlaceError
from shancheng.ground.territory.records import TABLES, Edge, Lineage, PlaceCode, PlaceName, PlaceVersion
from shancheng.ground.territory.snapshot import Node, Snapshot
from shancheng.ground.territory.tables import Tables
from shancheng.ground.territory.territory import Territory

__all__ = [
    "TABLES",
    "Edge",
    "Lineage",
    "Node",
    "PlaceCode",
    "PlaceName",
    "PlaceVersion",
    "ReformError",
    "Snapshot",
    "Tables",
    "Territory",
    "TerritoryError",
    "UnknownPlaceError",
    "check",
]
