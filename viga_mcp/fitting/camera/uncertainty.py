"""How well a picture settles a camera: standard deviations, and the direction that it leaves open."""

from dataclasses import dataclass

import numpy as np

from viga_mcp.fitting.camera.pose import STEPS, Floats, Pose, free_steps

_SAYS_NOTHING = 1.0  # a step's standard deviation, radians or log, beyond which nothing is known of it
_NAMED = 0.35  # part of the weakest direction that is worth naming
_WEAK = 3.0  # times the next weakest one's deviation


@dataclass(frozen=True)
class Uncertainty:
    """Standard deviations.

    Attributes:
        along_m, across_m: Of the location, along the view and to its sides.
        turn_deg: Of the orientation. lens: Of the focal length, as a share of it.
        weakest: Steps that trade against one another with little effect on the picture, and by how much each may be off
            together, radians or log; empty where no direction stands out.
    """

    along_m: float
    across_m: float
    turn_deg: float
    lens: float
    weakest: dict[str, float]


def uncertainty(pose: Pose, normal: Floats, pivot: Floats) -> Uncertainty:
    """From the normal matrix of the seven steps at the solution, in squared standard deviations, (7, 7)."""
    free = free_steps(pose)
    part = normal[np.ix_(free, free)] + np.eye(len(free)) / _SAYS_NOTHING**2
    spread, directions = np.linalg.eigh(part)
    covariance = np.zeros((7, 7))
    covariance[np.ix_(free, free)] = (directions / spread) @ directions.T
    location, turned, lens = np.empty((3, 7)), np.empty((3, 7)), np.empty(7)
    for k in range(7):
        step = np.zeros(7)
        step[k] = 1e-4
        there = pose.moved(step, pivot)
        location[:, k] = pose.turn.T @ (there.place - pose.place) / 1e-4
        small = pose.turn.T @ there.turn
        turned[:, k] = np.array([small[2, 1], small[0, 2], small[1, 0]]) / 1e-4
        lens[k] = np.log(pose.width / there.width) / 1e-4
    moved = np.diag(location @ covariance @ location.T)
    flattest: list[float] = directions[:, 0].tolist()
    order = sorted(range(len(free)), key=lambda i: -abs(flattest[i]))
    deviation = float(1 / np.sqrt(spread[0]))
    weakest = {STEPS[free[i]]: flattest[i] * deviation for i in order if abs(flattest[i]) > _NAMED}
    stands_out = np.sqrt(spread[1] / spread[0]) > _WEAK
    return Uncertainty(
        along_m=float(np.sqrt(moved[2])),
        across_m=float(np.sqrt((moved[0] + moved[1]) / 2)),
        turn_deg=float(np.degrees(np.sqrt(np.trace(turned @ covariance @ turned.T)))),
        lens=float(np.sqrt(lens @ covariance @ lens)),
        weakest=weakest if stands_out else {},
    )
