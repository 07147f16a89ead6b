"""The map of a file: which column says what, and what its values mean here."""

from shancheng.doors.feeds.mapping.fitting import fit_to_city, fit_to_file
from shancheng.doors.feeds.mapping.records import Map, columns_of
from shancheng.doors.feeds.mapping.strict import read_map

__all__ = ["Map", "columns_of", "fit_to_city", "fit_to_file", "read_map"]
