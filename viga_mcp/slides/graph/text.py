# pyright: basic
"""Text as PowerPoint shows it: each run with the size, font and colour that it ends up with.

A property is looked for in the run, the paragraph's level in the shape, the shape's style, then in `Defaults`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from viga_mcp.slides.graph.colors import BLACK
from viga_mcp.slides.graph.paint import KINDS as FILLS
from viga_mcp.slides.graph.paint import find_fill, read_fill
from viga_mcp.slides.graph.tags import A, Element, drawn, flag, fraction, length, local, number
from viga_mcp.slides.graph.theme import Palette

LEVELS = 9
USUAL_SIZE_PT = 18.0
ALIGNMENTS = {
    "l": "left", "ctr": "center", "r": "right", "just": "justify", "justLow": "justify", "dist": "distributed",
    "thaiDist": "distributed",
}  # fmt: skip
ANCHORS = {"t": "top", "ctr": "middle", "b": "bottom"}
INSETS = {"lIns": 91_440, "tIns": 45_720, "rIns": 91_440, "bIns": 45_720}
FITS = {"noAutofit": "none", "normAutofit": "normal", "spAutoFit": "shape"}
BULLETS = {"buNone": False, "buChar": True, "buAutoNum": True, "buBlip": True}
MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
MATH_IN_TEXT = "{http://schemas.microsoft.com/office/drawing/2010/main}m"
LINK_COLOR = "{http://schemas.microsoft.com/office/drawing/2018/hyperlinkcolor}hlinkClr"
EAST_ASIAN = (
    (0x1100, 0x11FF), (0x2E80, 0x9FFF), (0xA960, 0xA97F), (0xAC00, 0xD7FF), (0xF900, 0xFAFF), (0xFF00, 0xFFEF),
    (0x20000, 0x3FFFF),
)  # fmt: skip
COMPLEX = ((0x0590, 0x109F), (0x1780, 0x18AF), (0xFB1D, 0xFDFF), (0xFE70, 0xFEFF))

Level = Mapping[str, Any]
"""What is known of a paragraph and its runs: `align bullet size bold italic underline fill latin ea cs`."""


@dataclass(frozen=True, eq=False)
class Defaults:
    """What a text has that says nothing itself.

    Attributes:
        levels: Nine.
        body: Attributes of its frame.
        fit: The element that says how text and frame are fitted.
    """

    levels: tuple[Level, ...]
    body: Mapping[str, str]
    fit: Element | None


def defaults(styles: Iterable[Element | None], bodies: Iterable[Element | None] = ()) -> Defaults:
    """Of list styles and `a:bodyPr`, each from the most general to the nearest."""
    levels: list[dict[str, Any]] = [{} for _ in range(LEVELS)]
    for style in styles:
        for level, found in zip(levels, style_levels(style), strict=True):
            level.update(found)
    body: dict[str, str] = {}
    fit = None
    for element in bodies:
        if element is not None:
            body.update(element.attrib)
            fit = _fit(element, fit)
    return Defaults(tuple(levels), body, fit)


def style_levels(style: Element | None) -> list[dict[str, Any]]:
    """What a list style says of its nine levels."""
    found = {} if style is None else {local(child): child for child in style}
    every = paragraph_properties(found.get("defPPr"))
    return [{**every, **paragraph_properties(found.get(f"lvl{i + 1}pPr"))} for i in range(LEVELS)]


def paragraph_properties(element: Element | None) -> dict[str, Any]:
    """Of a level in a list style, or of a paragraph; only what it says.

    A paragraph's own `a:defRPr`, where python-pptx's `paragraph.font` writes, counts as LibreOffice draws it;
    MS-OI29500 2.1.1398 says that Office reads it over.
    """
    if element is None:
        return {}
    said: dict[str, Any] = {}
    if (align := element.get("algn")) is not None:
        said["align"] = ALIGNMENTS.get(align, "left")
    for child in element:
        if (bullet := BULLETS.get(local(child))) is not None:
            said["bullet"] = bullet
    runs = element.find(A + "defRPr")
    return said if runs is None else {**said, **run_properties(runs)}


def run_properties(element: Element) -> dict[str, Any]:
    """Of `a:rPr` or `a:defRPr`; only what it says."""
    said: dict[str, Any] = {}
    attributes = element.attrib
    if "sz" in attributes:
        said["size"] = number(attributes["sz"]) / 100
    if "b" in attributes:
        said["bold"] = flag(element, "b")
    if "i" in attributes:
        said["italic"] = flag(element, "i")
    if "u" in attributes:
        said["underline"] = attributes["u"] != "none"
    if len(element):
        fill = find_fill(element)
        if fill is not None:
            said["fill"] = fill
        for script in ("latin", "ea", "cs"):
            face = element.find(A + script)
            if face is not None and face.get("typeface"):
                said[script] = face.get("typeface")
    return said


def font_reference(style: Element | None) -> dict[str, Any]:
    """What a shape's `p:style` says of its text."""
    reference = None if style is None else style.find(A + "fontRef")
    if reference is None:
        return {}
    mark = {"major": "+mj", "minor": "+mn"}.get(reference.get("idx"))
    said: dict[str, Any] = {"fill": reference} if len(reference) else {}
    return said if mark is None else {**said, "latin": f"{mark}-lt", "ea": f"{mark}-ea", "cs": f"{mark}-cs"}


