"""Lines of text as they were drawn."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from viga_mcp.slide_checks.boxes import Box, Point, turned
from viga_mcp.slide_checks.finding import POINT

# Of a line's size: how far its letters reach above and below the baseline.
ASCENT, DESCENT = 0.75, 0.22
NOTHING_BELOW = re.compile(r"[A-PR-Za-fhik-or-xz0-9\s.:!?'\"+*=<>%&-]*")
"""Texts in which no letter does the latter."""
HANGING = tuple("、。，．！？；：」』）")  # noqa: RUF001
"""At the end of a line these may hang out of the frame; full-width, as they are."""


@dataclass(frozen=True)
class Line:
    """A line of text as it was drawn; `corners` of its letters on the slide, in EMU; `paragraph` by its number."""

    text: str
    size_pt: float
    color: str | None
    rotation: float
    corners: tuple[Point, ...]
    paragraph: int = 0

    @cached_property
    def box(self) -> Box:
        return Box.around(self.corners)

    @property
    def length(self) -> float:
        return math.dist(self.corners[0], self.corners[1])

    @property
    def height(self) -> float:
        return math.dist(self.corners[0], self.corners[3])

    def upright(self, rotation: float) -> Box:
        """Its box when the whole page is turned back by so many degrees."""
        return Box.around([turned(corner, -rotation, (0.0, 0.0)) for corner in self.corners])

    def between(self, start: float, end: float) -> Box:
        """Around a part of it, from one share of its length to another."""
        (a, b), (c, d) = self.corners[0], self.corners[1]
        (e, f), (g, h) = self.corners[3], self.corners[2]
        return Box.around(
            [(a + s * (c - a), b + s * (d - b)) for s in (start, end)]
            + [(e + s * (g - e), f + s * (h - f)) for s in (start, end)]
        )


def read_lines(parts: Sequence[Mapping[str, Any]]) -> tuple[Line, ...]:
    """From what a layout tells of one shape; see `slides.layout.read_layout`."""
    return tuple(map(_line, _joined(parts)))


def _joined(parts: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Whole lines: LibreOffice begins a part at each superscript, which tells no place and follows the one before."""
    lines: list[dict[str, Any]] = []
    for part in parts:
        last = lines[-1] if lines else None
        is_same = last is not None and part["left"] == 0 and part["paragraph"] == last["paragraph"]
        if last is None or not is_same or abs(part["baseline"] - last["baseline"]) > last["size_pt"] * POINT:
            lines.append(dict(part))
        else:
            last["text"] += part["text"]
            last["width"] += part["width"]
            last["size_pt"] = max(last["size_pt"], part["size_pt"])
    return lines


def _line(drawn: Mapping[str, Any]) -> Line:
    angle = math.radians(drawn["rotation"])
    along, up = (math.cos(angle), math.sin(angle)), (math.sin(angle), -math.cos(angle))
    x, y, size = drawn["left"], drawn["baseline"], drawn["size_pt"] * POINT
    width = max(0.0, drawn["width"] - size) if drawn["text"].rstrip().endswith(HANGING) else drawn["width"]
    descent = 0.0 if NOTHING_BELOW.fullmatch(drawn["text"]) else DESCENT
    corners = tuple(
        (x + along[0] * w + up[0] * h, y + along[1] * w + up[1] * h)
        for w, h in (
            (0.0, size * ASCENT),
            (width, size * ASCENT),
            (width, -size * descent),
            (0.0, -size * descent),
        )
    )
    return Line(drawn["text"], drawn["size_pt"], drawn["color"], drawn["rotation"], corners, drawn["paragraph"])
