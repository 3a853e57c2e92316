"""Exported files: what they keep of a scene is measured and told, and nothing else is touched."""

from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Viga
from tests.rooms import ROOM
from viga_mcp.roundtrip import NATURES, Format, differences

FULL = {"CAMERA": 1, "EMPTY": 1, "LIGHT": 1, "MESH": 7}
# format: objects by type as they read back, and the names of the materials
KEPT: dict[str, tuple[dict[str, int], list[str]]] = {
    "glb": (FULL, ["Glass", "Metal", "Old wood"]),
    "gltf": (FULL, ["Glass", "Metal", "Old wood"]),
    "obj": ({"MESH": 7}, ["Glass", "Metal", "Old_wood"]),
    "fbx": (FULL, ["Glass", "Metal", "Old wood"]),
    "usd": (FULL | {"EMPTY": 2}, ["Glass", "Metal", "Old_wood"]),  # one for the root of its materials
    "usda": (FULL | {"EMPTY": 2}, ["Glass", "Metal", "Old_wood"]),
    "usdc": (FULL | {"EMPTY": 2}, ["Glass", "Metal", "Old_wood"]),
    "usdz": (FULL | {"EMPTY": 2}, ["Glass", "Metal", "Old_wood"]),
    "stl": ({"MESH": 1}, []),
    "ply": ({"MESH": 1}, []),
    "abc": (FULL | {"LIGHT": 0, "EMPTY": 2}, []),  # an empty for the lamp
    "blend": ({"CAMERA": 1, "EMPTY": 1, "FONT": 1, "LIGHT": 1, "MESH": 7}, ["Glass", "Metal", "Old wood", "Unseen"]),
}


@pytest.mark.blender
@pytest.mark.parametrize("format", KEPT)
async def test_a_file_keeps_what_its_format_can(any_viga: Viga, format: Format) -> None:
    if (await any_viga.result("list_revisions", scene="room")).is_error:  # not there yet
        await any_viga.text("execute_blender_code", scene="room", code=ROOM)
    before = await any_viga.values("room")

    done = await any_viga.facts("export_scene", scene="room", format=format, path=f"{format}/room.{format}")

    assert done["trouble"] == ""
    found = {fact["what"]: fact for fact in done["round_trip"]}
    objects, materials = KEPT[format]
    assert int(found["objects"]["after"]) == sum(objects.values()), found["objects"]
    assert found["triangles"]["is_equal"]
    assert found["bounds"]["is_equal"]
    assert int(found["materials"]["after"]) == len(materials)
    assert found["surfaces"]["is_equal"] != NATURES[format].is_one_mesh
    # the picture shows what the numbers can't: colours, textures, smoothness
    assert (done["picture_rmse"] < 4) == NATURES[format].keeps_materials, done["picture_rmse"]
    assert (any_viga.workspace / format / f"room.{format}").stat().st_size <= done["size_bytes"]
    assert {str(p.relative_to(any_viga.workspace / format)) for p in (any_viga.workspace / format).rglob("*.*")} == {
        *done["files"]
    }
    assert await any_viga.values("room") == before
    assert await any_viga.head("room") == "r1"


@pytest.mark.blender
async def test_names_choose_objects_with_all_below_them_where_they_stand(viga: Viga, scene: str) -> None:
    await viga.text("execute_blender_code", scene=scene, code=ROOM)
    done = await viga.facts("export_scene", scene=scene, format="glb", path=f"{scene}.glb", names=["Table"])
    assert all(fact["is_equal"] for fact in done["round_trip"]), done
    assert {fact["what"]: fact["before"] for fact in done["round_trip"]} == {
        "objects": "6",
        "surfaces": "5",
        "triangles": "60",
        "bounds": "(-0.1173, 1.082, 0)..(2.117, 2.918, 1.05) m",
        "materials": "2",
    }
    part = await viga.facts("export_scene", scene=scene, format="stl", path=f"{scene}.stl", names=["Leg0", "Hidden"])
    found = {fact["what"]: fact["after"] for fact in part["round_trip"]}
    assert found["triangles"] == "24"
    assert found["bounds"].endswith("(9.5, 9.5, 9.5) m")  # a child without its parent, and a hidden one, in place


@pytest.mark.blender
@pytest.mark.parametrize("format", ["glb", "fbx", "usdc", "abc"])
async def test_motion_is_written_and_counted(any_viga: Viga, scene: str, format: Format) -> None:
    code = ROOM + "\nball.keyframe_insert('location', frame=1)\nball.location.z = 2\n"
    code += "ball.keyframe_insert('location', frame=10)\nscene.frame_end = 10"
    await any_viga.text("execute_blender_code", scene=scene, code=code)
    done = await any_viga.facts("export_scene", scene=scene, format=format)
    moving = next(fact for fact in done["round_trip"] if fact["what"] == "animated objects")
    assert (moving["before"], moving["is_equal"]) == ("1", True), done
    drawn = [fact["is_equal"] for fact in done["round_trip"] if fact["what"] in {"surfaces", "triangles"}]
    assert drawn == [True, True], done
    assert "Ball" not in next(fact["note"] for fact in done["round_trip"] if fact["what"] == "objects")
    still = await any_viga.facts("export_scene", scene=scene, format="stl")
    moving = next(fact for fact in still["round_trip"] if fact["what"] == "animated objects")
    assert (moving["after"], moving["is_equal"], moving["note"]) == ("0", False, "no animation in STL")


