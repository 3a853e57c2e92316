# pyright: basic, reportAttributeAccessIssue=false, reportMissingImports=false
"""What gives light: lamps, instanced ones too, the world, and materials that emit."""

from collections.abc import Iterator

import bpy

EMITTERS = {"BACKGROUND", "EMISSION", "BSDF_PRINCIPLED", "PRINCIPLED_VOLUME"}
_LARGE = 1e6


def has_light(beyond: float = 0.0) -> bool:
    """Whether anything gives light: a lamp that is not hidden, an instanced one, or a glow (`has_glow`)."""
    lamps = (obj for obj in bpy.context.scene.objects if obj.type == "LIGHT")
    return any(not lamp.hide_render for lamp in lamps) or has_instanced_lamp() or has_glow(beyond)


def has_instanced_lamp() -> bool:
    """Whether an object makes instances of a lamp, as that of a collection with lamps does."""
    if not bpy.data.lights:
        return False
    return any(
        instance.is_instance
        and instance.object.type == "LIGHT"
        and not (instance.object.original.hide_render or instance.parent.original.hide_render)
        for instance in bpy.context.evaluated_depsgraph_get().object_instances
    )


def has_glow(beyond: float = 0.0) -> bool:
    """Whether the world or a material of something drawn gives more than `beyond` of light by itself.

    Strength times color counts; where either comes from other nodes it is taken to be large.
    """
    world = bpy.context.scene.world
    if world is not None:
        if _shines(world.node_tree, beyond) if world.node_tree else max(world.color) > beyond:
            return True
    return any(_shines(material.node_tree, beyond) for material in _materials() if material.node_tree)


def _materials() -> set[bpy.types.Material]:
    """Those of the scene's objects that are not hidden, and of what these make by modifiers and instances."""
    things = {obj for obj in bpy.context.scene.objects if not obj.hide_render}
    found = {slot.material for obj in things for slot in obj.material_slots if slot.material}
    looked: set[tuple[int, int]] = set()  # an instance's own object is the same place in memory for all
    for instance in bpy.context.evaluated_depsgraph_get().object_instances:
        drawn = instance.object
        owner = instance.parent if instance.is_instance else drawn
        data = drawn.data
        if data is None or owner.original.hide_render:
            continue
        key = drawn.original.as_pointer(), data.as_pointer()
        if key in looked:
            continue
        looked.add(key)
        given = (*(slot.material for slot in drawn.material_slots), *getattr(data, "materials", ()))
        found.update(material.original for material in given if material)
    return found


def _shines(tree: bpy.types.NodeTree, beyond: float) -> bool:
    output = tree.get_output_node("CYCLES")
    return output is not None and any(_light_of(node) > beyond for node in _leading_to(output))


def _leading_to(node: bpy.types.Node) -> Iterator[bpy.types.Node]:
    """All nodes that a node is linked to upstream, those within groups included."""
    seen, waiting = {node}, [node]
    while waiting:
        node = waiting.pop()
        yield node
        before = [link.from_node for socket in node.inputs if socket.is_linked for link in socket.links]
        if node.type == "GROUP" and node.node_tree:
            before += [inner for inner in node.node_tree.nodes if inner.type == "GROUP_OUTPUT"]
        waiting += (fresh := {*before} - seen)
        seen |= fresh


def _light_of(node: bpy.types.Node) -> float:
    """Strength times the largest part of the color."""
    if node.type not in EMITTERS:
        return 0.0
    color = node.inputs.get("Emission Color") or node.inputs["Color"]
    strength = node.inputs.get("Emission Strength") or node.inputs["Strength"]
    most = _LARGE if color.is_linked else max(color.default_value[:3])
    return most * (_LARGE if strength.is_linked else strength.default_value)
