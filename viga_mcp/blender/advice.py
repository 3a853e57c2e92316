# pyright: basic, reportAttributeAccessIssue=false, reportMissingImports=false
# ruff: noqa: E501 - tables: one row a name
"""What to do about errors that are no wrong name: a None, a failed poll, a wrong shape or type, a missing argument."""

import ast
import re
from collections.abc import Iterator
from typing import Any

import bpy
from bpy.types import bpy_prop_collection

from viga_mcp.blender.place import Place, Unknown
from viga_mcp.blender.suggest import describe_keys

# What brings a property about that is None until then.
_NONE_UNTIL = {
    "active_object": "no object is active: `bpy.context.view_layer.objects.active = obj`, or take it by name from bpy.data.objects",
    "object": "no object is active: `bpy.context.view_layer.objects.active = obj`, or take it by name from bpy.data.objects",
    "active": "nothing is active: assign it first, or take the item by name",
    "edit_object": "no object is in Edit mode",
    "camera": "the scene has no camera: `scene.camera = camera_object`",
    "world": "the scene has no world: `scene.world = bpy.data.worlds.new('World')`",
    "node_tree": "it has no nodes yet: `use_nodes = True` first",
    "node_group": "the modifier has no node group: `bpy.data.node_groups.new(name, 'GeometryNodeTree')`",
    "compositing_node_group": "assign `bpy.data.node_groups.new('Compositor', 'CompositorNodeTree')` to it first",
    "active_material": "the object has no material: `obj.data.materials.append(material)`",
    "material": "the slot is empty: assign a material to it",
    "animation_data": "nothing is animated yet: `animation_data_create()`, or keyframe_insert(...)",
    "action": "nothing is animated yet: keyframe_insert(...) makes the action",
    "shape_keys": "the mesh has no shape keys: `obj.shape_key_add(name='Basis')`",
    "rigid_body": "the object has no rigid body: `bpy.ops.rigidbody.object_add()` with it active",
    "rigidbody_world": "the scene has no rigid bodies: `bpy.ops.rigidbody.world_add()`",
    "sequence_editor": "the scene has no sequencer: `scene.sequence_editor_create()`",
    "data": "it is an empty: empties have no data",
    "parent": "the object has no parent",
    "space_data": "there is no window here: use bpy.data and bpy.context.scene",
    "area": "there is no window here: use bpy.data and bpy.context.scene",
    "region": "there is no window here: use bpy.data and bpy.context.scene",
    "screen": "there is no window here: use bpy.data and bpy.context.scene",
    "active_vertex_group": "the object has no vertex group: `obj.vertex_groups.new(name=...)`",
}

# What an operator of a module needs, and what does the same without it.
_POLL = {
    "mesh": "an active mesh object in Edit mode (`bpy.ops.object.mode_set(mode='EDIT')`); without modes: bmesh (`bm.from_mesh(mesh)` ... `bm.to_mesh(mesh)`)",
    "curve": "an active curve in Edit mode; without modes: `curve.splines.new('BEZIER')`",
    "armature": "an active armature in Edit mode, for `armature.edit_bones`",
    "pose": "an active armature in Pose mode; without modes: `obj.pose.bones[name]`",
    "sculpt": "an active mesh in Sculpt mode",
    "paint": "an active mesh in a paint mode",
    "uv": "an active mesh in Edit mode with its faces selected; without modes: `mesh.uv_layers.new()` and its `uv` values",
    "object": "an active, selected object in Object mode: `bpy.context.view_layer.objects.active = obj; obj.select_set(True)`; without selection: the same through bpy.data and the object's own properties",
    "transform": "a selection; without it: set location, rotation_euler and scale of the object",
    "material": "an active object with that slot; without it: `obj.data.materials`, `obj.material_slots`",
    "rigidbody": "an active object; for `object_add` a mesh",
    "constraint": "an active object; without it: `obj.constraints.new(type)`",
    "view3d": "a 3D viewport, and there is no window here: place the camera by its location and rotation, or use the view tools",
    "screen": "a window, and there is none here",
    "node": "a node editor, and there is no window here: `tree.nodes.new(type)`, `tree.links.new(output, input)`",
    "anim": "an animation editor, and there is no window here: `obj.keyframe_insert('location', frame=1)`",
    "graph": "a graph editor, and there is no window here: set `keyframe_points[i].interpolation`",
    "action": "an action editor, and there is no window here: use obj.animation_data.action",
    "image": "an image editor, and there is no window here: `bpy.data.images.load(path)`",
    "outliner": "an outliner, and there is no window here: use bpy.data.collections",
    "collection": "an active collection or object; without it: `bpy.data.collections.new(name)`, `scene.collection.children.link(...)`",
    "render": "a camera, and a renderer that works without a window",
    "sequencer": "a sequencer: `scene.sequence_editor_create()`, then its `strips`",
    "particle": "an active object with a particle system",
    "cloth": "an active mesh object",
    "fluid": "an active mesh object with a fluid modifier",
    "gpencil": "an active Grease Pencil object in the right mode",
    "grease_pencil": "an active Grease Pencil object in the right mode",
}  # fmt: skip

