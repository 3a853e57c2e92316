# pyright: basic, reportAttributeAccessIssue=false, reportMissingImports=false
"""The scene graph: the current scene as plain data, read without changing anything.

Left out where they would be empty or default: an object's `materials`, `modifiers`, `constraints`, `mesh`,
`shape_keys`, `light`, `camera`, `curve` (texts and metaballs too), `animation`, `physics`, `custom`, `instances`;
of the whole, `node_groups`.
Lengths in Blender units (metres unless `unit_scale` says otherwise), angles in degrees, numbers to six significant
digits, null for what is not finite. Boxes and mesh sizes are those that the viewport evaluates; an object hidden there
gets the box of its own data. An object linked from a library goes by `name [file.blend]` where names clash.
"""

from operator import attrgetter
from typing import Any

import bpy
import numpy as np

from viga_mcp.blender import parts
from viga_mcp.blender.bounds import BOXED, Extents, corners, measure, mesh_size
from viga_mcp.blender.nodes import read_material, read_tree, read_world
from viga_mcp.blender.properties import rounded, rounded_list, rounded_rows


def read_graph(args: dict | None = None) -> dict[str, Any]:
    """The current scene as JSON-able data, in the form that the host's diffs, views and fitting read.

    Args:
        args: None or empty; there for the worker's calling convention.
    """
    del args
    scene = bpy.context.scene
    depsgraph = bpy.context.evaluated_depsgraph_get()
    objects = list(scene.objects)
    name_of = naming(objects)
    extents = measure(depsgraph, name_of)
    entries = read_objects(scene, objects, depsgraph, extents, name_of)
    groups = {tree.name: {"type": tree.bl_idname, **read_tree(tree)} for tree in bpy.data.node_groups}
    kinds = [entry["type"] for entry in entries.values()]
    return {
        "blender": ".".join(str(part) for part in bpy.app.version),
        "scene": read_scene(scene, name_of),
        "world": read_world(scene.world),
        "objects": entries,
        "materials": {material.name: read_material(material) for material in bpy.data.materials},
        **({"node_groups": groups} if groups else {}),
        "collections": read_collections(scene, name_of),
        "counts": {
            "objects": len(entries),
            "meshes": kinds.count("MESH"),
            "materials": len(bpy.data.materials),
            "lights": kinds.count("LIGHT"),
            "cameras": kinds.count("CAMERA"),
            "triangles": extents.triangles,
            **({"unmeasured_instances": extents.unmeasured} if extents.unmeasured else {}),
        },
    }


def read_cameras() -> dict[str, Any]:
    """The part of the graph that looks through the scene's own cameras need; read in a millisecond.

    Returns:
        `{"scene", "objects": {camera: {"type", "matrix_world", "camera"}}}`, each as in `read_graph`.
    """
    scene = bpy.context.scene
    bpy.context.evaluated_depsgraph_get()
    objects, aspect = list(scene.objects), picture_aspect(scene.render)
    name_of = naming(objects)
    entries = {
        name_of(camera): {
            "type": camera.type,
            "matrix_world": rounded_rows(np.array(camera.matrix_world).ravel()),
            "camera": parts.read_camera(camera.data, aspect),
        }
        for camera in objects
        if camera.type == "CAMERA"
    }
    return {"scene": read_scene(scene, name_of), "objects": entries}


def naming(objects: list) -> attrgetter:
    """What the graph calls an object: its name, or with its library's where names clash."""
    names = {obj.name for obj in objects}
    return attrgetter("name" if len(names) == len(objects) else "name_full")


