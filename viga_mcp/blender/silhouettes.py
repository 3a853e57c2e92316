# pyright: basic, reportAttributeAccessIssue=false, reportMissingImports=false
"""Which pixels an object would cover if nothing stood before it.

A pixel belongs to a triangle that its centre lies in, as in a render of one sample through the middle of each pixel.
"""

from typing import NamedTuple

import bpy
import numpy as np

from viga_mcp.blender.triangles import world_triangles

MARGIN = 1.0
"""How far beyond the picture, in pictures on each side, an object's share outside of it is counted."""


class Silhouette(NamedTuple):
    """The pixels of one object.

    Attributes:
        box: x0, y0, x1, y1 in pixels of the picture, end excluded; may reach beyond it.
        mask: (y1 - y0, x1 - x0) bool.
    """

    box: tuple[int, int, int, int]
    mask: np.ndarray


def write_silhouettes(file: str, names: list[str], name_of, camera) -> None:
    """What each object covers on the picture that is set up, and whether the camera's planes cut it, as `.npz`.

    Args:
        file: Gets `boxes`, (n, 4) int32 as in `Silhouette`, empty where nothing is drawn; `bits` and `starts`, the
            packed rows of all masks and where each begins; `cut_near`, `cut_far`, (n,) bool.
        names: The objects, in order.
    """
    depsgraph = bpy.context.evaluated_depsgraph_get()
    render = bpy.context.scene.render
    width, height = render.resolution_x, render.resolution_y
    clip_from_world = clip_matrix(camera, depsgraph)
    triangles = world_triangles(depsgraph, name_of).by_name
    boxes = np.zeros((len(names), 4), np.int32)
    bits: list[np.ndarray] = []
    cut = np.zeros((2, len(names)), bool)
    for i, name in enumerate(names):
        found = None
        if name in triangles:
            clip = to_clip(triangles.pop(name), clip_from_world)
            near, cut[0, i] = cut_at(clip, clip[..., 3] + clip[..., 2])
            seen, cut[1, i] = cut_at(near, near[..., 3] - near[..., 2])
            found = rasterize(to_pixels(seen, width, height), width, height)
        if found:
            boxes[i] = found.box
        bits.append(np.packbits(found.mask) if found else np.zeros(0, np.uint8))
    starts = np.cumsum([0, *map(len, bits)])
    np.savez(
        file,
        boxes=boxes,
        bits=np.concatenate([*bits, []]).astype(np.uint8),
        starts=starts,
        cut_near=cut[0],
        cut_far=cut[1],
    )


def clip_matrix(camera, depsgraph) -> np.ndarray:
    """World to clip space, (4, 4), of the picture that is set up."""
    render = bpy.context.scene.render
    projection = camera.calc_matrix_camera(
        depsgraph, x=render.resolution_x, y=render.resolution_y,
        scale_x=render.pixel_aspect_x, scale_y=render.pixel_aspect_y,
    )  # fmt: skip
    return np.array(projection) @ np.array(camera.matrix_world.normalized().inverted())


def to_clip(triangles: np.ndarray, clip_from_world: np.ndarray) -> np.ndarray:
    """Corners (n, 3, 3) in clip space, (n, 3, 4) float64."""
    corners = triangles.reshape(-1, 3).astype(np.float64)
    return (corners @ clip_from_world[:, :3].T + clip_from_world[:, 3]).reshape(-1, 3, 4)


def to_pixels(clip: np.ndarray, width: int, height: int) -> np.ndarray:
    """Clip space to pixels from the top left, (n, 3, 2)."""
    screen = clip[..., :2] / clip[..., 3:]
    return np.stack([(screen[..., 0] + 1) * (width / 2), (1 - screen[..., 1]) * (height / 2)], -1)


