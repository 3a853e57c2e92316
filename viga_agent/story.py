"""A run told from its events: what a summary, `result.json` and the report are made from. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from viga_agent.changes import Change, changed_literals
from viga_agent.trajectory import Event


@dataclass(frozen=True)
class Judged:
    """A revision that was measured, and maybe reviewed; the start has round 0."""

    round: int
    revision: str
    renders: int
    loss: float
    metrics: Mapping[str, Any]
    changes: Sequence[Mapping[str, Any]]
    note: str
    review: Mapping[str, Any] | None
    seconds: float
    is_kept: bool = False


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
        tokens: "input" and "output" of all models; None where none was asked.
        money: Their price in USD; None where none was asked, or a price is not known.
    """

    task: Mapping[str, Any]
    settings: Mapping[str, Any]
    versions: Mapping[str, str]
    started: str
    status: str = "unfinished"
    reason: str = "the events stop here: the process was killed, or is still running"
    judged: tuple[Judged, ...] = ()
    points: tuple[Point, ...] = ()
    errors: tuple[Mapping[str, str], ...] = ()
    programs: Mapping[str, str] = field(default_factory=dict[str, str])
    best_revision: str | None = None
    renders: int = 0
    rounds: int = 0
    seconds: float = 0.0
    tokens: Mapping[str, int] | None = None
    money: float | None = None

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
    kept = {e["revision"] for e in events if e["event"] == "best"}
    ends = [e for e in events if e["event"] in {"run_ended", "run_resumed"}]
    ended = ends[-1] if ends and ends[-1]["event"] == "run_ended" else None
    opened = next((e for e in events if e["event"] == "opened"), Event())
    judged = tuple(
        Judged(
            **{name: e[name] for name in ("round", "revision", "renders", "loss", "metrics", "changes", "note")},
            review=e.get("review"),
            seconds=e["t"],
            is_kept=e["revision"] in kept,
        )
        for e in events
        if e["event"] == "judged"
    )
    story = Story(
        task={**first["task"], **{name: opened[name] for name in ("view", "summary") if name in opened}},
        settings=first["settings"],
        versions={**first["versions"], **({"Blender": opened["blender"]} if "blender" in opened else {})},
        started=first["at"],
        judged=judged,
        points=tuple(
            Point(e["round"], e["renders"], e["loss"])
            for e in events
            if e["event"] == "progress" and e["loss"] is not None
        ),
        errors=tuple({name: e[name] for name in ("tool", "kind", "message")} for e in events if e["event"] == "error"),
        programs={e["revision"]: e["program"] for e in events if "program" in e},
        best_revision=next((e["revision"] for e in reversed(events) if e["event"] == "best"), None),
        renders=max((e.get("renders", 0) for e in events), default=0),
        rounds=max((e.get("round", 0) for e in events), default=0),
        seconds=events[-1]["t"],
        **_spent([e["spent"] for e in events if e["event"] == "reply" and e.get("spent")]),
    )
    return story if ended is None else _ended(story, ended)


def result(story: Story) -> dict[str, Any]:
    """The contents of `result.json`."""
    return {
        "status": story.status,
        "reason": story.reason,
        "task": story.task["name"],
        "policy": story.settings["policy"],
        "best_revision": story.best_revision,
        "start": dict(story.start.metrics) if story.start else None,
        "final": dict(story.best.metrics) if story.best else None,
        "review": story.best.review if story.best else None,
        "loss_ratio": story.ratio,
        "changes": [vars(change) for change in story.changes],
        "renders": story.renders,
        "rounds": story.rounds,
        "tokens": None if story.tokens is None else dict(story.tokens),
        "money": story.money,
        "seconds": round(story.seconds, 3),
    }


def _spent(replies: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    if not replies:
        return {}
    prices = [reply["usd"] for reply in replies]
    return {
        "tokens": {name: sum(reply[name] for reply in replies) for name in ("input", "output")},
        "money": None if None in prices else sum(prices),
    }


def _ended(story: Story, event: Event) -> Story:
    return replace(story, status=event["status"], reason=event["reason"], seconds=event["t"])
