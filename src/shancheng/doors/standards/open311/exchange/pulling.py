"""Pull: open requests of another server become matters here, and what is said of them becomes notes."""

import datetime as dt
import hashlib
import math
import re

from shancheng.doors.standards.open311.errors import Declined
from shancheng.doors.standards.open311.exchange.book import Book, Link
from shancheng.doors.standards.open311.exchange.remote import Fetch, Remote, over_the_network, remote_of
from shancheng.doors.standards.open311.exchange.wish import Account, Wish
from shancheng.doors.standards.open311.reading import Row
from shancheng.doors.standards.open311.showing import EXTENDED, FOREIGN
from shancheng.doors.standards.open311.whereabouts import place_at, place_named
from shancheng.doors.standards.open311.writing import instant
from shancheng.ground.access import Actor
from shancheng.loop.act import Evidence, Note, Report
from shancheng.loop.ledger import Refusal
from shancheng.wings.governance.desk import Desk

ROLE = "importer"
DAY = 86_400
STEP = 30 * DAY
AGAIN = 2 * DAY
"""A pull looks again at so much of what the last one had read: clocks differ, and requests appear late."""
LINE, TEXT, KEY = 500, 8000, 120
NAMED_AT_ONCE = 50
PLAIN = re.compile(r"[A-Za-z0-9._-]{1,64}").fullmatch


class Unfit(Exception):
    """A row that cannot come in, in one sentence."""


def actor_of(name: str) -> Actor:
    """Who writes down here what another server says."""
    return Actor(f"open311:{name}", ROLE)


def matter_of(name: str, number: str) -> str:
    """The number of a request's matter here: the same in every run, so that it is only ever one matter."""
    if PLAIN(number):
        return f"{name}.{number}"
    return f"{name}.~{hashlib.blake2b(number.encode(), digest_size=10).hexdigest()}"


async def pull(wish: Wish, desk: Desk, fetch: Fetch = over_the_network) -> Account:
    """Bring in what is new at another server since the last pull; doing it again changes nothing."""
    remote = await remote_of(wish.url, wish.form, wish.key, wish.jurisdiction, fetch)
    book = Book.read(wish.book)
    run = _Pull(wish, desk, remote, book)
    try:
        await run.requests()
        await run.updates()
    finally:
        book.write(wish.book)
    return run.account