@pytest.mark.blender
async def test_a_file_is_replaced_only_when_that_is_asked_for(any_viga: Viga, scene: str) -> None:
    await any_viga.text("execute_blender_code", scene=scene, code=ROOM)
    first = await any_viga.facts("export_scene", scene=scene, format="stl")
    file = Path(first["path"])
    assert file == any_viga.workspace / "exports" / f"{scene}-r1.stl"
    file.write_text("mine", encoding="utf-8")

    said = await any_viga.error("export_scene", scene=scene, format="stl")
    assert "already" in said
    assert "overwrite=true" in said
    assert file.read_text(encoding="utf-8") == "mine"

    await any_viga.facts("export_scene", scene=scene, format="stl", overwrite=True)
    assert file.stat().st_size == first["size_bytes"]


@pytest.mark.blender
async def test_textures_beside_the_file_are_not_overwritten_either(any_viga: Viga, scene: str) -> None:
    await any_viga.text("execute_blender_code", scene=scene, code=ROOM)
    texture = any_viga.workspace / scene / "textures" / "grain.png"
    texture.parent.mkdir(parents=True)
    texture.write_text("mine", encoding="utf-8")
    said = await any_viga.error("export_scene", scene=scene, format="usdc", path=f"{scene}/room.usdc")
    assert "textures/grain.png" in said
    assert texture.read_text(encoding="utf-8") == "mine"
    assert not (any_viga.workspace / scene / "room.usdc").exists()


@pytest.mark.blender
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"format": "glb", "path": "room.obj"}, ("invalid_argument", "room.glb", "format='obj'")),
        ({"format": "glb", "path": "room"}, ("invalid_argument", "room.glb")),
        ({"format": "dae"}, ("invalid_argument", "'glb'")),
        ({"format": "glb", "path": "../room.glb"}, ("forbidden", "inside the workspace")),
        ({"format": "glb", "path": "/tmp/room.glb"}, ("forbidden",)),
        ({"format": "glb", "path": "outside/room.glb"}, ("forbidden",)),
        ({"format": "glb", "path": ".viga/room.glb"}, ("forbidden", "exports")),
        ({"format": "glb", "names": ["Tabel"]}, ("not_found", "Did you mean 'Table'")),
        ({"format": "glb", "revision": "r7"}, ("not_found", "r7")),
    ],
)
async def test_bad_wishes_are_refused_and_write_nothing(
    any_viga: Viga, scene: str, tmp_path: Path, arguments: dict[str, Any], words: tuple[str, ...]
) -> None:
    await any_viga.text("execute_blender_code", scene=scene, code=ROOM)
    link = any_viga.workspace / "outside"
    if not link.is_symlink():
        link.symlink_to(tmp_path)
    files = {path for path in any_viga.workspace.rglob("*") if ".viga" not in path.parts}
    said = await any_viga.error("export_scene", scene=scene, **arguments)
    assert all(word in said for word in words), said
    assert {path for path in any_viga.workspace.rglob("*") if ".viga" not in path.parts} == files
    assert not list((any_viga.workspace / ".viga").glob("scratch/*"))
    assert not list(tmp_path.iterdir())


@pytest.mark.blender
async def test_an_empty_scene_has_nothing_to_write(any_viga: Viga, scene: str) -> None:
    await any_viga.facts("open_scene", scene=scene)
    said = await any_viga.error("export_scene", scene=scene, format="glb")
    assert said.startswith("invalid_argument: There is nothing to write: in r0, the scene has no objects")


BOX: dict[str, Any] = {
    "objects": {"MESH": 5},
    "names": dict.fromkeys(("Seat", "Leg.1", "Leg.2", "Leg.3", "Back"), "MESH"),
    "surfaces": 5,
    "triangles": 60,
    "bounds": [[0, 0, 0], [1, 1, 1]],
    "materials": ["Glass", "Metal", "Old wood"],
    "animated": 0,
}


def test_lost_materials_are_named_and_renamed_ones_are_not_lost() -> None:
    facts = differences(BOX, BOX | {"materials": ["Old_wood"]}, "usdc")
    materials = next(fact for fact in facts if fact.what == "materials")
    assert not materials.is_equal
    assert str(materials) == "materials 3 -> 1: lost 'Glass', 'Metal'; renamed: 'Old wood' is 'Old_wood'"


