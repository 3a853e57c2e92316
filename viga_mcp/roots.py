"""Paths from a client: what they may be, and where they lead."""

import difflib
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from viga_mcp.errors import VigaError

MOST_SEEN, MOST_NAMED = 2000, 10
"""Files that an error looks through, and names where none is near to what was asked for."""


def resolve(path: str, workspace: Path, roots: tuple[Path, ...] = ()) -> Path:
    """The real path behind a client's path; a relative one starts at the workspace.

    Links are followed before the check, so a link inside the workspace opens no door to the outside.

    Raises:
        VigaError: "forbidden" outside the workspace and the roots.
    """
    if "\0" in path:
        raise VigaError("invalid_argument", "A path can't hold a NUL character.")
    target = (workspace / Path(path).expanduser()).resolve()
    allowed = [root.resolve() for root in (workspace, *roots)]
    if not any(target.is_relative_to(root) for root in allowed):
        raise VigaError(
            "forbidden",
            f"{path!r} lies outside the workspace.",
            where=f"Allowed folders: {', '.join(map(str, allowed))}",
            then="Copy the file into the workspace, or start the server with --root FOLDER.",
        )
    return target


def existing_file(path: str, workspace: Path, roots: tuple[Path, ...] = ()) -> Path:
    """As `resolve`, for a file that must be there; VigaError("not_found") names its near neighbours."""
    target = resolve(path, workspace, roots)
    if target.is_file():
        return target
    if target.is_dir():
        raise VigaError("not_found", f"{path!r} is a folder, not a file.", then=_neighbours(target, ""))
    raise VigaError("not_found", f"There is no file {path!r}.", then=_neighbours(target.parent, target.name))


def _neighbours(folder: Path, name: str) -> str:
    if not folder.is_dir():
        return f"The folder {folder} does not exist either."
    files = list(islice(_files_below(folder), MOST_SEEN))
    paths = {file.name: file.relative_to(folder).as_posix() for file in reversed(files)}  # of equal names the highest
    near = [paths[match] for match in difflib.get_close_matches(name, paths, 5, 0.4)]
    shown = near or [file.relative_to(folder).as_posix() for file in files[:MOST_NAMED]]
    if not shown:
        return f"{folder} holds no files."
    left = len(files) - len(shown)
    return f"Files in {folder}: {', '.join(shown)}" + (f" and {left} more" if left else "")


def _files_below(folder: Path) -> Iterator[Path]:
    """The visible files of a folder, then those of its folders; links to folders lead nowhere."""
    try:
        entries = sorted(entry for entry in folder.iterdir() if not entry.name.startswith("."))
    except OSError:  # not ours to read, or gone meanwhile
        return
    yield from (entry for entry in entries if entry.is_file())
    for entry in entries:
        if entry.is_dir() and not entry.is_symlink():
            yield from _files_below(entry)
