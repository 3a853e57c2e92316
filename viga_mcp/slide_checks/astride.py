"""Shapes with text that lie half over another: neither on it nor beside it."""

from collections.abc import Iterator

from viga_mcp.slide_checks.boxes import Box
from viga_mcp.slide_checks.finding import Finding
from viga_mcp.slide_checks.overlaps import hides
from viga_mcp.slide_checks.view import Shape, View

LEAST_PT = 3.0
"""Shapes that share less touch, or are one in the other."""
SMALL = 0.25
"""Of a picture: what is larger is a card laid on it, as designers do."""
CENTRED = 0.12
"""Of its size: so near to an edge is the middle of what was put astride of it on purpose."""
WITH_TEXT = {"auto_shape", "text_box", "placeholder"}


def find_astride(view: View) -> Iterator[Finding]:
    for low, high in view.touching:
        if not _is_panel(high) or not (low.kind == "picture" or _is_panel(low)) or hides(view, low, high):
            continue
        if low.kind == "picture" and high.frame.area > SMALL * low.frame.area:
            continue
        depth = _depth(low, high) / view.unit
        if depth > LEAST_PT and not _is_meant(low, high):
            yield Finding(
                "half_over",
                "warning",
                view.number,
                (high.id, low.id),
                f"{high.called} lies over the edge of {low.called}: set it on it, beside it, or with its middle on the "
                "edge.",
                "least that is over or beside",
                depth,
                "pt",
                LEAST_PT,
                low.box.common(high.box),
            )


def _is_panel(shape: Shape) -> bool:
    return shape.kind in WITH_TEXT and shape.is_opaque and shape.has_text and shape.element["rotation"] % 90 == 0


def _depth(low: Shape, high: Shape) -> float:
    """The least of how far they are in each other, and of how far each reaches out of the other."""
    common = low.inside.common(high.inside)
    return min(
        common.right - common.left,
        common.bottom - common.top,
        _out_of(high.box, low.box),
        _out_of(low.box, high.box),
    )


def _out_of(one: Box, other: Box) -> float:
    return max(other.left - one.left, other.top - one.top, one.right - other.right, one.bottom - other.bottom)


def _is_meant(low: Shape, high: Shape) -> bool:
    """Circles that cut each other, members of one group, panels that look like one, and what is centred on an edge."""
    if low.element["geometry"] == high.element["geometry"] == "ellipse":
        return True
    if low.element["group"] is not None and low.element["group"] == high.element["group"]:
        return True
    if low.element["line"] is high.element["line"] is None and low.element["fill"] == high.element["fill"]:
        return True
    small, large = sorted((low.box, high.box), key=lambda box: box.area)
    return _is_inside(small, large, CENTRED) and not _is_inside(small, large, -CENTRED)


def _is_inside(small: Box, large: Box, share: float) -> bool:
    """Whether the middle of one box lies in another, which is made larger by a share of the first's size."""
    (x, y), wider, higher = small.middle, share * (small.right - small.left), share * (small.bottom - small.top)
    return large.left - wider <= x <= large.right + wider and large.top - higher <= y <= large.bottom + higher
