# pyright: basic, reportAttributeAccessIssue=false, reportMissingImports=false
"""Write the scene to a file, and measure and portray what came of it.

These operations change the state freely: the server runs them in one that is thrown away.
"""

import math
from collections import Counter
from typing import Any

import bpy
import numpy as np
from mathutils import Matrix

from viga_mcp.blender import render
from viga_mcp.blender.bounds import BOXED, measure
from viga_mcp.blender.formats import read_scene_file, write_scene_file
from viga_mcp.blender.graph import naming, rendered_names
from viga_mcp.blender.properties import rounded_list
from viga_mcp.blender.stage import set_grey_world
from viga_mcp.wire import Message

DRAWN = {"MESH", *BOXED}  # a text or curve is drawn as the mesh that it evaluates to


def export(request: Message) -> Message:
    """Write what a render shows, or the objects of some names and all below them.

    Args:
        request: `path` in an empty folder, `format`, `names` of objects or None.

    Returns:
        `{"unknown": name, "names": [...]}`, `{"empty": why}`, `{"refused": why}`, or the `inventory` of what was
        written.
    """
    names = request.get("names")
    known = {obj.name: obj for obj in bpy.context.scene.objects}
    if unknown := [name for name in names or [] if name not in known]:
        return {"unknown": unknown[0], "names": list(known)}
    if names:
        chosen = {o for name in names for o in (known[name], *known[name].children_recursive)} & set(known.values())
    else:
        shown = rendered_names(bpy.context.view_layer.layer_collection, lambda obj: obj.name)
        chosen = {obj for obj in known.values() if not obj.hide_render and obj.name in shown}
    if request["format"] != "blend" or names:  # a .blend is the whole state, hidden things included
        if not names:
            chosen |= {_stand_in(obj) for obj in _carriers(chosen) & set(known.values())}
        _show(chosen)
        found = inventory(chosen)  # of the scene as it was, so that what gets lost from here on is told
        _leave_only(chosen)
    else:
        found = inventory()
    if not found["objects"]:
        return {"empty": "no object of the scene is rendered" if known else "the scene has no objects"}
    why = write_scene_file(request["path"], request["format"], is_animated=found["animated"] > 0)
    return {"refused": why} if why else {"inventory": found}


def read_file(request: Message) -> Message:
    """Read a file of one `format` at `path` into the empty state; its `inventory`, or `{"refused": why}`."""
    why = read_scene_file(request["path"], request["format"])
    return {"refused": why} if why else {"inventory": inventory()}


def portray(request: Message) -> Message:
    """As `render.render`, under a grey sky and a sun of our own: not every format keeps the scene's lights."""
    scene = bpy.context.scene
    for obj in scene.objects:
        if obj.type == "LIGHT":
            obj.hide_render = True
    set_grey_world(0.25)
    lamp = bpy.data.lights.new("viga.sun", "SUN")
    lamp.energy = 3.0
    sun = bpy.data.objects.new("viga.sun", lamp)
    scene.collection.objects.link(sun)
    # from above the left shoulder of whoever looks
    turned = Matrix.Rotation(math.radians(-35), 4, "Y") @ Matrix.Rotation(math.radians(-30), 4, "X")
    matrix = request["views"][0]["matrix"]
    sun.matrix_world = Matrix([matrix[row : row + 4] for row in range(0, 16, 4)]) @ turned
    scene.view_settings.view_transform, scene.view_settings.look = "Standard", "None"
    scene.view_settings.exposure, scene.view_settings.gamma = 0.0, 1.0
    scene.render.film_transparent = scene.render.use_compositing = scene.render.use_sequencer = False
    return render.render({**request, "headlight": False})


def _carriers(chosen: set) -> set:
    """What moves these objects though it is not among them: what they hang on, and the armatures that bend them."""
    found: set = set()
    wanted = list(chosen)
    while wanted:
        obj = wanted.pop()
        for carrier in (obj.parent, *(m.object for m in obj.modifiers if m.type == "ARMATURE")):
            if carrier is not None and carrier not in chosen and carrier not in found:
                found.add(carrier)
                wanted.append(carrier)
    return found


