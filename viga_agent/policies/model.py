"""The policy with models: a generator that makes the changes, and a verifier that judges them.

Each sees the tools' pictures and numbers, and calls the tools that its role may call.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import BaseModel, Field, ValidationError
from pydantic_ai import direct
from pydantic_ai.messages import (
    BinaryContent,
    ModelMessage,
    ModelMessagesTypeAdapter,
    ModelRequest,
    ModelRequestPart,
    ModelResponse,
    ToolCallPart,
    ToolReturnPart,
    UserContent,
    UserPromptPart,
)
from pydantic_ai.models import Model, ModelRequestParameters
from pydantic_ai.tools import ToolDefinition

from viga_agent.limits import Limits
from viga_agent.models import expense, failures_told
from viga_agent.session import Candidate, Finding, Measured, Review, Session, Turn
from viga_agent.tools import Reply, ToolFailed
from viga_agent.view import generator_view, verifier_view

Role = Literal["generator", "verifier"]
ROLES: tuple[Role, ...] = ("generator", "verifier")
_SCENE: Mapping[Role, frozenset[str]] = {
    "generator": frozenset(
        {"execute_blender_code", "fit_parameters", "render_views", "get_scene_graph", "check_scene",
         "compare_with_target", "lookup_blender_api", "get_job"}
    ),
    "verifier": frozenset({"render_views", "get_scene_graph", "check_scene", "compare_with_target"}),
}  # fmt: skip
TOOLS: Mapping[str, Mapping[Role, frozenset[str]]] = {
    "edit": _SCENE,
    "static": _SCENE,
    "slides": {
        "generator": frozenset({"compile_slides", "get_slide_graph", "check_slides"}),
        "verifier": frozenset({"get_slide_graph", "check_slides"}),
    },
}
MOST_REPLIES = 12
"""Of one role in one round; who has not done its part by then never will."""
GAVE_UP = "gave_up"
"""A failure's kind that is no reason to try again: it would cost as much, and end as it did."""
NUDGE = "Nothing happened: you answered without calling a tool. Do the next step by a call."


class _Finding(BaseModel, extra="forbid"):
    severity: Literal["error", "warning", "note"]
    where: str = Field(description="Slide and shape")
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
    """Two models in their roles.

    Args:
        models: By role.
        name: For the record.
        options: What of the command line chose them.
        is_recorded: Nobody is asked, so no tokens are spent.
    """

    def __init__(
        self, models: Mapping[Role, Model], name: str, options: Sequence[str] = (), *, is_recorded: bool = False
    ) -> None:
        self.name = name
        self.options = options
        self._models = models
        self._is_recorded = is_recorded

    async def act(self, session: Session, best: Candidate, limits: Limits) -> Turn:
        """Let the generator call tools until there is a new revision.

        Raises:
            ToolFailed: If there never is one.
        """
        kind = session.task.kind
        prompt = await session.tools.prompt(f"{kind}-generator", session.task.text)
        shown = session.shown.get(best.revision)
        talk = generator_view(prompt, session.ledger, await session.program(best.revision), shown)
        tools = await self._definitions(session, "generator")
        for _ in range(MOST_REPLIES):
            reply = await self._ask(session, "generator", talk, tools)
            answers: list[ModelRequestPart] = []
            revision = None
            for call in reply.tool_calls:
                answer, said = await _called(session, call, tools)
                answers.append(answer)
                facts = _outcome(said)
                session.renders += int(facts.get("renders") or 0)
                found = facts.get("revision")
                revision = found if found not in {None, best.revision} else revision
            if revision:
                return Turn(revision, note=_note(reply))
            talk.append(ModelRequest(answers or [UserPromptPart(NUDGE)]))
        raise ToolFailed("generator", GAVE_UP, f"the generator made no change in {MOST_REPLIES} replies")

    async def review(self, session: Session, measured: Measured) -> Review:
        """Let the verifier look until it hands in its review.

        Raises:
            ToolFailed: If it never does.
        """
        prompt = await session.tools.prompt(f"{session.task.kind}-verifier", session.task.text)
        talk = verifier_view(prompt, session.ledger, measured)
        tools = [*await self._definitions(session, "verifier"), SUBMIT]
        for _ in range(MOST_REPLIES):
            reply = await self._ask(session, "verifier", talk, tools)
            answers: list[ModelRequestPart] = []
            for call in reply.tool_calls:
                if call.tool_name == SUBMIT.name:
                    try:
                        return _read_review(call)
                    except ValueError as error:
                        answers.append(_failed(call, f"invalid_argument: {error}"))
                else:
                    answers.append((await _called(session, call, tools))[0])
            talk.append(ModelRequest(answers or [UserPromptPart(NUDGE)]))
        raise ToolFailed("verifier", GAVE_UP, f"the verifier handed in no review in {MOST_REPLIES} replies")

    async def _definitions(self, session: Session, role: Role) -> list[ToolDefinition]:
        found = await session.tools.definitions(TOOLS[session.task.kind][role])
        return [
            ToolDefinition(name=tool.name, description=tool.description, parameters_json_schema=tool.input_schema)
            for tool in found
        ]

    async def _ask(
        self, session: Session, role: Role, talk: list[ModelMessage], tools: Sequence[ToolDefinition]
    ) -> ModelResponse:
        parameters = ModelRequestParameters(function_tools=list(tools))
        with failures_told(role):
            reply = await direct.model_request(self._models[role], talk, model_request_parameters=parameters)
        talk.append(reply)
        record = ModelMessagesTypeAdapter.dump_python([reply], mode="json")[0]
        spent = None if self._is_recorded else expense(reply)
        session.trajectory.record("reply", round=session.round, role=role, spent=spent, reply=record)
        return reply


async def _called(
    session: Session, call: ToolCallPart, tools: Sequence[ToolDefinition]
) -> tuple[ModelRequestPart, Reply | None]:
    """What a model's call came to, as the model gets it, and as it is; None if it failed."""
    known = [tool.name for tool in tools]
    if call.tool_name not in known:
        return _failed(call, f"not_found: There is no tool {call.tool_name!r}. Tools: {', '.join(known)}."), None
    try:
        arguments = call.args_as_dict(raise_if_invalid=True)
    except ValueError as error:
        return _failed(call, f"invalid_argument: the arguments of {call.tool_name} are no JSON object: {error}"), None
    try:
        reply = await session.call(call.tool_name, arguments)
    except ToolFailed as error:
        if error.kind == "disconnected":
            raise
        return _failed(call, error.message), None
    content: list[UserContent] = [reply.text]
    content += [BinaryContent(picture.data, media_type=picture.mime_type) for picture in reply.pictures]
    return ToolReturnPart(call.tool_name, content, call.tool_call_id), reply


def _outcome(reply: Reply | None) -> Mapping[str, Any]:
    """What a call came to, or the job that it asked about."""
    if reply is None:
        return {}
    return reply.facts.get("result") or reply.facts


def _failed(call: ToolCallPart, why: str) -> ToolReturnPart:
    return ToolReturnPart(call.tool_name, why, call.tool_call_id, outcome="failed")


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
