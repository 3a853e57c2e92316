# pyright: basic, reportAttributeAccessIssue=false, reportMissingImports=false
# ruff: noqa: E501 - a table: one record a row
"""Spellings of Blender's Python interface that changed, as data: one record a row.

`drift.py` reads it after an exception. `old` and `arrived` are plain names, so that a check before the run can look for the
same rows in the source: `old` trips on versions from `since` on, `arrived` on versions before `since`.
"""

from dataclasses import dataclass
from typing import Literal

Version = tuple[int, int]
Kind = Literal["attribute", "key", "enum", "node", "operator", "keyword", "module", "message", "shape", "silent"]
NEVER: Version = (0, 0)  # as `since`: the old spelling did not work in any version


@dataclass(frozen=True)
class Change:
    """One spelling that differs between versions of Blender.

    Attributes:
        id: Letter of the subject and a number: R render, C compositor, P materials and lights, O objects, M meshes and modifiers,
            N node groups, K animation, I import, export and modules, X state and context (any version).
        kind: What sort of name fails: an attribute, a key in a collection, an enum item, a type of node, an operator, a keyword
            argument, a module;
            `message` where only the text of the exception tells; `shape` where the property itself tells how
            many numbers it takes (`advice.py`); `silent` where nothing is raised.
        old: The name or names that fail from `since` on, `|` between several, `*` as wildcard. For `message` and `silent`: words.
        new: What to write instead: code, or words. With as many `|` parts as `old`, they belong together pairwise.
        since: First version in which `old` fails.
        until: First version in which this row no longer holds.
        severity: `error` raises, `silent` gives a wrong result without a word, `warning` still works.
        on: Regular expression that must be found in the class that was asked, or in the failing source line;
            for `message` in the text of the exception.
        advice: A sentence more.
        autofix: Whether replacing the name `old` by the name `new` is safe without looking at anything else.
        arrived: Names that do not exist before `since`, `|` between several. A row with no `old` is only about them.
        before: What to write instead of them before `since`; `old` if empty.
        where: Where the check before the run (`lint.py`) finds the row for sure; "-" nowhere. By kind: `attribute`, a regular
            expression for the type, `on` if empty, with "=" before it where only writing fails; `key`, the type's
            collections; `enum`, the properties and arguments that take it, `|` between several; `keyword`, the functions.
            Nodes, operators and modules are found by their names alone.
    """

    id: str
    kind: Kind
    old: str
    new: str
    since: Version
    until: Version | None = None
    severity: Literal["error", "silent", "warning"] = "error"
    on: str = ""
    advice: str = ""
    autofix: bool = False
    arrived: str = ""
    before: str = ""
    where: str = ""

    def applies(self, version: Version) -> bool:
        """Whether the old spelling fails in this version of Blender."""
        return self.since <= version and (self.until is None or version < self.until)


_GROUP_OUTPUT = (
    "The tree needs `tree.interface.new_socket('Image', in_out='OUTPUT', socket_type='NodeSocketColor')` as its output."
)
_PRINCIPLED = r"^ShaderNodeBsdfPrincipled\.inputs$"
_MENU = "Menu sockets take the name shown in the interface ('Length', not 'LENGTH')."
_SHADER_IN_COMPOSITOR = "The compositor takes these shader nodes since 4.5."

