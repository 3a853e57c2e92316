"""A revision beside its target: the same view, numbers, which objects to blame, and a picture that shows where."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import numpy as np
from anyio import to_thread
from flip_evaluator import evaluate  # pyright: ignore[reportUnknownVariableType]

from viga_mcp import pictures
from viga_mcp.clip import Clip, Similarity
from viga_mcp.graph_values import unknown_name
from viga_mcp.looks import Look, Rendered
from viga_mcp.metrics import image as metrics
from viga_mcp.metrics.attribution import Attribution, Part, attribute
from viga_mcp.pass_pictures import anchor, outlines
from viga_mcp.passes import ViewPasses
from viga_mcp.revisions import Revision, Target
from viga_mcp.scenes import Scenes
from viga_mcp.views import parse_view
from viga_mcp.worker import Progress

COMPARED_SIDE_PX = 384  # the longer side; the target's noise averages out on the way down
CROP_MARGIN = 0.15
MIN_SLENDER = 0.75  # of an object's sides: what is thinner is shown with more around it
MIN_CLOSE_UP_PX = 256  # its longer side
MAX_ENLARGED, MAX_ENLARGED_TINY = 4.0, 64.0
LABELLED, MIN_LABELLED = 6, 0.03
OUTLINE = (110, 110, 110)


@dataclass(frozen=True)
class Comparison:
    """One view against its target.

    Attributes:
        width, height: Of the pictures that were compared, in pixels.
        photometric_loss: Mean squared difference of [0, 1] pictures; 0 is equal.
        ssim: Structural similarity; 1 is equal.
        flip: NVIDIA's perceptual difference in [0, 1].
        colour_offset: Mean of render minus target, (red, green, blue), of 255.
        shift_px: How far the render should move to lie best on the target, (right, down), at the compared size.
        clip: CLIP similarity, where the user gave weights.
        attribution: The difference split over objects.
        sheet: Render, target and difference side by side, (H, W, 3).
    """

    rendered: Rendered
    target: Target
    width: int
    height: int
    photometric_loss: float
    ssim: float
    flip: float
    colour_offset: tuple[float, float, float]
    shift_px: tuple[int, int]
    clip: Similarity
    attribution: Attribution
    sheet: pictures.Pixels


async def compare(
    scenes: Scenes,
    revision: Revision,
    target: Target,
    *,
    folder: Path,
    clip: Clip,
    crop: str | None = None,
    on_progress: Progress | None = None,
) -> Comparison:
    """Render the target's view of a revision at the target's aspect, and measure.

    Args:
        crop: An object to show closely on the sheet, instead of the whole.

    Raises:
        VigaError: "not_found" for a crop of an object that the view doesn't show; else as `Scenes.render`.
    """
    known = (await scenes.graph(revision))["objects"]
    if crop is not None and crop not in known:  # a misspelt name costs no picture
        raise unknown_name("object", crop, known)
    width, height = compared_size(target.width, target.height)
    look = Look([parse_view(target.view)], folder, quality="draft", resolution=(width, height))
    rendered = await scenes.render(revision, look, on_progress)
    (passes,) = await scenes.passes(revision, look)
    whole = await to_thread.run_sync(pictures.read, scenes.store.blob(target.blob))
    wanted = pictures.resize(whole, width, height)
    seen = rendered.pictures[0].pixels
    numbers = await to_thread.run_sync(measure, seen, wanted)
    attribution = await to_thread.run_sync(attribute, seen, wanted, passes.ids, passes.names)
    likeness = await to_thread.run_sync(clip.similarity, seen, wanted)
    kept = {"photometric_loss": numbers["photometric_loss"], "clip_similarity": likeness.value}
    for name, value in kept.items():
        if value is not None:
            await to_thread.run_sync(scenes.store.set_metric, revision.scene, revision.id, target.name, name, value)
    of = f" of {crop}" if crop else ""
    if crop:
        part, look = _close_up(look, passes, attribution, crop)
        seen = (await scenes.render(revision, look, on_progress)).pictures[0].pixels
        (passes,) = await scenes.passes(revision, look)
        wanted = pictures.resize(_cut(whole, part), seen.shape[1], seen.shape[0])
    sheet = pictures.side_by_side(
        [
            (f"{revision.id} render{of}", seen),
            (("target" if target.name == "target" else f"target {target.name}") + of, wanted),
            ("difference", _difference(seen, wanted, passes, attribution.parts)),
        ]
    )
    return Comparison(rendered, target, width, height, **numbers, clip=likeness, attribution=attribution, sheet=sheet)


def compared_size(width: int, height: int) -> tuple[int, int]:
    scale = min(1.0, COMPARED_SIDE_PX / max(width, height))
    return max(8, round(width * scale)), max(8, round(height * scale))


def measure(seen: pictures.Pixels, wanted: pictures.Pixels) -> dict[str, Any]:
    """The numbers of `Comparison` for two pictures of one size."""
    reference, test = (picture.astype(np.float32) / 255 for picture in (wanted, seen))
    evaluated = cast("tuple[Any, float, Any]", evaluate(reference, test, "LDR"))
    return {
        "photometric_loss": metrics.photometric_loss(seen, wanted),
        "ssim": metrics.structural_similarity(seen, wanted),
        "flip": float(evaluated[1]),
        "colour_offset": metrics.colour_offset(seen, wanted),
        "shift_px": metrics.best_shift(seen, wanted),
    }


def _difference(
    seen: pictures.Pixels, wanted: pictures.Pixels, passes: ViewPasses, parts: tuple[Part, ...]
) -> pictures.Pixels:
    """The heat map with the outlines of the render's objects and the names of those that carry most of it."""
    heat = pictures.difference(seen, wanted)
    lines = outlines(passes.ids)
    heat[lines] = np.maximum(heat[lines], OUTLINE)
    labels: list[pictures.Label] = []
    for part in parts[:LABELLED]:
        mask = passes.mask(passes.names.index(part.name) + 1)
        if part.explained >= MIN_LABELLED and mask.any():
            labels.append(pictures.Label(part.name, *anchor(mask)))
    return pictures.written(heat, labels)


