# pyright: basic, reportAttributeAccessIssue=false, reportArgumentType=false, reportOptionalMemberAccess=false
# python-pptx and lxml are typed only in part.
"""Words on a slide: titles, text boxes, bulleted lists, speaker notes."""

from collections.abc import Iterator, Sequence
from typing import Literal

from lxml import etree
from pptx.enum.shapes import PP_PLACEHOLDER
from pptx.enum.text import MSO_ANCHOR, MSO_AUTO_SIZE, PP_ALIGN
from pptx.oxml.ns import qn
from pptx.shapes.autoshape import Shape
from pptx.slide import NotesSlide, Slide
from pptx.text.text import _Paragraph
from pptx.util import Emu, Inches, Length, Pt

from viga_mcp.slides.kit.boxes import Box, checked_box
from viga_mcp.slides.kit.paints import Color, paint
from viga_mcp.slides.kit.placing import Lengths, area, empty_placeholder
from viga_mcp.slides.kit.wording import unknown

Items = Sequence["str | Items"]

_ALIGNS = {"left": PP_ALIGN.LEFT, "center": PP_ALIGN.CENTER, "right": PP_ALIGN.RIGHT, "justify": PP_ALIGN.JUSTIFY}
_ANCHORS = {"top": MSO_ANCHOR.TOP, "middle": MSO_ANCHOR.MIDDLE, "bottom": MSO_ANCHOR.BOTTOM}
_LISTS = (PP_PLACEHOLDER.OBJECT, PP_PLACEHOLDER.BODY, PP_PLACEHOLDER.VERTICAL_BODY, PP_PLACEHOLDER.VERTICAL_OBJECT)
_INSET = Inches(0.12)  # of text in a filled box
_INDENT = Inches(0.25)  # of each level of a list
_DEEPEST = 8
_SMALLEST_PT, _LARGEST_PT = 1, 4000  # the file format's limits


def title(
    slide: Slide, text: str, subtitle: str | None = None, size_pt: float | None = None, color: Color | None = None
) -> Shape:
    """Fill the title placeholder; returns it.

    Args:
        slide: One whose layout has a title.
        text: The title.
        subtitle: For the layouts "Title Slide" and "Section Header".
        size_pt, color: Of the title; None is the layout's.
    """
    shape = slide.shapes.title
    if shape is None:
        raise ValueError(
            f"layout {slide.slide_layout.name!r} has no title: use kit.add_slide(prs, 'Title Only'), or kit.text"
        )
    shape.text_frame.text = text
    for paragraph in shape.text_frame.paragraphs:
        style(paragraph, size_pt=size_pt, color=color)
    if subtitle is not None:
        below = empty_placeholder(slide, (PP_PLACEHOLDER.SUBTITLE, PP_PLACEHOLDER.BODY))
        if below is None:
            raise ValueError(
                f"layout {slide.slide_layout.name!r} has no empty place for a subtitle: use kit.text, or the layout "
                "'Title Slide' or 'Section Header'"
            )
        below.text_frame.text = subtitle
    return shape


def text(
    slide: Slide,
    text: str,
    box: Lengths,
    size_pt: float = 18,
    *,
    bold: bool = False,
    color: Color | None = None,
    align: Literal["left", "center", "right", "justify"] = "left",
    anchor: Literal["top", "middle", "bottom"] = "top",
    fill: Color | None = None,
    font: str | None = None,
) -> Shape:
    r"""Write text into a box, wrapped; returns the text box.

    Args:
        slide: Where.
        text: Paragraphs separated by "\n".
        box: (left, top, width, height).
        size_pt, bold, color, font: Of the letters; color and font None are the theme's.
        align, anchor: Place of the text in the box, across and down.
        fill: Colour of the box, which then keeps some room around the text; None is none.
    """
    for name, value, known in (("align", align, _ALIGNS), ("anchor", anchor, _ANCHORS)):
        if value not in known:
            raise ValueError(unknown(name, value, known))
    shape = _text_box(slide, checked_box(box))
    frame = shape.text_frame
    frame.text = text
    frame.vertical_anchor = _ANCHORS[anchor]
    for paragraph in frame.paragraphs:
        paragraph.alignment = _ALIGNS[align]
        style(paragraph, size_pt=size_pt, color=color, bold=bold, font=font)
    if fill is not None:
        frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = _INSET
        shape.fill.solid()
        paint(shape.fill.fore_color, fill)
    return shape


