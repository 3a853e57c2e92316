"""A camera's pose, and where points lie on its picture.

Frames: world, metres, z up; a pose maps camera to world, the camera looking down its -z with +y up; pixels from the
top left corner of the picture.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

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


def box_corners(boxes: Array) -> Array:
    """(..., 2, 3) boxes to (..., 8, 3); bit 2 of the index is x, bit 1 is y, bit 0 is z."""
    index = np.arange(8)
    return np.stack([boxes[..., index >> 2, 0], boxes[..., index >> 1 & 1, 1], boxes[..., index & 1, 2]], axis=-1)
