"""Meshes and partitions: outlines of any grouping are a valid coverage, shares are exact, growth stays connected."""

import numpy as np
import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st

from shancheng.methods.mesh import MeshError, graph_of, mesh_of, outlines, relaxed
from shancheng.methods.partition import grow, largest_piece, share_out, spread


def some_mesh(seed: int, count: int = 300):
    points = np.random.default_rng(seed).uniform(0, 5_000, (count, 2))
    return mesh_of(points, keep=np.hypot(*(points - 2_500).T) < 2_000)


@settings(max_examples=25, deadline=None)
@example(seed=205, groups=2)  # rounding once turned a short edge of this one over
@given(seed=st.integers(0, 10_000), groups=st.integers(1, 12))
def test_outlines_of_any_grouping_are_a_valid_coverage(seed: int, groups: int) -> None:
    mesh = some_mesh(seed)
    group = np.append(np.arange(groups), np.random.default_rng(seed).integers(0, groups, len(mesh.areas) - groups))

    shapes = outlines(mesh, group, groups)

    assert shapely.is_valid(shapes).all()
    assert shapely.coverage_is_valid(shapes)
    assert np.allclose(shapely.area(shapes), np.bincount(group, mesh.areas))


def test_a_hole_in_a_group_is_a_hole_in_its_outline() -> None:
    mesh = some_mesh(1)
    inside = int(np.argmin(np.hypot(*(mesh.centres - 2_500).T)))
    group = (np.arange(len(mesh.areas)) == inside).astype(np.int64)

    around, hole = outlines(mesh, group, 2)

    assert len(around.interiors) == 1
    assert shapely.Polygon(around.interiors[0]).equals(hole)


def test_corners_lie_on_the_one_metre_grid_and_areas_and_centres_are_those_of_the_cells() -> None:
    mesh = some_mesh(2)
    cells = outlines(mesh, np.arange(len(mesh.areas)), len(mesh.areas))

    assert mesh.vertices.dtype == np.int64
    assert np.allclose(shapely.area(cells), mesh.areas)
    assert np.allclose(shapely.get_coordinates(shapely.centroid(cells)), mesh.centres)


def test_cells_too_small_for_the_grid_are_refused_with_what_to_do() -> None:
    points = np.random.default_rng(1).uniform(0, 20, (200, 2))

    with pytest.raises(MeshError, match="relax the points or take fewer"):
        mesh_of(points, keep=np.hypot(*(points - 10).T) < 8)


def test_relaxing_evens_cells_out_and_leaves_fixed_points_alone() -> None:
    points = np.random.default_rng(3).uniform(0, 5_000, (400, 2))
    free = np.arange(400) >= 50

    moved = relaxed(points, free, rounds=4)

    keep = np.hypot(*(points - 2_500).T) < 2_000
    assert (moved[:50] == points[:50]).all()
    assert mesh_of(moved, keep).areas.std() < mesh_of(points, keep).areas.std()


@settings(max_examples=60, deadline=None)
@given(
    weights=st.lists(st.floats(0.01, 1e4), min_size=1, max_size=30),
    extra=st.integers(0, 200),
    room=st.integers(1, 40),
)
def test_shares_sum_exactly_within_their_bounds(weights: list[float], extra: int, room: int) -> None:
    most = np.full(len(weights), room)
    total = min(len(weights) + extra, int(most.sum()))

    shares = share_out(total, np.array(weights), most)

    assert shares.sum() == total
    assert ((shares >= 1) & (shares <= room)).all()


def test_more_than_there_is_room_for_cannot_be_shared() -> None:
    with pytest.raises(ValueError, match="cannot be shared"):
        share_out(10, np.ones(3), np.full(3, 3))


def test_middles_are_different_and_spread() -> None:
    chance = np.random.default_rng(4)
    points = chance.uniform(0, 1, (200, 2))

    chosen = spread(points, np.ones(200), 9, chance)

    assert len(set(chosen.tolist())) == 9


def test_what_grows_from_middles_is_connected_and_stays_inside_its_parent() -> None:
    mesh = some_mesh(5)
    graph = graph_of(mesh)
    parent = (mesh.centres[:, 0] > 2_500).astype(np.int64)
    seeds = np.concatenate([np.flatnonzero(parent == side)[:4] for side in (0, 1)])

    label = grow(graph, np.ones(len(graph.to)), seeds, parent)

    shapes = outlines(mesh, label, 8)
    assert (parent[seeds][label] == parent).all()
    assert set(shapely.get_type_id(shapes).tolist()) == {3}


def test_the_largest_piece_leaves_islands_out() -> None:
    points = np.random.default_rng(6).uniform(0, 5_000, (400, 2))
    mesh = mesh_of(points, keep=(points[:, 0] < 3_000) | (points[:, 0] > 4_500))

    piece = largest_piece(graph_of(mesh))

    assert mesh.centres[piece][:, 0].max() < 3_500
    assert len(piece) > len(mesh.areas) / 2
