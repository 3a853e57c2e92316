"""Tool calls as text, for models that can't call tools: how they are asked for, and how they are read.

Pure. A call is a block of JSON in what the model says; its result is the next thing that the user says.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple, cast

from pydantic_ai.messages import (
    ModelMessage,
    ModelRequest,
    ModelRequestPart,
    ModelResponse,
    ModelResponsePart,
    SystemPromptPart,
    TextPart,
    ToolCallPart,
    ToolReturnPart,
    UserContent,
    UserPromptPart,
)
from pydantic_ai.tools import ToolDefinition

# The words of the wire formats and chat templates that small models were trained on, the form asked for first.
_NAMES = ("tool", "tool_name", "name", "function")
_ARGUMENTS = ("arguments", "parameters", "args", "input")
_BEGINNING = re.compile(r'\{\s*"')
_BROKEN_NAME = re.compile(rf'"(?:{"|".join(_NAMES)})"\s*:\s*"([^"\\]{{1,100}})"')
_BROKEN_ARGUMENTS = re.compile(rf'"(?:{"|".join(_ARGUMENTS)})"\s*:\s*')
_FRAME = re.compile(r"```(?:json|tool_call|tool)?\s*\Z|<tool_call>\s*\Z|\[TOOL_CALLS\]\s*\Z")
_FRAME_END = re.compile(r"\s*(?:```|</tool_call>)")
_MOST_BROKEN = 100
"""Places where JSON may begin and doesn't, before the rest of a text is taken for prose."""
_DECODER = json.JSONDecoder(strict=False)  # a line break inside a string is the commonest slip, and clear enough
_FORM = """\
You can't call tools directly. To call one, end your answer with a block of this form, one block for each call, and wait
for its result:
```json
{"tool": "NAME", "arguments": {"NAME OF A PARAMETER": "VALUE"}}
```
The block must be valid JSON: in strings write \\n for a line break and \\" for a quote. The tools:"""


class Said(NamedTuple):
    """What a model said: its words, and the calls that were among them."""

    words: str
    calls: list[ToolCallPart]


def read_calls(text: str) -> Said:
    """Find the calls in a text. A broken one, if no other is there, has its broken arguments as a string."""
    words: list[str] = []
    calls: list[ToolCallPart] = []
    said_to = 0
    for begin, end, value in _objects(text):
        call = _call(value)
        if call:
            words.append(_FRAME.sub("", text[said_to:begin]))
            calls.append(call)
            after = _FRAME_END.match(text, end)
            said_to = after.end() if after else end
    if not calls and (broken := _broken_call(text)):
        return broken
    return Said("".join([*words, text[said_to:]]).strip() if calls else text, calls)


def spelled(call: ToolCallPart) -> str:
    """A call in the form that is asked for."""
    arguments = call.args if isinstance(call.args, str) else json.dumps(call.args or {}, ensure_ascii=False)
    name = json.dumps(call.tool_name, ensure_ascii=False)
    return f'```json\n{{"tool": {name}, "arguments": {arguments}}}\n```'


def as_text(messages: Sequence[ModelMessage], tools: Sequence[ToolDefinition]) -> list[ModelMessage]:
    """A conversation for a model without tools: they are described, and calls and their results are what was said."""
    system = "\n\n".join(
        part.content
        for message in messages
        if isinstance(message, ModelRequest)
        for part in message.parts
        if isinstance(part, SystemPromptPart)
    )
    told = "\n\n".join([*([system] if system else []), "\n\n".join([_FORM, *map(_described, tools)])])
    spoken = [_spoken(message) for message in messages]
    first = spoken[0]
    if isinstance(first, ModelRequest):
        spoken[0] = replace(first, parts=[SystemPromptPart(told), *first.parts])
    return spoken


def _objects(text: str) -> Iterator[tuple[int, int, object]]:
    """The JSON objects in a text, outermost, with where they begin and end."""
    at, n_broken = 0, 0
    while n_broken < _MOST_BROKEN and (found := _BEGINNING.search(text, at)):
        try:
            value, end = _DECODER.raw_decode(text, found.start())
        except (ValueError, RecursionError):
            at, n_broken = found.start() + 1, n_broken + 1
        else:
            yield found.start(), end, value
            at = end


def _call(value: object) -> ToolCallPart | None:
    if not isinstance(value, dict):
        return None
    fields = cast("dict[str, Any]", value)  # JSON
    if isinstance(inner := fields.get("function"), dict):
        return _call(cast("object", inner))
    key = next((key for key in _NAMES if isinstance(fields.get(key), str) and fields[key]), None)
    if key is None:
        return None
    for word in _ARGUMENTS:
        if isinstance(arguments := fields.get(word), dict | str):
            return ToolCallPart(fields[key], cast("dict[str, Any] | str", arguments))
    if not key.startswith("tool"):
        return None  # any object may have a name
    return ToolCallPart(fields[key], {word: item for word, item in fields.items() if word not in {key, *_ARGUMENTS}})


def _broken_call(text: str) -> Said | None:
    """What looks like a call that is cut short or misspelled."""
    begin = _BEGINNING.search(text)
    name = _BROKEN_NAME.search(text, begin.start()) if begin else None
    arguments = _BROKEN_ARGUMENTS.search(text, name.end()) if name else None
    if not begin or not name or not arguments:
        return None
    rest = text[arguments.end() :]
    try:  # only what comes after them may be missing
        value = _DECODER.raw_decode(rest)[0]
    except (ValueError, RecursionError):
        value = None
    found = cast("dict[str, Any]", value) if isinstance(value, dict) else rest.strip().removesuffix("```").rstrip()
    return Said(_FRAME.sub("", text[: begin.start()]).strip(), [ToolCallPart(name[1], found or "{")])


def _described(tool: ToolDefinition) -> str:
    schema = json.dumps(tool.parameters_json_schema, ensure_ascii=False, separators=(",", ":"))
    return f"## {tool.name}\n{tool.description or ''}\nArguments, as JSON schema: {schema}"


def _spoken(message: ModelMessage) -> ModelMessage:
    if isinstance(message, ModelResponse):
        said: list[ModelResponsePart] = []
        for part in message.parts:
            said.append(TextPart(spelled(part)) if isinstance(part, ToolCallPart) else part)
        return replace(message, parts=said)
    # One part for all that the user says: chat templates of small models want the roles to take turns.
    content: list[UserContent] = []
    others: list[ModelRequestPart] = []
    for part in message.parts:
        if isinstance(part, ToolReturnPart):
            result = cast("list[UserContent] | str", part.content)  # the loop gives no other
            content += [f"Result of {part.tool_name}:", *([result] if isinstance(result, str) else result)]
        elif isinstance(part, UserPromptPart):
            content += [part.content] if isinstance(part.content, str) else part.content
        elif not isinstance(part, SystemPromptPart):
            others.append(part)
    words = [item for item in content if isinstance(item, str)]
    said_by_user = UserPromptPart("\n\n".join(words) if len(words) == len(content) else content)
    return replace(message, parts=[*others, said_by_user] if content else others)
