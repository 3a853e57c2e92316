# pyright: basic, reportAttributeAccessIssue=false, reportMissingImports=false
"""The change table: which rows fire for which version, and the real Blender's answer to each old spelling."""

import pytest

from viga_mcp.blender.changes import CHANGES, NEVER, Version
from viga_mcp.blender.drift import match_changes, read_symptom


def test_each_row_has_its_own_id() -> None:
    ids = [change.id for change in CHANGES]
    assert len(ids) == len(set(ids))


def test_the_rows_cover_every_subject() -> None:
    subjects = {change.id[0] for change in CHANGES}
    assert subjects == set("RCPOMNKIX")
    assert len(CHANGES) > 120


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.id)
def test_a_row_is_well_formed(change) -> None:
    assert change.old or (change.arrived and change.before)
    assert change.new
    assert change.until is None or change.until >= change.since
    if change.arrived:
        assert change.since != NEVER
    if change.autofix:
        assert change.new.count("|") in {0, change.old.count("|")}
        assert change.severity != "silent"


def key(name: str) -> str:
    return f'bpy_prop_collection[key]: key "{name}" not found'


def attribute(owner: str, name: str) -> str:
    return f"'{owner}' object has no attribute '{name}'"


def enum(name: str) -> str:
    return f"bpy_struct: item.attr = val: enum \"{name}\" not found in ('A', 'B')"


def node(name: str) -> str:
    return f"Node type {name} undefined"


# message, failing line, version, what the hint must name (None: no row may fire)
DIRECTIONS: list[tuple[str, str, Version, str | None]] = [
    (key("Specular"), "bsdf.inputs['Specular']", (5, 2), "'Specular IOR Level'"),
    (key("Specular"), "bsdf.inputs['Specular']", (3, 6), None),
    (key("Specular IOR Level"), "bsdf.inputs['Specular IOR Level']", (3, 6), "'Specular'"),
    (key("Clearcoat Roughness"), "bsdf.inputs['Clearcoat Roughness']", (4, 2), "'Coat Roughness'"),
    (key("Emission"), "bsdf.inputs['Emission']", (5, 0), "Emission Strength"),
    (key("Emission"), "settings['Emission']", (5, 0), None),
    (enum("BLENDER_EEVEE_NEXT"), "scene.render.engine = 'BLENDER_EEVEE_NEXT'", (5, 0), "'BLENDER_EEVEE'"),
    (enum("BLENDER_EEVEE"), "scene.render.engine = 'BLENDER_EEVEE'", (4, 3), "'BLENDER_EEVEE_NEXT'"),
    (enum("BLENDER_EEVEE_NEXT"), "scene.render.engine = 'BLENDER_EEVEE_NEXT'", (4, 1), "'BLENDER_EEVEE'"),
    (attribute("Scene", "node_tree"), "tree = scene.node_tree", (5, 1), "compositing_node_group"),
    (attribute("Scene", "compositing_node_group"), "scene.compositing_node_group = t", (4, 5), "node_tree"),
    (attribute("Action", "fcurves"), "action.fcurves", (5, 0), "action_get_channelbag_for_slot"),
    (attribute("Action", "fcurves"), "action.fcurves", (4, 5), None),
    (attribute("Action", "fcurve_ensure_for_datablock"), "action.fcurve_ensure_for_datablock(o)", (4, 3), "fcurves"),
    (attribute("SequenceEditor", "sequences"), "scene.sequence_editor.sequences", (5, 0), "strips"),
    (attribute("SequenceEditor", "strips"), "scene.sequence_editor.strips", (4, 3), "sequences"),
    (attribute("NodesModifier", "properties"), "mod.properties.inputs", (5, 1), 'modifier["Socket_2"]'),
    (enum("FAST"), "mod.solver = 'FAST'", (5, 0), "'FLOAT'"),
    (enum("FLOAT"), "mod.solver = 'FLOAT'", (4, 5), "'FAST'"),
    (enum("FLOAT"), "attributes.new('a', 'FLOATS', 'POINT')", (4, 5), None),
    (attribute("ImageFormatSettings", "media_type"), "s.media_type = 'VIDEO'", (4, 5), "`file_format`"),
    (attribute("PointLight", "exposure"), "lamp.data.exposure = 1", (4, 2), "light.energy"),
    (enum("MANIFOLD"), "mod.solver = 'MANIFOLD'", (4, 4), "EXACT"),
    (key("Factor"), "mix.inputs['Factor']", (4, 5), "'Fac'"),
    (key("Fac"), "mix.inputs['Fac']", (3, 3), None),
    (node("CompositorNodeComposite"), "tree.nodes.new('CompositorNodeComposite')", (5, 0), "NodeGroupOutput"),
    (node("CompositorNodeComposite"), "tree.nodes.new('CompositorNodeComposite')", (4, 5), None),
    (node("ShaderNodeCombineHSV"), "nodes.new('ShaderNodeCombineHSV')", (5, 2), "'ShaderNodeCombineColor'"),
    (attribute("Object", "select"), "o.select = True", (5, 2), "select_set(True)"),
    (attribute("Bone", "select"), "bone.select = True", (5, 2), "posebone.select"),
    (attribute("Mesh", "calc_normals"), "me.calc_normals()", (4, 2), "not needed"),
    (attribute("Mesh", "something_else"), "me.something_else", (5, 2), None),
]


