"""A ball that falls and bounces twice beside a block: what the target pictures show."""

import bpy
from mathutils import Vector

FPS, GRAVITY, KEPT = 24, 9.81, 0.55
RADIUS, DROP = 0.4, 2.0

scene = bpy.context.scene
scene.render.engine = "CYCLES"
scene.render.resolution_x, scene.render.resolution_y = 384, 288
scene.view_settings.view_transform = "Standard"
scene.frame_start, scene.frame_end = 1, 72


def paint(thing, color, roughness):
    material = bpy.data.materials.new(thing.name)
    if material.node_tree is None:  # before Blender 5
        material.use_nodes = True
    shader = material.node_tree.nodes["Principled BSDF"]
    shader.inputs["Base Color"].default_value = (*color, 1.0)
    shader.inputs["Roughness"].default_value = roughness
    thing.data.materials.append(material)


def height(seconds):
    """Of the ball's lowest point above the floor: a fall, two bounces, rest."""
    fall = (2 * DROP / GRAVITY) ** 0.5
    if seconds < fall:
        return DROP - GRAVITY * seconds**2 / 2
    seconds, speed = seconds - fall, GRAVITY * fall
    for _ in range(2):
        speed *= KEPT
        if seconds < 2 * speed / GRAVITY:
            return speed * seconds - GRAVITY * seconds**2 / 2
        seconds -= 2 * speed / GRAVITY
    return 0.0


bpy.ops.mesh.primitive_plane_add(size=30)
floor = bpy.context.object
floor.name = "Floor"
paint(floor, (0.45, 0.3, 0.18), 0.5)

bpy.ops.mesh.primitive_cube_add(size=0.9, location=(1.3, 0.3, 0.45), rotation=(0, 0, 0.4))
block = bpy.context.object
block.name = "Block"
paint(block, (0.06, 0.16, 0.48), 0.4)

bpy.ops.mesh.primitive_uv_sphere_add(radius=RADIUS, segments=48, ring_count=24)
ball = bpy.context.object
ball.name = "Ball"
bpy.ops.object.shade_smooth()
paint(ball, (0.62, 0.05, 0.04), 0.3)
for frame in range(scene.frame_start, scene.frame_end + 1):
    ball.location = (-0.4, 0.0, RADIUS + height((frame - 1) / FPS))
    ball.keyframe_insert("location", frame=frame)

camera = bpy.data.objects.new("Camera1", bpy.data.cameras.new("Camera1"))
camera.data.lens = 50.0
camera.location = (0.0, -8.0, 3.0)
camera.rotation_euler = (Vector((0.2, 0.0, 1.1)) - camera.location).to_track_quat("-Z", "Y").to_euler()
scene.collection.objects.link(camera)
scene.camera = camera

sun = bpy.data.objects.new("Sun", bpy.data.lights.new("Sun", "SUN"))
sun.data.energy = 3.2
sun.data.angle = 0.15
sun.rotation_euler = (0.6, -0.45, 0.0)
scene.collection.objects.link(sun)

world = bpy.data.worlds.new("World")
if world.node_tree is None:
    world.use_nodes = True
background = world.node_tree.nodes["Background"]
background.inputs["Color"].default_value = (0.65, 0.72, 0.8, 1.0)
background.inputs["Strength"].default_value = 0.6
scene.world = world
