"""Private folders for files on their way into or out of a workspace, on its own file system."""

import contextlib
import shutil
import time
from collections.abc import AsyncGenerator
from pathlib import Path
from uuid import uuid4

import anyio
from anyio import to_thread

STALE_S = 86400.0
"""Older ones belong to servers that were killed; nothing stays on its way for a day."""


@contextlib.asynccontextmanager
async def scratch_folder(workspace: Path) -> AsyncGenerator[Path]:
    """An empty folder that is gone after the block."""
    folder = workspace / ".viga" / "scratch" / uuid4().hex
    await to_thread.run_sync(_make, folder)
    try:
        yield folder
    finally:
        with anyio.CancelScope(shield=True):
            await to_thread.run_sync(_remove, folder)


def _make(folder: Path) -> None:
    folder.mkdir(parents=True)
    for other in folder.parent.iterdir():
        with contextlib.suppress(FileNotFoundError):  # its owner was quicker
            if time.time() - other.stat().st_mtime > STALE_S:
                _remove(other)


def _remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
