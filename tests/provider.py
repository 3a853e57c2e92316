"""A provider of models on loopback: it speaks four wire formats, says what a test wrote, and refuses what real ones do.

Each refusal names where the real one is known from. A test writes its answers once; each format spells them its way.
"""

import json
import os
import re
import threading
from base64 import b64decode
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple, Protocol, cast

import pytest

Json = dict[str, Any]
NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
INPUT_TOKENS, CACHED_TOKENS, OUTPUT_TOKENS = 100, 60, 10


class Says(NamedTuple):
    """An answer of the model.

    Args:
        calls: Name and arguments of each; a string is JSON as it stands, which may be cut short.
        text: Its words.
        is_refusal: It declines, in the provider's own way.
    """

    calls: tuple[tuple[str, Json | str], ...] = ()
    text: str = ""
    is_refusal: bool = False


class Fails(NamedTuple):
    """An error of the provider; `status` 0 cuts the connection in the middle of an answer."""

    status: int
    message: str = ""
    headers: Mapping[str, str] = {}


class Raw(NamedTuple):
    """A body that no provider should send."""

    body: bytes
    content_type: str = "application/json"


Answer = Says | Fails | Raw
CUT = Fails(0)


def calls(name: str, arguments: Json | str) -> Says:
    return Says(calls=((name, arguments),))


class Wire(Protocol):
    """A wire format."""

    name: str
    model: str
    """As `--model` has it."""
    base: str
    """What `--base-url` ends with."""

    def trouble(self, request: Json) -> str | None:
        """Why the real provider would not take a request."""
        ...

    def spelled(self, says: Says) -> Json: ...

    def error(self, status: int, message: str) -> Json: ...

    def pictures(self, request: Json) -> list[str]:
        """Where pictures are, in order."""
        ...


@dataclass
class Provider:
    """Answers in order; what is asked after the last one is an error."""

    wire: Wire
    waiting: list[Answer]
    on_request: Callable[[Json], Answer | None] = lambda request: None
    requests: list[Json] = field(default_factory=list[Json])
    headers: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    refused: list[str] = field(default_factory=list[str])
    url: str = ""

    def answer(self, request: Json) -> Answer:
        self.requests.append(request)
        if trouble := self.wire.trouble(request):
            self.refused.append(trouble)
            return Fails(400, trouble)
        return self.on_request(request) or (self.waiting.pop(0) if self.waiting else Fails(400, "nothing more to say"))


