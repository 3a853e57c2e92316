"""What the loop does with a piece of work, a scene or a deck: begin, measure, judge, keep; each step recorded."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from viga_agent.folder import RunFolder
from viga_agent.limits import Spent
from viga_agent.tasks import Task
from viga_agent.tools import OnProgress, Picture, Reply, Tools
from viga_agent.trajectory import Trajectory

FRUITLESS_ROUNDS = 2  # in a row, before a run ends


@dataclass(frozen=True)
class Candidate:
    """A judged revision; the smaller the loss the better."""

    revision: str
    loss: float


@dataclass(frozen=True)
class Turn:
    """What a policy did in its round.

    Args:
        revision: What it made; None if it found nothing to change.
        changes: Numbers that it changed, as `viga_mcp.results.FitChange` dumps them.
        note: For the reader of the report.
    """

    revision: str | None
    changes: Sequence[Mapping[str, Any]] = ()
    note: str = ""


@dataclass(frozen=True)
class Measured:
    """What the tools say of a revision.

    Args:
        metrics: Numbers by name.
        text: What a model would read.
        pictures: How it looks.
    """

    revision: str
    metrics: Mapping[str, Any]
    text: str = ""
    pictures: Sequence[Picture] = ()


@dataclass(frozen=True)
class Finding:
    """What a verifier found: where, by which evidence, and how to mend it."""

    severity: Literal["error", "warning", "note"]
    where: str
    evidence: str
    fix: str


@dataclass(frozen=True)
class Review:
    """What a verifier says of a revision; `score` from 0, nothing of the task, to 10, nothing left to mend."""

    score: float
    is_accepted: bool
    findings: Sequence[Finding] = ()


@dataclass(frozen=True)
class Row:
    """A row of the ledger: what a round did and what came of it."""

    round: int
    revision: str
    loss: float
    note: str
    metrics: Mapping[str, Any]
    review: Review | None = None


@dataclass
class Session(ABC):
    """One run on one piece of work.

    Args:
        task: What is to be done.
        folder: Where the run's files go.
        tools: Connected to a server whose workspace is `folder.workspace`.
        trajectory: The record.

    Attributes:
        ledger: What the rounds did.
        shown: What was measured of the newest revision and of the one that is kept.
    """

    task: Task
    folder: RunFolder
    tools: Tools
    trajectory: Trajectory
    round: int = 0
    renders: int = 0
    ledger: list[Row] = field(default_factory=list[Row])
    shown: dict[str, Measured] = field(default_factory=dict[str, Measured])
    _head: str = ""
    _kept: str = ""
    _fruitless: int = 0

    @property
    def spent(self) -> Spent:
        return Spent(self.renders, self.round, self.trajectory.seconds)

    @abstractmethod
    async def call(
        self, tool: str, arguments: Mapping[str, Any] | None = None, on_progress: OnProgress | None = None
    ) -> Reply:
        """Call a tool on the run's work, whatever handle the arguments name."""

    @abstractmethod
    async def begin(self) -> Candidate:
        """Open what there is, and judge it: the start is a candidate.

        Raises:
            ToolFailed: If a step fails: there is nothing to work on.
        """

    @abstractmethod
    async def measure(self, turn: Turn) -> Measured:
        """Look at the revision of a turn, and keep its pictures in the folder."""

    @abstractmethod
    def loss(self, measured: Measured, review: Review | None) -> float:
        """How far it is from what is wanted; 0 is there."""

    @abstractmethod
    async def program(self, revision: str) -> str:
        """The whole program of a revision."""

    @abstractmethod
    async def save_work(self) -> None:
        """Write the file of what was kept last into the folder; nothing was kept, nothing happens."""

    def settled(self, best: Candidate, candidate: Candidate, review: Review | None) -> str | None:
        """Why no further round is worth it after this one; None if one is."""
        if review and review.is_accepted:
            return "accepted by the verifier"
        self._fruitless = 0 if candidate.loss < best.loss else self._fruitless + 1
        return f"{FRUITLESS_ROUNDS} rounds gained nothing" if self._fruitless >= FRUITLESS_ROUNDS else None

    def judge(self, turn: Turn, measured: Measured, review: Review | None = None) -> Candidate:
        """Weigh what was measured and said, and record it."""
        candidate = Candidate(measured.revision, self.loss(measured, review))
        row = Row(self.round, candidate.revision, candidate.loss, turn.note, measured.metrics, review)
        self.ledger.append(row)
        self.shown = {id: seen for id, seen in self.shown.items() if id == self._kept} | {measured.revision: measured}
        self.trajectory.record(
            "judged",
            round=self.round,
            revision=candidate.revision,
            renders=self.renders,
            loss=candidate.loss,
            metrics=dict(measured.metrics),
            changes=[dict(change) for change in turn.changes],
            note=turn.note,
            review=None if review is None else _as_record(review),
        )
        return candidate

    async def keep(self, best: Candidate) -> None:
        """Make a candidate the run's result so far: its program and pictures."""
        program = await self.program(best.revision)
        self.folder.save_best(best.revision, program, is_start=self.round == 0)
        self._kept = best.revision
        self.trajectory.record("best", round=self.round, revision=best.revision, loss=best.loss, program=program)

    async def go_to(self, revision: str) -> None:
        """Move the head, if it is elsewhere."""
        if self._head != revision:
            await self.call("checkout_revision", {"revision": revision})
            self._head = revision

    def progress(self, renders: int, loss: float | None, message: str) -> None:
        """Record how far the work of this round is; `renders` counts those of the whole run."""
        self.trajectory.record("progress", round=self.round, renders=renders, loss=loss, message=message)

    def lost_track(self) -> None:
        """After an error nobody knows where the head is."""
        self._head = ""


def _as_record(review: Review) -> dict[str, Any]:
    return {
        "score": review.score,
        "verdict": "accept" if review.is_accepted else "revise",
        "findings": [vars(finding) for finding in review.findings],
    }