@pytest.mark.parametrize(("message", "line", "version", "expected"), DIRECTIONS)
def test_a_row_fires_only_on_the_wrong_side_of_its_version(message, line, version, expected) -> None:
    hints = match_changes(message, line, version)
    assert hints == [] if expected is None else expected in hints[0]
    assert all(f"{version[0]}.{version[1]}" in hint for hint in hints)


def test_a_symptom_names_what_the_text_complains_about() -> None:
    symptom = read_symptom('Calling operator "bpy.ops.object.lamp_add" error, could not be found')
    assert symptom is not None
    assert (symptom.kind, symptom.name) == ("operator", "object.lamp_add")
    assert read_symptom("division by zero") is None


# id of the row: a program with the old spelling, a part of the hint that names the new one
OLD_SPELLINGS: dict[str, tuple[str, str]] = {
    "R1": ("scene.render.engine = 'BLENDER_RENDER'", "CYCLES"),
    "R3": ("scene.render.engine = 'BLENDER_EEVEE_NEXT'", "'BLENDER_EEVEE'"),
    "R4": ("scene.eevee.use_bloom = True", "Glare"),
    "R5": ("scene.eevee.use_ssr = True", "use_raytracing"),
    "R6": ("scene.eevee.use_gtao = True", "fast_gi_method"),
    "R7": ("scene.eevee.use_soft_shadows = True", "not needed"),
    "R8": ("scene.eevee.use_motion_blur = True", "render.use_motion_blur"),
    "R9": ("scene.render.alpha_mode = 'TRANSPARENT'", "film_transparent"),
    "R10": ("scene.render.use_antialiasing = True", "samples"),
    "R10b": ("scene.render.layers", "view_layers"),
    "R11": ("scene.render.tile_x = 256", "tile_size"),
    "R12": ("scene.cycles.progressive = 'PATH'", "not needed"),
    "R13": ("scene.cycles.feature_set = 'EXPERIMENTAL'", "not needed"),
    "R14": ("scene.render.image_settings.file_format = 'FFMPEG'", "media_type = 'VIDEO'"),
    "R15": ("scene.render.image_settings.file_format = 'OPEN_EXR_MULTILAYER'", "MULTI_LAYER_IMAGE"),
    "R16": ("scene.view_settings.look = 'High Contrast'", "AgX - High Contrast"),
    "R18": ("tree = scene.node_tree", "compositing_node_group"),
    "R20": ("obj.cycles_visibility.camera = False", "visible_camera"),
    "R21": ("obj.cycles.is_shadow_catcher = True", "object.is_shadow_catcher"),
    "R22": ("lamp.data.cycles.cast_shadow = False", "use_shadow"),
    "C1": ("comp.nodes.new('CompositorNodeComposite')", "NodeGroupOutput"),
    "C2": ("comp.nodes.new('CompositorNodeMixRGB')", "ShaderNodeMix"),
    "C3": ("comp.nodes.new('CompositorNodeValToRGB')", "'ShaderNodeValToRGB'"),
    "C4": ("comp.nodes.new('CompositorNodeGamma')", "'ShaderNodeGamma'"),
    "C5": ("comp.nodes.new('CompositorNodeCombHSVA')", "'CompositorNodeCombineColor'"),
    "C6": ("comp.nodes.new('CompositorNodeMapValue')", "ShaderNodeMapRange"),
    "C7": ("comp.nodes.new('CompositorNodeColorRamp')", "ShaderNodeValToRGB"),
    "C8": ("comp.nodes.new('CompositorNodeOutputFile').base_path = '/tmp'", "directory"),
    "C9": ("glare = comp.nodes.new('CompositorNodeGlare')\nglare.glare_type = 'BLOOM'", "inputs['Type']"),
    "C9b": ("glare = comp.nodes.new('CompositorNodeGlare')\nglare.inputs['Type'].default_value = 'BLOOM'", "'Bloom'"),
    "C10": ("comp.nodes.new('CompositorNodeBlur').size_x = 4", "inputs['Size']"),
    "C11": ("over = comp.nodes.new('CompositorNodeAlphaOver')\nover.inputs['Image']", "'Foreground'"),
    "C12": ("comp.nodes.new('CompositorNodeRLayers').outputs['IndexOB']", "'Object Index'"),
    "C13": ("comp.nodes.new('CompositorNodeRLayers').outputs['Depth']", "use_pass_"),
    "P1": ("bsdf.inputs['Subsurface'].default_value = 0.1", "'Subsurface Weight'"),
    "P2": ("bsdf.inputs['Specular'].default_value = 0.1", "'Specular IOR Level'"),
    "P3": ("bsdf.inputs['Transmission'].default_value = 1", "'Transmission Weight'"),
    "P4": ("bsdf.inputs['Clearcoat'].default_value = 1", "'Coat Weight'"),
    "P5": ("bsdf.inputs['Sheen'].default_value = 1", "'Sheen Weight'"),
    "P6": ("bsdf.inputs['Emission'].default_value = (1, 0, 0, 1)", "Emission Strength"),
    "P7": ("bsdf.inputs['Specular Tint'].default_value = 0.5", "4 values"),
    "P9": ("material.node_tree.nodes['World Output']", "n.type =="),
    "P10": ("nodes.new('ShaderNodeTexMusgrave')", "ShaderNodeTexNoise"),
    "P11": ("nodes.new('ShaderNodeBsdfVelvet')", "'ShaderNodeBsdfSheen'"),
    "P12": ("nodes.new('ShaderNodeSeparateRGB')", "'ShaderNodeSeparateColor'"),
    "P12b": ("nodes.new('ShaderNodeSeparateColor').outputs['R']", "'Red'"),
    "P13": ("nodes.new('ShaderNodeTexPointDensity')", "geometry nodes"),
    "P14": ("mix = nodes.new('ShaderNodeMix')\nmix.inputs['Fac']", "Factor"),
    "P16": ("sky = nodes.new('ShaderNodeTexSky')\nsky.sky_type = 'NISHITA'", "MULTIPLE_SCATTERING"),
    "P16b": ("nodes.new('ShaderNodeTexSky').dust_density = 1", "aerosol_density"),
    "P17": ("material.shadow_method = 'NONE'", "use_transparent_shadow"),
    "P19": ("material.cycles.displacement_method = 'BOTH'", "displacement_method"),
    "P20": ("bsdf.inputs['Base Color'].default_value = (1, 0, 0)", "4 values"),
    "P21": ("lamp.data.color = (1, 0, 0, 1)", "3 values"),
    "P22": ("lamp.data.use_contact_shadow = True", "not needed"),
    "P24": ("lamp.data.falloff_type = 'CONSTANT'", "cutoff_distance"),
    "P24b": ("bpy.data.lights.new('a', 'HEMI')", "SUN"),
    "P25": ("scene.world.horizon_color = (1, 1, 1)", "Background"),
    "P26": ("material.specular_hardness = 50", "nodes"),
    "P27": ("bpy.ops.object.lightprobe_add(type='CUBEMAP')", "'SPHERE'"),
    "O1": ("scene.objects.link(obj)", "scene.collection.objects.link"),
    "O3": ("obj.select = True", "select_set(True)"),
    "O4": ("obj.hide = True", "hide_render"),
    "O5": ("scene.update()", "view_layer.update()"),
    "O6": ("scene.cursor_location = (0, 0, 0)", "cursor.location"),
    "O7": ("bpy.data.lamps['a']", "bpy.data.lights"),
    "O7b": ("bpy.ops.object.lamp_add(type='POINT')", "light_add"),
    "O8": ("bpy.data.groups.new('a')", "bpy.data.collections"),
    "O9": ("obj.matrix_world * obj.location.to_4d()", "@"),
    "O10": ("bpy.context.user_preferences.view", "bpy.context.preferences"),
    "O11": ("obj.draw_type = 'WIRE'", "display_type"),
    "O12": ("obj.layers[0] = True", "collections"),
    "O13": ("obj.to_mesh(scene, True, 'PREVIEW')", "evaluated_get"),
    "O14": ("scene.ray_cast(bpy.context.view_layer, (0, 0, 5), (0, 0, -1))", "evaluated_depsgraph_get"),
    "O15": ("bpy.ops.mesh.primitive_cube_add(view_align=True)", "align='WORLD'"),
    "O15b": ("bpy.ops.mesh.primitive_cube_add(radius=1)", "size"),
    "O15c": ("bpy.ops.mesh.primitive_uv_sphere_add(size=1)", "radius"),
    "O16": ("bpy.data.objects.remove(obj, True)", "do_unlink=True"),
    "O17": ("bpy.ops.transform.rotate(value=1, axis=(0, 0, 1))", "orient_axis"),
    "O18": ("obj.proxy", "override"),
    "O19": ("bpy.ops.object.delete({'object': obj})", "temp_override"),
    "O20": ("bpy.ops.object.modifier_apply(apply_as='DATA', modifier='a')", "modifier_apply(modifier=name)"),
    "O21": ("scene['cycles']", "scene.cycles"),
    "O23": ("obj.scale = 2", "3 values"),
    "M1": ("mesh.calc_normals()", "not needed"),
    "M2": ("mesh.use_auto_smooth = True", "set_sharp_from_angle"),
    "M3": ("bpy.ops.object.shade_smooth(use_auto_smooth=True)", "shade_smooth_by_angle"),
    "M4": ("mesh.calc_normals_split()", "corner_normals"),
    "M5": ("mesh.vertices[0].normal = (0, 0, 1)", "normals_split_custom_set"),
    "M6": ("mesh.edges[0].crease = 1", "crease_edge"),
    "M7": ("mesh.face_maps", "FACE"),
    "M8": ("mesh.uv_textures", "uv_layers"),
    "M9": ("mesh.sculpt_vertex_colors", "color_attributes"),
    "M10": ("import bmesh\nbmesh.ops.create_uvsphere(bmesh.new(), u_segments=8, v_segments=8, diameter=1)", "`radius`"),
    "M11": ("import bmesh\nbmesh.ops.bevel(bmesh.new(), geom=[], offset=1, vertex_only=True)", "affect='VERTICES'"),
    "M11b": ("obj.modifiers.new('b', 'BEVEL').use_only_vertices = True", "affect = 'VERTICES'"),
    "M12": ("import bmesh\nbmesh.ops.delete(bmesh.new(), geom=[], context=1)", "'VERTS'"),
    "M13": ("import bmesh\nbm = bmesh.new()\nbm.from_mesh(mesh)\nbm.verts[0]", "ensure_lookup_table"),
    "M14": ("m = obj.modifiers.new('b', 'BOOLEAN')\nm.solver = 'FAST'", "'FLOAT'"),
    "M15": ("obj.modifiers.new(name='b', type='SMOKE')", "FLUID"),
    "M15b": ("obj.modifiers.new('b', 'GEOMETRY_NODES')", "'NODES'"),
    "M17": ("bpy.ops.rigidbody.world_add()\nscene.rigidbody_world.steps_per_second = 60", "substeps_per_frame"),
    "N1": ("group.inputs.new('NodeSocketFloat', 'a')", "interface.new_socket"),
    "N3": ("m = obj.modifiers.new('n', 'NODES')\nm.node_group = group\nm['Socket_2'] = 1", "properties.inputs"),
    "N4": ("group.nodes.new('GeometryNodePointInstance')", "'GeometryNodeInstanceOnPoints'"),
    "N5": ("group.nodes.new('GeometryNodeTransferAttribute')", "GeometryNodeSampleIndex"),
    "N6": ("group.nodes.new('FunctionNodeCompareFloats')", "'FunctionNodeCompare'"),
    "N7": ("group.nodes.new('GeometryNodeResampleCurve').mode = 'LENGTH'", "inputs['Mode']"),
    "N7b": ("group.nodes.new('GeometryNodeResampleCurve').inputs['Mode'].default_value = 'LENGTH'", "'Length'"),
    "K1": ("bpy.data.actions.new('a').fcurves", "action_get_channelbag_for_slot"),
    "K3": ("bpy.data.actions.new('a').groups", "channelbag"),
    "K5": ("scene.frame_set(1.5)", "subframe=0.5"),
    "K6": ("obj.keyframe_insert('loc')", "keyframe_insert('location')"),
    "K7": ("bpy.data.armatures.new('a').layers", "collections"),
    "K10": ("bpy.ops.object.gpencil_add()", "grease_pencil_add"),
    "K11b": ("bpy.data.grease_pencils_v3", "bpy.data.grease_pencils"),
    "K12": ("scene.grease_pencil = None", "annotation"),
    "K13": ("scene.sequence_editor_create()\nscene.sequence_editor.sequences", "strips"),
    "K14": (
        "scene.sequence_editor_create()\nscene.sequence_editor.strips.new_effect("
        "name='a', type='COLOR', channel=1, frame_start=1, frame_end=9)", "length",
    ),
    "K16": ("bpy.data.brushes.new('a', mode='SCULPT').sculpt_tool = 'DRAW'", "sculpt_brush_type"),
    "K17": ("bpy.ops.sculpt.sample_color()", "brush"),
    "I1": ("bpy.ops.import_scene.obj(filepath='a.obj')", "wm.obj_import"),
    "I2": ("bpy.ops.export_mesh.stl(filepath='a.stl')", "wm.stl_export"),
    "I3": ("bpy.ops.import_mesh.ply(filepath='a.ply')", "wm.ply_import"),
    "I4": ("bpy.ops.wm.collada_import(filepath='a.dae')", "glTF"),
    "I5": ("bpy.ops.import_scene.x3d(filepath='a.x3d')", "another format"),
    "I5b": ("bpy.ops.mesh.primitive_round_cube_add()", "bmesh"),
    "I6": ("bpy.ops.import_image.to_plane(files=[])", "import_as_mesh_planes"),
    "I8": ("import bgl", "gpu"),
    "I10": ("import rna_info", "private"),
    "X3": ("bpy.context.view_layer.objects.active = lamp\nbpy.ops.object.mode_set(mode='EDIT')", "active mesh"),
    "X5": ("bpy.ops.screen.screenshot(filepath='a.png')", "render tool"),
    "X6": ("bpy.ops.ed.undo()", "revision"),
    "X8": ("bpy.data.objects.remove(lamp)\nlamp.location", "by name"),
    "X9": ("scene.camera = None\nbpy.ops.render.render()", "scene.camera = camera_object"),
    "X19": ("scene.display.shading.type = 'MATERIAL_PREVIEW'", "'MATERIAL'"),
}  # fmt: skip

