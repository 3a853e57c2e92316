"""Where the scene graph's active camera sees a point. Frame coordinates: x right, y down, 0..1 over the picture."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Graph = Mapping[str, Any]
Points = NDArray[np.float64]  # (n, 3), world, metres


@dataclass(frozen=True, slots=True)
class Camera:
    """A pinhole or parallel camera.

    Attributes:
        to_camera: World to camera, (4, 4); the camera looks down -z.
        half_width: Half the picture's width at depth 1 (perspective), or in metres (parallel).
        aspect: Height over width of the picture.
    """

    to_camera: Points
    half_width: float
    aspect: float
    is_perspective: bool
    shift: tuple[float, float]

    def project(self, points: Points) -> tuple[Points, Points]:
        """Frame coordinates (n, 2) and depths (n,) of world points; meaningless where the depth is not positive."""
        local = points @ self.to_camera[:3, :3].T + self.to_camera[:3, 3]
        depth = -local[:, 2]
        width = np.where(depth > 1e-6, depth, 1e-6) * self.half_width if self.is_perspective else self.half_width
        longest = max(1.0, self.aspect)
        x = 0.5 + 0.5 * local[:, 0] / width - self.shift[0] * longest
        y = 0.5 - 0.5 * local[:, 1] / (width * self.aspect) + self.shift[1] * longest / self.aspect
        return np.stack([x, y], axis=1), depth


def find_camera(graph: Graph, aspect: float, name: str | None = None) -> Camera | None:
    """A scene graph's camera (by default the active one) for pictures of this height over width; None if unusable."""
    name = name or graph.get("scene", {}).get("camera")
    thing = graph.get("objects", {}).get(name)
    if not thing or not thing.get("camera") or not thing.get("matrix_world"):
        return None
    data = thing["camera"]
    matrix = np.array(thing["matrix_world"], float).reshape(4, 4)
    matrix[:3, :3] /= np.linalg.norm(matrix[:3, :3], axis=0)  # Blender ignores a camera's scale
    is_perspective = data.get("projection", "PERSP") != "ORTHO"
    if is_perspective:
        if not data.get("fov_deg"):
            return None
        half_width = math.tan(math.radians(data["fov_deg"]) / 2)
    else:
        half_width = data["ortho_scale"] / 2 / max(1.0, aspect)
    shift = data.get("shift") or (0.0, 0.0)
    return Camera(np.linalg.inv(matrix), half_width, aspect, is_perspective, (shift[0], shift[1]))


def corners(graph: Graph, name: str) -> Points:
    """Eight corners of an object's world box, or its origin alone where it has no extent; (n, 3)."""
    thing = graph["objects"][name]
    if thing.get("bounds"):
        low, high = (np.array(corner, float) for corner in thing["bounds"])
        return np.array([[(low, high)[(k >> axis) & 1][axis] for axis in range(3)] for k in range(8)])
    return np.array(thing["matrix_world"], float).reshape(4, 4)[None, :3, 3]


def centre(graph: Graph, name: str) -> Points:
    """The middle of an object's world box, (3,)."""
    return corners(graph, name).mean(axis=0)
