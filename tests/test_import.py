"""Imported assets come in whole or not at all, and stay through whatever programs do next."""

import base64
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from mcp import Client
from mcp.types import BlobResourceContents

from tests.conftest import Viga
from tests.rooms import ROOM
from viga_mcp.config import Config
from viga_mcp.imports import Placing, asset_name, placing_code, said_lines
from viga_mcp.scenes import Library
from viga_mcp.scratch import scratch_folder
from viga_mcp.server import build_server

PLACE = "bpy.context.scene.collection.children.link(bpy.data.collections['room'])"
CUBE = """import bpy
mesh = bpy.data.meshes.new("Cube")
mesh.from_pydata([(0, 0, 0), (1, 0, 0), (0, 1, 0)], [], [(0, 1, 2)])
bpy.context.scene.collection.objects.link(bpy.data.objects.new("Cube", mesh))
"""


async def room_file(viga: Viga, format: str) -> str:
    """A file with the room, made once a server."""
    path = f"files/room.{format}"
    if not (viga.workspace / path).exists():
        if (await viga.result("list_revisions", scene="source")).is_error:  # not there yet
            await viga.text("execute_blender_code", scene="source", code=ROOM)
        await viga.facts("export_scene", scene="source", format=format, path=path)
    return path


async def objects(viga: Viga, scene: str) -> dict[str, Any]:
    """The objects of a scene's head, all that is known of them."""
    await viga.head(scene)
    return json.loads(await viga.read(f"viga://scenes/{scene}/head/graph.json"))["objects"]


async def drawn(viga: Viga, scene: str) -> dict[str, Any]:
    """Where everything is, and what it is made of."""
    return {
        name: (entry["type"], entry["parent"], entry["matrix_world"], entry["bounds"], entry.get("materials"))
        for name, entry in (await objects(viga, scene)).items()
    }


@pytest.mark.blender
@pytest.mark.parametrize(
    ("format", "kinds", "materials"),
    [
        (
            "blend",
            {"MESH": 7, "EMPTY": 2, "FONT": 1, "LIGHT": 1, "CAMERA": 1},
            ["Glass", "Metal", "Old wood", "Unseen"],
        ),
        ("glb", {"MESH": 7, "EMPTY": 2, "LIGHT": 1, "CAMERA": 1}, ["Glass", "Metal", "Old wood"]),
        ("gltf", {"MESH": 7, "EMPTY": 2, "LIGHT": 1, "CAMERA": 1}, ["Glass", "Metal", "Old wood"]),
        ("obj", {"MESH": 7, "EMPTY": 1}, ["Glass", "Metal", "Old_wood"]),
        ("fbx", {"MESH": 7, "EMPTY": 2, "LIGHT": 1, "CAMERA": 1}, ["Glass", "Metal", "Old wood"]),
        ("usdc", {"MESH": 7, "EMPTY": 3, "LIGHT": 1, "CAMERA": 1}, ["Glass", "Metal", "Old_wood"]),
        ("usdz", {"MESH": 7, "EMPTY": 3, "LIGHT": 1, "CAMERA": 1}, ["Glass", "Metal", "Old_wood"]),
        ("stl", {"MESH": 1, "EMPTY": 1}, []),
        ("ply", {"MESH": 1, "EMPTY": 1}, []),
        ("abc", {"MESH": 7, "EMPTY": 3, "CAMERA": 1}, []),
    ],
)
async def test_a_file_comes_in_with_its_materials_under_the_name_of_the_asset(
    any_viga: Viga, scene: str, format: str, kinds: dict[str, int], materials: list[str]
) -> None:
    path = await room_file(any_viga, format)
    meta = await any_viga.meta("import_asset", scene=scene, path=path, location=[10, 0, 0])

    found = [entry["type"] for entry in meta["objects"].values()]
    assert {kind: found.count(kind) for kind in set(found)} == kinds
    assert all(name == "room" or name.startswith("room.") for name in meta["objects"])
    used = {name for entry in meta["objects"].values() for name in entry["materials"]}
    assert sorted(used) == [f"room.{name}" for name in materials]
    is_whole = format == "blend"  # with what no render shows
    assert meta["bounds"][0] == pytest.approx([9.883, -2, 0], abs=0.01)
    assert meta["bounds"][1] == pytest.approx([19.5, 9.5, 9.5] if is_whole else [13.252, 2.918, 1.05], abs=0.01)
    entries = await any_viga.values(scene)
    assert set(entries["objects"]) == set(meta["objects"])
    if materials:
        assert entries["materials"]["room.Metal"]
    # the texture came along: the file may go
    shutil.rmtree(any_viga.workspace / "files")
    code = "import bpy\nprint([bool(image.packed_file) and image.size[0] for image in bpy.data.images])"
    run = await any_viga.meta("execute_blender_code", scene=scene, code=code, mode="program")
    assert run["output"].strip() == ("[8]" if materials else "[]")


