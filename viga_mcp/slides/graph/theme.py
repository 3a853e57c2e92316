# pyright: basic
"""A theme's colours, fonts and formats, and how a slide names them."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from viga_mcp.slides.graph.colors import BLACK, WHITE, Color, base_color, changed, color_child, steps_of
from viga_mcp.slides.graph.tags import A, Element, local

SCRIPTS = {"lt": "latin", "ea": "ea", "cs": "cs"}

USUAL_MAP = {"bg1": "lt1", "tx1": "dk1", "bg2": "lt2", "tx2": "dk2"}
"""What a master's names mean unless it says otherwise."""


@dataclass(frozen=True, eq=False)
class Theme:
    """One theme part.

    Attributes:
        colors: By name in the theme (`dk1`, `accent1`, ...).
        fonts: By reference (`+mj-lt`, ...); empty where the theme leaves it to the reader.
        fills, background_fills, lines, effects: Elements that a style reference counts from 1.
    """

    colors: Mapping[str, Color]
    fonts: Mapping[str, str]
    fills: tuple[Element, ...] = ()
    background_fills: tuple[Element, ...] = ()
    lines: tuple[Element, ...] = ()
    effects: tuple[Element, ...] = ()

    def fill(self, index: int) -> Element | None:
        """What a style reference means: from 1 a shape's fill, from 1001 a background's, 0 and 1000 none."""
        fills, index = (self.background_fills, index - 1000) if index >= 1000 else (self.fills, index)
        return fills[index - 1] if 0 < index <= len(fills) else None


def read_theme(root: Element) -> Theme:
    """Of a theme part's root, or that of a theme override."""
    elements = root.find(A + "themeElements")
    elements = root if elements is None else elements
    colors = {"dk1": BLACK, "lt1": WHITE}
    for named in _children(elements.find(A + "clrScheme")):
        element = color_child(named)
        with suppress(ValueError):  # a theme of which one colour can't be read lacks that one
            base = None if element is None else base_color(element)
            if base is not None:
                colors[local(named)] = changed(base, steps_of(element))
    formats = elements.find(A + "fmtScheme")
    lists = {local(formats_list): tuple(_children(formats_list)) for formats_list in _children(formats)}
    return Theme(
        colors,
        _fonts(elements.find(A + "fontScheme")),
        lists.get("fillStyleLst", ()),
        lists.get("bgFillStyleLst", ()),
        lists.get("lnStyleLst", ()),
        lists.get("effectStyleLst", ()),
    )


def _children(element: Element | None) -> list[Element]:
    return [] if element is None else [child for child in element if local(child)]


def _fonts(scheme: Element | None) -> dict[str, str]:
    fonts: dict[str, str] = {}
    for mark, name in (("mj", "majorFont"), ("mn", "minorFont")):
        faces = {
            local(face): face.get("typeface", "")
            for face in _children(None if scheme is None else scheme.find(A + name))
        }
        fonts.update({f"+{mark}-{short}": faces.get(script, "") for short, script in SCRIPTS.items()})
    return fonts


@dataclass(frozen=True, eq=False)
class Palette:
    """A theme as one slide, layout or master names its colours.

    Attributes:
        names: The colour map: what `bg1`, `tx1` and so on are in the theme.
    """

    theme: Theme
    names: Mapping[str, str]

    def named(self, name: str) -> Color | None:
        return self.theme.colors.get(self.names.get(name, USUAL_MAP.get(name, name)))

    def color(self, holder: Element, placeholder: Color | None = None) -> Color | None:
        """The colour inside a fill or a style reference; None where there is none or the theme lacks it.

        Args:
            holder: The element around the colour.
            placeholder: What `phClr` stands for in a theme's format.
        """
        element = color_child(holder)
        if element is None:
            return None
        base = base_color(element)
        if base is None:
            name = element.get("val", "")
            base = placeholder if name == "phClr" else self.named(name)
        if base is None or not len(element):
            return base
        return changed(base, steps_of(element))

    def font(self, typeface: str) -> str:
        """The name of a font, references to the theme followed; empty where the theme leaves it open."""
        return self.theme.fonts.get(typeface, "") if typeface.startswith("+") else typeface
