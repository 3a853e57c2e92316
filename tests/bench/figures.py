# pyright: basic, reportAttributeAccessIssue=false, reportMissingImports=false, reportOptionalMemberAccess=false
"""Things whose numbers are not places: figures with shape keys, and rows, knots and towers made by modifiers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random
from typing import Any

import bpy
from mathutils import Matrix, Vector

from tests.bench.programs import Setting
from tests.bench.sets import Color, Thing, pick_color, round_to


@dataclass
class Figure:
    name: str
    kind: str
    at: tuple[float, float, float]
    scale: tuple[float, float, float]
    color: Color
    keys: dict[str, tuple[str, Vector, float]]  # name -> kind of field, where on the unit figure, how much


FIELDS = ("Bulge", "Dent", "Twist", "Lean", "Taper", "Stretch", "Horn", "Nose", "Waist", "Wide")


def imagine_keys(rng: Random) -> list[Figure]:
    figures = []
    count = rng.choice((1, 2))
    for index in range(count):
        x = 0.0 if count == 1 else (-0.75, 0.75)[index] + rng.uniform(-0.1, 0.1)
        size = 0.85 if count == 1 else 0.6
        chosen = rng.sample(FIELDS, rng.randint(6, 8) if count == 1 else rng.randint(4, 5))
        keys = {}
        for name in chosen:
            a, z = rng.uniform(-2.6, -0.5), rng.uniform(-0.4, 0.7)
            where = Vector((math.sqrt(1 - z * z) * math.cos(a), math.sqrt(1 - z * z) * math.sin(a), z))
            keys[name] = (name, where, rng.uniform(0.75, 1.1))
        scale = (round_to(size * rng.uniform(0.8, 1.0)), round_to(size * rng.uniform(0.8, 1.0)), round_to(size))
        figures.append(
            Figure(
                ("Golem", "Imp")[index],
                rng.choice(("ball", "ball", "drum")),
                (round_to(x), 0.0, scale[2]),
                scale,
                pick_color(rng),
                keys,
            )
        )
    return figures


def _moved(p: Vector, kind: str, where: Vector, much: float) -> Vector:
    near = math.exp(-((p - where).length_squared) / 0.18)
    sharp = math.exp(-((p - where).length_squared) / 0.05)
    if kind == "Bulge":
        return p + 0.45 * much * near * where
    if kind == "Dent":
        return p - 0.4 * much * near * where
    if kind in ("Horn", "Nose"):
        return p + (0.8 if kind == "Horn" else 0.55) * much * sharp * (
            where + Vector((0, 0, 0.6 if kind == "Horn" else 0.0))
        )
    if kind == "Twist":
        return Matrix.Rotation(0.9 * much * (p.z + 1), 3, "Z") @ p
    if kind == "Lean":
        return p + Vector((0.3 * much * (p.z + 1) * (1 if where.x > 0 else -1), 0, 0))
    if kind == "Taper":
        return Vector((p.x * (1 - 0.3 * much * (p.z + 1)), p.y * (1 - 0.3 * much * (p.z + 1)), p.z))
    if kind == "Stretch":
        return Vector((p.x, p.y, p.z + 0.3 * much * (p.z + 1)))
    if kind == "Waist":
        slim = 1 - 0.45 * much * math.exp(-(p.z**2) / 0.12)
        return Vector((p.x * slim, p.y * slim, p.z))
    return Vector((p.x * (1 + 0.45 * much), p.y, p.z))


def add_figures(figures: list[Figure]) -> None:
    for figure in figures:
        if figure.kind == "ball":
            bpy.ops.mesh.primitive_uv_sphere_add(segments=48, ring_count=32, location=figure.at)
        else:
            _drum(figure.at)
        made = bpy.context.object
        made.name, made.scale = figure.name, figure.scale
        made.data.polygons.foreach_set("use_smooth", [True] * len(made.data.polygons))
        finish = bpy.data.materials.new(figure.name)
        if finish.node_tree is None:
            finish.use_nodes = True
        finish.node_tree.nodes["Principled BSDF"].inputs["Base Color"].default_value = figure.color
        made.data.materials.append(finish)
        made.shape_key_add(name="Basis")
        rest = [v.co.copy() for v in made.data.vertices]
        for name, (kind, where, much) in figure.keys.items():
            block = made.shape_key_add(name=name, from_mix=False)
            block.slider_min, block.slider_max = -1.0, 2.0
            block.data.foreach_set("co", [c for p in rest for c in _moved(p, kind, where, much)])


def _drum(at: tuple[float, float, float]) -> None:
    """A rounded column: a superellipse turned around z, with enough rings to bend."""
    rings, sides = 32, 48
    angles = [math.pi * (k + 0.5) / rings - math.pi / 2 for k in range(rings)]
    profile = [(abs(math.cos(a)) ** 0.45, math.copysign(abs(math.sin(a)) ** 0.8, a)) for a in angles]
    vertices = [
        (0.85 * r * math.cos(math.tau * s / sides), 0.85 * r * math.sin(math.tau * s / sides), z)
        for r, z in profile
        for s in range(sides)
    ]
    faces = [
        (r * sides + s, r * sides + (s + 1) % sides, (r + 1) * sides + (s + 1) % sides, (r + 1) * sides + s)
        for r in range(rings - 1)
        for s in range(sides)
    ]
    faces += [tuple(reversed(range(sides))), tuple(range((rings - 1) * sides, rings * sides))]
    mesh = bpy.data.meshes.new("Drum")
    mesh.from_pydata(vertices, [], faces)
    made = bpy.data.objects.new("Drum", mesh)
    made.location = at
    bpy.context.scene.collection.objects.link(made)
    bpy.context.view_layer.objects.active = made


def imagine_modified(rng: Random) -> tuple[list[Thing], list[Setting]]:
    """Two or three things with modifiers at fixed places, and settings for all of their numbers, some wrong."""
    makers = [_row, _tower, _knot, _die]
    chosen = rng.sample(makers, rng.choice((2, 3)))
    places = {2: (-0.8, 0.8), 3: (-1.15, 0.0, 1.15)}[len(chosen)]
    things: list[Thing] = []
    settings: list[Setting] = []
    for maker, x in zip(chosen, places, strict=True):
        made, wrong = maker(rng, round_to(x))
        things.append(made)
        for label, _, properties in made.modifiers:
            for key, right in properties.items():
                settings.append(
                    Setting("objects", made.name, f'modifiers["{label}"].{key}', right, wrong.get((label, key), right))
                )
    return things, settings


Wrong = dict[tuple[str, str], Any]


def _thing(
    rng: Random,
    name: str,
    kind: str,
    at: tuple[float, float, float],
    scale: tuple[float, float, float],
    *modifiers: tuple[str, str, dict[str, Any]],
) -> Thing:
    return Thing(
        name,
        kind,
        at,
        (0.0, 0.0, round_to(rng.uniform(-0.6, 0.6))),
        scale,
        pick_color(rng),
        round_to(rng.uniform(0.25, 0.6)),
        0.0,
        list(modifiers),
    )


def _row(rng: Random, x: float) -> tuple[Thing, Wrong]:
    """A stair of bevelled bricks."""
    count, rise, step = rng.randint(4, 6), round_to(rng.uniform(0.3, 0.6)), round_to(rng.uniform(0.3, 0.55))
    array = {"count": count, "relative_offset_displace": (0.0, step, rise + 0.4)}
    bevel = {"width": round_to(rng.uniform(0.02, 0.06), 0.005), "segments": 3}
    made = _thing(
        rng, "Stair", "cube", (x, -0.5, 0.12), (0.32, 0.2, 0.12), ("Bevel", "BEVEL", bevel), ("Array", "ARRAY", array)
    )
    wrong: Wrong = {
        ("Array", "count"): count + rng.choice((-2, 2)),
        ("Array", "relative_offset_displace"): (
            0.0,
            round_to(step * rng.choice((0.5, 1.6))),
            round_to((rise + 0.4) * rng.choice((0.6, 1.45))),
        ),
        ("Bevel", "width"): round_to(bevel["width"] * rng.choice((0.2, 2.0)), 0.001),
    }
    return made, wrong


def _tower(rng: Random, x: float) -> tuple[Thing, Wrong]:
    """A square column, twisted and tapered."""
    angle, taper = round_to(rng.uniform(0.6, 1.7)), round_to(rng.uniform(-0.6, -0.2))
    modifiers = (
        ("Cuts", "SUBSURF", {"subdivision_type": "SIMPLE", "levels": 4, "render_levels": 4}),
        ("Twist", "SIMPLE_DEFORM", {"deform_method": "TWIST", "deform_axis": "Z", "angle": angle}),
        ("Taper", "SIMPLE_DEFORM", {"deform_method": "TAPER", "deform_axis": "Z", "factor": taper}),
    )
    made = _thing(rng, "Tower", "cube", (x, 0.0, 0.85), (0.36, 0.36, 0.85), *modifiers)
    wrong: Wrong = {
        ("Twist", "angle"): round_to(angle + rng.choice((-1, 1)) * rng.uniform(0.5, 1.1)),
        ("Taper", "factor"): round_to(taper + rng.choice((-0.4, 0.7))),
    }
    if rng.random() < 0.35:
        wrong["Taper", "deform_method"] = "STRETCH"
    return made, wrong


def _knot(rng: Random, x: float) -> tuple[Thing, Wrong]:
    """An upright ring, stretched or bent."""
    method = rng.choice(("STRETCH", "TAPER"))
    factor = round_to(rng.uniform(0.2, 0.6))
    deform = {"deform_method": method, "deform_axis": "X", "factor": factor}
    wire = {"strength": round_to(rng.uniform(0.02, 0.1))}
    made = _thing(
        rng,
        "Ring",
        "torus",
        (x, 0.1, 0.72),
        (0.55, 0.55, 0.55),
        ("Deform", "SIMPLE_DEFORM", deform),
        ("Puff", "DISPLACE", wire),
    )
    made.turn = (round_to(rng.uniform(1.2, 1.57)), 0.0, made.turn[2])
    return made, {
        ("Deform", "factor"): round_to(factor + rng.choice((-0.5, 0.6))),
        ("Puff", "strength"): round_to(wire["strength"] + rng.choice((-0.12, 0.14))),
    }


def _die(rng: Random, x: float) -> tuple[Thing, Wrong]:
    """A cube as a thick lattice, or rounded by subdivision."""
    levels, thick = rng.choice((1, 2, 3)), round_to(rng.uniform(0.1, 0.3))
    modifiers = (
        ("Wireframe", "WIREFRAME", {"thickness": thick, "use_replace": True}),
        ("Round", "SUBSURF", {"levels": levels, "render_levels": levels}),
    )
    made = _thing(rng, "Die", "cube", (x, -0.1, 0.5), (0.48, 0.48, 0.48), *modifiers)
    other = rng.choice([k for k in (0, 1, 3) if k != levels])
    wrong: Wrong = {
        ("Wireframe", "thickness"): round_to(thick * rng.choice((0.4, 2.0))),
        ("Round", "render_levels"): other,
    }
    if rng.random() < 0.35:
        wrong["Wireframe", "use_replace"] = False
    return made, wrong
