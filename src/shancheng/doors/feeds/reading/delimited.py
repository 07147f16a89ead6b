"""Reads CSV of any encoding and delimiter; a damaged row is named and the next one read."""

import codecs
import csv
import gzip
import io
import zlib
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import IO, cast

from shancheng.doors.feeds.errors import Unreadable
from shancheng.doors.feeds.mapping.records import FileForm
from shancheng.doors.feeds.reading.chunk import ROWS, Chunk
from shancheng.doors.feeds.refused import Refused, shown

HEAD = 1 << 16
"""Bytes by which encoding and delimiter are told."""
LINE_MAX = 1 << 20
"""Characters of a line that are kept."""
CHUNK_TEXT = 1 << 22
"""Characters of a chunk, after which it ends before its rows are full."""
CELL_MAX = 1 << 17
TOO_LONG = "\ud800"
"""Stands for a line that was not kept; no decoder gives it."""
GUESSES = ("gb18030", "big5", "cp1252")
DELIMITERS: dict[str, str] = {",": "','", ";": "';'", "\t": "a tab ('\\t')", "|": "'|'"}
END = (EOFError, zlib.error, OSError)


class Delimited:
    """A CSV file, open."""

    def __init__(self, path: Path, form: FileForm, wanted: Collection[str], *, gzipped: bool) -> None:
        self._path, self._line, self._kept = path, 0, 0
        self.broken = ""
        self._raw = path.open("rb")
        self._size = max(1, path.stat().st_size)
        plain = cast(IO[bytes], gzip.GzipFile(fileobj=self._raw)) if gzipped else self._raw
        try:
            head = plain.read(HEAD)
            plain.seek(0)
        except END as error:
            raise Unreadable(f"{path.name} is damaged at its very beginning ({_why(error)}); fetch it again.") from None
        self._encoding = _encoding(head, form, path.name)
        header_line = _decoded(head, self._encoding).lstrip("\ufeff").splitlines()[:1]
        self._delimiter = _delimiter(header_line[0] if header_line else "", form, wanted, path.name)
        text = io.TextIOWrapper(plain, encoding=self._encoding, errors="surrogateescape", newline="")
        self._text = text
        self._rows = csv.reader(self._lines(), delimiter=self._delimiter, strict=True)
        self.names = self._header(wanted)

    def chunks(self, columns: Sequence[str]) -> Iterator[Chunk]:
        """Its rows with these columns."""
        at = [self.names.index(name) for name in columns]
        while True:
            chunk = self._chunk(columns, at)
            if len(chunk):
                yield chunk
            if self._ended:
                return

    def share(self) -> float:
        """How much has been read, 0 to 1."""
        return 1.0 if self._raw.closed else min(1.0, self._raw.tell() / self._size)

    def close(self) -> None:
        """Let the file go."""
        self._raw.close()

    _ended = False

    def _header(self, wanted: Collection[str]) -> tuple[str, ...]:
        try:
            header = tuple(name.strip().lstrip("\ufeff") for name in next(self._rows, []))
        except (csv.Error, *END) as error:
            raise Unreadable(f"The header of {self._path.name} cannot be read: {_why(error)}.") from None
        if not any(header):
            raise Unreadable(f"{self._path.name} is empty; its first line has to name the columns.")
        doubled = sorted({name for name in wanted if header.count(name) > 1})
        if doubled:
            raise Unreadable(f"{self._path.name} has column '{doubled[0]}' twice; rename one of them.")
        return header

    def _lines(self) -> Iterator[str]:
        """Lines with their ends; of one that is too long only a mark is left."""
        while line := self._text.readline(LINE_MAX):
            self._line += 1
            if len(line) == LINE_MAX and line[-1] not in "\r\n":
                while (more := self._text.readline(LINE_MAX)) and more[-1] not in "\r\n":
                    pass
                line = TOO_LONG + "\n"
            self._kept += len(line)
            yield line

    def _chunk(self, columns: Sequence[str], at: Sequence[int]) -> Chunk:
        lines: list[int] = []
        rows: list[Sequence[str | None]] = []
        damaged: dict[int, Refused] = {}
        nothing: list[str | None] = [None] * len(columns)
        self._kept = 0
        while len(lines) < ROWS and self._kept < CHUNK_TEXT:
            first = self._line + 1
            try:
                row = next(self._rows, None)
            except csv.Error as error:
                damaged[len(lines)] = self._damage(first, str(error))
                row = list(self.names)
            except END as error:
                self.broken = _broken(self._path.name, self._line, error)
                row = None
            if row is None:
                self._ended = True
                break
            if not row:
                continue
            if len(lines) not in damaged and (found := self._fault(first, row)):
                damaged[len(lines)] = found
            rows.append(nothing if len(lines) in damaged else [row[position] for position in at])
            lines.append(first)
        cells = list(zip(*rows, strict=True)) or [()] * len(columns)
        return Chunk(lines, dict(zip(columns, cells, strict=True)), damaged)

    def _fault(self, line: int, row: Sequence[str]) -> Refused | None:
        if any(TOO_LONG in cell for cell in row):
            return Refused(
                line=line,
                code="too-long",
                reason=f"The line has more than {LINE_MAX:,} characters; is a line break missing?",
            )
        if len(row) != len(self.names):
            reason = f"The row has {len(row)} cells, the header {len(self.names)}; "
            reason += f"a cell that holds {DELIMITERS[self._delimiter]} has to stand in quotes."
            return Refused(line=line, value=shown(row[0]), code="wrong-width", reason=reason)
        return None

    def _damage(self, first: int, error: str) -> Refused:
        until = f" It goes on to line {self._line}." if self._line > first else ""
        if "field limit" in error:
            reason = f"A cell has more than {CELL_MAX:,} characters; is a quote not closed?{until}"
            return Refused(line=first, code="too-long", reason=reason)
        reason = f"The row cannot be taken apart: {error}. Quotes inside a quoted cell have to be doubled.{until}"
        return Refused(line=first, code="broken-row", reason=reason)


