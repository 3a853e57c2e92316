"""The fork backend's end of the link, against a holder that the test plays."""

import socket
import sys
from pathlib import Path

import anyio
import pytest
from anyio.lowlevel import checkpoint

from viga_mcp import wire
from viga_mcp.forking import ForkBackend, _Holder  # pyright: ignore[reportPrivateUsage]
from viga_mcp.link import Link
from viga_mcp.worker import Process


@pytest.mark.skipif(sys.platform == "win32", reason="needs file descriptors over sockets")
async def test_a_fork_that_is_cancelled_as_it_answers_ends_in_silence(tmp_path: Path) -> None:
    ours, theirs = socket.socketpair()
    holder = _Holder(Process(Link(ours), 1, tmp_path))

    async def fork() -> None:
        process = await backend._fork(holder)  # pyright: ignore[reportPrivateUsage]
        await process.aclose()

    with theirs:
        async with anyio.create_task_group() as tasks:
            backend = ForkBackend([], tmp_path, tasks)
            tasks.start_soon(fork)
            await anyio.wait_readable(theirs)
            request = wire.receive(theirs)
            assert request is not None
            await anyio.wait_all_tasks_blocked()
            with socket.socket(fileno=request[1][0]) as child:
                wire.send(child, {"pid": 2})
                await checkpoint()  # by now the event loop has seen the answer, and would hand it over next
                tasks.cancel_scope.cancel()
        await holder.process.aclose()
