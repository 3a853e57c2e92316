"""Build a spiral staircase: treads, a column, balusters and a handrail."""

from math import cos, radians, sin

import bpy

STEPS = 12
RISE = 0.15  # height of one step, metres
TURN = 23.0  # degrees from one step to the next
FIRST = -100.0  # degrees, where the lowest step points

INNER, OUTER = 0.06, 0.66  # metres from the axis
WIDTH = 31.0  # degrees that one tread covers
THICKNESS = 0.1
ROUNDING = 0.012

COLUMN = 0.05  # radius
RAIL_HEIGHT = 0.36  # above the tread
RAIL = 0.026  # radius
BALUSTER = 0.02  # radius


def add(name, vertices, faces, material, smooth=False):
    """Link a mesh object made of the given vertices and faces."""
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata(vertices, [], faces)
    mesh.materials.append(bpy.data.materials[material])
    mesh.polygons.foreach_set("use_smooth", [smooth and len(face.vertices) == 4 for face in mesh.polygons])
    made = bpy.data.objects.new(name, mesh)
    bpy.context.scene.collection.objects.link(made)
    return made


def polar(radius, angle, z):
    return (radius * cos(radians(angle)), radius * sin(radians(angle)), z)


def rod(name, x, y, low, high, radius, material, sides=24):
    """An upright cylinder."""
    turns = [radians(360 * k / sides) for k in range(sides)]
    ring = [(x + radius * cos(turn), y + radius * sin(turn)) for turn in turns]
    vertices = [(a, b, low) for a, b in ring] + [(a, b, high) for a, b in ring]
    faces = [(k, (k + 1) % sides, sides + (k + 1) % sides, sides + k) for k in range(sides)]
    faces += [tuple(reversed(range(sides))), tuple(range(sides, 2 * sides))]
    return add(name, vertices, faces, material, smooth=True)


def tread(name, angle, top):
    """A wedge with an arc for its outer edge, its upper side at `top`."""
    arc = [angle - WIDTH / 2 + WIDTH * k / 8 for k in range(9)]
    outline = [(OUTER, a) for a in arc] + [(INNER, a) for a in reversed(arc)]
    count = len(outline)
    vertices = [polar(r, a, top - THICKNESS) for r, a in outline] + [polar(r, a, top) for r, a in outline]
    faces = [(k, (k + 1) % count, count + (k + 1) % count, count + k) for k in range(count)]
    faces += [tuple(reversed(range(count))), tuple(range(count, 2 * count))]
    made = add(name, vertices, faces, "Oak")
    bevel = made.modifiers.new("Bevel", "BEVEL")
    bevel.width, bevel.segments, bevel.limit_method = ROUNDING, 3, "ANGLE"
    return made


rail = []
for step in range(STEPS):
    angle, top = FIRST + TURN * step, RISE * (step + 1)
    tread(f"Tread {step + 1}", angle, top)
    x, y, z = polar(OUTER - 0.05, angle, top)
    rod(f"Baluster {step + 1}", x, y, z - 0.01, z + RAIL_HEIGHT, BALUSTER, "Steel", sides=12)
    rail.append((x, y, z + RAIL_HEIGHT))
rod("Column", 0.0, 0.0, 0.0, RISE * STEPS + RAIL_HEIGHT, COLUMN, "Steel", sides=32)

curve = bpy.data.curves.new("Handrail", "CURVE")
curve.dimensions, curve.bevel_depth, curve.bevel_resolution, curve.use_fill_caps = "3D", RAIL, 4, True
spline = curve.splines.new("BEZIER")
spline.bezier_points.add(len(rail) - 1)
for knot, place in zip(spline.bezier_points, rail, strict=True):
    knot.co, knot.handle_left_type, knot.handle_right_type = place, "AUTO", "AUTO"
curve.materials.append(bpy.data.materials["Brass"])
bpy.context.scene.collection.objects.link(bpy.data.objects.new("Handrail", curve))
