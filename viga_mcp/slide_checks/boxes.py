"""Boxes and quadrilaterals on a page, in EMU, y down."""

import math
from collections.abc import Sequence
from typing import NamedTuple

Point = tuple[float, float]


class Box(NamedTuple):
    """Edges in EMU."""

    left: float
    top: float
    right: float
    bottom: float

    @classmethod
    def around(cls, points: Sequence[Sequence[float]]) -> "Box":
        xs, ys = [point[0] for point in points], [point[1] for point in points]
        return cls(min(xs), min(ys), max(xs), max(ys))

    @property
    def area(self) -> float:
        return max(0.0, self.right - self.left) * max(0.0, self.bottom - self.top)

    @property
    def middle(self) -> tuple[float, float]:
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    def common(self, other: "Box") -> "Box":
        """What both cover; of no area where they are apart."""
        left, top = max(self.left, other.left), max(self.top, other.top)
        return Box(left, top, max(left, min(self.right, other.right)), max(top, min(self.bottom, other.bottom)))

    def shrunk(self, share: float) -> "Box":
        """The middle of it, `share` as wide and high."""
        (x, y), w, h = self.middle, (self.right - self.left) * share / 2, (self.bottom - self.top) * share / 2
        return Box(x - w, y - h, x + w, y + h)


def turned(point: Point, degrees: float, middle: Point) -> Point:
    """Turned clockwise, as it looks with y down, around a middle."""
    angle = math.radians(degrees)
    x, y = point[0] - middle[0], point[1] - middle[1]
    cos, sin = math.cos(angle), math.sin(angle)
    return middle[0] + x * cos - y * sin, middle[1] + x * sin + y * cos


def common_area(one: Sequence[Point], other: Sequence[Point]) -> float:
    """What two convex shapes share, each given by its corners in order, either way round."""
    if not Box.around(one).common(Box.around(other)).area:
        return 0.0
    left = list(one)
    turn = 1 if _signed_area(other) > 0 else -1
    for begin, end in zip(other, (*other[1:], other[0]), strict=True):
        left = _cut(left, begin, end, turn)
    return abs(_signed_area(left))


def _cut(corners: Sequence[Point], begin: Point, end: Point, turn: int) -> list[Point]:
    """What lies on the inner side of an edge."""
    sides = [turn * ((end[0] - begin[0]) * (y - begin[1]) - (end[1] - begin[1]) * (x - begin[0])) for x, y in corners]
    kept: list[Point] = []
    for index, (point, side) in enumerate(zip(corners, sides, strict=True)):
        before, was = corners[index - 1], sides[index - 1]
        if side * was < 0:
            share = was / (was - side)
            kept.append((before[0] + share * (point[0] - before[0]), before[1] + share * (point[1] - before[1])))
        if side >= 0:
            kept.append(point)
    return kept


def _signed_area(corners: Sequence[Point]) -> float:
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(corners, (*corners[1:], *corners[:1]), strict=True)) / 2
