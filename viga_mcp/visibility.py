"""What a view shows of each object, what hides the rest, and how the whole sits in its frame."""

import math
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from viga_mcp.passes import Mask, Silhouettes, ViewPasses
from viga_mcp.projection import CameraPose, to_pixels

Box = tuple[int, int, int, int]
"""x0, y0, x1, y1 in pixels from the top left, ends excluded."""

MIN_OCCLUDED_SHARE = 0.01
MAX_OCCLUDERS = 4


@dataclass(frozen=True)
class Visibility:
    """One object on one picture.

    Attributes:
        visible_px: Pixels of the picture that show it.
        box: Around its whole silhouette, hidden parts included, within the picture; None if it is outside.
        visible_share: Of its silhouette within the picture, 0 to 1; None for what is no surface (lights, volumes).
        hidden_by: Names and shares of its silhouette that they hide, the largest first.
        off_frame: Share of its silhouette outside the picture, counted up to one picture's size away on each side.
        nearest_m: Depth of its nearest visible pixel.
        touches: Edges of the picture that its silhouette reaches: "left", "top", "right", "bottom".
        cut_by: "near" or "far", planes of the camera that cut away what would be seen.
    """

    visible_px: int
    box: Box | None = None
    visible_share: float | None = None
    hidden_by: tuple[tuple[str, float], ...] = ()
    off_frame: float | None = None
    nearest_m: float | None = None
    touches: tuple[str, ...] = ()
    cut_by: tuple[str, ...] = ()


@dataclass(frozen=True)
class Framing:
    """How the subject sits in the picture.

    Attributes:
        subject: Names of what is not backdrop and seen.
        subject_box: Around their visible pixels; None if nothing is seen.
        fill: Share of the picture that shows the subject.
        centre_offset: From the picture's centre to the middle of the subject's pixels, right and down, in halves of
            the picture.
        background: Share of the picture that shows no object.
        horizon_px: Where the horizon crosses the left and the right edge, pixels from the top; may lie outside. None
            where the view has none (orthographic, or straight up or down).
        roll_deg: How far the camera is rolled to its right, clockwise as seen from behind it.
    """

    subject: tuple[str, ...]
    subject_box: Box | None
    fill: float
    centre_offset: tuple[float, float] | None
    background: float
    horizon_px: tuple[float, float] | None
    roll_deg: float | None


def visibility(seen: ViewPasses) -> dict[str, Visibility]:
    """Each object of the scene that draws anything in or near the picture, the nearest first."""
    counts = np.bincount(seen.ids.ravel(), minlength=len(seen.names) + 1)
    nearest = np.full(len(seen.names) + 1, np.inf)
    np.minimum.at(nearest, seen.ids.ravel(), seen.depth_m.ravel())
    found: dict[str, Visibility] = {}
    for index, name in enumerate(seen.names):
        visible, depth = int(counts[index + 1]), float(nearest[index + 1])
        near = depth if visible and math.isfinite(depth) else None
        if seen.silhouettes is not None and seen.silhouettes.boxes[index].any():
            found[name] = _against_silhouette(seen, seen.silhouettes, index, visible, near)
        elif visible or (seen.silhouettes is not None and _cuts(seen.silhouettes, index)):
            cuts = _cuts(seen.silhouettes, index) if seen.silhouettes is not None else ()
            found[name] = Visibility(visible, _box(seen.mask(index + 1)), nearest_m=near, cut_by=cuts)
    return dict(sorted(found.items(), key=lambda item: math.inf if item[1].nearest_m is None else item[1].nearest_m))


