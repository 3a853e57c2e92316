# pyright: basic, reportAttributeAccessIssue=false, reportMissingImports=false
"""What the checks find: each defect that is put into a clean room, and nothing else."""

from pathlib import Path

import numpy as np
import pytest

from tests.conftest import Viga
from tests.defects import DEFECTS, START
from tests.room import ROOM

bpy = pytest.importorskip("bpy")

from viga_mcp.blender.checks import check  # noqa: E402
from viga_mcp.blender.graph import naming  # noqa: E402
from viga_mcp.blender.triangles import world_triangles  # noqa: E402

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"

pytestmark = pytest.mark.blender


NODES = """
def nodes(thing, *kinds):
    tree = bpy.data.node_groups.new("Nodes", "GeometryNodeTree")
    for way in ("INPUT", "OUTPUT"):
        tree.interface.new_socket("Geometry", in_out=way, socket_type="NodeSocketGeometry")
    chain = [tree.nodes.new(kind) for kind in ("NodeGroupInput", *kinds, "NodeGroupOutput")]
    for one, other in zip(chain, chain[1:]):
        tree.links.new(one.outputs[0], other.inputs[0])
    thing.modifiers.new("Nodes", "NODES").node_group = tree
    return tree, chain
"""


def found_in(code: str = "", frames: list[int] | None = None) -> dict:
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    exec(compile(ROOM, "room", "exec"), names := {})
    exec(compile(START + code, "defect", "exec"), names)
    bpy.context.scene.frame_set(1)
    return check({"frames": frames, "report": lambda *_: None})


def test_the_clean_room_has_no_finding():
    reply = found_in()
    assert reply["findings"] == []
    assert reply["skipped"] == []
    assert reply["ground"]["object"] == "Floor"
    assert reply["ground"]["height"] == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("defect", DEFECTS)
def test_each_defect_is_found_with_its_objects_and_number_and_nothing_else(defect):
    code, expected = DEFECTS[defect]
    found = found_in(code)["findings"]
    text = "\n".join(f"{one['kind']} {one['value']} {one['frame']}: {one['text']}" for one in found)
    assert sorted((one["kind"], sorted(one["objects"])) for one in found) == sorted(
        (fact.kind, sorted(fact.objects)) for fact in expected
    ), text
    for fact in expected:
        alike = [one for one in found if one["kind"] == fact.kind and set(one["objects"]) == fact.objects]
        assert any(
            abs(one["value"] - fact.value) <= fact.tolerance and fact.frame in (None, one["frame"]) for one in alike
        ), text


SHIPPED = {
    ("blendshape1", "start"): [("inward_faces", "Creature", 4384)],
    ("blendshape1", "goal"): [("inward_faces", "Creature", 4384)],
    ("geometry1", "start"): [("floating", "Tread 1", 0.05)],  # the treads end 1 cm before the column
    ("geometry1", "goal"): [("penetration", "Tread 5", 0.0398)],  # they are let into it
    ("lighting1", "start"): [("floating", "Lamp bulb", 1.17), ("inward_faces", "Lamp shade", 8064)],
    ("lighting1", "goal"): [("floating", "Lamp bulb", 1.17), ("inward_faces", "Lamp shade", 8064)],
    ("material1", "start"): [("floating", "Cork", 0.0636)],  # 7 mm of air between it and the bottle's neck
    ("material1", "goal"): [("floating", "Cork", 0.0636)],
    ("placement1", "start"): [("penetration", "Mug", 0.055), ("penetration", "Book pages", 0.0484)],
    ("placement1", "goal"): [("penetration", "Book pages", 0.0566)],  # the plate's rim, 133 of its vertices
}


@pytest.mark.parametrize(("task", "state"), SHIPPED)
def test_of_the_examples_only_what_is_true_of_them_is_told(task, state):
    """Each of these was measured in another way, too, or seen in the picture."""
    folder = EXAMPLES / task
    bpy.ops.wm.open_mainfile(filepath=str(folder / "blender_file.blend"), load_ui=False, use_scripts=False)
    exec(compile((folder / f"{state}.py").read_text(encoding="utf-8"), state, "exec"), {"__name__": "__main__"})
    bpy.context.view_layer.update()
    found = check({"report": lambda *_: None})["findings"]
    assert [(one["kind"], one["objects"][0]) for one in found] == [
        (kind, name) for kind, name, _ in SHIPPED[task, state]
    ]
    assert [one["value"] for one in found] == pytest.approx([value for _, _, value in SHIPPED[task, state]], rel=0.02)


