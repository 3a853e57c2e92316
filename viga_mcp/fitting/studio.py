"""Where pictures are taken or foretold: asks, remembers, counts, and stops when the budget is spent."""

import contextlib
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from viga_mcp.fitting.pictures import Picture, fit_size, photometric_loss, resize, shrink
from viga_mcp.fitting.probes import Asking, Batch, GBuffer, Geometry, Inspect, Inspection, Render, Values
from viga_mcp.fitting.projection import Graph
from viga_mcp.fitting.shading import OVERSAMPLING, Shading, learn_shading


class BudgetSpent(Exception):
    """The next pictures would cost more than is left."""


_MOST_SAMPLES = 64  # the same noise is in every picture, so more would cost time and change little
GEOMETRIES_A_PICTURE = 4  # what a G-buffer costs, in small pictures (`python -m tests.bench.seeing`)
_NOISY_LOSS = 0.01  # a picture of a dozen samples differs by a tenth of this from a clean one


@dataclass(frozen=True, slots=True)
class View:
    """How closely to look: longer side in pixels, and samples; without any, pictures are foretold, not rendered."""

    size_px: int
    samples: int

    @property
    def is_foretold(self) -> bool:
        """Whether its pictures come from the last `Studio.anchor`."""
        return self.samples == 0

    def with_less_noise(self, start_loss: float) -> "View":
        """The view with more samples where the difference to be seen is small."""
        wanted = round(self.samples * min(max(_NOISY_LOSS / max(start_loss, 1e-9), 1.0), 4.0))
        return View(self.size_px, min(wanted, max(_MOST_SAMPLES, self.samples)))


class Noted(NamedTuple):
    """A candidate and how it looked."""

    values: Values
    view: View
    loss: float


