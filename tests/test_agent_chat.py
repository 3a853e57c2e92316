"""One role's model over the wire: what passes is waited out, what a server refuses is left out, the rest is told."""

import json
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Any, cast

import pytest
from pydantic_ai.exceptions import UserError
from pydantic_ai.messages import (
    BinaryContent,
    ModelMessage,
    ModelMessagesTypeAdapter,
    ModelRequest,
    ModelResponse,
    SystemPromptPart,
    TextPart,
    ToolCallPart,
    ToolReturnPart,
    UserPromptPart,
)
from pydantic_ai.models.function import AgentInfo, FunctionModel
from pydantic_ai.tools import ToolDefinition

from tests.provider import CUT, WIRES, Answer, Fails, Gemini, Json, Provider, Raw, Says, Wire, calls, need, serving
from viga_agent.chat import NO_PICTURE, WAITS_S, Calls, Chat
from viga_agent.models import expense, find_model
from viga_agent.tools import ToolFailed

KEY = "sk-not-to-be-told"
PICTURE = BinaryContent(b"\x89PNG", media_type="image/png")
TOOLS = [
    ToolDefinition(
        name="look",
        description="Look at a view.",
        parameters_json_schema={
            "type": "object",
            "additionalProperties": False,
            "properties": {"view": {"anyOf": [{"type": "string"}, {"$ref": "#/$defs/View"}, {"type": "null"}]}},
            "$defs": {"View": {"type": "object", "properties": {"fov_deg": {"type": "number", "exclusiveMinimum": 0}}}},
        },
    )
]
LOOK = calls("look", {"view": "top"})
FAILURES: dict[str, Answer] = {
    "429": Fails(429, "slow down"),
    "500": Fails(500, "oops"),
    "cut answer": CUT,
    "HTML": Raw(b"<html>Bad gateway</html>", "text/html"),
    "empty": Raw(b""),
}


@pytest.fixture(params=WIRES, ids=lambda wire: wire.name)
def wire(request: pytest.FixtureRequest) -> Wire:
    need(request.param)
    return request.param


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIGA_AGENT_KEY", KEY)


class Asked:
    """A chat with a provider, and what it told while it was asked."""

    def __init__(self, provider: Provider, calls: Calls, sees_pictures: bool) -> None:
        self.provider = provider
        self.slept: list[float] = []
        self.told: list[str] = []
        model = find_model(provider.wire.model, provider.url)
        self.chat = Chat(model, "generator", calls=calls, sees_pictures=sees_pictures, sleep=self._sleep)

    async def ask(self, *messages: ModelMessage) -> ModelResponse:
        return await self.chat.ask(messages or START, TOOLS, lambda message, wait_s: self.told.append(message))

    async def fails(self, *messages: ModelMessage) -> ToolFailed:
        with pytest.raises(ToolFailed) as caught:
            await self.ask(*messages)
        return caught.value

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


@contextmanager
def asking(
    wire: Wire,
    *answers: Answer,
    calls: Calls = "auto",
    sees_pictures: bool = True,
    refuses: Fails | None = None,
) -> Generator[Asked]:
    """A chat with a provider that gives these answers, and refuses requests with pictures."""

    def refusal(request: dict[str, Any]) -> Answer | None:
        return refuses if refuses and wire.pictures(request) else None

    with serving(wire, answers, refusal) as provider:
        yield Asked(provider, calls, sees_pictures)


START: tuple[ModelMessage, ...] = (ModelRequest([SystemPromptPart("You look."), UserPromptPart(["Go.", PICTURE])]),)


def after(reply: ModelResponse, *results: str | Sequence[str | BinaryContent]) -> tuple[ModelMessage, ...]:
    """The conversation after the results of the reply's calls, or a word on a reply without."""
    pairs = zip(reply.tool_calls, results, strict=True)
    parts = [ToolReturnPart(call.tool_name, list(result), call.tool_call_id) for call, result in pairs]
    return (*START, reply, ModelRequest(parts or [UserPromptPart("Call a tool.")]))


