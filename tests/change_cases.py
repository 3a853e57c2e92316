"""Programs that try each row of the change table in a real Blender, by the row's id; `test_changes.py` runs them.

A program starts with the names of `PREPARED` on Blender's default scene. Its last line is the one that fails. Where a
wrong result or something deprecated comes without an exception, the program leaves `wrong`: whether it is there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

PREPARED = """
import math
import bpy
scene = bpy.context.scene
obj = bpy.data.objects["Cube"]
lamp = bpy.data.objects["Light"]
mesh = obj.data
material = obj.data.materials[0]
nodes = material.node_tree.nodes
bsdf = nodes["Principled BSDF"]
comp = bpy.data.node_groups.new("Comp", "CompositorNodeTree")
group = bpy.data.node_groups.new("Group", "GeometryNodeTree")
"""


@dataclass(frozen=True)
class Case:
    """What to run for one row.

    Attributes:
        old: Programs with the old spelling. They fail as the row says where it applies, and work where it does not.
        new: Programs with what the row recommends. They work where the row applies, and where it has no `old`.
        arrived: Programs with the row's new names. Before its version they fail with its hint, from then on they work.
        told_by: The row whose hint the old spelling gets; empty for the row itself.
        alone: Why each program needs a process of its own; empty where it does not.
    """

    old: Sequence[str] = ()
    new: Sequence[str] = ()
    arrived: Sequence[str] = ()
    told_by: str = ""
    alone: str = ""


def each(program: str, *names: str) -> tuple[str, ...]:
    """The program once for each name, in the place of `@`."""
    return tuple(program.replace("@", name) for name in names)


_RLAYERS = "layers = comp.nodes.new('CompositorNodeRLayers')\n"
_PASSES = (
    "view_layer = scene.view_layers[0]\n"
    "for name in dir(view_layer):\n"
    "    if name.startswith('use_pass_'):\n"
    "        setattr(view_layer, name, True)\n"
    "view_layer.cycles.denoising_store_passes = True\n"
    "scene.render.engine = 'CYCLES'\n" + _RLAYERS
)
_EDITOR = "editor = scene.sequence_editor_create()\n"
_STRIP = _EDITOR + "strip = editor.strips.new_effect(name='a', type='COLOR', channel=1, frame_start=1, length=9)\n"
_ARMATURE = (
    "rig = bpy.data.objects.new('Rig', bpy.data.armatures.new('Rig'))\n"
    "scene.collection.objects.link(rig)\n"
    "bpy.context.view_layer.objects.active = rig\n"
    "bpy.ops.object.mode_set(mode='EDIT')\n"
    "rig.data.edit_bones.new('Bone').tail = (0, 0, 1)\n"
    "bpy.ops.object.mode_set(mode='OBJECT')\n"
    "bone, posebone = rig.data.bones['Bone'], rig.pose.bones['Bone']\n"
)
_MODIFIER = (
    "group.interface.new_socket(name='Size', in_out='INPUT', socket_type='NodeSocketFloat')\n"
    "group.interface.new_socket(name='Geometry', in_out='OUTPUT', socket_type='NodeSocketGeometry')\n"
    "identifier = group.interface.items_tree['Size'].identifier\n"
    "mod = obj.modifiers.new('n', 'NODES')\n"
    "mod.node_group = group\n"
)
_ACTION = "action = bpy.data.actions.new('a')\nobj.animation_data_create().action = action\n"
_WARNED = (
    "import warnings\n"
    "with warnings.catch_warnings(record=True) as caught:\n"
    "    warnings.simplefilter('always')\n"
    "    @\n"
    "wrong = any(w.category is DeprecationWarning for w in caught)"
)
_MENU_GLARE = "glare = comp.nodes.new('CompositorNodeGlare')\nglare.inputs['Type'].default_value = '@'"
_GREASE = (
    "pencil = bpy.data.grease_pencils.new('g')\n"
    "frame = pencil.layers.new('l').frames.new(1)\n"
)  # fmt: skip
_BMESH = "import bmesh\nbm = bmesh.new()\nbm.from_mesh(mesh)\n"

RENDER: Mapping[str, Case] = {
    "R1": Case(
        each("scene.render.engine = '@'", "BLENDER_RENDER", "BLENDER_GAME"),
        each("scene.render.engine = '@'", "CYCLES", "BLENDER_WORKBENCH"),
    ),
    "R2": Case(
        ("scene.render.engine = 'BLENDER_EEVEE'",),
        ("scene.render.engine = 'BLENDER_EEVEE_NEXT'",),
        arrived=("scene.render.engine = 'BLENDER_EEVEE_NEXT'",),
    ),
    "R3": Case(("scene.render.engine = 'BLENDER_EEVEE_NEXT'",), ("scene.render.engine = 'BLENDER_EEVEE'",)),
    "R4": Case(each("scene.eevee.@ = 1", "use_bloom", "bloom_intensity"), each(_MENU_GLARE, "Bloom")),
    "R5": Case(
        each("scene.eevee.@ = True", "use_ssr", "use_ssr_refraction", "ssr_quality"),
        ("scene.eevee.use_raytracing = True", "material.use_raytrace_refraction = True"),
    ),
    "R6": Case(
        each("scene.eevee.@ = 1", "use_gtao", "gtao_distance"),
        ("scene.eevee.fast_gi_method = 'GLOBAL_ILLUMINATION'", "scene.eevee.fast_gi_distance = 1"),
    ),
    "R7": Case(
        each("scene.eevee.@ = 1", "use_soft_shadows", "shadow_cube_size", "shadow_cascade_size", "sss_samples",
             "use_volumetric_lights"),
        ("scene.eevee.use_shadows = True", "lamp.data.use_shadow = True"),
    ),
    "R8": Case(
        each("scene.eevee.@ = 1", "use_motion_blur", "motion_blur_shutter"),
        ("scene.render.use_motion_blur = True", "scene.render.motion_blur_shutter = 1"),
    ),
    "R9": Case(("scene.render.alpha_mode = 'TRANSPARENT'",), ("scene.render.film_transparent = True",)),
    "R10": Case(
        ("scene.render.use_antialiasing = True", "scene.render.antialiasing_samples = '8'"),
        ("scene.cycles.samples = 64",),
    ),
    "R10b": Case(("scene.render.layers", "scene.render_layers"), ("scene.view_layers[0].name",)),
    "R11": Case(each("scene.render.@ = 256", "tile_x", "tile_y"), ("scene.cycles.tile_size = 256",)),
    "R12": Case(
        each("scene.cycles.@ = 0", "progressive", "use_square_samples", "tile_order", "use_progressive_refine"),
        ("scene.cycles.samples = 16",),
    ),
    "R13": Case(("scene.cycles.feature_set = 'EXPERIMENTAL'",), ("scene.cycles.samples = 16",)),
    "R14": Case(
        ("scene.render.image_settings.file_format = 'FFMPEG'",),
        ("settings = scene.render.image_settings\nsettings.media_type = 'VIDEO'\nsettings.file_format = 'FFMPEG'",),
    ),
    "R15": Case(
        ("scene.render.image_settings.file_format = 'OPEN_EXR_MULTILAYER'",),
        (
            "settings = scene.render.image_settings\n"
            "settings.media_type = 'MULTI_LAYER_IMAGE'\n"
            "settings.file_format = 'OPEN_EXR_MULTILAYER'",
        ),
    ),
    "R15b": Case(
        new=("scene.render.image_settings.media_type = 'IMAGE'",),
        arrived=("scene.render.image_settings.media_type = 'VIDEO'",),
    ),
    "R16": Case(
        each("scene.view_settings.look = '@'", "Very High Contrast", "High Contrast", "Medium High Contrast",
             "Medium Contrast", "Medium Low Contrast", "Low Contrast", "Very Low Contrast", "Filmic - High Contrast"),
        each("scene.view_settings.view_transform = 'AgX'\nscene.view_settings.look = 'AgX - @'", "Very High Contrast",
             "High Contrast", "Medium High Contrast", "Base Contrast", "Medium Low Contrast", "Low Contrast",
             "Very Low Contrast"),
    ),
    "R17": Case(
        ("wrong = scene.view_settings.view_transform != 'Filmic'",),
        each("scene.view_settings.view_transform = '@'", "Standard", "Filmic"),
    ),
    "R18": Case(
        ("tree = scene.node_tree",),
        (
            "tree = bpy.data.node_groups.new('Compositor', 'CompositorNodeTree'); scene.compositing_node_group = tree\n"
            "tree.interface.new_socket('Image', in_out='OUTPUT', socket_type='NodeSocketColor')",
        ),
        arrived=("scene.compositing_node_group = comp",),
    ),
    "R19": Case(
        each(_WARNED, "scene.use_nodes = True", "material.use_nodes = True", "scene.world.use_nodes = True"),
        ("material.node_tree.nodes['Principled BSDF']", "scene.world.node_tree.nodes['Background']"),
    ),
    "R20": Case(
        ("obj.cycles_visibility.camera = False",),
        each("obj.@ = False", "visible_camera", "visible_diffuse", "visible_glossy", "visible_transmission",
             "visible_shadow"),
    ),
    "R21": Case(
        each("obj.cycles.@ = True", "is_shadow_catcher", "is_holdout"),
        each("obj.@ = True", "is_shadow_catcher", "is_holdout"),
    ),
    "R22": Case(("lamp.data.cycles.cast_shadow = False",), ("lamp.data.use_shadow = False",)),
}  # fmt: skip

_NODE = "comp.nodes.new('@')"
_OVER = "over = comp.nodes.new('CompositorNodeAlphaOver')\nover.inputs['@']"
_PASS_NAMES = (
    "Object Index", "Material Index", "Ambient Occlusion", "Emission", "Environment", "Diffuse Color",
    "Diffuse Direct", "Diffuse Indirect", "Glossy Color", "Glossy Direct", "Glossy Indirect", "Transmission Color",
    "Transmission Direct", "Transmission Indirect",
)  # fmt: skip

COMPOSITOR: Mapping[str, Case] = {
    "C1": Case(
        each(_NODE, "CompositorNodeComposite"),
        (
            "comp.interface.new_socket('Image', in_out='OUTPUT', socket_type='NodeSocketColor')\n"
            "comp.nodes.new('NodeGroupOutput').inputs['Image']",
        ),
    ),
    "C2": Case(
        each(_NODE, "CompositorNodeMixRGB"), ("mix = comp.nodes.new('ShaderNodeMix')\nmix.data_type = 'RGBA'",)
    ),
    "C3": Case(
        each(_NODE, "CompositorNodeMath", "CompositorNodeMapRange", "CompositorNodeValToRGB", "CompositorNodeValue"),
        each(_NODE, "ShaderNodeMath", "ShaderNodeMapRange", "ShaderNodeValToRGB", "ShaderNodeValue"),
    ),
    "C4": Case(each(_NODE, "CompositorNodeGamma"), each(_NODE, "ShaderNodeGamma")),
    "C5": Case(
        each(_NODE, "CompositorNodeSepRGBA", "CompositorNodeCombRGBA"),
        each(_NODE, "CompositorNodeSeparateColor", "CompositorNodeCombineColor"),
    ),
    "C5b": Case(
        each(_NODE, "CompositorNodeSepHSVA", "CompositorNodeCombHSVA"),
        each(_NODE + ".mode = 'HSV'", "CompositorNodeSeparateColor", "CompositorNodeCombineColor"),
    ),
    "C6": Case(
        each(_NODE, "CompositorNodeMapValue", "CompositorNodeSunBeams", "CompositorNodeTexture"),
        (*each(_NODE, "ShaderNodeMapRange", "CompositorNodeImage", "ShaderNodeTexNoise"),
         *each(_MENU_GLARE, "Sun Beams")),
    ),
    "C7": Case(
        each(_NODE, "CompositorNodeColorRamp", "CompositorNodeVignette"),
        each(_NODE, "ShaderNodeValToRGB", "CompositorNodeEllipseMask", "CompositorNodeBlur"),
    ),
    "C8": Case(
        each("comp.nodes.new('CompositorNodeOutputFile').@", "base_path", "file_slots", "layer_slots"),
        (
            "file = comp.nodes.new('CompositorNodeOutputFile')\nfile.directory = '//'",
            "file = comp.nodes.new('CompositorNodeOutputFile')\nfile.file_output_items.new('RGBA', 'Image')",
        ),
        arrived=each("comp.nodes.new('CompositorNodeOutputFile').@", "directory", "file_name", "file_output_items"),
    ),
    "C9": Case(
        each("glare = comp.nodes.new('CompositorNodeGlare')\nglare.@", "glare_type", "threshold", "quality", "mix",
             "size", "streaks", "fade", "angle_offset", "iterations", "color_modulation"),
        (*each(_MENU_GLARE, "Bloom"), "comp.nodes.new('CompositorNodeGlare').inputs['Threshold'].default_value = 1"),
    ),
    "C9b": Case(
        each(_MENU_GLARE, "BLOOM", "GHOSTS", "STREAKS", "FOG_GLOW", "SIMPLE_STAR", "SUN_BEAMS"),
        each(_MENU_GLARE, "Bloom", "Ghosts", "Streaks", "Fog Glow", "Simple Star", "Sun Beams"),
    ),
    "C10": Case(
        each("comp.nodes.new('CompositorNodeBlur').@", "size_x", "size_y", "filter_type", "use_relative", "factor_x",
             "factor_y"),
        (
            "blur = comp.nodes.new('CompositorNodeBlur')\nblur.inputs['Size'].default_value = (4, 4)",
            "blur = comp.nodes.new('CompositorNodeBlur')\nblur.inputs['Type'].default_value = 'Gaussian'",
        ),
    ),
    "C11": Case(
        each(_OVER, "Image", "Image_001"),
        each(_OVER, "Background", "Foreground", "Factor"),
        arrived=each(_OVER, "Background", "Foreground"),
    ),
    "C12": Case(
        each(_PASSES + "layers.outputs['@']", "IndexOB", "IndexMA", "AO", "Emit", "Env", "DiffCol",
             "DiffDir", "DiffInd", "GlossCol", "GlossDir", "GlossInd", "TransCol", "TransDir", "TransInd"),
        each(_PASSES + "layers.outputs['@']", *_PASS_NAMES),
        arrived=each(_PASSES + "layers.outputs['@']", *_PASS_NAMES),
    ),
    "C13": Case(
        each(_RLAYERS + "layers.outputs['@']", "Depth", "Normal", "Vector", "Mist", "Position", "UV", "Object Index",
             "Material Index", "Ambient Occlusion", "Emission", "Environment", "Shadow", "Diffuse Color",
             "Glossy Direct", "Transmission Indirect"),
        tuple(
            f"scene.view_layers[0].use_pass_{name} = True\n{_RLAYERS}layers.outputs['{socket}']"
            for name, socket in {"z": "Depth", "normal": "Normal", "vector": "Vector", "mist": "Mist",
                                 "ambient_occlusion": "Ambient Occlusion", "diffuse_color": "Diffuse Color"}.items()
        ),
    ),
    "C14": Case(
        ("comp.nodes.new('CompositorNodeRLayers')",), ("scene.use_nodes = True\nscene.node_tree",),
    ),
    "C15": Case(
        ("wrong = comp.nodes.new('CompositorNodeOutputFile').file_name == '{blend_name}'",),
        ("file = comp.nodes.new('CompositorNodeOutputFile')\nfile.directory, file.file_name = '//', 'out'",),
    ),
    "C16": Case(
        ("wrong = scene.render.compositor_device != 'CPU'",), ("scene.render.compositor_device = 'CPU'",),
    ),
}  # fmt: skip

_INPUT = "bsdf.inputs['@']"
_SHADER = "nodes.new('@')"
_MIX = "mix = nodes.new('ShaderNodeMix')\nmix.data_type = 'RGBA'\nmix.inputs['@']"
_BY_TYPE = "next(n for n in material.node_tree.nodes if n.type == '@')"
_PROBE = "bpy.ops.object.lightprobe_add(type='@')"

MATERIALS: Mapping[str, Case] = {
    "P1": Case(
        each(_INPUT, "Subsurface"), each(_INPUT, "Subsurface Weight"), arrived=each(_INPUT, "Subsurface Weight")
    ),
    "P1b": Case(each(_INPUT, "Subsurface Color"), each(_INPUT, "Base Color")),
    "P2": Case(
        each(_INPUT, "Specular"), each(_INPUT, "Specular IOR Level"), arrived=each(_INPUT, "Specular IOR Level")
    ),
    "P3": Case(
        each(_INPUT, "Transmission"), each(_INPUT, "Transmission Weight"), arrived=each(_INPUT, "Transmission Weight")
    ),
    "P3b": Case(each(_INPUT, "Transmission Roughness"), each(_INPUT, "Roughness")),
    "P4": Case(
        each(_INPUT, "Clearcoat", "Clearcoat Roughness", "Clearcoat Normal"),
        each(_INPUT, "Coat Weight", "Coat Roughness", "Coat Normal"),
        arrived=each(_INPUT, "Coat Weight", "Coat Roughness", "Coat Normal"),
    ),
    "P5": Case(each(_INPUT, "Sheen"), each(_INPUT, "Sheen Weight"), arrived=each(_INPUT, "Sheen Weight")),
    "P6": Case(
        each(_INPUT, "Emission"),
        ("bsdf.inputs['Emission Color'].default_value = (1, 0, 0, 1)\n"
         "assert bsdf.inputs['Emission Strength'].default_value == 0",),
        arrived=each(_INPUT, "Emission Color"),
    ),
    "P7": Case(
        each("bsdf.inputs['@'].default_value = 0.5", "Specular Tint", "Sheen Tint"),
        each("bsdf.inputs['@'].default_value = (1, 1, 1, 1)", "Specular Tint", "Sheen Tint"),
    ),
    "P8": Case(
        each("wrong = bsdf.inputs[@].name not in {'Specular', 'Specular IOR Level'}", "5")
        + each("wrong = bsdf.inputs[@].name != 'Roughness'", "7"),
        each(_INPUT, "Specular IOR Level", "Roughness"),
    ),
    "P9": Case(
        (
            "bsdf.name = 'Shader'\nmaterial.node_tree.nodes['Principled BSDF']",
            "nodes['Material Output'].name = 'Out'\nmaterial.node_tree.nodes['Material Output']",
            "nodes = scene.world.node_tree.nodes\nnodes['Background'].name = 'Sky'\nnodes['Background']",
            "nodes = scene.world.node_tree.nodes\nnodes['World Output'].name = 'Out'\nnodes['World Output']",
        ),
        (*each(_BY_TYPE, "BSDF_PRINCIPLED", "OUTPUT_MATERIAL"),
         *each(_BY_TYPE.replace("material", "scene.world"), "BACKGROUND", "OUTPUT_WORLD")),
    ),
    "P10": Case(
        each(_SHADER, "ShaderNodeTexMusgrave"),
        ("noise = nodes.new('ShaderNodeTexNoise')\nnoise.noise_type, noise.normalize = 'FBM', False",),
    ),
    "P11": Case(each(_SHADER, "ShaderNodeBsdfVelvet"), each(_SHADER, "ShaderNodeBsdfSheen")),
    "P12": Case(
        each(_SHADER, "ShaderNodeSeparateRGB", "ShaderNodeCombineRGB"),
        each(_SHADER, "ShaderNodeSeparateColor", "ShaderNodeCombineColor"),
    ),
    "P12c": Case(
        each(_SHADER, "ShaderNodeSeparateHSV", "ShaderNodeCombineHSV"),
        each(_SHADER + ".mode = 'HSV'", "ShaderNodeSeparateColor", "ShaderNodeCombineColor"),
    ),
    "P12b": Case(
        each("nodes.new('ShaderNodeSeparateColor').outputs['@']", "R", "G", "B")
        + each("nodes.new('ShaderNodeCombineColor').inputs['@']", "R", "G", "B"),
        each("nodes.new('ShaderNodeSeparateColor').outputs['@']", "Red", "Green", "Blue")
        + each("nodes.new('ShaderNodeCombineColor').inputs['@']", "Red", "Green", "Blue"),
    ),
    "P13": Case(
        each(_SHADER, "ShaderNodeTexPointDensity"), ("group.nodes.new('GeometryNodePointsToVolume')",)
    ),
    "P14": Case(each(_MIX, "Fac", "Color1", "Color2"), each(_MIX, "Factor", "A", "B")),
    "P15": Case(
        ("fac = nodes.new('ShaderNodeMixShader').inputs['Fac']\nwrong = fac.name == 'Factor'",),
        ("nodes.new('ShaderNodeMixShader').inputs['Factor']", "nodes.new('ShaderNodeValToRGB').inputs['Factor']"),
        arrived=("nodes.new('ShaderNodeMixShader').inputs['Factor']",),
    ),
    "P16": Case(
        ("sky = nodes.new('ShaderNodeTexSky')\nsky.sky_type = 'NISHITA'",),
        each("sky = nodes.new('ShaderNodeTexSky')\nsky.sky_type = '@'", "SINGLE_SCATTERING", "MULTIPLE_SCATTERING"),
        arrived=each("sky = nodes.new('ShaderNodeTexSky')\nsky.sky_type = '@'", "SINGLE_SCATTERING",
                     "MULTIPLE_SCATTERING"),
    ),
    "P16b": Case(
        each("nodes.new('ShaderNodeTexSky').@ = 1", "dust_density"),
        each("nodes.new('ShaderNodeTexSky').@ = 1", "aerosol_density"),
        arrived=each("nodes.new('ShaderNodeTexSky').@ = 1", "aerosol_density"),
    ),
    "P17": Case(("material.shadow_method = 'NONE'",), ("material.use_transparent_shadow = True",)),
    "P18": Case(
        each("material.blend_method = '@'\nwrong = material.blend_method != '@'", "CLIP", "OPAQUE"),
        each("material.surface_render_method = '@'", "BLENDED", "DITHERED"),
    ),
    "P19": Case(("material.cycles.displacement_method = 'BOTH'",), ("material.displacement_method = 'BOTH'",)),
    "P20": Case(
        ("material.diffuse_color = (1, 0, 0)", "bsdf.inputs['Base Color'].default_value = (1, 0, 0)"),
        ("material.diffuse_color = (1, 0, 0, 1)", "bsdf.inputs['Base Color'].default_value = (1, 0, 0, 1)"),
    ),
    "P21": Case(("lamp.data.color = (1, 0, 0, 1)",), ("lamp.data.color = (1, 0, 0)",)),
    "P22": Case(
        each("lamp.data.@ = 1", "use_contact_shadow", "contact_shadow_distance", "shadow_buffer_bias",
             "shadow_color"),
        ("lamp.data.use_shadow = True",),
    ),
    "P23": Case(
        new=("lamp.data.exposure = 1", "lamp.data.temperature = 4000"),
        arrived=each("lamp.data.@ = 1", "exposure", "temperature", "use_temperature", "normalize"),
    ),
    "P24": Case(
        each("lamp.data.@ = 1", "distance", "falloff_type", "falloff_curve"),
        ("lamp.data.use_custom_distance = True\nlamp.data.cutoff_distance = 5",),
    ),
    "P24b": Case(
        (*each("bpy.data.lights.new('a', '@')", "HEMI"), *each("bpy.ops.object.add(type='@')", "LAMP")),
        each("bpy.data.lights.new('a', '@')", "SUN", "AREA", "POINT", "SPOT"),
    ),
    "P25": Case(
        each("scene.world.@ = (1, 1, 1)", "horizon_color", "zenith_color", "ambient_color"),
        (
            "scene.world.node_tree.nodes['Background'].inputs['Color'].default_value = (1, 1, 1, 1)",
            "scene.world.color = (1, 1, 1)",
        ),
    ),
    "P25b": Case(
        ("scene.world.light_settings.use_ambient_occlusion = True",),
        ("scene.world.node_tree.nodes['Background'].inputs['Strength'].default_value = 1",),
    ),
    "P26": Case(
        each("material.@", "texture_slots", "use_shadeless", "specular_hardness", "diffuse_intensity", "emit", "alpha",
             "use_transparency", "raytrace_mirror"),
        ("material.node_tree.nodes['Principled BSDF'].inputs['Alpha'].default_value = 0.5",),
    ),
    "P27": Case(
        each(_PROBE, "CUBEMAP", "PLANAR", "GRID"),
        each(_PROBE, "SPHERE", "PLANE", "VOLUME"),
        arrived=each(_PROBE, "SPHERE", "PLANE", "VOLUME"),
    ),
}  # fmt: skip

OBJECTS: Mapping[str, Case] = {
    "O1": Case(
        each("scene.objects.@(obj)", "link", "unlink"),
        ("scene.collection.objects.link(obj)\nscene.collection.objects.unlink(obj)",),
    ),
    "O2": Case(("scene.objects.active = obj",), ("bpy.context.view_layer.objects.active = obj",)),
    "O3": Case(("obj.select = True",), ("obj.select_set(True)",)),
    "O4": Case(("obj.hide = True",), ("obj.hide_render = True", "obj.hide_viewport = True", "obj.hide_set(True)")),
    "O5": Case(("scene.update()",), ("bpy.context.view_layer.update()",)),
    "O6": Case(("scene.cursor_location = (0, 0, 0)",), ("scene.cursor.location = (0, 0, 0)",)),
    "O7": Case(("bpy.data.lamps['Light']",), ("bpy.data.lights['Light']",)),
    "O7b": Case(("bpy.ops.object.lamp_add(type='POINT')",), ("bpy.ops.object.light_add(type='POINT')",)),
    "O8": Case(
        ("bpy.data.groups.new('a')", "obj.users_group", "obj.dupli_group"),
        ("bpy.data.collections.new('a')", "obj.users_collection", "obj.instance_collection"),
    ),
    "O9": Case(("obj.matrix_world * obj.location.to_4d()",), ("obj.matrix_world @ obj.location.to_4d()",)),
    "O9b": Case(
        (
            "from mathutils import Matrix\n"
            "turn = Matrix.Rotation(1, 4, 'Z')\n"
            "wrong = obj.matrix_world * turn != obj.matrix_world @ turn",
        ),
        ("obj.matrix_world @ obj.matrix_local",),
    ),
    "O10": Case(("bpy.context.user_preferences.view",), ("bpy.context.preferences.view",)),
    "O11": Case(
        each("obj.@", "draw_type", "empty_draw_type", "empty_draw_size", "dupli_type", "show_x_ray", "draw_bounds_type"),
        each("obj.@", "display_type", "empty_display_type", "empty_display_size", "instance_type", "show_in_front",
             "display_bounds_type"),
    ),
    "O11b": Case(
        ("obj.dupli_object", "obj.dupli_list", "obj.dupli_list_create(scene)"),
        ("depsgraph = bpy.context.evaluated_depsgraph_get()\n"
         "[(instance.instance_object, instance.matrix_world.copy()) for instance in depsgraph.object_instances]",),
    ),
    "O12": Case(
        ("obj.layers[0] = True", "scene.layers[0] = True"),
        ("collection = bpy.data.collections.new('a')\nscene.collection.children.link(collection)",),
    ),
    "O13": Case(
        ("obj.to_mesh(scene, True, 'PREVIEW')",),
        ("obj.evaluated_get(bpy.context.evaluated_depsgraph_get()).to_mesh()",),
    ),
    "O14": Case(
        ("scene.ray_cast(bpy.context.view_layer, (0, 0, 5), (0, 0, -1))",),
        ("assert scene.ray_cast(bpy.context.evaluated_depsgraph_get(), (0, 0, 5), (0, 0, -1))[0]",),
    ),
    "O15": Case(
        ("bpy.ops.mesh.primitive_cube_add(view_align=True)",), ("bpy.ops.mesh.primitive_cube_add(align='WORLD')",)
    ),
    "O15b": Case(
        each("bpy.ops.mesh.primitive_@_add(radius=1)", "cube", "plane", "grid", "monkey"),
        each("bpy.ops.mesh.primitive_@_add(size=2)", "cube", "plane", "grid", "monkey"),
    ),
    "O15c": Case(
        each("bpy.ops.mesh.primitive_@_add(size=1)", "uv_sphere", "ico_sphere", "cylinder", "cone", "circle", "torus"),
        (*each("bpy.ops.mesh.primitive_@_add(radius=1)", "uv_sphere", "ico_sphere", "cylinder", "circle"),
         "bpy.ops.mesh.primitive_cone_add(radius1=1)", "bpy.ops.mesh.primitive_torus_add(major_radius=1)"),
    ),
    "O16": Case(("bpy.data.objects.remove(obj, True)",), ("bpy.data.objects.remove(obj, do_unlink=True)",)),
    "O17": Case(
        ("bpy.ops.transform.rotate(value=1, axis=(0, 0, 1))",
         "bpy.ops.transform.rotate(value=1, constraint_orientation='GLOBAL')"),
        ("bpy.ops.transform.rotate(value=1, orient_axis='Z')", "bpy.ops.transform.rotate(value=1, orient_type='GLOBAL')"),
    ),
    "O18": Case(each("obj.@", "proxy", "proxy_group", "proxy_collection"), ("obj.override_create()",)),
    "O19": Case(
        ("bpy.ops.object.delete({'object': obj})",),
        ("with bpy.context.temp_override(object=obj, active_object=obj): bpy.ops.object.select_all(action='SELECT')",),
    ),
    "O20": Case(
        ("obj.modifiers.new('a', 'BEVEL')\nbpy.ops.object.modifier_apply(apply_as='DATA', modifier='a')",),
        ("obj.modifiers.new('a', 'BEVEL')\nbpy.ops.object.modifier_apply(modifier='a')",),
    ),
    "O21": Case(
        ("scene['cycles']", "scene.cycles.samples = 9\nscene['cycles']", "scene['cycles_curves']"),
        ("scene.cycles.samples", "scene.cycles_curves.shape"),
    ),
    "O22": Case(
        ("context = bpy.context.copy()\ncontext['object'] = obj\nbpy.ops.object.delete(context)",),
        ("with bpy.context.temp_override(object=obj): bpy.ops.object.select_all(action='SELECT')",),
        told_by="O19",
    ),
    "O23": Case(("obj.scale = 2",), ("obj.scale = (2, 2, 2)",)),
}  # fmt: skip

MESHES: Mapping[str, Case] = {
    "M1": Case(("mesh.calc_normals()",), ("mesh.update()", "mesh.vertices[0].normal")),
    "M2": Case(
        each("mesh.@ = 1", "use_auto_smooth", "auto_smooth_angle"),
        ("mesh.shade_smooth()\nmesh.set_sharp_from_angle(angle=math.radians(30))",),
    ),
    "M3": Case(
        ("bpy.ops.object.shade_smooth(use_auto_smooth=True)", "bpy.ops.object.shade_smooth(auto_smooth_angle=0.5)"),
        ("assert bpy.ops.object.shade_smooth_by_angle(angle=math.radians(30)) == {'FINISHED'}",),
    ),
    "M4": Case(
        each("mesh.@()", "calc_normals_split", "create_normals_split", "free_normals_split"),
        ("mesh.corner_normals[0].vector", "mesh.normals_split_custom_set([(0, 0, 1)] * len(mesh.loops))"),
    ),
    "M5": Case(
        ("mesh.vertices[0].normal = (0, 0, 1)", "mesh.loops[0].normal = (0, 0, 1)"),
        ("mesh.normals_split_custom_set_from_vertices([(0, 0, 1)] * len(mesh.vertices))",),
    ),
    "M6": Case(
        ("mesh.edges[0].crease = 1", "mesh.edges[0].bevel_weight = 1", "mesh.vertices[0].bevel_weight = 1"),
        ("mesh.attributes.new('crease_edge', 'FLOAT', 'EDGE').data[0].value = 1",
         "mesh.attributes.new('bevel_weight_edge', 'FLOAT', 'EDGE').data[0].value = 1",
         "mesh.attributes.new('bevel_weight_vert', 'FLOAT', 'POINT').data[0].value = 1",
         "mesh.attributes.new('crease_vert', 'FLOAT', 'POINT').data[0].value = 1"),
    ),
    "M7": Case(("mesh.face_maps", "obj.face_maps"), ("mesh.attributes.new('part', 'INT', 'FACE').data[0].value = 1",)),
    "M8": Case(
        each("mesh.@", "uv_textures", "tessfaces", "tessface_uv_textures", "calc_tessface"),
        ("mesh.uv_layers[0].uv", "mesh.calc_loop_triangles()\nmesh.loop_triangles[0].vertices"),
    ),
    "M9": Case(("mesh.sculpt_vertex_colors",), ("mesh.color_attributes.new('c', 'FLOAT_COLOR', 'POINT')",)),
    "M10": Case(
        (_BMESH + "bmesh.ops.create_uvsphere(bm, u_segments=8, v_segments=8, diameter=1)",
         _BMESH + "bmesh.ops.create_cone(bm, segments=8, diameter1=1, radius2=1, depth=1)",
         _BMESH + "bmesh.ops.create_cone(bm, segments=8, radius1=1, diameter2=1, depth=1)"),
        (_BMESH + "bmesh.ops.create_uvsphere(bm, u_segments=8, v_segments=8, radius=1)",
         _BMESH + "bmesh.ops.create_cone(bm, segments=8, radius1=1, radius2=1, depth=1)"),
    ),
    "M11": Case(
        (_BMESH + "bmesh.ops.bevel(bm, geom=bm.verts[:], offset=0.1, vertex_only=True)",),
        (_BMESH + "bmesh.ops.bevel(bm, geom=bm.verts[:], offset=0.1, affect='VERTICES')",),
    ),
    "M11b": Case(
        ("obj.modifiers.new('b', 'BEVEL').use_only_vertices = True",),
        ("modifier = obj.modifiers.new('b', 'BEVEL')\nmodifier.affect = 'VERTICES'",),
    ),
    "M12": Case(
        (_BMESH + "bmesh.ops.delete(bm, geom=bm.verts[:1], context=1)",),
        each(_BMESH + "bmesh.ops.delete(bm, geom=bm.faces[:1], context='@')", "VERTS", "EDGES", "FACES", "FACES_ONLY",
             "EDGES_FACES"),
    ),
    "M13": Case(
        each(_BMESH + "bm.@[0]", "verts", "edges", "faces"),
        each(_BMESH + "bm.@.ensure_lookup_table()\nbm.@[0]", "verts", "edges", "faces"),
    ),
    "M14": Case(
        ("m = obj.modifiers.new('b', 'BOOLEAN')\nm.solver = 'FAST'",),
        ("m = obj.modifiers.new('b', 'BOOLEAN')\nm.solver = 'FLOAT'",),
        arrived=("m = obj.modifiers.new('b', 'BOOLEAN')\nm.solver = 'FLOAT'",),
    ),
    "M14b": Case(
        new=("m = obj.modifiers.new('b', 'BOOLEAN')\nm.solver = 'MANIFOLD'",),
        arrived=("m = obj.modifiers.new('b', 'BOOLEAN')\nm.solver = 'MANIFOLD'",),
    ),
    "M15": Case(
        ("obj.modifiers.new(name='b', type='SMOKE')",),
        ("obj.modifiers.new(name='b', type='FLUID')",),
        arrived=("obj.modifiers.new(name='b', type='FLUID')",),
    ),
    "M15b": Case(
        each("obj.modifiers.new('b', '@')", "GEOMETRY_NODES", "GEOMETRYNODES", "GEO_NODES"),
        ("obj.modifiers.new('b', 'NODES')",),
    ),
    "M16": Case(
        (
            "import bmesh\n"
            "def islands(angle):\n"
            "    bpy.ops.mesh.primitive_uv_sphere_add()\n"
            "    bpy.ops.object.mode_set(mode='EDIT')\n"
            "    bpy.ops.uv.smart_project(angle_limit=angle)\n"
            "    bpy.ops.object.mode_set(mode='OBJECT')\n"
            "    return [tuple(round(c, 3) for c in uv.vector) for uv in bpy.context.object.data.uv_layers[0].uv]\n"
            "wrong = islands(66) != islands(math.radians(66))",
        ),
        ("bpy.ops.object.mode_set(mode='EDIT')\nbpy.ops.uv.smart_project(angle_limit=math.radians(66))",),
    ),
    "M17": Case(
        ("bpy.ops.rigidbody.world_add()\nscene.rigidbody_world.steps_per_second = 60",),
        ("bpy.ops.rigidbody.world_add()\nscene.rigidbody_world.substeps_per_frame = 10",),
    ),
}  # fmt: skip

_GEOMETRY = "group.nodes.new('@')"
_RESAMPLE = "group.nodes.new('GeometryNodeResampleCurve').inputs['Mode'].default_value = '@'"

NODE_GROUPS: Mapping[str, Case] = {
    "N1": Case(
        each("group.@.new('NodeSocketFloat', 'a')", "inputs", "outputs"),
        ("group.interface.new_socket(name='a', in_out='INPUT', socket_type='NodeSocketFloat')",
         "group.interface.new_socket(name='a', in_out='OUTPUT', socket_type='NodeSocketGeometry')"),
    ),
    "N2": Case(
        (_MODIFIER + "before = mod[identifier]\nmod['Input_2'] = before + 1\nwrong = mod[identifier] == before",),
        (_MODIFIER + "assert identifier == group.interface.items_tree['Size'].identifier\nmod[identifier] = 2.0",),
        told_by="N3",
    ),
    "N3": Case(
        (_MODIFIER + "mod[identifier] = 2.0", _MODIFIER + "mod[identifier]"),
        (_MODIFIER + "getattr(mod.properties.inputs, identifier).value = 2.0",),
    ),
    "N3b": Case(
        new=(_MODIFIER + "getattr(mod.properties.inputs, identifier).value = 2.0",),
        arrived=(_MODIFIER + "mod.properties",),
    ),
    "N4": Case(
        each(_GEOMETRY, "GeometryNodeAttributeRandomize", "GeometryNodePointInstance", "GeometryNodePointDistribute",
             "GeometryNodeAttributeMath", "GeometryNodePointScale", "GeometryNodePointRotate",
             "GeometryNodePointTranslate"),
        each(_GEOMETRY, "FunctionNodeRandomValue", "GeometryNodeInstanceOnPoints",
             "GeometryNodeDistributePointsOnFaces", "GeometryNodeStoreNamedAttribute", "ShaderNodeMath",
             "GeometryNodeInputNamedAttribute", "GeometryNodeRotateInstances", "GeometryNodeScaleInstances",
             "GeometryNodeSetPosition"),
    ),
    "N5": Case(
        each(_GEOMETRY, "GeometryNodeTransferAttribute", "GeometryNodeAttributeTransfer"),
        each(_GEOMETRY, "GeometryNodeSampleIndex", "GeometryNodeSampleNearestSurface", "GeometryNodeSampleNearest"),
    ),
    "N6": Case(each(_GEOMETRY, "FunctionNodeCompareFloats"), each(_GEOMETRY, "FunctionNodeCompare")),
    "N7": Case(
        (*each("group.nodes.new('GeometryNode@').mode", "ResampleCurve", "FilletCurve", "Transform",
               "MergeByDistance"),
         *each("group.nodes.new('GeometryNodeSubdivisionSurface').@", "uv_smooth", "boundary_smooth")),
        each(_RESAMPLE, "Length"),
    ),
    "N7b": Case(each(_RESAMPLE, "LENGTH", "COUNT", "EVALUATED"), each(_RESAMPLE, "Length", "Count", "Evaluated")),
    "N7c": Case(new=each(_RESAMPLE, "Length"), arrived=each(_RESAMPLE, "Length")),
    "N8": Case(
        ("node = group.nodes.new('FunctionNodeRandomValue')\nnode.data_type = 'FLOAT'\n"
         "wrong = node.inputs[2].name != 'Min'",),
        ("node = group.nodes.new('FunctionNodeRandomValue')\nnode.data_type = 'FLOAT'\nnode.inputs['Min']",),
    ),
    "N9": Case(
        ("wrong = group.nodes.new('GeometryNodeSwitch').input_type != 'GEOMETRY'",),
        ("node = group.nodes.new('GeometryNodeSwitch')\nnode.input_type = 'GEOMETRY'",),
    ),
}  # fmt: skip

_STRIP_TIMES = (
    "left_handle", "right_handle", "duration", "content_start", "content_duration", "left_handle_offset",
    "right_handle_offset",
)  # fmt: skip
_BRUSH = "bpy.data.brushes.new('a', mode='SCULPT').@ = 'DRAW'"

ANIMATION: Mapping[str, Case] = {
    "K1": Case(
        (_ACTION + "action.fcurves",),
        (
            _ACTION + "obj.keyframe_insert('location')\n"
            "from bpy_extras import anim_utils\n"
            "bag = anim_utils.action_get_channelbag_for_slot(action, obj.animation_data.action_slot)\n"
            "assert len(bag.fcurves) == 3",
            _ACTION + "action.fcurve_ensure_for_datablock(obj, 'location', index=0)",
        ),
    ),
    "K2": Case(
        new=(_ACTION + "action.fcurve_ensure_for_datablock(obj, 'location', index=0)",),
        arrived=(_ACTION + "action.fcurve_ensure_for_datablock(obj, 'location', index=0)",),
    ),
    "K3": Case(
        each(_ACTION + "action.@", "groups", "id_root"),
        (
            _ACTION + "obj.keyframe_insert('location')\n"
            "slot = obj.animation_data.action_slot\n"
            "assert slot.target_id_type == 'OBJECT'\n"
            "action.layers[0].strips[0].channelbag(slot).groups['Object Transforms']",
        ),
    ),
    "K4": Case(
        (
            "action = bpy.data.actions.new('a')\n"
            "slots = [action.slots.new('OBJECT', name) for name in ('One', 'Two')]\n"
            "obj.animation_data_create().action = action\n"
            "wrong = obj.animation_data.action_slot is None",
        ),
        (
            "action = bpy.data.actions.new('a')\n"
            "slots = [action.slots.new('OBJECT', name) for name in ('One', 'Two')]\n"
            "animation_data = obj.animation_data_create()\n"
            "animation_data.action = action\n"
            "animation_data.action_slot = action.slots[0]",
        ),
    ),
    "K5": Case(("scene.frame_set(1.5)",), ("scene.frame_set(1, subframe=0.5)",)),
    "K6": Case(
        each("obj.keyframe_insert('@')", "loc", "rot"),
        each("obj.keyframe_insert('@')", "location", "rotation_euler", "scale"),
    ),
    "K7": Case(
        (_ARMATURE + "bone.layers", _ARMATURE + "rig.data.layers", _ARMATURE + "rig.pose.bone_groups",
         _ARMATURE + "posebone.bone_group"),
        (_ARMATURE + "rig.data.collections.new('a').assign(bone)", _ARMATURE + "bone.collections",
         _ARMATURE + "posebone.color.palette = 'THEME01'"),
    ),
    "K8": Case((_ARMATURE + "posebone.custom_shape_scale = 2",),
               (_ARMATURE + "posebone.custom_shape_scale_xyz = (2, 2, 2)",)),
    "K9": Case(
        each(_ARMATURE + "bone.@ = True", "select", "select_head", "select_tail"),
        (_ARMATURE + "posebone.select = True",
         _ARMATURE + "bpy.ops.object.mode_set(mode='EDIT')\nrig.data.edit_bones['Bone'].select = True"),
    ),
    "K10": Case(("bpy.ops.object.gpencil_add()",), ("bpy.ops.object.grease_pencil_add(type='EMPTY')",)),
    "K11": Case((_GREASE + "frame.strokes.new()",), (_GREASE + "frame.drawing.add_strokes([4])",)),
    "K11b": Case(("bpy.data.grease_pencils_v3",), ("bpy.data.grease_pencils",)),
    "K12": Case(
        ("scene.grease_pencil = None",), ("scene.annotation = None",), arrived=("scene.annotation = None",)
    ),
    "K13": Case(
        each(_EDITOR + "editor.@", "sequences", "sequences_all"), each(_EDITOR + "editor.@", "strips", "strips_all")
    ),
    "K13b": Case(new=each(_EDITOR + "editor.@", "strips"), arrived=each(_EDITOR + "editor.@", "strips", "strips_all")),
    "K14": Case(
        (_EDITOR + "editor.strips.new_effect(name='a', type='COLOR', channel=1, frame_start=1, frame_end=9)",),
        (_STRIP,),
        arrived=(_STRIP,),
    ),
    "K15": Case(
        each(_STRIP + _WARNED, "strip.frame_final_start", "strip.frame_final_end", "strip.frame_final_duration",
             "strip.frame_start", "strip.frame_duration", "strip.frame_offset_start", "strip.frame_offset_end"),
        each(_STRIP + "strip.@", *_STRIP_TIMES),
        arrived=each(_STRIP + "strip.@", *_STRIP_TIMES),
    ),
    "K16": Case(each(_BRUSH, "sculpt_tool"), each(_BRUSH, "sculpt_brush_type"),
                arrived=each(_BRUSH, "sculpt_brush_type")),
    "K17": Case(("bpy.ops.sculpt.sample_color.poll()",), ("bpy.data.brushes.new('a', mode='SCULPT').color",)),
    "K18": Case(
        new=(
            _ACTION + "from bpy_extras import anim_utils\n"
            "anim_utils.action_ensure_channelbag_for_slot(action, action.slots.new('OBJECT', 'a'))",
        ),
        arrived=each("from bpy_extras import anim_utils\nanim_utils.@", "action_ensure_channelbag_for_slot",
                     "animdata_get_channelbag_for_assigned_slot", "action_get_first_suitable_slot"),
    ),
}  # fmt: skip

_GPU = (  # 5.2 can use the GPU without a window, where there is one
    "import gpu\ntry:\n    gpu.init()\n    has_gpu = True\nexcept Exception:\n    has_gpu = False\n"
)
_SAVED = "import tempfile\npath = tempfile.mkdtemp() + '/a.@'\n"
_EXPORTED = "import tempfile\npath = tempfile.mkdtemp() + '/a.#'\nbpy.ops.wm.#_export(filepath=path)\n"

FILES: Mapping[str, Case] = {
    "I1": Case(
        each(_EXPORTED.replace("#", "obj") + "bpy.ops.@_scene.obj(filepath=path)", "import", "export"),
        (_SAVED.replace("@", "obj") + "bpy.ops.wm.obj_export(filepath=path, forward_axis='Y', up_axis='Z', "
         "export_selected_objects=True)\nbpy.ops.wm.obj_import(filepath=path)",),
    ),
    "I2": Case(
        each(_EXPORTED.replace("#", "stl") + "bpy.ops.@_mesh.stl(filepath=path)", "import", "export"),
        (_SAVED.replace("@", "stl") + "bpy.ops.wm.stl_export(filepath=path)\nbpy.ops.wm.stl_import(filepath=path)",),
    ),
    "I3": Case(
        each(_EXPORTED.replace("#", "ply") + "bpy.ops.@_mesh.ply(filepath=path)", "import", "export"),
        (_SAVED.replace("@", "ply") + "bpy.ops.wm.ply_export(filepath=path)\nbpy.ops.wm.ply_import(filepath=path)",),
    ),
    "I4": Case(
        each("bpy.ops.wm.collada_@(filepath='a.dae')", "import", "export"),
        (_SAVED.replace("@", "glb") + "bpy.ops.export_scene.gltf(filepath=path)\n"
         "bpy.ops.import_scene.gltf(filepath=path)",),
    ),
    "I5": Case(
        each("bpy.ops.@_scene.x3d(filepath='a.x3d')", "import", "export"),
        (_SAVED.replace("@", "usdc") + "bpy.ops.wm.usd_export(filepath=path)\nbpy.ops.wm.usd_import(filepath=path)",),
    ),
    "I5b": Case(
        (*each("bpy.ops.mesh.@()", "primitive_round_cube_add", "primitive_gear", "primitive_worm_gear",
               "primitive_gem_add", "primitive_star_add", "primitive_teapot_add", "landscape_add", "bolt_add"),
         "bpy.ops.curve.tree_add()"),
        ("import bmesh\nbm = bmesh.new()\nbmesh.ops.create_cube(bm, size=1)",
         "obj.modifiers.new('Round', 'BEVEL').segments = 4"),
    ),
    "I6": Case(
        ("bpy.ops.import_image.to_plane(files=[])",),
        (
            "import tempfile\nfolder, name = tempfile.mkdtemp(), 'a.png'\n"
            "image = bpy.data.images.new('a', 8, 8)\nimage.filepath_raw = folder + '/' + name\n"
            "image.file_format = 'PNG'\nimage.save()\n"
            "bpy.ops.image.import_as_mesh_planes(files=[{'name': name}], directory=folder)\n"
            "assert bpy.context.object.type == 'MESH' and bpy.context.object is not obj",
        ),
    ),
    "I7": Case(
        new=(_SAVED.replace("@", "fbx") + "bpy.ops.export_scene.fbx(filepath=path)\n"
             "assert bpy.ops.wm.fbx_import(filepath=path) == {'FINISHED'}",),
        arrived=("bpy.ops.wm.fbx_import.poll()",),
    ),
    "I8": Case(("import bgl",), ("import gpu",)),
    "I9": Case(
        each(_GPU + "gpu.shader.from_builtin('@')", "3D_UNIFORM_COLOR", "2D_SMOOTH_COLOR"),
        each(_GPU + "has_gpu and gpu.shader.from_builtin('@')", "UNIFORM_COLOR", "SMOOTH_COLOR", "FLAT_COLOR"),
        alone="what touches the GPU may die of it",
    ),
    "I10": Case(
        each("import @", "rna_info", "bl_ui_utils", "bl_console_utils"), ("import bpy_extras",)
    ),
    "I11": Case(
        (
            "class Settings(bpy.types.PropertyGroup):\n    size = bpy.props.FloatProperty()\n"
            "bpy.utils.register_class(Settings)\nwrong = 'size' not in Settings.bl_rna.properties\n"
            "bpy.utils.unregister_class(Settings)",
        ),
        (
            "class Settings(bpy.types.PropertyGroup):\n    size: bpy.props.FloatProperty()\n"
            "bpy.utils.register_class(Settings)\nassert 'size' in Settings.bl_rna.properties\n"
            "bpy.utils.unregister_class(Settings)",
        ),
    ),
    "I12": Case(
        (
            "class Act(bpy.types.Operator):\n    bl_idname, bl_label = 'object.viga_act', 'Act'\n"
            "    def __init__(self):\n        self.n = 1\n"
            "    def execute(self, context):\n        return {'FINISHED'}\n"
            "bpy.utils.register_class(Act)\nbpy.ops.object.viga_act()",
            "class Act(bpy.types.Operator):\n    bl_idname, bl_label = 'object.viga_act', 'Act'\n"
            "    def __init__(self, *args, **kwargs):\n        self.n = 1\n"
            "    def execute(self, context):\n        return {'FINISHED'}\n"
            "bpy.utils.register_class(Act)\nbpy.ops.object.viga_act()",
        ),
        (
            "class Act(bpy.types.Operator):\n    bl_idname, bl_label = 'object.viga_act', 'Act'\n"
            "    def __init__(self, *args, **kwargs):\n        super().__init__(*args, **kwargs)\n"
            "    def execute(self, context):\n        return {'FINISHED'}\n"
            "bpy.utils.register_class(Act)\nassert bpy.ops.object.viga_act() == {'FINISHED'}",
        ),
        alone="a registered class stays",
    ),
}  # fmt: skip

STATE: Mapping[str, Case] = {
    "X3": Case(
        (
            "bpy.context.view_layer.objects.active = lamp\nbpy.ops.object.mode_set(mode='EDIT')",
            "bpy.context.view_layer.objects.active = lamp\nbpy.ops.object.mode_set(mode='SCULPT')",
            "bpy.context.view_layer.objects.active = lamp\nbpy.ops.object.mode_set(mode='WEIGHT_PAINT')",
        ),
        ("bpy.context.view_layer.objects.active = obj\nbpy.ops.object.mode_set(mode='EDIT')",),
    ),
    "X5": Case(
        ("bpy.ops.screen.screenshot(filepath='a.png')", "bpy.ops.render.opengl()"),
        ("scene.render.resolution_x = scene.render.resolution_y = 8\nscene.render.engine = 'CYCLES'\n"
         "scene.cycles.samples = 1\nbpy.ops.render.render()",),
        alone="it renders",
    ),
    "X6": Case(("bpy.ops.ed.undo()", "bpy.ops.ed.redo()"), ("copy = obj.copy()",)),
    "X7": Case(
        ("import gpu\ngpu.shader.from_builtin('UNIFORM_COLOR')",), ("import numpy\nnumpy.zeros((4, 4, 3))",),
        alone="what touches the GPU may die of it",
    ),
    "X8": Case(("bpy.data.objects.remove(lamp)\nlamp.location",), ("bpy.data.objects['Light'].location",)),
    "X9": Case(
        ("scene.camera = None\nbpy.ops.render.render()",),
        ("camera_object = bpy.data.objects['Camera']\nscene.camera = camera_object",),
        alone="it renders",
    ),
    "X19": Case(
        ("scene.display.shading.type = 'MATERIAL_PREVIEW'",),
        ("scene.display.shading.type = 'MATERIAL'",),
    ),
}  # fmt: skip

CASES: Mapping[str, Case] = {
    **RENDER, **COMPOSITOR, **MATERIALS, **OBJECTS, **MESHES, **NODE_GROUPS, **ANIMATION, **FILES, **STATE,
}  # fmt: skip
