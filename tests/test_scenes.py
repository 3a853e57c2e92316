"""Revisions through the tools: accepted or nothing, branched, replayed, compared."""

import json

import pytest

from tests.conftest import Viga, images_of, text_of

pytestmark = pytest.mark.blender

BALL = """\
import bpy
bpy.ops.mesh.primitive_uv_sphere_add(segments=16, ring_count=8, location=(0, 0, 1))
ball = bpy.context.object
ball.name = 'Ball'
ball.location.x = 0.5
"""


async def test_the_first_call_makes_the_scene(viga: Viga, scene: str) -> None:
    meta = await viga.meta("execute_blender_code", scene=scene, code=BALL, note="a ball")
    assert (meta["revision"], meta["parent"]) == ("r1", "r0")
    assert meta["changes"] == ["+ Ball (MESH, 128 faces) at (0.5, 0, 1)"]
    rows = (await viga.facts("list_revisions", scene=scene))["revisions"]
    assert [(row["revision"], row["mode"], row["note"]) for row in rows] == [
        ("r1", "patch", "a ball"),
        ("r0", "open", None),
    ]


async def test_edits_change_numbers_in_place_and_say_which(viga: Viga, scene: str) -> None:
    await viga.text("execute_blender_code", scene=scene, code=BALL, mode="program")
    text = await viga.text(
        "execute_blender_code", scene=scene, edits=[{"old": "location.x = 0.5", "new": "location.x = 0.75"}]
    )
    assert "line 5: ball.location.x 0.5 -> 0.75" in text
    assert "Ball.location.x 0.5 -> 0.75" in text
    assert list((await viga.values(scene))["objects"]) == ["Ball"]


async def test_edits_of_a_patched_program_replay_all_of_it_from_the_base(viga: Viga, scene: str) -> None:
    await viga.text("execute_blender_code", scene=scene, code=BALL, mode="program")
    await viga.text("execute_blender_code", scene=scene, code="import bpy\nbpy.data.objects['Ball'].scale = (2, 2, 2)")
    await viga.text("execute_blender_code", scene=scene, edits=[{"old": "(2, 2, 2)", "new": "(3, 3, 3)"}])
    ball = (await viga.values(scene))["objects"]["Ball"]
    assert (ball["scale"], ball["location"]) == ([3, 3, 3], [0.5, 0, 1])


async def test_an_edit_that_matches_twice_changes_nothing(viga: Viga, scene: str) -> None:
    await viga.text("execute_blender_code", scene=scene, code=BALL, mode="program")
    said = await viga.error("execute_blender_code", scene=scene, edits=[{"old": "ball", "new": "egg"}])
    assert said.startswith("invalid_argument: ")
    assert await viga.head(scene) == "r1"


async def test_a_checkout_branches_and_loses_nothing(viga: Viga, scene: str) -> None:
    await viga.text("execute_blender_code", scene=scene, code=BALL)
    await viga.text("execute_blender_code", scene=scene, code="import bpy\nbpy.data.objects['Ball'].location.z = 2")
    await viga.facts("checkout_revision", scene=scene, revision="r1")
    meta = await viga.meta(
        "execute_blender_code", scene=scene, code="import bpy\nbpy.data.objects['Ball'].location.y = 3"
    )
    assert (meta["revision"], meta["parent"]) == ("r3", "r1")
    locations = {r: (await viga.values(scene, r))["objects"]["Ball"]["location"] for r in ("r1", "r2", "r3")}
    assert locations == {"r1": [0.5, 0, 1], "r2": [0.5, 0, 2], "r3": [0.5, 3, 1]}


async def test_a_state_continued_in_memory_equals_the_state_read_from_its_file(viga: Viga, scene: str) -> None:
    """A worker is a cache: orphans, edit modes and unpacked pictures must not live longer in it than on disk."""
    code = """\
import bpy
bpy.ops.mesh.primitive_cube_add()
bpy.data.materials.new('Kept for later')
bpy.data.meshes.new('Nobody needs this')
bpy.data.images.new('Painted', 8, 8).pixels[0] = 1.0
bpy.ops.object.mode_set(mode='EDIT')
"""
    await viga.text("execute_blender_code", scene=scene, code=code)
    probe = """\
import bpy
print(sorted(m.name for m in bpy.data.materials), sorted(m.name for m in bpy.data.meshes), bpy.context.mode)
print([(i.name, bool(i.packed_file)) for i in bpy.data.images if i.name == 'Painted'])
"""
    continued = await viga.meta("execute_blender_code", scene=scene, code=probe)
    await viga.facts("open_scene", scene=f"{scene}-other")  # and so many others that the holder is evicted
    for n in range(9):
        await viga.text("execute_blender_code", scene=f"{scene}-other", code=f"n = {n}")
    await viga.facts("checkout_revision", scene=scene, revision="r1")
    reloaded = await viga.meta("execute_blender_code", scene=scene, code=probe)
    assert continued["output"] == reloaded["output"]
    assert "['Kept for later'] ['Cube'] OBJECT" in continued["output"]
    assert "('Painted', True)" in continued["output"]


