"""All checks of a painted deck."""

from typing import Any

from viga_mcp import pictures
from viga_mcp.decks import Painting
from viga_mcp.slide_checks import Finding, check_fonts, check_slide, in_order


def inspect(graph: dict[str, Any], painting: Painting) -> list[Finding]:
    """What the checks find on the slides that were painted, in the order in which it matters."""
    found = [
        finding
        for number, painted in painting.slides.items()
        for finding in check_slide(graph, number, painted.layout, pictures.read(painted.picture))
    ]
    return in_order([*found, *check_fonts({number: painted.layout for number, painted in painting.slides.items()})])
