"""What `viga-agent` can be asked to do on scenes beyond an edit: rebuild a picture from nothing, make things move."""

from pathlib import Path

import anyio
import pytest
from PIL import Image

from tests.actors import Actor, call, cast, review
from tests.test_prompts import CALL, FORMS, READ_ONLY
from viga_agent.cli import main
from viga_agent.folder import make_folder
from viga_agent.limits import Limits
from viga_agent.motion_session import spread
from viga_agent.policies.model import ModelPolicy
from viga_agent.policies.roles import TOOLS
from viga_agent.runs import run_task
from viga_agent.session import Role
from viga_agent.story import Story
from viga_agent.tasks import TaskError, read_task
from viga_agent.trajectory import read_events
from viga_mcp import prompts

EXAMPLE = Path(__file__).parent.parent / "examples" / "bounce_dynamic"
SUNK = """\
import bpy
bpy.ops.mesh.primitive_plane_add(size=20)
bpy.context.object.name = "Floor"
bpy.ops.mesh.primitive_uv_sphere_add(radius=0.5)
ball = bpy.context.object
ball.name = "Ball"
for thing in (bpy.data.objects["Floor"], ball):
    thing.data.materials.append(bpy.data.materials.new("Paint"))
for frame, z in {1: 2.5, 12: -0.2, 24: 2.5}.items():
    ball.location.z = z
    ball.keyframe_insert("location", frame=frame)
"""
MENDED = """\
import bpy
ball = bpy.data.objects["Ball"]
ball.location.z = 0.5
ball.keyframe_insert("location", frame=12)
"""


def folder_of(path: Path, kind: str, *pictures: str, text: str = "A ball.") -> Path:
    path.mkdir()
    (path / "task.yaml").write_text(f"kind: {kind}\ntext: {text}\n", encoding="utf-8")
    for name in pictures:
        Image.new("RGB", (80, 60), (150, 120, 90)).save(path / name)
    return path


def play(task: Path, generator: list[str], scores: list[float]) -> Story:
    """A run in which the generator only sends programs, on top of the start, and the verifier only scores."""
    actors: dict[Role, Actor] = {
        "generator": Actor(call("execute_blender_code", code=code) for code in generator),
        "verifier": Actor(review(score, "revise") for score in scores),
    }
    policy = ModelPolicy(cast(actors), "vlm")
    folder = make_folder(task.parent / "out", task.name)
    return anyio.run(run_task, read_task(task), folder, policy, Limits(rounds=len(generator)))


def test_a_picture_alone_is_a_task_that_begins_with_a_stage_of_its_aspect(tmp_path: Path) -> None:
    task = read_task(folder_of(tmp_path / "photo", "static", "target.png"))

    assert task.program
    assert task.base is None
    assert "resolution_x, scene.render.resolution_y = 80, 60\n" in task.program
    assert 'objects.new("Camera1"' in task.program
    assert "frame_end" not in task.program


def test_what_moves_may_have_a_picture_for_some_of_its_frames(tmp_path: Path) -> None:
    task = read_task(folder_of(tmp_path / "fall", "dynamic", "target@96.png", "target.png", "target@12.png"))

    assert {frame: file.name for frame, file in task.frames.items()} == {
        1: "target.png",
        12: "target@12.png",
        96: "target@96.png",
    }
    assert task.target is None
    assert task.program
    assert "frame_start, scene.frame_end = 1, 96\n" in task.program


@pytest.mark.parametrize(
    ("pictures", "text", "why"),
    [
        (["target2.png"], "Fall.", r"of which frame\? A picture of frame 12 is target@12\.png"),
        (["target.png", "target@1.png"], "Fall.", "frame 1 has a picture already"),
        ([f"target@{frame}.png" for frame in range(1, 10)], "Fall.", "9 target pictures; 8 frames can be compared"),
        ([], "", "no text: it must say what is to happen"),
    ],
)
def test_a_moving_task_that_can_not_be_read_says_why(tmp_path: Path, pictures: list[str], text: str, why: str) -> None:
    with pytest.raises(TaskError, match=why):
        read_task(folder_of(tmp_path / "fall", "dynamic", *pictures, text=text))


