"""How near a slide is to a reference, without the blind spots of SlidesBench's own figures. All 0 to 100."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from math import fsum
from typing import Any, NamedTuple

import numpy as np

from viga_mcp.metrics.assignment import assign
from viga_mcp.metrics.elements import (
    Element,
    Paint,
    Size,
    Slide,
    likeness,
    look_likeness,
    paint_likeness,
    position_likeness,
    read_paint,
    text_likeness,
    visible_elements,
)

PAPER = Paint("solid", "#FFFFFF")  # what shows where no background is painted
NUDGE = 1e-3  # among pairings equally likely, the one whose looks agree


class Pair(NamedTuple):
    """Two elements taken for the same one, by id; likenesses 0 to 100, `text` None where neither has any."""

    generated: int
    reference: int
    text: float | None
    color: float
    position: float


@dataclass(frozen=True)
class Fixed:
    """Our figures for one slide.

    Attributes:
        surplus: Ids of generated elements that the reference has not.
        missing: Ids of reference elements that were not generated.
    """

    match: float
    text: float
    color: float
    position: float
    pairs: tuple[Pair, ...] = ()
    surplus: tuple[int, ...] = ()
    missing: tuple[int, ...] = ()

    @property
    def total(self) -> float:
        return (self.match + self.text + self.color + self.position) / 4


@dataclass(frozen=True)
class DeckScores:
    """Means over `n_total` slides, of which only `n_scored` are in both decks; the others count 0 and are None."""

    match: float
    text: float
    color: float
    position: float
    total: float
    n_scored: int
    n_total: int
    slides: tuple[Fixed | None, ...]


def fixed(generated: Slide, reference: Slide, *, size: Size, reference_size: Size | None = None) -> Fixed:
    """Figures that are 100 for equal slides, the same in both directions, and lower for each fault they are to see.

    Elements are all that can be seen, also in groups, tables, charts and lines. Two are paired by kind, content and
    place, so that the sum of likenesses is the greatest; too unlike ones are not paired. What is in no pair counts 0
    in every figure.

    - match: F1 of the elements in pairs. An element weighs the mean of its share of the count and of the area: by
      area alone a full-slide picture would hide the loss of all labels, by count alone a dot would weigh as much.
    - text: F1 of the letters, each worth the likeness of the texts of its pair (words of tables and charts too).
    - color: F1 as `match`, each pair worth the mean of its look (fill, line, letters, picture) and the backgrounds'.
    - position: F1 as `match`, each pair worth `position_likeness`: place, size, rotation, size of the letters.

    Not judged: z order, fonts, bold and the like, alignment, effects, animation; and what another element covers.

    Args:
        size, reference_size: Of the slides; the second None if it is the same.

    Source: after AutoPresent's `page_eval.py`; weights and bounds of `likeness` are in `viga_mcp.metrics.elements`.
    """
    ours = visible_elements(generated, size)
    theirs = visible_elements(reference, reference_size or size)
    background = _background_likeness(generated, reference)
    compared = _compare(ours, theirs, background)
    weights = _weights(ours), _weights(theirs)
    lengths = [float(len(one.text)) for one in ours], [float(len(one.text)) for one in theirs]
    in_pairs = [(one.first, one.second) for one in compared]
    colors = [one.color for one in compared]
    taken_ours, taken_theirs = {i for i, _ in in_pairs}, {j for _, j in in_pairs}
    return Fixed(
        match=_f1(in_pairs, [1.0] * len(in_pairs), weights),
        text=_f1(in_pairs, [one.text for one in compared], lengths),
        color=_f1(in_pairs, colors, weights) if ours or theirs else 100 * background,
        position=_f1(in_pairs, [one.position for one in compared], weights),
        pairs=tuple(_told(one, ours[one.first], theirs[one.second]) for one in compared),
        surplus=tuple(one.id for i, one in enumerate(ours) if i not in taken_ours),
        missing=tuple(one.id for j, one in enumerate(theirs) if j not in taken_theirs),
    )


def deck_scores(generated: dict[str, Any], reference: dict[str, Any]) -> DeckScores:
    """`fixed` for two deck graphs, slide by slide in order; a slide that only one deck has counts 0."""
    sizes = [Size(deck["width"], deck["height"]) for deck in (generated, reference)]
    slides = tuple(
        fixed(one, other, size=sizes[0], reference_size=sizes[1]) if one and other else None
        for one, other in zip_longest(generated["slides"], reference["slides"])
    )
    scored = [slide for slide in slides if slide]
    means = {
        name: fsum(getattr(slide, name) for slide in scored) / len(slides) if slides else 100.0
        for name in ("match", "text", "color", "position", "total")
    }
    return DeckScores(**means, n_scored=len(scored), n_total=len(slides), slides=slides)


class _Compared(NamedTuple):
    """The elements `first` of the generated slide and `second` of the reference, by place; likenesses 0 to 1."""

    first: int
    second: int
    text: float
    color: float
    position: float


def _compare(ours: Sequence[Element], theirs: Sequence[Element], background: float) -> list[_Compared]:
    """The elements in pairs, by place in `ours`."""
    if repr(theirs) < repr(ours):  # of equally good pairings the same one in both directions
        swapped = [one._replace(first=one.second, second=one.first) for one in _compare(theirs, ours, background)]
        return sorted(swapped)
    costs, compared = np.zeros((len(ours), len(theirs))), dict[tuple[int, int], _Compared]()
    for i, first in enumerate(ours):
        for j, second in enumerate(theirs):
            if alike := likeness(first, second):
                one = _Compared(i, j, *_likenesses(first, second, background))
                compared[i, j] = one
                costs[i, j] = -alike - NUDGE * (one.text + one.color + one.position)
    return [compared[place] for place in assign(costs) if place in compared]


def _likenesses(first: Element, second: Element, background: float) -> tuple[float, float, float]:
    look = look_likeness(first, second)
    color = background if look is None else (look + background) / 2
    return text_likeness(first.text, second.text), color, position_likeness(first, second)


def _background_likeness(generated: Slide, reference: Slide) -> float:
    paints = [read_paint(slide["background"]) or PAPER for slide in (generated, reference)]
    return paint_likeness(*paints)


def _weights(elements: Sequence[Element]) -> list[float]:
    area = fsum(one.area for one in elements)
    return [1 / len(elements) + one.area / area for one in elements]


def _f1(
    pairs: Sequence[tuple[int, int]], worths: Sequence[float], weights: tuple[Sequence[float], Sequence[float]]
) -> float:
    """Harmonic mean of both sides' weight in pairs, each pair counting by its worth; 100 if neither has any weight."""
    totals = fsum(weights[0]), fsum(weights[1])
    if not any(totals):
        return 100.0
    if not all(totals):
        return 0.0
    precision, recall = (
        fsum(worth * weights[side][pair[side]] for pair, worth in zip(pairs, worths, strict=True)) / totals[side]
        for side in (0, 1)
    )
    return 100 * (2 * precision * recall / (precision + recall)) if precision + recall else 0.0


def _told(one: _Compared, first: Element, second: Element) -> Pair:
    text = 100 * one.text if first.text or second.text else None
    return Pair(first.id, second.id, text, 100 * one.color, 100 * one.position)
