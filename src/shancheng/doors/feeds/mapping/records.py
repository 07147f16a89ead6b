"""Records of a map file: one table per question a row has to answer."""

import datetime as dt
import re
from collections.abc import Iterator
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Origin = Literal["resident", "patrol", "sensor", "agency", "import"]
StageName = Literal["reported", "accepted", "assigned", "doing", "done", "verified", "closed", "refused"]
Way = Literal["point", "code", "name"]
SourceKey = Annotated[str, Meta(pattern="^[a-z0-9][a-z0-9-]{0,39}$")]
BRACES = re.compile(r"\{([^{}]*)\}")


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One table of a map."""


class FileForm(Part, frozen=True, kw_only=True):
    """How the file is written; Parquet needs none of it."""

    encoding: str = ""
    """Empty: UTF-8, with or without a byte order mark."""
    delimiter: Literal["", ",", ";", "\t", "|"] = ""
    """Empty: the one that finds the columns of this map in the header."""
    missing: tuple[str, ...] = ()
    """Words that stand for nothing, beside the empty cell: `NA`, `Unspecified`."""


class Times(Part, frozen=True, kw_only=True):
    """Columns of times. What a column does not say happened at creation, or at closing for finishing and checking."""

    created: str
    accepted: str = ""
    assigned: str = ""
    signed: str = ""
    finished: str = ""
    verified: str = ""
    closed: str = ""
    noted: str = ""
    """When the resolution text was last changed."""
    due: str = ""
    """What the other register promised; kept as a note, for our own promises are those of the pack."""
    forms: tuple[str, ...] = ("iso",)
    """Forms tried in this order: `iso`, `epoch` (seconds), or a pattern such as `%m/%d/%Y %I:%M:%S %p`."""
    forms_of: dict[str, tuple[str, ...]] = {}
    """Other forms for single columns, by column."""
    time_zone: str = ""
    """IANA zone of times that carry none; empty: the city's."""
    whole_days: bool = False
    """Times are days: each is taken at its first second, so that the days between two of them are exact."""
    earliest: dt.date = dt.date(1990, 1, 1)
    """A time before this day is taken for a slip."""

    @property
    def columns(self) -> dict[str, str]:
        """The named columns by what they say."""
        words = ("created", "accepted", "assigned", "signed", "finished", "verified", "closed", "noted", "due")
        return {word: column for word in words if (column := getattr(self, word))}


class Standing(Part, frozen=True, kw_only=True):
    """How far a row has come, as one value of its status column says."""

    stage: StageName
    outcome: str = ""
    """Outcome code of the closing; empty: `closed-at-source`."""
    reason: str = "settled-already"
    """Reason code where the stage is `refused`."""
    elsewhere: str = "It is carried on under another number of the register it came from."
    """What a refused reporter was told."""
    note: str = ""
    """Kept with the matter."""


class Status(Part, frozen=True, kw_only=True):
    """The status column; a map without one takes rows with a closing time as closed, the others as `open_stage`."""

    column: str = ""
    values: dict[str, Standing | StageName] = {}
    open_stage: StageName = "assigned"


class CategoryOf(Part, frozen=True, kw_only=True):
    """What a row is about."""

    column: str = ""
    values: dict[str, str] = {}
    """Category key by value."""
    from_values: bool = False
    """Values that are not in `values` make their own key: `Garbage in alley` is `garbage-in-alley`."""
    prefix: str = ""
    """Set before keys made from values."""
    otherwise: str = ""
    """Category of rows whose value is missing or not in `values`; empty: such rows are refused."""


class PlaceOf(Part, frozen=True, kw_only=True):
    """Where a row is; ways are tried in `order` until one finds a place."""

    lon: str = ""
    lat: str = ""
    datum: Literal["", "wgs84", "gcj02", "bd09"] = ""
    """Empty: the city's."""
    level: int = 0
    """Level at which points are looked up; 0: the deepest that has shapes."""
    code: str = ""
    """Column of a code."""
    scheme: str = ""
    """Scheme of that code; empty: the city's own."""
    digits: int = 0
    """Codes that a spreadsheet robbed of leading zeros are filled up to this length."""
    name: str = ""
    """Column of a name."""
    name_level: int = 0
    """Level of the places named; 0: any, where the name is the only one."""
    order: tuple[Way, ...] = ("point", "code", "name")

    @property
    def ways(self) -> tuple[Way, ...]:
        """The ways for which columns are named, in order."""
        given = {"point": bool(self.lon and self.lat), "code": bool(self.code), "name": bool(self.name)}
        return tuple(way for way in self.order if given[way])


class TextOf(Part, frozen=True, kw_only=True):
    """What a row says, in words."""

    template: str
    """Columns in braces: `{nature}, {block}`."""
    resolution: str = ""
    """Column of what was answered: the reply of a closed row, a note of an open one."""
    reply: str = "Closed in the register it was imported from."
    """Reply where the resolution is empty."""


class AgencyOf(Part, frozen=True, kw_only=True):
    """Who handled it; rows that name nobody are routed by the duty list."""

    column: str = ""
    values: dict[str, str] = {}
    """Agency key by value; a value that is a key already needs no line."""
    otherwise: str = ""


class ChannelOf(Part, frozen=True, kw_only=True):
    """How it came in."""

    column: str = ""
    values: dict[str, Origin] = {}
    otherwise: Origin = "import"


class Map(Part, frozen=True, kw_only=True):
    """A whole map file."""

    source: SourceKey
    """Names the register: matters are `source.id`."""
    id: str
    """Column of the row's id in its register."""
    times: Times
    text: TextOf
    place: PlaceOf
    file: FileForm = FileForm()
    status: Status = Status()
    category: CategoryOf = CategoryOf()
    agency: AgencyOf = AgencyOf()
    channel: ChannelOf = ChannelOf()


def columns_of(mapping: Map) -> Iterator[tuple[str, str, str]]:
    """Every column a map names, as (column, table, field)."""
    yield mapping.id, "", "id"
    for word, column in mapping.times.columns.items():
        yield column, "times", word
    for column in BRACES.findall(mapping.text.template):
        yield column, "text", "template"
    place = mapping.place
    single = (
        (mapping.text.resolution, "text", "resolution"),
        (mapping.status.column, "status", "column"),
        (mapping.category.column, "category", "column"),
        (place.lon, "place", "lon"),
        (place.lat, "place", "lat"),
        (place.code, "place", "code"),
        (place.name, "place", "name"),
        (mapping.agency.column, "agency", "column"),
        (mapping.channel.column, "channel", "column"),
    )
    yield from (entry for entry in single if entry[0])
