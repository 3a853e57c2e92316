"""Looks into asset files that leave no trace in any scene: what they hold, and small pictures of it."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from uuid import uuid4

from anyio import to_thread

from viga_mcp import pictures
from viga_mcp.assets import Contents
from viga_mcp.errors import VigaError
from viga_mcp.imports import format_of
from viga_mcp.portraits import SIZE_PX, portrait
from viga_mcp.worker import Death, State
from viga_mcp.workers import Workers

TIMEOUT_S = 60.0
MAX_BYTES = 100_000_000
RECIPE = "2"
"""Part of each picture's key: another one makes all pictures anew."""


class Shelf:
    """Files read in processes whose state is thrown away; their pictures are kept by path, time, size and part.

    Args:
        workers: Where the files are read.
        folder: Where the pictures are kept.
    """

    def __init__(self, workers: Workers, folder: Path) -> None:
        self._workers = workers
        self._folder = folder
        self._late: dict[Path, str] = {}  # not kept on disk: another day they may be in time

    async def kept_picture(self, file: Path, part: str | None) -> pictures.Pixels | str | None:
        """The picture if it was made before, or why it can't be made; None if nobody tried yet."""
        place = await to_thread.run_sync(self._place, file, part)
        return self._late.get(place) or await to_thread.run_sync(_read, place)

    async def picture(self, file: Path, part: str | None) -> pictures.Pixels | str:
        """(128, 128, 3) pixels of a file or a part of it, or why there are none."""
        place = await to_thread.run_sync(lambda: self._place(file, part))
        try:
            made = await self._drawn(file, part)
        except Death as death:
            made = death.what
            if death.kind == "timeout":
                self._late[place] = made
                return made
        except VigaError as error:
            made = error.what
        await to_thread.run_sync(_write, place, made)
        return made

    async def contents(self, files: Sequence[Path]) -> list[Contents]:
        """What `.blend` files hold; one that kills the process that reads it is read alone, and known as broken."""
        try:
            async with self._workers.lease(State()) as lease:
                request = {"paths": [str(file) for file in files]}
                return (await lease.call("contents", request, timeout_s=TIMEOUT_S))["files"]
        except Death as death:
            if len(files) == 1:
                return [{"error": death.what, "is_passing": death.kind == "timeout"}]
        return [contents for file in files for contents in await self.contents([file])]

    async def _drawn(self, file: Path, part: str | None) -> pictures.Pixels | str:
        size_bytes = (await to_thread.run_sync(file.stat)).st_size
        if size_bytes > MAX_BYTES:
            return f"too large for a thumbnail ({size_bytes / 1e6:,.0f} MB)"
        scratch = self._workers.folder / f"{uuid4().hex}.blend"
        request = {
            "path": str(file),
            "format": format_of(file),
            "name": "asset",
            "only": [part] if part else None,
            "save_to": str(scratch),
            "memory_bytes": self._workers.config.memory_bytes,
        }
        try:
            async with self._workers.lease(State()) as lease:
                reply = await lease.call("prepare_asset", request, timeout_s=TIMEOUT_S)
                bounds = reply.get("inventory", {}).get("bounds")
                if not bounds:
                    return reply.get("refused") or reply.get("nothing") or "nothing to see"
                return await portrait(lease, bounds, self._workers.folder)
        finally:
            await to_thread.run_sync(lambda: scratch.unlink(missing_ok=True))

    def _place(self, file: Path, part: str | None) -> Path:
        stat = file.stat()
        key = "\0".join(map(str, (RECIPE, SIZE_PX, file, stat.st_mtime_ns, stat.st_size, part)))
        return self._folder / hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()


def _read(place: Path) -> pictures.Pixels | str | None:
    if (why := place.with_suffix(".txt")).is_file():
        return why.read_text(encoding="utf-8")
    try:
        return pictures.read(place.with_suffix(".png"))
    except VigaError:  # not there, or half of it
        return None


def _write(place: Path, made: pictures.Pixels | str) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    part = place.with_name(f".{uuid4().hex}")
    part.write_bytes(made.encode() if isinstance(made, str) else pictures.png(made))
    part.replace(place.with_suffix(".txt" if isinstance(made, str) else ".png"))
