"""Take scenes out."""

import shutil
from typing import Annotated, Any

from anyio import to_thread
from mcp.server.mcpserver import Context
from mcp.types import CallToolResult
from pydantic import Field

from viga_mcp import replies
from viga_mcp.app import App, app, reporting
from viga_mcp.exports import Exported, destination, export
from viga_mcp.results import RoundTripFact, SceneExported, SlidesExported
from viga_mcp.roundtrip import NATURES, Format
from viga_mcp.tools.tool import DeckHandle, DeckRevisionId, RevisionId, SceneHandle, Tool


async def export_scene(
    ctx: Context[App, Any],
    format: Annotated[Format, Field(description="The format, which is also the suffix of the file")],
    path: Annotated[
        str | None, Field(description="File to write in the workspace; null means exports/SCENE-REVISION.FORMAT")
    ] = None,
    scene: SceneHandle = "main",
    revision: RevisionId = None,
    names: Annotated[
        list[str] | None,
        Field(min_length=1, description="Objects to write, with all below them; null means all that a render shows"),
    ] = None,
    overwrite: Annotated[bool, Field(description="Replace a file that is there already")] = False,
) -> Annotated[CallToolResult, SceneExported]:
    """Write a revision to a file for other programs, and check what the file kept by reading it back.

    Modifiers are applied and texts become meshes (not in .blend); textures go into the file or into a folder beside
    it. The reply compares scene and file: objects, surfaces, triangles, bounds, materials by name, and a small picture
    of both from one camera (RMSE of 255; 0 is equal), and says what the format can't hold by nature. glb keeps most.
    Example: export_scene(format="glb", path="exports/room.glb", names=["Table"])
    """
    at = await app(ctx).scenes.revision(scene, revision)
    wanted = path or f"exports/{scene}-{at.id}.{format}"
    workspace = app(ctx).config.workspace
    target = await to_thread.run_sync(lambda: destination(wanted, format, workspace, overwrite=overwrite))
    async with reporting(ctx, "exporting"):
        done = await export(app(ctx).scenes, at, target, format, names=names, overwrite=overwrite)
    facts = SceneExported(
        scene=scene,
        revision=at.id,
        format=format,
        path=str(done.path),
        files=list(done.files),
        size_bytes=done.size_bytes,
        round_trip=[
            RoundTripFact(what=f.what, before=f.before, after=f.after, is_equal=f.is_equal, note=f.note)
            for f in done.facts
        ],
        picture_rmse=done.picture_rmse,
        limits=NATURES[format].limits,
        trouble=done.trouble,
    )
    return replies.with_facts(_export_account(done, at.id, format), facts)


async def export_slides(
    ctx: Context[App, Any],
    path: Annotated[str, Field(description="File to write in the workspace, ending in .pdf or .pptx")],
    deck: DeckHandle = "main",
    revision: DeckRevisionId = None,
    overwrite: Annotated[bool, Field(description="Replace a file that is there already")] = False,
) -> Annotated[CallToolResult, SlidesExported]:
    """Write a revision of a deck as .pdf or .pptx into the workspace.

    A PDF has hidden slides too, each page as compile_slides shows it, with text that can be searched.
    Example: export_slides(path="exports/report.pdf")
    """
    decks, workspace = app(ctx).decks, app(ctx).config.workspace
    at = await decks.revision(deck, revision)
    format = "pdf" if path.lower().endswith(".pdf") else "pptx"
    target = await to_thread.run_sync(lambda: destination(path, format, workspace, overwrite=overwrite))
    async with reporting(ctx, "exporting"):
        await to_thread.run_sync(lambda: target.parent.mkdir(parents=True, exist_ok=True))
        if format == "pdf":
            notes = await decks.write_pdf(at, target)
        else:
            notes = []
            await to_thread.run_sync(shutil.copyfile, decks.store.blob(at.state or ""), target)
    size = (await to_thread.run_sync(target.stat)).st_size
    facts = SlidesExported(deck=deck, revision=at.id, path=str(target), size_bytes=size, notes=notes)
    text = "\n".join([f"Wrote {deck} {at.id} to {target}: {size:,} bytes.", *(f"Note: {note}" for note in notes)])
    return replies.with_facts(text, facts)


def _export_account(done: Exported, revision: str, format: Format) -> str:
    beside = f" with {', '.join(done.files[1:])}" if len(done.files) > 1 else ""
    lines = [f"Wrote {revision} to {done.path}{beside}: {done.size_bytes:,} bytes."]
    if done.trouble:
        lines.append(f"Warning: this Blender can't read the file back: {done.trouble}")
    else:
        unequal = [fact for fact in done.facts if not fact.is_equal]
        lines.append("Read back: " + ("all of this is equal." if not unequal else "what differs stands first."))
        lines += [f"- {fact}" for fact in (*unequal, *(fact for fact in done.facts if fact.is_equal))]
        if done.picture_rmse is not None:
            lines.append(f"- picture RMSE {done.picture_rmse:.1f} of 255 (128 px, one camera, one light; 0 is equal)")
    if limits := NATURES[format].limits:
        lines.append(f"By nature of {format}: {limits}.")
    return "\n".join(lines)


TOOLS = (
    Tool(export_scene, "Export the scene", destroys=True, is_idempotent=True),
    Tool(export_slides, "Export slides", destroys=True, is_idempotent=True),
)
