"""Five hundred pages look on at one house while reports come in: how far behind the ledger they are, and what it costs.

A reader is a browser's stream of one board: the city's, a district's or a town's, in both languages. How far behind is
from the receipt of a report, which is durable by then, to the event that stands for its line. `LIVE_READERS` (500),
`LIVE_RATE` (10 reports a second: three times what the largest city writes) and `LIVE_SECONDS` (20) may be set.
"""

import asyncio
import http.cookiejar
import json
import os
import re
import subprocess
import tempfile
import time
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles

from bench.claim import Claim
from bench.intake import SHANCHENG, TEXT, House, house

READERS = int(os.environ.get("LIVE_READERS", "500"))
RATE = float(os.environ.get("LIVE_RATE", "10"))
SECONDS = float(os.environ.get("LIVE_SECONDS", "20"))
LAG_SECONDS, RSS_MB = 1.0, 300.0
STREAMS_EACH, SIGNED_IN_EACH = 20, 8
"""Streams of one signed-in browser, and browsers signed in with one token; below what a house allows."""
SETTLE_SECONDS, LAST_SECONDS = 3.0, 10.0
COMMAND = "python -m bench.live"


@dataclass
class Reader:
    """One open stream: when which line of the ledger came."""

    place: int
    seen: list[tuple[int, float]] = field(default_factory=list)
    octets: int = 0

    def behind(self, seq: int, at: float) -> float:
        """Seconds from an instant to the first event that stands for a line or a later one."""
        return max(0.0, next((when for line, when in self.seen if line >= seq), at + LAST_SECONDS) - at)


@dataclass(frozen=True)
class Written:
    """A report that is durable: its line, when its receipt came, and the places it is counted at."""

    seq: int
    at: float
    places: tuple[int, ...]


def claims() -> list[Claim]:
    """The lag of the slowest in a hundred, and the largest size the house had."""
    with tempfile.TemporaryDirectory() as folder, house(Path(folder)) as running:
        readers, written = asyncio.run(_story(running))
        size = _peak_mb(running.process)
    lags = [reader.behind(each.seq, each.at) for reader in readers for each in written if reader.place in each.places]
    slowest = quantiles(lags, n=100)[98]
    name = f"{READERS} open pages in one process, {RATE:g} reports a second"
    octets = sum(reader.octets for reader in readers) / 1e6 / SECONDS
    told = f"p99 {slowest * 1e3:.0f} ms, p50 {median(lags) * 1e3:.0f} ms of {len(lags):,}; {octets:.1f} MB/s sent"
    limit = f"a limit of {LAG_SECONDS:g} s"
    return [
        Claim(f"{name}: behind the ledger", limit, LAG_SECONDS / slowest, 1, told, f"{LAG_SECONDS:g} s", COMMAND),
        Claim(f"{name}: memory", "a limit", RSS_MB / size, 1, f"peak {size:.0f} MB", f"{RSS_MB:g} MB", COMMAND),
    ]


async def _story(running: House) -> tuple[list[Reader], list[Written]]:
    towns = _towns(running)
    places = [*towns[0]["chain"][:1], *{town["chain"][1] for town in towns}, *(town["id"] for town in towns)]
    wanted = READERS // STREAMS_EACH + (READERS % STREAMS_EACH > 0)
    cookies = await asyncio.to_thread(_signed_in, running, wanted)
    readers = [Reader(places[number % len(places)]) for number in range(READERS)]
    tasks = [
        asyncio.create_task(_read(running.port, reader, ("zh", "en")[number % 2], cookies[number // STREAMS_EACH]))
        for number, reader in enumerate(readers)
    ]
    await asyncio.sleep(SETTLE_SECONDS)
    written = await _write(running, towns)
    await asyncio.sleep(SETTLE_SECONDS)
    broken = [task for task in tasks if task.done()]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert not broken, f"{len(broken)} streams ended by themselves"
    return readers, written


def _towns(running: House) -> list[dict]:  # type: ignore[type-arg]
    found = json.loads(_asked(running, "/places?level=3"))["places"]
    return [
        {"id": town["id"], "code": town["code"], "chain": [above["id"] for above in town["chain"]]} for town in found
    ]


def _asked(running: House, path: str, body: bytes | None = None) -> bytes:
    headers = {"Authorization": f"Bearer {running.token}", "Content-Type": "application/json"}
    with urllib.request.urlopen(urllib.request.Request(f"http://127.0.0.1:{running.port}{path}", body, headers)) as got:
        answer: bytes = got.read()
    return answer


def _signed_in(running: House, count: int) -> list[str]:
    """Session cookies of so many browsers."""
    found: list[str] = []
    token = running.token
    for number in range(count):
        if number and number % SIGNED_IN_EACH == 0:
            token = _another_token(running)
        jar = http.cookiejar.CookieJar()
        browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
        address = f"http://127.0.0.1:{running.port}/en/sign-in"
        page = browser.open(address).read().decode()
        form = {"form_word": re.findall(r'name="form_word" value="([^"]+)"', page)[-1], "token": token, "then": ""}
        browser.open(address, urllib.parse.urlencode(form).encode()).read()
        found.append("; ".join(f"{cookie.name}={cookie.value}" for cookie in jar))
    return found


def _another_token(running: House) -> str:
    made = subprocess.run(
        [SHANCHENG, "token", "create", "--role", "operator", "--json", "--home", str(running.home)],
        capture_output=True,
        check=True,
    )
    return str(json.loads(made.stdout)["token"])


async def _read(port: int, reader: Reader, lang: str, cookie: str) -> None:
    """Keep a stream open, and note when which line came."""
    incoming, outgoing = await asyncio.open_connection("127.0.0.1", port, limit=1 << 22)
    outgoing.write(
        f"GET /{lang}/desk/live/board/{reader.place}?after=0 HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\n"
        f"accept: text/event-stream\r\ncookie: {cookie}\r\n\r\n".encode()
    )
    assert b" 200 " in await incoming.readline()
    try:
        while part := await incoming.read(1 << 16):
            reader.octets += len(part)
            for line in re.findall(rb"^id: (\d+)$", part, re.MULTILINE):
                reader.seen.append((int(line), time.perf_counter()))
    finally:
        outgoing.close()


async def _write(running: House, towns: list[dict]) -> list[Written]:  # type: ignore[type-arg]
    """Reports at an even pace, in one town after the other."""
    written, begun = [], time.perf_counter()
    for number in range(int(RATE * SECONDS)):
        await asyncio.sleep(max(0.0, begun + number / RATE - time.perf_counter()))
        town = towns[number * 7 % len(towns)]
        body = {"kind": "request", "category": "litter-uncollected", "text": TEXT, "place": town["code"], "severity": 3}
        answer = json.loads(await asyncio.to_thread(_asked, running, "/matters", json.dumps(body).encode()))
        written.append(Written(answer["seq"], time.perf_counter(), (*town["chain"], town["id"])))
    return written


def _peak_mb(process: int) -> float:
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text(encoding="ascii"))
    assert found is not None
    return int(found[1]) / 1024


if __name__ == "__main__":
    for claim in claims():
        print(claim)
