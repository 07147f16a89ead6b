"""What of the desk is live: boards, and what is open and late on a worklist."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property

from starlette.responses import Response

from shancheng.doors.web import board, worklist
from shancheng.doors.web.account import still
from shancheng.doors.web.ask import Ask
from shancheng.doors.web.errors import Turned
from shancheng.doors.web.language import N_
from shancheng.doors.web.live import Crowded, View
from shancheng.doors.web.live_stream import Stream
from shancheng.doors.web.page import finished, render
from shancheng.ground.access import Actor
from shancheng.loop.ledger import Refusal
from shancheng.loop.matter import Matter


@dataclass(frozen=True)
class BoardView:
    """The board of a place."""

    ask: Ask
    place: int
    event: str = "board"

    @property
    def key(self) -> tuple[Hashable, ...]:
        """Language, place and kinds make a board; whose it is makes none."""
        return "board", self.ask.tongue.code, self.place, self.ask.actor.kinds

    @cached_property
    def _ends(self) -> tuple[int, int]:
        return self.ask.rules.places.left_right(self.place)

    def touched(self, matters: Sequence[Matter]) -> bool:
        """Whether one of these lies at the place or under it."""
        tree, kinds = self.ask.rules.places, self.ask.actor.kinds
        left, right = self._ends
        wanted = (matter.about.place for matter in matters if not kinds or matter.opening.kind in kinds)
        return any(left <= tree.left_right(place)[0] <= right if place in tree else True for place in wanted)

    def is_for(self, actor: Actor) -> bool:
        """Whether somebody may see the counts of the place."""
        return self.ask.site.desk.oversees(self.place, actor)

    async def made(self) -> str:
        """The part of the page that changes."""
        found = await self.ask.site.desk.board(self.place, self.ask.actor)
        if isinstance(found, Refusal):
            return ""
        return render(self.ask, "desk/board-part.html", **await board.parts(self.ask, found))


@dataclass(frozen=True)
class TownView(BoardView):
    """The board of a town by centre, platforms and grids; made anew when what its ordinary board counts moves."""

    @property
    def key(self) -> tuple[Hashable, ...]:
        """As of a board, but another page."""
        return "town", *super().key

    async def made(self) -> str:
        """The part of the page that changes."""
        found = await self.ask.site.desk.town(self.place, self.ask.actor)
        return "" if isinstance(found, Refusal) else render(self.ask, "desk/town-part.html", town=found)


@dataclass(frozen=True)
class ListView:
    """What is open and late for somebody, at the head of the worklist."""

    ask: Ask
    place: int
    event: str = "list"

    @property
    def key(self) -> Hashable:
        """Language, place, and everything by which a range is another one."""
        who = self.ask.actor
        return "list", self.ask.tongue.code, self.place, who.role, who.centre, who.agency, who.places, who.kinds

    def touched(self, matters: Sequence[Matter]) -> bool:
        """Whether one of these is theirs to see."""
        return any(self.ask.site.desk.shows(matter, self.ask.actor) for matter in matters)

    def is_for(self, actor: Actor) -> bool:
        """Whether their role is known still; what it shows is their own range."""
        return actor.role in self.ask.rules.roles

    async def made(self) -> str:
        """The line of counts."""
        return render(self.ask, "desk/list-part.html", standing=await worklist.standing(self.ask, self.place))


async def of_board(ask: Ask) -> Response:
    """GET /desk/live/board/{place}"""
    return _stream(ask, BoardView(ask, _overseen(ask)))


async def of_town(ask: Ask) -> Response:
    """GET /desk/live/town/{place}"""
    return _stream(ask, TownView(ask, _overseen(ask)))


def _overseen(ask: Ask) -> int:
    place = int(ask.request.path_params["place"])
    if not ask.site.desk.oversees(place, ask.actor):
        raise Turned(404, N_("There is no board here for you"), N_("You may look at the places in your own range."))
    return place


async def of_list(ask: Ask) -> Response:
    """GET /desk/live/list/{place}"""
    return _stream(ask, ListView(ask, int(ask.request.path_params["place"])))


def _stream(ask: Ask, view: View) -> Response:
    if ask.request.method == "HEAD":
        return finished(ask, Response(media_type=Stream.media_type))
    live = ask.site.live
    try:
        onlooker = live.enter(view, ask.session.hash if ask.session else "", _after(ask))
    except Crowded:
        raise Turned(
            503,
            N_("Too many pages look on at once"),
            N_("Close some of them; every page can be reloaded by hand."),
            {"retry-after": "60"},
        ) from None
    return finished(ask, Stream(live, onlooker, lambda: still(ask) and view.is_for(ask.actor)))


def _after(ask: Ask) -> int:
    """The line of the ledger that the page knows: of the last event it got, or else the one it was made at."""
    last = ask.request.headers.get("last-event-id") or ask.request.query_params.get("after", "")
    return int(last) if last.isdecimal() and last.isascii() and len(last) < 17 else 0
