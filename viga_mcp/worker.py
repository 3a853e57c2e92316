"""One worker process: start it, call it, limit it, kill it, say how it died."""

import contextlib
import os
import re
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol
from uuid import uuid4

import anyio
import anyio.abc
from anyio import to_thread
from anyio.streams.buffered import BufferedByteReceiveStream

from viga_mcp import sandbox, wire
from viga_mcp.errors import Kind, VigaError
from viga_mcp.link import Link

START_TIMEOUT_S = 120.0
# The worker ends itself at the deadline; if even that fails, the server kills it this much later.
GRACE_S = 2.0
# A process whose link closed has this long to end by itself, so that its own exit status is seen and not our kill's.
PATIENCE_S = 0.5
LINK_LOST = (anyio.EndOfStream, anyio.IncompleteRead, anyio.BrokenResourceError, anyio.ClosedResourceError, OSError)
HEAD_CHARACTERS, TAIL_CHARACTERS = 3000, 5000

Progress = Callable[[float, float, str], Awaitable[None]]


@dataclass(frozen=True)
class State:
    """What a worker holds: a `.blend` file, or a template of Blender's own."""

    path: Path | None = None
    template: Literal["empty", "default"] = "empty"


class Death(Exception):
    """A worker ended before it answered.

    Args:
        kind: "timeout", "crash" or "memory_limit".
        what: How it ended, one sentence without a final stop.
        line: The line of the program that it was at, 1-based, where that is known.
        output: What the program had printed, capped.
    """

    def __init__(self, kind: Kind, what: str, line: int | None, output: str) -> None:
        super().__init__(what)
        self.kind: Kind = kind
        self.what = what
        self.line = line
        self.output = output

    def during(self, doing: str, then: str) -> VigaError:
        """This death as the failure of a request: "Blender ended while reading chair.glb"."""
        where = f"Blender had printed:\n{self.output.strip()}" if self.output.strip() else ""
        return VigaError(self.kind, f"Blender ended while {doing}: {self.what}.", where=where, then=then)


class Lease(Protocol):
    """A worker process in somebody's hands. What it does is forgotten at the end, unless it is kept."""

    async def call(
        self, op: str, request: Mapping[str, Any], *, timeout_s: float, on_progress: Progress | None = None
    ) -> wire.Message:
        """Run one operation. Raises Death, or VigaError("unavailable") for a fault of our own."""
        ...

    def fork(self) -> contextlib.AbstractAsyncContextManager["Lease"] | None:
        """A second process, in the state that this one is in now, to look at it meanwhile; None without forks."""
        ...

    def keep(self, state: State) -> None:
        """The process now holds `state`, and may serve it from here on."""
        ...

    @property
    def output(self) -> str:
        """What the last call printed, capped in the middle."""
        ...


class Backend(Protocol):
    """Where workers come from: fork or spawn."""

    name: str

    def lease(self, state: State) -> contextlib.AbstractAsyncContextManager[Lease]:
        """A process that holds `state`, alone in the caller's hands inside the block."""
        ...

    async def version(self) -> str:
        """Blender's version, "5.2.3"; starts a worker if none runs."""
        ...

    async def aclose(self) -> None: ...


