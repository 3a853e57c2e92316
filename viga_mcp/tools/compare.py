"""A reference picture, and how far the scene is from it."""

import base64
import binascii
import re
from typing import Annotated, Any

from anyio import to_thread
from mcp.server.mcpserver import Context
from mcp.types import CallToolResult
from pydantic import Field

from viga_mcp import pictures, replies
from viga_mcp.app import App, app, reporting
from viga_mcp.comparison import Comparison, compare
from viga_mcp.errors import VigaError
from viga_mcp.results import TargetSet
from viga_mcp.tools.tool import RevisionId, SceneHandle, Tool, ViewSpec
from viga_mcp.views import parse_view

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
    await app(ctx).scenes.head(scene)
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
) -> CallToolResult:
    """Measure how far a revision is from a reference picture, and see where.

    Renders the target's view and returns photometric loss (mean squared difference, 0 is equal), SSIM (1 is equal),
    FLIP where installed, the mean colour offset and the best shift in pixels, with one picture: render, target,
    difference (black is equal). The loss is kept with the revision. When only numbers are off: fit_parameters.
    """
    at = await app(ctx).scenes.revision(scene, revision)
    reference = await to_thread.run_sync(app(ctx).store.target, scene, target)
    async with reporting(ctx, "comparing") as progress:
        found = await compare(app(ctx).scenes, at, reference, folder=app(ctx).pictures(scene), on_progress=progress)
    return replies.with_pictures(
        _account(found),
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
                "colour_offset": found.colour_offset,
                "shift_px": found.shift_px,
                "picture": str(found.rendered.pictures[0].path),
            }
        },
    )


def _account(found: Comparison) -> str:
    red, green, blue = found.colour_offset
    right, down = found.shift_px
    flip = f"{found.flip:.4f}" if found.flip is not None else f"not computed ({found.flip_missing})"
    return (
        f"{found.rendered.revision} against target {found.target.name!r} at {found.width} x {found.height}"
        f" ({found.rendered.engine}, {found.rendered.samples} samples):\n"
        f"photometric loss {found.photometric_loss:.6f} (RMSE {255 * found.photometric_loss**0.5:.1f} of 255)\n"
        f"SSIM {found.ssim:.4f}\nFLIP {flip}\n"
        f"colour offset, render minus target: red {red:+.1f}, green {green:+.1f}, blue {blue:+.1f} of 255\n"
        f"best shift of the whole picture: {right:+d} px right, {down:+d} px down\n"
        "The picture shows render, target and difference, left to right."
    )


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
