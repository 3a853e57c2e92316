# pyright: basic, reportAttributeAccessIssue=false, reportMissingImports=false
"""What a fork does while nobody waits for it, so that the next program finds it done."""

from itertools import count

import pytest

bpy = pytest.importorskip("bpy")

from viga_mcp.blender import script  # noqa: E402 - needs bpy
from viga_mcp.blender.graph import read_graph  # noqa: E402
from viga_mcp.blender.main import rehearse_program  # noqa: E402

pytestmark = pytest.mark.blender

# What an update, a purge or another run could disturb.
LIVELY = """\
cube, scene = bpy.data.objects["Cube"], bpy.context.scene
cube.keyframe_insert("location", frame=1)
cube.location.x = 4  # away from its key, and not evaluated since
curve = bpy.data.objects["Light"].driver_add("location", 2)
curve.driver.expression = "frame * 2"
cube.modifiers.new("Fur", "PARTICLE_SYSTEM")
bpy.context.view_layer.objects.active = cube
bpy.ops.rigidbody.object_add()
scene.frame_set(7)
bpy.data.materials.new("Kept").use_fake_user = True
"""


def test_a_rehearsal_changes_nothing() -> None:
    bpy.ops.wm.read_homefile(use_factory_startup=True)
    exec(LIVELY, {"bpy": bpy})
    script.run({"code": "pass"})
    before, blocks = read_graph(), _blocks()
    rehearse_program()
    assert read_graph() == before
    assert _blocks() == blocks


def test_a_rehearsal_ends_as_soon_as_a_call_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    bpy.ops.wm.read_homefile(use_factory_startup=True)
    asked, ran = count(), []
    monkeypatch.setattr(script, "run", ran.append)
    rehearse_program(until=lambda: next(asked) == 2)
    assert (ran, next(asked)) == ([], 3)
    rehearse_program()
    assert len(ran) == 1


def _blocks() -> set[tuple[str, str]]:
    return {(block.bl_rna.identifier, block.name) for block in bpy.data.user_map()}
