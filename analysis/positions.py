"""Where positions lie: metres on the sphere and on a plane that touches it, and in or out of a polygon."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Float64 = NDArray[np.float64]
Inside = NDArray[np.bool_]

EARTH_RADIUS_M = 6_371_008.8
"""Mean radius of the WGS 84 ellipsoid; the sphere differs from it by 0.56 % at most."""

AT_A_TIME = 32_768
"""Fixes whose intermediate results stay in the processor's cache."""

PLANE_UP_TO_M = 20_000.0
"""Farther off the curve of the earth shows."""

RADIANS = np.pi / 180


def haversine(lat1: ArrayLike, lon1: ArrayLike, lat2: ArrayLike, lon2: ArrayLike) -> Float64:
    """Great-circle distance in metres between points in degrees, on a sphere of `EARTH_RADIUS_M`.

    Arrays broadcast; NaN in gives NaN out. Within 0.56 % of the WGS 84 ellipsoid.
    """
    phi1, phi2 = np.radians(lat1), np.radians(lat2)
    half_lat = (phi2 - phi1) / 2
    half_lon = (np.radians(lon2) - np.radians(lon1)) / 2
    chord = np.sin(half_lat) ** 2 + np.cos(phi1) * np.cos(phi2) * np.sin(half_lon) ** 2
    return np.asarray(2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.clip(chord, 0.0, 1.0))), dtype=np.float64)


def local_xy(lat: ArrayLike, lon: ArrayLike, lat0: float, lon0: float) -> tuple[Float64, Float64]:
    """Metres east and north of (lat0, lon0) on a plane that touches the sphere there (equirectangular).

    Degrees in, arrays broadcast, NaN in gives NaN out. Against `haversine` off by at most
    0.121 · tan(lat0) m within 2 km; beyond 20 km use `haversine`.
    """
    east, north = np.array(lon, np.float64, order="C"), np.array(lat, np.float64, order="C")
    shrink = np.cos(np.radians(lat0))
    for first in range(0, east.size, AT_A_TIME):
        degrees = east.reshape(-1)[first : first + AT_A_TIME]
        degrees -= lon0
        degrees += 180.0
        if ((degrees < 0.0) | (degrees >= 360.0)).any():
            degrees %= 360.0  # across the date line
        degrees -= 180.0
        degrees *= RADIANS
        degrees *= shrink
        degrees *= EARTH_RADIUS_M
    for first in range(0, north.size, AT_A_TIME):
        degrees = north.reshape(-1)[first : first + AT_A_TIME]
        degrees -= lat0
        degrees *= RADIANS
        degrees *= EARTH_RADIUS_M
    return east, north


def distance_from(lat: Float64, lon: Float64, lat0: float, lon0: float) -> Float64:
    """Metres (n,) of positions from one point: on its plane, and over the sphere beyond 20 km from it.

    Degrees (n,) in, NaN in gives NaN out. Within 20 km off `haversine` by what `local_xy` is, and faster.
    """
    distance = np.empty(len(lat))
    for first in range(0, len(distance), AT_A_TIME):
        part = slice(first, first + AT_A_TIME)
        east, north = local_xy(lat[part], lon[part], lat0, lon0)
        # Not np.hypot, which minds overflow and takes six times as long.
        east *= east
        north *= north
        east += north
        np.sqrt(east, out=distance[part])
    far = np.flatnonzero(distance > PLANE_UP_TO_M)
    distance[far] = haversine(lat[far], lon[far], lat0, lon0)
    return distance


def point_in_polygon(x: ArrayLike, y: ArrayLike, polygon_x: ArrayLike, polygon_y: ArrayLike) -> Inside:
    """Whether points (n,) lie in a polygon of corners (m,), open or closed, convex or not: even-odd rule.

    Edges are half-open: a point on a left or lower edge is in, on a right or upper edge out, so that of two
    polygons side by side exactly one holds it. NaN lies in none. Any plane unit; degrees do for a small
    fence. ValueError under three corners.
    """
    px, py = np.asarray(x, np.float64), np.asarray(y, np.float64)
    cx, cy = np.asarray(polygon_x, np.float64), np.asarray(polygon_y, np.float64)
    if len(cx) < 3 or len(cx) != len(cy):
        raise ValueError(
            f"a polygon of {len(cx)} x and {len(cy)} y has no inside: give at least three corners"
        )
    edges = []
    for x1, y1, x2, y2 in zip(cx, cy, np.roll(cx, -1), np.roll(cy, -1), strict=True):
        if y1 != y2:
            # Taken from the lower corner whichever way the edge runs, so that neighbours round alike.
            edges.append(sorted(((x1, y1), (x2, y2)), key=lambda corner: corner[1]))
    inside = np.zeros(px.size, bool)
    across, along = px.ravel(), py.ravel()
    for first in range(0, px.size, AT_A_TIME):
        part = slice(first, first + AT_A_TIME)
        x_part, y_part, inside_part = across[part], along[part], inside[part]
        for (xa, ya), (xb, yb) in edges:
            level = np.flatnonzero((y_part >= ya) & (y_part < yb))
            crossing = xa + (y_part[level] - ya) / (yb - ya) * (xb - xa)
            inside_part[level] ^= x_part[level] < crossing
    return inside.reshape(px.shape)