@contextmanager
def serving(
    wire: Wire, answers: Sequence[Answer], on_request: Callable[[Json], Answer | None] | None = None
) -> Generator[Provider]:
    """A provider at `provider.url`."""
    provider = Provider(wire, list(answers))
    provider.on_request = on_request or provider.on_request

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            provider.headers.append({name.lower(): value for name, value in self.headers.items()})
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            said = provider.answer(request)
            match said:
                case Says():
                    self.say(200, json.dumps(wire.spelled(said)).encode())
                case Raw():
                    self.say(200, said.body, said.content_type)
                case Fails(status=0):
                    self.say(200, b'{"id":', n_promised=1000)
                case Fails():
                    data = json.dumps(wire.error(said.status, said.message)).encode()
                    self.say(said.status, data, headers={"retry-after-ms": "1", **said.headers})

        def say(
            self,
            status: int,
            data: bytes,
            content_type: str = "application/json",
            headers: Mapping[str, str] = {},
            n_promised: int | None = None,
        ) -> None:
            self.send_response(status)
            for name, value in {"Content-Type": content_type, **headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(n_promised or len(data)))
            self.end_headers()
            self.wfile.write(data)
            self.close_connection = bool(n_promised)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    provider.url = f"http://127.0.0.1:{server.server_address[1]}{wire.base}"
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class ChatCompletions:
    """OpenAI's chat completions, as the strictest of its imitators take them."""

    name, model, base = "chat", "local", "/v1"
    known = frozenset({"model", "messages", "tools", "tool_choice", "stream", "parallel_tool_calls"})

    def trouble(self, request: Json) -> str | None:
        messages: list[Json] = request["messages"]
        return _first(
            # OpenAI: "Unrecognized request argument supplied".
            _unknown(request, self.known),
            # OpenAI: "[] is too short - 'tools'".
            "'tools' is empty" if request.get("tools") == [] else None,
            *(_bad_function(tool["type"] == "function" and tool["function"]) for tool in request.get("tools", ())),
            # The chat templates of Qwen and Gemma: vllm-project/vllm#41114, ggml-org/llama.cpp#27367.
            "a system message that does not lead" if any(m["role"] == "system" for m in messages[1:]) else None,
            *self._unpaired(messages),
            *map(self._bad_message, messages),
            # The chat templates of Gemma and Mistral, which know no tools: roles must take turns.
            None if "tools" in request else _no_turns([m["role"] for m in messages if m["role"] != "system"]),
        )

    def _unpaired(self, messages: Sequence[Json]) -> Iterator[str | None]:
        """OpenAI: a 'tool' message must follow its 'tool_calls', and each of these be followed by a response."""
        open_calls: set[str] = set()
        for message in messages:
            if message["role"] == "tool":
                yield None if message["tool_call_id"] in open_calls else "a tool result without its call"
                open_calls.discard(message["tool_call_id"])
            else:
                yield f"no result of the calls {open_calls}" if open_calls else None
                open_calls = {call["id"] for call in message.get("tool_calls") or ()}
        yield f"no result of the calls {open_calls}" if open_calls else None

    def _bad_message(self, message: Json) -> str | None:
        content = message.get("content")
        parts = cast("list[Json]", content) if isinstance(content, list) else []
        if message["role"] == "assistant" and not content and not message.get("tool_calls"):
            return "an assistant message with nothing in it"
        if message["role"] == "tool" and any(part["type"] != "text" for part in parts):
            return "a picture in a tool message"  # OpenAI, vLLM and OpenRouter take text alone
        for part in parts:
            if part["type"] == "image_url" and not part["image_url"]["url"].startswith("data:image/"):
                return "a picture that is none"
        return _first(*(_bad_call(call["function"]) for call in message.get("tool_calls") or ()))

    def spelled(self, says: Says) -> Json:
        called = [
            {"id": f"c{n}", "type": "function", "function": {"name": name, "arguments": _as_json(arguments)}}
            for n, (name, arguments) in enumerate(says.calls)
        ]
        content = None if says.is_refusal or (called and not says.text) else says.text
        message: Json = {"role": "assistant", "content": content}
        message |= {"refusal": "I can't help with that."} if says.is_refusal else {}
        message |= {"tool_calls": called} if called else {}
        choice = {"index": 0, "message": message, "finish_reason": "tool_calls" if called else "stop"}
        usage = {
            "prompt_tokens": INPUT_TOKENS,
            "completion_tokens": OUTPUT_TOKENS,
            "total_tokens": INPUT_TOKENS + OUTPUT_TOKENS,
            "prompt_tokens_details": {"cached_tokens": CACHED_TOKENS},
        }
        head = {"id": "x", "object": "chat.completion", "created": 1, "model": self.model}
        return {**head, "choices": [choice], "usage": usage}

    def error(self, status: int, message: str) -> Json:
        return {"error": {"message": message, "type": "error", "param": None, "code": None}}

    def pictures(self, request: Json) -> list[str]:
        return [
            message["role"]
            for message in request["messages"]
            if isinstance(message.get("content"), list)
            for part in message["content"]
            if part["type"] == "image_url"
        ]


