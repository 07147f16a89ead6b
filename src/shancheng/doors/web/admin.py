"""Pages for those who run the house: how it is, roles, the duty list and its faults, who opened what was sealed."""

from dataclasses import dataclass

from starlette.responses import Response

from shancheng.doors.web.account_actor import is_for_people
from shancheng.doors.web.admin_house import House
from shancheng.doors.web.ask import Ask
from shancheng.doors.web.errors import Turned
from shancheng.doors.web.language import N_
from shancheng.doors.web.page import go, page
from shancheng.loop.kind import Duty

ROWS_MAX = 300
OPENINGS_MAX = 50


@dataclass(frozen=True)
class DutyLine:
    """One line of the duty list, as it is read."""

    duty: Duty
    category: str
    place: str
    lead: str
    supports: tuple[str, ...]


def house_of(ask: Ask) -> House:
    """The house behind the pages; raises Turned where it is not shown."""
    if ask.site.house is None:
        raise Turned(404, N_("There is no such page"), N_("Check the address, or begin at the start page."))
    return ask.site.house


async def overview(ask: Ask) -> Response:
    """GET /admin"""
    house = house_of(ask)
    return page(
        ask,
        "admin/overview.html",
        head=await house.head(),
        house=house,
        stopped=ask.site.stopped(),
        packs=ask.rules.packs.packs,
        accounts=len(ask.site.signing.accounts.all()),
        faults=house.kept_faults(),
    )


async def roles(ask: Ask) -> Response:
    """GET /admin/roles"""
    found = sorted(ask.rules.roles.values(), key=lambda role: (not is_for_people(role), role.key))
    return page(ask, "admin/roles.html", roles=found)


async def duties(ask: Ask) -> Response:
    """GET /admin/duties"""
    wanted = ask.request.query_params.get("words", "").strip().lower()[:80]
    lines = [_duty(ask, duty) for duty in ask.rules.packs.table("duties", Duty)]
    fitting = [line for line in lines if wanted in _text(line).lower()]
    return page(
        ask,
        "admin/duties.html",
        lines=fitting[:ROWS_MAX],
        more=max(0, len(fitting) - ROWS_MAX),
        wanted=wanted,
        checked=house_of(ask).checked,
    )


def _duty(ask: Ask, duty: Duty) -> DutyLine:
    places = {node.code: node.id for node in ask.rules.places.nodes if node.code == duty.place}
    place = ask.place_name(places[duty.place]) if duty.place in places else duty.place
    category = ask.category_name(duty.category) if duty.category != "*" else ask.say(N_("everything else"))
    supports = tuple(ask.agency_name(agency) for agency in duty.supports)
    return DutyLine(duty, category, place, ask.agency_name(duty.lead), supports)


def _text(line: DutyLine) -> str:
    return " ".join((line.duty.key, line.category, line.place, line.lead, *line.supports))


async def check(ask: Ask) -> Response:
    """POST /admin/duties: read the packs anew and say what is wrong with them."""
    await ask.form()
    await house_of(ask).check_packs(ask.site.signing.now())
    return go(ask, ask.to("/admin/duties"))


async def audit(ask: Ask) -> Response:
    """GET /admin/audit"""
    asked = ask.request.query_params.get("before", "")
    before = int(asked) if asked.isdecimal() and len(asked) < 17 else 0
    openings, following = await house_of(ask).openings(before, OPENINGS_MAX)
    return page(ask, "admin/audit.html", openings=openings, following=following)
