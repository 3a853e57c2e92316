"""A comparison tells which object is off and how, and shows one closely."""

import base64
import io
import re
import shutil

import numpy as np
import pytest
from mcp.types import CallToolResult
from PIL import Image

from tests.conftest import Viga, images_of, text_of
from viga_mcp.pictures import LABEL_HEIGHT_PX

SHAPES = """\
import bpy
def shape(name, x, y, colour):
    bpy.ops.mesh.primitive_cube_add(size=1.5, location=(x, y, 0))
    thing = bpy.context.object
    thing.name = name
    material = bpy.data.materials.new(name)
    if not material.node_tree:
        material.use_nodes = True
    surface = material.node_tree.nodes["Principled BSDF"].inputs
    surface["Base Color"].default_value = (0, 0, 0, 1)
    surface["Emission Color"].default_value = (*colour, 1)
    surface["Emission Strength"].default_value = 1
    thing.data.materials.append(material)
shape("Brick", -2, 1, (0.8, 0.05, 0.05))
shape("Leaf", 2, 1, (0.05, 0.6, 0.1))
shape("Pond", 0, -1.5, (0.1, 0.1, 0.8))
shape("Aside", 40, 0, (1, 1, 1))
eye = bpy.data.objects.new("Eye", bpy.data.cameras.new("Eye"))
eye.data.type, eye.data.ortho_scale, eye.location = "ORTHO", 8, (0, 0, 10)
bpy.context.collection.objects.link(eye)
scene = bpy.context.scene
scene.camera = eye
scene.view_settings.view_transform = "Standard"
scene.render.resolution_x, scene.render.resolution_y = 160, 120
"""
PX_A_METRE = 20


@pytest.fixture
async def shapes(any_viga: Viga, scene: str) -> str:
    """A scene that looks like its target."""
    await any_viga.facts("open_scene", scene=scene)
    await any_viga.text("execute_blender_code", scene=scene, code=SHAPES, mode="program")
    (path,) = (await any_viga.meta("render_views", scene=scene, quality="draft", size_px=160))["pictures"]
    shutil.copy(path, any_viga.workspace / f"{scene}.png")
    await any_viga.facts("set_target", scene=scene, image=f"{scene}.png")
    return scene


async def told(viga: Viga, scene: str, change: str) -> str:
    """The line of the first object after a change."""
    code = f"import bpy\nthing = bpy.data.objects\n{change}"
    await viga.text("execute_blender_code", scene=scene, code=code)
    text = await viga.text("compare_with_target", scene=scene)
    assert "Objects that carry the difference:" in text
    (first,) = re.findall(r"^1\. (.*)$", text, re.MULTILINE)
    return first


@pytest.mark.blender
async def test_the_reply_names_what_moved_with_the_way_back(any_viga: Viga, shapes: str) -> None:
    line = await told(any_viga, shapes, "thing['Brick'].location.x += 0.5\nthing['Brick'].location.y += 0.25")
    found = re.match(r"Brick: (\d+)% of the difference; should be (\S+) px right, (\S+) px down", line)
    assert found, line
    assert int(found[1]) > 90
    assert float(found[2]) == pytest.approx(-0.5 * PX_A_METRE, abs=0.5)
    assert float(found[3]) == pytest.approx(0.25 * PX_A_METRE, abs=0.5)
    for ratio in re.findall(r"(\S+) times as large", line):
        assert float(ratio) == pytest.approx(1, abs=0.04)


@pytest.mark.blender
async def test_the_reply_names_what_is_too_small_with_the_ratio(any_viga: Viga, shapes: str) -> None:
    line = await told(any_viga, shapes, "thing['Leaf'].scale = (0.8, 0.8, 0.8)")
    assert line.startswith("Leaf: ")
    (ratio,) = re.findall(r"(\S+) times as large in the target", line)
    assert float(ratio) == pytest.approx(1.25, abs=0.04)


