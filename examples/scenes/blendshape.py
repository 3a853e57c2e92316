"""A small round creature whose face and figure are shape keys; somebody has put it in a bad mood."""

from __future__ import annotations

import math
from collections.abc import Callable

import bpy
from mathutils import Matrix, Vector

from scenes import stage

NAME = "blendshape1"
TEXT = "Give the creature the figure and the face of the picture."

PROGRAM = '''\
"""Figure and face of the creature."""

import bpy

keys = bpy.data.shape_keys["Key"].key_blocks
keys["Belly"].value = {{0.9|0.3}}
keys["Tall"].value = {{0.05|0.75}}
keys["Cheeks"].value = 0.5
keys["EarsDroop"].value = {{1.0|0.15}}
keys["EyesWide"].value = {{0.1|0.7}}
keys["Smile"].value = {{-0.8|0.9}}
keys["BrowsUp"].value = {{-0.6|0.6}}
keys["ArmLeftUp"].value = {{0.0|0.95}}
keys["ArmRightUp"].value = 0.15
keys["FeetApart"].value = 0.4
'''

DEPTH = 0.86  # the body is an egg, flatter from front to back
Part = list[Vector]


def build() -> None:
    stage.clear(world="#cfd8e2", strength=0.35, look="AgX - Medium High Contrast", exposure=0.1)
    stage.sweep(stage.material("Paper", "#e2b9a0", 0.9), back=4.4, bend=2.0)
    podium = stage.material("Podium", "#efe4d6", 0.6)
    stage.turned("Podium", "0.98,0 1,0.004 1,0.15 0.995,0.165 0.98,0.17 0.5,0.17", podium, 32)
    _creature().location.z = 0.17
    _mushrooms()
    stage.area_light("Key", (-2.8, -2.6, 3.2), (0.0, 0.0, 0.8), 2.0, 210.0, "#fff0de")
    stage.area_light("Fill", (3.2, -2.0, 1.8), (0.0, 0.0, 0.8), 2.4, 45.0, "#d6e4ff")
    stage.area_light("Rim", (1.9, 1.2, 3.2), (0.0, -0.4, 0.8), 1.0, 70.0, "#fff4e6")
    stage.camera((0.0, -6.4, 1.55), (0.02, 0.0, 0.96), 72.0)


def _radius(z: float) -> float:
    """Radius of the body at a height in [0, 1.4]: a pear-like egg."""
    t = min(max(z / 1.4, 0.0), 1.0)
    return 0.60 * math.sqrt(max(1 - (2 * t - 1) ** 2, 0.0)) * (1.12 - 0.34 * t)


def _on_body(x: float, z: float, lift: float = 0.0) -> Vector:
    """The point of the body's front at (x, z), lifted off the surface."""
    across = math.sqrt(max(_radius(z) ** 2 - x * x, 0.0))
    return Vector((x, -DEPTH * across - lift, z))


def _bump(value: float, middle: float, width: float) -> float:
    return math.exp(-(((value - middle) / width) ** 2))


def _lathe(rings: list[tuple[float, float]], sides: int, place: Callable[[Vector], Vector]) -> Part:
    return [
        place(Vector((r * math.cos(math.tau * s / sides), r * math.sin(math.tau * s / sides), z)))
        for r, z in rings
        for s in range(sides)
    ]


def _globe(radius: float, rings: int = 8) -> list[tuple[float, float]]:
    angles = [math.pi * (k + 0.3) / (rings - 0.4) for k in range(rings)]
    return [(radius * math.sin(a), -radius * math.cos(a)) for a in angles]


def _rod(path: list[Vector], radii: list[float], sides: int = 10) -> Part:
    """A tapering tube; the rings stand across the path."""
    points: Part = []
    for k, (here, radius) in enumerate(zip(path, radii, strict=True)):
        along = (path[min(k + 1, len(path) - 1)] - path[max(k - 1, 0)]).normalized()
        side = along.cross(Vector((0, 1, 0))).normalized()
        up = side.cross(along)
        points += [
            here + radius * (math.cos(a) * side + math.sin(a) * up)
            for a in (math.tau * s / sides for s in range(sides))
        ]
    return points


def _mouth(smile: float) -> Part:
    steps = [k / 6 - 1 for k in range(13)]
    path = [_on_body(0.19 * u, 0.83 + 0.1 * smile * (u * u - 0.45), 0.004) for u in steps]
    return _rod(path, [0.022 * (1 - u**8) + 0.006 for u in steps], 8)


