"""Times as the file writes them, read as instants."""

import datetime as dt
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from shancheng.doors.feeds.mapping.records import Times
from shancheng.doors.feeds.walk.unfit import Unfit

KEPT = 50_000
"""Texts whose instant is remembered; whole days come again and again."""


class Moments:
    """Reads the cells of time columns; every answer is in seconds since 1970 UTC."""

    def __init__(self, times: Times, zone: ZoneInfo) -> None:
        self._times = times
        self._zone = ZoneInfo(times.time_zone) if times.time_zone else zone
        self._earliest = int(dt.datetime.combine(times.earliest, dt.time(), self._zone).timestamp())
        self._kept: dict[tuple[str, str], int] = {}

    def read(self, value: object, column: str, *, now: int) -> int:
        """The instant of a cell. Raises Unfit where it is none, before the earliest day or after `now`, if any."""
        at = self._cached(value, column) if isinstance(value, str) else self._instant(value, column)
        if at < self._earliest:
            reason = (
                f"The time lies before {self._times.earliest}, the earliest day of the map; it is taken for a slip."
            )
            raise Unfit("too-early", reason, column=column, value=value)
        if now and at > now:
            reason = "The time lies in the future; correct it, or the time zone of the map."
            raise Unfit("in-the-future", reason, column=column, value=value)
        return at

    def _cached(self, text: str, column: str) -> int:
        at = self._kept.get((column, text))
        if at is None:
            if len(self._kept) >= KEPT:
                self._kept.clear()
            at = self._kept[column, text] = self._instant(text, column)
        return at

    def _instant(self, value: object, column: str) -> int:
        forms = self._times.forms_of.get(column, self._times.forms)
        found = _moment(value, forms)
        if found is None:
            reason = f"'{str(value)[:40]}' is not a time in any of the forms {', '.join(forms)}."
            raise Unfit("no-time", reason, column=column, value=value)
        if self._times.whole_days:
            day = found.astimezone(self._zone).date() if found.tzinfo else found.date()
            found = dt.datetime.combine(day, dt.time())
        if found.tzinfo is None:
            found = found.replace(tzinfo=self._zone)
        try:
            return int(found.timestamp())
        except (OverflowError, ValueError):
            raise Unfit("no-time", "The time lies outside all years that can be counted.", column=column) from None


def _moment(value: object, forms: Sequence[str]) -> dt.datetime | None:
    if isinstance(value, dt.datetime):
        return value
    if isinstance(value, dt.date):
        return dt.datetime.combine(value, dt.time())
    for form in forms:
        try:
            return _read(str(value), form)
        except (ValueError, OverflowError, OSError):
            continue
    return None


def _read(text: str, form: str) -> dt.datetime:
    if form == "iso":
        return dt.datetime.fromisoformat(text)
    if form == "epoch":
        return dt.datetime.fromtimestamp(float(text), dt.UTC)
    return dt.datetime.strptime(text, form)
