# pyright: basic, reportAttributeAccessIssue=false, reportArgumentType=false, reportOptionalMemberAccess=false
# python-pptx and lxml are typed only in part.
"""A blank deck: python-pptx's own template, made over for wide pages and flat, present-day looks."""

from dataclasses import dataclass

import pptx
from lxml import etree
from pptx.opc.constants import RELATIONSHIP_TYPE as RT
from pptx.oxml import parse_xml
from pptx.oxml.ns import nsdecls, qn
from pptx.presentation import Presentation
from pptx.shapes.placeholder import LayoutPlaceholder, MasterPlaceholder
from pptx.slide import SlideMaster
from pptx.util import Emu, Inches, Pt

from viga_mcp.slides.kit.themes import edit_themes, set_theme_colors

_TITLE_PT = 36
_BODY_PT = (24, 20, 18, 16, 16, 16, 16, 16, 16)  # by level
_WIDE = 40 / 3 - 1.5  # inches between the margins
_HALF = (_WIDE - 0.4) / 2
_MIDDLE = 0.75 + _HALF + 0.4  # where the second half begins
_GRAY = '<a:solidFill><a:schemeClr val="tx1"><a:lumMod val="65000"/><a:lumOff val="35000"/></a:schemeClr></a:solidFill>'


@dataclass(frozen=True)
class _Place:
    """Where a placeholder stands, in inches, and what sets its text apart from the master's."""

    left: float
    top: float
    width: float
    height: float
    anchor: str | None = None
    size_pt: int | None = None
    bold: bool = False
    align: str | None = None
    is_gray: bool = False


_MASTER = {
    0: _Place(0.75, 0.4, _WIDE, 1.2),
    1: _Place(0.75, 1.75, _WIDE, 4.95),
    2: _Place(0.75, 6.95, 3.0, 0.3),
    3: _Place(4.167, 6.95, 5.0, 0.3),
    4: _Place(_WIDE - 2.25, 6.95, 3.0, 0.3),
}
_CAPTIONED = {
    0: _Place(0.75, 0.75, 4.0, 1.35, "b", 28),
    1: _Place(5.15, 0.75, _WIDE - 4.4, 5.95),
    2: _Place(0.75, 2.2, 4.0, 4.5, "t", 16, is_gray=True),
}
_LAYOUTS = {  # by name and placeholder index; what is not here stands where the master has it
    "Title Slide": {
        0: _Place(1.167, 1.5, 11.0, 2.1, "b", 54, align="ctr"),
        1: _Place(1.167, 3.8, 11.0, 1.3, "t", 24, align="ctr", is_gray=True),
    },
    "Section Header": {
        0: _Place(0.75, 2.0, _WIDE, 1.9, "b", 44),
        1: _Place(0.75, 4.05, _WIDE, 1.3, "t", 22, is_gray=True),
    },
    "Two Content": {1: _Place(0.75, 1.75, _HALF, 4.95), 2: _Place(_MIDDLE, 1.75, _HALF, 4.95)},
    "Comparison": {
        1: _Place(0.75, 1.65, _HALF, 0.65, "b", 22, bold=True),
        2: _Place(0.75, 2.4, _HALF, 4.3),
        3: _Place(_MIDDLE, 1.65, _HALF, 0.65, "b", 22, bold=True),
        4: _Place(_MIDDLE, 2.4, _HALF, 4.3),
    },
    "Content with Caption": _CAPTIONED,
    "Picture with Caption": _CAPTIONED,
    "Vertical Title and Text": {0: _Place(_WIDE - 1.25, 0.6, 2.0, 6.1), 1: _Place(0.75, 0.6, _WIDE - 2.4, 6.1)},
}
_COLORS = {
    "text2": "#44546A",
    "background2": "#E7E6E6",
    "accent1": "#4472C4",
    "accent2": "#ED7D31",
    "accent3": "#A5A5A5",
    "accent4": "#FFC000",
    "accent5": "#5B9BD5",
    "accent6": "#70AD47",
    "hyperlink": "#0563C1",
    "followed_hyperlink": "#954F72",
}
_ORIGIN = {RT.THUMBNAIL, RT.EXTENDED_PROPERTIES, RT.PRINTER_SETTINGS, RT.VIEW_PROPS}


