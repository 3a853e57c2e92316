"""A run told from its events: what a summary, `result.json` and the report are made from. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from viga_agent.changes import Change, changed_literals
from viga_agent.chapters import Chapter, Cost, Judged, add_up, chapters, judged_revisions
from viga_agent.trajectory import Event


@dataclass(frozen=True)
class Point:
    """The loss that a search reported after so many renders of the run."""

    round: int
    renders: int
    loss: float


@dataclass(frozen=True)
class Story:
    """A run, ended or not.

    Args:
        status: "done", "failed", "interrupted"; "unfinished" where the events just stop.
        reason: Why it ended.
        started: UTC, ISO 8601.
        chapters: The rounds, from 0, which judged the start.
        programs: By revision.
        cost: Of all models' replies; None where none was asked.
    """

    task: Mapping[str, Any]
    settings: Mapping[str, Any]
    versions: Mapping[str, str]
    started: str
    status: str = "unfinished"
    reason: str = "the events stop here: the process was killed, or is still running"
    judged: tuple[Judged, ...] = ()
    points: tuple[Point, ...] = ()
    chapters: tuple[Chapter, ...] = ()
    programs: Mapping[str, str] = field(default_factory=dict[str, str])
    best_revision: str | None = None
    renders: int = 0
    rounds: int = 0
    seconds: float = 0.0
    cost: Cost | None = None

    @property
    def start(self) -> Judged | None:
        return self.judged[0] if self.judged else None

    @property
    def best(self) -> Judged | None:
        return next((j for j in self.judged if j.revision == self.best_revision), None)

    @property
    def ratio(self) -> float | None:
        """Final loss over the start's; 1 if nothing better was found."""
        if not (self.start and self.best):
            return None
        return self.best.loss / self.start.loss if self.start.loss > 0 else 1.0

    @property
    def is_of_slides(self) -> bool:
        return self.task["kind"] == "slides"

    @property
    def is_scored(self) -> bool:
        """Whether what a reviewer says decides, so that losses don't tell how much nearer it is."""
        return self.task["kind"] in {"slides", "dynamic"}

    @property
    def work(self) -> str:
        """The file in the run's folder that is the result."""
        return "deck.pptx" if self.is_of_slides else "scene.blend"

    @property
    def start_program(self) -> str:
        return self.programs.get(self.start.revision, "") if self.start else ""

    @property
    def best_program(self) -> str:
        return self.programs.get(self.best_revision or "", "")

    @property
    def changes(self) -> list[Change]:
        """Numbers of the best program that are not the start's."""
        named = [change for judged in self.judged if judged.is_kept for change in judged.changes]
        return changed_literals(self.start_program, self.best_program, named)


def tell(events: Sequence[Event]) -> Story:
    """The story so far.

    Raises:
        ValueError: If the events don't begin with `run_started`.
    """
    if not events or events[0].get("event") != "run_started":
        raise ValueError("the events don't begin with run_started")
    first = events[0]
    opened = next((e for e in events if e["event"] == "opened"), Event())
    judged = judged_revisions(events)
    story = Story(
        task={**first["task"], **{name: opened[name] for name in ("view", "summary") if name in opened}},
        settings={**first["settings"], **_newest(events, "run_resumed").get("settings", {})},
        versions={**first["versions"], **({"Blender": opened["blender"]} if "blender" in opened else {})},
        started=first["at"],
        judged=judged,
        points=tuple(
            Point(e["round"], e["renders"], e["loss"])
            for e in events
            if e["event"] == "progress" and e["loss"] is not None
        ),
        chapters=chapters(events, judged),
        programs={e["revision"]: e["program"] for e in events if "program" in e},
        best_revision=_newest(events, "best").get("revision"),
        renders=max((e.get("renders", 0) for e in events), default=0),
        rounds=max((e.get("round", 0) for e in events), default=0),
        seconds=events[-1]["t"],
        cost=add_up(e.get("spent") for e in events if e["event"] == "reply"),
    )
    last = _newest(events, "run_ended", "run_resumed")
    if last.get("event") != "run_ended":
        return story
    return replace(story, status=last["status"], reason=last["reason"], seconds=last["t"])


def result(story: Story) -> dict[str, Any]:
    """The contents of `result.json`."""
    return {
        "status": story.status,
        "reason": story.reason,
        "task": story.task["name"],
        "kind": story.task["kind"],
        "started": story.started,
        "policy": story.settings["policy"],
        "best_revision": story.best_revision,
        "start": dict(story.start.metrics) if story.start else None,
        "final": dict(story.best.metrics) if story.best else None,
        "review": story.best.review if story.best else None,
        "loss": {"start": story.start.loss if story.start else None, "best": story.best.loss if story.best else None},
        "loss_ratio": story.ratio,
        "changes": [vars(change) for change in story.changes],
        "renders": story.renders,
        "rounds": story.rounds,
        "tokens": {"input": story.cost.input, "output": story.cost.output} if story.cost else None,
        "money": story.cost.money if story.cost else None,
        "seconds": round(story.seconds, 3),
    }


def _newest(events: Sequence[Event], *kinds: str) -> Event:
    """The last event of one of these kinds; an empty one if there is none."""
    return next((e for e in reversed(events) if e["event"] in kinds), Event())
