"""Counts of what passed this door, in Prometheus text; a few integers per route, nothing else."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping

BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
"""Upper ends of the buckets of time, in seconds."""
ROUTES_MAX = 200


class Metrics:
    """Requests by route and status, and how long they took."""

    def __init__(self) -> None:
        self.requests: dict[tuple[str, int], int] = {}
        self.seconds: dict[str, list[int]] = {}
        self.spent: dict[str, float] = {}
        self.faults = 0

    def count(self, route: str, status: int, seconds: float) -> None:
        """One request that was answered."""
        key = (route, status)
        self.requests[key] = self.requests.get(key, 0) + 1
        buckets = self.seconds.get(route)
        if buckets is None:
            buckets = self.seconds[route] = [0] * (len(BOUNDS) + 1)
            self.spent[route] = 0.0
        buckets[bisect_left(BOUNDS, seconds)] += 1
        self.spent[route] += seconds

    def text(self, gauges: Mapping[str, tuple[str, float]]) -> str:
        """Everything in Prometheus text format; `gauges` are name -> (what it is, value now)."""
        lines = [*_gauges(gauges), *self._requests(), *self._times()]
        return "\n".join(lines) + "\n"

    def _requests(self) -> Iterator[str]:
        yield from _about("shancheng_requests_total", "counter", "Requests answered, by route and status.")
        for (route, status), number in sorted(self.requests.items()):
            yield f'shancheng_requests_total{{route="{route}",status="{status}"}} {number}'
        yield from _about("shancheng_faults_total", "counter", "Requests that ended in a fault of ours.")
        yield f"shancheng_faults_total {self.faults}"

    def _times(self) -> Iterator[str]:
        name = "shancheng_request_seconds"
        yield from _about(name, "histogram", "Seconds from the request's first byte to its answer, by route.")
        for route, buckets in sorted(self.seconds.items()):
            total = 0
            for bound, number in zip((*BOUNDS, "+Inf"), buckets, strict=True):
                total += number
                yield f'{name}_bucket{{route="{route}",le="{bound}"}} {total}'
            yield f'{name}_sum{{route="{route}"}} {self.spent[route]:.6f}'
            yield f'{name}_count{{route="{route}"}} {total}'


def _gauges(gauges: Mapping[str, tuple[str, float]]) -> Iterator[str]:
    for name, (about, value) in gauges.items():
        yield from _about(name, "gauge", about)
        yield f"{name} {value:g}"


def _about(name: str, kind: str, about: str) -> Iterable[str]:
    return f"# HELP {name} {about}", f"# TYPE {name} {kind}"
