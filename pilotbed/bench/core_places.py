"""The analysis core on a million GPS fixes."""

from collections.abc import Iterator

import numpy as np
import scipy

from analysis.geo import distance_from, geofence_events, haversine, point_in_polygon
from analysis.home_range import kde_home_range
from analysis.lifespace import convex_hull_area
from analysis.stay_points import stay_points
from pilotbed.bench.contest import Ceiling, Contest, Peer, installed

FIXES, QUICK_FIXES = 1_000_000, 10_000
STAYED, QUICK_STAYED = 20_000, 2_000
CORNERS = 40
HOME_LAT, HOME_LON = 59.33, 18.07
MINUTE_US = 60_000_000


def contests(*, quick: bool) -> Iterator[Contest]:
    """Distances, crossings and polygons, then hulls and stays."""
    n = QUICK_FIXES if quick else FIXES
    rng = np.random.default_rng(1)
    lat, lon = HOME_LAT + rng.normal(0, 0.01, n), HOME_LON + rng.normal(0, 0.02, n)
    pyproj, shapely = installed("pyproj"), installed("shapely")
    ellipsoid = None if pyproj is None else pyproj.Geod(ellps="WGS84")
    home_lat, home_lon = np.full(n, HOME_LAT), np.full(n, HOME_LON)
    yield Contest(
        "distance_to_home",
        f"distance of {n:,} fixes from one point",
        lambda: distance_from(lat, lon, HOME_LAT, HOME_LON),
        (
            Ceiling("one pass over both", lambda: (lat.sum(), lon.sum()), 6.0),
            Peer("our haversine", lambda: haversine(lat, lon, HOME_LAT, HOME_LON), 6.0),
            None
            if ellipsoid is None
            else Peer("pyproj", lambda: ellipsoid.inv(home_lon, home_lat, lon, lat)),
        ),
    )
    time = MINUTE_US * np.arange(n, dtype=np.int64)
    wandering = 300 + 100 * np.sin(np.arange(n) / 5000) + rng.normal(0, 10, n)
    accuracy = np.full(n, 10.0)
    yield Contest(
        "fence_events",
        f"crossings of a fence by {n:,} fixes",
        lambda: geofence_events(time, wandering, accuracy, 300.0),
        limit_ms=15.0,
    )
    angle = np.linspace(0, 2 * np.pi, CORNERS, endpoint=False)
    reach = 1.0 + 0.3 * (np.arange(CORNERS) % 2)
    corner_x, corner_y = reach * np.cos(angle), reach * np.sin(angle)
    x, y = rng.uniform(-1.5, 1.5, (2, n))
    fence = None if shapely is None else shapely.Polygon(np.column_stack([corner_x, corner_y]))
    if shapely is not None:
        shapely.prepare(fence)
    yield Contest(
        "fixes_in_polygon",
        f"{n:,} fixes in a polygon of {CORNERS} corners",
        lambda: point_in_polygon(x, y, corner_x, corner_y),
        (None if shapely is None else Ceiling("shapely", lambda: shapely.contains_xy(fence, x, y), 2.5),),
    )
    points = np.column_stack([x, y])
    yield Contest(
        "convex_hull",
        f"convex hull of {n:,} fixes",
        lambda: convex_hull_area(x, y),
        (Peer("Qhull", lambda: scipy.spatial.ConvexHull(points)),),
    )
    yield Contest(
        "home_range",
        f"ground that holds half and 95 % of {n:,} fixes, by kernel density",
        lambda: kde_home_range(1000 * x, 1000 * y),
        limit_ms=50.0,
    )
    m = QUICK_STAYED if quick else STAYED
    walked = np.cumsum(rng.normal(0, 1e-5, (2, m)), axis=1)
    yield Contest(
        "stay_points",
        f"stays among {m:,} fixes",
        lambda: stay_points(time[:m], HOME_LAT + walked[0], HOME_LON + 2 * walked[1]),
        limit_ms=0.77,  # a hundredth of trackintel's 77 ms, which is not installed beside us
    )