# fmt: off
RENDER = (
    Change("R1", "enum", "BLENDER_RENDER|BLENDER_GAME", "'CYCLES' or 'BLENDER_WORKBENCH'", (2, 80), on="engine", where="RenderSettings.engine"),
    Change("R2", "enum", "BLENDER_EEVEE", "BLENDER_EEVEE_NEXT", (4, 2), (5, 0), autofix=True, arrived="BLENDER_EEVEE_NEXT", where="RenderSettings.engine"),
    Change("R3", "enum", "BLENDER_EEVEE_NEXT", "BLENDER_EEVEE", (5, 0), autofix=True, where="RenderSettings.engine"),
    Change("R4", "attribute", "use_bloom|bloom_*", "a Glare node with bloom in the compositor", (4, 2), on="EEVEE|eevee"),
    Change("R5", "attribute", "use_ssr|use_ssr_*|ssr_*", "`eevee.use_raytracing` and the material's `use_raytrace_refraction`", (4, 3), on="EEVEE|eevee"),
    Change("R6", "attribute", "use_gtao|gtao_*", "`eevee.fast_gi_method`, `eevee.fast_gi_distance`", (5, 0), on="EEVEE|eevee"),
    Change("R7", "attribute", "use_soft_shadows|shadow_cube_size|shadow_cascade_size|sss_samples|use_volumetric_lights", "nothing: EEVEE does it by itself (`eevee.use_shadows`, the light's settings)", (4, 3), on="EEVEE|eevee"),
    Change("R8", "attribute", "use_motion_blur|motion_blur_shutter", "scene.render.use_motion_blur|scene.render.motion_blur_shutter", (4, 2), on="EEVEE|eevee", autofix=True),
    Change("R9", "attribute", "alpha_mode", "render.film_transparent = True", (2, 80), on="RenderSettings"),
    Change("R10", "attribute", "use_antialiasing|antialiasing_samples", "the engine's samples (`scene.cycles.samples`)", (2, 80), on="RenderSettings"),
    Change("R10b", "attribute", "layers|render_layers", "scene.view_layers", (2, 80), on="RenderSettings|'Scene'|Scene", where="^(RenderSettings|Scene)$"),
    Change("R11", "attribute", "tile_x|tile_y", "`scene.cycles.tile_size`", (3, 0), on="RenderSettings"),
    Change("R12", "attribute", "progressive|use_square_samples|tile_order|use_progressive_refine", "nothing: Cycles chooses by itself", (3, 0), on="Cycles|cycles"),
    Change("R13", "attribute", "feature_set", "nothing: the features are always there", (5, 0), on="Cycles|cycles"),
    Change("R14", "enum", "FFMPEG", "`image_settings.media_type = 'VIDEO'` first, then `file_format = 'FFMPEG'`", (5, 0), on="file_format", where="-"),
    Change("R15", "enum", "OPEN_EXR_MULTILAYER", "`image_settings.media_type = 'MULTI_LAYER_IMAGE'` first, then the file format", (5, 0), on="file_format", where="-"),
    Change("R15b", "attribute", "", "`image_settings.media_type`", (5, 0), on="ImageFormatSettings", arrived="media_type", before="`file_format` alone"),
    Change("R16", "enum", "Very High Contrast|High Contrast|Medium High Contrast|Medium Contrast|Medium Low Contrast|Low Contrast|Very Low Contrast|Filmic - *", "the look with the view transform before it, as 'AgX - High Contrast'", (4, 0), on="look", advice="Set `view_transform` first: it decides which looks exist.", where="-"),
    Change("R17", "silent", "Filmic as the default view transform", "`scene.view_settings.view_transform = 'Standard'` (or 'Filmic') where colours must match; the default is AgX", (4, 0), severity="silent"),
    Change("R18", "attribute", "node_tree", "`tree = bpy.data.node_groups.new('Compositor', 'CompositorNodeTree'); scene.compositing_node_group = tree`", (5, 0), on=r"^Scene\b|scene\.node_tree", advice=_GROUP_OUTPUT, arrived="compositing_node_group", before="`scene.use_nodes = True` and `scene.node_tree`", where="^Scene$"),
    Change("R19", "silent", "use_nodes = True", "nothing: node trees are always in use", (5, 0), severity="warning"),
    Change("R20", "attribute", "cycles_visibility", "`object.visible_camera`, `visible_diffuse`, `visible_glossy`, `visible_transmission`, `visible_shadow`", (3, 0), where="^Object$"),
    Change("R21", "attribute", "is_shadow_catcher|is_holdout", "object.is_shadow_catcher|object.is_holdout", (3, 0), on="CyclesObjectSettings", autofix=True),
    Change("R22", "attribute", "cast_shadow", "light.use_shadow", (4, 0), on="CyclesLightSettings|FBX|Light", autofix=True, where="^CyclesLightSettings$"),
)

