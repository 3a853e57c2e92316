# pyright: basic
"""What a shape is painted with: fill, line and shadow, looked up where PowerPoint does."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from viga_mcp.slides.graph.colors import Color
from viga_mcp.slides.graph.tags import A, Element, P, fraction, length, local, whole
from viga_mcp.slides.graph.theme import Palette

KINDS = {
    "solidFill": "solid", "gradFill": "gradient", "blipFill": "picture", "pattFill": "pattern", "noFill": "none",
    "grpFill": "group",
}  # fmt: skip
SHADOWS = ("outerShdw", "innerShdw", "prstShdw")
POINT_EMU = 12_700
USUAL_LINE_EMU = 9_525
"""The width of a line that names none."""


class Fill(NamedTuple):
    """What an area is painted with.

    Attributes:
        kind: As in the graph.
        color: Of a gradient or pattern its mean; None where the paint is a picture or nothing.
        alpha: Opacity; 0 for nothing.
    """

    kind: str
    color: Color | None = None
    alpha: float = 0.0

    def entry(self) -> dict[str, Any]:
        color = self.color.hex if self.color else None
        return {"kind": self.kind, "color": color, "alpha": round(self.alpha, 4)}


NOTHING = Fill("none")


def find_fill(properties: Element | None) -> Element | None:
    """The fill among a shape's, line's, run's or background's properties; one that names no colour says nothing."""
    for child in () if properties is None else properties:
        if local(child) in KINDS and (len(child) or child.tag != A + "solidFill"):
            return child
    return None


def read_fill(fill: Element, palette: Palette, placeholder: Color | None = None) -> Fill:
    """A fill by itself; one of the group's is not known here and counts as nothing.

    Args:
        placeholder: What `phClr` stands for where the fill is the theme's.
    """
    kind = KINDS.get(local(fill), "theme")
    if kind == "solid":
        return _plain(kind, palette.color(fill, placeholder))
    if kind == "gradient":
        return _plain(kind, _gradient_mean(fill, palette, placeholder))
    if kind == "pattern":
        ends = [fill.find(A + "fgClr"), fill.find(A + "bgClr")]
        colors = [color for end in ends if end is not None and (color := palette.color(end, placeholder))]
        return _plain(kind, _mean((color, 1.0) for color in colors))
    if kind == "picture":
        opacity = next((fraction(child.get("amt"), 1.0) for child in fill.iter(A + "alphaModFix")), 1.0)
        return Fill(kind, None, opacity)
    return NOTHING if kind in {"none", "group"} else Fill(kind, None, 1.0)


def _plain(kind: str, color: Color | None) -> Fill:
    return Fill(kind, color, color.alpha if color else 1.0)


def _gradient_mean(fill: Element, palette: Palette, placeholder: Color | None) -> Color | None:
    stops = [
        (fraction(stop.get("pos")), color)
        for stop in fill.iter(A + "gs")
        if (color := palette.color(stop, placeholder)) is not None
    ]
    if not stops:
        return None
    stops.sort(key=lambda stop: stop[0])
    stops = [(0.0, stops[0][1]), *stops, (1.0, stops[-1][1])]
    spans = [(after - before) / 2 for (before, _), (after, _) in pairwise(stops)]
    return _mean(
        (color, before + after) for (_, color), before, after in zip(stops, [0, *spans], [*spans, 0], strict=True)
    )


def _mean(weighed: Iterable[tuple[Color, float]]) -> Color | None:
    weighed = list(weighed)
    total = sum(weight for _, weight in weighed)
    if not total:
        return weighed[0][0] if weighed else None
    return Color(*(sum(color[i] * weight for color, weight in weighed) / total for i in range(4)))


def properties(shape: Element) -> Element | None:
    found = shape.find(P + "spPr")
    return shape.find(P + "grpSpPr") if found is None else found


def styled(
    shape: Element, reference: str, formats: Sequence[Element], palette: Palette
) -> tuple[Element | None, Color | None]:
    """The theme's format that a shape's style refers to, and the colour that it takes there."""
    found = shape.find(f"{P}style/{A}{reference}")
    index = 0 if found is None else whole(found.get("idx"), 0)
    if found is None or not 0 < index <= len(formats):
        return None, None
    return formats[index - 1], palette.color(found)


def shape_fill(shapes: Sequence[Element], palette: Palette, group: Fill = NOTHING) -> Fill:
    """What fills a shape.

    Args:
        shapes: It, then the placeholders that it inherits from, the nearest first.
        palette: Of its slide.
        group: What a fill of the group's means.
    """
    for shape in shapes:
        own = find_fill(properties(shape))
        if own is not None:
            return group if local(own) == "grpFill" else read_fill(own, palette)
        reference = shape.find(f"{P}style/{A}fillRef")
        if reference is not None:
            fill = palette.theme.fill(whole(reference.get("idx"), 0))
            return NOTHING if fill is None else read_fill(fill, palette, palette.color(reference))
    return NOTHING


def shape_line(shapes: Sequence[Element], palette: Palette) -> dict[str, Any] | None:
    """Colour and width of a shape's outline, for the same shapes; None where there is none."""
    fill, width, reference = None, None, None
    for shape in shapes:
        own = properties(shape)
        line = None if own is None else own.find(A + "ln")
        if line is not None:
            fill = find_fill(line) if fill is None else fill
            width = line.get("w") if width is None else width
        format_line, color = styled(shape, "lnRef", palette.theme.lines, palette)
        if format_line is not None:
            reference = format_line.get("w"), find_fill(format_line), color
            break
    format_width, format_fill, color = reference or (None, None, None)
    painted = NOTHING
    if fill is not None:
        painted = read_fill(fill, palette)
    elif format_fill is not None:
        painted = read_fill(format_fill, palette, color)
    if painted.kind == "none":
        return None
    emu = length(format_width if width is None else width, USUAL_LINE_EMU)
    return {"color": painted.color.hex if painted.color else None, "width_pt": round(emu / POINT_EMU, 3)}


def has_shadow(shapes: Sequence[Element], palette: Palette) -> bool:
    for shape in shapes:
        own = properties(shape)
        for effects in (None, None) if own is None else (own.find(A + "effectLst"), own.find(A + "effectDag")):
            if effects is not None:
                return _casts(effects)
        if shape.find(f"{P}style/{A}effectRef") is not None:
            effect, _ = styled(shape, "effectRef", palette.theme.effects, palette)
            return effect is not None and _casts(effect)
    return False


def _casts(effects: Element) -> bool:
    return any(next(effects.iter(A + name), None) is not None for name in SHADOWS)


def read_background(root: Element, palette: Palette) -> Fill | None:
    """The background that a slide, layout or master names itself; None where it names none."""
    background = root.find(f"{P}cSld/{P}bg")
    if background is None:
        return None
    own = find_fill(background.find(P + "bgPr"))
    if own is not None:
        return read_fill(own, palette)
    reference = background.find(P + "bgRef")
    fill = None if reference is None else palette.theme.fill(whole(reference.get("idx"), 0))
    return NOTHING if fill is None else read_fill(fill, palette, palette.color(reference))