class Responses:
    """OpenAI's responses."""

    name, model, base = "responses", "openai-responses:gpt-local", "/v1"
    known = frozenset(
        {"model", "input", "instructions", "tools", "tool_choice", "stream", "include", "parallel_tool_calls",
         "reasoning", "text", "truncation", "store"}
    )  # fmt: skip
    kinds = frozenset({"message", "function_call", "function_call_output", "reasoning"})

    def trouble(self, request: Json) -> str | None:
        items: list[Json] = request["input"]
        called = [item["call_id"] for item in items if item.get("type") == "function_call"]
        answered = [item["call_id"] for item in items if item.get("type") == "function_call_output"]
        return _first(
            _unknown(request, self.known),
            *(f"an item of type {kind}" for item in items if (kind := item.get("type", "message")) not in self.kinds),
            # continuedev/continue#10092 and bytedance/trae-agent#245 have these two messages.
            *(f"No tool call found for function call output with call_id {id}" for id in answered if id not in called),
            *(f"No tool output found for function call {id}" for id in called if id not in answered),
            *(_bad_call(item) for item in items if item.get("type") == "function_call"),
            *(_bad_function(tool["type"] == "function" and tool) for tool in request.get("tools", ())),
            *(
                "a part of another kind in an output"
                for item in items
                if isinstance(item.get("output"), list)
                for part in item["output"]
                if part["type"] not in {"input_text", "input_image"}
            ),
        )

    def spelled(self, says: Says) -> Json:
        output: list[Json] = []
        if says.text or says.is_refusal:
            said: Json = {"type": "output_text", "text": says.text, "annotations": []}
            refused: Json = {"type": "refusal", "refusal": "I can't help with that."}
            content = [refused if says.is_refusal else said]
            output.append(
                {"type": "message", "id": "m", "role": "assistant", "status": "completed", "content": content}
            )
        for n, (name, arguments) in enumerate(says.calls):
            call = {"call_id": f"c{n}", "name": name, "arguments": _as_json(arguments)}
            output.append({"type": "function_call", "id": f"f{n}", "status": "completed", **call})
        usage = {
            "input_tokens": INPUT_TOKENS,
            "input_tokens_details": {"cached_tokens": CACHED_TOKENS, "cache_write_tokens": 0},
            "output_tokens": OUTPUT_TOKENS,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": INPUT_TOKENS + OUTPUT_TOKENS,
        }
        settings: Json = {"parallel_tool_calls": True, "tool_choice": "auto", "tools": [], "status": "completed"}
        head = {"id": "r", "object": "response", "created_at": 1, "model": "gpt-local"}
        return {**head, **settings, "output": output, "usage": usage}

    def error(self, status: int, message: str) -> Json:
        return {"error": {"message": message, "type": "error", "param": None, "code": None}}

    def pictures(self, request: Json) -> list[str]:
        found: list[str] = []
        for item in request["input"]:
            parts = cast("list[Json] | str | None", item.get("output") or item.get("content"))
            where = item.get("type", item.get("role"))
            found += [where for part in parts if part["type"] == "input_image"] if isinstance(parts, list) else []
        return found


class Messages:
    """Anthropic's messages."""

    name, model, base = "messages", "anthropic:claude-local", ""
    known = frozenset({"model", "max_tokens", "messages", "system", "tools", "tool_choice", "stream", "thinking"})

    def trouble(self, request: Json) -> str | None:
        messages: list[Json] = request["messages"]
        return _first(
            None if "max_tokens" in request else "max_tokens: Field required",
            *(f"{name}: Extra inputs are not permitted" for name in request.keys() - self.known),
            None if messages[0]["role"] == "user" else "messages: first message must use the user role",
            *(f"messages: role {m['role']}" for m in messages if m["role"] not in {"user", "assistant"}),
            *(
                "messages: text content blocks must be non-empty"
                for block in _blocks(messages)
                if block["type"] == "text" and not block["text"].strip()
            ),
            *self._unpaired(messages),
            *(
                "tool_use.input: Input should be a valid dictionary"
                for block in _blocks(messages)
                if block["type"] == "tool_use" and not isinstance(block["input"], dict)
            ),
            *(
                f"the name {one['name']!r} of a tool"
                for one in (*request.get("tools", ()), *(b for b in _blocks(messages) if b["type"] == "tool_use"))
                if not NAME.fullmatch(one["name"])
            ),
            *(
                "tools.input_schema: an object without oneOf, allOf or anyOf at the top"
                for tool in request.get("tools", ())
                if tool["input_schema"].get("type") != "object"
                or {"oneOf", "allOf", "anyOf"} & tool["input_schema"].keys()
            ),
        )

    def _unpaired(self, messages: Sequence[Json]) -> Iterator[str | None]:
        """Both messages of the real one: anthropics/claude-code#7929 and tghamm/Anthropic.SDK#184."""
        before: set[str] = set()
        end: Json = {"role": "user", "content": []}
        for message in [*messages, end]:
            blocks = list(_blocks([message]))
            results = [block["tool_use_id"] for block in blocks if block["type"] == "tool_result"]
            if before - set(results):
                yield "`tool_use` ids were found without `tool_result` blocks immediately after"
            if set(results) - before:
                yield "unexpected `tool_use_id` found in `tool_result` blocks"
            if any(block["type"] != "tool_result" for block in blocks[: len(results)]):
                yield "`tool_result` blocks must be the first of a message"
            before = {block["id"] for block in blocks if block["type"] == "tool_use"}

    def spelled(self, says: Says) -> Json:
        content: list[Json] = [{"type": "text", "text": says.text}] if says.text else []
        is_cut = False
        for n, (name, arguments) in enumerate(says.calls):
            is_cut = isinstance(arguments, str)  # arguments are no text here: of a cut call nothing is left of them
            content.append({"type": "tool_use", "id": f"c{n}", "name": name, "input": {} if is_cut else arguments})
        reason = "refusal" if says.is_refusal else "max_tokens" if is_cut else "tool_use" if says.calls else "end_turn"
        usage = {
            "input_tokens": INPUT_TOKENS - CACHED_TOKENS,
            "cache_read_input_tokens": CACHED_TOKENS,
            "output_tokens": OUTPUT_TOKENS,
        }
        head = {"id": "m", "type": "message", "role": "assistant", "model": "claude-local", "stop_sequence": None}
        return {**head, "content": content, "stop_reason": reason, "usage": usage}

    def error(self, status: int, message: str) -> Json:
        return {"type": "error", "error": {"type": "error", "message": message}}

    def pictures(self, request: Json) -> list[str]:
        found: list[str] = []
        for block in _blocks(request["messages"]):
            inner = block["content"] if block["type"] == "tool_result" else [block]
            found += [block["type"] for part in inner if part["type"] == "image"]
        return found


