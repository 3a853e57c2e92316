"""All checks of a painted deck, each slide once for as long as it looks the same."""

import os
from collections import OrderedDict
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from viga_mcp import pictures
from viga_mcp.decks import Painting
from viga_mcp.slide_checks import Finding, check_fonts, check_slide, in_order

SLIDES_KEPT = 2000


class Inspector:
    """Checks, and remembers what it found by slide and picture, whose name tells all that the slide depends on."""

    def __init__(self) -> None:
        self._found: OrderedDict[tuple[int, str], list[Finding]] = OrderedDict()

    def inspect(self, graph: Mapping[str, Any], painting: Painting) -> list[Finding]:
        """What the checks find on the slides that were painted, in the order in which it matters."""

        def check(number: int) -> list[Finding]:
            painted = painting.slides[number]
            return check_slide(graph, number, painted.layout, pictures.read(painted.picture))

        keys = {number: (number, str(painted.picture)) for number, painted in painting.slides.items()}
        new = [number for number, key in keys.items() if key not in self._found]
        # reading a picture takes as long as checking it, and does not hold Python's lock
        with ThreadPoolExecutor(max(1, min(4, os.cpu_count() or 1))) as pool:
            for number, found in zip(new, (pool.map if len(new) > 1 else map)(check, new), strict=True):
                self._found[keys[number]] = found
        every = [finding for key in keys.values() for finding in self._found[key]]
        while len(self._found) > SLIDES_KEPT:
            self._found.popitem(last=False)
        layouts = {number: painted.layout for number, painted in painting.slides.items()}
        return in_order([*every, *check_fonts(layouts)])
