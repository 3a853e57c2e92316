"""Pictures as arrays: smaller, blurred, compared. A picture is (height, width, 3) float32 in 0..1, row 0 on top."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.float32]
_SCREEN = 3.0  # light to the power of 1/3 is about what a screen shows: between plain sRGB (2.2) and Blender's AgX (4)


def photometric_loss(picture: Picture, target: Picture) -> float:
    """Mean squared difference of two pictures of one size; 0 is equal."""
    return float(np.mean((picture.astype(np.float64) - target) ** 2))


def resize(picture: Picture, width_px: int, height_px: int) -> Picture:
    """The picture at another size: each new pixel is the mean of the area it covers."""
    height, width = picture.shape[:2]
    rows, columns = _area_weights(height, height_px), _area_weights(width, width_px)
    return np.einsum("yh,hwc,xw->yxc", rows, picture, columns, optimize=True).astype(np.float32)


def shrink(picture: Picture, width_px: int, height_px: int) -> Picture:
    """The picture as a renderer would have made it at a smaller size: light is averaged, not what a screen shows of it.

    At edges and in noise the two differ, and an energy fitted to the wrong one ends up to a tenth too low.
    """
    return resize(picture**_SCREEN, width_px, height_px) ** np.float32(1 / _SCREEN)


def blur(pictures: NDArray[np.float32], sigma_px: float) -> NDArray[np.float32]:
    """Gaussian blur over the two axes before the last of (..., height, width, channels); edges count what is inside."""
    if sigma_px <= 0:
        return pictures
    rows, columns = (_gaussian(size, sigma_px) for size in pictures.shape[-3:-1])
    across = np.matmul(columns, pictures)
    return np.matmul(rows, across.reshape(*pictures.shape[:-2], -1)).reshape(pictures.shape)


def fit_size(width_px: int, height_px: int, longest_px: int) -> tuple[int, int]:
    """Width and height of the same shape whose longer side is at most `longest_px`."""
    scale = min(1.0, longest_px / max(width_px, height_px))
    return max(1, round(width_px * scale)), max(1, round(height_px * scale))


@lru_cache(maxsize=64)
def _area_weights(old: int, new: int) -> NDArray[np.float32]:
    """(new, old) weights: how much of each old cell lies in each new one; rows sum to 1."""
    edges = np.linspace(0, old, new + 1)
    cells = np.arange(old)
    overlap = np.minimum(edges[1:, None], cells + 1) - np.maximum(edges[:-1, None], cells)
    weights = np.clip(overlap, 0, None)
    return (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)


@lru_cache(maxsize=64)
def _gaussian(size: int, sigma_px: float) -> NDArray[np.float32]:
    distance = np.arange(size)[:, None] - np.arange(size)
    weights = np.exp(-0.5 * (distance / sigma_px) ** 2)
    return (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)