COMPOSITOR = (
    Change("C1", "node", "CompositorNodeComposite", "`NodeGroupOutput`", (5, 0), advice=_GROUP_OUTPUT),
    Change("C2", "node", "CompositorNodeMixRGB", "`ShaderNodeMix` with `data_type = 'RGBA'`", (5, 0), advice=_SHADER_IN_COMPOSITOR),
    Change("C3", "node", "CompositorNodeMath|CompositorNodeMapRange|CompositorNodeValToRGB|CompositorNodeValue", "ShaderNodeMath|ShaderNodeMapRange|ShaderNodeValToRGB|ShaderNodeValue", (5, 0), advice=_SHADER_IN_COMPOSITOR, autofix=True),
    Change("C4", "node", "CompositorNodeGamma", "ShaderNodeGamma", (5, 0), autofix=True),
    Change("C5", "node", "CompositorNodeSepRGBA|CompositorNodeCombRGBA", "CompositorNodeSeparateColor|CompositorNodeCombineColor", (5, 0), advice="Its sockets are 'Red', 'Green', 'Blue', 'Alpha'.", autofix=True),
    Change("C5b", "node", "CompositorNodeSepHSVA|CompositorNodeCombHSVA", "CompositorNodeSeparateColor|CompositorNodeCombineColor", (5, 0), advice="Set its `mode = 'HSV'`."),
    Change("C6", "node", "CompositorNodeMapValue|CompositorNodeSunBeams|CompositorNodeTexture", "ShaderNodeMapRange|CompositorNodeGlare with its Type set to 'Sun Beams'|an image or shader texture node", (5, 0)),
    Change("C7", "node", "CompositorNodeColorRamp|CompositorNodeVignette", "ShaderNodeValToRGB|CompositorNodeEllipseMask and CompositorNodeBlur", NEVER),
    Change("C8", "attribute", "base_path|file_slots|layer_slots", "directory|file_output_items.new('RGBA', name)|file_output_items.new('RGBA', name)", (5, 0), on="OutputFile|FileOutput", arrived="directory|file_name|file_output_items", before="base_path|file_slots|file_slots"),
    Change("C9", "attribute", "glare_type|threshold|quality|mix|size|streaks|fade|angle_offset|iterations|color_modulation", "the node's inputs: `glare.inputs['Type'].default_value = 'Bloom'`, `glare.inputs['Threshold'].default_value`", (5, 0), on="CompositorNodeGlare", advice=_MENU),
    Change("C9b", "enum", "BLOOM|GHOSTS|STREAKS|FOG_GLOW|SIMPLE_STAR|SUN_BEAMS", "Bloom|Ghosts|Streaks|Fog Glow|Simple Star|Sun Beams", (5, 0), on="'Fog Glow'|default_value", advice=_MENU, where="CompositorNodeGlare.inputs['Type'].default_value"),
    Change("C10", "attribute", "size_x|size_y|filter_type|use_relative|factor_x|factor_y", "the node's inputs: `blur.inputs['Size'].default_value`, `blur.inputs['Type'].default_value`", (5, 0), on="CompositorNodeBlur", advice=_MENU),
    Change("C11", "key", "Image|Image_001", "'Background' (below) and 'Foreground' (above)", (5, 0), on="alpha|over|Over", arrived="Background|Foreground", before="Image|Image", where=r"^CompositorNodeAlphaOver\.inputs$"),
    Change("C12", "key", "IndexOB|IndexMA|AO|Emit|Env|DiffCol|DiffDir|DiffInd|GlossCol|GlossDir|GlossInd|TransCol|TransDir|TransInd", "Object Index|Material Index|Ambient Occlusion|Emission|Environment|Diffuse Color|Diffuse Direct|Diffuse Indirect|Glossy Color|Glossy Direct|Glossy Indirect|Transmission Color|Transmission Direct|Transmission Indirect", (5, 0), on="outputs", autofix=True, arrived="Object Index|Material Index|Ambient Occlusion|Emission|Environment|Diffuse Color|Diffuse Direct|Diffuse Indirect|Glossy Color|Glossy Direct|Glossy Indirect|Transmission Color|Transmission Direct|Transmission Indirect", where=r"^CompositorNodeRLayers\.outputs$"),
    Change("C13", "key", "Depth|Normal|Vector|Mist|Position|UV|Object Index|Material Index|Ambient Occlusion|Emission|Environment|Shadow|Diffuse *|Glossy *|Transmission *", "`view_layer.use_pass_... = True` before the node is made: only enabled passes have a socket", (5, 0), on="outputs", where="-"),
    Change("C14", "message", "CompositorNodeRLayers in a tree of its own", "`scene.use_nodes = True` and `scene.node_tree`", NEVER, (5, 0), on="must be the compositing node tree"),
    Change("C15", "silent", "file name of the File Output node", "set `directory` and `file_name`: the name defaults to the blend file's", (5, 2), severity="silent"),
    Change("C16", "silent", "compositor on the CPU", "`scene.render.compositor_device = 'CPU'` on a machine without a GPU", (5, 2), severity="silent"),
)