@pytest.mark.parametrize(
    "code",
    [
        "d = ball('Sky', (0, 0, 0), 60); d.data.flip_normals()",
        "box('Backdrop', (0, 9, 0.5), (60, 0.1, 30))",
        "objects['Cup'].parent = objects['Table top']; objects['Cup'].location.z -= 0.77",
        "objects['Ball'].location.z = 3",
        "add('Handle', None, (0, 0, 9)); bpy.data.objects['Camera'].location.z = 30",
        "c = box('Cutter', (2.2, 1.5, 0.1), (0.1, 0.1, 2)); c.hide_render = True; objects['Crate 1'].modifiers.new('Cut', 'BOOLEAN').object = c",
        "objects['Bulb'].location.z = 1.7; paint.node_tree.nodes['Principled BSDF'].inputs['Transmission Weight'].default_value = 1",
        "objects['Cup'].hide_viewport = True; objects['Plate'].hide_set(True)",
        "objects['Crate 1'].hide_viewport = True",
        "for n in (1, 2): objects[f'Crate {n}'].location.z += 0.002 * n",
        "m = objects['Crate 3'].modifiers.new('Up', 'DISPLACE'); m.direction, m.strength, m.show_render = 'Z', 9, False",
        "add('Path', bpy.data.curves.new('Path', 'CURVE'), (0, 0, 2))",
        "c = bpy.data.collections.new('Trees'); box('Tree', (0, 0, 0), (0.02, 0.02, 0.02), c)\n"
        "tree, chain = nodes(objects['Rug'], 'GeometryNodeInstanceOnPoints', 'GeometryNodeJoinGeometry')\n"
        "drawn = tree.nodes.new('GeometryNodeCollectionInfo'); drawn.inputs['Collection'].default_value = c\n"
        "tree.links.new(drawn.outputs[0], chain[1].inputs['Instance']); tree.links.new(chain[0].outputs[0], chain[2].inputs[0])",
        "lights = bpy.data.collections.new('Lights')\n"
        "for n in ('Bulb', 'Fill'): scene.collection.objects.unlink(objects[n]); lights.objects.link(objects[n])\n"
        "h = add('Holder', None); h.instance_type, h.instance_collection = 'COLLECTION', lights",
    ],
    ids=[
        "a sky", "a backdrop", "a part let into its parent", "what moves is in the air",
        "an empty and a camera", "a hidden cutter", "a lamp in glass", "what only the viewport hides",
        "a support that only the viewport hides", "gaps too small to see", "a modifier for the viewport alone", "a path", "what nodes draw", "lamps of an instance",
    ],
)  # fmt: skip
def test_what_is_meant_is_not_told(code):
    found = found_in(NODES + code)["findings"]
    assert [one["text"] for one in found if one["kind"] != "mirrored"] == []


@pytest.mark.parametrize("count", [2, 6])
def test_without_a_ground_nothing_floats(count):
    names = ["Floor", "Wall", "Ceiling", "Rug", "Picture", "Fence"]
    code = f"for n in {names}: bpy.data.objects.remove(objects[n])\n"
    reply = found_in(code + f"for i in range({count}): ball(f'Planet {{i}}', (3, 3, 5 + i), 0.2)")
    assert reply["ground"] is None or reply["ground"]["object"] == "Table top"
    bpy.ops.wm.read_factory_settings()
    alone = check({"report": lambda *_: None})
    assert (alone["ground"], alone["findings"]) == (None, [])


def test_balls_in_empty_space_are_no_finding():
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    for i in range(5):
        bpy.ops.mesh.primitive_uv_sphere_add(radius=0.3, location=(i, 0, i))
    reply = check({"report": lambda *_: None})
    assert reply["ground"] is None
    assert {one["section"] for one in reply["findings"]} <= {"materials", "light"}


