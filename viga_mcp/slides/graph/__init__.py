# pyright: basic
"""The deck graph: a presentation as plain data, read without changing anything.

Lengths and places in EMU on the slide, font sizes and line widths in points, angles in degrees clockwise.
Read from the XML alone: python-pptx's own ways to a background, notes or a fill make what they do not find.
"""

from collections.abc import Collection
from typing import Any

from pptx.opc.constants import RELATIONSHIP_TYPE as RT
from pptx.presentation import Presentation

from viga_mcp.slides.graph.animation import read_timing
from viga_mcp.slides.graph.elements import ElementReader, trouble
from viga_mcp.slides.graph.sheets import Deck, read_slot, related, root_of
from viga_mcp.slides.graph.tags import A, P, flag
from viga_mcp.slides.graph.text import plain

TITLES = {"TITLE", "CENTER_TITLE", "VERTICAL_TITLE"}


def read_graph(presentation: Presentation, *, slides: Collection[int] | None = None) -> dict[str, Any]:
    """The deck as JSON-able data, in the form that summaries, checks, diffs and metrics read.

    An element that can't be read is of kind `other` and has a `trouble`; so has a slide of which something is missing.

    Args:
        presentation: Left as it is, to the byte.
        slides: Numbers from 1 of those wanted; None for all.
    """
    deck = Deck(presentation)
    reader = ElementReader(deck)
    theme = deck.theme
    width, height = deck.size
    return {
        "width": width,
        "height": height,
        "theme": {
            "major": theme.fonts.get("+mj-lt", ""),
            "minor": theme.fonts.get("+mn-lt", ""),
            "colors": {name: color.hex for name, color in theme.colors.items()},
        },
        "slides": [
            read_slide(deck, reader, number, identity, part)
            for number, (identity, part) in enumerate(deck.slides, 1)
            if slides is None or number in slides
        ],
    }


def read_slide(deck: Deck, reader: ElementReader, number: int, identity: int, part) -> dict[str, Any]:
    """One slide; `part` is None where the package lacks it."""
    entry: dict[str, Any] = {
        "number": number, "id": identity, "layout": None, "hidden": False, "title": None, "notes": "",
        "animations": [], "transition": None, "background": {"kind": "none", "color": None, "from": "master"},
        "elements": [],
    }  # fmt: skip
    try:
        if part is None:
            raise LookupError("the presentation lists this slide, but the package has no part for it")
        sheet = deck.sheet(part, "slide")
        entry["elements"] = elements = reader.read(sheet)
        entry["title"] = next((plain(found["text"]) for found in elements if _is_title(found)), None)
        entry["hidden"] = not flag(sheet.root, "show", True)
        entry["layout"] = sheet.above.name if sheet.above else None
        entry |= read_timing(sheet.root)
        entry["notes"] = _notes(part)
        fill, role = sheet.background
        entry["background"] = {"kind": fill.kind, "color": fill.entry()["color"], "from": role}
    except Exception as error:  # a deck may be damaged in any way, and the rest of it is still worth reading
        entry["trouble"] = trouble(error)
    return entry


def _is_title(element: dict[str, Any]) -> bool:
    return element["placeholder"] is not None and element["placeholder"]["type"] in TITLES


def _notes(part) -> str:
    """What the speaker reads: the words in the body of the notes page."""
    page = related(part, RT.NOTES_SLIDE)
    for shape in () if page is None else root_of(page).iter(P + "sp"):
        slot = read_slot(shape)
        if slot is not None and slot.kind == "body":
            paragraphs = shape.iterfind(f"{P}txBody/{A}p")
            return "\n".join("".join(_words(paragraph)) for paragraph in paragraphs)
    return ""


def _words(paragraph) -> list[str]:
    return ["\n" if part.tag == A + "br" else part.text or "" for part in paragraph.iter(A + "t", A + "br")]
