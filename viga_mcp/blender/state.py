# pyright: basic, reportAttributeAccessIssue=false, reportMissingImports=false
"""The state of a worker: what it loads, and what of it goes into a `.blend`.

A state must be the same whether a worker still holds it or another one reads it from its file. So whatever a file
would lose is settled before the save: edit modes are left, generated pictures packed, paths made absolute, library
data without users kept by a fake user, other data without users removed. And what is keyframed goes where its
keyframes have it at the current frame, as in every render, wherever the program left it.
"""

import contextlib
import shutil
import tempfile
import time
from pathlib import Path

import bpy

from viga_mcp.blender import processes
from viga_mcp.blender.graph import read_graph
from viga_mcp.wire import Message

# Made to be used later (a material library, an action, a node group), so kept although nothing uses them yet.
LIBRARY = ("materials", "node_groups", "actions", "images", "worlds", "textures", "collections")
OUTPUTS = {"RENDER_RESULT", "COMPOSITING"}  # sorts of images that Blender makes and keeps to itself


def load(request: Message) -> Message:
    """Replace the state by a file's or a template's.

    Args:
        request: `path` of a `.blend` or None; `template` "empty" or "default" where there is no path; `save_to`, a
            path for a copy that stands by itself, or None.

    Returns:
        `{"refused": why}` if Blender can't read the file; else `{"seconds"}`, and with `save_to` the `graph` and
        the `missing` files that the scene refers to.
    """
    started = time.perf_counter()
    if request.get("path"):
        try:
            _open(Path(request["path"]), is_own=not request.get("save_to"))
        except RuntimeError as error:
            return {"refused": str(error).strip().removeprefix("Error: ")}
    else:
        bpy.ops.wm.read_homefile(use_empty=request.get("template") != "default", use_factory_startup=True)
    reply: Message = {}
    if request.get("save_to"):
        settle()
        reply = {**save(request), "missing": _missing_files()}
    return {**reply, "seconds": time.perf_counter() - started}


def _open(path: Path, *, is_own: bool) -> None:
    """Open a file; one of our own under another name, so that a program that saves can't overwrite a revision."""
    with tempfile.TemporaryDirectory() as folder:
        if is_own:  # a user's own file is opened where it is, because of the relative paths in it
            path = Path(shutil.copyfile(path, Path(folder) / "scene.blend"))
        bpy.ops.wm.open_mainfile(filepath=str(path), load_ui=False, use_scripts=False)


def save(request: Message) -> Message:
    """Write a copy of the settled state to `save_to`; returns its `graph`."""
    with processes.quiet():  # Blender's "Info: Saved copy as ..." is not what the program printed
        bpy.context.preferences.filepaths.save_version = 0
        bpy.ops.wm.save_as_mainfile(filepath=request["save_to"], copy=True, compress=True, relative_remap=False)
    return {"graph": read_graph()}


@processes.quiet()
def settle() -> None:
    """Do now what a save would do to the state, so that it is the same in this process as in the file."""
    if bpy.context.mode != "OBJECT":
        with contextlib.suppress(RuntimeError):
            bpy.ops.object.mode_set(mode="OBJECT")
    for image in bpy.data.images:
        if image.has_data and (image.is_dirty or image.source == "GENERATED") and image.type not in OUTPUTS:
            with contextlib.suppress(RuntimeError):
                image.pack()
    for kind in LIBRARY:
        for block in getattr(bpy.data, kind):
            if block.users == 0 and block.library is None:
                block.use_fake_user = True
    bpy.data.orphans_purge(do_local_ids=True, do_linked_ids=True, do_recursive=True)
    if bpy.data.filepath:
        with contextlib.suppress(RuntimeError):
            bpy.ops.file.make_paths_absolute()
    apply_keyframes()


def apply_keyframes() -> None:
    """Let what is keyframed go where its keyframes have it at the current frame; drivers need no telling."""
    if any(action.users > action.use_fake_user for action in bpy.data.actions):
        scene = bpy.context.scene
        scene.frame_set(scene.frame_current, subframe=scene.frame_subframe)


def _missing_files() -> list[str]:
    paths = [(image.filepath, image) for image in bpy.data.images if image.source in {"FILE", "MOVIE", "SEQUENCE"}]
    missing = [path for path, image in paths if path and not image.packed_file and not _exists(path)]
    return sorted({*missing, *(library.filepath for library in bpy.data.libraries if not _exists(library.filepath))})


def _exists(path: str) -> bool:
    return Path(bpy.path.abspath(path)).exists()
