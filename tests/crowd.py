"""A crowd: 200 heads that overlap, before a camera."""


def seen(size_px: int) -> str:
    """Lines of a program that make a square camera before the origin; it needs `bpy` and `math`."""
    return f"""\
eye = bpy.data.objects.new("Eye", bpy.data.cameras.new("Eye"))
eye.location, eye.rotation_euler = (0, -16, 0), (math.pi / 2, 0, 0)
bpy.context.collection.objects.link(eye)
bpy.context.scene.camera = eye
bpy.context.scene.render.resolution_x = bpy.context.scene.render.resolution_y = {size_px}
"""


HEADS = """\
import bpy, math, random
random.seed(7)
bpy.ops.mesh.primitive_monkey_add()
head = bpy.context.object.data
bpy.data.objects.remove(bpy.context.object)
for n in range(200):
    thing = bpy.data.objects.new(f"Part {n}", head)
    thing.location = [random.uniform(-4, 4) for _ in range(3)]
    thing.rotation_euler = [random.uniform(0, 6) for _ in range(3)]
    thing.scale = [random.uniform(0.4, 1)] * 3
    bpy.context.collection.objects.link(thing)
lamp = bpy.data.objects.new("Lamp", bpy.data.lights.new("Lamp", "SUN"))
bpy.context.collection.objects.link(lamp)
"""
