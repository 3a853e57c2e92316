"""A program that builds a clean room for the checks: everything stands, hangs or lies as it should."""

ROOM = '''
import bmesh, bpy
from math import pi

scene = bpy.context.scene
paint = bpy.data.materials.new("Paint")

def add(name, data, location=(0, 0, 0), collection=None):
    thing = bpy.data.objects.new(name, data)
    thing.location = location
    (collection or scene.collection).objects.link(thing)
    if data is not None and hasattr(data, "materials"):
        data.materials.append(paint)
    return thing

def mesh(name, make, **how):
    data, b = bpy.data.meshes.new(name), bmesh.new()
    make(b, **how)
    b.to_mesh(data)
    b.free()
    return data

def box(name, location, size, collection=None):
    """`location` is the middle of its bottom."""
    data = mesh(name, bmesh.ops.create_cube, size=1)
    for vertex in data.vertices:
        vertex.co = [c * s for c, s in zip(vertex.co, size)]
        vertex.co.z += size[2] / 2
    return add(name, data, location, collection)

def ball(name, location, radius, collection=None):
    return add(name, mesh(name, bmesh.ops.create_uvsphere, u_segments=24, v_segments=16, radius=radius), location, collection)

def can(name, location, radius, depth):
    how = dict(cap_ends=True, segments=24, radius1=radius, radius2=radius, depth=depth)
    return add(name, mesh(name, bmesh.ops.create_cone, **how), location)

box("Floor", (0, 0, -0.1), (8, 8, 0.1))
box("Wall", (0, 3.95, 0), (8, 0.1, 2.7))
box("Ceiling", (0, 0, 2.7), (8, 8, 0.1))
box("Rug", (0, 0, 0), (2.4, 1.6, 0.01))
for number, (x, y) in enumerate([(-0.65, -0.35), (0.65, -0.35), (-0.65, 0.35), (0.65, 0.35)], 1):
    box(f"Leg {number}", (x, y, 0.01), (0.06, 0.06, 0.73))
box("Table top", (0, 0, 0.72), (1.4, 0.8, 0.04))
can("Cup", (0.3, 0.1, 0.81), 0.04, 0.1)
can("Plate", (-0.2, -0.1, 0.7705), 0.14, 0.02)
box("Book", (0.35, -0.2, 0.76), (0.2, 0.28, 0.04)).rotation_euler.z = 0.4
for number, (z, side) in enumerate([(0, 0.5), (0.5, 0.4), (0.9, 0.3)], 1):
    box(f"Crate {number}", (2.2, 1.5, z), (side, side, side)).rotation_euler.z = 0.2 * number
box("Picture", (-1.5, 3.88, 1.3), (0.9, 0.04, 0.6))

shade = ball("Shade", (0, 0, 1.7), 0.15)
line = bpy.data.curves.new("Cord", "CURVE")
line.dimensions, line.bevel_depth = "3D", 0.01
spline = line.splines.new("POLY")
spline.points.add(1)
spline.points[0].co, spline.points[1].co = (0, 0, 1.84, 1), (0, 0, 2.71, 1)
line.use_fill_caps = True
add("Cord", line)

words = bpy.data.curves.new("Words", "FONT")
words.body, words.size, words.extrude = "ROOM", 0.5, 0.05
add("Words", words, (-2.8, 2.5, 0)).rotation_euler.x = pi / 2

fence = box("Fence", (-3.5, -2, 0), (0.1, 0.1, 0.8))
array = fence.modifiers.new("Array", "ARRAY")
array.count, array.use_relative_offset, array.use_constant_offset = 8, False, True
array.constant_offset_displace = (0, 0.2, 0)
bevel = fence.modifiers.new("Bevel", "BEVEL")
bevel.width = 0.01

stool = bpy.data.collections.new("Stool parts")
box("Seat", (0, 0, 0.4), (0.4, 0.4, 0.05), stool)
box("Foot", (0, 0, 0), (0.1, 0.1, 0.4), stool)
for number, y in enumerate((-1.5, -2.3), 1):
    copy = add(f"Stool {number}", None, (0.5, y, 0))
    copy.instance_type, copy.instance_collection = "COLLECTION", stool

rolling = ball("Ball", (-2, -1.2, 0.2), 0.2)
scene.frame_start, scene.frame_end = 1, 30
for frame, x in ((1, -2), (30, 0)):
    rolling.location.x = x
    rolling.keyframe_insert("location", index=0, frame=frame)
scene.frame_set(1)

lamp = bpy.data.lights.new("Bulb", "POINT")
lamp.energy = 100
add("Bulb", lamp, (0, 0, 1.3))
fill = bpy.data.lights.new("Fill", "AREA")
fill.energy = 50
add("Fill", fill, (3, -3, 2.5))
camera = add("Camera", bpy.data.cameras.new("Camera"), (0, -10, 1.5))
camera.rotation_euler, camera.data.lens = (pi / 2, 0, 0), 35
scene.camera = camera
world = scene.world = bpy.data.worlds.new("World")
world.color = (0, 0, 0)
for node in world.node_tree.nodes if world.node_tree else ():
    if node.type == "BACKGROUND":
        node.inputs["Color"].default_value = (0, 0, 0, 1)
'''
