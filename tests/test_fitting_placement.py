"""Far objects are brought to where a tilted perspective camera shows them; what is right stays as it was written."""

import math
from collections import Counter
from typing import Any, TypeVar

import numpy as np
import pytest

from tests.asking import run
from tests.test_fitting_solve import execute, paint
from viga_mcp.fitting.literals import Value, find_literals, splice
from viga_mcp.fitting.meanings import learn_meanings
from viga_mcp.fitting.parameters import make_unknowns
from viga_mcp.fitting.pictures import Picture
from viga_mcp.fitting.placement import place_objects
from viga_mcp.fitting.probes import Answer, Asking, Inspect, Inspection, Probe, Render
from viga_mcp.fitting.projection import find_camera
from viga_mcp.fitting.search import Search
from viga_mcp.fitting.strategy import COARSE
from viga_mcp.fitting.studio import Studio

T = TypeVar("T")
PROGRAM = 'scene["Ball"] = dict(place=({}, {}, {}), radius=0.8)\n'
TILT, AWAY_M = 1.0, 9.0  # from straight down, in radians, and from the world's origin


def graph_of(scene: dict[str, Any]) -> dict[str, Any]:
    c, s = math.cos(TILT), math.sin(TILT)
    matrix = [1, 0, 0, 0, 0, c, -s, -AWAY_M * s, 0, s, c, AWAY_M * c, 0, 0, 0, 1]
    camera = {"projection": "PERSP", "fov_deg": 50.0}
    objects: dict[str, Any] = {"Camera": {"type": "CAMERA", "matrix_world": matrix, "camera": camera}}
    for name, thing in scene.items():
        place, radius = thing["place"], thing["radius"]
        bounds = [[at - radius for at in place], [at + radius for at in place]]
        objects[name] = {"type": "MESH", "location": [*place], "bounds": bounds}
    return {"scene": {"camera": "Camera"}, "objects": objects}


def look(source: str, width: int, height: int, hide: tuple[str, ...] = ()) -> Picture:
    """Each thing as a disc in a parallel camera's picture, 10 m wide, where and as large as it is seen."""
    scene = execute(source)
    camera = find_camera(graph_of(scene), 1.0)
    assert camera is not None
    discs: dict[str, Any] = {}
    for name, thing in scene.items():
        ((x, y),), (depth,) = camera.project(np.array([thing["place"]], float))
        radius = 5 * thing["radius"] / (depth * camera.half_width)
        discs[name] = {"place": (10 * x - 5, 5 - 10 * y), "radius": radius}
    return paint(discs, width, height, hide)


def answer(source: str, probe: Probe) -> Answer:
    assert isinstance(probe, Inspect | Render)
    source = splice(source, dict(enumerate(probe.values)))
    if isinstance(probe, Inspect):
        return Inspection(graph_of(execute(source)))
    return look(source, probe.width_px, probe.height_px, probe.hide)


def placed(start: str, goal: str) -> tuple[Value, ...]:
    """The values of a program after its far objects were placed."""

    def ask(asking: Asking[T]) -> T:
        return run(asking, lambda probe: answer(start, probe))

    literals = find_literals(start)
    values = tuple(literal.value for literal in literals)
    meanings = ask(learn_meanings(literals, values, tuple(range(len(values))), 1.0)).meanings
    parameters, choices = make_unknowns(literals, meanings)
    studio = Studio(look(goal, 96, 96), 1000, 0, limit=1000)
    touched = (None,) * len(parameters)
    search = Search(studio, parameters, choices, values, values, COARSE, Counter[int](), touched)
    search.begin(ask(search.picture()))
    assert ask(place_objects(search, meanings, (0.015,))) == 1
    return search.values


@pytest.mark.parametrize(("right", "away"), [(0.0, -2.0), (-0.1234567, -2.06)])
def test_a_number_that_need_not_move_stays_as_it_was_written(right: float, away: float) -> None:
    """Solving for two numbers leaves a rest of 1e-18 in the one that is right."""
    x, y, z, _ = placed(PROGRAM.format(3.0, right, 0.0), PROGRAM.format(away, right, 0.0))
    assert x == pytest.approx(away, abs=0.1)
    assert (y, z) == (right, 0.0)
