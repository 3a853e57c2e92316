# pyright: basic
"""A deck whose picture is known, to see whether a LibreOffice draws as it must."""

from pathlib import Path
from typing import Any

import numpy as np
import pptx
from PIL import Image
from pptx.dml.color import RGBColor
from pptx.enum.shapes import MSO_SHAPE
from pptx.util import Inches, Pt

from viga_mcp.slides.copies import mark

RED = (200, 30, 40)


def write_sample(path: Path) -> None:
    """Two slides: a red half with a word in it, and a hidden one."""
    deck = pptx.Presentation()
    deck.slide_width, deck.slide_height = Inches(16), Inches(9)
    slide = deck.slides.add_slide(deck.slide_layouts[6])
    shape = slide.shapes.add_shape(MSO_SHAPE.RECTANGLE, Inches(0), Inches(0), Inches(8), Inches(9))
    shape.fill.solid()
    shape.fill.fore_color.rgb = RGBColor(*RED)
    shape.text_frame.text = "word"
    shape.text_frame.paragraphs[0].runs[0].font.size = Pt(40)
    shape._element.nvSpPr.cNvPr.set("descr", mark(1, shape.shape_id))
    deck.slides.add_slide(deck.slide_layouts[6])._element.set("show", "0")
    deck.save(str(path))


def trouble(parts: int, picture: Path, layouts: list[dict[str, Any]]) -> str:
    """What is wrong with how it was drawn, for "LibreOffice 7.4 ..."; empty if nothing."""
    if parts != 2 or len(layouts) != 2:
        return f"sees {parts} slides and draws {len(layouts)} where there are 2"
    with Image.open(picture) as image:
        pixels = np.asarray(image.convert("RGB")).astype(int)
    left, right = pixels[4, 8], pixels[18, 56]
    if pixels.shape != (36, 64, 3) or abs(left - RED).max() > 8 or (right != 255).any():
        return f"draws {pixels.shape} with {left} and {right}"
    lines = [line for shape in layouts[0]["shapes"].values() for line in shape["lines"]]
    if not lines or lines[0]["text"].strip() != "word" or abs(lines[0]["size_pt"] - 40) > 0.5:
        return f"tells {lines} of a word of 40 points"
    return ""
