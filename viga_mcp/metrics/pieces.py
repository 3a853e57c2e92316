"""An object of a render as a flat piece that can be recoloured, moved, scaled and taken away, and what each explains.

A piece works within its own box and what it touches: a picture may show hundreds of them.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from math import hypot
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from viga_mcp.metrics.patches import (
    Area,
    Array,
    Mask,
    around,
    contrast,
    filled,
    framed,
    grown,
    inner,
    overlap,
    recoloured,
    sampled,
)
from viga_mcp.metrics.patches import squared_gap as gap_of

NEAR = 0.3  # of its size: one that is too small has nothing wrong on itself
SCALES = 0.5, 2.0
LIKENESS = 0.4  # of the difference at a place, the most that may remain with the object there
OVERLAP = 0.2  # of an object, with its place elsewhere, below which it should be gone from where it was
OUTLINE = 0.25  # of its contrast with what is around it, the least that shows an object where it is said to be
SHADOW = 0.2  # of its size, how far around it the ground is shaded by it most
RIM_PX = 2  # of what is around an object, looked for with it: its outline tells the size of a uniform one
ODD = 0.5  # of its contrast, from what difference on a pixel rather shows another thing
DOUBT, DOUBT_STEP = 0.06, 0.05  # of its unlikeness, how much more is hardly seen; of its size, the steps to try
NOISE = 3.0  # of 255, a difference that says nothing
OWN_COLOUR = 20.0  # of 255, how far its mean colour may be off elsewhere
STARTS, STARTS_ALIKE = 3, 1  # those that gain most, and those most like it

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


class Hole(NamedTuple):
    """What a picture may show without an object: where that differs, what is there, its difference to the target."""

    window: Area
    picture: Array
    gap: Array
    gain: float


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

    @property
    def has_outline(self) -> bool:
        """Whether the target shows an edge where the render shows the object's."""
        return self._contrast_in(self.pictures.wanted) >= OUTLINE * self._contrast

    @cached_property
    def _contrast(self) -> float:
        return self._contrast_in(self.pictures.seen)

    def _contrast_in(self, picture: Array) -> float:
        wide = around(self.area, 2, picture.shape)
        return contrast(picture[wide], framed(self.mask, self.area, wide))

    @property
    def _odd(self) -> float:
        """The squared difference from which on a pixel rather shows another thing."""
        return max(NOISE, ODD * self._contrast) ** 2

    @property
    def gain_gone(self) -> float:
        return self._hole.gain

    @cached_property
    def _hole(self) -> Hole:
        """Without it alone or, where that explains more, without the shade around it too."""
        return max(map(self._hole_of, (1, round(SHADOW * max(self.mask.shape)))), key=lambda hole: hole.gain)

    def _hole_of(self, margin_px: int) -> Hole:
        window, picture = filled(self.pictures.seen, self.mask, self.area, max(1, margin_px))
        gap = gap_of(picture, self.pictures.wanted[window])
        gain = self.pictures.gap[window].sum(dtype=np.float64) - gap.sum(dtype=np.float64)
        return Hole(window, picture, gap, float(gain))

    @cached_property
    def _with_rim(self) -> tuple[Array, Mask]:
        """Its pixels and mask with a rim around, also where that lies beyond the picture."""
        height, width = self.pictures.gap.shape
        rows: NDArray[np.intp] = np.arange(self.area[0].start - RIM_PX, self.area[0].stop + RIM_PX, dtype=np.intp)
        columns: NDArray[np.intp] = np.arange(self.area[1].start - RIM_PX, self.area[1].stop + RIM_PX, dtype=np.intp)
        pixels = self.pictures.seen[np.ix_(rows.clip(0, height - 1), columns.clip(0, width - 1))]
        is_seen = ((rows >= 0) & (rows < height))[:, None] & ((columns >= 0) & (columns < width))
        return pixels, grown(np.pad(self.mask, RIM_PX), RIM_PX) & is_seen

    def kept(self) -> Fit:
        """In its place, brighter or darker and tinted."""
        wanted = self.pictures.wanted[self.area]
        left = gap_of(recoloured(self.pixels, wanted, self.mask), wanted)[self.mask]
        return Fit("kept", self.error - float(left.sum()))

    def gone(self) -> Fit:
        return Fit("gone", self.gain_gone)

    def moved(self, places: Iterable[Place], step_px: float) -> Iterator[Fit]:
        """The best places and sizes in its own colour.

        Args:
            places: Where to look first.
            step_px: How far these may be off.
        """
        starts = [((0.0, 0.0), 1.0), *places]
        rated = sorted(starts, key=self._gain, reverse=True)[:STARTS] + sorted(starts, key=self._remains)[:STARTS_ALIKE]
        tried: list[Place] = []
        for start in dict.fromkeys(rated):
            near = _climbed(self._gain, start, step_px, 0.5)
            if any(_is_close(near, other) for other in tried):
                continue
            tried.append(near)
            shift, scale = place = _climbed(self._likeness, near, 1.0, 0.1)  # it gains more where it hides a shadow too
            fit = Fit("moved", self.gain_gone + self._gain(place), shift, scale)
            if self._is_alike(fit):
                yield fit

    def doubt_px(self, fit: Fit) -> float:
        """How far the middle of a moved piece may be off: how far it goes with sizes that the target shows as well.

        A pale one on a pale ground looks much the same a little smaller and nearer to its shadow.
        """
        place, found = (fit.shift, fit.scale), 0.0
        best, (right, down) = self._likeness(place), self._middle_at(place)
        for scale in (fit.scale * (1 - DOUBT_STEP), fit.scale * (1 + DOUBT_STEP)):

            def of_this_size(place: Place, scale: float = scale) -> float:
                return self._likeness((place[0], scale))

            there = _climbed(of_this_size, place, 1.0, 0.1)[0], scale
            across, along = self._middle_at(there)
            worse = (best - self._likeness(there)) / (1e-3 - best)
            reach = min(2.0, (DOUBT / max(worse, 1e-6)) ** 0.5)  # as if unlikeness were a parabola of the size
            found = max(found, reach * hypot(across - right, along - down))
        return found

    def told_shift(self, fit: Fit) -> tuple[float, float]:
        """Of the middle of its pixels, which is not that of its box, (right, down)."""
        return self._middle_at((fit.shift, fit.scale))

    def _middle_at(self, place: Place) -> tuple[float, float]:
        (right, down), scale = place
        across, along = self._middle
        return right + (scale - 1) * across, down + (scale - 1) * along

    def gap_without(self) -> Array:
        """The squared difference to the target of the picture without it, (H, W)."""
        gap = self.pictures.gap.copy()
        gap[self._hole.window] = self._hole.gap
        return gap

    def areas(self, fit: Fit) -> list[tuple[Area, Mask]]:
        """The pixels that an explanation is about: where the object is and, if it moved, where it should be."""
        found = [(self.area, self.mask)]
        if fit.kind == "moved":
            area, alpha, _ = self.placed((fit.shift, fit.scale))
            found.append((area, alpha > 0.5))
        return found

    @cached_property
    def _middle(self) -> tuple[float, float]:
        """Of its pixels, from the middle of its box, (right, down)."""
        rows, columns = np.nonzero(self.mask)
        height, width = self.mask.shape
        return float(columns.mean()) + 0.5 - width / 2, float(rows.mean()) + 0.5 - height / 2

    def offset_at(self, fit: Fit) -> Array:
        """Mean of render minus target where a fit puts it, (3,)."""
        if fit.kind != "moved":
            return self.offset
        area, alpha, placed = self.placed((fit.shift, fit.scale))
        whole = alpha > 0.99
        return (placed - self.pictures.wanted[area])[whole].mean(0) if whole.any() else self.offset

    def placed(self, place: Place, cutout: tuple[Array, Mask] | None = None) -> tuple[Area, Array, Array]:
        """The rows and columns of the picture that the piece takes elsewhere, its opacity (h, w) and pixels (h, w, 3).

        It is scaled about the middle of its box.

        Args:
            cutout: Other pixels and mask than its own about the same middle.
        """
        shift, scale = place
        pixels, mask = cutout or (self.pixels, self.mask)
        height, width = mask.shape
        centre_y = (self.area[0].start + self.area[0].stop) / 2 + shift[1]
        centre_x = (self.area[1].start + self.area[1].stop) / 2 + shift[0]
        bottom, right = self.pictures.gap.shape
        y0, y1 = max(0, int(centre_y - height / 2 * scale)), min(bottom, int(centre_y + height / 2 * scale) + 1)
        x0, x1 = max(0, int(centre_x - width / 2 * scale)), min(right, int(centre_x + width / 2 * scale) + 1)
        across: Array = np.arange(x0, max(x0, x1), dtype=np.float64)
        along: Array = np.arange(y0, max(y0, y1), dtype=np.float64)
        ys = (along + 0.5 - centre_y) / scale + height / 2 - 0.5
        xs = (across + 0.5 - centre_x) / scale + width / 2 - 0.5
        area = slice(y0, y0 + len(ys)), slice(x0, x0 + len(xs))
        return area, *sampled(pixels, mask, ys, xs)

    def _gain(self, place: Place) -> float:
        """How much difference goes away when the piece is put into the picture without it."""
        area, alpha, placed = self.placed(place)
        below, gap = self._without_it(area)
        made = below + alpha[..., None] * (placed - below)
        return float(gap.sum() - gap_of(made, self.pictures.wanted[area]).sum())

    def _likeness(self, place: Place) -> float:
        """How well the target shows it with its rim, at most 0; what is before it or another ground counts little."""
        area, alpha, placed = self.placed(place, self._with_rim)
        gap = gap_of(placed, self.pictures.wanted[area])
        return -float((alpha * gap / (gap + self._odd)).sum() / max(alpha.sum(), 1e-6))

    def _remains(self, place: Place) -> float:
        """Of the difference where it would be, the share that remains with it there."""
        area, alpha, placed = self.placed(place)
        remains = alpha * gap_of(placed, self.pictures.wanted[area])
        below = alpha * self._without_it(area)[1]
        return float(remains.sum() / (below.sum() + NOISE**2 * self.mask.sum()))

    def _without_it(self, area: Area) -> tuple[Array, Array]:
        """The picture without it, and its squared difference to the target."""
        below, gap = self.pictures.seen[area], self.pictures.gap[area]
        hole = self._hole
        if shared := overlap(area, hole.window):
            below, gap = below.copy(), gap.copy()
            below[inner(shared, area)] = hole.picture[inner(shared, hole.window)]
            gap[inner(shared, area)] = hole.gap[inner(shared, hole.window)]
        return below, gap

    def _is_alike(self, fit: Fit) -> bool:
        """Whether the target really shows it there; a uniform piece lessens many a difference that it is not."""
        if not SCALES[0] * 1.05 < fit.scale < SCALES[1] / 1.05:  # it would still grow or shrink
            return False
        area, alpha, placed = self.placed((fit.shift, fit.scale))
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
        if float(np.abs(offset).max()) >= OWN_COLOUR or remains > LIKENESS * below:
            return False
        wide = around(area, 2, self.pictures.gap.shape)
        made, mask = self._without_it(wide)[0].copy(), framed(there, area, wide)
        made[mask] = placed[there]
        own = min(self._contrast, contrast(made, mask))
        return contrast(self.pictures.wanted[wide], mask) >= OUTLINE * own


def _climbed(value: Callable[[Place], float], place: Place, step_px: float, until_px: float) -> Place:
    """The nearest maximum, by steps that halve until they no longer matter."""
    best, step_scale = value(place), min(0.08, step_px * 0.04)
    while step_px > until_px:
        (right, down), scale = place
        tries = [
            ((right + dx * step_px, down + dy * step_px), scale * (1 + ds * step_scale))
            for dx, dy, ds in ((1, 0, 0), (-1, 0, 0), (0, 1, 0), (0, -1, 0), (0, 0, 1), (0, 0, -1))
        ]
        found, there = max((value(there), there) for there in tries if SCALES[0] <= there[1] <= SCALES[1])
        if found > best:
            best, place = found, there
        else:
            step_px, step_scale = step_px / 2, step_scale / 2
    return place


def _is_close(a: Place, b: Place) -> bool:
    return max(abs(a[0][0] - b[0][0]), abs(a[0][1] - b[0][1])) < 2 and abs(a[1] / b[1] - 1) < 0.1
