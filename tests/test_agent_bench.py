"""The table of ways of working: what is run, what is left out, and what it says."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.number_line import number_task
from viga_agent.bench import Line, measure, table
from viga_agent.cli import main
from viga_agent.story import Story, tell
from viga_agent.tasks import Task, read_task
from viga_agent.trajectory import Trajectory

LOSSES = (0.5, 0.1, 0.2)


def told(out: Path, status: str) -> Story:
    """A run whose second round was worse than its first."""
    out.mkdir()
    with Trajectory(out / "events.jsonl") as trajectory:
        events: list[Any] = []
        happened: list[tuple[str, dict[str, Any]]] = [
            ("run_started", {"task": {"name": "t", "kind": "edit"}, "settings": {}, "versions": {}}),
            ("reply", {"role": "generator", "round": 1, "estimated": {"input": 900, "output": 100}}),
            *(
                ("judged", {"round": n, "revision": f"r{n}", "renders": n, "loss": loss, "metrics": {}, "changes": [],
                            "note": "", "review": {"score": 4 + n} if n else None, "program": ""})
                for n, loss in enumerate(LOSSES)
            ),
            ("best", {"revision": "r1", "round": 1, "loss": 0.1}),
            ("run_ended", {"status": status, "reason": "so"}),
        ]  # fmt: skip
        for kind, fields in happened:
            trajectory.record(kind, **fields)
            events.append({"event": kind, "t": 1.0, "at": "2026-01-01T00:00:00+00:00", **fields})
    return tell([{**event, "reply": {"parts": []}} if event["event"] == "reply" else event for event in events])


@pytest.fixture
def task(tmp_path: Path) -> Task:
    task = number_task(tmp_path / "tasks" / "cube")
    for name in ("replies", "replies-hybrid"):
        (task.folder / f"{name}.jsonl").write_text("{}\n", encoding="utf-8")
    return read_task(task.folder)


def measured(task: Task, out: Path, model: Sequence[str] = (), status: str = "done") -> tuple[list[Line], list[str]]:
    ran: list[str] = []

    def run(words: Sequence[str]) -> Story:
        ran.append(" ".join(words[3:]))
        return told(Path(words[2]), status)

    out.mkdir()
    return measure([task], run, out, model), ran


def test_each_way_is_run_and_one_without_a_recording_left_out(task: Task, tmp_path: Path) -> None:
    lines, ran = measured(task, tmp_path / "out")

    folder = task.folder
    assert ran == [
        f"--policy vlm --rounds 1 --replies {folder / 'replies.jsonl'}",
        f"--policy vlm --replies {folder / 'replies.jsonl'}",
        "--policy search",
        f"--policy hybrid --replies {folder / 'replies-hybrid.jsonl'}",
    ]
    assert [(line.way, line.who) for line in lines] == [
        ("one shot", "recorded"),
        ("full loop", "recorded"),
        ("search", "nobody"),
        ("hybrid", "recorded"),
    ]


def test_a_model_takes_the_place_of_recordings_in_every_way(task: Task, tmp_path: Path) -> None:
    _, ran = measured(task, tmp_path / "out", ["--model", "openai:gpt-5"])

    assert [("--model openai:gpt-5" in words, "--replies" in words) for words in ran] == [
        (True, False), (True, False), (True, False), (False, False), (True, False),
    ]  # fmt: skip


def test_nothing_is_fitted_where_there_is_no_target(task: Task, tmp_path: Path) -> None:
    lines, _ = measured(replace(task, target=None, kind="slides"), tmp_path / "out")

    assert [line.way for line in lines] == ["one shot", "full loop"]


def test_a_line_tells_start_result_last_and_best_and_what_was_spent(task: Task, tmp_path: Path) -> None:
    lines, _ = measured(task, tmp_path / "out", status="failed")

    first = table(lines).splitlines()[2]
    assert [cell.strip() for cell in first.strip("|").split("|")] == [
        "cube", "one shot (failed)", "recorded", "0.5", "0.1", "0.2", "0.1", "5", "2", "2", "about 1,000", "1",
    ]  # fmt: skip


def test_a_table_is_not_written_over_another_one(
    task: Task, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "out").mkdir()

    assert main(["bench", str(task.folder.parent), "--out", str(tmp_path / "out")]) == 2
    assert "is there already" in capsys.readouterr().err
    assert main(["bench", str(tmp_path / "out"), "--out", str(tmp_path / "new")]) == 2
    assert "holds no task" in capsys.readouterr().err
    assert main(["bench", str(tmp_path / "nowhere")]) == 2
    assert not (tmp_path / "new").exists()


@pytest.mark.slides
def test_the_table_of_the_shipped_deck_replays_it_both_ways(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    examples = Path(__file__).parent.parent / "examples"

    command = ["bench", str(examples), "--only", "harbour_slides", "--out", str(tmp_path / "out"), "--json"]
    assert main(command) == 0

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(line["way"], line["rounds"], line["score"]) for line in lines] == [
        ("one shot", 1, 5),
        ("memory off", 3, 9),
        ("full loop", 3, 9),
    ]
    assert lines[0]["tokens"] < lines[1]["tokens"] < lines[2]["tokens"]
