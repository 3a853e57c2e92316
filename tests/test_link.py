"""The server's end of the link to a worker, against a worker that the test plays."""

import socket
from pathlib import Path

import anyio
import pytest
from anyio import to_thread
from anyio.lowlevel import checkpoint

from viga_mcp import wire
from viga_mcp.link import Link
from viga_mcp.worker import Closed, Process


async def test_a_call_that_is_cancelled_as_it_answers_ends_in_silence(tmp_path: Path) -> None:
    ours, theirs = socket.socketpair()
    process = Process(Link(ours), 1, tmp_path)

    async def call() -> None:
        await process.call("run", {}, timeout_s=60)

    with theirs:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(call)
            await anyio.wait_readable(theirs)
            assert wire.receive(theirs) is not None
            await anyio.wait_all_tasks_blocked()
            wire.send(theirs, {"ok": {}})
            await checkpoint()  # by now the event loop has seen the answer, and would hand it over next
            tasks.cancel_scope.cancel()
        await process.aclose()


async def test_an_answer_that_comes_in_parts_is_put_together(tmp_path: Path) -> None:
    ours, theirs = socket.socketpair()
    process = Process(Link(ours), 1, tmp_path)
    message = {"answer": "long" * 40_000}
    frame = wire.encode(message)

    async def answer() -> None:
        for part in (frame[:2], frame[2:1000], frame[1000:]):
            await anyio.wait_all_tasks_blocked()
            await to_thread.run_sync(theirs.sendall, part)

    with theirs:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(answer)
            assert await process.receive() == message
        await process.aclose()


async def test_a_message_larger_than_the_socket_s_room_is_sent_whole(tmp_path: Path) -> None:
    ours, theirs = socket.socketpair()
    process = Process(Link(ours), 1, tmp_path)
    message = {"code": "x" * 3_000_000}
    with theirs:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(process.send, message)
            assert await to_thread.run_sync(wire.receive, theirs) == (message, [])
        await process.aclose()


async def test_a_call_whose_worker_hangs_up_says_so(tmp_path: Path) -> None:
    ours, theirs = socket.socketpair()
    process = Process(Link(ours), 1, tmp_path)
    async with anyio.create_task_group() as tasks:

        async def call() -> None:
            with pytest.raises(Closed) as closed:
                await process.call("run", {}, timeout_s=60)
            assert not closed.value.timed_out

        tasks.start_soon(call)
        await anyio.wait_all_tasks_blocked()
        theirs.close()
    await process.aclose()


async def test_a_wait_ends_when_its_link_is_closed(tmp_path: Path) -> None:
    ours, theirs = socket.socketpair()
    process = Process(Link(ours), 1, tmp_path)
    with theirs:
        async with anyio.create_task_group() as tasks:

            async def wait() -> None:
                with pytest.raises(anyio.ClosedResourceError):
                    await process.receive()

            tasks.start_soon(wait)
            await anyio.wait_all_tasks_blocked()
            await process.aclose()
