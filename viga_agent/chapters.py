"""What happened in each round of a run, from its events. Pure."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from viga_agent.trajectory import Event, call_key

SHOWN_CHARACTERS = 1500
"""Of a text that was said or returned; the events have all of it."""


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
class Cost:
    """Tokens of models' replies, and their price in USD; None if the price of one is not known."""

    input: int
    output: int
    money: float | None


@dataclass(frozen=True)
class Step:
    """Something that was said, called, or went wrong.

    Args:
        who: A role or a tool.
        text: The role's words; what a tool was called with; what went wrong.
        outcome: What a call returned, or why it failed; empty while it goes on.
        pictures: That a call returned, relative to the run's folder.
        seconds: That a call took, or that is waited before another try.
        branch: Of the candidate that it was for.
    """

    kind: Literal["words", "call", "failed_call", "failed_reply", "retry", "error"]
    who: str
    text: str
    outcome: str = ""
    pictures: tuple[str, ...] = ()
    seconds: float | None = None
    branch: str | None = None

    @property
    def is_failure(self) -> bool:
        return self.kind not in {"words", "call"}


@dataclass(frozen=True)
class Rival:
    """One of several candidates of a round, before one was chosen."""

    branch: str
    revision: str
    loss: float
    note: str


@dataclass(frozen=True)
class Choice:
    """What a judge said of two candidates; no winner if it said otherwise when they were swapped."""

    a: str
    b: str
    winner: Literal["a", "b"] | None
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Chapter:
    """One round.

    Args:
        base: The revision that it went on from.
        judged: None while it goes on, and if it failed.
        loss: That a search reached so far.
        cost: None where no model was asked.
        seconds: That it took, or takes so far.
        is_over: Nothing more comes of it.
    """

    round: int
    base: str | None
    judged: Judged | None = None
    steps: tuple[Step, ...] = ()
    rivals: tuple[Rival, ...] = ()
    choices: tuple[Choice, ...] = ()
    loss: float | None = None
    renders: int | None = None
    cost: Cost | None = None
    seconds: float = 0.0
    is_over: bool = False

    @property
    def failures(self) -> list[Step]:
        return [step for step in self.steps if step.is_failure]


def add_up(spent: Iterable[Mapping[str, Any] | None]) -> Cost | None:
    """The cost of replies, each as its event has it under `spent`; None if no model was asked."""
    asked = [one for one in spent if one]
    if not asked:
        return None
    prices = [one["usd"] for one in asked]
    return Cost(
        sum(one["input"] for one in asked),
        sum(one["output"] for one in asked),
        None if None in prices else sum(prices),
    )


def judged_revisions(events: Sequence[Event]) -> tuple[Judged, ...]:
    """In order; one that a resumed run judged again counts once."""
    kept = {e["revision"] for e in events if e["event"] == "best"}
    found = {
        (e["round"], e["revision"]): Judged(
            **{name: e[name] for name in ("round", "revision", "renders", "loss", "metrics", "changes", "note")},
            review=e.get("review"),
            seconds=e["t"],
            is_kept=e["revision"] in kept,
        )
        for e in events
        if e["event"] == "judged"
    }
    return tuple(found.values())


def chapters(events: Sequence[Event], judged: Iterable[Judged]) -> tuple[Chapter, ...]:
    """The rounds in order; the first one, round 0, is the preparation and judgement of the start.

    Events without a round belong to the one that is going on: it ends when a revision is judged, or with an error.
    """
    known = {(one.round, one.revision): one for one in judged}
    drafts = [_Draft(0, None, 0.0, is_told=True)]
    best: str | None = None
    is_over = False
    for event in events:
        draft = drafts[-1]
        number = max(event.get("round", draft.number + (is_over and event["event"] in _STEPS)), draft.number)
        if number > draft.number:
            draft = _Draft(number, best, draft.ended_s)
            drafts.append(draft)
        draft.add(event)
        if event["event"] == "judged":
            draft.judged = known[event["round"], event["revision"]]
        if event["event"] == "best":
            best = event["revision"]
        is_over = draft.judged is not None or event["event"] == "error"
    return tuple(draft.chapter(is_last=draft is drafts[-1]) for draft in drafts if draft.is_told)