class Gemini:
    """Google's generateContent; the newest series, which takes pictures in results of functions."""

    name, model, base = "gemini", "google:gemini-3-local", ""
    known = frozenset({"contents", "systemInstruction", "tools", "toolConfig", "generationConfig", "safetySettings"})
    schema_words = frozenset(
        {"type", "format", "title", "description", "nullable", "enum", "maxItems", "minItems", "properties", "required",
         "minProperties", "maxProperties", "minLength", "maxLength", "pattern", "example", "anyOf", "propertyOrdering",
         "default", "items", "minimum", "maximum"}
    )  # fmt: skip
    json_schema_words = schema_words | {
        "$id",
        "$defs",
        "$ref",
        "$anchor",
        "prefixItems",
        "oneOf",
        "additionalProperties",
    }

    def trouble(self, request: Json) -> str | None:
        contents: list[Json] = request["contents"]
        functions: list[Json] = [f for tool in request.get("tools", ()) for f in tool["functionDeclarations"]]
        return _first(
            *(f'Invalid JSON payload received. Unknown name "{name}"' for name in request.keys() - self.known),
            *(f"role {c['role']}" for c in contents if c["role"] not in {"user", "model"}),
            *("a content without parts" for c in contents if not c["parts"]),
            *self._unpaired(contents),
            *(
                None if NAME.fullmatch(f["name"]) and not f["name"][0].isdigit() else f"the name {f['name']!r}"
                for f in functions
            ),
            # ai.google.dev/api/caching#Schema and #FunctionDeclaration.
            *(_bad_schema(f.get("parameters", {}), self.schema_words) for f in functions),
            *(_bad_schema(f.get("parameters_json_schema", {}), self.json_schema_words) for f in functions),
            *(
                "an object is expected as response"
                for part in _parts(contents)
                if "functionResponse" in part and not isinstance(part["functionResponse"]["response"], dict)
            ),
        )

    def _unpaired(self, contents: Sequence[Json]) -> Iterator[str | None]:
        before: Json = {"role": "model", "parts": []}
        end: Json = {"role": "user", "parts": []}
        for content in [*contents, end]:
            n_calls = sum("functionCall" in part for part in before["parts"])
            n_responses = sum("functionResponse" in part for part in content["parts"])
            if n_calls != n_responses:  # microsoft/semantic-kernel#12528
                yield "the number of function response parts is not equal to the number of function call parts"
            called = [part for part in content["parts"] if "functionCall" in part]
            if called and before["role"] != "user":
                yield "function call turns come immediately after a user turn or after a function response turn"
            if (
                called and "thoughtSignature" not in called[0]
            ):  # the first of a turn has it: ai.google.dev, thought signatures
                yield "Function call is missing a thought_signature in functionCall parts"
            before = content

    def spelled(self, says: Says) -> Json:
        usage = {
            "promptTokenCount": INPUT_TOKENS,
            "cachedContentTokenCount": CACHED_TOKENS,
            "candidatesTokenCount": OUTPUT_TOKENS,
            "totalTokenCount": INPUT_TOKENS + OUTPUT_TOKENS,
        }
        parts: list[Json] = [{"text": says.text}] if says.text else []
        reason = "SAFETY" if says.is_refusal else "STOP"
        for name, arguments in says.calls:
            if isinstance(arguments, str):  # arguments are no text here: of a broken call nothing is left
                reason = "MALFORMED_FUNCTION_CALL"
                continue
            first = {} if any("functionCall" in part for part in parts) else {"thoughtSignature": "c2lnbmVk"}
            parts.append({"functionCall": {"name": name, "args": arguments}, **first})
        candidate: Json = {"finishReason": reason, "index": 0}
        candidate |= {"content": {"role": "model", "parts": parts}} if parts else {}
        return {"candidates": [candidate], "usageMetadata": usage, "modelVersion": "gemini-3-local", "responseId": "g"}

    def error(self, status: int, message: str) -> Json:
        return {"error": {"code": status, "message": message, "status": "INVALID_ARGUMENT" if status == 400 else "X"}}

    def pictures(self, request: Json) -> list[str]:
        found: list[str] = []
        for part in _parts(request["contents"]):
            if "inlineData" in part:
                found.append("user")
            inner = part.get("functionResponse", {}).get("parts", ())
            found += ["functionResponse" for one in inner if b64decode(one["inline_data"]["data"])]
        return found


