# pyright: basic, reportAttributeAccessIssue=false, reportMissingImports=false
"""What an object carries: light, camera, modifiers, constraints, shape keys, animation, physics."""

import math
from typing import Any

from viga_mcp.blender.nodes import node_tree, read_tree
from viga_mcp.blender.properties import plain, rounded, rounded_list, simple_properties

PHYSICS_MODIFIERS = {"CLOTH", "COLLISION", "SOFT_BODY", "FLUID", "DYNAMIC_PAINT", "OCEAN", "EXPLODE"}
GEOMETRY_SOCKETS = {"NodeSocketGeometry", "NodeSocketMatrix", "NodeSocketBundle", "NodeSocketClosure"}
CURVE_PROPERTIES = (
    "body", "size", "align_x", "align_y", "font", "shear", "space_character", "space_word", "space_line",
    "dimensions", "fill_mode", "extrude", "offset", "bevel_depth", "bevel_resolution", "bevel_object", "taper_object",
    "bevel_factor_start", "bevel_factor_end", "resolution_u", "resolution", "threshold",
)  # fmt: skip


def read_light(light) -> dict[str, Any]:
    """Energy in W (in W/m2 for a sun), sizes in metres, angles in degrees; rarer settings only where not default."""
    kind = light.type
    entry: dict[str, Any] = {"kind": kind, "energy": rounded(light.energy), "color": rounded_list(light.color)}
    if kind == "AREA":
        entry |= {"shape": light.shape, "size": rounded(light.size)}
        if light.shape in ("RECTANGLE", "ELLIPSE"):
            entry["size_y"] = rounded(light.size_y)
        entry["spread_deg"] = rounded(math.degrees(light.spread))
    elif kind == "SUN":
        entry["angle_deg"] = rounded(math.degrees(light.angle))
    else:
        entry["size"] = rounded(light.shadow_soft_size)
    if kind == "SPOT":
        entry |= {"spot_size_deg": rounded(math.degrees(light.spot_size)), "blend": rounded(light.spot_blend)}
    if getattr(light, "use_temperature", False):
        entry["temperature_k"] = rounded(light.temperature)
    if getattr(light, "exposure", 0.0):
        entry["exposure"] = rounded(light.exposure)
    if not light.use_shadow:
        entry["use_shadow"] = False
    tree = node_tree(light)
    if tree is not None:
        nodes = read_tree(tree)["nodes"]
        emission = [node.get("inputs") for node in nodes.values() if node["type"] == "ShaderNodeEmission"]
        # Each light of Blender 5.2 has this tree; it says nothing until somebody touches it.
        if emission != [{"Color": [1.0, 1.0, 1.0, 1.0], "Strength": 1.0}]:
            entry["nodes"] = nodes
    return entry


def read_camera(camera, aspect: float) -> dict[str, Any]:
    """Lens and framing.

    Args:
        camera: A camera data block.
        aspect: Width / height of the scene's picture, pixel aspect included; `fov_deg` is horizontal for it.
    """
    dof = camera.dof
    focus = {
        "focus_object": dof.focus_object.name if dof.focus_object else None,
        "focus_distance": rounded(dof.focus_distance),
        "aperture_fstop": rounded(dof.aperture_fstop),
    }
    return {
        "projection": camera.type,
        "lens_mm": rounded(camera.lens),
        "fov_deg": _horizontal_fov_deg(camera, aspect) if camera.type == "PERSP" else None,
        "sensor_mm": rounded_list((camera.sensor_width, camera.sensor_height)),
        "sensor_fit": camera.sensor_fit,
        "ortho_scale": rounded(camera.ortho_scale),
        "clip": rounded_list((camera.clip_start, camera.clip_end)),
        "shift": rounded_list((camera.shift_x, camera.shift_y)),
        "dof": focus if dof.use_dof else None,
    }


def _horizontal_fov_deg(camera, aspect: float) -> float | None:
    is_vertical = camera.sensor_fit == "VERTICAL" or (camera.sensor_fit == "AUTO" and aspect < 1)
    sensor_mm = camera.sensor_height if camera.sensor_fit == "VERTICAL" else camera.sensor_width
    half = sensor_mm / 2 / camera.lens * (aspect if is_vertical else 1)
    return rounded(math.degrees(2 * math.atan(half)))


def read_curve(data) -> dict[str, Any]:
    """What shapes a curve, surface, text or metaball, its points aside."""
    values = {name: plain(getattr(data, name)) for name in CURVE_PROPERTIES if hasattr(data, name)}
    return {name: value for name, value in values.items() if value is not None}