def blank_presentation() -> Presentation:
    """A deck without slides, 13.333 x 7.5 inches (16:9), Calibri, flat colours; `kit.add_slide` adds slides.

    Its layouts: Title Slide, Title and Content, Section Header, Two Content, Comparison, Title Only, Blank,
    Content with Caption, Picture with Caption, Title and Vertical Text, Vertical Title and Text.
    """
    prs = pptx.Presentation()
    prs.slide_width, prs.slide_height = Emu(12_192_000), Inches(7.5)  # PowerPoint's own, to the unit
    prs.element.sldSz.attrib.pop("type", None)  # it says 4:3
    _style_master(prs.slide_master)
    for layout in prs.slide_layouts:
        places = _LAYOUTS.get(layout.name, {})
        for placeholder in layout.placeholders:
            place = places.get(placeholder.placeholder_format.idx)
            _empty(placeholder.element.txBody.find(qn("a:lstStyle")))
            if place:
                _stand(placeholder, place)
                _style(placeholder, place)
    set_theme_colors(prs, **_COLORS)
    edit_themes(prs, _flatten)
    _forget_origin(prs)
    return prs


def _style_master(master: SlideMaster) -> None:
    for placeholder, place in zip(master.placeholders, _MASTER.values(), strict=True):
        _stand(placeholder, place)
        body = placeholder.element.txBody.find(qn("a:bodyPr"))
        body.set("lIns", "0")  # text begins where pictures and tables at the same margin do
        body.set("rIns", "0")
    styles = master.element.find(qn("p:txStyles"))
    for level in styles.find(qn("p:titleStyle")):
        level.set("algn", "l")
        level.find(qn("a:defRPr")).set("sz", str(_TITLE_PT * 100))
        level.insert(0, parse_xml(f'<a:lnSpc {nsdecls("a")}><a:spcPct val="90000"/></a:lnSpc>'))
    for level, size_pt in zip(styles.find(qn("p:bodyStyle")), _BODY_PT, strict=True):
        level.find(qn("a:defRPr")).set("sz", str(size_pt * 100))
        before = level.find(qn("a:spcBef"))
        _empty(before)
        etree.SubElement(before, qn("a:spcPts")).set("val", "900" if size_pt == _BODY_PT[0] else "450")


def _stand(placeholder: MasterPlaceholder | LayoutPlaceholder, place: _Place) -> None:
    box = (Emu(round(length * Inches(1))) for length in (place.left, place.top, place.width, place.height))
    placeholder.left, placeholder.top, placeholder.width, placeholder.height = box


def _style(placeholder: LayoutPlaceholder, place: _Place) -> None:
    body = placeholder.element.txBody
    if place.anchor:
        body.find(qn("a:bodyPr")).set("anchor", place.anchor)
    if not place.size_pt:
        return
    is_title = placeholder.placeholder_format.idx == 0
    bullets = "" if is_title else "<a:buNone/>"
    align = f' algn="{place.align}"' if place.align else ""
    for level in range(1 if is_title else 9):
        indent = "" if is_title else f' marL="{level * Pt(18)}" indent="0"'
        size = max(place.size_pt - 2 * level, min(14, place.size_pt))
        text = f'<a:defRPr sz="{size * 100}" b="{int(place.bold)}">{_GRAY if place.is_gray else ""}</a:defRPr>'
        tag = f"a:lvl{level + 1}pPr"
        style = f"<{tag} {nsdecls('a')}{indent}{align}>{bullets}{text}</{tag}>"
        body.find(qn("a:lstStyle")).append(parse_xml(style))


def _flatten(theme: etree._Element, _: SlideMaster) -> None:
    """Plain fills and thin lines for shapes, in place of the template's gradients, bevels and shadows."""
    fills, effects = theme.find(f".//{qn('a:fillStyleLst')}"), theme.find(f".//{qn('a:effectStyleLst')}")
    _empty(fills)
    _empty(effects)
    for _number in range(3):
        etree.SubElement(etree.SubElement(fills, qn("a:solidFill")), qn("a:schemeClr")).set("val", "phClr")
        etree.SubElement(etree.SubElement(effects, qn("a:effectStyle")), qn("a:effectLst"))


def _forget_origin(prs: Presentation) -> None:
    """What the template says of itself: its author, a picture of a 4:3 page, a printer."""
    prs.core_properties.author = prs.core_properties.last_modified_by = prs.core_properties.comments = ""
    for part in (prs.part.package, prs.part):
        relations = part._rels
        for key in [key for key, rel in relations.items() if rel.reltype in _ORIGIN]:
            relations.pop(key)


def _empty(element: etree._Element) -> None:
    for child in list(element):
        element.remove(child)
