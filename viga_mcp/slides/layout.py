# pyright: basic
"""Where LibreOffice puts the text of each shape, read from its SVG export.

Each shape's group holds the description that `copies` marked it with, a BoundingBox of all that was drawn, and its text
line by line with the size in effect. Lengths there are 1/100 mm.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from lxml import etree  # pyright: ignore[reportAttributeAccessIssue]

from viga_mcp.slides import fonts
from viga_mcp.slides.copies import MARK

EMU = 360  # to 1/100 mm
POINT = 12700
SVG = "{http://www.w3.org/2000/svg}"
MARKED = re.compile(rf"{MARK}:(\d+):(\d+)")
COLOR = re.compile(r"rgb\((\d+),(\d+),(\d+)\)")
ROTATE = re.compile(r"rotate\(\s*(-?[\d.]+)[ ,]*(?:(-?[\d.]+)[ ,]+(-?[\d.]+))?\s*\)")


def read_layout(path: Path) -> list[dict[str, Any]]:
    """What was drawn on each slide, in order.

    Returns:
        For each slide `slide`, its number by its marks (None without any), and `shapes`: by shape id (text) `box`:
        left, top, right and bottom in EMU of all that was drawn of it; and `lines`: `text`; `left`, `baseline` and
        `width` in EMU from where it starts; `size_pt` in effect; `color` of most of it; `rotation` in degrees clockwise
        around its start; the `paragraph` it belongs to. And `substituted`: family -> what stood in with other widths.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True, load_dtd=False)
    root = etree.parse(str(path), parser).getroot()
    slides = [
        slide
        for group in root.iterfind(f"{SVG}g[@class='SlideGroup']")
        for slide in group.iter(f"{SVG}g")
        if slide.get("class") == "Slide"
    ]
    return [_slide(slide) for slide in slides]


def _slide(slide: Any) -> dict[str, Any]:
    shapes: dict[str, dict[str, Any]] = {}
    families: set[str] = set()
    number = None
    for description in slide.iter(f"{SVG}desc"):
        found = MARKED.search(description.text or "")
        if not found:
            continue
        number = int(found[1])
        group = description.getparent()
        box = _box(group)
        lines = list(_lines(group, families))
        known = shapes.setdefault(found[2], {"box": box, "lines": []})
        known["box"] = _union(known["box"], box)
        known["lines"] += lines
    substituted = {family: other for family in sorted(families) if (other := fonts.substitute(family))}
    return {"slide": number, "shapes": shapes, "substituted": substituted}


def _box(group: Any) -> list[int] | None:
    """Of the shape itself: groups hold the boxes of their members too, which are their own."""
    rect = next((rect for rect in group.iter(f"{SVG}rect") if rect.get("class") == "BoundingBox"), None)
    if rect is None:
        return None
    left, top, width, height = (round(float(rect.get(name) or 0) * EMU) for name in ("x", "y", "width", "height"))
    return [left, top, left + width, top + height]


def _union(a: list[int] | None, b: list[int] | None) -> list[int] | None:
    if a is None or b is None:
        return a or b
    return [min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3])]


def _lines(group: Any, families: set[str]) -> Iterator[dict[str, Any]]:
    paragraph = -1
    for text in group.iter(f"{SVG}text"):
        if text.get("class") != "SVGTextShape":
            continue
        for block in text:
            if block.get("class") not in {"TextParagraph", "ListItem"}:
                continue
            paragraph += 1
            for position in block.iter(f"{SVG}tspan"):
                if position.get("class") != "TextPosition":
                    continue
                words = "".join(position.itertext())
                if not words.strip():
                    continue
                runs = [Run.of(run) for run in position.iter(f"{SVG}tspan") if run is not position and _words(run)]
                families.update(run.family for run in runs)
                turn = ROTATE.search(position.get("transform") or text.get("transform") or "")
                yield {
                    "text": words,
                    "left": round(float(position.get("x") or 0) * EMU),
                    "baseline": round(float(position.get("y") or 0) * EMU),
                    "width": round(sum(run.width for run in runs)),
                    "size_pt": max((run.size_pt for run in runs), default=0.0),
                    "color": max(runs, key=lambda run: len(run.text)).color if runs else None,
                    "rotation": float(turn[1]) if turn else 0.0,
                    "paragraph": paragraph,
                }


class Run(NamedTuple):
    """A run of text in one style."""

    text: str
    family: str
    size_pt: float
    is_bold: bool
    is_italic: bool
    color: str | None

    @classmethod
    def of(cls, span: Any) -> "Run":
        """Of an element, whose style its ancestors may tell."""
        style: dict[str, str] = {}
        for element in (span, *span.iterancestors(f"{SVG}tspan")):
            for name in ("font-family", "font-size", "font-weight", "font-style"):
                if element.get(name) is not None:
                    style.setdefault(name, element.get(name))
        family = style.get("font-family", "").split(",")[0].strip("' ")
        weight = style.get("font-weight", "400")
        is_bold = weight == "bold" or (weight.isdigit() and int(weight) >= 600)
        rgb = COLOR.fullmatch(span.get("fill") or "")
        color = "#" + "".join(f"{int(part):02X}" for part in rgb.groups()) if rgb else None
        size_pt, is_italic = _points(style.get("font-size")), style.get("font-style") == "italic"
        return cls(_words(span), family, size_pt, is_bold, is_italic, color)

    @property
    def width(self) -> float:
        """In EMU; blanks at the end, where a line breaks, are nothing that is seen."""
        size = self.size_pt * POINT
        return fonts.width(self.text.rstrip(), self.family, size, is_bold=self.is_bold, is_italic=self.is_italic)


def _words(span: Any) -> str:
    """Of a run's own; those of a link are one element deeper."""
    return "".join([span.text or "", *(link.text or "" for link in span.iterfind(f"{SVG}a"))])


def _points(size: str | None) -> float:
    return round(float(size.removesuffix("px")) * EMU / POINT, 2) if size else 0.0