def test_a_search_is_refused_what_moves(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    task = folder_of(tmp_path / "fall", "dynamic")

    assert main(["run", str(task), "--policy", "search"]) == 2
    assert "dynamic needs --policy vlm and --model, or replay" in capsys.readouterr().err


def test_the_wanted_frames_are_among_those_that_are_shown() -> None:
    assert spread(1, 51, []) == [1, 11, 21, 31, 41, 51]
    assert spread(1, 72, [9, 16]) == [1, 9, 16, 25, 48, 72]
    assert spread(1, 72, range(2, 10)) == list(range(2, 10))


@pytest.mark.parametrize("kind", TOOLS)
@pytest.mark.parametrize("role", ["generator", "verifier"])
def test_a_role_has_the_tools_that_its_prompt_names(kind: str, role: Role) -> None:
    named = {tool for tool, _ in CALL.findall(prompts.render(f"{kind}-{role}"))}

    assert named - FORMS - {"set_target", "checkout_revision"} <= TOOLS[kind][role]
    assert role == "generator" or TOOLS[kind][role] <= READ_ONLY


@pytest.mark.blender
def test_a_picture_is_approached_from_nothing_without_a_model(tmp_path: Path) -> None:
    task, out = folder_of(tmp_path / "photo", "static", "target.png"), tmp_path / "out"

    assert main(["run", str(task), "--out", str(out), "--policy", "search", "--max-renders", "20"]) == 0

    start, *_, last = [event for event in read_events(out / "events.jsonl") if event["event"] == "judged"]
    assert last["loss"] < 0.8 * start["loss"] < 0.5


@pytest.mark.blender
def test_a_program_without_the_camera_of_the_target_is_a_bad_round_and_not_the_end(tmp_path: Path) -> None:
    task = folder_of(tmp_path / "photo", "static", "target.png")
    lost = "import bpy\nbpy.data.objects.remove(bpy.data.objects['Camera1'])"
    darker = "import bpy\nbpy.data.lights['Sun'].energy = 0.0"

    story = play(task, [lost, darker], [1, 6])

    assert [judged.revision for judged in story.judged] == ["r1", "r2", "r3"]
    assert (story.judged[1].loss, story.judged[1].is_kept) == (1.0, False)
    assert story.status == "done"
    assert [step.who for chapter in story.chapters for step in chapter.failures] == ["compare_with_target"]


@pytest.mark.blender
def test_of_two_motions_with_one_score_the_one_with_fewer_findings_is_kept(tmp_path: Path) -> None:
    task = folder_of(tmp_path / "fall", "dynamic")

    story = play(task, [SUNK, MENDED], [5, 5])

    start, sunk, mended = story.judged
    assert (start.metrics["moving"], sunk.metrics["moving"]) == (0, 1)
    assert mended.metrics["findings"] < sunk.metrics["findings"]
    assert (sunk.is_kept, story.best_revision) == (True, mended.revision)
    assert (sunk.loss, mended.loss) == pytest.approx((0.55, 0.54))


@pytest.mark.blender
@pytest.mark.timeout(300)
def test_the_recorded_fall_is_compared_with_its_frames_and_ends_at_the_mended_one(tmp_path: Path) -> None:
    out = tmp_path / "out"

    assert main(["run", str(EXAMPLE), "--out", str(out)]) == 0

    _, sunk, mended = [event for event in read_events(out / "events.jsonl") if event["event"] == "judged"]
    assert mended["metrics"]["photometric_loss"] < sunk["metrics"]["photometric_loss"] / 3
    assert (sunk["metrics"]["findings"], mended["metrics"]["findings"]) == (1, 0)
    with Image.open(out / "result.png") as result, Image.open(out / "target.png") as target:
        assert result.size == target.size
        assert result.width > 4 * 256
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "Score by the verifier" in page
    assert "Closer to the target" not in page
