"""What hides what, and texts that are written over each other."""

from collections.abc import Iterator

import numpy as np

from viga_mcp.slide_checks.boxes import Box, common_area
from viga_mcp.slide_checks.finding import Finding, listed
from viga_mcp.slide_checks.lines import Line
from viga_mcp.slide_checks.view import WHOLES, Shape, View, rgb

HIDDEN_TEXT, HIDDEN_CONTENT = 0.10, 0.25
COLLIDES, COLLIDES_HEIGHT = 0.12, 0.25
CROSSES = 0.5
"""Of the square of a line's height: what a line that runs across another must share with it."""
CROSSING_DEG = 20.0
INK, INK_SHARE = 60, 0.05
"""So near to its colour are a line's pixels (of 255), and so many are there at least where it can be seen."""


def find_overlaps(view: View) -> Iterator[Finding]:
    yield from _hidden(view)
    yield from _collisions(view)


def hides(view: View, low: Shape, high: Shape) -> bool:
    """Whether a shape takes away so much of what is to be seen of another below it that this is told."""
    limit = HIDDEN_CONTENT if low.kind in WHOLES else HIDDEN_TEXT
    return _share_covered(view, low, high) > limit and not _is_badge(low, high)


def is_covered(view: View, box: Box, shape: Shape) -> bool:
    """Whether anything opaque above a shape lies over a place on it."""
    above = view.shapes[view.shapes.index(shape) + 1 :]
    return any(high.is_opaque and not view.are_nested(shape, high) and high.box.common(box).area for high in above)


def _hidden(view: View) -> Iterator[Finding]:
    for low, high in view.touching:
        if low.kind != "group" and hides(view, low, high):
            share = _share_covered(view, low, high)
            is_text = low.kind not in WHOLES
            limit = HIDDEN_TEXT if is_text else HIDDEN_CONTENT
            what = "text of " if is_text else ""
            yield Finding(
                "text_hidden" if is_text else "content_hidden",
                "error",
                view.number,
                (high.id, low.id),
                f"{high.called} covers {share:.0%} of the {what}{low.called}: move it, or put it behind.",
                "share covered",
                share,
                "ratio",
                limit,
                low.extent.common(high.extent),
            )


def _share_covered(view: View, low: Shape, high: Shape) -> float:
    whole = sum(box.area for box in low.content)
    return _covered(view, low, high) / whole if whole else 0.0


def _covered(view: View, low: Shape, high: Shape) -> float:
    """Area of a shape's content that another above it hides."""
    if high.is_opaque:
        return sum(box.common(high.inside).area for box in low.content)
    if high.kind != "table":
        return 0.0
    # a table's cells may have fills or not
    under = (line for line in low.lines if line.box.common(high.extent).area > 0.9 * line.box.area)
    return sum(line.box.area for line in under if not _is_seen(view, line))


def _is_seen(view: View, line: Line) -> bool:
    """Whether anything in a line's colour is in the picture where it should be."""
    region = view.region(line.box)
    if region is None or line.color is None or not len(region):
        return True
    return float((np.abs(region - rgb(line.color)).max(1) < INK).mean()) >= INK_SHARE


def _is_badge(low: Shape, high: Shape) -> bool:
    """A label with its own text on a picture or chart, which it does not take up."""
    return low.kind in {"picture", "chart", "media"} and high.has_text and high.box.area < 0.5 * low.box.area


def _collisions(view: View) -> Iterator[Finding]:
    for one, other in view.touching:
        if not one.lines or not other.lines or other.is_opaque or _covered(view, one, other):
            continue
        pairs = [(a, b) for a in one.lines for b in other.lines]
        share, where = max(((_collision(a, b), a.box.common(b.box)) for a, b in pairs), key=lambda pair: pair[0])
        if share > COLLIDES:
            yield Finding(
                "text_collision",
                "error",
                view.number,
                (other.id, one.id),
                f"Texts of {listed([one.called, other.called])} are written over each other.",
                "share of a line under another",
                share,
                "ratio",
                COLLIDES,
                where,
            )


def _collision(one: Line, other: Line) -> float:
    """How much of the smaller line is under the other; 0 where they only touch."""
    if not one.box.common(other.box).area:
        return 0.0
    if abs((one.rotation - other.rotation + 90) % 180 - 90) > CROSSING_DEG:
        square = min(one.height, other.height) ** 2
        area = common_area(one.corners, other.corners)
        return min(1.0, area / square) if area > CROSSES * square else 0.0
    a, b = one.upright(one.rotation), other.upright(one.rotation)
    common, lower = a.common(b), min(one.height, other.height)
    if common.bottom - common.top <= COLLIDES_HEIGHT * lower:
        return 0.0
    return common.area / min(a.area, b.area)
