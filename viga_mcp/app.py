"""The parts of a running server, and how a tool reaches them."""

import contextlib
import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
from mcp.server.mcpserver import Context

from viga_mcp import roots
from viga_mcp.api_reference import ApiReference
from viga_mcp.assets import Assets
from viga_mcp.clip import Clip
from viga_mcp.config import Config
from viga_mcp.decks import Decks
from viga_mcp.inspection import Inspector
from viga_mcp.jobs import Jobs
from viga_mcp.memory import Memory
from viga_mcp.revisions import Store
from viga_mcp.scenes import Scenes
from viga_mcp.shelf import Shelf
from viga_mcp.worker import Progress
from viga_mcp.workers import Workers

HEARTBEAT_S = 2.0


@dataclass(frozen=True)
class App:
    """One of each, made at start-up, shared by all calls."""

    config: Config
    store: Store
    memory: Memory
    workers: Workers
    scenes: Scenes
    jobs: Jobs
    assets: Assets
    shelf: Shelf
    reference: ApiReference
    clip: Clip
    decks: Decks
    inspector: Inspector

    def file(self, path: str) -> Path:
        """An existing file behind a client's path."""
        return roots.existing_file(path, self.config.workspace, self.config.roots)

    def pictures(self, scene: str) -> Path:
        """Where a scene's pictures go."""
        return self.config.workspace / "renders" / scene


def app(ctx: Context[App, Any]) -> App:
    return ctx.request_context.lifespan_context


@contextlib.asynccontextmanager
async def reporting(ctx: Context[App, Any], doing: str) -> AsyncGenerator[Progress]:
    """Progress for one call: what the work reports, and a sign of life every two seconds when it reports nothing.

    The protocol wants numbers that increase, so a sign of life moves the last one by a hair.
    """
    started = time.monotonic()
    last, whole, text = 0.0, None, doing

    async def send(done: float, total: float | None, message: str) -> None:
        nonlocal last, whole, text
        last, whole, text = max(done, last + 1e-3), total, message
        await ctx.report_progress(last, total, f"{message} ({time.monotonic() - started:.0f} s)")

    async def beat() -> None:
        while True:
            await anyio.sleep(HEARTBEAT_S)
            await send(last, whole, text)

    failure: Exception | None = None
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(beat)
        try:
            yield send
        except Exception as error:
            failure = error
        tasks.cancel_scope.cancel()
    if failure:
        raise failure
