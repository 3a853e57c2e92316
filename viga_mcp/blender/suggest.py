# pyright: basic, reportAttributeAccessIssue=false, reportMissingImports=false
"""Did you mean: the names near a wrong one, from what the installed Blender and the scene really have."""

import ast
import re
import sys
from collections.abc import Iterator
from typing import Any

import _bpy
import bpy
from bpy.types import bpy_prop_collection, bpy_struct

from viga_mcp.blender.drift import Symptom, read_symptom
from viga_mcp.blender.place import Place, Unknown
from viga_mcp.blender.spelling import listed, nearest, plain, said


def suggest(error: BaseException, message: str, place: Place) -> Iterator[str]:
    """Hints about names of Blender and of the scene, best first."""
    symptom = read_symptom(message)
    if symptom is None:
        yield from _index_out_of_range(message, place)
    elif symptom.kind == "attribute":
        yield from _attribute(error, symptom, place)
    elif symptom.kind == "key":
        yield from _key(symptom, place)
    elif symptom.kind == "enum":
        yield from _enum(symptom, message)
    elif symptom.kind == "operator":
        yield from _operator(symptom)
    elif symptom.kind == "keyword":
        yield from _keyword(symptom, place)
    elif symptom.kind == "node":
        yield from _node(symptom)


def _owner(error: BaseException, symptom: Symptom, place: Place) -> tuple[Any, str]:
    """The object an attribute was asked of, and how the program writes it; None where it can't be told."""
    node = next(
        (n for n in (place.node, *ast.walk(place.statement or ast.Pass()))
         if isinstance(n, ast.Attribute) and n.attr == symptom.name), None,
    )  # fmt: skip
    text = place.text(node.value) if node else ""
    owner = getattr(error, "obj", None)
    if owner is None and node:
        try:
            owner = place.evaluate(node.value)
        except Unknown:
            owner = None
    if owner is None:
        owner = getattr(bpy.types, symptom.owner, None)
    return owner, text


def _attribute(error: BaseException, symptom: Symptom, place: Place) -> Iterator[str]:
    if symptom.owner == "NoneType" or "read-only" in str(error):
        return
    owner, text = _owner(error, symptom, place)
    if owner is None and symptom.owner in sys.modules:
        owner = sys.modules[symptom.owner]
    if owner is None:
        return
    rna = getattr(owner, "bl_rna", None)
    names = [*rna.properties.keys(), *rna.functions.keys()] if rna else []
    if not isinstance(owner, type):
        names += [name for name in dir(owner) if not name.startswith("_")]
    title = rna.identifier if rna else symptom.owner
    elsewhere = list(_elsewhere(owner, symptom.name, text)) if isinstance(owner, bpy_struct) else []
    if elsewhere:
        yield f"{title} has no {symptom.name!r}, but there is `{elsewhere[0]}`."
    if near := nearest(symptom.name, [n for n in names if n not in {"bl_rna", "rna_type"}]):
        yield f"{title} has no {symptom.name!r}. Did you mean {said(near)}?"
    elif not elsewhere and isinstance(owner, bpy_prop_collection):
        yield f"{text or 'It'} is a collection: take one of its items first, by name or number."
    elif not elsewhere and (others := [kind for kind in _USUAL_TYPES if symptom.name in _properties(kind)]):
        yield f"{title} has no {symptom.name!r}; {', '.join(others)} {'has' if len(others) == 1 else 'have'} it."
    elif not elsewhere and isinstance(owner, bpy.types.ID) and _is_written(symptom.name, place):
        own = f"`{text}[{symptom.name!r}]`"
        yield f"{title} has no {symptom.name!r} and takes no new attributes: own values go into {own}."


def _is_written(name: str, place: Place) -> bool:
    nodes = ast.walk(place.statement) if place.statement else ()
    return any(isinstance(n, ast.Attribute) and n.attr == name and isinstance(n.ctx, ast.Store) for n in nodes)


_USUAL_TYPES = (
    "Object", "Mesh", "Material", "Camera", "PointLight", "SpotLight", "AreaLight", "SunLight", "World", "Scene",
    "RenderSettings", "CyclesRenderSettings", "SceneEEVEE", "ColorManagedViewSettings", "ImageFormatSettings",
    "Collection", "ViewLayer", "TextCurve", "BevelModifier", "ArrayModifier", "NodeSocketFloat", "Modifier",
)  # fmt: skip


def _properties(kind: str) -> list[str]:
    found = getattr(bpy.types, kind, None)
    return found.bl_rna.properties.keys() if found else []


def _elsewhere(owner: bpy_struct, name: str, text: str) -> Iterator[str]:
    """Where the attribute is one step further on, as `lamp.data.energy` for `lamp.energy`."""
    for prop in owner.bl_rna.properties:
        if prop.type != "POINTER" or prop.identifier in {"rna_type", "original", "id_data"}:
            continue
        value = getattr(owner, prop.identifier, None)
        if value is not None and name in value.bl_rna.properties:
            yield f"{text or owner.bl_rna.identifier.lower()}.{prop.identifier}.{name}"
    is_data = isinstance(owner, bpy.types.ID) and not isinstance(owner, bpy.types.Object)
    if is_data and name in bpy.types.Object.bl_rna.properties:
        holder = next((o for o in bpy.data.objects if o.data == owner), None)
        if holder:
            yield f"bpy.data.objects[{holder.name!r}].{name}"


