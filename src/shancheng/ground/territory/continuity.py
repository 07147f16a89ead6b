"""Follows places through yearly lists of codes: who stayed, was renamed, recoded, moved, began and ended."""

import datetime as dt
import re
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from shancheng.ground.territory.records import Lineage, LineageKind, PlaceName, PlaceVersion
from shancheng.ground.territory.tables import Tables

OFFICE = re.compile(r"(办事处|人民政府)$")
COMMITTEE = re.compile(r"(村民|居民|居)?委(员会|员|会)?$|(村民|居民)$")
KIND_WORD = {
    2: re.compile(r"(市辖区|自治县|区|县|市)$"),
    3: re.compile(r"(街道|地区|镇|民族乡|自治乡|乡)$"),
    4: re.compile(r"(社区|村)+$"),
}


class Listed(NamedTuple):
    """A line of a yearly list: a statistics code of twelve digits and what it names."""

    code: str
    name: str
    level: int
    type: str


class State(NamedTuple):
    """All places on the closing day of a year's list, by code."""

    day: dt.date
    places: Mapping[str, Listed]


@dataclass
class Span:
    """A stretch of lists in which a place kept its code, name and parent; spellings differ at most."""

    since: dt.date
    parent: int | None
    listed: Listed
    spellings: list[tuple[dt.date, str]]


@dataclass
class Life:
    """One place as it is followed from list to list."""

    id: int
    level: int
    spans: list[Span] = field(default_factory=list)
    ended: dt.date | None = None


class Candidate(NamedTuple):
    """A place of the last list or a line of the next, on its way to being recognised."""

    place: int
    """Id; 0 for a line of the next list."""
    parent: int | None
    code: str
    name: str
    level: int


RECOGNISED_BY: tuple[Callable[[Candidate], Hashable], ...] = (
    lambda it: (it.parent, local_part(it.code, it.level), stem(it.name, it.level)),
    lambda it: (it.parent, stem(it.name, it.level)),
    lambda it: (it.parent, local_part(it.code, it.level)),
    lambda it: (it.code[:6], stem(it.name, it.level)) if it.level == 4 else (it.code, it.place),
)
"""What two lists must share for a place to be the same, the surest sign first; each must be unique in both lists.

Same parent, number and name; same parent and name (recoded, upgraded); same parent and number (renamed); last, for
communities, the same name in the same county (came under another town).
"""


def plain_name(name: str, level: int) -> str:
    """A name without the words for its office: `X镇人民政府` is `X镇`, `X村委会` and `X村村民委员会` are one name."""
    if level < 4:
        return OFFICE.sub("", name)
    return stem(name, level)


def stem(name: str, level: int) -> str:
    """A name without the word for its kind either: what stays when a township becomes a town and a town a street."""
    short = COMMITTEE.sub("", name) if level == 4 else OFFICE.sub("", name)
    word = KIND_WORD.get(level)
    return (word.sub("", short) if word else short) or name


def only_spelling(one: str, other: str, level: int) -> bool:
    """Whether two names of one code are the same name; `?` stands for a letter that a list could not print."""
    first, second = plain_name(one, level), plain_name(other, level)
    if len(first) != len(second):
        return False
    return all(a == b or "?" in (a, b) for a, b in zip(first, second, strict=True))


def local_part(code: str, level: int) -> str:
    """The digits of a code that count within its parent."""
    return {1: code[:2], 2: code[2:6], 3: code[6:9], 4: code[9:12]}[level]


def parent_code(code: str, level: int) -> str:
    """The code one level up; prefectures, which this tree leaves out, are skipped."""
    return {1: "", 2: code[:2], 3: code[:6], 4: code[:9]}[level].ljust(12, "0") if level > 1 else ""


