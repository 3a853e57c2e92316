# pyright: basic, reportAttributeAccessIssue=false, reportMissingImports=false
"""Where things meet: the gap between two bodies, how deep one is in the other, and what lies below."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from operator import itemgetter

import numpy as np
from mathutils import Vector
from mathutils.bvhtree import BVHTree

from viga_mcp import surfaces
from viga_mcp.blender.triangles import Triangles

SAMPLES = 96
"""Points of a surface that stand for the part of it near another body."""

MAX_OVERLAP_PRODUCT = 100_000_000_000
"""Triangles of one times triangles of the other; beyond it the list of crossing triangles may fill the memory, and
sampled points answer alone."""

RAYS = tuple(Vector(ray).normalized() for ray in ((0.31, 0.17, 1.0), (1.0, -0.43, 0.22), (-0.27, 1.0, -0.36)))
"""Directions for inside or outside, askew so that they seldom run along a face or through an edge."""

ASKEW = np.array([0.5477225575, 0.6633249581, 0.5099019514])
"""A direction along which no two of a mesh's corners lie level, but by a rare chance that costs one sample."""

HUGE = 1e18
"""Its square is still a single-precision number."""

MAX_CROSSINGS = 64


def is_finite(values: np.ndarray) -> np.ndarray:
    """Whether numbers can be reckoned with; Blender keeps infinity as the largest single."""
    return np.abs(values) < HUGE  # NaN compares as false


def tree_of(triangles: np.ndarray) -> BVHTree:
    points = triangles.reshape(-1, 3)
    return BVHTree.FromPolygons(points.tolist(), np.arange(len(points)).reshape(-1, 3).tolist(), all_triangles=True)


class Body:
    """A thing made of world triangles, with what queries need, built at the first use.

    Args:
        triangles: (n, 3, 3) float32.
        twin: A body with the same triangles elsewhere, whose closedness is already known.
    """

    def __init__(self, name: str, triangles: np.ndarray, twin: "Body | None" = None) -> None:
        self.name = name
        finite = is_finite(triangles).all(axis=(1, 2))
        self.broken = int((~finite).sum())
        self.triangles = triangles[finite] if self.broken else triangles
        self.twin = None if self.broken else twin
        self.lows, self.highs = _bounds(self.triangles)
        nowhere = np.full(3, np.nan)
        self.low, self.high = (self.lows.min(0), self.highs.max(0)) if len(self.lows) else (nowhere, nowhere)
        self._low, self._high = self.low.tolist(), self.high.tolist()
        self.centre = (self.low + self.high) / 2
        self.diagonal = float(np.linalg.norm(self.high - self.low))
        self.size = self.diagonal / 3**0.5  # edge of the cube with the same diagonal

    @cached_property
    def tree(self) -> BVHTree:
        return tree_of(self.triangles)

    @cached_property
    def surface(self) -> surfaces.Surface:
        return self.twin.surface if self.twin else surfaces.Surface(self.triangles)

    def points(self, low: np.ndarray | None = None, high: np.ndarray | None = None, count: int = SAMPLES) -> np.ndarray:
        """(n, 3) points of the surface in a box, or of all of it: corners and, where faces are large, points within.

        Faces that reach into the box are cut in four, and those that do not are dropped, until there are enough points
        or the pieces are small for the box.
        """
        low, high = self.low if low is None else low, self.high if high is None else high
        kept = self.triangles[((self.lows <= high) & (self.highs >= low)).all(1)]
        if len(kept) > 4 * count:
            kept = kept[np.linspace(0, len(kept) - 1, 4 * count).astype(int)]
        fine = max(float((high - low).max()) / 12, 1e-9)
        while len(kept) and len(kept) < count:
            edges = np.linalg.norm(kept - kept[:, (1, 2, 0)], axis=2).max(1)
            is_large = edges > fine
            if not is_large.any():
                break
            pieces = _quarters(kept[is_large])
            lows, highs = _bounds(pieces)
            kept = np.concatenate([kept[~is_large], pieces[((lows <= high) & (highs >= low)).all(1)]])
        points = kept.reshape(-1, 3)
        points = points[((points >= low) & (points <= high)).all(1)]
        points = points[np.unique(points @ ASKEW, return_index=True)[1]]  # unique rows, 20 times as fast
        return points if len(points) <= count else points[np.linspace(0, len(points) - 1, count).astype(int)]

    def holds(self, point: Vector) -> bool:
        """Whether a point is in the solid, by the majority of three rays; meant for closed bodies."""
        (x, y, z), (a, b, c), (d, e, f) = point, self._low, self._high
        if not (a < x < d and b < y < e and c < z < f):
            return False
        first, second = (self._crossings(point, ray) != 0 for ray in RAYS[:2])
        return first if first == second else self._crossings(point, RAYS[2]) != 0

    def _crossings(self, point: Vector, ray: Vector) -> int:
        """Faces that a ray leaves the body through, less those it enters by: not 0 inside, however shells overlap."""
        count, step = 0, max(self.diagonal * 1e-6, 1e-9)
        for _ in range(MAX_CROSSINGS):
            hit, normal, _, _ = self.tree.ray_cast(point, ray)
            if hit is None:
                return count
            count += 1 if normal.dot(ray) > 0 else -1
            point = hit + ray * step
        return 0


