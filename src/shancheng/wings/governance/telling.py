"""The part of the desk that tells of many matters at once: figures, their course, and sheets to take along."""

from collections.abc import Callable, Sequence
from itertools import pairwise

from shancheng.ground.access import Actor, Role
from shancheng.ground.sheet import Sheet, Tongue
from shancheng.loop.ledger import Reader, Refusal, Scope
from shancheng.loop.rules import Rules
from shancheng.loop.scope import scope_of
from shancheng.loop.sequencer import Sequencer
from shancheng.wings.governance.board import board
from shancheng.wings.governance.course import STEPS_MAX, Course, course
from shancheng.wings.governance.figures import Figures, figures
from shancheng.wings.governance.keeper import FactsKeeper
from shancheng.wings.governance.sheets import Desktop, board_sheet, figures_sheet, places_sheet, worklist_sheet
from shancheng.wings.governance.worklist import Wish, query_of

NO_ROLE = Refusal(code="not-allowed", message="Your role is not known here; ask for a token with another one.")


class Telling:
    """What a desk knows of whom it tells, and what it tells in tables."""

    def __init__(self, *, reader: Reader, sequencer: Sequencer, rules: Rules, now: Callable[[], int]) -> None:
        self.now = now
        self._reader = reader
        self._sequencer = sequencer
        self._rules = rules
        self._keeper = FactsKeeper(reader, sequencer.lane.name)

    async def figures(
        self,
        place: int,
        period: tuple[int, int],
        by: Actor,
        as_of: int | None = None,
        *,
        categories: tuple[str, ...] = (),
    ) -> Figures | Refusal:
        """The table of rates of a place for a period `(first instant, first instant after it)`."""
        refusal = self._barred(place, period, by)
        if refusal is not None:
            return refusal
        return await self._table(place, period, by.kinds, categories, as_of)

    async def course(
        self, place: int, edges: Sequence[int], by: Actor, *, categories: tuple[str, ...] = ()
    ) -> Course | Refusal:
        """A place step by step between ascending instants, with the places below it and its categories."""
        refusal = self._barred(place, edges, by)
        return refusal if refusal is not None else await self._course(place, edges, by.kinds, categories)

    async def worklist_sheet(self, wish: Wish, by: Actor, tongue: Tongue) -> Sheet | Refusal:
        """A worklist to take along: what fits a wish within the actor's scope, nothing confidential, data masked."""
        if self._role(by) is None:
            return NO_ROLE
        query = query_of(wish, self._scope(by), self._rules.places, self.now())
        if isinstance(query, Refusal):
            return query
        return await worklist_sheet(self._reader, query, wish, self._desktop(tongue))

    async def board_sheet(self, place: int, by: Actor, tongue: Tongue) -> Sheet | Refusal:
        """A board to take along, without kinds that are confidential."""
        if not self._may_oversee(place, by):
            return no_place(place)
        lane, desktop = self._sequencer.lane, self._desktop(tongue)
        kinds = self._telling_kinds(by)
        seen = await board(
            self._reader, self._rules, lane=lane.name, head=lane.head, place=place, kinds=kinds, at=desktop.at
        )
        return board_sheet(seen, desktop)

    async def figures_sheet(
        self,
        place: int,
        edges: Sequence[int],
        by: Actor,
        tongue: Tongue,
        *,
        categories: tuple[str, ...] = (),
        compared: str = "on_time_rate",
    ) -> Sheet | Refusal:
        """The figures of a place and those of the places below, to take along; `compared` is drawn on paper."""
        refusal = self._barred(place, edges, by)
        if refusal is not None:
            return refusal
        kinds = self._telling_kinds(by)
        table = await self._table(place, (edges[0], edges[-1]), kinds, categories)
        beside = await self._course(place, edges, kinds, categories)
        return figures_sheet(table, beside, categories, compared, self._desktop(tongue))

    async def places_sheet(
        self, place: int, edges: Sequence[int], by: Actor, tongue: Tongue, *, categories: tuple[str, ...] = ()
    ) -> Sheet | Refusal:
        """What may be compared of the places below, a line each with its outline, to take along."""
        refusal = self._barred(place, edges, by)
        if refusal is not None:
            return refusal
        beside = await self._course(place, edges, self._telling_kinds(by), categories)
        return places_sheet(beside, categories, self._desktop(tongue))

    async def _table(
        self,
        place: int,
        period: tuple[int, int],
        kinds: tuple[str, ...],
        categories: tuple[str, ...],
        as_of: int | None = None,
    ) -> Figures:
        when = self.now() if as_of is None else as_of
        rules, lane = self._rules, self._sequencer.lane.name
        return await self._keeper.work_out(
            when,
            lambda book, head: figures(
                book,
                rules,
                place=place,
                period=period,
                as_of=when,
                lane=lane,
                head=head,
                kinds=kinds,
                categories=categories,
            ),
        )

    async def _course(
        self, place: int, edges: Sequence[int], kinds: tuple[str, ...], categories: tuple[str, ...]
    ) -> Course:
        now, rules, lane = self.now(), self._rules, self._sequencer.lane.name
        return await self._keeper.work_out(
            now,
            lambda book, head: course(
                book,
                rules,
                place=place,
                edges=edges,
                as_of=now,
                lane=lane,
                head=head,
                kinds=kinds,
                categories=categories,
            ),
        )

    def _barred(self, place: int, edges: Sequence[int], by: Actor) -> Refusal | None:
        """Why somebody may not have the figures of a place and period; None where they may."""
        if not self._may_oversee(place, by):
            return no_place(place)
        if len(edges) < 2 or any(until <= first for first, until in pairwise(edges)):
            return Refusal(code="bad-time", message="A period ends after it begins; give another end.", field="until")
        if len(edges) - 1 > STEPS_MAX:
            return Refusal(
                code="bad-time", message=f"That are more than {STEPS_MAX} steps; ask for fewer.", field="until"
            )
        return None

    def _telling_kinds(self, by: Actor) -> tuple[str, ...]:
        """Kinds that an actor's sheets may count: none that is confidential."""
        return tuple(kind for kind in self._open_kinds() if not by.kinds or kind in by.kinds) or ("",)

    def _desktop(self, tongue: Tongue) -> Desktop:
        lane = self._sequencer.lane
        return Desktop(self._rules, tongue, self.now(), lane.name, lane.head)

    def _open_kinds(self) -> tuple[str, ...]:
        """Kinds of matters that anybody may hear of."""
        return tuple(key for key, dated in self._rules.kinds.items() if not dated.latest.confidential)

    def _role(self, by: Actor) -> Role | None:
        return self._rules.roles.get(by.role)

    def _scope(self, by: Actor) -> Scope:
        return scope_of(by, self._role(by), self._rules.places)

    def _may_oversee(self, place: int, by: Actor) -> bool:
        """Whether the whole of a place lies in the actor's range: counts are for those who see the place."""
        places, scope = self._rules.places, self._scope(by)
        if place not in places or scope.nothing or scope.party:
            return False
        left, right = places.left_right(place)
        return scope.ranges is None or any(low <= left and right <= high for low, high in scope.ranges)


def no_place(place: int) -> Refusal:
    """There is no such place, or not for this person."""
    return Refusal(code="not-found", message=f"There is no place {place} that you may look at; check its number.")
