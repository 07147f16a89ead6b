"""The one place where a scope and a query become SQL, for both stores."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from shancheng.loop.ledger import Due, Query, Scope
from shancheng.store.cursor import LAST, cursor_of

LIMIT_MAX = 1000
"""Longest page."""
Value = int | str | bytes | bool | list[str] | None
Drive = Literal["words", "party", "place", "order", "idle", "rest"]
"""What a list walks along: hits of the search, the party's matters, the places, or the order itself."""


@dataclass
class Where:
    """Conditions that all hold, with their values."""

    mark: Callable[[int], str]
    """Gives the placeholder of the n-th value, from 1."""
    parts: list[str] = field(default_factory=list)
    values: list[Value] = field(default_factory=list)

    def add(self, text: str, *values: Value) -> None:
        """One more condition; each `{}` stands for a value."""
        marks = [self.mark(len(self.values) + number + 1) for number in range(len(values))]
        self.parts.append(text.format(*marks))
        self.values.extend(values)

    def among(self, column: str, values: Sequence[Value]) -> None:
        """The column holds one of these."""
        self.add(f"{column} IN ({', '.join('{}' for _ in values)})", *values)

    def __str__(self) -> str:
        return " AND ".join(self.parts) or "true"


@dataclass(frozen=True)
class Statement:
    """SQL and its values."""

    sql: str
    values: tuple[Value, ...]


class Dialect:
    """How one store says what the other says differently."""

    def __init__(self, name: Literal["sqlite", "postgres"]) -> None:
        self.name = name

    def mark(self, number: int) -> str:
        """Placeholder of the n-th value."""
        return "?" if self.name == "sqlite" else f"${number}"

    def where(self) -> Where:
        """No conditions yet."""
        return Where(self.mark)

    def indexed(self, index: str) -> str:
        """Walk along this index; PostgreSQL finds out by its statistics."""
        return f" INDEXED BY {index}" if self.name == "sqlite" else ""

    def words(self, where: Where, words: Sequence[str]) -> None:
        """All of these tokens occur."""
        if self.name == "sqlite":
            phrases = ('"' + word.replace('"', '""') + '"' for word in words)
            where.add("m.number IN (SELECT rowid FROM words WHERE words MATCH {})", " AND ".join(phrases))
        else:
            where.add("m.matter IN (SELECT matter FROM words WHERE tokens @> {}::text[])", list(words))


SQLITE = Dialect("sqlite")
POSTGRES = Dialect("postgres")


def scoped(where: Where, scope: Scope, *, party_drives: bool = False) -> None:
    """Add what an actor may see; the same conditions as `shancheng.loop.scope.sees`."""
    if scope.nothing or scope.ranges == ():
        where.add("false")
    if scope.ranges:
        where.add(
            "m.place_left BETWEEN {} AND {}",
            min(low for low, _ in scope.ranges),
            max(high for _, high in scope.ranges),
        )
    if scope.ranges and len(scope.ranges) > 1:
        bounds = [bound for low_high in scope.ranges for bound in low_high]
        where.add(f"({' OR '.join('m.place_left BETWEEN {} AND {}' for _ in scope.ranges)})", *bounds)
    if scope.kinds:
        where.among("m.kind", scope.kinds)
    if scope.party and not party_drives:
        where.add("EXISTS (SELECT 1 FROM parties p WHERE p.party = {} AND p.matter = m.matter)", scope.party)
    if not scope.confidential:
        where.add("NOT m.confidential")


def asked(where: Where, query: Query) -> None:
    """Add the filters of a query, except words and page."""
    for column, values in (("m.stage", query.stages), ("m.kind", query.kinds), ("m.category", query.categories)):
        if values:
            where.among(column, values)
    if query.severity_at_most < 4:
        where.add("m.severity <= {}", query.severity_at_most)
    for column, value in (("m.holder", query.holder), ("m.lead", query.lead)):
        if value:
            where.add(f"{column} = {{}}", value)
    for text, instant in (
        ("m.due < {}", query.late_at),
        ("m.opened >= {}", query.opened_from),
        ("m.opened < {}", query.opened_until),
    ):
        if instant:
            where.add(text, instant)
    if query.supervised_only:
        where.add("m.supervised")
    if not query.merged:
        where.add("NOT m.merged")
    where.add("m.drill" if query.drill else "NOT m.drill")