_DATA_OF_OBJECT = {
    "Mesh",
    "Camera",
    "Light",
    "PointLight",
    "SunLight",
    "SpotLight",
    "AreaLight",
    "Curve",
    "Armature",
    "TextCurve",
}


def advise(error: BaseException, message: str, place: Place) -> Iterator[str]:
    """Hints for errors of state, shape and type, best first."""
    if "'NoneType' object" in message:
        yield from _none(place)
    elif ".poll()" in message:
        yield from _poll(message)
    elif re.search(
        r"item\.attr = val:\s*$|sequence expected at dimension|should contain \d+ items|sequence of float, not", message
    ):
        yield from _shape(place)
    elif match := re.search(r"(\w+)\.(\w+) expected an? (\w+) type, not (\w+)", message):
        yield from _wrong_type(match[2], match[3], match[4])
    elif match := re.search(r"(\w+)\.(\w+)\(\)(?:: |.*)required parameter|(\w+)\.(\w+)\(\): was called with", message):
        yield from _parameters(match[1] or match[3], match[2] or match[4])
    elif match := re.search(r'attribute "(\w+)" from "(\w+)" is read-only', message):
        yield f"{match[2]}.{match[1]} can only be read." + _INSTEAD.get(match[1], "")
    elif "already in collection" in message:
        yield "Objects made by bpy.ops are in the active collection already: leave out the link, or unlink them there first."
    elif "Not a compositor node tree" in message or "Cannot add node of type" in message:
        yield from _foreign_node(message)
    elif "internal error setting the array" in message:
        yield "The numbers have the wrong shape: vertices are (x, y, z), edges (i, j), faces sequences of vertex numbers."
    elif "unavailable on" in message and "vector" in message:
        yield "2D vectors have x, y; 3D vectors x, y, z; 4D vectors x, y, z, w."
    elif isinstance(error, RecursionError):
        yield "A function calls itself without end: check what stops it."
    elif isinstance(error, ReferenceError):
        yield "Keep names instead of references across deletes and file loads: bpy.data.objects[name]."


_INSTEAD = {
    "type": " It is chosen when the thing is made: make a new one of the right type.",
    "matrix_parent_inverse": " Set `obj.matrix_parent_inverse` on the child.",
    "dimensions": " Set `scale`.",
    "users": " Unlink it from its users, or remove it with bpy.data.<collection>.remove(...).",
}


def _none(place: Place) -> Iterator[str]:
    node = place.node
    owner: ast.AST | None = node.value if isinstance(node, (ast.Attribute, ast.Subscript)) else None
    if owner is None and isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        owner = node.func.value
    if owner is None:
        owner = next((n.value for n in ast.walk(place.statement or ast.Pass()) if isinstance(n, ast.Attribute)
                      and _is_none(place, n.value)), None)  # fmt: skip
    if owner is None:
        return
    text = place.text(owner)
    origin = _origin(owner, place) if isinstance(owner, ast.Name) else owner
    why = _why_none(origin, place)
    if origin is not owner and origin is not None:
        text = f"{text} (= {place.text(origin)}, line {origin.lineno})"
    yield f"{text} is None" + (f": {why}." if why else ": check what gave it before it is used.")


def _is_none(place: Place, node: ast.AST) -> bool:
    try:
        return place.evaluate(node) is None
    except Unknown:
        return False


def _origin(name: ast.Name, place: Place) -> Any:
    """The last expression above that a variable was set to."""
    found: Any = name
    for node in ast.walk(place.tree or ast.Pass()):
        if isinstance(node, ast.Assign) and node.lineno <= name.lineno and any(
            isinstance(target, ast.Name) and target.id == name.id for target in node.targets
        ):  # fmt: skip
            if found is name or node.lineno >= found.lineno:
                found = node.value
    return found


