"""From a camera's pose to boxes on its picture.

Frames: world, metres, z up; a pose maps camera to world, the camera looking down its -z with +y up; pixels from the
top left corner of the picture.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from viga_mcp.errors import VigaError
from viga_mcp.graph_values import Graph

Array = NDArray[np.float64]


@dataclass(frozen=True)
class CameraPose:
    """Where a picture is taken from.

    Args:
        name: What the picture is called: the view's text, with the corner's name for "corners".
        matrix_world: Camera to world, 4 rows of 4, no scale.
        fov_deg: Horizontal; None if orthographic.
        ortho_scale: Width of the picture in metres; None in perspective.
        clip: Nearest and farthest distance, metres.
        shift: Of the picture's centre, in widths of the picture, to the right and up.
        scene_camera: The scene's camera that this pose is copied from; the renderer may use it as it is.
            A panoramic one has neither `fov_deg` nor `ortho_scale`.
    """

    name: str
    matrix_world: tuple[tuple[float, ...], ...]
    fov_deg: float | None
    ortho_scale: float | None
    clip: tuple[float, float]
    shift: tuple[float, float] = (0.0, 0.0)
    scene_camera: str | None = None


@dataclass(frozen=True)
class ScreenBox:
    """Where an object's box lies on a picture.

    Args:
        box: x0, y0, x1, y1 in pixels, within the picture; None if no part is.
        depth_m: From the camera to the nearest corner of its box, along the view; negative is behind.
        off_frame: Share of its box on the picture's plane that is outside the picture, 0 to 1.
    """

    box: tuple[float, float, float, float] | None
    depth_m: float
    off_frame: float


def project(graph: Graph, pose: CameraPose, width_px: int, height_px: int) -> dict[str, ScreenBox]:
    """Where the box of each visible object lies on a picture, nearest first.

    It is the outline of the object's world box, so somewhat larger than the object; what hides it is not considered.

    Raises:
        VigaError: `invalid_argument` for a panoramic camera.
    """
    if pose.fov_deg is None and pose.ortho_scale is None:
        raise VigaError(
            "invalid_argument", f"{pose.name!r} is a panoramic camera: there are no boxes on its picture.",
            then='Ask for another view, as "orbit:30,20".',
        )  # fmt: skip
    entries = {name: entry for name, entry in graph["objects"].items() if entry["visible"] and entry["bounds"]}
    if not entries:
        return {}
    to_camera = np.linalg.inv(np.array(pose.matrix_world))
    corners = box_corners(np.array([entry["bounds"] for entry in entries.values()], np.float64))
    local: Array = corners @ to_camera[:3, :3].T + to_camera[:3, 3]
    found = {
        name: _screen_box(points, pose, width_px, height_px) for name, points in zip(entries, list(local), strict=True)
    }
    return dict(sorted(found.items(), key=lambda item: item[1].depth_m))


def _screen_box(local: Array, pose: CameraPose, width_px: int, height_px: int) -> ScreenBox:
    """From the 8 corners in the camera's frame."""
    depth = -local[:, 2]
    nearest = float(depth.min())
    near = pose.clip[0]
    if pose.fov_deg is not None and nearest < near:
        local = _cut(local, near)
    if not len(local) or float(depth.max()) < near:
        return ScreenBox(None, nearest, 1.0)
    pixels = to_pixels(local, pose, width_px, height_px)
    low, high = pixels.min(axis=0), pixels.max(axis=0)
    x0, y0 = max(0.0, float(low[0])), max(0.0, float(low[1]))
    x1, y1 = min(float(width_px), float(high[0])), min(float(height_px), float(high[1]))
    if x0 > x1 or y0 > y1:
        return ScreenBox(None, nearest, 1.0)
    # What is seen from its edge has no area, so all boxes are taken a hair thicker.
    whole = float((high[0] - low[0] + 1e-6) * (high[1] - low[1] + 1e-6))
    return ScreenBox((x0, y0, x1, y1), nearest, max(0.0, 1.0 - (x1 - x0 + 1e-6) * (y1 - y0 + 1e-6) / whole))


def to_pixels(local: Array, pose: CameraPose, width_px: int, height_px: int) -> Array:
    """(n, 3) points in the camera's frame, before it, as (n, 2) pixels from the top left."""
    half_width: float | Array
    if pose.fov_deg is None:
        half_width = (pose.ortho_scale or 1.0) / 2
    else:
        half_width = -local[:, 2] * math.tan(math.radians(pose.fov_deg) / 2)
    x = local[:, 0] / half_width / 2 - pose.shift[0]
    y = local[:, 1] / half_width / 2 - pose.shift[1]
    return np.stack([(0.5 + x) * width_px, height_px / 2 - y * width_px], axis=1)


def _cut(corners: Array, near: float) -> Array:
    """The part of a box before the near plane: its corners there and where its edges cross the plane."""
    depth = -corners[:, 2]
    points = [corners[depth >= near]]
    for i in range(8):
        for j in (i ^ 1, i ^ 2, i ^ 4):
            if depth[i] >= near > depth[j]:
                share = (depth[i] - near) / (depth[i] - depth[j])
                points.append((corners[i] + share * (corners[j] - corners[i]))[None])
    return np.concatenate(points)


def box_corners(boxes: Array) -> Array:
    """(..., 2, 3) boxes to (..., 8, 3); bit 2 of the index is x, bit 1 is y, bit 0 is z."""
    index = np.arange(8)
    return np.stack([boxes[..., index >> 2, 0], boxes[..., index >> 1 & 1, 1], boxes[..., index & 1, 2]], axis=-1)
