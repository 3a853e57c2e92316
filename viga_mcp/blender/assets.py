# pyright: basic, reportAttributeAccessIssue=false, reportMissingImports=false
"""Assets: what another file brings in, as one collection of its own.

An asset is a collection that bears the asset's name, kept by a fake user and not linked into the scene by itself. All
that came with it bears that name in front (`chair.Seat`, `chair.Wood`), so that it can't clash with what a program
makes. An empty of the asset's name is parent to all, so that one place moves the whole.
"""

from collections.abc import Iterator
from pathlib import Path

import bpy

from viga_mcp.blender import confine, processes
from viga_mcp.blender.exports import inventory
from viga_mcp.blender.formats import FILMS, pack_images, read_scene_file
from viga_mcp.blender.state import OUTPUTS, settle
from viga_mcp.wire import Message

MARK = "viga_asset"
"""Custom property of an asset's collection: the name of the file it came from."""

NAMES_LISTED = 200
BUILT_IN = "<builtin>"
"""Path of Blender's own font."""

KINDS = (
    "objects", "collections", "meshes", "curves", "hair_curves", "metaballs", "lattices", "armatures", "cameras",
    "lights", "lightprobes", "speakers", "volumes", "pointclouds", "grease_pencils", "grease_pencils_v3", "materials",
    "node_groups", "images", "textures", "actions", "particles", "texts", "worlds", "sounds", "movieclips", "masks",
    "cache_files",
)  # fmt: skip
"""Sorts of data that come with an asset and bear its name."""


def prepare_asset(request: Message) -> Message:
    """Read a file into the empty state, make one asset of it, and leave that alone in the scene.

    Args:
        request: `path`, `format`; `name` of the asset; `only`, names of collections and objects in the file, or None
            for all that its scene holds; `save_to`, a path in a private folder for a `.blend` with the asset;
            `memory_bytes`, the most address space that reading may take, or None.

    Returns:
        `{"refused": why}`, `{"unknown": name, "names": [...]}`, `{"nothing": why}`, or the asset's `inventory`,
        `missing` (paths of files that are not there), and `external` (files that it goes on to need).
    """
    with confine.address_space(request.get("memory_bytes")):
        why = read_scene_file(request["path"], request["format"])
    if why:
        return {"refused": why}
    missing = [path for path in map(_library_path, bpy.data.libraries) if not Path(path).exists()]
    collection = bpy.data.collections.new(request["name"])
    if unknown := _gather(collection, request.get("only")):
        names = [*(c.name for c in bpy.data.collections if c != collection), *(o.name for o in bpy.data.objects)]
        return {"unknown": unknown, "names": list(dict.fromkeys(names))}
    if not collection.all_objects:
        return {"nothing": "no objects"}
    collection = _alone(collection, Path(request["save_to"]))
    _make_local()
    _prefix_all(collection, _parent_all(collection), request["name"])
    missing += pack_images()
    bpy.data.libraries.write(request["save_to"], {collection}, fake_user=True, compress=True)
    bpy.context.scene.collection.children.link(collection)
    bpy.context.view_layer.update()
    found = inventory()
    if found["bounds"] is None and not {*found["objects"]} - {"MESH", "EMPTY"}:
        return {"nothing": "no geometry: its meshes are empty"}
    external = set(_outside())
    missing += [path for path in external if not Path(path).exists()]
    return {"inventory": found, "missing": sorted({*missing}), "external": sorted(external - {*missing})}


def append_asset(request: Message) -> Message:
    """Take an asset into the state as data, beside the scene.

    Args:
        request: `path` of a `.blend` of `prepare_asset`, `name`, `source` (the name of the file it came from).

    Returns:
        Nothing, or `{"taken": [...]}`, names of the asset's that the state has already.
    """
    with bpy.data.libraries.load(request["path"]) as (there, wanted):
        taken = [name for kind in _kinds() for name in getattr(there, kind, ()) if name in getattr(bpy.data, kind)]
        if not taken:
            wanted.collections = [request["name"]]
            known = set(bpy.data.objects)
    if taken:
        return {"taken": sorted({*taken})[:3]}
    collection = wanted.collections[0]
    collection.use_fake_user = True
    for obj in bpy.data.objects:
        # what only a modifier or a constraint refers to counts no users, and would be purged
        obj.use_fake_user |= obj not in known and obj.users == 0
    collection[MARK] = request["source"]
    settle()
    return {}


def contents(request: Message) -> Message:
    """What the `.blend` files of `paths` hold, by their tables of contents alone: nothing of them is read in.

    Returns:
        `files`, in the order of the paths: `{"error": why}`, or `{"marked", "collections", "objects"}`, names, those
        marked as assets first; at most `NAMES_LISTED` of each.
    """
    return {"files": [_contents(path) for path in request["paths"]]}


def _contents(path: str) -> Message:
    try:
        with processes.quiet():
            with bpy.data.libraries.load(path, assets_only=True) as (marked, _):
                found = [*marked.collections, *marked.objects]
            with bpy.data.libraries.load(path) as (there, _):
                collections, objects = list(there.collections), list(there.objects)
    except (OSError, RuntimeError) as error:
        return {"error": str(error).strip()[:200]}
    return {
        "marked": found[:NAMES_LISTED],
        "collections": collections[:NAMES_LISTED],
        "objects": objects[:NAMES_LISTED],
    }