def called(reply: ModelResponse) -> list[tuple[str, object]]:
    return [(call.tool_name, call.args_as_dict()) for call in reply.tool_calls]


async def test_a_talk_with_a_tool_keeps_to_the_rules_of_every_provider(wire: Wire) -> None:
    with asking(wire, LOOK, Says(text="A cube.")) as asked:
        reply = await asked.ask()
        last = await asked.ask(*after(reply, ["the top view", PICTURE]))

    assert called(reply) == [("look", {"view": "top"})]
    assert last.text == "A cube."
    assert asked.provider.refused == []
    assert asked.told == []


@pytest.mark.parametrize(
    ("name", "where"),
    [
        ("chat", ["user", "user"]),
        ("responses", ["user", "function_call_output"]),
        ("messages", ["image", "tool_result"]),
        ("gemini", ["user", "functionResponse"]),
        ("gemini-2.5-flash", ["user", "user"]),
    ],
)
async def test_pictures_of_tool_results_go_where_the_provider_sees_them(name: str, where: list[str]) -> None:
    wire = next((wire for wire in WIRES if wire.name == name), None)
    if wire is None:
        wire = Gemini()
        wire.model = f"google:{name}"
    need(wire)
    with asking(wire, LOOK, Says(text="A cube.")) as asked:
        await asked.ask(*after(await asked.ask(), ["the top view", PICTURE]))

    assert wire.pictures(asked.provider.requests[1]) == where
    assert asked.provider.refused == []


@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES)
async def test_what_fails_once_is_waited_out_and_told(failure: Answer, wire: Wire) -> None:
    with asking(wire, Says(text="Hello."), failure, LOOK) as asked:
        await asked.ask()
        reply = await asked.ask()

    assert called(reply) == [("look", {"view": "top"})]
    assert (len(asked.provider.requests), len(asked.told), len(asked.slept)) == (3, 1, 1)


@pytest.mark.parametrize(
    ("failure", "n_waits", "kind", "reason"),
    [
        (Fails(429, "slow down"), 6, "busy", "answered 429: slow down"),
        (Fails(500, "oops"), 6, "unavailable", "answered 500: oops"),
        (Fails(401, f"no such key: {KEY}"), 0, "invalid_argument", "answered 401: no such key: [VIGA_AGENT_KEY]"),
        (Fails(402, "pay first"), 0, "invalid_argument", "answered 402: pay first"),
        (CUT, 2, "unavailable", ""),
        (Raw(b"<html>Bad gateway</html>", "text/html"), 2, "unavailable", ""),
        (Says(is_refusal=True), 2, "unavailable", "the answer can't be used: it is empty: "),
    ],
    ids=["429", "500", "401", "402", "cut answer", "HTML", "refusal"],
)
async def test_what_fails_for_good_is_told_after_a_few_tries(
    failure: Answer, n_waits: int, kind: str, reason: str, wire: Wire
) -> None:
    with asking(wire, *[failure] * 8) as asked:
        failed = await asked.fails()

    assert (failed.tool, failed.kind) == ("generator", kind)
    assert reason in failed.message
    assert KEY not in failed.message
    assert len(asked.slept) == n_waits


