from math import radians

import bpy


def material(name, color, roughness=0.5, metallic=0.0):
    made = bpy.data.materials.new(name)
    made.use_nodes = True
    shader = made.node_tree.nodes["Principled BSDF"]
    shader.inputs["Base Color"].default_value = (*color, 1)
    shader.inputs["Roughness"].default_value = roughness
    shader.inputs["Metallic"].default_value = metallic
    return made


def named(name, made):
    thing = bpy.context.object
    thing.name = name
    thing.data.materials.append(made)
    return thing


wood = material("Wood", (0.42, 0.24, 0.12), 0.6)
white = material("China", (0.85, 0.85, 0.82), 0.25)
blue = material("Glaze", (0.05, 0.18, 0.45), 0.3)
orange = material("Orange", (0.9, 0.33, 0.03), 0.55)
glass = material("Bottle", (0.05, 0.3, 0.12), 0.15)

bpy.ops.mesh.primitive_cube_add(size=1, location=(0, 0, -0.05))
bpy.context.object.scale = (3, 2, 0.1)
named("Table", wood)
bpy.ops.mesh.primitive_cylinder_add(vertices=64, radius=0.42, depth=0.03, location=(-0.35, -0.25, 0.015))
named("Plate", white)
bpy.ops.mesh.primitive_uv_sphere_add(segments=48, ring_count=24, radius=0.13, location=(-0.42, -0.25, 0.16))
named("Orange", orange)
bpy.ops.mesh.primitive_uv_sphere_add(segments=48, ring_count=24, radius=0.12, location=(-0.2, -0.36, 0.15))
named("Orange 2", orange)
bpy.ops.mesh.primitive_cylinder_add(vertices=64, radius=0.16, depth=0.34, location=(0.5, -0.15, 0.17))
named("Mug", blue)
bpy.ops.mesh.primitive_torus_add(
    major_radius=0.1, minor_radius=0.028, location=(0.68, -0.15, 0.18), rotation=(radians(90), 0, 0)
)
named("Mug handle", blue)
bpy.ops.mesh.primitive_cylinder_add(vertices=64, radius=0.15, depth=0.5, location=(0.2, 0.4, 0.25))
named("Bottle", glass)
bpy.ops.mesh.primitive_cone_add(vertices=64, radius1=0.15, radius2=0.05, depth=0.16, location=(0.2, 0.4, 0.58))
named("Bottle shoulder", glass)
bpy.ops.mesh.primitive_cylinder_add(vertices=64, radius=0.05, depth=0.2, location=(0.2, 0.4, 0.75))
named("Bottle neck", glass)

bpy.ops.object.light_add(type="AREA", location=(-1.8, -1.2, 2.4), rotation=(radians(38), 0, radians(-56)))
lamp = bpy.context.object
lamp.name = "Window"
lamp.data.energy = 90
lamp.data.size = 1.2
lamp.data.color = (1.0, 0.93, 0.82)
world = bpy.data.worlds.new("World")
bpy.context.scene.world = world
world.use_nodes = True
world.node_tree.nodes["Background"].inputs["Color"].default_value = (0.55, 0.65, 0.8, 1)
world.node_tree.nodes["Background"].inputs["Strength"].default_value = 0.45

bpy.ops.object.camera_add(location=(0.3, -2.6, 1.35), rotation=(radians(65), 0, radians(6)))
bpy.context.object.name = "Camera1"
bpy.context.object.data.lens = 42
bpy.context.scene.camera = bpy.context.object
bpy.context.scene.render.resolution_x = 384
bpy.context.scene.render.resolution_y = 384
bpy.context.scene.render.engine = "CYCLES"
