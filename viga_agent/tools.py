"""The server's tools over MCP: started as a child, called, and every call recorded."""

import base64
import contextlib
import os
import sys
from collections.abc import AsyncGenerator, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TextIO, cast

from mcp import Client, MCPError, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.types import CallToolResult, ImageContent, TextContent, TextResourceContents, Tool

from viga_agent.trajectory import Trajectory

CALL_TIMEOUT_S = 900.0
SHOWN_CHARACTERS = 400
# What the server needs of our environment; keys of model providers stay here.
_INHERITED = ("PYTHONPATH", "TMPDIR", "LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES")
_TRANSIENT = frozenset({"timeout", "crash", "busy", "unavailable"})


class OnProgress(Protocol):
    """Told how far a call is; a message may be all that changed."""

    async def __call__(self, progress: float, total: float | None, message: str | None) -> None: ...


class ToolFailed(Exception):
    """A tool said no, or could not be reached.

    Args:
        tool: Its name.
        kind: Of the tool contract ("runtime_error", "busy", ...), or "disconnected".
        message: What it said, all lines.
    """

    def __init__(self, tool: str, kind: str, message: str) -> None:
        super().__init__(f"{tool}: {message.splitlines()[0] if message else kind}")
        self.tool = tool
        self.kind = kind
        self.message = message

    @property
    def is_transient(self) -> bool:
        """Whether the same call may succeed the next time."""
        return self.kind in _TRANSIENT


@dataclass(frozen=True)
class Picture:
    data: bytes
    mime_type: str


@dataclass(frozen=True)
class Reply:
    """What a tool returned.

    Args:
        text: What a model would read.
        facts: The structured content, or what a tool with pictures put under `viga/...` in its `_meta`.
        pictures: In the order of the text.
    """

    text: str
    facts: Mapping[str, Any]
    pictures: tuple[Picture, ...]


class Tools:
    """Calls tools for a run.

    Args:
        client: Connected to a server.
        trajectory: Where calls and results are recorded.
    """

    def __init__(self, client: Client, trajectory: Trajectory) -> None:
        self._client = client
        self._trajectory = trajectory
        self._calls = 0
        self._listed: list[Tool] = []

    async def call(self, tool: str, arguments: Mapping[str, Any], on_progress: OnProgress | None = None) -> Reply:
        """Call one tool.

        Raises:
            ToolFailed: If its result is an error or the server is gone.
        """
        self._calls += 1
        call = self._calls
        self._trajectory.record("tool_call", call=call, tool=tool, arguments=_short(dict(arguments)))
        started = self._trajectory.seconds
        try:
            result = await self._client.call_tool(tool, dict(arguments), CALL_TIMEOUT_S, on_progress)
        except MCPError as error:
            failure = ToolFailed(tool, "disconnected", f"the server did not answer: {error}")
        else:
            reply = _reply(result)
            failure = _failure(tool, reply.text) if result.is_error else None
            if failure is None:
                self._record_result(call, tool, started, True, reply.text)
                return reply
        self._record_result(call, tool, started, False, failure.message)
        raise failure

    async def definitions(self, names: Collection[str]) -> list[Tool]:
        """Of the tools with these names, as the server describes them to models."""
        if not self._listed:
            self._listed = (await self._client.list_tools()).tools
        return [tool for tool in self._listed if tool.name in names]

    async def prompt(self, name: str, task: str) -> str:
        """The server's prompt for a role.

        Raises:
            ToolFailed: If there is none, or the server is gone.
        """
        try:
            messages = (await self._client.get_prompt(name, {"task": task})).messages
        except MCPError as error:
            raise ToolFailed("prompts/get", "not_found", f"{name}: {error}") from error
        return "\n\n".join(m.content.text for m in messages if isinstance(m.content, TextContent))

    async def read(self, uri: str) -> bytes:
        """The contents of a resource.

        Raises:
            ToolFailed: If there is none, or the server is gone.
        """
        try:
            contents = (await self._client.read_resource(uri)).contents
        except MCPError as error:
            raise ToolFailed("resources/read", "not_found", f"{uri}: {error}") from error
        first = contents[0]
        return first.text.encode() if isinstance(first, TextResourceContents) else base64.b64decode(first.blob)

    def _record_result(self, call: int, tool: str, started: float, ok: bool, text: str) -> None:
        seconds = round(self._trajectory.seconds - started, 3)
        shown = text if len(text) <= SHOWN_CHARACTERS else text[:SHOWN_CHARACTERS] + " [...]"
        self._trajectory.record("tool_result", call=call, tool=tool, ok=ok, seconds=seconds, text=shown)


@contextlib.asynccontextmanager
async def connect(workspace: Path, *, options: tuple[str, ...] = (), log: TextIO) -> AsyncGenerator[Client]:
    """A client of a server of its own, started on a workspace and stopped at the end.

    Args:
        workspace: Folder of the server.
        options: More of its command line, such as `("--backend", "spawn")`.
        log: Where its log goes.
    """
    environment = {n: v for n, v in os.environ.items() if _is_inherited(n)}
    server = StdioServerParameters(
        command=sys.executable,
        args=["-m", "viga_mcp", "--workspace", str(workspace), *options],
        env=environment,
    )
    async with Client(stdio_client(server, log)) as client:
        yield client


def _is_inherited(name: str) -> bool:
    return name in _INHERITED or (name.startswith("VIGA_") and not name.startswith("VIGA_AGENT_"))


def _reply(result: CallToolResult) -> Reply:
    told = [value for key, value in (result.meta or {}).items() if key.startswith("viga/")]
    return Reply(
        text="\n".join(block.text for block in result.content if isinstance(block, TextContent)),
        facts=result.structured_content or (told[0] if told else {}),
        pictures=tuple(
            Picture(base64.b64decode(block.data), block.mime_type)
            for block in result.content
            if isinstance(block, ImageContent)
        ),
    )


def _failure(tool: str, text: str) -> ToolFailed:
    kind, colon, _ = text.partition(":")
    return ToolFailed(tool, kind if colon and kind.isidentifier() else "unavailable", text)


def _short(value: Any) -> Any:
    """Arguments for the record: long texts by their beginning and length."""
    match value:
        case str() if len(value) > SHOWN_CHARACTERS:
            return f"{value[:SHOWN_CHARACTERS]} [... {len(value):,} characters]"
        case dict():
            return {
                key: _short(item) for key, item in cast("dict[str, Any]", value).items()
            }  # JSON, from our own calls
        case list():
            return [_short(item) for item in cast("list[Any]", value)]
        case _:
            return value
