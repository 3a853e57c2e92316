"""Paths from a client: what they may be, and where they lead."""

import difflib
from pathlib import Path

from viga_mcp.errors import VigaError


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
    names = sorted(entry.name for entry in folder.iterdir() if entry.is_file() and not entry.name.startswith("."))
    near = difflib.get_close_matches(name, names, 5, 0.4) or names[:10]
    return f"Files in {folder}: {', '.join(near)}" if near else f"{folder} holds no files."
