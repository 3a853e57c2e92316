# pyright: basic, reportAttributeAccessIssue=false, reportMissingImports=false, reportOptionalMemberAccess=false
"""Random but sensible still lifes: plain values first, then built in Blender or written as a program."""

from __future__ import annotations

import colorsys
import math
from dataclasses import dataclass, field
from random import Random
from typing import Any

import bpy
from mathutils import Matrix, Vector

from tests.bench.programs import Setting, literal

Color = tuple[float, float, float, float]
HALF_HEIGHT = {
    "cube": 1.0,
    "uv_sphere": 1.0,
    "cylinder": 1.0,
    "cone": 1.0,
    "torus": 0.25,
    "monkey": 0.98,
    "ico_sphere": 1.0,
}
NAMES = ["Crate", "Ball", "Drum", "Cone", "Ring", "Mask", "Stone", "Block", "Bead", "Pillar"]
SIZES = {"cone": 1.15, "torus": 1.25, "monkey": 1.1}


@dataclass
class Thing:
    name: str
    kind: str
    location: tuple[float, float, float]
    turn: tuple[float, float, float]
    scale: tuple[float, float, float]
    color: Color
    roughness: float
    metallic: float
    modifiers: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)


@dataclass
class Lamp:
    name: str
    kind: str
    location: tuple[float, float, float]
    energy: float
    color: tuple[float, float, float]
    size: float


@dataclass
class Still:
    """A still life around the origin, on the ground z = 0, seen by one camera."""

    things: list[Thing]
    lamps: list[Lamp]
    ground: Color
    sky: Color
    strength: float
    eye: tuple[float, float, float]
    look_at: tuple[float, float, float]
    lens: float
    view_transform: str


def round_to(value: float, step: float = 0.01) -> float:
    return round(round(value / step) * step, 6)


def pick_color(
    rng: Random, saturation: tuple[float, float] = (0.45, 0.85), value: tuple[float, float] = (0.3, 0.8)
) -> Color:
    red, green, blue = colorsys.hsv_to_rgb(rng.random(), rng.uniform(*saturation), rng.uniform(*value))
    return round_to(red), round_to(green), round_to(blue), 1.0


def imagine(rng: Random, count: int | None = None) -> Still:
    """Three to six things apart from each other, two or three lamps, a camera that sees all of them."""
    kinds = list(HALF_HEIGHT)
    things: list[Thing] = []
    names = rng.sample(NAMES, len(NAMES))
    azimuth = rng.uniform(-40, 40)
    for number in range(count or rng.randint(3, 6)):
        kind = rng.choice(kinds)
        size = rng.uniform(0.26, 0.5) * SIZES.get(kind, 1.0)
        for _ in range(200):
            x, y = rng.uniform(-1.1, 1.1), rng.uniform(-1.0, 1.0)
            if all(
                math.hypot(x - other.location[0], y - other.location[1]) > 1.15 * (size + max(other.scale))
                for other in things
            ):
                break
        else:
            break
        size, tall = (
            round_to(size),
            1.0 if kind in ("torus", "monkey", "uv_sphere", "ico_sphere") else rng.uniform(0.8, 1.6),
        )
        scale = (size, size, round_to(size * tall))
        turn = (
            0.0,
            0.0,
            round_to(math.radians(azimuth + rng.uniform(-40, 40)) if kind == "monkey" else rng.uniform(-0.8, 0.8)),
        )
        at = (round_to(x), round_to(y), round_to(HALF_HEIGHT[kind] * scale[2]))
        metallic = 1.0 if rng.random() < 0.2 else 0.0
        things.append(
            Thing(names[number], kind, at, turn, scale, pick_color(rng), round_to(rng.uniform(0.15, 0.75)), metallic)
        )
    warm, cool = (
        (1.0, round_to(rng.uniform(0.78, 0.95)), round_to(rng.uniform(0.6, 0.85))),
        (round_to(rng.uniform(0.6, 0.8)), 0.85, 1.0),
    )
    side = rng.choice((-1, 1))
    view_transform = rng.choice(("AgX", "Standard"))
    bright = 1.0 if view_transform == "AgX" else 0.55
    lamps = [
        Lamp(
            "Key",
            "AREA",
            _around(azimuth + side * rng.uniform(25, 60), rng.uniform(35, 60), rng.uniform(3.4, 4.5)),
            round_to(bright * rng.uniform(150, 320), 1),
            warm,
            round_to(rng.uniform(0.8, 2.0)),
        ),
        Lamp(
            "Fill",
            "AREA",
            _around(azimuth - side * rng.uniform(35, 80), rng.uniform(15, 40), rng.uniform(3.5, 5.0)),
            round_to(bright * rng.uniform(20, 70), 1),
            cool,
            2.5,
        ),
    ]
    if rng.random() < 0.6:
        accent = pick_color(rng, (0.6, 0.9), (0.9, 1.0))[:3]
        lamps.append(
            Lamp(
                "Accent",
                "POINT",
                _around(azimuth + rng.uniform(120, 240), rng.uniform(25, 50), 2.2),
                round_to(rng.uniform(30, 90), 1),
                accent,
                0.25,
            )
        )
    distance, elevation = rng.uniform(5.8, 6.6), rng.uniform(18, 34)
    eye = _around(azimuth, elevation, distance)
    return Still(
        things,
        lamps,
        pick_color(rng, (0.05, 0.35), (0.3, 0.7)),
        pick_color(rng, (0.05, 0.3), (0.6, 0.9)),
        round_to(rng.uniform(0.2, 0.5)),
        (eye[0], eye[1], round_to(eye[2] + 0.35)),
        (0.0, 0.0, 0.35),
        round_to(rng.uniform(52, 64), 0.5),
        view_transform,
    )