def test_uneven_ground_carries_what_stands_on_it():
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    bpy.ops.mesh.primitive_grid_add(x_subdivisions=40, y_subdivisions=40, size=40)
    hills = bpy.context.object
    for vertex in hills.data.vertices:
        vertex.co.z = 1.5 * np.sin(vertex.co.x / 3)
    for i in range(8):
        x = 4.0 * i - 14
        bpy.ops.mesh.primitive_cone_add(radius1=0.8, depth=3, location=(x, x, 1.5 * np.sin(x / 3) + 1.3))
    bpy.ops.mesh.primitive_uv_sphere_add(radius=1, location=(0, 5, 9))
    bpy.context.object.name = "Cloud"
    reply = check({"report": lambda *_: None})
    assert reply["ground"]["object"] == "Grid"
    assert reply["ground"]["spread"] > 1
    support = [(one["kind"], one["objects"]) for one in reply["findings"] if one["section"] == "support"]
    assert support == [("floating", ["Cloud"])]


def test_only_the_frames_asked_for_are_compared():
    code, _ = DEFECTS["a ball that dips"]
    assert found_in(code, frames=[1, 2, 3])["findings"] == []
    (found,) = found_in(code, frames=[1, 15, 30])["findings"]
    assert (found["kind"], found["frame"]) == ("later_under_ground", 15)


def test_a_driver_of_an_enum_is_no_obstacle():
    code = "objects['Cup'].modifiers.new('Thin', 'DECIMATE').driver_add('delimit').driver.expression = 'frame'"
    assert found_in(code, frames=[1, 2])["findings"] == []


def test_simulated_frames_are_visited_in_order():
    code = (
        "b = ball('Dropped', (3, -2, 2), 0.2)\nbpy.context.view_layer.objects.active = b\n"
        "bpy.ops.rigidbody.object_add(type='ACTIVE')"
    )
    (found,) = found_in(code, frames=[1, 30])["findings"]  # nothing stops it: the floor is no rigid body
    assert (found["kind"], found["objects"], found["frame"]) == ("later_under_ground", ["Dropped"], 30)
    assert found["value"] > 1.5


@pytest.mark.parametrize("kind", ["MeshToPoints", "MeshToVolume"])
def test_what_nodes_draw_as_something_else_than_a_mesh_is_there(kind):
    found = found_in(NODES + f"nodes(objects['Ball'], 'GeometryNode{kind}')")["findings"]
    assert [one["text"] for one in found if "Ball" in one["objects"] and one["section"] != "support"] == []


def test_what_is_left_out_for_its_size_is_not_called_empty():
    code = (
        "bpy.ops.mesh.primitive_grid_add(x_subdivisions=230, y_subdivisions=230, location=(0, 0, 9))\n"
        "tree, chain = nodes(bpy.context.object, 'GeometryNodeInstanceOnPoints')\n"
        "tree.links.new(tree.nodes.new('GeometryNodeMeshCube').outputs[0], chain[1].inputs['Instance'])"
    )
    reply = found_in(NODES + code)
    assert any("Grid" in what for what in reply["skipped"])
    assert [one["text"] for one in reply["findings"] if one["section"] == "geometry"] == []


def test_triangles_count_for_who_makes_them():
    found_in()
    objects = list(bpy.context.scene.objects)
    depsgraph = bpy.context.evaluated_depsgraph_get()
    triangles = world_triangles(depsgraph, naming(objects))
    rows = triangles.by_name["Stool 2"]
    assert rows.dtype == np.float32
    assert rows.shape == (24, 3, 3), "seat and foot"
    assert rows.reshape(-1, 3).min(0) == pytest.approx([0.3, -2.5, 0], abs=1e-5)
    assert "Seat" not in triangles.by_name
    assert len(triangles.by_name["Fence"]) > 8 * 12
    only = world_triangles(depsgraph, naming(objects), only={"Cup", "Plate"}, limit=100)
    assert len(only.by_name) == len(only.left_out) == 1, "the second is too much"


