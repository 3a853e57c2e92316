"""The state of a fit: values under improvement, and what is known of the slopes there."""

from collections import Counter
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from viga_mcp.fitting.leastsquares import choose_columns
from viga_mcp.fitting.literals import Value
from viga_mcp.fitting.parameters import Choice, Parameter
from viga_mcp.fitting.pictures import Picture, blur, resize
from viga_mcp.fitting.probes import Asking, GBuffer, Values
from viga_mcp.fitting.studio import BudgetSpent, Studio, View

_DEAD = 2e-4  # rms change of the picture by a natural step below which a number has no say
_SHOWS = 5e-4  # rms change of the picture below which a change of a number is not worth a line in the diff
_MOST_ACTIVE = 14
_AROUND = 0.015  # of the width: the spread of what belongs to an object
_CLEAN = 0.01  # of the difference: at most so much on what is right
_MOST_AREA = 0.5  # of the picture
EAGER = 0.02  # of the diagonal: the damping that a first step starts with


Area = NDArray[np.bool_]  # (height, width)
Scales = tuple[float, ...]  # blurs, in shares of the picture's width


class Model(NamedTuple):
    """The quadratic that the loss looks like from here."""

    normal: NDArray[np.float64]
    slope: NDArray[np.float64]


class Kept(NamedTuple):
    """What changes while a search goes on."""

    values: Values
    columns: NDArray[np.float32]
    stale: NDArray[np.int64]
    damping: float


