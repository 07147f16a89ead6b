"""Another server, asked by the standard: pages of requests, updates, posts; its answers read without trust."""

import asyncio
import urllib.error
import urllib.request
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

import msgspec

from shancheng.doors.standards.open311.errors import Declined, Unreachable, Unreadable, Unusable
from shancheng.doors.standards.open311.reading import BYTES_MAX, Row, rows_of
from shancheng.doors.standards.open311.writing import Form

SECONDS = 30.0
PAGE, PAGES_MAX = 100, 1000
SPECIFICATION = "georeport_v2"


@dataclass(frozen=True)
class Answer:
    """What came back: status and body, no more of it than may be read."""

    status: int
    body: bytes


Fetch = Callable[[str, Mapping[str, str] | None, Mapping[str, str]], Awaitable[Answer]]
"""URL, form fields of a POST (None for a GET), headers: gives the answer; raises Unreachable."""


class _StayHere(urllib.request.HTTPRedirectHandler):
    """Follows a redirect of a GET to the same server only: an api_key is told to nobody else."""

    def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Any:
        here, there = urlsplit(req.full_url), urlsplit(newurl)
        if req.get_method() != "GET" or here.netloc != there.netloc or there.scheme not in ("http", "https"):
            return None
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _fetch(url: str, fields: Mapping[str, str] | None, headers: Mapping[str, str]) -> Answer:
    data = urlencode(fields).encode() if fields is not None else None
    asked = urllib.request.Request(url, data=data, headers=dict(headers))
    opener = urllib.request.build_opener(_StayHere)
    try:
        with opener.open(asked, timeout=SECONDS) as found:
            return Answer(found.status, found.read(BYTES_MAX + 1))
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, error.read(BYTES_MAX + 1))
    except (OSError, ValueError) as error:
        where = urlsplit(url).netloc
        raise Unreachable(f"{where} cannot be reached ({error}); check the address and the network.") from None


async def over_the_network(url: str, fields: Mapping[str, str] | None, headers: Mapping[str, str]) -> Answer:
    """Ask over HTTP in a thread of its own."""
    return await asyncio.to_thread(_fetch, url, fields, headers)


@dataclass
class Remote:
    """One endpoint of another server."""

    root: str
    form: Form
    key: str
    jurisdiction: str
    fetch: Fetch = over_the_network

    async def requests(self, **wanted: str) -> list[Row]:
        """Every request that fits, page by page; a server that knows no pages is asked once."""
        return await self._pages("requests", "service_request_id", wanted)

    async def updates(self, **wanted: str) -> list[Row]:
        """Every update that fits; raises Declined where the server gives none."""
        return await self._pages("servicerequestupdates", "update_id", wanted)

    async def number_of(self, token: str) -> str:
        """The service_request_id of a token; empty while there is none."""
        rows = await self._get(f"tokens/{token}", {})
        return rows[0].get("service_request_id", "") if rows else ""

    async def post(self, path: str, fields: Mapping[str, str], repeat: str) -> Row:
        """Send a form; `repeat` tells servers that know it that this is the same act again."""
        whole = {**fields, **self._common()}
        headers = {"Idempotency-Key": repeat, "Content-Type": "application/x-www-form-urlencoded"}
        answer = await self.fetch(self._url(path), whole, headers)
        rows = self._read(answer, f"POST {path}")
        return rows[0] if rows else {}

    async def _pages(self, path: str, number: str, wanted: Mapping[str, str]) -> list[Row]:
        found: dict[tuple[str, str], Row] = {}
        for page in range(1, PAGES_MAX + 1):
            rows = await self._get(path, {**wanted, "page": str(page), "page_size": str(PAGE)})
            fresh = {(row.get("service_request_id", ""), row.get(number, "")): row for row in rows}
            news = fresh.keys() - found.keys()
            found |= fresh
            if not news or len(rows) < PAGE:
                break
        return list(found.values())

    async def _get(self, path: str, wanted: Mapping[str, str]) -> list[Row]:
        query = urlencode({**wanted, **self._common()})
        return self._read(await self.fetch(f"{self._url(path)}?{query}", None, {}), f"GET {path}")

    def _url(self, path: str) -> str:
        return f"{self.root}{path}.{self.form}"

    def _common(self) -> dict[str, str]:
        both = {"api_key": self.key, "jurisdiction_id": self.jurisdiction}
        return {name: value for name, value in both.items() if value}

    def _read(self, answer: Answer, what: str) -> list[Row]:
        if answer.status >= 300:
            raise Declined(answer.status, self._words(answer.body), what)
        return rows_of(answer.body, self.form)

    def _words(self, body: bytes) -> str:
        try:
            rows = rows_of(body, self.form)
        except Unreadable:
            return ""
        return " ".join(row.get("description", "") for row in rows)[:300].rstrip(".")


async def remote_of(url: str, form: Form, key: str, jurisdiction: str, fetch: Fetch) -> Remote:
    """The endpoint of an address: the root itself, or the first one that a discovery document names."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise Unusable(f"'{url[:80]}' is no address of an endpoint; write it like https://city.example/open311/v2/.")
    last = parts.path.rpartition("/")[2]
    root = await _discovered(url, fetch) if last.startswith("discovery.") else url.partition("?")[0]
    return Remote(root.rstrip("/") + "/", form, key, jurisdiction, fetch)


async def _discovered(url: str, fetch: Fetch) -> str:
    answer = await fetch(url.replace("discovery.xml", "discovery.json"), None, {})
    if answer.status >= 300:
        raise Declined(answer.status, "", "GET discovery")
    try:
        endpoints = msgspec.json.decode(answer.body[: BYTES_MAX + 1])["endpoints"]
        fit = [one for one in endpoints if SPECIFICATION in str(one["specification"]).lower()]
        chosen = next((one for one in fit if one.get("type") == "production"), fit[0])
        root = str(chosen["url"])
    except (msgspec.DecodeError, KeyError, TypeError, IndexError, AttributeError, RecursionError):
        raise Unreadable(f"{url} names no endpoint of GeoReport v2; give the address of the endpoint itself.") from None
    if urlsplit(root).scheme not in ("http", "https"):
        raise Unreadable(f"{url} names an endpoint that is no web address; give the address of the endpoint itself.")
    return root
