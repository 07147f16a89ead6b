"""Every route of this door: path, permission, what it takes and gives; the description is made from this table."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal

from shancheng.doors.api import acting, finding, looking, running
from shancheng.doors.api.call import Answer, Call

Permission = Literal["anybody", "reporter", "account", "peer", "manager"]
PERMISSIONS: dict[str, str] = {
    "anybody": "No token is needed.",
    "reporter": "A token, or none: without one the report comes from a resident, at a bounded rate.",
    "account": "A token; what its role may do and see is decided by the loop.",
    "peer": "A token of a role that sees everything, confidential matters included, over the whole city.",
    "manager": "A token of a role that manages the house.",
}


@dataclass(frozen=True)
class Parameter:
    """One query parameter, for the description."""

    name: str
    about: str
    required: bool = False
    many: bool = False


@dataclass(frozen=True)
class Route:
    """One method of one path."""

    method: str
    path: str
    permission: Permission
    handler: Callable[[Call], Awaitable[Answer]]
    about: str
    gives: Any
    takes: Any = None
    query: tuple[Parameter, ...] = ()
    status: int = 200
    content: str = "application/json"

    @property
    def name(self) -> str:
        """How counts and descriptions call it."""
        return f"{self.method} {self.path}"


async def _openapi(call: Call) -> Answer:
    from shancheng.doors.api.openapi import description

    return Answer(200, description())


WISHES = {
    "place": "Number or code of a place; matters at it or under it.",
    "holder": "Number or code of the place whose centre holds them.",
    "stage": "Stage; several times or with commas.",
    "kind": "Kind of matter; several times or with commas.",
    "category": "Category; several times or with commas.",
    "open": "true: only what is still to be done.",
    "late": "true: only with a promise broken by now.",
    "supervised": "true: only what is under watch.",
    "merged": "true: also what was merged away.",
    "drill": "true: drills instead of the real thing.",
    "since": "Opened at or after: a time with a zone, or a day.",
    "until": "Opened before: a time with a zone, or a day.",
    "severity": "The least grave that is still listed; 1 is the gravest, 4 the default.",
    "lead": "Key of the leading agency.",
    "words": "Words that must all occur.",
    "order": "due (default), opened or moved.",
    "after": "Cursor: `next` of the page before.",
    "limit": "How many, 1 to 200; 50 where it is left out.",
}
ROUTES: tuple[Route, ...] = (
    Route(
        "POST",
        "/matters",
        "reporter",
        acting.report,
        "Report a matter.",
        acting.ReportReceipt,
        takes=acting.ReportBody,
        status=201,
    ),
    Route("GET", "/matters/{matter}", "account", looking.matter, "A matter as it stands.", looking.MATTER.type),
    Route(
        "GET",
        "/matters/{matter}/history",
        "account",
        looking.history,
        "All moves of a matter, in order.",
        looking.History,
    ),
    Route(
        "GET",
        "/matters/{matter}/why",
        "account",
        looking.why,
        "Why it stands so: every deadline and route down to the pack line.",
        looking.WhyView,
    ),
    Route(
        "POST",
        "/matters/{matter}/unseal",
        "account",
        acting.unseal,
        "Open what a reporter left under its key; that somebody looked, and why, is written first.",
        acting.Opened,
        takes=acting.UNSEAL.type,
    ),
    Route(
        "POST",
        "/matters/{matter}/{verb}",
        "account",
        acting.act,
        "Any other act on a matter; the verb is the last part of the path.",
        acting.RECEIPT.type,
        takes=acting.BODIES,
    ),
    Route(
        "GET",
        "/worklist",
        "account",
        looking.worklist,
        "Matters that fit a wish, a page at a time.",
        looking.MattersPage,
        query=tuple(Parameter(name, WISHES[name], many=name in looking.PLURAL) for name in looking.WISHES),
    ),
    Route(
        "GET",
        "/boards/{place}",
        "account",
        looking.board,
        "How many matters stand where: a place, the places below it, its categories.",
        looking.BOARD.type,
        query=(Parameter("at", "Instant at which lateness is judged; now, where it is left out."),),
    ),
    Route(
        "GET",
        "/figures/{place}",
        "account",
        looking.figures,
        "The table of rates of a place for a period, each with its counts and 95 % interval.",
        looking.FIGURES.type,
        query=(
            Parameter("from", "First instant of the period: a time with a zone, or a day.", required=True),
            Parameter("until", "First instant after the period.", required=True),
            Parameter("as_of", "What is known by this instant; now, where it is left out."),
            Parameter("category", "Only this category and those under it; may be given several times."),
        ),
    ),
    Route(
        "GET",
        "/places",
        "anybody",
        finding.places,
        "Places by code, by point, or the tree from the city down.",
        finding.Places,
        query=(
            Parameter("code", "Code of a place; may be given several times.", many=True),
            Parameter("near", "lon,lat in degrees, WGS-84: the smallest place that holds the point."),
            Parameter(
                "under", "Number or code: the places right below it, or with `level` all of that level under it."
            ),
            Parameter("level", "1 is the city, 2 its districts, and so on."),
        ),
    ),
    Route(
        "GET",
        "/ledger/{lane}",
        "peer",
        running.ledger,
        "Lines of the ledger in order, as they are sealed.",
        running.Lines,
        query=(
            Parameter("after", "Number of the last line that is known; 0 for the beginning."),
            Parameter("limit", "How many, at most 1000."),
        ),
    ),
    Route(
        "GET",
        "/health",
        "anybody",
        running.health,
        "Whether anything is acknowledged, and up to which line.",
        running.Health,
    ),
    Route(
        "GET",
        "/metrics",
        "manager",
        running.metrics,
        "Counts for monitoring, Prometheus text.",
        str,
        content="text/plain",
    ),
    Route("GET", "/openapi.json", "anybody", _openapi, "This description.", dict[str, Any]),
)
