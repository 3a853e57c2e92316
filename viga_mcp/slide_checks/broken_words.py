"""Words that are broken in their middle, for their frame is too narrow for them."""

import math
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple

from viga_mcp.slide_checks.boxes import Box
from viga_mcp.slide_checks.finding import POINT, Finding, points
from viga_mcp.slide_checks.lines import Line
from viga_mcp.slide_checks.sizing import SMALLEST_PT
from viga_mcp.slide_checks.view import View

# Blanks, and what stands between letters without being seen: soft hyphens, places to break.
GAPS = re.compile("[\\s\u00ad\u200b]+")
ADDRESS = re.compile(r"[/@_\\]|\w\.\w|.{30}")
"""What has no blanks by its nature."""
SHOWN = 32  # characters
WITHOUT_BLANKS = {"THAI", "LAO", "KHMER", "MYANMAR", "TIBETAN"}


class Broken(NamedTuple):
    """A word's pieces, each with the line that it is on."""

    pieces: tuple[str, ...]
    lines: tuple[Line, ...]

    def lengths(self) -> list[float]:
        return [
            line.length * min(1.0, len(piece) / len(line.text.strip()))
            for piece, line in zip(self.pieces, self.lines, strict=True)
        ]


def find_broken_words(view: View) -> Iterator[Finding]:
    """Of each shape the word that lacks most."""
    for shape in view.shapes:
        found = _broken("\n".join([shape.text, *shape.cells]), shape.lines)
        if not found:
            continue
        worst = max(found, key=lambda word: sum(word.lengths()) - max(word.lengths()))
        whole, room = sum(worst.lengths()), max(worst.lengths())
        size = worst.lines[0].size_pt
        fitting = math.floor(size * room / whole)
        ways: list[str] = []
        if whole < view.width:
            holder = "column" if shape.kind == "table" else "frame"
            ways.append(f"its {holder} about {(whole - room) / POINT / 72:.2f} in wider")
        if fitting >= SMALLEST_PT:
            ways.append(f"its letters {fitting} pt instead of {points(size)} pt")
        change = f"make {', or '.join(ways)}" if ways else "shorten it"
        parts = "|".join(worst.pieces)
        shown = parts if len(parts) <= SHOWN else f"…{worst.pieces[0][-SHOWN // 2 :]}|{worst.pieces[1][: SHOWN // 2]}…"
        yield Finding(
            "word_broken",
            "note" if ADDRESS.search("".join(worst.pieces)) else "warning",
            view.number,
            (shape.id,),
            f"In {shape.called} a word is broken in its middle, {shown!r}: {change}.",
            "width that the word lacks",
            (whole - room) / POINT,
            "pt",
            0,
            Box.around([corner for line in worst.lines for corner in line.corners]),
        )


def _broken(text: str, lines: Sequence[Line]) -> list[Broken]:
    """Words that go over from one line to the next; none from where on the lines are not those of the text.

    A word that is wider than its frame has a line to begin with; LibreOffice breaks links anywhere, within a line too.
    """
    words = [word for word in GAPS.split(text) if word]
    flat = "".join(words)
    starts = [0, *accumulate(map(len, words))]
    found: list[Broken] = []
    begun = at = 0
    for number, line in enumerate(lines):
        piece = GAPS.sub("", line.text)
        if flat[at : at + len(piece)].lower() != piece.lower():
            break
        word = bisect_right(starts, at) - 1
        before = lines[number - 1]
        is_measured = before.length > 0 and line.length > 0
        if is_measured and starts[word] <= begun < at and _is_below(before, line) and _is_within_word(flat, at):
            known = found.pop() if found and found[-1].lines[-1] is before else Broken((flat[begun:at],), (before,))
            rest = flat[at : min(at + len(piece), starts[word + 1])]
            found.append(Broken((*known.pieces, rest), (*known.lines, line)))
        begun, at = at, at + len(piece)
    return found


def _is_below(before: Line, line: Line) -> bool:
    """Whether a line is one of its own, and does not go on where the one before ended."""
    return math.dist(before.corners[2], line.corners[3]) > 0.5 * line.size_pt * POINT


def _is_within_word(flat: str, at: int) -> bool:
    """Whether no line may end before a character."""
    return all(
        letter.isalnum()
        and unicodedata.east_asian_width(letter) not in "WFH"
        and unicodedata.name(letter, "").split(" ")[0] not in WITHOUT_BLANKS
        for letter in flat[at - 1 : at + 1]
    )
