# pyright: basic, reportAttributeAccessIssue=false, reportMissingImports=false
"""The edges of what a render shows, on grey: topology, density and shape without materials and light."""

import bpy

from viga_mcp.blender import stage

LINE_PX = 1.0
BACKGROUND, FACING, GRAZING, LINE = 0.9, 0.6, 0.25, 0.02  # linear grey


def set_wireframe(samples: int) -> str:
    """Give everything one material that shines by itself; returns the engine's name.

    The edges are those of the triangles that are drawn; what lies behind a surface is hidden by it.
    """
    scene = bpy.context.scene
    render, cycles = scene.render, scene.cycles
    render.engine = "CYCLES"
    render.use_persistent_data = True
    render.use_motion_blur = render.use_freestyle = render.use_compositing = render.use_sequencer = False
    cycles.device, cycles.samples, cycles.max_bounces, cycles.time_limit = "CPU", samples, 0, 0.0
    cycles.use_denoising = cycles.use_adaptive_sampling = False
    scene.view_settings.view_transform, scene.view_settings.look = "Standard", "None"
    scene.view_settings.exposure, scene.view_settings.gamma = 0.0, 1.0
    bpy.context.view_layer.material_override = _material()
    stage.set_grey_world(BACKGROUND)
    for thing in scene.objects:
        if thing.type == "LIGHT":
            thing.hide_render = True
    return render.engine


def _material() -> bpy.types.Material:
    material = bpy.data.materials.new("viga.wire")
    tree = stage.empty_tree(material)
    wires, angle, shade, colour, light, output = (
        tree.nodes.new(f"ShaderNode{kind}")
        for kind in ("Wireframe", "LayerWeight", "Mix", "Mix", "Emission", "OutputMaterial")
    )
    wires.use_pixel_size, wires.inputs["Size"].default_value = True, LINE_PX
    shade.inputs["A"].default_value, shade.inputs["B"].default_value = FACING, GRAZING
    colour.inputs["B"].default_value = LINE
    for source, target in (
        (angle.outputs["Facing"], shade.inputs["Factor"]),
        (wires.outputs[0], colour.inputs["Factor"]),
        (shade.outputs["Result"], colour.inputs["A"]),
        (colour.outputs["Result"], light.inputs["Color"]),
        (light.outputs["Emission"], output.inputs["Surface"]),
    ):
        tree.links.new(source, target)
    return material
