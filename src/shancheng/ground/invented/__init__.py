"""The invented city: a pack made from a seed, and a day of its matters."""

from shancheng.ground.invented.build import Summary, build

__all__ = ["Summary", "build"]