def _collection(place: Place) -> tuple[Any, str]:
    nodes = [place.node, *ast.walk(place.statement)] if place.statement else [place.node]
    for node in nodes:
        if isinstance(node, ast.Subscript):
            try:
                return place.evaluate(node.value), place.text(node.value)
            except Unknown:
                if node is place.node:
                    break
    return None, ""


def _key(symptom: Symptom, place: Place) -> Iterator[str]:
    collection, text = _collection(place)
    if isinstance(collection, (bpy_prop_collection, bpy_struct, dict)):
        yield describe_keys(collection, text, symptom.name)


def describe_keys(collection: Any, text: str, name: str) -> str:
    """What a collection has, instead of a key that it does not have."""
    names = [key for key in collection.keys() if key]
    is_filled = isinstance(collection, bpy_prop_collection) and len(collection) > 0
    if is_filled and isinstance(collection[0], bpy.types.NodeSocket):
        names = [socket.name for socket in collection if socket.enabled] or names
    if not names:
        return f"{text} has no custom properties." if isinstance(collection, bpy_struct) else f"{text} is empty."
    near = nearest(name, names)
    asked = f"Did you mean {said(near)}? " if near else ""
    return f"{asked}{text} has {listed(names, near)}."


def _index_out_of_range(message: str, place: Place) -> Iterator[str]:
    if re.search(r"bpy_prop_collection\[index\]: index -?\d+ out of range", message):
        collection, text = _collection(place)
        if isinstance(collection, bpy_prop_collection) and (names := [name for name in collection.keys() if name]):
            yield f"{text} has {len(collection)} items: {listed(names)}."


def _enum(symptom: Symptom, message: str) -> Iterator[str]:
    items = re.findall(r"'((?:[^'\\]|\\.)*)'", message.partition(" not found in ")[2])
    near = nearest(symptom.name, items, cutoff=0.5)
    if near:
        yield f"Did you mean {said(near)}?" + ("" if len(items) > 12 else f" Legal are {listed(items, near)}.")
    elif items:
        yield f"Legal are {listed(items, limit=40)}."


def operator_paths() -> list[str]:
    """All operators, as `mesh.bevel`; 1 ms, where `dir` of each module of bpy.ops takes 100."""
    parts = (identifier.partition("_OT_") for identifier in _bpy.ops.dir())
    return [f"{module.lower()}.{name}" for module, separator, name in parts if separator]


def _operator(symptom: Symptom) -> Iterator[str]:
    module, _, name = symptom.name.partition(".")
    every = operator_paths()
    modules = sorted({path.partition(".")[0] for path in every})
    near = [path for path in every if path.endswith("." + name)]
    if not near:
        if module not in modules:
            module = next(iter(nearest(module, modules, limit=1)), module)
        names = [path.partition(".")[2] for path in every if path.startswith(module + ".")]
        near = [f"{module}.{other}" for other in nearest(name, names, cutoff=0.65)]
    if not near:
        near = nearest(symptom.name, [path for path in every if plain(name) in plain(path)])
    if near:
        yield "Did you mean " + ", ".join(f"`bpy.ops.{path}`" for path in near[:3]) + "?"
    elif module not in modules:
        yield f"There is no bpy.ops.{module}. There are {listed(modules, limit=100)}."


def _keyword(symptom: Symptom, place: Place) -> Iterator[str]:
    for node in (place.node, *ast.walk(place.statement or ast.Pass())):
        if isinstance(node, ast.Call) and any(keyword.arg == symptom.name for keyword in node.keywords):
            called = place.text(node.func)
            names = _keywords(called)
            if names:
                near = nearest(symptom.name, names, cutoff=0.5)
                asked = f"Did you mean {said(near)}? " if near else ""
                yield f"{asked}{called} takes {listed(names, near, limit=30)}."
            return


def _keywords(called: str) -> list[str]:
    match called.split("."):
        case ["bpy", "ops", module, name]:
            properties = getattr(getattr(bpy.ops, module), name).get_rna_type().properties
            return [key for key in properties.keys() if key != "rna_type"]
        case ["bmesh", "ops", name]:
            import bmesh

            text = getattr(bmesh.ops, name).__doc__ or ""
            return re.findall(r"(\w+)=", text.partition("(")[2].partition(")")[0])
    return []


def node_types() -> list[str]:
    """Identifiers of all node types."""
    names = [name for name in dir(bpy.types) if "Node" in name]
    return [name for name in names if hasattr(getattr(bpy.types, name), "is_registered_node_type")]


def _node(symptom: Symptom) -> Iterator[str]:
    prefix = re.match(r"(?:Shader|Geometry|Compositor|Function|Texture)Node", symptom.name)
    names = node_types()
    if prefix:
        stem = symptom.name.removeprefix(prefix[0])
        same = [name.removeprefix(prefix[0]) for name in names if name.startswith(prefix[0])]
        near = [prefix[0] + name for name in nearest(stem, same)]
        near += [name for name in names if re.fullmatch(rf"(\w+?)Node{re.escape(stem)}", name)]
    else:
        near = nearest(symptom.name, names)
    if near:
        yield f"Did you mean {said(list(dict.fromkeys(near))[:3])}?"
