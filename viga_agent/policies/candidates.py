"""Several candidates a round: made at once, sifted by what is measured, and chosen by a judge who sees pairs."""

from dataclasses import dataclass, replace
from typing import Literal

import anyio
from pydantic import BaseModel, Field, ValidationError
from pydantic_ai.messages import (
    BinaryContent,
    ModelMessage,
    ModelRequest,
    SystemPromptPart,
    UserContent,
    UserPromptPart,
)
from pydantic_ai.tools import ToolDefinition

from viga_agent.limits import Limits
from viga_agent.loop import Policy
from viga_agent.policies.roles import GAVE_UP, MOST_REPLIES, Roles, exchange, failed
from viga_agent.session import Candidate, Measured, Review, Session, Turn
from viga_agent.tools import ToolFailed

WORTH_JUDGING = 2.0
"""Times the least loss of the round; what is further off is not shown to the judge."""


class _Choice(BaseModel, extra="forbid"):
    choice: Literal["A", "B", "equal"] = Field(description="Which is nearer to what is wanted")
    reason: str = Field(description="In a sentence, by what you see")


SUBMIT = ToolDefinition(
    name="submit_choice",
    description="Say which of the two is nearer to what is wanted. Call it once.",
    parameters_json_schema=_Choice.model_json_schema(),
)


@dataclass(frozen=True)
class Rival:
    """What one branch came to."""

    branch: Session
    turn: Turn
    measured: Measured
    loss: float


class Tournament:
    """Lets a policy make several candidates a round; what the round began with competes.

    Args:
        policy: Makes each of them.
        roles: With the judge.
        n: How many.
    """

    def __init__(self, policy: Policy, roles: Roles, n: int) -> None:
        self.name = policy.name
        self._policy = policy
        self._roles = roles
        self._handles = [f"candidate-{number}" for number in range(1, n + 1)]
        self._branches: dict[str, Session] = {}

    async def act(self, session: Session, here: Candidate, limits: Limits) -> Turn:
        """The winner, made anew on the work itself.

        Raises:
            ToolFailed: If no branch made a candidate.
        """
        rivals = await self._rivals(session, here, limits)
        least = min(rival.loss for rival in rivals)
        champion, winner = session.shown[here.revision], None
        for rival in rivals:
            if rival.loss > WORTH_JUDGING * least:
                continue
            loss = winner.loss if winner else here.loss
            if await self._is_preferred(session, rival, champion, loss):
                champion, winner = rival.measured, rival
        if winner is None:
            return Turn(here.revision)
        session.exchanges[:] = winner.branch.exchanges
        revision = await session.run(winner.measured.program, winner.turn.note)
        return replace(winner.turn, revision=revision, is_chosen=True)

    async def review(self, session: Session, measured: Measured) -> Review | None:
        """The policy's, of the winner."""
        return await self._policy.review(session, measured)

    async def _rivals(self, session: Session, here: Candidate, limits: Limits) -> list[Rival]:
        """One from each branch that made one, the smallest loss first."""
        before = session.spent
        found: dict[str, Rival] = {}
        failures: list[ToolFailed] = []
        program = session.shown[here.revision].program

        async def make(handle: str) -> None:
            known = self._branches.get(handle)
            branch = known or session.branch(handle)
            branch.follow(session)
            try:
                if known:
                    await branch.run(program, "as the round began")
                else:
                    await branch.open(program, "as the round began")
                self._branches[handle] = branch
                turn = await self._policy.act(branch, branch.stand_in(session, here), limits)
                if turn.revision is None:
                    return
                measured = await branch.measure(turn)
            except ToolFailed as error:
                failures.append(error)
                branch.trajectory.record("error", tool=error.tool, kind=error.kind, message=error.message)
                return
            found[handle] = Rival(branch, turn, measured, branch.loss(measured, None))

        async with anyio.create_task_group() as group:
            for handle in self._handles:
                group.start_soon(make, handle)
        for handle in self._handles:
            if branch := self._branches.get(handle):
                session.charge(branch, before)
        rivals = sorted((found[handle] for handle in self._handles if handle in found), key=lambda rival: rival.loss)
        if not rivals:
            raise failures[0] if failures else ToolFailed("generator", GAVE_UP, "no candidate made a change")
        for rival in rivals:
            rival.branch.trajectory.record(
                "candidate",
                round=session.round,
                revision=rival.branch.label(rival.measured.revision),
                loss=rival.loss,
                metrics=dict(rival.measured.metrics),
                note=rival.turn.note,
                program=rival.measured.program,
            )
        return rivals

    async def _is_preferred(self, session: Session, rival: Rival, champion: Measured, loss: float) -> bool:
        """Whether the judge prefers the rival, whichever it sees first; where it wavers, the smaller loss."""
        first = await self._choice(session, rival.measured, champion)
        second = await self._choice(session, champion, rival.measured)
        votes = {"A": 1, "B": -1, "equal": 0}
        vote = votes[first.choice] - votes[second.choice]
        session.trajectory.record(
            "choice",
            round=session.round,
            a=rival.branch.label(rival.measured.revision),
            b="the one before",
            winner=None if vote == 0 else "a" if vote > 0 else "b",
            reasons=[first.reason, second.reason],
        )
        return rival.loss < loss if vote == 0 else vote > 0

    async def _choice(self, session: Session, a: Measured, b: Measured) -> _Choice:
        prompt = await session.tools.prompt("judge", session.task.text)
        talk = [_pair(prompt, a, b)]
        for _ in range(MOST_REPLIES):
            reply = await self._roles.ask(session, "judge", talk, [SUBMIT])
            for call in reply.tool_calls:
                try:
                    return _Choice.model_validate(call.args_as_dict(raise_if_invalid=True))
                except (ValidationError, ValueError) as error:
                    told = exchange(session, "judge", reply, [failed(call, f"invalid_argument: {error}")])
                    break
            else:
                told = exchange(session, "judge", reply, [])
            talk = [talk[0], told.reply, told.answers]
        raise ToolFailed("judge", GAVE_UP, f"the judge did not choose in {MOST_REPLIES} replies")


def _pair(prompt: str, a: Measured, b: Measured) -> ModelMessage:
    content: list[UserContent] = []
    for name, measured in (("A", a), ("B", b)):
        content.append(f"{name}. What the tools say of it:\n{measured.text[:4000]}")
        content += [BinaryContent(p.data, media_type=p.mime_type) for p in measured.pictures[:4]]
    return ModelRequest([SystemPromptPart(prompt), UserPromptPart(content)])
