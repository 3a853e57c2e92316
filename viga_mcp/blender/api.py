# pyright: basic, reportAttributeAccessIssue=false, reportMissingImports=false
"""What the installed Blender's Python interface has: types, operators and nodes, as plain data.

Own members only (a type names its `base`), so that it stays small. Values that are empty, false or without a limit are
left out. The worker that reads it is thrown away: nodes and modifiers are made here to see what they have.
"""

import contextlib
import inspect
import re
import warnings
from collections.abc import Callable
from itertools import islice
from typing import Any

import _bpy
import bpy

from viga_mcp.blender.api_nodes import legal_items, read_nodes
from viga_mcp.wire import Message

MAX_ITEMS = 250
_UNLIMITED_FLOAT, _UNLIMITED_INT = 3e38, 2**31 - 1
_CLASSES = re.compile(
    r"_[A-Z]{2,3}_|^Theme|^UILayout$|^[^A-Z]"
)  # operators, panels, menus...; the look of the interface
_OF_NODES = {"is_registered_node_type", "input_template", "output_template"}  # every node type declares them anew
_NUMBERS = {"INT": "int", "FLOAT": "float", "BOOLEAN": "bool"}


def read_api(request: Message) -> Message:
    """One part of the interface; parts, because a part that crashes Blender must not cost the others.

    Args:
        request: `part`: "types", "operators", "nodes" or "bmesh".

    Returns:
        `{"entries": {name: entry}}`:

        - types: `base`, `doc`, `properties` and `functions` by name (see `_property`, `_function`);
        - operators, by `mesh.bevel`: `doc`, `parameters` (list of properties with `id`);
        - nodes: see `api_nodes.read_nodes`;
        - bmesh, by `create_cube`: `call`, `doc`.
    """
    parts: dict[str, Callable[[], dict[str, Any]]] = {
        "types": _types, "operators": _operators, "nodes": read_nodes, "bmesh": _bmesh,
    }  # fmt: skip
    with warnings.catch_warnings(action="ignore"):
        return {"entries": parts[request["part"]]()}


def _types() -> dict[str, Any]:
    live = _live_items()
    entries: dict[str, Any] = {
        "bpy_struct": _methods(bpy.types.bpy_struct, "What every type has"),
        "bpy_prop_collection": _methods(bpy.types.bpy_prop_collection, "What every collection has"),
    }
    kinds = {name: getattr(bpy.types, name) for name in dir(bpy.types)}
    kinds |= {kind.__name__: kind for kind in bpy.types.PropertyGroup.__subclasses__()}  # of add-ons, as Cycles
    for name, kind in kinds.items():
        rna = getattr(kind, "bl_rna", None)
        if rna is None or _CLASSES.search(name):
            continue
        base = rna.base
        inherited = {*base.properties.keys(), *base.functions.keys()} if base else {"rna_type"}
        own = [prop for prop in rna.properties if prop.identifier not in inherited]
        functions = [f for f in rna.functions if f.identifier not in inherited | _OF_NODES and not f.is_registered]
        entries[name] = _short(
            base=base.identifier if base else "bpy_struct",
            doc=_sentence(rna.description),
            properties={prop.identifier: _property(prop, live.get((name, prop.identifier))) for prop in own},
            functions={function.identifier: _function(function) for function in functions} | _python_members(kind),
        )
    known = entries["Context"]["properties"]
    entries["Context"]["functions"] |= {
        name: _short(is_value=True, type=type(getattr(bpy.context, name, None)).__name__.replace("NoneType", ""))
        for name in dir(bpy.context) if name[0] != "_" and name not in known and name not in vars(bpy.types.Context)
    }  # fmt: skip
    return entries


def _property(prop: Any, live: tuple[str, ...] | None = None, *, is_argument: bool = False) -> dict[str, Any]:
    """One property or argument.

    Args:
        live: What an enum takes at the moment, where that was asked.

    Returns:
        `type`, `label`, `doc`, `default` (one number where all of an array are equal), `size` of an array, `min`,
        `max`, `unit`, `subtype`; for enums `items` as `[identifier, name if it is another]`, `is_flag`, and `is_live`
        where the items depend on the state; `of`, what is pointed to or collected; `is_readonly`, `deprecated`.
    """
    kind = prop.type
    entry = {
        "type": _NUMBERS.get(kind, kind.lower()),
        "label": prop.name if _plain(prop.name) != _plain(prop.identifier) else "",
        "doc": _sentence(prop.description),
        "is_readonly": prop.is_readonly,
        "deprecated": getattr(prop, "is_deprecated", False) and (prop.deprecated_note or "deprecated"),
        "subtype": "" if prop.subtype == "NONE" else prop.subtype,
    }
    if kind in _NUMBERS:
        if prop.is_array:
            entry["size"] = [size for size in prop.array_dimensions if size] or [prop.array_length]
            if not is_argument:  # asking for that of a function's argument can end Blender
                entry["default"] = _values(prop.default_array)
        else:
            entry["default"] = _value(prop.default)
    if kind in {"INT", "FLOAT"}:
        limit = _UNLIMITED_INT if kind == "INT" else _UNLIMITED_FLOAT
        entry["unit"] = "" if prop.unit == "NONE" else prop.unit
        entry["min"] = None if abs(prop.hard_min) >= limit else _value(prop.hard_min)
        entry["max"] = None if abs(prop.hard_max) >= limit else _value(prop.hard_max)
    elif kind == "ENUM":
        # Not a slice: items that Blender makes on demand are freed with the iterator, and reading them crashes.
        items = [(item.identifier, item.name) for item in islice(prop.enum_items, MAX_ITEMS)]
        known = dict(items)
        if live and set(live) - set(known):
            items = [(identifier, known.get(identifier, "")) for identifier in live]
            entry["is_live"] = True
        if prop.identifier.endswith("icon"):
            items = []  # a thousand pictures for buttons
        entry["items"] = [[i, "" if _plain(name) == _plain(i) else name] for i, name in items if i]
        entry["is_flag"] = prop.is_enum_flag
        default = sorted(prop.default_flag) if prop.is_enum_flag else prop.default
        entry["default"] = default if prop.is_enum_flag or default in dict(items) else ""
    elif kind == "STRING":
        entry["default"] = prop.default
    elif kind in {"POINTER", "COLLECTION"}:
        entry["of"] = prop.fixed_type.identifier
        if kind == "COLLECTION" and prop.srna:
            entry["collection"] = prop.srna.identifier
    return _short(**entry)


