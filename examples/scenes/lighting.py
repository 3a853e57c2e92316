"""A desk in the evening: the lamp is warm, the window is cool, and somebody has been at the switches."""

from __future__ import annotations

import math

import bpy

from scenes import stage

NAME = "lighting1"
TEXT = "Light the desk as the picture has it: warm lamp, cool window."

PROGRAM = '''\
"""Set the lights of the desk."""

import bpy

# The desk lamp
bulb = bpy.data.lights["Desk lamp"]
bulb.energy = {{25.0|160.0}}
bulb.color = (1.0, {{0.85|0.68}}, {{0.75|0.36}})
bulb.spot_size = 1.9
bulb.spot_blend = 0.6
glow = bpy.data.materials["Lamp glow"].node_tree.nodes["Principled BSDF"]
glow.inputs["Emission Strength"].default_value = 14.0

# Evening sky through the window
window = bpy.data.lights["Window"]
window.energy = {{190.0|38.0}}
window.color = ({{0.95|0.52}}, {{0.75|0.7}}, {{0.6|1.0}})
bpy.data.objects["Window"].location = (-2.6, {{-2.0|-0.9}}, 2.4)

# A little light from the room behind
room = bpy.data.lights["Room"]
room.energy = 24.0
room.color = (1.0, 0.9, 0.8)
bpy.data.worlds["World"].node_tree.nodes["Background"].inputs["Strength"].default_value = 0.06
'''


def build() -> None:
    scene = stage.clear(world="#6f86a8", strength=0.06, look="AgX - Medium High Contrast", exposure=0.75)
    scene.cycles.sample_clamp_indirect = 0.5
    desk = stage.wood("Walnut", "#8d6344", "#6c4830")
    wall = stage.material("Wall", "#5f6f7d", 0.9)
    stage.box("Desk", (7.0, 4.0, 0.12), desk, 0.04, (0.0, -0.8, -0.12))
    stage.box("Wall", (12.0, 0.2, 8.0), wall, 0.01, (0.0, 1.3, -2.0))
    _lamp()
    _books()
    _plant()
    _picture()
    _notebook()

    spot = bpy.data.lights.new("Desk lamp", "SPOT")
    spot.energy, spot.spot_size, spot.spot_blend, spot.shadow_soft_size = 160.0, 1.9, 0.6, 0.06
    stage.aim(stage.link("Desk lamp light", spot), (0.2, -0.02, 1.2), (0.08, -0.12, 0.0))
    stage.area_light("Window", (-2.6, -0.9, 2.4), (0.0, 0.1, 0.5), 1.6, 75.0)
    stage.area_light("Room", (2.6, -3.2, 2.4), (0.0, 0.2, 0.3), 2.5, 12.0)
    stage.camera((0.35, -4.9, 1.75), (-0.02, 0.1, 0.72), 62.0)


def _lamp():
    enamel = stage.material("Enamel", "#d8a43c", 0.3, Coat_Weight=0.5)
    brass = stage.material("Brass", "#caa45c", 0.3, 1.0)
    glow = stage.material("Lamp glow", "#ffe6c0", 0.5, Emission_Strength=9.0)
    glow.node_tree.nodes["Principled BSDF"].inputs["Emission Color"].default_value = stage.linear("#ffc477")
    stage.turned(
        "Lamp foot", "0.25,0 0.27,0.015 0.265,0.05 0.2,0.07 0.05,0.085 0.04,0.12 0.02,0.125", enamel
    ).location = (0.92, 0.25, 0.0)
    elbow, head = (1.15, 0.25, 1.02), (0.33, 0.02, 1.42)
    stage.tube("Lamp lower arm", [(0.92, 0.25, 0.08), elbow], 0.022, brass)
    stage.tube("Lamp upper arm", [elbow, head], 0.022, brass)
    stage.ball("Lamp elbow", 0.05, enamel).location = (elbow[0], elbow[1], elbow[2] - 0.05)
    shade = stage.turned(
        "Lamp shade",
        (
            "0.02,0.17 0.06,0.165 0.075,0.1 0.09,0.05 0.17,-0.03 0.27,-0.16 0.285,-0.19 "
            "0.272,-0.185 0.16,-0.045 0.06,0.03 0.02,0.035"
        ),
        enamel,
    )
    bulb = stage.ball("Lamp bulb", 0.07, glow)
    # The spot light sits in here: a shade and a bulb lit at a hand's breadth would only make fireflies elsewhere.
    shade.visible_diffuse = bulb.visible_diffuse = False
    glow.cycles.emission_sampling = "NONE"
    bulb.visible_shadow = bulb.visible_diffuse = bulb.visible_glossy = False
    for made in (shade, bulb):
        stage.aim(made, (0.23, 0.0, 1.32), (0.11, -0.1, 0.2))
    bulb.location = (0.215, -0.02, 1.17)


