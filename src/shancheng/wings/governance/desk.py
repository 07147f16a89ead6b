"""The governance desk: every verb by which a city's matters are settled, and every look at them; what doors talk to."""

from collections.abc import Callable

from msgspec.structs import replace

from shancheng.ground.access import Actor
from shancheng.ground.sheet import Sheet
from shancheng.loop.act import AnyAct, Escalate, Point, Report, Unseal
from shancheng.loop.kind import Category
from shancheng.loop.ledger import Command, Page, Query, Reader, Receipt, Refusal, ReporterKey, Scope
from shancheng.loop.matter import Matter
from shancheng.loop.move import Move
from shancheng.loop.rules import Rules
from shancheng.loop.scope import NOTHING, narrowed, sees
from shancheng.loop.sequencer import Sequencer
from shancheng.loop.why import Why, explain
from shancheng.wings.governance.allowed import allowed
from shancheng.wings.governance.board import Board, CategoryRow, PlaceRow, board
from shancheng.wings.governance.course import COMPARED, Course, PlaceCounts, Step, TopicCounts
from shancheng.wings.governance.figures import Figure, Figures
from shancheng.wings.governance.located import Box, Spot, Spots, Standing, located
from shancheng.wings.governance.meanings import MEANINGS
from shancheng.wings.governance.news import News, news
from shancheng.wings.governance.publishing import OpenCounts, OpenRow, published
from shancheng.wings.governance.sealing import Seal, Sealed, Unlock, masked, packed, reporter_of, unpacked
from shancheng.wings.governance.suggesting import EXAMPLES_MAX, Alike, alike, neighbourhood, reportable, suggested
from shancheng.wings.governance.telling import NO_ROLE, Telling, no_place
from shancheng.wings.governance.town import CommunityRow, PlatformRow, TownBoard, town_board
from shancheng.wings.governance.trend import BESIDE, Series, Trend, TrendKeeper
from shancheng.wings.governance.watching import LateWith, Watch, wanted_by, watch
from shancheng.wings.governance.worklist import LIMIT_MAX, Wish, query_of

__all__ = [
    "COMPARED",
    "ENGINE",
    "MEANINGS",
    "Alike",
    "Board",
    "Box",
    "CategoryRow",
    "CommunityRow",
    "Course",
    "Desk",
    "Figure",
    "Figures",
    "LateWith",
    "News",
    "OpenCounts",
    "OpenRow",
    "PlaceCounts",
    "PlaceRow",
    "PlatformRow",
    "Sealed",
    "Series",
    "Sheet",
    "Spot",
    "Spots",
    "Standing",
    "Step",
    "TopicCounts",
    "TownBoard",
    "Trend",
    "Watch",
    "Wish",
    "wanted_by",
]  # fmt: skip

ENGINE = Actor("engine", "system")
"""Who looks at clocks whose time has come."""
TICK_MOST = 2000