def read_scene(scene, name_of=attrgetter("name")) -> dict[str, Any]:
    """Engine, frames, picture, camera and colour management."""
    render, view = scene.render, scene.view_settings
    samples = None
    if render.engine == "CYCLES" and hasattr(scene, "cycles"):
        samples = scene.cycles.samples
    elif "EEVEE" in render.engine:
        samples = scene.eevee.taa_render_samples
    header = {
        "name": scene.name,
        "engine": render.engine,
        "frame": scene.frame_current,
        "frame_range": [scene.frame_start, scene.frame_end],
        "fps": rounded(render.fps / render.fps_base),
        "resolution": list(picture_size(render)),
        "camera": name_of(scene.camera) if scene.camera else None,
        "view_transform": view.view_transform,
        "look": view.look,
        "exposure": rounded(view.exposure),
        "gamma": rounded(view.gamma),
        "samples": samples,
        "unit_scale": rounded(scene.unit_settings.scale_length),
        "gravity": rounded_list(scene.gravity) if scene.use_gravity else [0.0, 0.0, 0.0],
    }
    if render.film_transparent:
        header["film_transparent"] = True
    if render.pixel_aspect_x != render.pixel_aspect_y:
        header["pixel_aspect"] = rounded(render.pixel_aspect_x / render.pixel_aspect_y)
    return header


