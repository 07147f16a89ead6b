"""How often somebody may try to sign in: from one network, for one name from there, for one name from anywhere."""

import ipaddress
from dataclasses import dataclass, field

KEPT_MAX = 20_000


@dataclass(frozen=True)
class Rate:
    """Tries that are free, and seconds after which one more is."""

    free: int
    seconds: float


@dataclass
class Bucket:
    """Tries that are left, and when that was counted."""

    left: float
    at: float


HERE = Rate(5, 60.0)
"""One name from one network: a person who mistypes."""
NETWORK = Rate(30, 20.0)
"""One network, any name: an office behind one address."""
NAME = Rate(60, 30.0)
"""One name from everywhere; wide, so that a stranger cannot shut somebody out with a few tries."""


@dataclass
class Tries:
    """Counts tries that failed; one that succeeds costs nothing."""

    here: Rate = HERE
    network: Rate = NETWORK
    name: Rate = NAME
    _buckets: dict[str, Bucket] = field(default_factory=dict)

    def take(self, name: str, address: str, now: float) -> float:
        """Seconds to wait before trying; 0 where one try was taken."""
        found = [(self._bucket(key, rate, now), rate) for key, rate in self._keys(name, address)]
        wait = max((1.0 - bucket.left) * rate.seconds for bucket, rate in found)
        if wait > 0:
            return wait
        for bucket, _ in found:
            bucket.left -= 1.0
        return 0.0

    def give_back(self, name: str, address: str) -> None:
        """The try was a good one."""
        for key, rate in self._keys(name, address):
            if bucket := self._buckets.get(key):
                bucket.left = min(rate.free, bucket.left + 1.0)

    def _keys(self, name: str, address: str) -> list[tuple[str, Rate]]:
        network = network_of(address)
        return [(f"{network}\0{name}", self.here), (f"{network}\0", self.network), (f"\0{name}", self.name)]

    def _bucket(self, key: str, rate: Rate, now: float) -> Bucket:
        """Filled up to now and moved to the end; the one unused for longest makes room."""
        bucket = self._buckets.pop(key, None) or Bucket(rate.free, now)
        bucket.left = min(float(rate.free), bucket.left + (now - bucket.at) / rate.seconds)
        bucket.at = now
        if len(self._buckets) >= KEPT_MAX:
            del self._buckets[next(iter(self._buckets))]
        self._buckets[key] = bucket
        return bucket


def network_of(address: str) -> str:
    """/24 of IPv4, /56 of IPv6; the text itself where it is no address."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped:
        parsed = parsed.ipv4_mapped
    return str(ipaddress.ip_network((parsed, 24 if parsed.version == 4 else 56), strict=False))
