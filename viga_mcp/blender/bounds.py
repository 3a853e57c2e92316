# pyright: basic, reportAttributeAccessIssue=false, reportMissingImports=false
"""World boxes and mesh sizes of evaluated objects: modifiers, geometry nodes and instances included."""

from collections.abc import Collection
from typing import Any, NamedTuple

import numpy as np

MAX_EXACT_VERTICES = 200_000
"""Vertices x instances of one mesh that are transformed one by one; above it the corners of its local box stand in."""

MAX_INSTANCES = 50_000
"""Instances that are looked at one by one (8 us each); of the rest only the number is kept."""

BOXED = {"CURVES", "POINTCLOUD", "VOLUME", "GREASEPENCIL", "GPENCIL"}
"""Types measured by their own box. Curves, texts and metaballs are not among them: they are drawn through the mesh that
they evaluate to, and their own box holds control points."""


class Extents(NamedTuple):
    """What the dependency graph shows of each object, by name.

    `boxes` are world (lo, hi) rows of a (2, 3) array, metres; an object that draws nothing has none.
    `triangles` counts all that is drawn, each instance anew; `unmeasured` the instances that were too many to look at.
    """

    boxes: dict[str, np.ndarray]
    meshes: dict[str, dict[str, int]]
    seen: set[str]
    triangles: int
    unmeasured: int


def measure(depsgraph, name_of, only: Collection[str] | None = None) -> Extents:
    """Go once through all that the dependency graph draws; an instance counts for the object that makes it.

    Args:
        depsgraph: As it is evaluated.
        name_of: What the graph calls an object (`graph.naming`).
        only: Names of the objects that count, None for all.
    """
    owners: dict[str, int] = {}
    groups: dict[int, tuple[np.ndarray, list[int], list[tuple]]] = {}
    sizes: dict[int, dict[str, int]] = {}
    meshes: dict[str, dict[str, int]] = {}
    seen: set[str] = set()
    triangles = instances = 0
    for instance in depsgraph.object_instances:
        is_instance = instance.is_instance
        if is_instance:
            instances += 1
            if instances > MAX_INSTANCES:
                continue
        drawn = instance.object
        name = name_of(drawn)
        owner = name_of(instance.parent) if is_instance else name
        if only is not None and owner not in only:
            continue
        seen.add(owner)
        kind = drawn.type
        if kind != "MESH" and kind not in BOXED:
            continue
        data = drawn.data
        key = data.as_pointer()
        if kind == "MESH":
            size = sizes.get(key)
            if size is None:
                size = sizes[key] = mesh_size(data)
            if name == owner:
                meshes[owner] = size
            if instance.show_self:
                triangles += size["triangles"]
        if not instance.show_self:
            continue
        group = groups.get(key)
        if group is None:
            points = vertices(data) if kind == "MESH" else None
            group = groups[key] = (corners(drawn) if points is None else points, [], [])
        group[1].append(owners.setdefault(owner, len(owners)))
        m = instance.matrix_world
        group[2].append((*m[0], *m[1], *m[2]))
    boxes = world_boxes(owners, list(groups.values()))
    return Extents(boxes, meshes, seen, triangles, max(0, instances - MAX_INSTANCES))


def mesh_size(mesh) -> dict[str, int]:
    """Counts; an n-gon makes n - 2 triangles, so nothing has to be triangulated."""
    faces = len(mesh.polygons)
    return {
        "vertices": len(mesh.vertices),
        "edges": len(mesh.edges),
        "faces": faces,
        "triangles": len(mesh.loops) - 2 * faces,
    }


def vertices(mesh) -> np.ndarray | None:
    """Local coordinates, (n, 3); None where the box must stand in for too many of them."""
    count = len(mesh.vertices)
    if count > MAX_EXACT_VERTICES:
        return None
    points = np.empty(count * 3, np.float32)
    mesh.vertices.foreach_get("co", points)
    return points.reshape(-1, 3)


def corners(obj) -> np.ndarray:
    """The eight corners of an object's local box, (8, 3); (0, 3) where there is none, as of an empty volume."""
    points = np.array([corner[:] for corner in obj.bound_box], np.float32)
    return points if points.any() else points[:0]


def world_boxes(owners: dict[str, int], groups: list[tuple[np.ndarray, list[int], list[tuple]]]) -> dict:
    """(2, 3) lo and hi an owner, over all its instances; owners without a finite point are left out."""
    low = np.full((len(owners), 3), np.inf)
    high = -low
    rows: list[int] = []
    lows: list[np.ndarray] = []
    highs: list[np.ndarray] = []
    for points, indices, matrices in groups:
        if not len(points):
            continue
        if len(points) * len(indices) > MAX_EXACT_VERTICES and len(points) > 8:
            points = box_corners(points.min(0), points.max(0))
        if len(indices) == 1:
            m = np.array(matrices[0], np.float64).reshape(3, 4)
            world = m[:, :3] @ points.T
            rows.append(indices[0])
            lows.append(world.min(1) + m[:, 3])
            highs.append(world.max(1) + m[:, 3])
            continue
        m = np.array(matrices, np.float64).reshape(-1, 3, 4)
        world = m[:, :, :3] @ points.T
        rows.extend(indices)
        lows.extend(world.min(2) + m[:, :, 3])
        highs.extend(world.max(2) + m[:, :, 3])
    if rows:
        np.minimum.at(low, rows, np.array(lows))
        np.maximum.at(high, rows, np.array(highs))
    boxes = np.stack([low, high], 1)
    good: Any = np.isfinite(boxes).all(axis=(1, 2))
    return {name: boxes[i] for name, i in owners.items() if good[i]}


def box_corners(low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """(8, 3) corners of an axis-aligned box."""
    return np.array([[x, y, z] for x in (low[0], high[0]) for y in (low[1], high[1]) for z in (low[2], high[2])])
