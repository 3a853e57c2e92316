"""Shared fixtures: a real server in memory, on each backend, with a workspace of its own."""

import os
import sys
import time
import zlib
from collections.abc import AsyncGenerator, Callable, Sequence
from importlib import util
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import HealthCheck, settings
from mcp import Client
from mcp.types import CallToolResult, ImageContent, TextContent, TextResourceContents

from viga_mcp.config import Config
from viga_mcp.server import build_server
from viga_mcp.system import missing_office_packages

BACKENDS: tuple[Literal["fork", "spawn"], ...] = ("fork", "spawn") if sys.platform == "linux" else ("spawn",)

settings.register_profile("calm", deadline=None, suppress_health_check=[HealthCheck.too_slow])  # machines may be busy
settings.load_profile("calm")


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    """A developer without bpy or LibreOffice skips what needs them; in CI their absence is a failure."""
    if os.environ.get("CI"):
        return
    needs = {"blender": util.find_spec("bpy") is not None, "slides": not missing_office_packages()}
    for item in items:
        for marker, is_there in needs.items():
            if not is_there and item.get_closest_marker(marker):
                item.add_marker(pytest.mark.skip(reason=f"what the marker {marker!r} names is not installed"))


class Viga:
    """A client of a real server, in the words of a test."""

    def __init__(self, client: Client, workspace: Path, backend: str = "auto") -> None:
        self.client = client
        self.workspace = workspace
        self.backend = backend

    async def result(self, tool: str, **arguments: Any) -> CallToolResult:
        result = await self.client.call_tool(tool, arguments)
        assert isinstance(result, CallToolResult)
        return result

    async def facts(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """The structured content of a call that must succeed."""
        result = await self.result(tool, **arguments)
        assert not result.is_error, text_of(result)
        assert result.structured_content is not None
        return result.structured_content

    async def text(self, tool: str, **arguments: Any) -> str:
        """The text of a call that must succeed."""
        result = await self.result(tool, **arguments)
        assert not result.is_error, text_of(result)
        return text_of(result)

    async def meta(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """The facts for programs of a call with pictures."""
        result = await self.result(tool, **arguments)
        assert not result.is_error, text_of(result)
        assert result.meta is not None
        return next(iter(result.meta.values()))

    async def error(self, tool: str, **arguments: Any) -> str:
        """The text of a call that must be refused: text alone, and nothing else."""
        result = await self.result(tool, **arguments)
        assert result.is_error, text_of(result)
        assert result.structured_content is None
        assert [block.type for block in result.content] == ["text"]
        return text_of(result)

    async def read(self, uri: str) -> str:
        """The text of a resource."""
        contents = (await self.client.read_resource(uri)).contents[0]
        assert isinstance(contents, TextResourceContents)
        return contents.text

    async def head(self, scene: str) -> str:
        return (await self.facts("list_revisions", scene=scene))["head"]

    async def values(self, scene: str, revision: str | None = None) -> dict[str, Any]:
        """All that the scene graph knows of a revision."""
        return (await self.facts("get_scene_graph", scene=scene, detail="full", limit=1000, revision=revision))[
            "entries"
        ]


def processor_seconds(run: Callable[[], object]) -> float:
    """What a call costs at best; only to be compared with others of the same run."""

    def once() -> float:
        started = time.process_time()
        run()
        return time.process_time() - started

    return min(once() for _ in range(3))


def text_of(result: CallToolResult) -> str:
    return "\n".join(block.text for block in result.content if isinstance(block, TextContent))


def images_of(result: CallToolResult) -> list[ImageContent]:
    return [block for block in result.content if isinstance(block, ImageContent)]


@pytest.fixture(scope="module", params=BACKENDS)
async def viga(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Viga]:
    """One server a module and backend; tests keep apart by their scene handles."""
    workspace = tmp_path_factory.mktemp("workspace")
    async with Client(build_server(Config(workspace, backend=request.param))) as client:
        yield Viga(client, workspace, request.param)


@pytest.fixture(scope="module")
async def any_viga(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Viga]:
    """As `viga`, on the backend that a user gets."""
    workspace = tmp_path_factory.mktemp("workspace")
    async with Client(build_server(Config(workspace))) as client:
        yield Viga(client, workspace)


@pytest.fixture
def scene(request: pytest.FixtureRequest) -> str:
    """A handle that no other test uses."""
    return f"s{zlib.crc32(request.node.nodeid.encode()):08x}"
