# pyright: basic, reportAttributeAccessIssue=false, reportMissingImports=false
"""What a scene simulates, and where the frames of each simulation are kept.

Rigid bodies, cloth, soft bodies and particles keep their frames in memory, and a `.blend` carries them once they are
baked: frames can then be visited in any order. Everything else moves only when its frames are visited one by one.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import bpy

from viga_mcp.wire import Message

IN_FILES = "keeps its frames in files, which a .blend does not carry"
HIDDEN = "is hidden in the viewport, where Blender simulates"


class Simulation(NamedTuple):
    """One simulation of the scene.

    Attributes:
        kind: "rigid bodies", "cloth", "soft body", "particles", "dynamic paint", "hair dynamics", "fluid",
            "simulation nodes".
        object: Whose it is; None for the rigid bodies, which share a world.
        cache: Where its frames are kept, or None where that is no point cache.
        expression: Python for the cache, given `scene`; empty where it has none or can't be changed.
        trouble: Why its frames can't be baked into a `.blend`; empty where they can.
    """

    kind: str
    object: bpy.types.Object | None
    cache: bpy.types.PointCache | None
    expression: str
    trouble: str = ""


def simulations(scene: bpy.types.Scene) -> Iterator[Simulation]:
    """All that the scene simulates; rigid bodies first, then in the order of its objects."""
    world = scene.rigidbody_world
    if world is not None and world.collection and any(obj.rigid_body for obj in world.collection.objects):
        trouble = "" if world.enabled else "is switched off (scene.rigidbody_world.enabled)"
        yield _cached("rigid bodies", None, world.point_cache, "scene.rigidbody_world.point_cache", trouble)
    depsgraph = bpy.context.evaluated_depsgraph_get()
    for obj in scene.objects:
        if not obj.modifiers and not obj.particle_systems:
            continue
        place = f"bpy.data.objects[{obj.name!r}]"
        is_evaluated = obj.evaluated_get(depsgraph).is_evaluated
        for modifier in obj.modifiers:
            path = f"{place}.modifiers[{modifier.name!r}]"
            hidden = "" if is_evaluated and modifier.show_viewport else HIDDEN
            if modifier.type in {"CLOTH", "SOFT_BODY"}:
                kind = "cloth" if modifier.type == "CLOTH" else "soft body"
                yield _cached(kind, obj, modifier.point_cache, f"{path}.point_cache", hidden)
            elif modifier.type == "PARTICLE_SYSTEM":
                yield from _particles(obj, modifier.particle_system, place, hidden)
            elif modifier.type == "DYNAMIC_PAINT" and modifier.canvas_settings:
                for surface in modifier.canvas_settings.canvas_surfaces:
                    at = f"{path}.canvas_settings.canvas_surfaces[{surface.name!r}].point_cache"
                    yield Simulation("dynamic paint", obj, surface.point_cache, at, IN_FILES)
            elif modifier.type == "FLUID" and modifier.fluid_type == "DOMAIN":
                yield Simulation("fluid", obj, None, "", IN_FILES)
            elif modifier.type == "NODES" and _simulates(modifier.node_group):
                yield Simulation("simulation nodes", obj, None, "", "are baked by other means, by hand")


def _particles(obj, system, place: str, hidden: str) -> Iterator[Simulation]:
    settings = system.settings
    if settings.type == "HAIR":
        if system.use_hair_dynamics:
            yield Simulation("hair dynamics", obj, None, "", "are left out when Blender bakes")
    elif settings.physics_type != "NO":
        at = f"{place}.particle_systems[{system.name!r}].point_cache"
        yield _cached("particles", obj, system.point_cache, at, hidden)


def _cached(kind: str, obj, cache, expression: str, trouble: str) -> Simulation:
    if obj is not None and obj.library:
        return Simulation(kind, obj, cache, "", "is linked from a library")
    return Simulation(kind, obj, cache, expression, "reads its frames from files" if cache.use_external else trouble)


def _simulates(tree, seen: frozenset = frozenset()) -> bool:
    if tree is None or tree in seen:
        return False
    return any(
        node.bl_idname == "GeometryNodeSimulationOutput"
        or (node.bl_idname == "GeometryNodeGroup" and _simulates(node.node_tree, seen | {tree}))
        for node in tree.nodes
    )


def first_frame(scene: bpy.types.Scene) -> int | None:
    """Where to begin visiting frames in order, so that all is where it should be; None where any order will do."""
    moving = [one for one in simulations(scene) if one.kind != "fluid" and not (one.cache and one.cache.is_baked)]
    if not moving:
        return None
    return min([scene.frame_start, *(one.cache.frame_start for one in moving if one.cache)])


def path_to(scene: bpy.types.Scene, frames: Sequence[int]) -> Sequence[int]:
    """Frames to visit one after the other to see each of `frames` as it is; what is simulated needs all before it.

    Args:
        scene: The scene.
        frames: Those wanted, ascending, one at least.
    """
    first = first_frame(scene)
    return frames if first is None else range(min(first, frames[0]), frames[-1] + 1)


def find_simulations(request: Message) -> Message:
    """What the scene simulates.

    Args:
        request: Empty.

    Returns:
        `{"frames": [first, last] of the scene, "simulations": [{"kind", "object" or None, "expression", "trouble",
        "frames": [first, last] or None, "is_baked", "stored": Blender's own words on its cache}]}`.
    """
    del request
    scene = bpy.context.scene
    return {
        "frames": [scene.frame_start, scene.frame_end],
        "simulations": [
            {
                "kind": one.kind,
                "object": one.object and one.object.name,
                "expression": one.expression,
                "trouble": one.trouble,
                "frames": [one.cache.frame_start, one.cache.frame_end] if one.cache else None,
                "is_baked": bool(one.cache and one.cache.is_baked),
                "stored": one.cache.info.split(",")[0].rstrip(".") if one.cache else "",
            }
            for one in simulations(scene)
        ],
    }
