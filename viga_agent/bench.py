"""The table of ways of working: each on each task, what it started from and came to, and what it spent.

Where a way needs a model, recorded replies are played again, and the table says so.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from viga_agent.story import Story
from viga_agent.tasks import Task
from viga_agent.trajectory import read_events


@dataclass(frozen=True)
class Way:
    """A configuration of the agent.

    Args:
        arguments: Of `viga-agent run`.
        recording: File in a task's folder with what models answered; None for a way without models.
    """

    name: str
    arguments: tuple[str, ...]
    recording: str | None


WAYS = (
    Way("one shot", ("--policy", "vlm", "--rounds", "1"), "replies.jsonl"),
    Way("memory off", ("--policy", "vlm", "--memory", "off"), "replies-memory-off.jsonl"),
    Way("full loop", ("--policy", "vlm"), "replies.jsonl"),
    Way("search", ("--policy", "search"), None),
    Way("hybrid", ("--policy", "hybrid"), "replies-hybrid.jsonl"),
)


@dataclass(frozen=True)
class Line:
    """A line of the table: losses of the start, of the result, of the last round, and of the best one by its loss."""

    task: str
    way: str
    who: str
    start: float
    selected: float
    last: float
    best: float
    score: float | None
    rounds: int
    renders: int
    tokens: int | None
    seconds: float
    status: str


Run = Callable[[Sequence[str]], Story]
"""Runs `viga-agent run` with these arguments."""


def measure(tasks: Sequence[Task], run: Run, out: Path, model: Sequence[str] = ()) -> list[Line]:
    """All ways on all tasks, one after another; a way that a task has no recording for is left out.

    Args:
        out: Folder for the runs' folders.
        model: Arguments that choose a model to ask, instead of recorded replies.
    """
    lines: list[Line] = []
    for task in tasks:
        for way in WAYS:
            if arguments := _arguments(task, way, model):
                folder = out / f"{task.name}-{way.name.replace(' ', '-')}"
                story = run([str(task.folder), "--out", str(folder), *arguments])
                who = "nobody" if way.recording is None else " ".join(model) or "recorded"
                lines.append(_line(task, way, who, story, _tokens(folder / "events.jsonl")))
    return lines


def table(lines: Sequence[Line]) -> str:
    """As Markdown."""
    losses, spent = ["start", "selected", "last", "best"], ["rounds", "renders", "tokens", "seconds"]
    head = ["task", "way", "model", *losses, "score", *spent]
    rows = [head, ["---"] * len(head), *(_cells(line) for line in lines)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    return "\n".join(
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows
    )


def _arguments(task: Task, way: Way, model: Sequence[str]) -> Sequence[str] | None:
    if task.target is None and way.name in {"search", "hybrid"}:
        return None  # nothing to fit to
    if way.recording is None:
        return way.arguments
    if model:
        return [*way.arguments, *model]
    recording = task.folder / way.recording
    return [*way.arguments, "--replies", str(recording)] if recording.is_file() else None


def _tokens(events: Path) -> int | None:
    """What models took in and gave out; of recorded replies what they would."""
    spent = [event.get("spent") or event.get("estimated") for event in read_events(events) if event["event"] == "reply"]
    return sum(one["input"] + one["output"] for one in spent if one) if spent else None


def _line(task: Task, way: Way, who: str, story: Story, tokens: int | None) -> Line:
    judged = story.judged
    return Line(
        task=task.name,
        way=way.name,
        who=who,
        start=judged[0].loss if judged else float("nan"),
        selected=story.best.loss if story.best else float("nan"),
        last=judged[-1].loss if judged else float("nan"),
        best=min((one.loss for one in judged), default=float("nan")),
        score=story.best.review["score"] if story.best and story.best.review else None,
        rounds=story.rounds,
        renders=story.renders,
        tokens=tokens,
        seconds=story.seconds,
        status=story.status,
    )


def _cells(line: Line) -> list[str]:
    losses = [f"{loss:.3g}" for loss in (line.start, line.selected, line.last, line.best)]
    score = "-" if line.score is None else f"{line.score:g}"
    tokens = "-" if line.tokens is None else f"{'about ' if line.who == 'recorded' else ''}{line.tokens:,}"
    way = line.way if line.status == "done" else f"{line.way} ({line.status})"
    spent = [f"{line.rounds}", f"{line.renders}", tokens, f"{line.seconds:.0f}"]
    return [line.task, way, line.who, *losses, score, *spent]