def picture_size(render) -> tuple[int, int]:
    """Pixels of the final picture, the percentage applied."""
    share = render.resolution_percentage
    return max(1, render.resolution_x * share // 100), max(1, render.resolution_y * share // 100)


def picture_aspect(render) -> float:
    """Width over height of the final picture as it is shown."""
    width, height = picture_size(render)
    return width * render.pixel_aspect_x / (height * render.pixel_aspect_y)


def read_objects(scene, objects: list, depsgraph, extents: Extents, name_of) -> dict[str, dict[str, Any]]:
    """An entry an object, in the scene's order."""
    aspect = picture_aspect(scene.render)
    memberships = collections_of_objects(scene, name_of)
    rendered = rendered_names(bpy.context.view_layer.layer_collection, name_of)
    locations = rounded_rows(column(scene.objects, "location", 3))
    rotations = rounded_rows(np.degrees(column(scene.objects, "rotation_euler", 3)))
    scales = rounded_rows(column(scene.objects, "scale", 3))
    dimensions = rounded_rows(column(scene.objects, "dimensions", 3))
    # RNA hands matrices out column by column.
    worlds = column(scene.objects, "matrix_world", 16).reshape(-1, 4, 4).transpose(0, 2, 1).copy()
    boxes = np.full((len(objects), 2, 3), np.nan)
    for i, obj in enumerate(objects):
        name = name_of(obj)
        if name not in extents.seen:
            worlds[i] = hidden_matrix(obj, depsgraph)
            if obj.type == "MESH" or obj.type in BOXED:
                points = corners(obj) @ worlds[i][:3, :3].T + worlds[i][:3, 3]
                if len(points):
                    boxes[i] = points.min(0), points.max(0)
        elif name in extents.boxes:
            boxes[i] = extents.boxes[name]
    has_box: Any = np.isfinite(boxes).all(axis=(1, 2))
    matrices, bounds = rounded_rows(worlds.reshape(-1, 16)), rounded_rows(boxes)
    entries: dict[str, dict[str, Any]] = {}
    for i, obj in enumerate(objects):
        name = name_of(obj)
        parent, mode = obj.parent, obj.rotation_mode
        mesh = extents.meshes.get(name)
        if mesh is None and obj.type == "MESH" and name not in extents.seen:
            mesh = mesh_size(obj.data)
        entries[name] = {
            "type": obj.type,
            "parent": name_of(parent) if parent is not None else None,
            "collections": memberships.get(name, []),
            "location": locations[i],
            "rotation_deg": rotations[i] if mode == "XYZ" else local_rotation_deg(obj, mode),
            "rotation_mode": mode,
            "scale": scales[i],
            "matrix_world": matrices[i],
            "bounds": bounds[i] if has_box[i] else None,
            "dimensions": dimensions[i],
            "hide_render": obj.hide_render,
            "hide_viewport": obj.hide_viewport,
            "visible": name in rendered and not obj.hide_render,
            **read_parts(obj, mesh, aspect),
        }
    return entries


def read_parts(obj, mesh: dict[str, int] | None, aspect: float) -> dict[str, Any]:
    """The keys of an object's entry that depend on what it is and carries."""
    data = obj.data
    entry: dict[str, Any] = {"data": data.name if data is not None else None}
    optional = {
        "mesh": mesh,
        "materials": [slot.material.name if slot.material else None for slot in obj.material_slots],
        "modifiers": [parts.read_modifier(modifier) for modifier in obj.modifiers],
        "constraints": [parts.read_constraint(constraint) for constraint in obj.constraints],
        "animation": parts.read_animation(obj),
        "physics": parts.read_physics(obj),
        "custom": parts.read_custom(obj),
    }
    entry |= {key: value for key, value in optional.items() if value}
    if obj.type == "LIGHT":
        entry["light"] = parts.read_light(data)
    elif obj.type == "CAMERA":
        entry["camera"] = parts.read_camera(data, aspect)
    elif obj.type in ("CURVE", "FONT", "SURFACE", "META"):
        entry["curve"] = parts.read_curve(data)
    if data is not None and getattr(data, "shape_keys", None) is not None:
        entry["shape_keys"] = parts.read_shape_keys(data.shape_keys)
    if obj.instance_collection is not None:
        entry["instances"] = obj.instance_collection.name
    return entry


def column(collection, name: str, size: int) -> np.ndarray:
    """One property of all members, (n, size)."""
    values = np.empty(len(collection) * size, np.float32)
    collection.foreach_get(name, values)
    return values.reshape(-1, size)


def local_rotation_deg(obj, mode: str) -> list:
    """Euler XYZ degrees of the rotation that counts in this mode."""
    if mode == "QUATERNION":
        euler = obj.rotation_quaternion.to_euler("XYZ")
    elif mode == "AXIS_ANGLE":
        euler = obj.matrix_basis.to_euler("XYZ")
    else:
        euler = obj.rotation_euler.to_matrix().to_euler("XYZ")
    return rounded_rows(np.degrees(euler))


def hidden_matrix(obj, depsgraph) -> np.ndarray:
    """World matrix of an object that may not have been evaluated since it moved (constraints then do not count)."""
    if obj.evaluated_get(depsgraph).is_evaluated or (obj.parent is not None and obj.parent_type != "OBJECT"):
        return np.array(obj.matrix_world)
    local = np.array(obj.matrix_basis)
    if obj.parent is None:
        return local
    return hidden_matrix(obj.parent, depsgraph) @ np.array(obj.matrix_parent_inverse) @ local


def rendered_names(layer, name_of) -> set[str]:
    """Objects of the collections that a render shows."""
    if layer.exclude or layer.collection.hide_render:
        return set()
    names = {name_of(obj) for obj in layer.collection.objects}
    return names.union(*(rendered_names(child, name_of) for child in layer.children))


def collections_of_objects(scene, name_of) -> dict[str, list[str]]:
    """Names of the collections that hold each object (Blender's own `users_collection` searches all, each time)."""
    holders: dict[str, list[str]] = {}
    for collection in (scene.collection, *scene.collection.children_recursive):
        for obj in collection.objects:
            holders.setdefault(name_of(obj), []).append(collection.name)
    return holders


def read_collections(scene, name_of) -> dict[str, dict[str, Any]]:
    """The scene's tree of collections, the root first."""
    excluded = _excluded(bpy.context.view_layer.layer_collection)
    return {
        collection.name: {
            "objects": [name_of(obj) for obj in collection.objects],
            "children": [child.name for child in collection.children],
            "hide_render": collection.hide_render,
            **({"excluded": True} if collection.name in excluded else {}),
        }
        for collection in (scene.collection, *scene.collection.children_recursive)
    }


def _excluded(layer) -> set[str]:
    names = {layer.collection.name} if layer.exclude else set()
    return names.union(*(_excluded(child) for child in layer.children))
