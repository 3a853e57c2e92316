"""What a server's workers leave behind."""

import contextlib
import sys
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import anyio
import anyio.lowlevel
import pytest

from viga_mcp import workers
from viga_mcp.config import Config


class Endless:
    """A backend whose first process is never ready."""

    def __init__(self, *_: Any) -> None:
        self.is_leased = anyio.Event()
        self.is_closed = False
        made.append(self)

    @contextlib.asynccontextmanager
    async def lease(self, _: Any) -> AsyncGenerator[None]:
        self.is_leased.set()
        await anyio.sleep_forever()
        yield

    async def aclose(self) -> None:
        await anyio.sleep(0)  # a cancelled caller would not come past this
        self.is_closed = True


made: list[Endless] = []


@pytest.mark.skipif(sys.platform != "linux", reason="forks are Linux's alone")
async def test_a_server_that_closes_while_forks_are_tried_ends_their_processes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "ForkBackend", Endless)
    async with workers.Workers(Config(tmp_path)) as opened, anyio.create_task_group() as tasks:
        tasks.start_soon(opened.version)
        while not made:
            await anyio.lowlevel.checkpoint()
        await made[0].is_leased.wait()
        tasks.cancel_scope.cancel()
    assert made[0].is_closed
