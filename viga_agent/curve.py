"""The loss over renders as the geometry of a drawing, log scale upwards. Pure: numbers in, coordinates out."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 720, 300
LEFT, RIGHT, TOP, BOTTOM = 64, 16, 16, 44
LEAST_LOSS = 1e-12  # below is drawn as zero


@dataclass(frozen=True)
class Tick:
    """A place on an axis in drawing units, and what to write there."""

    at: float
    label: str


@dataclass(frozen=True)
class Dot:
    x: float
    y: float
    label: str


@dataclass(frozen=True)
class Curve:
    """Drawing units are `WIDTH` x `HEIGHT`, y downwards.

    Args:
        path: SVG path data of the search's best loss so far.
        dots: The judged revisions.
    """

    path: str
    dots: tuple[Dot, ...]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]


def draw(points: Sequence[tuple[int, float]], dots: Sequence[tuple[int, float, str]]) -> Curve | None:
    """A curve through (renders, loss), and labelled dots; None if there is nothing to draw.

    A loss of zero, or nearly, is drawn at the bottom.
    """
    losses = [loss for _, loss in points] + [loss for _, loss, _ in dots]
    positive = [loss for loss in losses if loss > LEAST_LOSS]
    if len(losses) < 2 or not positive:
        return None
    low, high = math.log10(min(positive)), math.log10(max(positive))
    room = max(0.06 * (high - low), 0.05)
    low, high = low - room, high + room
    most = max([renders for renders, _ in points] + [renders for renders, _, _ in dots] + [1])

    def x(renders: float) -> float:
        return round(LEFT + (WIDTH - LEFT - RIGHT) * renders / most, 1)

    def y(loss: float) -> float:
        share = (math.log10(loss) - low) / (high - low) if loss > LEAST_LOSS else 0.0
        return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * share, 1)

    return Curve(
        path=" ".join(f"{'L' if i else 'M'}{x(renders)} {y(loss)}" for i, (renders, loss) in enumerate(points)),
        dots=tuple(Dot(x(renders), y(loss), label) for renders, loss, label in dots),
        x_ticks=tuple(Tick(x(value), f"{value:g}") for value in _steps(most)),
        y_ticks=tuple(Tick(y(value), f"{value:g}") for value in _decades(low, high)),
    )


def _steps(most: int) -> list[int]:
    """Round numbers from 0 to `most`, five or so."""
    step = next(s * 10**p for p in range(9) for s in (1, 2, 5) if most / (s * 10**p) <= 6)
    return list(range(0, most + 1, step))


def _decades(low: float, high: float) -> list[float]:
    """1, 2 and 5 of each decade between two logarithms; the ones alone where there are many."""
    multiples = (1,) if high - low > 3 else (1, 2, 5) if high - low > 0.7 else (1, 1.5, 2, 3, 4, 5, 6, 7, 8, 9)
    values = [m * 10.0**p for p in range(math.floor(low), math.ceil(high) + 1) for m in multiples]
    return [value for value in values if low <= math.log10(value) <= high]
