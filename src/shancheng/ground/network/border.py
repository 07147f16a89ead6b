"""Where a network ends: how far points lie from the border beyond which its extract holds no streets."""

import numpy as np
import shapely

from shancheng.ground.network.nearby import Floats, metres_per_unit, to_plane
from shancheng.ground.network.network import Network


def metres_to_border(network: Network, lon: Floats, lat: Floats) -> Floats:
    """(p,) metres as the crow flies from points lon[p], lat[p], degrees WGS-84, to the border; 0 on it and beyond.

    The border is the convex hull of the network's nodes, cut by the box that the extract declares where it declares
    one. The box alone would not do: an extract cut along the boundary of a city declares a box all the same.
    """
    x, y = to_plane(network.lon, network.lat)
    within = shapely.convex_hull(shapely.multipoints(np.column_stack([x, y])))
    declared = network.manifest.streets.bounds
    if declared is not None:
        west, south, east, north = declared
        (left, right), (low, high) = to_plane(np.array([west, east]), np.array([south, north]))
        within = shapely.intersection(within, shapely.box(left, low, right, high))
    if within.is_empty or within.geom_type != "Polygon":
        return np.zeros(len(lon))
    x, y = to_plane(lon, lat)
    away = np.asarray(shapely.distance(shapely.points(x, y), within.exterior), np.float64)
    return np.where(shapely.contains_xy(within, x, y), away * metres_per_unit(lat), 0.0)