def _around(azimuth: float, elevation: float, distance: float) -> tuple[float, float, float]:
    """Azimuth 0 is the front (-y), degrees."""
    a, e = math.radians(azimuth), math.radians(elevation)
    return (
        round_to(distance * math.cos(e) * math.sin(a)),
        round_to(-distance * math.cos(e) * math.cos(a)),
        round_to(distance * math.sin(e)),
    )


def aim(at: tuple[float, ...], target: tuple[float, ...], roll: float = 0.0) -> tuple[float, float, float]:
    """Euler XYZ of a camera or lamp at a place that looks at the target."""
    turned = (Vector(target) - Vector(at)).to_track_quat("-Z", "Y").to_matrix()
    if roll:
        turned = turned @ Matrix.Rotation(roll, 3, "Z")
    euler = turned.to_euler("XYZ")
    return round_to(euler.x, 0.001), round_to(euler.y, 0.001), round_to(euler.z, 0.001)


def build(still: Still, *, empty: bool, size_px: int, samples: int) -> None:
    """The scene in Blender; `empty` leaves the things and lamps to the program."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    files = bpy.context.preferences.filepaths
    files.file_preview_type, files.save_version = "NONE", 0
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.render.resolution_x = scene.render.resolution_y = size_px
    scene.render.resolution_percentage = 100
    scene.render.image_settings.file_format, scene.render.image_settings.color_mode = "PNG", "RGB"
    scene.cycles.samples, scene.cycles.use_denoising, scene.cycles.use_adaptive_sampling = samples, False, False
    scene.cycles.sample_clamp_indirect, scene.cycles.max_bounces = 5.0, 6
    scene.view_settings.view_transform = still.view_transform
    sky = scene.world = bpy.data.worlds.new("World")
    if sky.node_tree is None:
        sky.use_nodes = True
    sky.node_tree.nodes["Background"].inputs["Color"].default_value = still.sky
    sky.node_tree.nodes["Background"].inputs["Strength"].default_value = still.strength
    eye = bpy.data.objects.new("Camera1", bpy.data.cameras.new("Camera1"))
    scene.collection.objects.link(eye)
    scene.camera, eye.location, eye.rotation_euler, eye.data.lens = (
        eye,
        still.eye,
        aim(still.eye, still.look_at),
        still.lens,
    )
    ground = f"(0.0, 0.0, 0.0), (0.0, 0.0, 0.0), (20.0, 20.0, 1.0), {still.ground}, 0.8, 0.0"
    program = BUILDERS + f'add("plane", "Ground", {ground})\n'
    if not empty:
        program += construction(still, [])
    exec(program, {"__name__": "built"})


BUILDERS = '''\
import bpy
from mathutils import Vector


def add(kind, name, location, rotation, scale, color, roughness, metallic):
    """Add a mesh primitive with a material of the same name."""
    getattr(bpy.ops.mesh, f"primitive_{kind}_add")(location=location, rotation=rotation)
    made = bpy.context.object
    made.name, made.scale = name, scale
    material = bpy.data.materials.new(name)
    if material.node_tree is None:
        material.use_nodes = True
    shader = material.node_tree.nodes["Principled BSDF"]
    shader.inputs["Base Color"].default_value = color
    shader.inputs["Roughness"].default_value = roughness
    shader.inputs["Metallic"].default_value = metallic
    made.data.materials.append(material)
    if kind not in ("cube", "plane", "cylinder", "cone"):
        made.data.polygons.foreach_set("use_smooth", [True] * len(made.data.polygons))
    return made


def add_light(kind, name, location, energy, color, size):
    """Add a lamp that shines at the middle of the scene."""
    lamp = bpy.data.lights.new(name, kind)
    lamp.energy, lamp.color = energy, color
    if kind == "AREA":
        lamp.size = size
    else:
        lamp.shadow_soft_size = size
    made = bpy.data.objects.new(name, lamp)
    made.location = location
    made.rotation_euler = (Vector((0.0, 0.0, 0.3)) - Vector(location)).to_track_quat("-Z", "Y").to_euler()
    bpy.context.scene.collection.objects.link(made)
    return made


'''
SHADER = 'node_tree.nodes["Principled BSDF"].inputs["{}"].default_value'


def construction(still: Still, settings: list[Setting]) -> str:
    """Calls that build the things and lamps; a setting's marked value stands where the scene's own number would.

    Settings that no call can take stay as assignments at the end.
    """
    left = {(one.collection, one.name, one.path): one for one in settings}

    def text(collection: str, name: str, path: str, value: object) -> str:
        one = left.pop((collection, name, path), None)
        if one is not None:
            return one.marked
        return "(" + ", ".join(map(literal, value)) + ")" if isinstance(value, tuple) else literal(value)  # type: ignore[arg-type]

    lines: list[str] = []
    for made in still.things:
        parts = [
            text("objects", made.name, "location", made.location),
            text("objects", made.name, "rotation_euler", made.turn),
            text("objects", made.name, "scale", made.scale),
            text("materials", made.name, SHADER.format("Base Color"), made.color),
            text("materials", made.name, SHADER.format("Roughness"), made.roughness),
            text("materials", made.name, SHADER.format("Metallic"), made.metallic),
        ]
        lines.append(f'made = add("{made.kind}", "{made.name}", {", ".join(parts)})')
        for label, kind, properties in made.modifiers:
            lines.append(f'modifier = made.modifiers.new("{label}", "{kind}")')
            for key, value in properties.items():
                path = f'modifiers["{label}"].{key}'
                lines.append(f"modifier.{key} = {text('objects', made.name, path, value)}")
    for lamp in still.lamps:
        parts = [
            text("objects", lamp.name, "location", lamp.location),
            text("lights", lamp.name, "energy", lamp.energy),
            text("lights", lamp.name, "color", lamp.color),
            text("lights", lamp.name, "size", lamp.size),
        ]
        lines.append(f'add_light("{lamp.kind}", "{lamp.name}", {", ".join(parts)})')
    lines += [f"{one.owner}.{one.path} = {one.marked}" for one in left.values()]
    return "\n".join([*lines, ""])