MATERIALS = (
    Change("P1", "key", "Subsurface", "Subsurface Weight", (4, 0), on="inputs", autofix=True, arrived="Subsurface Weight", where=_PRINCIPLED),
    Change("P1b", "key", "Subsurface Color", "Base Color", (4, 0), on="inputs", where=_PRINCIPLED),
    Change("P2", "key", "Specular", "Specular IOR Level", (4, 0), on="inputs", autofix=True, arrived="Specular IOR Level", where=_PRINCIPLED),
    Change("P3", "key", "Transmission", "Transmission Weight", (4, 0), on="inputs", autofix=True, arrived="Transmission Weight", where=_PRINCIPLED),
    Change("P3b", "key", "Transmission Roughness", "Roughness", (4, 0), on="inputs", where=_PRINCIPLED),
    Change("P4", "key", "Clearcoat|Clearcoat Roughness|Clearcoat Normal", "Coat Weight|Coat Roughness|Coat Normal", (4, 0), on="inputs", autofix=True, arrived="Coat Weight|Coat Roughness|Coat Normal", where=_PRINCIPLED),
    Change("P5", "key", "Sheen", "Sheen Weight", (4, 0), on="inputs", autofix=True, arrived="Sheen Weight", where=_PRINCIPLED),
    Change("P6", "key", "Emission", "Emission Color", (4, 0), on="inputs", advice="Set 'Emission Strength' as well: it is 0 until you do, and nothing glows.", autofix=True, arrived="Emission Color", where=_PRINCIPLED),
    Change("P7", "shape", "a number for 'Specular Tint' or 'Sheen Tint'", "four values, as (1, 1, 1, 1): the tints are colours", (4, 0)),
    Change("P8", "silent", "inputs of the Principled BSDF by number", "inputs by name: the numbers moved in 4.0, 4.3 and 5.2", (4, 0), severity="silent"),
    Change("P9", "key", "Principled BSDF|Material Output|Background|World Output", "find it by type, as `next(n for n in nodes if n.type == 'BSDF_PRINCIPLED')`", NEVER, on=r"nodes\[", where="-"),
    Change("P10", "node", "ShaderNodeTexMusgrave", "`ShaderNodeTexNoise` (its `noise_type`, `normalize = False`)", (4, 1)),
    Change("P11", "node", "ShaderNodeBsdfVelvet", "ShaderNodeBsdfSheen", (4, 0), autofix=True),
    Change("P12", "node", "ShaderNodeSeparateRGB|ShaderNodeCombineRGB", "ShaderNodeSeparateColor|ShaderNodeCombineColor", (5, 0), advice="Its sockets are 'Red', 'Green', 'Blue'.", autofix=True),
    Change("P12c", "node", "ShaderNodeSeparateHSV|ShaderNodeCombineHSV", "ShaderNodeSeparateColor|ShaderNodeCombineColor", (5, 0), advice="Set its `mode = 'HSV'`; its sockets are 'Red' (hue), 'Green', 'Blue'."),
    Change("P12b", "key", "R|G|B", "Red|Green|Blue", (3, 3), on="inputs|outputs", autofix=True, where=r"^ShaderNodeSeparateColor\.outputs$|^ShaderNodeCombineColor\.inputs$"),
    Change("P13", "node", "ShaderNodeTexPointDensity", "a volume from geometry nodes (Points to Volume)", (5, 0)),
    Change("P14", "key", "Fac|Color1|Color2", "Factor|A|B", (3, 4), on="mix", advice="On ShaderNodeMix set `data_type = 'RGBA'` first: 'A' and 'B' are then the colours.", where=r"^ShaderNodeMix\.inputs$"),
    Change("P15", "key", "Fac", "Factor", (5, 0), severity="warning", on="inputs", arrived="Factor", where="-"),
    Change("P16", "enum", "NISHITA", "`'SINGLE_SCATTERING'` or `'MULTIPLE_SCATTERING'`", (5, 0), on="sky", arrived="SINGLE_SCATTERING|MULTIPLE_SCATTERING", where="ShaderNodeTexSky.sky_type"),
    Change("P16b", "attribute", "dust_density", "aerosol_density", (5, 0), on="Sky", autofix=True, arrived="aerosol_density"),
    Change("P17", "attribute", "shadow_method", "`material.use_transparent_shadow`", (4, 3), on="Material", where="^Material$"),
    Change("P18", "silent", "material.blend_method", "`material.surface_render_method = 'BLENDED'` or `'DITHERED'`", (4, 2), severity="warning"),
    Change("P19", "attribute", "displacement_method", "material.displacement_method", (4, 1), on="CyclesMaterialSettings", autofix=True),
    Change("P20", "shape", "three values for a colour with alpha", "four values: (r, g, b, 1.0)", (2, 80)),
    Change("P21", "shape", "four values for a colour without alpha", "three values: (r, g, b)", NEVER),
    Change("P22", "attribute", "use_contact_shadow|contact_shadow_*|shadow_buffer_bias|shadow_color", "nothing: EEVEE traces its shadows since 4.2", (4, 3), on="Light", where="^(Light|ObjectData)$"),
    Change("P23", "attribute", "", "`light.exposure`, `light.temperature`", (4, 5), on="Light", arrived="exposure|temperature|use_temperature|normalize", before="`light.energy` and `light.color`", where="^Light$"),
    Change("P24", "attribute", "distance|falloff_type|falloff_curve", "`light.cutoff_distance` with `light.use_custom_distance`; falloff is physical", (4, 0), on="Light", where="^Light$"),
    Change("P24b", "enum", "HEMI|LAMP", "'SUN', 'AREA', 'POINT' or 'SPOT'", (2, 80), where="BlendData[Light].new(1 type)|bpy.ops.object.light_add(9 type)"),
    Change("P25", "attribute", "horizon_color|zenith_color|ambient_color", "`world.node_tree.nodes['Background'].inputs['Color'].default_value`, or `world.color`", (2, 80), on="World", where="^World$"),
    Change("P25b", "attribute", "use_ambient_occlusion", "nothing: light comes from the world's Background node", (5, 0), on="WorldLighting"),
    Change("P26", "attribute", "texture_slots|use_shadeless|specular_hardness|diffuse_intensity|emit|alpha|use_transparency|raytrace_*", "nodes: `material.node_tree.nodes`, the Principled BSDF's inputs", (2, 80), on="Material", where="^Material$"),
    Change("P27", "enum", "CUBEMAP|PLANAR|GRID", "SPHERE|PLANE|VOLUME", (4, 1), on="SPHERE|lightprobe|light_probes", autofix=True, arrived="SPHERE|PLANE|VOLUME", where="bpy.ops.object.lightprobe_add(9 type)"),
)

