# pyright: basic, reportAttributeAccessIssue=false, reportMissingImports=false
"""What a render leaves dark or out: lamps that give no light, objects that are not drawn."""

from collections.abc import Collection, Iterator

import bpy
from mathutils import Vector

from viga_mcp.blender.contacts import Body
from viga_mcp.blender.lights import has_glow, has_instanced_lamp
from viga_mcp.blender.stage import animating
from viga_mcp.blender.standing import Stage
from viga_mcp.findings import Finding, few

DRAWN = {"MESH", "CURVE", "FONT", "SURFACE", "META", "CURVES", "POINTCLOUD", "VOLUME", "GREASEPENCIL"}


def find_unlit(stage: Stage, shown: Collection[str], name_of) -> Iterator[Finding]:
    """Lamps that light nothing, and a scene without any light.

    Args:
        shown: Names of the objects that a render shows.
    """
    lamps = [obj for obj in bpy.context.scene.objects if obj.type == "LIGHT"]
    working = 0
    for lamp in lamps:
        name = name_of(lamp)
        if name not in shown:
            yield Finding(
                "hidden_lamp", [name], f"Lamp {name!r} is hidden from renders.", "energy", lamp.data.energy, "W"
            )
        elif not _is_animated(lamp.data) and lamp.data.energy * max(lamp.data.color) <= 0:
            yield Finding(
                "dark_lamp",
                [name],
                f"Lamp {name!r} gives no light: energy {lamp.data.energy:g}.",
                "energy",
                lamp.data.energy,
                "W",
            )
        else:
            working += 1
            if lamp.data.type != "SUN" and (cover := _cover(lamp, stage)):
                text = f"Lamp {name!r} is inside {cover.name!r}, a closed mesh that lets no light out."
                yield Finding("enclosed_lamp", [name, cover.name], text, "objects around it", 1, "objects")
    if not (working or has_instanced_lamp() or has_glow()):
        has = f"none of {len(lamps)} lamps shines" if lamps else "there is no lamp"
        yield Finding(
            "no_light",
            [name_of(lamp) for lamp in lamps],
            f"The scene is dark: {has}, and neither its world nor a material does.",
            "shining lamps",
            0,
            "lamps",
        )


def _is_animated(data) -> bool:
    return data.animation_data is not None and (
        data.animation_data.action is not None or bool(len(data.animation_data.drivers))
    )


def _cover(lamp, stage: Stage) -> Body | None:
    """The closed body around a lamp; not one that also holds the camera or the middle of another object: a room."""
    point = lamp.matrix_world.translation
    camera = bpy.context.scene.camera
    for body in stage.bodies.values():
        if body.name in stage.see_through or not body.holds(point) or not body.surface.is_closed:
            continue
        others = [Vector(other.centre) for other in stage.bodies.values() if other is not body]
        if camera is not None:
            others.append(camera.matrix_world.translation)
        if not any(map(body.holds, others)):
            return body
    return None


def find_absent(shown: Collection[str], name_of) -> Iterator[Finding]:
    """Objects that are in the file and in no picture; those that another object makes use of are left out."""
    scene = bpy.context.scene
    in_scenes = {obj for other in bpy.data.scenes for obj in other.objects}
    absent = [obj for obj in bpy.data.objects if obj not in in_scenes and obj.library is None]
    if absent:
        collections = bpy.data.user_map(subset=list(bpy.data.collections))
        instanced = {obj for one, users in collections.items() if not _only_hold(users) for obj in one.all_objects}
        absent = [obj for obj in absent if obj not in instanced]
    hidden = [o for o in scene.objects if o.type in DRAWN and name_of(o) not in shown and o.visible_get()]
    hidden = [o for o in hidden if not animating(o, "hide_render")]
    users = bpy.data.user_map(subset=[*absent, *hidden]) if absent or hidden else {}
    lost: dict[str, list[str]] = {}
    for obj in absent:
        used_by = users.get(obj, set()) - {obj, *absent}
        if _only_hold(used_by):
            lost.setdefault(min((user.name for user in used_by), default=""), []).append(obj.name)
    for collection, names in lost.items():
        where = f"only in collection {collection!r}, which is not in the scene" if collection else "in no collection"
        text = f"{few(names)} {_are(names)} {where}, so no render shows it."
        yield Finding("not_in_scene", names, text, "objects", len(names), "objects")
    idle = [name_of(obj) for obj in hidden if _only_hold(users.get(obj, set()) - {obj})]
    if idle:
        text = f"{few(idle)} {_are(idle)} shown in the viewport and hidden from renders."
        yield Finding("hidden_from_render", idle, text, "objects", len(idle), "objects")


def _only_hold(users: set) -> bool:
    """Whether what uses a thing only gives it a place in a scene, rather than to draw something with it."""
    return all(isinstance(user, bpy.types.Collection | bpy.types.Scene) for user in users)


def _are(names: list[str]) -> str:
    return "is" if len(names) == 1 else "are"
