# pyright: basic
# python-pptx's shapes are typed in part only.
"""A slide to put a defect on, or to leave clean: its design, and short ways to fill it. Boxes are in points."""

import io
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from PIL import Image
from pptx.chart.data import CategoryChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE
from pptx.enum.shapes import MSO_CONNECTOR, MSO_SHAPE
from pptx.enum.text import MSO_ANCHOR
from pptx.oxml.ns import qn
from pptx.util import Pt

Box = tuple[float, float, float, float]
SENTENCE = "Ferries carried more people this spring than in any spring before. "


class Design(NamedTuple):
    """Colours that can be read on each other: `ink` on `paper` and on `panel`, `pale` on `strong`."""

    paper: str
    ink: str
    panel: str
    strong: str
    pale: str
    font: str


DESIGNS = (
    Design("FFFFFF", "1F2937", "E5EEF0", "0B5D66", "FFFFFF", "Calibri"),
    Design("14213D", "F4F4F4", "26365C", "E5E5E5", "14213D", "Arial"),
    Design("FBF5E6", "3B2F2F", "EFE3C8", "7A1F1F", "FFF8EC", "Cambria"),
    Design("E8F1FA", "10243E", "CFE0F2", "1D3F72", "FFFFFF", "Noto Sans"),
)


@dataclass
class Page:
    """A slide of one design, with its defect or without."""

    slide: Any
    design: Design
    is_broken: bool

    def either(self, broken: Any, clean: Any) -> Any:
        return broken if self.is_broken else clean

    @property
    def words(self) -> str:
        """Too much for its frame, or little."""
        return self.either(SENTENCE * 6, "Ferries carried more.")

    def text(self, words: str, box: Box, size: float = 18, **style: Any) -> Any:
        """A text box that wraps."""
        shape = self.slide.shapes.add_textbox(*map(Pt, box))
        shape.text_frame.word_wrap = True
        return self.write(shape, words, size, **style)

    def panel(
        self,
        words: str,
        box: Box,
        size: float = 18,
        kind: Any = MSO_SHAPE.RECTANGLE,
        fill: str | None = None,
        **style: Any,
    ) -> Any:
        """A filled shape with text."""
        return self.write(self.block(box, kind, fill), words, size, **{"middle": True, **style})

    def line(self, begin: tuple[float, float], end: tuple[float, float]) -> Any:
        """A straight connector."""
        shape = self.slide.shapes.add_connector(MSO_CONNECTOR.STRAIGHT, *map(Pt, begin), *map(Pt, end))
        shape.line.color.rgb = RGBColor.from_string(self.design.ink)
        return shape

    def block(self, box: Box, kind: Any = MSO_SHAPE.RECTANGLE, fill: str | None = None) -> Any:
        """A filled shape without text or outline."""
        shape = self.slide.shapes.add_shape(kind, *map(Pt, box))
        shape.fill.solid()
        shape.fill.fore_color.rgb = RGBColor.from_string(fill or self.design.panel)
        shape.line.fill.background()
        return shape

    def write(
        self, shape: Any, words: str, size: float, color: str | None = None, middle: bool = False, font: str = ""
    ) -> Any:
        """Put words, a paragraph a line, into a shape or cell."""
        frame = shape.text_frame
        frame.text = words
        if middle:
            frame.vertical_anchor = MSO_ANCHOR.MIDDLE
        for paragraph in frame.paragraphs:
            for run in paragraph.runs:
                run.font.size, run.font.name = Pt(size), font or self.design.font
                run.font.color.rgb = RGBColor.from_string(color or self.design.ink)
        return shape

    def picture(self, box: Box, pixels: tuple[int, int] | None = None, **paint: Any) -> Any:
        """A photo-like picture; as many pixels as a projector shows, unless told."""
        width, height = pixels or (round(box[2] * 2), round(box[3] * 2))
        return self.slide.shapes.add_picture(photo(width, height, **paint), *map(Pt, box))

    def chart(self, box: Box, size: float = 14) -> Any:
        data = CategoryChartData()
        data.categories = ["Spring", "Summer", "Autumn"]
        data.add_series("Ferries", (4, 9, 6))
        shape = self.slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, *map(Pt, box), data)
        shape.chart.font.size = Pt(size)
        shape.chart.font.color.rgb = RGBColor.from_string(self.design.ink)
        return shape

    def table(self, cells: list[list[str]], box: Box, size: float = 16) -> Any:
        shape = self.slide.shapes.add_table(len(cells), len(cells[0]), *map(Pt, box))
        for row, texts in enumerate(cells):
            for column, words in enumerate(texts):
                cell = shape.table.cell(row, column)
                self.write(cell, words, size)
                cell.fill.solid()
                cell.fill.fore_color.rgb = RGBColor.from_string(self.design.panel)
        return shape

    def group(self, *shapes: Any, rotation: float = 0) -> Any:
        group = self.slide.shapes.add_group_shape(list(shapes))
        group.rotation = rotation
        return group


def body(shape: Any) -> Any:
    """`a:bodyPr` of a shape."""
    return shape._element.find(qn("p:txBody")).find(qn("a:bodyPr"))


def photo(width: int, height: int, low: int = 60, high: int = 200) -> io.BytesIO:
    """Soft coloured noise."""
    rng = np.random.default_rng(7)
    coarse = rng.integers(low, high, (6, 8, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC).save(file, "JPEG", quality=85)
    file.seek(0)
    return file
