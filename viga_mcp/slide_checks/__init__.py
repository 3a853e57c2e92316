"""Checks of slides: facts with numbers about what was really drawn. Pure: graphs, layouts and pixels in, findings out.

Limits stand beside each check. None of them is a verdict: a designer may mean it.
"""

from collections.abc import Mapping
from typing import Any

from viga_mcp.slide_checks.alignment import find_near_misses
from viga_mcp.slide_checks.completeness import find_other_template, find_unfinished
from viga_mcp.slide_checks.finding import Finding, in_order
from viga_mcp.slide_checks.images import find_bad_pictures
from viga_mcp.slide_checks.legibility import find_illegible
from viga_mcp.slide_checks.overlaps import find_overlaps
from viga_mcp.slide_checks.placement import find_misplaced
from viga_mcp.slide_checks.text_fit import find_misfits
from viga_mcp.slide_checks.view import Pixels, View

CHECKS = (
    find_misfits,
    find_overlaps,
    find_misplaced,
    find_near_misses,
    find_illegible,
    find_unfinished,
    find_other_template,
    find_bad_pictures,
)
__all__ = ["Finding", "check_fonts", "check_slide", "in_order"]


def check_slide(
    graph: Mapping[str, Any], number: int, layout: Mapping[str, Any] | None, pixels: Pixels | None
) -> list[Finding]:
    """All findings of one slide.

    Args:
        graph: Of the deck; see `slides.graph.read_graph`.
        number: Of the slide, from 1.
        layout: What was drawn; see `slides.layout.read_layout`; None where the renderer doesn't tell.
        pixels: Its picture, (H, W, 3).
    """
    view = View(graph["slides"][number - 1], graph["width"], graph["height"], layout, pixels)
    return in_order(finding for check in CHECKS for finding in check(view))


def check_fonts(layouts: Mapping[int, Mapping[str, Any] | None]) -> list[Finding]:
    """Fonts that were not there when slides were drawn: how their text wraps is then uncertain.

    Args:
        layouts: By the number of the slide.
    """
    slides: dict[tuple[str, str], list[int]] = {}
    for number, layout in layouts.items():
        for pair in (layout or {"substituted": {}})["substituted"].items():
            slides.setdefault(pair, []).append(number)
    return [
        Finding(
            "font_substituted",
            "note",
            0,
            (),
            f"{family!r} is not installed here and was drawn as {other!r}, which has other widths: how its text wraps "
            f"on slide{'s' if len(numbers) > 1 else ''} {', '.join(map(str, numbers))} is uncertain.",
            "slides",
            len(numbers),
            "",
            0,
        )
        for (family, other), numbers in slides.items()
    ]
