"""Worker processes of one kind, each in one caller's hands at a time and used again after."""

import contextlib
from collections.abc import AsyncGenerator, Mapping
from pathlib import Path
from typing import Any

import anyio
import anyio.abc

from viga_mcp import wire
from viga_mcp.worker import PATIENCE_S, Closed, Death, Process, Progress, start


class Member:
    """A process of a pool, while somebody holds it."""

    def __init__(self, process: Process, handle: anyio.abc.Process) -> None:
        self.process = process
        self.is_spent = False  # it must not be used again
        self._handle = handle

    @property
    def is_alive(self) -> bool:
        return self._handle.returncode is None

    async def call(
        self, op: str, request: Mapping[str, Any], *, timeout_s: float, on_progress: Progress | None = None
    ) -> wire.Message:
        """One operation's result. Raises Death, or VigaError("unavailable") for a fault of our own."""
        try:
            return await self.process.call(op, request, timeout_s=timeout_s, on_progress=on_progress)
        except Closed as closed:
            self.is_spent = True
            status = None
            with anyio.move_on_after(PATIENCE_S):
                status = await self._handle.wait()
            raise self.process.death(status, timed_out=closed.timed_out) from closed

    def death(self, status: int) -> Death:
        """How a child of the process died, which is to tell of itself in the process's log."""
        return self.process.death(status, timed_out=False)

    async def end(self) -> None:
        self.process.kill()
        await self.process.aclose()
        await self._handle.wait()
        await self._handle.aclose()


class Pool:
    """Up to `most` processes, started when they are needed and kept.

    Args:
        command: What starts one.
        folder: A private folder on fast storage; each process gets one of its own in it.
        role: See the worker's script.
        name: What runs in it, in words for its user.
        most: How many may work at once.
    """

    def __init__(self, command: list[str], folder: Path, role: str, name: str, most: int) -> None:
        self._command = command
        self._folder = folder
        self._role = role
        self._name = name
        self._idle: list[Member] = []
        self._places = anyio.Semaphore(most)
        self._started = 0

    @contextlib.asynccontextmanager
    async def lease(self) -> AsyncGenerator[Member]:
        """A process, alone in the caller's hands; one that failed its caller, or was left in a call, is ended.

        Raises:
            VigaError: "unavailable" if none can be started.
        """
        async with self._places:
            member = await self._idle_one() or await self._start()
            try:
                yield member
            except BaseException:
                member.is_spent = True
                raise
            finally:
                if member.is_spent:
                    with anyio.CancelScope(shield=True):
                        await member.end()
                else:
                    self._idle.append(member)

    async def aclose(self) -> None:
        while self._idle:
            await self._idle.pop().end()

    async def _idle_one(self) -> Member | None:
        """One that is there; the system may have ended some, to free memory."""
        while self._idle:
            member = self._idle.pop()
            if member.is_alive:
                return member
            await member.end()
        return None

    async def _start(self) -> Member:
        self._started += 1
        folder = self._folder / f"{self._role}-{self._started}"
        folder.mkdir()
        return Member(*await start(self._command, folder, self._role, self._name))
