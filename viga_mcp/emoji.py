"""Where the emoji of a slide are, so that they can be put where a PDF lost them. Pure."""

import re
from collections.abc import Mapping
from typing import Any

from viga_mcp.deck_changes import plain_text
from viga_mcp.painting import Painted
from viga_mcp.slide_checks.view import View

# What fonts draw in colour: pictographs, flags, and signs asked for as emoji.
EMOJI = re.compile("[\U0001f1e6-\U0001f1ff\U0001f300-\U0001faff\u2600-\u27bf]|.\ufe0f")


def has_emoji(slide: Mapping[str, Any]) -> bool:
    return any(EMOJI.search(plain_text(element)) for element in slide["elements"])


def emoji_stamps(graph: Mapping[str, Any], painted: Mapping[int, Painted]) -> list[dict[str, Any]]:
    """What to put where, for `slides.stamps`: the lines with emoji, of all slides that tell their lines."""
    stamps: list[dict[str, Any]] = []
    for number, one in painted.items():
        if one.layout is None:
            continue
        view = View(graph["slides"][number - 1], graph["width"], graph["height"], one.layout)
        for line in (line for shape in view.shapes for line in shape.lines if EMOJI.search(line.text)):
            pad = 0.3 * (line.box.bottom - line.box.top)
            edges = (line.box.left - pad, line.box.top - pad, line.box.right + pad, line.box.bottom + pad)
            sides = (graph["width"], graph["height"]) * 2
            box = [min(1.0, max(0.0, edge / side)) for edge, side in zip(edges, sides, strict=True)]
            if box[0] < box[2] and box[1] < box[3]:
                stamps.append({"page": number - 1, "picture": str(one.picture), "box": box})
    return stamps
