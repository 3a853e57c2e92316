# pyright: basic, reportAttributeAccessIssue=false, reportMissingImports=false
"""What each pixel of a view shows, without a render: object, material, facing and place (a G-buffer, as in games).

A fraction of a picture's time. Exact but for what only a renderer knows: holes of cut-out materials are filled, hair
and volumes are not there; and but for subdivision, which is left out where a mesh is fine enough for a small picture.
Surfaces are flat from corner to corner.
"""

import bpy
import numpy as np

from viga_mcp.blender import stage
from viga_mcp.blender.graph import naming
from viga_mcp.blender.silhouettes import clip_matrix, to_clip
from viga_mcp.blender.triangles import world_triangles

_FINE = 100  # faces: a cage with more is close to its subdivision, which takes longer than all the rest
_MAX_TRIANGLES = 600_000  # above it a small render is not slower
_MOST_AT_ONCE = 2_000_000  # pixels of triangles, about 300 MB


def write_gbuffer(path: str, width: int, height: int) -> bool:
    """Write what the active camera shows as `.npz`; False, and nothing written, where that would be slow.

    Args:
        path: Gets `names`, the objects, id 1 first; `materials`, names; and for each pixel, row 0 on top: `ids`
            (height, width) uint16, 0 where nothing is; `material` int16, index into `materials`, -1 where nothing is;
            `normal` (height, width, 3) float16, world, unit length, towards the camera, and where nothing is, against
            the view; `position` float32, world, metres, 0 where nothing is.
    """
    stage.set_size(width, height)
    for thing in bpy.context.scene.objects:
        for modifier in thing.modifiers:
            if modifier.type == "SUBSURF" and thing.type == "MESH" and len(thing.data.polygons) > _FINE:
                modifier.show_render = False
    stage.show_as_rendered()
    camera = bpy.context.scene.camera
    objects = list(bpy.context.scene.objects)
    name_of = naming(objects)
    names = [name_of(thing) for thing in objects]
    depsgraph = bpy.context.evaluated_depsgraph_get()
    found = world_triangles(depsgraph, name_of, limit=_MAX_TRIANGLES, with_materials=True)
    if found.left_out or camera.data.type == "PANO" or len(names) > np.iinfo(np.uint16).max:
        return False
    numbers = {name: number for number, name in enumerate(names, 1)}
    shown = [name for name in found.by_name if name in numbers]
    soup = np.concatenate([np.zeros((0, 3, 3), np.float32), *(found.by_name[name] for name in shown)])
    owner = np.repeat([numbers[name] for name in shown], [len(found.by_name[name]) for name in shown])
    material = np.concatenate([np.zeros(0, np.int32), *(found.material_of[name] for name in shown)])
    clip_from_world = clip_matrix(camera, depsgraph)
    nearest = nearest_triangles(to_clip(soup, clip_from_world), width, height)
    is_hit = nearest >= 0
    ids, kind = np.zeros((height, width), np.uint16), np.full((height, width), -1, np.int16)
    ids[is_hit], kind[is_hit] = owner[nearest[is_hit]], material[nearest[is_hit]]
    start, along = rays(clip_from_world, width, height)
    normal, position = -along, np.zeros((height, width, 3))
    corners = soup[nearest[is_hit]].astype(np.float64)
    facing = _unit(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]))
    slope = (facing * along[is_hit]).sum(1, keepdims=True)
    far = (facing * (corners[:, 0] - start[is_hit])).sum(1, keepdims=True) / np.where(slope == 0, 1e-12, slope)
    position[is_hit] = start[is_hit] + far * along[is_hit]
    normal[is_hit] = np.where(slope > 0, -facing, facing)
    np.savez(
        path,
        names=np.array(names),
        materials=np.array(found.materials, str),
        ids=ids,
        material=kind,
        normal=normal.astype(np.float16),
        position=position.astype(np.float32),
    )
    return True


