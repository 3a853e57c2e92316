"""Set the lights of the desk."""

import bpy

# The desk lamp
bulb = bpy.data.lights["Desk lamp"]
bulb.energy = 160.0
bulb.color = (1.0, 0.68, 0.36)
bulb.spot_size = 1.9
bulb.spot_blend = 0.6
glow = bpy.data.materials["Lamp glow"].node_tree.nodes["Principled BSDF"]
glow.inputs["Emission Strength"].default_value = 14.0

# Evening sky through the window
window = bpy.data.lights["Window"]
window.energy = 38.0
window.color = (0.52, 0.7, 1.0)
bpy.data.objects["Window"].location = (-2.6, -0.9, 2.4)

# A little light from the room behind
room = bpy.data.lights["Room"]
room.energy = 24.0
room.color = (1.0, 0.9, 0.8)
bpy.data.worlds["World"].node_tree.nodes["Background"].inputs["Strength"].default_value = 0.06