OBJECTS = (
    Change("O1", "attribute", "link|unlink", "scene.collection.objects.link(object)|scene.collection.objects.unlink(object)", (2, 80), on=r"objects\.(un)?link|SceneObjects|bpy_prop_collection", where="^SceneObjects$"),
    Change("O2", "attribute", "active", "bpy.context.view_layer.objects.active = object", (2, 80), on=r"scene\.objects\.active", where="^SceneObjects$"),
    Change("O3", "attribute", "select", "object.select_set(True)", (2, 80), on="^Object", where="^Object$"),
    Change("O4", "attribute", "hide", "`object.hide_render = True` for pictures (`hide_viewport`, `hide_set(True)` only change the viewport)", (2, 80), on="^Object", where="^Object$"),
    Change("O5", "attribute", "update", "bpy.context.view_layer.update()", (2, 80), on="^Scene", where="^Scene$"),
    Change("O6", "attribute", "cursor_location", "scene.cursor.location", (2, 80), on="^Scene|SpaceView3D", autofix=True, where="^Scene$"),
    Change("O7", "attribute", "lamps", "bpy.data.lights", (2, 80), on="BlendData", autofix=True, where="^BlendData$"),
    Change("O7b", "operator", "object.lamp_add", "bpy.ops.object.light_add(type='POINT')", (2, 80), autofix=True),
    Change("O8", "attribute", "groups|users_group|dupli_group", "bpy.data.collections|object.users_collection|object.instance_collection", (2, 80), on="BlendData|^Object", autofix=True, where="^(BlendData|Object)$"),
    Change("O9", "message", "`*` between matrices and vectors", "`@`: matrix @ vector (`*` multiplies element by element)", (2, 80), on="Element-wise multiplication: not supported"),
    Change("O9b", "silent", "`*` between two matrices", "`@`: `*` multiplies element by element", (2, 80), severity="silent"),
    Change("O10", "attribute", "user_preferences", "bpy.context.preferences", (2, 80), on="Context", autofix=True, where="^Context$"),
    Change("O11", "attribute", "draw_type|empty_draw_type|empty_draw_size|dupli_type|show_x_ray|draw_bounds_type", "object.display_type|object.empty_display_type|object.empty_display_size|object.instance_type|object.show_in_front|object.display_bounds_type", (2, 80), on="Object", autofix=True, where="^Object$"),
    Change("O11b", "attribute", "dupli_object|dupli_list|dupli_list_create", "`for instance in bpy.context.evaluated_depsgraph_get().object_instances:` with `instance.instance_object`, `instance.matrix_world`", (2, 80), on="Object", where="^Object$"),
    Change("O12", "attribute", "layers", "collections: `bpy.data.collections.new(name)`, `scene.collection.children.link(collection)`", (2, 80), on="^(Object|Scene)$"),
    Change("O13", "message", "object.to_mesh(scene, True, 'PREVIEW')", "`object.evaluated_get(bpy.context.evaluated_depsgraph_get()).to_mesh()`", (2, 80), on=r"Object\.to_mesh\(\)"),
    Change("O14", "message", "scene.ray_cast(view_layer, ...)", "`scene.ray_cast(bpy.context.evaluated_depsgraph_get(), origin, direction)`", (2, 91), on=r"Scene\.ray_cast\(\)"),
    Change("O15", "keyword", "view_align", "`align='WORLD'`, or nothing", (2, 80), where=r"^bpy\.ops\.mesh\.primitive_"),
    Change("O15b", "keyword", "radius", "size", (2, 80), on="primitive_(cube|plane|grid|monkey)_add", advice="`size` is the whole edge: twice the radius.", where=r"^bpy\.ops\.mesh\.primitive_(cube|plane|grid|monkey)_add$"),
    Change("O15c", "keyword", "size", "radius", (2, 80), on="primitive_(uv_sphere|ico_sphere|cylinder|cone|circle|torus)_add", where=r"^bpy\.ops\.mesh\.primitive_(uv_sphere|ico_sphere|cylinder|cone|circle|torus)_add$"),
    Change("O16", "message", "objects.remove(object, True)", "`bpy.data.objects.remove(object, do_unlink=True)`", (2, 80), on='"do_unlink" to be a keyword argument'),
    Change("O17", "keyword", "axis|constraint_orientation", "orient_axis='Z'|orient_type='GLOBAL'", (2, 80), on=r"transform\.", where=r"^bpy\.ops\.transform\.(rotate|translate|resize)$"),
    Change("O18", "attribute", "proxy|proxy_group|proxy_collection", "a library override: `object.override_create()`", (3, 0), on="^Object", where="^Object$"),
    Change("O19", "message", "a context dictionary as an operator's first argument", "`with bpy.context.temp_override(object=obj, active_object=obj): bpy.ops...()`", (4, 0), on="1-2 args execution context is supported"),
    Change("O20", "keyword", "apply_as", "`modifier_apply(modifier=name)`", (2, 90), on="modifier_apply", where=r"^bpy\.ops\.object\.modifier_apply$"),
    Change("O21", "key", "cycles|cycles_curves", "the attribute: `scene.cycles`, not `scene['cycles']`", (5, 0), on=r"\[['\"]cycles", where="-"),
    Change("O23", "shape", "object.scale = 2", "three values: (2, 2, 2)", NEVER),
    Change("O22", "silent", "bpy.context.copy() changed and passed to an operator", "`with bpy.context.temp_override(object=obj): ...`", (4, 0)),
)

