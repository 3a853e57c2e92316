# pyright: basic, reportAttributeAccessIssue=false, reportMissingImports=false
"""What every look sets up: the frame, and who is seen."""

from pathlib import Path

import pytest

bpy = pytest.importorskip("bpy")

from viga_mcp.blender import stage, state  # noqa: E402

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