class Process:
    """A worker process and the link to it; `name` is what runs in it, in words for its user."""

    def __init__(
        self,
        link: Link,
        pid: int,
        folder: Path,
        name: str = "Blender",
    ) -> None:
        self.pid = pid
        self.name = name
        self.version = ""
        self._link = link
        self._reader = BufferedByteReceiveStream(link)
        self._log = folder / f"log-{uuid4().hex}"

    async def send(self, message: wire.Message, descriptor: int | None = None) -> None:
        await self._link.send(wire.encode(message), descriptor)

    async def receive(self) -> wire.Message:
        size = wire.HEADER.unpack(await self._reader.receive_exactly(wire.HEADER.size))[0]
        return wire.json.loads(await self._reader.receive_exactly(size))

    async def call(
        self, op: str, request: Mapping[str, Any], *, timeout_s: float, on_progress: Progress | None = None
    ) -> wire.Message:
        """One operation's result.

        Raises:
            Closed: If the process ended before it answered; `death` says how, once its exit status is known.
            VigaError: "unavailable" for a fault of ours, "memory_limit".
        """
        self._log.unlink(missing_ok=True)
        try:
            with anyio.fail_after(timeout_s + GRACE_S):
                await self.send({**request, "op": op, "log": str(self._log), "timeout_s": timeout_s})
                while True:
                    message = await self.receive()
                    if "progress" in message:
                        if on_progress:
                            await on_progress(*message["progress"])
                    elif "ok" in message:
                        return message["ok"]
                    else:
                        raise _fault(op, message["error"])
        except TimeoutError as error:
            self.kill()
            raise Closed(timed_out=True) from error
        except (anyio.EndOfStream, anyio.IncompleteRead, anyio.BrokenResourceError, OSError) as error:
            raise Closed(timed_out=False) from error

    @property
    def output(self) -> str:
        return _program_output(self._read_log())

    def death(self, status: int | None, *, timed_out: bool) -> Death:
        """How this process died, from its log and its exit status (minus the number of a signal)."""
        log = self._read_log()
        output = _program_output(log)
        line = _program_line(log)
        if timed_out or "Timeout (" in log[-4 * TAIL_CHARACTERS :]:
            return Death("timeout", "the time limit passed", line, output)
        if re.search(r"[MC]alloc(?:N|_aligned)? ?returns null|std::bad_alloc", log) or status == -signal.SIGKILL:
            return Death("memory_limit", f"{self.name} ran out of memory", line, output)
        if status is not None and status < 0:
            name = signal.Signals(-status).name
            return Death("crash", f"{self.name} crashed with {name} ({signal.strsignal(-status)})", line, output)
        if status is not None:
            return Death("crash", f"the program ended the {self.name} process with exit status {status}", line, output)
        return Death("crash", f"the program closed the channel that {self.name} answers on", line, output)

    def interrupt(self) -> None:
        """Ask for the line it is at to be written to its log (POSIX)."""
        with contextlib.suppress(ProcessLookupError, AttributeError):
            os.kill(self.pid, signal.SIGUSR1)

    def kill(self) -> None:
        """End the process and everything in its group, now."""
        if sys.platform == "win32":
            with contextlib.suppress(OSError):
                os.kill(self.pid, signal.SIGTERM)
            return
        for kill in (os.killpg, os.kill):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                kill(self.pid, signal.SIGKILL)

    async def gone(self) -> None:
        """Wait until the process has closed its link, as a killed one does at its very end."""
        with anyio.move_on_after(PATIENCE_S), contextlib.suppress(*LINK_LOST):
            while True:
                await self._reader.receive()

    async def aclose(self) -> None:
        with contextlib.suppress(Exception):
            await self._link.aclose()
        self._log.unlink(missing_ok=True)

    def _read_log(self) -> str:
        """The last call's log; of a long one the beginning and the end."""
        with contextlib.suppress(FileNotFoundError), self._log.open("rb") as log:
            size = log.seek(0, os.SEEK_END)
            log.seek(0)
            room = HEAD_CHARACTERS + 4 * TAIL_CHARACTERS
            if size <= room:
                return log.read().decode("utf-8", "replace")
            head = log.read(HEAD_CHARACTERS).decode("utf-8", "replace")
            log.seek(size - 4 * TAIL_CHARACTERS)
            tail = log.read().decode("utf-8", "replace")
            return f"{head}\n[... {size - room:,} bytes left out ...]\n{tail}"
        return ""


class Closed(Exception):
    """The link to a worker closed in the middle of a call."""

    def __init__(self, *, timed_out: bool) -> None:
        super().__init__("the worker closed its link")
        self.timed_out = timed_out


