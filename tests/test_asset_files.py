# pyright: basic, reportAttributeAccessIssue=false, reportMissingImports=false
"""Assets on the worker's side: what comes along, what stays outside, and what a program did to them."""

import wave
from pathlib import Path

import pytest

bpy = pytest.importorskip("bpy")

from viga_mcp.blender.assets import MARK, Keepsakes, prepare_asset  # noqa: E402

pytestmark = pytest.mark.blender


@pytest.fixture(autouse=True)
def empty_scene():
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)


def add(name, data, collection=None):
    made = bpy.data.objects.new(name, data)
    (collection or bpy.context.scene.collection).objects.link(made)
    return made


def asset_of_the_scene(folder: Path, only=None):
    file = folder / "source.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(file))
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    wanted = {"path": str(file), "format": "blend", "name": "a", "only": only, "memory_bytes": None}
    return prepare_asset({**wanted, "save_to": str(folder / "asset.blend")})


def test_a_name_that_is_said_twice_is_taken_once(tmp_path: Path):
    chair = bpy.data.collections.new("Chair")
    bpy.context.scene.collection.children.link(chair)
    add("Seat", bpy.data.meshes.new("Seat"), chair).data.from_pydata([(0, 0, 0), (1, 0, 0), (0, 1, 0)], [], [(0, 1, 2)])
    found = asset_of_the_scene(tmp_path, only=["Chair", "Seat", "Chair"])["inventory"]
    assert found["objects"] == {"MESH": 1, "EMPTY": 1}


def picture(path: Path):
    image = bpy.data.images.new("new", 4, 4)
    image.filepath_raw, image.file_format = str(path), "PNG"
    image.save()
    bpy.data.images.remove(image)


def test_files_that_stay_outside_are_told_and_those_that_are_gone_are_missing(tmp_path: Path):
    files = tmp_path / "files"
    files.mkdir()
    (files / "smoke.vdb").write_bytes(b"no smoke")
    font = next(Path(bpy.utils.resource_path("LOCAL")).rglob("fonts/*.woff2"))
    (files / font.name).write_bytes(font.read_bytes())
    with wave.open(str(files / "bell.wav"), "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes(bytes(1600))
    material = bpy.data.materials.new("Film")
    if not material.node_tree:
        material.use_nodes = True
    for name in ("film0001.png", "gone0001.png", "still.png"):
        picture(files / name)
        node = material.node_tree.nodes.new("ShaderNodeTexImage")
        node.image = bpy.data.images.load(str(files / name))
        if name != "still.png":
            node.image.source = "SEQUENCE"
    mesh = bpy.data.meshes.new("Screen")
    mesh.from_pydata([(0, 0, 0), (1, 0, 0), (0, 1, 0)], [], [(0, 1, 2)])
    mesh.materials.append(material)
    add("Screen", mesh)
    smoke, gone = bpy.data.volumes.new("Smoke"), bpy.data.volumes.new("Gone")
    smoke.filepath, gone.filepath = str(files / "smoke.vdb"), str(files / "gone.vdb")
    add("Smoke", smoke)
    add("Gone", gone)
    text, plain = bpy.data.curves.new("Text", "FONT"), bpy.data.curves.new("Plain", "FONT")
    text.body = plain.body = "Hi"
    text.font = bpy.data.fonts.load(str(files / font.name))
    add("Text", text)
    add("Plain", plain)
    speaker = bpy.data.speakers.new("Bell")
    speaker.sound = bpy.data.sounds.load(str(files / "bell.wav"))
    add("Bell", speaker)
    (files / "gone0001.png").unlink()

    reply = asset_of_the_scene(tmp_path)

    outside = {"film0001.png", "smoke.vdb", "bell.wav", font.name}
    assert {Path(path).name for path in reply["external"]} == outside
    assert {Path(path).name for path in reply["missing"]} == {"gone.vdb", "gone0001.png"}
    assert all(Path(path).parent == files for path in (*reply["external"], *reply["missing"]))


@pytest.fixture
def chair():
    made = bpy.data.collections.new("chair")
    made[MARK] = "chair.glb"
    bpy.context.scene.collection.children.link(made)
    add("chair.Seat", bpy.data.meshes.new("chair.Seat"), made).data.materials.append(
        bpy.data.materials.new("chair.Wood")
    )
    return made


def test_an_asset_may_be_renamed_with_all_that_it_has(chair):
    keepsakes = Keepsakes()
    chair.name = "armchair"
    bpy.data.materials["chair.Wood"].name = "Oak"
    assert keepsakes.warnings(is_fresh=False) == []


def test_an_asset_is_placed_by_an_instance_of_what_holds_it(chair):
    keepsakes = Keepsakes()
    bpy.context.scene.collection.children.unlink(chair)
    assert [one["kind"] for one in keepsakes.warnings(is_fresh=False)] == ["asset_not_placed"]
    group = bpy.data.collections.new("Group")
    group.children.link(chair)
    holder = add("Holder", None)
    holder.instance_type, holder.instance_collection = "COLLECTION", group
    assert keepsakes.warnings(is_fresh=True) == []


def test_what_a_program_deletes_of_an_asset_is_told_by_its_name(chair):
    keepsakes = Keepsakes()
    bpy.data.materials.remove(bpy.data.materials["chair.Wood"])
    assert "'chair.Wood'" in keepsakes.warnings(is_fresh=False)[0]["message"]
    bpy.data.objects.remove(bpy.data.objects["chair.Seat"])
    (gone,) = keepsakes.warnings(is_fresh=False)
    assert gone["message"].startswith("asset 'chair' was removed")
