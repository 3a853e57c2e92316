"""A number over renders or rounds as the geometry of a drawing. Pure: numbers in, coordinates out."""

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
        path: SVG path data of the line.
        dots: The judged revisions.
    """

    path: str
    dots: tuple[Dot, ...]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]


def draw(
    line: Sequence[tuple[int, float]], dots: Sequence[tuple[int, float, str]], top: float | None = None
) -> Curve | None:
    """A line through (renders or rounds, value), and labelled dots; None if there is nothing to draw.

    Args:
        line, dots: What to draw.
        top: Upwards is linear, from 0 to this; None: logarithmic, with zero, or nearly, drawn at the bottom.
    """
    values = [value for _, value in line] + [value for _, value, _ in dots]
    positive = [value for value in values if value > LEAST_LOSS]
    if len(values) < 2 or not positive:
        return None
    low, high = math.log10(min(positive)), math.log10(max(positive))
    room = max(0.06 * (high - low), 0.05)
    low, high = low - room, high + room
    most = max([at for at, _ in line] + [at for at, _, _ in dots] + [1])

    def x(at: float) -> float:
        return round(LEFT + (WIDTH - LEFT - RIGHT) * at / most, 1)

    def y(value: float) -> float:
        share = value / top if top else (math.log10(value) - low) / (high - low) if value > LEAST_LOSS else 0.0
        return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * share, 1)

    return Curve(
        path=" ".join(f"{'L' if i else 'M'}{x(at)} {y(value)}" for i, (at, value) in enumerate(line)),
        dots=tuple(Dot(x(at), y(value), label) for at, value, label in dots),
        x_ticks=tuple(Tick(x(value), f"{value:g}") for value in _steps(most)),
        y_ticks=tuple(
            Tick(y(value), f"{value:g}") for value in ([i * top / 5 for i in range(6)] if top else _decades(low, high))
        ),
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
