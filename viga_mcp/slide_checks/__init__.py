"""Checks of slides: facts with numbers about what was really drawn. Pure: graphs, layouts and pixels in, findings out.

Limits stand beside each check. None of them is a verdict: a designer may mean it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from viga_mcp.slide_checks.alignment import find_near_misses
from viga_mcp.slide_checks.astride import find_astride
from viga_mcp.slide_checks.badges import find_faint_badges
from viga_mcp.slide_checks.boxes import Box
from viga_mcp.slide_checks.broken_words import find_broken_words
from viga_mcp.slide_checks.completeness import find_other_template, find_unfinished
from viga_mcp.slide_checks.connectors import find_short_connectors
from viga_mcp.slide_checks.finding import Finding, in_order, listed
from viga_mcp.slide_checks.images import find_bad_pictures
from viga_mcp.slide_checks.legibility import find_illegible
from viga_mcp.slide_checks.overlaps import find_overlaps
from viga_mcp.slide_checks.placement import find_misplaced
from viga_mcp.slide_checks.text_fit import find_misfits
from viga_mcp.slide_checks.view import Pixels, View

CHECKS = (
    find_misfits,
    find_broken_words,
    find_overlaps,
    find_astride,
    find_misplaced,
    find_near_misses,
    find_short_connectors,
    find_illegible,
    find_faint_badges,
    find_unfinished,
    find_other_template,
    find_bad_pictures,
)
ALIKE = {
    "alignment", "connector_short", "contrast_low", "fill_faint", "font_tiny", "half_over", "margin",
    "picture_distorted",
}  # fmt: skip
"""Kinds of which several with one value have one cause: a style, or a step of a loop."""
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
    return in_order(_together(view, (finding for check in CHECKS for finding in check(view))))


def _together(view: View, found: Iterable[Finding]) -> Iterator[Finding]:
    """One finding of those with one cause, with the shapes of all."""
    names = {shape.id: shape.called for shape in view.shapes}
    causes: dict[tuple[object, ...], list[Finding]] = {}
    for number, one in enumerate(found):
        cause = (one.kind, one.severity, one.measure, f"{one.value:.2g}", one.limit)
        causes.setdefault(cause if one.kind in ALIKE else (number,), []).append(one)
    for first, *rest in causes.values():
        if not rest:
            yield first
            continue
        alike = [names[id] for id in dict.fromkeys(one.shapes[0] for one in rest)]
        boxes = [one.box for one in (first, *rest) if one.box]
        yield replace(
            first,
            shapes=tuple(dict.fromkeys(id for one in (first, *rest) for id in one.shapes)),
            text=f"{first.text} So with {listed(alike)}.",
            box=Box.around([edge for box in boxes for edge in (box[:2], box[2:])]) if boxes else None,
        )


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
