# pyright: basic, reportAttributeAccessIssue=false, reportMissingImports=false
"""The ground: the widest upward surface that most of the scene is above of."""

from typing import NamedTuple

import numpy as np
from mathutils import Vector
from mathutils.bvhtree import BVHTree

from viga_mcp import surfaces
from viga_mcp.blender.contacts import Body, tree_of

LEVEL_COSINE = 0.7
"""Faces steeper than 45 degrees carry nothing. Which way a face looks does not count: many a floor looks down."""

LARGE = 4.0
"""A ground is at least so many times the footprint of the median of the rest."""

CANDIDATES = 12
"""The widest objects are looked at."""

MOST = 0.5
"""Share of the rest that is above it."""

BACKDROP = 2.0
"""A flat or enclosing thing so many times as large as all the rest together is scenery, not a thing in the scene."""

FEWEST = 4
"""Bodies, one of which may surround the rest."""

FLAT = 0.05
"""Thickness of a wall or backdrop as a share of its length."""

SIDES = [Vector(side) * sign for side in ((1, 0.01, 0.02), (0.02, 1, 0.01), (0.01, 0.02, 1)) for sign in (1, -1)]
DOWN, UP = Vector((0, 0, -1)), Vector((0, 0, 1))


class Ground(NamedTuple):
    """What the scene stands on.

    Attributes:
        name: The object.
        height: Of the surface below the things on it, metres; the median where it is not level, and
        spread: how far from lowest to highest.
        tree: The faces that carry.
    """

    name: str
    height: float
    spread: float
    tree: BVHTree

    def depth(self, points: np.ndarray) -> float:
        """How far below the ground the deepest of (n, 3) points is, metres; beside the ground is not below it."""
        deepest = 0.0
        low = points[:, 2] < self.height + self.spread
        for point in points[low]:
            hit = self.tree.ray_cast(Vector(point), UP)[0]
            if hit is not None:
                deepest = max(deepest, hit.z - float(point[2]))
        return deepest


def find_ground(bodies: list[Body]) -> Ground | None:
    """The ground of a scene, None where nothing is large and below enough; a scene of one object has none."""
    if len(bodies) < 2:
        return None
    footprints = np.array([float(np.prod((b.high - b.low)[:2])) for b in bodies])
    best: tuple[tuple, Ground] | None = None
    for i in np.argsort(-footprints)[:CANDIDATES]:
        body = bodies[i]
        rest = np.delete(footprints, i)
        if footprints[i] < LARGE * np.median(rest):
            continue
        carrying = body.triangles[np.abs(surfaces.normals(body.triangles)[:, 2]) >= LEVEL_COSINE]
        if not len(carrying) or _flat_area(carrying) < LARGE * np.median(rest):
            continue
        whole = tree_of(carrying)
        found = [(other, z) for other in bodies if other is not body and (z := _below(whole, other)) is not None]
        if len(found) < MOST * (len(bodies) - 1):
            continue
        heights = [z for _, z in found]
        height, spread = float(np.median(heights)), float(np.ptp(heights))
        slack = max(0.02 * float(np.median(np.sqrt(rest))), 1e-6)
        carries = any(abs(other.low[2] - z) <= slack for other, z in found)  # the bottom of a sky carries nothing
        at_height = (carrying[:, :, 2].min(1) <= max(heights) + slack) & (
            carrying[:, :, 2].max(1) >= min(heights) - slack
        )
        rank = (carries, len(heights), footprints[i])
        if best is None or rank > best[0]:
            best = rank, Ground(body.name, height, spread, tree_of(carrying[at_height]))
    return best[1] if best else None


def scenery(bodies: list[Body]) -> set[str]:
    """Walls, backdrops and skies: flat or around everything else, and larger than all of that together."""
    by_size = sorted(bodies, key=lambda body: -body.diagonal)
    found: set[str] = set()
    for i, body in enumerate(by_size[:CANDIDATES]):
        rest = by_size[:i] + by_size[i + 1 :]
        if not rest:
            break
        low, high = np.min([o.low for o in rest], axis=0), np.max([o.high for o in rest], axis=0)
        extent = np.sort(body.high - body.low)
        is_flat_or_around = extent[0] < FLAT * extent[2] or ((body.low <= low) & (body.high >= high)).all()
        if body.diagonal >= BACKDROP * np.linalg.norm(high - low) and is_flat_or_around:
            found.add(body.name)
    return found


def surrounding(bodies: list[Body]) -> set[str]:
    """Rooms, skies and hulls: what has most of the rest within it is not one more thing in the scene."""
    if len(bodies) < FEWEST:
        return set()
    centres = np.array([body.centre for body in bodies])
    found: set[str] = set()
    for i, body in enumerate(bodies):
        within = np.flatnonzero(((centres > body.low) & (centres < body.high)).all(1))
        within = within[within != i]
        if len(within) < MOST * (len(bodies) - 1):
            continue
        asked = within[:: 1 + len(within) // CANDIDATES]
        if np.mean([_is_around(body, Vector(centres[k])) for k in asked]) >= MOST:
            found.add(body.name)
    return found


def _is_around(body: Body, point: Vector) -> bool:
    """Whether a body is on at least five of the six sides of a point: a room may lack a wall."""
    return sum(body.tree.ray_cast(point, side)[0] is not None for side in SIDES) >= 5


def _flat_area(triangles: np.ndarray) -> float:
    """Area seen from above."""
    a, b, c = triangles.astype(np.float64).transpose(1, 0, 2)
    return float(np.abs(np.cross(b - a, c - a)[:, 2]).sum() / 2)


def _below(tree: BVHTree, body: Body) -> float | None:
    """Height of what is straight below the middle of a body."""
    hit = tree.ray_cast(Vector(body.centre), DOWN)[0]
    return None if hit is None else hit.z