MALFORMED = [
    "[]",
    "null",
    "7",
    '"Hello"',
    "{}",
    "{",
    '{"choices": []}',
    '{"choices": null}',
    '{"choices": [{}]}',
    '{"choices": [{"message": null}]}',
    '{"choices": [{"message": {"content": 7}}]}',
    '{"choices": [{"message": {"role": "assistant", "tool_calls": [{}]}}]}',
    '{"choices": [{"message": {"role": "assistant", "tool_calls": [{"id": null, "function": null}]}}]}',
    '{"choices": [{"message": {"role": "assistant", "tool_calls": 3}}]}',
    '{"id": "x", "object": "chat.completion", "created": "long ago", "model": null, "choices": [{"index": 0,'
    ' "finish_reason": "why not", "message": {"role": "assistant", "content": ""}}], "usage": {"prompt_tokens": "x"}}',
    '{"output": []}',
    '{"output": null}',
    '{"output": [null]}',
    '{"output": [{"type": "function_call"}]}',
    '{"output": [{"type": "message", "content": [{"type": "output_text", "text": null}]}]}',
    '{"content": []}',
    '{"content": null}',
    '{"content": [{"type": "tool_use"}], "usage": {}}',
    '{"content": [{"type": "text", "text": 7}], "usage": null}',
    '{"candidates": []}',
    '{"candidates": [{}]}',
    '{"candidates": [{"content": {"parts": [{"functionCall": {}}]}}]}',
    '{"candidates": [{"content": {"parts": [{"functionCall": {"name": null, "args": 7}}]}}]}',
    '{"candidates": [{"content": {"parts": null}}], "usageMetadata": []}',
    '{"promptFeedback": {"blockReason": "OTHER"}}',
    '{"error": {"message": "overloaded"}}',
    '{"choices": [{"message": {"role": "assistant", "content": null, "refusal": "\\ud800"}}]}',
    '{"model": "\\ud800", "choices": [{"index": 0, "message": {"role": "assistant", "content": "hi"}}]}',
    '{"id": [], "model": {}, "created_at": 1, "output": [{"type": "message", "id": "m", "role": "assistant", "content":'
    ' [{"type": "output_text", "text": "hi", "annotations": []}]}], "usage": {"input_tokens": NaN}}',
]


async def test_an_answer_of_any_form_is_an_answer_or_a_failure_that_is_told(wire: Wire) -> None:
    told: dict[str, str] = {}
    with asking(wire) as asked:
        for body in MALFORMED:
            asked.provider.waiting[:] = [Raw(body.encode())] * 8
            try:
                reply = await asked.ask()
            except ToolFailed as failed:
                told[body] = failed.message
            else:
                told[body] = ModelMessagesTypeAdapter.dump_json([reply]).decode()

    assert {body: text for body, text in told.items() if not 0 < len(text.encode()) < 2000} == {}


@pytest.mark.parametrize(
    ("headers", "waited"),
    [
        ({"retry-after-ms": "1500"}, 1.5),
        ({"retry-after-ms": "", "Retry-After": "7"}, 7),
        ({"retry-after-ms": "9e9"}, 600),
    ],
)
async def test_a_wait_that_the_provider_names_is_kept_within_reason(
    headers: dict[str, str], waited: float, wire: Wire
) -> None:
    with asking(wire, Fails(429, "slow down", headers), LOOK) as asked:
        await asked.ask()

    assert asked.slept == [waited]


async def test_waits_grow_where_the_provider_names_none(wire: Wire) -> None:
    with asking(wire, *[Fails(503, "later", {"retry-after-ms": ""})] * 6, LOOK) as asked:
        await asked.ask()

    assert tuple(asked.slept) == WAITS_S


async def test_a_server_that_was_never_there_is_given_up_soon(wire: Wire) -> None:
    with asking(wire) as asked:
        pass  # it is gone
    failed = await asked.fails()

    assert "can't be reached" in failed.message
    assert len(asked.slept) == 2


async def test_a_server_that_goes_away_for_minutes_is_waited_for(wire: Wire) -> None:
    with asking(wire, LOOK) as asked:
        await asked.ask()
    await asked.fails()

    assert tuple(asked.slept) == WAITS_S


@pytest.mark.parametrize(
    "refuses",
    [
        Fails(400, "this is not a multimodal model"),
        Fails(404, "No endpoints found that support image input"),
        Fails(422, "unknown variant `image_url`, expected `text`"),
        Fails(500, "image input is not supported - hint: you may need to provide the mmproj"),
    ],
    ids=["vLLM", "OpenRouter", "DeepSeek", "llama.cpp"],
)
async def test_a_model_that_takes_no_pictures_goes_by_the_text_from_then_on(refuses: Fails, wire: Wire) -> None:
    with asking(wire, LOOK, Says(text="A cube."), refuses=refuses) as asked:
        reply = await asked.ask()
        await asked.ask(*after(reply, ["the top view", PICTURE]))

    assert len(asked.provider.requests) == 3
    assert len(asked.told) == 1
    assert refuses.message in asked.told[0]
    assert asked.slept == []
    assert asked.provider.refused == []
    assert json.dumps(asked.provider.requests[2]).count(NO_PICTURE) == 2


