"""Passes as pictures that can be seen, and in words."""

import colorsys
from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np

from viga_mcp.passes import Ids, Mask, ViewPasses
from viga_mcp.pictures import Label, Pixels, written

DataPass = Literal["depth", "normal", "object_id"]
DATA_PASSES: tuple[DataPass, ...] = get_args(DataPass)
LABELLED = 24
"""Objects whose names stand on a picture, the largest first."""

MIN_LABELLED_SHARE = 0.001
_GOLDEN_RATIO = 0.618034


@dataclass(frozen=True)
class PassPicture:
    """One pass of one view, to look at and to compute with.

    Attributes:
        pixels: (H, W, 3).
        data: (H, W) or (H, W, 3), the values themselves.
        text: What the picture shows, with its range and unit.
        names: Which object a number of `data` means, where its numbers are objects.
    """

    pixels: Pixels
    data: np.ndarray
    text: str
    names: dict[int, str] = field(default_factory=dict[int, str])


def picture(seen: ViewPasses, kind: DataPass) -> PassPicture:
    """A pass as a picture, its values, and what they are."""
    match kind:
        case "depth":
            return _depth(seen)
        case "normal":
            pixels = np.where(seen.ids[..., None] > 0, seen.normal * 127.5 + 127.5, 0).round().astype(np.uint8)
            return PassPicture(pixels, seen.normal, "red, green, blue = world x, y, z from -1 (dark) to 1")
        case "object_id":
            return _ids(seen)


def _depth(seen: ViewPasses) -> PassPicture:
    depths = seen.depth_m[seen.ids > 0]
    if not len(depths):
        return PassPicture(np.zeros((*seen.ids.shape, 3), np.uint8), seen.depth_m, "nothing in the picture")
    near, far = float(depths.min()), float(depths.max())
    grey = np.where(seen.ids > 0, 255 - 215 * (np.minimum(seen.depth_m, far) - near) / max(far - near, 1e-9), 0)
    pixels = np.repeat(grey.round().astype(np.uint8)[..., None], 3, 2)
    text = f"{near:.4g} m (white) to {far:.4g} m (dark) along the view, median {float(np.median(depths)):.4g} m"
    return PassPicture(pixels, seen.depth_m, text + "; black is nothing")


def _ids(seen: ViewPasses) -> PassPicture:
    counts = np.bincount(seen.ids.ravel(), minlength=len(seen.names) + 1)
    order: list[int] = (np.argsort(-counts[1:], kind="stable") + 1).tolist()
    ranked = [id for id in order if counts[id]]
    palette = np.array([colour(id) for id in range(len(counts))], np.uint8)
    flat = palette[seen.ids]
    flat[outlines(seen.ids)] = 0
    large = [id for id in ranked[:LABELLED] if counts[id] >= MIN_LABELLED_SHARE * seen.ids.size]
    places = [(seen.names[id - 1], anchor(seen.mask(id))) for id in large]
    labels = [Label(name, x, y) for name, (x, y) in places]
    listed = ", ".join(f"{id} {seen.names[id - 1]!r} {counts[id]} px" for id in ranked[:LABELLED])
    more = f" and {len(ranked) - LABELLED} more" if len(ranked) > LABELLED else ""
    text = f"{len(ranked)} of {len(seen.names)} objects seen: {listed or 'none'}{more}; 0 background {counts[0]} px"
    names = {id: seen.names[id - 1] for id in sorted(ranked)}
    return PassPicture(written(flat, labels), seen.ids, f"{text} (number, object, size)", names)


def colour(id: int) -> tuple[int, int, int]:
    """The colour of an object in pictures of ids: far from its neighbours' in the list, black for the background."""
    if id == 0:
        return 0, 0, 0
    value = (0.95, 0.75, 0.6)[id % 3]
    red, green, blue = colorsys.hsv_to_rgb(id * _GOLDEN_RATIO % 1, 0.55, value)
    return round(red * 255), round(green * 255), round(blue * 255)


def outlines(ids: Ids) -> Mask:
    """(H, W), the pixels whose right or lower neighbour is another object."""
    edge = np.zeros(ids.shape, bool)
    edge[:, :-1] |= ids[:, :-1] != ids[:, 1:]
    edge[:-1] |= ids[:-1] != ids[1:]
    return edge


def anchor(mask: Mask) -> tuple[int, int]:
    """Where to write an object's name, (x, y): the middle of the longest run of its middle row."""
    rows: list[int] = np.nonzero(mask)[0].tolist()  # of each pixel, sorted
    y = rows[len(rows) // 2]
    edges: list[int] = np.flatnonzero(np.diff(np.pad(mask[y], 1).astype(np.int8))).tolist()
    start, end = max(zip(edges[::2], edges[1::2], strict=True), key=lambda run: run[1] - run[0])
    return (start + end) // 2, y
