# pyright: basic, reportAttributeAccessIssue=false, reportArgumentType=false, reportOptionalMemberAccess=false
# python-pptx and lxml are typed only in part.
"""Pictures on a slide and behind it."""

from pathlib import Path
from typing import IO, Literal

from lxml import etree
from pptx.enum.shapes import PP_PLACEHOLDER
from pptx.oxml import parse_xml
from pptx.oxml.ns import nsdecls, qn
from pptx.shapes.picture import Picture
from pptx.slide import Slide, SlideLayout, SlideMaster, _Background
from pptx.util import Emu

from viga_mcp.slides.kit.boxes import Box, contained, covering
from viga_mcp.slides.kit.image_files import cropped, read_image
from viga_mcp.slides.kit.paints import Color, paint, read_color
from viga_mcp.slides.kit.placing import Lengths, area, empty_placeholder, take_place
from viga_mcp.slides.kit.wording import unknown

PictureSource = str | Path | IO[bytes]


def picture(
    slide: Slide,
    path: PictureSource,
    box: Lengths | None = None,
    fit: Literal["contain", "cover"] = "contain",
    alt: str | None = None,
) -> Picture:
    """Place a picture, never distorted; returns it.

    Args:
        slide: Where.
        path: A file (PNG, JPEG, GIF, BMP, TIFF, WebP) or an open binary one, as a BytesIO.
        box: (left, top, width, height); None is the first empty placeholder, or the area below the title.
        fit: "contain" shows all of it, centred in the box; "cover" fills the box and crops what stands out.
        alt: What it shows, for those who can not see it.
    """
    if fit not in ("contain", "cover"):
        raise ValueError(unknown("fit", fit, ("contain", "cover")))
    image = read_image(path)
    placeholder = None
    if box is None:
        placeholder = empty_placeholder(slide, (PP_PLACEHOLDER.PICTURE, PP_PLACEHOLDER.OBJECT))
    box = area(slide, box, placeholder)
    if fit == "contain":
        box = contained(box, image.width_px, image.height_px)
    shape = slide.shapes.add_picture(image.stream, *box)
    if fit == "cover":
        crop = covering(box, image.width_px, image.height_px)
        shape.crop_left, shape.crop_top, shape.crop_right, shape.crop_bottom = crop
    shape.element.nvPicPr.cNvPr.set("descr", alt or "")
    take_place(shape, placeholder)
    return shape


def background(slide: Slide | SlideLayout | SlideMaster, color_or_picture: Color | PictureSource) -> _Background:
    """Set the page behind everything; returns python-pptx's background.

    Args:
        slide: A slide, a layout, or `prs.slide_master` for all slides.
        color_or_picture: A colour, or a picture file, which covers the page undistorted.
    """
    if isinstance(color_or_picture, Path) or hasattr(color_or_picture, "read") or "." in str(color_or_picture):
        new = _picture_background(slide, color_or_picture)
        _forget_background(slide)
        slide.element.cSld.insert(0, new)
    else:
        read_color(color_or_picture)
        _forget_background(slide)
        slide.background.fill.solid()
        paint(slide.background.fill.fore_color, color_or_picture)
    return slide.background


def _picture_background(slide: Slide | SlideLayout | SlideMaster, source: PictureSource) -> etree._Element:
    image = read_image(source)
    page = slide.part.package.presentation_part.presentation
    crop = covering(Box(Emu(0), Emu(0), page.slide_width, page.slide_height), image.width_px, image.height_px)
    if any(crop):  # in its pixels: LibreOffice distorts a background with a source rectangle
        image = cropped(image, crop)
    _, key = slide.part.get_or_add_image_part(image.stream)
    return parse_xml(
        f'<p:bg {nsdecls("p", "a", "r")}><p:bgPr><a:blipFill><a:blip r:embed="{key}"/>'
        "<a:stretch><a:fillRect/></a:stretch></a:blipFill><a:effectLst/></p:bgPr></p:bg>"
    )


def _forget_background(slide: Slide | SlideLayout | SlideMaster) -> None:
    old = slide.element.cSld.find(qn("p:bg"))
    if old is None:
        return
    for blip in old.iter(qn("a:blip")):
        slide.part.drop_rel(blip.get(qn("r:embed")))
    old.getparent().remove(old)
