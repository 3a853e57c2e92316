# pyright: basic, reportAttributeAccessIssue=false, reportMissingImports=false

"""Silent failures become warnings, and nothing else does."""

import traceback

import pytest

from tests.conftest import processor_seconds

bpy = pytest.importorskip("bpy")

from viga_mcp.blender.hints import explain  # noqa: E402 - needs bpy
from viga_mcp.blender.watch import MAX_WARNINGS, Watch  # noqa: E402

pytestmark = [pytest.mark.blender, pytest.mark.filterwarnings("ignore::DeprecationWarning")]


def run(program: str, *, start: str = "", use_empty: bool = False) -> list[dict]:
    """The warnings of a program that runs after `start`, from the factory scene (cube, lamp, camera) or an empty one."""
    bpy.ops.wm.read_homefile(use_empty=use_empty, use_factory_startup=True)
    exec(start, {"bpy": bpy})
    watch = Watch(program)
    code = watch.compile("<program>")
    with watch:
        exec(code, {"bpy": bpy, "__name__": "__main__", **watch.names})
    return watch.warnings()


CUBE = "obj = bpy.data.objects['Cube']\n"
MAKE = "mesh = bpy.data.meshes.new('Tri')\nmesh.from_pydata([(0, 0, 0), (1, 0, 0), (0, 1, 0)], [], [(0, 1, 2)])\n"
LINK = "bpy.context.scene.collection.objects.link(obj)\n"

