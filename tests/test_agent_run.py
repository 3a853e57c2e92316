"""`viga-agent run` whole: real server over stdio, real Blender, a small task made for it."""

import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import anyio
import pytest

from tests.actors import Actor, call, cast, told
from viga_agent.cli import main
from viga_agent.folder import make_folder
from viga_agent.limits import Limits
from viga_agent.policies.model import ModelPolicy
from viga_agent.runs import run_task
from viga_agent.session import Role
from viga_agent.tasks import read_task
from viga_agent.tools import Tools, connect
from viga_agent.trajectory import Trajectory, read_events

pytestmark = pytest.mark.blender

PROGRAM = """\
import bpy

cube = bpy.data.objects["Cube"]
cube.location = ({x}, 0.0, 0.0)
bpy.data.lights["Light"].energy = {energy}
"""
GOAL = PROGRAM.format(x=0.6, energy=1200.0)
START = PROGRAM.format(x=-0.4, energy=500.0)


@pytest.fixture(scope="module")
def task(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Blender's default scene with the cube in the wrong place and the lamp too dark."""
    folder = tmp_path_factory.mktemp("tasks") / "cube1"
    (folder / "renders" / "goal").mkdir(parents=True)
    (folder / "start.py").write_text(START, encoding="utf-8")
    (folder / "goal.py").write_text(GOAL, encoding="utf-8")
    anyio.run(_make_inputs, folder, tmp_path_factory.mktemp("making"))
    return folder


async def _make_inputs(folder: Path, workspace: Path) -> None:
    with (workspace / "log").open("w", encoding="utf-8") as log, Trajectory(workspace / "events") as trajectory:
        async with connect(workspace, log=log) as client:
            tools = Tools(client, trajectory)
            await tools.call("open_scene", {"template": "default"})
            (folder / "blender_file.blend").write_bytes(await tools.read("viga://scenes/main/r0/scene.blend"))
            await tools.call("execute_blender_code", {"code": GOAL, "mode": "program"})
            seen = await tools.call("render_views", {"quality": "draft", "size_px": 64})
    shutil.copyfile(seen.facts["pictures"][0], folder / "renders" / "goal" / "render1.png")


@pytest.fixture(scope="module")
def run(task: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run that ended well."""
    out = tmp_path_factory.mktemp("runs") / "out"
    assert main(["run", str(task), "--out", str(out), "--max-renders", "40"]) == 0
    return out


def result_of(run: Path) -> dict[str, Any]:
    return json.loads((run / "result.json").read_text(encoding="utf-8"))


def test_a_run_ends_nearer_to_its_target_within_its_renders(run: Path) -> None:
    result = result_of(run)
    assert result["status"] == "done"
    assert result["final"]["photometric_loss"] < 0.2 * result["start"]["photometric_loss"]
    assert result["renders"] <= 40
    assert {(change["line"], change["before"]) for change in result["changes"]} >= {(4, "-0.4"), (5, "500.0")}


def test_a_run_leaves_its_whole_story(run: Path) -> None:
    names = {"program.py", "scene.blend", "start.png", "result.png", "target.png", "comparison.png", "report.html"}
    assert names <= {path.name for path in run.iterdir()}
    kinds = [event["event"] for event in read_events(run / "events.jsonl")]
    assert kinds[0] == "run_started"
    assert kinds[-1] == "run_ended"
    assert {"opened", "tool_call", "tool_result", "progress", "judged", "best"} <= set(kinds)


def test_the_hidden_solution_is_nowhere_in_the_run(run: Path) -> None:
    assert not list(run.rglob("goal*"))
    assert sorted(path.name for path in (run / "workspace" / "task").iterdir()) == ["blender_file.blend", "target.png"]


def test_the_program_makes_the_same_scene_in_plain_blender(run: Path) -> None:
    script = """
import sys, bpy
base, program, saved = sys.argv[1:]
read = lambda: [*bpy.data.objects["Cube"].location, bpy.data.lights["Light"].energy]
bpy.ops.wm.open_mainfile(filepath=base)
exec(compile(open(program).read(), program, "exec"), {"__name__": "__main__"})
made = read()
bpy.ops.wm.open_mainfile(filepath=saved)
assert made == read(), (made, read())
assert not any(name.startswith("viga") for name in sys.modules)
"""
    files = [run / "workspace" / "task" / "blender_file.blend", run / "program.py", run / "scene.blend"]
    done = subprocess.run(
        [sys.executable, "-I", "-c", script, *map(str, files)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_models_edit_a_scene_and_judge_it_by_its_pictures(task: Path, tmp_path: Path) -> None:
    edits = [{"old": "(-0.4, 0.0, 0.0)", "new": "(0.6, 0.0, 0.0)"}, {"old": "500.0", "new": "1200.0"}]
    accept: dict[str, Any] = {"score": 10, "verdict": "accept", "findings": []}
    script: dict[Role, list[tuple[str, dict[str, Any]]]] = {
        "generator": [("get_scene_graph", {"view": "camera"}), ("execute_blender_code", {"edits": edits})],
        "verifier": [
            ("execute_blender_code", {"code": "import bpy"}),
            ("render_views", {"views": ["top"], "size_px": 32}),
            ("submit_review", accept),
        ],
    }
    actors: dict[Role, Actor] = {
        role: Actor(call(tool, **arguments) for tool, arguments in calls) for role, calls in script.items()
    }
    policy = ModelPolicy(cast(actors), "vlm")
    story = anyio.run(run_task, read_task(task), make_folder(tmp_path / "out", "cube1"), policy, Limits())

    assert (story.status, story.reason, story.best_revision) == ("done", "accepted by the verifier", "r2")
    assert story.best
    assert story.start
    assert story.best.loss < 0.01 * story.start.loss
    views = [actor.asked[0] for actor in actors.values()]
    assert [told(view).count("media_type='image/") for view in views] == [1, 1]
    assert "There is no tool 'execute_blender_code'" in told(actors["verifier"].asked[1])
    assert "of 10, accepted" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")


def test_a_broken_blend_ends_with_one_line_and_a_readable_folder(
    task: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "broken1"
    shutil.copytree(task, broken)
    (broken / "blender_file.blend").write_bytes(b"BLENDER-v500" + bytes(200))
    assert main(["run", str(broken), "--out", str(tmp_path / "out"), "--json"]) == 1
    captured = capsys.readouterr()
    assert json.loads(captured.out)["status"] == "failed"
    assert captured.err.splitlines()[-1].startswith("viga-agent: failed: open_scene: ")
    assert "blender_file.blend" in captured.err.splitlines()[-1]
    assert (tmp_path / "out" / "report.html").is_file()


@pytest.mark.parametrize(
    ("stop", "before"),
    [
        (signal.SIGINT, signal.default_int_handler),
        (signal.SIGTERM, signal.default_int_handler),
        (signal.SIGTERM, signal.SIG_IGN),  # as a script's shell leaves it for what runs in the background
    ],
)
def test_stopped_by_the_user_it_keeps_the_best_so_far(
    task: Path, tmp_path: Path, stop: signal.Signals, before: Any
) -> None:
    command = [sys.executable, "-m", "viga_agent", "run", str(task), "--out", str(tmp_path / "out")]
    ours = signal.signal(signal.SIGINT, before)  # a child inherits that a signal is ignored
    try:
        child = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    finally:
        signal.signal(signal.SIGINT, ours)
    with child:
        assert child.stderr is not None
        for line in child.stderr:
            if "round 1: " in line:
                child.send_signal(stop)
                break
        rest = child.stderr.read()
    assert child.returncode == 130, rest
    assert "interrupted: stopped by the user" in rest
    assert "Traceback" not in rest
    assert result_of(tmp_path / "out")["status"] == "interrupted"
    assert {"program.py", "scene.blend", "result.png", "report.html"} <= {p.name for p in (tmp_path / "out").iterdir()}
