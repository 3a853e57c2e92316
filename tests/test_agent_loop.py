"""The loop against a server that does as it is told: real MCP, made-up scenes, faults at will."""

import base64
import json
import os
import sys
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from mcp import Client
from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.types import CallToolResult, ImageContent, TextContent
from PIL import Image

from viga_agent.folder import RunFolder, make_folder
from viga_agent.limits import Limits
from viga_agent.loop import Ending, solve
from viga_agent.policies.search import SearchPolicy
from viga_agent.scene_session import SceneSession
from viga_agent.tasks import Task, read_task
from viga_agent.tools import ToolFailed, Tools
from viga_agent.trajectory import Event, Trajectory, read_events


def refusal(kind: str, what: str = "it did not work") -> CallToolResult:
    return CallToolResult(content=[TextContent(type="text", text=f"{kind}: {what}\nmore words")], is_error=True)


def facts(**values: Any) -> CallToolResult:
    return CallToolResult(content=[TextContent(type="text", text=json.dumps(values))], structured_content=values)


class Stage:
    """A server whose revisions have the losses they are given.

    Args:
        losses: Of r1 (the start program), r2 (the first fit), ...
        faults: By tool: what its first, second, ... call answers instead; None lets it through.
        renders: What a fit says that it took.
    """

    def __init__(
        self, folder: Path, losses: list[float], faults: dict[str, list[Any]] | None = None, renders: int = 20
    ) -> None:
        self.folder = folder
        self.losses = losses
        self.faults = faults or {}
        self.renders = renders
        self.head = "r0"
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.newest = 0
        self.server = MCPServer("stage")
        for tool in (self.open_scene, self.execute_blender_code, self.get_scene_graph, self.set_target):
            self.server.add_tool(tool, structured_output=False)
        for tool in (
            self.compare_with_target,
            self.fit_parameters,
            self.get_job,
            self.cancel_job,
            self.checkout_revision,
        ):
            self.server.add_tool(tool, structured_output=False)

        @self.server.resource("viga://scenes/{scene}/{revision}/program.py")
        def program(scene: str, revision: str) -> str:
            return f"# {scene}\nenergy = {int(revision[1:])}.5\n"

    def called(self, tool: str) -> list[dict[str, Any]]:
        return [arguments for name, arguments in self.calls if name == tool]

    def _fault(self, tool: str, **arguments: Any) -> CallToolResult | None:
        self.calls.append((tool, arguments))
        waiting = self.faults.get(tool, [])
        return waiting.pop(0) if waiting else None

    def _made(self) -> str:
        self.newest += 1
        self.head = f"r{self.newest}"
        return self.head

    async def open_scene(self, scene: str, path: str | None = None, template: str | None = None) -> CallToolResult:
        fault = self._fault("open_scene", path=path, template=template)
        return fault or facts(scene=scene, revision="r0", blender="5.2.3", summary="a cube")

    async def execute_blender_code(self, scene: str, code: str, mode: str, note: str) -> CallToolResult:
        if fault := self._fault("execute_blender_code", code=code, mode=mode):
            return fault
        meta = {"viga/run": {"revision": self._made()}}
        return CallToolResult(content=[TextContent(type="text", text="ran")], _meta=meta)

    async def get_scene_graph(self, scene: str, names: list[str], detail: str) -> CallToolResult:
        fault = self._fault("get_scene_graph", names=names)
        return fault or facts(objects=[{"name": "Camera1", "type": "CAMERA"}])

    async def set_target(self, scene: str, image: str, view: str) -> CallToolResult:
        return self._fault("set_target", image=image, view=view) or facts(scene=scene)

    async def compare_with_target(self, scene: str, revision: str) -> CallToolResult:
        if fault := self._fault("compare_with_target", revision=revision):
            return fault
        picture = self.folder / f"{revision}.png"
        Image.new("RGB", (8, 8), (int(revision[1:]), 0, 0)).save(picture)
        numbers = {"photometric_loss": self.losses[int(revision[1:]) - 1], "ssim": 0.5, "picture": str(picture)}
        sheet = ImageContent(type="image", data=base64.b64encode(picture.read_bytes()).decode(), mime_type="image/png")
        text = TextContent(type="text", text="compared")
        return CallToolResult(content=[text, sheet], _meta={"viga/comparison": numbers})

    async def fit_parameters(
        self, ctx: Context[Any, Any], scene: str, max_renders: int, wait_s: float
    ) -> CallToolResult:
        fault = self._fault("fit_parameters", max_renders=max_renders, head=self.head)
        if fault:
            return fault
        for done in (self.renders // 2, self.renders):
            await ctx.report_progress(done, max_renders, f"loss {1 / done:.5f} after {done} renders ({done} s)")
        return facts(scene=scene, job_id="j1", status="done", **self._fit())

    async def get_job(self, job_id: str, wait_s: float) -> CallToolResult:
        fault = self._fault("get_job", job_id=job_id)
        return fault or self._job(job_id, "done", self._fit())

    async def cancel_job(self, job_id: str) -> CallToolResult:
        return self._fault("cancel_job", job_id=job_id) or self._job(job_id, "cancelled", None)

    def _job(self, job_id: str, status: str, result: dict[str, Any] | None) -> CallToolResult:
        return facts(job_id=job_id, tool="fit_parameters", scene="main", status=status, progress=None, result=result)

    def _fit(self) -> dict[str, Any]:
        revision = self._made() if self.newest < len(self.losses) else None
        message = "fitted\nline 2: ..." if revision else "nothing more found."
        change = {"line": 2, "column": 9, "name": "energy", "before": 1.5, "after": self.newest + 0.5}
        return {"revision": revision, "renders": self.renders, "changes": [change], "message": message}

    async def checkout_revision(self, scene: str, revision: str) -> CallToolResult:
        if fault := self._fault("checkout_revision", revision=revision):
            return fault
        self.head = revision
        return facts(scene=scene, head=revision)


def running(job_id: str = "j1") -> CallToolResult:
    return facts(scene="main", job_id=job_id, status="running")


@pytest.fixture
def task(tmp_path: Path) -> Task:
    folder = tmp_path / "cube1"
    (folder / "renders" / "goal").mkdir(parents=True)
    (folder / "start.py").write_text("energy = 1.5\n", encoding="utf-8")
    (folder / "goal.py").write_text("energy = 987.125\n", encoding="utf-8")
    Image.new("RGB", (8, 8), (200, 100, 50)).save(folder / "renders" / "goal" / "render1.png")
    return read_task(folder)


class Run:
    """What came of a run on a stage."""

    def __init__(self, ending: Ending, session: SceneSession, events: list[Event]) -> None:
        self.ending = ending
        self.session = session
        self.folder: RunFolder = session.folder
        self.events = events

    def of(self, kind: str) -> list[Event]:
        return [event for event in self.events if event["event"] == kind]


@asynccontextmanager
async def session_on(stage: Stage, task: Task) -> AsyncGenerator[SceneSession]:
    folder = make_folder(stage.folder / "run", task.name)
    with Trajectory(folder.events) as trajectory:
        async with Client(stage.server) as client:
            yield SceneSession(task, folder, Tools(client, trajectory), trajectory)


async def run(stage: Stage, task: Task, limits: Limits | None = None) -> Run:
    async with session_on(stage, task) as session:
        ending = await solve(session, SearchPolicy(), limits or Limits(rounds=3))
    return Run(ending, session, read_events(session.folder.events))


async def test_the_start_program_runs_before_the_target_is_set_and_judged(tmp_path: Path, task: Task) -> None:
    stage = Stage(tmp_path, [0.1])
    await run(stage, task)
    assert [tool for tool, _ in stage.calls][:5] == [
        "open_scene",
        "execute_blender_code",
        "get_scene_graph",
        "set_target",
        "compare_with_target",
    ]
    assert stage.called("execute_blender_code") == [{"code": "energy = 1.5\n", "mode": "program"}]
    assert stage.called("set_target") == [{"image": "task/target.png", "view": "camera:Camera1"}]
    assert stage.called("compare_with_target") == [{"revision": "r1"}]


@pytest.mark.parametrize("answer", [refusal("not_found"), facts(objects=[{"name": "Camera1", "type": "EMPTY"}])])
async def test_without_camera1_the_active_camera_shows_the_target(
    tmp_path: Path, task: Task, answer: CallToolResult
) -> None:
    stage = Stage(tmp_path, [0.1], {"get_scene_graph": [answer]})
    await run(stage, task)
    assert stage.called("set_target")[0]["view"] == "camera"


async def test_rounds_go_on_from_the_best_until_nothing_better_is_found(tmp_path: Path, task: Task) -> None:
    stage = Stage(tmp_path, [0.1, 0.01, 0.001])
    done = await run(stage, task, Limits())
    assert done.ending.best.revision == "r3"
    assert not done.ending.is_failure
    assert done.ending.reason == "nothing more found"
    assert [e["revision"] for e in done.of("best")] == ["r1", "r2", "r3"]
    assert done.folder.program.read_text(encoding="utf-8") == "# main\nenergy = 3.5\n"


async def test_a_worse_revision_is_judged_but_not_kept(tmp_path: Path, task: Task) -> None:
    stage = Stage(tmp_path, [0.1, 0.02, 0.3])
    done = await run(stage, task, Limits())
    assert done.ending.best.revision == "r2"
    assert stage.head == "r2"
    assert "plateau" in done.ending.reason
    with Image.open(done.folder.picture("result")) as result, Image.open(done.folder.picture("start")) as start:
        assert (result.getpixel((0, 0)), start.getpixel((0, 0))) == ((2, 0, 0), (1, 0, 0))


async def test_the_start_is_the_result_if_nothing_is_better(tmp_path: Path, task: Task) -> None:
    stage = Stage(tmp_path, [0.1, 0.2])
    done = await run(stage, task)
    assert (done.ending.best.revision, stage.head, done.ending.is_failure) == ("r1", "r1", False)


@pytest.mark.parametrize("kind", ["timeout", "crash", "busy", "unavailable"])
async def test_a_passing_error_is_recorded_and_the_round_tried_again(tmp_path: Path, task: Task, kind: str) -> None:
    stage = Stage(tmp_path, [0.1, 0.00001], {"fit_parameters": [refusal(kind)]})
    done = await run(stage, task)
    assert done.ending.best.revision == "r2"
    assert [e["kind"] for e in done.of("error")] == [kind]


async def test_after_an_error_the_head_is_put_back_to_the_best(tmp_path: Path, task: Task) -> None:
    stage = Stage(tmp_path, [0.1, 0.00001], {"compare_with_target": [None, refusal("crash")]})
    await run(stage, task)
    assert [call["head"] for call in stage.called("fit_parameters")] == ["r1", "r1"]


async def test_a_search_in_vain_after_an_error_is_no_failure(tmp_path: Path, task: Task) -> None:
    done = await run(Stage(tmp_path, [0.1], {"fit_parameters": [refusal("busy")]}), task)
    assert (done.ending.best.revision, done.ending.is_failure) == ("r1", False)


async def test_an_error_in_the_only_round_is_a_failure(tmp_path: Path, task: Task) -> None:
    done = await run(Stage(tmp_path, [0.1], {"fit_parameters": [refusal("busy")]}), task, Limits(rounds=1))
    assert done.ending.is_failure


async def test_an_error_that_stays_ends_the_run_with_its_words(tmp_path: Path, task: Task) -> None:
    stage = Stage(tmp_path, [0.1], {"fit_parameters": [refusal("crash", "signal 11")] * 9})
    done = await run(stage, task, Limits())
    assert done.ending.is_failure
    assert "signal 11" in done.ending.reason
    assert len(stage.called("fit_parameters")) == 3
    assert done.folder.program.is_file()


async def test_an_error_that_a_retry_cannot_help_ends_the_run_at_once(tmp_path: Path, task: Task) -> None:
    stage = Stage(tmp_path, [0.1], {"fit_parameters": [refusal("invalid_argument", "no numbers in the program")] * 9})
    done = await run(stage, task)
    assert done.ending.is_failure
    assert "no numbers in the program" in done.ending.reason
    assert len(stage.called("fit_parameters")) == 1


async def test_errors_after_a_gain_keep_the_gain_and_are_no_failure(tmp_path: Path, task: Task) -> None:
    stage = Stage(tmp_path, [0.1, 0.01], {"fit_parameters": [None, *[refusal("crash")] * 9]})
    done = await run(stage, task, Limits())
    assert (done.ending.best.revision, done.ending.is_failure) == ("r2", False)


async def test_a_failed_job_is_an_error_with_the_jobs_words(tmp_path: Path, task: Task) -> None:
    failed = facts(
        job_id="j1",
        tool="fit_parameters",
        scene="main",
        status="failed",
        progress=None,
        result={"error": "crash: gone"},
    )
    stage = Stage(tmp_path, [0.1, 0.00001], {"fit_parameters": [running()], "get_job": [failed]})
    done = await run(stage, task)
    assert [e["message"] for e in done.of("error")] == ["crash: gone"]
    assert done.ending.best.revision == "r2"


async def test_a_long_fit_is_waited_for_as_a_job(tmp_path: Path, task: Task) -> None:
    still = facts(job_id="j1", tool="fit_parameters", scene="main", status="running", progress=None, result=None)
    stage = Stage(tmp_path, [0.1, 0.00001], {"fit_parameters": [running()], "get_job": [still, still]})
    done = await run(stage, task)
    assert len(stage.called("get_job")) == 3
    assert done.ending.best.revision == "r2"


async def test_a_fit_that_outlasts_the_seconds_is_cancelled(tmp_path: Path, task: Task) -> None:
    stage = Stage(tmp_path, [0.1], {"fit_parameters": [running()]})
    async with session_on(stage, task) as session:
        best = await session.begin()
        turn = await SearchPolicy().act(session, best, Limits(budget_s=session.spent.seconds))
    assert turn.revision is None
    assert stage.called("cancel_job") == [{"job_id": "j1"}]


async def test_no_round_starts_when_the_seconds_are_used(tmp_path: Path, task: Task) -> None:
    stage = Stage(tmp_path, [0.1, 0.01])
    done = await run(stage, task, Limits(budget_s=1e-9))
    assert stage.called("fit_parameters") == []
    assert (done.ending.best.revision, done.ending.is_failure) == ("r1", False)
    assert "budget" in done.ending.reason


async def test_renders_of_fits_and_judgements_stay_within_the_budget(tmp_path: Path, task: Task) -> None:
    stage = Stage(tmp_path, [1 / 2**n for n in range(9)])
    done = await run(stage, task, Limits(max_renders=66))
    # 1 for the start, then 20 and 1 a round: the budget left is 64, 43, 22 and 1
    assert [call["max_renders"] for call in stage.called("fit_parameters")] == [64, 43, 22]
    assert done.session.renders == 64
    assert done.ending.reason == "budget of 66 renders used"


async def test_the_rounds_limit_ends_the_run(tmp_path: Path, task: Task) -> None:
    done = await run(Stage(tmp_path, [0.1, 0.05, 0.02, 0.01]), task, Limits(rounds=2))
    assert (done.ending.best.revision, done.ending.reason) == ("r3", "2 rounds done")


async def test_progress_counts_the_renders_of_the_whole_run(tmp_path: Path, task: Task) -> None:
    done = await run(Stage(tmp_path, [0.1, 0.05, 0.02]), task, Limits(rounds=2))
    assert [(e["round"], e["renders"], e["loss"]) for e in done.of("progress")] == [
        (1, 11, 0.1),
        (1, 21, 0.05),
        (2, 32, 0.1),
        (2, 42, 0.05),
    ]


@pytest.mark.parametrize("tool", ["open_scene", "execute_blender_code", "set_target", "compare_with_target"])
async def test_a_start_that_cannot_be_judged_is_said_in_the_tools_words(tmp_path: Path, task: Task, tool: str) -> None:
    stage = Stage(tmp_path, [0.1], {tool: [refusal("invalid_argument", "this file is no good")]})
    async with session_on(stage, task) as session:
        with pytest.raises(ToolFailed, match=f"^{tool}: invalid_argument: this file is no good$"):
            await solve(session, SearchPolicy(), Limits())


async def test_every_call_is_recorded_with_its_result(tmp_path: Path, task: Task) -> None:
    stage = Stage(tmp_path, [0.1, 0.01], {"fit_parameters": [refusal("busy")]})
    done = await run(stage, task)
    assert [e["tool"] for e in done.of("tool_call")] == [tool for tool, _ in stage.calls]
    results = {e["call"]: e["ok"] for e in done.of("tool_result")}
    assert list(results) == [e["call"] for e in done.of("tool_call")]
    assert list(results.values()).count(False) == 1
    assert all(event["t"] >= 0 and event["at"].startswith("20") for event in done.events)


async def test_the_hidden_solution_is_neither_opened_nor_copied(tmp_path: Path, task: Task) -> None:
    with opened_files() as opened:
        done = await run(Stage(tmp_path, [0.1, 0.01]), read_task(task.folder))
    assert "start.py" in opened
    assert "goal.py" not in opened
    assert not list(done.folder.path.rglob("goal*"))
    assert "987.125" not in done.folder.events.read_text(encoding="utf-8")


@contextmanager
def opened_files() -> Generator[list[str]]:
    """Names of all files that this process opens meanwhile."""
    names: list[str] = []
    watching = True

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        if watching and event == "open" and isinstance(arguments[0], str | bytes):
            names.append(Path(os.fsdecode(arguments[0])).name)

    sys.addaudithook(watch)  # for good: hooks can't be taken away
    yield names
    watching = False
