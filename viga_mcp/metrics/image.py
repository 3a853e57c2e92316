"""Numbers for how far a render is from its target. Pictures are (H, W, 3) uint8 of one size."""

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Plane = NDArray[np.float64]


def photometric_loss(image: Image, target: Image) -> float:
    """Mean squared difference of two pictures scaled to [0, 1]; 0 is equal. As BlenderGym's `photometric_loss`."""
    return float(np.mean((image.astype(np.float64) - target.astype(np.float64)) ** 2) / 255**2)


def structural_similarity(image: Image, target: Image, *, window_px: int = 7) -> float:
    """Mean SSIM over the three channels with a uniform window; 1 is equal, 0 unrelated.

    The same number as scikit-image's `structural_similarity(..., channel_axis=2, data_range=255)`.

    Raises:
        ValueError: If a side is shorter than the window.

    Source: Wang et al. 2004, doi:10.1109/TIP.2003.819861.
    """
    if min(image.shape[:2]) < window_px:
        raise ValueError(f"SSIM needs at least {window_px} pixels a side")
    return float(np.mean([_ssim_plane(image[..., c], target[..., c], window_px) for c in range(3)]))


def colour_offset(image: Image, target: Image) -> tuple[float, float, float]:
    """Mean of render minus target for red, green and blue, in steps of 255."""
    red, green, blue = (image.astype(np.float64) - target.astype(np.float64)).mean((0, 1))
    return float(red), float(green), float(blue)


def best_shift(image: Image, target: Image) -> tuple[int, int]:
    """How far the render should move to lie best on the target, (right, down) in pixels; by phase correlation."""
    spectra = [np.fft.rfft2(_windowed(picture)) for picture in (target, image)]
    cross = spectra[0] * np.conj(spectra[1])
    surface = np.fft.irfft2(cross / np.maximum(np.abs(cross), 1e-9), s=image.shape[:2])
    row, column = np.unravel_index(int(surface.argmax()), surface.shape)
    height, width = image.shape[:2]
    return int((column + width // 2) % width - width // 2), int((row + height // 2) % height - height // 2)


def _windowed(picture: Image) -> Plane:
    grey = picture.astype(np.float64).mean(2)
    return (grey - grey.mean()) * np.outer(np.hanning(grey.shape[0]), np.hanning(grey.shape[1]))


def _ssim_plane(image: NDArray[np.uint8], target: NDArray[np.uint8], window_px: int) -> float:
    x, y = image.astype(np.float64), target.astype(np.float64)
    mean_x, mean_y = _box_mean(x, window_px), _box_mean(y, window_px)
    # the sample covariance, as in scikit-image
    unbiased = window_px**2 / (window_px**2 - 1)
    var_x = unbiased * (_box_mean(x * x, window_px) - mean_x**2)
    var_y = unbiased * (_box_mean(y * y, window_px) - mean_y**2)
    cov = unbiased * (_box_mean(x * y, window_px) - mean_x * mean_y)
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    numerator = (2 * mean_x * mean_y + c1) * (2 * cov + c2)
    return float(np.mean(numerator / ((mean_x**2 + mean_y**2 + c1) * (var_x + var_y + c2))))


def _box_mean(plane: Plane, window_px: int) -> Plane:
    """Means of all whole windows, by summed areas."""
    total = np.pad(plane, ((1, 0), (1, 0))).cumsum(0).cumsum(1)
    w = window_px
    return (total[w:, w:] - total[:-w, w:] - total[w:, :-w] + total[:-w, :-w]) / w**2