def read_text(
    body: Element,
    given: Defaults,
    palette: Palette,
    link: Callable[[Element], str | None],
    *,
    said: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """A text body as the graph has it.

    Args:
        body: `p:txBody`, `a:txBody` or the like.
        given: What it inherits.
        palette: Of the slide.
        link: Gives the address of an `a:hlinkClick`.
        said: What the shape's style, or a table's, says of all levels.
    """
    own = style_levels(style) if (style := body.find(A + "lstStyle")) is not None and len(style) else None
    looks: list[Level] = [{**level, **said} for level in given.levels] if said else list(given.levels)
    if own is not None:
        looks = [{**level, **more} for level, more in zip(looks, own, strict=True)]
    frame = body.find(A + "bodyPr")
    paragraphs = [_paragraph(child, looks, palette, link) for child in drawn(body) if child.tag == A + "p"]
    return {"paragraphs": paragraphs, **frame_entry(given, frame)}


def frame_entry(given: Defaults, frame: Element | None) -> dict[str, Any]:
    """How a text lies in its frame."""
    attributes = given.body if frame is None else {**given.body, **frame.attrib}
    fit = given.fit if frame is None else _fit(frame, given.fit)
    shrunk: Mapping[str, str] = fit.attrib if fit is not None and local(fit) == "normAutofit" else {}
    return {
        "autofit": "none" if fit is None else FITS[local(fit)],
        "font_scale": round(fraction(shrunk.get("fontScale"), 1.0), 5),
        "line_reduction": round(fraction(shrunk.get("lnSpcReduction")), 5),
        "wrap": attributes.get("wrap") != "none",
        "vertical": attributes.get("vert", "horz"),
        "columns": max(1, int(attributes.get("numCol", 1))),
        "insets": [round(length(attributes.get(name), usual)) for name, usual in INSETS.items()],
        "anchor": ANCHORS.get(attributes.get("anchor", "t"), "top"),
    }


def _fit(frame: Element, before: Element | None) -> Element | None:
    return next((child for child in frame if local(child) in FITS), before)


def _paragraph(element: Element, looks: Sequence[Level], palette: Palette, link) -> dict[str, Any]:
    own = element.find(A + "pPr")
    number = 0 if own is None else min(LEVELS - 1, max(0, int(own.get("lvl", 0))))
    look = looks[number] if own is None else {**looks[number], **paragraph_properties(own)}
    runs = [_run(child, look, palette, link) for child in drawn(element) if _is_run(child)]
    return {"level": number, "align": look.get("align", "left"), "bullet": look.get("bullet", False), "runs": runs}


def _is_run(element: Element) -> bool:
    return element.tag in {A + "r", A + "br", A + "fld", MATH_IN_TEXT}


def _run(element: Element, look: Level, palette: Palette, link) -> dict[str, Any]:
    own = element.find(A + "rPr")
    look = look if own is None else {**look, **run_properties(own)}
    text = _characters(element)
    click = None if own is None else own.find(A + "hlinkClick")
    address = None if click is None else link(click)
    color = _color(look.get("fill"), palette)
    if address is not None and not _keeps_color(click):
        linked = palette.named("hlink")
        color = linked.hex if linked else color
    return {
        "text": text,
        "size_pt": round(look.get("size", USUAL_SIZE_PT), 2),
        "font": _font(look, text, palette),
        "bold": look.get("bold", False),
        "italic": look.get("italic", False),
        "underline": look.get("underline", False) or address is not None,
        "color": color,
        "link": address,
        "is_field": element.tag == A + "fld",
    }


def _characters(element: Element) -> str:
    if element.tag == A + "br":
        return "\n"
    if element.tag == MATH_IN_TEXT:
        return "".join(part.text or "" for part in element.iter(MATH + "t"))
    return element.findtext(A + "t") or ""


def _color(fill: Element | None, palette: Palette) -> str | None:
    """None for text that is not painted."""
    if fill is None:
        usual = palette.named("tx1") or BLACK
        return usual.hex
    color = read_fill(fill, palette).color if local(fill) in FILLS else palette.color(fill)
    return color.hex if color else None


def _keeps_color(click: Element) -> bool:
    return any(extension.get("val") == "tx" for extension in click.iter(LINK_COLOR))


def _font(look: Level, text: str, palette: Palette) -> str:
    script = "latin" if text.isascii() else script_of(text)
    for name in (look.get(script, ""), look.get("latin", ""), "+mn-lt"):
        if font := palette.font(name):
            return font
    return "Arial"


def script_of(text: str) -> str:
    """In which of a run's fonts most letters of a text are set: `latin`, `ea` or `cs`."""
    counts = {"ea": 0, "cs": 0, "latin": 0}
    for letter in text:
        if letter.isalpha():
            code = ord(letter)
            east = any(low <= code <= high for low, high in EAST_ASIAN)
            counts["ea" if east else "cs" if any(low <= code <= high for low, high in COMPLEX) else "latin"] += 1
    return max(counts, key=lambda script: counts[script])


def plain(text: Mapping[str, Any] | None) -> str:
    """The letters of a text as the graph has it, a line a paragraph."""
    paragraphs = [] if text is None else text["paragraphs"]
    return "\n".join("".join(run["text"] for run in paragraph["runs"]) for paragraph in paragraphs)
