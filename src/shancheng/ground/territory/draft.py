"""Tables while a reform is written into them: versions are closed and opened, nothing is overwritten."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable
from itertools import chain
from typing import Any

import msgspec

from shancheng.ground.territory.records import Lineage, LineageKind, PlaceVersion
from shancheng.ground.territory.reform import Create, Merge, Reference, Reform, Split, Transfer
from shancheng.ground.territory.tables import Tables


class Draft:
    """Places as they stand the day before a reform, changed part by part; conflicts are collected, not raised."""

    def __init__(self, tables: Tables, scheme: str, reform: Reform) -> None:
        self.tables = tables
        self.reform = reform
        self.day = reform.effective
        self.conflicts: list[str] = []
        self.ended: set[int] = set()
        self.created: dict[str, int] = {}
        self.lineage: list[Lineage] = []
        eve = self.day - dt.timedelta(days=1)
        self.before = {version.id: version for version in tables.places if version.holds(eve)}
        self.now = dict(self.before)
        self._used = {version.id for version in tables.places}
        self._later = {version.id for version in tables.places if version.from_ >= self.day}
        self._named = self._names(scheme, eve)
        self._children: dict[int | None, set[int]] = defaultdict(set)
        for version in self.before.values():
            self._children[version.parent].add(version.id)
        self._moved: Counter[tuple[int, int]] = Counter()
        self._weights: dict[tuple[int, int], float] = {}

    def carry_out(self) -> None:
        """Every part of the reform, in the order of its fields."""
        for create in self.reform.create:
            self._create(create)
        for transfer in self.reform.transfer:
            self._transfer(transfer)
        for merge in self.reform.merge:
            self._merge(merge)
        for split in self.reform.split:
            self._split(split)
        for rename in self.reform.rename:
            changes = {"name": rename.name} | ({"type": rename.type} if rename.type else {})
            self._change(rename.place, "upgrade" if rename.type else "rename", **changes)
        for recode in self.reform.recode:
            self._recode(recode.place, recode.code)
        for reference in self.reform.abolish:
            self._abolish(self.place(reference))
        self._heirs()
        self._left_behind()

    def result(self) -> Tables:
        """The tables with the reform in them."""
        touched = {place for place, version in self.now.items() if version is not self.before.get(place)} | self.ended
        opened = [self.now[place] for place in touched - self.ended]
        closed = [self._closed(version) if version.id in touched else version for version in self.tables.places]
        return Tables(
            places=(*closed, *opened),
            codes=tuple(self._shortened(record, record.id) for record in self.tables.codes),
            names=tuple(self._shortened(record, record.id) for record in self.tables.names),
            edges=tuple(self._shortened(edge, edge.child, edge.parent) for edge in self.tables.edges),
            lineage=(*self.tables.lineage, *self.lineage),
        ).ordered()

    def place(self, reference: Reference | None) -> int:
        """Id of the place a reference means; 0 and a conflict where there is none, or more than one."""
        if isinstance(reference, int) and reference in self.now:
            return reference
        if reference in self.created:
            return self.created[str(reference)]
        meant = self._named.get(str(reference), set())
        if len(meant) == 1:
            return next(iter(meant))
        found = f"{len(meant)} places are called '{reference}'; give a code" if meant else f"there is no '{reference}'"
        self.conflicts.append(f"On {self.day - dt.timedelta(days=1)} {found}.")
        return 0

    def child(self, parent: int, reference: Reference) -> int:
        """Id of a child of a place, by its own name, code or id."""
        fits = [
            place
            for place in self._children[parent]
            if reference in (place, self.now[place].name, self.now[place].code)
        ]
        if len(fits) == 1:
            return fits[0]
        known = "、".join(sorted(self.now[place].name for place in self._children[parent]))
        self.conflicts.append(
            f"'{reference}' is not one child of {self._name(parent)}; its children are {known or 'none'}."
        )
        return 0

    def _names(self, scheme: str, eve: dt.date) -> dict[str, set[int]]:
        """Places by code of any scheme and by name; codes of the city's own scheme come before all else."""
        named: dict[str, set[int]] = defaultdict(set)
        for version in self.before.values():
            named[version.name].add(version.id)
        for code in self.tables.codes:
            if code.holds(eve):
                named[code.code].add(code.id)
        own: dict[str, set[int]] = defaultdict(set)
        for version in self.before.values():
            if version.code:
                own[version.code].add(version.id)
        return {**named, **own}

    def _create(self, create: Create) -> None:
        parent = self.place(create.parent) if create.parent is not None else 0
        place = create.id or max(chain(self._used, [0])) + 1
        if place in self._used:
            self.conflicts.append(f"Id {place} of the new {create.name} was used before; ids are never used again.")
            return
        self._used.add(place)
        self._claim(create.code, place)
        level = create.level or (self.now[parent].level + 1 if parent else 1)
        self.now[place] = PlaceVersion(
            id=place,
            level=level,
            parent=parent or None,
            name=create.name,
            code=create.code,
            type=create.type,
            from_=self.day,
            source=self.reform.source,
        )
        self.created[create.name] = place
        if create.code:
            self.created[create.code] = place
        self._children[parent or None].add(place)

    def _transfer(self, transfer: Transfer) -> None:
        origin, target = self.place(transfer.from_), self.place(transfer.to)
        if not origin or not target:
            return
        stay = {self.child(origin, reference) for reference in transfer.except_}
        if transfer.towns == "ALL":
            going = self._children[origin] - stay
        else:
            going = {self.child(origin, reference) for reference in transfer.towns} - stay
        self._move(going, origin, target)

    def _merge(self, merge: Merge) -> None:
        target = self.place(merge.to)
        for reference in merge.from_:
            origin = self.place(reference)
            if not origin or not target:
                continue
            if origin == target:
                self.conflicts.append(f"{self._name(origin)} cannot be merged into itself.")
                continue
            self._move(self._children[origin], origin, target)
            self._weights[origin, target] = 1.0
            self._abolish(origin)

    def _split(self, split: Split) -> None:
        origin = self.place(split.from_)
        for share in split.into:
            target = self.place(share.to)
            if not origin or not target:
                continue
            self._move({self.child(origin, reference) for reference in share.towns}, origin, target)
            if share.weight:
                self._weights[origin, target] = share.weight
        if origin and not split.keep:
            self._abolish(origin)

    def _move(self, places: Iterable[int], origin: int, target: int) -> None:
        for place in sorted(set(places) - {0}):
            self._amend(place, parent=target)
            self._children[origin].discard(place)
            self._children[target].add(place)
            self._moved[origin, target] += 1
            self._note(place, place, "transfer")

    def _change(self, reference: Reference, kind: LineageKind, **changes: Any) -> None:
        if place := self.place(reference):
            self._amend(place, **changes)
            self._note(place, place, kind)

    def _recode(self, reference: Reference, code: str) -> None:
        if place := self.place(reference):
            self._claim(code, place)
            self._amend(place, code=code)
            self._note(place, place, "recode")

    def _claim(self, code: str, place: int) -> None:
        """A code may be given again only when its holder ends or is recoded in the same reform."""
        leaving = {self.place(reference) for reference in self.reform.abolish if code}
        leaving |= {self.place(recode.place) for recode in self.reform.recode if code}
        holders = (
            {other for other, version in self.now.items() if version.code == code} - leaving - self.ended - {place}
        )
        if code and holders:
            self.conflicts.append(f"Code {code} is held by {self._name(min(holders))}.")

    def _abolish(self, place: int) -> None:
        if place and place not in self.ended:
            self.ended.add(place)
            self._check_free(place)

    def _amend(self, place: int, **changes: Any) -> None:
        """Close the place's version on the day and open the next one, or go on with the one this reform opened."""
        self._check_free(place)
        version = self.now[place]
        self.now[place] = msgspec.structs.replace(
            version, **changes, from_=self.day, until=version.until, source=self.reform.source
        )

    def _check_free(self, place: int) -> None:
        if place in self._later:
            self.conflicts.append(
                f"{self._name(place)} already changes on or after {self.day}; apply reforms in the order of their days."
            )
            self._later.discard(place)

    def _closed(self, version: PlaceVersion) -> PlaceVersion:
        return msgspec.structs.replace(version, until=self.day) if version is self.before.get(version.id) else version

    def _shortened(self, record: Any, *places: int | None) -> Any:
        """Records under an ended place end with it."""
        open_still = record.until is None or record.until > self.day
        if self.ended.intersection(place for place in places if place) and record.from_ < self.day and open_still:
            return msgspec.structs.replace(record, until=self.day)
        return record

    def _heirs(self) -> None:
        """Lineage from each place to those its children went to, weighted by how many went."""
        for origin, target in sorted(self._moved.keys() | self._weights.keys()):
            size = sum(1 for version in self.before.values() if version.parent == origin)
            weight = self._weights.get((origin, target)) or self._moved[origin, target] / size
            whole = origin in self.ended and weight >= 1
            self._note(origin, target, "merge" if whole else "split", weight)
        with_heirs = {line.from_id for line in self.lineage if line.from_id != line.to_id}
        for place in sorted(self.ended - with_heirs):
            if (parent := self.now[place].parent) is not None:
                self._note(place, parent, "abolish")

    def _left_behind(self) -> None:
        """A place that ends must not leave children."""
        for place in sorted(self.ended):
            if orphans := self._children[place] - self.ended:
                names = "、".join(sorted(self.now[orphan].name for orphan in orphans))
                self.conflicts.append(
                    f"{self._name(place)} ends but {names} would be left under it; say where they go."
                )

    def _note(self, origin: int, target: int, kind: LineageKind, weight: float = 1.0) -> None:
        line = Lineage(
            from_id=origin, to_id=target, on=self.day, kind=kind, weight=round(weight, 4), source=self.reform.source
        )
        self.lineage = [old for old in self.lineage if (old.from_id, old.to_id) != (origin, target)] + [line]

    def _name(self, place: int) -> str:
        return f"{self.now[place].name} ({place})" if place in self.now else f"place {place}"
