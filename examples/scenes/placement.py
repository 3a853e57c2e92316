"""A breakfast table: somebody has pushed the things about."""

from __future__ import annotations

import math

from scenes import stage

NAME = "placement1"
TEXT = "Put the things on the breakfast table where the picture has them."

PROGRAM = '''\
"""Lay the breakfast table."""

import bpy


def move_to(name, x, y, z):
    """Put a thing at a place on the table; z = 0 is the table top."""
    bpy.data.objects[name].location = (x, y, z)


def turn_to(name, angle):
    """Turn a thing around its vertical axis, in radians."""
    bpy.data.objects[name].rotation_euler[2] = angle


move_to("Vase", -0.98, 0.62, 0.0)
move_to("Mug", {{-0.05|-0.54}}, {{0.5|-0.02}}, 0.0)
turn_to("Mug", -0.5)
move_to("Plate", {{-0.55|0.42}}, {{-0.35|-0.34}}, 0.0)
move_to("Book", {{0.25|0.62}}, {{0.2|0.52}}, 0.0)
turn_to("Book", {{-0.3|0.28}})
move_to("Pear", {{0.88|0.52}}, {{-0.42|0.5}}, {{0.0|0.155}})
'''


def build() -> None:
    stage.clear(world="#c4ccd2", strength=0.4, look="AgX - Medium High Contrast", exposure=0.2)
    cream = stage.material("Cream glaze", "#ece3d3", 0.28, Coat_Weight=0.4)
    teal = stage.material("Teal glaze", "#2f6f73", 0.25, Coat_Weight=0.5)
    plaster = stage.material("Plaster", "#b9c3b4", 0.9)
    oak = stage.wood("Oak", "#c9a57c", "#b48a5c")

    stage.box("Table", (7.0, 5.0, 0.14), oak, 0.05, (0.0, -1.1, -0.14))
    stage.box("Wall", (12.0, 0.2, 7.0), plaster, 0.01, (0.0, 2.6, -2.0))

    _mug(teal, cream)
    _plate(cream)
    _pear()
    _book(cream)
    _vase()

    stage.area_light("Window", (-3.6, -0.2, 3.0), (0.0, 0.2, 0.0), 1.6, 250.0, "#ffdcb0")
    stage.area_light("Sky", (3.5, -2.5, 2.8), (0.0, 0.2, 0.2), 3.0, 45.0, "#c8dcff")
    stage.camera((0.0, -4.7, 2.2), (-0.14, 0.1, 0.37), 66.0)


def _mug(glaze, cream):
    profile = "0.2,0 0.235,0.03 0.26,0.16 0.265,0.36 0.27,0.52 0.262,0.545 0.243,0.53 0.235,0.36 0.225,0.12 0.12,0.06"
    mug = stage.turned("Mug", profile, glaze)
    loop = [(0.245, 0.0, 0.44), (0.38, 0.0, 0.46), (0.45, 0.0, 0.31), (0.38, 0.0, 0.15), (0.25, 0.0, 0.12)]
    stage.tube("Mug handle", loop, 0.036, glaze).parent = mug
    coffee = stage.material("Coffee", "#2b160c", 0.12)
    disc = stage.turned("Coffee", "0.232,0.44 0.236,0.45 0.16,0.451 0.05,0.451", coffee)
    disc.parent = mug


def _plate(glaze):
    profile = "0.3,0 0.34,0.01 0.52,0.07 0.575,0.085 0.58,0.1 0.52,0.092 0.36,0.036 0.3,0.028 0.1,0.026"
    plate = stage.turned("Plate", profile, glaze, 32)
    for name, color, (x, y), tilt in (
        ("Pistachio", "#9db26a", (-0.14, 0.06), 0.0),
        ("Rose", "#d98c8f", (0.14, 0.1), 0.0),
        ("Lemon", "#e8c860", (0.03, -0.16), 0.0),
    ):
        shell = stage.material(f"{name} shell", color, 0.6)
        cookie = (
            "0.06,0 0.12,0.008 0.145,0.035 0.142,0.06 0.125,0.062 0.125,0.085 0.142,0.087 "
            "0.145,0.112 0.12,0.14 0.06,0.15"
        )
        made = stage.turned(f"{name} macaron", cookie, shell, 20)
        made.parent, made.location, made.rotation_euler[0] = plate, (x, y, 0.03), tilt


def _pear():
    skin = stage.material("Pear skin", "#c3b03c", 0.38, Coat_Weight=0.15)
    stalk = stage.material("Stalk", "#4d3520", 0.7)
    leaf = stage.material("Leaf", "#5d7d3a", 0.5)
    profile = (
        "0.05,0.006 0.12,0 0.215,0.07 0.245,0.19 0.215,0.32 0.15,0.43 0.115,0.52 0.09,0.585 0.045,0.605 0.015,0.59"
    )
    pear = stage.turned("Pear", profile, skin)
    stage.tube("Pear stalk", [(0.0, 0.0, 0.58), (0.01, 0.0, 0.66), (0.05, 0.0, 0.74)], 0.014, stalk).parent = pear
    rows = ((0.0, 0.004), (0.06, 0.05), (0.14, 0.062), (0.21, 0.04), (0.27, 0.004))
    blade = [
        (along, side * wide, 0.62 + 0.06 * math.sin(9 * along) + 0.02 * abs(side))
        for along, wide in rows
        for side in (-1, 0, 1)
    ]
    faces = [(3 * r + c, 3 * r + c + 1, 3 * r + c + 4, 3 * r + c + 3) for r in range(4) for c in range(2)]
    made = stage.subdivided(stage.shape("Pear leaf", blade, faces, leaf))
    made.parent, made.rotation_euler[2] = pear, 2.6


def _book(paper):
    cloth = stage.material("Book cloth", "#b5533c", 0.75)
    gilt = stage.material("Gilt", "#d9b25f", 0.35, 1.0)
    book = stage.link("Book", None)
    pages = stage.box("Book pages", (0.86, 0.6, 0.115), paper, 0.008, (0.012, 0.0, 0.02))
    for name, z in (("bottom", 0.0), ("top", 0.135)):
        stage.box(f"Book {name} cover", (0.92, 0.66, 0.02), cloth, 0.008, (0.0, 0.0, z)).parent = book
    stage.box("Book spine", (0.03, 0.66, 0.155), cloth, 0.01, (-0.455, 0.0, 0.0)).parent = book
    stage.box("Book band", (0.01, 0.664, 0.004), gilt, 0.001, (-0.36, 0.0, 0.1535)).parent = book
    pages.parent = book


def _vase():
    clay = stage.material("Clay", "#d9cdbd", 0.6)
    stem = stage.material("Stem", "#6f7f4a", 0.6)
    bloom = stage.material("Bloom", "#e0a92e", 0.8)
    profile = (
        "0.14,0 0.17,0.015 0.235,0.14 0.25,0.28 0.2,0.42 0.105,0.54 0.085,0.63 0.115,0.7 0.1,0.695 0.07,0.62 0.05,0.5"
    )
    vase = stage.turned("Vase", profile, clay)
    for k, (x, y, z) in enumerate([(-0.26, 0.0, 1.22), (0.02, 0.08, 1.42), (0.24, -0.04, 1.16)]):
        stage.tube(
            f"Stem {k + 1}", [(0.0, 0.0, 0.45), (0.25 * x, 0.25 * y, 0.75), (x, y, z)], 0.012, stem
        ).parent = vase
        head = stage.ball(f"Bloom {k + 1}", 0.095, bloom)
        head.parent, head.location = vase, (x, y, z - 0.05)
