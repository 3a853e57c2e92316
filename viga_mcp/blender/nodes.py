# pyright: basic, reportAttributeAccessIssue=false, reportMissingImports=false
"""Node trees as plain data: what each node is, the values of its free inputs, what feeds the others."""

from typing import Any

import bpy

from viga_mcp.blender.properties import plain, rounded, rounded_list, simple_properties

CONSTANTS = {"ShaderNodeValue", "ShaderNodeRGB", "ShaderNodeNormal", "CompositorNodeRGB", "CompositorNodeValue"}
"""Nodes whose value lives in their output socket."""

_has_value: dict[type, bool] = {}


def node_tree(owner):
    """The tree that a material, world or light really uses, or None."""
    tree = owner.node_tree
    # From 5.0 on trees are always in use, and asking costs a DeprecationWarning.
    return tree if bpy.app.version >= (5, 0) or owner.use_nodes else None


def read_tree(tree) -> dict[str, Any]:
    """`{"nodes": {name: {"type", "inputs", "linked", "properties", ...}}, "links": count}`.

    `inputs` has the unlinked sockets that take a value, `linked` the others as `{socket: "Node.Socket"}`; both are
    named as Blender shows them, by identifier (`Value_001`) where two share a name. Keys that would be empty are left
    out, and so are frames.
    """
    nodes: dict[str, dict[str, Any]] = {}
    for node in tree.nodes:
        kind = node.bl_idname
        if kind == "NodeFrame":
            continue
        entry: dict[str, Any] = {"type": kind}
        inputs = _free_inputs(node)
        if inputs:
            entry["inputs"] = inputs
        properties = simple_properties(node)
        if properties:
            entry["properties"] = properties
        if kind in CONSTANTS:
            entry["value"] = plain(node.outputs[0].default_value)
        if node.mute:
            entry["mute"] = True
        _add_curves(node, entry)
        nodes[node.name] = entry
    for link in tree.links:
        name = link.to_node.name
        if name in nodes:
            socket, source = link.to_socket, f"{link.from_node.name}.{link.from_socket.name}"
            linked = nodes[name].setdefault("linked", {})
            linked[socket.name if socket.name not in linked else socket.identifier] = source
    return {"nodes": nodes, "links": len(tree.links)}


def _free_inputs(node) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for socket in node.inputs:
        kind = type(socket)
        has_value = _has_value.get(kind)
        if has_value is None:
            has_value = _has_value[kind] = hasattr(socket, "default_value")
        if not has_value or not socket.enabled or socket.is_linked or socket.hide_value:
            continue
        value = socket.default_value
        name = socket.name
        values[name if name not in values else socket.identifier] = (
            rounded(value) if value.__class__ is float else plain(value)
        )
    return values


def _add_curves(node, entry: dict[str, Any]) -> None:
    ramp = getattr(node, "color_ramp", None)
    if ramp is not None:
        entry["ramp"] = [rounded_list((stop.position, *stop.color)) for stop in ramp.elements]
    mapping = getattr(node, "mapping", None)
    if mapping is not None and hasattr(mapping, "curves"):
        entry["curves"] = [[rounded_list(point.location) for point in curve.points] for curve in mapping.curves]


def read_material(material) -> dict[str, Any]:
    """Users, viewport colour and nodes of one material."""
    entry: dict[str, Any] = {"users": material.users, "diffuse": rounded_list(material.diffuse_color)}
    tree = node_tree(material)
    return entry | (read_tree(tree) if tree is not None else {"nodes": {}, "links": 0})


def read_world(world) -> dict[str, Any] | None:
    """Colour and strength of the background (None where something is linked to them), and all nodes."""
    if world is None:
        return None
    tree = node_tree(world)
    if tree is None:
        return {"name": world.name, "color": rounded_list(world.color), "strength": 1.0, "nodes": {}, "links": 0}
    read = read_tree(tree)
    background = next((node for node in read["nodes"].values() if node["type"] == "ShaderNodeBackground"), {})
    inputs = background.get("inputs", {})
    color = inputs.get("Color")
    return {"name": world.name, "color": color and color[:3], "strength": inputs.get("Strength"), **read}
