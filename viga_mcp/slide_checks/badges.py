"""Badges whose form can't be told from what is behind them."""

from collections.abc import Iterator

import numpy as np

from viga_mcp.slide_checks.boxes import Box
from viga_mcp.slide_checks.finding import Finding
from viga_mcp.slide_checks.legibility import contrast
from viga_mcp.slide_checks.overlaps import is_covered
from viga_mcp.slide_checks.view import Shape, View, rgb, words

FAINT = 1.1
"""Pale panels that designers lay on white have more."""
BADGE_PT, BADGE_WORDS = 80.0, 3
RIM_PT = 4.0


def find_faint_badges(view: View) -> Iterator[Finding]:
    for shape in view.shapes:
        if not _is_badge(shape, view.unit) or (ratio := _contrast(view, shape)) is None or ratio >= FAINT:
            continue
        yield Finding(
            "fill_faint",
            "note",
            view.number,
            (shape.id,),
            f"The fill of {shape.called} ({shape.element['fill']['color']}) can't be told from what is behind it, a "
            f"contrast of {ratio:.2f}:1: another colour, or an outline.",
            "contrast",
            ratio,
            ":1",
            FAINT,
            shape.box,
        )


def _is_badge(shape: Shape, unit: float) -> bool:
    """A small round shape that only its fill makes, with a word or two: a rectangle may only hold text."""
    fill, frame = shape.element["fill"], shape.frame
    return (
        shape.kind == "auto_shape"
        and shape.element["geometry"] not in {None, "rect"}
        and fill["kind"] == "solid"
        and fill["color"] is not None
        and shape.is_opaque
        and shape.element["line"] is None
        and not shape.element["shadow"]
        and shape.has_text
        and len(words(shape.text)) <= BADGE_WORDS
        and min(frame.right - frame.left, frame.bottom - frame.top) <= BADGE_PT * unit
    )


def _contrast(view: View, shape: Shape) -> float | None:
    """Of its fill with what is beside it, where that stands out most of four sides; None where that isn't seen."""
    box, rim = shape.box, RIM_PT * view.unit
    sides = (
        Box(box.left - rim, box.top, box.left, box.bottom),
        Box(box.left, box.top - rim, box.right, box.top),
        Box(box.right, box.top, box.right + rim, box.bottom),
        Box(box.left, box.bottom, box.right, box.bottom + rim),
    )
    ratios: list[float] = []
    for side in sides:
        region = view.region(side)
        if region is None or not len(region) or is_covered(view, side, shape):
            return None
        ratios.append(float(contrast(np.median(region, axis=0), rgb(shape.element["fill"]["color"]))))
    return max(ratios)
