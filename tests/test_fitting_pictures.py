import math

import numpy as np
import pytest

from viga_mcp.fitting.leastsquares import choose_columns, predicted_gain, solve_in_box
from viga_mcp.fitting.parameters import Parameter
from viga_mcp.fitting.pictures import blur, fit_size, photometric_loss, resize, shrink
from viga_mcp.fitting.placement import match_sprite
from viga_mcp.fitting.projection import find_camera

RANDOM = np.random.default_rng(0)


def test_resizing_keeps_the_mean_and_flat_pictures():
    picture = RANDOM.random((60, 90, 3), np.float32)
    small = resize(picture, 30, 20)
    assert small.shape == (20, 30, 3)
    np.testing.assert_allclose(small.mean(axis=(0, 1)), picture.mean(axis=(0, 1)), rtol=1e-4)
    np.testing.assert_allclose(resize(np.ones((50, 70, 3), np.float32), 33, 21), 1, rtol=1e-5)


def test_blur_keeps_flat_pictures_flat_to_the_edge_and_lowers_noise():
    np.testing.assert_allclose(blur(np.full((2, 20, 30, 3), 0.5, np.float32), 4.0), 0.5, rtol=1e-5)
    noise = RANDOM.normal(size=(64, 64, 3)).astype(np.float32)
    assert blur(noise, 2.0).var() == pytest.approx(1 / (4 * math.pi * 4), rel=0.25)


def test_a_smaller_size_keeps_the_shape_and_never_grows():
    assert fit_size(400, 300, 100) == (100, 75)
    assert fit_size(40, 30, 100) == (40, 30)


def test_photometric_loss_is_the_mean_square():
    assert photometric_loss(np.zeros((2, 2, 3), np.float32), np.full((2, 2, 3), 0.5, np.float32)) == 0.25


def test_steps_stay_in_the_box_and_beat_every_other_point_in_it():
    columns, residual = RANDOM.normal(size=(4, 50)), RANDOM.normal(size=50)
    normal, slope, low, high = (
        columns @ columns.T,
        columns @ residual,
        -np.full(4, 0.05),
        np.array([0.1, 0.0, 0.02, 1.0]),
    )
    step = solve_in_box(normal, slope, np.zeros(4), low, high)
    assert (step >= low).all()
    assert (step <= high).all()
    best = predicted_gain(normal, slope, step)
    for _ in range(200):
        assert predicted_gain(normal, slope, RANDOM.uniform(low, high)) <= best + 1e-9


def test_few_columns_are_chosen_when_few_explain_the_residual():
    columns = RANDOM.normal(size=(12, 400))
    residual = -(2 * columns[3] - 1.5 * columns[7])
    box = np.full(12, 10.0)
    chosen = choose_columns(columns @ columns.T, columns @ residual, np.full(12, 1e-6), -box, box, 0.99)
    assert set(chosen) == {3, 7}


@pytest.mark.parametrize("value", [0.5, 10, 900, 0])
def test_a_power_is_searched_on_a_log_scale_and_comes_back(value: float):
    power = Parameter(0, "power", 0.0, math.inf, 0.25, 1.5, 0.02 * value or 1.0)
    assert power.decode(power.encode(value)) == pytest.approx(value, rel=1e-5, abs=1e-9)
    assert power.decode(power.encode(value) - 100) == 0


def test_a_picture_shrinks_to_what_a_renderer_makes_of_fewer_pixels():
    """Half of a pixel in full light, half in the dark: half the light, which a screen shows as more than half."""
    stripes = np.zeros((4, 8, 3), np.float32)
    stripes[:, ::2] = 1
    small = shrink(stripes, 4, 4)
    assert small.shape == (4, 4, 3)
    assert 0.5 ** (1 / 2.2) < small.min() == small.max() < 0.5 ** (1 / 4)
    even = np.full((6, 6, 3), 0.37, np.float32)
    np.testing.assert_allclose(shrink(even, 3, 2), even[:2, :3], atol=1e-6)


def test_a_sprite_is_found_where_the_target_shows_it():
    background = np.full((40, 60, 3), 0.3, np.float32)
    sprite, target = background.copy(), background.copy()
    patch = RANDOM.random((8, 10, 3), np.float32)
    sprite[5:13, 7:17] = patch
    target[25:33, 40:50] = patch
    mask = np.zeros((40, 60), bool)
    mask[5:13, 7:17] = True
    best = max(match_sprite(sprite, mask, background, target), key=lambda spot: spot.gain)
    assert (best.x, best.y, best.size) == (45.0, 29.0, 1.0)
    assert best.gain == pytest.approx(photometric_loss(background, target), rel=1e-3)
    assert best.likeness == pytest.approx(1, rel=1e-3)


def test_a_camera_projects_as_blender_does():
    """Blender's factory camera and cube corner, against bpy_extras' world_to_camera_view."""
    matrix = [
        0.685921,
        -0.324013,
        0.651558,
        7.35889,
        0.727676,
        0.305421,
        -0.61417,
        -6.92579,
        0,
        0.895396,
        0.445271,
        4.95831,
    ]
    graph = {
        "scene": {"camera": "Camera"},
        "objects": {
            "Camera": {
                "matrix_world": [*matrix, 0, 0, 0, 1],
                "camera": {"projection": "PERSP", "fov_deg": 39.5978, "shift": [0, 0]},
            }
        },
    }
    camera = find_camera(graph, 1080 / 1920)
    assert camera is not None
    place, depth = camera.project(np.array([[1.0, 1.0, 1.0], [-1.0, -1.0, -1.0]]))
    np.testing.assert_allclose(place, [[0.68122, 0.28529], [0.33182, 0.67180]], atol=1e-3)
    np.testing.assert_allclose(depth, [10.7735, 11.7388], atol=1e-3)
