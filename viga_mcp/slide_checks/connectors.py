"""Lines that end just short of the shape that they point to."""

import math
from collections.abc import Iterator, Sequence

from viga_mcp.slide_checks.boxes import Point
from viga_mcp.slide_checks.finding import Finding
from viga_mcp.slide_checks.view import Shape, View

TOUCHES_PT, NEAR_PT = 1.0, 6.0
STRAIGHT = {"line", "straightConnector1"}
OUTLINED = {"rect", "roundRect", "ellipse"}
# Which corners of its frame a line runs between, as it is flipped.
RUNS = {"": (0, 2), "h": (1, 3), "v": (3, 1), "hv": (2, 0)}


def find_short_connectors(view: View) -> Iterator[Finding]:
    """Of lines that touch a shape at one end: a gap at both is a way of drawing."""
    shapes = [shape for shape in view.shapes if _has_outline(shape)]
    for line in view.shapes:
        if line.kind != "connector" or line.element["geometry"] not in STRAIGHT:
            continue
        begin, end = (line.element["corners"][corner] for corner in RUNS[line.element["flip"]])
        for tip, other in ((end, begin), (begin, end)):
            gap, shape = _ahead(view, shapes, other, tip)
            if shape and gap > TOUCHES_PT and _ahead(view, shapes, tip, other)[0] <= TOUCHES_PT:
                yield Finding(
                    "connector_short",
                    "note",
                    view.number,
                    (line.id, shape.id),
                    f"{line.called} ends {gap:.1f} pt before {shape.called}, and touches at its other end: let it "
                    "reach the shape, or glue it with end_connect.",
                    "gap",
                    gap,
                    "pt",
                    TOUCHES_PT,
                    shape.box,
                )


def _ahead(view: View, shapes: Sequence[Shape], begin: Point, end: Point) -> tuple[float, Shape | None]:
    """The shape that a line touches, or else comes to next beyond its end, and how far it is from it, in points."""
    reach = NEAR_PT * view.unit
    (x, y), gaps = end, list[tuple[float, Shape]]()
    for shape in shapes:
        frame = shape.frame
        if frame.left - reach <= x <= frame.right + reach and frame.top - reach <= y <= frame.bottom + reach:
            gap = _gap(begin, end, shape)
            if gap is not None and -TOUCHES_PT * view.unit <= gap <= reach:
                gaps.append((max(0.0, gap / view.unit), shape))
    return min(gaps, key=lambda pair: pair[0], default=(math.inf, None))


def _has_outline(shape: Shape) -> bool:
    return (
        shape.kind in {"auto_shape", "text_box", "placeholder", "picture"}
        and (shape.is_painted or shape.kind == "picture")
        and shape.element["geometry"] in OUTLINED
        and shape.element["rotation"] == 0
        and shape.frame.area > 0
    )


def _gap(begin: Point, end: Point, shape: Shape) -> float | None:
    """How far beyond its end a line would enter a shape, less than nothing where it did before; None if never."""
    length = math.dist(begin, end)
    if not length:
        return None
    frame = shape.frame
    (x, y), half = frame.middle, ((frame.right - frame.left) / 2, (frame.bottom - frame.top) / 2)
    start = (begin[0] - x) / half[0], (begin[1] - y) / half[1]
    way = (end[0] - begin[0]) / half[0], (end[1] - begin[1]) / half[1]
    entry = _into_circle(start, way) if shape.element["geometry"] == "ellipse" else _into_square(start, way)
    return None if entry is None else (entry - 1) * length


def _into_circle(start: Point, way: Point) -> float | None:
    """Where on its way a point comes into the circle of radius 1, in shares of the way; None where it starts inside."""
    a = way[0] ** 2 + way[1] ** 2
    b = start[0] * way[0] + start[1] * way[1]
    c = start[0] ** 2 + start[1] ** 2 - 1
    inner = b * b - a * c
    if inner < 0 or c <= 0:
        return None
    entry = (-b - math.sqrt(inner)) / a
    return entry if entry >= 0 else None


def _into_square(start: Point, way: Point) -> float | None:
    """The same with the square from -1 to 1."""
    first, last = -math.inf, math.inf
    for at, step in zip(start, way, strict=True):
        if step == 0:
            if abs(at) > 1:
                return None
            continue
        times = sorted(((-1 - at) / step, (1 - at) / step))
        first, last = max(first, times[0]), min(last, times[1])
    return first if 0 <= first <= last else None