def _function(function: Any) -> dict[str, Any]:
    """`parameters` and `returns` (lists of properties with `id`), `doc`."""
    given, returned = [], []
    for parameter in function.parameters:
        entry = {"id": parameter.identifier, **_property(parameter, is_argument=True)}
        if parameter.is_output:
            returned.append(entry)
        else:
            given.append(entry | _short(is_required=parameter.is_required))
    return _short(parameters=given, returns=returned, doc=_sentence(function.description))


def _python_members(kind: type) -> dict[str, Any]:
    """What Blender's own Python adds to a type, as `Mesh.from_pydata`."""
    members: dict[str, Any] = {}
    for name, value in vars(kind).items():
        if name[0] != "_" and inspect.isfunction(value):
            call = str(inspect.signature(value)).replace("(self, ", "(").replace("(self)", "()")
            members[name] = _short(call=call, doc=_sentence(_first_line(value.__doc__)))
        elif name[0] != "_" and isinstance(value, property):
            members[name] = _short(is_value=True, doc=_sentence(_first_line(value.__doc__)))
    return members


def _methods(kind: type, doc: str) -> dict[str, Any]:
    """The methods that C gives a class, from their documentation."""
    functions: dict[str, Any] = {}
    for name, value in vars(kind).items():
        text = value.__doc__ or ""
        if name[0] != "_" and (match := re.match(r"\.\. (?:class)?method:: \w+(\(.*\))\s+(.*)", text)):
            functions[name] = {"call": match[1], "doc": _sentence(match[2])}
    return {"doc": doc, "functions": functions}


def _operators() -> dict[str, Any]:
    entries: dict[str, Any] = {}
    for identifier in _bpy.ops.dir():
        module, separator, name = identifier.partition("_OT_")
        if separator:
            rna = getattr(getattr(bpy.ops, module.lower()), name).get_rna_type()
            parameters = [{"id": p.identifier, **_property(p)} for p in rna.properties if p.identifier != "rna_type"]
            label = rna.name if _plain(rna.name) != _plain(name) else ""
            entries[f"{module.lower()}.{name}"] = _short(
                label=label, doc=_sentence(rna.description), parameters=parameters
            )
    return entries


def _bmesh() -> dict[str, Any]:
    import bmesh

    entries: dict[str, Any] = {}
    for name in dir(bmesh.ops):
        match = re.match(
            r"\w+ bmesh\.ops\.\w+(\(.*\))\s*(->.*)?", getattr(getattr(bmesh.ops, name), "__doc__", "") or ""
        )
        if match:
            entries[name] = {"call": f"{match[1]} {match[2] or ''}".strip()}
    return entries


def _live_items() -> dict[tuple[str, str], tuple[str, ...]]:
    """Items of enums that Blender works out when it is asked, as the render engines, by type and property.

    RNA lists only what is built in; assigning nonsense makes Blender name what is legal at the moment.
    """
    bpy.ops.wm.read_homefile(use_empty=False, use_factory_startup=True)
    scene = bpy.context.scene
    owners = [scene, *bpy.data.objects, *(o.data for o in bpy.data.objects), *bpy.data.materials, *bpy.data.worlds,
              bpy.context.view_layer]  # fmt: skip
    for owner in list(owners):
        for prop in owner.bl_rna.properties:
            with contextlib.suppress(Exception):
                if prop.type == "POINTER" and (value := getattr(owner, prop.identifier)) and value not in owners:
                    owners.append(value)
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for owner in owners:
        for prop in owner.bl_rna.properties:
            if prop.type == "ENUM" and not prop.is_readonly and not prop.is_enum_flag and len(prop.enum_items) < 2:
                found[_declaring(owner.bl_rna, prop.identifier), prop.identifier] = tuple(
                    legal_items(owner, prop.identifier)
                )
    return found


def _declaring(rna: Any, name: str) -> str:
    while rna.base and name in rna.base.properties:
        rna = rna.base
    return rna.identifier


def _short(**entry: Any) -> dict[str, Any]:
    """Without what is empty; 0 and False as a default are values."""
    return {key: value for key, value in entry.items()
            if value not in ("", None, [], {}) and (value is not False or key == "default")}  # fmt: skip


def _value(value: Any) -> Any:
    return float(f"{value:.6g}") if isinstance(value, float) else value


def _values(values: Any) -> list[Any]:
    values = [_value(value) for value in values]
    return values[:1] if len(set(values)) == 1 else values


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).lower()


def _sentence(text: str | None) -> str:
    return " ".join((text or "").split())[:400]


def _first_line(text: str | None) -> str:
    return next((line for line in (text or "").strip().splitlines() if line.strip()), "")
