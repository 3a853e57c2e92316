"""What positions over frames say: how far and fast a thing goes, how it turns, where it rests, what it meets.

Every function takes arrays over the same frames, each a frame after the one before it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from viga_mcp.motions import STILL

Array = npt.NDArray[np.float64]

SLOW = 0.002
"""Share of the fastest step that counts as rest."""

STILL_TURN = 1e-4
"""Radians within one frame that count as rest."""

REST_FRAMES = 3
"""Frames that make a rest."""

BOUNCE = 0.05
"""Share of the speed before a contact that makes a bounce, when it goes away with it."""

BRIEF = 3
"""Frames that a bounce may touch for."""


@dataclass(frozen=True)
class Path:
    """A motion in numbers: metres, metres a second, degrees.

    Attributes:
        distance: Along the path; displacement: from its first point to its last.
        peak_speed: Of the fastest step, which ends at peak_frame.
        turn_deg: All turning added up, in whatever direction.
        rests: First and last frames of all times without motion or turn.
        lowest, highest: z and its first frame.
    """

    distance: float
    displacement: float
    peak_speed: float
    peak_frame: int
    turn_deg: float
    rests: list[tuple[int, int]]
    lowest: tuple[float, int]
    highest: tuple[float, int]


def path(positions: Array, frames: Sequence[int], fps: float, size: float, matrices: Array, shape: Array) -> Path:
    """Facts on one motion.

    Args:
        positions: (F, 3) metres.
        frames: F numbers.
        size: Of the object, metres.
        matrices: (F, 4, 4) to world, for what it turns.
        shape: (F, n) whatever else of it changes, in metres, such as the sides of its box.
    """
    steps = np.linalg.norm(np.diff(positions, axis=0), axis=1)
    angles = turns(matrices)
    changes = np.abs(np.diff(shape, axis=0)).max(axis=1, initial=0.0)
    moves = steps > max(STILL * size, SLOW * steps.max())
    moves |= angles > max(STILL_TURN, SLOW * angles.max())
    moves |= changes > max(STILL * size, SLOW * changes.max())
    fastest, low, high = int(steps.argmax()), int(positions[:, 2].argmin()), int(positions[:, 2].argmax())
    still = intervals(np.logical_not(moves))  # of steps: the last of them ends a frame later
    rests = [(frames[start], frames[end + 1]) for start, end in still if end - start + 2 >= REST_FRAMES]
    return Path(
        distance=float(steps.sum()),
        displacement=math.dist(positions[-1], positions[0]),
        peak_speed=float(steps[fastest]) * fps,
        peak_frame=frames[fastest + 1],
        turn_deg=math.degrees(float(angles.sum())),
        rests=rests,
        lowest=(float(positions[low, 2]), frames[low]),
        highest=(float(positions[high, 2]), frames[high]),
    )


def turns(matrices: Array) -> Array:
    """(F - 1,) radians between each of (F, 4, 4) matrices and the next, scale aside."""
    axes = matrices[:, :3, :3]
    axes = axes / np.maximum(np.linalg.norm(axes, axis=1, keepdims=True), 1e-12)
    relative = np.swapaxes(axes[:-1], 1, 2) @ axes[1:]
    skew = np.stack([relative[:, i, j] - relative[:, j, i] for i, j in ((2, 1), (0, 2), (1, 0))], 1)
    # the sine holds where angles are small, where an arc cosine of single-precision matrices is noise
    return np.arctan2(np.linalg.norm(skew, axis=1) / 2, (np.trace(relative, axis1=1, axis2=2) - 1) / 2)


def intervals(flags: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First and last index of each run of true values."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]])))
    return [(int(start), int(end) - 1) for start, end in edges.reshape(-1, 2)]


@dataclass(frozen=True)
class Bounce:
    """A contact that turns the motion round: when, and the speeds along the impact before and after, m/s."""

    frame: float
    speed_in: float
    speed_out: float


@dataclass(frozen=True)
class Meeting:
    """When two things touch.

    Attributes:
        touches: First and last frames; a contact between two frames has both of them with a fraction.
        frame: Of the first contact, None where they touch from the start.
        speed: Of one past the other before it, m/s; None where the start is too near to tell.
        index: Into the frames, for the place of that contact.
    """

    touches: list[tuple[float, float]] = field(default_factory=list[tuple[float, float]])
    bounces: list[Bounce] = field(default_factory=list[Bounce])
    frame: float | None = None
    speed: float | None = None
    index: int = 0


def meeting(gaps: Array, between: Array, frames: Sequence[int], fps: float, reach: float) -> Meeting | None:
    """When two things touch, also between frames; None if they never do.

    Between two frames a contact is told from a motion that turns round there, and would have closed the gap.

    Args:
        gaps: (F,) metres, NaN where far.
        between: (F, 3) from the one's middle to the other's.
        reach: Gap that counts as contact.
    """
    touching = np.nan_to_num(gaps, nan=np.inf) <= reach
    steps = np.diff(between, axis=0)
    found: list[tuple[float, float, int, Bounce | None]] = []
    for start, end in intervals(touching):
        bounce = None
        if end - start < BRIEF and start >= 1 and end < len(steps):
            recent = steps[max(start - 2, 0) : start]
            coming = recent[np.linalg.norm(recent, axis=1).argmax()]
            bounce = _bounce(coming, steps[end], frames[start], fps)
        found.append((frames[start], frames[end], start, bounce))
    for i in range(1, len(gaps) - 2):
        if not touching[i : i + 2].any() and np.isfinite(gaps[i : i + 2]).all():
            share = _turning_point(steps[i - 1], steps[i], steps[i + 1], float(gaps[i]), reach)
            if share is not None:
                at = round(frames[i] + share, 2)
                found.append((at, at, i, _bounce(steps[i - 1], steps[i + 1], at, fps)))
    if not found:
        return None
    found.sort(key=lambda one: one[0])
    first, _, index, _ = found[0]
    before = steps[max(index - 2, 0) : index] if first == frames[index] else steps[index - 1 : index]
    is_new = not touching[0]
    return Meeting(
        touches=[(start, end) for start, end, _, _ in found],
        bounces=[bounce for _, _, _, bounce in found if bounce],
        frame=first if is_new else None,
        speed=float(np.linalg.norm(before, axis=1).max()) * fps if is_new and len(before) else None,
        index=index,
    )


def _bounce(coming: Array, going: Array, frame: float, fps: float) -> Bounce | None:
    """A blow changes the velocity along the normal of the contact, so the change tells the normal."""
    change = going - coming
    size = float(np.linalg.norm(change))
    if size <= 2 * BOUNCE * float(np.linalg.norm(coming)):
        return None
    speed_in, speed_out = -float(coming @ change) / size, float(going @ change) / size
    if speed_in <= 0 or speed_out <= BOUNCE * speed_in:
        return None
    return Bounce(frame, speed_in * fps, speed_out * fps)


def _turning_point(before: Array, across: Array, after: Array, gap: float, reach: float) -> float | None:
    """Share of the step across at which the motion turns round with the gap closed; None if it does not.

    Args:
        before, across, after: (3,) steps of one past the other.
        gap: Where the step across begins, metres.
    """
    change = after - before
    size = float(np.linalg.norm(change))
    if size < 0.3 * float(np.linalg.norm(before)) or size == 0:
        return None
    normal = change / size
    closing, leaving = -float(before @ normal), float(after @ normal)
    if closing <= 0 or leaving <= BOUNCE * closing:
        return None
    share = min(max((leaving - float(across @ normal)) / size, 0.0), 1.0)
    # a sixth of a step is more than any gravity or easing bends it
    return share if gap - share * closing <= reach + closing / 6 else None