@pytest.mark.blender
async def test_an_asset_survives_programs_edits_checkouts_and_a_restart(viga: Viga, scene: str) -> None:
    path = await room_file(viga, "glb")
    await viga.text("execute_blender_code", scene=scene, code=CUBE, mode="program")
    meta = await viga.meta("import_asset", scene=scene, path=path, location=[10, 0, 0], scale=2)
    assert (meta["revision"], meta["base"]) == ("r3", "r2")
    placed = await drawn(viga, scene)
    assert "Cube" in placed

    clearing = "import bpy\nbpy.ops.object.select_all(action='SELECT')\nbpy.ops.object.delete()\n"
    run = await viga.meta("execute_blender_code", scene=scene, code=clearing + CUBE, mode="program")
    assert [warning["kind"] for warning in run["warnings"]] == ["asset_not_placed"]
    assert PLACE in run["warnings"][0]["message"]
    assert list(await objects(viga, scene)) == ["Cube"]

    run = await viga.meta("execute_blender_code", scene=scene, code=f"{clearing}{CUBE}{PLACE}", mode="program")
    assert set(await objects(viga, scene)) == set(placed)

    await viga.facts("checkout_revision", scene=scene, revision="r3")
    edit = {"old": "location = (10.0, 0.0, 0.0)", "new": "location = (20.0, 0.0, 0.0)"}
    run = await viga.meta("execute_blender_code", scene=scene, edits=[edit])
    moved = await drawn(viga, scene)
    assert moved["room.Ball"][2][3] == pytest.approx(placed["room.Ball"][2][3] + 10)

    await viga.facts("checkout_revision", scene=scene, revision="r3")
    config = Config(viga.workspace, backend=viga.backend)  # type: ignore[arg-type]  # the fixture's own
    async with Client(build_server(config)) as client:
        again = Viga(client, viga.workspace)
        assert await drawn(again, scene) == placed
        program = await again.read(f"viga://scenes/{scene}/r3/program.py")
        run = await again.meta("execute_blender_code", scene=scene, code=program, mode="program")
        assert run["changes"] == []
        assert await drawn(again, scene) == placed


@pytest.mark.blender
async def test_base_and_program_give_the_revision_in_plain_blender(viga: Viga, scene: str, tmp_path: Path) -> None:
    path = await room_file(viga, "glb")
    await viga.text("execute_blender_code", scene=scene, code=CUBE)
    meta = await viga.meta("import_asset", scene=scene, path=path, location=[1, 2, 3], rotation_deg=[90, 0, 30])
    await viga.text(
        "execute_blender_code", scene=scene, code="import bpy\nbpy.data.objects['room.Ball'].location.z = 5"
    )

    contents = (await viga.client.read_resource(f"viga://scenes/{scene}/{meta['base']}/scene.blend")).contents[0]
    assert isinstance(contents, BlobResourceContents)
    (tmp_path / "base.blend").write_bytes(base64.b64decode(contents.blob))
    program = await viga.read(f"viga://scenes/{scene}/head/program.py")
    (tmp_path / "program.py").write_text(program, encoding="utf-8")
    reading = (
        "import bpy, json, runpy\nbpy.ops.wm.open_mainfile(filepath='base.blend')\n"
        "assert not bpy.context.scene.objects\nrunpy.run_path('program.py', run_name='__main__')\n"
        "bpy.context.view_layer.update()\n"
        "seen = {o.name: [v for row in o.matrix_world for v in row] for o in bpy.context.scene.objects}\n"
        "open('seen.json', 'w').write(json.dumps(seen))"
    )
    subprocess.run([sys.executable, "-c", reading], cwd=tmp_path, check=True, capture_output=True)
    seen = json.loads((tmp_path / "seen.json").read_text(encoding="utf-8"))
    expected = {name: entry["matrix_world"] for name, entry in (await objects(viga, scene)).items()}
    assert set(seen) == set(expected)
    for name, matrix in expected.items():
        assert seen[name] == pytest.approx(matrix, abs=1e-4), name


