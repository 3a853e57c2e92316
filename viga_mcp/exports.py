"""Write a scene to a file of another program's format, and read the file back to say what it kept."""

import filecmp
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from anyio import to_thread

from viga_mcp import roots
from viga_mcp.errors import VigaError, names_that_exist
from viga_mcp.metrics.image import photometric_loss
from viga_mcp.pictures import Pixels
from viga_mcp.portraits import portrait
from viga_mcp.revisions import Revision
from viga_mcp.roundtrip import FORMATS, Fact, Format, Inventory, differences
from viga_mcp.scenes import Scenes
from viga_mcp.scratch import scratch_folder
from viga_mcp.worker import Death, Lease, State

TIMEOUT_S = 600.0


@dataclass(frozen=True)
class Exported:
    """A written file.

    Attributes:
        path: The file itself; `files` are all that belong to it, textures too, relative to its folder.
        facts: What reading it back showed; empty where it could not be read back, and
        trouble: why.
        picture_rmse: Of two small pictures, scene and file, in steps of 255; None where nothing is drawn.
    """

    path: Path
    files: tuple[str, ...]
    size_bytes: int
    inventory: Inventory
    facts: tuple[Fact, ...]
    picture_rmse: float | None
    trouble: str = ""


def destination(path: str, format: str, workspace: Path, *, overwrite: bool) -> Path:
    """The real path that a client's path may write to.

    Raises:
        VigaError: "forbidden" outside the workspace or in the server's own folder; "invalid_argument" for a suffix
            that isn't the format's, and for a file that is there already unless it may be overwritten.
    """
    try:
        target = roots.resolve(path, workspace)
    except VigaError as error:
        error.then = "Files are written inside the workspace only: give a relative path such as 'exports/room.glb'."
        raise
    if target.is_relative_to((workspace / ".viga").resolve()):
        raise VigaError("forbidden", f"{path!r} lies in the server's own folder.", then="Write to 'exports/...'.")
    if target.suffix.lower() != f".{format}":
        known = target.suffix.lower().removeprefix(".")
        other = f", or format={known!r}" if known in FORMATS else ""
        raise VigaError(
            "invalid_argument",
            f"{path!r} does not end in .{format}.",
            then=f"Write to {str(Path(path).with_suffix('.' + format))!r}{other}.",
        )
    if target.is_dir():
        raise VigaError(
            "invalid_argument", f"{path!r} is a folder.", then=f"Name a file in it, such as {path}/a.{format}"
        )
    if target.exists() and not overwrite:
        raise _exists(target, workspace)
    return target


async def export(
    scenes: Scenes, revision: Revision, target: Path, format: Format, *, names: Sequence[str] | None, overwrite: bool
) -> Exported:
    """Write a revision to a file and read it back.

    Args:
        target: From `destination`.
        names: Objects to write, with all below them; None for all that a render shows.

    Raises:
        VigaError: "not_found" for unknown names; "invalid_argument" where there is nothing to write, or the file is
            there already. No file was touched.
    """
    workspace = scenes.workers.config.workspace
    async with scratch_folder(workspace) as folder:
        file = folder / target.name
        request = {"path": str(file), "format": format, "names": list(names) if names else None}
        async with scenes.workers.lease(scenes.state(revision)) as lease:
            written = await _called(lease, "export", request, f"writing {target.name}")
            if problem := _problem(written, revision, format):
                raise problem
            bounds = written["inventory"]["bounds"]
            before = await _portrait(lease, bounds, scenes) if bounds else None
        facts, rmse, trouble = await _read_back(scenes, file, format, written["inventory"], before)
        files, size_bytes = await to_thread.run_sync(_publish, folder, target, workspace, overwrite)
        return Exported(target, files, size_bytes, written["inventory"], facts, rmse, trouble)


async def _read_back(
    scenes: Scenes, file: Path, format: Format, before: Inventory, seen: Pixels | None
) -> tuple[tuple[Fact, ...], float | None, str]:
    try:
        async with scenes.workers.lease(State()) as lease:
            read = await _called(lease, "read_file", {"path": str(file), "format": format}, f"reading {file.name} back")
            if "refused" in read:
                return (), None, read["refused"]
            facts = differences(before, read["inventory"], format)
            if seen is None:
                return facts, None, ""
            return facts, 255 * photometric_loss(await _portrait(lease, before["bounds"], scenes), seen) ** 0.5, ""
    except VigaError as error:  # the file is written; that this Blender can't read it is a fact about it
        return (), None, error.what


async def _portrait(lease: Lease, bounds: Any, scenes: Scenes) -> Pixels:
    try:
        return await portrait(lease, bounds, scenes.workers.folder)
    except Death as death:
        raise death.during("taking a picture", "Nothing was written.") from death


async def _called(lease: Lease, op: str, request: Mapping[str, Any], doing: str) -> dict[str, Any]:
    try:
        return await lease.call(op, request, timeout_s=TIMEOUT_S)
    except Death as death:
        raise death.during(doing, "Nothing was written; the scene is as it was.") from death


def _problem(written: Mapping[str, Any], revision: Revision, format: Format) -> VigaError | None:
    if "unknown" in written:
        then = names_that_exist(written["unknown"], written["names"], "Objects")
        return VigaError("not_found", f"There is no object {written['unknown']!r}.", then=then)
    if "empty" in written:
        what = f"There is nothing to write: in {revision.id}, {written['empty']}."
        return VigaError("invalid_argument", what, then="Show an object, or name the hidden ones in `names`.")
    if "refused" in written:
        what = f"Blender can't write {revision.id} as {format}."
        return VigaError("runtime_error", what, where=written["refused"], then="Try another format.")
    return None


def _publish(folder: Path, target: Path, workspace: Path, overwrite: bool) -> tuple[tuple[str, ...], int]:
    """Move what was written to where it was wanted, the file itself last; returns the names, it first, and the bytes.

    An equal file that is there already is no obstacle: exports of one scene share their textures.
    """
    names = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    names.remove(target.name)
    for name in [*names, target.name]:
        place = roots.resolve(str(target.parent / name), workspace)  # a link in the folder may lead elsewhere
        is_same = place.is_file() and filecmp.cmp(folder / name, place, shallow=False)
        if not overwrite and place.exists() and not is_same:
            raise _exists(place, workspace)
    size_bytes = 0
    for name in [*names, target.name]:
        place = target.parent / name
        place.parent.mkdir(parents=True, exist_ok=True)
        if not overwrite and name == target.name:
            _claim(place, workspace)
        size_bytes += (folder / name).stat().st_size
        (folder / name).replace(place)
    return (target.name, *names), size_bytes


def _claim(place: Path, workspace: Path) -> None:
    """Make the file if nobody else did meanwhile."""
    try:
        os.close(os.open(place, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
    except FileExistsError:
        raise _exists(place, workspace) from None


def _exists(place: Path, workspace: Path) -> VigaError:
    name = str(place.relative_to(workspace.resolve())) if place.is_relative_to(workspace.resolve()) else str(place)
    return VigaError(
        "invalid_argument",
        f"There is a file {name!r} already; nothing was written.",
        then="Pass overwrite=true to replace it, or write to another folder or name.",
    )
