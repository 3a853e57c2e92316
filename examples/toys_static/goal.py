"""Three wooden toys on a table: what target.png shows."""

import math

import bpy
from mathutils import Vector

scene = bpy.context.scene
scene.render.engine = "CYCLES"
scene.render.resolution_x, scene.render.resolution_y = 512, 384
scene.view_settings.view_transform = "Standard"


def paint(thing, color, roughness):
    material = bpy.data.materials.new(thing.name)
    if material.node_tree is None:  # before Blender 5
        material.use_nodes = True
    shader = material.node_tree.nodes["Principled BSDF"]
    shader.inputs["Base Color"].default_value = (*color, 1.0)
    shader.inputs["Roughness"].default_value = roughness
    thing.data.materials.append(material)


bpy.ops.mesh.primitive_plane_add(size=30)
table = bpy.context.object
table.name = "Table"
paint(table, (0.42, 0.27, 0.16), 0.6)

bpy.ops.mesh.primitive_cube_add(size=1, location=(-1.35, 0.4, 0.55), rotation=(0, 0, 0.5))
block = bpy.context.object
block.name = "Block"
block.scale = (1.1, 1.1, 1.1)
bevel = block.modifiers.new("Edges", "BEVEL")
bevel.width, bevel.segments = 0.06, 4
paint(block, (0.06, 0.16, 0.48), 0.4)

bpy.ops.mesh.primitive_uv_sphere_add(radius=0.62, segments=48, ring_count=24, location=(0.35, -0.7, 0.62))
ball = bpy.context.object
ball.name = "Ball"
bpy.ops.object.shade_smooth()
paint(ball, (0.62, 0.05, 0.04), 0.25)

bpy.ops.mesh.primitive_cone_add(radius1=0.7, radius2=0, depth=1.9, vertices=64, location=(1.6, 0.9, 0.95))
cone = bpy.context.object
cone.name = "Cone"
bpy.ops.object.shade_smooth()
paint(cone, (0.75, 0.5, 0.06), 0.5)

camera = bpy.data.objects.new("Camera1", bpy.data.cameras.new("Camera1"))
camera.data.lens = 45.0
camera.location = (0.9, -7.2, 3.6)
camera.rotation_euler = (Vector((0.05, 0.0, 0.55)) - camera.location).to_track_quat("-Z", "Y").to_euler()
scene.collection.objects.link(camera)
scene.camera = camera

sun = bpy.data.objects.new("Sun", bpy.data.lights.new("Sun", "SUN"))
sun.data.energy = 3.4
sun.data.color = (1.0, 0.9, 0.76)
sun.data.angle = 0.15
sun.rotation_euler = (math.radians(35), math.radians(-28), 0.0)
scene.collection.objects.link(sun)

world = bpy.data.worlds.new("World")
if world.node_tree is None:
    world.use_nodes = True
background = world.node_tree.nodes["Background"]
background.inputs["Color"].default_value = (0.62, 0.72, 0.85, 1.0)
background.inputs["Strength"].default_value = 0.55
scene.world = world
