"""What a model said, as it can be used, recorded and sent again to a provider that checks it."""

import json
import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, cast
from uuid import uuid4

from pydantic_ai.exceptions import UnexpectedModelBehavior
from pydantic_ai.messages import ModelMessagesTypeAdapter, ModelResponse, ModelResponsePart, TextPart, ToolCallPart
from pydantic_core import from_json

from viga_agent.text_calls import read_calls

SHOWN_CHARACTERS = 20_000
"""Of what a model says at once; more is a model that repeats itself, and each further request would carry it."""
_MOST_NAME = 64


def usable(reply: ModelResponse) -> ModelResponse:
    """The same answer, without what could not be recorded or would be refused when it is sent again.

    Raises:
        UnexpectedModelBehavior: If nothing is said.
        ValueError: If it has not the form that it should have: SDKs take fields of any type.
    """
    if not reply.tool_calls and not (reply.text or "").strip():
        details = reply.provider_details or {}
        raise UnexpectedModelBehavior(f"it is empty: {details.get('refusal') or details.get('finish_reason')}")
    reply = replace(reply, parts=_with_ids(map(_usable_part, reply.parts)))
    record = ModelMessagesTypeAdapter.dump_python([reply], mode="json", warnings="error")
    ModelMessagesTypeAdapter.validate_json(json.dumps(record, allow_nan=False, ensure_ascii=False).encode())
    return reply


def with_calls_of_text(reply: ModelResponse) -> ModelResponse:
    """The same answer, with the calls that its text holds as calls."""
    words, calls = read_calls(reply.text or "")
    if not calls:
        return reply
    others = [part for part in reply.parts if not isinstance(part, TextPart)]
    return replace(reply, parts=[*others, *([TextPart(words)] if words else []), *calls])


def _usable_part(part: ModelResponsePart) -> ModelResponsePart:
    if isinstance(part, TextPart):
        n_more = len(part.content) - SHOWN_CHARACTERS
        more = f" [... {n_more:,} characters more]" if n_more > 0 else ""
        return replace(part, content=_encodable(part.content[:SHOWN_CHARACTERS]) + more)
    if isinstance(part, ToolCallPart):
        # OpenAI and Anthropic refuse other names even in what was said before; models invent "functions.render".
        name = re.sub(r"[^a-zA-Z0-9_-]", "_", part.tool_name)[:_MOST_NAME] or "unnamed"
        return replace(part, tool_name=name, args=_json_or_words(cast("str | dict[str, Any] | None", part.args)))
    return part


def _with_ids(parts: Iterable[ModelResponsePart]) -> list[ModelResponsePart]:
    """Each call with an id of its own, by which its result is told from others: some servers give none."""
    found: list[ModelResponsePart] = []
    known: set[str] = set()
    for part in parts:
        if isinstance(part, ToolCallPart):
            if not part.tool_call_id or part.tool_call_id in known:
                part = replace(part, tool_call_id=uuid4().hex)
            known.add(part.tool_call_id)
        found.append(part)
    return found


def _json_or_words(arguments: str | dict[str, Any] | None) -> str | dict[str, Any] | None:
    """Arguments unchanged if they are JSON, else as they are or in words: the caller can't read them, and says so."""
    try:
        found = from_json(arguments) if isinstance(arguments, str) else arguments
    except ValueError:
        return _encodable(str(arguments))
    try:  # numbers and characters that Python's reader of JSON lets pass
        json.dumps(found, allow_nan=False, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        return f"{error}: {arguments!r}"
    return arguments


def _encodable(text: str) -> str:
    return text.encode(errors="replace").decode()