PREPARED = """
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


@pytest.mark.blender
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("row", OLD_SPELLINGS)
def test_an_old_spelling_fails_here_and_the_hint_names_the_new_one(row) -> None:
    bpy = pytest.importorskip("bpy")
    from viga_mcp.blender.hints import explain

    change = next(change for change in CHANGES if change.id == row)
    if not change.applies(bpy.app.version[:2]):
        pytest.skip(f"still works in {bpy.app.version_string}")
    program, expected = OLD_SPELLINGS[row]
    bpy.ops.wm.read_homefile(use_empty=False, use_factory_startup=True)
    names = {"bpy": bpy}
    exec(PREPARED, names)
    with pytest.raises(Exception) as caught:  # noqa: PT011 - each row has its own
        exec(compile(program, "<program>", "exec"), names)
    told = explain(caught.value, program)
    assert any(expected in hint for hint in told["hints"]), told
    assert told["line"] == len(program.splitlines())


def test_rows_that_raise_are_tried_on_a_real_blender() -> None:
    untried = {change.id for change in CHANGES if change.kind != "silent"} - set(OLD_SPELLINGS)
    # Not tried: rows for versions before 5.0, rows that only tell older versions about newer names, and states that
    # need files, add-ons or a crash to come about.
    assert untried <= {
        "R2", "R15b", "C14", "P15", "P23", "P25b", "O2", "M14b", "N3b", "N7c", "K2", "K8", "K9", "K11", "K13b", "K15",
        "K18", "I7", "I9", "I12", "X7",
    }  # fmt: skip
