"""Service request updates: what became of matters, and what others say of them."""

from typing import Any

from shancheng.doors.standards.open311.asking import PUBLIC, Ask, missing
from shancheng.doors.standards.open311.listing import DAY, DAYS_MAX, PAGE_MAX, pages, seen
from shancheng.doors.standards.open311.records import STATUSES, endpoint_on
from shancheng.doors.standards.open311.reporting import KEY_MAX, TEXT_MAX, pictures_of
from shancheng.doors.standards.open311.showing import EXTENDED, FOREIGN, Row, View
from shancheng.doors.standards.open311.wrong import Wrong, refused
from shancheng.ground.access import Actor
from shancheng.loop.act import AnyAct, Evidence, Finish, Note, Sign
from shancheng.loop.ledger import Refusal
from shancheng.loop.matter import Matter
from shancheng.loop.rules import Rules
from shancheng.wings.governance.desk import Wish

MATTERS_MAX = 2000
"""Matters that moved since the start of a window are looked through; with more, the window is too long."""
AT_WORK = frozenset({"investigating", "action_scheduled", "in_progress", "internal_referral"})
DONE = frozenset({"fixed", "closed", "no_further_action"})


async def updates(ask: Ask) -> tuple[str, Any]:
    """GET servicerequestupdates"""
    since, until = _window(ask)
    size = ask.number("page_size", PAGE_MAX, PAGE_MAX)
    first = (ask.number("page", 1, 10**6) - 1) * size
    view = ask.view()
    found: list[tuple[int, int, Row]] = []
    for matter in await _moved(ask, view, since):
        moves = await ask.desk.history(matter.id, ask.actor or PUBLIC)
        if not isinstance(moves, Refusal):
            found += view.updates(moves, since, until)
    found.sort(key=lambda update: update[:2])
    return "service_request_updates", [row for _, _, row in found[first : first + size]]


def _window(ask: Ask) -> tuple[int, int]:
    """First and last instant, by when things were written down; the last day where nothing is said."""
    now = ask.desk.now()
    until = ask.moment("end_date")
    until = now if until is None else until
    since = ask.moment("start_date")
    since = until - DAY if since is None else since
    if until < since:
        raise Wrong(400, "end_date lies before start_date; give them the other way round.")
    if until - since > (DAYS_MAX + 1) * DAY:
        raise Wrong(400, f"start_date and end_date lie more than {DAYS_MAX} days apart; ask in several steps.")
    return since, until


async def _moved(ask: Ask, view: View, since: int) -> list[Matter]:
    """Matters the asker may see that moved since an instant: those named, else all, merged ones too."""
    ids = ask.listed("service_request_id")
    if ids:
        named = [await seen(ask, view, number) for number in dict.fromkeys(ids[:MATTERS_MAX])]
        return [matter for matter in named if matter is not None]
    categories = () if view.published is None else tuple(view.published)
    if view.published is not None and not categories:
        return []
    found: list[Matter] = []
    for merged in (False, True):
        found += await _moved_since(ask, Wish(categories=categories, order="moved", merged=merged, limit=200), since)
    return list({matter.id: matter for matter in found if view.may_show(matter)}.values())


async def _moved_since(ask: Ask, wish: Wish, since: int) -> list[Matter]:
    found: list[Matter] = []
    async for page in pages(ask, wish):
        fresh = [matter for matter in page if matter.moved >= since]
        found += fresh
        if len(found) > MATTERS_MAX:
            raise Wrong(400, f"More than {MATTERS_MAX} requests moved in that time; ask for a shorter one.")
        if len(fresh) < len(page):
            break
    return found


async def update(ask: Ask) -> tuple[str, Any]:
    """POST servicerequestupdates"""
    if ask.actor is None:
        raise Wrong(403, "An update needs an api_key; `key_service` of the discovery says how one comes by it.")
    number, status = ask.text("service_request_id"), ask.text("status").lower()
    needed = ("service_request_id", "update_id", "updated_datetime", "status")
    faults = [*missing(ask, needed), *_faults(ask, status)]
    if faults:
        raise Wrong(400, *faults)
    when = min(ask.moment("updated_datetime") or 0, ask.desk.now())
    matter = await seen(ask, ask.view(), number)
    if matter is None:
        raise Wrong(404, f"There is no service_request_id '{number[:60]}' that you can see; check it.")
    key = ask.text("update_id")
    idem = f"open311/{ask.actor.id}/{number}/{key}"
    written = await ask.desk.do(number, _note(ask, key, status), ask.actor, idem=idem, at=when)
    if isinstance(written, Refusal):
        raise refused(written)
    notice = "" if written.repeated else await _act_upon(ask, matter, status, ask.actor, key)
    row = {"update_id": key, "account_id": None}
    return "service_request_updates", [row | {"service_notice": notice} if notice else row]


def _faults(ask: Ask, status: str) -> list[str]:
    faults = []
    if status and status not in STATUSES:
        faults.append(f"There is no status '{status[:40]}'; known are {', '.join(sorted(STATUSES))}.")
    if len(ask.text("update_id")) > KEY_MAX:
        faults.append(f"update_id is longer than {KEY_MAX} characters.")
    if len(ask.text("description")) > TEXT_MAX:
        faults.append(f"description is longer than {TEXT_MAX} characters; say less.")
    return faults


def _note(ask: Ask, key: str, status: str) -> Note:
    said = (Evidence(kind="record", ref=f"{FOREIGN}{key}"), Evidence(kind="record", ref=f"{EXTENDED}{status}"))
    return Note(text=ask.text("description"), public=True, evidence=(*said, *pictures_of(ask)))


async def _act_upon(ask: Ask, matter: Matter, status: str, by: Actor, key: str) -> str:
    """Move the sender's own leg as its status says; what the loop would not do, as a sentence.

    Another system's word closes nothing: somebody else verifies, and the holder closes.
    """
    for act in _acts(matter, status, by, ask.desk.rules, ask.desk.now()):
        verb = str(act.__struct_config__.tag)
        done = await ask.desk.do(matter.id, act, by, idem=f"open311/{by.id}/{matter.id}/{key}/{verb}")
        if isinstance(done, Refusal):
            return f"The update is kept; the status was not taken over. {done.message}"
    return ""


def _acts(matter: Matter, status: str, by: Actor, rules: Rules, at: int) -> list[AnyAct]:
    leg = matter.legs.get(by.agency) if by.agency else None
    role = rules.roles.get(by.role)
    if leg is None or role is None or "sign" not in role.verbs or leg.state not in ("offered", "signed"):
        return []
    acts: list[AnyAct] = [Sign()] if leg.state == "offered" and status in AT_WORK | DONE else []
    outcome = _outcome(status, rules, at) if status in DONE else ""
    if outcome:
        evidence = (Evidence(kind="record", ref=f"{EXTENDED}{status}"),)
        acts.append(Finish(outcome=outcome, text="open311", evidence=evidence))
    return acts


def _outcome(status: str, rules: Rules, at: int) -> str:
    """The first outcome code that the city shows as this status and that work may be finished with."""
    endpoint = endpoint_on(rules.packs, rules.day(at))
    shown = endpoint.statuses if endpoint else {}
    codes = [code for code, name in shown.items() if name == status and code in rules.reasons]
    return next((code for code in codes if "finish" in rules.reasons[code].verbs), "")
