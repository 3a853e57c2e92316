# pyright: basic, reportAttributeAccessIssue=false, reportMissingImports=false
"""Exact passes of a view: which object, how far, facing where; and what each object would cover if it stood alone.

One Cycles sample through the middle of each pixel, so that every value belongs to one surface, and two runs are equal
bit by bit. Changes the scene freely: the server runs it in a state that is thrown away.
"""

import bpy

from viga_mcp.blender import cutouts, stage
from viga_mcp.blender.graph import naming
from viga_mcp.blender.silhouettes import write_silhouettes
from viga_mcp.wire import Message

MAX_INDEX = 32_767  # of an object, as Blender keeps it
OWNER = "viga_owner"  # custom property that tells a shader the id


def passes(request: Message) -> Message:
    """Render the passes of each view into multi-layer EXRs.

    An instance counts for the object that makes it. Where one object is drawn for several others, its index alone does
    not tell for which; then a second picture holds the ids themselves.

    Args:
        request: `views`, a list of `{"file", "owners", "silhouettes", ...}`, the paths of two `.exr` and a `.npz` (or
            None), the rest as in `stage.find_camera`; `width`, `height`, `region`, as in `stage.set_size`; `frame` or
            None; `hide`, `only`, object names.

    Returns:
        `{"no_camera": name}`, `{"refused": why}`, or `{"names", "shared"}`: the objects, id 1 first; the indices that
        stand for several objects, as `[index, [id, ...]]`. Each `file` has the passes Depth, Normal and Object Index;
        where any index is shared, each `owners` has the id in its red channel.
    """
    scene = bpy.context.scene
    objects = list(scene.objects)
    name_of = naming(objects)
    names = [name_of(thing) for thing in objects]
    if len(objects) > MAX_INDEX:
        return {"refused": f"{len(objects)} objects; masks can tell {MAX_INDEX} apart"}
    stage.set_frame(request.get("frame"))
    stage.show(request.get("hide") or [], request.get("only") or [])
    stage.show_as_rendered()
    cameras = []
    for view in request["views"]:
        camera = stage.find_camera(view)
        if camera is None:
            return {"no_camera": view.get("camera") or ""}
        stage.unanimate(camera.data, "dof.use_dof")
        camera.data.dof.use_dof = False
        cameras.append(camera)
    stage.set_size(request["width"], request["height"], request.get("region"))
    cutouts.harden()
    _set_samples()
    shared = _number(objects)
    for view, camera in zip(request["views"], cameras, strict=True):
        _render(camera, view["file"])
        if view["silhouettes"] and camera.data.type != "PANO":
            write_silhouettes(view["silhouettes"], names, name_of, camera)
    if shared:
        _show_ids(objects)
        for view, camera in zip(request["views"], cameras, strict=True):
            _render(camera, view["owners"])
    return {"names": names, "shared": shared}


def _number(objects: list) -> list[tuple[int, list[int]]]:
    """Give each object its index; returns the indices that are not ids, and the ids that they may stand for."""
    ids = {thing: id for id, thing in enumerate(objects, 1)}
    owners: dict[object, set[int]] = {}
    for instance in bpy.context.evaluated_depsgraph_get().object_instances:
        drawn = instance.object.original
        owner = instance.parent.original if instance.is_instance else drawn
        if instance.show_self and owner in ids:
            owners.setdefault(drawn, set()).add(ids[owner])
    shared = []
    for drawn in bpy.data.objects:
        of = owners.get(drawn, {ids.get(drawn, 0)})
        drawn.pass_index = min(of)
        if len(of) > 1 and len(objects) + len(shared) < MAX_INDEX:
            shared.append((len(objects) + len(shared) + 1, sorted(of)))
            drawn.pass_index = shared[-1][0]
    return shared


def _set_samples() -> None:
    """One exact sample a pixel, and the passes in the file."""
    scene = bpy.context.scene
    render, cycles, layer = scene.render, scene.cycles, bpy.context.view_layer
    render.engine = "CYCLES"
    render.use_motion_blur = render.use_freestyle = render.use_compositing = render.use_sequencer = False
    render.use_persistent_data = True  # several views of one state share its geometry
    cycles.device = "CPU"
    cycles.samples, cycles.max_bounces, cycles.time_limit, cycles.film_exposure = 1, 0, 0.0, 1.0
    cycles.use_denoising = cycles.use_adaptive_sampling = False
    cycles.pixel_filter_type, cycles.filter_width = "BOX", 0.01
    for other in scene.view_layers:
        other.use = other == layer
    layer.samples, layer.pass_alpha_threshold = 0, cutouts.HOLE
    layer.use_pass_object_index = layer.use_pass_z = layer.use_pass_normal = True
    settings = render.image_settings
    if hasattr(settings, "media_type"):
        settings.media_type = "MULTI_LAYER_IMAGE"
    settings.file_format, settings.exr_codec, settings.color_depth = "OPEN_EXR_MULTILAYER", "NONE", "32"


def _show_ids(objects: list) -> None:
    """Let every surface shine with the id of the object that it is drawn for."""
    material = bpy.data.materials.new("viga.id")
    tree = stage.empty_tree(material)
    owner, light, output = (
        tree.nodes.new(kind) for kind in ("ShaderNodeAttribute", "ShaderNodeEmission", "ShaderNodeOutputMaterial")
    )
    owner.attribute_type, owner.attribute_name = "INSTANCER", OWNER  # the object's own where nothing instances it
    tree.links.new(owner.outputs["Fac"], light.inputs["Color"])
    tree.links.new(light.outputs["Emission"], output.inputs["Surface"])
    for id, thing in enumerate(objects, 1):
        thing[OWNER] = float(id)
    bpy.context.view_layer.material_override = material
    bpy.context.scene.world = None
    render = bpy.context.scene.render
    render.film_transparent = True
    render.use_persistent_data = False  # kept data would not hear of the override


def _render(camera: bpy.types.Object, file: str) -> None:
    scene = bpy.context.scene
    scene.camera, scene.render.filepath = camera, file
    bpy.ops.render.render(write_still=True)
