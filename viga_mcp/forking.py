"""The fork backend (Linux): every run and every look happens in a fork of the process that holds its state.

A *holder* has loaded a state and does nothing but fork. A lease is such a fork: kept, it becomes the holder of the new
state; not kept, it is killed, and nothing has happened. A fork costs a few milliseconds, whatever the scene's size.
"""

import contextlib
import socket
from collections import OrderedDict
from collections.abc import AsyncGenerator, Mapping
from pathlib import Path
from typing import Any

import anyio
import anyio.abc

from viga_mcp import wire
from viga_mcp.errors import VigaError
from viga_mcp.link import Link
from viga_mcp.worker import LINK_LOST, PATIENCE_S, Closed, Death, Process, Progress, State, start

MAX_HOLDERS = 8
ATTEMPTS = 3
LOAD_TIMEOUT_S = 600.0
BURIAL_DELAY_S = 0.03
FORK_TIMEOUT_S = 30.0


class _Gone(VigaError):
    """A holder went away before it could be forked."""

    def __init__(self) -> None:
        super().__init__("unavailable", "Blender processes keep going away.", then="See `viga-mcp doctor`.")


class _Holder:
    """A process that only forks, from one task at a time."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self.lock = anyio.Lock()

    async def reap(self, child: Process) -> int | None:
        """How a child ended, if this process knows; see `blender.processes.reap`."""
        with contextlib.suppress(*LINK_LOST), anyio.CancelScope(shield=True):
            async with self.lock:
                await self.process.send({"op": "reap", "pid": child.pid, "patience_s": PATIENCE_S})
                return (await self.process.receive())["status"]
        return None


class _Lease:
    def __init__(self, backend: "ForkBackend", process: Process, parent: _Holder, root: _Holder) -> None:
        self.backend = backend
        self.process = process
        self.holder = _Holder(process)  # of the state it is in by now
        self.kept: State | None = None
        self.parents = (parent, root)

    async def call(
        self, op: str, request: Mapping[str, Any], *, timeout_s: float, on_progress: Progress | None = None
    ) -> wire.Message:
        try:
            async with self.holder.lock:
                return await self.process.call(op, request, timeout_s=timeout_s, on_progress=on_progress)
        except Closed as closed:
            raise await self.death(timed_out=closed.timed_out) from closed

    def fork(self) -> contextlib.AbstractAsyncContextManager["_Lease"]:
        return self.backend.fork(self)

    def keep(self, state: State) -> None:
        self.kept = state

    @property
    def output(self) -> str:
        return self.process.output

    async def death(self, *, timed_out: bool) -> Death:
        status = None
        for parent in self.parents:  # whoever of the two is its parent by now knows how it ended
            status = await parent.reap(self.process)
            if status is not None:
                break
        self.process.kill()
        return self.process.death(status, timed_out=timed_out)


class ForkBackend:
    """Holders by state, the most recently used last; the oldest go first.

    Args:
        command: What starts a worker.
        folder: A private folder on fast storage.
        tasks: Where the next fork is made ready after each lease, so that the next call need not wait for it.
    """

    name = "fork"

    def __init__(self, command: list[str], folder: Path, tasks: anyio.abc.TaskGroup) -> None:
        self._command = command
        self._folder = folder
        self._tasks = tasks
        self._ready: tuple[_Holder, Process] | None = None
        self._holders: OrderedDict[State, _Holder] = OrderedDict()
        self._root: _Holder | None = None
        self._handle: anyio.abc.Process | None = None
        self._starting = anyio.Lock()
        self._preparing = anyio.Lock()
        self._loading: dict[State, anyio.Lock] = {}

    async def version(self) -> str:
        return (await self._alive_root()).process.version

    @contextlib.asynccontextmanager
    async def lease(self, state: State) -> AsyncGenerator[_Lease]:
        process, holder, root = await self._child(state)
        lease = _Lease(self, process, holder, root)
        try:
            yield lease
        except BaseException:
            process.kill()
            raise
        finally:
            if lease.kept:
                self._register(lease.kept, lease.holder)
                self._tasks.start_soon(self._prepare, lease.holder)
            else:
                self._tasks.start_soon(self._prepare, holder)
                self._tasks.start_soon(self._bury, process, holder)

    @contextlib.asynccontextmanager
    async def fork(self, lease: _Lease) -> AsyncGenerator[_Lease]:
        """A fork of a leased process; see `worker.Lease.fork`."""
        process = await self._fork(lease.holder)
        try:
            yield _Lease(self, process, lease.holder, lease.parents[1])
        except BaseException:
            process.kill()
            raise
        finally:
            self._tasks.start_soon(self._bury, process, lease.holder)

    async def _bury(self, process: Process, parent: _Holder | None) -> None:
        """End a process that has nothing more to do, when the caller has its answer.

        Taking a Blender process down keeps a core busy for 10 ms, which the answer should not wait for.
        """
        try:
            await anyio.sleep(BURIAL_DELAY_S)
        finally:
            process.kill()
            with anyio.CancelScope(shield=True):
                await process.gone()
                await process.aclose()
                if parent:
                    await parent.reap(process)

    async def aclose(self) -> None:
        """End the root, which ends all its descendants."""
        if self._ready:
            self._ready[1].kill()
            await self._ready[1].aclose()
            self._ready = None
        for holder in self._holders.values():
            holder.process.kill()
            await holder.process.aclose()
        self._holders.clear()
        await self._end_root()

    async def _alive_root(self) -> _Holder:
        async with self._starting:
            if self._root is None:
                await self._end_root()
                process, self._handle = await start(self._command, self._folder, "root")
                self._root = _Holder(process)
            return self._root

    async def _end_root(self) -> None:
        root, self._root = self._root, None
        handle, self._handle = self._handle, None
        if root:
            await root.process.aclose()  # at which it ends all its descendants and itself
        if handle:
            with anyio.move_on_after(2):
                await handle.wait()
            with contextlib.suppress(ProcessLookupError):
                handle.kill()
            await handle.aclose()

    async def _child(self, state: State) -> tuple[Process, _Holder, _Holder]:
        """A process that holds the state, its parent, and the root.

        A holder may be gone: evicted, or killed by a program, which can signal what is above it. Then a new one loads
        the state from its file.
        """
        for attempt in range(ATTEMPTS):
            try:
                root = await self._alive_root()
                holder = await self._holder(state, root)
                return await self._take_ready(holder) or await self._fork(holder), holder, root
            except _Gone:
                if attempt == ATTEMPTS - 1:
                    raise
        raise AssertionError("unreachable")

    async def _take_ready(self, holder: _Holder) -> Process | None:
        async with self._preparing:  # one on its way is here sooner than another
            if self._ready is None or self._ready[0] is not holder:
                return None
            process, self._ready = self._ready[1], None
            return process

    async def _prepare(self, holder: _Holder) -> None:
        """Fork a holder ahead of the next lease; one such process at most."""
        async with self._preparing:  # two at once would each forget the other's process
            if (self._ready and self._ready[0] is holder) or holder not in self._holders.values():
                return
            self._drop_ready()
            with contextlib.suppress(_Gone, OSError):  # the next lease will meet the same, and tell its caller
                self._ready = (holder, await self._fork(holder, rehearses=True))

    def _drop_ready(self) -> None:
        if self._ready:
            (holder, process), self._ready = self._ready, None
            self._tasks.start_soon(self._bury, process, holder)

    async def _holder(self, state: State, root: _Holder) -> _Holder:
        if state in self._holders:
            self._holders.move_to_end(state)
            return self._holders[state]
        async with self._loading.setdefault(state, anyio.Lock()):
            if state not in self._holders:
                holder = _Holder(await self._fork(root))
                request = {"path": str(state.path) if state.path else None, "template": state.template}
                try:
                    reply = await holder.process.call("load", request, timeout_s=LOAD_TIMEOUT_S)
                except BaseException as error:
                    holder.process.kill()
                    with anyio.CancelScope(shield=True):
                        await holder.process.aclose()
                    if isinstance(error, Closed):
                        raise await _Lease(self, holder.process, root, root).death(timed_out=error.timed_out) from error
                    raise
                if "refused" in reply:
                    holder.process.kill()
                    await holder.process.aclose()
                    raise VigaError("invalid_argument", f"Blender can't open {state.path}: {reply['refused']}")
                self._register(state, holder)
        self._loading.pop(state, None)
        return self._holders[state]

    def _register(self, state: State, holder: _Holder) -> None:
        replaced = self._holders.pop(state, None)
        self._holders[state] = holder
        stale = [replaced] if replaced else []
        while len(self._holders) > MAX_HOLDERS:
            stale.append(self._holders.popitem(last=False)[1])
        for old in stale:
            self._tasks.start_soon(self._retire, old)

    async def _retire(self, old: _Holder) -> None:
        """End a holder that is not known any more."""
        async with self._preparing:
            if self._ready and self._ready[0] is old:
                self._drop_ready()
        async with old.lock:  # nobody is forking from it
            await self._bury(old.process, None)

    async def _fork(self, holder: _Holder, *, rehearses: bool = False) -> Process:
        """A child of a holder; one that rehearses makes its memory its own before it is needed.

        A holder that died is forgotten, so that the next try loads its state anew.
        """
        ours, theirs = socket.socketpair()
        with theirs:
            child = Process(Link(ours), 0, self._folder)
            try:
                async with holder.lock:
                    with anyio.CancelScope(shield=True):  # half a frame would break the holder's link
                        await holder.process.send({"op": "fork", "rehearses": rehearses}, theirs.fileno())
                theirs.close()
                with anyio.fail_after(FORK_TIMEOUT_S):
                    child.pid = (await child.receive())["pid"]
            except BaseException as error:
                with anyio.CancelScope(shield=True):
                    await child.aclose()  # at which the child, if there is one, ends
                if not isinstance(error, LINK_LOST):
                    raise
                await self._forget(holder)
                raise _Gone from error
        child.version = holder.process.version
        return child

    async def _forget(self, holder: _Holder) -> None:
        if holder is self._root:
            self._root = None
        for state in [state for state, known in self._holders.items() if known is holder]:
            del self._holders[state]
        await holder.process.aclose()