async def test_a_refusal_that_has_nothing_to_do_with_pictures_is_told_as_it_was(wire: Wire) -> None:
    with asking(wire, Fails(400, "too long"), Fails(400, "still too long"), LOOK, Fails(400, "too long")) as asked:
        assert "answered 400: too long" in (await asked.fails()).message
        await asked.ask()
        assert wire.pictures(asked.provider.requests[2])
        assert "answered 400: too long" in (await asked.fails()).message

    assert len(asked.provider.requests) == 4  # pictures that were taken once are no suspects


@pytest.mark.parametrize(
    "failure",
    [
        Fails(503, "provisioning the image of this model"),
        Fails(500, "oops"),
        Fails(429, "tools are not supported at peak"),
    ],
    ids=["503", "500", "429"],
)
async def test_what_passes_takes_neither_pictures_nor_tools_away(failure: Fails, wire: Wire) -> None:
    with asking(wire, failure, LOOK) as asked:
        await asked.ask()

    assert asked.provider.requests[0] == asked.provider.requests[1]
    assert len(asked.slept) == 1


async def test_without_pictures_none_is_sent(wire: Wire) -> None:
    with asking(wire, LOOK, sees_pictures=False) as asked:
        await asked.ask()

    assert wire.pictures(asked.provider.requests[0]) == []
    assert NO_PICTURE in json.dumps(asked.provider.requests[0])


BLOCK = Says(text='I look.\n```json\n{"tool": "look", "arguments": {"view": "top"}}\n```')


@pytest.mark.parametrize(
    "refusal",
    [
        Fails(400, "registry.ollama.ai/library/gemma3:latest does not support tools"),
        Fails(400, '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set'),
        Fails(404, "No endpoints found that support tool use."),
        Fails(500, "tools param requires --jinja flag"),
        Fails(500, "Unsupported param: tools"),
    ],
    ids=["Ollama", "vLLM", "OpenRouter", "llama.cpp", "older llama.cpp"],
)
async def test_a_server_without_tools_is_asked_for_calls_in_text(refusal: Fails, wire: Wire) -> None:
    with asking(wire, refusal, BLOCK, Says(text="A cube.")) as asked:
        reply = await asked.ask()
        await asked.ask(*after(reply, ["the top view", PICTURE]))

    assert called(reply) == [("look", {"view": "top"})]
    assert reply.text == "I look."
    assert (len(asked.provider.requests), len(asked.told), asked.slept) == (3, 1, [])
    assert asked.provider.refused == []
    last = json.dumps(asked.provider.requests[2])
    assert "Result of look:" in last
    assert not any(word in last for word in ('"tools"', "tool_call", "tool_use", "tool_result", "functionCall"))


async def test_a_server_without_tools_and_pictures_gets_plain_text(wire: Wire) -> None:
    refusal = Fails(400, "this model does not support tools")
    with asking(wire, refusal, BLOCK, refuses=Fails(400, "nor images")) as asked:
        reply = await asked.ask()

    assert called(reply) == [("look", {"view": "top"})]
    assert wire.pictures(asked.provider.requests[-1]) == []


async def test_a_call_that_a_native_model_writes_as_text_is_a_call(wire: Wire) -> None:
    with asking(wire, BLOCK, LOOK) as asked:
        reply = await asked.ask()
        await asked.ask(*after(reply, ["the top view", PICTURE]))

    assert called(reply) == [("look", {"view": "top"})]
    assert asked.provider.refused == []