MESHES = (
    Change("M1", "attribute", "calc_normals", "nothing (delete the line): normals are kept up to date", (4, 0), on="Mesh", where="^(Mesh|ObjectData)$"),
    Change("M2", "attribute", "use_auto_smooth|auto_smooth_angle", "`mesh.set_sharp_from_angle(angle=math.radians(30))` after `mesh.shade_smooth()`", (4, 1), on="Mesh", where="^(Mesh|ObjectData)$"),
    Change("M3", "keyword", "use_auto_smooth|auto_smooth_angle", "`bpy.ops.object.shade_smooth_by_angle(angle=math.radians(30))`", (4, 1), on="shade_smooth", where=r"^bpy\.ops\.object\.shade_smooth$"),
    Change("M4", "attribute", "calc_normals_split|create_normals_split|free_normals_split", "`mesh.corner_normals` to read, `mesh.normals_split_custom_set(...)` to write", (4, 1), on="Mesh", where="^(Mesh|ObjectData)$"),
    Change("M5", "attribute", "normal", "`mesh.normals_split_custom_set_from_vertices(...)`: normals are computed, not stored", (3, 1), on="MeshVertex|MeshLoop|MeshPolygon", where="=^Mesh(Vertex|Loop|Polygon)$"),
    Change("M6", "attribute", "crease|bevel_weight", "a mesh attribute: `mesh.attributes.new('crease_edge', 'FLOAT', 'EDGE')` ('bevel_weight_edge', 'bevel_weight_vert', 'crease_vert')", (4, 0), on="MeshEdge|MeshVertex", where="^Mesh(Edge|Vertex)$"),
    Change("M7", "attribute", "face_maps", "an integer attribute of the faces: `mesh.attributes.new(name, 'INT', 'FACE')`", (4, 0), on="Mesh|Object", where="^(Mesh|Object|ObjectData)$"),
    Change("M8", "attribute", "uv_textures|tessfaces|tessface_uv_textures|calc_tessface", "mesh.uv_layers|mesh.loop_triangles|mesh.uv_layers|mesh.calc_loop_triangles()", (2, 80), on="Mesh", where="^(Mesh|ObjectData)$"),
    Change("M9", "attribute", "sculpt_vertex_colors", "mesh.color_attributes", (3, 2), on="Mesh", where="^(Mesh|ObjectData)$"),
    Change("M10", "keyword", "diameter|diameter1|diameter2", "radius|radius1|radius2", (3, 0), on="bmesh|create_", autofix=True, where=r"^bmesh\.ops\.create_"),
    Change("M11", "keyword", "vertex_only", "affect='VERTICES'", (2, 90), on="bevel", where=r"^bmesh\.ops\.bevel$|^bpy\.ops\.mesh\.bevel$"),
    Change("M11b", "attribute", "use_only_vertices", "modifier.affect = 'VERTICES'", (2, 90), on="BevelModifier"),
    Change("M12", "message", "bmesh.ops.delete(context=<number>)", "a word: `context='VERTS'`, 'EDGES', 'FACES', 'FACES_ONLY', 'EDGES_FACES'", (2, 80), on='keyword "context" expected a string'),
    Change("M13", "message", "an index into bm.verts, bm.edges, bm.faces", "`bm.verts.ensure_lookup_table()` (edges, faces) first, and again after each change", NEVER, on="outdated internal index table"),
    Change("M14", "enum", "FAST", "FLOAT", (5, 0), on="solver|MANIFOLD", autofix=True, arrived="FLOAT", where="BooleanModifier.solver"),
    Change("M14b", "enum", "", "MANIFOLD", (4, 5), on="solver|EXACT", arrived="MANIFOLD", before="EXACT", where="BooleanModifier.solver"),
    Change("M15", "enum", "SMOKE", "FLUID", (2, 82), on="type|modifier", arrived="FLUID", where="ObjectModifiers.new(1 type)|bpy.ops.object.modifier_add(9 type)"),
    Change("M15b", "enum", "GEOMETRY_NODES|GEOMETRYNODES|GEO_NODES", "NODES|NODES|NODES", NEVER, where="ObjectModifiers.new(1 type)|bpy.ops.object.modifier_add(9 type)"),
    Change("M16", "silent", "uv.smart_project(angle_limit=66)", "`angle_limit=math.radians(66)`", (2, 91), severity="silent"),
    Change("M17", "attribute", "steps_per_second", "rigidbody_world.substeps_per_frame", (2, 91), on="RigidBodyWorld"),
)

