"""A reference picture, and how far the scene is from it."""

import base64
import binascii
import re
from dataclasses import asdict
from typing import Annotated, Any

from anyio import to_thread
from mcp.server.mcpserver import Context
from mcp.types import CallToolResult
from pydantic import Field

from viga_mcp import pictures, replies
from viga_mcp.app import App, app, reporting
from viga_mcp.clip import NONE_GIVEN, Similarity
from viga_mcp.comparison import Comparison, compare
from viga_mcp.errors import VigaError
from viga_mcp.metrics.attribution import Part
from viga_mcp.results import TargetSet
from viga_mcp.tools.tool import RevisionId, SceneHandle, Tool, ViewSpec
from viga_mcp.views import parse_view

MIN_TOLD = 0.01  # share of the difference
MOST_TOLD = 8
TargetName = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$", description="Name of the reference picture")
]


async def set_target(
    ctx: Context[App, Any],
    image: Annotated[
        str, Field(min_length=1, description="A picture file in the workspace, a data: URL, or a viga:// picture")
    ],
    scene: SceneHandle = "main",
    view: ViewSpec = "camera",
    name: TargetName = "target",
) -> Annotated[CallToolResult, TargetSet]:
    """Keep a reference picture that the scene should look like, and the view that it shows.

    Needed once before compare_with_target and fit_parameters. Setting the same name again replaces the picture.
    Example: set_target(image="photo.jpg", view="camera")
    """
    parsed = parse_view(view)
    if parsed.kind == "corners":
        raise VigaError(
            "invalid_argument", f"{view!r} is several views.", then="A target shows one: 'camera', 'front'..."
        )
    pixels, source = await to_thread.run_sync(_read_image, app(ctx), image)
    await app(ctx).scenes.started(scene)
    store = app(ctx).store
    blob = await to_thread.run_sync(store.put, pictures.png(pixels), ".png")
    height, width = pixels.shape[:2]
    target = await to_thread.run_sync(
        lambda: store.set_target(scene, name, blob=blob, view=view, width=width, height=height, source=source)
    )
    facts = TargetSet(scene=scene, target=name, view=target.view, width=width, height=height, source=source)
    return replies.with_facts(f"Target {name!r} of scene {scene}: {width} x {height}, seen from {view!r}.", facts)


async def compare_with_target(
    ctx: Context[App, Any],
    scene: SceneHandle = "main",
    revision: RevisionId = None,
    target: TargetName = "target",
    crop: Annotated[
        str | None,
        Field(description="Name of an object to show closely, with where it should be, instead of the whole"),
    ] = None,
) -> CallToolResult:
    """Measure how far a revision is from a reference picture, see where, and learn which objects are to blame.

    Renders the target's view and returns photometric loss (mean squared difference, 0 is equal), SSIM (1 is equal) and
    FLIP; the objects that carry the difference, ranked, each with the shift in pixels, the size ratio and the colour
    offset that would bring it onto the target, as far as they can be told; and one picture: render, target, difference
    (black is equal) with outlines and names. The loss is kept with the revision. When only numbers are off:
    fit_parameters. Example: compare_with_target(crop="Mug")
    """
    at = await app(ctx).scenes.revision(scene, revision)
    reference = await to_thread.run_sync(app(ctx).store.target, scene, target)
    async with reporting(ctx, "comparing") as progress:
        found = await compare(
            app(ctx).scenes,
            at,
            reference,
            folder=app(ctx).pictures(scene),
            clip=app(ctx).clip,
            crop=crop,
            on_progress=progress,
        )
    return replies.with_pictures(
        _account(found, crop),
        [("", found.sheet)],
        budget_bytes=app(ctx).config.max_reply_bytes,
        meta={
            "viga/comparison": {
                "scene": scene,
                "revision": at.id,
                "target": target,
                "photometric_loss": found.photometric_loss,
                "ssim": found.ssim,
                "flip": found.flip,
                "clip": found.clip.value,
                "clip_model": found.clip.model,
                "clip_reason": found.clip.reason,
                "colour_offset": found.colour_offset,
                "shift_px": found.shift_px,
                "objects": [asdict(part) for part in found.attribution.parts],
                "background": found.attribution.background,
                "picture": str(found.rendered.pictures[0].path),
            }
        },
    )