def listed(query: Query, dialect: Dialect, drive: Drive) -> Statement:
    """Sort value and matter of one page and one line more, walking along `drive`."""
    where = dialect.where()
    source = "matters m" + _source(query, dialect, drive)
    if drive == "party":
        source = "parties p CROSS JOIN matters m"
        where.add("m.matter = p.matter AND p.party = {}", party_of(query))
    scoped(where, query.scope, party_drives=drive == "party" and bool(query.scope.party))
    asked(where, query)
    if query.open_only:
        where.add("m.is_open" if dialect.name == "postgres" else "m.is_open = 1")
    if query.words:
        dialect.words(where, query.words)
    if query.order == "due" and dialect.name == "sqlite" and drive in ("order", "idle", "rest"):
        where.add(f"m.due < {LAST}" if drive == "order" else f"m.due = {LAST}")
    order = _paged(where, query, drive)
    value = {"due": "m.due", "opened": "m.opened", "moved": "m.moved"}[query.order]
    limit = clamped(query.limit) + 1
    sql = f"SELECT {value} AS value, m.matter FROM {source} WHERE {where} ORDER BY {order} LIMIT {limit}"
    return Statement(sql, tuple(where.values))


def _source(query: Query, dialect: Dialect, drive: Drive) -> str:
    if drive == "words":
        return " NOT INDEXED" if dialect.name == "sqlite" else ""
    index = {
        "place": "matters_place",
        "idle": "matters_idle",
        "rest": "matters_matter",
        "order": {"due": "matters_due", "opened": "matters_opened", "moved": ""}[query.order],
    }.get(drive, "")
    return dialect.indexed(index) if index else ""


def _paged(where: Where, query: Query, drive: Drive) -> str:
    """Begin after the cursor; gives the order. Where `due` is the same for all, only the matter is compared."""
    column = f"m.{query.order}"
    alone = drive in ("idle", "rest")
    if query.after:
        cursor = cursor_of(query.after)
        if alone:
            where.add("m.matter > {}", cursor.matter if cursor.value == LAST else "")
        else:
            sign = ">" if query.order == "due" else "<"
            where.add(f"({column}, m.matter) {sign} ({{}}, {{}})", cursor.value, cursor.matter)
    if alone:
        return "m.matter"
    return f"{column}, m.matter" if query.order == "due" else f"{column} DESC, m.matter DESC"


def clamped(limit: int) -> int:
    """Length of a page, from 1 to LIMIT_MAX."""
    return max(1, min(limit, LIMIT_MAX))


def party_of(query: Query) -> str:
    """A party to every matter of the list: the scope's, or the lead that is asked for."""
    return query.scope.party or (f"agency:{query.lead}" if query.lead else "")


def due(scope: Scope, instants: Sequence[int], dialect: Dialect) -> Statement:
    """Open matters by cell and by category, and between which instants their promise breaks; no drills, none merged."""
    where = dialect.where()
    where.add("m.due < {}", min(instants[-1], LAST))
    where.add("m.is_open" if dialect.name == "postgres" else "m.is_open = 1")
    where.add("NOT m.merged AND NOT m.drill")
    scoped(where, scope)
    index = dialect.indexed("matters_due") if dialect.name == "sqlite" else ""
    if index:
        where.add(f"m.due < {LAST}")
    steps = " ".join(f"WHEN m.due < {int(instant)} THEN {number}" for number, instant in enumerate(instants))
    columns = f"m.cell AS cell, m.category AS category, CASE {steps} END AS step"
    found = f"WITH owed AS MATERIALIZED (SELECT {columns} FROM matters m{index} WHERE {where})"
    by_cell = "SELECT cell, NULL AS category, step, count(*) AS number FROM owed GROUP BY cell, step"
    by_category = "SELECT NULL, category, step, count(*) FROM owed GROUP BY category, step"
    return Statement(f"{found} {by_cell} UNION ALL {by_category}", tuple(where.values))


def dues(rows: Iterable[tuple[int | None, str | None, int, int]], steps: int) -> Due:
    """What was found as (cell, nothing, step, number) or (nothing, category, step, number)."""
    by_cell: dict[int, list[int]] = {}
    by_category: dict[str, list[int]] = {}
    for cell, category, step, number in rows:
        if cell is not None:
            by_cell.setdefault(cell, [0] * steps)[step] = number
        elif category is not None:
            by_category.setdefault(category, [0] * steps)[step] = number
    return Due(
        {cell: tuple(counts) for cell, counts in by_cell.items()},
        {category: tuple(counts) for category, counts in by_category.items()},
    )


def counted_in(cells: Sequence[int] | None, dialect: Dialect) -> Where:
    """Counters of these cells; None for all."""
    where = dialect.where()
    if cells is not None and not cells:
        where.add("false")
    elif cells is not None:
        where.among("cell", list(cells))
    return where