def test_two_thousand_objects_in_contact_are_checked():
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    bpy.ops.mesh.primitive_plane_add(size=400)
    bpy.ops.mesh.primitive_uv_sphere_add(segments=16, ring_count=12, radius=0.5)
    sphere = bpy.context.object
    for i in range(2000):
        copy = bpy.data.objects.new(f"Ball {i}", sphere.data)
        copy.location = (i % 45 * 0.9, i // 45 * 1.2, 0.5)
        bpy.context.scene.collection.objects.link(copy)
    bpy.data.objects.remove(sphere)
    reply = check({"report": lambda *_: None})
    assert reply["checked"]["objects"] == 2001
    assert reply["checked"]["contacts"] > 3500
    (found,) = [one for one in reply["findings"] if one["section"] == "penetration"]
    assert len(found["objects"]) == 2000 or reply["skipped"], "one finding for all copies"


def test_of_a_million_triangles_the_rest_is_checked():
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    bpy.ops.mesh.primitive_plane_add(size=40)
    bpy.ops.mesh.primitive_grid_add(x_subdivisions=720, y_subdivisions=720, size=2, location=(0, 0, 1))
    bpy.ops.mesh.primitive_cube_add(size=1, location=(0, 0, 1.5))
    reply = check({"report": lambda *_: None})
    (floating,) = [one for one in reply["findings"] if one["section"] == "support"]
    assert (set(floating["objects"]), floating["value"]) == ({"Grid", "Cube"}, pytest.approx(1, abs=0.01))
    assert any("Grid" in what for what in reply["skipped"])


async def test_a_check_tells_facts_of_a_revision_and_changes_nothing(viga: Viga, scene: str) -> None:
    await viga.facts("open_scene", scene=scene)
    await viga.result("execute_blender_code", scene=scene, code=ROOM)
    lifted = "import bpy\nbpy.data.objects['Cup'].location.z += 0.05\nbpy.data.objects['Book'].hide_viewport = True"
    await viga.result("execute_blender_code", scene=scene, code=lifted)
    before = await viga.values(scene)
    facts = await viga.facts("check_scene", scene=scene)
    assert (facts["revision"], facts["ground"]["object"], facts["objects"]) == ("r2", "Floor", 23)
    (found,) = facts["findings"]
    assert {key: found[key] for key in ("section", "kind", "objects", "object_count", "measure", "unit")} == {
        "section": "support", "kind": "floating", "objects": ["Cup"], "object_count": 1,
        "measure": "gap below", "unit": "m",
    }  # fmt: skip
    assert found["value"] == pytest.approx(0.05, abs=0.002)
    text = await viga.text("check_scene", scene=scene)
    assert "support:\n- floating: 'Cup' touches nothing: it is 0.05 m above 'Table top'." in text
    assert "Ground: 'Floor', height 0 m." in text
    assert await viga.values(scene) == before
    assert await viga.head(scene) == "r2"


async def test_an_earlier_revision_and_its_frames_can_be_checked(viga: Viga, scene: str) -> None:
    await viga.facts("open_scene", scene=scene)
    await viga.result("execute_blender_code", scene=scene, code=ROOM)
    code, _ = DEFECTS["a ball that sinks"]
    await viga.result("execute_blender_code", scene=scene, code=START + code + "\nscene.frame_set(1)")
    assert (await viga.facts("check_scene", scene=scene, revision="r1"))["findings"] == []
    (found,) = (await viga.facts("check_scene", scene=scene, frames=[30, 1, 15, 1]))["findings"]
    assert (found["kind"], found["objects"], found["frame"]) == ("later_under_ground", ["Ball"], 30)


async def test_a_scene_without_anything_is_told_to_be_so(any_viga: Viga, scene: str) -> None:
    await any_viga.facts("open_scene", scene=scene)
    text = await any_viga.text("check_scene", scene=scene)
    assert "on 0 objects" in text
    assert "Ground: none found" in text


async def test_bad_arguments_are_refused_with_what_exists(any_viga: Viga, scene: str) -> None:
    await any_viga.facts("open_scene", scene=scene)
    assert "r0" in await any_viga.error("check_scene", scene=scene, revision="r7")
    assert "frames" in await any_viga.error("check_scene", scene=scene, frames=[3])
    assert "frames" in await any_viga.error("check_scene", scene=scene, frame=3)
    assert "one frame" in await any_viga.error("check_scene", scene=scene, frames=[3, 3])
    assert "1048574" in await any_viga.error("check_scene", scene=scene, frames=[1, 10**7])
