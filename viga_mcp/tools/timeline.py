"""Physics and time."""

from typing import Annotated, Any

from mcp.server.mcpserver import Context
from mcp.types import CallToolResult
from pydantic import Field

from viga_mcp import replies
from viga_mcp.app import App, app
from viga_mcp.errors import VigaError
from viga_mcp.results import Bake
from viga_mcp.tools.jobs import describe, done_within
from viga_mcp.tools.tool import MAX_FRAME, SceneHandle, Tool

Frames = Annotated[list[Annotated[int, Field(ge=-MAX_FRAME, le=MAX_FRAME)]] | None, Field(min_length=2, max_length=2)]


async def bake_physics(
    ctx: Context[App, Any],
    scene: SceneHandle = "main",
    frames: Annotated[
        Frames,
        Field(description="[first, last]; null: from where each simulation starts to the scene's last frame"),
    ] = None,
    timeout_s: Annotated[float, Field(gt=0, le=7200, description="Limit for the simulation, in seconds")] = 1800,
    wait_s: Annotated[
        float, Field(ge=0, le=600, description="Wait this long for the end, in seconds; then get_job goes on")
    ] = 45,
) -> Annotated[CallToolResult, Bake]:
    """Simulate the head's rigid bodies, cloth, soft bodies and particles, and keep their frames in a new revision.

    Any frame of that revision is then there at once, for render_views(frames=[...]), get_scene_graph(frame=...) and
    get_motion, and in its .blend. The revision is a patch in plain Blender Python (bpy.ops.ptcache.bake_all), so
    replaying or exporting the program bakes again and gives the same. What was baked stays as it is when a later patch
    changes the physics: bake again then. Fluids, dynamic paint, hair dynamics and simulation nodes are not baked, and
    the reply names them. A bake that fails, is cancelled or runs out of time changes nothing. What takes longer than
    wait_s goes on as a job for get_job.
    Example: bake_physics(frames=[1, 100])
    """
    if frames is not None and not frames[0] < frames[1]:
        raise VigaError("invalid_argument", f"frames is {frames}.", then="Give the first and a later last frame.")
    start = await app(ctx).scenes.head(scene)
    arguments = {"revision": start.id, "frames": frames, "timeout_s": timeout_s}
    job = await done_within(ctx, "bake_physics", scene, arguments, wait_s=wait_s, doing="baking")
    result: dict[str, Any] = job.result if job.result and job.status == "done" else {"message": describe(job)}
    facts = Bake.model_validate({"scene": scene, "job_id": job.id, "status": job.status, **result})
    return replies.with_facts(f"{scene} {facts.message}" if job.status == "done" else facts.message, facts)


TOOLS = (Tool(bake_physics, "Bake physics"),)
