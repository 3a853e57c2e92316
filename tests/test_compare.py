"""Metrics against a second implementation, and a comparison of a scene with pictures whose difference is known."""

import base64
import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from tests.conftest import Viga, images_of, text_of
from viga_mcp import pictures
from viga_mcp.metrics.image import best_shift, colour_offset, photometric_loss, structural_similarity


def noise(seed: int, height: int = 40, width: int = 60) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def test_black_against_white_is_a_loss_of_one() -> None:
    black = np.zeros((8, 8, 3), np.uint8)
    assert photometric_loss(black, black) == 0
    assert photometric_loss(black, black + 255) == 1


@given(st.integers(0, 1000), st.integers(8, 40), st.integers(8, 40))
@settings(max_examples=20, deadline=None)
def test_ssim_is_that_of_scikit_image(seed: int, height: int, width: int) -> None:
    oracle = pytest.importorskip("skimage.metrics").structural_similarity
    a, b = noise(seed, height, width), noise(seed + 1, height, width)
    mixed = ((a.astype(np.uint16) + b) // 2).astype(np.uint8)
    assert structural_similarity(a, mixed) == pytest.approx(oracle(a, mixed, channel_axis=2, data_range=255), abs=1e-9)


@given(st.integers(0, 100), st.integers(-6, 6), st.integers(-6, 6))
@settings(max_examples=30, deadline=None)
def test_the_best_shift_brings_the_render_onto_the_target(seed: int, right: int, down: int) -> None:
    render = noise(seed)
    target = np.roll(render, (down, right), (0, 1))
    assert best_shift(render, target) == (right, down)


def test_the_colour_offset_is_render_minus_target() -> None:
    target = np.full((4, 4, 3), 100, np.uint8)
    assert colour_offset(target + np.array([5, 0, 1], np.uint8), target) == (5, 0, 1)


@given(st.integers(8, 400), st.integers(8, 400), st.integers(2_000, 400_000))
@settings(max_examples=25, deadline=None)
def test_an_encoded_picture_fits_its_budget(height: int, width: int, budget: int) -> None:
    encoded = pictures.encode(noise(1, height, width), budget)
    image = Image.open(io.BytesIO(base64.b64decode(encoded.base64)))
    assert (image.width, image.height) == (encoded.width, encoded.height)
    assert len(encoded.base64) <= budget + 4 or max(image.size) <= 64


def test_transparency_is_read_over_grey_and_a_text_file_is_no_picture(tmp_path: Path) -> None:
    Image.new("RGBA", (4, 4), (255, 0, 0, 0)).save(tmp_path / "clear.png")
    assert (pictures.read(tmp_path / "clear.png") == 128).all()


@pytest.mark.blender
async def test_a_scene_against_its_own_picture_and_against_a_darker_one(any_viga: Viga, scene: str) -> None:
    await any_viga.facts("open_scene", scene=scene, template="default")
    meta = await any_viga.meta("render_views", scene=scene, quality="draft", size_px=128)
    own = Image.open(meta["pictures"][0]).convert("RGB")
    own.save(any_viga.workspace / "own.png")
    Image.fromarray(np.maximum(np.asarray(own, np.int16) - 20, 0).astype(np.uint8)).save(
        any_viga.workspace / "dark.png"
    )
    await any_viga.facts("set_target", scene=scene, image="own.png")
    await any_viga.facts("set_target", scene=scene, image="dark.png", name="dark")

    same = await any_viga.result("compare_with_target", scene=scene)
    assert same.meta is not None
    assert same.meta["viga/comparison"]["photometric_loss"] < 1e-5
    assert same.meta["viga/comparison"]["ssim"] > 0.99
    assert len(images_of(same)) == 1
    assert "render, target and difference" in text_of(same)

    darker = await any_viga.meta("compare_with_target", scene=scene, target="dark")
    assert [round(c) for c in darker["colour_offset"]] == [20, 20, 20]
    row = (await any_viga.facts("list_revisions", scene=scene))["revisions"][0]
    assert row["metrics"]["dark"]["photometric_loss"] == pytest.approx(darker["photometric_loss"])


@pytest.mark.blender
async def test_a_target_may_be_a_data_url_or_a_rendered_picture(any_viga: Viga, scene: str) -> None:
    await any_viga.facts("open_scene", scene=scene, template="default")
    stream = io.BytesIO()
    Image.fromarray(noise(3)).save(stream, "PNG")
    url = "data:image/png;base64," + base64.b64encode(stream.getvalue()).decode()
    facts = await any_viga.facts("set_target", scene=scene, image=url, view="top")
    assert (facts["width"], facts["height"], facts["view"]) == (60, 40, "top")
    meta = await any_viga.meta("render_views", scene=scene, size_px=32)
    name = Path(meta["pictures"][0]).name
    facts = await any_viga.facts("set_target", scene=scene, image=f"viga://renders/{scene}/{name}", name="own")
    assert (facts["width"], facts["height"]) == (32, 18)
