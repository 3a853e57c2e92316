"""A small room with all that file formats treat differently, as a program."""

ROOM = """
import bpy
data, scene = bpy.data, bpy.context.scene

def material(name, color):
    made = data.materials.new(name)
    if not made.node_tree:
        made.use_nodes = True
    made.node_tree.nodes["Principled BSDF"].inputs["Base Color"].default_value = (*color, 1)
    return made

def add(name, content, location=(0, 0, 0), parent=None):
    obj = data.objects.new(name, content)
    scene.collection.objects.link(obj)
    obj.location, obj.parent = location, parent
    return obj

def box(name, size, *materials):
    x, y, z = (s / 2 for s in size)
    points = [(i * x, j * y, k * z) for i in (-1, 1) for j in (-1, 1) for k in (-1, 1)]
    faces = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    mesh = data.meshes.new(name)
    mesh.from_pydata(points, [], faces)
    mesh.uv_layers.new(name="UVMap")
    for one in materials:
        mesh.materials.append(one)
    return mesh

wood, glass, metal = material("Old wood", (0.4, 0.2, 0.1)), material("Glass", (0.2, 0.8, 0.9)), material("Metal", (0.7, 0.7, 0.7))
grain = data.images.new("grain", 8, 8)
grain.pixels = [0.6, 0.3, 0.1, 1.0] * 64
grain.pack()
texture = wood.node_tree.nodes.new("ShaderNodeTexImage")
texture.image = grain
wood.node_tree.links.new(texture.outputs["Color"], wood.node_tree.nodes["Principled BSDF"].inputs["Base Color"])

table = add("Table", None, (1, 2, 0))
table.rotation_euler.z = 0.5
add("Table top", box("Top", (2, 1, 0.1), wood), (0, 0, 1), table)
leg = box("Leg", (0.1, 0.1, 1), metal)
for number in range(4):
    add(f"Leg{number}", leg, ((number % 2 - 0.5) * 1.8, (number // 2 - 0.5) * 0.8, 0.5), table)
ball = add("Ball", box("Ball", (0.6, 0.6, 0.6), glass), (3, 0, 0.3))
ball.modifiers.new("Round", "SUBSURF").levels = 2
text = data.curves.new("Sign", "FONT")
text.body = "Hi"
add("Sign", text, (0, -2, 0))
add("Lamp", data.lights.new("Lamp", "POINT"), (0, 0, 4)).data.energy = 500
camera = add("Camera", data.cameras.new("Camera"), (0, -8, 3))
camera.rotation_euler.x = 1.3
scene.camera = camera
add("Hidden", box("Hidden", (1, 1, 1), material("Unseen", (1, 0, 1))), (9, 9, 9)).hide_render = True
"""
"""Drawn: 7 surfaces with 3 materials; 11 objects, of which one is hidden from renders."""