def bullets(
    slide: Slide, items: Items, box: Lengths | None = None, size_pt: float | None = None, color: Color | None = None
) -> Shape:
    """Write a bulleted list; returns its shape.

    Args:
        slide: Where.
        items: Texts; a list within the list is a level deeper: ["Fruit", ["Apples", "Pears"], "Nuts"].
        box: (left, top, width, height); None is the first empty placeholder, or the area below the title.
        size_pt: Of the first level, deeper ones are smaller; None is the layout's, 20 in a box.
        color: Of the text; None is the theme's.
    """
    lines = list(_lines(items))
    if not lines:
        raise ValueError('no bullets: give at least one text, as ["First", "Second"]')
    placeholder = empty_placeholder(slide, _LISTS) if box is None else None
    shape = placeholder or _text_box(slide, area(slide, box))
    if placeholder is None and size_pt is None:
        size_pt = 20
    shape.text_frame.text = "\n".join(line.replace("\n", "\v") for _, line in lines)
    for paragraph, (level, _) in zip(shape.text_frame.paragraphs, lines, strict=True):
        paragraph.level = level
        if placeholder is None:
            _add_bullet(paragraph, level)
        style(paragraph, size_pt=size_pt and max(size_pt - 2 * level, min(size_pt, 12)), color=color)
    return shape


def notes(slide: Slide, text: str) -> NotesSlide:
    """Set the speaker notes; returns the notes page.

    Args:
        slide: Whose.
        text: Replaces what was there.
    """
    frame = slide.notes_slide.notes_text_frame
    if frame is None:
        raise ValueError("the notes page of this template has no text: use kit.blank_presentation(), or kit.text")
    frame.text = text
    return slide.notes_slide


def style(
    paragraph: _Paragraph,
    *,
    size_pt: float | None = None,
    color: Color | None = None,
    bold: bool = False,
    font: str | None = None,
) -> None:
    """Set what is given of all letters of a paragraph; on its runs, since PowerPoint does not heed its own font."""
    if size_pt is not None and isinstance(size_pt, Length):
        size_pt = size_pt.pt
    if size_pt is not None and not _SMALLEST_PT <= size_pt <= _LARGEST_PT:
        raise ValueError(f"size_pt {size_pt:g} is no size for text: give points, as 18")
    for run in paragraph.runs:
        if size_pt is not None:
            run.font.size = Pt(size_pt)
        if color is not None:
            paint(run.font.color, color)
        if bold:
            run.font.bold = True
        if font is not None:
            run.font.name = font


def _text_box(slide: Slide, box: Box) -> Shape:
    shape = slide.shapes.add_textbox(*box)
    frame = shape.text_frame
    frame.word_wrap, frame.auto_size = True, MSO_AUTO_SIZE.NONE
    frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = Emu(0)
    return shape


def _lines(items: Items, level: int = 0) -> Iterator[tuple[int, str]]:
    if isinstance(items, str):
        raise ValueError(f"bullets are a list of texts: write [{items!r}]")
    if level > _DEEPEST:
        raise ValueError(f"bullets are nested {level + 1} deep: decks have {_DEEPEST + 1} levels")
    for item in items:
        if isinstance(item, list | tuple):
            yield from _lines(item, level + 1)
        else:
            yield level, str(item)


def _add_bullet(paragraph: _Paragraph, level: int) -> None:
    paragraph.space_before = Pt(4 if level else 8)
    properties = paragraph._p.get_or_add_pPr()
    properties.set("marL", str((level + 1) * _INDENT))
    properties.set("indent", str(-_INDENT))
    etree.SubElement(properties, qn("a:buFont")).set("typeface", "Arial")
    etree.SubElement(properties, qn("a:buChar")).set("char", "\u2013" if level % 2 else "•")
