"""Shapes side by side that are nearly in line, but not quite."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import NamedTuple

from viga_mcp.slide_checks.boxes import Box
from viga_mcp.slide_checks.finding import Finding, listed
from viga_mcp.slide_checks.view import Shape, View

NEAR_PT, ALIGNED_PT = 5.0, 0.75
MIN_SIDE_PT = 18.0
"""Marks and bullets are not meant to be in line."""
MAX_BLOCKS = 300
"""A slide of more is a drawing."""
BLOCKS = {"text_box", "auto_shape", "placeholder", "picture", "chart", "table", "media"}
EDGES = {"column": ("left edges", "right edges", "centres"), "row": ("top edges", "bottom edges", "middles")}
MIDDLE = 2
# What of a text without a frame that is seen can be in line with others.
BY_TEXT = {"left": 0, "right": 1, "center": MIDDLE, "top": 0, "bottom": 1, "middle": MIDDLE}


class NearMiss(NamedTuple):
    one: Shape
    other: Shape
    what: str
    gap_pt: float


def find_near_misses(view: View) -> Iterator[Finding]:
    """Of each shape that is out of line, one finding: with the neighbour that it misses by least."""
    blocks = [shape for shape in view.shapes if _is_block(shape, MIN_SIDE_PT * view.unit)]
    if len(blocks) > MAX_BLOCKS:
        return
    lies_on_another = {shape.id: _lies_on_another(shape, blocks) for shape in blocks}
    misses: list[NearMiss] = [
        miss
        for pair in combinations(blocks, 2)
        if lies_on_another[pair[0].id] == lies_on_another[pair[1].id]
        for direction in EDGES
        for miss in _misses(*pair, direction, view.unit)
    ]
    while misses:
        counts = Counter(shape.id for miss in misses for shape in (miss.other, miss.one))
        worst, _ = counts.most_common(1)[0]
        own = [miss for miss in misses if worst in {miss.one.id, miss.other.id}]
        yield _finding(view, worst, min(own, key=lambda miss: miss.gap_pt))
        misses = [miss for miss in misses if miss not in own]


def _finding(view: View, worst: int, miss: NearMiss) -> Finding:
    pair = sorted((miss.one, miss.other), key=lambda shape: shape.id != worst)
    return Finding(
        "alignment",
        "note",
        view.number,
        tuple(shape.id for shape in pair),
        f"The {miss.what} of {'the texts of ' if _is_bare(miss.one) else ''}{listed([shape.called for shape in pair])} "
        f"differ by {miss.gap_pt:.1f} pt: align them, or set them clearly apart.",
        f"between the {miss.what}",
        miss.gap_pt,
        "pt",
        ALIGNED_PT,
        Box.around([corner for shape in pair for corner in (shape.frame[:2], shape.frame[2:])]),
    )


def _is_block(shape: Shape, smallest: float) -> bool:
    frame = shape.frame
    return (
        shape.kind in BLOCKS
        and shape.element["group"] is None
        and not shape.is_footer
        and shape.element["rotation"] == 0
        and (shape.has_text or not _is_bare(shape))
        and min(frame.right - frame.left, frame.bottom - frame.top) >= smallest
    )


def _lies_on_another(shape: Shape, blocks: Sequence[Shape]) -> bool:
    """As an icon does on a disc: it is in line with others of its like."""
    return any(
        other.frame.area > shape.frame.area and other.frame.common(shape.frame).area > 0.9 * shape.frame.area
        for other in blocks
    )


def _is_bare(shape: Shape) -> bool:
    """Whether nothing but its text can be seen."""
    return shape.kind in {"text_box", "auto_shape", "placeholder"} and not shape.is_painted


def _misses(one: Shape, other: Shape, direction: str, unit: float) -> Iterator[NearMiss]:
    if _is_bare(one) != _is_bare(other) or not _are_neighbours(one.frame, other.frame, direction):
        return
    first, last = (0, 2) if direction == "column" else (1, 3)
    a, b = one.frame, other.frame
    is_bare = _is_bare(one)
    if is_bare:
        a, b = _text_area(one), _text_area(other)
    gaps = (a[first] - b[first], a[last] - b[last], a.middle[first] - b.middle[first])
    nearest: int | None = min(range(3), key=lambda edge: abs(gaps[edge]))
    if is_bare:
        nearest = _text_edge(one, direction)
        if nearest != _text_edge(other, direction):
            return
        if direction == "row" and nearest != MIDDLE and one.largest_pt != other.largest_pt:
            return  # letters of several sizes are in line in many ways
    if nearest is not None and ALIGNED_PT < (gap := abs(gaps[nearest]) / unit) <= NEAR_PT:
        yield NearMiss(one, other, EDGES[direction][nearest], gap)


def _text_area(shape: Shape) -> Box:
    """Where its text stands, whose frame is not seen: within the insets, and to the right of what it is indented by."""
    left, top, right, bottom = shape.element["text"]["insets"]
    frame = shape.frame
    begin = frame.left + left
    starts_left = shape.element["text"]["wrap"] and _text_edge(shape, "column") == BY_TEXT["left"]
    if starts_left and not _has_bullets(shape):  # LibreOffice centres a frame on text that does not wrap
        begin = min((line.corners[0][0] for line in shape.lines), default=begin)
    return Box(begin, frame.top + top, frame.right - right, frame.bottom - bottom)


def _has_bullets(shape: Shape) -> bool:
    return any(paragraph["bullet"] for paragraph in shape.element["text"]["paragraphs"])


def _text_edge(shape: Shape, direction: str) -> int | None:
    """Which edge of its frame its text stands at; None where that is none, or not the same for all of it."""
    text = shape.element["text"]
    if direction == "row":
        return BY_TEXT.get(text["anchor"])
    sides = {paragraph["align"] for paragraph in text["paragraphs"] if paragraph["runs"]}
    return BY_TEXT.get(sides.pop()) if len(sides) == 1 else None


def _are_neighbours(a: Box, b: Box, direction: str) -> bool:
    """Whether they stand in a column or a row, and neither lies in the other."""
    if a.common(b).area > 0.5 * min(a.area, b.area):
        return False
    first, last = (1, 3) if direction == "column" else (0, 2)
    apart = max(a[first], b[first]) - min(a[last], b[last])
    sizes = a[last] - a[first], b[last] - b[first]
    return -0.2 * min(sizes) <= apart <= max(sizes)