class Keepsakes:
    """Tells which assets a program threw away, or left out of the scene, since this was made."""

    def __init__(self) -> None:
        # by numbers that a new name leaves as they are
        self._before = {
            collection.session_uid: (collection.name, _is_placed(collection), _materials(collection))
            for collection in bpy.data.collections
            if MARK in collection
        }

    def warnings(self, *, is_fresh: bool) -> list[Message]:
        """In the form of `Watch.warnings`.

        Args:
            is_fresh: The program ran on the base, where no asset is placed; so one that is not placed now is missing.
        """
        found = []
        collections = {collection.session_uid: collection for collection in bpy.data.collections}
        kept = {material.session_uid for material in bpy.data.materials}
        for uid, (name, was_placed, materials) in self._before.items():
            collection = collections.get(uid)
            if collection is None or not collection.all_objects:
                text = (
                    f"asset {name!r} was removed: the program deletes it from bpy.data. To clear the scene write "
                    "`for o in list(bpy.context.scene.objects): bpy.data.objects.remove(o)`, which leaves assets alone,"
                    f" and place it with `bpy.context.scene.collection.children.link(bpy.data.collections[{name!r}])`."
                )
                found.append({"kind": "asset_removed", "line": None, "message": text})
                continue
            name = collection.name
            if lost := sorted(materials[uid] for uid in materials.keys() - kept):
                text = f"asset {name!r} lost its materials {', '.join(map(repr, lost))}: the program deletes them."
                found.append({"kind": "asset_removed", "line": None, "message": text})
            if (was_placed or is_fresh) and not _is_placed(collection):
                text = (
                    f"asset {name!r} is not in the scene; place it with "
                    f"`bpy.context.scene.collection.children.link(bpy.data.collections[{name!r}])`."
                )
                found.append({"kind": "asset_not_placed", "line": None, "message": text})
        return found


def _gather(collection, only: list[str] | None) -> str | None:
    """Link what is wanted into the new collection; returns the first name that does not exist."""
    scene = bpy.context.scene
    if not only:
        for obj in scene.collection.objects:
            collection.objects.link(obj)
        for layer in bpy.context.view_layer.layer_collection.children:
            if not layer.exclude:
                collection.children.link(layer.collection)
                _drop_excluded(layer)
        return None
    for name in dict.fromkeys(only):
        if (found := bpy.data.collections.get(name)) is not None and found != collection:
            collection.children.link(found)
        elif (obj := bpy.data.objects.get(name)) is not None:
            for part in (obj, *obj.children_recursive):
                if part.name not in collection.objects:
                    collection.objects.link(part)
        else:
            return name
    return None


def _outside() -> Iterator[str]:
    """Paths of the files that stay outside: those of pictures that are not many are packed."""
    films = [image for image in bpy.data.images if image.source in FILMS]
    data = bpy.data
    for block in (*data.cache_files, *data.volumes, *data.fonts, *data.sounds, *data.movieclips, *films):
        is_packed = getattr(block, "packed_file", None) is not None
        if block.users and block.filepath and block.filepath != BUILT_IN and not is_packed:
            yield bpy.path.abspath(block.filepath, library=block.library)


def _drop_excluded(layer) -> None:
    for child in list(layer.children):
        if child.exclude:
            layer.collection.children.unlink(child.collection)
        else:
            _drop_excluded(child)


def _alone(collection, file: Path) -> bpy.types.Collection:
    """The collection in a state with nothing but it and what it refers to: by way of a file, as Blender appends."""
    name = collection.name
    bpy.data.libraries.write(str(file), {collection}, path_remap="ABSOLUTE")
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    with bpy.data.libraries.load(str(file)) as (_, wanted):
        wanted.collections = [name]
    for scene in list(bpy.data.scenes):  # a driver may refer to one
        if scene != bpy.context.scene:
            bpy.data.scenes.remove(scene)
    scene = bpy.context.scene
    scene.collection.children.link(wanted.collections[0])
    bpy.context.view_layer.update()  # for the world matrices
    scene.collection.children.unlink(wanted.collections[0])
    return wanted.collections[0]


def _make_local() -> None:
    for kind in _kinds():
        for block in list(getattr(bpy.data, kind)):
            if block.library is not None:
                block.make_local()


def _parent_all(collection) -> bpy.types.Object:
    """Put an empty above all that has no parent within, and return it; nothing moves."""
    members = set(collection.all_objects)
    root = bpy.data.objects.new("root", None)
    collection.objects.link(root)
    for obj in members:
        if obj.parent is None:
            obj.parent = root
        elif obj.parent not in members:
            matrix = obj.matrix_world.copy()
            obj.parent, obj.parent_type = root, "OBJECT"
            obj.matrix_parent_inverse.identity()
            obj.matrix_basis = matrix
    return root


def _prefix_all(collection, root, name: str) -> None:
    """Put the asset's name in front of every name; the collection and its empty bear it alone."""
    for kind in _kinds():
        for block in list(getattr(bpy.data, kind)):
            if block not in (collection, root) and getattr(block, "type", "") not in OUTPUTS:
                block.name = f"{name}.{block.name}"
    collection.name = root.name = name


def _kinds() -> list[str]:
    return [kind for kind in KINDS if hasattr(bpy.data, kind)]


def _library_path(library) -> str:
    return bpy.path.abspath(library.filepath)


def _is_placed(collection) -> bool:
    scene = bpy.context.scene
    return any(obj.name in scene.objects for obj in collection.all_objects) or any(
        one == collection or collection in one.children_recursive
        for one in {obj.instance_collection for obj in scene.objects if obj.instance_collection}
    )


def _materials(collection) -> dict[int, str]:
    """Names of what its objects are made of, by `session_uid`."""
    found = {slot.material for obj in collection.all_objects for slot in obj.material_slots if slot.material}
    return {material.session_uid: material.name for material in found}
