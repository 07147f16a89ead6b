"""A network from its parts: streets, segments, what they are and how long each walker takes along them."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from shancheng.ground.network.contraction import Chains, contract, deciseconds
from shancheng.ground.network.errors import BuildError
from shancheng.ground.network.findings import Finding
from shancheng.ground.network.heights import DOUBTS
from shancheng.ground.network.manifest import Counts, Manifest, Origin, Walked
from shancheng.ground.network.network import Network, WalkTimes
from shancheng.ground.network.segments import Segments
from shancheng.ground.network.streets import Streets
from shancheng.methods.graph.order import morton

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Indices = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.uint8]

WALKERS_MOST = 28
"""What is open to whom, both ways, and the kind of the segment fit into one label of 64 bits."""


class Timed(Protocol):
    """What is read of the times of one walker along all segments."""

    @property
    def forward(self) -> Floats: ...
    @property
    def backward(self) -> Floats: ...
    @property
    def doubt(self) -> Codes: ...


@dataclass(frozen=True)
class Parts:
    """Everything a network is put together from."""

    streets: Streets
    segments: Segments
    kind: Codes
    """(s,) code of what each segment is."""
    stop: Flags
    """(n,) nodes that stay nodes although only two segments meet there: lifts, gates, barriers."""
    height_m: Floats
    """(n,) NaN where unknown."""
    times: Mapping[str, Timed]
    """Seconds along each segment and against it by walker; inf where the walker may not."""
    versions: Mapping[str, str]
    """By walker, the digest of its record and tables."""
    relief: Origin | None = None
    findings: Sequence[Finding] = ()


def assemble(parts: Parts, *, day: dt.date) -> Network:
    """The network of all segments that some walker may use in some direction.

    Raises BuildError where arrays do not fit, a time is negative or no number, there are more than 28 walkers, or no
    walker may use anything.
    """
    _check(parts)
    segments, streets = parts.segments, parts.streets
    open_ = np.zeros(len(segments.tail), np.bool_)
    for times in parts.times.values():
        open_ |= np.isfinite(times.forward) | np.isfinite(times.backward)
    kept = np.flatnonzero(open_)
    if not len(kept):
        raise BuildError(
            f"None of the {len(open_)} segments in {streets.source.path} is open to {_listed(parts.times)}; "
            "look at the table of streets and at the limits of the walkers."
        )
    squeeze = np.cos(np.radians(streets.lat.mean()))
    order = morton(streets.lon * squeeze, streets.lat)
    along, against = _labels(parts, kept)
    chains = contract(segments.tail[kept], segments.head[kept], along, against, order=order, stop=parts.stop)
    return _network(parts, kept, chains, order, day)


def _check(parts: Parts) -> None:
    nodes, segments = len(parts.streets.lon), len(parts.segments.tail)
    if len(parts.times) > WALKERS_MOST or not parts.times:
        raise BuildError(f"A network holds 1 to {WALKERS_MOST} walkers, not {len(parts.times)}; build two networks.")
    wanted = {"stop": (parts.stop, nodes), "height_m": (parts.height_m, nodes), "kind": (parts.kind, segments)}
    for name, (values, length) in wanted.items():
        if len(values) != length:
            raise BuildError(f"{name} has {len(values)} entries, but {length} are needed: one of each node or segment.")
    for walker, times in parts.times.items():
        for name, seconds in (("forward", times.forward), ("backward", times.backward)):
            _check_times(parts, walker, name, seconds)


def _check_times(parts: Parts, walker: str, name: str, seconds: Floats) -> None:
    segments, streets = parts.segments, parts.streets
    if len(seconds) != len(segments.tail):
        raise BuildError(f"There are {len(segments.tail)} segments, but {len(seconds)} times {name} for {walker}.")
    wrong = np.isnan(seconds) | (seconds < 0)
    if wrong.any():
        at = int(np.argmax(wrong))
        node = segments.tail[at]
        raise BuildError(
            f"{int(wrong.sum())} times {name} for {walker} are negative or no number, first {seconds[at]} s in way "
            f"{streets.way_osm[segments.way[at]]} at {streets.lat[node]:.5f}, {streets.lon[node]:.5f}; "
            "look at the heights there and at the speeds of the walker."
        )


def _labels(parts: Parts, kept: Integers) -> tuple[Integers, Integers]:
    """What each kept segment is, met from its tail and met from its head: its kind and who may walk which way."""
    ahead, behind = np.zeros(len(kept), np.int64), np.zeros(len(kept), np.int64)
    for bit, times in enumerate(parts.times.values()):
        ahead |= np.isfinite(times.forward[kept]).astype(np.int64) << bit
        behind |= np.isfinite(times.backward[kept]).astype(np.int64) << bit
    kind = parts.kind[kept].astype(np.int64) << 2 * WALKERS_MOST
    return kind | ahead << WALKERS_MOST | behind, kind | behind << WALKERS_MOST | ahead


def _network(parts: Parts, kept: Integers, chains: Chains, order: Integers, day: dt.date) -> Network:
    streets, segments = parts.streets, parts.segments
    node, tail, head = _numbered(chains, order)
    begin = kept[chains.segment[chains.first[:-1]]]
    length_m, _ = chains.summed(segments.length_m[kept], segments.length_m[kept])
    point_first, point = chains.nodes(segments.tail[kept], segments.head[kept])
    times = {walker: _walk_times(walker, timed, kept, chains) for walker, timed in parts.times.items()}
    network = Network(
        lon=streets.lon[node],
        lat=streets.lat[node],
        height_m=parts.height_m[node].astype(np.float32),
        component=_components(tail, head, len(node)),
        node_osm=streets.node_osm[node],
        edge_tail=tail,
        edge_head=head,
        edge_kind=parts.kind[begin],
        edge_way=streets.way_osm[segments.way[begin]],
        edge_length_m=length_m.astype(np.float32),
        edge_doubt=_doubt(parts, kept, chains),
        point_first=point_first,
        point_lon=streets.lon[point],
        point_lat=streets.lat[point],
        times=times,
        manifest=_origins(parts, day),
    )
    return replace(network, manifest=_counted(network, parts, kept, length_m))


def _numbered(chains: Chains, order: Integers) -> tuple[Integers, Indices, Indices]:
    """The nodes that remain, in their order, and the ends of the edges by their numbers in it."""
    is_node = np.zeros(len(order), np.bool_)
    is_node[chains.tail] = is_node[chains.head] = True
    node = order[is_node[order]]
    number = np.full(len(order), -1, np.int32)
    number[node] = np.arange(len(node), dtype=np.int32)
    return node, number[chains.tail], number[chains.head]


def _origins(parts: Parts, day: dt.date) -> Manifest:
    """The manifest before anything is counted."""
    source = parts.streets.source
    origin = Origin(source.path.name, source.sha256, source.size_bytes, source.as_of, source.bounds)
    return Manifest(day, origin, parts.relief, Counts(), {}, {})


def _counted(network: Network, parts: Parts, kept: Integers, length_m: Floats) -> Manifest:
    streets, segments = parts.streets, parts.segments
    street_nodes = np.zeros(len(streets.lon), np.bool_)
    street_nodes[segments.tail[kept]] = street_nodes[segments.head[kept]] = True
    counts = Counts(
        nodes_in_extract=streets.source.nodes,
        ways=len(streets.way_osm),
        segments=len(segments.tail),
        segments_closed=len(segments.tail) - len(kept),
        segments_open=len(kept),
        street_nodes=int(street_nodes.sum()),
        nodes=network.nodes,
        edges=network.edges,
        length_m=float(length_m.sum()),
    )
    walkers = {walker: _walked(network, parts, walker, kept, length_m) for walker in parts.times}
    findings = (*streets.findings, *segments.findings, *parts.findings, *_islands(network), *_nothing_open(walkers))
    return replace(network.manifest, counts=counts, parts=_sizes(network.component), walkers=walkers, findings=findings)


def _walk_times(walker: str, timed: Timed, kept: Integers, chains: Chains) -> WalkTimes:
    there, back = chains.summed(timed.forward[kept], timed.backward[kept])
    return WalkTimes(deciseconds(there, f"'{walker}' forward"), deciseconds(back, f"'{walker}' backward"))


def _doubt(parts: Parts, kept: Integers, chains: Chains) -> Codes:
    doubt = np.zeros(len(kept), np.uint8)
    for timed in parts.times.values():
        doubt |= timed.doubt[kept]
    edges: Codes = np.bitwise_or.reduceat(doubt[chains.segment], chains.first[:-1])
    return edges


def _components(tail: Indices, head: Indices, nodes: int) -> Indices:
    """(n,) which separate part each node is in, the largest first, of equal ones that of the first node."""
    _, label = connected_components(coo_array((np.ones(len(tail), np.int8), (tail, head)), (nodes, nodes)), False)
    sizes = np.bincount(label)
    rank = np.empty(len(sizes), np.int32)
    rank[np.argsort(-sizes, kind="stable")] = np.arange(len(sizes), dtype=np.int32)
    parts: Indices = rank[label]
    return parts


def _sizes(component: Indices) -> dict[int, int]:
    """How many parts have how many nodes, largest first."""
    size, count = np.unique(np.bincount(component), return_counts=True)
    return {int(nodes): int(many) for nodes, many in zip(size[::-1], count[::-1], strict=True)}


def _walked(network: Network, parts: Parts, walker: str, kept: Integers, length_m: Floats) -> Walked:
    times, tail, head = network.times[walker], network.edge_tail, network.edge_head
    timed, metres = parts.times[walker], parts.segments.length_m[kept]
    open_ = np.isfinite(timed.forward[kept]) | np.isfinite(timed.backward[kept])
    doubt = np.where(open_, timed.doubt[kept], 0)
    total = float(metres[open_].sum())
    edge = (times.forward >= 0) | (times.backward >= 0)
    used, ends = np.unique(np.concatenate((tail[edge], head[edge])), return_inverse=True)
    half = len(ends) // 2
    part = _components(ends[:half].astype(np.int32), ends[half:].astype(np.int32), len(used))
    share = np.bincount(part[ends[:half]], weights=length_m[edge], minlength=1)
    return Walked(
        version=parts.versions[walker],
        edges_out=int((times.forward >= 0).sum()),
        edges_back=int((times.backward >= 0).sum()),
        length_m=total,
        doubt_share=_share(doubt != 0, metres, total),
        doubts={name: _share(doubt >> bit & 1 > 0, metres, total) for bit, name in enumerate(DOUBTS)},
        parts=int(part.max(initial=-1)) + 1,
        largest_share=float(share.max()) / total if total else 0.0,
    )


def _share(marked: Flags, metres: Floats, total: float) -> float:
    return float(metres[marked].sum()) / total if total else 0.0


def _islands(network: Network) -> list[Finding]:
    apart = np.flatnonzero(network.component > 0)
    if not len(apart):
        return []
    count = int(network.component.max())
    one = int(apart[np.argmin(network.component[apart])])
    sentence = (
        f"{count} islands in the network, {len(apart)} of its {network.nodes} nodes: no mapped way leads to the "
        "largest part. Look for a missing bridge, a gap in the mapping, or the edge of the extract."
    )
    return [Finding("islands", count, sentence, float(network.lon[one]), float(network.lat[one]))]


def _nothing_open(walkers: Mapping[str, Walked]) -> list[Finding]:
    nothing = [walker for walker, walked in walkers.items() if not walked.edges_out + walked.edges_back]
    if not nothing:
        return []
    return [Finding("walkers-nowhere", len(nothing), f"{_listed(nothing)} may walk nowhere in this extract.")]


def _listed(walkers: Mapping[str, object] | Sequence[str]) -> str:
    return ", ".join(f"'{walker}'" for walker in walkers)
