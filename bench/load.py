"""A client that keeps a number of connections busy, and a look at how much of the processor a process has used."""

import asyncio
import os
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
END = b"\r\n\r\n"
LENGTH = b"content-length: "


@dataclass
class Outcome:
    """What a round of requests came to."""

    seconds: float
    statuses: Counter[bytes]
    waits: list[float]
    """Seconds from sending to answer, sorted."""

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.waits) / self.seconds

    def quantile(self, share: float) -> float:
        """Milliseconds within which a share of the answers came."""
        return 1000 * self.waits[min(len(self.waits) - 1, int(share * len(self.waits)))]


@dataclass
class _Round:
    requests: Iterator[bytes]
    left: int
    open: int
    done: "asyncio.Future[None]"
    statuses: Counter[bytes] = field(default_factory=Counter)
    waits: list[float] = field(default_factory=list)


class _Connection(asyncio.Protocol):
    def __init__(self, round_: _Round) -> None:
        self._round = round_
        self._read = b""
        self._sent = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._next()

    def _next(self) -> None:
        if not self._round.left:
            self._transport.close()
            return
        self._round.left -= 1
        self._sent = time.perf_counter()
        self._transport.write(next(self._round.requests))  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        self._read += data
        end = self._read.find(END)
        if end < 0:
            return
        at = self._read.find(LENGTH, 0, end) + len(LENGTH)
        length = int(self._read[at : self._read.index(b"\r", at)])
        if len(self._read) < end + len(END) + length:
            return
        self._round.waits.append(time.perf_counter() - self._sent)
        self._round.statuses[self._read[9:12]] += 1
        self._read = b""
        self._next()

    def connection_lost(self, error: Exception | None) -> None:
        self._round.open -= 1
        if not self._round.open and not self._round.done.done():
            self._round.done.set_result(None)


async def _pound(port: int, requests: Iterator[bytes], connections: int, total: int) -> Outcome:
    loop = asyncio.get_running_loop()
    round_ = _Round(requests, total, connections, loop.create_future())
    begun = time.perf_counter()
    for _ in range(connections):
        await loop.create_connection(lambda: _Connection(round_), "127.0.0.1", port)
    await round_.done
    return Outcome(time.perf_counter() - begun, round_.statuses, sorted(round_.waits))


def pound(port: int, requests: Iterator[bytes], *, connections: int, total: int) -> Outcome:
    """Send `total` requests over so many connections, each waiting for its answer before the next."""
    import uvloop

    return uvloop.run(_pound(port, requests, connections, total))


def posts(path: str, body: bytes, headers: dict[str, str], key: str) -> Iterator[bytes]:
    """Endless POST requests that differ in their idempotency key."""
    lines = [f"POST {path} HTTP/1.1", "Host: bench", "Content-Type: application/json", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    head = ("\r\n".join(lines) + "\r\nIdempotency-Key: " + key).encode()
    number = 0
    while True:
        number += 1
        yield b"%b%012d\r\n\r\n%b" % (head, number, body)


def cpu_seconds(process: int) -> float:
    """Seconds of processor a process and its threads have used."""
    fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS
