"""Coloured points of the surfaces that some pictures show, and how they look from elsewhere, without a render."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from viga_mcp.fitting.camera.pose import Floats, Pose, grid
from viga_mcp.fitting.pictures import Picture
from viga_mcp.fitting.probes import Seen

_SKY = 1e3  # distances of the pivot at which what has no surface is put
_SAME_SURFACE = 1.03  # depths within this of the nearest belong to one surface


@dataclass(frozen=True)
class Cloud:
    """Points of the world, their colours, and normals towards where they were seen from, 0 of the sky; (n, 3) each."""

    points: Floats
    colours: NDArray[np.float32]
    normals: Floats

    def thinned(self, count: int) -> "Cloud":
        """At most so many of the points, the same ones at each call."""
        if len(self.points) <= count:
            return self
        chosen = np.random.default_rng(0).choice(len(self.points), count, replace=False)
        return Cloud(self.points[chosen], self.colours[chosen], self.normals[chosen])


def surfaces(pose: Pose, seen: Seen, far_m: float) -> Cloud:
    """The points that a picture shows; what has no depth is put `far_m` away."""
    height, width = seen.depth_m.shape
    x, y = grid(width, height)
    depth = np.minimum(seen.depth_m.ravel().astype(float), far_m)
    points = pose.points(x, y, depth)
    normals = seen.normal.reshape(-1, 3).astype(float)
    toward = pose.place - points if pose.is_perspective else np.broadcast_to(pose.turn[:, 2], points.shape)
    normals = normals * np.where(np.sum(normals * toward, axis=1) < 0, -1.0, 1.0)[:, None]
    normals[depth >= far_m] = 0
    return Cloud(points, seen.picture.reshape(-1, 3), normals)


def joined(clouds: Sequence[Cloud]) -> Cloud:
    """All points together."""
    return Cloud(*(np.concatenate([getattr(c, n) for c in clouds]) for n in ("points", "colours", "normals")))


def far(pose: Pose, pivot: Floats) -> float:
    """How far away to put what has no surface."""
    return _SKY * max(float(np.linalg.norm(pose.place - pivot)), 1e-6)


def splat(cloud: Cloud, pose: Pose, width_px: int, height_px: int) -> tuple[Picture, NDArray[np.float32], Floats]:
    """What a pose sees of a cloud.

    Returns:
        The mean colour of the nearest points in each pixel, (H, W, 3); its depth, (H, W), inf where nothing lies; and
        1 where something lies, (H, W).
    """
    x, y, depth = pose.project(cloud.points)
    back = pose.place if pose.is_perspective else pose.place + pose.turn[:, 2] * 1e6
    faces = np.einsum("nk,nk->n", cloud.normals, back - cloud.points) >= 0
    with np.errstate(invalid="ignore"):
        inside = faces & np.isfinite(depth) & (x >= 0) & (x < 1) & (y >= 0) & (y < 1)
    depth, colours = depth[inside], cloud.colours[inside]
    pixel = (y[inside] * height_px).astype(int) * width_px + (x[inside] * width_px).astype(int)
    nearest = np.full(width_px * height_px, np.inf)
    np.minimum.at(nearest, pixel, depth)
    front = depth <= nearest[pixel] * _SAME_SURFACE
    pixel, colours = pixel[front], colours[front]
    count = np.bincount(pixel, minlength=width_px * height_px)
    sums = np.stack([np.bincount(pixel, colours[:, k], width_px * height_px) for k in range(3)], axis=1)
    picture = (sums / np.maximum(count, 1)[:, None]).astype(np.float32)
    shape = (height_px, width_px)
    return (
        picture.reshape(*shape, 3),
        nearest.reshape(shape).astype(np.float32),
        (count > 0).astype(float).reshape(shape),
    )
