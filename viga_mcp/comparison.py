"""A revision beside its target: the same view, numbers, and a picture that shows where they differ."""

import importlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from anyio import to_thread

from viga_mcp import pictures
from viga_mcp.looks import Look, Rendered
from viga_mcp.metrics import image as metrics
from viga_mcp.revisions import Revision, Target
from viga_mcp.scenes import Scenes
from viga_mcp.views import parse_view
from viga_mcp.worker import Progress

COMPARED_SIDE_PX = 384  # the longer side; the target's noise averages out on the way down


@dataclass(frozen=True)
class Comparison:
    """Numbers of one view against its target.

    Args:
        photometric_loss: Mean squared difference of [0, 1] pictures; 0 is equal.
        ssim: Structural similarity; 1 is equal.
        flip: NVIDIA's perceptual difference in [0, 1], or None with `flip_missing` saying why.
        colour_offset: Mean of render minus target, (red, green, blue), of 255.
        shift_px: How far the render should move to lie best on the target, (right, down), at the compared size.
        sheet: Render, target and difference side by side, (H, W, 3).
    """

    rendered: Rendered
    target: Target
    width: int
    height: int
    photometric_loss: float
    ssim: float
    flip: float | None
    flip_missing: str
    colour_offset: tuple[float, float, float]
    shift_px: tuple[int, int]
    sheet: pictures.Pixels


async def compare(
    scenes: Scenes, revision: Revision, target: Target, *, folder: Path, on_progress: Progress | None = None
) -> Comparison:
    """Render the target's view of a revision at the target's aspect, and measure."""
    width, height = compared_size(target.width, target.height)
    look = Look([parse_view(target.view)], folder, quality="draft", resolution=(width, height))
    rendered = await scenes.render(revision, look, on_progress)
    wanted = await to_thread.run_sync(pictures.read, scenes.store.blob(target.blob))
    wanted = pictures.resize(wanted, width, height)
    seen = rendered.pictures[0].pixels
    numbers = await to_thread.run_sync(measure, seen, wanted)
    await to_thread.run_sync(
        scenes.store.set_metric,
        revision.scene,
        revision.id,
        target.name,
        "photometric_loss",
        numbers["photometric_loss"],
    )
    sheet = pictures.side_by_side(
        [
            (f"{revision.id} render", seen),
            ("target" if target.name == "target" else f"target {target.name}", wanted),
            ("difference", pictures.difference(seen, wanted)),
        ]
    )
    return Comparison(rendered, target, width, height, **numbers, sheet=sheet)


def compared_size(width: int, height: int) -> tuple[int, int]:
    scale = min(1.0, COMPARED_SIDE_PX / max(width, height))
    return max(8, round(width * scale)), max(8, round(height * scale))


def measure(seen: pictures.Pixels, wanted: pictures.Pixels) -> dict[str, Any]:
    """The numbers of `Comparison` for two pictures of one size."""
    flip, missing = _flip(seen, wanted)
    return {
        "photometric_loss": metrics.photometric_loss(seen, wanted),
        "ssim": metrics.structural_similarity(seen, wanted),
        "flip": flip,
        "flip_missing": missing,
        "colour_offset": metrics.colour_offset(seen, wanted),
        "shift_px": metrics.best_shift(seen, wanted),
    }


def _flip(seen: pictures.Pixels, wanted: pictures.Pixels) -> tuple[float | None, str]:
    try:
        evaluator: Any = importlib.import_module("flip_evaluator")
    except ImportError:
        return None, "not installed: pip install 'viga-mcp[metrics]'"
    reference, test = (picture.astype(np.float32) / 255 for picture in (wanted, seen))
    return float(evaluator.evaluate(reference, test, "LDR")[1]), ""
