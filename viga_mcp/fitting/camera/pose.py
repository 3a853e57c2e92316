"""A camera's pose and lens as seven steps around a subject, and where points lie on its picture.

Frames: world, metres, z up; the camera looks down its -z with +y up. Places on a picture are shares of its width and
height, (0, 0) the top left corner.
"""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

STEPS = ("azimuth", "elevation", "roll", "distance", "aim across", "aim up", "lens")
"""Around the subject along the camera's axes, radians; log distance to it; around the camera, radians; log lens."""

AZIMUTH, ELEVATION, ROLL, DISTANCE, AIM_X, AIM_Y, LENS = range(7)

_REACH, _NEARER, _ZOOM = np.radians(65.0), np.log(2.5), np.log(2.0)  # around the subject, in distance, of the lens


@dataclass(frozen=True, slots=True)
class Pose:
    """Where a picture is taken from, and how wide.

    Attributes:
        matrix: Camera to world without scale, row-major, 16 numbers.
        width: Of what the picture shows: metres at 1 m distance; in a parallel projection, metres.
        aspect: Width over height of the picture.
        shift: Of the picture's centre, in widths, to the right and up.
    """

    matrix: tuple[float, ...]
    width: float
    aspect: float
    is_perspective: bool = True
    shift: tuple[float, float] = (0.0, 0.0)

    @property
    def turn(self) -> Floats:
        """Columns right, up, back, (3, 3)."""
        return np.array(self.matrix).reshape(4, 4)[:3, :3]

    @property
    def place(self) -> Floats:
        """(3,), world."""
        return np.array(self.matrix).reshape(4, 4)[:3, 3]

    def placed(self, turn: Floats, place: Floats, width: float | None = None) -> Self:
        """The same kind of camera elsewhere; `turn` is made orthogonal."""
        left, _, right = np.linalg.svd(turn)
        matrix = np.eye(4)
        matrix[:3, :3], matrix[:3, 3] = left @ right, place
        return replace(self, matrix=tuple(matrix.ravel().tolist()), width=self.width if width is None else width)

    def moved(self, steps: Floats, pivot: Floats) -> Self:
        """Moved by seven `STEPS` around a pivot, (3,)."""
        turn = self.turn
        orbit = rotation(turn @ np.array([-steps[ELEVATION], steps[AZIMUTH], steps[ROLL]]))
        place = pivot + orbit @ (self.place - pivot) * np.exp(steps[DISTANCE])
        aim = rotation(np.array([steps[AIM_Y], -steps[AIM_X], 0.0]))
        return self.placed(orbit @ turn @ aim, place, self.width * float(np.exp(-steps[LENS])))

    def looking_at(self, target: Floats) -> Self:
        """Turned the shortest way so that a point, (3,), is in the middle of the picture."""
        old = -self.turn[:, 2]
        if self.is_perspective:  # a shifted lens looks aside
            ahead = (self.points(np.full(1, 0.5), np.full(1, 0.5), np.ones(1)) - self.place).ravel()
            old = ahead / max(float(np.linalg.norm(ahead)), 1e-9)
        new = (target - self.place) / max(float(np.linalg.norm(target - self.place)), 1e-9)
        axis = np.cross(old, new)
        sine = float(np.linalg.norm(axis))
        turn = rotation(axis / max(sine, 1e-9) * np.arctan2(sine, float(old @ new)))
        return self.placed(turn @ self.turn, self.place)

    def project(self, points: Floats) -> tuple[Floats, Floats, Floats]:
        """Shares x and y of the picture and depths along the view, each (n,), of (n, 3) points; inf behind it."""
        local = (points - self.place) @ self.turn
        depth = -local[:, 2]
        with np.errstate(divide="ignore", invalid="ignore"):
            width = np.where(depth > 1e-9, depth, np.nan) * self.width if self.is_perspective else self.width
            x = 0.5 + local[:, 0] / width - self.shift[0]
            y = 0.5 - (local[:, 1] / width - self.shift[1]) * self.aspect
        return x, y, np.where(depth > 1e-9, depth, np.inf)

    def points(self, x: Floats, y: Floats, depth: Floats) -> Floats:
        """World points, (n, 3), at shares of the picture and depths."""
        width = self.width * depth if self.is_perspective else np.full_like(depth, self.width)
        local = np.stack(
            [(x - 0.5 + self.shift[0]) * width, ((0.5 - y) / self.aspect + self.shift[1]) * width, -depth], axis=1
        )
        return local @ self.turn.T + self.place

    def slopes(self, points: Floats, pivot: Floats) -> tuple[Floats, Floats]:
        """Change of x and y of each point by each of the `STEPS`, two arrays (7, n), by finite differences."""
        across, down = np.empty((7, len(points))), np.empty((7, len(points)))
        for k in range(7):
            step = np.zeros(7)
            step[k] = 1e-4
            (x1, y1, _), (x0, y0, _) = (self.moved(s, pivot).project(points) for s in (step, -step))
            across[k], down[k] = (x1 - x0) / 2e-4, (y1 - y0) / 2e-4
        return across, down


def grid(width_px: int, height_px: int) -> tuple[Floats, Floats]:
    """Middles of all pixels, row by row, as shares of the picture."""
    y, x = np.mgrid[:height_px, :width_px]
    return (x.ravel() + 0.5) / width_px, (y.ravel() + 0.5) / height_px


def rotation(vector: Floats) -> Floats:
    """Turn by a vector's length around it, (3, 3). Rodrigues' formula."""
    angle = float(np.linalg.norm(vector))
    if angle < 1e-12:
        return np.eye(3)
    x, y, z = vector / angle
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross


def is_within_reach(pose: Pose, start: Pose, pivot: Floats) -> bool:
    """Whether a start may plausibly have been meant for a pose; alignment with a wrong picture runs away."""
    one, other = start.place - pivot, pose.place - pivot
    near, far = float(np.linalg.norm(one)), float(np.linalg.norm(other))
    cosine = float(one @ other) / max(near * far, 1e-12)
    return (
        cosine > np.cos(_REACH) and abs(np.log(far / near)) < _NEARER and abs(np.log(pose.width / start.width)) < _ZOOM
    )


def turn_between_deg(one: Pose, other: Pose) -> float:
    """Angle between two orientations."""
    cosine = (np.trace(one.turn.T @ other.turn) - 1) / 2
    return float(np.degrees(np.arccos(np.clip(cosine, -1, 1))))


def free_steps(pose: Pose) -> list[int]:
    """The steps that change the picture: distance has no say in a parallel projection."""
    return [k for k in range(7) if pose.is_perspective or k != DISTANCE]
