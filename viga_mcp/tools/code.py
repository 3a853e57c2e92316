"""Run programs."""

from typing import Annotated, Any, Literal

from mcp.server.mcpserver import Context
from mcp.types import CallToolResult
from pydantic import BaseModel, ConfigDict, Field

from viga_mcp import programs, replies
from viga_mcp.app import App, app, reporting
from viga_mcp.failures import warning_text
from viga_mcp.graph_summary import summary
from viga_mcp.looks import Look
from viga_mcp.results import SceneOpened
from viga_mcp.scenes import Run
from viga_mcp.tools.tool import SceneHandle, Tool, ViewSpec
from viga_mcp.views import parse_view


class Edit(BaseModel):
    """One replacement in the program."""

    model_config = ConfigDict(extra="forbid")
    old: Annotated[str, Field(min_length=1, description="Text that occurs exactly once in the program")]
    new: Annotated[str, Field(description="What stands there instead")]


async def open_scene(
    ctx: Context[App, Any],
    scene: SceneHandle = "main",
    path: Annotated[
        str | None, Field(description="A .blend file in the workspace; null to start from the template")
    ] = None,
    template: Annotated[
        Literal["empty", "default"],
        Field(description="Without path: nothing at all, or Blender's cube, lamp and camera"),
    ] = "empty",
) -> Annotated[CallToolResult, SceneOpened]:
    """Start a scene from a .blend file or a template, and get a summary of what is in it.

    Not needed for a new empty scene: the first execute_blender_code makes one. Opening again under the same handle
    starts a new line of revisions; the old ones stay and can be checked out. Scripts in the file never run.
    Example: open_scene(scene="kitchen", path="kitchen.blend")
    """
    file = app(ctx).file(path) if path else None
    async with reporting(ctx, "opening"):
        revision = await app(ctx).scenes.open(scene, file, template)
    graph = await app(ctx).scenes.graph(revision)
    facts = SceneOpened(
        scene=scene,
        revision=revision.id,
        source=revision.source,
        blender=revision.blender,
        summary=summary(graph),
        warnings=[warning["message"] for warning in revision.warnings],
    )
    warnings = "".join(f"\nWarning: {warning}" for warning in facts.warnings)
    head = f"Scene {scene} is at {revision.id}, from {revision.source} (Blender {revision.blender})."
    return replies.with_facts(f"{head}\n{facts.summary}{warnings}", facts)


async def execute_blender_code(
    ctx: Context[App, Any],
    scene: SceneHandle = "main",
    code: Annotated[str | None, Field(description="Python for Blender; `import bpy` as in any script")] = None,
    edits: Annotated[
        list[Edit] | None,
        Field(description="Instead of code: replacements in the head's program, which then runs anew from its base"),
    ] = None,
    mode: Annotated[
        Literal["patch", "program"],
        Field(description="'patch' runs on top of the head; 'program' is a whole program and runs on the scene's base"),
    ] = "patch",
    note: Annotated[
        str | None, Field(max_length=500, description="What this is meant to do; kept with the revision")
    ] = None,
    views: Annotated[
        list[ViewSpec] | None,
        Field(max_length=8, description="Pictures to take afterwards, as in render_views (preview)"),
    ] = None,
    timeout_s: Annotated[float, Field(gt=0, le=3600, description="Limit for the program, in seconds")] = 120,
) -> CallToolResult:
    """Run Python in Blender. If it succeeds it becomes a new revision; if it fails, nothing at all has changed.

    The reply has the revision, what was printed, warnings (cancelled operators, clamped values, name suffixes...),
    what changed in the scene and in the program, and the pictures of `views`. To change a few lines or numbers send
    `edits`, not the program again. Every run has a fresh name space: variables do not last, the scene does. Prefer
    bpy.data over bpy.ops; operators that need a window do not work. Don't render in the program: use views. A failure
    also names the other lines that are outdated for this Blender, corrected where that is a rename: fix all at once.
    Example: execute_blender_code(edits=[{"old": "energy = 500", "new": "energy = 750"}], views=["camera"])
    """
    wanted = [parse_view(view) for view in views or []]
    replacements = [programs.Edit(edit.old, edit.new) for edit in edits or []]
    async with reporting(ctx, "running the program") as progress:
        run = await app(ctx).scenes.run(
            scene,
            code=code,
            edits=replacements,
            mode=mode,
            note=note,
            timeout_s=timeout_s,
            look=Look(wanted, app(ctx).pictures(scene)) if wanted else None,
            on_progress=progress,
        )
    taken = run.rendered.pictures if run.rendered else ()
    return replies.with_pictures(
        _account(run),
        [(f"{run.revision.id} {p.view}", p.pixels) for p in taken],
        budget_bytes=app(ctx).config.max_reply_bytes,
        meta={
            "viga/run": {
                "scene": scene,
                "revision": run.revision.id,
                "parent": run.revision.parent,
                "output": run.revision.output,
                "warnings": run.revision.warnings,
                "changes": list(run.scene_diff.lines()),
                "seconds": run.revision.seconds,
                "pictures": [str(p.path) for p in taken],
            }
        },
    )


def _account(run: Run) -> str:
    revision = run.revision
    parts = [f"{revision.id} (from {revision.parent}, {revision.mode}) in {revision.seconds:.2f} s."]
    parts += [f"Warning: {warning_text(warning)}" for warning in revision.warnings]
    if revision.output.strip():
        parts.append(f"Printed:\n{revision.output.strip()}")
    parts.append("Scene: " + ("no change" if not run.scene_diff else "\n".join(["", *run.scene_diff.lines()])))
    parts.append(f"Program: {replies.code_diff_text(run.code_diff, with_lines=revision.mode != 'patch')}")
    if run.rendered:
        parts.append(replies.pictures_text(run.rendered))
    if run.trouble:
        parts.append(f"No pictures: {run.trouble}")
    return "\n".join(parts)


TOOLS = (
    Tool(open_scene, "Open a scene"),
    Tool(
        execute_blender_code,
        "Run Blender code",
        destroys=True,
        reaches_out=True,
        is_central=True,
        is_structured=False,
    ),
)