@dataclass
class _Draft:
    number: int
    base: str | None
    ended_s: float
    judged: Judged | None = None
    is_told: bool = False
    steps: list[Step] = field(default_factory=list[Step])
    calls: dict[tuple[str, int | None], int] = field(default_factory=dict[tuple[str, int | None], int])
    rivals: list[Rival] = field(default_factory=list[Rival])
    choices: list[Choice] = field(default_factory=list[Choice])
    spent: list[Mapping[str, Any] | None] = field(default_factory=list[Mapping[str, Any] | None])
    loss: float | None = None
    renders: int | None = None

    def __post_init__(self) -> None:
        self.started_s = self.ended_s

    def add(self, event: Event) -> None:
        kind = event["event"]
        if "round" in event or kind == "error":
            self.is_told = True  # else it is but what a run does when all rounds are over
        if kind != "run_ended":
            self.ended_s = event["t"]
        match kind:
            case "tool_call":
                self.calls[call_key(event)] = len(self.steps)
                self.steps.append(_step(event))
            case "tool_result" if call_key(event) in self.calls:
                at = self.calls[call_key(event)]
                self.steps[at] = _with_result(self.steps[at], event)
            case "reply":
                self.spent.append(event.get("spent"))
                self.steps += _words(event)
            case "error" if self.steps and self.steps[-1].outcome == _shown(event["message"]):
                pass  # the call that failed has said so
            case "error" | "reply_failed" | "retry":
                self.steps.append(_step(event))
            case "candidate":
                self.rivals.append(Rival(**{name: event[name] for name in ("branch", "revision", "loss", "note")}))
            case "choice":
                self.choices.append(Choice(event["a"], event["b"], event["winner"], _reasons(event["reasons"])))
            case "progress":
                self.loss, self.renders = event["loss"], event["renders"]
            case _:
                pass

    def chapter(self, *, is_last: bool) -> Chapter:
        failed = bool(self.steps) and self.steps[-1].kind == "error"
        return Chapter(
            self.number,
            self.base,
            self.judged,
            tuple(self.steps),
            tuple(self.rivals),
            tuple(self.choices),
            self.loss,
            self.renders,
            add_up(self.spent),
            (self.judged.seconds if self.judged else self.ended_s) - self.started_s,
            is_over=self.judged is not None or failed or not is_last,
        )


_STEPS = frozenset({"tool_call", "reply", "reply_failed", "retry", "error"})


def _step(event: Event) -> Step:
    branch = event.get("branch")
    match event["event"]:
        case "tool_call":
            return Step("call", event["tool"], _brief(event["arguments"]), branch=branch)
        case "retry":
            return Step("retry", event["role"], _shown(event["message"]), seconds=event["wait_s"], branch=branch)
        case "reply_failed":
            return Step("failed_reply", event["role"], _shown(event["message"]), branch=branch)
        case _:
            return Step("error", event["tool"], _shown(event["message"]), branch=branch)


def _with_result(step: Step, event: Event) -> Step:
    return replace(
        step,
        kind="call" if event["ok"] else "failed_call",
        outcome=_shown(event["text"]),
        pictures=tuple(picture["file"] for picture in event.get("pictures", ())),
        seconds=event["seconds"],
    )


def _words(event: Event) -> list[Step]:
    parts = event["reply"].get("parts", ())
    texts = [part["content"].strip() for part in parts if part.get("part_kind") == "text" and part.get("content")]
    return [Step("words", event["role"], _shown(text), branch=event.get("branch")) for text in texts if text]


def _brief(arguments: Mapping[str, Any]) -> str:
    """Arguments on a line: long ones by their size, for the programs among them are shown as differences."""
    return ", ".join(
        f"{name}={text if len(text) <= 80 else f'[{len(text):,} characters]'}"
        for name, value in arguments.items()
        if (text := json.dumps(value, ensure_ascii=False))
    )


def _reasons(reasons: str | Sequence[str]) -> tuple[str, ...]:
    return (reasons,) if isinstance(reasons, str) else tuple(reasons)


def _shown(text: str) -> str:
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]} [...]"
