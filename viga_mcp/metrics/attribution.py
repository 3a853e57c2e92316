"""Which objects carry the difference between a render and its target.

Masks are known of the render alone. So each object is tried as a flat cut-out: left in its place in another colour,
moved and scaled, or taken away; how much of the squared difference the best of these removes is what the object
explains. One that moved explains its old place and its new one, which masks alone would blame on what lies behind.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from viga_mcp.metrics.coarse import Coarse
from viga_mcp.metrics.patches import box, squared_gap
from viga_mcp.metrics.pieces import Fit, Pictures, Piece

Image = NDArray[np.uint8]
Ids = NDArray[np.uint16]

MIN_PIXELS = 6
MIN_TRIED = 0.02  # share of the difference on and near an object from which on it is tried elsewhere
BACKDROP = 0.4  # share of the picture from which on an object is not tried elsewhere; nor is one at three edges
MAX_DOUBT_PX = 1.0  # from which on a shift is not told
TOLD_FROM = 0.3  # of the difference on an object that its best explanation must remove to be told


@dataclass(frozen=True)
class Part:
    """One object's part in the difference.

    Attributes:
        share: Of the squared difference of the whole picture, 0 to 1.
        explained: Share of the whole difference that the object alone could remove; parts may explain the same.
        colour_offset: Render minus target over the object where it lies best on the target, (red, green, blue) of 255.
        shift_px: How far it should move to lie best, (right, down); None where that can't be told.
        size_ratio: How large the target shows it, as a multiple of the render; None where that can't be told.
        is_missing: Whether the target shows rather what is around it.
    """

    name: str
    share: float
    explained: float
    colour_offset: tuple[float, float, float]
    shift_px: tuple[float, float] | None
    size_ratio: float | None
    is_missing: bool = False


@dataclass(frozen=True)
class Attribution:
    """All parts, what explains most first, and the share of the difference on pixels that show no object."""

    parts: tuple[Part, ...]
    background: float


def attribute(render: Image, target: Image, ids: Ids, names: Sequence[str]) -> Attribution:
    """Split the squared difference of two pictures over the objects of the render.

    Args:
        render, target: (H, W, 3).
        ids: (H, W), which object each pixel of the render shows, 1 for the first of `names`, 0 for none.
    """
    seen, wanted = render.astype(np.float32), target.astype(np.float32)
    pictures = Pictures(seen, wanted, squared_gap(seen, wanted))
    total = max(float(pictures.gap.sum()), 1e-6)
    counts = np.bincount(ids.ravel(), minlength=len(names) + 1)
    coarse = Coarse(wanted)
    found: list[tuple[Piece, Fit]] = []
    for id in range(1, len(names) + 1):
        if counts[id] < MIN_PIXELS:
            continue
        area = box(ids == id)
        piece = Piece(names[id - 1], pictures, area, ids[area] == id)
        fits = [piece.kept()]
        if piece.error_near > MIN_TRIED * total and counts[id] < BACKDROP * ids.size and piece.edges < 3:
            fits += [piece.gone(), *piece.moved(coarse.places(piece), float(coarse.factor))]
        found.append((piece, max(fits, key=lambda fit: fit.gain)))
    found.sort(key=lambda item: -item[1].gain)
    left, parts = pictures.gap.copy(), list[Part]()
    for piece, fit in found:  # what one explains, another cannot explain again
        share = 0.0
        for area, there in piece.areas(fit):
            share += float(left[area][there].sum()) / total
            left[area][there] = 0
        parts.append(_part(piece, fit, share, total))
    return Attribution(tuple(parts), float(left[ids == 0].sum()) / total)


def _part(piece: Piece, fit: Fit, share: float, total: float) -> Part:
    shift, kind = fit.shift, fit.kind
    is_told = fit.gain >= TOLD_FROM * piece.error
    if kind == "kept" and piece.error == 0:  # its gain is rounding, of either sign
        is_told = True
    if kind == "kept" and piece.error > 0 and not piece.has_outline:
        kind, is_told = "gone", piece.gain_gone >= TOLD_FROM * piece.error
    if kind == "moved":
        shift = piece.told_shift(fit)
        is_told = is_told and piece.doubt_px(fit) < MAX_DOUBT_PX
    red, green, blue = (float(value) for value in piece.offset_at(fit))
    is_there = is_told and kind != "gone"
    return Part(
        piece.name,
        share,
        max(0.0, fit.gain / total),
        (red, green, blue),
        shift if is_there else None,
        fit.scale if is_there else None,
        is_told and kind == "gone",
    )
