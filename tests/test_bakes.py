"""Baking physics: each kind survives its file, replays alike, and needs no second simulation."""

import threading
from typing import Any

import anyio
import pytest
from anyio import from_thread, lowlevel

from tests.conftest import Viga
from viga_mcp.bakes import program
from viga_mcp.jobs import Jobs
from viga_mcp.revisions import Job, Revision, Store

START = """\
import bpy
bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
scene = bpy.context.scene
scene.frame_end = 30
bpy.ops.mesh.primitive_plane_add(size=20)
floor = bpy.context.object
floor.name = "Floor"
"""
KINDS = {
    "rigid bodies": """
bpy.ops.rigidbody.object_add(type="PASSIVE")
bpy.ops.mesh.primitive_cube_add(size=1, location=(0, 0, 2), rotation=(0.3, 0.2, 0))
bpy.ops.rigidbody.object_add(type="ACTIVE")
bpy.context.object.name = "Thing"
""",
    "cloth": """
floor.modifiers.new("Collision", "COLLISION")
bpy.ops.mesh.primitive_grid_add(x_subdivisions=6, y_subdivisions=6, size=1, location=(0, 0, 1))
bpy.context.object.name = "Thing"
bpy.context.object.modifiers.new("Cloth", "CLOTH")
""",
    "soft body": """
floor.modifiers.new("Collision", "COLLISION")
bpy.ops.mesh.primitive_uv_sphere_add(segments=10, ring_count=6, radius=0.5, location=(0, 0, 2))
bpy.context.object.name = "Thing"
bpy.context.object.modifiers.new("Softbody", "SOFT_BODY").settings.use_goal = False
""",
    "particles": """
bpy.ops.mesh.primitive_plane_add(size=1, location=(0, 0, 3))
thing = bpy.context.object
thing.name = "Thing"
thing.modifiers.new("Spray", "PARTICLE_SYSTEM")
settings = thing.particle_systems[0].settings
settings.count, settings.frame_end, settings.lifetime = 40, 20, 60
settings.render_type = "OBJECT"
bpy.ops.mesh.primitive_cube_add(size=0.1, location=(0, 0, 9))
settings.instance_object = bpy.context.object
""",
}
UNBAKEABLE = """
bpy.ops.mesh.primitive_grid_add(size=2, location=(0, 0, 5))
hidden = bpy.context.object
hidden.name = "Hidden"
hidden.modifiers.new("Cloth", "CLOTH").show_viewport = False
"""


async def boxes(viga: Viga, scene: str, frame: int, revision: str | None = None) -> Any:
    facts = await viga.facts("get_scene_graph", scene=scene, revision=revision, frame=frame, names=["Thing"])
    return facts["objects"][0]["bounds"]


@pytest.mark.blender
@pytest.mark.parametrize("kind", KINDS)
async def test_a_baked_frame_is_the_simulated_one(viga: Viga, scene: str, kind: str) -> None:
    await viga.result("execute_blender_code", scene=scene, code=START + KINDS[kind])
    simulated = {frame: await boxes(viga, scene, frame) for frame in (12, 30)}
    facts = await viga.facts("bake_physics", scene=scene)
    assert (facts["status"], facts["revision"], facts["left_out"]) == ("done", "r2", [])
    (cache,) = facts["baked"]
    assert (cache["kind"], cache["frames"]) == (kind, [1, 30])
    assert cache["stored"].startswith("30 frames in memory")
    assert {frame: await boxes(viga, scene, frame) for frame in (30, 12)} == {30: simulated[30], 12: simulated[12]}
    # frames far apart, visited without those between, as only a baked simulation can be
    jump = "import bpy\nscene = bpy.context.scene\nscene.frame_set(30)\nscene.frame_set(12)"
    assert "bake: frame" not in await viga.text("execute_blender_code", scene=scene, code=jump)
    (row,) = (await viga.facts("get_scene_graph", scene=scene, names=["Thing"]))["objects"]
    assert row["bounds"] == simulated[12] != simulated[30]
    # the whole program, anew from its base
    await viga.result(
        "execute_blender_code", scene=scene, edits=[{"old": "scene.frame_end = 30", "new": "scene.frame_end = 30  #"}]
    )
    assert await boxes(viga, scene, 30) == simulated[30]


@pytest.mark.blender
async def test_baking_again_follows_what_changed_since(any_viga: Viga, scene: str) -> None:
    await any_viga.result("execute_blender_code", scene=scene, code=START + KINDS["particles"])
    await any_viga.facts("bake_physics", scene=scene)
    faster = "bpy.data.objects['Thing'].particle_systems[0].settings.normal_factor = 5"
    await any_viga.result("execute_blender_code", scene=scene, code=faster)
    await any_viga.facts("bake_physics", scene=scene, frames=[1, 20])
    again = await boxes(any_viga, scene, 15)
    fresh = f"{scene}-fresh"
    await any_viga.result("execute_blender_code", scene=fresh, code=START + KINDS["particles"] + faster)
    assert again == await boxes(any_viga, fresh, 15)


@pytest.mark.blender
async def test_what_cannot_be_baked_is_named_and_stays_as_it_was(any_viga: Viga, scene: str) -> None:
    await any_viga.result("execute_blender_code", scene=scene, code=START + KINDS["rigid bodies"] + UNBAKEABLE)
    facts = await any_viga.facts("bake_physics", scene=scene)
    assert [one["kind"] for one in facts["baked"]] == ["rigid bodies"]
    assert facts["left_out"] == ["cloth of 'Hidden' is hidden in the viewport, where Blender simulates"]
    show = "m = bpy.data.objects['Hidden'].modifiers[0]\nm.show_viewport = True\nprint(m.point_cache.is_baked)"
    assert "Printed:\nFalse" in await any_viga.text("execute_blender_code", scene=scene, code=show)


