"""Tool calls as text: what is spelled is read back, and no text is too strange to be read."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_ai.messages import (
    BinaryContent,
    ModelMessage,
    ModelRequest,
    ModelResponse,
    SystemPromptPart,
    TextPart,
    ToolCallPart,
    ToolReturnPart,
    UserPromptPart,
)
from pydantic_ai.tools import ToolDefinition

from viga_agent.text_calls import as_text, read_calls, spelled

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
    max_leaves=8,
)
CALLS = st.builds(ToolCallPart, TEXTS.filter(bool), st.dictionaries(TEXTS, VALUES))
TOOLS = [ToolDefinition(name="look", description="Look.", parameters_json_schema={"type": "object", "properties": {}})]
PICTURE = BinaryContent(b"\x89PNG", media_type="image/png")


def read(text: str) -> list[tuple[str, object]]:
    return [(call.tool_name, call.args) for call in read_calls(text).calls]


@given(st.lists(CALLS, min_size=1, max_size=3), st.sampled_from(["", "Certainly. I shall:\n", "{x} is `f({})`\n"]))
def test_every_call_that_is_spelled_as_text_is_read_back(calls: list[ToolCallPart], words: str) -> None:
    said = read_calls(words + "\n".join(map(spelled, calls)))

    assert [(call.tool_name, call.args) for call in said.calls] == [(call.tool_name, call.args) for call in calls]
    assert said.words == words.strip()


@given(
    st.text()
    | st.lists(st.sampled_from(['{"', "tool", '": "', '"arguments": ', "}", "```json\n", "\\", "["])).map("".join)
)
def test_no_text_is_too_strange_to_be_read(text: str) -> None:
    for call in read_calls(text).calls:
        assert call.tool_name


@given(CALLS, st.data())
def test_a_call_that_is_cut_short_is_the_same_call_or_one_that_can_not_be_run(
    call: ToolCallPart, data: st.DataObject
) -> None:
    block = spelled(ToolCallPart("look", call.args))
    cut = block[: data.draw(st.integers(0, len(block)))]

    for found in read_calls(cut).calls:
        assert found.tool_name == "look"
        try:
            arguments = found.args_as_dict(raise_if_invalid=True)
        except (ValueError, AssertionError):
            continue
        assert arguments == call.args


@pytest.mark.parametrize(
    "text",
    [
        '{"tool": "look", "arguments": {"at": 1}}',
        '```json\n{"tool": "look", "arguments": {"at": 1}}\n```',
        '```\n{"name": "look", "parameters": {"at": 1}}\n```\nLet me know!',
        '<tool_call>\n{"name": "look", "arguments": {"at": 1}}\n</tool_call>',
        '{"function": "look", "args": {"at": 1}}',
        '[{"id": "1", "type": "function", "function": {"name": "look", "arguments": "{\\"at\\": 1}"}}]',
        'I look.\n{"arguments": {"at": 1}, "tool_name": "look"}',
        '{"tool": "look", "at": 1}',
        '{"tool": "look", "arguments": {"at": 1}',
    ],
    ids=["bare", "fence", "name", "hermes", "function", "openai", "tool_name", "flat", "unclosed"],
)
def test_the_forms_that_small_models_write_are_read(text: str) -> None:
    [call] = read_calls(text).calls

    assert (call.tool_name, call.args_as_dict(raise_if_invalid=True)) == ("look", {"at": 1})


@pytest.mark.parametrize(
    "text",
    ["", "Nothing.", '{"name": "Cube", "size": 2}', '```json\n{"at": 1}\n```', 'd = {"tool": tool}', "x" * 2_000_000],
)
def test_other_text_holds_no_call(text: str) -> None:
    assert read_calls(text) == (text, [])


def test_a_line_break_in_a_string_is_understood() -> None:
    assert read('{"tool": "run", "arguments": {"code": "a = 1\nb = 2"}}') == [("run", {"code": "a = 1\nb = 2"})]


@pytest.mark.parametrize(
    "text", ['{"tool": "run", "arguments": {"code": "a =', '{"name": "run", "arguments": {"code": "say "hi""}}\n```']
)
def test_broken_json_comes_back_as_arguments_that_can_not_be_read(text: str) -> None:
    [call] = read_calls(f"So:\n```json\n{text}").calls

    assert call.tool_name == "run"
    with pytest.raises(ValueError, match="line 1"):
        call.args_as_dict(raise_if_invalid=True)
    assert spelled(call).startswith('```json\n{"tool": "run", "arguments": {"code": "')


def test_a_conversation_as_text_holds_no_part_of_a_tool_and_keeps_its_pictures() -> None:
    messages: list[ModelMessage] = [
        ModelRequest([SystemPromptPart("You look."), UserPromptPart("Go.")]),
        ModelResponse([TextPart("Now."), ToolCallPart("look", {"at": 1}, "a"), ToolCallPart("look", '{"at', "b")]),
        ModelRequest([ToolReturnPart("look", ["a cube", PICTURE], "a"), ToolReturnPart("look", "broken", "b")]),
    ]

    first, answer, results = as_text(messages, TOOLS)

    system, task = first.parts
    assert isinstance(system, SystemPromptPart)
    assert system.content.startswith("You look.\n\n")
    assert '## look\nLook.\nArguments, as JSON schema: {"type":"object","properties":{}}' in system.content
    assert isinstance(task, UserPromptPart)
    assert task.content == "Go."
    assert [part.content for part in answer.parts if isinstance(part, TextPart)] == [
        "Now.",
        spelled(ToolCallPart("look", {"at": 1})),
        '```json\n{"tool": "look", "arguments": {"at}\n```',
    ]
    [said] = results.parts
    assert isinstance(said, UserPromptPart)
    assert said.content == ["Result of look:", "a cube", PICTURE, "Result of look:", "broken"]