NODE_GROUPS = (
    Change("N1", "attribute", "inputs|outputs", "tree.interface.new_socket(name=name, in_out='INPUT', socket_type='NodeSocketFloat')|tree.interface.new_socket(name=name, in_out='OUTPUT', socket_type='NodeSocketGeometry')", (4, 0), on="NodeTree", where="NodeTree$"),
    Change("N2", "silent", 'modifier["Input_2"]', "the socket's identifier, from `tree.interface.items_tree[name].identifier` ('Socket_2')", (4, 0), (5, 2), severity="silent"),
    Change("N3", "message", 'modifier["Socket_2"]', "`modifier.properties.inputs.Socket_2.value`", (5, 2), on="id properties not supported for this type|support IDProperties|no __(get|set)item__ support"),
    Change("N3b", "attribute", "", "modifier.properties.inputs.Socket_2.value", (5, 2), on="NodesModifier", arrived="properties", before='modifier["Socket_2"]'),
    Change("N4", "node", "GeometryNodeAttributeRandomize|GeometryNodePointInstance|GeometryNodePointDistribute|GeometryNodeAttribute*|GeometryNodePoint[RST]*", "FunctionNodeRandomValue|GeometryNodeInstanceOnPoints|GeometryNodeDistributePointsOnFaces|fields: GeometryNodeStoreNamedAttribute, ShaderNodeMath, GeometryNodeInputNamedAttribute|GeometryNodeRotateInstances, GeometryNodeScaleInstances, GeometryNodeSetPosition", (3, 0)),
    Change("N5", "node", "GeometryNodeTransferAttribute|GeometryNodeAttributeTransfer", "`GeometryNodeSampleIndex`, `GeometryNodeSampleNearestSurface` or `GeometryNodeSampleNearest`", (3, 4)),
    Change("N6", "node", "FunctionNodeCompareFloats", "FunctionNodeCompare", (3, 1), autofix=True),
    Change("N7", "attribute", "mode|uv_smooth|boundary_smooth", "the node's input: `node.inputs['Mode'].default_value = 'Length'`", (5, 0), on="GeometryNode", advice=_MENU, where="^GeometryNode(ResampleCurve|FilletCurve|Transform|MergeByDistance|SubdivisionSurface)$"),
    Change("N7b", "enum", "LENGTH|COUNT|EVALUATED", "Length|Count|Evaluated", (5, 0), on=r"'Evaluated'|inputs\[", advice=_MENU, where="GeometryNodeResampleCurve.inputs['Mode'].default_value"),
    Change("N7c", "key", "", "Mode", (5, 0), on="inputs", arrived="Mode", before="the attribute `node.mode = 'LENGTH'`", where=r"^GeometryNode(ResampleCurve|FilletCurve|Transform|MergeByDistance)\.inputs$"),
    Change("N8", "silent", "sockets of Random Value and Compare by number", "sockets by name, after `data_type` is set", (5, 2), severity="silent"),
    Change("N9", "silent", "a new Switch node's type", "`node.input_type = 'GEOMETRY'`: the default changed to FLOAT", (5, 1), severity="silent"),
)

ANIMATION = (
    Change("K1", "attribute", "fcurves", "`bpy_extras.anim_utils.action_get_channelbag_for_slot(action, obj.animation_data.action_slot).fcurves` to read, `action.fcurve_ensure_for_datablock(obj, 'location', index=0)` to make one", (5, 0), on="Action", where="^Action$"),
    Change("K2", "attribute", "", "action.fcurve_ensure_for_datablock(obj, path, index=0)", (4, 4), on="Action", arrived="fcurve_ensure_for_datablock", before="action.fcurves.new(path, index=0)", where="^Action$"),
    Change("K3", "attribute", "groups|id_root", "the channelbag's groups|`slot.target_id_type`", (5, 0), on="Action", where="^Action$"),
    Change("K4", "silent", "animation_data.action without a slot", "`animation_data.action_slot = action.slots[0]` after the action is assigned", (4, 4), severity="silent"),
    Change("K5", "message", "scene.frame_set(1.5)", "`scene.frame_set(1, subframe=0.5)`: frames are whole numbers", NEVER, on=r"frame_set\(\).*expected an int"),
    Change("K6", "message", "keyframe_insert with a short name", "the whole data path: `keyframe_insert('location')`, 'rotation_euler', 'scale'", NEVER, on=r"keyframe_insert\(\) property"),
    Change("K7", "attribute", "layers|bone_groups|bone_group", "armature.collections (and bone.collections)|armature.collections|posebone.color", (4, 0), on="Bone|Armature|Pose", where="^(Bone|Armature|Pose|PoseBone)$"),
    Change("K8", "attribute", "custom_shape_scale", "posebone.custom_shape_scale_xyz", (3, 0), on="PoseBone"),
    Change("K9", "attribute", "select|select_head|select_tail", "posebone.select (edit bones keep theirs)", (5, 0), on="^Bone", where="^Bone$"),
    Change("K10", "operator", "object.gpencil_add", "bpy.ops.object.grease_pencil_add(type='EMPTY')", (4, 3)),
    Change("K11", "attribute", "strokes", "`layer.frames.new(1).drawing.add_strokes([point_count])`", (4, 3), on="GreasePencilFrame", where="-"),
    Change("K11b", "attribute", "grease_pencils_v3", "bpy.data.grease_pencils", (5, 0), on="BlendData", autofix=True, where="^BlendData$"),
    Change("K12", "attribute", "grease_pencil", "scene.annotation", (5, 0), on="^Scene", autofix=True, arrived="annotation", where="^Scene$"),
    Change("K13", "attribute", "sequences|sequences_all", "sequence_editor.strips|sequence_editor.strips_all", (5, 0), on="SequenceEditor", autofix=True, where="^SequenceEditor$"),
    Change("K13b", "attribute", "", "sequence_editor.strips", (4, 4), on="SequenceEditor", arrived="strips|strips_all", before="sequence_editor.sequences", where="^SequenceEditor$"),
    Change("K14", "keyword", "frame_end", "length", (5, 0), on="new_effect", arrived="length", where=r"^Strips\.new_effect$"),
    Change("K15", "attribute", "frame_final_start|frame_final_end|frame_final_duration|frame_start|frame_duration|frame_offset_start|frame_offset_end", "left_handle|right_handle|duration|content_start|content_duration|left_handle_offset|right_handle_offset", (5, 1), severity="warning", on="Strip", arrived="left_handle|right_handle|duration|content_start|content_duration|left_handle_offset|right_handle_offset", autofix=True, where="^Strip$"),
    Change("K16", "attribute", "sculpt_tool", "brush.sculpt_brush_type", (5, 0), on="Brush", autofix=True, arrived="sculpt_brush_type", where="^Brush$"),
    Change("K17", "operator", "sculpt.sample_color", "the brush's own colour: `brush.color`", (5, 1)),
    Change("K18", "attribute", "", "anim_utils.action_ensure_channelbag_for_slot(action, slot)", (5, 0), on="anim_utils", arrived="action_ensure_channelbag_for_slot|animdata_get_channelbag_for_assigned_slot|action_get_first_suitable_slot", before="anim_utils.action_get_channelbag_for_slot(action, slot)", where="-"),
)

