"""A run that was cut off goes on where it was, wherever that is."""

from pathlib import Path
from typing import Any

import pytest

from tests.actors import Actor, call, cast, review
from tests.number_line import NumberLine, number_task, session_on
from viga_agent.cli import main
from viga_agent.limits import Limits
from viga_agent.loop import Ending, Policy, solve
from viga_agent.policies.candidates import Tournament
from viga_agent.policies.hybrid import HybridPolicy
from viga_agent.policies.model import ModelPolicy
from viga_agent.policies.roles import Roles
from viga_agent.policies.search import SearchPolicy
from viga_agent.session import Role
from viga_agent.tasks import Task
from viga_agent.tools import ToolFailed
from viga_agent.trajectory import Event, InUse, Trajectory, mend, past, read_events

SEVERE = {"severity": "error", "where": "x", "evidence": "too small", "fix": "more"}


class Killed(BaseException):
    """The process is gone at once."""


def scripted(recalled: list[Event]) -> dict[Role, Actor]:
    """Two roles whose replies come in order; those that are recalled are not asked for again."""
    replies: dict[Role, list[Any]] = {
        "generator": [
            call("make_scene", x=3),
            call("memory_write", text="First near, then exact.", kind="plan"),
            call("execute_blender_code", code="x = 3"),
            ToolFailed("generator", "busy", "slow down"),
            call("execute_blender_code", edits=[{"old": "x = 3", "new": "x = 2"}]),
            call("execute_blender_code", code="x = 7"),
            call("execute_blender_code", edits=[{"old": "x = 7", "new": "x = 9"}]),
        ],
        "verifier": [
            call("check_scene"),
            review(3, "revise", SEVERE),
            review(2, "revise", SEVERE),
            review(6, "revise", SEVERE),
            review(9, "accept"),
        ],
    }
    for event in recalled:
        if event["event"] in {"reply", "reply_failed"}:
            replies[event["role"]].pop(0)
    return {role: Actor(said) for role, said in replies.items()}


def with_models(recalled: list[Event]) -> Policy:
    return ModelPolicy(cast(scripted(recalled)), "vlm")


def without_models(recalled: list[Event]) -> Policy:
    return SearchPolicy()


async def run(
    line: NumberLine, task: Task, make: Any, killed_after: int | None = None, *, is_resumed: bool = False
) -> Ending:
    """Run, or go on with, a task; killed after so many events of this process."""
    events = task.folder.parent / "run" / "events.jsonl"
    recalled = past(read_events(events)) if is_resumed else []
    written = 0

    def kill(event: Event) -> None:
        nonlocal written
        written += 1
        if written == killed_after:
            raise Killed

    on_event = kill if killed_after else None
    async with session_on(line, task, recalled if is_resumed else None, on_event) as session:
        if is_resumed:
            session.trajectory.record("run_resumed", recalled=len(recalled))
        return await solve(session, make(recalled), Limits(rounds=5))


async def killed(line: NumberLine, task: Task, make: Any, after: int, *, is_resumed: bool = False) -> None:
    try:
        await run(line, task, make, after, is_resumed=is_resumed)
    except Killed:
        return
    except BaseExceptionGroup as errors:
        if errors.subgroup(Killed) is None:
            raise
        return
    raise AssertionError("it ended before it could be killed")


def told(task: Task, ending: Ending) -> dict[str, Any]:
    """What a run came to, without the ids of revisions and the time."""
    folder = task.folder.parent / "run"
    judged = [event for event in read_events(folder / "events.jsonl") if event["event"] == "judged"]
    rounds = {event["round"]: (event["loss"], event["program"], event["review"], event["renders"]) for event in judged}
    return {
        "reason": ending.reason,
        "loss": ending.best.loss,
        "rounds": rounds,
        "program": (folder / "program.py").read_text(encoding="utf-8"),
    }


def counted(folder: Path) -> int:
    return len((folder / "run" / "events.jsonl").read_bytes().splitlines())


@pytest.mark.parametrize("make", [with_models, without_models])
async def test_killed_after_any_event_a_run_ends_as_if_it_had_not_been(tmp_path: Path, make: Any) -> None:
    whole = number_task(tmp_path / "whole" / "task")
    expected = told(whole, await run(NumberLine(), whole, make))
    n_events = counted(tmp_path / "whole")
    assert n_events > 30

    for after in range(1, n_events):
        line, task = NumberLine(), number_task(tmp_path / f"run{after}" / "task")
        await killed(line, task, make, after)
        if not past(read_events(tmp_path / f"run{after}" / "run" / "events.jsonl")):
            line = NumberLine()  # its workspace is emptied
        ending = await run(line, task, make, is_resumed=True)

        assert told(task, ending) == expected, after