def nearest_triangles(clip: np.ndarray, width: int, height: int) -> np.ndarray:
    """The first triangle behind the centre of each pixel, (height, width) int64; -1 where there is none.

    Args:
        clip: Corners in clip space, (n, 3, 4), of either winding; parts behind the camera do no harm.

    In homogeneous coordinates a pixel is inside where the three edge functions agree in sign, wherever the corners
    are, so nothing has to be cut (Olano and Greer, "Triangle scan conversion using 2D homogeneous coordinates", 1997).
    """
    depth, nearest = np.full(width * height, np.inf), np.full(width * height, -1)
    wide = clip[..., 3:]
    outside = ((clip[..., :3] > wide).all(1) | (clip[..., :3] < -wide).all(1)).any(1)
    which = np.flatnonzero(~outside)
    x, y, w = clip[which, :, 0], clip[which, :, 1], clip[which, :, 3]
    corners = np.stack([(w + x) * (width / 2), (w - y) * (height / 2), w], -1)  # pixels, times w
    low, high = _boxes(corners, width, height)
    spans = np.maximum(high - low, 0)
    some = np.flatnonzero(spans.prod(1))
    which, corners, low, spans = which[some], corners[some], low[some], spans[some]
    edges = np.cross(corners[:, [1, 2, 0]], corners[:, [2, 0, 1]])  # (n, edge function, x y 1)
    size = (corners[:, 0] * edges[:, 0]).sum(1)
    size[np.abs(size) <= 1e-12 * np.abs(corners).max((1, 2), initial=1e-12) ** 3] = np.nan  # seen from the side
    edges /= size[:, None, None]
    pixels = spans.prod(1)
    batches = np.cumsum(pixels) // _MOST_AT_ONCE
    for batch in np.unique(batches):
        some = np.flatnonzero(batches == batch)
        one = np.repeat(some, pixels[some])
        place = np.arange(len(one)) - np.repeat(np.cumsum(pixels[some]) - pixels[some], pixels[some])
        x, y = low[one, 0] + place % spans[one, 0], low[one, 1] + place // spans[one, 0]
        centre = np.stack([x + 0.5, y + 0.5, np.ones(len(one))], -1)
        shares = np.einsum("fec,fc->fe", edges[one], centre)
        inside = (shares >= 0).all(1)
        one, at, shares = one[inside], (y * width + x)[inside], shares[inside]
        far = (shares * clip[which[one], :, 2]).sum(1)  # z over w, -1 on the near plane, 1 on the far one
        order = np.flatnonzero((far >= -1) & (far <= 1) & (far < depth[at]))
        order = order[np.argsort(-far[order], kind="stable")]  # the nearest is written last
        depth[at[order]], nearest[at[order]] = far[order], which[one[order]]
    return nearest.reshape(height, width)


def _boxes(corners: np.ndarray, width: int, height: int) -> tuple[np.ndarray, np.ndarray]:
    """First and end column and row of the pixels that a triangle may cover, (n, 2) each."""
    size = np.array([width, height])
    is_before = (corners[..., 2] > 1e-6).all(1)[:, None]  # else it may cover all
    with np.errstate(all="ignore"):
        flat = corners[..., :2] / corners[..., 2:]
        low = np.where(is_before, np.ceil(flat.min(1) - 0.5), 0)
        high = np.where(is_before, np.ceil(flat.max(1) - 0.5), size)
    return np.clip(low, 0, size).astype(int), np.clip(high, 0, size).astype(int)


def rays(clip_from_world: np.ndarray, width: int, height: int) -> tuple[np.ndarray, np.ndarray]:
    """Where the view through each pixel's centre begins, and its direction, (height, width, 3) each, world."""
    x, y = np.meshgrid((np.arange(width) + 0.5) / width * 2 - 1, 1 - (np.arange(height) + 0.5) / height * 2)
    world_from_clip = np.linalg.inv(clip_from_world).T
    near, far = (np.stack([x, y, np.full_like(x, z), np.ones_like(x)], -1) @ world_from_clip for z in (-1, 1))
    near, far = near[..., :3] / near[..., 3:], far[..., :3] / far[..., 3:]
    return near, _unit(far - near)


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-20)