def _brow(side: int, up: float) -> Part:
    steps = [k / 4 - 1 for k in range(9)]
    path = [_on_body(side * (0.2 + 0.1 * u), 1.2 + 0.055 * up - 0.05 * up * u - 0.02 * u * u, 0.012) for u in steps]
    return _rod(path, [0.024 * (1 - u**6) + 0.006 for u in steps], 8)


def _turn(point: Vector, pivot: Vector, degrees: float, axis: str = "Y") -> Vector:
    return Matrix.Rotation(math.radians(degrees), 3, axis) @ (point - pivot) + pivot


def _creature() -> bpy.types.Object:
    parts: dict[str, tuple[Part, int, int]] = {}  # name -> vertices, sides of a ring, material slot

    body = (
        [(0.93 * _radius(z), z) for z in (0.02, 0.06)]
        + [(_radius(z), z) for z in [0.14 + 1.2 * k / 14 for k in range(15)]]
        + [(0.07, 1.385)]
    )
    parts["body"] = _lathe(body, 32, lambda p: Vector((p.x, DEPTH * p.y, p.z))), 32, 0
    for side, name in ((-1, "left"), (1, "right")):
        eye = _on_body(side * 0.2, 1.02, -0.02)
        gaze = eye + Vector((-side * 0.012, -0.075, 0.012))
        parts[f"eye {name}"] = _lathe(_globe(0.115), 16, lambda p, c=eye: c + p), 16, 1
        parts[f"pupil {name}"] = _lathe(_globe(0.066), 12, lambda p, c=gaze: c + Vector((p.x, 0.8 * p.y, p.z))), 12, 2
        glint = gaze + Vector((-0.022, -0.05, 0.03))
        parts[f"glint {name}"] = _lathe(_globe(0.016, 5), 8, lambda p, c=glint: c + p), 8, 1
        root = Vector((side * 0.27, 0.02, 1.22))
        ear = [root + Vector((side * 0.1 * t + side * 0.08 * t * t, 0.0, 0.52 * t)) for t in (k / 7 for k in range(8))]
        parts[f"ear {name}"] = _rod(ear, [0.085, 0.105, 0.118, 0.12, 0.108, 0.085, 0.052, 0.014], 12), 12, 0
        arm = [Vector((side * (0.5 + 0.17 * t), -0.1 - 0.06 * t, 0.68 - 0.34 * t)) for t in (k / 5 for k in range(6))]
        parts[f"arm {name}"] = _rod(arm, [0.07, 0.082, 0.085, 0.09, 0.082, 0.03], 12), 12, 0
        foot = Vector((side * 0.22, -0.2, 0.055))
        parts[f"foot {name}"] = (
            _lathe(_globe(0.15), 14, lambda p, c=foot: c + Vector((p.x, 1.35 * p.y, 0.42 * p.z))),
            14,
            3,
        )
        parts[f"brow {name}"] = _brow(side, 0.0), 8, 3
    belly = [_on_body(0, 0.45)]
    parts["belly"] = (
        _lathe(_globe(0.34, 10), 24, lambda p: Vector((p.x, belly[0].y + 0.13 + 0.5 * p.y, 0.45 + 1.02 * p.z))),
        24,
        4,
    )
    parts["mouth"] = _mouth(0.0), 8, 2

    vertices: Part = []
    faces: list[tuple[int, ...]] = []
    slots: list[int] = []
    owner: list[str] = []
    for name, (points, sides, slot) in parts.items():
        added = [
            tuple(i + len(vertices) for i in face) for face in stage.ring_faces(len(points) // sides, sides, cap=True)
        ]
        vertices += points
        faces += added
        slots += [slot] * len(added)
        owner += [name] * len(points)
    skin = stage.material("Skin", "#4f8f8b", 0.55, Sheen_Weight=0.3)
    made = stage.shape(
        "Creature",
        vertices,
        faces,
        skin,
        stage.material("White", "#f6f1e8", 0.2, Coat_Weight=0.6),
        stage.material("Ink", "#1d1a20", 0.2),
        stage.material("Feet", "#d7793f", 0.5),
        stage.material("Belly", "#cfe0c3", 0.6),
    )
    made.data.polygons.foreach_set("material_index", slots)
    stage.subdivided(made, 1)
    _shape_keys(made, vertices, owner)
    return made


def _shape_keys(made: bpy.types.Object, rest: Part, owner: list[str]) -> None:
    smiles, flat = iter(_mouth(1.0)), iter(_mouth(0.0))
    grin = [next(smiles) - next(flat) if name == "mouth" else Vector() for name in owner]
    raised = {
        f"brow {name}": [a - b for a, b in zip(_brow(s, 1.0), _brow(s, 0.0), strict=True)]
        for s, name in ((-1, "left"), (1, "right"))
    }
    lift = [raised[name].pop(0) if name in raised else Vector() for name in owner]
    eyes = {name: _on_body(side * 0.2, 1.02, -0.02) for side, name in ((-1, "left"), (1, "right"))}

    def belly(p: Vector, name: str) -> Vector:
        grow = 0.42 * _bump(p.z, 0.42, 0.36) * ("foot" not in name)
        return Vector((p.x * grow, p.y * grow, 0.0))

    def tall(p: Vector, name: str) -> Vector:
        t = min(max((p.z - 0.15) / 1.1, 0.0), 1.0)
        return Vector((-0.1 * p.x * t, -0.1 * p.y * t, 0.34 * t))

    def cheeks(p: Vector, name: str) -> Vector:
        if name != "body" or p.y > 0:
            return Vector()
        return sum(
            (
                0.13 * _bump((p - _on_body(s * 0.33, 0.8)).length, 0.0, 0.17) * Vector((s * 0.7, -0.7, 0))
                for s in (-1, 1)
            ),
            Vector(),
        )

    def ears(p: Vector, name: str) -> Vector:
        side = -1 if name == "ear left" else 1
        t = min(max((p.z - 1.25) / 0.3, 0.0), 1.0)
        return (
            _turn(p, Vector((side * 0.29, 0.02, 1.27)), side * 95 * t) - p
            if "ear " in name and name[:3] == "ear"
            else Vector()
        )

    def eyes_wide(p: Vector, name: str) -> Vector:
        kind, _, side = name.partition(" ")
        return 0.42 * (p - eyes[side]) if kind in ("eye", "pupil", "glint") else Vector()

    def arm(which: str, side: int) -> Callable[[Vector, str], Vector]:
        return lambda p, name: (
            _turn(p, Vector((side * 0.5, -0.1, 0.7)), -side * 130) - p if name == f"arm {which}" else Vector()
        )

    def feet(p: Vector, name: str) -> Vector:
        return Vector((0.14 if name == "foot right" else -0.14, 0.0, 0.0)) if "foot" in name else Vector()

    made.shape_key_add(name="Basis")
    fields: dict[str, Callable[[Vector, str], Vector]] = {
        "Belly": belly, "Tall": tall, "Cheeks": cheeks, "EarsDroop": ears, "EyesWide": eyes_wide,
        "ArmLeftUp": arm("left", -1), "ArmRightUp": arm("right", 1), "FeetApart": feet,
    }  # fmt: skip
    moves = {key: [field(p, name) for p, name in zip(rest, owner, strict=True)] for key, field in fields.items()}
    for key, offsets in {**moves, "Smile": grin, "BrowsUp": lift}.items():
        block = made.shape_key_add(name=key, from_mix=False)
        block.slider_min, block.slider_max = -1.0, 1.5
        block.data.foreach_set("co", [c for p, d in zip(rest, offsets, strict=True) for c in p + d])


def _mushrooms() -> None:
    cap = stage.material("Mushroom cap", "#c5503f", 0.4, Coat_Weight=0.3)
    stalk = stage.material("Mushroom stalk", "#f0e6d4", 0.7)
    for k, (x, y, size) in enumerate(((-1.2, -0.4, 1.0), (-1.34, 0.3, 0.66), (1.27, -0.25, 0.8))):
        foot = stage.turned(
            f"Mushroom {k + 1}", "0.07,0 0.1,0.01 0.085,0.1 0.06,0.26 0.055,0.32 0.02,0.33", stalk, 16, 1
        )
        hat = stage.turned(
            f"Mushroom cap {k + 1}",
            "0.05,0.27 0.15,0.25 0.215,0.255 0.22,0.28 0.19,0.36 0.11,0.44 0.03,0.465",
            cap,
            20,
            1,
        )
        hat.parent = foot
        foot.location, foot.scale = (x, y, 0.0), (size, size, size)
