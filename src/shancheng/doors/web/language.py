"""The two languages of the pages: words from one catalogue, names from the packs, dates and numbers by locale."""

import datetime as dt
import gettext
import io
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime, format_time, format_timedelta
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent

FOLDER = Path(__file__).parent / "catalogs"
LANGUAGES = {"zh": ("zh-CN", "zh_Hans_CN", "中文"), "en": ("en", "en_GB", "English")}
"""By the first part of a path: the page's language tag, its locale, and its own name."""
FIRST = "zh"
MOMENTS = {"zh": "y年M月d日 HH:mm", "en": "d MMM y, HH:mm"}
DAYS = {"zh": "M月d日", "en": "d MMM"}
SHORT = {"zh": "M月d日 HH:mm", "en": "d MMM, HH:mm"}
MONTH_DAY = {"zh": "M月d日", "en": "d MMM"}


def N_(message: str) -> str:  # noqa: N802 the name by which messages are found
    """Marks a message for the catalogue; it is said later, in the language of the page."""
    return message


class TwoNames(Protocol):
    """A record that is named in both languages."""

    @property
    def name_zh(self) -> str: ...
    @property
    def name_en(self) -> str: ...


@dataclass(frozen=True)
class Tongue:
    """How a page speaks: `zh` or `en`, in a city's time zone."""

    code: str
    zone: ZoneInfo

    @property
    def tag(self) -> str:
        """The page's language tag."""
        return LANGUAGES[self.code][0]

    @cached_property
    def _locale(self) -> Locale:
        return Locale.parse(LANGUAGES[self.code][1])

    def say(self, message: str, **values: object) -> str:
        """A message of the catalogue, with values put in by name."""
        said = catalogue(self.code).gettext(message)
        return said % values if values else said

    def name(self, record: TwoNames | None, otherwise: str = "") -> str:
        """The name of an agency, category or row; the other language's where it has none in this one."""
        if record is None:
            return otherwise
        names = (record.name_zh, record.name_en)
        return names[self.code == "en"] or names[self.code != "en"] or otherwise

    def named(self, names: Mapping[str, str], otherwise: str = "") -> str:
        """The name in this language out of names by language."""
        return names.get(self.code) or next(iter(names.values()), otherwise)

    def number(self, number: float) -> str:
        """A number with its separators."""
        if isinstance(number, int):
            return f"{number:,}"
        return str(format_decimal(number, locale=self._locale))

    def percent(self, share: float) -> str:
        """A share in percent, to a tenth."""
        return str(format_percent(share, "0.#%", locale=self._locale))

    def moment(self, at: int) -> str:
        """Day and time of day, in the city's zone."""
        return str(format_datetime(self._local(at), MOMENTS[self.code], locale=self._locale))

    def short(self, at: int) -> str:
        """Day and time of day without the year, for lists."""
        return str(format_datetime(self._local(at), SHORT[self.code], locale=self._locale))

    def day(self, at: int) -> str:
        """The day, written out."""
        return str(format_date(self._local(at), "long", locale=self._locale))

    def month_day(self, at: int) -> str:
        """The day without the year, for the foot of a chart."""
        return str(format_date(self._local(at), MONTH_DAY[self.code], locale=self._locale))

    def short_day(self, at: int) -> str:
        """Month and day, for axes and tables."""
        return str(format_date(self._local(at), DAYS[self.code], locale=self._locale))

    def day_of_month(self, at: int) -> str:
        """The day alone."""
        return str(self._local(at).day)

    def clock(self, at: int) -> str:
        """The time of day."""
        return str(format_time(self._local(at), "HH:mm", locale=self._locale))

    def iso(self, at: int) -> str:
        """For machines, with the zone."""
        return self._local(at).isoformat()

    def span(self, seconds: float) -> str:
        """How long, in its largest unit: 3 days, 5 hours, 20 minutes."""
        length = dt.timedelta(seconds=int(abs(seconds)))
        no_weeks = max(1.0, length / dt.timedelta(weeks=1) + 0.1)
        return str(format_timedelta(length, granularity="minute", threshold=no_weeks, locale=self._locale))

    def _local(self, at: int) -> dt.datetime:
        return dt.datetime.fromtimestamp(at, self.zone)


@cache
def catalogue(code: str) -> gettext.NullTranslations:
    """The messages of a language; English messages stand for themselves."""
    file = FOLDER / f"{code}.po"
    if not file.exists():
        return gettext.NullTranslations()
    with file.open("rb") as source:
        catalog = read_po(source, locale=LANGUAGES[code][1])
    compiled = io.BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def wanted(accepts: str, before: str) -> str:
    """The language to greet in: the one chosen before, or the one the browser asks for first."""
    if before in LANGUAGES:
        return before
    for part in accepts.lower().split(","):
        code = part.partition(";")[0].strip()[:2]
        if code in LANGUAGES:
            return code
    return FIRST
