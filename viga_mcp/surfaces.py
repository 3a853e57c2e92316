"""The shape of a surface given as loose triangles: whether it is closed, which faces of it look inwards."""

from functools import cached_property
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

Triangles: TypeAlias = npt.NDArray[np.float32]
"""(n, 3, 3) corners, counter-clockwise seen from outside."""

Points: TypeAlias = npt.NDArray[np.float64]

WELD = 1e-5
"""Corners closer than this share of the surface's size are one point: single precision leaves no less of a world
coordinate a few hundred sizes from the origin."""

FLAT = 1e-4
"""A shell whose volume is less than this share of area^1.5 (a ball has 0.094) has no inside worth the name."""


class Shell(NamedTuple):
    """A connected part of a surface, closed and orientable.

    Attributes:
        triangles: (n,) row numbers.
        flipped: (n,) whether each looks inwards.
    """

    triangles: npt.NDArray[np.intp]
    flipped: npt.NDArray[np.bool_]


class Surface:
    """What is closed of a surface; corners at one place count as one, whatever mesh they came from.

    Args:
        triangles: (n, 3, 3), finite.

    Attributes:
        is_closed: Every edge is shared by an even number of triangles.
    """

    def __init__(self, triangles: Triangles) -> None:
        corners = _welded(triangles)
        self._triangles = triangles
        self._rows: npt.NDArray[np.intp] = np.flatnonzero((corners != corners[:, (1, 2, 0)]).all(1))
        corners = corners[self._rows]
        start, end = corners.ravel(), corners[:, (1, 2, 0)].ravel()
        key = np.minimum(start, end) * (int(corners.max(initial=0)) + 1) + np.maximum(start, end)
        order = np.argsort(key, kind="stable")
        first = np.flatnonzero(np.diff(key[order], prepend=-1))
        uses = np.diff(first, append=len(order))
        self.is_closed = bool(len(order)) and bool((uses % 2 == 0).all())
        pair = first[uses == 2]
        self._one, self._other = order[pair] // 3, order[pair + 1] // 3
        # neighbours wound alike run along their edge in opposite directions
        self._is_alike = start[order[pair]] != start[order[pair + 1]]
        self._is_open = np.zeros(len(self._rows), bool)
        self._is_open[order[np.repeat(uses != 2, uses)] // 3] = True

    @cached_property
    def shells(self) -> list[Shell]:
        """The closed parts that enclose something.

        Components of the double cover: each triangle as it is (i) and turned over (i + n), joined where they agree.
        The two copies of an orientable part are two components, and one of them has it wound all one way; a part that
        can't be (a Moebius strip) is one component with both copies of each triangle.
        """
        count = len(self._rows)
        turn = np.where(self._is_alike, 0, count)
        joined = _components(
            2 * count,
            np.concatenate([self._one, self._one + count]),
            np.concatenate([self._other + turn, (self._other + count + turn) % (2 * count)]) if count else self._other,
        )
        as_is, turned = joined[:count], joined[count:]
        cones, sizes = _cones(self._triangles[self._rows]), areas(self._triangles[self._rows])
        part = np.minimum(as_is, turned)
        order = np.argsort(part, kind="stable")
        found: list[Shell] = []
        for members in np.split(order, np.flatnonzero(np.diff(part[order])) + 1) if count else []:
            if self._is_open[members].any() or (as_is[members] == turned[members]).any():
                continue
            is_turned = as_is[members] != as_is[members[0]]
            volume = float(np.where(is_turned, -1, 1) @ cones[members])
            if abs(volume) > FLAT * float(sizes[members].sum()) ** 1.5:
                found.append(Shell(self._rows[members], is_turned if volume > 0 else ~is_turned))
        return found


def areas(triangles: Triangles) -> Points:
    """(n,) areas."""
    a, b, c = triangles.astype(np.float64).transpose(1, 0, 2)
    return np.linalg.norm(np.cross(b - a, c - a), axis=1) / 2


def normals(triangles: Triangles) -> Points:
    """(n, 3) unit normals; zero for a triangle without area."""
    a, b, c = triangles.astype(np.float64).transpose(1, 0, 2)
    cross = np.cross(b - a, c - a)
    length = np.linalg.norm(cross, axis=1, keepdims=True)
    return cross / np.where(length > 0, length, 1)


def _welded(triangles: Triangles) -> npt.NDArray[np.int64]:
    """(n, 3) numbers of the points, equal where corners are at one place."""
    points = triangles.reshape(-1, 3).astype(np.float64)
    low = points.min(0)
    grid = np.rint((points - low) / max(float(np.ptp(points, axis=0).max()) * WELD, 1e-12)).astype(np.int64)
    key = (grid[:, 0] << 42) + (grid[:, 1] << 21) + grid[:, 2]
    return np.unique(key, return_inverse=True)[1].reshape(-1, 3).astype(np.int64)


def _cones(triangles: Triangles) -> Points:
    """(n,) signed volumes between the middle of all and each triangle."""
    centred = triangles.astype(np.float64) - triangles.reshape(-1, 3).astype(np.float64).mean(0)
    a, b, c = centred[:, 0], centred[:, 1], centred[:, 2]
    return (a * np.cross(b, c)).sum(1) / 6


def _components(count: int, one: npt.NDArray[np.intp], other: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
    """(count,) a representative of each node's component; links (one[i], other[i])."""
    leader = np.arange(count)
    while len(one):
        a, b = leader[one], leader[other]
        apart = a != b
        one, other, a, b = one[apart], other[apart], a[apart], b[apart]
        np.minimum.at(leader, np.maximum(a, b), np.minimum(a, b))
        while not np.array_equal(leader, further := leader[leader]):
            leader = further
    return leader