@pytest.mark.parametrize("calls", ["auto", "text"])
async def test_broken_json_reaches_the_caller_and_can_be_sent_again(calls: Calls, wire: Wire) -> None:
    text = 'So:\n```json\n{"tool": "look", "arguments": {"view": "to'
    with asking(wire, Says(text=text), LOOK, calls=calls) as asked:
        reply = await asked.ask()
        with pytest.raises(ValueError, match="line 1"):
            reply.tool_calls[0].args_as_dict(raise_if_invalid=True)
        await asked.ask(*after(reply, ["the arguments are no JSON"]))

    assert reply.tool_calls[0].tool_name == "look"
    assert asked.provider.refused == []


@pytest.mark.parametrize(
    "answer",
    [
        calls("functions.look", {"view": "top"}),
        calls("look at the view" * 9, {}),
        calls("look", '{"view": "to'),
        calls("look", "[1, 2]"),
        calls("look", '{"fov": NaN}'),
        calls("look", {"view": "\ud800"}),
        Says(text="\ud800 " + "x" * 2_000_000),
    ],
    ids=["dotted name", "long name", "cut", "a list", "NaN", "half a character", "2 MB"],
)
async def test_whatever_a_model_says_can_be_recorded_and_sent_again(answer: Says, wire: Wire) -> None:
    with asking(wire, answer, LOOK, LOOK, LOOK) as asked:
        reply = await asked.ask()
        await asked.ask(*after(reply, *["what?"] * len(reply.tool_calls)))

    assert asked.provider.refused == []
    assert len(json.dumps(asked.provider.requests[1])) < 100_000
    for call in reply.tool_calls:
        json.dumps(call.args_as_dict(), allow_nan=False, ensure_ascii=False).encode()


@pytest.mark.parametrize("ids", [("", ""), ("a", "a")], ids=["empty", "equal"])
async def test_calls_without_ids_of_their_own_get_some(ids: tuple[str, str], wire: Wire) -> None:
    body = json.dumps(wire.spelled(Says(calls=LOOK.calls * 2)))
    for given, id in zip(('"c0"', '"c1"'), ids, strict=True):
        body = body.replace(given, json.dumps(id))
    with asking(wire, Raw(body.encode()), LOOK) as asked:
        reply = await asked.ask()
        await asked.ask(*after(reply, ["the top view"], ["the top view"]))

    assert len({call.tool_call_id for call in reply.tool_calls}) == 2
    assert asked.provider.refused == []


async def test_tokens_are_counted_with_the_cached_ones_and_an_unknown_price_is_none(wire: Wire) -> None:
    with asking(wire, LOOK) as asked:
        spent = expense(await asked.ask())

    assert spent == {"input": 100, "cached": 60, "output": 10, "usd": None}


@pytest.mark.parametrize(
    ("name", "priced"),
    [("chat", "gpt-4o"), ("responses", "gpt-4o"), ("messages", "claude-sonnet-4-5"), ("gemini", "gemini-2.5-flash")],
)
async def test_a_known_price_is_counted(name: str, priced: str) -> None:
    wire = next(wire for wire in WIRES if wire.name == name)
    spelled = json.dumps(wire.spelled(LOOK)).replace(wire.model.rpartition(":")[2], priced)
    need(wire)
    with asking(wire, Raw(spelled.encode())) as asked:
        spent = expense(await asked.ask())

    assert spent["usd"] is not None
    assert 0 < spent["usd"] < 0.01


def test_the_price_of_tokens_that_nobody_counted_is_unknown() -> None:
    assert expense(ModelResponse([TextPart("x")], model_name="gpt-4o", provider_name="openai"))["usd"] is None


