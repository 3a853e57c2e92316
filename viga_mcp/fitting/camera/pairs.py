"""The camera from points whose places on the picture are known, without any picture (perspective-n-point)."""

import numpy as np

from viga_mcp.fitting.camera.guides import Guides
from viga_mcp.fitting.camera.pose import AZIMUTH, DISTANCE, ELEVATION, Floats, Pose, free_steps

_PRIOR = np.array([1.0, 1.0, 0.6, 1.0, 1.0, 1.0, 0.5])  # of the steps; weak: it decides only what the points leave open
_WEIGHT = 1e-3
ENOUGH_PAIRS = 4
_ITERATIONS = 60


def poses_from_pairs(start: Pose, guides: Guides, pivot: Floats, count: int = 3) -> list[Pose]:
    """Poses at which known points lie where they should, best first; none where there are fewer than four.

    Seven numbers are sought: four points give eight. From a few starts around the subject, because the way is not
    always downhill; solutions that differ are all told.
    """
    if len(guides.points) < ENOUGH_PAIRS:
        return []
    found: list[tuple[Pose, float]] = []
    for tilt, angle in [(0.0, 0.0), *((0.6, k * np.pi / 3) for k in range(6))]:
        for away in (0.0, 0.3):
            steps = np.zeros(7)
            steps[AZIMUTH], steps[ELEVATION], steps[DISTANCE] = tilt * np.cos(angle), tilt * np.sin(angle), away
            pose = _descend(start.moved(steps, pivot), guides, pivot)
            found.append((pose, guides.off(pose)))
    found.sort(key=lambda one: one[1])
    limit = max(3 * found[0][1], 0.004)
    kept: list[Pose] = []
    for pose, error in found:
        least = 0.02 * float(np.linalg.norm(pose.place - pivot))
        if error <= limit and all(np.linalg.norm(pose.place - other.place) > least for other in kept):
            kept.append(pose)
    return kept[:count]


def _descend(pose: Pose, guides: Guides, pivot: Floats) -> Pose:
    """Levenberg-Marquardt."""
    free = free_steps(pose)
    gone, damping = np.zeros(7), 1e-2
    error = guides.errors(pose).ravel() / guides.spread
    cost = float(error @ error)
    for _ in range(_ITERATIONS):
        columns = guides.slopes(pose, pivot).reshape(7, -1) / guides.spread
        pull = _WEIGHT * np.eye(7) / _PRIOR**2
        normal = columns @ columns.T + pull
        slope = columns @ error + pull @ gone
        part = normal[np.ix_(free, free)]
        step = np.zeros(7)
        step[free] = -np.linalg.solve(part + damping * np.diag(np.diag(part)), slope[free])
        step = np.clip(step, -0.3, 0.3)
        there = pose.moved(step, pivot)
        new = guides.errors(there).ravel() / guides.spread
        total = float(new @ new) + _WEIGHT * float(np.sum(((gone + step) / _PRIOR) ** 2))
        if total < cost:
            done = cost - total < 1e-7 * cost
            pose, error, cost, gone, damping = there, new, total, gone + step, max(damping * 0.3, 1e-7)
            if done:
                break
        else:
            damping *= 5
            if damping > 1e8:
                break
    return pose
