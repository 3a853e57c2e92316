"""Physics and time."""

from pathlib import Path
from typing import Annotated, Any

from anyio import to_thread
from mcp.server.mcpserver import Context
from mcp.types import CallToolResult
from pydantic import Field

from viga_mcp import graphs, motion_text, replies
from viga_mcp.app import App, app, reporting
from viga_mcp.errors import VigaError
from viga_mcp.looks import mark_of
from viga_mcp.results import Bake, Motion
from viga_mcp.tools.jobs import describe, done_within
from viga_mcp.tools.tool import MAX_FRAME, RevisionId, SceneHandle, Tool

MAX_FRAMES = 1000

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


async def get_motion(
    ctx: Context[App, Any],
    scene: SceneHandle = "main",
    revision: RevisionId = None,
    names: Annotated[
        list[str] | None, Field(min_length=1, description="Only these objects; * and ? stand for any characters")
    ] = None,
    frames: Annotated[Frames, Field(description="[first, last]; null: the scene's, at most 1000 of them")] = None,
) -> Annotated[CallToolResult, Motion]:
    """Get what moves over the frames, and what it touches, as numbers: paths, speeds, rests, contacts, bounces.

    Every frame is visited in order, whatever moves things: keyframes, drivers, parents, constraints, simulation. For
    each moving object: distance, peak speed and its frame, turn, rests, lowest and highest point, some positions; all
    positions are in the JSON file that the reply names. For each two that move against each other: when they touch
    (gap under 1 % of the smaller one's diagonal), the first contact with its speed and place, and bounces. Metres,
    m/s by the scene's fps, degrees. Facts of whole frames: what passes through something between two of them is not
    seen to touch it; a blow between two is, by the turn. Particles are not followed. Static objects are not listed.
    Example: get_motion(names=["Ball*"], frames=[1, 60])
    """
    scenes = app(ctx).scenes
    at = await scenes.revision(scene, revision)
    graph = await scenes.graph(at)
    chosen = None if names is None else graphs.select(graph, names=names)
    first, last = frames or graph["scene"]["frame_range"]
    notes: list[str] = []
    if frames is not None and not first < last:
        raise VigaError("invalid_argument", f"frames is {frames}.", then="Give the first and a later last frame.")
    if frames is not None and last - first >= MAX_FRAMES:
        raise VigaError("invalid_argument", f"{last - first + 1} frames are too many.", then=f"Most: {MAX_FRAMES}.")
    if last - first >= MAX_FRAMES:
        notes = [f"frames after {first + MAX_FRAMES - 1}: ask for them with frames=[first, last]"]
        last = first + MAX_FRAMES - 1
    async with reporting(ctx, "following") as progress:
        reply = await scenes.trace(at, {"first": first, "last": max(last, first + 1), "names": chosen}, progress)
    reply["skipped"] = notes + reply["skipped"]
    which = "" if chosen is None else f"-{mark_of(chosen)}"
    file = app(ctx).config.workspace / "motion" / scene / f"{at.id}-{first}-{reply['last']}{which}.json"
    await to_thread.run_sync(_keep, file, replies.json_text(motion_text.rounded(reply)))
    facts = motion_text.shortened(scene, at.id, reply, str(file))
    return replies.with_facts(motion_text.text(facts, are_named=names is not None), facts)


def _keep(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_suffix(".part")
    part.write_text(text, encoding="utf-8")
    part.replace(file)


TOOLS = (
    Tool(bake_physics, "Bake physics"),
    Tool(get_motion, "Get paths and contacts", reads_only=True, is_idempotent=True),
)