async def test_callbacks_of_a_program_end_with_it(viga: Viga, scene: str) -> None:
    """A `.blend` keeps no Python: a handler that lives on in a worker would make two workers' states differ."""
    code = """\
import bpy
scene = bpy.context.scene
scene["updates"] = 0
@bpy.app.handlers.persistent
def count(scene, depsgraph):
    scene["updates"] += 1
bpy.app.handlers.depsgraph_update_post.append(count)
bpy.app.driver_namespace["wave"] = lambda frame: frame / 10
bpy.context.view_layer.update()
bpy.ops.mesh.primitive_cube_add()
print(scene["updates"] > 0)
scene["updates"] = 0
"""
    text = await viga.text("execute_blender_code", scene=scene, code=code)
    assert "True" in text
    assert "depsgraph_update_post: 'count'" in text
    assert "driver_namespace: 'wave'" in text
    probe = """\
import bpy
bpy.context.scene.update_tag()
bpy.context.view_layer.update()
print(bpy.context.scene["updates"], len(bpy.app.handlers.depsgraph_update_post), "wave" in bpy.app.driver_namespace)
"""
    assert (await viga.meta("execute_blender_code", scene=scene, code=probe))["output"] == "0 0 False\n"


async def test_looking_changes_nothing(viga: Viga, scene: str) -> None:
    await viga.facts("open_scene", scene=scene, template="default")
    await viga.text("execute_blender_code", scene=scene, code="import bpy\nbpy.context.scene.render.resolution_x = 320")
    before = await viga.values(scene)
    await viga.text("render_views", scene=scene, views=["camera", "top"], size_px=32, hide=["Cube"], frames=[1, 5])
    meta = await viga.meta(
        "execute_blender_code",
        scene=scene,
        code="import bpy\ns = bpy.context.scene\n"
        "print(s.render.engine, s.render.resolution_x, s.camera.name, s.frame_current, len(bpy.data.cameras))",
    )
    assert meta["output"].strip() == f"{before['scene']['engine']} 320 Camera 1 1"
    assert await viga.values(scene) == before


async def test_variables_do_not_outlive_a_run(viga: Viga, scene: str) -> None:
    await viga.text("execute_blender_code", scene=scene, code="kept = 1")
    assert "NameError" in await viga.error("execute_blender_code", scene=scene, code="print(kept)")


async def test_the_exported_program_and_file_are_the_revision(viga: Viga, scene: str) -> None:
    await viga.text("execute_blender_code", scene=scene, code="bpy.ops.mesh.primitive_cube_add()")
    await viga.text("execute_blender_code", scene=scene, code="import bpy\nbpy.data.objects['Cube'].location.x = 2")
    text = await viga.read(f"viga://scenes/{scene}/head/program.py")
    assert text.startswith("import bpy\n")
    compile(text, "program.py", "exec")
    objects = json.loads(await viga.read(f"viga://scenes/{scene}/r2/graph.json"))["objects"]
    assert objects["Cube"]["location"] == [2, 0, 0]


async def test_a_diff_shows_program_scene_and_picture(any_viga: Viga, scene: str) -> None:
    await any_viga.facts("open_scene", scene=scene, template="default")
    await any_viga.text(
        "execute_blender_code", scene=scene, code="import bpy\nbpy.data.objects['Light'].data.energy = 5"
    )
    await any_viga.text("execute_blender_code", scene=scene, edits=[{"old": "energy = 5", "new": "energy = 5000"}])
    result = await any_viga.result("diff_revisions", scene=scene, a="r1", b="r2")
    assert "Light.energy 5 -> 5000" in text_of(result)
    assert "line 2" in text_of(result)
    assert len(images_of(result)) == 1


async def test_silent_failures_are_warned_of(viga: Viga, scene: str) -> None:
    await viga.facts("open_scene", scene=scene, template="default")
    code = """\
import bpy
bpy.context.scene.cycles.samples = -5
bpy.data.objects.new('Cube', None)
bpy.data.objects['Cube'].rotation_mode = 'QUATERNION'
bpy.data.objects['Cube'].rotation_euler.x = 1
"""
    meta = await viga.meta("execute_blender_code", scene=scene, code=code)
    by_line = {warning["line"]: warning["message"] for warning in meta["warnings"]}
    assert {2, 3, 5} <= set(by_line), meta["warnings"]
    assert "Cube.001" in by_line[3]
    assert "QUATERNION" in by_line[5]


async def test_a_large_scene_is_read_in_pages_that_hosts_can_show(any_viga: Viga, scene: str) -> None:
    code = """\
import bpy
mesh = bpy.data.meshes.new('Part')
for n in range(600):
    part = bpy.data.objects.new(f'Part {n}', mesh)
    part.location = (n, 0, 0)
    bpy.context.collection.objects.link(part)
"""
    await any_viga.text("execute_blender_code", scene=scene, code=code)
    seen: list[str] = []
    cursor = None
    while True:
        facts = await any_viga.facts("get_scene_graph", scene=scene, detail="full", limit=1000, cursor=cursor)
        assert len(json.dumps(facts)) < 60_000
        seen += list(facts["entries"]["objects"])
        cursor = facts["next_cursor"]
        if cursor is None:
            break
    assert seen == [f"Part {n}" for n in range(600)]
    assert len(await any_viga.text("get_scene_graph", scene=scene)) < 8_000