@dataclass
class Studio:
    """Takes pictures of the program at given values; each new one counts as a render, a foretold one as a part."""

    target: Picture
    max_renders: int
    reserve: int  # pictures kept back for the last word
    limit: int = 0  # pictures that may have been taken by the end of the present round
    pictures: int = 0
    geometries: int = 0
    loss: float | None = None
    start_loss: float | None = None
    best: Noted | None = None
    history: list[tuple[int, float]] = field(default_factory=list[tuple[int, float]])
    _memory: dict[Render, Picture | None] = field(default_factory=dict[Render, Picture | None])
    _shading: Shading | None = None
    _foretold: dict[Values, Picture | None] = field(default_factory=dict[Values, Picture | None])
    _targets: dict[tuple[int, int], Picture] = field(default_factory=dict[tuple[int, int], Picture])

    @property
    def renders(self) -> int:
        """What has been spent: pictures, and what the G-buffers cost."""
        return self.pictures + -(-self.geometries // GEOMETRIES_A_PICTURE)

    @property
    def left(self) -> int:
        """Pictures that may still be taken in this round."""
        return min(self.limit, self.max_renders - self.reserve) - self.renders

    @contextlib.contextmanager
    def spending(self, at_most: int) -> Generator[None]:
        """What is asked for inside may cost so many pictures; when they are spent, that part ends quietly."""
        limit = self.limit
        self.limit = min(limit, self.renders + at_most)
        try:
            with contextlib.suppress(BudgetSpent):
                yield
        finally:
            self.limit = limit

    def size(self, view: View) -> tuple[int, int]:
        """Width and height of pictures at a view: the target's shape."""
        height, width = self.target.shape[:2]
        return fit_size(width, height, view.size_px)

    def target_at(self, view: View) -> Picture:
        """The target as small as the view's pictures."""
        size = self.size(view)
        if size not in self._targets:
            self._targets[size] = shrink(self.target, *size)
        return self._targets[size]

    def look(
        self, points: Sequence[Values], view: View, hide: Sequence[tuple[str, ...]] = ()
    ) -> Asking[list[Picture | None]]:
        """Pictures of points, in their order; None where the program failed.

        Args:
            points: Values. view: How closely to look.
            hide: Names of objects to leave out, for each point; not where pictures are foretold.

        Raises:
            BudgetSpent: Before anything is asked, if not all of them can be paid.
        """
        if view.is_foretold:
            assert not hide, "a foretold picture shows everything"
            return (yield from self._foretell(points, view))
        width, height = self.size(view)
        wanted = [
            Render(point, width, height, view.samples, left_out)
            for point, left_out in zip(points, hide or [()] * len(points), strict=True)
        ]
        new = tuple(dict.fromkeys(render for render in wanted if render not in self._memory))
        if len(new) > self.left:
            raise BudgetSpent
        if new:
            answers = yield Batch(new, self.renders, self.loss, self.start_loss)
            self.pictures += len(new)
            for render, answer in zip(new, answers, strict=True):
                self._memory[render] = answer if isinstance(answer, np.ndarray) else None
        return [self._memory[render] for render in wanted]

    def surfaces(self, points: Sequence[Values], view: View) -> Asking[list[GBuffer | None]]:
        """What each pixel shows at some points, `OVERSAMPLING` times as many as the view has; None where that failed.

        Raises:
            BudgetSpent: Before anything is asked, if not all of them can be paid.
        """
        width, height = (OVERSAMPLING * side for side in self.size(view))
        asked = tuple(Geometry(point, width, height) for point in points)
        room = (self.left + self.renders - self.pictures) * GEOMETRIES_A_PICTURE - self.geometries
        if len(asked) > room:
            raise BudgetSpent
        answers = yield Batch(asked, self.renders, self.loss, self.start_loss)
        self.geometries += len(asked)
        return [answer if isinstance(answer, GBuffer) else None for answer in answers]

    def anchor(self, point: Values, view: View) -> Asking[View | None]:
        """Learn colours from the picture of a point, and foretell others from now on.

        Returns:
            The view of that size whose pictures are foretold; None where the geometry can't be told.
        """
        (picture,) = yield from self.look([point], view)
        (surfaces,) = yield from self.surfaces([point], view)
        if picture is None or surfaces is None:
            return None
        self._shading = learn_shading(picture, surfaces)
        self._foretold = {point: picture}
        return View(view.size_px, 0)

    def _foretell(self, points: Sequence[Values], view: View) -> Asking[list[Picture | None]]:
        assert self._shading is not None, "anchor first"
        new = [point for point in dict.fromkeys(points) if point not in self._foretold]
        if new:
            found = yield from self.surfaces(new, view)
            for point, surfaces in zip(new, found, strict=True):
                self._foretold[point] = None if surfaces is None else self._shading.predict(surfaces)
        return [self._foretold[point] for point in points]

    def remembered(self, point: Values, view: View) -> Picture | None:
        """The closest picture of a point that was taken, at a view's size; None if there is none that worked."""
        asked = [one for one in self._memory if one.values == point and not one.hide]
        taken = [(one.width_px, one.samples, picture) for one in asked if (picture := self._memory[one]) is not None]
        if not taken:
            return None
        *_, picture = max(taken, key=lambda one: one[:2])
        return resize(picture, *self.size(view))

    def inspect(self, points: Sequence[Values]) -> Asking[list[Graph | None]]:
        """Scene graphs of points, in their order; None where the program failed. Not renders."""
        answers = yield Batch(tuple(Inspect(point) for point in points), self.renders, self.loss, self.start_loss)
        return [answer.graph if isinstance(answer, Inspection) else None for answer in answers]

    def note(self, values: Values, picture: Picture, view: View) -> None:
        """Record a candidate. The best is kept among those of the present view: losses at two views don't compare.

        A foretold picture is not evidence, and not recorded.
        """
        if view.is_foretold:
            return
        loss = photometric_loss(picture, self.target_at(view))
        if self.best is None or view != self.best.view or loss < self.best.loss:
            self.best = Noted(values, view, loss)
        self.start_loss = loss if self.start_loss is None else self.start_loss
        if self.loss is None or loss < self.loss:
            self.loss = loss
            self.history.append((self.renders, loss))
