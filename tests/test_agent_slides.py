"""`viga-agent` on slides: models in both roles, scripted or recorded, against the real server and real LibreOffice."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from pptx import Presentation
from pydantic_ai.messages import ModelMessage, ModelResponse, TextPart, ToolCallPart

from tests.actors import Actor, call, cast, review, told
from viga_agent.cli import main
from viga_agent.folder import RunFolder, make_folder
from viga_agent.limits import Limits
from viga_agent.policies.model import ModelPolicy
from viga_agent.runs import run_task
from viga_agent.session import Role
from viga_agent.story import Story
from viga_agent.tasks import read_task
from viga_agent.trajectory import Event, read_events

pytestmark = pytest.mark.slides

EXAMPLE = Path(__file__).parent.parent / "examples" / "harbour_slides"
PROGRAM = "slide = prs.slides.add_slide(prs.slide_layouts[5])\nslide.shapes.title.text = 'Tides'\n"


@pytest.fixture(scope="module")
def replayed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the shipped recording, run again."""
    out = tmp_path_factory.mktemp("runs") / "out"
    assert main(["run", str(EXAMPLE), "--out", str(out)]) == 0
    return out


@pytest.fixture
def task(tmp_path: Path) -> Path:
    folder = tmp_path / "tides"
    folder.mkdir()
    (folder / "task.yaml").write_text("kind: slides\ntext: One slide with the title 'Tides'.\n", encoding="utf-8")
    return folder


async def play(
    task: Path, generator: list[ModelResponse], verifier: list[ModelResponse], limits: Limits | None = None
) -> tuple[Story, RunFolder, dict[Role, list[list[ModelMessage]]]]:
    actors: dict[Role, Actor] = {"generator": Actor(generator), "verifier": Actor(verifier)}
    folder = make_folder(task.parent / "out", task.name)
    story = await run_task(read_task(task), folder, ModelPolicy(cast(actors), "vlm"), limits or Limits())
    return story, folder, {role: actor.asked for role, actor in actors.items()}


def events_of(folder: Path, kind: str) -> list[Event]:
    return [event for event in read_events(folder / "events.jsonl") if event["event"] == kind]


def test_the_recorded_task_goes_from_instruction_to_a_corrected_deck_and_its_report(replayed: Path) -> None:
    result = json.loads((replayed / "result.json").read_text(encoding="utf-8"))
    judged = events_of(replayed, "judged")
    page = (replayed / "report.html").read_text(encoding="utf-8")

    assert (result["status"], result["reason"]) == ("done", "accepted by the verifier")
    assert result["review"]["verdict"] == "accept"
    assert judged[1]["metrics"]["warnings"] > 0
    assert result["final"] == {"errors": 0, "warnings": 0, "notes": 0}
    assert [event["review"]["score"] for event in judged[1:]] == sorted(e["review"]["score"] for e in judged[1:])
    assert [slide.shapes.title.text for slide in Presentation(str(replayed / "deck.pptx")).slides] == [  # pyright: ignore[reportOptionalMemberAccess]
        "Harbour report",
        "The north terminal took most of the growth",
        "Two works are left to pay for",
    ]
    assert page.count('<article class="round"') == len(judged) - 1
    assert "The table has a fourth row, which is empty." in page


def test_a_replay_of_a_replay_makes_the_same_program_and_pictures(replayed: Path, tmp_path: Path) -> None:
    out = tmp_path / "again"

    assert main(["run", str(EXAMPLE), "--out", str(out), "--replies", str(replayed / "events.jsonl")]) == 0

    for name in ("program.py", "result.png"):
        assert (out / name).read_bytes() == (replayed / name).read_bytes()


def test_what_a_model_does_wrong_is_told_it_and_ends_nothing(replayed: Path) -> None:
    results = events_of(replayed, "tool_result")

    assert any(not e["ok"] and "AttributeError" in e["text"] and "COLUMN" in e["text"] for e in results)
    assert any(not e["ok"] and "`old` and `new` are equal" in e["text"] for e in results)


async def test_invented_tools_broken_arguments_and_idle_talk_come_back_to_the_model(task: Path) -> None:
    story, _, asked = await play(
        task,
        [
            ModelResponse([TextPart("I shall make a slide.")]),
            call("make_slide", title="Tides"),
            ModelResponse([ToolCallPart("compile_slides", '{"code": "x')]),
            call("compile_slides", code=PROGRAM, colour="blue"),
            call("compile_slides", code=PROGRAM, deck="other", note="the slide"),
        ],
        [review(11, "accept"), call("compile_slides", code="pass"), review(8, "accept")],
    )

    assert (story.status, story.best_revision) == ("done", "r2")
    first, second, third, fourth = (told(messages) for messages in asked["generator"][1:])
    assert "without calling a tool" in first
    assert "There is no tool 'make_slide'. Tools: " in second
    assert "are no JSON object" in third
    assert "compile_slides has no argument 'colour'" in fourth
    assert "score: Input should be less than or equal to 10" in told(asked["verifier"][1])
    assert "There is no tool 'compile_slides'. Tools: " in told(asked["verifier"][2])


