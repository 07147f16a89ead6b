"""Files as chunks of rows: CSV in any encoding, gzip or not, and Parquet."""

from shancheng.doors.feeds.reading.source import Chunk, Source, open_source

__all__ = ["Chunk", "Source", "open_source"]
