"""Figure and face of the creature."""

import bpy

keys = bpy.data.shape_keys["Key"].key_blocks
keys["Belly"].value = 0.3
keys["Tall"].value = 0.75
keys["Cheeks"].value = 0.5
keys["EarsDroop"].value = 0.15
keys["EyesWide"].value = 0.7
keys["Smile"].value = 0.9
keys["BrowsUp"].value = 0.6
keys["ArmLeftUp"].value = 0.95
keys["ArmRightUp"].value = 0.15
keys["FeetApart"].value = 0.4