def _encoding(head: bytes, form: FileForm, name: str) -> str:
    if form.encoding:
        try:
            return codecs.lookup(form.encoding).name
        except LookupError:
            message = f"There is no encoding '{form.encoding}'; write utf-8, gb18030 or cp1252 in [file]."
            raise Unreadable(message) from None
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise Unreadable(f'{name} is UTF-16; write encoding = "utf-16" in the [file] table of the map.')
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError as error:
        line = head.count(b"\n", 0, error.start) + 1
        guess = next((coding for coding in GUESSES if _can_read(head, coding)), "gb18030")
        raise Unreadable(
            f"{name}, line {line}: byte 0x{head[error.start]:02X} is not UTF-8; "
            f'if it is {guess}, write encoding = "{guess}" in the [file] table of the map.'
        ) from None
    return "utf-8-sig"


def _can_read(head: bytes, coding: str) -> bool:
    try:
        codecs.getincrementaldecoder(coding)().decode(head)
    except UnicodeDecodeError:
        return False
    return True


def _decoded(head: bytes, encoding: str) -> str:
    return codecs.getincrementaldecoder(encoding)("replace").decode(head)


def _delimiter(header: str, form: FileForm, wanted: Collection[str], name: str) -> str:
    """The delimiter that finds most of the wanted columns in the header."""
    found = {sign: len(set(wanted) & _names(header, sign)) for sign in DELIMITERS}
    best = max(found, key=lambda sign: found[sign])
    if not form.delimiter:
        return best
    if found[best] > found[form.delimiter]:
        given, right = DELIMITERS[form.delimiter], DELIMITERS[best]
        raise Unreadable(
            f"With {given} between its cells, {name} has {found[form.delimiter]} of the {len(set(wanted))} columns of "
            f"the map; with {right} it has {found[best]}. Correct delimiter in the [file] table of the map."
        )
    return form.delimiter


def _names(header: str, sign: str) -> set[str]:
    try:
        return {cell.strip() for cell in next(csv.reader([header], delimiter=sign), [])}
    except csv.Error:
        return set()


def _why(error: BaseException) -> str:
    return (str(error) or type(error).__name__).rstrip(".")


def _broken(name: str, line: int, error: BaseException) -> str:
    if isinstance(error, OSError) and not isinstance(error, gzip.BadGzipFile) and error.errno:
        return f"{name} could not be read after line {line}: {_why(error)}."
    return f"{name} ends in the middle of its gzip stream, after line {line}; fetch it again and run the import anew."