def _close_up(
    look: Look, passes: ViewPasses, attribution: Attribution, name: str
) -> tuple[tuple[float, float, float, float], Look]:
    """The region of an object and of where it should be, and a look at it alone."""
    part = next((part for part in attribution.parts if part.name == name), None)
    if part is None:
        raise unknown_name("visible object", name, [part.name for part in attribution.parts])
    mask = passes.mask(passes.names.index(name) + 1)
    height, width = mask.shape
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    right, down = part.shift_px or (0.0, 0.0)
    x0, x1 = columns[0] + min(0, right), columns[-1] + 1 + max(0, right)
    y0, y1 = rows[0] + min(0, down), rows[-1] + 1 + max(0, down)
    long = max(x1 - x0, y1 - y0)
    across, along = (max(CROP_MARGIN * long, (MIN_SLENDER * long - side) / 2) + 2 for side in (x1 - x0, y1 - y0))
    x0, x1 = max(0.0, (x0 - across) / width), min(1.0, (x1 + across) / width)
    y0, y1 = max(0.0, (y0 - along) / height), min(1.0, (y1 + along) / height)
    enlarged = min(MAX_ENLARGED, 1 / max(x1 - x0, y1 - y0))
    long_px = max((x1 - x0) * width, (y1 - y0) * height)
    enlarged = min(max(enlarged, MIN_CLOSE_UP_PX / long_px), MAX_ENLARGED_TINY)
    region = float(x0), float(y0), float(x1), float(y1)
    return region, replace(look, region=region, resolution=(round(width * enlarged), round(height * enlarged)))


def _cut(picture: pictures.Pixels, region: tuple[float, float, float, float]) -> pictures.Pixels:
    height, width = picture.shape[:2]
    x0, y0, x1, y1 = region
    return picture[round(y0 * height) : max(1, round(y1 * height)), round(x0 * width) : max(1, round(x1 * width))]
