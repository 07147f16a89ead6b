"""City packs: folders of dated, sourced records that make a city."""

from shancheng.ground.pack.fault import Fault, PackError
from shancheng.ground.pack.table import Pack, Packs, Table

__all__ = ["Fault", "Pack", "PackError", "Packs", "Table"]