@pytest.mark.blender
@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("for o in list(bpy.data.objects): bpy.data.objects.remove(o)", ("'room' was removed", PLACE)),
        ("bpy.ops.wm.read_homefile(use_empty=True)", ("'room' was removed", "context.scene.objects")),
        (
            "for m in list(bpy.data.materials): bpy.data.materials.remove(m)\n" + PLACE,
            ("lost its materials", "room.Glass"),
        ),
    ],
)
async def test_a_program_that_throws_an_asset_away_is_told_what_to_write(
    viga: Viga, scene: str, code: str, words: tuple[str, ...]
) -> None:
    await viga.meta("import_asset", scene=scene, path=await room_file(viga, "glb"))
    run = await viga.meta("execute_blender_code", scene=scene, code=f"import bpy\n{code}", mode="program")
    said = [warning["message"] for warning in run["warnings"] if warning["kind"] == "asset_removed"]
    assert len(said) == 1, run["warnings"]
    assert all(word in said[0] for word in words), said
    # the base still holds it
    run = await viga.meta("execute_blender_code", scene=scene, code=f"import bpy\n{PLACE}", mode="program")
    assert not [warning for warning in run["warnings"] if warning["kind"].startswith("asset")]
    assert "room.Ball" in await objects(viga, scene)


@pytest.mark.blender
async def test_revisions_before_the_import_keep_their_base(viga: Viga, scene: str) -> None:
    await viga.text("execute_blender_code", scene=scene, code=CUBE)
    meta = await viga.meta("import_asset", scene=scene, path=await room_file(viga, "glb"))
    assert meta["base"] == "r2"
    listed = await viga.text("list_revisions", scene=scene)
    assert "r3 <- r1 patch: import_asset room.glb as 'room'" in listed
    assert "r2 <- - open: base r0 and asset 'room' from room.glb" in listed

    await viga.facts("checkout_revision", scene=scene, revision="r1")
    code = "import bpy\nprint(sorted(c.name for c in bpy.data.collections), len(bpy.data.objects))"
    run = await viga.meta("execute_blender_code", scene=scene, code=code, mode="program")
    assert run["output"].strip() == "[] 0"
    await viga.facts("checkout_revision", scene=scene, revision="r3")
    run = await viga.meta("execute_blender_code", scene=scene, code=code, mode="program")
    assert run["output"].strip() == "['room'] 11"


@pytest.mark.blender
async def test_a_name_is_taken_once(viga: Viga, scene: str) -> None:
    path = await room_file(viga, "glb")
    await viga.meta("import_asset", scene=scene, path=path, name="kit")
    said = await viga.error("import_asset", scene=scene, path=path, name="kit")
    assert said.startswith("invalid_argument: An asset can't be named 'kit'")
    assert said.count("'kit',") == 1  # as a collection and as an empty, but told once
    assert "name='kit_2'" in said
    assert "is at r2" in said
    await viga.text("execute_blender_code", scene=scene, code="import bpy\nbpy.data.collections.new('box')")
    said = await viga.error("import_asset", scene=scene, path=path, name="box")  # free in the base, taken in the head
    assert "'box' exists already" in said
    meta = await viga.meta("import_asset", scene=scene, path=path, name="kit_2", location=[9, 0, 0])
    assert "kit_2.Ball" in meta["objects"]
    assert {"kit.Ball", "kit_2.Ball"} <= set(await objects(viga, scene))
    again = await viga.read(f"viga://scenes/{scene}/head/program.py")
    before = await drawn(viga, scene)
    await viga.text("execute_blender_code", scene=scene, code=again, mode="program")
    assert await drawn(viga, scene) == before


