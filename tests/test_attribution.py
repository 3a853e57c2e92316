"""The difference of two pictures split over objects, on pictures made by hand where the answer is known."""

from time import process_time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from viga_mcp.metrics.attribution import Part, attribute

NAMES = ("Floor", "Disc", "Box", "Bar")
Picture = NDArray[np.uint8]


def paint(
    disc: tuple[float, float] = (60, 50), radius: float = 14, red: int = 200, *, with_bar: bool = True
) -> tuple[Picture, NDArray[np.uint16]]:
    """A shaded floor with three things on it, (120, 160), and what each pixel shows."""
    y, x = np.mgrid[0:120, 0:160] + 0.5
    picture = np.stack([90 + y / 3, 100 + x / 4, 110 + 0 * x], 2)
    ids = np.ones((120, 160), np.uint16)
    for id, mask, colour in (
        (2, (x - disc[0]) ** 2 + (y - disc[1]) ** 2 < radius**2, (red, 40, 40)),
        (3, (abs(x - 120) < 15) & (abs(y - 80) < 12), (30, 60, 190)),
        (4, (abs(x - 40) < 25) & (abs(y - 100) < 4) & with_bar, (30, 150, 60)),
    ):
        shade = 1 - ((x - disc[0]) + (y - disc[1])) / 200 if id == 2 else 1
        picture = np.where(mask[..., None], np.array(colour) * np.broadcast_to(shade, mask.shape)[..., None], picture)
        ids[mask] = id
    return np.clip(picture, 0, 255).astype(np.uint8), ids


def first(target: Picture) -> Part:
    render, ids = paint()
    return attribute(render, target, ids, NAMES).parts[0]


@given(st.integers(-35, 60), st.integers(-25, 20))
@settings(max_examples=15, deadline=None)
def test_a_moved_object_is_named_first_with_its_shift(right: int, down: int) -> None:
    if abs(right) + abs(down) < 3 or (right > 35 and down > 0):  # else it would cover the box
        return
    part = first(paint(disc=(60 + right, 50 + down))[0])
    assert part.name == "Disc"
    assert part.shift_px == pytest.approx((right, down), abs=0.5)
    assert part.size_ratio == pytest.approx(1, abs=0.03)
    assert part.colour_offset == pytest.approx((0, 0, 0), abs=2)
    assert part.explained > 0.8


def pale(ball: tuple[float, float], radius: float = 18) -> tuple[Picture, NDArray[np.uint16]]:
    """A ball of nearly the colour of the floor, (120, 160), shaded below, with a soft shadow to its lower left."""
    y, x = np.mgrid[0:120, 0:160] + 0.5
    right, down = x - ball[0], y - ball[1]
    shadow = np.exp(-(((right + 0.6 * radius) / radius) ** 2 + ((down - 0.9 * radius) / (0.6 * radius)) ** 2))
    floor = (190 + y / 8) * (1 - 0.45 * shadow)
    mask = right**2 + down**2 < radius**2
    shade = 45 * ((down - 0.5 * right) / radius).clip(0, 1) ** 2
    picture = floor + mask * (212 - shade - floor)
    return np.stack([picture, picture + 1, picture + 3], 2).clip(0, 255).astype(np.uint8), 1 + mask.astype(np.uint16)


@pytest.mark.parametrize("way", [(12, -10), (-14, 8), (30, 2), (-9, -16), (40, -20)])
def test_a_pale_object_that_moved_is_not_said_to_be_where_its_shadow_was(way: tuple[int, int]) -> None:
    """Its shadow carries most of the difference, and looks like the object where it went away."""
    render, ids = pale((80, 60))
    target, _ = pale((80 + way[0], 60 + way[1]))
    (part,) = (part for part in attribute(render, target, ids, ("Floor", "Ball")).parts if part.name == "Ball")
    assert part.shift_px == pytest.approx(way, abs=1)
    assert part.size_ratio == pytest.approx(1, abs=0.05)
    assert part.colour_offset == pytest.approx((0, 0, 0), abs=2)


@pytest.mark.parametrize("ratio", [0.7, 0.85, 1.2, 1.4])
def test_a_resized_object_is_named_first_with_its_ratio(ratio: float) -> None:
    part = first(paint(radius=14 * ratio)[0])
    assert part.name == "Disc"
    assert part.size_ratio == pytest.approx(ratio, abs=0.04)
    assert part.shift_px == pytest.approx((0, 0), abs=1)


