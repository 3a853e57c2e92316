"""How alike two pictures are, whatever the light and whatever small part of them differs."""

import numpy as np

from viga_mcp.fitting.camera.pose import Floats
from viga_mcp.fitting.pictures import Picture, blur

CLIP = 2.5  # of the residuals' spread: what lies beyond hardly counts
_GAINS, _BIAS = (0.6, 1.6), 0.25  # how far light may differ, a channel
_TINTS = 3  # rounds in which the light is matched
_NEAR = 0.4  # of the target's contrast: a difference that still counts when the light is matched
_STEADY = 0.05  # share of the target's contrast that keeps the gain near 1 where a picture has none
_UNKNOWN = 0.35  # cost of a pixel that nothing is known of
_LEAST_SEEN = 0.2


def unlikeness(picture: Picture, target: Picture, mask: Floats, sigma_px: float) -> float:
    """From 0, equal, to about 1, nothing in common.

    Colours are matched by a gain and an offset a channel within limits; differences are clipped, so that a thing out
    of place costs its area and no more.

    Args:
        picture, target: (H, W, 3). mask: (H, W), 0 where the picture holds nothing. sigma_px: Blur of both.
    """
    theirs = blur(target, sigma_px)
    inside = mask.ravel() > 0
    seen = float(inside.mean())
    if seen < _LEAST_SEEN:
        return 1.0
    a = blurred(picture, mask, sigma_px).reshape(-1, 3)[inside].astype(float)
    b = theirs.reshape(-1, 3)[inside].astype(float)
    contrast = max(float(np.sqrt(np.mean((theirs - theirs.mean(axis=(0, 1))) ** 2))), 0.02)
    gain, bias = _tint(a, b, contrast)
    square = ((b - a * gain - bias) / contrast) ** 2
    return float(2 * (np.mean(square / (1 + square)) * seen + _UNKNOWN * (1 - seen)))


def blurred(picture: Picture, mask: Floats, sigma_px: float) -> Picture:
    """Blurred over what the mask holds; nothing leaks in from outside it."""
    if float(mask.min()) > 0:
        return blur(picture, sigma_px)
    weight = mask[..., None].astype(np.float32)
    sigma_px = max(sigma_px, 0.5)
    held = np.maximum(blur(weight, sigma_px), 1e-4)
    return (blur(picture * weight, sigma_px) / held).astype(np.float32)


def robust_weights(residual: Floats, spread: float) -> Floats:
    """Geman and McClure's weights, 1 for what agrees."""
    return 1 / (1 + (residual / (CLIP * spread)) ** 2) ** 2


def _tint(ours: Floats, theirs: Floats, contrast: float) -> tuple[Floats, Floats]:
    """Gain and offset of each channel that bring one picture's colours, (n, 3), to another's, both (3,)."""
    gain, bias = np.ones(3), np.zeros(3)
    for _ in range(_TINTS):
        weights = robust_weights(theirs - ours * gain - bias, _NEAR * contrast)
        total = weights.sum(axis=0) + 1e-9
        mean, wanted = (weights * ours).sum(axis=0) / total, (weights * theirs).sum(axis=0) / total
        steady = _STEADY * total * contrast**2
        variance = (weights * (ours - mean) ** 2).sum(axis=0) + steady
        together = (weights * (ours - mean) * (theirs - wanted)).sum(axis=0) + steady
        gain = np.clip(together / variance, *_GAINS)
        bias = np.clip(wanted - gain * mean, -_BIAS, _BIAS)
    return gain, bias