class Desk(Telling):
    """Every verb of governance."""

    def __init__(
        self,
        *,
        reader: Reader,
        sequencer: Sequencer,
        rules: Rules,
        now: Callable[[], int],
        new_id: Callable[[], str],
        seal: Seal | None = None,
        unlock: Unlock | None = None,
    ) -> None:
        super().__init__(reader=reader, sequencer=sequencer, rules=rules, now=now)
        self._new_id = new_id
        self._seal = seal
        self._unlock = unlock
        self._shown: tuple[tuple[int, int], Spots | Refusal] | None = None
        """What everybody is shown of an invented city in one second."""
        self._trend = TrendKeeper(reader, sequencer.lane.name)
        self._fresh: dict[str, ReporterKey] = {}
        """Reporters' keys that are on their way into the ledger."""

    @property
    def rules(self) -> Rules:
        """The rules in force at this desk."""
        return self._rules

    def adopt(self, rules: Rules) -> None:
        """Go by other rules from the next command on."""
        self._rules = self._sequencer.rules = rules

    async def report(
        self,
        act: Report,
        by: Actor,
        *,
        contact: bytes | None = None,
        idem: str | None = None,
        at: int | None = None,
        matter: str | None = None,
    ) -> Receipt | Refusal:
        """Open a matter; the contact is sealed under the reporter's key, personal data in the text are masked."""
        if contact and self._seal is None:
            return Refusal(
                code="cannot-seal",
                message="This centre has no key to seal personal data under; report without contact data.",
                field="contact",
            )
        clean = masked(act)
        named = clean.act
        assert isinstance(named, Report)
        role = self._role(by)
        if contact or clean.original or named.reporter or (role is not None and role.sees == "own"):
            reporter = reporter_of(named, by, role, new_id=self._new_id, idem=idem)
            named = replace(named, reporter=reporter)
        sealed, key = await self._sealed(named.reporter, contact, clean.original)
        number = matter or self._new_id()
        return await self._submit(number, named, by, idem=idem, at=at, sealed=sealed, key=key)

    async def do(
        self,
        matter: str,
        act: AnyAct,
        by: Actor,
        *,
        idem: str | None = None,
        expect: int = 0,
        at: int | None = None,
    ) -> Receipt | Refusal:
        """Any other act on a matter; whether it may be done is decided by the loop."""
        if isinstance(act, Report):
            return Refusal(code="wrong-verb", message="A report opens a matter of its own; send it as a report.")
        clean = masked(act)
        reporter = getattr(act, "reporter", "") or (by.id if self._sees_own(by) else "")
        sealed, key = await self._sealed(reporter, None, clean.original)
        return await self._submit(matter, clean.act, by, idem=idem, at=at, expect=expect, sealed=sealed, key=key)

    async def matter(self, matter: str, by: Actor) -> Matter | Refusal:
        """One matter as it stands; what the actor may not see looks as if it were not there."""
        found = await self._reader.matter(matter)
        if found is None or not self._may_see(found, by):
            return _not_found(matter)
        return found

    async def history(self, matter: str, by: Actor) -> list[Move] | Refusal:
        """Every move of a matter, in order."""
        found = await self.matter(matter, by)
        return found if isinstance(found, Refusal) else await self._reader.history(matter)

    async def why(self, matter: str, by: Actor) -> Why | Refusal:
        """Every deadline, route and mark of a matter down to the pack line and the moves."""
        found = await self.matter(matter, by)
        if isinstance(found, Refusal):
            return found
        return explain(found, await self._reader.history(matter), self._rules)

    async def worklist(self, wish: Wish, by: Actor) -> Page | Refusal:
        """A page of matters that fit a wish, within what the actor may see."""
        role = self._role(by)
        if role is None:
            return NO_ROLE
        query = query_of(wish, self._scope(by), self._rules.places, self.now())
        return query if isinstance(query, Refusal) else await self._reader.find(query)

    async def located(self, wish: Wish, by: Actor, box: Box | None = None) -> Spots | Refusal:
        """Matters that fit a wish and lie in a box (None: everywhere), within what the actor may see."""
        role = self._role(by)
        if role is None:
            return NO_ROLE
        query = query_of(wish, self._scope(by), self._rules.places, self.now())
        if isinstance(query, Refusal):
            return query
        return await located(self._reader, query, self._rules.places, box=box, now=self.now())

    async def rehearsed(self, most: int) -> Spots | Refusal:
        """The matters of an invented city that moved last, for anybody; a real city tells counts alone."""
        if self._rules.packs.city.source != "invented":
            return Refusal(code="not-allowed", message="Matters of a real city are not shown one by one to anybody.")
        when = self.now()
        if self._shown is None or self._shown[0] != (when, most):
            query = Query(scope=Scope(kinds=self._open_kinds()), order="moved", limit=most)
            found = await located(self._reader, query, self._rules.places, box=None, now=when, most=most)
            self._shown = (when, most), found
        return self._shown[1]

    async def board(self, place: int, by: Actor, at: int | None = None) -> Board | Refusal:
        """How many matters stand where at a place; lateness is judged at `at`."""
        if not self._may_oversee(place, by):
            return no_place(place)
        lane, when = self._sequencer.lane, self.now() if at is None else at
        return await board(
            self._reader, self._rules, lane=lane.name, head=lane.head, place=place, kinds=by.kinds, at=when
        )

    async def town(self, place: int, by: Actor) -> TownBoard | Refusal:
        """The board of a town: its centre, its platforms, its communities and grids."""
        counted = await self.board(place, by)
        if isinstance(counted, Refusal):
            return counted
        if self._rules.places.node(place).level != self._rules.places.cell_level:
            return Refusal(code="no-town", message=f"Place {place} is no town; choose one below it.", field="place")
        return await town_board(self._reader, self._rules, counted=counted, kinds=by.kinds)

    async def watch(self, place: int, by: Actor) -> Watch | Refusal:
        """What is under watch at a place, and with whom what is late lies; within what the actor may see."""
        if not self._may_oversee(place, by):
            return no_place(place)
        scope = narrowed(self._scope(by), place, self._rules.places)
        return await watch(self._reader, scope, place=place, seq=self.seq, at=self.now())

    async def trend(self, place: int, by: Actor) -> Trend | Refusal:
        """How many came in and were closed on each of the last days: at a place, below it, and by topmost category."""
        if not self._may_oversee(place, by):
            return no_place(place)
        now, places = self.now(), self._rules.places
        if places.node(place).level > places.cell_level:
            return Trend(days=(), seq=self.seq, whole=True)
        await self._trend.read_on(self._rules, now, BESIDE)
        return self._trend.trend(place, self._rules, by.kinds, now)

    async def look_back(self) -> int:
        """Take a slice of the last days into the trend, behind everything else; gives how many lines there were."""
        return await self._trend.read_on(self._rules, self.now())

    async def news(self, after: int) -> News:
        """Every matter that moved after a line of the ledger, for pages that are kept up to date.

        Whoever passes it on asks `shows` first.
        """
        return await news(self._reader, self._sequencer.lane.name, after)

    @property
    def seq(self) -> int:
        """The last line of the ledger."""
        return self._sequencer.lane.head.seq

    def shows(self, matter: Matter, by: Actor) -> bool:
        """Whether somebody may see a matter."""
        return self._may_see(matter, by)

    def oversees(self, place: int, by: Actor) -> bool:
        """Whether somebody may see the counts of a place."""
        return self._may_oversee(place, by)

    async def open_counts(self, place: int) -> OpenCounts | Refusal:
        """How many matters stand where, for anybody: no confidential kind, and nothing a person could be found by."""
        if place not in self._rules.places:
            return no_place(place)
        lane, now, kinds = self._sequencer.lane, self.now(), self._open_kinds()
        return published(
            await board(self._reader, self._rules, lane=lane.name, head=lane.head, place=place, kinds=kinds, at=now)
        )

    def reportable(self) -> tuple[Category, ...]:
        """Categories that somebody may report under, in the order of the pack."""
        return reportable(self._rules, self.now())

    async def suggest(self, text: str, most: int = 3) -> tuple[str, ...]:
        """Keys of the categories that the words of a new report speak for, best first."""
        examples: list[tuple[str, str]] = []
        after = ""
        while len(examples) < EXAMPLES_MAX:
            page = await self._reader.find(Query(scope=Scope(), order="opened", after=after, limit=LIMIT_MAX))
            examples += [(matter.opening.text, matter.about.category) for matter in page.matters]
            after = page.next
            if not after:
                break
        return suggested(text, self.reportable(), examples, most)

    async def alike(self, category: str, place: int, point: Point | None = None) -> tuple[Alike, ...]:
        """Open matters of a category around a place, for anybody; nothing confidential."""
        places = self._rules.places
        if not category or place not in places:
            return ()
        around = places.parent_of(neighbourhood(place, places)) or place
        scope = Scope(ranges=(places.left_right(around if point else neighbourhood(place, places)),))
        query = Query(scope=scope, categories=(category,), open_only=True, order="opened", limit=LIMIT_MAX)
        return alike((await self._reader.find(query)).matters, place=place, point=point, places=places)

    async def allowed(self, matter: str, by: Actor) -> tuple[str, ...] | Refusal:
        """Verbs that somebody may do on a matter as it stands now."""
        found = await self.matter(matter, by)
        return found if isinstance(found, Refusal) else allowed(found, by, self._rules, self.now())

    async def read_on(self) -> None:
        """Take what is new in the ledger into the figures; done now and then, they answer at once when asked."""
        await self._keeper.book(self.now())

    async def unseal(self, matter: str, reporter: str, purpose: str, by: Actor) -> tuple[Sealed, ...] | Refusal:
        """Open what a reporter left under its key; that somebody looked, and why, is written first."""
        if self._unlock is None:
            return Refusal(code="cannot-open", message="This centre has no key to open sealed fields with.")
        written = await self._submit(matter, Unseal(reporter=reporter, purpose=purpose), by)
        if isinstance(written, Refusal):
            return written
        wrapped = await self._reader.key(reporter)
        if wrapped is None:
            return Refusal(code="redacted", message=f"There is no key for reporter {reporter}; its data are gone.")
        moves = await self._reader.history(matter)
        under = [move.sealed for move in moves if move.sealed is not None and _spoke(move, reporter)]
        return tuple(unpacked(self._unlock(reporter, wrapped, sealed)) for sealed in under)

    async def tick(self, limit: int = 500) -> int:
        """Let the engine look at what has fallen due by now; gives how many moves it wrote."""
        written = 0
        for matter in await self._reader.woken(self.now(), max(1, min(limit, TICK_MOST))):
            written += await self._wake(matter)
        return written

    async def _wake(self, matter: str) -> int:
        found = await self._reader.matter(matter)
        if found is None:
            return 0
        now = self.now()
        due = [name for name, clock in found.clocks.items() if 0 < clock.wake <= now]
        answers = [await self._submit(matter, Escalate(clock=name), ENGINE) for name in due]
        return sum(isinstance(answer, Receipt) for answer in answers)

    async def _submit(
        self,
        matter: str,
        act: AnyAct,
        by: Actor,
        *,
        idem: str | None = None,
        at: int | None = None,
        expect: int = 0,
        sealed: bytes | None = None,
        key: ReporterKey | None = None,
    ) -> Receipt | Refusal:
        now = self.now()
        command = Command(
            act=act,
            matter=matter,
            by=by,
            at=now if at is None else at,
            now=now,
            idem=idem,
            expect=expect,
            sealed=sealed,
            key=key,
        )
        try:
            return await self._sequencer.submit(command)
        finally:
            if key is not None:
                self._fresh.pop(key.reporter, None)

    async def _sealed(
        self, reporter: str, contact: bytes | None, original: dict[str, str]
    ) -> tuple[bytes | None, ReporterKey | None]:
        """What is sealed, and the key to be kept with it. All that is under way of one reporter has the same key."""
        if self._seal is None or not reporter or not (contact or original):
            return None, None
        kept = await self._reader.key(reporter)
        fresh = None if kept is not None else self._fresh.get(reporter)
        sealed, made = self._seal(reporter, packed(contact, original), fresh.wrapped if fresh else kept)
        key = made or fresh
        if key is not None:
            self._fresh[reporter] = key
        return sealed, key

    def _sees_own(self, by: Actor) -> bool:
        role = self._role(by)
        return role is not None and role.sees == "own"

    def _may_see(self, matter: Matter, by: Actor) -> bool:
        offered = matter.custody.offered_to
        invited = bool(offered) and by.centre == offered and self._scope(by) != NOTHING
        return invited or sees(self._scope(by), matter, self._rules.places)


def _spoke(move: Move, reporter: str) -> bool:
    named = getattr(move.act, "reporter", "") or move.actor
    return named == reporter


def _not_found(matter: str) -> Refusal:
    return Refusal(code="not-found", message=f"There is no matter {matter} here that you can see; check the number.")
