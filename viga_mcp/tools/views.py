"""Look at a scene."""

from typing import Annotated, Any, Literal

from mcp.server.mcpserver import Context
from mcp.types import CallToolResult
from pydantic import Field

from viga_mcp import pictures, replies
from viga_mcp.app import App, app, reporting
from viga_mcp.errors import VigaError
from viga_mcp.looks import Look, Quality, Rendered
from viga_mcp.tools.tool import RevisionId, SceneHandle, Tool, ViewSpec
from viga_mcp.views import parse_view

MAX_PICTURES = 12


async def render_views(
    ctx: Context[App, Any],
    scene: SceneHandle = "main",
    revision: RevisionId = None,
    views: Annotated[list[ViewSpec] | None, Field(min_length=1, max_length=8, description="What to look at")] = None,
    quality: Annotated[
        Quality,
        Field(
            description="'preview': Cycles, 2 samples, denoised, about a second; 'draft': 16 samples; "
            "'final': the scene's own engine and samples, may take minutes"
        ),
    ] = "preview",
    size_px: Annotated[int, Field(ge=16, le=4096, description="The longer side, in pixels")] = 512,
    frames: Annotated[list[int] | None, Field(min_length=1, max_length=8, description="Frames of an animation")] = None,
    passes: Annotated[list[Literal["color"]] | None, Field(description="Only 'color' so far")] = None,
    layout: Annotated[
        Literal["separate", "sheet"], Field(description="One picture a view, or all on one labelled sheet")
    ] = "separate",
    hide: Annotated[list[str] | None, Field(description="Objects to leave out of these pictures")] = None,
    only: Annotated[list[str] | None, Field(description="Show these objects alone, with the scene's lights")] = None,
) -> CallToolResult:
    """Render pictures of a revision and see them. Looking never changes the scene.

    Use it after a change; use get_scene_graph for positions and names. A view of your own needs no camera in the
    scene. In a scene without any light, views other than the scene's cameras get a grey sky, and the reply says so.
    The reply names engine, samples, seconds, and the file of each picture (full size, lossless).
    Example: render_views(views=["camera", "orbit:45,30"], quality="draft")
    """
    wanted = [parse_view(view) for view in views or ["camera"]]
    if len(wanted) * len(frames or [0]) > MAX_PICTURES:
        raise VigaError(
            "invalid_argument",
            f"{len(wanted)} views of {len(frames or [])} frames are more than {MAX_PICTURES} pictures.",
            then="Ask for fewer views, or for the frames in several calls.",
        )
    scenes = app(ctx).scenes
    at = await scenes.revision(scene, revision)
    taken: list[tuple[str, Rendered]] = []
    async with reporting(ctx, "rendering") as progress:
        for frame in frames or [None]:
            look = Look(
                wanted,
                app(ctx).pictures(scene),
                quality=quality,
                size_px=size_px,
                frame=frame,
                hide=hide or [],
                only=only or [],
            )
            rendered = await scenes.render(at, look, progress)
            taken.append(("" if frame is None else f" frame {frame}", rendered))
    shown = [(f"{at.id} {p.view}{when}", p.pixels) for when, rendered in taken for p in rendered.pictures]
    if layout == "sheet" and len(shown) > 1:
        shown = [("", pictures.sheet(shown))]
    return replies.with_pictures(
        "\n".join(replies.pictures_text(rendered, when) for when, rendered in taken),
        shown,
        budget_bytes=app(ctx).config.max_reply_bytes,
        meta={
            "viga/render": {
                "scene": scene,
                "revision": at.id,
                "engine": taken[0][1].engine,
                "samples": taken[0][1].samples,
                "seconds": sum(rendered.seconds for _, rendered in taken),
                "pictures": [str(p.path) for _, rendered in taken for p in rendered.pictures],
            }
        },
    )


TOOLS = (Tool(render_views, "Render views", reads_only=True, is_idempotent=True, is_central=True, is_structured=False),)