def damaged(viga: Viga) -> dict[str, bytes]:
    """Files that are not what their suffix says, by name."""
    whole = {
        format: (viga.workspace / f"files/room.{format}").read_bytes() for format in ("glb", "abc", "fbx", "blend")
    }
    return {
        "cut.glb": whole["glb"][: len(whole["glb"]) // 2],
        "cut.fbx": whole["fbx"][: len(whole["fbx"]) // 2],
        "cut.blend": whole["blend"][: len(whole["blend"]) // 2],
        "crash.abc": whole["abc"][: len(whole["abc"]) * 2 // 3],  # at which the importer aborts the process
        **{f"none.{format}": b"" for format in ("glb", "obj", "fbx", "usdc", "stl", "ply", "svg", "bvh", "blend")},
        **{f"junk.{format}": b"nonsense \x00\xff" * 50 for format in ("gltf", "obj", "usda", "stl", "abc", "blend")},
    }


@pytest.mark.blender
async def test_damaged_files_are_refused_and_change_nothing(viga: Viga, scene: str) -> None:
    for format in ("glb", "abc", "fbx", "blend"):
        await room_file(viga, format)
    await viga.text("execute_blender_code", scene=scene, code=CUBE)
    before = await viga.values(scene)
    for name, content in damaged(viga).items():
        (viga.workspace / name).write_bytes(content)
        said = await viga.error("import_asset", scene=scene, path=name)
        assert said.startswith("crash: " if name == "crash.abc" else "invalid_argument: "), said
        assert name in said
        assert "Nothing was changed" in said
    assert await viga.head(scene) == "r1"
    assert await viga.values(scene) == before
    assert not list((viga.workspace / ".viga" / "scratch").iterdir())
    run = await viga.meta("execute_blender_code", scene=scene, code="print('alive')")
    assert (run["revision"], run["output"]) == ("r2", "alive\n")


@pytest.mark.blender
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"path": "../room.glb"}, ("forbidden", "outside the workspace")),
        ({"path": "/etc/hostname"}, ("forbidden",)),
        ({"path": "link.glb"}, ("forbidden",)),
        ({"path": "files"}, ("not_found", "is a folder")),
        ({"path": "files/rom.glb"}, ("not_found", "room.glb")),
        ({"path": "notes.txt"}, ("invalid_argument", "glb")),
        ({"path": "old.dae"}, ("invalid_argument", "Collada")),
        ({"path": "files/room.glb", "name": "a b"}, ("invalid_argument", "name")),
        ({"path": "files/room.glb", "name": "a.b"}, ("invalid_argument", "name")),
        ({"path": "files/room.glb", "scale": 0}, ("invalid_argument", "scale")),
        ({"path": "files/room.glb", "location": [1, 2]}, ("invalid_argument", "location")),
        ({"path": "files/room.glb", "location": ["nan", 0, 0]}, ("invalid_argument", "finite")),
        ({"path": "files/room.glb", "only": ["Tabel"]}, ("not_found", "Did you mean 'Table'")),
        ({"path": "files/room.glb", "views": ["sideways"]}, ("invalid_argument", "sideways")),
    ],
)
async def test_bad_wishes_are_refused_and_change_nothing(
    any_viga: Viga, scene: str, arguments: dict[str, Any], words: tuple[str, ...]
) -> None:
    await room_file(any_viga, "glb")
    workspace = any_viga.workspace
    if not (workspace / "link.glb").is_symlink():
        (workspace / "link.glb").symlink_to("/etc/hostname")
        (workspace / "notes.txt").write_text("x", encoding="utf-8")
        (workspace / "old.dae").write_text("<COLLADA/>", encoding="utf-8")
    said = await any_viga.error("import_asset", scene=scene, **arguments)
    assert all(word in said for word in words), said
    assert "No scene" in await any_viga.error("list_revisions", scene=scene), "nothing was made"


SHELF = (
    ROOM
    + """
shelf = data.collections.new("Shelf")
scene.collection.children.link(shelf)
plank = data.objects.new("Plank", box("Plank", (1, 1, 1), wood))
shelf.objects.link(plank)
pivot = add("Pivot", None, (2, 0, 0))
plank.modifiers.new("Mirror", "MIRROR").mirror_object = pivot
lost = data.images.new("lost", 4, 4)
lost.filepath, lost.source = "//textures/lost.png", "FILE"
texture.image = lost
script = data.texts.new("evil.py")
script.write("import bpy; open(bpy.data.filepath + '.ran', 'w')")
script.use_module = True
curve = plank.driver_add("location", 2).driver
curve.expression = "len(str(open('/tmp/never', 'w')))"
bpy.ops.wm.save_as_mainfile(filepath=PATH, copy=True)
"""
)