FILES = (
    Change("I1", "operator", "import_scene.obj|export_scene.obj", "bpy.ops.wm.obj_import(filepath=path)|bpy.ops.wm.obj_export(filepath=path)", (4, 0), advice="Keywords changed too: `forward_axis`, `up_axis`, `export_selected_objects`.", autofix=True),
    Change("I2", "operator", "import_mesh.stl|export_mesh.stl", "bpy.ops.wm.stl_import(filepath=path)|bpy.ops.wm.stl_export(filepath=path)", (4, 2), autofix=True),
    Change("I3", "operator", "import_mesh.ply|export_mesh.ply", "bpy.ops.wm.ply_import(filepath=path)|bpy.ops.wm.ply_export(filepath=path)", (4, 0), autofix=True),
    Change("I4", "operator", "wm.collada_import|wm.collada_export", "glTF: bpy.ops.import_scene.gltf(filepath=path)|glTF: bpy.ops.export_scene.gltf(filepath=path)", (5, 0)),
    Change("I5", "operator", "import_scene.x3d|export_scene.x3d", "another format (glTF, OBJ, USD): X3D is an extension that is not installed", (4, 2)),
    Change("I5b", "operator", "mesh.primitive_round_cube_add|mesh.primitive_*gear*|mesh.primitive_gem_add|mesh.primitive_star_add|mesh.primitive_teapot_add|mesh.landscape_add|mesh.bolt_add|curve.tree_add", "`bmesh` or modifiers (a cube with a Bevel): the Extra Objects add-ons are not installed", (4, 2)),
    Change("I6", "operator", "import_image.to_plane", "bpy.ops.image.import_as_mesh_planes(files=[{'name': name}], directory=folder)", (4, 2)),
    Change("I7", "operator", "", "bpy.ops.wm.fbx_import(filepath=path)", (4, 5), arrived="wm.fbx_import", before="bpy.ops.import_scene.fbx(filepath=path)"),
    Change("I8", "module", "bgl", "the `gpu` module", (5, 0)),
    Change("I9", "message", "gpu.shader.from_builtin('3D_UNIFORM_COLOR')", "the name without '2D_' or '3D_': 'UNIFORM_COLOR', 'SMOOTH_COLOR', 'FLAT_COLOR'", (4, 0), on="[23]D_(UNIFORM|SMOOTH|FLAT|POLYLINE)"),
    Change("I10", "module", "rna_info|bl_ui_utils|bl_console_utils", "nothing: these were private", (5, 0)),
    Change("I11", "silent", "class properties by assignment", "annotations: `size: bpy.props.FloatProperty()`", (2, 80), severity="silent"),
    Change("I12", "message", "a subclass whose __init__ does not call the parent's", "`super().__init__(*args, **kwargs)` first", (4, 4), on=r"(?s)^Python: .*(\.__init__\(\) takes \d+ positional|in __init__\b.*StructRNA of type \w+ has been removed)"),
)

STATE = (
    Change("X3", "message", "Edit mode of an object that has none", "an active mesh: `bpy.context.view_layer.objects.active = obj` (lights, cameras, empties and no object at all have only OBJECT)", NEVER, on=r"enum \"(EDIT|SCULPT|\w+_PAINT|POSE)\" not found in \('OBJECT'"),
    Change("X5", "message", "pictures of the screen", "the render tool: there is no window here", NEVER, on=r"screen\.screenshot|OpenGL render in background|render\.opengl"),
    Change("X6", "message", "undo", "the tool that checks out an earlier revision: there is no undo here", NEVER, on=r"bpy\.ops\.ed\.(undo|redo)"),
    Change("X7", "message", "drawing with gpu", "numpy, or the render tool: there is no window to draw in", NEVER, on="GPU functions for drawing"),
    Change("X8", "message", "a reference to something removed", "fetch it again by name (`bpy.data.objects[name]`) after a delete, undo, or load of a file", NEVER, on="StructRNA of type"),
    Change("X9", "message", "render without a camera", "`scene.camera = camera_object` first", NEVER, on="Cannot render, no camera"),
    Change("X19", "enum", "MATERIAL_PREVIEW", "MATERIAL", NEVER, on="shading|SOLID", where="View3DShading.type"),
)
# fmt: on

CHANGES: tuple[Change, ...] = (
    RENDER + COMPOSITOR + MATERIALS + OBJECTS + MESHES + NODE_GROUPS + ANIMATION + FILES + STATE
)
