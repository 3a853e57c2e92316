# pyright: basic, reportAttributeAccessIssue=false, reportMissingImports=false
"""Materials with holes, for exact passes: a surface is there or not, and never there by chance."""

from collections.abc import Iterator

import bpy

HOLE = 0.5  # a surface that lets more light through than this is one


def harden() -> None:
    """Round every opacity to 0 or 1: Cycles draws lots for what lies between, pixel by pixel."""
    trees = [material.node_tree for material in bpy.data.materials if material.node_tree]
    for tree in (*trees, *bpy.data.node_groups):
        for opacity in list(_opacities(tree)):
            if opacity.is_linked:
                _round(tree, opacity)
            else:
                opacity.default_value = float(opacity.default_value > HOLE)


def _opacities(tree: bpy.types.NodeTree) -> Iterator[bpy.types.NodeSocket]:
    """Inputs that mix a surface with nothing; for a mix whose second shader is transparent, 1 - HOLE is HOLE."""
    for node in tree.nodes:
        if node.type == "BSDF_PRINCIPLED":
            yield node.inputs["Alpha"]
        elif node.type == "MIX_SHADER" and any(
            socket.is_linked and socket.links[0].from_node.type == "BSDF_TRANSPARENT" for socket in node.inputs[1:]
        ):
            yield node.inputs[0]


def _round(tree: bpy.types.NodeTree, opacity: bpy.types.NodeSocket) -> None:
    threshold = tree.nodes.new("ShaderNodeMath")
    threshold.operation = "GREATER_THAN"
    threshold.inputs[1].default_value = HOLE
    tree.links.new(opacity.links[0].from_socket, threshold.inputs[0])
    tree.links.new(threshold.outputs[0], opacity)
