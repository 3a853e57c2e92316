"""Figure and face of the creature."""

import bpy

keys = bpy.data.shape_keys["Key"].key_blocks
keys["Belly"].value = 0.9
keys["Tall"].value = 0.05
keys["Cheeks"].value = 0.5
keys["EarsDroop"].value = 1.0
keys["EyesWide"].value = 0.1
keys["Smile"].value = -0.8
keys["BrowsUp"].value = -0.6
keys["ArmLeftUp"].value = 0.0
keys["ArmRightUp"].value = 0.15
keys["FeetApart"].value = 0.4
