"""The keeper: a book of facts that follows a lane and reads only what is new to it."""

import asyncio
from collections.abc import Callable, Sequence
from typing import TypeVar

from shancheng.loop.ledger import Head, Reader
from shancheng.loop.move import Move
from shancheng.wings.governance.book import Book

T = TypeVar("T")


class FactsKeeper:
    """Follows one lane; a past instant is answered from a book of its own, read up to then."""

    def __init__(self, reader: Reader, lane: str) -> None:
        self._reader = reader
        self._lane = lane
        self._book = Book()
        self._head = Head()
        self._latest = 0
        self._turn = asyncio.Lock()

    async def work_out(self, as_of: int, make: Callable[[Book, Head], T]) -> T:
        """What is made of the facts as of an instant, beside the loop of the house: a million rows take seconds.

        Nothing is taken into the book meanwhile.
        """
        async with self._turn:
            book, head = await self._up_to(as_of)
            return await asyncio.to_thread(make, book, head)

    async def book(self, as_of: int) -> tuple[Book, Head]:
        """Facts as of an instant: what occurred by then as far as is known now, and the last line that was read.

        An act counts from when it occurred, so what a cut-off worker reported late is in its right place.
        """
        async with self._turn:
            return await self._up_to(as_of)

    async def _up_to(self, as_of: int) -> tuple[Book, Head]:
        await self._catch_up()
        if as_of >= self._latest:
            return self._book, self._head
        return await self._past(as_of), self._head

    async def _catch_up(self) -> None:
        async for moves in self._reader.moves(self._lane, self._head.seq):
            self._book.take(moves)
            self._head = Head(moves[-1].seq, moves[-1].hash)
            self._latest = max(self._latest, latest_of(moves))
            await asyncio.sleep(0)

    async def _past(self, as_of: int) -> Book:
        book = Book()
        async for moves in self._reader.moves(self._lane, 0, self._head.seq):
            book.take(move for move in moves if move.at <= as_of)
            await asyncio.sleep(0)
        return book


def latest_of(moves: Sequence[Move]) -> int:
    """When the last of some moves occurred."""
    return max((move.at for move in moves), default=0)
