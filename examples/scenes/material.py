"""Three turned vessels in a studio: glazed stoneware, brass, tinted glass. Somebody has mixed the wrong finishes."""

from __future__ import annotations

from scenes import stage

NAME = "material1"
TEXT = "Give the three vessels the finishes of the picture: speckled glaze, brass, tinted glass."

PROGRAM = '''\
"""Finish the three vessels."""

import bpy


def shader_of(material):
    """The material's node tree and its Principled shader."""
    tree = bpy.data.materials[material].node_tree
    return tree, tree.nodes["Principled BSDF"]


def speckled_glaze(material, glaze, speck, scale, amount, roughness):
    """Glaze with dark specks: noise through a colour ramp."""
    tree, shader = shader_of(material)
    noise = tree.nodes.new("ShaderNodeTexNoise")
    noise.inputs["Scale"].default_value = scale
    noise.inputs["Detail"].default_value = 2.0
    ramp = tree.nodes.new("ShaderNodeValToRGB")
    ramp.color_ramp.elements[0].position = amount
    ramp.color_ramp.elements[0].color = speck
    ramp.color_ramp.elements[1].position = amount + 0.06
    ramp.color_ramp.elements[1].color = glaze
    tree.links.new(noise.outputs[0], ramp.inputs["Fac"])
    tree.links.new(ramp.outputs["Color"], shader.inputs["Base Color"])
    shader.inputs["Roughness"].default_value = roughness
    shader.inputs["Coat Weight"].default_value = 0.3


def metal(material, color, roughness, metallic):
    shader = shader_of(material)[1]
    shader.inputs["Base Color"].default_value = color
    shader.inputs["Roughness"].default_value = roughness
    shader.inputs["Metallic"].default_value = metallic


def glass(material, tint, roughness, transmission, ior):
    shader = shader_of(material)[1]
    shader.inputs["Base Color"].default_value = tint
    shader.inputs["Roughness"].default_value = roughness
    shader.inputs["Transmission Weight"].default_value = transmission
    shader.inputs["IOR"].default_value = ior


speckled_glaze(
    "Vase",
    glaze=({{0.62|0.09}}, {{0.3|0.27}}, {{0.2|0.3}}, 1.0),
    speck=(0.02, 0.03, 0.04, 1.0),
    scale=14.0,
    amount={{0.46|0.36}},
    roughness={{0.7|0.22}},
)
metal("Goblet", color=({{0.55|0.86}}, {{0.58|0.55}}, {{0.62|0.2}}, 1.0), roughness={{0.6|0.2}}, metallic=1.0)
glass("Bottle", tint=(0.93, 0.55, 0.4, 1.0), roughness=0.03, transmission={{0.3|1.0}}, ior=1.45)
'''


def build() -> None:
    stage.clear(world="#d8d2c8", strength=0.3, look="AgX - Medium High Contrast", exposure=0.0)
    paper = stage.material("Paper", "#c9b69d", 0.85)
    stone = stage.material("Stone", "#ece6dc", 0.6)
    stage.sweep(paper, back=2.6, bend=1.4)
    for name, (x, y), radius, height in (
        ("Left plinth", (-0.78, 0.25), 0.48, 0.42),
        ("Right plinth", (0.82, 0.3), 0.44, 0.22),
    ):
        rim = radius - 0.02
        plinth = [(rim, 0.0), (radius, 0.004), (radius, height - 0.02), (radius - 0.004, height - 0.004), (rim, height)]
        stage.turned(name, plinth, stone, 32).location = (x, y, 0.0)

    vase = (
        "0.16,0 0.19,0.01 0.27,0.12 0.37,0.36 0.39,0.55 0.33,0.75 0.18,0.9 0.125,1 "
        "0.12,1.1 0.165,1.2 0.15,1.2 0.1,1.08 0.09,0.95"
    )
    stage.turned("Vase", vase, stage.material("Vase", "#808080")).location = (-0.78, 0.25, 0.42)
    cup = (
        "0.24,0 0.25,0.012 0.22,0.035 0.08,0.07 0.05,0.13 0.075,0.19 0.05,0.24 0.055,0.32 "
        "0.2,0.4 0.315,0.56 0.33,0.72 0.3,0.88 0.285,0.88 0.31,0.72 0.295,0.57 0.18,0.43 "
        "0.06,0.38"
    )
    stage.turned("Goblet", cup, stage.material("Goblet", "#808080")).location = (0.06, -0.38, 0.0)
    # Outer wall up, lip, inner wall down: thick glass with a hollow inside.
    bottle = (
        "0.2,0 0.26,0.01 0.29,0.05 0.295,0.3 0.29,0.5 0.25,0.66 0.13,0.78 0.085,0.88 "
        "0.08,1.02 0.098,1.04 0.098,1.09 0.08,1.1 0.062,1.08 0.06,0.88 0.1,0.77 0.22,0.64 "
        "0.26,0.5 0.265,0.3 0.255,0.08 0.15,0.045"
    )
    stage.turned("Bottle", bottle, stage.material("Bottle", "#808080")).location = (0.82, 0.3, 0.22)
    stopper = stage.material("Cork", "#b98d5e", 0.8)
    stage.turned("Cork", "0.05,0 0.062,0.005 0.07,0.14 0.075,0.15 0.07,0.17 0.03,0.172", stopper).location = (
        0.82,
        0.3,
        1.27,
    )
    fruit = stage.material("Orange", "#d98a3a", 0.45)
    for k, (x, y) in enumerate(((0.47, -0.62), (-0.36, -0.62))):
        stage.ball(f"Fruit {k + 1}", 0.13 - 0.02 * k, fruit, 0.94).location = (x, y, 0.0)

    stage.area_light("Key", (-3.0, -2.0, 3.4), (0.0, 0.0, 0.5), 1.8, 230.0, "#fff0dc")
    stage.area_light("Strip", (2.8, 0.4, 1.8), (0.1, 0.2, 0.6), 1.2, 55.0, "#dfe8ff")
    stage.area_light("Top", (0.2, 0.8, 4.0), (0.0, 0.3, 0.4), 1.6, 70.0)
    stage.camera((0.0, -5.6, 1.3), (0.02, 0.0, 0.7), 76.0)