class Follower:
    """Keeps the thread of every place while lists are read in order of time."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.lives: dict[int, Life] = {}
        self.alive: dict[str, int] = {}
        self.lineage: list[Lineage] = []

    def read(self, state: State) -> None:
        """Take in the next list."""
        unseen, self.alive = set(self.alive.values()), {}
        for level in (1, 2, 3, 4):
            lines = [listed for _, listed in sorted(state.places.items()) if listed.level == level]
            known = recognise(
                [self._old(place) for place in unseen if self.lives[place].level == level], self._new(lines)
            )
            unseen -= set(known.values())
            for listed in lines:
                self._continue(known.get(listed.code), listed, state.day)
        for place in unseen:
            self.lives[place].ended = state.day

    def tables(self) -> Tables:
        """Places with their versions, older spellings as names, and lineage."""
        lives = self.lives.values()
        return Tables(
            places=tuple(version for life in lives for version in self._versions(life)),
            names=tuple(name for life in lives for name in self._spellings(life)),
            lineage=tuple(sorted([*self.lineage, *self._heirs()], key=lambda it: (it.on, it.from_id, it.to_id))),
        )

    def _old(self, place: int) -> Candidate:
        life = self.lives[place]
        last = life.spans[-1]
        return Candidate(place, last.parent, last.listed.code, last.spellings[-1][1], life.level)

    def _new(self, lines: Iterable[Listed]) -> list[Candidate]:
        return [Candidate(0, self._parent(line), line.code, line.name, line.level) for line in lines]

    def _parent(self, listed: Listed) -> int | None:
        return self.alive.get(parent_code(listed.code, listed.level))

    def _continue(self, place: int | None, listed: Listed, day: dt.date) -> None:
        """Write the list's line on the place's thread, or begin a new one."""
        parent = self._parent(listed)
        if place is None:
            place = len(self.lives) + 1
            self.lives[place] = Life(place, listed.level, [Span(day, parent, listed, [(day, listed.name)])])
        else:
            self._go_on(self.lives[place], parent, listed, day)
        self.alive[listed.code] = place

    def _go_on(self, life: Life, parent: int | None, listed: Listed, day: dt.date) -> None:
        last = life.spans[-1]
        change = _change(last, parent, listed)
        if change is not None:
            life.spans.append(Span(day, parent, listed, [(day, listed.name)]))
            self._note(life.id, life.id, day, change)
        elif last.spellings[-1][1] != listed.name:
            last.spellings.append((day, listed.name))

    def _heirs(self) -> Iterator[Lineage]:
        """Where the communities of an ended town went, and where those of a new town came from, by their number."""
        moves = _moves(self.lives.values())
        left: Counter[tuple[int, dt.date]] = Counter()
        for (origin, _, day), count in moves.items():
            left[origin, day] += count
        for (origin, target, day), count in sorted(moves.items()):
            ended, begun = self.lives[origin].ended == day, self.lives[target].spans[0].since == day
            if ended or begun:
                whole = ended and count == left[origin, day]
                share = count / (left[origin, day] if ended else max(left[origin, day], self._size(origin, day)))
                yield self._line(origin, target, day, "merge" if whole else "split", share)

    def _size(self, town: int, day: dt.date) -> int:
        """Number of communities a town had just before a day."""
        return sum(
            1
            for life in self.lives.values()
            for span, until in _ends(life)
            if span.parent == town and span.since < day and (until is None or until >= day)
        )

    def _note(self, origin: int, target: int, day: dt.date, kind: LineageKind) -> None:
        self.lineage.append(self._line(origin, target, day, kind, 1.0))

    def _line(self, origin: int, target: int, day: dt.date, kind: LineageKind, weight: float) -> Lineage:
        return Lineage(from_id=origin, to_id=target, on=day, kind=kind, weight=round(weight, 4), source=self.source)

    def _versions(self, life: Life) -> Iterator[PlaceVersion]:
        for span, until in _ends(life):
            yield PlaceVersion(
                id=life.id,
                level=life.level,
                parent=span.parent,
                name=span.spellings[-1][1],
                code=span.listed.code,
                type=span.listed.type,
                from_=span.since,
                until=until if span is life.spans[-1] else None,
                source=self.source,
            )

    def _spellings(self, life: Life) -> Iterator[PlaceName]:
        for span in life.spans:
            for (since, text), (until, _) in pairwise(span.spellings):
                yield PlaceName(id=life.id, text=text, kind="alias", from_=since, until=until, source=self.source)


def recognise(olds: Sequence[Candidate], news: Sequence[Candidate]) -> dict[str, int]:
    """Ids of places of the last list by their code in the next one."""
    found: dict[str, int] = {}
    for sign in RECOGNISED_BY:
        pairs = _unique_pairs(olds, news, sign)
        found |= {new.code: old.place for old, new in pairs}
        taken = {id(it) for pair in pairs for it in pair}
        olds = [it for it in olds if id(it) not in taken]
        news = [it for it in news if id(it) not in taken]
    return found


def follow(states: Iterable[State], source: str) -> Tables:
    """Tables from lists in order of time: permanent ids are given in order of first list, level and code."""
    follower = Follower(source)
    for state in states:
        follower.read(state)
    return follower.tables()


def _unique_pairs(
    olds: Sequence[Candidate], news: Sequence[Candidate], sign: Callable[[Candidate], Hashable]
) -> list[tuple[Candidate, Candidate]]:
    """Pairs that share a sign which nobody else on either side has."""
    first, second = _unique(olds, sign), _unique(news, sign)
    return [(old, second[key]) for key, old in first.items() if key in second]


def _unique(candidates: Sequence[Candidate], sign: Callable[[Candidate], Hashable]) -> dict[Hashable, Candidate]:
    counts = Counter(map(sign, candidates))
    return {key: it for it in candidates if counts[key := sign(it)] == 1}


def _change(last: Span, parent: int | None, listed: Listed) -> LineageKind | None:
    """What really changed between two lists; None where nothing but a spelling did."""
    if last.parent != parent:
        return "transfer"
    if last.listed.type != listed.type:
        return "upgrade"
    if last.listed.code != listed.code:
        return "recode"
    return None if only_spelling(last.spellings[-1][1], listed.name, listed.level) else "rename"


def _ends(life: Life) -> Iterator[tuple[Span, dt.date | None]]:
    """Each span with the day the next one begins, the last with the day the place ended."""
    for span, following in pairwise(life.spans):
        yield span, following.since
    yield life.spans[-1], life.ended


def _moves(lives: Iterable[Life]) -> Counter[tuple[int, int, dt.date]]:
    """How many communities went from one town to another on a day."""
    return Counter(
        (before.parent, after.parent, after.since)
        for life in lives
        for before, after in pairwise(life.spans)
        if before.parent is not None and after.parent is not None and before.parent != after.parent
    )
