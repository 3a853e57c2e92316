"""Pictures foretold from geometry: right where they were learnt, and where things go."""

import numpy as np
import pytest
from numpy.typing import NDArray

from viga_mcp.fitting.pictures import Picture, photometric_loss
from viga_mcp.fitting.probes import GBuffer
from viga_mcp.fitting.shading import OVERSAMPLING, learn_shading

SIZE = 32
COLOURS = {"Floor": (0.3, 0.35, 0.3), "Red": (0.8, 0.2, 0.1), "Blue": (0.1, 0.2, 0.7)}


def seen(*balls: tuple[float, float, float, str]) -> GBuffer:
    """Balls (x, y, radius, material; in pixels) in front of a wall."""
    side = SIZE * OVERSAMPLING
    y, x = (np.mgrid[:side, :side] + 0.5) / OVERSAMPLING
    material = np.zeros((side, side), np.int16)
    normal = np.tile(np.array([0, 0, 1], np.float16), (side, side, 1))
    names = list(COLOURS)
    for at_x, at_y, radius, name in balls:
        inside = (x - at_x) ** 2 + (y - at_y) ** 2 < radius**2
        material[inside] = names.index(name)
        flat = np.stack([x - at_x, y - at_y], -1)[inside] / radius
        normal[inside] = np.concatenate([flat, np.sqrt(1 - (flat**2).sum(1, keepdims=True))], 1)
    position = np.stack([x, y, np.zeros_like(x)], -1).astype(np.float32)
    return GBuffer(("Things",), np.ones((side, side), np.uint16), tuple(names), material, normal, position)


def lit(surfaces: GBuffer) -> Picture:
    """The truth: matt, under a light from the left."""
    light = np.array([-0.6, 0.0, 0.8])
    shade = 0.3 + 0.7 * np.clip(surfaces.normal.astype(float) @ light, 0, 1)
    paint = np.array([COLOURS[name] for name in surfaces.materials])[surfaces.material]
    return shrunk(paint * shade[..., None]).astype(np.float32)


def shrunk(pixels: NDArray[np.float64]) -> NDArray[np.float64]:
    return pixels.reshape(SIZE, OVERSAMPLING, SIZE, OVERSAMPLING, 3).mean(axis=(1, 3))


def test_the_picture_that_taught_is_foretold_exactly():
    surfaces = seen((10, 12, 5, "Red"))
    noisy = lit(surfaces) + np.random.default_rng(0).normal(0, 0.1, (SIZE, SIZE, 3)).astype(np.float32)
    np.testing.assert_allclose(learn_shading(noisy, surfaces).predict(surfaces), noisy, atol=1e-6)


def test_what_moved_and_grew_is_foretold_with_its_shade():
    before, after = seen((10, 12, 5, "Red"), (22, 22, 4, "Blue")), seen((21, 9, 7, "Red"), (8, 24, 4, "Blue"))
    foretold = learn_shading(lit(before), before).predict(after)
    assert photometric_loss(foretold, lit(after)) < 0.03 * photometric_loss(lit(before), lit(after))


def test_half_covered_pixels_do_not_mix_the_colours_of_materials():
    before = seen(*((4.3 + 6 * k, 16.4, 0.9, "Red") for k in range(5)))  # hardly a pixel is red alone
    foretold = learn_shading(lit(before), before).predict(seen((16, 16, 8, "Red")))
    assert foretold[16, 16] == pytest.approx(lit(seen((16, 16, 8, "Red")))[16, 16], abs=0.15)


def test_a_material_that_was_not_seen_is_foretold_as_the_mean():
    before = seen((10, 12, 5, "Red"))
    foretold = learn_shading(lit(before), before).predict(seen((10, 12, 5, "Red"), (24, 24, 3, "Blue")))
    assert foretold[24, 24] == pytest.approx(lit(before).mean(axis=(0, 1)), abs=0.1)


def test_with_nothing_in_view_the_sky_is_foretold():
    side = SIZE * OVERSAMPLING
    empty = np.zeros((side, side, 3))
    sky = GBuffer(
        (), np.zeros((side, side), np.uint16), (), np.full((side, side), -1, np.int16), empty.astype(np.float16),
        empty.astype(np.float32),
    )  # fmt: skip
    picture = np.full((SIZE, SIZE, 3), 0.4, np.float32)
    np.testing.assert_allclose(learn_shading(picture, sky).predict(sky), picture, atol=1e-6)
