# pyright: basic, reportAttributeAccessIssue=false, reportMissingImports=false
"""The scene before and after a run, for faults that no statement shows: what is lost, broken, or no longer there."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import bpy
import numpy as np

from viga_mcp.blender.lights import has_light

_NAMED = (
    "objects", "meshes", "materials", "lights", "cameras", "curves", "collections", "node_groups", "worlds", "images",
    "actions", "armatures", "textures", "metaballs", "lattices", "scenes",
)  # fmt: skip
_SHOWN = 5
_MANY = 5000
_DIM = 0.2  # light of a world or material in which a render looks dark


class Fault(NamedTuple):
    """Something that a run left wrong without a word: kind, 1-based line where it is known, message."""

    kind: str
    line: int | None
    message: str


@dataclass(frozen=True)
class Survey:
    """What a run is compared with.

    Attributes:
        names: Names in use, by class of data-block (`"Object"`).
        has_camera: Whether the scene has an active camera.
        has_light: Whether there is a light object in the scene.
        cameras: Camera objects of the scene.
        broken: Objects whose transform is not finite.
        hidden: Objects hidden with `hide_set`; empty unless asked for.
    """

    names: dict[str, set[str]]
    has_camera: bool
    has_light: bool
    cameras: frozenset[str]
    broken: frozenset[str]
    hidden: frozenset[str]


@dataclass(frozen=True)
class Made:
    """A data-block that the program made by `.new` or `.copy`, and the line."""

    block: bpy.types.ID
    line: int


def take_survey(*, with_hidden: bool = False) -> Survey:
    """Survey the current scene."""
    scene = bpy.context.scene
    types = _read(scene.objects, "type", 1, np.int32)
    kinds = bpy.types.Object.bl_rna.properties["type"].enum_items
    properties = bpy.data.bl_rna.properties
    return Survey(
        names={properties[kind].fixed_type.identifier: set(getattr(bpy.data, kind).keys()) for kind in _NAMED},
        has_camera=scene.camera is not None,
        has_light=bool((types == kinds["LIGHT"].value).any()),
        cameras=frozenset(scene.objects[int(i)].name for i in np.flatnonzero(types == kinds["CAMERA"].value)),
        broken=frozenset(_broken_transforms()),
        hidden=frozenset(o.name for o in scene.objects if o.hide_get()) if with_hidden else frozenset(),
    )


def find_faults(before: Survey, made: list[Made], given: set[int], source: str) -> Iterator[Fault]:
    """Kind, line and message of each fault that the run left, gravest first.

    Args:
        before: Survey from before the run.
        made: What the program made.
        given: `session_uid` of data that was given to an object at some time of the run.
        source: The program.
    """
    for name, what in _broken_meshes():
        yield Fault(
            "invalid_mesh",
            None,
            f"mesh {name!r} has {what} that it does not have: a render may crash. Correct the numbers, or "
            f"bpy.data.meshes[{name!r}].validate() to drop the bad ones.",
        )
    after = take_survey(with_hidden="hide_set" in source)
    if fresh := sorted(after.broken - before.broken):
        yield Fault("not_finite", None, f"NaN or infinity in the transform of {_few(fresh)}: they can't be drawn.")
    yield from _gone(before, after)
    yield from _unlinked(made)
    yield from _unused(made, given, source)
    if fresh := sorted(name for name in after.hidden - before.hidden if not bpy.data.objects[name].hide_render):
        yield Fault(
            "viewport_only",
            None,
            f"hide_set() only hides in the viewport; pictures still show {_few(fresh)}. Set hide_render = True.",
        )


def find_hidden_in_viewport_only(
    hidden: list[tuple[bpy.types.ID, str, str, int]],
) -> Iterator[Fault]:
    """Warnings for writes of `hide_viewport` or `show_viewport` that leave pictures as they were.

    Args:
        hidden: The block written to, the modifier's name in it or "", the target's text, and the line.
    """
    for block, modifier, text, line in hidden:
        try:
            thing: Any = block.modifiers.get(modifier) if modifier and block.name else block
            thing = thing if thing and thing.name else None
        except (ReferenceError, AttributeError):  # removed since, or no modifier
            continue
        if getattr(thing, "hide_viewport", False) and getattr(thing, "hide_render", True) is False:
            yield Fault(
                "viewport_only",
                line,
                f"{text} = True only hides in the viewport; pictures still show {thing.name!r}. "
                "Set hide_render = True.",
            )
        elif getattr(thing, "show_viewport", True) is False and getattr(thing, "show_render", False):
            yield Fault(
                "viewport_only",
                line,
                f"{text} = False only changes the viewport; pictures keep {thing.name!r}. Set show_render = False.",
            )


def _gone(before: Survey, after: Survey) -> Iterator[Fault]:
    if not after.has_camera and (before.has_camera or after.cameras - before.cameras):
        found = f"Its cameras: {_few(sorted(after.cameras))}." if after.cameras else "It has no camera object either."
        yield Fault(
            "no_camera", None, f"scene.camera is not set, so there is no camera view. {found} Set scene.camera."
        )
    if before.has_light and not after.has_light and not has_light(_DIM):
        yield Fault(
            "no_light",
            None,
            "the scene has no light any more, and neither its world nor a material shines: renders will be dark.",
        )


def _unlinked(made: list[Made]) -> Iterator[Fault]:
    objects = [(block, line) for block, line in _alive(made) if isinstance(block, bpy.types.Object)]
    collections = [(block, line) for block, line in _alive(made) if isinstance(block, bpy.types.Collection)]
    if objects:
        linked: set[str] = set()
        for collection in (*(scene.collection for scene in bpy.data.scenes), *bpy.data.collections):
            linked.update(collection.objects.keys())
        for block, line in objects:
            is_seen = block.name in linked or (block.users > 0 and block.type not in {"LIGHT", "CAMERA"})
            if not is_seen:
                yield Fault(
                    "unlinked",
                    line,
                    f"object {block.name!r} is in no collection: it is not in the scene and will be lost. "
                    f"Link it: bpy.context.scene.collection.objects.link(obj).",
                )
    for block, line in collections:
        if block.users == 0 and block.all_objects:
            yield Fault(
                "unlinked",
                line,
                f"collection {block.name!r} is not in the scene, so its objects are not drawn. "
                f"Link it: bpy.context.scene.collection.children.link(collection).",
            )


def _unused(made: list[Made], given: set[int], source: str) -> Iterator[Fault]:
    is_tidying = re.search(r"\.remove\(|\.clear\(|\bdelete\(|\bjoin\(|\.pop\(", source) is not None
    for block, line in _alive(made):
        if block.users or block.session_uid in given:
            continue
        kind = block.bl_rna.identifier
        if block.id_type in {"MESH", "CURVE", "LIGHT", "CAMERA", "META", "ARMATURE"}:
            yield Fault(
                "unused",
                line,
                f"{kind} {block.name!r} belongs to no object and will be lost: bpy.data.objects.new(name, data).",
            )
        elif isinstance(block, bpy.types.Material) and not is_tidying:
            yield Fault(
                "unused", line, f"material {block.name!r} is on no object: obj.data.materials.append(material)."
            )


def _alive(made: list[Made]) -> Iterator[tuple[bpy.types.ID, int]]:
    for one in made:
        try:
            if one.block.name in _collection_of(one.block):
                yield one.block, one.line
        except ReferenceError:
            continue


def _collection_of(block: bpy.types.ID) -> Any:
    return getattr(bpy.data, _COLLECTIONS.get(block.id_type, ""), ())


_COLLECTIONS = {"OBJECT": "objects", "COLLECTION": "collections", "MATERIAL": "materials", "MESH": "meshes",
                "CURVE": "curves", "LIGHT": "lights", "CAMERA": "cameras", "META": "metaballs",
                "ARMATURE": "armatures"}  # fmt: skip


def _broken_transforms() -> Iterator[str]:
    broken: set[int] = set()
    for name, size in (("location", 3), ("rotation_euler", 3), ("scale", 3), ("rotation_quaternion", 4)):
        values = _read(bpy.data.objects, name, size, np.float32).reshape(-1, size)
        broken.update(np.flatnonzero(~np.isfinite(values).all(axis=1)).tolist())
    for index in sorted(broken):
        yield bpy.data.objects[index].name


def _broken_meshes() -> Iterator[tuple[str, str]]:
    for mesh in bpy.data.meshes:
        if mesh.is_editmode:
            continue
        count = len(mesh.vertices)
        if _largest(mesh, mesh.loops, "vertex_index", 1, ".corner_vert") >= count:
            yield mesh.name, "corners at vertices"
        elif _largest(mesh, mesh.edges, "vertices", 2, ".edge_verts") >= count:
            yield mesh.name, "edges to vertices"


def _largest(mesh: bpy.types.Mesh, items: Any, name: str, size: int, attribute: str) -> int:
    """The largest vertex number in use, -1 without any; a negative one counts as very large."""
    if not len(items):
        return -1
    # The attribute is read 300 times as fast, but looking it up costs more than a small mesh.
    found = mesh.attributes.get(attribute) if len(items) > _MANY else None
    values = _read(found.data, "value", size, np.int32) if found else _read(items, name, size, np.int32)
    return int(values.view(np.uint32).max())


def _read(items: Any, name: str, size: int, dtype: Any) -> np.ndarray:
    values = np.empty(len(items) * size, dtype)
    items.foreach_get(name, values)
    return values


def _few(names: Iterable[str]) -> str:
    listed = list(names)
    more = f" and {len(listed) - _SHOWN} more" if len(listed) > _SHOWN else ""
    return ", ".join(repr(name) for name in listed[:_SHOWN]) + more
