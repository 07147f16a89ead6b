"""The text format of Transportation Networks for Research: links, and trips from zone to zone."""

import re

import numpy as np

from shancheng.methods.equilibrium.demand import Demand
from shancheng.methods.equilibrium.errors import FormatError
from shancheng.methods.equilibrium.network import Network

HEAD = re.compile(r"<([^>]+)>\s*([^\s~]*)")
TRIP = re.compile(r"(\d+)\s*:\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*;?")


def read_network(text: str) -> Network:
    """The network of a `*_net.tntp` text; node 1 is node 0 here, and zones below FIRST THRU NODE are not passed.

    Columns: tail, head, capacity, length, free time, b, power, ...; lines that begin with ~ are words. Raises
    FormatError for a line that is no link, NetworkError as `Network.of_links`.
    """
    head, rest = _parts(text)
    rows = []
    for number, line in rest:
        cells = line.replace(";", " ").split()
        try:
            rows.append([float(cell) for cell in cells[:7]])
        except ValueError:
            raise FormatError(f"Line {number} of the network is no link: {line.strip()!r}.") from None
        if len(rows[-1]) < 7:
            raise FormatError(f"Line {number} of the network has {len(cells)} columns where 7 are needed.")
    table = np.array(rows).reshape(-1, 7)
    nodes, passed_from = _number(head, "NUMBER OF NODES"), _number(head, "FIRST THRU NODE")
    return Network.of_links(
        nodes,
        tail=table[:, 0].astype(np.int64) - 1,
        head=table[:, 1].astype(np.int64) - 1,
        capacity=table[:, 2],
        free=table[:, 4],
        b=table[:, 5],
        power=table[:, 6],
        passes=np.arange(1, nodes + 1) >= passed_from,
    )


def read_trips(text: str, network: Network) -> Demand:
    """The demand of a `*_trips.tntp` text over the network it belongs to; pairs without trips are left out.

    Raises FormatError for a line that is neither, DemandError as `Demand.of_pairs`.
    """
    _, rest = _parts(text)
    pairs: list[tuple[int, int, float]] = []
    origin = -1
    for number, line in rest:
        if line.strip().lower().startswith("origin"):
            origin = _origin(number, line)
            continue
        found = TRIP.findall(line)
        if not found or origin < 0:
            raise FormatError(f"Line {number} of the trips is neither an origin nor trips: {line.strip()!r}.")
        pairs += [(origin, int(to) - 1, float(amount)) for to, amount in found if float(amount) > 0]
    origins, destinations, amounts = zip(*pairs, strict=True) if pairs else ((), (), ())
    return Demand.of_pairs(
        network,
        origin=np.array(origins, np.int64),
        destination=np.array(destinations, np.int64),
        amount=np.array(amounts, np.float64),
    )


def _parts(text: str) -> tuple[dict[str, str], list[tuple[int, str]]]:
    """What the head says, and the numbered lines after it that are not words."""
    head, rest = {}, []
    for number, line in enumerate(text.splitlines(), start=1):
        found = HEAD.match(line.strip())
        if found:
            head[found[1].strip().upper()] = found[2]
        elif line.strip() and not line.lstrip().startswith("~"):
            rest.append((number, line))
    return head, rest


def _origin(number: int, line: str) -> int:
    words = line.split()
    if len(words) < 2 or not words[1].isdigit() or int(words[1]) < 1:
        raise FormatError(f"Line {number} of the trips begins an origin that is no zone: {line.strip()!r}.")
    return int(words[1]) - 1


def _number(head: dict[str, str], name: str) -> int:
    if not head.get(name, "").isdigit():
        raise FormatError(f"The head of the network does not give <{name}> as a number.")
    return int(head[name])
