"""Colours as programs write them: "#RRGGBB", a name, an RGBColor, or one of the theme's."""

from PIL import ImageColor
from pptx.dml.color import ColorFormat, RGBColor
from pptx.enum.dml import MSO_THEME_COLOR

from viga_mcp.slides.kit.wording import unknown

Color = str | RGBColor | MSO_THEME_COLOR

THEME_NAMES = {
    "text1": "tx1",
    "background1": "bg1",
    "text2": "tx2",
    "background2": "bg2",
    **{f"accent{number}": f"accent{number}" for number in range(1, 7)},
    "hyperlink": "hlink",
    "followed_hyperlink": "folHlink",
}


def theme_color(name: str) -> MSO_THEME_COLOR:
    """A colour of the theme, for python-pptx: `fill.fore_color.theme_color = kit.theme_color("accent1")`.

    Args:
        name: "text1", "background1", "text2", "background2", "accent1" to "accent6", "hyperlink", "followed_hyperlink".
    """
    short = theme_slot(name)
    if short is None:
        raise ValueError(unknown("theme colour", name, THEME_NAMES))
    return MSO_THEME_COLOR.from_xml(short)


def theme_slot(name: str) -> str | None:
    """The file format's name of a theme colour, as "tx1" of "text1"; None if it is none."""
    folded = name.lower().replace(" ", "").replace("_", "").replace("-", "")
    shorts = {long.replace("_", ""): short for long, short in THEME_NAMES.items()}
    return shorts.get(folded) or next((short for short in shorts.values() if short.lower() == folded), None)


def read_color(color: Color) -> RGBColor | MSO_THEME_COLOR:
    """The python-pptx form of a colour.

    Raises:
        ValueError: If it is none.
    """
    if isinstance(color, RGBColor | MSO_THEME_COLOR):
        return color
    if not isinstance(color, str):  # pyright: ignore[reportUnnecessaryIsInstance] - programs are not type checked
        raise ValueError(f'colour {color!r} is unknown: write "#1F4E79", RGBColor(31, 78, 121) or a theme name')
    if theme_slot(color) is not None:
        return theme_color(color)
    try:
        red, green, blue, *_ = ImageColor.getrgb(color if not _is_bare_hex(color) else f"#{color}")
    except ValueError:
        raise ValueError(
            f'colour {color!r} is unknown: write "#RRGGBB", an RGBColor, or a theme name: {", ".join(THEME_NAMES)}'
        ) from None
    return RGBColor(red, green, blue)


def paint(target: ColorFormat, color: Color) -> None:
    """Give a python-pptx colour (a font's, a fill's `fore_color`, a line's) this value."""
    value = read_color(color)
    if isinstance(value, RGBColor):
        target.rgb = value
    else:
        target.theme_color = value


def _is_bare_hex(color: str) -> bool:
    return len(color) == 6 and all(digit in "0123456789abcdefABCDEF" for digit in color)
