"""Models in their roles: which tools each may call, a reply of theirs, and what their calls come to."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

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
from pydantic_ai.tools import ToolDefinition

from viga_agent.models import expense
from viga_agent.session import Exchange, Role, Session
from viga_agent.tools import Reply, ToolFailed
from viga_agent.trajectory import Event
from viga_agent.view import Memory, Situation, TooTight, text_tokens, tokens, view

MOST_REPLIES = 12
"""Of one role in one round; who has not done its part by then never will."""
GAVE_UP = "gave_up"
"""A failure's kind that is no reason to try again: it would cost as much, and end as it did."""
NUDGE = "Nothing happened: you answered without calling a tool. Do the next step by a call."

_MEMORY = frozenset({"memory_write", "memory_read"})
_LOOKS = frozenset({"render_views", "get_scene_graph", "check_scene", "compare_with_target"})
_SCENE: Mapping[Role, frozenset[str]] = {
    "generator": _LOOKS | _MEMORY | {"execute_blender_code", "fit_parameters", "lookup_blender_api", "get_job"},
    "verifier": _LOOKS | {"memory_read"},
}
_STILL = frozenset({"compare_with_target", "fit_parameters"})  # they see one frame
_DECK_LOOKS = frozenset({"get_slide_graph", "check_slides"})
TOOLS: Mapping[str, Mapping[Role, frozenset[str]]] = {
    "edit": _SCENE,
    "static": _SCENE,
    "dynamic": {
        "generator": (_SCENE["generator"] | {"get_motion", "bake_physics"}) - _STILL,
        "verifier": (_SCENE["verifier"] | {"get_motion"}) - _STILL,
    },
    "slides": {"generator": _DECK_LOOKS | _MEMORY | {"compile_slides"}, "verifier": _DECK_LOOKS | {"memory_read"}},
}


class Voice(Protocol):
    """Who answers for a role."""

    async def ask(
        self, messages: Sequence[ModelMessage], tools: Sequence[ToolDefinition], on_retry: Callable[[str, float], None]
    ) -> ModelResponse:
        """The next reply. Raises ToolFailed if there is none.

        Args:
            on_retry: Told what failed, and in how many seconds it is asked again.
        """
        ...


class Roles:
    """Who plays which role.

    Args:
        voices: By role and the work's handle.
        memory: What they are shown of what was.
        is_recorded: Nobody is asked, so nothing is spent, and what it would be is estimated.
    """

    def __init__(
        self, voices: Callable[[Role, str], Voice], memory: Memory | None = None, *, is_recorded: bool = False
    ) -> None:
        self._voices = voices
        self._memory = memory or Memory()
        self._is_recorded = is_recorded

    async def definitions(self, session: Session, role: Role) -> list[ToolDefinition]:
        """The tools that a role may call; without memory none that remember."""
        allowed = TOOLS[session.task.kind][role] - (frozenset() if self._memory.mode == "full" else _MEMORY)
        found = await session.tools.definitions(allowed)
        return [
            ToolDefinition(name=tool.name, description=tool.description, parameters_json_schema=tool.input_schema)
            for tool in found
        ]

    def talk(self, scene: Situation, tools: Sequence[ToolDefinition]) -> list[ModelMessage]:
        """What a role is shown. Raises ToolFailed if not even the least fits."""
        try:
            return view(scene, self._memory, reserved=_size(tools))
        except TooTight as error:
            raise ToolFailed("memory", GAVE_UP, f"{error}; give --context more") from error

    async def ask(
        self, session: Session, role: Role, talk: list[ModelMessage], tools: Sequence[ToolDefinition]
    ) -> ModelResponse:
        """The role's next reply: recalled, or asked for and recorded.

        Raises:
            ToolFailed: If there is none.
        """
        event = session.trajectory.recall("reply", role=role) or await self._asked(session, role, talk, tools)
        if event["event"] == "reply_failed":
            raise ToolFailed(role, event["kind"], event["message"])
        session.pay(event["spent"])
        reply = ModelMessagesTypeAdapter.validate_python([event["reply"]])[0]
        assert isinstance(reply, ModelResponse)
        return reply

    async def _asked(
        self, session: Session, role: Role, talk: list[ModelMessage], tools: Sequence[ToolDefinition]
    ) -> Event:
        event: Event = {"event": "reply", "round": session.round, "role": role}

        def tell(message: str, wait_s: float) -> None:
            session.trajectory.record("retry", round=session.round, role=role, message=message, wait_s=wait_s)

        try:
            reply = await self._voices(role, session.handle).ask(talk, tools, tell)
        except ToolFailed as error:
            event |= {"event": "reply_failed", "kind": error.kind, "message": error.message}
        else:
            event |= {"reply": ModelMessagesTypeAdapter.dump_python([reply], mode="json")[0]}
            if self._is_recorded:
                counted = {"input": tokens(talk) + _size(tools), "output": tokens([reply])}
                event |= {"spent": None, "estimated": counted}
            else:
                event |= {"spent": expense(reply)}
        session.trajectory.record(event["event"], **{name: event[name] for name in event if name != "event"})
        return event


async def called(
    session: Session, call: ToolCallPart, tools: Sequence[ToolDefinition]
) -> tuple[ToolReturnPart, Reply | None]:
    """What a model's call came to, as the model gets it, and as it is; None if it failed.

    Raises:
        ToolFailed: If the server is gone.
    """
    known = [tool.name for tool in tools]
    if call.tool_name not in known:
        return failed(call, f"not_found: There is no tool {call.tool_name!r}. Tools: {', '.join(known)}."), None
    try:
        arguments = call.args_as_dict(raise_if_invalid=True)
    except ValueError as error:
        return failed(call, f"invalid_argument: the arguments of {call.tool_name} are no JSON object: {error}"), None
    try:
        reply = await session.call(call.tool_name, arguments)
    except ToolFailed as error:
        if error.kind == "disconnected":
            raise
        return failed(call, error.message), None
    content: list[UserContent] = [reply.text]
    content += [BinaryContent(picture.data, media_type=picture.mime_type) for picture in reply.pictures]
    return ToolReturnPart(call.tool_name, content, call.tool_call_id), reply


def failed(call: ToolCallPart, why: str) -> ToolReturnPart:
    return ToolReturnPart(call.tool_name, why, call.tool_call_id, outcome="failed")


def exchange(session: Session, role: Role, reply: ModelResponse, answers: Sequence[ModelRequestPart]) -> Exchange:
    """A reply with what its calls came to; or, where it made none, with our words on that."""
    return Exchange(session.round, role, reply, ModelRequest(answers or [UserPromptPart(NUDGE)]))


def _size(tools: Sequence[ToolDefinition]) -> int:
    """Tokens that the definitions of tools take."""
    return sum(text_tokens(f"{t.name}{t.description}{json.dumps(t.parameters_json_schema)}") for t in tools)
