"""An object of a render as a flat piece that can be recoloured, moved, scaled and taken away, and what each explains.

A piece works within its own box and what it touches: a picture may show hundreds of them.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from viga_mcp.metrics.patches import Area, Array, Mask, around, contrast, filled, inner, overlap, recoloured, sampled
from viga_mcp.metrics.patches import squared_gap as gap_of

NEAR = 0.3  # of its size: one that is too small has nothing wrong on itself
SCALES = 0.5, 2.0
LIKENESS = 0.4  # of the difference at a place, the most that may remain with the object there
OVERLAP = 0.2  # of an object, with its place elsewhere, below which it should be gone from where it was
OUTLINE = 0.5  # of its contrast with what is around it, the least that shows an object in its place in any colour
OWN_COLOUR = 20.0  # of 255, how far its mean colour may be off elsewhere
STARTS = 3

Place = tuple[tuple[float, float], float]
"""A shift in pixels, (right, down), and a scale."""


class Pictures(NamedTuple):
    """What is compared: render and target, (H, W, 3), and their squared difference, (H, W)."""

    seen: Array
    wanted: Array
    gap: Array


@dataclass(frozen=True)
class Fit:
    """A way to explain the difference, and how much of its sum it removes."""

    kind: Literal["kept", "moved", "gone"]
    gain: float
    shift: tuple[float, float] = (0.0, 0.0)
    scale: float = 1.0


class Piece:
    """One object.

    Args:
        area: The box of its pixels.
        mask: Its pixels there.
    """

    def __init__(self, name: str, pictures: Pictures, area: Area, mask: Mask) -> None:
        self.name, self.area, self.mask, self.pictures = name, area, mask, pictures
        seen, wanted, gap = pictures
        self.pixels = seen[area]
        height, width = gap.shape
        rows, columns = area
        self.edges = (rows.start == 0) + (columns.start == 0) + (rows.stop == height) + (columns.stop == width)
        self.offset = (self.pixels - wanted[area])[mask].mean(0)
        self.error = float(gap[area][mask].sum())
        self.error_near = float(gap[around(area, 2 + round(NEAR * max(mask.shape)), gap.shape)].sum())
        self._window, self._without = filled(seen, mask, area)
        self._gap = gap_of(self._without, wanted[self._window])
        self.gain_gone = float(gap[self._window].sum(dtype=np.float64) - self._gap.sum(dtype=np.float64))

    @property
    def has_outline(self) -> bool:
        """Whether the target shows an edge where the render shows the object's."""
        wide = around(self.area, 2, self.pictures.gap.shape)
        mask = np.zeros(self.pictures.gap[wide].shape, np.bool_)
        mask[inner(self.area, wide)] = self.mask
        return contrast(self.pictures.wanted[wide], mask) >= OUTLINE * contrast(self.pictures.seen[wide], mask)

    def kept(self) -> Fit:
        """In its place, brighter or darker and tinted."""
        pixels = recoloured(self.pixels, self.pictures.wanted[self.area], self.mask)
        return Fit("kept", self.gain_gone + self._gain((0.0, 0.0), 1.0, pixels))

    def gone(self) -> Fit:
        return Fit("gone", self.gain_gone)

    def moved(self, places: Iterable[Place], step_px: float) -> Iterator[Fit]:
        """The best places and sizes in its own colour.

        Args:
            places: Where to look first.
            step_px: How far these may be off.
        """
        starts = [((0.0, 0.0), 1.0), *places]
        rated = sorted(((self._gain(shift, scale), shift, scale) for shift, scale in starts), reverse=True)
        for gain, shift, scale in rated[:STARTS]:
            fit = self._refined(Fit("moved", self.gain_gone + gain, shift, scale), step_px)
            if self._is_alike(fit):
                yield fit

    def gap_without(self) -> Array:
        """The squared difference to the target of the picture without it, (H, W)."""
        gap = self.pictures.gap.copy()
        gap[self._window] = self._gap
        return gap

    def areas(self, fit: Fit) -> list[tuple[Area, Mask]]:
        """The pixels that an explanation is about: where the object is and, if it moved, where it should be."""
        found = [(self.area, self.mask)]
        if fit.kind == "moved":
            area, alpha, _ = self.placed(fit.shift, fit.scale)
            found.append((area, alpha > 0.5))
        return found

    def middle(self) -> tuple[float, float]:
        """Of its pixels, from the middle of its box, (right, down)."""
        rows, columns = np.nonzero(self.mask)
        height, width = self.mask.shape
        return float(columns.mean()) + 0.5 - width / 2, float(rows.mean()) + 0.5 - height / 2

    def offset_at(self, fit: Fit) -> Array:
        """Mean of render minus target where a fit puts it, (3,)."""
        if fit.kind != "moved":
            return self.offset
        area, alpha, placed = self.placed(fit.shift, fit.scale)
        whole = alpha > 0.99
        return (placed - self.pictures.wanted[area])[whole].mean(0) if whole.any() else self.offset

    def placed(
        self, shift: tuple[float, float], scale: float, pixels: Array | None = None
    ) -> tuple[Area, Array, Array]:
        """The rows and columns of the picture that the piece takes elsewhere, its opacity (h, w) and pixels (h, w, 3).

        It is scaled about the middle of its box.

        Args:
            pixels: In other colours than its own.
        """
        height, width = self.mask.shape
        centre_y = self.area[0].start + height / 2 + shift[1]
        centre_x = self.area[1].start + width / 2 + shift[0]
        bottom, right = self.pictures.gap.shape
        y0, y1 = max(0, int(centre_y - height / 2 * scale)), min(bottom, int(centre_y + height / 2 * scale) + 1)
        x0, x1 = max(0, int(centre_x - width / 2 * scale)), min(right, int(centre_x + width / 2 * scale) + 1)
        across: Array = np.arange(x0, max(x0, x1), dtype=np.float64)
        along: Array = np.arange(y0, max(y0, y1), dtype=np.float64)
        ys = (along + 0.5 - centre_y) / scale + height / 2 - 0.5
        xs = (across + 0.5 - centre_x) / scale + width / 2 - 0.5
        area = slice(y0, y0 + len(ys)), slice(x0, x0 + len(xs))
        return area, *sampled(self.pixels if pixels is None else pixels, self.mask, ys, xs)

    def _refined(self, fit: Fit, step_px: float) -> Fit:
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
                fit = Fit(fit.kind, gain, shift, scale)
            else:
                step_px, step_scale = step_px / 2, step_scale / 2
        return fit

    def _gain(self, shift: tuple[float, float], scale: float, pixels: Array | None = None) -> float:
        """How much difference goes away when the piece is put into the picture without it."""
        area, alpha, placed = self.placed(shift, scale, pixels)
        below, gap = self._without_it(area)
        made = below + alpha[..., None] * (placed - below)
        return float(gap.sum() - gap_of(made, self.pictures.wanted[area]).sum())

    def _without_it(self, area: Area) -> tuple[Array, Array]:
        """The picture without it, and its squared difference to the target."""
        below, gap = self.pictures.seen[area], self.pictures.gap[area]
        if shared := overlap(area, self._window):
            below, gap = below.copy(), gap.copy()
            below[inner(shared, area)] = self._without[inner(shared, self._window)]
            gap[inner(shared, area)] = self._gap[inner(shared, self._window)]
        return below, gap

    def _is_alike(self, fit: Fit) -> bool:
        """Whether the target really shows it there; a uniform piece lessens many a difference that it is not."""
        if not SCALES[0] * 1.05 < fit.scale < SCALES[1] / 1.05:  # it would still grow or shrink
            return False
        area, alpha, placed = self.placed(fit.shift, fit.scale)
        there = alpha > 0.5
        if not there.any():
            return False
        shared = overlap(area, self.area)
        stays = (there[inner(shared, area)] & self.mask[inner(shared, self.area)]).sum() if shared else 0
        if stays / self.mask.sum() < OVERLAP and self.gain_gone <= 0:  # the target still shows it where it was
            return False
        wanted = self.pictures.wanted[area]
        offset = (placed - wanted)[there].mean(0)
        remains = float(gap_of(placed, wanted)[there].sum())
        below = float(self._without_it(area)[1][there].sum())
        return float(np.abs(offset).max()) < OWN_COLOUR and remains <= LIKENESS * below
