"""What a scene would look like with other geometry, without a render: colours learnt from the last picture.

Each material's colour is a smooth function of where its surface faces and lies, fitted to a real picture (deferred
shading turned round). Far from exact, but it tells what moves where; what it can't explain (textures, shadows,
reflections) stays where it was in that picture.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from viga_mcp.fitting.pictures import Picture
from viga_mcp.fitting.probes import GBuffer

OVERSAMPLING = 2
"""Pixels of a G-buffer along each side of a picture's pixel: half-covered pixels are most of a small picture."""

_PULL, _LEAST_PULL = 0.02, 4.0  # towards an even colour: per pixel of the material, and at least
_BRIGHTEST = 1.2

Features = NDArray[np.float64]


@dataclass(frozen=True)
class Shading:
    """Predicts pictures of one view.

    Attributes:
        picture: A real one, (height, width, 3), and drawn: the same as shaded here; their difference stays in place.
        colours: Coefficients by material, (features, 3); "" for what has no material or is nothing at all.
        unseen: The mean colour of all surfaces, for materials that the picture does not show.
        middle, radius: Of what is seen, metres: positions are taken relative to it.
    """

    picture: Picture
    drawn: Picture
    colours: dict[str, NDArray[np.float64]]
    unseen: NDArray[np.float64]
    middle: NDArray[np.float64]
    radius: float

    def predict(self, surfaces: GBuffer) -> Picture:
        """The picture (height, width, 3) that these surfaces would make."""
        return self.picture + self._shade(surfaces) - self.drawn

    def _shade(self, surfaces: GBuffer) -> Picture:
        return _shade(surfaces, self.colours, self.unseen, self.middle, self.radius)


def learn_shading(picture: Picture, surfaces: GBuffer) -> Shading:
    """Fit every material's colours to a picture.

    Args:
        picture: (height, width, 3). surfaces: What it shows, `OVERSAMPLING` times as many pixels a side.
    """
    seen = surfaces.material >= 0
    places = surfaces.position[seen] if seen.any() else np.zeros((1, 3))
    middle = np.median(places, axis=0).astype(np.float64)
    radius = max(float(np.percentile(np.linalg.norm(places - middle, axis=1), 80)), 1e-6)
    features = _features(surfaces, middle, radius)
    kinds = np.unique(surfaces.material).tolist()
    # all at once, so that a pixel which two materials share counts for both
    parts = [_shrunk(features * (surfaces.material == kind)[..., None]) for kind in kinds]
    pixels = np.concatenate(parts, axis=2).reshape(picture.shape[0] * picture.shape[1], -1)
    pull = np.concatenate([[1e-6, *[_PULL * part[..., 0].sum() + _LEAST_PULL] * (part.shape[2] - 1)] for part in parts])
    wanted = picture.reshape(-1, 3).astype(np.float64)
    found = np.linalg.solve(pixels.T @ pixels + np.diag(pull), pixels.T @ wanted)
    colours = {_name(surfaces, kind): part for kind, part in zip(kinds, np.split(found, len(kinds)), strict=True)}
    unseen = wanted[_shrunk(seen[..., None].astype(np.float64)).ravel() > 0.5]
    mean = (unseen if len(unseen) else wanted).mean(axis=0)
    drawn = _shade(surfaces, colours, mean, middle, radius)
    return Shading(picture, drawn, colours, mean, middle, radius)


def _shade(
    surfaces: GBuffer,
    colours: dict[str, NDArray[np.float64]],
    unseen: NDArray[np.float64],
    middle: NDArray[np.float64],
    radius: float,
) -> Picture:
    features = _features(surfaces, middle, radius)
    shaded = np.broadcast_to(unseen, (*surfaces.material.shape, 3)).copy()
    for kind in np.unique(surfaces.material).tolist():
        known = colours.get(_name(surfaces, kind))
        if known is not None:
            here = surfaces.material == kind
            shaded[here] = features[here] @ known
    return _shrunk(np.clip(shaded, 0, _BRIGHTEST)).astype(np.float32)


def _name(surfaces: GBuffer, kind: int) -> str:
    return surfaces.materials[kind] if kind >= 0 else ""


def _features(surfaces: GBuffer, middle: NDArray[np.float64], radius: float) -> Features:
    """Spherical harmonics of the normal up to the second order, and the position, (..., 12)."""
    x, y, z = np.moveaxis(surfaces.normal.astype(np.float64), -1, 0)
    place = np.clip((surfaces.position - middle) / radius, -2, 2) * (surfaces.material >= 0)[..., None]
    turned = [np.ones_like(x), x, y, z, x * y, y * z, x * z, x * x - y * y, 3 * z * z - 1]
    return np.concatenate([np.stack(turned, -1), place], -1)


def _shrunk(pixels: NDArray[np.float64]) -> NDArray[np.float64]:
    """The mean of each square of pixels, (height, width, n)."""
    height, width = (size // OVERSAMPLING for size in pixels.shape[:2])
    return pixels.reshape(height, OVERSAMPLING, width, OVERSAMPLING, -1).mean(axis=(1, 3))
