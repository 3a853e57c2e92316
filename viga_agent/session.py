"""What the loop does with a piece of work, a scene or a deck: begin, measure, judge, keep; each step recorded."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from viga_agent.folder import RunFolder
from viga_agent.limits import Spent, plateau
from viga_agent.tasks import Task
from viga_agent.tools import OnProgress, Picture, Reply, ToolFailed, Tools
from viga_agent.trajectory import Trajectory

if TYPE_CHECKING:  # it takes half a second to import
    from pydantic_ai.messages import ModelRequest, ModelResponse

Role = Literal["generator", "verifier", "judge"]

FRUITLESS_ROUNDS = 2  # in a row, before a run ends
MAIN = "main"
MAKERS = frozenset({"execute_blender_code", "compile_slides"})  # tell their revision's id, and nothing else is needed
MOVERS = MAKERS | {"open_scene", "fit_parameters", "get_job"}  # leave the head at the revision that they tell


@dataclass(frozen=True)
class Candidate:
    """A judged revision; the smaller the loss the better."""

    revision: str
    loss: float


@dataclass(frozen=True)
class Turn:
    """What a policy did in its round.

    Args:
        revision: What it made; None if it found nothing to change, the one it began with if nothing was better.
        changes: Numbers that it changed, as `viga_mcp.results.FitChange` dumps them.
        note: For the reader of the report.
        is_chosen: A judge preferred it to what it began with; None if no judge was asked, and the loss decides.
    """

    revision: str | None
    changes: Sequence[Mapping[str, Any]] = ()
    note: str = ""
    is_chosen: bool | None = None


@dataclass(frozen=True)
class Measured:
    """What the tools say of a revision.

    Args:
        program: That made it, whole.
        metrics: Numbers by name.
        text: What a model would read.
        pictures: How it looks.
    """

    revision: str
    program: str
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


@dataclass(frozen=True)
class Exchange:
    """A reply of a model, and what its calls came to, or our words where it made none; never one without the other."""

    round: int
    role: Role
    reply: "ModelResponse"
    answers: "ModelRequest"


@dataclass
class Session(ABC):
    """One run on one piece of work.

    Args:
        task: What is to be done.
        folder: Where the run's files go.
        tools: Connected to a server whose workspace is `folder.workspace`.
        trajectory: The record.
        handle: The server's name for the work; several candidates of a run have one each.
        lessons: Of earlier runs on the task.

    Attributes:
        renders, tokens, usd: Spent so far; `usd` is None once a price was not known.
        ledger: What the rounds did.
        exchanges: What models said, and what it came to.
        shown: What was measured of the newest revision and of the one that is kept.
    """

    kind: ClassVar[Literal["scene", "deck"]]
    """What the server's tools call the work."""

    task: Task
    folder: RunFolder
    tools: Tools
    trajectory: Trajectory
    handle: str = MAIN
    round: int = 0
    renders: int = 0
    tokens: int = 0
    usd: float | None = 0.0
    lessons: Sequence[str] = ()
    ledger: list[Row] = field(default_factory=list[Row])
    exchanges: list[Exchange] = field(default_factory=list[Exchange])
    shown: dict[str, Measured] = field(default_factory=dict[str, Measured])
    _head: str = ""
    _kept: str = ""
    _newest: int = -1
    _fruitless: int = 0

    @property
    def spent(self) -> Spent:
        return Spent(self.renders, self.round, self.trajectory.seconds, self.tokens, self.usd)

    @abstractmethod
    async def open(self, program: str | None, note: str) -> None:
        """Open what the task starts from, run a program on it, and say what is wanted.

        Raises:
            ToolFailed: If a step fails: there is nothing to work on.
        """

    @abstractmethod
    async def run(self, program: str, note: str) -> str:
        """Run a whole program; the revision that it makes."""

    @abstractmethod
    async def measure(self, turn: Turn) -> Measured:
        """Look at the revision of a turn, and keep its pictures in the folder."""

    @abstractmethod
    def loss(self, measured: Measured, review: Review | None) -> float:
        """How far it is from what is wanted; 0 is there."""

    @abstractmethod
    async def save_work(self) -> None:
        """Write the file of what was kept last into the folder; nothing was kept, nothing happens."""

    async def begin(self) -> Candidate:
        """Open what there is, and judge it: the start is a candidate.

        Raises:
            ToolFailed: If a step fails: there is nothing to work on.
        """
        await self.open(self.task.program, "start program")
        for lesson in self.lessons:
            await self.call("memory_write", {"text": lesson, "kind": "finding", "tags": ["earlier-run"]})
        turn = Turn(self._head, note="start")
        return self.judge(turn, await self.measure(turn))

    async def call(
        self, tool: str, arguments: Mapping[str, Any] | None = None, on_progress: OnProgress | None = None
    ) -> Reply:
        """Call a tool on the run's work, whatever handle the arguments name."""
        handles = {self.kind: self.handle, "scope": MAIN}
        taken = {name for found in await self.tools.definitions([tool]) for name in found.input_schema["properties"]}
        handle = {name: value for name, value in handles.items() if name in taken}
        reply = await self.tools.call(tool, {**(arguments or {}), **handle}, on_progress, self._recover)
        if tool in MOVERS and (revision := outcome(reply).get("revision")):
            self._head, self._newest = revision, max(self._newest, _number(revision))
        return reply

    async def program(self, revision: str) -> str:
        """The whole program of a revision."""
        return (await self.tools.read(f"viga://{self.kind}s/{self.handle}/{revision}/program.py")).decode()

    def branch(self, handle: str) -> Self:
        """The same run for one more candidate, with a work of its own; what happens there stays there."""
        trajectory, tools = self.trajectory.on(handle), self.tools.on(handle)
        return replace(self, handle=handle, trajectory=trajectory, tools=tools, _head="", _newest=-1)

    def follow(self, main: Self) -> None:
        """Begin a round of `main` on this branch: what was spent and said so far is the same."""
        self.round, self.renders, self.tokens, self.usd = main.round, main.renders, main.tokens, main.usd
        self.exchanges = list(main.exchanges)

    def stand_in(self, main: Self, here: Candidate) -> Candidate:
        """Take the head of this branch, which has the program of `here`, for it; under the name that it has here."""
        renamed = {here.revision: self._head}
        self.ledger = [replace(row, revision=renamed.get(row.revision, row.revision)) for row in main.ledger]
        self.shown = {self._head: replace(main.shown[here.revision], revision=self._head)}
        return replace(here, revision=self._head)

    def charge(self, branch: Self, before: Spent) -> None:
        """Count what a branch spent since `before`."""
        self.renders += branch.renders - before.renders
        self.tokens += branch.tokens - before.tokens
        if self.usd is not None and before.usd is not None:
            self.usd = None if branch.usd is None else self.usd + branch.usd - before.usd

    def label(self, revision: str) -> str:
        """A revision's name that no other candidate's has."""
        return revision if self.handle == MAIN else f"{self.handle}-{revision}"

    def settled(self, best: Candidate, candidate: Candidate, review: Review | None, *, is_better: bool) -> str | None:
        """Why no further round is worth it after this one; None if one is.

        A search that gained too little has found what there is; a model may think of something else.
        """
        if review is None:
            return plateau(best.loss, candidate.loss)
        if review.is_accepted:
            return "accepted by the verifier"
        return self.stalled(is_better=is_better)

    def stalled(self, *, is_better: bool) -> str | None:
        """Count rounds that gained nothing; why it is over after too many in a row, or None."""
        self._fruitless = 0 if is_better else self._fruitless + 1
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
            program=measured.program,
        )
        return candidate

    async def keep(self, best: Candidate) -> None:
        """Make a candidate the run's result so far: its program and pictures."""
        self.folder.save_best(best.revision, self.shown[best.revision].program, is_start=self.round == 0)
        self._kept = best.revision
        self.trajectory.record("best", round=self.round, revision=best.revision, loss=best.loss)

    async def go_to(self, revision: str) -> None:
        """Move the head, if it is elsewhere."""
        if self._head != revision:
            await self.call("checkout_revision", {"revision": revision})
            self._head = revision

    def pay(self, spent: Mapping[str, Any] | None) -> None:
        """Count what a model's reply cost; a price that is not known makes the sum unknown."""
        if spent:
            self.tokens += spent["input"] + spent["output"]
            self.usd = None if self.usd is None or spent["usd"] is None else self.usd + spent["usd"]

    def progress(self, renders: int, loss: float | None, message: str) -> None:
        """Record how far the work of this round is; `renders` counts those of the whole run."""
        self.trajectory.record("progress", round=self.round, renders=renders, loss=loss, message=message)

    def lost_track(self) -> None:
        """After an error nobody knows where the head is."""
        self._head = ""

    async def _recover(self, tool: str) -> Reply | None:
        """A call that a kill cut off: the revision that it made after all, or the head back where it was."""
        try:
            listed = await self.tools.ask("list_revisions", {self.kind: self.handle, "limit": 1})
        except ToolFailed:  # it was to open the first one
            return None
        newest = listed.facts["revisions"][0]["revision"]
        if tool in MAKERS and _number(newest) > self._newest:
            return Reply(
                f"It made {newest}; what it said was lost when the run was interrupted.", {"revision": newest}, ()
            )
        if self._head:
            await self.tools.ask("checkout_revision", {self.kind: self.handle, "revision": self._head})
        return None


def outcome(reply: Reply) -> Mapping[str, Any]:
    """What a call came to, or the job that it asked about."""
    return reply.facts.get("result") or reply.facts


def _number(revision: str) -> int:
    return int(revision.removeprefix("r"))


def _as_record(review: Review) -> dict[str, Any]:
    return {
        "score": review.score,
        "verdict": "accept" if review.is_accepted else "revise",
        "findings": [vars(finding) for finding in review.findings],
    }
