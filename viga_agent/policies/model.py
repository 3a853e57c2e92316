"""The policy with models: a generator that makes the changes, and a verifier that judges them."""

from dataclasses import replace
from typing import Any, Literal

from pydantic import BaseModel, Field, ValidationError
from pydantic_ai.messages import ModelRequestPart, ModelResponse, ToolCallPart
from pydantic_ai.tools import ToolDefinition

from viga_agent.limits import Limits
from viga_agent.policies.roles import GAVE_UP, MOST_REPLIES, Roles, called, exchange, failed
from viga_agent.session import Candidate, Finding, Measured, Review, Role, Session, Turn, outcome
from viga_agent.tools import ToolFailed
from viga_agent.view import Situation


class _Finding(BaseModel, extra="forbid"):
    severity: Literal["error", "warning", "note"]
    where: str = Field(description="Slide and shape, or object")
    evidence: str = Field(description="What you see, or the number that was measured")
    fix: str = Field(description="What to change, with numbers where you know them")


class _Review(BaseModel, extra="forbid"):
    findings: list[_Finding] = Field(description="The worst first; none if nothing is left to mend")
    score: float = Field(ge=0, le=10, description="0: nothing of the task; 10: nothing left to mend")
    verdict: Literal["accept", "revise"] = Field(description="'accept' when no error and no warning is left")


SUBMIT = ToolDefinition(
    name="submit_review",
    description="Hand in your review of the revision. Call it once, at the end.",
    parameters_json_schema=_Review.model_json_schema(),
)


class ModelPolicy:
    """A generator that acts, and a verifier that reviews.

    Args:
        roles: Who they are.
        name: For the record.
    """

    def __init__(self, roles: Roles, name: str) -> None:
        self.name = name
        self._roles = roles

    async def act(self, session: Session, here: Candidate, limits: Limits) -> Turn:
        """Let the generator call tools until there is a new revision.

        Raises:
            ToolFailed: If there never is one.
        """
        tools = await self._roles.definitions(session, "generator")
        prompt = await session.tools.prompt(f"{session.task.kind}-generator", session.task.text)
        newest = session.ledger[-1]
        rejected = newest if newest.round and newest.revision != here.revision else None
        for _ in range(MOST_REPLIES):
            scene = _scene(session, "generator", prompt, session.shown[here.revision])
            talk = self._roles.talk(replace(scene, rejected=rejected), tools)
            reply = await self._roles.ask(session, "generator", talk, tools)
            answers: list[ModelRequestPart] = []
            revision = None
            for call in reply.tool_calls:
                answer, said = await called(session, call, tools)
                answers.append(answer)
                if said:
                    facts = outcome(said)
                    session.renders += int(facts.get("renders") or 0)
                    found = facts.get("revision")
                    revision = found if found not in {None, here.revision} else revision
            session.exchanges.append(exchange(session, "generator", reply, answers))
            if revision:
                return Turn(revision, note=_note(reply))
        raise ToolFailed("generator", GAVE_UP, f"the generator made no change in {MOST_REPLIES} replies")

    async def review(self, session: Session, measured: Measured) -> Review:
        """Let the verifier look until it hands in its review.

        Raises:
            ToolFailed: If it never does.
        """
        tools = [*await self._roles.definitions(session, "verifier"), SUBMIT]
        prompt = await session.tools.prompt(f"{session.task.kind}-verifier", session.task.text)
        for _ in range(MOST_REPLIES):
            scene = _scene(session, "verifier", prompt, measured)
            talk = self._roles.talk(replace(scene, is_review=True), tools)
            reply = await self._roles.ask(session, "verifier", talk, tools)
            answers: list[ModelRequestPart] = []
            for call in reply.tool_calls:
                if call.tool_name == SUBMIT.name:
                    try:
                        return _read_review(call)
                    except ValueError as error:
                        answers.append(failed(call, f"invalid_argument: {error}"))
                else:
                    answers.append((await called(session, call, tools))[0])
            session.exchanges.append(exchange(session, "verifier", reply, answers))
        raise ToolFailed("verifier", GAVE_UP, f"the verifier handed in no review in {MOST_REPLIES} replies")


def _scene(session: Session, role: Role, prompt: str, measured: Measured) -> Situation:
    said = [exchange for exchange in session.exchanges if exchange.role == role]
    return Situation(prompt, session.ledger, said, session.round, measured, lessons=session.lessons)


def _read_review(call: ToolCallPart) -> Review:
    try:
        form = _Review.model_validate(call.args_as_dict(raise_if_invalid=True))
    except ValidationError as error:
        raise ValueError("; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())) from error
    findings = [Finding(**finding.model_dump()) for finding in form.findings]
    return Review(form.score, form.verdict == "accept", findings)


def _note(reply: ModelResponse) -> str:
    """What the model says it did: its words, or the note of its call."""
    notes: list[Any] = [call.args_as_dict().get("note") for call in reply.tool_calls]
    return (reply.text or "").strip() or next((str(note) for note in notes if note), "")
