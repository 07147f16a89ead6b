"""Reach on a directed graph with times in deciseconds: nearest facilities, pairs, new links, tiles.

The entrances are `arcs.arcs`, `sources.Sources.of`, `nearest.nearest` and `improved`, `pairs.pairs_within` and
`counts_within`, `links.worth`, `tiles.tile_with_halo` and `order.morton`. Searching over `arcs` goes from the
facilities outwards; over `arcs.reversed()` it gives the way from each node to the facilities.
"""
