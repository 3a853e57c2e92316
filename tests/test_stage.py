# pyright: basic, reportAttributeAccessIssue=false, reportMissingImports=false
"""What every look sets up: the frame, and who is seen."""

from pathlib import Path

import numpy as np
import OpenEXR
import pytest

bpy = pytest.importorskip("bpy")

from viga_mcp.blender import stage, state  # noqa: E402
from viga_mcp.blender.evaluate import evaluate  # noqa: E402
from viga_mcp.blender.passes import passes  # noqa: E402
from viga_mcp.blender.render import render  # noqa: E402

pytestmark = pytest.mark.blender


@pytest.fixture
def scene():
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    return bpy.context.scene


def add_cube(name: str, location=(0.0, 0.0, 0.0), size: float = 1.0):
    bpy.ops.mesh.primitive_cube_add(size=size, location=location)
    bpy.context.object.name = name
    return bpy.context.object


def test_a_simulated_frame_is_the_same_where_it_was_made_and_where_it_is_loaded(scene, tmp_path: Path):
    for name, kind, z in (("Floor", "PASSIVE", -9), ("Box", "ACTIVE", 8)):
        add_cube(name, (0, 0, z))
        bpy.ops.rigidbody.object_add(type=kind)
    for frame in range(1, 21):
        scene.frame_set(frame)
    made = bpy.data.objects["Box"].matrix_world.translation.z
    state.settle()
    state.save({"save_to": str(tmp_path / "state.blend")})
    state.load({"path": str(tmp_path / "state.blend")})
    stage.set_frame(20)
    assert bpy.data.objects["Box"].matrix_world.translation.z == pytest.approx(made, abs=1e-5)
    assert made < 7


def test_a_frame_is_that_frame_and_not_what_is_behind_it(scene):
    box = add_cube("Box")
    box.keyframe_insert("location", frame=1)
    box.location.x = 10
    box.keyframe_insert("location", frame=11)
    scene.frame_set(5)
    there = box.matrix_world.translation.x
    scene.frame_set(5, subframe=0.5)
    stage.set_frame(5)
    assert box.matrix_world.translation.x == pytest.approx(there)


def test_a_frame_that_is_current_stays_as_the_program_left_it(scene):
    box = add_cube("Box")
    box.keyframe_insert("location", frame=1)
    box.location.x = 3
    bpy.context.view_layer.update()
    stage.set_frame(1)
    assert box.matrix_world.translation.x == 3


def key(block, path):
    block.keyframe_insert(path, frame=1)


def drive(block, path):
    block.driver_add(path).driver.expression = "frame * 0"


def key_in_a_strip(block, path):
    block.keyframe_insert(path, frame=1)
    data = block.animation_data
    action, slot = data.action, getattr(data, "action_slot", None)
    data.action = None
    strip = data.nla_tracks.new().strips.new("Strip", 1, action)
    if slot is not None:
        strip.action_slot = slot


@pytest.mark.parametrize("animate", [key, drive, key_in_a_strip])
def test_what_is_hidden_stays_so_though_animation_says_otherwise(scene, tmp_path: Path, animate):
    box, camera = add_cube("Box", (0.01, 0.02, -8)), bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    scene.collection.objects.link(camera)
    scene.camera = camera
    animate(box, "hide_render")
    camera.data.dof.use_dof, camera.data.dof.focus_distance, camera.data.dof.aperture_fstop = True, 0.5, 0.01
    animate(camera.data, "dof.use_dof")
    scene.frame_set(1)
    camera.data.dof.use_dof = True
    file = tmp_path / "view.exr"
    view = {"camera": "Camera", "file": str(file), "owners": "", "silhouettes": None}
    for hide, count in (([], 36), (["Box"], 0)):
        passes({"views": [view], "width": 32, "height": 32, "hide": hide})
        rows, columns = np.nonzero(ids_in(file))
        assert len(rows) == count
        assert not count or (np.ptp(rows), np.ptp(columns)) == (5, 5), "out of focus"


def add_strip(scene, folder):
    scene.sequence_editor_create()
    strips = scene.sequence_editor.strips
    length = {"length": 9} if "length" in strips.bl_rna.functions["new_effect"].parameters else {"frame_end": 9}
    strips.new_effect(name="Strip", type="COLOR", channel=1, frame_start=1, **length).color = (1, 0, 0)


def add_file_output(scene, folder):
    tree = scene.compositing_node_group = bpy.data.node_groups.new("Compositor", "CompositorNodeTree")
    tree.interface.new_socket("Image", in_out="OUTPUT", socket_type="NodeSocketColor")
    kinds = "CompositorNodeRLayers", "CompositorNodeOutputFile", "NodeGroupOutput"
    layer, file, end = map(tree.nodes.new, kinds)
    file.directory = str(folder / "written")
    file.file_output_items.new("RGBA", "picture")
    for node in (file, end):
        tree.links.new(layer.outputs["Image"], node.inputs[0])


@pytest.mark.parametrize("add", [add_strip, add_file_output])
@pytest.mark.parametrize("look", ["render", "evaluate"])
def test_a_look_shows_the_scene_and_writes_nothing_else(scene, tmp_path: Path, add, look):
    add_cube("Box", (0, 0, -8))
    scene.camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    scene.collection.objects.link(scene.camera)
    add(scene, tmp_path)
    size = {"width": 16, "height": 16}
    if look == "render":
        view = {"camera": "Camera", "file": str(tmp_path / "view.bmp")}
        render({"views": [view], **size, "quality": "preview", "headlight": True, "report": lambda *_: None})
        pixels = np.array(bpy.data.images.load(view["file"]).pixels).reshape(16, 16, 4)[..., :3]
    else:
        stage.set_grey_world(0.8)
        wanted = {"path": str(tmp_path / "view.npy"), "width_px": 16, "height_px": 16, "samples": 2}
        assert evaluate({"parts": [""], "render": wanted})["error"] is None
        pixels = np.load(wanted["path"]).astype(float)
    assert np.ptp(pixels, axis=2).max() < 0.1 * pixels.max(), "all grey"
    assert [path.name for path in tmp_path.rglob("*") if path.suffix not in (".bmp", ".npy")] == []


def ids_in(file: Path):
    with OpenEXR.File(str(file)) as picture:
        return next(
            channel.pixels for part in picture.parts for name, channel in part.channels.items() if "Index" in name
        )
