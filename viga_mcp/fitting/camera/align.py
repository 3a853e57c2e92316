"""Direct image alignment: the pose at which a picture of known depth agrees with another picture.

Each pixel of a rendered picture is a point of the world; moving the camera moves it over the target. Gauss-Newton on
the colour differences needs no further render until the points' visibility has changed. Sources: Lucas and Kanade 1981;
Malis 2004 (mean of both pictures' slopes); Kerl, Sturm and Cremers 2013 (robust weights).
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from viga_mcp.fitting.camera.guides import Guides
from viga_mcp.fitting.camera.likeness import blurred, robust_weights, unlikeness
from viga_mcp.fitting.camera.pose import Floats, Pose, free_steps, grid
from viga_mcp.fitting.pictures import Picture, blur

_INNER = 8  # steps from one picture
_LEAST_SPREAD = 0.004  # of the colours, 0..1
_FARTHEST = 0.06  # mean way of the points in one step, in widths
_NEAREST = 2e-5  # the same, below which the steps have ended
_EDGE = 1.1  # ratio of depths that makes an edge
_PRIOR = np.array([0.6, 0.6, 0.3, 0.5, 0.3, 0.3, 0.4])  # what the steps may be, roughly; it only breaks ties
_TINT = np.repeat([0.3, 0.1], 3)  # how far gains and offsets of the light may be from none, roughly
_INDEPENDENT = 400  # how many of a picture's pixels say something of their own, roughly
_DAMPING = 1e-3


@dataclass(frozen=True)
class Aligned:
    """Where alignment led.

    Attributes:
        unlike: How unlike the pictures were before it; see `likeness.unlikeness`.
        normal: Normal matrix of the seven steps at the end, in squared deviations, (7, 7); all pixels counted.
        shift: Mean way of the points over the picture, in widths.
    """

    pose: Pose
    unlike: float
    normal: Floats
    shift: float


class _Ours(NamedTuple):
    """The rendered picture as n points: (n, 3) each but `held`, (n,), whether anything is known there."""

    points: Floats
    colours: Floats
    across: Floats
    down: Floats
    held: NDArray[np.bool_]


class _Equations(NamedTuple):
    """Normal matrix and slope of seven steps and six tints; the points' ways by each step, (7, m) each, in widths."""

    normal: Floats
    slope: Floats
    across: Floats
    down: Floats


def align(
    pose: Pose,
    picture: Picture,
    depth_m: NDArray[np.float32],
    target: Picture,
    pivot: Floats,
    *,
    sigma_px: float,
    far_m: float,
    guides: Guides,
    mask: Floats | None = None,
    inner: int = _INNER,
) -> Aligned:
    """Move a pose so that what a picture from it shows comes to lie where the target shows it.

    Args:
        picture, depth_m: (H, W, 3) in 0..1 and (H, W), from `pose`; inf where there is nothing.
        target: (H, W, 3). pivot: Of the steps, (3,).
        sigma_px: Blur of both pictures. far_m: Where to put what has no depth.
        mask: (H, W), 0 where the picture holds nothing. inner: Steps, at most.
    """
    known = np.ones(depth_m.shape) if mask is None else mask
    ours = _points(pose, picture, depth_m, known, sigma_px, far_m)
    theirs = blur(target, sigma_px)
    down, across = np.gradient(theirs, axis=(0, 1))
    stack = np.concatenate([theirs, across, down], axis=2)
    chosen = [*free_steps(pose), *range(7, 13)]
    here, tint, shift, normal = pose, np.zeros(6), 0.0, np.zeros((7, 7))
    for _ in range(inner):
        found = _equations(here, tint, ours, stack, pivot)
        normal = _without_tint(found.normal)
        share = 1 / max(1.0, found.across.shape[1] / _INDEPENDENT)
        whole, slope = found.normal * share, found.slope * share
        whole[7:, 7:] += np.diag(1 / _TINT**2)
        slope[7:] += tint / _TINT**2
        if len(guides.points):
            more = guides.normal(here, pivot)
            whole[:7, :7] += more[0]
            slope[:7] += more[1]
        whole[:7, :7] += np.diag(1 / _PRIOR**2)
        whole += _DAMPING * np.diag(np.diag(whole))
        step = np.zeros(13)
        step[chosen] = -np.linalg.solve(whole[np.ix_(chosen, chosen)], slope[chosen])
        way = float(np.mean(np.hypot(step[:7] @ found.across, step[:7] @ found.down))) if found.across.size else 0.0
        step *= min(1.0, _FARTHEST / max(way, 1e-12))
        here, tint = here.moved(step[:7], pivot), tint + step[7:]
        shift += min(way, _FARTHEST)
        if way < _NEAREST:
            break
    return Aligned(here, unlikeness(picture, target, known, sigma_px), normal, shift)