WIRES: tuple[Wire, ...] = (ChatCompletions(), Responses(), Messages(), Gemini())
_PACKAGES = {"chat": "openai", "responses": "openai", "messages": "anthropic", "gemini": "google.genai"}


def need(wire: Wire) -> None:
    """A developer without a provider's package skips its tests; in CI its absence is a failure."""
    if not os.environ.get("CI"):
        pytest.importorskip(_PACKAGES[wire.name])


def _first(*troubles: str | None) -> str | None:
    return next((trouble for trouble in troubles if trouble), None)


def _unknown(request: Json, known: frozenset[str]) -> str | None:
    return _first(*(f"Unrecognized request argument supplied: {name}" for name in request.keys() - known))


def _bad_function(function: Json | bool) -> str | None:
    if not isinstance(function, dict) or "parameters" not in function:
        return "a tool that is no function"
    return None if NAME.fullmatch(function["name"]) else f"the name {function['name']!r} of a tool"


def _bad_call(function: Json) -> str | None:
    """What was called before: OpenAI checks its name, vLLM and llama.cpp its arguments (vllm-project/vllm#48922)."""
    try:
        is_object = isinstance(json.loads(function["arguments"]), dict)
    except ValueError:
        is_object = False
    if not is_object:
        return "arguments that are no JSON object"
    return None if NAME.fullmatch(function["name"]) else f"the name {function['name']!r} of a tool"


def _no_turns(roles: Sequence[str]) -> str | None:
    if all(role == ("user", "assistant")[n % 2] for n, role in enumerate(roles)):
        return None
    return f"Conversation roles must alternate user/assistant/user/assistant: {roles}"


def _bad_schema(schema: Any, known: frozenset[str]) -> str | None:
    """A keyword that is not among the known ones, anywhere in a schema."""
    if not isinstance(schema, dict):
        return None
    for word, value in cast("Json", schema).items():
        if word not in known:
            return f'Unknown name "{word}" at tools.function_declarations'
        named = word in {"properties", "$defs"}
        inner: list[Any] = [*value.values()] if named else [*value] if word in {"anyOf", "prefixItems"} else [value]
        if word not in {"default", "example", "enum", "required"} and (
            bad := _first(*(_bad_schema(one, known) for one in inner))
        ):
            return bad
    return None


def _blocks(messages: Sequence[Json]) -> Iterator[Json]:
    for message in messages:
        content = message["content"]
        yield from [{"type": "text", "text": content}] if isinstance(content, str) else content


def _parts(contents: Sequence[Json]) -> Iterator[Json]:
    for content in contents:
        yield from content["parts"]


def _as_json(arguments: Json | str) -> str:
    return arguments if isinstance(arguments, str) else json.dumps(arguments)
