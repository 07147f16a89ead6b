"""Times at this door: ISO 8601 with a zone outside, whole seconds since 1970 UTC inside."""

import datetime as dt
from functools import lru_cache
from zoneinfo import ZoneInfo

EXAMPLE = "2026-03-01T08:30:00+08:00"


class NotATime(ValueError):
    """A text that names no instant; the sentence says how to write one."""


def seconds_of(text: str, zone: ZoneInfo) -> int:
    """The instant a text names: with a zone, or a bare day, which begins at midnight in the city's zone."""
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        raise NotATime(f"'{text[:40]}' is not a time; write it like {EXAMPLE}, or a day like 2026-03-01.") from None
    if moment.tzinfo is None and len(text) > len("2026-03-01"):
        raise NotATime(f"'{text[:40]}' has no time zone; write it like {EXAMPLE}.")
    moment = moment if moment.tzinfo else moment.replace(tzinfo=zone)
    return in_seconds(moment)


def in_seconds(moment: dt.datetime) -> int:
    """A moment with a zone as whole seconds; parts of a second are dropped."""
    return int(moment.timestamp() // 1)


@lru_cache(maxsize=4096)
def iso_of(seconds: int, zone: ZoneInfo) -> str:
    """The instant as ISO 8601 in the city's zone: `2026-03-01T08:30:00+08:00`."""
    return dt.datetime.fromtimestamp(seconds, zone).isoformat()