@pytest.mark.blender
async def test_part_of_a_blend_comes_with_what_it_needs_and_runs_nothing(viga: Viga, scene: str) -> None:
    file = viga.workspace / "shelf.blend"
    code = f"PATH = {str(file)!r}\n{SHELF}".replace("/tmp/never", str(viga.workspace / "never"))
    await viga.text("execute_blender_code", scene="shelf", code=code)
    (viga.workspace / "never").unlink(missing_ok=True)

    meta = await viga.meta("import_asset", scene=scene, path="shelf.blend", only=["Shelf", "Table"], name="kit")
    assert set(meta["objects"]) == {
        "kit", "kit.Plank", "kit.Table", "kit.Table top", *(f"kit.Leg{number}" for number in range(4)),
    }  # fmt: skip
    assert meta["objects"]["kit.Plank"]["bounds"][1][0] == 4.5, "the mirror's pivot came along"
    assert any("missing file 'lost.png'" in warning for warning in meta["warnings"])
    before = await drawn(viga, scene)
    program = await viga.read(f"viga://scenes/{scene}/head/program.py")
    await viga.text("execute_blender_code", scene=scene, code=program, mode="program")
    assert await drawn(viga, scene) == before
    assert not (viga.workspace / "never").exists()
    assert not (viga.workspace / "shelf.blend.ran").exists()


@pytest.mark.blender
async def test_what_may_be_wrong_with_a_file_is_said(any_viga: Viga, scene: str) -> None:
    await room_file(any_viga, "gltf")
    await room_file(any_viga, "obj")
    folder = any_viga.workspace / scene
    shutil.copytree(any_viga.workspace / "files", folder)
    shutil.rmtree(folder / "room_textures")
    (folder / "room.mtl").unlink()
    lost = await any_viga.meta("import_asset", scene=scene, path=f"{scene}/room.gltf", name="a")
    assert [w for w in lost["warnings"] if "missing file 'grain.png'" in w]
    assert "it brought 1 light along" in lost["warnings"]
    lost = await any_viga.meta("import_asset", scene=scene, path=f"{scene}/room.obj", name="b")
    assert [w for w in lost["warnings"] if "MTL file" in w and "room.mtl" in w]
    large = await any_viga.meta("import_asset", scene=scene, path=f"{scene}/room.obj", name="c", scale=1000)
    assert [w for w in large["warnings"] if "objects['c'].scale = (0.001,) * 3" in w and "names no unit" in w]
    assert [w for w in large["warnings"] if "times as large as all the rest" in w]


async def test_a_scratch_folder_goes_and_takes_those_of_the_dead_along(tmp_path: Path) -> None:
    async with scratch_folder(tmp_path) as dead, scratch_folder(tmp_path) as alive:
        os.utime(dead, (0, 0))
        async with scratch_folder(tmp_path) as folder:
            (folder / "file").touch()
            assert (dead.exists(), alive.exists(), folder.exists()) == (False, True, True)
    assert not list((tmp_path / ".viga" / "scratch").iterdir())


@pytest.mark.blender
async def test_pictures_come_when_asked_for(any_viga: Viga, scene: str) -> None:
    path = await room_file(any_viga, "glb")
    meta = await any_viga.meta("import_asset", scene=scene, path=path, views=["corners"])
    assert len(meta["pictures"]) == 4
    assert all(Path(picture).is_file() for picture in meta["pictures"])


def test_an_asset_is_named_after_its_file() -> None:
    assert asset_name("Old chair (2)") == "Old_chair_2"
    assert asset_name("стул") == "стул"
    assert asset_name("_") == "asset"
    assert len(asset_name("x" * 200)) == 40


def test_the_placing_lines_are_plain_blender_whatever_the_file_is_called() -> None:
    hostile = Library(Path("x"), "chair", "a\nimport os\r'\"\u2028.glb")
    code = placing_code(hostile, Placing((1.0, 2.0, 3.0), (90.0, 0.0, 0.0), 0.5))
    compile(code, "patch", "exec")
    assert [line for line in code.splitlines() if "import" in line and not line.startswith("#")] == ["import bpy"]
    assert "location = (1.0, 2.0, 3.0)" in code
    assert "rotation_euler = (1.570796, 0.0, 0.0)" in code
    assert "scale = (0.5, 0.5, 0.5)" in code


def test_what_an_importer_printed_is_read_for_warnings() -> None:
    printed = "00:00.6  io.obj  | ERROR OBJ import: cannot read\n12 | INFO: fine\nWarning: odd\nWarning: odd\n"
    assert said_lines(printed) == ["OBJ import: cannot read", "odd"]
