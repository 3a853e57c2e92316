"""A slide as the checks see it: what the file says of each shape, and where its text really is on the page."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from viga_mcp.slide_checks.boxes import Box, turned
from viga_mcp.slide_checks.finding import POINT
from viga_mcp.slide_checks.lines import Line, read_lines

FOOTERS = {"SLIDE_NUMBER", "DATE", "FOOTER"}
TITLES = {"TITLE", "CENTER_TITLE"}
WHOLES = {"picture", "chart", "table", "diagram", "media", "ole"}
"""Kinds that a reader looks at as a whole."""
Pixels = NDArray[np.uint8]
GIVEN_NAME = re.compile(r"\D+ \d+")
"""As editors and python-pptx name shapes by themselves: "TextBox 11"."""
SAID = 32  # characters


@dataclass(frozen=True)
class Shape:
    """An element of the graph, its lines, and the box of what was drawn; none where the renderer tells none."""

    element: Mapping[str, Any]
    lines: tuple[Line, ...]
    drawn: Box | None = None

    @property
    def id(self) -> int:
        return self.element["id"]

    @property
    def name(self) -> str:
        return self.element["name"]

    @cached_property
    def called(self) -> str:
        """Its name for a sentence: `'TextBox 11' ("Ferries carried more")`, for no program tells a name so given."""
        said = " ".join(self._said.split()) if GIVEN_NAME.fullmatch(self.name) else ""
        short = said if len(said) <= SAID else said[:SAID].rsplit(" ", 1)[0] + "…"
        return f'{self.name!r} ("{short}")' if short else repr(self.name)

    @property
    def _said(self) -> str:
        """What a reader finds it by."""
        return next((text for text in (self.text, *self.cells, self.element["alt"]) if text.strip()), "")

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
        return [run for paragraph in _paragraphs(self.element["text"]) for run in paragraph["runs"]]

    @property
    def cells(self) -> list[str]:
        """Texts of a table's cells, row by row."""
        table = self.element["table"]
        return [text for row in table["rows"] for text in row] if table else []

    @cached_property
    def paragraphs(self) -> list[tuple[str, list[Mapping[str, Any]]]]:
        """Text and runs of each, those of a table's cells too."""
        table = self.element["table"]
        cells = [text for row in table["cells"] for text in row] if table else []
        runs = [paragraph["runs"] for text in (self.element["text"], *cells) for paragraph in _paragraphs(text)]
        return [("".join(run["text"] for run in of_one), of_one) for of_one in runs]

    @cached_property
    def text(self) -> str:
        """All of it, a line a paragraph."""
        return "\n".join(
            "".join(run["text"] for run in paragraph["runs"]) for paragraph in _paragraphs(self.element["text"])
        )

    @property
    def largest_pt(self) -> float:
        """Size of its largest letters as they were drawn."""
        return max((line.size_pt for line in self.lines), default=0.0)

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
        return (self.extent,) if self.kind in WHOLES else tuple(line.box for line in self.lines)

    @cached_property
    def reach(self) -> Box:
        """All that it takes up: its extent, and its text where that leaves it."""
        return Box.around(
            [self.extent[:2], self.extent[2:], *(corner for line in self.lines for corner in line.corners)]
        )

    @cached_property
    def extent(self) -> Box:
        """Its box; of a table with all that its rows grew by."""
        if self.kind != "table" or self.drawn is None:
            return self.box
        return self.box._replace(bottom=max(self.box.bottom, self.drawn.bottom - POINT))  # half of an outline

    def within_frame(self, line: Line) -> Box:
        """Around a line in the coordinates of the frame before it is turned."""
        return Box.around([turned(corner, -self.element["rotation"], self.frame.middle) for corner in line.corners])


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
            _shape(element, drawn.get(str(element["id"])))
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

    @property
    def scale(self) -> float:
        """Pixels of the picture to an EMU; 0 without one."""
        return 0.0 if self.pixels is None else self.pixels.shape[1] / self.width

    def region(self, box: Box) -> NDArray[np.float64] | None:
        """The picture's pixels in a box, (n, 3) from 0 to 255; None without a picture."""
        if self.pixels is None:
            return None
        left, top, right, bottom = (max(0, round(edge * self.scale)) for edge in box)
        return self.pixels[top:bottom, left:right].reshape(-1, 3).astype(float)

    def are_nested(self, one: Shape, other: Shape) -> bool:
        """Whether one is a group that holds the other."""
        return other.id in self._groups_above[one.id] or one.id in self._groups_above[other.id]

    @cached_property
    def touching(self) -> tuple[tuple[Shape, Shape], ...]:
        """Pairs of shapes, the lower first, that take up a place together and are not a group and its member.

        Found by a sweep from left to right: of thousands few meet.
        """
        order = {id(shape): number for number, shape in enumerate(self.shapes)}
        pairs: list[tuple[Shape, Shape]] = []
        open_: list[Shape] = []
        for shape in sorted(self.shapes, key=lambda shape: shape.reach.left):
            open_ = [other for other in open_ if other.reach.right > shape.reach.left]
            for other in open_:
                if other.reach.common(shape.reach).area and not self.are_nested(shape, other):
                    pairs.append((other, shape) if order[id(other)] < order[id(shape)] else (shape, other))
            open_.append(shape)
        return tuple(sorted(pairs, key=lambda pair: (order[id(pair[0])], order[id(pair[1])])))

    @cached_property
    def _groups_above(self) -> dict[int, frozenset[int]]:
        """Ids of the groups that hold each shape, at whatever depth."""
        groups = {shape.id: shape.element["group"] for shape in self.shapes}
        above: dict[int, frozenset[int]] = {}
        for id in groups:
            found: set[int] = set()
            group = groups[id]
            while group is not None and group not in found:
                found.add(group)
                group = groups.get(group)
            above[id] = frozenset(found)
        return above


def rgb(color: str) -> NDArray[np.float64]:
    """Of "#RRGGBB", from 0 to 255."""
    return np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)], float)


def words(text: str) -> list[str]:
    """Words with a letter or digit in them."""
    return re.findall(r"\S*\w\S*", text)


def _paragraphs(text: Mapping[str, Any] | None) -> list[Mapping[str, Any]]:
    return text["paragraphs"] if text else []


def _shape(element: Mapping[str, Any], drawn: Mapping[str, Any] | None) -> Shape:
    if drawn is None:
        return Shape(element, ())
    # in place of a picture that it has not got LibreOffice writes its name
    lines = () if element["kind"] == "picture" else read_lines(drawn["lines"])
    return Shape(element, lines, Box(*drawn["box"]) if drawn["box"] else None)
