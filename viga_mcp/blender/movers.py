# pyright: basic, reportAttributeAccessIssue=false, reportMissingImports=false
"""What moves in a scene, and its bodies kept up to date from frame to frame."""

from collections.abc import Collection, Mapping
from typing import NamedTuple

import bpy
import numpy as np

from viga_mcp.blender.contacts import Body
from viga_mcp.blender.parts import all_curves, curves
from viga_mcp.blender.soundness import is_without_area
from viga_mcp.blender.triangles import world_triangles

SELF_MOVING = {
    "CLOTH", "SOFT_BODY", "OCEAN", "WAVE", "BUILD", "MESH_CACHE", "MESH_SEQUENCE_CACHE", "PARTICLE_SYSTEM", "FLUID",
}  # fmt: skip
DEFORMING = SELF_MOVING | {
    "ARMATURE", "MESH_DEFORM", "HOOK", "LATTICE", "SURFACE_DEFORM", "CURVE", "NODES", "SIMPLE_DEFORM", "DISPLACE",
}  # fmt: skip
MESHED = {"MESH", "CURVE", "SURFACE", "FONT", "META"}
PLACING = ("location", "rotation", "scale", "delta_")
"""Beginnings of the paths that place an object."""


class Animated(NamedTuple):
    """A data-block with an action, drivers or NLA strips."""

    owner: bpy.types.ID
    data: bpy.types.AnimData


class MovingBodies:
    """The bodies of a scene while its frames go by.

    Args:
        bodies: By name, as they are at the scene's current frame.
        shown: Names of the objects to follow that a render shows, at some frame at least.
        name_of: What the graph calls an object.

    Attributes:
        by_name: As they were at the last renewal; without triangles while they are hidden.
        first: As each was seen first, which for what is hidden at the beginning is later.
        deforming: Names of those that may change their shape.
        placed: (n, 4, 4) matrices of all objects at the last renewal; None before the first.
    """

    def __init__(self, bodies: Mapping[str, Body], shown: Collection[str], name_of) -> None:
        self.by_name, self.first = dict(bodies), dict(bodies)
        self.name_of = name_of
        self.objects = list(bpy.context.scene.objects)
        draws = {name_of(obj) for obj in self.objects if obj.type in MESHED or obj.is_instancer}
        self.followed = draws.intersection(shown)
        self.deforming = {name_of(obj) for obj in _deforming(self.objects, find_movers(name_of), name_of)}
        self.placed: np.ndarray | None = None

    def renew(self, now: np.ndarray, movers: Collection[str]) -> set[str]:
        """Names of the bodies that are not where or what they were at the last renewal, made anew.

        Args:
            now: (n, 4, 4) matrices of all objects; NaN where one is hidden.
            movers: Those to look at in the first renewal.
        """
        is_first = self.placed is None
        if is_first:
            moved = set(movers)
        else:
            is_moved = ~((now == self.placed) | (np.isnan(now) & np.isnan(self.placed))).all(axis=(1, 2))
            moved = {self.name_of(self.objects[i]) for i in np.flatnonzero(is_moved)}
        self.placed = now
        wanted = (moved | self.deforming) & self.followed
        if not wanted:
            return set()
        nothing = np.empty((0, 3, 3), np.float32)
        fresh = world_triangles(bpy.context.evaluated_depsgraph_get(), self.name_of, only=wanted).by_name
        for name in list(wanted):
            before, rows = self.by_name.get(name), fresh.get(name, nothing)
            if before is None:
                body = Body(name, rows)
                if not len(rows) or body.broken or is_without_area(body):
                    wanted.discard(name)
                else:
                    self.by_name[name] = self.first[name] = body
                continue
            if not is_first and np.array_equal(rows, before.triangles):
                wanted.discard(name)
                continue
            is_rigid = name not in self.deforming and len(rows) == len(before.triangles)
            self.by_name[name] = Body(name, rows, (before.twin or before) if is_rigid else None)
        return wanted


def animated() -> list[Animated]:
    """Everything in use that an action, a driver or an NLA strip animates."""
    scene = bpy.context.scene
    owners: list = [scene, scene.world, *bpy.data.materials, *bpy.data.shape_keys]
    for obj in scene.objects:
        owners += [obj, obj.data]
    found: dict[int, Animated] = {}
    for owner in [*owners, *(getattr(owner, "node_tree", None) for owner in owners if owner is not None)]:
        data = getattr(owner, "animation_data", None)
        if data is not None and (data.action is not None or len(data.drivers) or len(data.nla_tracks)):
            found[owner.as_pointer()] = Animated(owner, data)
    return list(found.values())


def find_movers(name_of) -> set[str]:
    """Objects that an animation or a simulation moves, themselves or by a parent or a constraint."""
    objects = list(bpy.context.scene.objects)
    moving = {obj for obj in objects if _is_moved(obj)}
    while moving and (more := {obj for obj in objects if obj not in moving and _follows(obj, moving)}):
        moving |= more
    return {name_of(obj) for obj in moving}


def _is_moved(obj) -> bool:
    if obj.rigid_body is not None and obj.rigid_body.type == "ACTIVE":
        return True
    if any(m.type in SELF_MOVING for m in obj.modifiers) or any(c.type == "FOLLOW_PATH" for c in obj.constraints):
        return True
    data = obj.animation_data
    if data is None:
        return False
    paths = [curve.data_path for curve in (*(curves(data) if data.action else ()), *data.drivers)]
    return bool(len(data.nla_tracks)) or any(path.startswith((*PLACING, "pose.")) for path in paths)


def _follows(obj, moving: set) -> bool:
    return obj.parent in moving or any(getattr(constraint, "target", None) in moving for constraint in obj.constraints)


def _deforming(objects: list, movers: Collection[str], name_of) -> set:
    """Objects that may change their shape: by themselves, or by a modifier that looks at what moves or deforms."""
    changing = {obj for obj in objects if name_of(obj) in movers}
    found = {obj for obj in objects if _may_deform(obj)}
    looked_at = {obj: _looked_at(obj) for obj in objects if len(obj.modifiers)}
    while more := {obj for obj, seen in looked_at.items() if obj not in found and seen & (changing | found)}:
        found |= more
    return found


def _may_deform(obj) -> bool:
    data, own = obj.data, obj.animation_data
    is_animated = data is not None and (
        data.animation_data is not None
        or getattr(getattr(data, "shape_keys", None), "animation_data", None) is not None
    )
    is_modified = own is not None and any(curve.data_path.startswith("modifiers[") for curve in all_curves(own))
    return (
        is_animated or is_modified or obj.is_instancer or any(modifier.type in DEFORMING for modifier in obj.modifiers)
    )


def _looked_at(obj) -> set:
    """Objects that the modifiers of an object refer to."""
    found: set = set()
    for modifier in obj.modifiers:
        for property in modifier.bl_rna.properties:
            if property.type != "POINTER" or (thing := getattr(modifier, property.identifier)) is None:
                continue
            if isinstance(thing, bpy.types.Collection):
                found.update(thing.all_objects)
            elif isinstance(thing, bpy.types.Object):
                found.add(thing)
    return found
