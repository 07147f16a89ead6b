"""Services, definitions, discovery and requests: every look at what there is."""

import datetime as dt
from collections.abc import AsyncIterator, Sequence
from typing import Any

from msgspec.structs import replace

from shancheng.doors.standards.open311.asking import PUBLIC, Ask, jurisdictions
from shancheng.doors.standards.open311.records import endpoint_on, parts_of
from shancheng.doors.standards.open311.showing import View
from shancheng.doors.standards.open311.writing import TYPES, instant
from shancheng.doors.standards.open311.wrong import Wrong, refused
from shancheng.loop.ledger import Refusal
from shancheng.loop.matter import Matter
from shancheng.wings.governance.desk import Wish

DAY = 86_400
DAYS_MAX = 90
"""GeoReport v2: a list spans at most 90 days and 1,000 requests."""
PAGE_MAX = 1000
DEPTH_MAX = 20_000
IDS_MAX = 200
AT_ONCE = 200
STATUSES = ("open", "closed")
SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"


async def discovery(ask: Ask) -> tuple[str, Any]:
    """GET discovery"""
    rules = ask.desk.rules
    endpoint = endpoint_on(rules.packs, rules.day(ask.desk.now()))
    begun = dt.datetime.combine(rules.places.since, dt.time(), rules.zone)
    since = instant(int(begun.timestamp()), rules.zone)
    here = str(ask.request.url).partition("?")[0].rpartition("/")[0] + "/"
    one = {
        "specification": SPECIFICATION,
        "url": here,
        "changeset": since,
        "type": "production",
        "jurisdiction_id": jurisdictions(ask.desk)[0],
        "formats": [TYPES[form].partition(";")[0] for form in ("json", "xml")],
    }
    return "discovery", {
        "changeset": since,
        "contact": parts_of(endpoint, "contact", ask.language) if endpoint else "",
        "key_service": parts_of(endpoint, "key_service", ask.language) if endpoint else "",
        "endpoints": [one],
    }


async def services(ask: Ask) -> tuple[str, Any]:
    """GET services"""
    return "services", ask.catalogue().rows()


async def definition(ask: Ask, code: str) -> tuple[str, Any]:
    """GET services/{service_code}"""
    catalogue = ask.catalogue()
    category = catalogue.offered(code)
    if category is None:
        raise Wrong(404, f"There is no service_code '{code[:60]}'; GET services lists them.")
    return "service_definition", catalogue.definition(category)


async def requests(ask: Ask) -> tuple[str, Any]:
    """GET requests"""
    view, extended = ask.view(), ask.text("extensions").lower() == "true"
    ids = ask.listed("service_request_id")
    matters = await _named(ask, view, ids) if ids else await _found(ask, view)
    return "service_requests", [view.request(matter, extended=extended) for matter in matters]


async def request(ask: Ask, number: str) -> tuple[str, Any]:
    """GET requests/{service_request_id}"""
    view = ask.view()
    matter = await seen(ask, view, number)
    if matter is None:
        raise _no_request(number)
    return "service_requests", [view.request(matter, extended=ask.text("extensions").lower() == "true")]


async def token(ask: Ask, number: str) -> tuple[str, Any]:
    """GET tokens/{token}: every report has its number at once, so the number is its own token."""
    view = ask.view()
    if await seen(ask, view, number) is None:
        raise Wrong(404, f"There is no token '{number[:60]}' that you can see; reports here have their number at once.")
    return "service_requests", [{"service_request_id": number, "token": number}]


def _no_request(number: str) -> Wrong:
    message = f"There is no service_request_id '{number[:60]}' that you can see; check it, or send your api_key."
    return Wrong(404, message)


async def seen(ask: Ask, view: View, number: str) -> Matter | None:
    """A matter the asker may see; None where there is none."""
    found = await ask.desk.matter(number, ask.actor or PUBLIC)
    return None if isinstance(found, Refusal) or not view.may_show(found) else found


async def _named(ask: Ask, view: View, ids: list[str]) -> list[Matter]:
    """Those of a list of numbers that the asker may see, in its order; it overrides every other filter."""
    if len(ids) > IDS_MAX:
        raise Wrong(400, f"That are {len(ids)} service_request_ids; ask for at most {IDS_MAX} at once.")
    found = [await seen(ask, view, number) for number in dict.fromkeys(ids)]
    return [matter for matter in found if matter is not None]


async def _found(ask: Ask, view: View) -> list[Matter]:
    """A page of what the filters leave, newest first."""
    size = ask.number("page_size", PAGE_MAX, PAGE_MAX)
    first = (ask.number("page", 1, 10**6) - 1) * size
    if first + size > DEPTH_MAX:
        raise Wrong(400, f"That page lies beyond request {DEPTH_MAX}; ask for a shorter time between dates.")
    since, until = period(ask)
    categories = _categories(ask, view)
    if categories == ():
        return []
    status = _status(ask)
    wish = Wish(
        stages=("closed", "refused") if status == "closed" else (),
        open_only=status == "open",
        categories=categories or (),
        since=since,
        until=until + 1,
        order="opened",
        limit=AT_ONCE,
    )
    matters: list[Matter] = []
    async for page in pages(ask, wish):
        matters += page
        if len(matters) >= first + size:
            break
    return matters[first : first + size]


async def pages(ask: Ask, wish: Wish) -> AsyncIterator[Sequence[Matter]]:
    """What a wish finds within what the asker may see, page by page of the desk."""
    after = ""
    while True:
        page = await ask.desk.worklist(replace(wish, after=after), ask.actor or PUBLIC)
        if isinstance(page, Refusal):
            raise refused(page)
        yield page.matters
        after = page.next
        if not after:
            return


def period(ask: Ask) -> tuple[int, int]:
    """First and last instant asked for: the last 90 days where nothing is said, never more than 90 days."""
    since, until = ask.moment("start_date"), ask.moment("end_date")
    span = DAYS_MAX * DAY
    if since is None:
        until = ask.desk.now() if until is None else until
        return until - span, until
    until = min(since + span, max(since, ask.desk.now())) if until is None else until
    if until < since:
        raise Wrong(400, "end_date lies before start_date; give them the other way round.")
    if until - since > span + DAY:
        raise Wrong(400, f"start_date and end_date lie more than {DAYS_MAX} days apart; ask in several steps.")
    return since, until


def _categories(ask: Ask, view: View) -> tuple[str, ...] | None:
    """Categories asked for, within what the asker may see; None for all."""
    asked = ask.listed("service_code")
    known = ask.desk.rules.categories
    strange = [code[:60] for code in asked if code not in known][:20]
    if strange:
        raise Wrong(404, *(f"There is no service_code '{code}'; GET services lists them." for code in strange))
    if view.published is None:
        return tuple(dict.fromkeys(asked)) or None
    return tuple(code for code in dict.fromkeys(asked or view.published) if code in view.published)


def _status(ask: Ask) -> str:
    asked = {word.lower() for word in ask.listed("status")}
    strange = sorted(asked - set(STATUSES))
    if strange:
        raise Wrong(400, f"status is open or closed, not '{strange[0][:40]}'.")
    return asked.pop() if len(asked) == 1 else ""
