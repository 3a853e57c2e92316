"""The server's tools over MCP: started as a child, called, and every call recorded, or recalled from the record."""

import base64
import contextlib
import os
import sys
from collections.abc import AsyncGenerator, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TextIO

from mcp import Client, MCPError, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.types import CallToolResult, ImageContent, TextContent, TextResourceContents, Tool

from viga_agent.trajectory import Event, Trajectory

CALL_TIMEOUT_S = 900.0
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


class Recover(Protocol):
    """What a call came to that a kill cut off: its reply, or None if it must be made again."""

    async def __call__(self, tool: str) -> Reply | None: ...


class Tools:
    """Calls tools for a run.

    Args:
        client: Connected to a server.
        trajectory: Where calls and results are recorded, and recalled from.
    """

    def __init__(self, client: Client, trajectory: Trajectory) -> None:
        self._client = client
        self._trajectory = trajectory
        self._calls = 0
        self._listed: list[Tool] = []

    def on(self, branch: str) -> "Tools":
        """The same tools, for one of several who work at once."""
        return Tools(self._client, self._trajectory.on(branch))

    async def call(
        self,
        tool: str,
        arguments: Mapping[str, Any],
        on_progress: OnProgress | None = None,
        recover: Recover | None = None,
    ) -> Reply:
        """Call one tool, or recall what it answered.

        Args:
            recover: Asked what the call came to if it was under way when the run was cut off.

        Raises:
            ToolFailed: If its result is an error or the server is gone.
        """
        self._calls += 1
        call = self._calls
        is_new = self._trajectory.record("tool_call", call=call, tool=tool, arguments=dict(arguments))
        if event := self._trajectory.recall("tool_result"):
            return self._recalled(event)
        started = self._trajectory.seconds
        reply = await recover(tool) if recover and not is_new else None
        try:
            reply = reply or await self.ask(tool, arguments, on_progress)
        except ToolFailed as failure:
            self._record(call, tool, started, ok=False, kind=failure.kind, text=failure.message)
            raise
        shown = [{"file": self._trajectory.keep(p.data, p.mime_type), "mime_type": p.mime_type} for p in reply.pictures]
        self._record(call, tool, started, ok=True, text=reply.text, facts=reply.facts, pictures=shown)
        return reply

    async def ask(self, tool: str, arguments: Mapping[str, Any], on_progress: OnProgress | None = None) -> Reply:
        """Call one tool off the record.

        Raises:
            ToolFailed: If its result is an error or the server is gone.
        """
        try:
            result = await self._client.call_tool(tool, dict(arguments), CALL_TIMEOUT_S, on_progress)
        except MCPError as error:
            raise ToolFailed(tool, "disconnected", f"the server did not answer: {error}") from error
        reply = _reply(result)
        if result.is_error:
            raise _failure(tool, reply.text)
        return reply

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

    def _record(self, call: int, tool: str, started: float, **fields: Any) -> None:
        seconds = round(self._trajectory.seconds - started, 3)
        self._trajectory.record("tool_result", call=call, tool=tool, seconds=seconds, **fields)

    def _recalled(self, event: Event) -> Reply:
        if not event["ok"]:
            raise ToolFailed(event["tool"], event["kind"], event["text"])
        pictures = [Picture(self._trajectory.kept(p["file"]), p["mime_type"]) for p in event["pictures"]]
        return Reply(event["text"], event["facts"], tuple(pictures))


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
