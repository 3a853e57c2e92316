"""Damped least squares in a box, and the choice of few columns that explain a residual."""

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]


def solve_in_box(normal: Matrix, slope: Vector, damping: Vector, low: Vector, high: Vector) -> Vector:
    """The step d in [low, high] that minimises d.normal.d / 2 + slope.d + sum(damping * d**2) / 2.

    Args:
        normal: J J^T, (n, n). slope: J r, (n,). damping: Per parameter, (n,), at least 0.
        low, high: Bounds, (n,), with low <= 0 <= high.

    Coordinate descent: n is at most some dozens, and it needs no case distinctions at the bounds.
    """
    step = np.zeros_like(slope)
    diagonal = np.diag(normal) + damping
    gradient = slope.astype(float).copy()
    for _ in range(300):
        largest = 0.0
        for i in np.flatnonzero(diagonal > 0):
            new = min(max(step[i] - (gradient[i] + damping[i] * step[i]) / diagonal[i], low[i]), high[i])
            change = new - step[i]
            if change:
                step[i] = new
                gradient += normal[:, i] * change
                largest = max(largest, abs(change) * diagonal[i] ** 0.5)
        if largest < 1e-9:
            break
    return step


def predicted_gain(normal: Matrix, slope: Vector, step: Vector) -> float:
    """How much the sum of squares falls along a step if the model is right."""
    return float(-(2 * slope @ step + step @ normal @ step))


def choose_columns(
    normal: Matrix, slope: Vector, damping: Vector, low: Vector, high: Vector, share: float
) -> list[int]:
    """The few columns, best first, that reach `share` of the gain that all of them have together."""
    everything = predicted_gain(normal, slope, solve_in_box(normal, slope, damping, low, high))
    chosen: list[int] = []
    gain = 0.0
    while gain < share * everything and len(chosen) < len(slope):
        gains = {
            i: _gain_of([*chosen, i], normal, slope, damping, low, high) for i in range(len(slope)) if i not in chosen
        }
        best = max(gains, key=lambda i: gains[i])
        if gains[best] <= gain:
            break
        chosen.append(best)
        gain = gains[best]
    return chosen


def _gain_of(columns: list[int], normal: Matrix, slope: Vector, damping: Vector, low: Vector, high: Vector) -> float:
    part = np.ix_(columns, columns)
    step = solve_in_box(normal[part], slope[columns], damping[columns], low[columns], high[columns])
    return predicted_gain(normal[part], slope[columns], step)
