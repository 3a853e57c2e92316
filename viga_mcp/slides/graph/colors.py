# pyright: basic
"""Colours as DrawingML writes them: a base in one of six forms, then steps that change it in order."""

import colorsys
from functools import lru_cache
from typing import NamedTuple

from PIL import ImageColor

from viga_mcp.slides.graph.tags import Element, fraction, local, number

FORMS = {"srgbClr", "schemeClr", "sysClr", "prstClr", "scrgbClr", "hslClr"}

SHORT = {"dk": "dark", "lt": "light", "med": "medium"}
"""How preset names begin that else are those of CSS."""


class Color(NamedTuple):
    """Shares of red, green and blue in sRGB, and the opacity; each in [0, 1]."""

    red: float
    green: float
    blue: float
    alpha: float = 1.0

    @property
    def hex(self) -> str:
        return "#" + "".join(f"{round(share * 255):02X}" for share in self[:3])


BLACK, WHITE = Color(0.0, 0.0, 0.0), Color(1.0, 1.0, 1.0)


def from_hex(text: str) -> Color:
    """Of `RRGGBB`.

    Raises:
        ValueError: If it is something else.
    """
    return Color(*(byte / 255 for byte in bytes.fromhex(text.rjust(6, "0"))[:3]))


def color_child(holder: Element) -> Element | None:
    """The colour in a fill, a style reference or the like."""
    return next((child for child in holder if local(child) in FORMS), None)


def base_color(element: Element) -> Color | None:
    """The colour before its steps; None for one by its name in the theme.

    Raises:
        ValueError: If it is none.
    """
    form, value = local(element), element.get("val")
    if form == "srgbClr":
        return from_hex(value or "nothing")
    if form == "sysClr":
        if last := element.get("lastClr"):
            return from_hex(last)
        return WHITE if value in {"window", "highlightText", "infoBk", "btnHighlight"} else BLACK
    if form == "prstClr":
        return preset(value or "nothing")
    if form == "scrgbClr":
        return Color(*(encoded(fraction(element.get(name))) for name in "rgb"))
    if form == "hslClr":
        turn = number(element.get("hue", "0")) / 21_600_000
        return Color(*colorsys.hls_to_rgb(turn, fraction(element.get("lum")), fraction(element.get("sat"))))
    return None


def preset(name: str) -> Color:
    """Of `aliceBlue`, `dkBlue` or `darkBlue`."""
    known = name.lower()
    if known not in ImageColor.colormap:
        start = next((start for start in SHORT if known.startswith(start)), "")
        known = SHORT.get(start, "") + known.removeprefix(start)
    return Color(*(byte / 255 for byte in ImageColor.getrgb(known)[:3]))


def steps_of(element: Element) -> tuple[tuple[str, float], ...]:
    """The changes to a colour in order, angles as shares of a turn."""
    return tuple((local(child), _amount(child)) for child in element if local(child))


def _amount(step: Element) -> float:
    value = step.get("val")
    return number(value or "0") / 21_600_000 if local(step) in {"hue", "hueOff"} else fraction(value, 1.0)


@lru_cache(4096)
def changed(color: Color, steps: tuple[tuple[str, float], ...]) -> Color:
    """The colour after its steps, as PowerPoint does them: brightness in HSL, shade and tint in linear light."""
    for name, value in steps:
        color = _step(color, name, value)
    return color


def _step(color: Color, name: str, value: float) -> Color:
    rgb, alpha = list(color[:3]), color.alpha
    for part in ("alpha", "lum", "sat", "hue", "red", "green", "blue"):
        if name.removeprefix(part) in {"", "Mod", "Off"} and name.startswith(part):
            return _part_changed(color, part, name.removeprefix(part), value)
    if name == "shade":
        rgb = [encoded(decoded(share) * value) for share in rgb]
    elif name == "tint":
        rgb = [encoded(1 - (1 - decoded(share)) * value) for share in rgb]
    elif name == "inv":
        rgb = [encoded(1 - decoded(share)) for share in rgb]
    elif name == "comp":
        return _part_changed(color, "hue", "Off", 0.5)
    elif name == "gray":
        rgb = [encoded(0.2126 * decoded(rgb[0]) + 0.7152 * decoded(rgb[1]) + 0.0722 * decoded(rgb[2]))] * 3
    elif name == "gamma":
        rgb = [encoded(share) for share in rgb]
    elif name == "invGamma":
        rgb = [decoded(share) for share in rgb]
    return Color(rgb[0], rgb[1], rgb[2], alpha)


def _part_changed(color: Color, part: str, how: str, value: float) -> Color:
    def new(old: float) -> float:
        result = old * value if how == "Mod" else old + value if how == "Off" else value
        return result % 1.0 if part == "hue" else min(1.0, max(0.0, result))

    if part in Color._fields:
        return color._replace(**{part: new(getattr(color, part))})
    hue, lightness, saturation = colorsys.rgb_to_hls(*color[:3])
    if part == "hue":
        hue = new(hue)
    elif part == "lum":
        lightness = new(lightness)
    else:
        saturation = new(saturation)
    red, green, blue = (min(1.0, max(0.0, share)) for share in colorsys.hls_to_rgb(hue, lightness, saturation))
    return Color(red, green, blue, color.alpha)


def decoded(share: float) -> float:
    """Linear light of an sRGB share."""
    return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4


def encoded(light: float) -> float:
    """The sRGB share of linear light, kept in [0, 1]."""
    light = min(1.0, max(0.0, light))
    return light * 12.92 if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055