def _books():
    paper = stage.material("Paper", "#e9e0cd", 0.8)
    for k, (color, size, turn) in enumerate(
        (
            ("#34506b", (0.82, 0.58, 0.13), 0.12),
            ("#a5462f", (0.74, 0.52, 0.1), -0.1),
            ("#cdb98a", (0.6, 0.44, 0.09), 0.2),
        )
    ):
        cloth = stage.material(f"Cloth {k + 1}", color, 0.7)
        book = stage.link(f"Book {k + 1}", None, None, (-0.72, 0.28, (0.0, 0.131, 0.232)[k]))
        book.rotation_euler[2] = turn
        x, y, z = size
        stage.box(f"Pages {k + 1}", (x - 0.04, y - 0.05, z - 0.03), paper, 0.006, (0.0, 0.015, 0.015)).parent = book
        for side, at in (("bottom", 0.0), ("top", z - 0.015)):
            stage.box(f"Cover {side} {k + 1}", (x, y, 0.015), cloth, 0.006, (0.0, 0.0, at)).parent = book
        stage.box(f"Spine {k + 1}", (x, 0.02, z), cloth, 0.008, (0.0, -y / 2, 0.0)).parent = book


def _plant():
    clay = stage.material("Terracotta", "#b8674a", 0.75)
    green = stage.material("Leaf", "#4f7d4c", 0.4)
    pot = stage.turned(
        "Pot", ("0.1,0 0.13,0.005 0.17,0.2 0.175,0.21 0.19,0.215 0.192,0.27 0.17,0.272 0.16,0.24 0.04,0.235"), clay
    )
    pot.location = (-0.72, 0.28, 0.323)
    for k in range(11):
        turn, lean, long = k * 2.4, 0.35 + 0.07 * k, 0.52 - 0.012 * k
        rows = [(t / 5, 0.085 * math.sin(3.1 * (0.08 + 0.92 * t / 5)) ** 0.8) for t in range(6)]
        blade = []
        for along, wide in rows:
            reach, height = long * along * math.sin(lean + 0.5 * along), long * along * math.cos(lean + 0.5 * along)
            blade += [(reach, side * wide, height + 0.25 * wide * abs(side)) for side in (-1, 0, 1)]
        faces = [(3 * r + c, 3 * r + c + 1, 3 * r + c + 4, 3 * r + c + 3) for r in range(5) for c in range(2)]
        leaf = stage.subdivided(stage.shape(f"Leaf {k + 1}", blade, faces, green), 1)
        leaf.parent, leaf.location, leaf.rotation_euler[2] = pot, (0.0, 0.0, 0.22), turn


def _picture():
    frame = stage.material("Frame", "#d9cbb2", 0.5)
    prints = [
        stage.material(f"Print {k}", color, 0.8) for k, color in enumerate(("#ece4d4", "#d2694a", "#2f4c5f", "#e3b45b"))
    ]
    stage.box("Frame", (1.0, 0.05, 1.0), frame, 0.012, (0.15, 1.175, 1.05))
    stage.box("Print", (0.9, 0.02, 0.9), prints[0], 0.002, (0.15, 1.145, 1.1))
    sun = stage.turned("Print sun", "0.12,0 0.2,0 0.2,0.006 0.02,0.006", prints[1])
    sun.location, sun.rotation_euler[0] = (0.3, 1.134, 1.68), math.pi / 2
    for k, (peak, which) in enumerate(((0.02, 3), (-0.12, 2))):
        hill = []
        for i in range(14):
            near = math.exp(-(((i - 4) / 16 - peak) ** 2) / (0.05 + 0.03 * k))
            hill.append((-0.27 + 0.84 * i / 13, 1.132 - 0.004 * k, 1.12 + (0.28 - 0.1 * k) * near))
        base = [(x, y, 1.13) for x, y, _ in hill]
        stage.shape(f"Print hill {k + 1}", hill + base, [(i, i + 1, i + 15, i + 14) for i in range(13)], prints[which])


def _notebook():
    cover = stage.material("Notebook cover", "#2d5a52", 0.55)
    page = stage.material("Page", "#f1ead9", 0.75)
    pen = stage.material("Pencil", "#d9a531", 0.45)
    book = stage.box("Notebook", (0.78, 0.56, 0.02), cover, 0.008, (0.1, -0.4, 0.0))
    book.rotation_euler[2] = -0.14
    for side in (-1, 1):
        leaf = stage.box(f"Page {side}", (0.365, 0.52, 0.03), page, 0.012, (side * 0.186, 0.0, 0.015))
        leaf.parent, leaf.visible_diffuse = book, False  # small and bright under the lamp: fireflies on the wall
    stage.tube("Pencil", [(-0.06, -0.2, 0.068), (0.34, 0.12, 0.068)], 0.02, pen).parent = book
    stage.tube("Pencil tip", [(0.34, 0.12, 0.068), (0.375, 0.148, 0.062)], 0.01, page).parent = book