def bodies_of(triangles: Triangles) -> dict[str, Body]:
    """A body for each object; of those that share a mesh, the first knows for all whether it is closed."""
    first: dict[int, Body] = {}
    bodies: dict[str, Body] = {}
    for name, rows in triangles.by_name.items():
        mesh = triangles.mesh_of.get(name)
        twin = None if mesh is None else first.get(mesh)
        bodies[name] = Body(name, rows, twin)
        if mesh is not None and twin is None and not bodies[name].broken:
            first[mesh] = bodies[name]
    return bodies


def close_pairs(
    bodies: list[Body], margin: np.ndarray, concerned: Sequence[bool] | None = None
) -> Iterator[tuple[int, int]]:
    """Pairs whose boxes, each grown by its (n,) margin, overlap; with `concerned` those of at least one such body."""
    if not bodies:
        return
    of_interest = np.ones(len(bodies), bool) if concerned is None else np.array(concerned, bool)
    low = np.array([body.low for body in bodies]) - margin[:, None]
    high = np.array([body.high for body in bodies]) + margin[:, None]
    for i in range(len(bodies) - 1):
        meets = ((low[i + 1 :] <= high[i]) & (high[i + 1 :] >= low[i])).all(1)
        if not of_interest[i]:
            meets &= of_interest[i + 1 :]
        for j in np.flatnonzero(meets):
            yield i, i + 1 + int(j)


def gap_between(a: Body, b: Body, reach: float) -> float | None:
    """Metres between two bodies, 0 where they cross or one holds the other; None if it is more than `reach`."""
    low, high = np.maximum(a.low, b.low) - reach, np.minimum(a.high, b.high) + reach
    if (low > high).any():
        return None
    if len(a.triangles) * len(b.triangles) <= MAX_OVERLAP_PRODUCT and a.tree.overlap(b.tree):
        return 0.0
    for outer, inner in ((a, b), (b, a)):
        is_around = (outer.low <= inner.low).all() and (outer.high >= inner.high).all()
        if is_around and outer.surface.is_closed and outer.holds(Vector(inner.triangles[0, 0])):
            return 0.0
    gap = min(_gap(a.points(low, high), b, reach), _gap(b.points(low, high), a, reach))
    return gap if gap <= reach else None


def _gap(points: np.ndarray, body: Body, reach: float) -> float:
    nearest = float("inf")
    for point in map(Vector, points):
        distance = body.tree.find_nearest(point, min(nearest, reach))[3]
        if distance is not None:
            nearest = min(nearest, distance)
    return nearest


def depth_between(a: Body, b: Body, count: int = SAMPLES) -> float:
    """How far the deepest of so many points of one is inside the other, metres; 0 where that one is not closed."""
    low, high = np.maximum(a.low, b.low), np.minimum(a.high, b.high)
    if (low > high).any():
        return 0.0
    return max(_depth(a.points(low, high, count), b), _depth(b.points(low, high, count), a))


def _depth(points: np.ndarray, body: Body) -> float:
    if not len(points) or not body.surface.is_closed:
        return 0.0
    nearest = [(body.tree.find_nearest(point)[3] or 0.0, point) for point in map(Vector, points)]
    nearest.sort(key=itemgetter(0), reverse=True)
    return next((distance for distance, point in nearest if distance and body.holds(point)), 0.0)


def _bounds(triangles: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    a, b, c = triangles[:, 0], triangles[:, 1], triangles[:, 2]
    return np.minimum(np.minimum(a, b), c), np.maximum(np.maximum(a, b), c)


def _quarters(triangles: np.ndarray) -> np.ndarray:
    a, b, c = triangles[:, 0], triangles[:, 1], triangles[:, 2]
    ab, bc, ca = (a + b) / 2, (b + c) / 2, (c + a) / 2
    return np.stack([np.stack(t, 1) for t in ((a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca))], 1).reshape(
        -1, 3, 3
    )
