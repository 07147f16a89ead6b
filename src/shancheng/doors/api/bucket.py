"""Who reports without a token is let in at a bounded rate: held a little when many come, then asked to come later."""

import asyncio
import ipaddress
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from shancheng.doors.api.problem import Problem, retry_after


@dataclass(frozen=True)
class Rate:
    """Tokens that drip in each second, and how many the bucket holds."""

    per_second: float
    burst: float


@dataclass
class Bucket:
    """A token bucket that may be overdrawn: the debt is how long the next one has to wait."""

    rate: Rate
    level: float
    at: float

    def wait(self, now: float) -> float:
        """Take one token; seconds until it is there."""
        self.level = min(self.rate.burst, self.level + (now - self.at) * self.rate.per_second) - 1.0
        self.at = now
        return max(0.0, -self.level / self.rate.per_second)

    def put_back(self) -> None:
        """Give the token back that was not used."""
        self.level += 1.0


@dataclass
class Gate:
    """A bucket per network prefix, one per town and one for all; nobody is dropped while there is room to wait."""

    each: Rate = Rate(per_second=1.0, burst=30.0)
    town: Rate = Rate(per_second=2.0, burst=300.0)
    """For one town from everywhere: who comes from many networks at once still cannot bury one centre."""
    all: Rate = Rate(per_second=200.0, burst=1000.0)
    waiting_max: int = 256
    wait_seconds_max: float = 10.0
    prefixes_max: int = 10_000
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    waiting: int = 0
    _prefixes: dict[str, Bucket] = field(default_factory=dict)
    _towns: dict[int, Bucket] = field(default_factory=dict)
    _all: Bucket | None = None

    async def enter(self, address: str, now: float, town: int = 0) -> None:
        """Come in with a report for a town (0: unknown), at once or after a short wait.

        Raises Problem 429 where the wait or the queue would be too long.
        """
        buckets = [self._bucket(prefix_of(address), now), self._whole(now)]
        if town:
            buckets.append(self._towns.setdefault(town, Bucket(self.town, self.town.burst, now)))
        wait = max(bucket.wait(now) for bucket in buckets)
        if not wait:
            return
        if wait > self.wait_seconds_max or self.waiting >= self.waiting_max:
            for bucket in buckets:
                bucket.put_back()
            message = (
                "Too many reports without a token come from your network or to this place; send yours again later."
            )
            raise Problem(429, "too-many-reports", message, headers=(retry_after(wait),))
        self.waiting += 1
        try:
            await self.sleep(wait)
        finally:
            self.waiting -= 1

    def _whole(self, now: float) -> Bucket:
        if self._all is None:
            self._all = Bucket(self.all, self.all.burst, now)
        return self._all

    def _bucket(self, prefix: str, now: float) -> Bucket:
        """The prefix's bucket, moved to the end; the one unused for longest makes room."""
        bucket = self._prefixes.pop(prefix, None)
        if bucket is None:
            bucket = Bucket(self.each, self.each.burst, now)
            if len(self._prefixes) >= self.prefixes_max:
                del self._prefixes[next(iter(self._prefixes))]
        self._prefixes[prefix] = bucket
        return bucket


def prefix_of(address: str) -> str:
    """The network an address belongs to: /24 of IPv4, /56 of IPv6; the text itself where it is no address."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped:
        parsed = parsed.ipv4_mapped
    length = 24 if parsed.version == 4 else 56
    return str(ipaddress.ip_network((parsed, length), strict=False))
