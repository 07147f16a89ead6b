"""Reads Parquet, row group by row group."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from shancheng.doors.feeds.errors import Unreadable
from shancheng.doors.feeds.reading.chunk import ROWS, Chunk


class Parquet:
    """A Parquet file; rows are numbered from 1."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._done = 0
        self.broken = ""
        try:
            self._file = pq.ParquetFile(path)
        except (pa.ArrowException, OSError) as error:
            raise Unreadable(f"{path.name} is damaged Parquet ({_first(error)}); fetch it again.") from None
        self.names: tuple[str, ...] = tuple(self._file.schema_arrow.names)

    def chunks(self, columns: Sequence[str]) -> Iterator[Chunk]:
        """Its rows with these columns. Raises Unreadable where a wanted column holds lists or records."""
        for name in columns:
            kind = self._file.schema_arrow.field(name).type
            if pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
                raise Unreadable(f"Column '{name}' of {self._path.name} holds {kind}, not one plain value a row.")
        try:
            for batch in self._file.iter_batches(batch_size=ROWS, columns=list(columns)):
                yield self._chunk(batch)
        except (pa.ArrowException, OSError) as error:
            self.broken = f"{self._path.name} cannot be read after row {self._done}: {_first(error)}; fetch it again."

    def _chunk(self, batch: pa.RecordBatch) -> Chunk:
        first = self._done + 1
        self._done += batch.num_rows
        columns = {name: batch.column(name).to_pylist() for name in batch.schema.names}
        return Chunk(list(range(first, self._done + 1)), columns)

    def share(self) -> float:
        """How much has been read, 0 to 1."""
        return self._done / max(1, int(self._file.metadata.num_rows))

    def close(self) -> None:
        """Let the file go."""
        self._file.close()


def _first(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")