def cut_at(clip: np.ndarray, distance: np.ndarray) -> tuple[np.ndarray, bool]:
    """The parts of triangles on one side of a plane, and whether the plane cuts anything off within the picture.

    Args:
        clip: (n, 3, 4).
        distance: (n, 3), of each corner from the plane; negative is cut off.
    """
    is_in = distance >= 0
    count = is_in.sum(1)
    if (count == 3).all():
        return clip, False
    parts, edges = [clip[count == 3]], []
    for inside in (1, 2):
        corners, far = clip[count == inside], distance[count == inside]
        # turn each so that the corner which is alone on its side of the plane comes first
        order = (np.argmax((far >= 0) == (inside == 1), axis=1)[:, None] + np.arange(3)) % 3
        corners, far = np.take_along_axis(corners, order[..., None], 1), np.take_along_axis(far, order, 1)
        shares = far[:, :1] / (far[:, :1] - far[:, 1:])
        on_plane = corners[:, :1] + shares[..., None] * (corners[:, 1:] - corners[:, :1])
        edges.append(on_plane)
        if inside == 1:
            parts.append(np.concatenate([corners[:, :1], on_plane], 1))
        else:
            parts.append(np.stack([on_plane[:, 0], corners[:, 1], corners[:, 2]], 1))
            parts.append(np.stack([on_plane[:, 0], corners[:, 2], on_plane[:, 1]], 1))
    is_cut = any(_is_in_picture(lost) for lost in (*edges, clip[count == 0]))
    return np.concatenate(parts), is_cut


def _is_in_picture(shapes: np.ndarray) -> bool:
    """Whether the box around any of the shapes, (n, corners, 4) in clip space, lies on the picture."""
    before = shapes[(shapes[..., 3] > 0).all(1)]
    flat = before[..., :2] / before[..., 3:]
    return bool(((flat.min(1, initial=np.inf) < 1) & (flat.max(1, initial=-np.inf) > -1)).all(1).any())


def rasterize(triangles: np.ndarray, width: int, height: int) -> Silhouette | None:
    """The pixels whose centres lie in any of the triangles; None if there are none within the margin.

    Args:
        triangles: (n, 3, 2) in pixels of a picture of `width` x `height`.

    Each row of pixels that a triangle crosses gives one span; a span adds one where it begins and takes it away where
    it ends, so that a running sum tells how many triangles cover a pixel, however many there are.
    """
    if not len(triangles):
        return None
    low, high = triangles.min((0, 1)), triangles.max((0, 1))
    size = np.array([width, height])
    start = np.maximum(np.ceil(low - 0.5), -MARGIN * size).astype(int)
    stop = np.minimum(np.ceil(high - 0.5), (1 + MARGIN) * size).astype(int)
    columns, rows = stop - start
    if columns <= 0 or rows <= 0:
        return None
    triangles = np.take_along_axis(triangles, triangles[..., 1].argsort(1, kind="stable")[..., None], 1)
    xs, ys = triangles[..., 0] - 0.5 - start[0], triangles[..., 1] - 0.5 - start[1]  # centres at whole numbers
    first = np.clip(np.ceil(ys[:, 0]), 0, rows).astype(int)
    last = np.clip(np.ceil(ys[:, 2]), 0, rows).astype(int)
    count = last - first
    which = np.repeat(np.arange(len(count)), count)
    row = np.arange(len(which)) - np.repeat(count.cumsum() - count, count) + first[which]
    x, y = xs[which], ys[which]
    along = x[:, 0] + (row - y[:, 0]) / (y[:, 2] - y[:, 0]) * (x[:, 2] - x[:, 0])
    upper = row < y[:, 1]
    a, b = np.where(upper, 0, 1), np.where(upper, 1, 2)
    lines = np.arange(len(which))
    xa, ya, xb, yb = x[lines, a], y[lines, a], x[lines, b], y[lines, b]
    bent = xa + (row - ya) / (yb - ya) * (xb - xa)
    begin = np.clip(np.ceil(np.minimum(along, bent)), 0, columns).astype(int)
    end = np.clip(np.ceil(np.maximum(along, bent)), 0, columns).astype(int)
    cells, stride = rows * (columns + 1), columns + 1
    change = np.bincount(row * stride + begin, minlength=cells) - np.bincount(row * stride + end, minlength=cells)
    mask = change.reshape(rows, stride)[:, :columns].cumsum(1) > 0
    if not mask.any():
        return None
    return Silhouette((int(start[0]), int(start[1]), int(stop[0]), int(stop[1])), mask)
