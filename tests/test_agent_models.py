"""`viga-agent --model` over the wire: a strict provider on loopback that speaks OpenAI's chat completions, and fails."""

import json
import threading
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from viga_agent.cli import main
from viga_agent.models import find_model
from viga_agent.tasks import TaskError
from viga_agent.trajectory import read_events

pytestmark = pytest.mark.slides

KEY = "sk-not-to-be-told"
PROGRAM = "slide = prs.slides.add_slide(prs.slide_layouts[5])\nslide.shapes.title.text = 'Tides'\n"


class Answer(NamedTuple):
    """What the provider says to one request; `body` None cuts the connection."""

    status: int
    body: dict[str, Any] | None


def completion(*calls: tuple[str, object], text: str | None = None, refusal: str | None = None) -> Answer:
    tool_calls = [
        {
            "id": f"c{number}",
            "type": "function",
            "function": {"name": name, "arguments": arguments if isinstance(arguments, str) else json.dumps(arguments)},
        }
        for number, (name, arguments) in enumerate(calls)
    ]
    message = {"role": "assistant", "content": text, "refusal": refusal} | ({"tool_calls": tool_calls} if calls else {})
    choice = {"index": 0, "message": message, "finish_reason": "tool_calls" if calls else "stop", "logprobs": None}
    usage = {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110}
    head = {"id": "x", "object": "chat.completion", "created": 1, "model": "local"}
    return Answer(200, {**head, "choices": [choice], "usage": usage})


def error(status: int, message: str) -> Answer:
    return Answer(status, {"error": {"message": message, "type": "error", "param": None, "code": None}})


COMPILE = completion(("compile_slides", {"code": PROGRAM, "note": "a slide"}))
ACCEPT = completion(("submit_review", {"score": 9, "verdict": "accept", "findings": []}))


class Provider:
    """Answers in order, and refuses what real servers refuse."""

    def __init__(self, answers: Sequence[Answer]) -> None:
        self.waiting = list(answers)
        self.requests: list[dict[str, Any]] = []
        self.keys: list[str | None] = []

    def answer(self, request: dict[str, Any], key: str | None) -> Answer:
        self.requests.append(request)
        self.keys.append(key)
        if trouble := _trouble(request):
            return error(400, trouble)
        return self.waiting.pop(0) if self.waiting else error(400, "nothing more to say")


def _trouble(request: dict[str, Any]) -> str | None:
    messages = request["messages"]
    if messages[0]["role"] != "system" or any(message["role"] == "system" for message in messages[1:]):
        return "a system message that does not lead"
    known: set[str] = set()
    for message in messages:
        known |= {call["id"] for call in message.get("tool_calls") or ()}
        if message["role"] == "tool":
            if message["tool_call_id"] not in known:
                return "a tool result without its call"
            content = message["content"]
            if not isinstance(content, str) and any(part["type"] != "text" for part in content):
                return "a picture in a tool message"
    if any(tool["type"] != "function" or "parameters" not in tool["function"] for tool in request.get("tools", ())):
        return "a tool that is no function"
    return None


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    servers: list[ThreadingHTTPServer] = []
    monkeypatch.setenv("VIGA_AGENT_KEY", KEY)

    def start(*answers: Answer) -> tuple[Provider, str]:
        provider = Provider(answers)

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                said = provider.answer(request, self.headers.get("Authorization"))
                data = json.dumps(said.body).encode()
                self.send_response(said.status)
                self.send_header("Content-Type", "application/json")
                self.send_header("retry-after-ms", "1")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data if said.body is not None else b'{"id":')

            def log_message(self, format: str, *args: Any) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
        servers.append(server)
        return provider, f"http://127.0.0.1:{server.server_address[1]}/v1"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def task(tmp_path: Path) -> Path:
    folder = tmp_path / "tides"
    folder.mkdir()
    (folder / "task.yaml").write_text("kind: slides\ntext: One slide with the title 'Tides'.\n", encoding="utf-8")
    return folder


