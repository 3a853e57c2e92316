"""The studio: pictures are remembered, counted and kept within the budget."""

from collections.abc import Sequence

import numpy as np
import pytest

from tests.asking import run
from viga_mcp.fitting.probes import Answer, Batch, GBuffer, Geometry, Probe, Render, Values, advance
from viga_mcp.fitting.shading import OVERSAMPLING
from viga_mcp.fitting.studio import BudgetSpent, Studio, View

SMALL, LARGE = View(16, 4), View(32, 4)


def make_studio(max_renders: int = 10, reserve: int = 0) -> Studio:
    return Studio(np.zeros((64, 64, 3), np.float32), max_renders, reserve, limit=max_renders)


def take(studio: Studio, points: Sequence[Values], view: View, shade: float, hide: tuple[str, ...] = ()) -> int:
    """Look at points that are all of one shade; returns how many pictures were asked for."""
    looking = studio.look(points, view, [hide] * len(points))
    batch = advance(looking)
    if not isinstance(batch, Batch):
        return 0
    picture = np.full((view.size_px, view.size_px, 3), shade, np.float32)
    assert not isinstance(advance(looking, [picture for _ in batch.probes]), Batch)
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


def half_red(is_left: bool) -> GBuffer:
    """A wall, one half of it red."""
    side = SMALL.size_px * OVERSAMPLING
    material = np.zeros((side, side), np.int16)
    material[:, : side // 2] = is_left
    material[:, side // 2 :] = not is_left
    flat = np.zeros((side, side, 3))
    return GBuffer(
        ("Wall",), np.ones((side, side), np.uint16), ("Grey", "Red"), material, flat.astype(np.float16),
        flat.astype(np.float32),
    )  # fmt: skip


def show(probe: Probe) -> Answer:
    """The red half is on the left where the value is 1."""
    assert isinstance(probe, Render | Geometry)
    is_left = probe.values[0] == 1
    if isinstance(probe, Geometry):
        return half_red(is_left)
    picture = np.full((SMALL.size_px, SMALL.size_px, 3), 0.3, np.float32)
    half = SMALL.size_px // 2
    picture[:, slice(half) if is_left else slice(half, None)] = (0.9, 0.1, 0.1)
    return picture


def anchored(max_renders: int = 10) -> tuple[Studio, View]:
    studio = make_studio(max_renders)
    view = run(studio.anchor((1,), SMALL), show)
    assert view is not None
    return studio, view


def test_after_an_anchor_pictures_are_foretold_without_a_render():
    studio, view = anchored()
    (other,) = run(studio.look([(2,)], view), show)
    truth = show(Render((2,), 16, 16, 4))
    assert isinstance(truth, np.ndarray)
    assert other is not None
    np.testing.assert_allclose(other, truth, atol=0.02)
    assert studio.pictures == 1


def test_four_gbuffers_are_paid_for_like_a_picture():
    studio, view = anchored(max_renders=3)  # a picture and a G-buffer are spent
    assert studio.renders == 2
    run(studio.look([(2,), (3,), (4,)], view), show)
    assert studio.renders == 2
    run(studio.look([(2,), (1,)], view), show)  # both are known
    assert studio.renders == 2
    with pytest.raises(BudgetSpent):
        next(studio.look([(value,) for value in range(5, 10)], view))
    run(studio.look([(5,)], view), show)
    assert (studio.renders, studio.left) == (3, 0)


def test_a_foretold_picture_is_no_evidence():
    studio, view = anchored()
    studio.note((2,), studio.target_at(SMALL), view)
    assert (studio.best, studio.history) == (None, [])


def test_where_the_geometry_cannot_be_told_there_is_no_anchor():
    studio = make_studio()
    assert run(studio.anchor((1,), SMALL), lambda probe: None if isinstance(probe, Geometry) else show(probe)) is None


def test_a_part_ends_quietly_when_its_share_is_spent():
    studio = make_studio(max_renders=9)
    with studio.spending(2):
        take(studio, [(1,), (2,)], SMALL, 0.5)
        next(studio.look([(3,)], SMALL))
        pytest.fail("a third picture was asked for")
    assert studio.left == 7
