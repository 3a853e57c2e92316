"""The studio: pictures are remembered, counted and kept within the budget."""

from collections.abc import Sequence

import numpy as np
import pytest

from viga_mcp.fitting.pictures import Picture
from viga_mcp.fitting.probes import Values
from viga_mcp.fitting.studio import BudgetSpent, Studio, View

SMALL, LARGE = View(16, 4), View(32, 4)


def make_studio(max_renders: int = 10, reserve: int = 0) -> Studio:
    return Studio(np.zeros((64, 64, 3), np.float32), max_renders, reserve, limit=max_renders)


def take(studio: Studio, points: Sequence[Values], view: View, shade: float, hide: tuple[str, ...] = ()) -> int:
    """Look at points that are all of one shade; returns how many pictures were asked for."""
    looking = studio.look(points, view, [hide] * len(points))
    try:
        batch = next(looking)
    except StopIteration:
        return 0
    picture: Picture = np.full((view.size_px, view.size_px, 3), shade, np.float32)
    with pytest.raises(StopIteration):
        looking.send([picture] * len(batch.probes))
    return len(batch.probes)


def test_a_picture_is_asked_for_once():
    studio = make_studio()
    assert take(studio, [(1,), (2,), (1,)], SMALL, 0.5) == 2
    assert take(studio, [(2,), (1,)], SMALL, 0.5) == 0
    assert studio.renders == 2


def test_the_closest_picture_of_a_point_is_remembered_at_any_size():
    studio = make_studio()
    assert studio.remembered((1,), LARGE) is None
    take(studio, [(1,)], SMALL, 0.25)
    take(studio, [(1,)], LARGE, 0.75, hide=("Ball",))  # another picture: something is left out
    remembered = studio.remembered((1,), LARGE)
    assert remembered is not None
    assert remembered.shape == (32, 32, 3)
    assert remembered == pytest.approx(0.25)
    take(studio, [(1,)], LARGE, 0.5)
    assert studio.remembered((1,), SMALL) == pytest.approx(0.5)


def test_nothing_is_asked_for_that_cannot_be_paid_and_the_reserve_is_kept():
    studio = make_studio(max_renders=3, reserve=1)
    with pytest.raises(BudgetSpent):
        next(studio.look([(1,), (2,), (3,)], SMALL))
    assert take(studio, [(1,), (2,)], SMALL, 0.5) == 2
    assert studio.left == 0
