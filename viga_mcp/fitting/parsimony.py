"""The fewest changes that explain the target as well: a diff that a person wants to read."""

import numpy as np
from numpy.typing import NDArray

from viga_mcp.fitting.pictures import Picture
from viga_mcp.fitting.probes import Values
from viga_mcp.fitting.search import Model, Scales, Search

NEXT_TO_NOTHING = (
    0.005  # of the start's loss: the price of a change is a share of this at least, however little is left
)


def fewest_changes(search: Search, picture: Picture, scales: Scales, price: float) -> Values:
    """The values with as many numbers as possible put back as they were written, and the others adjusted to that.

    Backward elimination on the quadratic model: the number that is cheapest to put back goes first, as long as all of
    them together cost little. No picture is taken; the caller judges the result by one.

    Args:
        price: Share of the loss that all numbers put back may cost together, as the derivatives see it. Where next to
            nothing is left, it is a share of that.
    """
    home = search.coordinates(search.start) - search.coordinates(search.values)
    changed = [i for i in range(len(search.parameters)) if home[i] and search.stale[i] >= 0]
    if not changed:
        return search.values
    residual = search.residual(picture, scales)
    model = search.model(scales, residual, changed)
    back = home[changed]
    most = price * max(float(residual @ residual), NEXT_TO_NOTHING)
    fixed = np.zeros(len(changed), bool)
    one = np.eye(len(changed), dtype=bool)
    while not fixed.all():
        trials = [(_cost(model, back, fixed | one[k]), k) for k in np.flatnonzero(~fixed)]
        cost, cheapest = min(trials)
        if cost > most:
            break
        fixed[cheapest] = True
    step = np.zeros(len(search.parameters))
    step[changed] = _settled(model, back, fixed)
    moved = list(search.moved(search.values, step))
    for k, i in enumerate(changed):
        if fixed[k]:
            literal = search.parameters[i].literal
            moved[literal] = search.start[literal]
    return tuple(moved)


def _cost(model: Model, back: NDArray[np.float64], fixed: NDArray[np.bool_]) -> float:
    """What the loss grows by when the fixed numbers go back and the others do their best."""
    step = _settled(model, back, fixed)
    return float(step @ model.normal @ step + 2 * model.slope @ step)


def _settled(model: Model, back: NDArray[np.float64], fixed: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The step that takes the fixed numbers back and the others to where the model is lowest, near where they are."""
    step = np.where(fixed, back, 0.0)
    free = ~fixed
    if free.any():
        normal = model.normal[np.ix_(free, free)]
        damping = 0.01 * np.diag(normal) + 1e-4 * np.diag(model.normal).max() + 1e-12
        pull = model.normal[np.ix_(free, fixed)] @ step[fixed]  # what the others must make up for
        step[free] = np.linalg.solve(normal + np.diag(damping), -pull)
    return step