def _why_none(node: ast.AST | None, place: Place) -> str:
    match node:
        case ast.Call(func=ast.Attribute(value=owner, attr="get"), args=[key, *_]):
            try:
                collection, name = place.evaluate(owner), place.evaluate(key)
            except Unknown:
                return "`.get()` found nothing of that name"
            if isinstance(collection, (dict, bpy_prop_collection)):
                return describe_keys(collection, place.text(owner), str(name)).rstrip(".")
        case ast.Attribute(attr=name) if name in _NONE_UNTIL:
            return _NONE_UNTIL[name]
        case ast.Call(func=ast.Name(id=name)):
            return f"{name}() returned nothing"
        case ast.Call(func=ast.Attribute(attr=name)):
            return f".{name}() returned nothing"
    return ""


def _poll(message: str) -> Iterator[str]:
    match = re.search(r"bpy\.ops\.(\w+)\.(\w+)\.poll\(\)", message)
    if not match:
        return
    active = bpy.context.view_layer.objects.active if bpy.context.view_layer else None
    now = (
        f"the active object is {active.name!r} ({active.type}, {active.mode} mode)" if active else "no object is active"
    )
    need = _POLL.get(match[1], "another context")
    if match[1] == "object" and active and active.mode != "OBJECT":
        need = "Object mode: `bpy.ops.object.mode_set(mode='OBJECT')` first"
    elif match[2] == "mode_set" and not active:
        need = "an active object: `bpy.context.view_layer.objects.active = obj`"
    yield f"bpy.ops.{match[1]}.{match[2]} needs {need}. Now {now}."


def _target(place: Place) -> ast.Attribute | None:
    if isinstance(place.node, ast.Attribute):
        return place.node
    statement = place.statement
    target = statement.targets[0] if isinstance(statement, ast.Assign) else getattr(statement, "target", None)
    return target if isinstance(target, ast.Attribute) else None


def _shape(place: Place) -> Iterator[str]:
    target = _target(place)
    if target is None:
        return
    try:
        prop = place.evaluate(target.value).bl_rna.properties[target.attr]
    except (Unknown, AttributeError, KeyError):
        return
    if not getattr(prop, "is_array", False):
        return
    sizes = [size for size in prop.array_dimensions if size]
    count = prop.array_length
    if len(sizes) > 1:
        yield f"{place.text(target)} takes a matrix of {' x '.join(map(str, sizes))} numbers (mathutils.Matrix)."
        return
    example = {3: "(x, y, z)", 4: "(w, x, y, z)"}.get(count, f"{count} numbers")
    if "COLOR" in prop.subtype:
        example = "(r, g, b, 1.0)" if count == 4 else "(r, g, b)"
    same = " For the same on every axis: (s, s, s)." if target.attr == "scale" else ""
    yield f"{place.text(target)} takes {count} {'values' if prop.type != 'BOOLEAN' else 'booleans'}: {example}.{same}"


def _wrong_type(name: str, wanted: str, given: str) -> Iterator[str]:
    if wanted == "int" and given == "float":
        yield f"{name} is a whole number: int(...) or round(...)."
    elif given == "str" and hasattr(bpy.types, wanted) and issubclass(getattr(bpy.types, wanted), bpy.types.ID):
        collection = wanted.lower() + ("es" if wanted.endswith("sh") else "s")
        yield f"{name} takes the {wanted} itself, not its name: bpy.data.{collection}[name]."
    elif wanted == "Object" and given in _DATA_OF_OBJECT:
        yield f"{name} takes an object; this is its data. Give the object: bpy.data.objects.new(name, data), linked to a collection."
    elif given == "Object" and wanted in {"Mesh", "Camera", "Light", "Curve", "ID", "Armature"}:
        yield f"{name} takes the object's data: obj.data."
    elif given == "tuple" or given == "list":
        yield f"{name} takes one {wanted}, not a sequence."


def _parameters(owner: str, function: str) -> Iterator[str]:
    rna = getattr(getattr(bpy.types, owner, None), "bl_rna", None)
    if rna is None or function not in rna.functions:
        return
    parameters = [p for p in rna.functions[function].parameters if not p.is_output]
    text = ", ".join(p.identifier if p.is_required else f"{p.identifier}=..." for p in parameters)
    note = " For an empty give None as its data." if (owner, function) == ("BlendDataObjects", "new") else ""
    yield f"Its arguments are {function}({text}).{note}"


def _foreign_node(message: str) -> Iterator[str]:
    tree = re.search(r"to node tree '([^']*)'", message)
    kinds = {"Shader": "ShaderNode...", "Geometry": "GeometryNode..., FunctionNode..., ShaderNode... for maths",
             "Composit": "CompositorNode..., ShaderNode... for maths"}  # fmt: skip
    fitting = next((types for kind, types in kinds.items() if tree and tree[1].startswith(kind)), "")
    if fitting:
        yield f"This tree takes {fitting} only."