async def test_a_last_event_that_was_half_written_is_done_again(tmp_path: Path) -> None:
    whole = number_task(tmp_path / "whole" / "task")
    expected = told(whole, await run(NumberLine(), whole, with_models))

    for after in range(10, counted(tmp_path / "whole")):
        line, task = NumberLine(), number_task(tmp_path / f"run{after}" / "task")
        await killed(line, task, with_models, after)
        events = tmp_path / f"run{after}" / "run" / "events.jsonl"
        events.write_bytes(events.read_bytes()[:-9])
        mend(events)
        ending = await run(line, task, with_models, is_resumed=True)

        assert told(task, ending) == expected, after


async def test_a_change_whose_answer_was_lost_is_not_made_twice(tmp_path: Path) -> None:
    line, task = NumberLine(), number_task(tmp_path / "task")
    whole = NumberLine()
    await run(whole, number_task(tmp_path / "other" / "task"), with_models)
    made = read_events(tmp_path / "other" / "run" / "events.jsonl")
    changes = [event["call"] for event in made if event.get("tool") == "execute_blender_code"]
    answered = next(n for n, e in enumerate(made, 1) if e["event"] == "tool_result" and e["call"] == changes[-1])
    events = tmp_path / "run" / "events.jsonl"

    await killed(line, task, with_models, answered)
    events.write_bytes(b"".join(events.read_bytes().splitlines(keepends=True)[:-1]))
    assert read_events(events)[-1]["tool"] == "execute_blender_code"
    await run(line, task, with_models, is_resumed=True)

    assert line.scenes == whole.scenes


async def test_a_run_may_be_killed_again_and_again(tmp_path: Path) -> None:
    whole = number_task(tmp_path / "whole" / "task")
    expected = told(whole, await run(NumberLine(), whole, with_models))
    line, task = NumberLine(), number_task(tmp_path / "again" / "task")

    await killed(line, task, with_models, 15)
    for _ in range(4):
        await killed(line, task, with_models, 7, is_resumed=True)

    assert told(task, await run(line, task, with_models, is_resumed=True)) == expected


async def test_what_is_recalled_is_neither_called_nor_asked_nor_written_again(tmp_path: Path) -> None:
    line, task = NumberLine(), number_task(tmp_path / "task")
    await killed(line, task, with_models, 40)
    before = len(line.calls)
    events = read_events(tmp_path / "run" / "events.jsonl")

    await run(line, task, with_models, is_resumed=True)

    after = read_events(tmp_path / "run" / "events.jsonl")
    assert after[: len(events)] == events
    assert after[len(events)]["event"] == "run_resumed"
    results = [event for event in after if event["event"] == "tool_result"]
    assert [event["call"] for event in results] == list(range(1, len(results) + 1))
    assert len(line.calls) - before < before
    assert [event["round"] for event in after if event["event"] == "judged"] == [0, 1, 3, 4, 5]


def event(kind: str, /, **fields: Any) -> Event:
    return {"event": kind, "t": 1.0, **fields}


def test_a_failed_run_tries_again_what_failed_and_keeps_what_was_paid_for() -> None:
    begun, kept = event("judged", round=0), event("best", round=0)
    paid = event("reply", role="generator")
    failed = [event("reply_failed", role="verifier", kind="busy"), event("error", kind="busy")]
    whole = [begun, kept, paid, *failed]

    assert past([event("run_started"), *whole]) == whole
    assert past([event("run_started"), *whole, event("run_ended", status="failed")]) == [begun, kept, paid]


def test_a_call_that_failed_a_run_is_made_again() -> None:
    begun, paid = event("judged", round=0), event("reply", role="generator")
    call_, result = event("tool_call", call=7), event("tool_result", call=7, ok=False, kind="crash")

    ended = [begun, paid, call_, result, event("error", kind="crash"), event("run_ended", status="done")]

    assert past(ended) == [begun, paid]


def test_who_gave_up_begins_its_round_again() -> None:
    begun, idle = event("judged", round=0), event("reply", role="generator")

    assert past([begun, idle, idle, event("error", kind="gave_up"), event("run_ended", status="failed")]) == [begun]