def _account(found: Comparison, crop: str | None) -> str:
    right, down = found.shift_px
    parts = [part for part in found.attribution.parts if part.explained >= MIN_TOLD or part.share >= MIN_TOLD]
    lines = [
        f"{found.rendered.revision} against target {found.target.name!r} at {found.width} x {found.height}"
        f" ({found.rendered.engine}, {found.rendered.samples} samples):",
        f"photometric loss {found.photometric_loss:.6f} (RMSE {255 * found.photometric_loss**0.5:.1f} of 255)",
        f"SSIM {found.ssim:.4f}",
        f"FLIP {found.flip:.4f}",
        *_clip_lines(found.clip),
        f"colour offset, render minus target: {_colour_text(found.colour_offset)} of 255",
        f"best shift of the whole picture: {right:+d} px right, {down:+d} px down",
        "Objects that carry the difference:" if parts else "No object carries a notable part of the difference.",
        *(f"{number}. {_part_text(part)}" for number, part in enumerate(parts[:MOST_TOLD], 1)),
    ]
    if len(parts) > MOST_TOLD:
        lines.append(f"and {len(parts) - MOST_TOLD} more")
    if found.attribution.background >= MIN_TOLD:
        lines.append(f"background: {found.attribution.background:.0%} of the difference")
    what = f"{crop} and where it should be: " if crop else ""
    return "\n".join([*lines, f"The picture shows {what}render, target and difference, left to right."])


def _clip_lines(clip: Similarity) -> list[str]:
    if clip.value is not None:
        return [f"CLIP similarity {clip.value:.4f} ({clip.model})"]
    # who gave no weights expects none: a line in every reply would tell the model nothing that it could act on
    return [] if clip.reason == NONE_GIVEN else [f"CLIP similarity: none: {clip.reason}"]


def _part_text(part: Part) -> str:
    parts = [f"{part.name}: {part.share:.0%} of the difference"]
    if part.is_missing:
        parts.append("the target shows what is around it instead")
    elif part.shift_px is None:
        parts.append("where the target shows it can't be told")
    elif max(map(abs, part.shift_px)) >= 0.5:
        parts.append(f"should be {part.shift_px[0]:+.1f} px right, {part.shift_px[1]:+.1f} px down")
    else:
        parts.append("is in its place")
    if part.size_ratio is not None and abs(part.size_ratio - 1) >= 0.02:
        parts.append(f"{part.size_ratio:.2f} times as large in the target")
    if max(map(abs, part.colour_offset)) >= 1:
        parts.append(f"render minus target {_colour_text(part.colour_offset)}")
    return "; ".join(parts)


def _colour_text(offset: tuple[float, float, float]) -> str:
    red, green, blue = offset
    return f"red {red:+.1f}, green {green:+.1f}, blue {blue:+.1f}"


def _read_image(app: App, image: str) -> tuple[pictures.Pixels, str]:
    if image.startswith("data:"):
        found = re.fullmatch(r"data:image/[\w.+-]+;base64,(.*)", image, re.DOTALL)
        try:
            data = base64.b64decode(found[1], validate=True) if found else b""
        except binascii.Error:
            data = b""
        if not data:
            raise VigaError(
                "invalid_argument", "The data: URL is not base64 of a picture.", then="Use data:image/png;base64,..."
            )
        return pictures.read(data, "the data: URL"), "data: URL"
    if image.startswith("viga://"):
        path = image.removeprefix("viga://")
        return pictures.read(app.file(path), image), path
    return pictures.read(app.file(image), image), image


TOOLS = (
    Tool(set_target, "Set the reference picture", is_idempotent=True),
    Tool(
        compare_with_target,
        "Compare with the reference picture",
        is_idempotent=True,
        is_central=True,
        is_structured=False,
    ),
)