def _against_silhouette(
    seen: ViewPasses, silhouettes: Silhouettes, index: int, visible: int, nearest_m: float | None
) -> Visibility:
    height, width = seen.ids.shape
    x0, y0, x1, y1 = silhouettes.boxes[index].tolist()
    whole = silhouettes.mask(index)
    left, top, right, bottom = max(0, x0), max(0, y0), min(width, x1), min(height, y1)
    inside = whole[top - y0 : max(top, bottom) - y0, left - x0 : max(left, right) - x0]
    area, all_area = int(inside.sum()), int(whole.sum())
    cuts = _cuts(silhouettes, index)
    if not area:
        return Visibility(visible, None, None, (), 1.0, nearest_m, (), cuts)
    before = np.bincount(seen.ids[top:bottom, left:right][inside], minlength=len(seen.names) + 1)
    before[[0, index + 1]] = 0
    hiders = [int(id) for id in np.argsort(-before, kind="stable")[:MAX_OCCLUDERS]]
    rows, columns = inside.any(1), inside.any(0)
    box = _shifted(_box(inside), left, top)
    edges = {
        "left": left == 0 and columns[0],
        "top": top == 0 and rows[0],
        "right": right == width and columns[-1],
        "bottom": bottom == height and rows[-1],
    }
    return Visibility(
        visible,
        box,
        min(1.0, visible / area),
        tuple((seen.names[id - 1], before[id] / area) for id in hiders if before[id] >= MIN_OCCLUDED_SHARE * area),
        1 - area / all_area,
        nearest_m,
        tuple(edge for edge, is_touched in edges.items() if is_touched),
        cuts,
    )


def framing(seen: ViewPasses, pose: CameraPose, subject: Collection[str]) -> Framing:
    """How the subject sits in the picture.

    Args:
        subject: Names of what is not backdrop (`cameras.subject`).
    """
    height, width = seen.ids.shape
    ids: list[int] = np.unique(seen.ids).tolist()
    shown = [id for id in ids if id and seen.names[id - 1] in subject]
    mask = np.isin(seen.ids, shown)
    rows, columns = np.nonzero(mask)
    offset = None
    if len(rows):
        offset = (float(columns.mean() + 0.5) / width * 2 - 1, float(rows.mean() + 0.5) / height * 2 - 1)
    return Framing(
        tuple(seen.names[id - 1] for id in shown),
        _box(mask),
        float(mask.mean()),
        offset,
        float((seen.ids == 0).mean()),
        horizon(pose, width, height),
        roll_deg(pose),
    )


def horizon(pose: CameraPose, width_px: int, height_px: int) -> tuple[float, float] | None:
    """Where the horizon crosses the left and right edge of the picture, pixels from the top."""
    if pose.fov_deg is None:
        return None
    across, up, back = (pose.matrix_world[2][column] for column in range(3))  # of the world's z in the camera's frame
    if abs(up) < 0.02 * abs(back) or abs(up) < 1e-6:
        return None
    half = math.tan(math.radians(pose.fov_deg) / 2)
    edges = np.array([(2 * (side / 2 + pose.shift[0]) * half, 0.0, -1.0) for side in (-1, 1)])
    edges[:, 1] = (back - across * edges[:, 0]) / up
    left, right = to_pixels(edges, pose, width_px, height_px)[:, 1].tolist()
    return left, right


def roll_deg(pose: CameraPose) -> float | None:
    """How far the camera is rolled clockwise, as seen from behind it; None where it looks straight up or down."""
    right_z, up_z = pose.matrix_world[2][0], pose.matrix_world[2][1]
    if math.hypot(right_z, up_z) < 1e-3:
        return None
    return math.degrees(math.atan2(-right_z, up_z))


def _cuts(silhouettes: Silhouettes, index: int) -> tuple[str, ...]:
    planes = {"near": silhouettes.cut_near[index], "far": silhouettes.cut_far[index]}
    return tuple(plane for plane, is_cut in planes.items() if is_cut)


def _box(mask: Mask) -> Box | None:
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    return (int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1) if len(rows) else None


def _shifted(box: Box | None, x: int, y: int) -> Box | None:
    return (box[0] + x, box[1] + y, box[2] + x, box[3] + y) if box else None
