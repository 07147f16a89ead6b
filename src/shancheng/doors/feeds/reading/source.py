"""Opens a file by what is in it, not by its name."""

from collections.abc import Collection
from pathlib import Path

from shancheng.doors.feeds.errors import Unreadable
from shancheng.doors.feeds.mapping import Map
from shancheng.doors.feeds.reading.chunk import Chunk, Source
from shancheng.doors.feeds.reading.delimited import Delimited
from shancheng.doors.feeds.reading.parquet import Parquet

__all__ = ["Chunk", "Source", "open_source"]


def open_source(path: Path, mapping: Map, wanted: Collection[str]) -> Source:
    """The file, ready to read. Raises Unreadable in a sentence."""
    if path.is_dir():
        raise Unreadable(f"{path.name} is a folder; name one CSV, gzip or Parquet file.")
    try:
        with path.open("rb") as file:
            magic = file.read(4)
    except OSError as error:
        raise Unreadable(f"{path} cannot be opened: {error.strerror or error}.") from None
    if magic == b"PAR1":
        return Parquet(path)
    if path.suffix == ".parquet":
        raise Unreadable(f"{path.name} is called Parquet but does not begin like one; fetch it again.")
    if magic[:2] == b"PK":
        raise Unreadable(f"{path.name} is a zip or spreadsheet file; save the sheet as CSV (UTF-8) and import that.")
    return Delimited(path, mapping.file, wanted, gzipped=magic[:2] == b"\x1f\x8b")
