"""Pictures of real scenes: what is shown, how large, and within which limits."""

import base64
import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from tests.conftest import Viga, images_of, text_of
from viga_mcp.looks import Look

pytestmark = pytest.mark.blender

ROOM = """\
import bpy
for name, x, colour in (('Red', -2, (0.8, 0, 0, 1)), ('Blue', 2, (0, 0, 0.8, 1))):
    bpy.ops.mesh.primitive_cube_add(location=(x, 0, 1))
    material = bpy.data.materials.new(name)
    material.use_nodes = True
    material.node_tree.nodes['Principled BSDF'].inputs['Base Color'].default_value = colour
    bpy.context.object.name = name
    bpy.context.object.data.materials.append(material)
bpy.ops.object.light_add(type='SUN', rotation=(0.9, 0, 0))
bpy.context.object.data.energy = 3
bpy.context.scene.world = bpy.data.worlds.new('Sky')
bpy.context.scene.world.use_nodes = True
bpy.context.scene.world.node_tree.nodes['Background'].inputs['Color'].default_value = (0.5, 0.5, 0.5, 1)
bpy.ops.object.camera_add(location=(0, -12, 1), rotation=(1.5708, 0, 0))
bpy.context.scene.camera = bpy.context.object
bpy.context.scene.render.resolution_x, bpy.context.scene.render.resolution_y = 400, 200
"""


async def pixels(viga: Viga, **arguments: Any) -> list[NDArray[np.float64]]:
    """The lossless pictures of a render, (H, W, 3) in 0..255."""
    paths = (await viga.meta("render_views", **arguments))["pictures"]
    return [np.asarray(Image.open(path).convert("RGB"), np.float64) for path in paths]


def redness(picture: NDArray[np.float64]) -> NDArray[np.float64]:
    return picture[..., 0] - picture[..., 2]


@pytest.fixture(scope="module")
async def room(viga: Viga) -> Viga:
    await viga.text("execute_blender_code", scene="room", code=ROOM)
    return viga


async def test_sides_show_what_stands_there(room: Viga) -> None:
    front, back = await pixels(room, scene="room", views=["front", "back"], size_px=64)
    assert front.shape == (32, 64, 3)
    assert redness(front)[:, :32].mean() > 3 > -3 > redness(front)[:, 32:].mean()
    assert redness(back)[:, :32].mean() < -3 < 3 < redness(back)[:, 32:].mean()


async def test_the_camera_view_has_the_scenes_own_aspect(room: Viga) -> None:
    result = await room.result("render_views", scene="room", size_px=100)
    image = Image.open(io.BytesIO(base64.b64decode(images_of(result)[0].data)))
    assert image.width == 100
    assert "camera, 100 x 50" in text_of(result)


async def test_hidden_objects_are_not_shown_and_only_shows_the_rest_alone(room: Viga) -> None:
    (whole,) = await pixels(room, scene="room", size_px=64)
    (hidden,) = await pixels(room, scene="room", size_px=64, hide=["Blue"])
    (alone,) = await pixels(room, scene="room", size_px=64, only=["R?d*"])
    assert redness(whole)[:, 32:].min() < -20
    assert abs(redness(hidden)[:, 32:]).max() < 20
    assert np.abs(hidden - alone).mean() < 1


async def test_pictures_of_different_looks_have_different_files(room: Viga) -> None:
    far = [{"location": [0, -9, 1], "look_at": [0.123456789, 0.123456789, 0.123456789], "fov_deg": f} for f in (50, 60)]
    looks: list[dict[str, Any]] = [{}, {"hide": ["Red"]}, {"only": ["Red"]}, *({"views": [view]} for view in far)]
    paths = [(await room.meta("render_views", scene="room", size_px=32, **look))["pictures"][0] for look in looks]
    assert len(set(paths)) == len(looks)
    assert Path(paths[0]).name == "r1-preview-32x16-camera.png"


def test_views_that_a_file_name_cannot_tell_apart_have_different_files() -> None:
    look = Look([], Path())
    names = [
        "camera:A b",
        "camera:A_b",
        "camera:A/b",
        "orbit:45,30.5",
        "orbit:45,30.2",
        "focus:" + 90 * "x",
        "focus:" + 91 * "x",
    ]
    made = [look.path("r1", 8, 8, name, ".png") for name in names]
    parts = [replace(look, region=(0, 0, 0.5, width)).path("r1", 8, 8, "camera", ".png") for width in (0.5, 0.6)]
    assert len({*made, *parts}) == 9
    assert made[3].name == "r1-8x8-orbit_45,30.5.png"