@pytest.mark.blender
async def test_the_reply_names_what_has_another_colour_with_the_offset(any_viga: Viga, shapes: str) -> None:
    colour = "thing['Pond'].active_material.node_tree.nodes['Principled BSDF'].inputs['Emission Color'].default_value"
    line = await told(any_viga, shapes, f"{colour} = (0.6, 0.1, 0.2, 1)")
    assert line.startswith("Pond: ")
    assert "is in its place" in line
    (red, green, blue) = map(float, re.findall(r"render minus target red (\S+), green (\S+), blue (\S+)", line)[0])
    assert red > 50
    assert abs(green) < 2
    assert blue < -50


@pytest.mark.blender
async def test_what_is_as_in_the_target_is_not_blamed(any_viga: Viga, shapes: str) -> None:
    text = await any_viga.text("compare_with_target", scene=shapes)
    assert "No object carries a notable part of the difference." in text
    await told(any_viga, shapes, "thing['Brick'].location.x += 0.5")
    text = await any_viga.text("compare_with_target", scene=shapes)
    assert "Brick" in text
    assert "Leaf" not in text
    assert "Aside" not in text


def panels(result: CallToolResult) -> list[np.ndarray]:
    """Render, target and difference of a reply."""
    (image,) = images_of(result)
    sheet = np.asarray(Image.open(io.BytesIO(base64.b64decode(image.data))).convert("RGB"), np.int16)[LABEL_HEIGHT_PX:]
    width = (sheet.shape[1] - 8) // 3
    return [sheet[:, i * (width + 4) : i * (width + 4) + width] for i in range(3)]


def share_of_red(panel: np.ndarray) -> float:
    return float(((panel[..., 0] > 150) & (panel[..., 1] < 110) & (panel[..., 2] < 110)).mean())


@pytest.mark.blender
async def test_a_crop_shows_an_object_closely_and_where_it_should_be(any_viga: Viga, shapes: str) -> None:
    await told(any_viga, shapes, "thing['Brick'].location.x += 0.5")
    whole = await any_viga.result("compare_with_target", scene=shapes)
    close = await any_viga.result("compare_with_target", scene=shapes, crop="Brick")
    *numbers, shown = text_of(close).splitlines()
    assert shown == "The picture shows Brick and where it should be: render, target and difference, left to right."
    assert numbers == text_of(whole).splitlines()[:-1], "the numbers are of the whole picture"
    for name, one, all_ in zip(("render", "target"), panels(close), panels(whole), strict=False):
        assert share_of_red(all_) < 0.1, name
        assert share_of_red(one) > 3 * share_of_red(all_), name  # both the brick and its place are within
    left, right = (
        float(np.nonzero(share)[0].mean()) for share in (panels(close)[i][..., 0].max(0) > 150 for i in (0, 1))
    )
    assert left > right + 5


@pytest.mark.blender
async def test_a_crop_of_something_thin_is_large_enough_to_see(any_viga: Viga, shapes: str) -> None:
    await told(any_viga, shapes, "thing['Brick'].scale = (0.05, 0.3, 1)\nthing['Leaf'].location.x += 0.5")
    height, width, _ = panels(await any_viga.result("compare_with_target", scene=shapes, crop="Brick"))[0].shape
    assert 250 <= max(height, width) <= 384
    assert min(height, width) >= 0.45 * max(height, width)


@pytest.mark.blender
@pytest.mark.parametrize("crop", ["Aside", "Brik", "Eye"])
async def test_a_crop_of_what_is_not_seen_is_refused_with_what_is(any_viga: Viga, shapes: str, crop: str) -> None:
    said = await any_viga.error("compare_with_target", scene=shapes, crop=crop)
    assert said.startswith("not_found: ")
    assert repr(crop) in said.splitlines()[0]
    if crop == "Brik":
        assert "Did you mean 'Brick'?" in said
        row = (await any_viga.facts("list_revisions", scene=shapes))["revisions"][0]
        assert row["metrics"] == {}, "nothing was rendered and measured for a misspelt name"
    else:
        assert all(repr(name) in said for name in ("Brick", "Leaf", "Pond"))
    assert "photometric loss" in await any_viga.text("compare_with_target", scene=shapes, crop="Leaf")