def test_lost_objects_are_named() -> None:
    kept = {
        "objects": {"MESH": 3, "EMPTY": 1},
        "names": {"Seat": "MESH", "Leg_1": "MESH", "Back": "MESH", "root": "EMPTY"},
    }
    objects = next(fact for fact in differences(BOX, BOX | kept, "usdc") if fact.what == "objects")
    assert objects.note == "EMPTY 0 -> 1; MESH 5 -> 3; lost 'Leg.2', 'Leg.3'"


def test_a_shifted_or_scaled_file_is_told_in_metres() -> None:
    facts = differences(BOX, BOX | {"bounds": [[0, 0, 0], [100, 100, 100]]}, "fbx")
    assert "off by up to 99 m" in str(next(fact for fact in facts if fact.what == "bounds"))
    same = differences(BOX, BOX | {"bounds": [[0, 0, 0], [1.00001, 1, 1]]}, "fbx")
    assert all(fact.is_equal for fact in same)


def test_limits_of_the_format_are_told_as_such() -> None:
    told = "; ".join(map(str, differences(BOX, BOX | {"objects": {"MESH": 1}, "surfaces": 1, "materials": []}, "stl")))
    assert "surfaces 5 -> 1: STL holds one mesh" in told
    assert "materials 3 -> 0: STL has none" in told


LIBRARY = """
source = data.collections.new("Source")
scene.collection.children.link(source)
source.objects.link(data.objects.new("Brick", box("Brick", (1, 1, 1), metal)))
for number in range(3):
    placed = add(f"Placed{number}", None, (20 + 3 * number, 0, 0))
    placed.instance_type, placed.instance_collection = "COLLECTION", source
"""


@pytest.mark.blender
@pytest.mark.parametrize(
    ("code", "names", "bricks"),
    [
        ("", ["Placed0", "Placed1"], 2),
        ("bpy.context.view_layer.layer_collection.children['Source'].exclude = True", None, 3),
    ],
)
async def test_instances_are_written_though_what_they_show_is_not_written_by_itself(
    any_viga: Viga, scene: str, code: str, names: list[str] | None, bricks: int
) -> None:
    await any_viga.text("execute_blender_code", scene=scene, code=ROOM + LIBRARY + code)
    done = await any_viga.facts("export_scene", scene=scene, format="glb", names=names)
    found = {fact["what"]: fact for fact in done["round_trip"]}
    assert found["surfaces"]["before"] == str(bricks + (0 if names else 7))
    assert all(found[what]["is_equal"] for what in ("surfaces", "triangles", "bounds", "materials")), found


RIG = """
scene.frame_end = 10

def moves(block, path, index):
    block.keyframe_insert(path, frame=1)
    getattr(block, path)[index] += 2
    block.keyframe_insert(path, frame=10)

cart = add("Cart", box("Cart", (3, 3, 3), metal), (30, 0, 0))
moves(cart, "location", 0)
add("Load", box("Load", (1, 1, 1), wood), (0, 0, 2), cart)
rig = add("Rig", data.armatures.new("Rig"), (40, 0, 0))
bpy.context.view_layer.objects.active = rig
bpy.ops.object.mode_set(mode="EDIT")
bone = rig.data.edit_bones.new("Bone")
bone.tail = (0, 0, 1)
bpy.ops.object.mode_set(mode="OBJECT")
moves(rig.pose.bones["Bone"], "location", 0)
load = data.objects["Load"]
load.location = 1.5, 1.5, 1.5
load.modifiers.new("Cut", "BOOLEAN").object = cart
skin = add("Skin", box("Skin", (1, 1, 1), wood), (0, 0, 0), rig)
skin.modifiers.new("Bend", "ARMATURE").object = rig
skin.vertex_groups.new(name="Bone").add(range(8), 1, "ADD")
cart.hide_render = rig.hide_render = True
"""


@pytest.mark.blender
async def test_what_is_hidden_from_renders_still_moves_what_is_not(any_viga: Viga, scene: str) -> None:
    await any_viga.text("execute_blender_code", scene=scene, code=ROOM + RIG)
    done = await any_viga.facts("export_scene", scene=scene, format="glb")
    found = {fact["what"]: fact for fact in done["round_trip"]}
    assert (found["animated objects"]["before"], found["animated objects"]["is_equal"]) == ("2", True), found
    assert (found["surfaces"]["before"], found["surfaces"]["is_equal"]) == ("9", True), found  # not the cart
    assert found["triangles"]["before"] != "334", "the hidden cart cuts a corner out of its load"
    assert found["triangles"]["is_equal"]
    whole = await any_viga.facts("export_scene", scene=scene, format="blend")
    assert {fact["what"]: fact["after"] for fact in whole["round_trip"]}["surfaces"] == "11"
