"""Find models, and bring them in."""

import contextlib
import math
import time
from collections.abc import Sequence
from typing import Annotated, Any

from mcp.server.mcpserver import Context
from mcp.types import CallToolResult
from pydantic import Field

from viga_mcp import pictures as picture_values
from viga_mcp import replies
from viga_mcp.app import App, app, reporting
from viga_mcp.assets import Asset
from viga_mcp.errors import VigaError
from viga_mcp.graph_values import value_text
from viga_mcp.imports import Imported, Placing, asset_name
from viga_mcp.imports import import_asset as import_file
from viga_mcp.looks import Look
from viga_mcp.shelf import Shelf
from viga_mcp.tools.tool import SceneHandle, Tool, ViewSpec
from viga_mcp.views import parse_view
from viga_mcp.worker import Progress

OBJECTS_LISTED = 20
THUMBNAILS = 12
THUMBNAIL_TIME_S = 20.0


async def find_assets(
    ctx: Context[App, Any],
    query: Annotated[
        str, Field(max_length=200, description="Words to look for, typos tolerated; empty lists what there is")
    ] = "",
    limit: Annotated[int, Field(ge=1, le=100, description="Most hits")] = 20,
    pictures: Annotated[bool, Field(description="Add one sheet with thumbnails of the first 12")] = True,
) -> CallToolResult:
    """Find models to import: in the workspace's `assets` folder, in the user's folders, and in configured sources.

    Searches names of files and folders, and of the collections and objects in .blend files. Returns ids for
    import_asset, best first, with format, size and what the file holds, and a numbered contact sheet. Nothing is
    opened in a scene.
    Example: find_assets(query="wooden chair")
    """
    async with reporting(ctx, "searching") as progress:
        found = await app(ctx).assets.search(query, limit)
        shown, troubles = await _thumbnails(app(ctx).shelf, found.assets, progress) if pictures else ([], {})
    lines = [f"{len(found.assets)} of the best fits for {query!r}:" if query else f"{len(found.assets)} assets:"]
    if not found.assets:
        lines = [f"Nothing fits {query!r}: try other or fewer words." if query else "There are no assets."]
    numbered = list(enumerate(found.assets, 1))
    lines += [f"{number}. {_asset_line(asset, troubles.get(number, ''))}" for number, asset in numbered]
    lines += [f"Note: {note}." for note in found.notes]
    good = [asset for number, asset in numbered if not asset.trouble and number not in troubles]
    if good:
        lines.append(f"Import one with import_asset(path={good[0].id!r}).")
    if shown:
        lines.append(f"The sheet shows {', '.join(str(number) for number, *_ in shown)}, each alone in one light.")
    sheet = [(f"{number} {asset.name}", picture) for number, asset, picture in shown]
    return replies.with_pictures(
        "\n".join(lines),
        [("", picture_values.sheet(sheet))] if sheet else [],
        budget_bytes=app(ctx).config.max_reply_bytes,
        meta={
            "viga/assets": {
                "assets": [
                    {
                        "id": asset.id,
                        "name": asset.name,
                        "format": asset.format,
                        "size_bytes": asset.size_bytes,
                        "about": asset.about,
                        "trouble": asset.trouble or troubles.get(number, ""),
                        "score": round(asset.score, 3),
                    }
                    for number, asset in numbered
                ],
                "notes": list(found.notes),
            }
        },
    )


async def _thumbnails(
    shelf: Shelf, assets: Sequence[Asset], progress: Progress
) -> tuple[list[tuple[int, Asset, picture_values.Pixels]], dict[int, str]]:
    """Pictures of the first assets that are files, each with its number; new ones only as long as there is time.

    Of those that can't be shown, the reason by their number.
    """
    deadline = time.monotonic() + THUMBNAIL_TIME_S
    shown: list[tuple[int, Asset, picture_values.Pixels]] = []
    troubles: dict[int, str] = {}
    for number, asset in enumerate(assets[:THUMBNAILS], 1):
        if asset.file is None:
            continue
        with contextlib.suppress(FileNotFoundError):  # gone since it was found
            picture = await shelf.kept_picture(asset.file, asset.part)
            if picture is None and time.monotonic() < deadline:
                await progress(number, min(THUMBNAILS, len(assets)), f"picture of {asset.name}")
                picture = await shelf.picture(asset.file, asset.part)
            if isinstance(picture, str):
                troubles[number] = f"no picture: {picture}"
            elif picture is not None:
                shown.append((number, asset, picture))
    return shown, troubles


def _asset_line(asset: Asset, trouble: str) -> str:
    size = f", {_size(asset.size_bytes)}" if asset.size_bytes is not None else ""
    more = "; ".join(text for text in (asset.about, asset.trouble or trouble) if text)
    return f"{asset.id} ({asset.format}{size})" + (f": {more}" if more else "")


def _size(count: int) -> str:
    return f"{count:,} bytes" if count < 10_000 else f"{count / 1e6:,.2f} MB"


async def import_asset(
    ctx: Context[App, Any],
    path: Annotated[
        str,
        Field(
            min_length=1,
            description="File in the workspace (.glb .gltf .obj .fbx .usd .usda .usdc .usdz .stl .ply .abc .svg .bvh "
            ".blend), or an id from find_assets",
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
    fetched = await app(ctx).assets.fetch(path)
    file = fetched.file if fetched else app(ctx).file(path)
    if fetched and fetched.part:
        only, name = only or [fetched.part], name or asset_name(fetched.part)
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


TOOLS = (
    Tool(find_assets, "Find models", reads_only=True, reaches_out=True, is_idempotent=True, is_structured=False),
    Tool(import_asset, "Import a model", reaches_out=True, is_structured=False),
)