def test_a_recoloured_object_is_named_first_with_its_offset() -> None:
    render, ids = paint()
    target, _ = paint(red=120)
    part = first(target)
    truth = (render.astype(float) - target)[ids == 2].mean(0)
    assert (part.name, part.shift_px, part.size_ratio) == ("Disc", (0, 0), 1)
    assert part.colour_offset == pytest.approx(tuple(truth), abs=0.1)


def test_a_recoloured_object_is_not_taken_for_another_of_its_old_colour() -> None:
    """A twin that stands elsewhere unchanged is no reason to say that the first moved there."""
    render, ids = paint()
    twin = slice(36, 64), slice(46, 74)
    for picture, mask in ((render, ids),):
        picture[60:88, 5:33][ids[twin] == 2] = render[twin][ids[twin] == 2]
        mask[60:88, 5:33][ids[twin] == 2] = 5
    target = render.copy()
    target[ids == 2] = target[ids == 2] * np.array([0.4, 1, 2])
    part = attribute(render, target, ids, (*NAMES, "Twin")).parts[0]
    assert (part.name, part.shift_px) == ("Disc", (0, 0))


def test_an_object_that_the_target_lacks_is_missing() -> None:
    part = first(paint(with_bar=False)[0])
    assert (part.name, part.is_missing, part.shift_px) == ("Bar", True, None)


def test_what_is_no_longer_there_is_not_said_to_be_in_its_place() -> None:
    """Any colour can be explained by recolouring; an outline can't."""
    render, ids = paint()
    target, _ = paint(disc=(-50, -50))  # away, and the shade that it leaves is nobody's
    target[30:62] //= 2
    found = attribute(render, target, ids, NAMES)
    (disc,) = (part for part in found.parts if part.name == "Disc")
    assert disc.shift_px is None


def test_equal_pictures_leave_nothing_to_explain() -> None:
    render, ids = paint()
    found = attribute(render, render, ids, NAMES)
    assert found.background == 0
    assert all(part.share == part.explained == 0 for part in found.parts)
    assert all((part.shift_px, part.size_ratio, part.is_missing) == ((0, 0), 1, False) for part in found.parts)


def test_shares_add_up_and_the_background_is_apart() -> None:
    render, ids = paint()
    ids[:20] = 0
    target = render.copy()
    target[:20] //= 2
    target[ids == 3] += 30
    found = attribute(render, target, ids, NAMES)
    assert sum(part.share for part in found.parts) + found.background == pytest.approx(1)
    truth = ((render.astype(float) - target) ** 2).mean(2)
    assert found.background == pytest.approx(truth[:20].sum() / truth.sum(), abs=1e-6)
    assert found.parts[0].name == "Box"


@pytest.mark.parametrize("shape", [(8, 8), (9, 200), (5, 1)])
def test_small_and_odd_pictures_are_no_trouble(shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(1)
    render, target = (rng.integers(0, 256, (*shape, 3), dtype=np.uint8) for _ in range(2))
    ids = rng.integers(0, 3, shape).astype(np.uint16)
    found = attribute(render, target, ids, ("A", "B"))
    assert all(np.isfinite([part.share, part.explained, *part.colour_offset]).all() for part in found.parts)


def test_four_hundred_objects_take_seconds_of_processor_time_and_the_right_one_is_named() -> None:
    chance = np.random.default_rng(2)
    render = np.full((512, 512, 3), 120.0)
    ids = np.zeros((512, 512), np.uint16)
    for row in range(20):
        for column in range(20):
            tile = slice(row * 25 + 10, row * 25 + 24), slice(column * 25 + 10, column * 25 + 24)
            render[tile], ids[tile] = chance.uniform(0, 255, 3), row * 20 + column + 1
    target = render.copy()
    target[ids == 210] = (250, 20, 20)
    target[ids == 33] = (0, 250, 250)
    noisy = [np.clip(p + chance.normal(0, 3, p.shape), 0, 255).astype(np.uint8) for p in (render, target)]
    started = process_time()
    found = attribute(noisy[0], noisy[1], ids, [f"Tile {n}" for n in range(1, 401)])
    assert process_time() - started < 8  # 1.2 here; 20 where each object is looked for on the whole picture
    assert {part.name for part in found.parts[:2]} == {"Tile 210", "Tile 33"}
    assert len(found.parts) == 400