def run(task: Path, url: str) -> tuple[int, dict[str, Any], Path]:
    out = task.parent / "out"
    code = main(["run", str(task), "--out", str(out), "--model", "local", "--base-url", url])
    return code, json.loads((out / "result.json").read_text(encoding="utf-8")), out


def test_a_run_over_the_wire_shows_pictures_and_counts_tokens(serve: Any, task: Path) -> None:
    provider, url = serve(COMPILE, ACCEPT)

    code, result, out = run(task, url)

    assert (code, result["reason"]) == (0, "accepted by the verifier")
    assert (result["tokens"], result["money"]) == ({"input": 200, "output": 20}, None)
    parts = [part["type"] for part in provider.requests[1]["messages"][1]["content"]]
    assert parts == ["text", "image_url"]
    assert {tool["function"]["name"] for tool in provider.requests[1]["tools"]} == {
        "get_slide_graph",
        "check_slides",
        "memory_read",
        "submit_review",
    }
    assert set(provider.keys) == {f"Bearer {KEY}"}
    assert not any(KEY.encode() in path.read_bytes() for path in out.rglob("*") if path.is_file())


def test_pictures_of_a_tool_reach_the_model_where_it_may_have_them(serve: Any, task: Path) -> None:
    again = completion(("get_slide_graph", {"slide": 1}), ("check_slides", {}))
    show = completion(("compile_slides", {}))
    provider, url = serve(show, COMPILE, again, ACCEPT)

    assert run(task, url)[0] == 0

    assert [message["role"] for message in provider.requests[3]["messages"]] == [
        "system",
        "user",
        "assistant",
        "tool",
        "tool",
    ]


@pytest.mark.parametrize(
    ("trouble", "n_requests"),
    [
        ([error(429, "slow down")], 3),
        ([error(500, "oops"), error(503, "oops")], 4),
        ([Answer(200, None)], 3),
        ([completion(("make_slides", {}))], 3),
        ([completion(("compile_slides", '{"code": "x'))], 3),
        ([completion(text="Certainly! Here is your deck.")], 3),
        ([completion(refusal="I can't help with tides.")], 3),
        ([completion(text="x" * 2_000_000)], 3),
        ([completion(("compile_slides", {"cod": PROGRAM}))], 3),
    ],
    ids=["429", "500 and 503", "cut answer", "invented tool", "broken JSON", "no call", "refusal", "2 MB", "arguments"],
)
def test_what_fails_once_is_got_over(trouble: list[Answer], n_requests: int, serve: Any, task: Path) -> None:
    provider, url = serve(*trouble, COMPILE, ACCEPT)

    code, result, _ = run(task, url)

    assert (code, result["status"], result["reason"]) == (0, "done", "accepted by the verifier")
    assert len(provider.requests) == n_requests


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        ([error(401, "bad key")], "local answered 401: bad key"),
        ([error(500, "oops")] * 20, "local answered 500: oops"),
        ([completion(text="Hm.")] * 12, "the generator made no change in 12 replies"),
        ([COMPILE, *[completion(text="Hm.")] * 12], "the verifier handed in no review in 12 replies"),
    ],
    ids=["bad key", "always 500", "never a call", "never a review"],
)
def test_what_fails_for_good_ends_the_run_with_a_reason(
    answers: list[Answer], reason: str, serve: Any, task: Path
) -> None:
    _, url = serve(*answers)

    code, result, out = run(task, url)

    assert reason in result["reason"]
    assert code == 1
    assert read_events(out / "events.jsonl")[-1]["event"] == "run_ended"
    assert (out / "report.html").is_file()


def test_a_model_that_is_not_there_is_told_in_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)

    with pytest.raises(TaskError, match=r"--model nonsense: Unknown model: nonsense\. Write provider:model"):
        find_model("nonsense")
    with pytest.raises(TaskError, match="Set the `OPENAI_API_KEY` environment variable"):
        find_model("openai:gpt-5")


def test_without_a_model_the_policy_that_needs_one_says_so(task: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", str(task), "--policy", "vlm", "--out", str(task.parent / "out")]) == 2

    assert "--policy vlm needs --model" in capsys.readouterr().err
