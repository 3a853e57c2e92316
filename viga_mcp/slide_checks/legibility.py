"""Whether text can be read: its size in effect, and its contrast with what is really behind it in the picture."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from viga_mcp.slide_checks.finding import POINT, Finding
from viga_mcp.slide_checks.view import Line, Shape, View, words

TINY_PT, TINY_ASIDE_PT = 10.0, 8.0
"""Footers and labels of charts are read by nobody at the back, and may be smaller."""
CONTRAST, CONTRAST_LARGE = 4.5, 3.0
LARGE_PT, LARGE_BOLD_PT = 18.0, 14.0
WORST_SHARE = 0.2
MIN_PIXELS = 12
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
            f"Text of {shape.name!r} is {smallest.size_pt:.3g} pt ({smallest.text.strip()[:40]!r}).",
            "size in effect",
            smallest.size_pt,
            "pt",
            limit,
            smallest.box,
        )


def _faint(view: View, shape: Shape, lines: list[Line]) -> Iterator[Finding]:
    if view.pixels is None:
        return
    is_bold = bool(shape.runs) and all(run["bold"] for run in shape.runs if run["text"].strip())
    worst: tuple[float, float, Line] | None = None
    for line in lines:
        limit = CONTRAST_LARGE if line.size_pt >= (LARGE_BOLD_PT if is_bold else LARGE_PT) else CONTRAST
        ratio = _behind(view, line)
        if ratio is not None and ratio < limit - 0.05 and (worst is None or ratio / limit < worst[0] / worst[1]):
            worst = ratio, limit, line
    if worst:
        ratio, limit, line = worst
        yield Finding(
            "contrast_low",
            "error" if ratio < 2 else "warning",
            view.number,
            (shape.id,),
            f"Text of {shape.name!r} ({line.color}, {line.size_pt:.3g} pt) has a contrast of {ratio:.1f}:1 with what "
            f"is behind it; it needs {limit:g}:1.",
            "contrast",
            ratio,
            ":1",
            limit,
            line.box,
        )


def _behind(view: View, line: Line) -> float | None:
    """Contrast of a line with its surroundings: where they vary, with the part where it is worst."""
    assert view.pixels is not None
    if line.color is None:
        return None
    scale = view.pixels.shape[1] / view.width
    box = line.box
    pad = 0.1 * line.size_pt * POINT
    left, right = (round(edge * scale) for edge in (box.left - pad, box.right + pad))
    top, bottom = (round(edge * scale) for edge in (box.top - pad, box.bottom + pad))
    region = view.pixels[max(0, top) : max(0, bottom), max(0, left) : max(0, right)].reshape(-1, 3).astype(float)
    if len(region) < MIN_PIXELS:
        return None
    color = np.array([int(line.color[i : i + 2], 16) for i in (1, 3, 5)], float)
    away = np.abs(region - color).max(1)
    # letters and their soft edges are nearer to the text's colour than what is behind them
    behind = region[away >= 0.6 * away.max()] if away.max() > 24 else region
    ratios = contrast(behind, color)
    return float(np.quantile(ratios, WORST_SHARE))
