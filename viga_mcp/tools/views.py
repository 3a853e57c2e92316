"""Look at a scene."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from anyio import to_thread
from mcp.server.mcpserver import Context
from mcp.types import CallToolResult
from pydantic import Field

from viga_mcp import pass_pictures, pictures, replies
from viga_mcp.app import App, app, reporting
from viga_mcp.errors import VigaError
from viga_mcp.looks import Look, Quality, Rendered, Shading
from viga_mcp.pass_pictures import DATA_PASSES, DataPass
from viga_mcp.passes import ViewPasses
from viga_mcp.revisions import Revision
from viga_mcp.scenes import Scenes
from viga_mcp.tools.tool import MAX_FRAME, RevisionId, SceneHandle, Tool, ViewSpec
from viga_mcp.views import parse_view
from viga_mcp.worker import Progress

MAX_PICTURES = 12
Pass = Literal["color", "depth", "normal", "object_id", "wire"]


@dataclass(frozen=True)
class _Shot:
    """One picture of a reply.

    Attributes:
        of: The view, and where there are several, the frame.
        kind: The pass.
        data: The file of its values, for passes that are data.
        shows: What they are.
        names: Which object a value means, where values are objects.
    """

    of: str
    kind: Pass
    path: Path
    pixels: pictures.Pixels
    data: Path | None = None
    shows: str = ""
    names: dict[int, str] = field(default_factory=dict[int, str])

    @property
    def name(self) -> str:
        return self.of if self.kind == "color" else f"{self.of} {self.kind}"

    @property
    def text(self) -> str:
        height, width = self.pixels.shape[:2]
        return f"{self.name}, {width} x {height}: {self.path}" + (
            f"\n   {self.shows}\n   values: {self.data}" if self.data else ""
        )


async def render_views(
    ctx: Context[App, Any],
    scene: SceneHandle = "main",
    revision: RevisionId = None,
    views: Annotated[list[ViewSpec] | None, Field(min_length=1, max_length=8, description="What to look at")] = None,
    quality: Annotated[
        Quality,
        Field(
            description="'preview': Cycles, 2 samples, denoised, about a second; 'draft': 16 samples, 4 to 6 times "
            "that; 'final': the scene's own engine and samples, may take minutes"
        ),
    ] = "preview",
    size_px: Annotated[int, Field(ge=16, le=4096, description="The longer side, in pixels")] = 512,
    frames: Annotated[
        list[Annotated[int, Field(ge=-MAX_FRAME, le=MAX_FRAME)]] | None,
        Field(min_length=1, max_length=8, description="Frames of an animation"),
    ] = None,
    passes: Annotated[
        list[Pass] | None,
        Field(
            min_length=1,
            description="Beside or instead of 'color': 'object_id' (which object, exact), 'depth' (metres along the "
            "view), 'normal' (world space), each also as numbers in a .npy file, together half a preview's time; "
            "'wire' (edges on grey), a preview's time",
        ),
    ] = None,
    layout: Annotated[
        Literal["separate", "sheet"],
        Field(description="One picture each, or all on one labelled sheet; with frames, a strip a view"),
    ] = "separate",
    hide: Annotated[
        list[str] | None, Field(description="Objects to leave out of these pictures; * and ? stand for any characters")
    ] = None,
    only: Annotated[list[str] | None, Field(description="Show these objects alone, with the scene's lights")] = None,
) -> CallToolResult:
    """Render pictures of a revision and see them. Looking never changes the scene.

    Use it after a change; use get_scene_graph for positions and names. A view of your own needs no camera in the
    scene. In a scene without any light, views other than the scene's cameras get a grey sky, and the reply says so.
    The reply names engine, samples, seconds, and the file of each picture (full size, lossless).
    Example: render_views(views=["camera", "orbit:45,30"], quality="draft")
    """
    wanted = [parse_view(view) for view in views or ["camera"]]
    kinds: list[Pass] = list(dict.fromkeys(passes or ["color"]))
    count = sum(4 if view.kind == "corners" else 1 for view in wanted) * len(frames or [0]) * len(kinds)
    if count > MAX_PICTURES:
        raise VigaError(
            "invalid_argument",
            f"{len(wanted)} views, {len(frames or [0])} frames and {len(kinds)} passes make {count} pictures; "
            f"{MAX_PICTURES} go into a reply.",
            then="Ask for fewer, or in several calls.",
        )
    scenes = app(ctx).scenes
    at = await scenes.revision(scene, revision)
    look = Look(wanted, app(ctx).pictures(scene), quality=quality, size_px=size_px, hide=hide or [], only=only or [])
    rows: list[list[_Shot]] = []
    renders: list[Rendered] = []
    async with reporting(ctx, "rendering") as progress:
        for frame in frames or [None]:
            rows.append(await _take(scenes, at, replace(look, frame=frame), kinds, renders, progress))
    if layout == "sheet":  # a frame's picture beside the next frame's: a strip shows one view through time
        ordered = [shot for column in zip(*rows, strict=True) for shot in column]
    else:
        ordered = [shot for row in rows for shot in row]
    shown = [(f"{at.id} {shot.name}", shot.pixels) for shot in ordered]
    if layout == "sheet" and len(shown) > 1:
        shown = [("", pictures.sheet(shown, len(frames) if frames else None))]
    lines = [f"Pictures of {at.id}: {replies.rendering_text(renders)}." if renders else f"Pictures of {at.id}:"]
    lines += [f"{number}. {shot.text}" for number, shot in enumerate(ordered, 1)]
    lines += dict.fromkeys(f"Note: {note}" for rendered in renders for note in rendered.notes)
    return replies.with_pictures(
        "\n".join(lines),
        shown,
        budget_bytes=app(ctx).config.max_reply_bytes,
        meta={
            "viga/render": {
                "scene": scene,
                "revision": at.id,
                "engine": renders[0].engine if renders else None,
                "samples": renders[0].samples if renders else None,
                "seconds": sum(rendered.seconds for rendered in renders),
                "pictures": [str(shot.path) for shot in ordered],
                "data": {str(shot.path): str(shot.data) for shot in ordered if shot.data},
                "object_ids": {str(shot.path): shot.names for shot in ordered if shot.kind == "object_id"},
            }
        },
    )


async def _take(
    scenes: Scenes,
    at: Revision,
    look: Look,
    kinds: Sequence[Pass],
    renders: list[Rendered],
    progress: Progress | None,
) -> list[_Shot]:
    """All passes of all views at one frame, a view's passes together; adds to `renders`."""
    when = "" if look.frame is None else f" frame {look.frame}"
    shots: dict[tuple[str, Pass], _Shot] = {}
    shadings: dict[Pass, Shading] = {"color": look.quality, "wire": "wire"}
    for kind in kinds:
        if kind in shadings:
            renders.append(await scenes.render(at, replace(look, quality=shadings[kind]), progress))
            for picture in renders[-1].pictures:
                shots[picture.view, kind] = _Shot(picture.view + when, kind, picture.path, picture.pixels)
    data: list[DataPass] = [kind for kind in DATA_PASSES if kind in kinds]
    for seen in await scenes.passes(at, look) if data else ():
        for kind in data:
            shots[seen.view, kind] = await to_thread.run_sync(_data_shot, seen, kind, look, at.id, when)
    return [shots[view, kind] for view in dict.fromkeys(view for view, _ in shots) for kind in kinds]


def _data_shot(seen: ViewPasses, kind: DataPass, look: Look, revision: str, when: str) -> _Shot:
    """A pass of a view, written to two files: to be seen and to compute with."""
    height, width = seen.ids.shape
    made = pass_pictures.picture(seen, kind)
    image, values = (look.path(f"{revision}-{kind}", width, height, seen.view, end) for end in (".png", ".npy"))
    image.parent.mkdir(parents=True, exist_ok=True)
    image.write_bytes(pictures.stored_png(made.pixels))
    np.save(values, made.data)
    return _Shot(seen.view + when, kind, image, made.pixels, values, made.text, made.names)


TOOLS = (Tool(render_views, "Render views", reads_only=True, is_idempotent=True, is_central=True, is_structured=False),)
