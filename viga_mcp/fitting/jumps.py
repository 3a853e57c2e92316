"""Leave the slope: try values far away, judge them by what they could become, follow the promising ones."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from viga_mcp.fitting.descent import descend
from viga_mcp.fitting.leastsquares import predicted_gain, solve_in_box
from viga_mcp.fitting.pictures import Picture
from viga_mcp.fitting.probes import Asking, Values
from viga_mcp.fitting.search import Scales, Search


def explore(
    search: Search, points: Sequence[Values], scales: Scales, tries: int, least_promise: float = 0.05
) -> Asking[bool]:
    """Render points far from the current one, follow the slope from the most promising, and go to one that is better.

    A good jump can look bad until other numbers follow (a new lamp type at the old strength), so each picture is
    judged by what the known derivatives could still make of it. Returns whether a jump was taken.

    Args:
        points: Where to look. scales: The blurs to judge by. tries: How many slopes to follow at most.
        least_promise: Share of the loss that the known derivatives must promise to save; below 0 for daring tries.
    """
    points = [point for point in dict.fromkeys(points) if point != search.values]
    if not points:
        return False
    here = yield from search.picture()
    floor = search.loss(here, scales)
    pictures = yield from search.studio.look(points, search.view)
    hopeful: list[tuple[float, Values, Values]] = []
    for point, picture in zip(points, pictures, strict=True):
        if picture is not None:
            step, promised = _correction(search, point, picture, scales)
            hopeful.append((min(promised, search.loss(picture, scales)), point, search.moved(point, step)))
    hopeful.sort(key=lambda one: one[0])
    for promised, point, corrected in hopeful[:tries]:
        if promised > (1 - least_promise) * floor:
            break
        with search.trial() as kept:
            loss = yield from follow(search, (point, corrected), scales)
        if loss < 0.93 * floor:
            return True
        search.restore(kept)
    return False


def follow(search: Search, points: Sequence[Values], scales: Scales) -> Asking[float]:
    """Stand at the better of some points and descend from there; returns the loss reached."""
    pictures = yield from search.studio.look(points, search.view)
    losses = [search.loss(one, scales) for one in pictures]
    best = int(np.argmin(losses))
    picture = pictures[best]
    if picture is None:
        return np.inf
    search.go(points[best], picture)
    yield from search.measure(search.worth_moving(scales, picture, 0.95), 0.7)
    yield from descend(search, scales, search.worth_moving(scales, picture, 0.95), 4, 0.7, 0.15)
    picture = yield from search.picture()
    return search.loss(picture, scales)


def _correction(search: Search, point: Values, picture: Picture, scales: Scales) -> tuple[NDArray[np.float64], float]:
    """The step of the other numbers that the derivatives advise at a point, and the loss that they promise there."""
    changed = {p.literal for p in search.parameters if point[p.literal] != search.values[p.literal]}
    free = [i for i in search.alive() if search.parameters[i].literal not in changed]
    step = np.zeros(len(search.parameters))
    loss = search.loss(picture, scales)
    if not free:
        return step, loss
    normal, slope = search.model(scales, search.residual(picture, scales), free)
    low, high = search.reach(point)
    weights = 0.1 * np.diag(normal) + 1e-3 * np.diag(normal).max()
    step[free] = solve_in_box(normal, slope, weights, low[free], high[free])
    return step, loss - predicted_gain(normal, slope, step[free])
