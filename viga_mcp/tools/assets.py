"""Bring models in."""

import math
from collections.abc import Sequence
from typing import Annotated, Any

from mcp.server.mcpserver import Context
from mcp.types import CallToolResult
from pydantic import Field

from viga_mcp import replies
from viga_mcp.app import App, app, reporting
from viga_mcp.errors import VigaError
from viga_mcp.graph_values import value_text
from viga_mcp.imports import Imported, Placing
from viga_mcp.imports import import_asset as import_file
from viga_mcp.looks import Look
from viga_mcp.tools.tool import SceneHandle, Tool, ViewSpec
from viga_mcp.views import parse_view

OBJECTS_LISTED = 20


async def import_asset(
    ctx: Context[App, Any],
    path: Annotated[
        str,
        Field(
            min_length=1,
            description="File in the workspace: .glb .gltf .obj .fbx .usd .usda .usdc .usdz .stl .ply .abc .svg .bvh, "
            "or .blend",
        ),
    ],
    scene: SceneHandle = "main",
    name: Annotated[
        str | None, Field(pattern=r"^[^\W_][\w-]{0,47}$", description="Name of the asset; null means the file's")
    ] = None,
    only: Annotated[
        list[str] | None,
        Field(min_length=1, description="Collections or objects of the file to take; null means all in its scene"),
    ] = None,
    location: Annotated[
        tuple[float, float, float], Field(description="Where the file's origin goes, x, y, z in metres")
    ] = (0.0, 0.0, 0.0),
    rotation_deg: Annotated[
        tuple[float, float, float], Field(description="About x, y, z, in degrees; the file's up axis is z already")
    ] = (0.0, 0.0, 0.0),
    scale: Annotated[float, Field(gt=0, le=1e6, description="Factor for all sides; 0.001 for millimetres")] = 1.0,
    views: Annotated[
        list[ViewSpec] | None,
        Field(max_length=8, description="Pictures to take afterwards, as in render_views (preview)"),
    ] = None,
) -> CallToolResult:
    """Bring a model from a file into the scene as a new revision; if anything fails, nothing has changed.

    All that comes in bears the asset's name (`chair.Seat`), under an empty `chair` that moves the whole, in a
    collection `chair`. It becomes data of the scene's base and one line of the program, so it survives later programs:
    each whole program places it with `bpy.context.scene.collection.children.link(bpy.data.collections["chair"])`. To
    clear the scene remove bpy.context.scene.objects, not bpy.data.objects. The reply lists what came in: triangles,
    bounds, materials, and warnings (missing textures, suspicious scale). Scripts in a .blend never run.
    Example: import_asset(path="models/chair.glb", location=[1, 0, 0], views=["corners"])
    """
    file = app(ctx).file(path)
    wanted = [parse_view(view) for view in views or []]
    placing = Placing(location, rotation_deg, scale)
    if not all(map(math.isfinite, (*location, *rotation_deg, scale))):
        raise VigaError("invalid_argument", "location, rotation_deg and scale must be finite numbers.")
    scenes = app(ctx).scenes
    rendered, trouble = None, None
    async with reporting(ctx, "importing") as progress:
        done = await import_file(scenes, scene, file, name=name, only=only, placing=placing)
        if wanted:
            try:
                rendered = await scenes.render(done.run.revision, Look(wanted, app(ctx).pictures(scene)), progress)
            except VigaError as error:  # the asset is in
                trouble = error
    taken = rendered.pictures if rendered else ()
    lines = [_import_account(done)]
    if rendered:
        lines.append(replies.pictures_text(rendered))
    if trouble:
        lines.append(f"No pictures: {trouble}")
    revision = done.run.revision
    return replies.with_pictures(
        "\n".join(lines),
        [(f"{revision.id} {p.view}", p.pixels) for p in taken],
        budget_bytes=app(ctx).config.max_reply_bytes,
        meta={
            "viga/import": {
                "scene": scene,
                "revision": revision.id,
                "base": revision.base,
                "asset": done.asset,
                "objects": {
                    key: {
                        "type": entry["type"],
                        "triangles": entry.get("mesh", {}).get("triangles"),
                        "bounds": entry["bounds"],
                        "materials": entry.get("materials", []),
                    }
                    for key, entry in done.objects.items()
                },
                "bounds": done.bounds,
                "warnings": list(done.warnings),
                "program": revision.code,
                "pictures": [str(p.path) for p in taken],
            }
        },
    )


def _import_account(done: Imported) -> str:
    revision, name = done.run.revision, done.asset
    materials = sorted({m for entry in done.objects.values() for m in entry.get("materials", []) if m})
    triangles = sum(entry.get("mesh", {}).get("triangles", 0) for entry in done.objects.values())
    size = f"{len(done.objects)} objects, {triangles:,} triangles"
    lines = [f"{revision.id} (from {revision.parent}): asset {name!r}, {size}."]
    if done.bounds:
        low, high = done.bounds
        size = " x ".join(f"{b - a:.4g}" for a, b in zip(low, high, strict=True))
        lines.append(f"It stands at {_box(done.bounds)} m, {size} m.")
    lines += [f"Warning: {warning}" for warning in done.warnings]
    lines += [f"- {_object_line(key, entry)}" for key, entry in list(done.objects.items())[:OBJECTS_LISTED]]
    if len(done.objects) > OBJECTS_LISTED:
        lines.append(f"- and {len(done.objects) - OBJECTS_LISTED} more: get_scene_graph(under={name!r})")
    if materials:
        lines.append(f"Materials: {', '.join(materials[:OBJECTS_LISTED])}.")
    lines += [
        f"Programs now run on base {revision.base}, which holds the asset beside the scene. These lines place it:",
        *(f"  {line}" for line in revision.code.splitlines()),
    ]
    return "\n".join(lines)


def _object_line(name: str, entry: dict[str, Any]) -> str:
    parts = [f"{name} {entry['type']}"]
    if mesh := entry.get("mesh"):
        parts.append(f"{mesh['triangles']:,} triangles")
    if entry["bounds"]:
        parts.append(_box(entry["bounds"]))
    if materials := [m for m in entry.get("materials", []) if m]:
        parts.append(", ".join(materials))
    return "; ".join(parts)


def _box(bounds: Sequence[Sequence[float]]) -> str:
    """Low and high corner to a tenth of a millimetre."""
    low, high = ([round(value, 4) + 0.0 for value in corner] for corner in bounds)
    return f"{value_text(low)}..{value_text(high)}"


TOOLS = (Tool(import_asset, "Import a model", is_structured=False),)
