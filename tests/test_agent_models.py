"""`viga-agent --model`, whole runs: a strict provider on loopback that fails in every way, in each wire format."""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.provider import CUT, WIRES, Answer, Fails, Provider, Raw, Says, Wire, calls, need, serving
from viga_agent.cli import main
from viga_agent.models import find_model
from viga_agent.tasks import TaskError
from viga_agent.trajectory import read_events

KEY = "sk-not-to-be-told"
PROGRAM = "slide = prs.slides.add_slide(prs.slide_layouts[5])\nslide.shapes.title.text = 'Tides'\n"
COMPILE = calls("compile_slides", {"code": PROGRAM, "note": "a slide"})
ACCEPT = calls("submit_review", {"score": 9, "verdict": "accept", "findings": []})
BY_NAME = {wire.name: wire for wire in WIRES}
FAILURES: tuple[Answer, ...] = (
    Fails(429, "slow down"),
    Fails(500, "oops"),
    CUT,
    calls("make_slide", {"title": "Tides"}),
    calls("compile_slides", {"cod": PROGRAM}),
    Says(text="Certainly! Here is your deck."),
    calls("compile_slides", '{"code": "slide = prs.sli'),
    Says(is_refusal=True),
    Says(text="x" * 2_000_000),
)


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits between tries, and there is a key to be kept."""
    monkeypatch.setattr("viga_agent.chat.WAITS_S", (0.0,) * 6)
    monkeypatch.setenv("VIGA_AGENT_KEY", KEY)


@pytest.fixture
def task(tmp_path: Path) -> Path:
    folder = tmp_path / "tides"
    folder.mkdir()
    (folder / "task.yaml").write_text("kind: slides\ntext: One slide with the title 'Tides'.\n", encoding="utf-8")
    return folder


class Run(NamedTuple):
    code: int
    result: dict[str, Any]
    out: Path
    provider: Provider

    def events(self, kind: str) -> list[dict[str, Any]]:
        return [event for event in read_events(self.out / "events.jsonl") if event["event"] == kind]


def run(
    task: Path,
    wire: Wire,
    *answers: Answer,
    options: tuple[str, ...] = (),
    on_request: Callable[[dict[str, Any]], Answer | None] | None = None,
) -> Run:
    need(wire)
    out = task.parent / "out"
    with serving(wire, answers, on_request) as provider:
        code = main(["run", str(task), "--out", str(out), "--model", wire.model, "--base-url", provider.url, *options])
    return Run(code, json.loads((out / "result.json").read_text(encoding="utf-8")), out, provider)


@pytest.mark.slides
@pytest.mark.parametrize("wire", WIRES, ids=lambda wire: wire.name)
def test_a_run_gets_over_every_failure_and_keeps_its_key(
    wire: Wire, task: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    children: list[bytes] = []

    def refuse_pictures(request: dict[str, Any]) -> Answer | None:
        children.append(_environment_of_children())
        return Fails(400, f"no pictures, please; and your key is {KEY}") if wire.pictures(request) else None

    done = run(task, wire, *FAILURES, COMPILE, ACCEPT, on_request=refuse_pictures)

    assert (done.code, done.result["status"], done.result["reason"]) == (0, "done", "accepted by the verifier")
    assert (done.provider.waiting, done.provider.refused) == ([], [])
    told = [event["message"] for event in done.events("retry")]
    assert [words for words in ("429: slow down", "500: oops", "it is empty") if any(words in one for one in told)] == [
        "429: slow down",
        "500: oops",
        "it is empty",
    ]
    assert told[-1].endswith("no pictures, please; and your key is [VIGA_AGENT_KEY]")
    assert (done.out / "report.html").is_file()
    assert (done.out / "deck.pptx").is_file()
    assert done.result["money"] is None
    assert all(KEY in " ".join(headers.values()) for headers in done.provider.headers)
    assert not any(KEY.encode() in path.read_bytes() for path in done.out.rglob("*") if path.is_file())
    shown = "".join(capfd.readouterr())
    assert KEY not in shown
    assert "the generator is asked again in 0.001 s: " in shown
    assert sys.platform != "linux" or b"PATH" in children[0]
    assert not any(KEY.encode() in environment for environment in children)


@pytest.mark.slides
@pytest.mark.parametrize(
    ("wire", "answers", "reason"),
    [
        ("chat", [Fails(401, "bad key")], "local answered 401: bad key"),
        ("responses", [Fails(500, "oops")] * 30, "gpt-local answered 500: oops"),
        ("gemini", [Says(is_refusal=True)] * 30, "the answer can't be used: it is empty: SAFETY"),
        ("messages", [calls("make_slide", {})] * 40, "the generator made no change"),
        ("gemini", [COMPILE, *[Says(text="Hm.")] * 40], "the verifier handed in no review"),
    ],
    ids=["bad key", "always 500", "always refuses", "invented tools", "no review"],
)
def test_what_fails_for_good_ends_the_run_with_a_reason(
    wire: str, answers: list[Answer], reason: str, task: Path
) -> None:
    done = run(task, BY_NAME[wire], *answers)

    assert reason in done.result["reason"]
    assert done.code == 1
    assert done.events("run_ended")[0]["status"] == "failed"
    assert (done.out / "report.html").is_file()


@pytest.mark.slides
def test_a_run_that_failed_goes_on_with_another_server(task: Path) -> None:
    failed = run(task, BY_NAME["chat"], COMPILE, Fails(401, "the key has expired"))
    with serving(BY_NAME["messages"], [ACCEPT]) as provider:
        code = main(["resume", str(failed.out), "--model", BY_NAME["messages"].model, "--base-url", provider.url])

    assert (failed.code, code) == (1, 0)
    assert [event["role"] for event in failed.events("reply")] == ["generator", "verifier"]
    result = json.loads((failed.out / "result.json").read_text(encoding="utf-8"))
    assert (result["status"], result["reason"]) == ("done", "accepted by the verifier")


@pytest.mark.slides
def test_a_run_by_text_alone_calls_its_tools(task: Path) -> None:
    def block(answer: Says) -> Says:
        name, arguments = answer.calls[0]
        return Says(text=f"```json\n{json.dumps({'tool': name, 'arguments': arguments})}\n```")

    options = ("--text-calls", "--no-pictures")
    done = run(task, BY_NAME["chat"], block(COMPILE), block(ACCEPT), options=options)

    assert (done.code, done.result["reason"]) == (0, "accepted by the verifier")
    assert all("tools" not in request for request in done.provider.requests)
    assert not any(map(BY_NAME["chat"].pictures, done.provider.requests))
    assert done.events("run_started")[0]["settings"]["arguments"][-2:] == ["--text-calls", "--no-pictures"]


@pytest.mark.slides
def test_a_priced_model_s_money_is_counted(task: Path) -> None:
    def priced(answer: Says) -> Raw:
        return Raw(json.dumps({**BY_NAME["chat"].spelled(answer), "model": "gpt-4o"}).encode())

    done = run(task, BY_NAME["chat"], priced(COMPILE), priced(ACCEPT))

    assert done.result["tokens"] == {"input": 200, "output": 20}
    assert 0 < done.result["money"] < 0.01


def test_a_model_that_is_not_there_is_told_in_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)

    with pytest.raises(TaskError, match=r"--model nonsense: Unknown model: nonsense\. Write provider:model"):
        find_model("nonsense")
    with pytest.raises(TaskError, match="Set the `OPENAI_API_KEY` environment variable"):
        find_model("openai:gpt-5")


@pytest.mark.parametrize(
    ("name", "base_url", "kind", "asked_for"),
    [
        ("mistral:7b", "http://127.0.0.1:9/v1", "OpenAIChatModel", "mistral:7b"),
        ("openai-chat:gpt-4o", "http://127.0.0.1:9/v1", "OpenAIChatModel", "gpt-4o"),
        ("openai-responses:gpt-5", "http://127.0.0.1:9/v1", "OpenAIResponsesModel", "gpt-5"),
        ("anthropic:claude-x", "http://127.0.0.1:9", "AnthropicModel", "claude-x"),
        ("google-gla:gemini-x", "http://127.0.0.1:9", "GoogleModel", "gemini-x"),
        ("openrouter:qwen/qwen3-vl", None, "OpenRouterModel", "qwen/qwen3-vl"),
        ("ollama:qwen3:8b", None, "OllamaModel", "qwen3:8b"),
    ],
)
def test_a_name_says_who_is_asked(
    name: str, base_url: str | None, kind: str, asked_for: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENROUTER_API_KEY", "sk-x")
    monkeypatch.setenv("OLLAMA_BASE_URL", "http://127.0.0.1:9/v1")
    wires = {"AnthropicModel": BY_NAME["messages"], "GoogleModel": BY_NAME["gemini"]}
    need(wires.get(kind, BY_NAME["chat"]))

    model = find_model(name, base_url)

    assert (type(model).__name__, model.model_name) == (kind, asked_for)
    assert base_url is None or str(model.base_url).startswith("http://127.0.0.1:9")


def test_without_a_model_the_policy_that_needs_one_says_so(task: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", str(task), "--policy", "vlm", "--out", str(task.parent / "out")]) == 2

    assert "--policy vlm needs --model" in capsys.readouterr().err


def _environment_of_children() -> bytes:
    """Of all processes below this one, where the system shows them."""
    found, waiting = b"", [os.getpid()]
    while waiting:
        for path in Path(f"/proc/{waiting.pop()}/task").glob("*/children"):
            for child in path.read_text(encoding="utf-8").split():
                waiting.append(int(child))
                try:
                    found += Path(f"/proc/{child}/environ").read_bytes()
                except OSError:  # it has ended, or is another user's
                    continue
    return found
