# pyright: basic, reportAttributeAccessIssue=false, reportArgumentType=false, reportOptionalMemberAccess=false
# python-pptx and lxml are typed only in part.
"""Where things go on a slide: new slides, empty placeholders, and what takes their place."""

from collections.abc import Collection
from copy import deepcopy

from pptx.enum.shapes import PP_PLACEHOLDER
from pptx.presentation import Presentation
from pptx.shapes.autoshape import Shape
from pptx.shapes.graphfrm import GraphicFrame
from pptx.shapes.picture import Picture
from pptx.slide import Slide, SlideLayout
from pptx.util import Length

from viga_mcp.slides.kit.boxes import Box, checked_box, columns
from viga_mcp.slides.kit.wording import unknown

Lengths = tuple[Length, Length, Length, Length] | Box


def add_slide(prs: Presentation, layout: str | SlideLayout = "Title Only") -> Slide:
    """Add a slide at the end.

    Args:
        prs: The presentation.
        layout: Name of a layout, as "Title Slide", "Title and Content", "Section Header", "Two Content", "Title Only",
            "Blank"; templates have their own: `[layout.name for layout in prs.slide_layouts]`.
    """
    if isinstance(layout, SlideLayout):
        return prs.slides.add_slide(layout)
    layouts = [candidate for master in prs.slide_masters for candidate in master.slide_layouts]
    for candidate in layouts:
        if candidate.name.strip().lower() == layout.strip().lower():
            return prs.slides.add_slide(candidate)
    raise ValueError(unknown("layout", layout, (candidate.name for candidate in layouts)))


def empty_placeholder(slide: Slide, kinds: Collection[PP_PLACEHOLDER]) -> Shape | None:
    """The slide's first placeholder without content of the first of these kinds that it has."""
    empty = [place for place in slide.placeholders if isinstance(place, Shape) and not place.text_frame.text]
    return next((place for kind in kinds for place in empty if place.placeholder_format.type == kind), None)


def area(slide: Slide, box: Lengths | None, placeholder: Shape | None = None) -> Box:
    """The box given, else the placeholder's, else all below the title."""
    if box is not None:
        return checked_box(box)
    if placeholder is not None:
        return Box(placeholder.left, placeholder.top, placeholder.width, placeholder.height)
    return columns(slide, 1)[0]


def take_place(shape: Picture | GraphicFrame, placeholder: Shape | None) -> None:
    """Make a picture, table or chart the content of a placeholder, as PowerPoint does: it keeps the layout's slot."""
    if placeholder is None:
        return
    shape.element.xpath("./*[1]/p:nvPr")[0].insert(0, deepcopy(placeholder.element.ph))
    placeholder.element.addprevious(shape.element)
    placeholder.element.getparent().remove(placeholder.element)
