"""Text that does not fit: out of its frame, off the slide, or only because the viewer shrinks it."""

from collections.abc import Iterator

from viga_mcp.slide_checks.boxes import Box
from viga_mcp.slide_checks.finding import POINT, Finding
from viga_mcp.slide_checks.sizing import remedy
from viga_mcp.slide_checks.view import Shape, View

SIDES = ("left of", "above", "right of", "below")
BESIDE_PT, ABOVE_PT, ABOVE_SHARE = 6.0, 3.0, 0.03
UNWRAPPED_PT = 10.0
"""Text that does not wrap is as wide as its font: a substitute with equal widths still differs by a few points."""
OFF_SLIDE_PT = 2.0
SHRUNK = 0.97
SHRUNK_FURTHER = 0.8
"""Where PowerPoint has worked out a scale, LibreOffice finds another one, somewhat smaller or larger."""
SEEN_AS_A_WHOLE = {"table", "chart", "diagram", "group", "ole", "media", "picture"}


def find_misfits(view: View) -> Iterator[Finding]:
    for shape in view.shapes:
        if not shape.has_text or not shape.lines:
            continue
        if shape.kind not in SEEN_AS_A_WHOLE and shape.frame.area > POINT * POINT:
            if not _is_free(shape):
                yield from _overflow(view, shape)
            yield from _unbaked(view, shape)
        yield from _off_slide(view, shape)


def _is_free(shape: Shape) -> bool:
    """A label whose frame neither breaks its lines nor is seen: it only says where the text begins."""
    return shape.kind == "text_box" and not shape.element["text"]["wrap"] and not shape.is_painted


def overrun(shape: Shape) -> tuple[float, float, str]:
    """How far the text leaves the frame, in points beyond what is tolerated, and in all, and on which side."""
    text, frame = (
        Box.around([corner for line in shape.lines for corner in _corners(shape.within_frame(line))]),
        shape.frame,
    )
    beside = (BESIDE_PT if shape.element["text"]["wrap"] else UNWRAPPED_PT) * POINT
    above = max(ABOVE_PT * POINT, ABOVE_SHARE * (frame.bottom - frame.top))
    gaps = (
        (frame.left - text.left, beside),
        (frame.top - text.top, above),
        (text.right - frame.right, beside),
        (text.bottom - frame.bottom, above),
    )
    side = max(range(4), key=lambda index: gaps[index][0] - gaps[index][1])
    gap, tolerated = gaps[side]
    return (gap - tolerated) / POINT, gap / POINT, SIDES[side]


def _corners(box: Box) -> list[tuple[float, float]]:
    return [(box.left, box.top), (box.right, box.bottom)]


def _overflow(view: View, shape: Shape) -> Iterator[Finding]:
    beyond, gap, side = overrun(shape)
    if beyond <= 0:
        return
    box = Box.around([corner for line in shape.lines for corner in line.corners])
    hits = [
        other.called
        for other in view.shapes
        if other is not shape
        and not view.are_nested(shape, other)
        and any(line.box.common(part).area > 0.1 * line.box.area for line in shape.lines for part in other.content)
    ]
    into = f" and runs into {hits[0]}" if hits else ""
    yield Finding(
        "text_overflow",
        "error" if shape.is_painted or hits else "warning",
        view.number,
        (shape.id,),
        f"Text of {shape.called} reaches {gap:.0f} pt {side} its frame{into}: {remedy(shape, view.page)}.",
        f"{side} the frame",
        gap,
        "pt",
        gap - beyond,
        box,
    )


def _unbaked(view: View, shape: Shape) -> Iterator[Finding]:
    """LibreOffice shrinks such text when it loads it; PowerPoint does when somebody edits it, and not before."""
    text = shape.element["text"]
    declared = max((run["size_pt"] for run in shape.runs if run["text"].strip()), default=0.0)
    drawn = max(line.size_pt for line in shape.lines)
    told = declared * text["font_scale"]
    limit = SHRUNK if text["font_scale"] == 1.0 else SHRUNK_FURTHER
    if text["autofit"] != "normal" or not told or drawn >= limit * told:
        return
    yield Finding(
        "autofit_unbaked",
        "error",
        view.number,
        (shape.id,),
        f"Text of {shape.called} fits only shrunk to {drawn:.3g} of its {declared:.3g} pt. PowerPoint shows it "
        f"at {told:.3g} pt until it is edited: set the size to {drawn:.0f} pt, or shorten it.",
        "size in effect of that in the file",
        drawn / told,
        "ratio",
        limit,
        shape.box,
    )


def _off_slide(view: View, shape: Shape) -> Iterator[Finding]:
    box = Box.around([corner for line in shape.lines for corner in line.corners])
    page = view.page
    gaps = (page.left - box.left, page.top - box.top, box.right - page.right, box.bottom - page.bottom)
    side = max(range(4), key=lambda index: gaps[index])
    if gaps[side] > OFF_SLIDE_PT * view.unit:
        yield Finding(
            "text_off_slide",
            "error",
            view.number,
            (shape.id,),
            f"Text of {shape.called} reaches {gaps[side] / POINT:.0f} pt {SIDES[side]} the slide.",
            f"{SIDES[side]} the slide",
            gaps[side] / POINT,
            "pt",
            OFF_SLIDE_PT * view.unit / POINT,
            box,
        )