@dataclass
class Search:
    """Values under improvement, the current picture, and the derivatives known so far.

    Attributes:
        start: Values as they were written. values: Where the search stands.
        tried: How often each choice was tried otherwise in vain, by literal.
        columns: (n, height, width, 3): change of the picture by a natural step of each parameter, at `view`.
        stale: Accepted steps since each column was measured; -1 where it never was.
        is_rough: Whether each column was last measured in company (`measure`).
        touched: Names of the objects that each parameter changes; None where that is all, or unknown.
        masks: Which object each pixel shows, as last looked at; None before.
        nudges: How many natural steps each derivative is measured over.
        first_loss: Photometric loss where the search began.
        sizes: The largest rms change of the picture that a natural step of each parameter made anywhere; 0 before one
            was taken, for what is foretold (without shadows and reflections) does not count.
    """

    studio: Studio
    parameters: tuple[Parameter, ...]
    choices: tuple[Choice, ...]
    start: Values
    values: Values
    view: View
    tried: Counter[int]
    touched: tuple[frozenset[str] | None, ...]
    masks: GBuffer | None = None
    columns: NDArray[np.float32] = field(init=False)
    stale: NDArray[np.int64] = field(init=False)
    is_rough: NDArray[np.bool_] = field(init=False)
    nudges: NDArray[np.float64] = field(init=False)
    heading: NDArray[np.float64] = field(init=False)
    damping: float = EAGER
    _first: Picture = field(init=False)
    first_loss: float = field(init=False)
    sizes: NDArray[np.float64] = field(init=False)

    def __post_init__(self) -> None:
        count = len(self.parameters)
        self.nudges = np.ones(count)
        self.heading = np.ones(count)
        self.sizes = np.zeros(count)
        width, height = self.studio.size(self.view)
        self.columns = np.zeros((count, height, width, 3), np.float32)
        self.stale = np.full(count, -1)
        self.is_rough = np.zeros(count, bool)

    @property
    def width(self) -> int:
        """Of the pictures, in pixels."""
        return self.studio.size(self.view)[0]

    # --- points

    def coordinates(self, values: Values) -> NDArray[np.float64]:
        """Parameters' coordinates, in natural steps."""
        return np.array([p.encode(float(values[p.literal])) / p.step for p in self.parameters])

    def moved(self, values: Values, steps: NDArray[np.float64]) -> Values:
        """Values with each parameter moved by so many natural steps, inside its bounds."""
        new = list(values)
        for parameter, step in zip(self.parameters, steps, strict=True):
            if step:
                old = float(values[parameter.literal])
                new[parameter.literal] = parameter.decode(parameter.encode(old) + step * parameter.step)
        return tuple(new)

    def reach(self, values: Values) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """How far each parameter may go down and up in one step, in natural steps."""
        here = self.coordinates(values)
        bounds = np.array([p.bounds for p in self.parameters]).reshape(-1, 2)
        steps = np.array([p.step for p in self.parameters])
        reach = np.array([p.reach for p in self.parameters]) / steps
        low = np.maximum(-reach, np.minimum(bounds[:, 0] / steps - here, 0))
        high = np.minimum(reach, np.maximum(bounds[:, 1] / steps - here, 0))
        return low, high

    # --- pictures

    def picture(self) -> Asking[Picture]:
        """The picture of the current values."""
        (picture,) = yield from self.studio.look([self.values], self.view)
        assert picture is not None, "the search only stands where the program works"
        return picture

    def begin(self, picture: Picture) -> None:
        """Take the start's picture as the measure of all later ones: its loss is 1 at every blur."""
        self._first = picture - self.studio.target_at(self.view)
        self.first_loss = float(np.mean(self._first**2))

    def loss(self, picture: Picture | None, scales: Scales) -> float:
        """Loss over the start's, the mean over some blurs; infinite where the program failed."""
        return float(np.sum(self.residual(picture, scales) ** 2)) if picture is not None else np.inf

    def residual(self, picture: Picture, scales: Scales) -> NDArray[np.float64]:
        """Difference to the target, blurred and weighted so that its sum of squares is the loss; (m,)."""
        return self._weighted(picture - self.studio.target_at(self.view), scales)

    def _weighted(self, pictures: NDArray[np.float32], scales: Scales) -> NDArray[np.float64]:
        """(..., height, width, 3) to (..., m). Equal weight to every blur: a step must not trade one for another."""
        parts: list[NDArray[np.float64]] = []
        for scale in scales:
            first = float(np.mean(blur(self._first, scale * self._first.shape[1]) ** 2))
            weight = 1 / np.sqrt(max(first, 1e-7) * len(scales) * np.prod(pictures.shape[-3:]))
            blurred = blur(pictures, scale * pictures.shape[-2])
            parts.append(blurred.reshape(*pictures.shape[:-3], -1).astype(np.float64) * weight)
        return np.concatenate(parts, axis=-1)

    def look_closer(self, view: View) -> None:
        """Go on at another view. Derivatives come along, enlarged: good enough to tell which are worth new pictures."""
        if view != self.view:
            self.view = view
            size = self.studio.size(view)
            self.columns = (
                np.stack([resize(column, *size) for column in self.columns]) if len(self.columns) else self.columns
            )
            self.stale[self.stale >= 0] += 1

    def forget(self, view: View) -> None:
        """Look at another view of this size from now on, with nothing known of the slopes there."""
        self.view = view
        self.columns, self.stale = np.zeros_like(self.columns), np.full_like(self.stale, -1)

    # --- derivatives

    def measure(self, which: Iterable[int], scale: float = 1.0, *, together: bool = False) -> Asking[None]:
        """Measure columns anew, over nudges of `scale` times their usual length.

        Args:
            which: Parameters.
            together: Whether numbers of objects that show in different parts of the picture share one. What they do
                outside of their objects (shadows, reflections) is then missed: good enough for first steps.
        """
        which = [int(i) for i in which]
        base = yield from self.picture()
        low, high = self.reach(self.values)
        lengths = np.array([_nudge(self.nudges[i] * scale, self.heading[i], low[i], high[i]) for i in range(len(low))])
        areas = [self._area(self.touched[i]) for i in which] if together else [None] * len(which)
        groups = [[which[k] for k in group] for group in _apart(areas)]
        inside = dict(zip(which, areas, strict=True))
        points = [self.moved(self.values, np.where(np.isin(np.arange(len(low)), one), lengths, 0.0)) for one in groups]
        pictures = yield from self.studio.look(points, self.view)
        here = self.coordinates(self.values)
        for group, point, picture in zip(groups, points, pictures, strict=True):
            went = self.coordinates(point) - here
            for i in group:
                area = inside[i] if len(group) > 1 else None
                change = None if picture is None else (picture - base) * (1.0 if area is None else area[..., None])
                self._learn(i, change, float(went[i]), is_rough=area is not None)

    def see(self) -> Asking[None]:
        """Look where each object is."""
        (self.masks,) = yield from self.studio.surfaces([self.values], self.view)

    def suspects(self, picture: Picture) -> list[int]:
        """Parameters that may be wrong: all but those of objects on and around which the target looks the same."""
        off = np.sum((picture - self.studio.target_at(self.view)) ** 2, axis=2)
        areas = [self._area(touched) for touched in self.touched]
        return [i for i, area in enumerate(areas) if area is None or off[area].sum() > _CLEAN * off.sum()]

    def _learn(self, i: int, change: NDArray[np.float32] | None, length: float, *, is_rough: bool) -> None:
        if change is None or abs(length) < 1e-9:
            self.columns[i] = 0
        else:
            self.columns[i] = change / length
            size = float(np.sqrt(np.mean(change**2)))
            if not self.view.is_foretold:
                self.sizes[i] = max(self.sizes[i], size / abs(length))
            is_known = self.stale[i] >= 0  # a first look keeps to the usual length
            if is_known and size > 0.06 and self.nudges[i] > 0.2:
                self.nudges[i] *= 0.5
            elif is_known and size < 0.004 and self.nudges[i] < 2:
                self.nudges[i] *= 2
        self.stale[i], self.is_rough[i] = 0, is_rough

    def _area(self, objects: Iterable[str] | None) -> Area | None:
        """Where objects are seen, and a little around them; None where that is nowhere or most of the picture."""
        if self.masks is None or objects is None:
            return None
        mask = self.masks.shown(objects)
        width, height = self.studio.size(self.view)
        rows, columns = np.arange(height) * mask.shape[0] // height, np.arange(width) * mask.shape[1] // width
        area = blur(mask[rows][:, columns, None].astype(np.float32), _AROUND * width)
        found = area[..., 0] > 0.05
        return found if 0 < found.mean() < _MOST_AREA else None

    def model(self, scales: Scales, residual: NDArray[np.float64], which: Sequence[int]) -> Model:
        """Normal matrix and slope of half the loss, over some columns."""
        columns = self._weighted(self.columns[list(which)], scales)
        return Model(columns @ columns.T, columns @ residual)

    def strengths(self) -> NDArray[np.float32]:
        """Rms change of the picture by a natural step of each parameter, as last known, (n,)."""
        return np.sqrt(np.mean(self.columns**2, axis=(1, 2, 3)))

    def alive(self) -> list[int]:
        """Parameters whose natural step shows."""
        sizes = self.strengths()
        return [i for i in range(len(self.parameters)) if self.stale[i] >= 0 and sizes[i] > _DEAD]

    def worth_moving(self, scales: Scales, picture: Picture, share: float) -> list[int]:
        """The few parameters that together reach a share of the gain that all live ones can."""
        live = self.alive()
        if len(live) <= _MOST_ACTIVE // 2:
            return live
        residual = self.residual(picture, scales)
        normal, slope = self.model(scales, residual, live)
        low, high = self.reach(self.values)
        damping = 0.05 * np.diag(normal) + 1e-4 * np.diag(normal).max()
        chosen = choose_columns(normal, slope, damping, low[live], high[live], share)[:_MOST_ACTIVE]
        return [live[i] for i in chosen]

    # --- standing

    def keep(self) -> Kept:
        """Where the search stands, to come back to."""
        return Kept(self.values, self.columns.copy(), self.stale.copy(), self.damping)

    def restore(self, kept: Kept) -> None:
        """Come back to where the search stood."""
        self.values, self.columns, self.stale, self.damping = kept

    @contextmanager
    def trial(self) -> Generator[Kept]:
        """Where the search stands, to come back to; it comes back by itself when the budget ends inside."""
        kept = self.keep()
        try:
            yield kept
        except BudgetSpent:
            self.restore(kept)
            raise

    def go(self, values: Values, picture: Picture) -> None:
        """Stand at other values from now on."""
        self.values = values
        self.studio.note(values, picture, self.view)
        self.stale[self.stale >= 0] += 3
        self.damping = max(self.damping, EAGER)

    def tidied(self) -> Values:
        """The values with those put back as they were written whose change does not show."""
        sizes = self.strengths()
        change = np.abs(self.coordinates(self.values) - self.coordinates(self.start))
        shown = {p.literal for p, size, far in zip(self.parameters, sizes, change, strict=True) if size * far > _SHOWS}
        fixed = {p.literal for p in self.parameters} - shown
        return tuple(self.start[i] if i in fixed else value for i, value in enumerate(self.values))

    def with_value(self, literal: int, value: Value) -> Values:
        """The current values with one literal changed."""
        return (*self.values[:literal], value, *self.values[literal + 1 :])


def _nudge(length: float, heading: float, low: float, high: float) -> float:
    """A nudge of that length the way the last step went, or the other way where the bound is near."""
    forth, back = (high, -low) if heading >= 0 else (-low, high)
    sign = 1.0 if heading >= 0 else -1.0
    if forth >= 0.5 * length:
        return sign * min(length, forth)
    return -sign * min(length, back) if back > forth else sign * forth


def _apart(areas: Sequence[Area | None]) -> list[list[int]]:
    """Groups of numbers whose areas do not meet; one without an area stands alone."""
    groups: list[tuple[list[int], Area | None]] = []
    for index, area in enumerate(areas):
        for n, (group, taken) in enumerate(groups):
            if area is not None and taken is not None and not (taken & area).any():
                groups[n] = [*group, index], taken | area
                break
        else:
            groups.append(([index], area))
    return [group for group, _ in groups]