# program, kind and line of its one warning, a part of the message
FAULTS = {
    "operator cancelled": (CUBE + "bpy.ops.object.modifier_apply(modifier='Bevel')", "cancelled", 2, "modifier_apply"),
    "operator cancelled through a name": (
        "ops = bpy.ops\nops.object.modifier_remove(modifier='Bevel')", "cancelled", 2, "bpy.ops.object.modifier_remove",
    ),
    "operator cancelled in a function": (
        "def join():\n    bpy.ops.object.join()\njoin()", "cancelled", 2, "did nothing",
    ),
    "samples clamped": ("bpy.context.scene.cycles.samples = -5", "clamped", 1, "was stored as 1 (allowed: at least 1"),
    "clamped in a loop": (
        "for n in (0, -1, -2):\n    bpy.context.scene.render.resolution_x = n", "clamped", 2, "(3 times)",
    ),
    "colour clamped": (
        "m = bpy.data.materials['Material']\nm.diffuse_color = (-1, 0, 0, 1)", "clamped", 2, "was stored as (0, 0, 0, 1)",
    ),
    "spot in degrees": (
        "lamp = bpy.data.objects['Light'].data\nlamp.type = 'SPOT'\nlamp = bpy.data.objects['Light'].data\nlamp.spot_size = 45",
        "degrees", 4, "math.radians(45)",
    ),
    "bevel limit out of range": (
        CUBE + "import math\nm = obj.modifiers.new('a', 'BEVEL')\nm.angle_limit = math.pi + 1", "clamped", 4, "math.radians",
    ),
    "rotation in degrees": (CUBE + "obj.rotation_euler = (90, 0, 0)", "degrees", 2, "5157 degrees"),
    "one axis in degrees": (CUBE + "obj.rotation_euler.z = 45", "degrees", 2, "math.radians(45)"),
    "one item in degrees": (CUBE + "obj.rotation_euler[2] = 45.5", "degrees", 2, "math.radians(45.5)"),
    "added degrees": (CUBE + "obj.rotation_euler.z += 90", "degrees", 2, "math.radians(90)"),
    "degrees beside pi": (CUBE + "import math\nprint(math.pi)\nobj.rotation_euler = (0, 0, 90)", "degrees", 4, "90"),
    "operator's rotation in degrees": (
        "bpy.ops.mesh.primitive_cube_add(rotation=(0, 0, 45))", "degrees", 1, "primitive_cube_add(rotation)",
    ),
    "smart project in degrees": (
        "bpy.ops.object.mode_set(mode='EDIT')\nbpy.ops.mesh.select_all(action='SELECT')\n"
        "bpy.ops.uv.smart_project(angle_limit=66)\nbpy.ops.object.mode_set(mode='OBJECT')", "degrees", 3, "math.radians(66)",
    ),
    "operator's argument clamped": ("bpy.ops.mesh.primitive_cube_add(size=-2)", "clamped", 1, "(size) = -2"),
    "euler without effect": (
        CUBE + "obj.rotation_mode = 'QUATERNION'\nobj.rotation_euler = (0, 0, 1)", "no_effect", 3, "rotation_mode = 'XYZ'",
    ),
    "euler axis without effect": (
        CUBE + "obj.rotation_mode = 'QUATERNION'\nobj.rotation_euler.z = 1", "no_effect", 3, "'QUATERNION'",
    ),
    "quaternion without effect": (
        CUBE + "obj.rotation_quaternion = (0, 1, 0, 0)", "no_effect", 2, "rotation_mode = 'QUATERNION'",
    ),
    "name taken": (
        "obj = bpy.data.objects.new('Cube', None)\n" + LINK, "renamed", 1, "became 'Cube.001'",
    ),
    "computed name taken": (
        "for n in ('Cu', 'Plan'):\n    name = f'{n}be'\n    obj = bpy.data.objects.new(name, None)\n    " + LINK,
        "renamed", 3, "became 'Cube.001'",
    ),
    "rename to a taken name": (CUBE + "obj.name = 'Light'", "renamed", 2, "became 'Light.001'"),
    "object not linked": (
        MAKE + "obj = bpy.data.objects.new('Tri', mesh)", "unlinked", 3, "scene.collection.objects.link",
    ),
    "copy not linked": (CUBE + "twin = obj.copy()\ntwin.location.x = 3", "unlinked", 2, "in no collection"),
    "collection not linked": (
        "box = bpy.data.collections.new('Box')\nbox.objects.link(bpy.data.objects.new('a', None))", "unlinked", 1, "'Box'",
    ),
    "mesh without object": (MAKE, "unused", 1, "belongs to no object"),
    "material without object": ("red = bpy.data.materials.new('Red')\nred.diffuse_color = (1, 0, 0, 1)", "unused", 1, "'Red'"),
    "NaN": (CUBE + "obj.location = (float('nan'), 0, 0)", "not_finite", 2, "not a finite number"),
    "NaN by another way": (
        CUBE + "import mathutils\nobj.matrix_world = mathutils.Matrix.Translation((float('inf'), 0, 0))",
        "not_finite", None, "'Cube'",
    ),
    "camera gone": ("bpy.data.objects.remove(bpy.data.objects['Camera'])", "no_camera", None, "no camera object"),
    "camera not set": (
        "bpy.context.scene.camera = None", "no_camera", None, "Its cameras: 'Camera'",
    ),
    "light gone": ("bpy.data.objects.remove(bpy.data.objects['Light'])", "no_light", None, "dark"),
    "mesh out of range": (
        "mesh = bpy.data.meshes.new('Bad')\nmesh.from_pydata([(0, 0, 0), (1, 0, 0), (0, 1, 0)], [], [(0, 1, 9)])\n"
        "obj = bpy.data.objects.new('Bad', mesh)\n" + LINK, "invalid_mesh", None, "'Bad'",
    ),
    "edge out of range": (
        "mesh = bpy.data.meshes.new('Bad')\nmesh.from_pydata([(0, 0, 0), (1, 0, 0)], [(0, 7)], [])\n"
        "obj = bpy.data.objects.new('Bad', mesh)\n" + LINK, "invalid_mesh", None, "edges",
    ),
    "negative corner": (
        "mesh = bpy.data.meshes.new('Bad')\nmesh.from_pydata([(0, 0, 0), (1, 0, 0), (0, 1, 0)], [], [(0, 1, -1)])\n"
        "obj = bpy.data.objects.new('Bad', mesh)\n" + LINK, "invalid_mesh", None, "crash",
    ),
    "hidden in the viewport only": (CUBE + "obj.hide_viewport = True", "viewport_only", 2, "hide_render = True"),
    "hidden with hide_set only": (CUBE + "obj.hide_set(True)", "viewport_only", None, "hide_render = True"),
    "modifier off in the viewport only": (
        CUBE + "m = obj.modifiers.new('Sub', 'SUBSURF')\nm.show_viewport = False", "viewport_only", 3, "show_render = False",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", FAULTS)
def test_a_silent_failure_is_told_once_with_its_line(case) -> None:
    program, kind, line, part = FAULTS[case]
    warnings = run(program)
    assert [(w["kind"], w["line"]) for w in warnings] == [(kind, line)], warnings
    assert part in warnings[0]["message"]


def test_a_new_camera_that_is_not_the_scenes_camera_is_told() -> None:
    program = "obj = bpy.data.objects.new('Cam', bpy.data.cameras.new('Cam'))\n" + LINK
    assert [w["kind"] for w in run(program, use_empty=True)] == ["no_camera"]


# Ordinary programs, in an empty scene unless they use the factory scene's objects.
CORRECT = {
    "start afresh": "bpy.ops.object.select_all(action='SELECT')\nbpy.ops.object.delete()\nbpy.ops.mesh.primitive_cube_add(size=2)",
    "primitives by operator": """
import math
for i, add in enumerate((bpy.ops.mesh.primitive_cube_add, bpy.ops.mesh.primitive_uv_sphere_add, bpy.ops.mesh.primitive_cone_add)):
    add(location=(i * 3, 0, 0), rotation=(0, 0, math.radians(30)))
    bpy.context.object.name = f"Shape_{i}"
""",
    "many copies of one name": """
mesh = bpy.data.meshes.new("Leaf")
mesh.from_pydata([(0, 0, 0), (1, 0, 0), (0, 1, 0)], [], [(0, 1, 2)])
for i in range(20):
    leaf = bpy.data.objects.new("Leaf", mesh)
    leaf.location = (i, 0, 0)
    bpy.context.scene.collection.objects.link(leaf)
""",
    "bmesh": """
import bmesh
bm = bmesh.new()
bmesh.ops.create_cube(bm, size=1.0)
bmesh.ops.bevel(bm, geom=bm.edges[:], offset=0.1, segments=2, affect='EDGES')
for v in bm.verts:
    v.co.z += 0.5
mesh = bpy.data.meshes.new("Box")
bm.to_mesh(mesh)
bm.free()
obj = bpy.data.objects.new("Box", mesh)
bpy.context.collection.objects.link(obj)
for polygon in mesh.polygons:
    polygon.use_smooth = True
""",
    "materials": """
def make(name, color, roughness=0.5, metallic=0.0):
    material = bpy.data.materials.new(name)
    material.use_nodes = True
    bsdf = material.node_tree.nodes["Principled BSDF"]
    bsdf.inputs["Base Color"].default_value = (*color, 1.0)
    bsdf.inputs["Roughness"].default_value = roughness
    bsdf.inputs["Metallic"].default_value = metallic
    bsdf.inputs["Emission Strength"].default_value = 0.0
    return material
bpy.ops.mesh.primitive_uv_sphere_add(segments=16, ring_count=8)
bpy.context.object.data.materials.append(make("Gold", (0.9, 0.6, 0.1), metallic=1.0))
bpy.context.object.data.materials.append(make("Red", (0.8, 0.05, 0.05)))
""",
    "node tree": """
material = bpy.data.materials.new("Noisy")
material.use_nodes = True
tree = material.node_tree
noise = tree.nodes.new("ShaderNodeTexNoise")
noise.inputs["Scale"].default_value = 12
noise.location = (-400, 200)
noise.width = 200
ramp = tree.nodes.new("ShaderNodeValToRGB")
ramp.color_ramp.elements[0].position = 0.3
ramp.color_ramp.elements[1].color = (0.2, 0.1, 0.05, 1)
tree.links.new(noise.outputs[0], ramp.inputs[0])
tree.links.new(ramp.outputs["Color"], tree.nodes["Principled BSDF"].inputs["Base Color"])
bpy.ops.mesh.primitive_plane_add(size=10)
bpy.context.object.data.materials.append(material)
""",
    "lights and camera": """
import math
scene = bpy.context.scene
for kind, energy in (("SUN", 3), ("AREA", 500.0), ("POINT", 1e5), ("SPOT", 800)):
    data = bpy.data.lights.new(kind.title(), kind)
    data.energy = energy
    data.color = (1, 0.9, 0.8)
    lamp = bpy.data.objects.new(kind.title(), data)
    lamp.rotation_euler = (math.radians(45), 0, math.pi / 3)
    scene.collection.objects.link(lamp)
    if kind == "SPOT":
        data.spot_size = math.radians(60)
        data.spot_blend = 0.2
    if kind == "AREA":
        data.size = 2
camera = bpy.data.objects.new("Cam", bpy.data.cameras.new("Cam"))
camera.data.lens = 35
camera.data.angle = math.radians(50)
camera.location = (7, -7, 5)
camera.rotation_euler = (1.1, 0, 0.785)
scene.collection.objects.link(camera)
scene.camera = camera
""",
    "aim the camera": """
from mathutils import Vector
camera = bpy.data.objects.new("Cam", bpy.data.cameras.new("Cam"))
camera.location = Vector((4, -6, 3))
camera.rotation_euler = (Vector((0, 0, 1)) - camera.location).to_track_quat('-Z', 'Y').to_euler()
bpy.context.scene.collection.objects.link(camera)
bpy.context.scene.camera = camera
""",
    "render settings": """
scene = bpy.context.scene
scene.render.engine = 'CYCLES'
scene.cycles.samples = 64
scene.cycles.use_denoising = True
scene.cycles.adaptive_threshold = 0.01
scene.render.resolution_x, scene.render.resolution_y = 640, 480
scene.render.resolution_percentage = 50
scene.view_settings.view_transform = 'Standard'
scene.view_settings.exposure = 0.5
scene.render.film_transparent = True
scene.frame_start = 1
scene.frame_end = 48
scene.frame_current = 12
""",
    "world": """
world = bpy.data.worlds.new("Sky")
bpy.context.scene.world = world
world.use_nodes = True
background = world.node_tree.nodes["Background"]
background.inputs["Color"].default_value = (0.4, 0.6, 1.0, 1)
background.inputs["Strength"].default_value = 1.2
""",
    "modifiers": """
bpy.ops.mesh.primitive_cube_add()
obj = bpy.context.object
bevel = obj.modifiers.new("Bevel", 'BEVEL')
bevel.width = 0.05
bevel.segments = 3
sub = obj.modifiers.new("Sub", 'SUBSURF')
sub.levels = 1
sub.render_levels = 2
array = obj.modifiers.new("Array", 'ARRAY')
array.count = 4
array.relative_offset_displace[0] = 1.2
for modifier in list(obj.modifiers)[:1]:
    bpy.ops.object.modifier_apply(modifier=modifier.name)
""",
    "boolean with a hidden cutter": """
bpy.ops.mesh.primitive_cube_add(size=2)
body = bpy.context.object
bpy.ops.mesh.primitive_cylinder_add(radius=0.4, depth=4)
cutter = bpy.context.object
cut = body.modifiers.new("Cut", 'BOOLEAN')
cut.object = cutter
cut.operation = 'DIFFERENCE'
cutter.hide_viewport = True
cutter.hide_render = True
cutter.display_type = 'WIRE'
""",
    "boolean applied and cutter removed": """
bpy.ops.mesh.primitive_cube_add(size=2)
body = bpy.context.object
mesh = bpy.data.meshes.new("Cutter")
mesh.from_pydata([(0, 0, 0), (3, 0, 0), (0, 3, 0), (0, 0, 3)], [], [(0, 2, 1), (0, 1, 3), (1, 2, 3), (0, 3, 2)])
cutter = bpy.data.objects.new("Cutter", mesh)
bpy.context.collection.objects.link(cutter)
cut = body.modifiers.new("Cut", 'BOOLEAN')
cut.object = cutter
bpy.context.view_layer.objects.active = body
bpy.ops.object.modifier_apply(modifier=cut.name)
bpy.data.objects.remove(cutter, do_unlink=True)
""",
    "edit mode": """
import math
bpy.ops.mesh.primitive_cube_add()
bpy.ops.object.mode_set(mode='EDIT')
bpy.ops.mesh.select_all(action='SELECT')
bpy.ops.mesh.subdivide(number_cuts=2)
bpy.ops.uv.smart_project(angle_limit=math.radians(66), island_margin=0.02)
bpy.ops.mesh.normals_make_consistent(inside=False)
bpy.ops.object.mode_set(mode='OBJECT')
bpy.ops.object.shade_smooth()
""",
    "parents and collections": """
room = bpy.data.collections.new("Room")
bpy.context.scene.collection.children.link(room)
root = bpy.data.objects.new("Root", None)
root.empty_display_size = 0.5
room.objects.link(root)
for i in range(3):
    bpy.ops.mesh.primitive_cube_add(size=1, location=(i * 2, 0, 0.5))
    child = bpy.context.object
    child.parent = root
    child.matrix_parent_inverse = root.matrix_world.inverted()
    for collection in child.users_collection:
        collection.objects.unlink(child)
    room.objects.link(child)
""",
    "instances of a collection": """
source = bpy.data.collections.new("Source")
bpy.ops.mesh.primitive_cone_add()
cone = bpy.context.object
bpy.context.collection.objects.unlink(cone)
source.objects.link(cone)
for i in range(4):
    copy = bpy.data.objects.new(f"Tree_{i}", None)
    copy.instance_type = 'COLLECTION'
    copy.instance_collection = source
    copy.location.x = i * 2
    bpy.context.scene.collection.objects.link(copy)
""",
    "linked copies": """
import random
random.seed(4)
bpy.ops.mesh.primitive_ico_sphere_add(subdivisions=1, radius=0.3)
first = bpy.context.object
for i in range(30):
    twin = first.copy()
    twin.data = first.data.copy()
    twin.location = [random.uniform(-5, 5) for _ in range(3)]
    twin.scale = [random.uniform(0.5, 2)] * 3
    twin.rotation_euler = [random.uniform(0, 6.28) for _ in range(3)]
    bpy.context.collection.objects.link(twin)
""",
    "quaternions": """
from mathutils import Quaternion
bpy.ops.mesh.primitive_monkey_add()
obj = bpy.context.object
obj.rotation_mode = 'QUATERNION'
obj.rotation_quaternion = Quaternion((0, 0, 1), 0.7)
obj.rotation_quaternion = (2, 0, 0, 1)
""",
    "spinning": """
import math
bpy.ops.mesh.primitive_cube_add()
obj = bpy.context.object
for frame in range(1, 121, 10):
    obj.rotation_euler.z = frame * 0.1 * math.pi
    obj.keyframe_insert("rotation_euler", frame=frame)
obj.rotation_euler.x += 0.1
""",
    "spiral": """
import math
golden = math.pi * (3 - math.sqrt(5))
for i in range(60):
    seed = bpy.data.objects.new(f"Seed_{i}", None)
    seed.location = (math.cos(i * golden) * i ** 0.5, math.sin(i * golden) * i ** 0.5, 0)
    seed.rotation_euler = (0, 0, i * golden)
    bpy.context.scene.collection.objects.link(seed)
""",
    "curve and text": """
curve = bpy.data.curves.new("Path", 'CURVE')
curve.dimensions = '3D'
curve.bevel_depth = 0.1
curve.bevel_resolution = 4
spline = curve.splines.new('BEZIER')
spline.bezier_points.add(2)
for i, point in enumerate(spline.bezier_points):
    point.co = (i, i % 2, 0)
    point.handle_left_type = point.handle_right_type = 'AUTO'
bpy.context.collection.objects.link(bpy.data.objects.new("Path", curve))
text = bpy.data.curves.new("Title", 'FONT')
text.body = "Hello"
text.extrude = 0.05
text.size = 0.8
title = bpy.data.objects.new("Title", text)
bpy.context.collection.objects.link(title)
title.dimensions = (2, 1, 0.1)
""",
    "shape keys": """
bpy.ops.mesh.primitive_cube_add()
obj = bpy.context.object
obj.shape_key_add(name="Basis")
tall = obj.shape_key_add(name="Tall")
for point in tall.data:
    point.co.z *= 2
tall.value = 0.6
tall.slider_max = 2
tall.value = 1.5
""",
    "geometry nodes": """
group = bpy.data.node_groups.new("Scatter", "GeometryNodeTree")
group.interface.new_socket(name="Geometry", in_out='INPUT', socket_type='NodeSocketGeometry')
group.interface.new_socket(name="Geometry", in_out='OUTPUT', socket_type='NodeSocketGeometry')
given, result = group.nodes.new("NodeGroupInput"), group.nodes.new("NodeGroupOutput")
move = group.nodes.new("GeometryNodeTransform")
move.inputs["Translation"].default_value = (0, 0, 1)
group.links.new(given.outputs[0], move.inputs["Geometry"])
group.links.new(move.outputs[0], result.inputs[0])
bpy.ops.mesh.primitive_grid_add()
modifier = bpy.context.object.modifiers.new("Scatter", 'NODES')
modifier.node_group = group
""",
    "armature": """
bpy.ops.object.armature_add(enter_editmode=True)
bones = bpy.context.object.data.edit_bones
first = bones[0]
first.tail = (0, 0, 1)
second = bones.new("Second")
second.head, second.tail = first.tail, (0, 0, 2)
second.parent = first
second.roll = 0.3
bpy.ops.object.mode_set(mode='OBJECT')
bone = bpy.context.object.pose.bones["Second"]
bone.rotation_mode = 'XYZ'
bone.rotation_euler = (0.5, 0, 0)
""",
    "rigid body": """
bpy.ops.mesh.primitive_plane_add(size=10)
bpy.ops.rigidbody.object_add(type='PASSIVE')
bpy.ops.mesh.primitive_cube_add(location=(0, 0, 3))
bpy.ops.rigidbody.object_add()
bpy.context.object.rigid_body.mass = 2.5
bpy.context.object.rigid_body.friction = 0.8
for frame in range(1, 10):
    bpy.context.scene.frame_set(frame)
""",
    "classes and functions": """
class Table:
    legs = 4
    def __init__(self, width):
        self.width = width
        self.__depth = width / 2
        self.parts = []
    def build(self):
        for i in range(self.legs):
            leg = bpy.data.objects.new(f"Leg_{i}", None)
            leg.location = (i * self.width, self.__depth, 0)
            bpy.context.scene.collection.objects.link(leg)
            self.parts.append(leg)
        return self
table = Table(2.0).build()
assert set(vars(table)) == {"width", "_Table__depth", "parts"}
assert [p.name for p in table.parts] == ["Leg_0", "Leg_1", "Leg_2", "Leg_3"]
""",
    "image texture": """
image = bpy.data.images.new("Checker", 8, 8)
image.pixels = [0.5] * (8 * 8 * 4)
material = bpy.data.materials.new("Tiled")
material.use_nodes = True
node = material.node_tree.nodes.new("ShaderNodeTexImage")
node.image = image
node.interpolation = 'Closest'
bpy.ops.mesh.primitive_plane_add()
bpy.context.object.active_material = material
""",
}


@pytest.mark.parametrize("case", CORRECT)
def test_an_ordinary_program_gets_no_warning(case) -> None:
    assert run(CORRECT[case], use_empty=True) == []


EDITS = {
    "warmer lamp": "lamp = bpy.data.objects['Light']\nlamp.data.energy = 1500\nlamp.data.color = (1, 0.8, 0.6)\nlamp.location.z += 1",
    "cube by a sphere": "bpy.data.objects.remove(bpy.data.objects['Cube'], do_unlink=True)\nbpy.ops.mesh.primitive_uv_sphere_add()",
    "second cube": "bpy.ops.mesh.primitive_cube_add(location=(3, 0, 0))\nbpy.context.object.name = 'Cube_2'",
    "same name again": CUBE + "obj.name = 'Cube'\nobj.location = obj.location",
    "light by emission": (
        "m = bpy.data.materials['Material'].node_tree.nodes['Principled BSDF'].inputs\n"
        "m['Emission Color'].default_value = (1, 1, 1, 1)\nm['Emission Strength'].default_value = 5\n"
        "bpy.data.objects.remove(bpy.data.objects['Light'])"
    ),
    "hidden everywhere": CUBE + "obj.hide_set(True)\nobj.hide_render = True\nobj.hide_viewport = True",
    "result looked at": "if 'CANCELLED' in bpy.ops.object.modifier_remove(modifier='a'):\n    print('nothing to remove')",
}  # fmt: skip


@pytest.mark.parametrize("case", EDITS)
def test_an_ordinary_edit_gets_no_warning(case) -> None:
    assert run(EDITS[case]) == []


TRACEBACKS = {
    "attribute": "a = 1\nbpy.data.objects['Cube'].scale = (\n    1, 2)\n",
    "nested": "def f(o):\n    o.data.energy = 5\ndef g():\n    f(bpy.data.objects['Cube'])\ng()",
    "value fails": "bpy.data.objects['Cube'].location = [1, 2, undefined]",
    "item": "bpy.data.objects['Cube'].rotation_euler[5] = 1",
    "augmented": "bpy.data.objects['Cube'].name += 5",
    "operator": "x = 3\nbpy.ops.mesh.primitive_cube_add(\n    sise=2,\n)",
    "new": "bpy.data.objects.new('a')",
    "class": "class A:\n    b = bpy.data\n    b.x = 3\n",
}


@pytest.mark.parametrize("case", TRACEBACKS)
def test_a_traceback_is_the_programs_own(case) -> None:
    program = TRACEBACKS[case]
    watch = Watch(program)
    told, texts = [], []
    for code, names in ((compile(program, "<program>", "exec"), {}), (watch.compile("<program>"), watch.names)):
        bpy.ops.wm.read_homefile(use_factory_startup=True)
        with pytest.raises(Exception) as caught:  # noqa: PT011 - compared with each other
            exec(code, {"bpy": bpy, **names})
        told.append(explain(caught.value, program))
        texts.append(traceback.format_exception(caught.value)[2:])
    assert told[0] == told[1]
    assert texts[0] == texts[1]


def test_a_program_computes_the_same_with_and_without_questions() -> None:
    program = """
log = []
class Point:
    __slots__ = ("x", "y")
    def __setattr__(self, name, value):
        log.append((name, value))
        object.__setattr__(self, name, value)
def order(tag, value):
    log.append(tag)
    return value
p, q = Point(), Point()
order("owner", p).x = order("value", 1)
p.y = q.y = 2
p.x += order("added", 3)
p.x, q.x = q.y, p.x
def numbers():
    p.y = yield 1
    yield p.y
steps = numbers(); next(steps); sent = steps.send(9)
class Kind:
    size = p.copy if hasattr(p, "copy") else 7
    p.y = 4
table = {"a": [1, 2]}
twin = table.copy()
fresh = type("Maker", (), {"new": staticmethod(lambda name: name * 2)}).new("ab")
names = sorted(n for n in vars(Kind) if not n.startswith("__"))
"""
    watch = Watch(program)
    plain: dict = {}
    watched: dict = dict(watch.names)
    exec(compile(program, "<program>", "exec"), plain)
    exec(watch.compile("<program>"), watched)
    for name in ("log", "sent", "twin", "fresh", "names"):
        assert watched[name] == plain[name]


def test_a_legal_program_that_can_not_be_asked_still_runs() -> None:
    program = "obj = [bpy.data.objects.new(n, None) for n in ('a',)][0]\nlambda: (yield)\nx = 1"
    assert [w["kind"] for w in run(program)] == ["unlinked"]


def test_a_syntax_error_is_the_programs_own() -> None:
    with pytest.raises(SyntaxError) as caught:
        Watch("a.b = 1\nx = = 2").compile("<program>")
    assert caught.value.lineno == 2


def test_a_failed_program_keeps_its_cancelled_operators_and_skips_the_survey() -> None:
    bpy.ops.wm.read_homefile(use_factory_startup=True)
    program = "bpy.ops.object.modifier_apply(modifier='a')\nbpy.data.objects.new('b', None)\n1 / 0"
    watch = Watch(program)
    with pytest.raises(ZeroDivisionError), watch:
        exec(watch.compile("<program>"), {"bpy": bpy, **watch.names})
    assert [w["kind"] for w in watch.warnings()] == ["cancelled"]


def test_a_program_that_loads_another_file_is_survived() -> None:
    program = (
        "obj = bpy.data.objects.new('a', None)\nobj.hide_viewport = True\n"
        "bpy.ops.wm.read_homefile(use_empty=True)\nbpy.ops.mesh.primitive_cube_add()"
    )
    assert {w["kind"] for w in run(program)} == {"no_camera", "no_light"}


def test_a_removed_modifier_is_not_touched_again() -> None:
    program = CUBE + (
        "m = obj.modifiers.new('Sub', 'SUBSURF')\nm.show_viewport = False\n"
        "bpy.context.view_layer.objects.active = obj\nbpy.ops.object.modifier_remove(modifier='Sub')"
    )
    assert run(program) == []


def test_warnings_are_capped_and_counted() -> None:
    program = "\n".join(f"bpy.context.scene.cycles.samples = -{n}" for n in range(1, 41))
    warnings = run(program)
    assert len(warnings) == MAX_WARNINGS + 1
    assert warnings[-1] == {"kind": "more", "line": None, "message": "and 20 more warnings"}


def test_a_survey_of_four_times_as_many_objects_takes_four_times_as_long() -> None:
    bpy.ops.wm.read_homefile(use_empty=True)
    mesh = bpy.data.meshes.new("m")
    mesh.from_pydata([(0, 0, 0), (1, 0, 0), (0, 1, 0)], [], [(0, 1, 2)])
    times = []

    def survey() -> None:
        watch = Watch("bpy.data.objects['o1'].location.x = 1")
        code = watch.compile("<program>")
        with watch:
            exec(code, {"bpy": bpy, **watch.names})
        assert watch.warnings() == []

    for count in (500, 1500):
        for n in range(count):
            bpy.context.scene.collection.objects.link(bpy.data.objects.new(f"o{n}", mesh.copy()))
        times.append(processor_seconds(survey))
    assert times[1] < 3 * 4 * times[0]
