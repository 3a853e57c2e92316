"""Models that follow a script: what a test has them answer, and what they were shown."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic_ai.messages import ModelMessage, ModelResponse, ToolCallPart
from pydantic_ai.tools import ToolDefinition

from viga_agent.policies.roles import Roles
from viga_agent.session import Role
from viga_agent.tools import ToolFailed
from viga_agent.view import Memory


class Actor:
    """Answers in order; `asked` holds the messages of each request."""

    def __init__(self, replies: Iterable[ModelResponse | ToolFailed] = ()) -> None:
        self._replies = iter(replies)
        self.asked: list[list[ModelMessage]] = []

    async def ask(
        self, messages: Sequence[ModelMessage], tools: Sequence[ToolDefinition], on_retry: object = None
    ) -> ModelResponse:
        self.asked.append(list(messages))
        reply = next(self._replies)
        if isinstance(reply, ToolFailed):
            raise reply
        return reply


def cast(actors: Mapping[Role, Actor], memory: Memory | None = None) -> Roles:
    return Roles(lambda role, _: actors[role], memory)


def call(tool: str, **arguments: Any) -> ModelResponse:
    return ModelResponse([ToolCallPart(tool, arguments)])


def review(score: float, verdict: str, *findings: dict[str, str]) -> ModelResponse:
    return call("submit_review", score=score, verdict=verdict, findings=list(findings))


def told(messages: Sequence[ModelMessage]) -> str:
    """What the newest message says; pictures by their type."""
    return "\n".join(str(part.content) for part in messages[-1].parts if hasattr(part, "content"))  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownArgumentType]