async def test_a_request_that_pydantic_ai_refuses_is_told_and_not_repeated() -> None:
    def answer(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        raise UserError("no such thing")

    with pytest.raises(ToolFailed, match="the model can't be asked: no such thing") as caught:
        await Chat(FunctionModel(answer), "verifier").ask(START, TOOLS)
    assert not caught.value.is_transient


async def test_native_calls_alone_leave_text_as_it_is() -> None:
    def answer(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        return ModelResponse([TextPart(BLOCK.text), ToolCallPart("look", {})][: len(messages)])

    assert (await Chat(FunctionModel(answer), "verifier", calls="native").ask(START, TOOLS)).tool_calls == []


async def test_a_server_of_ones_own_gets_its_own_key_and_no_other(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_API_KEY", "OPENAI_API_KEY", "GOOGLE_API_KEY", "GEMINI_API_KEY"):
        monkeypatch.setenv(name, "sk-of-another-provider")
    with asking(wire, LOOK) as asked:
        await asked.ask()

    headers = " ".join(asked.provider.headers[0].values())
    assert KEY in headers
    assert "sk-of-another-provider" not in headers


SYSTEM: Json = {"role": "system", "content": "You look."}
USER: Json = {"role": "user", "content": "Go."}
CALLED: Json = {"role": "assistant", "tool_calls": [{"id": "a", "function": {"name": "look", "arguments": "{}"}}]}
IMAGE: Json = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}}
CALL: Json = {"type": "function_call", "call_id": "a", "name": "look", "arguments": "{}"}
OUTPUT: Json = {"type": "function_call_output", "call_id": "a", "output": ""}
TOOL_USE: Json = {"role": "assistant", "content": [{"type": "tool_use", "id": "a", "name": "look", "input": {}}]}
GEMINI_USER: Json = {"role": "user", "parts": [{"text": "Go."}]}
GEMINI_CALL: Json = {
    "role": "model",
    "parts": [{"functionCall": {"name": "look", "args": {}}, "thoughtSignature": "AA=="}],
}
GEMINI_TOOL: Json = {"functionDeclarations": [{"name": "look", "parameters": {"additionalProperties": False}}]}


@pytest.mark.parametrize(
    ("name", "body", "trouble"),
    cast(
        "list[tuple[str, Json, str]]",
        [
            ("chat", {"messages": [USER, SYSTEM]}, "a system message that does not lead"),
            ("chat", {"messages": [USER], "top_k": 1}, "argument supplied: top_k"),
            ("chat", {"messages": [USER], "tools": []}, "'tools' is empty"),
            ("chat", {"messages": [USER, CALLED]}, "no result of the calls"),
            (
                "chat",
                {"messages": [USER, {"role": "tool", "tool_call_id": "a", "content": "x"}]},
                "a tool result without",
            ),
            (
                "chat",
                {"messages": [USER, CALLED, {"role": "tool", "tool_call_id": "a", "content": [IMAGE]}]},
                "a picture",
            ),
            ("chat", {"messages": [USER, USER]}, "must alternate"),
            ("responses", {"input": [CALL]}, "No tool output found"),
            ("responses", {"input": [OUTPUT]}, "No tool call found"),
            ("responses", {"input": [{**CALL, "arguments": "{"}, OUTPUT]}, "no JSON object"),
            ("messages", {"messages": [USER]}, "max_tokens: Field required"),
            ("messages", {"messages": [SYSTEM], "max_tokens": 1}, "first message must use the user role"),
            ("messages", {"messages": [USER, TOOL_USE, USER], "max_tokens": 1}, "without `tool_result` blocks"),
            ("messages", {"messages": [{"role": "user", "content": " "}], "max_tokens": 1}, "non-empty"),
            ("gemini", {"contents": [GEMINI_USER, GEMINI_CALL, GEMINI_USER]}, "number of function response parts"),
            ("gemini", {"contents": [GEMINI_CALL]}, "immediately after a user turn"),
            ("gemini", {"contents": [GEMINI_USER], "tools": [GEMINI_TOOL]}, 'Unknown name "additionalProperties"'),
        ],
    ),
)
def test_the_provider_of_these_tests_refuses_what_real_ones_refuse(name: str, body: Json, trouble: str) -> None:
    [wire] = [wire for wire in WIRES if wire.name == name]

    assert trouble in (wire.trouble(body) or "")
