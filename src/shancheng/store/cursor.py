"""The cursor of a page: the place in the order where the page before ended."""

from typing import NamedTuple

from shancheng.loop.errors import LoopError

LAST = 2**62
"""Stands for the due time of a matter with no open promise, so that it is listed after all others."""


class Cursor(NamedTuple):
    """Sort value and matter of the last line of a page."""

    value: int
    matter: str

    def __str__(self) -> str:
        return f"{self.value}:{self.matter}"


def cursor_of(text: str) -> Cursor:
    """The cursor a page gave out, read back."""
    value, colon, matter = text.partition(":")
    if not colon or not matter or not value.isascii() or not value.removeprefix("-").isdigit() or len(value) > 20:
        raise LoopError(f"'{text[:80]}' is no cursor of a page; send back the `next` of the page before, or none.")
    return Cursor(int(value), matter)
