"""Small operations on pictures and masks that attribution is made of. Pictures are (H, W, 3) floats of 255."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]
Array = NDArray[np.floating[Any]]
Area = tuple[slice, slice]
"""Rows and columns of a picture."""


def box(mask: Mask) -> Area:
    """The smallest area with all of a mask."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


def around(area: Area, margin_px: int, shape: tuple[int, ...]) -> Area:
    """The area with a margin, within a picture of this shape."""
    rows, columns = (
        slice(max(0, part.start - margin_px), min(length, part.stop + margin_px))
        for part, length in zip(area, shape, strict=False)
    )
    return rows, columns


def squared_gap(a: Array, b: Array) -> Array:
    """Mean squared difference of the channels, (H, W)."""
    red, green, blue = np.moveaxis((a - b) ** 2, -1, 0)  # a reduction over so short an axis takes five times as long
    return (red + green + blue) / 3


def contrast(picture: Array, mask: Mask) -> float:
    """Median difference of colours across the rim of a mask, two pixels apart because the rim itself is a mixture."""
    steps: list[Array] = []
    for axis in (0, 1):
        here = [slice(None), slice(None)]
        there = [slice(None), slice(None)]
        here[axis], there[axis] = slice(None, -2), slice(2, None)
        rim = mask[tuple(here)] != mask[tuple(there)]
        steps.append(np.abs(picture[tuple(here)][rim] - picture[tuple(there)][rim]).max(-1))
    crossed = np.concatenate(steps)
    return float(np.median(crossed)) if len(crossed) else 0.0


def recoloured(pixels: Array, wanted: Array, mask: Mask) -> Array:
    """The pixels with each channel stretched and shifted to lie best on the target within the mask."""
    own, target = pixels[mask], wanted[mask]
    mean = own.mean(0)
    spread = ((own - mean) ** 2).mean(0)
    slope = ((own - mean) * (target - target.mean(0))).mean(0) / np.maximum(spread, 1.0)
    return (pixels - mean) * slope + target.mean(0)


def sampled(pixels: Array, mask: Mask, ys: Array, xs: Array) -> tuple[Array, Array]:
    """Opacity and colours of a piece on a grid of its own coordinates, between its pixels; nothing beyond its mask."""
    alpha = np.pad(mask.astype(np.float32), 1)
    colours = np.pad(pixels * mask[..., None], ((1, 1), (1, 1), (0, 0)))
    layers = np.concatenate([colours, alpha[..., None]], 2)
    for axis, places in ((0, ys), (1, xs)):
        places = np.clip(places + 1, 0, layers.shape[axis] - 1)
        low = np.minimum(places.astype(int), layers.shape[axis] - 2)
        shape = [1, 1, 1]
        shape[axis] = len(places)
        weight = (places - low).astype(np.float32).reshape(shape)
        layers = np.take(layers, low, axis) * (1 - weight) + np.take(layers, low + 1, axis) * weight
    alpha = layers[..., 3]
    return alpha, layers[..., :3] / np.maximum(alpha, 1e-6)[..., None]


def shrunk(picture: Array, factor: int) -> Array:
    """Means of blocks; the last ones are filled up from the edge."""
    height, width = picture.shape[:2]
    picture = np.pad(picture, ((0, -height % factor), (0, -width % factor), (0, 0)), "edge")
    return picture.reshape(picture.shape[0] // factor, factor, -1, factor, picture.shape[2]).mean((1, 3))


def filled(picture: Array, hole: Mask, area: Area, margin_px: int = 1) -> tuple[Area, Array]:
    """The picture with a hole closed smoothly from what is around it: where that changes it, and what is there then.

    Args:
        hole: Within `area`, which is its box.
        margin_px: How far around the hole to close as well; at least the rim, which is a mixture of both sides.
    """
    window = around(area, margin_px, picture.shape)
    hole = grown(framed(hole, area, window), margin_px)
    wide = around(window, 4 + max(int(hole.any(1).sum()), int(hole.any(0).sum())) // 4, picture.shape)
    at = inner(window, wide)
    known = np.ones((wide[0].stop - wide[0].start, wide[1].stop - wide[1].start, 1), np.float32)
    known[at][hole] = 0
    closed = _pulled(picture[wide] * known, known)[at]
    return window, np.where(hole[..., None], closed, picture[window])


def framed(mask: Mask, area: Area, outer: Area) -> Mask:
    """A mask of an area as one of an area that holds it."""
    wide = np.zeros((outer[0].stop - outer[0].start, outer[1].stop - outer[1].start), np.bool_)
    wide[inner(area, outer)] = mask
    return wide


def inner(area: Area, outer: Area) -> Area:
    """An area in the coordinates of one that holds it."""
    rows, columns = (slice(a.start - b.start, a.stop - b.start) for a, b in zip(area, outer, strict=True))
    return rows, columns


def overlap(a: Area, b: Area) -> Area | None:
    """What two areas share."""
    rows, columns = (slice(max(p.start, q.start), min(p.stop, q.stop)) for p, q in zip(a, b, strict=True))
    return (rows, columns) if rows.start < rows.stop and columns.start < columns.stop else None


def _pulled(weighted: Array, weight: Array) -> Array:
    """Means where there are any, else those of coarser and coarser blocks."""
    mean = weighted / np.maximum(weight, 1e-6)
    if min(weight.shape[:2]) < 2 or bool((weight > 0).all()):
        return mean
    coarse = _pulled(shrunk(weighted, 2), shrunk(weight, 2)).repeat(2, 0).repeat(2, 1)
    return np.where(weight > 0, mean, coarse[: weight.shape[0], : weight.shape[1]])


def grown(mask: Mask, by_px: int = 1) -> Mask:
    grown = mask.copy()
    for _ in range(by_px):
        grown[1:] |= grown[:-1].copy()
        grown[:-1] |= grown[1:].copy()
        grown[:, 1:] |= grown[:, :-1].copy()
        grown[:, :-1] |= grown[:, 1:].copy()
    return grown