async def test_a_worse_round_is_not_kept_and_the_next_goes_on_from_the_best(task: Path) -> None:
    worse = "prs.slides[0].shapes.title.text = 'Tydes'"
    finding = {"severity": "error", "where": "slide 1", "evidence": "It says Tydes.", "fix": "Tides."}

    story, folder, asked = await play(
        task,
        [call("compile_slides", code=PROGRAM), call("compile_slides", code=worse, mode="patch"),
         call("compile_slides", edits=[{"old": "'Tides'", "new": "'Tides '"}])],
        [review(6, "revise"), review(2, "revise", finding), review(7, "revise")],
        Limits(rounds=3),
    )  # fmt: skip

    assert story.best_revision == "r4"
    view = told(asked["generator"][2])
    assert "The program of r2, from which you go on:" in view
    assert "r3, was worse and is not gone on from" in view
    assert "It says Tydes." in view
    assert folder.program.read_text(encoding="utf-8") == PROGRAM.replace("'Tides'", "'Tides '")


async def test_rounds_that_gain_nothing_end_a_run(task: Path) -> None:
    turns = [call("compile_slides", code=f"{PROGRAM}# {number}\n") for number in range(3)]

    story, _, _ = await play(task, turns, [review(6, "revise")] * 3)

    assert (story.status, story.reason, story.best_revision) == ("done", "2 rounds gained nothing", "r2")


async def test_a_round_costs_the_same_messages_and_pictures_however_many_came_before(task: Path) -> None:
    turns = [call("compile_slides", code=f"{PROGRAM}# {number}\n") for number in range(6)]

    _, _, asked = await play(task, turns, [review(3 + number / 2, "revise") for number in range(6)], Limits(rounds=6))

    views = asked["generator"]
    assert [len(messages) for messages in views] == [1, 3, 5, 7, 7, 7]
    assert [sum(str(m.parts).count("media_type='image/") for m in messages) for messages in views[1:]] == [1] * 5
    assert all(told(messages).count("| start | r1 |") == 1 for messages in views if len(messages) == 1)
    assert "| 5 | r6 |" in told(views[5])


@pytest.mark.parametrize(
    ("kept", "reason"),
    [
        (slice(0, 1), "the recording holds no further reply of the generator"),
        (slice(0, 3), "the recording holds no further reply of the verifier"),
    ],
)
def test_a_recording_that_does_not_fit_fails_and_says_where(kept: slice, reason: str, tmp_path: Path) -> None:
    folder = tmp_path / "task"
    shutil.copytree(EXAMPLE, folder)
    replies = folder / "replies.jsonl"
    replies.write_text("\n".join(replies.read_text(encoding="utf-8").splitlines()[kept]), encoding="utf-8")

    assert main(["run", str(folder), "--out", str(tmp_path / "out")]) == 1

    assert reason in json.loads((tmp_path / "out" / "result.json").read_text(encoding="utf-8"))["reason"]


def test_slides_without_a_recording_say_what_is_missing(task: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", str(task), "--out", str(task.parent / "out")]) == 2
    assert "no replies.jsonl to replay" in capsys.readouterr().err

    assert main(["run", str(task), "--policy", "search", "--out", str(task.parent / "out")]) == 2
    assert "slides needs --policy vlm and --model, or replay" in capsys.readouterr().err


@pytest.mark.parametrize("share", [0.15, 0.5, 0.8])
def test_a_run_that_was_killed_is_resumed_to_the_same_deck(share: float, replayed: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    whole = (replayed / "events.jsonl").stat().st_size
    child = subprocess.Popen([sys.executable, "-m", "viga_agent", "run", str(EXAMPLE), "--out", str(out)])
    with child:
        while child.poll() is None and not _has(out / "events.jsonl", share * whole):
            pass
        child.kill()

    assert main(["resume", str(out)]) == 0

    for name in ("program.py", "result.png"):
        assert (out / name).read_bytes() == (replayed / name).read_bytes()
    kept = ("status", "reason", "review", "start", "final", "loss_ratio", "rounds")
    results = [json.loads((folder / "result.json").read_text(encoding="utf-8")) for folder in (out, replayed)]
    assert [results[0][name] for name in kept] == [results[1][name] for name in kept]
    assert [e["recalled"] > 0 for e in events_of(out, "run_resumed")] == [True]


def _has(path: Path, size: float) -> bool:
    return path.is_file() and path.stat().st_size >= size


def test_a_run_that_failed_is_resumed_where_it_failed_and_may_spend_more(tmp_path: Path) -> None:
    task, out = tmp_path / "task", tmp_path / "out"
    shutil.copytree(EXAMPLE, task)
    replies = (task / "replies.jsonl").read_text(encoding="utf-8")
    (task / "replies.jsonl").write_text("\n".join(replies.splitlines()[:6]), encoding="utf-8")
    assert main(["run", str(task), "--out", str(out), "--rounds", "1"]) == 0
    assert main(["resume", str(out), "--rounds", "5"]) == 0
    assert "holds no further reply" in (out / "result.json").read_text(encoding="utf-8")

    (task / "replies.jsonl").write_text(replies, encoding="utf-8")
    assert main(["resume", str(out), "--rounds", "5"]) == 0

    result = json.loads((out / "result.json").read_text(encoding="utf-8"))
    assert (result["reason"], result["rounds"]) == ("accepted by the verifier", 3)
    assert [e["round"] for e in events_of(out, "judged")] == [0, 1, 2, 3]


def test_what_is_no_run_cannot_be_resumed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["resume", str(tmp_path)]) == 2
    assert "is no run that can go on" in capsys.readouterr().err