def _points(
    pose: Pose, picture: Picture, depth_m: NDArray[np.float32], mask: Floats, sigma_px: float, far_m: float
) -> _Ours:
    height, width = depth_m.shape
    smooth = blurred(picture, mask, sigma_px)
    depth = np.minimum(np.where(mask > 0, depth_m, np.inf), far_m)
    x, y = grid(width, height)
    points = pose.points(x, y, _reaching_over(depth, max(1, round(sigma_px))).ravel())
    down, across = np.gradient(smooth, axis=(0, 1))
    colours, across, down = (a.reshape(-1, 3).astype(float) for a in (smooth, across, down))
    return _Ours(points, colours, across, down, mask.ravel() > 0)


def _reaching_over(depth: Floats, radius_px: int) -> Floats:
    """Depths in which surfaces reach over their edges: a blurred edge moves with what is in front, on both sides."""
    nearest = depth
    for _ in range(radius_px):
        for axis in (0, 1):
            padded = np.pad(nearest, [(1, 1) if k == axis else (0, 0) for k in (0, 1)], mode="edge")
            size = nearest.shape[axis]
            nearest = np.minimum.reduce([np.take(padded, range(k, k + size), axis) for k in range(3)])
    return np.where(depth > nearest * _EDGE ** max(1, radius_px // 2), nearest, depth)


def _equations(pose: Pose, tint: Floats, ours: _Ours, stack: Picture, pivot: Floats) -> _Equations:
    height, width = stack.shape[:2]
    sample, inside = _sampled(pose, ours, stack)
    slope_x, slope_y = pose.slopes(ours.points, pivot)
    inside &= np.isfinite(slope_x).all(axis=0) & np.isfinite(slope_y).all(axis=0)
    sample, colours = sample[inside], ours.colours[inside]
    slope_x, slope_y = slope_x[:, inside], slope_y[:, inside]
    residual = sample[:, :3] - colours * (1 + tint[:3]) - tint[3:]
    spread = max(1.4826 * float(np.median(np.abs(residual))), _LEAST_SPREAD) if residual.size else 1.0
    weights = robust_weights(residual, spread) / spread**2
    across = 0.5 * (sample[:, 3:6] + ours.across[inside]) * width
    down = 0.5 * (sample[:, 6:9] + ours.down[inside]) * height
    columns = np.zeros((13, *residual.shape))
    columns[:7] = slope_x[:, :, None] * across + slope_y[:, :, None] * down
    for channel in range(3):
        columns[7 + channel, :, channel] = -colours[:, channel]
        columns[10 + channel, :, channel] = -1.0
    flat = columns.reshape(13, -1)
    weighted = flat * weights.ravel()
    return _Equations(weighted @ flat.T, weighted @ residual.ravel(), slope_x, slope_y / pose.aspect)


def _sampled(pose: Pose, ours: _Ours, stack: Picture) -> tuple[Floats, NDArray[np.bool_]]:
    """A stack of pictures, (H, W, c), where the points lie on it, (n, c), bilinear; and which of them do."""
    height, width, count = stack.shape
    x, y, depth = pose.project(ours.points)
    column, row = x * width - 0.5, y * height - 0.5
    inside = ours.held & np.isfinite(depth)
    inside &= (column >= 0) & (column <= width - 1) & (row >= 0) & (row <= height - 1)
    column, row = np.where(inside, column, 0.0), np.where(inside, row, 0.0)
    left, top = np.minimum(column.astype(int), width - 2), np.minimum(row.astype(int), height - 2)
    right_share, lower_share = (column - left)[:, None], (row - top)[:, None]
    flat, at = stack.reshape(-1, count), top * width + left
    upper = flat[at] * (1 - right_share) + flat[at + 1] * right_share
    lower = flat[at + width] * (1 - right_share) + flat[at + width + 1] * right_share
    return upper * (1 - lower_share) + lower * lower_share, inside


def _without_tint(whole: Floats) -> Floats:
    """The steps' part of a normal matrix, the six tints eliminated."""
    tints = whole[7:, 7:] + np.diag(1 / _TINT**2)
    return whole[:7, :7] - whole[:7, 7:] @ np.linalg.solve(tints, whole[7:, :7])
