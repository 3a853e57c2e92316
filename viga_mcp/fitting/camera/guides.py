"""Points of the world whose places on the target are known."""

from dataclasses import dataclass, field

import numpy as np

from viga_mcp.fitting.camera.pose import Floats, Pose

_BEHIND = 10.0  # widths: what a point behind the camera is off by


@dataclass(frozen=True)
class Guides:
    """Known points.

    Attributes:
        points: (k, 3), world. places: (k, 2), shares of the target's width and height.
        spread: How far off the places may be, in widths.
    """

    points: Floats = field(default_factory=lambda: np.zeros((0, 3)))
    places: Floats = field(default_factory=lambda: np.zeros((0, 2)))
    spread: float = 0.006

    def errors(self, pose: Pose) -> Floats:
        """How far each lies from its place, right and down, (k, 2), in widths of the picture."""
        x, y, _ = pose.project(self.points)
        off = np.stack([x - self.places[:, 0], (y - self.places[:, 1]) / pose.aspect], axis=1)
        return np.nan_to_num(np.clip(off, -_BEHIND, _BEHIND), nan=_BEHIND)

    def off(self, pose: Pose) -> float:
        """Root mean square distance from the places, in widths; 0 without points."""
        return float(np.sqrt(np.mean(np.sum(self.errors(pose) ** 2, axis=1)))) if len(self.points) else 0.0

    def slopes(self, pose: Pose, pivot: Floats) -> Floats:
        """Change of the errors by each of the seven steps, (7, k, 2)."""
        across, down = pose.slopes(self.points, pivot)
        return np.nan_to_num(np.stack([across, down / pose.aspect], axis=2))

    def normal(self, pose: Pose, pivot: Floats) -> tuple[Floats, Floats]:
        """Normal matrix (7, 7) and slope (7,) of half the squared errors in units of the spread, outliers held down."""
        off = self.errors(pose) / self.spread
        columns = self.slopes(pose, pivot) / self.spread
        weighted = columns / np.sqrt(1 + np.sum(off**2, axis=1) / 9)[None, :, None]
        return np.einsum("ikc,jkc->ij", weighted, columns), np.einsum("ikc,kc->i", weighted, off)
