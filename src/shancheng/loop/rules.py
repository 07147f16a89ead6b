"""The rules a lane decides by: packs, territory and calendars, compiled once."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from shancheng.ground.access import Role
from shancheng.ground.calendar import Calendar, Calendars
from shancheng.ground.pack import Packs
from shancheng.ground.territory import Snapshot, Territory, UnknownPlaceError
from shancheng.loop.dated import Dated, by_key
from shancheng.loop.kind import Agency, Category, Duty, Kind, LadderStep, Promise, Reason, Record, Severity, StageName
from shancheng.loop.routing import DutyList, Route

NO_RUNGS: tuple[LadderStep, ...] = ()


@dataclass(frozen=True, eq=False, repr=False)
class Rules:
    """Everything `decide` may look up; it changes nothing and asks no clock."""

    territory: Territory
    places: Snapshot
    """The tree that matters are held in and counted by, as it stands on the day of the rules."""
    calendars: Mapping[str, Calendar]
    kinds: Mapping[str, Dated[Kind]]
    promises: Mapping[str, tuple[Dated[Promise], ...]]
    """By clock: every promise record with its versions."""
    ladder: Mapping[str, tuple[LadderStep, ...]]
    """By clock, lowest rung first."""
    severities: Mapping[int, Severity]
    stages: Mapping[str, StageName]
    reasons: Mapping[str, Reason]
    agencies: Mapping[str, Agency]
    categories: Mapping[str, Dated[Category]]
    roles: Mapping[str, Role]
    duties: DutyList
    zone: ZoneInfo
    packs: Packs
    _budgets: dict[int, int] = field(default_factory=dict)
    """By identity of the promise record, which lives as long as the rules do."""
    _chosen: dict[tuple[str, str, str, int], tuple[Dated[Promise], ...]] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, packs: Packs, territory: Territory, calendars: Calendars, *, on: dt.date, tree: str) -> "Rules":
        """The rules that packs make, with the territory as it stands on a day."""
        zone = ZoneInfo(packs.city.time_zone)
        scheme = packs.city.scheme

        def place_of(code: str) -> int:
            return territory.by_code(scheme, code, on)

        return cls(
            territory=territory,
            places=territory.snapshot(on, tree),
            calendars=calendars,
            kinds=by_key(packs.table("kinds", Kind), zone),
            promises=_by_clock(packs.table("promises", Promise), zone),
            ladder=_rungs(packs.standing("ladder", LadderStep, on)),
            severities={severity.grade: severity for severity in packs.standing("severities", Severity, on)},
            stages={stage.key: stage for stage in packs.standing("stages", StageName, on)},
            reasons={reason.key: reason for reason in packs.standing("reasons", Reason, on)},
            agencies={agency.key: agency for agency in packs.standing("agencies", Agency, on)},
            categories=by_key(packs.table("categories", Category), zone),
            roles={role.key: role for role in packs.standing("roles", Role, on)},
            duties=DutyList(packs.table("duties", Duty), place_of=place_of, zone=zone, calendars=calendars),
            zone=zone,
            packs=packs,
        )

    def origin(self, table: str, key: str, at: int) -> str:
        """File and line of the pack record that was in force at an instant; empty where there is none."""
        day = self.day(at)
        found = ""
        for record, origin in zip(self.packs.records.get(table, ()), self.packs.origins.get(table, ()), strict=True):
            if isinstance(record, Record) and record.key == key and record.from_ <= day:
                found = str(origin)
        return found

    def kind(self, key: str, at: int) -> Kind | None:
        """A kind as it stands at an instant."""
        versions = self.kinds.get(key)
        return versions.at(at) if versions else None

    def category(self, key: str, at: int) -> Category | None:
        """A category as it stands at an instant."""
        versions = self.categories.get(key)
        return versions.at(at) if versions else None

    def category_chain(self, key: str, at: int) -> tuple[str, ...]:
        """A category and those above it, from the leaf up."""
        chain: list[str] = []
        while key and key not in chain:
            chain.append(key)
            category = self.category(key, at)
            key = category.parent if category else ""
        return tuple(chain)

    def promise(self, clock: str, *, kind: str, category: str, severity: int, at: int) -> Promise | None:
        """The promise in force for a clock; closer category before kind before severity."""
        wanted = (clock, kind, category, severity)
        chosen = self._chosen.get(wanted)
        if chosen is None:
            chosen = self._chosen[wanted] = self._fitting(clock, kind, category, severity, at)
        for versions in chosen:
            promise = versions.at(at)
            if promise is not None:
                return promise
        return None

    def _fitting(self, clock: str, kind: str, category: str, severity: int, at: int) -> tuple[Dated[Promise], ...]:
        chain = self.category_chain(category, at)
        ranked: list[tuple[tuple[int, int, int, str], Dated[Promise]]] = []
        for versions in self.promises.get(clock, ()):
            promise = versions.latest
            fits = promise.kind in (kind, "*") and promise.severity in (severity, 0)
            if fits and promise.category in (*chain, "*"):
                depth = chain.index(promise.category) if promise.category != "*" else len(chain)
                ranked.append(((depth, promise.kind == "*", promise.severity == 0, promise.key), versions))
        return tuple(versions for _, versions in sorted(ranked, key=lambda pair: pair[0]))

    def budget(self, promise: Promise) -> int:
        """Working seconds that a promise gives."""
        known = self._budgets.get(id(promise))
        if known is None:
            days = promise.budget_days * self.calendars[promise.calendar].day_seconds
            known = self._budgets[id(promise)] = promise.budget_minutes * 60 or days
        return known

    def next_rung(self, clock: str, above: int) -> LadderStep | None:
        """The lowest rung of a clock's ladder above a percentage."""
        for step in self.ladder.get(clock, NO_RUNGS):
            if step.percent > above:
                return step
        return None

    def route(self, category: str, place: int, at: int) -> Route | None:
        """Who answers for a category at a place at an instant."""
        return self.duties.route(self.category_chain(category, at), self.places.chain(place)[::-1], at)

    def where(self, place: int, at: int) -> int:
        """The place as it lives on in the tree of these rules; 0 where it is unknown."""
        if place in self.places:
            return place
        try:
            heirs = self.territory.resolve(place, self.day(at))
        except UnknownPlaceError:
            return 0
        return next((heir for heir in heirs if heir in self.places), 0)

    def day(self, at: int) -> dt.date:
        """The local day of an instant."""
        return dt.datetime.fromtimestamp(at, self.zone).date()


def _by_clock(promises: tuple[Promise, ...], zone: ZoneInfo) -> dict[str, tuple[Dated[Promise], ...]]:
    clocks: dict[str, list[Dated[Promise]]] = {}
    for versions in by_key(promises, zone).values():
        clocks.setdefault(versions.latest.clock, []).append(versions)
    return {clock: tuple(found) for clock, found in clocks.items()}


def _rungs(steps: tuple[LadderStep, ...]) -> dict[str, tuple[LadderStep, ...]]:
    clocks: dict[str, list[LadderStep]] = {}
    for step in sorted(steps, key=lambda step: (step.percent, step.key)):
        clocks.setdefault(step.clock, []).append(step)
    return {clock: tuple(found) for clock, found in clocks.items()}
