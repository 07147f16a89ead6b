"""What the command line says: answers on standard output, complaints on standard error."""

import sys
from typing import TextIO

import msgspec


def say(text: str) -> None:
    """One answer, on a line of its own."""
    _write(sys.stdout, text)


def say_json(answer: object) -> None:
    """An answer for machines: indented JSON of records, dataclasses, lists, mappings, dates and numbers."""
    content = msgspec.json.format(msgspec.json.encode(answer, order="deterministic", enc_hook=str), indent=2)
    _write(sys.stdout, content.decode())


def complain(text: str) -> None:
    """What went wrong and what to do next."""
    _write(sys.stderr, text)


def _write(stream: TextIO, text: str) -> None:
    """A terminal that cannot show a character shows a mark for it; a reader that has gone away is no error."""
    coding = stream.encoding or "utf-8"
    try:
        stream.write(text.encode(coding, "replace").decode(coding) + "\n")
        stream.flush()
    except BrokenPipeError:
        sys.stderr.close()
        raise SystemExit(0) from None
