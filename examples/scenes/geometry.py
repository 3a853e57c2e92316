"""A spiral staircase as an architect's model, built by the program; somebody has typed the wrong measures."""

from __future__ import annotations

import math

from scenes import stage

NAME = "geometry1"
TEXT = "Build the spiral staircase with the measures of the picture."

PROGRAM = '''\
"""Build a spiral staircase: treads, a column, balusters and a handrail."""

from math import cos, radians, sin

import bpy

STEPS = {{12|14}}
RISE = {{0.15|0.168}}  # height of one step, metres
TURN = {{23.0|26.0}}  # degrees from one step to the next
FIRST = -100.0  # degrees, where the lowest step points

INNER, OUTER = 0.06, {{0.66|0.88}}  # metres from the axis
WIDTH = 31.0  # degrees that one tread covers
THICKNESS = {{0.1|0.055}}
ROUNDING = 0.012

COLUMN = {{0.05|0.1}}  # radius
RAIL_HEIGHT = {{0.36|0.52}}  # above the tread
RAIL = 0.026  # radius
BALUSTER = {{0.02|0.011}}  # radius


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
'''


def build() -> None:
    stage.clear(world="#c9d3dc", strength=0.4, look="AgX - Medium High Contrast", exposure=0.0)
    kept = [
        stage.wood("Oak", "#c98f56", "#a86f3c", 2.0),
        stage.material("Steel", "#f0ece4", 0.45),
        stage.material("Brass", "#c8923f", 0.28, 1.0),
    ]
    for made in kept:
        made.use_fake_user = True
    stage.sweep(stage.material("Paper", "#8fa79e", 0.9), back=4.6, bend=2.2).location.z = -0.062
    floor = stage.material("Disc", "#e6dfd2", 0.6)
    stage.turned("Disc", "1.28,0 1.3,0.004 1.3,0.05 1.296,0.06 1.28,0.062 0.6,0.062", floor, 40).location.z = -0.062
    _tree()
    stage.area_light("Key", (-3.6, -3.0, 4.6), (0.0, 0.0, 1.2), 1.6, 420.0, "#fff0da")
    stage.area_light("Fill", (4.0, -2.5, 2.2), (0.0, 0.0, 1.2), 3.0, 80.0, "#d5e3ff")
    stage.area_light("Rim", (2.2, 1.4, 4.6), (0.0, -0.4, 1.2), 1.4, 120.0)
    stage.camera((0.0, -8.6, 2.6), (0.0, 0.0, 1.34), 82.0)


def _tree() -> None:
    """A model tree and two figures of spheres and turned wood for scale."""
    trunk = stage.material("Trunk", "#9a6a42", 0.7)
    green = stage.material("Crown", "#5d8057", 0.8)
    for k, (x, y, size) in enumerate(((1.02, -0.55, 0.8), (-1.12, 0.35, 1.0))):
        foot = stage.turned(f"Tree {k + 1}", "0.05,0 0.055,0.005 0.03,0.2 0.025,0.5 0.01,0.52", trunk, 12, 1)
        foot.location, foot.scale = (x, y, 0.0), (size, size, size)
        for j, (dx, z, radius) in enumerate(((0.0, 0.32, 0.2), (0.1, 0.5, 0.13), (-0.08, 0.52, 0.15))):
            crown = stage.ball(f"Crown {k + 1}.{j + 1}", radius, green)
            crown.parent, crown.location = foot, (dx, 0.05 * math.sin(5 * j), z)
