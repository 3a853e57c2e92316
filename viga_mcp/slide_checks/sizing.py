"""By how much a frame must grow, or its letters shrink, for the text to fit: worked out from the lines as drawn."""

import math
import re
from collections.abc import Mapping, Sequence
from itertools import groupby, pairwise
from typing import Any

from viga_mcp.slide_checks.boxes import Box
from viga_mcp.slide_checks.finding import POINT, points
from viga_mcp.slide_checks.lines import ASCENT, Line
from viga_mcp.slide_checks.view import Shape

PITCH = 1.22
"""From one line to the next, of the size, in the usual fonts."""
STEP_PT, SMALLEST_PT = 0.5, 10.0
SLACK = 0.97
"""Of its room a line is filled at most: widths of words are shares of their line's."""
ROUNDING = 0.05
"""Where the text of a rectangle with round corners begins, of its shorter side."""
BLANK_EDGE = re.compile(r"\A\s*[\n\v]|[\n\v]\s*\Z")
SQUARE = {"rect": 0.0, "roundRect": ROUNDING}


def remedy(shape: Shape, page: Box) -> str:
    """What to change, with numbers where they can be told: `make the frame about 0.42 in higher, or ...`."""
    text = shape.element["text"]
    if text["vertical"] != "horz" or text["columns"] > 1 or shape.element["geometry"] not in SQUARE:
        return "shorten it, make it smaller, or the frame larger"
    if BLANK_EDGE.search(_words(text)):
        return "take out the blank lines at its beginning or end, or make the frame larger"
    room = _room(shape)
    widest = max(line.length for line in shape.lines)
    ways: list[str] = []
    if widest > room.right - room.left:
        ways.append(f"the frame about {_inches(widest - room.right + room.left)} in wider")
    else:
        more = _height(shape, 1.0, math.inf) - room.bottom + room.top
        if more > 0 and shape.frame.bottom + more < page.bottom:
            ways.append(f"the frame about {_inches(more)} in higher")
    if size := _size(shape, room):
        ways.append(size)
    return f"make {', or '.join(ways)}, or shorten it" if ways else "shorten it"


def _words(text: Mapping[str, Any]) -> str:
    return "\n".join("".join(run["text"] for run in paragraph["runs"]) for paragraph in text["paragraphs"])


def _inches(length: float) -> str:
    """Rather too much than too little."""
    return f"{math.ceil(length / POINT / 72 * 100) / 100:.2f}"


def _room(shape: Shape) -> Box:
    """Where text may stand in the frame."""
    left, top, right, bottom = shape.element["text"]["insets"]
    frame = shape.frame
    round_ = SQUARE[shape.element["geometry"]] * min(frame.right - frame.left, frame.bottom - frame.top)
    return Box(
        frame.left + left + round_,
        frame.top + top + round_,
        frame.right - right - round_,
        frame.bottom - bottom - round_,
    )


def _size(shape: Shape, room: Box) -> str | None:
    """The largest size that fits, when the words are broken into lines anew; None for none that can be read."""
    sizes = {round(line.size_pt, 1) for line in shape.lines}
    now = max(sizes)
    steps = math.ceil((now - SMALLEST_PT) / STEP_PT)
    for size in (math.ceil(now / STEP_PT - 1 - step) * STEP_PT for step in range(steps)):
        if _height(shape, size / now, room.right - room.left) <= room.bottom - room.top:
            few = f"its letters about {size:g} pt instead of {points(now)} pt"
            return few if len(sizes) == 1 else f"all its letters smaller, about {size:g} pt instead of {points(now)} pt"
    return None


def _height(shape: Shape, scale: float, width: float) -> float:
    """Of the whole text in letters of so many times their size; endless where a word is wider than `width`."""
    total, bottom = 0.0, None
    for _, group in groupby(shape.lines, key=lambda line: line.paragraph):
        lines = list(group)
        tops = [shape.within_frame(line).top + ASCENT * line.size_pt * POINT for line in lines]  # of their baselines
        size = max(line.size_pt for line in lines) * POINT
        steps = [after - before for before, after in pairwise(tops) if after > before]
        pitch = max(steps, default=PITCH * size)
        if bottom is not None:
            total += max(0.0, tops[0] - bottom - pitch)  # between paragraphs
        bottom = tops[-1]
        wraps = width < math.inf and shape.element["text"]["wrap"]
        count = _wrapped(lines, scale, SLACK * width) if wraps else len(steps) + 1
        if count is None or (not wraps and scale * max(line.length for line in lines) > width):
            return math.inf
        total += ((count - 1) * pitch + PITCH * size) * scale
    return total


def _wrapped(lines: Sequence[Line], scale: float, width: float) -> int | None:
    """How many lines a paragraph takes in letters of another size; None where a word is wider than all of one."""
    count, used = 1, 0.0
    for number, line in enumerate(lines):
        words = line.text.split()
        letter = line.length / max(1, len(line.text.strip()))
        is_forced = number > 0 and lines[number - 1].length + letter * (1 + len(words[0])) < SLACK * width
        if is_forced and scale < 1:  # broken by hand: there was room for more
            count, used = count + 1, 0.0
        for word in words:
            length = scale * letter * len(word)
            if length > width:
                return None
            if used and used + scale * letter + length > width:
                count, used = count + 1, 0.0
            used += length + (scale * letter if used else 0.0)
    return count
