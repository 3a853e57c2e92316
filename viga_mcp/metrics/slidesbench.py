"""SlidesBench's reference-based figures, as its own script computes them, faults included. All 0 to 100."""

import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from viga_mcp.metrics.assignment import assign
from viga_mcp.metrics.colors import color_difference

Blocks = dict[str, Any]
"""A slide as `viga_mcp.slides.blocks.read_blocks` gives it: JSON, hence Any."""

TextSimilarity = Callable[[str, str], float]


@dataclass(frozen=True)
class Faithful:
    """SlidesBench's reference-based figures for one slide.

    Attributes:
        missing: Why a figure is None, by its name.
        pairs: Ids of the blocks that were compared: generated, reference.
    """

    match: float | None = None
    text: float | None = None
    color: float | None = None
    position: float | None = None
    missing: dict[str, str] = field(default_factory=dict[str, str])
    pairs: tuple[tuple[int, int], ...] = ()

    @property
    def is_scored(self) -> bool:
        return self.match is not None


def faithful(generated: Blocks, reference: Blocks, *, text_similarity: TextSimilarity | None = None) -> Faithful:
    """What SlidesBench's script prints for two slides, faults included.

    - Pairs: as many as the smaller slide has blocks, by difflib's ratio (0 with a picture) with its shortcut for
      texts over 200 letters; a pair alike by more than a half gains its two best neighbours in reading order.
    - match: share of the area of all blocks that is in pairs, however unlike or small they are.
    - text: mean similarity of pairs with text on both sides; 100 if there is none.
    - color: per pair the mean of the fills' and the backgrounds' likeness. Fills that are inherited, or neither RGB nor
      theme colours nor both empty, are unlike even to themselves; so are backgrounds without an RGB colour.
    - position: 1 less the larger offset of the centres.

    Args:
        text_similarity: Cosine of all-MiniLM-L6-v2 embeddings, upstream's choice; without it `text` is None unless all
            pairs have equal texts, for which any embedding gives 1.

    Source: AutoPresent `evaluate/page_eval.py::main`, `match.py::find_maximum_matching`, `metrics/*.py`.
    """
    for side, slide in (("generated", generated), ("reference", reference)):
        if slide["trouble"]:
            return _unscored(f"the script ends with an exception on the {side} slide: {slide['trouble']}")
    ours, theirs = generated["blocks"], reference["blocks"]
    places = assign(_with_context(_costs(ours, theirs)))
    pairs = [(ours[i], theirs[j]) for i, j in places]
    area = sum(_area(block) for block in ours + theirs)
    if not area:
        return _unscored("neither slide has a text shape or picture with an area: the script divides by zero")
    text, reason = _text_score(pairs, text_similarity)
    background = _background_similarity(generated["background"], reference["background"])
    return Faithful(
        match=100 * sum(_area(a) + _area(b) for a, b in pairs) / area,
        text=text,
        color=_mean([value for a, b in pairs for value in (_fill_similarity(a, b), background)]),
        position=_mean([_centre_similarity(a["box"], b["box"]) for a, b in pairs]),
        missing={"text": reason} if reason else {},
        pairs=tuple((a["id"], b["id"]) for a, b in pairs),
    )


def identity_ceiling(reference: Blocks, *, text_similarity: TextSimilarity | None = None) -> Faithful:
    """What SlidesBench's script gives the reference itself: no honest slide can be asked for more."""
    return faithful(reference, reference, text_similarity=text_similarity)


def _unscored(reason: str) -> Faithful:
    return Faithful(missing=dict.fromkeys(("match", "text", "color", "position"), reason))


def _costs(ours: Sequence[Blocks], theirs: Sequence[Blocks]) -> NDArray[np.float64]:
    costs = np.zeros((len(ours), len(theirs)))
    for i, a in enumerate(ours):
        for j, b in enumerate(theirs):
            if a["text"] is not None and b["text"] is not None:
                costs[i, j] = -difflib.SequenceMatcher(None, a["text"], b["text"]).ratio()
    return costs


def _with_context(costs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each cost under -0.5 plus the two lowest of the others in the 3 x 3 window around it."""
    adjusted = costs.copy()
    for i, j in np.argwhere(costs < -0.5).tolist():
        around: list[float] = costs[max(0, i - 1) : i + 2, max(0, j - 1) : j + 2].ravel().tolist()
        around.remove(float(costs[i, j]))
        adjusted[i, j] += sum(sorted(around)[:2])
    return adjusted


def _text_score(
    pairs: Sequence[tuple[Blocks, Blocks]], similarity: TextSimilarity | None
) -> tuple[float | None, str | None]:
    texts = [(a["text"], b["text"]) for a, b in pairs if a["text"] and b["text"]]
    if similarity is None and any(a != b for a, b in texts):
        return None, "the texts differ, and all-MiniLM-L6-v2, by which they are compared, is not at hand"
    return _mean([1.0 if similarity is None else similarity(a, b) for a, b in texts]), None


def _fill_similarity(ours: Blocks, theirs: Blocks) -> float:
    if ours["kind"] == "picture" or theirs["kind"] == "picture":
        return float(ours["kind"] == theirs["kind"] and ours["sha256"] == theirs["sha256"])
    a, b = ours["fill"], theirs["fill"]
    if a is None or b is None or a["type"] != b["type"]:
        return 0.0
    if a["type"] == "solid_rgb":
        return _rgb_similarity(a["rgb"], b["rgb"])
    if a["type"] == "solid_theme":
        return float(a["theme"] == b["theme"])
    return float(a["type"] == "background")


def _background_similarity(ours: dict[str, str] | None, theirs: dict[str, str] | None) -> float:
    """Without an RGB colour on both sides the script compares two objects, which are never the same one."""
    if ours and theirs and "rgb" in ours and "rgb" in theirs:
        return _rgb_similarity(ours["rgb"], theirs["rgb"])
    return 0.0


def _rgb_similarity(first: str, second: str) -> float:
    return max(0.0, 1 - color_difference(first, second) / 100)


def _centre_similarity(ours: Sequence[float], theirs: Sequence[float]) -> float:
    return max(0.0, 1 - max(abs(ours[i] + ours[i + 2] / 2 - theirs[i] - theirs[i + 2] / 2) for i in (0, 1)))


def _area(block: Blocks) -> float:
    return block["box"][2] * block["box"][3]


def _mean(values: Sequence[float]) -> float:
    return 100 * sum(values) / len(values) if values else 100.0
