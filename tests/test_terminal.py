"""What a person sees on the terminal while a run with models goes on."""

import io
from typing import Any

from viga_agent.terminal import Terminal


def shown(*events: dict[str, Any]) -> list[str]:
    screen = io.StringIO()
    terminal = Terminal(screen)
    for seconds, event in enumerate(events):
        terminal.show({"t": float(seconds), **event})
    return [line[11:] for line in screen.getvalue().splitlines()]


def reply(usd: float | None) -> dict[str, Any]:
    spent = {"input": 1000, "output": 20, "usd": usd}
    return {"event": "reply", "round": 1, "role": "generator", "spent": spent, "reply": {}}


def judged(round: int) -> dict[str, Any]:
    return {"event": "judged", "round": round, "revision": f"r{round + 1}", "loss": 0.5, "renders": 1, "review": None}


def test_each_round_tells_what_was_spent_so_far() -> None:
    assert shown(judged(0), reply(0.01), judged(1), reply(0.02), judged(2), reply(None), judged(3)) == [
        "start: r1 has loss 0.500000 after 1 renders",
        "round 1: r2 has loss 0.500000 after 1 renders, 1,000 + 20 tokens for 0.010 USD",
        "round 2: r3 has loss 0.500000 after 1 renders, 2,000 + 40 tokens for 0.030 USD",
        "round 3: r4 has loss 0.500000 after 1 renders, 3,000 + 60 tokens of unknown price",
    ]


def test_recorded_replies_cost_nothing_and_say_nothing() -> None:
    assert shown({**reply(None), "spent": None}, judged(1)) == ["round 1: r2 has loss 0.500000 after 1 renders"]


def test_what_goes_wrong_with_a_model_is_told_in_a_line() -> None:
    assert shown(
        {"event": "reply_failed", "round": 2, "role": "generator", "kind": "busy", "message": "429: slow down\nmore"},
        {"event": "retry", "role": "generator", "message": "429: slow down", "wait_s": 8.0},
        {"event": "run_resumed", "settings": {}},
    ) == [
        "round 2: the generator's reply failed: 429: slow down",
        "the generator is asked again in 8 s: 429: slow down",
        "resumed",
    ]


def test_candidates_and_the_judges_choice_are_told() -> None:
    choice: dict[str, Any] = {"event": "choice", "round": 1, "a": "r2", "b": "r3", "winner": "b", "reasons": ["warmer"]}
    assert shown(
        {"event": "candidate", "round": 1, "branch": "a", "revision": "r2", "loss": 0.25, "note": ""},
        choice,
        {**choice, "winner": None},
    ) == [
        "round 1: candidate a, r2, has loss 0.250000",
        "round 1: the judge of r2 and r3 keeps r3",
        "round 1: the judge of r2 and r3 can't decide between them",
    ]
