"""What masks spare a search: numbers of apart objects share a picture, those of right objects need none."""

from collections import Counter
from typing import TypeVar

import numpy as np
import pytest

from tests.asking import run
from tests.test_fitting_solve import answer, execute, paint
from viga_mcp.fitting.literals import find_literals
from viga_mcp.fitting.meanings import learn_meanings
from viga_mcp.fitting.parameters import make_unknowns
from viga_mcp.fitting.probes import Asking
from viga_mcp.fitting.search import Search
from viga_mcp.fitting.strategy import COARSE
from viga_mcp.fitting.studio import Studio

T = TypeVar("T")
APART = (
    'scene["Left"] = dict(place=(-2.5, 1), radius={}, paint=({}, 0.2, 0.1))\n'
    'scene["Right"] = dict(place=(2.5, -1), radius={}, paint=({}, 0.2, 0.1))\n'
)
START, GOAL = APART.format(1.0, 0.8, 1.0, 0.8), APART.format(1.3, 0.8, 1.0, 0.8)


def ask(asking: Asking[T]) -> T:
    return run(asking, lambda probe: answer(START, probe, 0.0))


@pytest.fixture
def search() -> Search:
    """At the start, having looked where the objects are."""
    literals = find_literals(START)
    values = tuple(literal.value for literal in literals)
    meanings = ask(learn_meanings(literals, values, tuple(range(len(values))), 1.0)).meanings
    parameters, choices = make_unknowns(literals, meanings)
    studio = Studio(paint(execute(GOAL), 96, 96), 1000, 0, limit=1000)
    touched = tuple(meanings[p.literal].objects for p in parameters)
    made = Search(studio, parameters, choices, values, values, COARSE, Counter[int](), touched)
    made.begin(ask(made.picture()))
    ask(made.see())
    return made


def test_numbers_of_apart_objects_share_a_picture(search: Search) -> None:
    known = [i for i, touched in enumerate(search.touched) if touched]
    spent = search.studio.renders
    ask(search.measure(known, together=True))
    shared, columns = search.studio.renders - spent, search.columns[known]
    assert shared == len(known) // 2
    assert search.is_rough[known].all()
    ask(search.measure(known))
    assert search.studio.renders - spent - shared == len(known)
    assert not search.is_rough.any()
    one, other = columns.reshape(len(known), -1), search.columns[known].reshape(len(known), -1)
    likeness = (one * other).sum(1) / np.sqrt((one**2).sum(1) * (other**2).sum(1))
    assert likeness.min() > 0.9  # nudges of other lengths


def test_numbers_of_objects_that_look_right_are_no_suspects(search: Search) -> None:
    suspects = [search.touched[i] for i in search.suspects(ask(search.picture())) if search.touched[i]]
    assert set(suspects) == {frozenset({"Left"})}


def test_foretold_pictures_do_not_tell_how_much_a_number_shows(search: Search) -> None:
    everything = range(len(search.parameters))
    real, foretold = search.view, ask(search.studio.anchor(search.values, search.view))
    assert foretold is not None
    search.forget(foretold)
    ask(search.measure(everything))
    assert search.columns.any()
    assert not search.sizes.any()
    search.forget(real)
    ask(search.measure(everything))
    assert search.sizes == pytest.approx(search.strengths())


def test_without_masks_everything_is_suspect_and_measured_alone(search: Search) -> None:
    search.masks = None
    everything = range(len(search.parameters))
    assert search.suspects(ask(search.picture())) == list(everything)
    spent = search.studio.renders
    ask(search.measure(everything, together=True))
    assert search.studio.renders - spent == len(search.parameters)
