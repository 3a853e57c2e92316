"""Lay the breakfast table."""

import bpy


def move_to(name, x, y, z):
    """Put a thing at a place on the table; z = 0 is the table top."""
    bpy.data.objects[name].location = (x, y, z)


def turn_to(name, angle):
    """Turn a thing around its vertical axis, in radians."""
    bpy.data.objects[name].rotation_euler[2] = angle


move_to("Vase", -0.98, 0.62, 0.0)
move_to("Mug", -0.05, 0.5, 0.0)
turn_to("Mug", -0.5)
move_to("Plate", -0.55, -0.35, 0.0)
move_to("Book", 0.25, 0.2, 0.0)
turn_to("Book", -0.3)
move_to("Pear", 0.88, -0.42, 0.0)
