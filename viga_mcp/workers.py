"""The workers of one server: which backend, where its files go, and what this machine can do."""

import contextlib
import os
import re
import shutil
import sys
import tempfile
from collections.abc import AsyncGenerator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import anyio

from viga_mcp.config import Config
from viga_mcp.errors import VigaError
from viga_mcp.forking import ForkBackend
from viga_mcp.spawning import SpawnBackend
from viga_mcp.worker import Backend, Death, Lease, State

PROBE_TIMEOUT_S = 120.0


class Workers:
    """Starts nothing until the first lease; ends everything with its block."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self._tasks = anyio.create_task_group()
        self.folder = runtime_folder()
        self._backend: Backend | None = None
        self._choosing = anyio.Lock()
        self._answers: dict[str, dict[str, Any]] = {}
        self._asking = anyio.Lock()

    @contextlib.asynccontextmanager
    async def lease(self, state: State) -> AsyncGenerator[Lease]:
        """A process that holds `state`; see `worker.Lease`."""
        async with (await self.backend()).lease(state) as lease:
            yield lease

    async def backend(self) -> Backend:
        async with self._choosing:
            if self._backend is None:
                self._backend = await self._choose()
            return self._backend

    async def version(self) -> str:
        return await (await self.backend()).version()

    async def release(self) -> tuple[int, int]:
        """Blender's release series, (5, 2)."""
        major, minor = re.findall(r"\d+", await self.version())[:2]
        return int(major), int(minor)

    async def probe(self, what: str) -> dict[str, Any]:
        """What `blender.probe` answers, once a server; a worker that dies of the question is a no."""
        async with self._asking:
            if what not in self._answers:
                try:
                    async with self.lease(State()) as lease:
                        answer = await lease.call("probe", {"what": what}, timeout_s=PROBE_TIMEOUT_S)
                except Death as death:
                    answer = {"works": False, "detail": death.what}
                self._answers[what] = answer
            return self._answers[what]

    async def device(self) -> str:
        """Where Cycles renders: "CPU" or the device type to use."""
        if self.config.device != "auto":
            return self.config.device
        return (await self.probe("gpu")).get("backend") or "CPU"

    async def __aenter__(self) -> Self:
        await self._tasks.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        self._tasks.cancel_scope.cancel()
        try:
            return await self._tasks.__aexit__(kind, value, trace)
        finally:
            with anyio.CancelScope(shield=True):
                if self._backend:
                    await self._backend.aclose()
            shutil.rmtree(self.folder, ignore_errors=True)

    async def _choose(self) -> Backend:
        wanted = self.config.backend
        forks = sys.platform == "linux" and self.config.blender is None
        if wanted == "fork" and not forks:
            raise VigaError(
                "unavailable", "The fork backend needs Linux and the bpy wheel.", then="Use --backend spawn."
            )
        if wanted != "spawn" and forks:
            backend = ForkBackend(self.config.worker_command, self.folder, self._tasks)
            try:
                async with backend.lease(State()) as lease:
                    await lease.call("probe", {"what": "cycles"}, timeout_s=PROBE_TIMEOUT_S)
                return backend
            except Death:
                await backend.aclose()
                if wanted == "fork":
                    raise VigaError("unavailable", "Forked Blender processes can't render here.") from None
            except BaseException:  # cancelled: nobody knows this backend yet who could end its processes
                with anyio.CancelScope(shield=True):
                    await backend.aclose()
                raise
        return SpawnBackend(
            self.config.worker_command, self.folder, self._tasks, most=max(2, self.config.fit_processes)
        )


def runtime_folder() -> Path:
    """A new private folder for logs and pictures on their way, in memory where the system offers that.

    Folders of servers that are gone are removed on the way.
    """
    shared = Path("/dev/shm")
    parent = shared if os.access(shared, os.W_OK) else Path(tempfile.gettempdir())
    for old in parent.glob("viga-*-*"):
        owner = old.name.split("-")[1]
        if owner.isdigit() and not _is_alive(int(owner)):
            shutil.rmtree(old, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=f"viga-{os.getpid()}-", dir=parent))


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
