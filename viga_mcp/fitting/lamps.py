"""Lamps at the wrong place: their slopes turn them off, and from the dark no slope leads anywhere."""

from collections.abc import Mapping
from math import atan2, cos, hypot, pi, sin
from typing import NamedTuple

import numpy as np

from viga_mcp.fitting.jumps import explore
from viga_mcp.fitting.meanings import Meaning
from viga_mcp.fitting.probes import Asking, Values
from viga_mcp.fitting.projection import centre
from viga_mcp.fitting.search import Scales, Search

_PLACES = 8  # around the scene
_DARK = 0.25  # of the energy as it was written: below it a lamp was turned down because it stands wrong
_TRIES = 2


class Lamp(NamedTuple):
    """A lamp that the program places: the literals of its energy and of its location's x and y."""

    energy: int
    x: int
    y: int


def find_lamps(meanings: Mapping[int, Meaning]) -> list[Lamp]:
    """Lamps whose energy, x and y are each written as a number of the program."""
    found: dict[str, dict[str, int]] = {}
    for literal, meaning in meanings.items():
        for path, (before, after) in meaning.effects.items():
            match path:
                case ("objects", str(name), "light", "energy"):
                    found.setdefault(name, {})["energy"] = literal
                case ("objects", str(name), "location", int(axis)) if isinstance(before, float | int):
                    moved = float(after) - float(before) if isinstance(after, float | int) else 0.0
                    if abs(moved - meaning.nudge) < 1e-3 * abs(meaning.nudge):  # the coordinate itself
                        found.setdefault(name, {})["xyz"[axis]] = literal
                case _:
                    pass
    return [Lamp(one["energy"], one["x"], one["y"]) for one in found.values() if {"energy", "x", "y"} <= one.keys()]


def relight(
    search: Search, meanings: Mapping[int, Meaning], scales: Scales, least_promise: float, *, only_dark: bool = False
) -> Asking[bool]:
    """Try each lamp elsewhere around the scene, at its height and distance, and lit; returns whether that helped.

    Args:
        scales, least_promise: As for `explore`. only_dark: Leave lamps alone that still give light.
    """
    free = {parameter.literal for parameter in search.parameters}
    lamps = [lamp for lamp in find_lamps(meanings) if free.issuperset(lamp)]
    lamps = [lamp for lamp in lamps if not only_dark or _is_dark(search, lamp)]
    if not lamps:
        return False
    (graph,) = yield from search.studio.inspect([search.values])
    if graph is None:
        return False
    things = [name for name, thing in graph["objects"].items() if thing["type"] not in ("CAMERA", "LIGHT")]
    middle = np.median([centre(graph, name) for name in things], axis=0) if things else np.zeros(3)
    helped = False
    for lamp in lamps:
        points = _around(search, lamp, float(middle[0]), float(middle[1]))
        helped = (yield from explore(search, points, scales, _TRIES, least_promise)) or helped
    return helped


def _is_dark(search: Search, lamp: Lamp) -> bool:
    return float(search.values[lamp.energy]) < _DARK / 5 * float(search.start[lamp.energy])


def _around(search: Search, lamp: Lamp, middle_x: float, middle_y: float) -> list[Values]:
    energy, x, y = (float(search.values[literal]) for literal in lamp)
    written = float(search.start[lamp.energy])
    lit = energy if energy > _DARK * written else _DARK * written
    radius, angle = hypot(x - middle_x, y - middle_y), atan2(y - middle_y, x - middle_x)
    points: list[Values] = []
    for place in range(_PLACES):
        turned = angle + 2 * pi * place / _PLACES
        values = list(search.values)
        values[lamp.energy] = float(f"{lit:.4g}")
        values[lamp.x] = float(f"{middle_x + radius * cos(turned):.4g}")
        values[lamp.y] = float(f"{middle_y + radius * sin(turned):.4g}")
        points.append(tuple(values))
    return points