@pytest.mark.blender
async def test_a_scene_without_physics_is_refused(any_viga: Viga, scene: str) -> None:
    await any_viga.facts("open_scene", scene=scene)
    refused = await any_viga.error("bake_physics", scene=scene)
    assert refused.startswith("invalid_argument: r0")
    assert "Rigid bodies, cloth" in refused
    await any_viga.result("execute_blender_code", scene=scene, code=START + UNBAKEABLE)
    assert "cloth of 'Hidden' is hidden" in await any_viga.error("bake_physics", scene=scene)
    assert "later last frame" in await any_viga.error("bake_physics", scene=scene, frames=[9, 9])
    assert "frames" in await any_viga.error("bake_physics", scene=scene, frames=[9])
    assert await any_viga.head(scene) == "r1"


@pytest.mark.blender
async def test_a_bake_that_runs_out_of_time_or_is_cancelled_changes_nothing(any_viga: Viga, scene: str) -> None:
    code = START + KINDS["cloth"].replace("subdivisions=6", "subdivisions=120")
    await any_viga.result("execute_blender_code", scene=scene, code=code)
    assert (await any_viga.error("bake_physics", scene=scene, timeout_s=0.5)).startswith("timeout: ")
    seen: list[str | None] = []
    under_way = anyio.Event()

    async def told(progress: float, total: float | None, message: str | None) -> None:
        if message and message.startswith("frame "):
            assert total == 30
            seen.append(message)
            under_way.set()

    async with anyio.create_task_group() as tasks:

        async def bake() -> None:
            await any_viga.client.call_tool("bake_physics", {"scene": scene}, progress_callback=told)

        tasks.start_soon(bake)
        with anyio.fail_after(60):
            await under_way.wait()
        tasks.cancel_scope.cancel()
    assert "of 1 to 30" in str(seen[0])
    running = await any_viga.facts("bake_physics", scene=scene, wait_s=0)
    assert running["status"] == "running"
    await any_viga.facts("cancel_job", job_id=running["job_id"])
    assert (await any_viga.facts("get_job", job_id=running["job_id"]))["status"] == "cancelled"
    assert await any_viga.head(scene) == "r1"


@pytest.mark.blender
async def test_a_bake_that_ends_while_a_program_runs_leaves_its_work_in_the_head(any_viga: Viga, scene: str) -> None:
    await any_viga.result("execute_blender_code", scene=scene, code=START + KINDS["cloth"])
    go = any_viga.workspace / scene
    job = ""
    waits = f"import os, time, bpy\nwhile not os.path.exists({str(go)!r}):\n    time.sleep(0.01)\n"
    async with anyio.create_task_group() as tasks:

        async def work() -> None:
            await any_viga.text(
                "execute_blender_code", scene=scene, code=waits + "bpy.data.objects['Floor'].name = 'Sea'"
            )

        tasks.start_soon(work)
        await lowlevel.checkpoint()
        job = (await any_viga.facts("bake_physics", scene=scene, wait_s=0))["job_id"]
        await boxes(any_viga, scene, 30)  # takes longer than the bake needs to want the head
        go.touch()
    ended = await any_viga.facts("get_job", job_id=job)
    assert (ended["status"], ended["result"]["kind"]) == ("failed", "busy")
    assert "moved from r1 to r2 meanwhile" in ended["result"]["error"]
    assert await any_viga.head(scene) == "r2"


@pytest.mark.blender
async def test_a_bake_cancelled_as_its_revision_comes_in_is_done(
    any_viga: Viga, scene: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await any_viga.result("execute_blender_code", scene=scene, code=START + KINDS["rigid bodies"])
    append, cancel, asked, told = Store.append, Jobs.cancel, threading.Event(), list[dict[str, Any]]()
    job, ended = "", dict[str, Any]()

    async def cancel_bake() -> None:
        told.append(await any_viga.facts("cancel_job", job_id=job))

    async def noted(jobs: Jobs, id: str) -> Job:
        asked.set()
        return await cancel(jobs, id)

    def append_slowly(*given: Any, **run: Any) -> Revision:
        revision = append(*given, **run)
        from_thread.run_sync(tasks.start_soon, cancel_bake)
        while not asked.is_set():
            from_thread.run_sync(int)
        return revision

    monkeypatch.setattr(Store, "append", append_slowly)
    monkeypatch.setattr(Jobs, "cancel", noted)
    async with anyio.create_task_group() as tasks:
        job = (await any_viga.facts("bake_physics", scene=scene, wait_s=0))["job_id"]
        ended = await any_viga.facts("get_job", job_id=job)
    assert (ended["status"], ended["result"]["revision"], await any_viga.head(scene)) == ("done", "r2", "r2")
    assert told == [ended]


def test_the_program_is_plain_blender_python() -> None:
    text = program(
        ["scene.rigidbody_world.point_cache"], [(1, 9)], ["bpy.data.objects['A'].modifiers['B'].point_cache"]
    )
    compile(text, "bake", "exec")
    assert "viga" not in text
    assert "(scene.rigidbody_world.point_cache, 1, 9)," in text
