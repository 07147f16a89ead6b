"""Two models of a supply network that are too simple to be wrong, and small random networks to try them on."""

import math

import numpy as np
from hypothesis import strategies as st

from shancheng.methods.cascade.network import SupplyNetwork

LAST = 60
"""The last minute that is looked at; every time in a small world is a whole minute before it."""


def build(assets: int, groups: list[tuple[int, int, float, list[int]]]) -> SupplyNetwork:
    """A network of (owner, need, autonomy, suppliers)."""
    links = [(number, supplier) for number, group in enumerate(groups) for supplier in group[3]]
    return SupplyNetwork.of_links(
        assets,
        owner=np.array([group[0] for group in groups], int),
        need=np.array([group[1] for group in groups], int),
        autonomy=[group[2] for group in groups],
        link_group=np.array([link[0] for link in links], int),
        link_supplier=np.array([link[1] for link in links], int),
    )


@st.composite
def worlds(draw, most=8):
    """A small network with rings and redundancy, and hits on it."""
    assets = draw(st.integers(2, most))
    groups = []
    for _ in range(draw(st.integers(0, 2 * assets))):
        owner = draw(st.integers(0, assets - 1))
        others = [asset for asset in range(assets) if asset != owner]
        suppliers = draw(st.lists(st.sampled_from(others), min_size=1, max_size=4, unique=True))
        need = draw(st.integers(1, len(suppliers)))
        groups.append((owner, need, draw(st.sampled_from([0.0, 0.0, 1.0, 2.0, 5.0, math.inf])), suppliers))
    hits = draw(st.lists(st.tuples(st.integers(0, assets - 1), st.integers(0, 9)), max_size=4))
    return assets, groups, hits


def course(assets, groups, damage, last=LAST):
    """Which assets are up at each minute: a list of sets. Damage is (asset, from, until), until inf for never.

    At each minute everything that can come back does, again and again; then everything that must go down does.
    """
    up, short_since, story = set(range(assets)), {}, []

    def look(minute):
        for number, (_, need, _, suppliers) in enumerate(groups):
            if len(up & set(suppliers)) >= need:
                short_since.pop(number, None)
            else:
                short_since.setdefault(number, minute)

    def dry(minute):
        return {groups[number][0] for number, since in short_since.items() if since + groups[number][2] <= minute}

    def settle(minute, change):
        before = None
        while before != up:
            before = set(up)
            change()
            look(minute)

    for minute in range(last + 1):
        hurt = {asset for asset, begun, ended in damage if begun < minute < ended}
        settle(minute, lambda minute=minute, hurt=hurt: up.update(set(range(assets)) - hurt - dry(minute - 1)))
        hurt |= {asset for asset, begun, ended in damage if begun == minute < ended}
        settle(minute, lambda minute=minute, hurt=hurt: up.difference_update(hurt | dry(minute)))
        story.append(set(up))
    return story


def first_down(story, assets):
    """The minute at which each asset is first down, inf for never."""
    return [next((minute for minute, up in enumerate(story) if asset not in up), math.inf) for asset in range(assets)]
