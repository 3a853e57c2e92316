# pyright: basic, reportAttributeAccessIssue=false, reportMissingImports=false
"""Node types with their sockets, as the installed Blender really makes them."""

import re
from typing import Any

import bpy

from viga_mcp.blender.properties import plain
from viga_mcp.blender.suggest import node_types

_TREES = ("ShaderNodeTree", "GeometryNodeTree", "CompositorNodeTree", "TextureNodeTree")
_DECIDING = ("data_type", "input_type", "mode", "operation", "noise_dimensions")
"""Properties of nodes that decide which sockets there are."""


def read_nodes() -> dict[str, Any]:
    """By type: `label`, `doc`, `trees` it can be in, `inputs` and `outputs`, and `set`, the items of its own enums.

    A new node's items can differ from the defaults that RNA names.

    A socket has `name`, `identifier` where it is another, `type` ("FloatFactor"), `default`, `items` of a menu, and
    `when`, the property that must be set for it to be there ("data_type='RGBA'"); none if it is there at once.
    """
    trees = [bpy.data.node_groups.new("Read", kind) for kind in _TREES]
    entries: dict[str, Any] = {}
    for kind in node_types():
        homes = []
        for tree in trees:
            try:
                node = tree.nodes.new(kind)
            except RuntimeError:
                continue
            if not homes:
                rna = node.bl_rna
                entries[kind] = {"label": rna.name, "doc": " ".join(rna.description.split()), "set": _set(node),
                                 **_sockets(node)}  # fmt: skip
            homes.append(tree.bl_idname)
            tree.nodes.remove(node)
        if homes:
            entries[kind]["trees"] = homes
    return entries


def _set(node: Any) -> dict[str, str]:
    inherited = node.bl_rna.base.properties
    own = [prop for prop in node.bl_rna.properties if prop.type == "ENUM" and prop.identifier not in inherited]
    return {prop.identifier: getattr(node, prop.identifier) for prop in own if not prop.is_enum_flag}


def _sockets(node: Any) -> dict[str, list[dict[str, Any]]]:
    found = {"inputs": _visible(node.inputs), "outputs": _visible(node.outputs)}
    for name in _DECIDING:
        prop = node.bl_rna.properties.get(name)
        if prop is None or prop.type != "ENUM":
            continue
        before = getattr(node, name)
        for item in prop.enum_items.keys():
            try:
                setattr(node, name, item)
            except TypeError:
                continue
            for side in ("inputs", "outputs"):
                _add_conditional(found[side], _visible(getattr(node, side)), f"{name}='{item}'")
        setattr(node, name, before)
    return {side: sockets for side, sockets in found.items() if sockets}


def _add_conditional(known: list[dict[str, Any]], now: list[dict[str, Any]], when: str) -> None:
    for socket in now:
        same = [other for other in known if _key(other) == _key(socket)]
        if not same:
            known.append({**socket, "when": when})
        elif "when" in same[0] and when.partition("=")[0] in same[0]["when"]:
            same[0]["when"] += " or " + when.partition("=")[2]


def _key(socket: dict[str, Any]) -> tuple[str, str, str]:
    return socket["name"], socket.get("identifier", ""), socket["type"]


def _visible(sockets: Any) -> list[dict[str, Any]]:
    return [_socket(socket) for socket in sockets if socket.enabled and not getattr(socket, "is_unavailable", False)]


def _socket(socket: Any) -> dict[str, Any]:
    entry: dict[str, Any] = {"name": socket.name, "type": socket.bl_idname.removeprefix("NodeSocket")}
    if socket.identifier != socket.name:
        entry["identifier"] = socket.identifier
    if socket.type == "MENU":
        entry["items"] = legal_items(socket, "default_value")
    if hasattr(socket, "default_value") and not socket.hide_value:
        default = plain(socket.default_value)
        if default is not None:
            entry["default"] = default
        rna = socket.bl_rna.properties["default_value"]
        if rna.type in {"INT", "FLOAT"} and abs(rna.hard_max) < 1e9:
            entry["min"], entry["max"] = plain(rna.hard_min), plain(rna.hard_max)
    return entry


def legal_items(owner: Any, name: str) -> list[str]:
    """What an enum takes at the moment: RNA lists what is built in, Blender's refusal of nonsense what is legal."""
    try:
        setattr(owner, name, "\x01")
    except TypeError as error:
        return re.findall(r"'((?:[^'\\]|\\.)*)'", str(error).partition(" not found in ")[2])
    except Exception:
        return []
    return []
