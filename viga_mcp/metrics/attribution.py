"""Which objects carry the difference between a render and its target.

Masks are known of the render alone. So each object is tried as a flat cut-out: left in its place in another colour,
moved and scaled, or taken away; how much of the squared difference the best of these removes is what the object
explains. One that moved explains its old place and its new one, which masks alone would blame on what lies behind.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Ids = NDArray[np.uint16]
Mask = NDArray[np.bool_]
Array = NDArray[np.floating[Any]]

MIN_PIXELS = 6
MIN_TRIED = 0.02  # share of the difference on and near an object from which on it is tried elsewhere
NEAR = 0.3  # of its size: one that is too small has nothing wrong on itself
BACKDROP = 0.4  # share of the picture from which on an object is not tried elsewhere; nor is one at three edges
SCALES = 0.5, 2.0
LIKENESS = 0.4  # of the difference at a place, the most that may remain with the object there
OVERLAP = 0.2  # of an object, with its place elsewhere, below which it should be gone from where it was
OUTLINE = 0.5  # of its contrast with what is around it, the least that shows an object in its place in any colour
OWN_COLOUR = 20.0  # of 255, how far its mean colour may be off elsewhere
COARSE_PX = 128
COARSE_SCALES = (0.7, 0.84, 1.0, 1.2, 1.43)
PEAKS, STARTS = 3, 3
TOLD_FROM = 0.3  # of the difference on an object that its best explanation must remove to be told


@dataclass(frozen=True)
class Part:
    """One object's part in the difference.

    Attributes:
        share: Of the squared difference of the whole picture, 0 to 1.
        explained: Share of the whole difference that the object alone could remove; parts may explain the same.
        colour_offset: Render minus target over the object where it lies best on the target, (red, green, blue) of 255.
        shift_px: How far it should move to lie best, (right, down); None where that can't be told.
        size_ratio: How large the target shows it, as a multiple of the render; None where that can't be told.
        is_missing: Whether the target shows rather what is around it.
    """

    name: str
    share: float
    explained: float
    colour_offset: tuple[float, float, float]
    shift_px: tuple[float, float] | None
    size_ratio: float | None
    is_missing: bool = False


@dataclass(frozen=True)
class Attribution:
    """All parts, what explains most first, and the share of the difference on pixels that show no object."""

    parts: tuple[Part, ...]
    background: float


@dataclass(frozen=True)
class _Fit:
    """A way to explain the difference, and how much of its sum it removes."""

    kind: Literal["kept", "moved", "gone"]
    gain: float
    shift: tuple[float, float] = (0.0, 0.0)
    scale: float = 1.0


def attribute(render: Image, target: Image, ids: Ids, names: Sequence[str]) -> Attribution:
    """Split the squared difference of two pictures over the objects of the render.

    Args:
        render, target: (H, W, 3).
        ids: (H, W), which object each pixel of the render shows, 1 for the first of `names`, 0 for none.
    """
    seen, wanted = render.astype(np.float32), target.astype(np.float32)
    gap = _gap(seen, wanted)
    total = max(float(gap.sum()), 1e-6)
    counts = np.bincount(ids.ravel(), minlength=len(names) + 1)
    coarse = _Coarse(wanted)
    found: list[tuple[_CutOut, _Fit]] = []
    for id in range(1, len(names) + 1):
        if counts[id] < MIN_PIXELS:
            continue
        cut = _CutOut(seen, wanted, gap, ids == id, names[id - 1])
        fits = [cut.kept()]
        if cut.error_near > MIN_TRIED * total and counts[id] < BACKDROP * ids.size and cut.edges < 3:
            fits += [cut.gone(), *cut.moved(coarse)]
        found.append((cut, max(fits, key=lambda fit: fit.gain)))
    found.sort(key=lambda item: -item[1].gain)
    left, parts = gap.copy(), list[Part]()
    for cut, fit in found:  # what one explains, another cannot explain again
        area = cut.area(fit)
        share = float(left[area].sum()) / total
        left[area] = 0
        parts.append(cut.part(fit, share, total))
    return Attribution(tuple(parts), float(left[ids == 0].sum()) / total)


class _CutOut:
    """An object of the render as a flat piece that can be recoloured, moved, scaled and taken away."""

    def __init__(self, seen: Array, wanted: Array, gap: Array, mask: Mask, name: str) -> None:
        self.name, self.wanted, self.whole = name, wanted, mask
        rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
        self.y0, self.x0, y1, x1 = int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1
        inside = slice(self.y0, y1), slice(self.x0, x1)
        self.mask, self.pixels = mask[inside], seen[inside]
        self.edges = (self.y0 == 0) + (self.x0 == 0) + (y1 == mask.shape[0]) + (x1 == mask.shape[1])
        self.offset = (self.pixels - wanted[inside])[self.mask].mean(0)
        self.has_outline = _contrast(wanted, mask) >= OUTLINE * _contrast(seen, mask)
        self.recoloured = _recoloured(self.pixels, wanted[inside], self.mask)
        self.without = _filled(seen, mask)
        self.gap = _gap(self.without, wanted)
        margin = 2 + round(NEAR * max(self.mask.shape))
        self.error = float(gap[mask].sum())
        self.error_near = float(
            gap[max(0, self.y0 - margin) : y1 + margin, max(0, self.x0 - margin) : x1 + margin].sum()
        )
        self.gain_gone = float(gap.sum() - self.gap.sum())

    def kept(self) -> _Fit:
        """In its place, brighter or darker and tinted."""
        return _Fit("kept", self.gain_gone + self._gain((0.0, 0.0), 1.0, self.recoloured))

    def gone(self) -> _Fit:
        return _Fit("gone", self.gain_gone)

    def moved(self, coarse: "_Coarse") -> Iterator[_Fit]:
        """The best places and sizes in its own colour."""
        starts = [((0.0, 0.0), 1.0), *coarse.places(self)]
        rated = sorted(((self._gain(shift, scale), shift, scale) for shift, scale in starts), reverse=True)
        for gain, shift, scale in rated[:STARTS]:
            fit = self._refined(_Fit("moved", self.gain_gone + gain, shift, scale), float(coarse.factor))
            if self._is_alike(fit):
                yield fit

    def _refined(self, fit: _Fit, step_px: float) -> _Fit:
        """The nearest maximum of the gain, by steps that halve until they no longer matter."""
        step_scale = 0.08
        while step_px > 0.1:
            tries = [
                ((fit.shift[0] + dx * step_px, fit.shift[1] + dy * step_px), fit.scale * (1 + ds * step_scale))
                for dx, dy, ds in ((1, 0, 0), (-1, 0, 0), (0, 1, 0), (0, -1, 0), (0, 0, 1), (0, 0, -1))
            ]
            gain, shift, scale = max(
                (self.gain_gone + self._gain(shift, scale), shift, scale)
                for shift, scale in tries
                if SCALES[0] <= scale <= SCALES[1]
            )
            if gain > fit.gain:
                fit = _Fit(fit.kind, gain, shift, scale)
            else:
                step_px, step_scale = step_px / 2, step_scale / 2
        return fit

    def _gain(self, shift: tuple[float, float], scale: float, pixels: Array | None = None) -> float:
        """How much difference goes away when the piece is put into the picture without it."""
        area, alpha, placed = self.placed(shift, scale, pixels)
        below = self.without[area]
        made = below + alpha[..., None] * (placed - below)
        return float(self.gap[area].sum() - _gap(made, self.wanted[area]).sum())

    def _is_alike(self, fit: _Fit) -> bool:
        """Whether the target really shows it there; a uniform piece lessens many a difference that it is not."""
        if not SCALES[0] * 1.05 < fit.scale < SCALES[1] / 1.05:  # it would still grow or shrink
            return False
        area, alpha, placed = self.placed(fit.shift, fit.scale)
        there = alpha > 0.5
        if not there.any():
            return False
        stays = float(self.whole[area][there].sum()) / float(self.mask.sum())
        if stays < OVERLAP and self.gain_gone <= 0:  # the target still shows it where it was
            return False
        offset = (placed - self.wanted[area])[there].mean(0)
        remains = float(_gap(placed, self.wanted[area])[there].sum())
        return float(np.abs(offset).max()) < OWN_COLOUR and remains <= LIKENESS * float(self.gap[area][there].sum())

    def placed(
        self, shift: tuple[float, float], scale: float, pixels: Array | None = None
    ) -> tuple[tuple[slice, slice], Array, Array]:
        """The rows and columns of the picture that the piece takes elsewhere, its opacity (h, w) and pixels (h, w, 3).

        It is scaled about the middle of its box.

        Args:
            pixels: In other colours than its own.
        """
        height, width = self.mask.shape
        centre_y, centre_x = self.y0 + height / 2 + shift[1], self.x0 + width / 2 + shift[0]
        bottom, right = self.whole.shape
        y0, y1 = max(0, int(centre_y - height / 2 * scale)), min(bottom, int(centre_y + height / 2 * scale) + 1)
        x0, x1 = max(0, int(centre_x - width / 2 * scale)), min(right, int(centre_x + width / 2 * scale) + 1)
        across: Array = np.arange(x0, max(x0, x1), dtype=np.float64)
        along: Array = np.arange(y0, max(y0, y1), dtype=np.float64)
        ys = (along + 0.5 - centre_y) / scale + height / 2 - 0.5
        xs = (across + 0.5 - centre_x) / scale + width / 2 - 0.5
        area = slice(y0, y0 + len(ys)), slice(x0, x0 + len(xs))
        return area, *_sampled(self.pixels if pixels is None else pixels, self.mask, ys, xs)

    def area(self, fit: _Fit) -> Mask:
        """The pixels that an explanation is about, (H, W): where the object is and where it should be."""
        whole = self.whole.copy()
        if fit.kind == "moved":
            area, alpha, _ = self.placed(fit.shift, fit.scale)
            whole[area] |= alpha > 0.5
        return whole

    def part(self, fit: _Fit, share: float, total: float) -> Part:
        offset, shift, kind = self.offset, fit.shift, fit.kind
        is_told = fit.gain >= TOLD_FROM * self.error
        if kind == "kept" and self.error > 0 and not self.has_outline:
            kind, is_told = "gone", self.gain_gone >= TOLD_FROM * self.error
        if kind == "moved":
            area, alpha, placed = self.placed(fit.shift, fit.scale)
            if (alpha > 0.99).any():
                offset = (placed - self.wanted[area])[alpha > 0.99].mean(0)
            # of its middle, which is not the middle of its box
            rows, columns = np.nonzero(self.mask)
            across = float(columns.mean()) + 0.5 - self.mask.shape[1] / 2
            along = float(rows.mean()) + 0.5 - self.mask.shape[0] / 2
            shift = shift[0] + (fit.scale - 1) * across, shift[1] + (fit.scale - 1) * along
        red, green, blue = (float(value) for value in offset)
        is_there = is_told and kind != "gone"
        return Part(
            self.name,
            share,
            max(0.0, fit.gain / total),
            (red, green, blue),
            shift if is_there else None,
            fit.scale if is_there else None,
            is_told and kind == "gone",
        )


class _Coarse:
    """The target at a size at which every place can be tried at once, by Fourier transforms."""

    def __init__(self, wanted: Array) -> None:
        self.factor = max(1, -(-max(wanted.shape[:2]) // COARSE_PX))
        self.wanted = _shrunk(wanted, self.factor)
        height, width = self.wanted.shape[:2]
        self.size = 2 * height, 2 * width
        self.target = np.fft.rfft2(self.wanted, self.size, axes=(0, 1))
        self.squared = np.fft.rfft2((self.wanted**2).sum(2), self.size)

    def places(self, cut: _CutOut) -> Iterator[tuple[tuple[float, float], float]]:
        """Shifts in pixels and scales at which the piece would remove most of the difference."""
        height, width = self.wanted.shape[:2]
        gap = np.fft.rfft2(3 * _shrunk(cut.gap[..., None], self.factor)[..., 0], self.size)
        for scale in COARSE_SCALES:
            area, alpha, placed = cut.placed((0.0, 0.0), scale)
            piece, mask = np.zeros((*cut.whole.shape, 3), np.float32), np.zeros((*cut.whole.shape, 1), np.float32)
            piece[area], mask[area] = placed * alpha[..., None], alpha[..., None]
            small, cover = _shrunk(piece, self.factor), _shrunk(mask, self.factor)[..., 0]
            # sum over the piece of (what is there now) - (what would be there)
            spectrum = np.conj(np.fft.rfft2(cover, self.size)) * (gap - self.squared)
            spectrum += 2 * (np.conj(np.fft.rfft2(small, self.size, axes=(0, 1))) * self.target).sum(2)
            gains = np.fft.irfft2(spectrum, self.size)
            for _ in range(PEAKS):
                row, column = (int(i) for i in np.unravel_index(int(gains.argmax()), gains.shape))
                dy, dx = (row + height) % (2 * height) - height, (column + width) % (2 * width) - width
                yield (float(dx * self.factor), float(dy * self.factor)), scale
                rows, columns = np.arange(row - 2, row + 3) % gains.shape[0], np.arange(column - 2, column + 3)
                gains[np.ix_(rows, columns % gains.shape[1])] = -np.inf


def _gap(a: Array, b: Array) -> Array:
    """Mean squared difference of the channels, (H, W)."""
    return ((a - b) ** 2).mean(-1)


def _contrast(picture: Array, mask: Mask) -> float:
    """Median difference of colours across the rim of a mask, two pixels apart because the rim itself is a mixture."""
    steps: list[Array] = []
    for axis in (0, 1):
        here = [slice(None), slice(None)]
        there = [slice(None), slice(None)]
        here[axis], there[axis] = slice(None, -2), slice(2, None)
        rim = mask[tuple(here)] != mask[tuple(there)]
        steps.append(np.abs(picture[tuple(here)] - picture[tuple(there)]).max(-1)[rim])
    crossed = np.concatenate(steps)
    return float(np.median(crossed)) if len(crossed) else 0.0


def _recoloured(pixels: Array, wanted: Array, mask: Mask) -> Array:
    """The pixels with each channel stretched and shifted to lie best on the target within the mask."""
    own, target = pixels[mask], wanted[mask]
    mean = own.mean(0)
    spread = ((own - mean) ** 2).mean(0)
    slope = ((own - mean) * (target - target.mean(0))).mean(0) / np.maximum(spread, 1.0)
    return (pixels - mean) * slope + target.mean(0)


def _sampled(pixels: Array, mask: Mask, ys: Array, xs: Array) -> tuple[Array, Array]:
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


def _shrunk(picture: Array, factor: int) -> Array:
    """Means of blocks; the last ones are filled up from the edge."""
    height, width = picture.shape[:2]
    picture = np.pad(picture, ((0, -height % factor), (0, -width % factor), (0, 0)), "edge")
    return picture.reshape(picture.shape[0] // factor, factor, -1, factor, picture.shape[2]).mean((1, 3))


def _filled(picture: Array, hole: Mask) -> Array:
    """The picture with the hole closed smoothly from what is around it."""
    hole = _grown(hole)  # the rim is a mixture of both sides
    rows, columns = np.flatnonzero(hole.any(1)), np.flatnonzero(hole.any(0))
    margin = 4 + max(len(rows), len(columns)) // 4
    area = (
        slice(max(0, int(rows[0]) - margin), int(rows[-1]) + 1 + margin),
        slice(max(0, int(columns[0]) - margin), int(columns[-1]) + 1 + margin),
    )
    known = (~hole[area]).astype(np.float32)[..., None]
    result = picture.copy()
    result[area] = np.where(hole[area][..., None], _pulled(picture[area] * known, known), picture[area])
    return result


def _pulled(weighted: Array, weight: Array) -> Array:
    """Means where there are any, else those of coarser and coarser blocks."""
    mean = weighted / np.maximum(weight, 1e-6)
    if min(weight.shape[:2]) < 2 or bool((weight > 0).all()):
        return mean
    coarse = _pulled(_shrunk(weighted, 2), _shrunk(weight, 2)).repeat(2, 0).repeat(2, 1)
    return np.where(weight > 0, mean, coarse[: weight.shape[0], : weight.shape[1]])


def _grown(mask: Mask) -> Mask:
    grown = mask.copy()
    grown[1:] |= mask[:-1]
    grown[:-1] |= mask[1:]
    grown[:, 1:] |= grown[:, :-1].copy()
    grown[:, :-1] |= grown[:, 1:].copy()
    return grown