async def start(
    command: list[str], folder: Path, role: str, name: str = "Blender"
) -> tuple[Process, anyio.abc.Process]:
    """Start a worker and wait until it is ready to work.

    Args:
        command: The interpreter, or an installed Blender with its own arguments, and the worker's script.
        folder: A private folder for its logs and temporary files.
        role: What the worker's script is to be: of Blender's, "root" only ever forks, "spawn" runs operations itself.
        name: What runs in it.

    Raises:
        VigaError: "unavailable" when it does not come up, with the last lines it printed.
    """
    environment = {**sandbox.worker_environment(folder), "VIGA_WORKER_ROLE": role}
    log = folder / f"start-{uuid4().hex}"
    with log.open("wb") as output:
        if sys.platform == "win32":
            listener = socket.create_server(("127.0.0.1", 0))
            token = os.urandom(16)
            environment |= {"VIGA_WORKER_PORT": str(listener.getsockname()[1]), "VIGA_WORKER_TOKEN": token.hex()}
            process = await anyio.open_process(command, stdin=None, stdout=output, stderr=output, env=environment)
            link = await _accept(listener, token)
        else:
            ours, theirs = socket.socketpair()
            with theirs:
                try:
                    process = await anyio.open_process(
                        command,
                        stdin=theirs.fileno(),
                        stdout=output,
                        stderr=output,
                        env=environment,
                        cwd=folder,
                        start_new_session=True,
                    )
                except BaseException as error:
                    ours.close()
                    if isinstance(error, OSError):
                        raise VigaError("unavailable", f"Can't start {command[0]}: {error}.") from error
                    raise
            link = Link(ours)
    worker = Process(link, process.pid, folder, name)
    try:
        with anyio.fail_after(START_TIMEOUT_S):
            worker.version = (await worker.receive())["ready"]
    except BaseException as error:
        with anyio.CancelScope(shield=True):
            worker.kill()
            await worker.aclose()
            await process.wait()
            await process.aclose()
        if not isinstance(error, TimeoutError | anyio.EndOfStream | anyio.IncompleteRead | anyio.BrokenResourceError):
            raise
        last = (await to_thread.run_sync(log.read_text, "utf-8", "replace")).strip().splitlines()[-4:]
        raise VigaError(
            "unavailable",
            f"{name} did not start ({' '.join(command[:1])}).",
            where="\n".join(last),
            then="Run `viga-mcp doctor`: it names what is missing here.",
        ) from error
    finally:
        log.unlink(missing_ok=True)
    return worker, process


async def _accept(listener: socket.socket, token: bytes) -> Link:
    with listener:
        listener.settimeout(START_TIMEOUT_S)
        while True:
            connection, _ = await to_thread.run_sync(listener.accept)
            if connection.recv(len(token)) == token:
                return Link(connection)
            connection.close()


def _fault(op: str, error: wire.Message) -> VigaError:
    if error["kind"] == "memory_limit":
        return VigaError("memory_limit", f"{op} ran out of memory.", then="Use fewer pixels or a lighter scene.")
    return VigaError("unavailable", f"{op} failed inside the worker: {error['message']}", where=error.get("trace", ""))


# faulthandler's reports begin with one of these; what stands above is the program's own output
REPORT = re.compile(
    r"^(?:Timeout \(|Fatal Python error:|Current thread 0x|Thread 0x|Stack \(most recent)", re.MULTILINE
)


# Blender tells of each frame that it bakes; nobody reads that
BAKED = re.compile(r"^bake: frame \d+ :: \d+\n", re.MULTILINE)


def _program_output(log: str) -> str:
    report = REPORT.search(log)
    text = BAKED.sub("", log[: report.start()] if report else log)
    if len(text) <= HEAD_CHARACTERS + TAIL_CHARACTERS:
        return text
    left_out = len(text) - HEAD_CHARACTERS - TAIL_CHARACTERS
    return f"{text[:HEAD_CHARACTERS]}\n[... {left_out:,} characters left out ...]\n{text[-TAIL_CHARACTERS:]}"


def _program_line(log: str) -> int | None:
    report = REPORT.search(log)
    if report and (found := re.search(r'File "<program>", line (\d+)', log[report.start() :])):
        return int(found[1])
    return None
