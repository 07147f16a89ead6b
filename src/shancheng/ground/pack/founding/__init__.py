"""A new city pack out of one file of boundaries."""

from shancheng.ground.pack.founding.founding import Founded, Wish, found_pack

__all__ = ["Founded", "Wish", "found_pack"]
