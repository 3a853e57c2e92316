# pyright: basic, reportAttributeAccessIssue=false, reportMissingImports=false
"""What every look sets up before it renders: size, frame, who is seen, and from where.

Changes the scene freely: looks run in a state that is thrown away.
"""

import math
from collections.abc import Collection

import bpy
from mathutils import Matrix

from viga_mcp.blender import simulations
from viga_mcp.blender.graph import read_graph
from viga_mcp.blender.parts import all_curves
from viga_mcp.wire import Message


def set_size(width: int, height: int, region: list[float] | None = None) -> None:
    """A picture of that many pixels with nothing drawn in, or the region x0, y0, x1, y1 of it, shares from top left."""
    show_the_scene()
    render = bpy.context.scene.render
    render.resolution_x, render.resolution_y, render.resolution_percentage = width, height, 100
    render.use_border = render.use_crop_to_border = region is not None
    if region is not None:
        render.border_min_x, render.border_max_x = region[0], region[2]
        render.border_min_y, render.border_max_y = 1 - region[3], 1 - region[1]
    for name in render.bl_rna.properties.keys():
        if name.startswith("use_stamp"):
            setattr(render, name, False)  # nothing drawn in, and no paths or dates in the file
    render.use_file_extension = False


def show_the_scene() -> None:
    """One picture of the scene itself, not of the strips of its sequencer, and no files that its compositor writes."""
    scene = bpy.context.scene
    scene.render.use_multiview = scene.render.use_sequencer = False
    trees = [*bpy.data.node_groups, getattr(scene, "node_tree", None)]  # until 5.0 the compositor's was the scene's own
    for node in (node for tree in trees if tree is not None for node in tree.nodes):
        if node.bl_idname == "CompositorNodeOutputFile":
            node.mute = True


def set_frame(frame: int | None) -> None:
    """Go to a frame, None for where the scene is; what is simulated and not baked is simulated on the way."""
    scene = bpy.context.scene
    if frame is None:
        return
    path = simulations.path_to(scene, [frame])
    is_there = frame == scene.frame_current and scene.frame_subframe == 0
    if not is_there or len(path) > 1:
        for step in path:
            scene.frame_set(step)


def graph_at(request: Message) -> Message:
    """The scene graph (`graph.read_graph`) at the `frame` of the request."""
    set_frame(request["frame"])
    return read_graph()


def show(hide: Collection[str], only: Collection[str] = ()) -> None:
    """Leave out objects by name, or all but some."""
    for thing in bpy.context.scene.objects:
        # lights and cameras stay with `only`: it chooses what is shown, not how it is lit
        if thing.name in hide or (only and thing.name not in only and thing.type not in {"LIGHT", "CAMERA"}):
            unanimate(thing, "hide_render")
            thing.hide_render = True


def unanimate(block: bpy.types.ID, path: str) -> None:
    """Let no F-curve, NLA strip or driver say what a property is: a render would ask them again."""
    for curve in animating(block, path):
        curve.mute = True


def animating(block: bpy.types.ID, path: str) -> list[bpy.types.FCurve]:
    """F-curves, those of NLA strips too, and drivers of a property."""
    data = block.animation_data
    return [] if data is None else [curve for curve in all_curves(data) if curve.data_path == path]


def find_camera(view: Message) -> bpy.types.Object | None:
    """The camera of a view, made where the view is no camera of the scene; None if there is no such camera.

    Args:
        view: `{"camera"}`, a scene camera by name, None for the active one; or `{"matrix", "fov_deg" | "ortho_scale",
            "clip"}`, camera to world, row-major 16 floats, the camera looking down -z, horizontal field of view.
    """
    scene = bpy.context.scene
    if "matrix" not in view:
        camera = bpy.data.objects.get(view["camera"]) if view.get("camera") else scene.camera
        return camera if camera is not None and camera.type == "CAMERA" else None
    data = bpy.data.cameras.new("viga.view")
    data.sensor_fit = "HORIZONTAL"
    if view.get("ortho_scale"):
        data.type, data.ortho_scale = "ORTHO", view["ortho_scale"]
    else:
        data.angle = math.radians(view["fov_deg"])
    data.clip_start, data.clip_end = view["clip"]
    camera = bpy.data.objects.new("viga.view", data)
    scene.collection.objects.link(camera)
    camera.matrix_world = Matrix([view["matrix"][row : row + 4] for row in range(0, 16, 4)])
    return camera


def show_as_rendered() -> None:
    """Let the dependency graph hold what a render shows: it is made for the viewport, with settings of its own."""
    _open(bpy.context.view_layer.layer_collection)
    for collection in bpy.data.collections:
        collection.hide_viewport = collection.hide_render
    for thing in bpy.context.scene.objects:
        if thing.hide_viewport != thing.hide_render:
            thing.hide_viewport = thing.hide_render
        if thing.hide_get():  # False for what is in no view layer
            thing.hide_set(False)
        for modifier in thing.modifiers:
            if modifier.show_viewport != modifier.show_render:
                modifier.show_viewport = modifier.show_render
            if hasattr(modifier, "render_levels") and modifier.levels != modifier.render_levels:
                modifier.levels = modifier.render_levels
    bpy.context.view_layer.update()


def _open(layer: bpy.types.LayerCollection) -> None:
    layer.hide_viewport = False  # renders do not ask for it
    for child in layer.children:
        _open(child)


def empty_tree(block: bpy.types.Material | bpy.types.World) -> bpy.types.NodeTree:
    """The block's shader nodes, none of them left."""
    if not block.node_tree:  # from Blender 5.0 it is always there, and asking for it is deprecated
        block.use_nodes = True
    block.node_tree.nodes.clear()
    return block.node_tree


def set_grey_world(grey: float) -> None:
    """Even light from everywhere, linear `grey`."""
    world = bpy.data.worlds.new("viga.grey")
    tree = empty_tree(world)
    light, output = tree.nodes.new("ShaderNodeBackground"), tree.nodes.new("ShaderNodeOutputWorld")
    light.inputs["Color"].default_value = (grey, grey, grey, 1.0)
    tree.links.new(light.outputs["Background"], output.inputs["Surface"])
    bpy.context.scene.world = world
