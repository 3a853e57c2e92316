"""The installed Blender's interface: read once by a worker, kept on disk and in memory, searched here.

    WORKSPACE/.viga/cache/api-<blender>-<format>.json.gz

The file is a cache: it may be missing, broken or of another version, and be written by several servers at once; then it
is read anew from Blender, and where it can't be written every server reads it for itself. Measured: 0.6 s of processor
time to read, 0.6 MB on disk.
"""

import contextlib
import gzip
import json
import logging
import os
import re
import zlib
from pathlib import Path
from typing import Any
from uuid import uuid4

import anyio
from anyio import to_thread

from viga_mcp.api_search import ApiIndex
from viga_mcp.errors import VigaError
from viga_mcp.worker import Death, State
from viga_mcp.workers import Workers

logger = logging.getLogger(__name__)

FORMAT = 1
"""Of the stored file; one more with every change of what `blender.api` answers."""

PARTS = ("types", "operators", "nodes", "bmesh")
READ_TIMEOUT_S = 120.0


class ApiReference:
    """What the installed Blender has, by name.

    Args:
        workers: Where Blender is asked.
        folder: Where the answer is kept for the next server; made when needed.
    """

    def __init__(self, workers: Workers, folder: Path) -> None:
        self._workers = workers
        self._folder = folder
        self._reading = anyio.Lock()
        self._index: ApiIndex | None = None
        self.missing: list[str] = []
        """Parts that could not be read: Blender died of it."""

    async def index(self) -> ApiIndex:
        """The searchable interface; the first call of a server reads it.

        Raises:
            VigaError: "unavailable" when Blender can't be asked at all.
        """
        async with self._reading:
            if self._index is None:
                file = self._folder / f"api-{_file_name(await self._workers.version())}-{FORMAT}.json.gz"
                parts = await to_thread.run_sync(_stored, file)
                if parts is None:
                    parts = await self._read()
                    if not self.missing:
                        await to_thread.run_sync(_store, file, parts)
                self._index = await to_thread.run_sync(ApiIndex, parts)
            return self._index

    async def _read(self) -> dict[str, dict[str, Any]]:
        """Each part from a process of its own, so that a part of which Blender dies costs only itself."""
        parts: dict[str, dict[str, Any]] = {}
        self.missing = []
        for part in PARTS:
            try:
                async with self._workers.lease(State()) as lease:
                    parts[part] = (await lease.call("read_api", {"part": part}, timeout_s=READ_TIMEOUT_S))["entries"]
            except Death as death:
                logger.warning("Blender's %s can't be read: %s", part, death.what)
                parts[part] = {}
                self.missing.append(part)
        if not any(parts.values()):
            raise VigaError(
                "unavailable", "Blender's interface can't be read: Blender dies of it.", then="See `viga-mcp doctor`."
            )
        return parts


def _stored(file: Path) -> dict[str, dict[str, Any]] | None:
    """What the file has; None for a missing file or one that is not whole."""
    try:
        parts: Any = json.loads(gzip.decompress(file.read_bytes()))
    except (OSError, EOFError, ValueError, zlib.error):
        return None
    try:
        is_whole = all(parts[part].keys() for part in PARTS)
    except (AttributeError, KeyError, TypeError):
        return None
    return parts if is_whole else None


def _store(file: Path, parts: dict[str, dict[str, Any]]) -> None:
    part = file.with_name(f".{uuid4().hex}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(gzip.compress(json.dumps(parts, separators=(",", ":")).encode(), 6))
        os.replace(part, file)  # noqa: PTH105 - others see the old file or the new one, never half of one
    except OSError as error:
        logger.info("%s can't be kept: %s", file, error)
        with contextlib.suppress(OSError):
            part.unlink()


def _file_name(version: str) -> str:
    return re.sub(r"[^\w.]+", "_", version)
