"""Cells as words: blanks off, and one way to say that there is nothing."""

from collections.abc import Collection, Sequence

from shancheng.doors.feeds.reading import Chunk
from shancheng.doors.feeds.walk.unfit import Unfit

CONTROL = dict.fromkeys(range(32))
KEPT = "\n\r\t"
for _sign in KEPT:
    del CONTROL[ord(_sign)]


class Cells:
    """The cells of one chunk by column and row."""

    def __init__(self, chunk: Chunk, missing: Collection[str]) -> None:
        self._chunk = chunk
        self._missing = frozenset(missing)
        self._words: dict[str, list[str]] = {}

    def __len__(self) -> int:
        return len(self._chunk)

    def raw(self, column: str, row: int) -> object:
        """The cell as the file holds it; None where there is nothing."""
        value = self._chunk.columns[column][row]
        if isinstance(value, str):
            return self.word(column, row) or None
        return None if value != value else value  # NaN alone differs from itself

    def word(self, column: str, row: int) -> str:
        """The cell as text without blanks around it; empty where there is nothing or no such column was named."""
        return self.words(column)[row] if column else ""

    def words(self, column: str) -> Sequence[str]:
        """A whole column as texts."""
        found = self._words.get(column)
        if found is None:
            found = self._words[column] = [self._plain(value) for value in self._chunk.columns[column]]
        return found

    def check(self, row: int) -> None:
        """Raises Unfit where a cell holds bytes that are no text."""
        for column, cells in self._chunk.columns.items():
            value = cells[row]
            if isinstance(value, str) and not value.isprintable():
                _check_text(value, column)

    def _plain(self, value: object) -> str:
        if value is None:
            return ""
        if isinstance(value, float):
            text = str(int(value)) if value.is_integer() else ("" if value != value else repr(value))
        else:
            text = str(value).strip()
        return "" if text in self._missing else text


def _check_text(value: str, column: str) -> None:
    if "\0" in value:
        reason = f"Column '{column}' holds a NUL byte; the file is damaged there, export the row again."
        raise Unfit("not-text", reason, column=column, value=value)
    if value != value.translate(CONTROL):
        reason = f"Column '{column}' holds control characters; the file is damaged there, export the row again."
        raise Unfit("not-text", reason, column=column, value=value)
    try:
        value.encode()
    except UnicodeEncodeError:
        reason = (
            f"Column '{column}' holds bytes that are not text in the file's encoding; name the right one in [file]."
        )
        raise Unfit("not-text", reason, column=column, value=value) from None
