# pyright: basic
# python-pptx's shape and fill properties are untyped
"""What SlidesBench's reference-based metrics see of a deck: text shapes and pictures, nothing else."""

import hashlib
from typing import Any

from pptx.enum.shapes import MSO_SHAPE_TYPE
from pptx.oxml.ns import qn
from pptx.presentation import Presentation

Fill = dict[str, str]


def read_blocks(presentation: Presentation) -> list[dict[str, Any]]:
    """The blocks of each slide as SlidesBench's script finds them, without changing the deck.

    Shapes that can hold text and pictures outside placeholders are blocks; groups, tables, charts, connectors and
    pictures in placeholders are not.

    Returns:
        For each slide `number` (from 1), `background` (a fill), `blocks`, and `trouble`: None, or the exception with
        which the script would end on this slide, whose blocks are then []. A block has `id`, `kind` ("text" or
        "picture"), `text` (None for a picture), `fill` (None for a picture), `sha256` of the picture file (None for
        text) and `box`: left, top, width, height as fractions of the slide, not turned.
        A fill is None where it is inherited, else has `type`: "solid_rgb" (with `rgb`), "solid_theme" (with `theme`),
        "background" (no fill), "other"; of a pattern with an RGB foreground it also has `rgb`.

    Source: AutoPresent `evaluate/page_eval.py::parse_blocks`.
    """
    size = presentation.slide_width, presentation.slide_height
    # not `presentation.slides`, which renames the parts and adds the list where there is none
    listed = presentation.element.find(qn("p:sldIdLst"))
    slides = [presentation.part.related_slide(entry.rId) for entry in ([] if listed is None else listed)]
    return [_slide(number, slide, size) for number, slide in enumerate(slides, 1)]


def _slide(number: int, slide, size) -> dict[str, Any]:
    try:
        blocks, trouble = [block for shape in slide.shapes if (block := _block(shape, size))], None
    except Exception as error:  # what ends this loop ends the original's too: no place, no embedded file, ink...
        blocks, trouble = [], f"{type(error).__name__}: {error}"
    return {"number": number, "background": _background(slide), "blocks": blocks, "trouble": trouble}


def _block(shape, size) -> dict[str, Any] | None:
    block: dict[str, Any] = {"id": shape.shape_id, "kind": "text", "text": None, "fill": None, "sha256": None}
    if shape.has_text_frame:
        # asking for the text frame of a shape without a text body makes one
        block["text"] = "" if shape._element.txBody is None else shape.text_frame.text
        block["fill"] = _fill(shape._element.spPr)
    elif shape.shape_type == MSO_SHAPE_TYPE.PICTURE:
        block["kind"] = "picture"
        block["sha256"] = hashlib.sha256(shape.image.blob).hexdigest()
    else:
        return None
    width, height = size
    block["box"] = [shape.left / width, shape.top / height, shape.width / width, shape.height / height]
    return block


def _background(slide) -> Fill | None:
    """As `slide.background.fill` has it after that property wrote `noFill` into a slide without its own fill."""
    background = slide._element.cSld.bg
    if background is None or background.bgPr is None:
        return {"type": "background"}
    return _fill(background.bgPr)


def _fill(properties) -> Fill | None:
    fill = properties.eg_fillProperties
    if fill is None:
        return None
    if fill.tag == qn("a:noFill"):
        return {"type": "background"}
    if fill.tag == qn("a:pattFill"):
        rgb = fill.find(f"{qn('a:fgClr')}/{qn('a:srgbClr')}")
        return {"type": "other"} if rgb is None else {"type": "other", "rgb": _hex(rgb)}
    if fill.tag == qn("a:solidFill"):
        if (rgb := fill.find(qn("a:srgbClr"))) is not None:
            return {"type": "solid_rgb", "rgb": _hex(rgb)}
        if (theme := fill.find(qn("a:schemeClr"))) is not None:
            return {"type": "solid_theme", "theme": theme.get("val")}
    return {"type": "other"}


def _hex(rgb) -> str:
    return "#" + rgb.get("val").upper()
