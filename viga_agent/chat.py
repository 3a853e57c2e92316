"""One role's model: asked until it gives an answer that can be used, in the form that its server takes."""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any, Literal, cast

import anyio
from pydantic_ai import direct
from pydantic_ai.exceptions import ModelAPIError, ModelHTTPError
from pydantic_ai.messages import (
    BinaryContent,
    ModelMessage,
    ModelRequest,
    ModelRequestPart,
    ModelResponse,
    ToolReturnPart,
    UserPromptPart,
)
from pydantic_ai.models import Model, ModelRequestParameters
from pydantic_ai.settings import ModelSettings
from pydantic_ai.tools import ToolDefinition

from viga_agent.answers import usable, with_calls_of_text
from viga_agent.models import failures_told
from viga_agent.text_calls import as_text
from viga_agent.tools import ToolFailed

Calls = Literal["auto", "native", "text"]
OnRetry = Callable[[str, float], None]
"""Told what went wrong, and in how many seconds the model is asked again."""

WAITS_S = (1.0, 4.0, 15.0, 30.0, 60.0, 60.0)
"""Before each further try, where the provider names no time: a limit of requests a minute passes within them."""
LONGEST_WAIT_S = 600.0
FEW = 2
"""Further tries where time mends little: the answer is unusable, or the server was never there."""
NO_PICTURE = "[picture: this model takes none; go by the numbers]"
# What servers answer to pictures and tools that they don't take, beside other things: llama.cpp says 500 to both,
# OpenRouter 404, vLLM and Ollama 400, some 415, 422 or 501.
_REFUSED = frozenset({400, 404, 415, 422})
_BROKEN = frozenset({500, 501})
_ABOUT_PICTURES = re.compile(r"\bimage|\bpicture|\bvision|multi-?modal|mmproj", re.IGNORECASE)
_ABOUT_TOOLS = re.compile(
    r"tool.*(not support|unsupported|requires --|not enabled)|(not support|unsupported|no endpoints).*(tool|function)",
    re.IGNORECASE | re.DOTALL,
)


def _nobody(message: str, wait_s: float) -> None:
    pass


class Chat:
    """A model in its role.

    Args:
        model: Asked with the SDK's own retries switched off, so that every wait is told and none multiplies another.
        role: For what is told.
        calls: "native" as the provider has them; "text" as JSON in what the model says; "auto" is native, and text
            where the server takes no tools or the model writes a call into what it says.
        sees_pictures: Whether they are sent; else a line of text stands for each.
        sleep: Waits for some seconds.
    """

    def __init__(
        self,
        model: Model,
        role: str,
        *,
        calls: Calls = "auto",
        sees_pictures: bool = True,
        sleep: Callable[[float], Awaitable[None]] = anyio.sleep,
    ) -> None:
        self._model = model
        self._role = role
        self._calls: Calls = calls
        self._pictures: Literal["untried", "taken", "withheld"] = "untried" if sees_pictures else "withheld"
        self._is_reached = False
        self._sleep = sleep

    async def ask(
        self, messages: Sequence[ModelMessage], tools: Sequence[ToolDefinition], on_retry: OnRetry = _nobody
    ) -> ModelResponse:
        """What the model says next; its calls are parts of it, whatever form it gave them.

        Raises:
            ToolFailed: If it gives no answer that can be used.
        """
        n_waits = 0
        refusal: ToolFailed | None = None  # of pictures, while it is tried whether they were the reason
        while True:
            sent = list(messages)
            if refusal or self._pictures == "withheld":
                sent = [_without_pictures(message) for message in sent]
            has_pictures = any(map(_has_picture, sent))
            try:
                with failures_told(self._role):
                    reply = await self._asked(sent, tools)
            except ToolFailed as failure:
                self._is_reached = self._is_reached or isinstance(failure.__cause__, ModelHTTPError)
                if self._may_be_for_tools(failure, tools):
                    self._calls = "text"
                    on_retry(failure.message, 0)
                    continue
                if has_pictures and self._may_be_for_pictures(failure):
                    refusal = failure
                    on_retry(failure.message, 0)
                    continue
                wait_s = self._wait_s(failure, n_waits)
                if wait_s is None:
                    if refusal is None:
                        raise
                    raise refusal from failure
                n_waits += 1
                on_retry(failure.message, wait_s)
                await self._sleep(wait_s)
            else:
                if refusal:
                    self._pictures = "withheld"
                elif has_pictures:
                    self._pictures = "taken"
                return reply

    async def _asked(self, messages: Sequence[ModelMessage], tools: Sequence[ToolDefinition]) -> ModelResponse:
        sent = list(messages)
        parameters = ModelRequestParameters(function_tools=list(tools))
        if self._calls == "text":
            sent, parameters = as_text(sent, tools), ModelRequestParameters()
        settings = ModelSettings(max_retries=0)
        reply = await direct.model_request(
            self._model, sent, model_settings=settings, model_request_parameters=parameters
        )
        self._is_reached = True
        if self._calls != "native" and not reply.tool_calls:
            reply = with_calls_of_text(reply)
        return usable(reply)

    def _may_be_for_tools(self, failure: ToolFailed, tools: Sequence[ToolDefinition]) -> bool:
        """Whether the request was refused because the server takes no tools."""
        return self._calls == "auto" and len(tools) > 0 and bool(_ABOUT_TOOLS.search(self._refused(failure)))

    def _may_be_for_pictures(self, failure: ToolFailed) -> bool:
        """Whether the request may have been refused for its pictures, of which none was ever taken."""
        error = failure.__cause__
        if self._pictures != "untried" or not isinstance(error, ModelHTTPError):
            return False
        return error.status_code in _REFUSED or bool(_ABOUT_PICTURES.search(self._refused(failure)))

    @staticmethod
    def _refused(failure: ToolFailed) -> str:
        """What the server says of a request that it does not take; empty for any other failure."""
        error = failure.__cause__
        if not isinstance(error, ModelHTTPError):
            return ""
        is_refusal = error.status_code in _REFUSED | _BROKEN
        return failure.message.partition(": ")[2] if is_refusal else ""  # the model's name is before it

    def _wait_s(self, failure: ToolFailed, n_waits: int) -> float | None:
        """How long to wait before a further try; None if there is none."""
        error = failure.__cause__
        is_told = isinstance(error, ModelHTTPError) or (isinstance(error, ModelAPIError) and self._is_reached)
        if not failure.is_transient or n_waits >= (len(WAITS_S) if is_told else FEW):
            return None
        wanted = error.retry_after if isinstance(error, ModelAPIError) else None
        return WAITS_S[n_waits] if wanted is None else min(wanted, LONGEST_WAIT_S)


def _has_picture(message: ModelMessage) -> bool:
    return isinstance(message, ModelRequest) and any(
        isinstance(part, UserPromptPart | ToolReturnPart)
        and isinstance(part.content, list)
        and any(isinstance(item, BinaryContent) for item in cast("list[object]", part.content))
        for part in message.parts
    )


def _without_pictures(message: ModelMessage) -> ModelMessage:
    if not isinstance(message, ModelRequest) or not _has_picture(message):
        return message
    parts: list[ModelRequestPart] = []
    for part in message.parts:
        if isinstance(part, UserPromptPart | ToolReturnPart) and isinstance(part.content, list):
            content = cast("list[Any]", part.content)
            part = replace(part, content=[NO_PICTURE if isinstance(item, BinaryContent) else item for item in content])
        parts.append(part)
    return replace(message, parts=parts)