class _Pull:
    """One run."""

    def __init__(self, wish: Wish, desk: Desk, remote: Remote, book: Book) -> None:
        self._wish, self._desk, self._remote, self._book = wish, desk, remote, book
        self._by = actor_of(wish.name)
        self._now = desk.now()
        self._looked: set[str] = set()
        """Requests that this run has had; a server that ignores dates gives them again and again."""
        self.account = Account()

    async def requests(self) -> None:
        """Every open request since the last pull, a month at a time."""
        begin = self._now - self._wish.days * DAY
        since = max(begin, self._book.requests_until - AGAIN)
        more = {"service_code": ",".join(self._wish.services)} if self._wish.services else {}
        while since < self._now:
            until = min(since + STEP, self._now)
            dates = {"start_date": self._iso(since), "end_date": self._iso(until)}
            for row in await self._remote.requests(status="open", extensions="true", **dates, **more):
                await self._take(row)
            since = until
        self._book.requests_until = self._now

    async def _take(self, row: Row) -> None:
        number = row.get("service_request_id", "")
        if number in self._looked:
            return
        self._looked.add(number)
        if number in self._book.links:
            self.account.known += 1
            return
        try:
            await self._open(number, row)
        except Unfit as unfit:
            self.account.refuse(str(unfit))

    async def _open(self, number: str, row: Row) -> None:
        if not number or len(number) > LINE:
            raise Unfit("A request without a service_request_id of a decent length was left out.")
        matter = matter_of(self._wish.name, number)
        if not isinstance(await self._desk.matter(matter, self._by), Refusal):
            self.account.known += 1
        else:
            at = _seconds(row.get("requested_datetime", ""), "requested_datetime")
            written = await self._desk.report(self._report(row), self._by, at=min(at, self._now), matter=matter)
            if isinstance(written, Refusal):
                raise Unfit(written.message)
            self.account.opened += 1
        self._book.links[number] = Link(matter=matter)

    def _report(self, row: Row) -> Report:
        code = row.get("service_code", "")
        ours = self._wish.codes.get(code, code)
        category = self._desk.rules.category(ours, self._now)
        place, point = self._where(row)
        text = row.get("description", "") or row.get("service_name", "") or code
        if category is None:
            text = f"{row.get('service_name', '') or code}: {text}"
        return Report(
            kind=category.kind if category else "request",
            category=category.key if category else "",
            text=text[:TEXT],
            place=place,
            point=point,
            located="point" if point else "address",
            origin="import",
        )

    def _where(self, row: Row) -> tuple[int, tuple[float, float] | None]:
        rules = self._desk.rules
        lon, lat = _degrees(row.get("long", "")), _degrees(row.get("lat", ""))
        if lon is not None and lat is not None:
            place = place_at(rules, lon, lat) if abs(lon) <= 180 and abs(lat) <= 90 else 0
            if not place:
                raise Unfit("Requests that lie outside this city were left out.")
            return place, (lon, lat)
        named = place_named(rules, row.get("address_id", "")) or place_named(rules, row.get("address", ""))
        return named or rules.places.nodes[0].id, None

    async def updates(self) -> None:
        """What was said there of requests that are matters here; by their status where there are no updates."""
        since = self._book.updates_until - AGAIN if self._book.updates_until else self._now - self._wish.days * DAY
        try:
            while since < self._now:
                until = min(since + STEP, self._now)
                dates = {"start_date": self._iso(since), "end_date": self._iso(until)}
                for row in await self._remote.updates(**dates):
                    await self._hear(row)
                since = until
        except Declined as declined:
            if declined.status not in (404, 405, 501):
                raise
            await self._look()
        self._book.updates_until = self._now

    async def _hear(self, row: Row) -> None:
        """An update; one that we sent ourselves is ours already."""
        link = self._book.links.get(row.get("service_request_id", ""))
        key = row.get("update_id", "")
        if link is None or not key or key.rpartition("-")[0] == link.matter:
            return
        await self._note(link, key, row.get("status", ""), row.get("description", ""), row.get("updated_datetime", ""))

    async def _look(self) -> None:
        """How the linked requests stand there now, so many at a time."""
        numbers = list(self._book.links)
        for first in range(0, len(numbers), NAMED_AT_ONCE):
            several = ",".join(numbers[first : first + NAMED_AT_ONCE])
            for row in await self._remote.requests(service_request_id=several):
                await self._stands(row)

    async def _stands(self, row: Row) -> None:
        link = self._book.links.get(row.get("service_request_id", ""))
        status = f"{row.get('status', '')}: {row.get('status_notes', '')}"
        if link is None or link.status == status:
            return
        is_news = bool(link.status) or row.get("status", "") != "open"
        link.status = status
        if is_news:
            key = hashlib.blake2b(status.encode(), digest_size=10).hexdigest()
            when = row.get("updated_datetime", "")
            await self._note(link, key, row.get("status", ""), row.get("status_notes", ""), when)

    async def _note(self, link: Link, key: str, status: str, said: str, when: str) -> None:
        """Keep what was said as a note, once; whether anything follows from it is for the holder to say."""
        evidence = (
            Evidence(kind="record", ref=f"{FOREIGN}{key}"[:LINE]),
            Evidence(kind="record", ref=f"{EXTENDED}{status}"[:LINE]),
        )
        digest = hashlib.blake2b(key.encode(), digest_size=12).hexdigest()
        idem = f"open311/{self._wish.name}/{link.matter}/{digest}"[-KEY:]
        note = Note(text=said[:TEXT] or status[:TEXT], evidence=evidence)
        try:
            at = min(_seconds(when, "updated_datetime"), self._now)
        except Unfit:
            at = self._now
        written = await self._desk.do(link.matter, note, self._by, idem=idem, at=at)
        if isinstance(written, Refusal):
            self.account.refuse(written.message)
        elif written.repeated:
            self.account.known += 1
        else:
            self.account.updates += 1

    def _iso(self, seconds: int) -> str:
        return instant(seconds, self._desk.rules.zone)


def _seconds(text: str, field: str) -> int:
    try:
        moment = dt.datetime.fromisoformat(text)
        return int((moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)).timestamp())
    except (ValueError, OverflowError):
        raise Unfit(f"Rows whose {field} is no time (the first: '{text[:40]}') were left out.") from None


def _degrees(text: str) -> float | None:
    try:
        found = float(text)
    except ValueError:
        return None
    return found if math.isfinite(found) else None