def read_modifier(modifier) -> dict[str, Any]:
    """Name, type, what is not default; the inputs of geometry nodes by the names that the interface shows."""
    properties = simple_properties(modifier)
    if modifier.type == "NODES" and modifier.node_group is not None:
        properties |= _geometry_inputs(modifier)
    entry = {"name": modifier.name, "type": modifier.type, "show_render": modifier.show_render}
    if not modifier.show_viewport:
        entry["show_viewport"] = False
    return entry | {"properties": properties}


def _geometry_inputs(modifier) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for item in modifier.node_group.interface.items_tree:
        if item.item_type != "SOCKET" or item.in_out != "INPUT" or item.socket_type in GEOMETRY_SOCKETS:
            continue
        name = item.name if item.name not in values else item.identifier
        if hasattr(modifier, "properties"):  # 5.2 on; before, the inputs are the modifier's own custom properties
            socket = getattr(modifier.properties.inputs, item.identifier, None)
            values[name] = plain(getattr(socket, "value", None))
        else:
            values[name] = plain(modifier.get(item.identifier))
    return values


def read_constraint(constraint) -> dict[str, Any]:
    """Name, type, influence and settings."""
    entry = {"name": constraint.name, "type": constraint.type, "influence": rounded(constraint.influence)}
    if constraint.mute:
        entry["mute"] = True
    return entry | {"properties": simple_properties(constraint)}


def read_shape_keys(keys) -> dict[str, float | None]:
    """Value of each key but the basis."""
    reference = keys.reference_key.name
    return {key.name: rounded(key.value) for key in keys.key_blocks if key.name != reference}


def read_animation(obj) -> dict[str, Any] | None:
    """Action, its frames and the paths that it, drivers and NLA strips move; those of the data start with `data.`."""
    owners = [(obj, "")]
    if obj.data is not None:
        owners.append((obj.data, "data."))
        if getattr(obj.data, "shape_keys", None) is not None:
            owners.append((obj.data.shape_keys, "shape_keys."))
    result: dict[str, Any] = {}
    for owner, prefix in owners:
        data = getattr(owner, "animation_data", None)
        if data is None:
            continue
        if data.action is not None:
            result.setdefault("action", data.action.name)
            frames = rounded_list(data.action.frame_range)
            known = result.setdefault("frames", frames)
            result["frames"] = [min(known[0], frames[0]), max(known[1], frames[1])]
            result.setdefault("paths", []).extend(_unique(prefix + c.data_path for c in curves(data)))
        if len(data.drivers):
            result.setdefault("drivers", []).extend(_unique(prefix + curve.data_path for curve in data.drivers))
        if len(data.nla_tracks):
            result.setdefault("nla", []).extend(track.name for track in data.nla_tracks)
    return result or None


def curves(data) -> list:
    """F-curves of the action that `animation_data` plays."""
    action = data.action
    if not hasattr(action, "layers"):  # before 4.4
        return list(action.fcurves)
    slot = data.action_slot
    handle = slot.handle if slot is not None else None
    bags = (bag for layer in action.layers for strip in layer.strips for bag in strip.channelbags)
    return [curve for bag in bags if bag.slot_handle == handle for curve in bag.fcurves]


def all_curves(data) -> list:
    """F-curves of all that `animation_data` plays, NLA strips too, and its drivers."""
    players = [data, *(strip for track in data.nla_tracks for strip in track.strips)]
    return [*(curve for player in players if player.action for curve in curves(player)), *data.drivers]


def _unique(names) -> list[str]:
    return list(dict.fromkeys(names))


def read_physics(obj) -> list[str]:
    """What simulates it, one word or two each: `rigid_body ACTIVE`, `cloth`, `particles HAIR 1000`, `field WIND`."""
    found: list[str] = []
    if obj.rigid_body is not None:
        found.append(f"rigid_body {obj.rigid_body.type}")
    if obj.rigid_body_constraint is not None:
        found.append(f"rigid_body_constraint {obj.rigid_body_constraint.type}")
    found += [m.type.lower() for m in obj.modifiers if m.type in PHYSICS_MODIFIERS]
    found += [f"particles {system.settings.type} {system.settings.count}" for system in obj.particle_systems]
    if obj.field is not None and obj.field.type != "NONE":
        found.append(f"field {obj.field.type}")
    return found


def read_custom(obj) -> dict[str, Any]:
    """Custom properties with a plain value."""
    values = {key: plain(obj[key]) for key in obj.keys() if key not in ("_RNA_UI", "cycles")}
    return {key: value for key, value in values.items() if value is not None}