def _stand_in(obj) -> bpy.types.Object:
    """What moves the children of a hidden mesh in its place and draws nothing: others may look at its shape."""
    if obj.type != "MESH":
        obj.instance_type = "NONE"
        return obj
    twin = obj.copy()
    twin.instance_type = "NONE"
    twin.modifiers.clear()
    twin.data = bpy.data.meshes.new(obj.data.name)
    name, obj.name = obj.name, "viga.hidden"
    twin.name = name
    for child in obj.children:
        inverse = child.matrix_parent_inverse.copy()
        child.parent = twin
        child.matrix_parent_inverse = inverse
    return twin


def _show(chosen: set) -> None:
    """Show these objects where they are; those whose parent is not among them lose it."""
    root = bpy.context.scene.collection
    placed = set(root.objects)
    for obj in chosen:
        if obj.parent is not None and obj.parent not in chosen:
            matrix = obj.matrix_world.copy()
            obj.parent = None
            obj.matrix_world = matrix
        if obj not in placed:
            root.objects.link(obj)
        obj.hide_viewport = obj.hide_render = False
        obj.hide_set(False)
    bpy.context.view_layer.update()


def _leave_only(chosen: set) -> None:
    """Leave nothing but these in the scene; the collections stay as they are, for they may be instanced."""
    root = bpy.context.scene.collection
    for collection in root.children.values():
        root.children.unlink(collection)
    for obj in root.objects.values():
        if obj not in chosen:
            root.objects.unlink(obj)
    bpy.context.view_layer.update()


def inventory(of: set | None = None) -> dict[str, Any]:
    """What the scene holds and draws, in numbers that survive a file format where the format is faithful.

    Args:
        of: The objects that count, None for all of the scene.

    Returns:
        `objects` by type; `names`, the type of each; `surfaces`, things drawn, each instance anew; `triangles`;
        `bounds`, low and high, world, metres, of what a render shows, or of all if it shows nothing (None if nothing
        is drawn); `materials` by name, those of what is drawn; `animated`, how many objects move or deform.
    """
    depsgraph = bpy.context.evaluated_depsgraph_get()
    everything = list(bpy.context.scene.objects)
    objects = everything if of is None else [obj for obj in everything if obj in of]
    name_of = naming(everything)
    extents = measure(depsgraph, name_of, None if of is None else {name_of(obj) for obj in objects})
    hidden = {name_of(obj) for obj in objects if obj.hide_render}
    boxes = np.array([box for name, box in extents.boxes.items() if name not in hidden or hidden >= {*extents.boxes}])
    surfaces, materials = 0, set()
    for instance in depsgraph.object_instances:
        owner = (instance.parent if instance.is_instance else instance.object).original
        if instance.show_self and _is_drawn(instance.object) and (of is None or owner in of):
            surfaces += 1
            materials.update(slot.material.name for slot in instance.object.material_slots if slot.material)
    return {
        "objects": dict(Counter(obj.type for obj in objects)),
        "names": {obj.name: obj.type for obj in objects},
        "surfaces": surfaces,
        "triangles": extents.triangles,
        "bounds": [rounded_list(boxes[:, 0].min(0)), rounded_list(boxes[:, 1].max(0))] if len(boxes) else None,
        "materials": sorted(materials),
        "animated": sum(map(_is_animated, objects)),
    }


def _is_drawn(obj) -> bool:
    return obj.type in DRAWN and not (obj.type == "MESH" and not obj.data.vertices)


def _is_animated(obj) -> bool:
    def moves(block) -> bool:
        data = getattr(block, "animation_data", None)
        return data is not None and bool(data.action or data.drivers or data.nla_tracks)

    caches = {item.type for item in (*obj.constraints, *obj.modifiers)} & {"TRANSFORM_CACHE", "MESH_SEQUENCE_CACHE"}
    return bool(caches or obj.rigid_body) or any(
        moves(block) for block in (obj, obj.data, getattr(obj.data, "shape_keys", None))
    )
