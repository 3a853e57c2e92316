"""Correct programs for Blender 5 that look like outdated ones; `test_lint.py` runs them and expects no finding."""

IDIOMS: dict[str, str] = {
    "a material": """\
import bpy
material = bpy.data.materials.new("Red")
material.use_nodes = True
bsdf = material.node_tree.nodes["Principled BSDF"]
bsdf.inputs["Base Color"].default_value = (0.8, 0.1, 0.1, 1.0)
bsdf.inputs["Specular IOR Level"].default_value = 0.3
bsdf.inputs["Emission Color"].default_value = (1, 1, 1, 1)
bsdf.inputs["Emission Strength"].default_value = 2.0
bsdf.inputs["Coat Weight"].default_value = 0.5
bsdf.inputs[0].default_value = (1, 1, 1, 1)
""",
    "a found shader": """\
material = bpy.data.objects["Cube"].data.materials[0]
bsdf = next(n for n in material.node_tree.nodes if n.type == "BSDF_PRINCIPLED")
bsdf.inputs["Sheen Weight"].default_value = 0.5
""",
    "old mix": """\
material = bpy.data.materials.new("m")
nodes = material.node_tree.nodes
mix = nodes.new("ShaderNodeMixRGB")
mix.inputs["Fac"].default_value = 0.5
mix.inputs["Color1"].default_value = (1, 0, 0, 1)
shader = nodes.new("ShaderNodeMixShader")
shader.inputs["Fac"].default_value = 0.5
""",
    "new mix": """\
nodes = bpy.data.materials.new("m").node_tree.nodes
mix = nodes.new("ShaderNodeMix")
mix.data_type = "RGBA"
mix.inputs["Factor"].default_value = 0.5
mix.inputs["A"].default_value = (1, 0, 0, 1)
""",
    "names of other things": """\
settings = {"Specular": 0.5, "Emission": 1, "engine": "BLENDER_EEVEE_NEXT"}
settings["Specular"] = 0.7
class Bulb:
    def __init__(self):
        self.select = True
        self.hide = False
        self.energy = 3
        self.engine = "BLENDER_RENDER"
bulb = Bulb()
bulb.select = False
bulb.engine = "BLENDER_EEVEE_NEXT"
bulb.use_bloom = True
""",
    "a group with an old name": """\
group = bpy.data.node_groups.new("Old", "ShaderNodeTree")
group.interface.new_socket(name="Specular", in_out="INPUT", socket_type="NodeSocketFloat")
nodes = bpy.data.materials.new("m").node_tree.nodes
node = nodes.new("ShaderNodeGroup")
node.node_tree = group
node.inputs["Specular"].default_value = 0.4
""",
    "the eevee shader": """\
nodes = bpy.data.materials.new("m").node_tree.nodes
node = nodes.new("ShaderNodeEeveeSpecular")
node.inputs["Specular"].default_value = (1, 1, 1, 1)
node.inputs["Clear Coat"].default_value = 1
""",
    "asked for the version": """\
scene = bpy.context.scene
if bpy.app.version >= (5, 0):
    scene.render.engine = "BLENDER_EEVEE"
else:
    scene.render.engine = "BLENDER_EEVEE_NEXT"
""",
    "a version in a variable": """\
IS_OLD = bpy.app.version < (4, 0)
bsdf = bpy.data.materials.new("m").node_tree.nodes["Principled BSDF"]
if IS_OLD:
    bsdf.inputs["Specular"].default_value = 1
else:
    bsdf.inputs["Specular IOR Level"].default_value = 1
""",
    "a name by version": """\
bsdf = bpy.data.materials.new("m").node_tree.nodes["Principled BSDF"]
bsdf.inputs["Emission" if bpy.app.version < (4, 0) else "Emission Color"].default_value = (1, 1, 1, 1)
""",
    "asked whether it is there": """\
scene = bpy.context.scene
if hasattr(scene.eevee, "use_bloom"):
    scene.eevee.use_bloom = True
bsdf = bpy.data.materials.new("m").node_tree.nodes["Principled BSDF"]
if "Specular" in bsdf.inputs:
    bsdf.inputs["Specular"].default_value = 1
hasattr(scene, "node_tree") and scene.node_tree
""",
    "tried": """\
scene = bpy.context.scene
try:
    scene.render.engine = "BLENDER_EEVEE_NEXT"
except TypeError:
    scene.render.engine = "BLENDER_EEVEE"
import contextlib
with contextlib.suppress(AttributeError):
    scene.eevee.use_gtao = True
""",
    "selection and visibility": """\
cube = bpy.data.objects["Cube"]
cube.select_set(True)
cube.hide_set(False)
cube.hide_render = False
cube.hide_viewport = False
bpy.context.view_layer.objects.active = cube
bpy.context.view_layer.update()
""",
    "linking": """\
scene = bpy.context.scene
empty = bpy.data.objects.new("e", None)
scene.collection.objects.link(empty)
bpy.context.collection.objects.unlink(empty) if empty.name in bpy.context.collection.objects else None
scene.collection.objects.unlink(empty) if empty.name in scene.collection.objects else None
""",
    "matrices": """\
from mathutils import Matrix, Vector
cube = bpy.data.objects["Cube"]
turn = Matrix.Rotation(0.5, 4, "Z") @ Matrix.Translation((1, 0, 0))
cube.matrix_world = turn @ cube.matrix_world
scaled = Vector((1, 2, 3)) * 2
half = 0.5 * scaled
twice = cube.matrix_world * 2
""",
    "mesh data": """\
mesh = bpy.data.meshes.new("m")
mesh.from_pydata([(0, 0, 0), (1, 0, 0), (0, 1, 0)], [], [(0, 1, 2)])
mesh.update(calc_edges=True)
normals = [v.normal.copy() for v in mesh.vertices]
normal = mesh.polygons[0].normal
chosen = mesh.vertices[0].select
first = mesh.edges[0].vertices[0]
layer = mesh.vertex_colors.new(name="c")
layer = mesh.uv_layers.new(name="uv")
""",
    "bmesh": """\
import bmesh
bm = bmesh.new()
bmesh.ops.create_uvsphere(bm, u_segments=8, v_segments=8, radius=1)
bmesh.ops.create_cone(bm, segments=8, radius1=1, radius2=0.5, depth=1)
bm.verts.ensure_lookup_table()
bm.verts[0].select = True
bmesh.ops.delete(bm, geom=bm.verts[:1], context="VERTS")
bmesh.ops.bevel(bm, geom=bm.verts[:], offset=0.1, affect="VERTICES")
""",
    "primitives": """\
bpy.ops.mesh.primitive_cube_add(size=2, align="WORLD")
bpy.ops.mesh.primitive_uv_sphere_add(radius=1)
bpy.ops.mesh.primitive_cone_add(radius1=1, radius2=0)
bpy.ops.mesh.primitive_torus_add(major_radius=1)
bpy.ops.mesh.primitive_plane_add(size=4)
bpy.ops.transform.rotate(value=0.3, orient_axis="Z")
bpy.ops.transform.mirror(constraint_axis=(True, False, False))
""",
    "modifiers": """\
cube = bpy.data.objects["Cube"]
boolean = cube.modifiers.new("b", "BOOLEAN")
boolean.solver = "EXACT"
bevel = cube.modifiers.new(name="r", type="BEVEL")
bevel.affect = "EDGES"
nodes = cube.modifiers.new("n", "NODES")
bpy.context.view_layer.objects.active = cube
bpy.ops.object.modifier_apply(modifier="r")
""",
    "geometry nodes that keep their mode": """\
group = bpy.data.node_groups.new("g", "GeometryNodeTree")
line = group.nodes.new("GeometryNodeMeshLine")
line.mode = "END_POINTS"
extrude = group.nodes.new("GeometryNodeExtrudeMesh")
extrude.mode = "FACES"
group.interface.new_socket(name="Geometry", in_out="OUTPUT", socket_type="NodeSocketGeometry")
resample = group.nodes.new("GeometryNodeResampleCurve")
resample.inputs["Mode"].default_value = "Length"
random = group.nodes.new("FunctionNodeRandomValue")
random.data_type = "FLOAT"
""",
    "a compositor": """\
scene = bpy.context.scene
tree = bpy.data.node_groups.new("Compositor", "CompositorNodeTree")
scene.compositing_node_group = tree
tree.interface.new_socket("Image", in_out="OUTPUT", socket_type="NodeSocketColor")
layers = tree.nodes.new("CompositorNodeRLayers")
glare = tree.nodes.new("CompositorNodeGlare")
glare.inputs["Type"].default_value = "Bloom"
glare.inputs["Threshold"].default_value = 0.8
maths = tree.nodes.new("ShaderNodeMath")
maths.operation = "ADD"
out = tree.nodes.new("NodeGroupOutput")
tree.links.new(layers.outputs["Image"], glare.inputs["Image"])
tree.links.new(glare.outputs["Image"], out.inputs["Image"])
over = tree.nodes.new("CompositorNodeAlphaOver")
over.inputs["Background"].default_value = (0, 0, 0, 1)
""",
    "lights": """\
light = bpy.data.lights.new("l", "SPOT")
light.energy = 100
light.color = (1, 0.9, 0.8)
light.spot_size = 1
light.shadow_soft_size = 0.1
light.use_shadow = True
light.use_custom_distance = True
light.cutoff_distance = 20
lamp = bpy.data.objects["Light"]
lamp.data.color = (1, 1, 1)
""",
    "world and view": """\
scene = bpy.context.scene
background = scene.world.node_tree.nodes["Background"]
background.inputs["Color"].default_value = (0, 0, 0, 1)
background.inputs["Strength"].default_value = 0.5
scene.world.color = (0, 0, 0)
scene.view_settings.view_transform = "Filmic"
scene.view_settings.look = "High Contrast"
scene.view_settings.view_transform = "Standard"
scene.render.film_transparent = True
scene.render.use_motion_blur = True
scene.cycles.samples = 8
""",
    "video": """\
settings = bpy.context.scene.render.image_settings
settings.media_type = "VIDEO"
settings.file_format = "FFMPEG"
""",
    "animation": """\
cube = bpy.data.objects["Cube"]
cube.location = (0, 0, 1)
cube.keyframe_insert("location", frame=1)
cube.keyframe_insert(data_path="rotation_euler", frame=10)
from bpy_extras import anim_utils
data = cube.animation_data
bag = anim_utils.action_get_channelbag_for_slot(data.action, data.action_slot)
for curve in bag.fcurves:
    for point in curve.keyframe_points:
        point.interpolation = "LINEAR"
bpy.context.scene.frame_set(5)
bpy.context.scene.frame_set(5, subframe=0.5)
""",
    "strips": """\
editor = bpy.context.scene.sequence_editor_create()
strip = editor.strips.new_effect(name="a", type="COLOR", channel=1, frame_start=1, length=20)
strip.channel = 2
length = strip.frame_final_duration if bpy.app.version < (5, 1) else strip.duration
""",
    "bones": """\
rig = bpy.data.objects.new("Rig", bpy.data.armatures.new("Rig"))
bpy.context.scene.collection.objects.link(rig)
bpy.context.view_layer.objects.active = rig
bpy.ops.object.mode_set(mode="EDIT")
bone = rig.data.edit_bones.new("B")
bone.tail = (0, 0, 1)
bone.select = True
bpy.ops.object.mode_set(mode="OBJECT")
rig.data.collections.new("c")
rig.pose.bones["B"].color.palette = "THEME01"
""",
    "arguments of functions": """\
def make(bsdf, scene, obj, name="Specular"):
    return name
def set_all(scene):
    scene.node_tree = 1
make(1, 2, 3)
class Node:
    pass
set_all(Node())
""",
    "a name that is two things": """\
thing = bpy.context.scene
thing = type("Thing", (), {})()
thing.node_tree = 3
for obj in [thing]:
    obj.select = True
""",
    "shadowed": """\
class Context:
    pass
context = Context()
context.scene = Context()
scene = context.scene
scene.node_tree = 1
def run(scene):
    scene.layers = [1]
run(Context())
""",
    "a changed name inside a function": """\
target = bpy.data.objects["Cube"]
class Own:
    select = False
def swap():
    global target
    target = Own()
swap()
target.select = True
""",
    "properties of a class": """\
class Settings(bpy.types.PropertyGroup):
    size: bpy.props.FloatProperty(default=1.0)
bpy.utils.register_class(Settings)
bpy.utils.unregister_class(Settings)
""",
    "context overrides": """\
cube = bpy.data.objects["Cube"]
with bpy.context.temp_override(object=cube, active_object=cube, selected_objects=[cube]):
    bpy.ops.object.select_all(action="DESELECT")
bpy.data.objects.remove(bpy.data.objects["Camera"], do_unlink=True)
mesh = cube.evaluated_get(bpy.context.evaluated_depsgraph_get()).to_mesh()
bpy.context.scene.ray_cast(bpy.context.evaluated_depsgraph_get(), (0, 0, 5), (0, 0, -1))
""",
    "files": """\
import tempfile
path = tempfile.mkdtemp() + "/a.obj"
bpy.ops.wm.obj_export(filepath=path)
bpy.ops.wm.obj_import(filepath=path)
""",
    "text": """\
words = "scene.node_tree BLENDER_EEVEE_NEXT CompositorNodeComposite"
note = 'nodes.new("CompositorNodeComposite")'
print(f"scene.objects.link {words}")
""",
    "angles": """\
import math
bpy.context.view_layer.objects.active = bpy.data.objects["Cube"]
bpy.ops.object.mode_set(mode="EDIT")
bpy.ops.uv.smart_project(angle_limit=math.radians(66))
bpy.ops.uv.smart_project(angle_limit=1.15)
""",
}
