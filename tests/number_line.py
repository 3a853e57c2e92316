"""A server of scenes that are one number: real MCP, programs `x = 3`, and the target at 10. It outlives its clients."""

import base64
import io
import json
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from mcp import Client
from mcp.server import MCPServer
from mcp.server.mcpserver.prompts import Prompt
from mcp.types import CallToolResult, ImageContent, TextContent
from PIL import Image

from viga_agent.folder import RunFolder, make_folder
from viga_agent.scene_session import SceneSession
from viga_agent.tasks import Task, read_task
from viga_agent.tools import Tools
from viga_agent.trajectory import Event, Trajectory

TARGET = 10.0


def loss_of(program: str) -> float:
    return ((_number(program) - TARGET) / TARGET) ** 2


def number_task(folder: Path, start: float = 0) -> Task:
    """A task whose start program is a number."""
    folder.mkdir(parents=True)
    (folder / "start.py").write_text(f"x = {start:g}\n", encoding="utf-8")
    Image.new("RGB", (8, 8), (200, 100, 50)).save(folder / "target.png")
    return read_task(folder)


class NumberLine:
    """Scenes by handle: their programs in order of revision, and their head.

    Attributes:
        calls: All calls, as (tool, arguments).
        breaks_at: By scene, at how many programs a further one crashes.
    """

    def __init__(self) -> None:
        self.scenes: dict[str, list[str]] = {}
        self.heads: dict[str, int] = {}
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.breaks_at: dict[str, int] = {}
        self.notes: list[str] = []
        self.server = MCPServer("number line")
        for tool in (
            self.open_scene, self.execute_blender_code, self.get_scene_graph, self.set_target, self.checkout_revision,
            self.compare_with_target, self.list_revisions, self.fit_parameters, self.memory_write, self.check_scene,
        ):  # fmt: skip
            self.server.add_tool(tool, structured_output=False)
        for name in ("edit-generator", "edit-verifier", "judge"):
            self.server.add_prompt(Prompt.from_function(_prompt, name=name))

        @self.server.resource("viga://scenes/{scene}/{revision}/program.py")
        def program(scene: str, revision: str) -> str:
            return self.scenes[scene][int(revision[1:])]

    def called(self, tool: str) -> list[dict[str, Any]]:
        return [arguments for name, arguments in self.calls if name == tool]

    async def open_scene(self, scene: str, template: str) -> CallToolResult:
        self.calls.append(("open_scene", {"scene": scene}))
        return _facts(revision=self._made(scene, "x = 0\n"), blender="5.2", summary="a number")

    async def execute_blender_code(
        self, scene: str, code: str = "", edits: list[dict[str, str]] | None = None, mode: str = "", note: str = ""
    ) -> CallToolResult:
        self.calls.append(("execute_blender_code", {"scene": scene, "code": code, "edits": edits}))
        if self.breaks_at.get(scene) == len(self.scenes[scene]):
            return CallToolResult(content=[TextContent(type="text", text="crash: it is gone")], is_error=True)
        program = code or self.scenes[scene][self.heads[scene]]
        for edit in edits or ():
            program = program.replace(edit["old"], edit["new"])
        return _facts(revision=self._made(scene, program))

    async def fit_parameters(self, scene: str, max_renders: int, wait_s: float) -> CallToolResult:
        """Half of the way to the target."""
        self.calls.append(("fit_parameters", {"scene": scene, "max_renders": max_renders}))
        x = _number(self.scenes[scene][self.heads[scene]])
        made = self._made(scene, f"x = {(x + TARGET) / 2:g}\n")
        change = {"line": 1, "column": 5, "name": "x", "before": x, "after": (x + TARGET) / 2}
        return _facts(
            scene=scene, job_id="j1", status="done", revision=made, renders=20, changes=[change], message="Halved."
        )

    async def compare_with_target(self, scene: str, revision: str) -> CallToolResult:
        self.calls.append(("compare_with_target", {"scene": scene, "revision": revision}))
        program = self.scenes[scene][int(revision[1:])]
        stream = io.BytesIO()
        Image.new("RGB", (64, 64), (int(_number(program)) % 256, 0, 0)).save(stream, "PNG")
        numbers = {"photometric_loss": loss_of(program), "ssim": 0.5}
        picture = ImageContent(type="image", data=base64.b64encode(stream.getvalue()).decode(), mime_type="image/png")
        text = TextContent(type="text", text=f"{revision} is {TARGET - _number(program):g} short")
        return CallToolResult(content=[text, picture], _meta={"viga/comparison": numbers})

    async def checkout_revision(self, scene: str, revision: str) -> CallToolResult:
        self.calls.append(("checkout_revision", {"scene": scene, "revision": revision}))
        self.heads[scene] = int(revision[1:])
        return _facts(scene=scene, head=revision)

    async def list_revisions(self, scene: str, limit: int) -> CallToolResult:
        newest = len(self.scenes[scene]) - 1
        return _facts(revisions=[{"revision": f"r{newest}"}])

    async def get_scene_graph(self, scene: str, names: list[str] | None = None, detail: str = "") -> CallToolResult:
        return _facts(objects=[])

    async def check_scene(self, scene: str) -> CallToolResult:
        return _facts(findings=[])

    async def set_target(self, scene: str, image: str, view: str) -> CallToolResult:
        return _facts(scene=scene)

    async def memory_write(self, text: str, kind: str, scope: str, tags: list[str] | None = None) -> CallToolResult:
        self.notes.append(text)
        return _facts(id=len(self.notes))

    def _made(self, scene: str, program: str) -> str:
        programs = self.scenes.setdefault(scene, [])
        programs.append(program)
        self.heads[scene] = len(programs) - 1
        return f"r{self.heads[scene]}"


@asynccontextmanager
async def session_on(
    line: NumberLine, task: Task, past: list[Event] | None = None, on_event: Any = None, lessons: tuple[str, ...] = ()
) -> AsyncGenerator[SceneSession]:
    """A session in `<task>/../run`, which goes on there if it has a past."""
    path = task.folder.parent / "run"
    folder = make_folder(path, task.name) if past is None else RunFolder(path.resolve())
    with Trajectory(folder.events, on_event, past or ()) as trajectory:
        async with Client(line.server) as client:
            yield SceneSession(task, folder, Tools(client, trajectory), trajectory, lessons=lessons)


def _prompt(task: str = "") -> str:
    return f"Reach the target. {task}"


def _number(program: str) -> float:
    found = re.search(r"x = (-?[\d.]+)", program)
    return float(found[1]) if found else 0.0


def _facts(**values: Any) -> CallToolResult:
    return CallToolResult(content=[TextContent(type="text", text=json.dumps(values))], structured_content=values)
