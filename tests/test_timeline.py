"""The scene graph at a frame."""

import pytest

from tests.conftest import Viga

pytestmark = pytest.mark.blender
SLIDE = """\
import bpy
bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
scene = bpy.context.scene
scene.frame_end = 21
bpy.ops.mesh.primitive_cube_add(size=1)
cube = bpy.context.object
cube.keyframe_insert("location", frame=1)
cube.location.x = 4
cube.keyframe_insert("location", frame=21)
scene.camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
scene.collection.objects.link(scene.camera)
scene.camera.location = (0, 0, 20)
scene.frame_set(1)
"""


async def test_the_graph_at_a_frame_is_of_that_frame_and_nothing_stays(viga: Viga, scene: str) -> None:
    await viga.result("execute_blender_code", scene=scene, code=SLIDE)
    await viga.result("execute_blender_code", scene=scene, code="bpy.data.objects['Cube'].scale.z = 2")
    (row,) = (await viga.facts("get_scene_graph", scene=scene, frame=11, names=["Cu*"]))["objects"]
    assert row["location"] == pytest.approx([2, 0, 0], abs=1e-5)
    facts = await viga.facts("get_scene_graph", scene=scene, frame=21, detail="objects", limit=1)
    assert (facts["frame"], facts["total"], facts["objects"][0]["location"][0]) == (21, 2, 4)
    more = await viga.facts(
        "get_scene_graph", scene=scene, frame=21, detail="objects", limit=1, cursor=facts["next_cursor"]
    )
    assert [one["name"] for one in more["objects"]] == ["Camera"]
    since = await viga.facts("get_scene_graph", scene=scene, frame=21, since="r1")
    assert [one["name"] for one in since["objects"]] == ["Cube"], "what a revision changed, not what time did"
    assert "No object differs from r2." in await viga.text("get_scene_graph", scene=scene, since="r2")
    same = await viga.text("get_scene_graph", scene=scene, since="r1", names=["Camera"], detail="full")
    assert "None of these objects differs from r1." in same
    assert "at frame 21\n" in await viga.text("get_scene_graph", scene=scene, frame=21)
    assert (await viga.facts("get_scene_graph", scene=scene))["frame"] == 1


async def test_a_program_that_keyframes_is_told_as_its_pictures_show_it(viga: Viga, scene: str) -> None:
    driven = "cube.driver_add('scale', 2).driver.expression = '1 + frame'\n"
    code = SLIDE.replace("scene.frame_set(1)\n", driven)
    await viga.result("execute_blender_code", scene=scene, code=code)
    (row,) = (await viga.facts("get_scene_graph", scene=scene, names=["Cube"]))["objects"]
    assert row["location"] == [0, 0, 0], "the last keyframe was set at frame 21, the scene is at frame 1"
    values = (await viga.values(scene))["objects"]["Cube"]
    assert (values["scale"], values["bounds"][1]) == ([1, 1, 2], pytest.approx([0.5, 0.5, 1]))
    later = "scene = bpy.context.scene\nscene.frame_current = 11\nscene['seen'] = 1"
    (told,) = [await viga.text("execute_blender_code", scene=scene, code=code) for code in ("import bpy\n" + later,)]
    assert "Cube.location.x 0 -> 2" in told
    untouched = await viga.text("execute_blender_code", scene=scene, code="import bpy\nbpy.context.scene['seen'] = 2")
    assert "location" not in untouched, "time stood still"


@pytest.mark.parametrize("view", ["camera", "top"])
async def test_a_view_shows_what_is_there_at_the_frame(any_viga: Viga, scene: str, view: str) -> None:
    post = "bpy.ops.mesh.primitive_cube_add(size=0.2, location=(4, 0, 0))"
    await any_viga.result("execute_blender_code", scene=scene, code=SLIDE + post)
    middles: list[float] = []
    width = 1
    for frame in (1, 11):
        screen = (await any_viga.facts("get_scene_graph", scene=scene, frame=frame, view=view))["screen"]
        x0, _, x1, _ = screen["objects"]["Cube"]["box"]
        middles.append((x0 + x1) / 2)
        width = x1 - x0
    assert (middles[1] - middles[0]) / width == pytest.approx(2, rel=0.1)
