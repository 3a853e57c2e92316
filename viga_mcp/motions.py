"""What a table of positions over frames says about a motion."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

JUMP = 8.0
"""A step is a jump when it is so many times as long as the steps around it."""

AROUND = 4
"""Steps before and after that are looked at."""

HABIT = 5
"""Steps that make a usual step: what moves by equal steps now and then, as a chess piece, does not jump."""

STILL = 1e-5
"""Motion that does not count, as a share of the object's size."""


class Jump(NamedTuple):
    """A sudden change of place.

    Attributes:
        frame: The first frame at the new place.
        distance: Metres within one frame.
        times: How many times the median of the moving steps around, or None where the object rests otherwise.
    """

    frame: int
    distance: float
    times: float | None


def jumps(positions: npt.NDArray[np.float64], frames: Sequence[int], size: float) -> list[Jump]:
    """Steps that stand out from those around them.

    A motion that is fast for three frames or more is a motion; one that is so for one frame, or there and back in two,
    is a jump. A step shorter than a tenth of the object is none, nor is one shorter than the object where it rests
    before and after.

    Args:
        positions: (F, 3) metres; NaN where the object is not to be seen.
        frames: Their numbers, ascending; a step over several frames counts by its mean.
        size: Of the object, metres.
    """
    gaps = np.diff(frames)
    steps = np.linalg.norm(np.diff(positions, axis=0), axis=1) / gaps
    if len(steps) < 3:
        return []
    finite = steps[np.isfinite(steps)]
    usual = finite[finite > STILL * size]
    least = JUMP * float(np.median(usual)) if len(usual) >= HABIT else 0.0
    found: list[Jump] = []
    for i, step in enumerate(steps):
        if not np.isfinite(step) or step < max(0.1 * size, least):
            continue
        around = np.concatenate([steps[max(0, i - AROUND) : i], steps[i + 1 : i + 1 + AROUND]])
        around = around[np.isfinite(around)]
        if len(around) < 2 or (around * JUMP > step).sum() > 1:
            continue
        moving = around[(around > STILL * size) & (around * JUMP <= step)]
        if not len(moving) and step < size:
            continue
        times = float(step / np.median(moving)) if len(moving) else None
        found.append(Jump(int(frames[i + 1]), float(step), times))
    return found


def longest_rest(is_moving: Sequence[bool], frames: Sequence[int]) -> tuple[int, int]:
    """First and last frame of the longest stretch without motion; equal where there is none.

    Args:
        is_moving: Between each frame and the next.
        frames: One more than those.
    """
    best, start = (frames[0], frames[0]), 0
    for i, moves in enumerate([*is_moving, True]):
        if moves:
            if frames[i] - frames[start] > best[1] - best[0]:
                best = frames[start], frames[i]
            start = i + 1
    return best


def spread_evenly(first: int, last: int, count: int) -> list[int]:
    """Frames from first to last, both included, `count` at most."""
    if last - first < count:
        return list(range(first, last + 1))
    return sorted({round(first + (last - first) * i / (count - 1)) for i in range(count)})