def test_what_was_given_up_once_stays_given_up() -> None:
    begun, kept = event("judged", round=0), event("best", round=0)
    lost, again = event("tool_call", tool="a"), event("tool_call", tool="b")

    assert past([begun, kept, lost, event("run_resumed", recalled=2), again]) == [begun, kept, again]


def test_where_the_server_was_gone_the_past_ends() -> None:
    begun = event("judged", round=0)
    gone = event("tool_result", ok=False, kind="disconnected")

    assert past([begun, event("tool_call"), gone, event("error", kind="disconnected")]) == [begun, event("tool_call")]


def test_before_the_start_was_judged_there_is_nothing_to_recall() -> None:
    assert past([event("run_started"), event("tool_call"), event("tool_result"), event("opened")]) == []


def test_a_run_that_is_still_going_on_cannot_be_resumed(tmp_path: Path) -> None:
    pytest.importorskip("fcntl")
    with Trajectory(tmp_path / "events.jsonl"), pytest.raises(InUse, match="being written by another process"):
        Trajectory(tmp_path / "events.jsonl")


def test_a_call_of_another_branch_with_the_same_number_is_another_call() -> None:
    begun = event("judged", round=0)
    theirs = [
        event("tool_call", call=7, branch="candidate-1"),
        event("tool_result", call=7, branch="candidate-1", ok=True),
    ]
    ours = [event("tool_call", call=7), event("tool_result", call=7, ok=False, kind="crash")]

    ended = [begun, *theirs, *ours, event("error", kind="crash"), event("run_ended", status="failed")]

    assert past(ended) == [begun, *theirs]


def test_a_run_that_goes_on_is_refused_before_its_record_is_touched(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("fcntl")
    with Trajectory(tmp_path / "events.jsonl") as trajectory:
        trajectory.record("run_started")
        half = (tmp_path / "events.jsonl").read_bytes() + b'{"event": "hal'
        (tmp_path / "events.jsonl").write_bytes(half)

        assert main(["resume", str(tmp_path)]) == 2

    assert (tmp_path / "events.jsonl").read_bytes() == half
    assert "being written by another process" in capsys.readouterr().err


async def test_a_hybrid_run_and_its_fits_go_on_too(tmp_path: Path) -> None:
    def make(recalled: list[Event]) -> Policy:
        return HybridPolicy(ModelPolicy(cast(scripted(recalled)), "vlm"))

    whole = number_task(tmp_path / "whole" / "task")
    expected = told(whole, await run(NumberLine(), whole, make))
    assert expected["program"] == "x = 9.25\n"  # half of the way from 7, and again: the last edit finds no 7
    for after in range(12, counted(tmp_path / "whole"), 3):
        line, task = NumberLine(), number_task(tmp_path / f"run{after}" / "task")
        await killed(line, task, make, after)
        assert told(task, await run(line, task, make, is_resumed=True)) == expected, after


async def test_candidates_go_on_each_on_its_branch(tmp_path: Path) -> None:
    def make(recalled: list[Event]) -> Policy:
        answered = [(e["role"], e.get("branch", "main")) for e in recalled if e["event"] == "reply"]
        programs = {"candidate-1": ["x = 2", "x = 8"], "candidate-2": ["x = 4", "x = 6"]}
        actors = {
            ("generator", handle): Actor(
                [call("execute_blender_code", code=p) for p in said][answered.count(("generator", handle)) :]
            )
            for handle, said in programs.items()
        }
        choices = [call("submit_choice", choice=c, reason="so") for c in "ABBAABAB"]
        actors["judge", "main"] = Actor(choices[answered.count(("judge", "main")) :])
        reviews = [review(4, "revise", SEVERE), review(9, "accept")]
        actors["verifier", "main"] = Actor(reviews[answered.count(("verifier", "main")) :])
        roles = Roles(lambda role, handle: actors[role, handle])
        return Tournament(ModelPolicy(roles, "vlm"), roles, 2)

    whole = number_task(tmp_path / "whole" / "task")
    expected = told(whole, await run(NumberLine(), whole, make))
    for after in range(12, counted(tmp_path / "whole"), 3):
        line, task = NumberLine(), number_task(tmp_path / f"run{after}" / "task")
        await killed(line, task, make, after)
        assert told(task, await run(line, task, make, is_resumed=True)) == expected, after
