# pyright: basic, reportAttributeAccessIssue=false, reportMissingImports=false
"""What the scene is made of for geometry: world triangles of evaluated objects, modifiers and instances included."""

from collections.abc import Collection
from typing import NamedTuple

import numpy as np

from viga_mcp.blender.bounds import MAX_INSTANCES

MAX_TRIANGLES = 4_000_000
"""Of all objects together, 144 MB; what comes later is left out and named."""


class Triangles(NamedTuple):
    """World triangles by the name of the object that they count for.

    Attributes:
        by_name: (n, 3, 3) float32, metres, wound counter-clockwise seen from outside as Blender shades them; objects
            without a face have no entry.
        mesh_of: A number for the mesh of each object that is one mesh, alike for objects that share it.
        left_out: Triangles that were too many to look at, by name.
        materials: Names of materials, "" for none. material_of: Which of them each triangle has, (n,) int32, by the
            object's name; both empty if not asked for.
    """

    by_name: dict[str, np.ndarray]
    mesh_of: dict[str, int]
    left_out: dict[str, int]
    materials: list[str]
    material_of: dict[str, np.ndarray]


def world_triangles(
    depsgraph,
    name_of,
    *,
    only: Collection[str] | None = None,
    limit: int = MAX_TRIANGLES,
    with_materials: bool = False,
) -> Triangles:
    """Triangles of all that a render shows; an instance counts for the object that makes it.

    Args:
        depsgraph: Evaluated for the viewport; see `stage.show_as_rendered` for what that leaves out.
        name_of: What the graph calls an object (`graph.naming`).
        only: Names of the objects wanted, None for all.
        limit: Triangles at most, of all objects together; an object comes whole or not at all.
        with_materials: Whether to tell the material of each.
    """
    local: dict[int, np.ndarray] = {}
    pieces: dict[str, list[np.ndarray]] = {}
    numbers: dict[str, int] = {}
    material_of: dict[str, list[np.ndarray]] = {}
    mesh_of: dict[str, int] = {}
    left_out: dict[str, int] = {}
    total = instances = 0
    for instance in depsgraph.object_instances:
        is_instance = instance.is_instance
        drawn = instance.object
        if drawn.type != "MESH" or not instance.show_self:
            continue
        owner = instance.parent if is_instance else drawn
        name = name_of(owner)
        if owner.original.hide_render or (only is not None and name not in only):
            continue
        if is_instance and owner.instance_type == "COLLECTION" and drawn.original.hide_render:
            continue
        instances += is_instance
        key = drawn.data.as_pointer()
        count = len(drawn.data.loops) - 2 * len(drawn.data.polygons)
        if name in left_out or total + count > limit or instances > MAX_INSTANCES:
            left_out[name] = left_out.get(name, 0) + count + sum(map(len, pieces.pop(name, ())))
            material_of.pop(name, None)
            continue
        if key not in local:
            local[key] = local_triangles(drawn.data)
        if not len(local[key]):
            continue
        total += count
        matrix = np.array(instance.matrix_world, np.float64)
        pieces.setdefault(name, []).append(placed(local[key], matrix))
        if with_materials:
            material_of.setdefault(name, []).append(_materials(drawn, numbers))
        mesh_of[name] = key
    single = {name: key for name, key in mesh_of.items() if len(pieces.get(name, ())) == 1}
    return Triangles(_joined(pieces), single, left_out, list(numbers), _joined(material_of))


def _joined(pieces: dict[str, list[np.ndarray]]) -> dict[str, np.ndarray]:
    return {name: arrays[0] if len(arrays) == 1 else np.concatenate(arrays) for name, arrays in pieces.items()}


def local_triangles(mesh) -> np.ndarray:
    """(n, 3, 3) float32 of a mesh, in its own frame; a triangle whose corners do not exist is dropped."""
    mesh.calc_loop_triangles()
    corners, exists = _corners(mesh)
    points = np.empty(len(mesh.vertices) * 3, np.float32)
    mesh.vertices.foreach_get("co", points)
    return points.reshape(-1, 3)[corners if exists.all() else corners[exists]]


def _corners(mesh) -> tuple[np.ndarray, np.ndarray]:
    """Vertices of each triangle, (n, 3), and whether all of its corners exist, (n,)."""
    corners = np.empty(len(mesh.loop_triangles) * 3, np.int32)
    mesh.loop_triangles.foreach_get("vertices", corners)
    corners = corners.reshape(-1, 3)
    return corners, ((corners >= 0) & (corners < len(mesh.vertices))).all(1)


def _materials(drawn, numbers: dict[str, int]) -> np.ndarray:
    """The number of the material of each of an object's `local_triangles`, (n,); new names get new numbers."""
    mesh = drawn.data
    slots = np.empty(len(mesh.loop_triangles), np.int32)
    mesh.loop_triangles.foreach_get("material_index", slots)
    names = [slot.material.name if slot.material else "" for slot in drawn.material_slots] or [""]
    own = np.array([numbers.setdefault(name, len(numbers)) for name in names], np.int32)
    return own[np.clip(slots[_corners(mesh)[1]], 0, len(own) - 1)]


def placed(triangles: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Triangles moved by a (4, 4) matrix; a mirroring one leaves outside outside, as renderers do."""
    with np.errstate(all="ignore"):  # what is not finite is the callers' to find
        world = (triangles.reshape(-1, 3) @ matrix[:3, :3].T + matrix[:3, 3]).astype(np.float32).reshape(-1, 3, 3)
        return world[:, ::-1] if np.linalg.det(matrix[:3, :3]) < 0 else world