async def test_a_free_view_looks_where_it_is_told(room: Viga) -> None:
    view = {"location": [-2, -6, 1], "look_at": [-2, 0, 1], "fov_deg": 20}
    (picture,) = await pixels(room, scene="room", views=[view], size_px=64)
    assert redness(picture)[12:20, 24:40].min() > 20


async def test_frames_show_the_animation(room: Viga) -> None:
    code = """\
import bpy
red = bpy.data.objects['Red']
for frame, x in ((1, -2), (10, 0)):
    red.location.x = x
    red.keyframe_insert('location', frame=frame)
"""
    await room.text("execute_blender_code", scene="room", code=code)
    first, last = await pixels(room, scene="room", frames=[1, 10], size_px=64, hide=["Blue"])
    red = [np.maximum(redness(picture), 0).sum(0) for picture in (first, last)]
    middle = [float((share * np.arange(64)).sum() / share.sum()) for share in red]
    assert middle[1] - middle[0] > 6
    await room.facts("checkout_revision", scene="room", revision="r1")


async def test_a_sheet_is_one_picture_of_all_views(room: Viga) -> None:
    result = await room.result("render_views", scene="room", views=["corners"], layout="sheet", size_px=48)
    assert len(images_of(result)) == 1
    assert [line[0] for line in text_of(result).splitlines()[1:5]] == ["1", "2", "3", "4"]


async def test_the_same_look_twice_is_the_same_picture(room: Viga) -> None:
    first, second = [(await pixels(room, scene="room", size_px=64))[0] for _ in range(2)]
    assert np.abs(first - second).max() <= 2


async def test_a_scene_without_light_is_shown_under_a_grey_sky_and_the_reply_says_so(viga: Viga, scene: str) -> None:
    await viga.text("execute_blender_code", scene=scene, code="import bpy\nbpy.ops.mesh.primitive_cube_add()")
    result = await viga.result("render_views", scene=scene, views=["orbit:30,30"], size_px=32)
    assert "grey sky" in text_of(result)
    (picture,) = await pixels(viga, scene=scene, views=["orbit:30,30"], size_px=32)
    assert picture.mean() > 30


async def test_replies_stay_under_the_hosts_limit_and_the_files_are_whole(room: Viga) -> None:
    views = ["camera", "front", "top", "orbit:20,20", "orbit:50,20", "orbit:80,20", "orbit:110,20", "orbit:140,20"]
    result = await room.result("render_views", scene="room", views=views, size_px=1024)
    assert sum(len(image.data) for image in images_of(result)) < 700_000
    assert result.meta is not None
    for path in result.meta["viga/render"]["pictures"]:
        with Image.open(path) as file:
            assert max(file.size) == 1024
            assert not {"File", "Date", "RenderTime"} & set(file.info)


async def test_final_uses_the_scenes_own_samples(room: Viga) -> None:
    code = "import bpy\nbpy.context.scene.render.engine = 'CYCLES'\nbpy.context.scene.cycles.samples = 3"
    await room.text("execute_blender_code", scene="room", code=code)
    meta = await room.meta("render_views", scene="room", quality="final", size_px=32)
    assert (meta["engine"], meta["samples"]) == ("CYCLES", 3)
    await room.facts("checkout_revision", scene="room", revision="r1")


@pytest.mark.parametrize("views", [["front"], ["camera"], ["camera:Camera", "focus:Blue"]], ids=str)
async def test_a_run_shows_the_state_that_it_left(viga: Viga, scene: str, views: list[str]) -> None:
    paths = (await viga.meta("execute_blender_code", scene=scene, code=ROOM, views=views))["pictures"]
    for path, after in zip(paths, await pixels(viga, scene=scene, views=views), strict=True):
        shown = np.asarray(Image.open(path).convert("RGB"), np.float64)
        assert shown.shape == (256, 512, 3)
        assert np.array_equal(shown, after)
    # and the next run goes on from the state, not from the process that was looked through
    await viga.text("execute_blender_code", scene=scene, code="bpy.data.objects.remove(bpy.data.objects['Blue'])")
    (later,) = await pixels(viga, scene=scene, views=["front"], size_px=64)
    assert redness(later).min() > -20
