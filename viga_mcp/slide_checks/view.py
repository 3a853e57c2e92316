"""A slide as the checks see it: what the file says of each shape, and where its text really is on the page."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from viga_mcp.slide_checks.finding import POINT

# Of a line's size: how far its letters reach above and below the baseline.
ASCENT, DESCENT = 0.75, 0.22
FOOTERS = {"SLIDE_NUMBER", "DATE", "FOOTER"}
TITLES = {"TITLE", "CENTER_TITLE"}
Pixels = NDArray[np.uint8]


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


@dataclass(frozen=True)
class Line:
    """A line of text as it was drawn; `corners` of its letters on the slide, in EMU."""

    text: str
    size_pt: float
    color: str | None
    rotation: float
    corners: tuple[tuple[float, float], ...]

    @cached_property
    def box(self) -> Box:
        return Box.around(self.corners)


@dataclass(frozen=True)
class Shape:
    """An element of the graph, and its lines; none where the renderer tells none."""

    element: Mapping[str, Any]
    lines: tuple[Line, ...]

    @property
    def id(self) -> int:
        return self.element["id"]

    @property
    def name(self) -> str:
        return self.element["name"]

    @property
    def kind(self) -> str:
        return self.element["kind"]

    @property
    def role(self) -> str:
        """Type of the placeholder, "TITLE"; empty for other shapes."""
        return (self.element["placeholder"] or {"type": ""})["type"]

    @property
    def is_footer(self) -> bool:
        return self.role in FOOTERS

    @cached_property
    def box(self) -> Box:
        """Around its frame, turned as it is."""
        return Box.around(self.element["corners"])

    @cached_property
    def frame(self) -> Box:
        """Its frame before it is turned."""
        left, top, width, height = self.element["box"]
        return Box(left, top, left + width, top + height)

    @property
    def runs(self) -> list[Mapping[str, Any]]:
        paragraphs: list[Mapping[str, Any]] = self.element["text"]["paragraphs"] if self.element["text"] else []
        return [run for paragraph in paragraphs for run in paragraph["runs"]]

    @cached_property
    def text(self) -> str:
        return "".join(run["text"] for run in self.runs)

    @property
    def has_text(self) -> bool:
        return bool(self.text.strip())

    @property
    def is_painted(self) -> bool:
        """Whether its frame can be seen."""
        return self.element["fill"]["kind"] != "none" or self.element["line"] is not None

    @property
    def is_opaque(self) -> bool:
        """Whether it hides what is below it."""
        if self.kind == "picture":
            return True
        fill = self.element["fill"]
        return fill["kind"] not in {"none", "theme"} and fill["alpha"] >= 0.9 and self.kind != "group"

    @property
    def inside(self) -> Box:
        """A box that it surely covers, whatever its outline."""
        is_upright = self.element["rotation"] % 90 == 0
        is_square = self.element["geometry"] in {None, "rect", "roundRect", "round2SameRect"}
        return self.box if is_upright and is_square else self.box.shrunk(0.7)

    @cached_property
    def content(self) -> tuple[Box, ...]:
        """What of it a reader looks at: its lines; a picture, chart or table as a whole."""
        if self.kind in {"picture", "chart", "table", "diagram", "media", "ole"}:
            return (self.box,)
        return tuple(line.box for line in self.lines)

    def within_frame(self, line: Line) -> Box:
        """Around a line in the coordinates of the frame before it is turned."""
        angle = -math.radians(self.element["rotation"])
        x, y = self.frame.middle
        cos, sin = math.cos(angle), math.sin(angle)
        turned = [(x + (a - x) * cos - (b - y) * sin, y + (a - x) * sin + (b - y) * cos) for a, b in line.corners]
        return Box.around(turned)


@dataclass(frozen=True)
class View:
    """One slide.

    Args:
        slide: Of the graph.
        width, height: Of the page, EMU.
        layout: What the renderer drew; see `slides.layout.read_layout`; None where it doesn't tell.
        pixels: The picture, (H, W, 3); None without one.
    """

    slide: Mapping[str, Any]
    width: float
    height: float
    layout: Mapping[str, Any] | None = None
    pixels: Pixels | None = None
    shapes: tuple[Shape, ...] = field(init=False)

    def __post_init__(self) -> None:
        drawn = (self.layout or {"shapes": {}})["shapes"]
        shapes = [
            Shape(element, tuple(map(_line, drawn.get(str(element["id"]), {"lines": ()})["lines"])))
            for element in self.slide["elements"]
            if not element["is_hidden"]
        ]
        object.__setattr__(self, "shapes", tuple(shapes))

    @property
    def number(self) -> int:
        return self.slide["number"]

    @property
    def page(self) -> Box:
        return Box(0, 0, self.width, self.height)

    @property
    def unit(self) -> float:
        """A point on a page of 7.5 inches, in EMU: limits of distances grow with the page."""
        return POINT * min(self.width, self.height) / (540 * POINT)

    def are_nested(self, one: Shape, other: Shape) -> bool:
        """Whether one is a group that holds the other."""
        groups = {shape.id: shape.element["group"] for shape in self.shapes}
        for inner, outer in ((one, other), (other, one)):
            above = inner.element["group"]
            while above is not None:
                if above == outer.id:
                    return True
                above = groups.get(above)
        return False


def words(text: str) -> list[str]:
    """Words with a letter or digit in them."""
    return re.findall(r"\S*\w\S*", text)


def _line(drawn: Mapping[str, Any]) -> Line:
    angle = math.radians(drawn["rotation"])
    along, up = (math.cos(angle), math.sin(angle)), (math.sin(angle), -math.cos(angle))
    x, y, size = drawn["left"], drawn["baseline"], drawn["size_pt"] * POINT
    corners = tuple(
        (x + along[0] * w + up[0] * h, y + along[1] * w + up[1] * h)
        for w, h in (
            (0.0, size * ASCENT),
            (drawn["width"], size * ASCENT),
            (drawn["width"], -size * DESCENT),
            (0.0, -size * DESCENT),
        )
    )
    return Line(drawn["text"], drawn["size_pt"], drawn["color"], drawn["rotation"], corners)
