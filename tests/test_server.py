"""What every tool promises, what the wire carries, and what a server leaves behind when it dies."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest
from mcp import Client, StdioServerParameters

from tests.conftest import Viga, text_of
from viga_mcp.config import Config
from viga_mcp.server import build_server

SNAPSHOT = Path(__file__).parent / "tools.json"
CONTRACT = {
    "open_scene": ["scene", "path", "template"],
    "execute_blender_code": ["scene", "code", "edits", "mode", "note", "views", "timeout_s"],
    "list_revisions": ["scene", "deck", "limit", "cursor"],
    "checkout_revision": ["revision", "scene", "deck"],
    "diff_revisions": ["a", "b", "scene", "deck"],
    "render_views": [
        "scene", "revision", "views", "quality", "size_px", "frames", "passes", "layout", "hide", "only",
    ],
    "get_scene_graph": ["scene", "revision", "detail", "under", "names", "limit", "cursor", "since", "view", "frame"],
    "check_scene": ["scene", "revision", "view", "frames"],
    "lookup_blender_api": ["query", "limit"],
    "get_motion": ["scene", "revision", "names", "frames"],
    "bake_physics": ["scene", "frames", "timeout_s", "wait_s"],
    "fit_parameters": ["scene", "target", "parameters", "point_pairs", "max_renders", "wait_s"],
    "set_target": ["image", "scene", "view", "name"],
    "compare_with_target": ["scene", "revision", "target", "crop"],
    "find_assets": ["query", "limit", "pictures"],
    "import_asset": ["path", "scene", "name", "only", "location", "rotation_deg", "scale", "views"],
    "export_scene": ["format", "path", "scene", "revision", "names", "overwrite"],
    "compile_slides": [
        "deck", "code", "edits", "template", "slides", "width_px", "timeout_s", "mode", "note",
    ],
    "get_slide_graph": ["deck", "slide", "detail", "revision", "width_px"],
    "export_slides": ["path", "deck", "revision", "overwrite"],
    "compare_slides": ["target", "deck", "revision", "mode", "slide"],
    "check_slides": ["deck", "slides", "revision"],
    "memory_write": ["text", "kind", "scope", "tags", "revision"],
    "memory_read": ["scope", "query", "kind", "limit", "include_ledger"],
    "get_job": ["job_id", "wait_s"],
    "cancel_job": ["job_id"],
}  # fmt: skip


@pytest.fixture
async def tools(tmp_path: Path) -> list[Any]:
    async with Client(build_server(Config(tmp_path))) as client:
        return (await client.list_tools()).tools


async def test_the_tools_are_those_of_the_contract(tools: list[Any]) -> None:
    assert {tool.name: sorted(tool.input_schema["properties"]) for tool in tools} == {
        name: sorted(parameters) for name, parameters in CONTRACT.items()
    }


async def test_every_tool_is_described_for_a_model(tools: list[Any]) -> None:
    for tool in tools:
        assert 80 < len(tool.description) < 2048, tool.name
        assert not any(line.startswith("    ") for line in tool.description.splitlines()), tool.name
        assert not {"anyOf", "oneOf", "allOf"} & set(tool.input_schema), tool.name
        for name, schema in tool.input_schema["properties"].items():
            assert schema.get("description"), f"{tool.name}.{name} has no description"
        hints = tool.annotations
        assert None not in {hints.read_only_hint, hints.destructive_hint, hints.idempotent_hint, hints.open_world_hint}


async def test_tools_that_return_pictures_have_no_output_schema(tools: list[Any]) -> None:
    pictured = {
        "find_assets",
        "import_asset",
        "execute_blender_code",
        "render_views",
        "compare_with_target",
        "compile_slides",
        "compare_slides",
        "diff_revisions",
    }
    assert {tool.name for tool in tools if tool.output_schema is None} == pictured


async def test_the_schemas_are_the_committed_ones(tools: list[Any]) -> None:
    """A changed schema is a reviewed change: run with VIGA_WRITE_SNAPSHOT=1 and commit tests/tools.json."""
    now = [tool.model_dump(mode="json", by_alias=True, exclude_none=True) for tool in tools]
    if os.environ.get("VIGA_WRITE_SNAPSHOT"):
        SNAPSHOT.write_text(json.dumps(now, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    assert json.loads(SNAPSHOT.read_text(encoding="utf-8")) == json.loads(json.dumps(now))


@pytest.mark.blender
@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_both_protocol_eras_are_served(tmp_path: Path, mode: Any) -> None:
    async with Client(build_server(Config(tmp_path)), mode=mode) as client:
        result: Any = await client.call_tool("execute_blender_code", {"code": "print(6 * 7)"})
        assert "42" in text_of(result)
        refused: Any = await client.call_tool("execute_blender_code", {"kode": ""})
        assert refused.is_error


class Stdio:
    """A server as a host starts it, spoken to line by line."""

    def __init__(self, workspace: Path, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "viga_mcp", "--workspace", str(workspace), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self.lines: list[bytes] = []
        self.number = 0

    def send(self, method: str, params: dict[str, Any], *, is_request: bool = True) -> None:
        self.number += 1
        message = {"jsonrpc": "2.0", "method": method, "params": params} | ({"id": self.number} if is_request else {})
        assert self.process.stdin
        self.process.stdin.write(json.dumps(message).encode() + b"\n")
        self.process.stdin.flush()

    def request(self, method: str, params: dict[str, Any]) -> Any:
        self.send(method, params)
        assert self.process.stdout
        while True:
            line = self.process.stdout.readline()
            assert line, "the server closed its output"
            self.lines.append(line)
            message = json.loads(line)
            if message.get("id") == self.number:
                return message["result"]

    def initialize(self) -> Any:
        hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}
        result = self.request("initialize", hello)
        self.send("notifications/initialized", {}, is_request=False)
        return result

    def call(self, tool: str, **arguments: Any) -> str:
        return self.request("tools/call", {"name": tool, "arguments": arguments})["content"][0]["text"]

    def children(self) -> set[int]:
        """All processes below the server."""
        parents: dict[int, list[int]] = {}
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text(encoding="utf-8").rpartition(")")[2].split()
            except OSError:
                continue
            if fields[0] != "Z":
                parents.setdefault(int(fields[1]), []).append(int(stat.parent.name))
        found: set[int] = set()
        queue = [self.process.pid]
        while queue:
            below = parents.get(queue.pop(), [])
            found.update(below)
            queue += below
        return found

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe
            pipe.close()


@pytest.fixture
def stdio(tmp_path: Path) -> Iterator[Stdio]:
    server = Stdio(tmp_path)
    yield server
    server.close()


@pytest.mark.blender
def test_nothing_that_blender_or_a_program_prints_reaches_the_protocol(stdio: Stdio) -> None:
    assert "render" in stdio.initialize()["instructions"]
    code = "import os, ctypes, bpy\nprint('loud')\nos.write(1, b'louder\\n')\nctypes.CDLL(None).puts(b'loudest')"
    assert "loud" in stdio.call("execute_blender_code", code=code)
    stdio.call("render_views", views=["orbit:0,0"], size_px=16)
    assert all(json.loads(line)["jsonrpc"] == "2.0" for line in stdio.lines)


@pytest.mark.blender
def test_initialize_is_answered_before_bpy_is_loaded(stdio: Stdio) -> None:
    stdio.initialize()
    assert not any("import bpy" in line.decode() for line in stdio.lines)
    maps = Path(f"/proc/{stdio.process.pid}/maps")
    if maps.exists():
        stdio.call("execute_blender_code", code="n = 1")
        assert "/bpy/" not in maps.read_text(encoding="utf-8")


@pytest.mark.blender
@pytest.mark.skipif(sys.platform != "linux", reason="looks processes up in /proc")
@pytest.mark.parametrize("backend", ["fork", "spawn"])
def test_a_killed_server_leaves_no_process_behind(tmp_path: Path, backend: str) -> None:
    """Even one that is busy in a long C call, and the processes that a program started."""
    server = Stdio(tmp_path, "--backend", backend)
    try:
        server.initialize()
        server.call("execute_blender_code", code="n = 1")
        started = tmp_path / "started"
        code = f"open({str(started)!r}, 'w').close()\nsum(range(10**12))"
        server.send("tools/call", {"name": "execute_blender_code", "arguments": {"code": code}})
        _wait_until(started.exists)
        below = server.children()
        assert below
        os.kill(server.process.pid, signal.SIGKILL)
        _wait_until(lambda: not any(Path(f"/proc/{pid}/cwd").exists() and _is_alive(pid) for pid in below))
    finally:
        server.close()


@pytest.mark.blender
def test_a_workspace_is_continued_by_another_server(tmp_path: Path) -> None:
    first = Stdio(tmp_path)
    first.initialize()
    first.call("execute_blender_code", code="import bpy\nbpy.ops.mesh.primitive_cube_add(location=(1, 2, 3))")
    first.call("memory_write", text="the cube is at 1 2 3")
    first.close()
    second = Stdio(tmp_path)
    try:
        second.initialize()
        assert "(1, 2, 3)" in second.call("get_scene_graph", detail="objects")
        assert "the cube is at" in second.call("memory_read")
        assert second.call("execute_blender_code", code="n = 1").startswith("r2 (from r1")
    finally:
        second.close()


@pytest.mark.blender
def test_http_serves_loopback_and_refuses_foreign_hosts(tmp_path: Path) -> None:
    port = _free_port()
    command = [sys.executable, "-m", "viga_mcp", "--workspace", str(tmp_path), "--http", f"127.0.0.1:{port}"]
    server = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:

        async def talk() -> None:
            url = f"http://127.0.0.1:{port}/mcp"
            async with Client(url) as client:
                result: Any = await client.call_tool("list_revisions", {})
                assert "r0" in text_of(result)
            async with httpx2.AsyncClient() as http:
                refused = await http.post(url, headers={"Host": "evil.example"}, json={})
                assert refused.status_code == 421

        _wait_until(lambda: _listens(port))
        anyio.run(talk)
    finally:
        server.kill()
        server.wait()


def test_http_on_another_address_is_refused(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "viga_mcp", "--workspace", str(tmp_path), "--http", "0.0.0.0:8765"]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=60, check=False)
    assert done.returncode == 2
    assert "loopback" in done.stderr


@pytest.mark.blender
async def test_progress_is_sent_while_a_program_runs(any_viga: Viga, scene: str) -> None:
    seen: list[tuple[float, str | None]] = []

    async def note(progress: float, total: float | None, message: str | None) -> None:
        seen.append((progress, message))

    code = "import time\nuntil = time.monotonic() + 4.5\nwhile time.monotonic() < until: pass"
    await any_viga.client.call_tool("execute_blender_code", {"scene": scene, "code": code}, progress_callback=note)
    assert len(seen) >= 2
    assert [done for done, _ in seen] == sorted({done for done, _ in seen})
    assert "running the program" in str(seen[0][1])


@pytest.mark.blender
async def test_a_cancelled_call_stops_the_program_and_changes_nothing(any_viga: Viga, scene: str) -> None:
    await any_viga.text("execute_blender_code", scene=scene, code="n = 1")
    marker = any_viga.workspace / f"{scene}.running"
    code = f"open({str(marker)!r}, 'w').close()\nsum(range(10**12))"
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(any_viga.client.call_tool, "execute_blender_code", {"scene": scene, "code": code})
        with anyio.fail_after(30):
            while not marker.exists():
                await anyio.lowlevel.checkpoint()
        tasks.cancel_scope.cancel()
    with anyio.fail_after(30):
        assert await any_viga.head(scene) == "r1"
        assert (await any_viga.meta("execute_blender_code", scene=scene, code="n = 2"))["revision"] == "r2"


async def test_the_stdio_client_of_the_sdk_works(tmp_path: Path) -> None:
    server = StdioServerParameters(command=sys.executable, args=["-m", "viga_mcp", "--workspace", str(tmp_path)])
    async with Client(server) as client:
        result: Any = await client.call_tool("memory_write", {"text": "hello"})
        assert not result.is_error


def _wait_until(condition: Any, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.02)


def _is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _free_port() -> int:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _listens(port: int) -> bool:
    import socket

    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
