"""The spawn backend (macOS, Windows, an installed Blender): whole processes, and files between them.

A process that only looked reads its state again before the next use; one whose program failed is killed, and a warm
spare takes its place. Slower than forks, and what forks are tested against.
"""

import contextlib
import logging
from collections.abc import AsyncGenerator, Mapping
from pathlib import Path
from typing import Any

import anyio
import anyio.abc

from viga_mcp import wire
from viga_mcp.errors import VigaError
from viga_mcp.worker import PATIENCE_S, Closed, Death, Process, Progress, State, start

logger = logging.getLogger(__name__)

LOAD_TIMEOUT_S = 600.0
# A program may leave anything behind in its process: threads, handlers, patched modules.
RUNS_PROGRAMS = {"run"}


class _Spawned:
    """A process and the state it is known to hold; None where it must load one first."""

    def __init__(self, process: Process, handle: anyio.abc.Process) -> None:
        self.process = process
        self.handle = handle
        self.state: State | None = None

    async def death(self, *, timed_out: bool) -> Death:
        status = None
        with anyio.move_on_after(PATIENCE_S):
            status = await self.handle.wait()
        self.process.kill()
        return self.process.death(status, timed_out=timed_out)


class _Lease:
    def __init__(self, spawned: _Spawned) -> None:
        self.spawned = spawned
        self.kept: State | None = None
        self.ran_program = False

    async def call(
        self, op: str, request: Mapping[str, Any], *, timeout_s: float, on_progress: Progress | None = None
    ) -> wire.Message:
        self.ran_program = self.ran_program or op in RUNS_PROGRAMS
        self.spawned.state = None
        try:
            return await self.spawned.process.call(op, request, timeout_s=timeout_s, on_progress=on_progress)
        except Closed as closed:
            self.ran_program = True
            raise await self.spawned.death(timed_out=closed.timed_out) from closed

    def fork(self) -> None:
        return None

    def keep(self, state: State) -> None:
        self.kept = state

    @property
    def output(self) -> str:
        return self.spawned.process.output


class SpawnBackend:
    """Up to `most` processes, and one spare warming up.

    Args:
        command: What starts a worker.
        folder: A private folder on fast storage.
        tasks: Where the spare warms up.
        most: How many processes may work at once.
    """

    name = "spawn"

    def __init__(self, command: list[str], folder: Path, tasks: anyio.abc.TaskGroup, *, most: int = 2) -> None:
        self._command = command
        self._folder = folder
        self._tasks = tasks
        self._idle: list[_Spawned] = []
        self._places = anyio.Semaphore(most)
        self._starting = anyio.Lock()
        self._closed = False
        self._version = ""

    async def version(self) -> str:
        if not self._version:
            async with self.lease(State()):
                pass
        return self._version

    @contextlib.asynccontextmanager
    async def lease(self, state: State) -> AsyncGenerator[_Lease]:
        async with self._places:
            spawned = await self._take(state)
            lease = _Lease(spawned)
            finished = False
            try:
                if spawned.state != state:
                    await self._load(lease, state)
                    spawned.state = state
                yield lease
                finished = True
            finally:
                with anyio.CancelScope(shield=True):
                    if not finished or (lease.ran_program and lease.kept is None):
                        await self._end(spawned)
                    else:
                        spawned.state = lease.kept or spawned.state
                        self._idle.append(spawned)

    async def aclose(self) -> None:
        self._closed = True
        while self._idle:
            await self._end(self._idle.pop())

    async def _load(self, lease: _Lease, state: State) -> None:
        request = {"path": str(state.path) if state.path else None, "template": state.template}
        reply = await lease.call("load", request, timeout_s=LOAD_TIMEOUT_S)
        if "refused" in reply:
            raise VigaError("invalid_argument", f"Blender can't open {state.path}: {reply['refused']}")

    async def _take(self, state: State) -> _Spawned:
        """The idle process that holds the state, else the one that loses least by loading it, else a new one."""
        while not self._idle:
            await self._warm_up()
        best = min(self._idle, key=lambda spawned: (spawned.state != state, spawned.state is not None))
        self._idle.remove(best)
        if not self._idle:
            self._tasks.start_soon(self._warm_spare)
        return best

    async def _warm_spare(self) -> None:
        try:
            await self._warm_up()
        except VigaError as error:  # the next lease will meet the same, and tell its caller
            logger.warning("%s", error)

    async def _warm_up(self) -> None:
        """See to it that a process is idle."""
        async with self._starting:
            if self._idle or self._closed:
                return
            spawned = _Spawned(*await start(self._command, self._folder, "spawn"))
            self._version = spawned.process.version
            self._idle.append(spawned)

    async def _end(self, spawned: _Spawned) -> None:
        spawned.process.kill()
        await spawned.process.aclose()
        await spawned.handle.wait()
        await spawned.handle.aclose()
