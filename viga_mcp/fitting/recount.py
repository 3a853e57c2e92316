"""Counts: which other numbers go with them, learnt from the scene graph without a picture.

A wrong count does not show in the slopes: twelve steps, each a little too high, reach as far as fourteen. So a count
is changed together with the numbers that share a length among its steps, so that the whole stays where it is.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from viga_mcp.fitting.parameters import Choice, Parameter
from viga_mcp.fitting.probes import Asking, Values
from viga_mcp.fitting.projection import Graph
from viga_mcp.fitting.search import Search

_SHARING = ("size", "amount", "turn", "place")
_MOST_COMPANIONS = 3
_RESTORES = 0.6  # of what a changed count put out of place must be left at most for a number to go with the count
_FARTHEST = 3

Outline = Mapping[str, NDArray[np.float64]]


class Companion(NamedTuple):
    """A number that goes with a count: times the count, or times the gaps between, it stays what it is."""

    parameter: Parameter
    gaps: bool

    def shared(self, value: float, before: int, after: int) -> float:
        """The number for another count."""
        less = 1 if self.gaps else 0
        return value * (before - less) / (after - less)


def recounted(search: Search, choice: Choice) -> Asking[list[Values]]:
    """Other counts, with their companions; none where the count has none."""
    count = search.values[choice.literal]
    if choice.options or not isinstance(count, int | float) or count < 3:
        return []
    found = yield from _companions(search, choice, int(count))
    counts = [int(count) + by for far in range(1, _FARTHEST + 1) for by in (far, -far)]
    return [_with_count(search, choice, other, found) for other in counts if found and other > 1]


def _companions(search: Search, choice: Choice, count: int) -> Asking[list[Companion]]:
    """Those that bring back, one by one, what one more step put out of place."""
    values = [search.with_value(choice.literal, other) for other in (count, count + 1, count - 1)]
    graphs = yield from search.studio.inspect(values)
    here, more, fewer = graphs
    if here is None or more is None or fewer is None:
        return []
    boxes, later = _boxes(here), _boxes(more)
    last = [name for name in boxes if name not in fewer["objects"]]
    new = [name for name in later if name not in boxes]
    touched = [name for name in boxes.keys() & later.keys() if np.any(boxes[name] != later[name])]

    def outline(graph: Graph, ends: Sequence[str]) -> Outline:
        """Where what the count touches reaches to: boxes, and the middles of what the last step brought."""
        found = _boxes(graph)
        middles = {f"end {n}": found[name].reshape(2, 3).mean(axis=0) for n, name in enumerate(ends) if name in found}
        return {**{name: found[name] for name in touched if name in found}, **middles}

    wanted = outline(here, last)
    astray = _distance(outline(more, new), wanted)
    free = [
        Companion(parameter, gaps)
        for parameter in search.parameters
        if parameter.role in _SHARING and search.values[parameter.literal]
        for gaps in (True, False)
    ]
    found: list[Companion] = []
    while free and astray > 0 and len(found) < _MOST_COMPANIONS:
        points = [_with_count(search, choice, count + 1, [*found, one]) for one in free]
        graphs = yield from search.studio.inspect(points)
        left = [_distance(outline(graph, new), wanted) if graph else np.inf for graph in graphs]
        best = int(np.argmin(left))
        if left[best] > _RESTORES * astray:
            break
        found.append(free[best])
        known = {one.parameter.literal for one in found}
        free = [
            one
            for one, distance in zip(free, left, strict=True)
            if one.parameter.literal not in known and abs(distance - astray) > 1e-3 * astray
        ]
        astray = left[best]
    return found


def _with_count(search: Search, choice: Choice, count: int, companions: Sequence[Companion]) -> Values:
    values = list(search.with_value(choice.literal, count))
    before = search.values[choice.literal]
    assert isinstance(before, int | float)
    for one in companions:
        literal = one.parameter.literal
        shared = one.shared(float(values[literal]), int(before), count)
        values[literal] = one.parameter.decode(one.parameter.encode(shared))
    return tuple(values)


def _boxes(graph: Graph) -> Outline:
    """World boxes of what has one: low and high corner, (6,)."""
    things = graph["objects"].items()
    return {name: np.array(thing["bounds"], float).ravel() for name, thing in things if thing.get("bounds")}


def _distance(one: Outline, other: Outline) -> float:
    """Sum of squared distances of what both have."""
    return float(sum(np.sum((one[name] - other[name]) ** 2) for name in one.keys() & other.keys()))
