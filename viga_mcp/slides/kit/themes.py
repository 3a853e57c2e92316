# pyright: basic, reportAttributeAccessIssue=false, reportArgumentType=false, reportOptionalMemberAccess=false
# python-pptx and lxml are typed only in part.
"""The theme's fonts and colours, which everything without its own follows."""

from collections.abc import Callable

from lxml import etree
from pptx.dml.color import RGBColor
from pptx.opc.constants import RELATIONSHIP_TYPE as RT
from pptx.oxml.ns import qn
from pptx.presentation import Presentation
from pptx.slide import SlideMaster

from viga_mcp.slides.kit.paints import THEME_NAMES, Color, read_color, theme_slot
from viga_mcp.slides.kit.wording import unknown

# Which of the theme's two darks and two lights are text and page. A dark page must be made of the dark, because table
# styles name the dark and the light themselves.
_LIGHT_PAGE = {"bg1": "lt1", "tx1": "dk1", "bg2": "lt2", "tx2": "dk2"}
_DARK_PAGE = {"bg1": "dk1", "tx1": "lt1", "bg2": "dk2", "tx2": "lt2"}


def set_theme_fonts(prs: Presentation, heading: str, body: str | None = None) -> None:
    """Set the fonts of the whole deck: all text without a font of its own follows.

    Args:
        prs: The presentation.
        heading: Font of the titles.
        body: Font of everything else; None is the same.
    """
    fonts = {"majorFont": heading, "minorFont": body or heading}

    def change(theme: etree._Element, _: SlideMaster) -> None:
        for kind, name in fonts.items():
            for latin in theme.iter(qn(f"a:{kind}")):
                latin.find(qn("a:latin")).set("typeface", name)

    edit_themes(prs, change)


def set_theme_colors(prs: Presentation, **colors: Color) -> None:
    """Set colours of the whole deck, as `set_theme_colors(prs, background1="#101828", text1="#FFFFFF")`.

    Args:
        prs: The presentation.
        colors: text1 and background1 (text and page; a dark page makes the text light), text2, background2, accent1 to
            accent6 (charts, tables, shapes), hyperlink, followed_hyperlink.
    """
    values: dict[str, RGBColor] = {}
    for name, color in colors.items():
        slot, value = theme_slot(name), read_color(color)
        if slot is None:
            raise ValueError(unknown("theme colour", name, THEME_NAMES))
        if not isinstance(value, RGBColor):
            raise ValueError(f'{name}={color!r} is a theme colour itself: give its value, as "#1F4E79"')
        values[slot] = value

    def change(theme: etree._Element, master: SlideMaster) -> None:
        places = master.element.find(qn("p:clrMap")).attrib
        if "bg1" in values:
            places.update(_DARK_PAGE if _is_dark(values["bg1"]) else _LIGHT_PAGE)
        for slot, value in values.items():
            for place in theme.iter(qn(f"a:{places.get(slot, slot)}")):
                for old in list(place):
                    place.remove(old)
                etree.SubElement(place, qn("a:srgbClr")).set("val", str(value))

    edit_themes(prs, change)


def edit_themes(prs: Presentation, change: Callable[[etree._Element, SlideMaster], None]) -> None:
    """Change the XML of each master's theme in place."""
    for master in prs.slide_masters:
        part = master.part.part_related_by(RT.THEME)
        theme = etree.fromstring(part.blob)
        change(theme, master)
        part.blob = etree.tostring(theme, xml_declaration=True, encoding="UTF-8", standalone=True)


def _is_dark(color: RGBColor) -> bool:
    red, green, blue = color
    return 0.299 * red + 0.587 * green + 0.114 * blue < 128
