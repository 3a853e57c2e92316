# pyright: basic, reportAttributeAccessIssue=false, reportMissingImports=false
"""The triangles that a scene shows, in world space: modifiers, geometry nodes and instances included."""

from collections.abc import Iterator

import numpy as np


def world_triangles(depsgraph, name_of) -> Iterator[tuple[str, np.ndarray]]:
    """Pieces of what the dependency graph draws as meshes.

    Yields:
        Owner and corners, (n, 3, 3) float32, metres; an instance's owner is the object that makes it, so an owner may
        come several times.
    """
    local: dict[int, np.ndarray] = {}
    for instance in depsgraph.object_instances:
        drawn = instance.object
        if drawn.type != "MESH" or not instance.show_self:
            continue
        key = drawn.data.as_pointer()
        if key not in local:
            local[key] = mesh_triangles(drawn.data)
        if len(local[key]):
            matrix = np.array(instance.matrix_world, np.float32)
            owner = name_of(instance.parent if instance.is_instance else drawn)
            yield owner, local[key] @ matrix[:3, :3].T + matrix[:3, 3]


def mesh_triangles(mesh) -> np.ndarray:
    """Corners of a mesh's triangles in its own space, (n, 3, 3) float32."""
    count = len(mesh.loop_triangles)  # made when they are asked for
    index = np.empty(count * 3, np.int32)
    mesh.loop_triangles.foreach_get("vertices", index)
    points = np.empty(len(mesh.vertices) * 3, np.float32)
    mesh.vertices.foreach_get("co", points)
    return points.reshape(-1, 3)[index].reshape(-1, 3, 3)
