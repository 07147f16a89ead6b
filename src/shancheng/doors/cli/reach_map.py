"""A reach as a drawing: streets, homes by their minutes to one category, and who lacks what beside it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from shancheng.doors.cli.drawing import Drawing
from shancheng.doors.cli.layers import LayerError
from shancheng.wings.services.desk import Facilities, Homes, Lack, Network, Reach

STAIRS_KINDS = ("stairs", "escalator")
LINES_MOST = 150_000


def drawing_of(
    network: Network, homes: Homes, facilities: Facilities, reach: Reach, found: Sequence[Lack], category: str | None
) -> Drawing:
    """The map of one category; of the one that most people lack where none is named."""
    names = reach.categories
    if category is not None and category not in names:
        raise LayerError(f"There is no category '{category}' to draw; there are {', '.join(names)}.")
    chosen = category or max(found, key=lambda lack: lack.people_lacking).category
    row = names.index(chosen)
    here = facilities.category == facilities.categories.index(chosen)
    streets, stairs = _lines(network)
    way = "from home to the facility" if reach.wish.way == "there" else "from the facility home"
    return Drawing(
        title=f"{chosen}: minutes on foot",
        lines=streets,
        stairs=stairs,
        homes=np.column_stack([homes.lon, homes.lat]),
        minutes=reach.minutes[row, :, 0],
        people=homes.people,
        facilities=np.column_stack([facilities.lon[here], facilities.lat[here]]),
        facts=(
            f"Walker: {reach.walker}; {way}; limit {reach.wish.minutes:g} minutes; access legs included.",
            f"Network of {reach.day} from {network.manifest.streets.name}"
            + (
                f" and {network.manifest.relief.name}."
                if network.manifest.relief
                else "; no relief: walked as if flat."
            ),
            f"{len(reach.homes_lost)} homes and {len(reach.facilities_lost)} facilities lie on no street.",
            *_near_border(homes, reach.near_border[row]),
        ),
        tables={"Who lacks what": _table(found)},
    )


def _near_border(homes: Homes, near: np.ndarray) -> tuple[str, ...]:
    if not near.any():
        return ()
    people = f"{int(near.sum()):,} homes, {homes.people[near].sum():,.0f} people"
    return (f"{people}, lie near to the border of the streets: something beyond it may be nearer.",)


def _lines(network: Network) -> tuple[list[np.ndarray], list[np.ndarray]]:
    from shancheng.wings.services.desk import kind_codes

    points = np.column_stack([network.point_lon, network.point_lat])
    steps = np.isin(network.edge_kind, kind_codes(STAIRS_KINDS))
    first = network.point_first.tolist()
    lines: tuple[list[np.ndarray], list[np.ndarray]] = ([], [])
    for edge in range(min(network.edges, LINES_MOST)):
        lines[int(steps[edge])].append(points[first[edge] : first[edge + 1]])
    return lines


def _table(found: Sequence[Lack]) -> list[list[str]]:
    groups = list(found[0].lacking_by_group) if found else []
    rows = [
        ["category", "share within", "people lacking", *(f"of these {name}" for name in groups), "gap, person-minutes"]
    ]
    for lack in sorted(found, key=lambda lack: -lack.people_lacking):
        share = "-" if np.isnan(lack.share_within) else f"{lack.share_within:.1%}"
        by_group = [f"{lack.lacking_by_group[name]:,.0f}" for name in groups]
        rows.append([lack.category, share, f"{lack.people_lacking:,.0f}", *by_group, f"{lack.gap_person_minutes:,.0f}"])
    return rows
