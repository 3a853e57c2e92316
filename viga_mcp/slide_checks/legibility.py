"""Whether text can be read: its size in effect, and its contrast with what is really behind it in the picture."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from viga_mcp.slide_checks.boxes import Box
from viga_mcp.slide_checks.finding import POINT, Finding, listed, points
from viga_mcp.slide_checks.lines import Line
from viga_mcp.slide_checks.overlaps import is_covered
from viga_mcp.slide_checks.view import Shape, View, rgb, words

TINY_PT, TINY_ASIDE_PT = 10.0, 8.0
"""Footers and labels of charts are read by nobody at the back, and may be smaller."""
CONTRAST, CONTRAST_LARGE = 4.5, 3.0
LARGE_PT, LARGE_BOLD_PT = 18.0, 14.0
PART_EM = 2.0
"""Length of what is looked at together, of the line's size."""
MIN_SIZE_PX = 8
"""Of smaller letters the picture shows nothing but soft edges."""
Colors = NDArray[np.float64]


def find_illegible(view: View) -> Iterator[Finding]:
    for shape in view.shapes:
        lines = [line for line in shape.lines if words(line.text)]
        if lines:
            yield from _tiny(view, shape, lines)
            yield from _faint(view, shape, lines)


def contrast(one: Colors, other: Colors) -> Colors:
    """WCAG 2's contrast ratio of (..., 3) sRGB colours from 0 to 255: 1 for equal ones, 21 for black on white."""
    a, b = _luminance(one), _luminance(other)
    return (np.maximum(a, b) + 0.05) / (np.minimum(a, b) + 0.05)


def _luminance(color: Colors) -> Colors:
    linear = np.where(color <= 10.31475, color / 255 / 12.92, ((color / 255 + 0.055) / 1.055) ** 2.4)
    return linear @ np.array([0.2126, 0.7152, 0.0722])


def _tiny(view: View, shape: Shape, lines: list[Line]) -> Iterator[Finding]:
    limit = TINY_ASIDE_PT if shape.is_footer or shape.kind == "chart" else TINY_PT
    smallest = min(lines, key=lambda line: line.size_pt)
    if 0 < smallest.size_pt < limit - 0.05:
        yield Finding(
            "font_tiny",
            "warning",
            view.number,
            (shape.id,),
            f"{smallest.text.strip()[:40]!r} in {shape.called} is {points(smallest.size_pt)} pt.",
            "size in effect",
            smallest.size_pt,
            "pt",
            limit,
            smallest.box,
        )


def _faint(view: View, shape: Shape, lines: list[Line]) -> Iterator[Finding]:
    if view.pixels is None:
        return
    failing: list[tuple[float, float, float, Part]] = []
    for part in (part for line in lines for part in _parts(shape, line)):
        ratio, limit = _behind(view, shape, part), _needed(part.size_pt, part.is_bold)
        if ratio is not None and ratio < limit - 0.05:
            failing.append((ratio / limit, ratio, limit, part))
    if failing:
        _, ratio, limit, part = min(failing, key=lambda one: one[0])
        faint = list(dict.fromkeys(repr(one.text.strip()[:40]) for *_, one in sorted(failing, key=lambda one: one[0])))
        what = faint[0] if shape.kind == "table" else "Text"
        more = f" So faint too: {listed(faint[1:])}." if shape.kind == "table" and faint[1:] else ""
        yield Finding(
            "contrast_low",
            "error" if ratio < 2 else "warning",
            view.number,
            (shape.id,),
            f"{what} of {shape.called} ({part.color}, {points(part.size_pt)} pt) has a contrast of {ratio:.1f}:1 with "
            f"what is behind it; it needs {limit:g}:1.{more}",
            "contrast",
            ratio,
            ":1",
            limit,
            part.box,
        )


def _needed(size_pt: float, is_bold: bool) -> float:
    return CONTRAST_LARGE if size_pt >= (LARGE_BOLD_PT if is_bold else LARGE_PT) else CONTRAST


class Part(NamedTuple):
    """A few letters of a line, in one colour, and the words that they belong to."""

    text: str
    color: str
    size_pt: float
    is_bold: bool
    box: Box


def _parts(shape: Shape, line: Line) -> Iterator[Part]:
    """A line in short parts: what is behind it may change along it, and so may its colour."""
    if line.color is None:
        return
    runs = [
        run
        for text, runs in shape.paragraphs
        if line.text.strip() in text
        for run in runs
        if run["text"].strip() in line.text or line.text.strip() in run["text"]
    ]
    is_bold = bool(runs) and all(run["bold"] for run in runs if run["text"].strip())
    count = max(1, round(line.length / (PART_EM * line.size_pt * POINT)))
    for index in range(count):
        yield Part(line.text, line.color, line.size_pt, is_bold, line.between(index / count, (index + 1) / count))
    scale = shape.element["text"]["font_scale"] if shape.element["text"] else 1.0
    for run in runs:
        words = run["text"].strip()
        start = line.text.find(words)
        if run["color"] not in {None, line.color} and len(words) > 1 and start >= 0 and len(words) < len(line.text):
            whole = len(line.text)
            box = line.between(start / whole, (start + len(words)) / whole)
            yield Part(words, run["color"], run["size_pt"] * scale, run["bold"], box)


def _behind(view: View, shape: Shape, part: Part) -> float | None:
    """Contrast of letters with what most of the picture around them shows."""
    region = view.region(part.box)
    if (
        region is None
        or len(region) < MIN_SIZE_PX**2 / 2
        or part.size_pt * POINT * view.scale < MIN_SIZE_PX
        or is_covered(view, part.box, shape)
    ):
        return None
    color = rgb(part.color)
    away = np.abs(region - color).max(1)
    # letters, and their soft edges, are nearer to their colour than what is behind them
    behind = np.median(region[away >= np.median(away)], axis=0)
    return float(contrast(behind, color))
