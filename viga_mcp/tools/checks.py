"""Check a scene for what pictures do not show."""

from itertools import groupby
from typing import Annotated, Any

from mcp.server.mcpserver import Context
from mcp.types import CallToolResult
from pydantic import Field

from viga_mcp import findings, replies
from viga_mcp.app import App, app, reporting
from viga_mcp.errors import VigaError
from viga_mcp.findings import in_order
from viga_mcp.results import CheckedGround, SceneCheck, SceneFinding
from viga_mcp.revisions import Revision
from viga_mcp.scenes import Scenes
from viga_mcp.screens import on_screen
from viga_mcp.tools.tool import MAX_FRAME, RevisionId, SceneHandle, Tool, ViewSpec
from viga_mcp.view_checks import find_in_view
from viga_mcp.views import parse_view

MAX_OF_A_KIND = 12
MAX_OBJECTS = 40


async def check_scene(
    ctx: Context[App, Any],
    scene: SceneHandle = "main",
    revision: RevisionId = None,
    view: Annotated[ViewSpec | None, Field(description="What is to be seen from here; null checks no view")] = "camera",
    frames: Annotated[
        list[Annotated[int, Field(ge=-MAX_FRAME, le=MAX_FRAME)]] | None,
        Field(
            min_length=2,
            max_length=250,
            description="Frames of the animation to visit; null: those of the scene, if anything in it is animated",
        ),
    ] = None,
) -> Annotated[CallToolResult, SceneCheck]:
    """Check a scene for what is likely wrong with it and hard to see: facts with numbers, gravest first.

    Finds objects that float (nothing that reaches the ground touches them), are in each other or below the ground,
    have broken or empty geometry, odd scale, normals that look inwards, faces without material; lamps that light
    nothing; objects that no render shows; in the view, what is outside of the frame, cut off, hidden or clipped, and a
    subject that is small, off centre or tilted; and over an animation jumps, rest, and things that come to be in each
    other. Measured on evaluated meshes in metres, as a render shows them. These are facts, not verdicts: a cloud may
    float. Use it after building or moving things, and before calling a scene done.
    Example: check_scene(frames=[1, 12, 24])
    """
    if frames is not None and len(set(frames)) < 2:
        raise VigaError(
            "invalid_argument", f"{frames} is one frame.", then="Give two at least, or null for the scene's."
        )
    scenes = app(ctx).scenes
    at = await scenes.revision(scene, revision)
    async with reporting(ctx, "checking") as progress:
        reply = await scenes.check(at, frames, progress)
    skipped = list(reply["skipped"])
    found = findings.merged(reply["findings"], await _in_view(scenes, at, view, skipped))
    kept, left_out = findings.first_of_each(found, MAX_OF_A_KIND)
    ground = reply["ground"]
    facts = SceneCheck(
        scene=scene,
        revision=at.id,
        findings=[
            SceneFinding.model_validate(
                {**one, "objects": one["objects"][:MAX_OBJECTS], "object_count": len(one["objects"])}
            )
            for one in kept
        ],
        left_out=left_out,
        ground=CheckedGround(**ground) if ground else None,
        skipped=skipped,
        **reply["checked"],
    )
    return replies.with_facts(_text(facts), facts)


async def _in_view(
    scenes: Scenes, at: Revision, view: str | dict[str, Any] | None, skipped: list[str]
) -> list[dict[str, Any]]:
    if view is None:
        return []
    graph = await scenes.graph(at)
    wanted = parse_view(view)
    if wanted == parse_view("camera") and graph["scene"]["camera"] is None:
        skipped.append("the view 'camera', for the scene has no active camera")
        return []
    seen = await on_screen(scenes, at, wanted)
    return [one.as_dict() for one in in_order(find_in_view(seen, graph))]


def _text(facts: SceneCheck) -> str:
    count = len(facts.findings) + sum(facts.left_out.values())
    lines = [
        f"{facts.scene} {facts.revision}: {count or 'no'} finding{'s' * (count != 1)} on {facts.objects} objects with "
        f"{facts.triangles:,} triangles, {facts.contacts} pairs in contact.",
        _ground(facts.ground),
    ]
    for section, found in groupby(facts.findings, lambda finding: finding.section):
        lines.append(f"{section}:")
        for kind, same in groupby(found, lambda finding: finding.kind):
            lines += [f"- {kind}: {finding.text}" for finding in same]
            if more := facts.left_out.get(kind):
                lines.append(f"- {kind}: {more} more like these.")
    lines += [f"Not looked at: {what}." for what in facts.skipped]
    return "\n".join(lines)


def _ground(ground: CheckedGround | None) -> str:
    if ground is None:
        return "Ground: none found (no wide surface with most of the scene above it), so nothing is said to float."
    level = f"height {findings.length(ground.height)}"
    if ground.spread > 0.01:
        level += f", uneven by {findings.length(ground.spread)}"
    return f"Ground: {ground.object!r}, {level}."


TOOLS = (Tool(check_scene, "Check a scene", reads_only=True, is_idempotent=True),)
