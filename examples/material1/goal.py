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
    glaze=(0.09, 0.27, 0.3, 1.0),
    speck=(0.02, 0.03, 0.04, 1.0),
    scale=14.0,
    amount=0.36,
    roughness=0.22,
)
metal("Goblet", color=(0.86, 0.55, 0.2, 1.0), roughness=0.2, metallic=1.0)
glass("Bottle", tint=(0.93, 0.55, 0.4, 1.0), roughness=0.03, transmission=1.0, ior=1.45)
