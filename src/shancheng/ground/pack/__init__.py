"""City packs: folders of dated, sourced records that make a city."""

from shancheng.ground.pack.check import Check, check_packs, references, unknown_name
from shancheng.ground.pack.city import City, Layer, Level
from shancheng.ground.pack.fault import Fault, PackError
from shancheng.ground.pack.reader import find_pack, load_packs, read_packs
from shancheng.ground.pack.table import Origin, Pack, Packs, Table

__all__ = [
    "Check",
    "City",
    "Fault",
    "Layer",
    "Level",
    "Origin",
    "Pack",
    "PackError",
    "Packs",
    "Table",
    "check_packs",
    "find_pack",
    "load_packs",
    "read_packs",
    "references",
    "unknown_name",
]
