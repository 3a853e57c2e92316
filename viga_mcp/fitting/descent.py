"""Follow the slope: Levenberg-Marquardt on the residual picture, with Broyden's update between measurements."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from viga_mcp.fitting.leastsquares import predicted_gain, solve_in_box
from viga_mcp.fitting.pictures import Picture
from viga_mcp.fitting.probes import Asking
from viga_mcp.fitting.search import Scales, Search

_PULL = 2e-4  # cost of straying by a natural step, in shares of the loss: numbers that hardly matter stay near home
_STEPS_A_ROUND = 4
_FLAT = 0.1  # of the steepest direction's curvature


class Step(NamedTuple):
    """Where a step led: the picture and loss there, and whether the model foretold most of the gain."""

    picture: Picture
    loss: float
    is_foretold: bool


def descend(
    search: Search,
    scales: Scales,
    which: Sequence[int],
    rounds: int,
    scale: float,
    least: float = 0.03,
    soundings: int = 0,
    *,
    together: bool = False,
) -> Asking[bool]:
    """Levenberg-Marquardt on the blurred residual over some parameters.

    Args:
        search: Is moved along. scales: The blurs. which: Parameters that may move.
        rounds: Of derivatives, at most. scale: Length of their nudges.
        least: Share of the loss that a round must gain for another one. When a hundredth is left it is enough too:
            then a finer picture has more to say.
        together: Whether derivatives may be measured several in a picture (`Search.measure`).
        soundings: Along how many of the flattest directions the derivatives are put right, in each round.

    Returns:
        Whether anything got better.
    """
    picture = yield from search.picture()
    if not which:
        return False
    first = loss = search.loss(picture, scales)
    for _ in range(rounds):
        before = loss
        unknown = [i for i in which if search.stale[i] != 0 or (search.is_rough[i] and not together)]
        yield from search.measure(unknown, scale, together=together)
        active = [i for i in which if i in set(search.alive())]
        if not active:
            break
        if soundings:
            yield from _sound(search, scales, active, picture, soundings)
        for _ in range(_STEPS_A_ROUND):  # steps from one measurement: the columns are corrected by what each step shows
            step = yield from _step(search, scales, active, picture, loss)
            gained, picture, loss = loss - step.loss, step.picture, step.loss
            if not step.is_foretold or gained < 0.1 * loss:
                break
        if before - loss < least * before or loss < 0.01 * first:
            break
    return loss < 0.995 * first


def _step(search: Search, scales: Scales, active: list[int], picture: Picture, loss: float) -> Asking[Step]:
    """Try steps of two lengths and take the better one, if it is better than none."""
    residual = search.residual(picture, scales)
    normal, slope = search.model(scales, residual, active)
    low, high = search.reach(search.values)
    diagonal = np.diag(normal)
    strayed = (search.coordinates(search.values) - search.coordinates(search.start))[active]
    # a camera's numbers trade against one another along a narrow valley: pulled back, they would stop halfway
    has_camera = any(search.parameters[i].role == "camera" for i in active)
    pull = 0.0 if has_camera else _PULL * loss
    steps: list[NDArray[np.float64]] = []
    gains: list[float] = []
    for damping in (search.damping, search.damping * 12):
        step = np.zeros(len(search.parameters))
        weights = damping * diagonal + 1e-3 * damping * diagonal.max() + pull
        step[active] = solve_in_box(normal, slope + pull * strayed, weights, low[active], high[active])
        steps.append(step)
        gains.append(predicted_gain(normal, slope, step[active]))
    points = [search.moved(search.values, step) for step in steps]
    pictures = yield from search.studio.look(points, search.view)
    losses = [search.loss(one, scales) for one in pictures]
    best = int(np.argmin(losses))
    chosen, taken = pictures[best], search.coordinates(points[best]) - search.coordinates(search.values)
    if chosen is not None:
        _learn(search, chosen - picture, taken)
    if chosen is None or losses[best] >= loss:
        search.damping = min(search.damping * 20, 100.0)
        return Step(picture, loss, False)
    search.damping = max(search.damping * (0.3 if best == 0 else 3.0), 1e-4)
    search.heading = np.where(np.abs(taken) > 1e-6, np.sign(taken), search.heading)
    search.values = points[best]
    search.stale[search.stale >= 0] += 1
    search.studio.note(search.values, chosen, search.view)
    return Step(chosen, losses[best], loss - losses[best] > 0.3 * gains[best])


def _sound(search: Search, scales: Scales, active: list[int], picture: Picture, count: int) -> Asking[None]:
    """Put the derivatives right along the directions in which the picture hardly changes, a picture each.

    Where numbers make up for one another (dolly and zoom, a lamp's power and colour), their columns cancel, and what
    is left is the noise of each: a valley looks like a pit. A step along the valley itself shows how flat it is.
    """
    normal, slope = search.model(scales, search.residual(picture, scales), active)
    curvatures, directions = np.linalg.eigh(normal)
    flat = [k for k in range(min(count, len(active) // 2)) if curvatures[k] < _FLAT * curvatures[-1]]
    steps = np.zeros((len(flat), len(search.parameters)))
    for row, k in enumerate(flat):
        downhill = -1.0 if directions[:, k] @ slope > 0 else 1.0
        steps[row, active] = downhill * directions[:, k]
    points = [search.moved(search.values, step) for step in steps]
    pictures = yield from search.studio.look(points, search.view)
    here = search.coordinates(search.values)
    for point, seen in zip(points, pictures, strict=True):
        if seen is not None:
            _learn(search, seen - picture, search.coordinates(point) - here)


def _learn(search: Search, change: Picture, step: NDArray[np.float64]) -> None:
    """Broyden's update: the least change of the columns that explains what a step did to the picture."""
    known = np.where(search.stale >= 0, step, 0.0).astype(np.float32)
    length = float(known @ known)
    if length > 1e-8:
        error = change - np.tensordot(known, search.columns, axes=1)
        search.columns += (known / length)[:, None, None, None] * error
