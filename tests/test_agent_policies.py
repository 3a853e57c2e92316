"""Policies with models: several candidates and a judge, fits after changes, limits of money, and earlier lessons."""

import re
from pathlib import Path
from typing import Any

import pytest
from pydantic_ai.messages import ModelResponse

from tests.actors import Actor, call, review, told
from tests.number_line import NumberLine, number_task, session_on
from viga_agent.lessons import earlier_lessons
from viga_agent.limits import Limits, Spent, exhausted
from viga_agent.loop import Ending, Policy, solve
from viga_agent.policies.candidates import Tournament
from viga_agent.policies.hybrid import FIT_RENDERS, HybridPolicy
from viga_agent.policies.model import ModelPolicy
from viga_agent.policies.roles import Roles
from viga_agent.scene_session import SceneSession
from viga_agent.trajectory import Event, read_events
from viga_agent.view import Memory

Actors = dict[tuple[str, str], Actor]


def change(*numbers: float) -> Actor:
    """A generator that sets these numbers, one a round."""
    return Actor(call("execute_blender_code", code=f"x = {number:g}\n", note=f"x is {number:g}") for number in numbers)


def choices(*said: str) -> Actor:
    return Actor(call("submit_choice", choice=choice, reason=f"I like {choice}") for choice in said)


def cast(actors: Actors) -> Roles:
    return Roles(lambda role, handle: actors[role, handle])


async def run(
    tmp_path: Path, policy: Policy, line: NumberLine | None = None, start: float = 0, limits: Limits | None = None
) -> tuple[Ending, SceneSession, list[Event]]:
    task = number_task(tmp_path / "task", start)
    async with session_on(line or NumberLine(), task) as session:
        told = {"name": task.name, "kind": task.kind, "text": "", "base": None}
        session.trajectory.record("run_started", task=told, settings={"policy": policy.name}, versions={})
        ending = await solve(session, policy, limits or Limits(rounds=1))
    return ending, session, read_events(session.folder.events)


def of(events: list[Event], kind: str) -> list[Event]:
    return [event for event in events if event["event"] == kind]


def tournament(actors: Actors, n: int) -> Tournament:
    roles = cast(actors)
    return Tournament(ModelPolicy(roles, "vlm"), roles, n)


async def test_the_judges_choice_is_kept_whatever_the_loss_says(tmp_path: Path) -> None:
    """Of 8 and 7.5, with the target at 10, the judge wants 7.5; each pair is shown both ways."""
    actors: Actors = {
        ("generator", "candidate-1"): change(8),
        ("generator", "candidate-2"): change(7.5),
        # 8 against the start: A (8), then B (8); 7.5 against 8: A (7.5), then B (7.5)
        ("judge", "main"): choices("A", "B", "A", "B"),
        ("verifier", "main"): Actor([review(7, "revise")]),
    }

    ending, session, events = await run(tmp_path, tournament(actors, 2))

    assert session.folder.program.read_text(encoding="utf-8") == "x = 7.5\n"
    assert ending.best.loss == pytest.approx(0.0625)
    assert [e["program"] for e in of(events, "candidate")] == ["x = 8\n", "x = 7.5\n"]
    assert [(e["a"], e["winner"]) for e in of(events, "choice")] == [("candidate-1-r2", "a"), ("candidate-2-r2", "a")]


async def test_where_the_start_is_preferred_it_stays_the_result(tmp_path: Path) -> None:
    actors: Actors = {
        ("generator", "candidate-1"): change(8, 8),
        ("generator", "candidate-2"): change(9, 9),
        ("judge", "main"): choices(*"BABABABA"),
    }

    ending, session, _ = await run(tmp_path, tournament(actors, 2), limits=Limits())

    assert session.folder.program.read_text(encoding="utf-8") == "x = 0\n"
    assert (ending.best.loss, ending.reason) == (1.0, "2 rounds gained nothing")


@pytest.mark.parametrize("said", ["AA", "BB"])
async def test_a_judge_who_only_likes_what_it_sees_first_does_not_decide(tmp_path: Path, said: str) -> None:
    actors: Actors = {
        ("generator", "candidate-1"): change(4),
        ("judge", "main"): choices(*said),
    }

    ending, _, events = await run(tmp_path, tournament(actors, 1), start=7)

    assert [event["winner"] for event in of(events, "choice")] == [None]
    assert ending.best.loss == pytest.approx(0.09)  # the start's: 4 is further off


async def test_what_is_much_further_off_is_not_shown_to_the_judge(tmp_path: Path) -> None:
    actors: Actors = {
        ("generator", "candidate-1"): change(1),
        ("generator", "candidate-2"): change(9),
        ("judge", "main"): choices("A", "B"),
        ("verifier", "main"): Actor([review(9, "accept")]),
    }

    _, session, events = await run(tmp_path, tournament(actors, 2))

    assert len(of(events, "choice")) == 1
    assert session.folder.program.read_text(encoding="utf-8") == "x = 9\n"
    shown = told(actors["judge", "main"].asked[0])
    assert "r2 is 1 short" in shown
    assert "r1 is 10 short" in shown
    assert shown.count("media_type='image/") == 2


async def test_a_candidate_that_fails_leaves_the_others(tmp_path: Path) -> None:
    actors: Actors = {
        ("generator", "candidate-1"): Actor([ModelResponse([])] * 12),
        ("generator", "candidate-2"): change(9),
        ("judge", "main"): choices("A", "B"),
        ("verifier", "main"): Actor([review(9, "accept")]),
    }

    ending, session, events = await run(tmp_path, tournament(actors, 2))

    assert session.folder.program.read_text(encoding="utf-8") == "x = 9\n"
    assert not ending.is_failure
    assert [(e["branch"], e["kind"]) for e in of(events, "error")] == [("candidate-1", "gave_up")]


async def test_a_branch_that_can_not_begin_a_round_takes_no_cost_back(tmp_path: Path) -> None:
    actors: Actors = {
        ("generator", "candidate-1"): change(5, 8),
        ("generator", "candidate-2"): change(6, 9),
        ("judge", "main"): choices(*"AB", *"AB", *"AB", *"AB"),
        ("verifier", "main"): Actor([review(6, "revise"), review(9, "accept")]),
    }

    line = NumberLine()
    line.breaks_at["candidate-1"] = 3  # what it was opened with, the start, and its first candidate

    _, session, events = await run(tmp_path, tournament(actors, 2), line, limits=Limits(rounds=2))

    assert [event["branch"] for event in of(events, "error")] == ["candidate-1"]
    assert session.renders == 1 + 3 + 2


async def test_the_next_round_goes_on_from_the_winner_on_every_branch(tmp_path: Path) -> None:
    edit = call("execute_blender_code", edits=[{"old": "x = 6", "new": "x = 9"}])
    actors: Actors = {
        ("generator", "candidate-1"): Actor([call("execute_blender_code", code="x = 5\n"), edit]),
        ("generator", "candidate-2"): change(6, 7),
        ("judge", "main"): choices(*"ABBA", *"ABBA"),
        ("verifier", "main"): Actor([review(6, "revise"), review(9, "accept")]),
    }
    line = NumberLine()

    _, session, _ = await run(tmp_path, tournament(actors, 2), line, limits=Limits(rounds=2))

    assert session.folder.program.read_text(encoding="utf-8") == "x = 9\n"
    assert line.scenes["candidate-1"][-2:] == ["x = 6\n", "x = 9\n"]
    assert session.renders == 1 + 3 + 3


async def test_a_fit_follows_each_change_and_costs_renders(tmp_path: Path) -> None:
    actors: Actors = {("generator", "main"): change(4), ("verifier", "main"): Actor([review(7, "accept")])}
    line = NumberLine()

    ending, session, events = await run(tmp_path, HybridPolicy(ModelPolicy(cast(actors), "vlm")), line)

    assert session.folder.program.read_text(encoding="utf-8") == "x = 7\n"
    assert ending.best.loss == pytest.approx(0.09)
    assert session.renders == 22
    assert line.called("fit_parameters") == [{"scene": "main", "max_renders": FIT_RENDERS - 1}]
    assert of(events, "judged")[-1]["note"] == "x is 4 Then halved."


async def test_where_nothing_can_be_fitted_the_models_change_stands(tmp_path: Path) -> None:
    actors: Actors = {("generator", "main"): change(4), ("verifier", "main"): Actor([review(7, "accept")])}
    limits = Limits(max_renders=4, rounds=1)

    _, session, _ = await run(tmp_path, HybridPolicy(ModelPolicy(cast(actors), "vlm")), limits=limits)

    assert session.folder.program.read_text(encoding="utf-8") == "x = 4\n"


async def test_a_round_that_is_a_little_worse_is_gone_on_from_and_one_much_worse_is_not(tmp_path: Path) -> None:
    actors: Actors = {
        ("generator", "main"): Actor(
            [
                call("execute_blender_code", code="x = 0.2\n"),
                call("execute_blender_code", code="x = 0.1\n"),
                call("execute_blender_code", edits=[{"old": "x = 0.1", "new": "x = 5"}]),
                call("execute_blender_code", code="x = -9\n"),
                call("execute_blender_code", edits=[{"old": "x = 5", "new": "x = 9"}]),
            ]
        ),
        ("verifier", "main"): Actor([review(4, "revise")] * 5),
    }

    _, session, events = await run(tmp_path, ModelPolicy(cast(actors), "vlm"), limits=Limits(rounds=5))

    assert [e["program"] for e in of(events, "judged")] == [f"x = {x}\n" for x in ("0", "0.2", "0.1", "5", "-9", "9")]
    assert session.folder.program.read_text(encoding="utf-8") == "x = 9\n"
    views = [told(messages) for messages in actors["generator", "main"].asked]
    assert [re.findall(r"The program of r(\d), from which you go on", view)[-1] for view in views] == [*"12344"]


def test_money_and_tokens_end_a_run_and_an_unknown_price_is_no_price() -> None:
    spent = Spent(renders=1, rounds=1, seconds=1, tokens=5_000, usd=0.5)

    assert exhausted(Limits(budget_tokens=5_000), spent) == "budget of 5,000 tokens used"
    assert exhausted(Limits(budget_usd=0.5), spent) == "budget of 0.5 USD used"
    assert exhausted(Limits(budget_tokens=5_001, budget_usd=0.51), spent) is None
    unknown = Spent(1, 1, 1, 10, None)
    assert "price is not known" in str(exhausted(Limits(budget_usd=0.5), unknown))
    assert exhausted(Limits(), unknown) is None


async def test_lessons_of_earlier_runs_are_told_and_can_be_read(tmp_path: Path) -> None:
    actors: Actors = {
        ("generator", "main"): Actor(
            [
                call("execute_blender_code", code="x = 8\n", note="more of it"),
                call("memory_write", text="It wants more.", kind="finding"),
                call("execute_blender_code", code="x = 1\n", note="less of it"),
            ]
        ),
        ("verifier", "main"): Actor([review(6, "revise"), review(2, "revise")]),
    }
    await run(tmp_path / "a", ModelPolicy(cast(actors), "vlm"), limits=Limits(rounds=2))
    (tmp_path / "a" / "broken").mkdir()
    (tmp_path / "a" / "broken" / "events.jsonl").write_text("{}\n", encoding="utf-8")

    lessons = earlier_lessons(tmp_path / "a", "task")
    assert lessons == [
        "A run (vlm) took the loss 1 -> 0.04 in 2 rounds; it ended: the events stop here: the process was killed, or is still running.",
        "Helped (loss 0.04 after it): more of it",
        "Did not help (loss 0.81 after it): less of it",
        "Written down: It wants more.",
    ]
    assert earlier_lessons(tmp_path / "a", "another") == []

    line, again = NumberLine(), change(9)
    task = number_task(tmp_path / "b" / "task")
    async with session_on(line, task, lessons=tuple(lessons)) as session:
        await solve(
            session,
            ModelPolicy(
                cast({("generator", "main"): again, ("verifier", "main"): Actor([review(9, "accept")])}), "vlm"
            ),
            Limits(),
        )
    assert line.notes == lessons
    assert "Did not help (loss 0.81 after it): less of it" in told(again.asked[0])


@pytest.mark.parametrize(("mode", "is_offered"), [("full", True), ("window", False), ("off", False)])
async def test_without_memory_no_tool_remembers(tmp_path: Path, mode: Any, is_offered: bool) -> None:
    actors: Actors = {("generator", "main"): change(9), ("verifier", "main"): Actor([review(9, "accept")])}
    roles = Roles(lambda role, handle: actors[role, handle], Memory(mode))
    task = number_task(tmp_path / "task")
    async with session_on(NumberLine(), task) as session:
        offered = {tool.name for tool in await roles.definitions(session, "generator")}

    assert ("memory_write" in offered) == is_offered


async def test_the_verifier_cannot_change_anything(tmp_path: Path) -> None:
    actors: dict[Any, Actor] = {
        ("generator", "main"): change(4),
        ("verifier", "main"): Actor([call("execute_blender_code", code="x = 10\n"), review(7, "accept")]),
    }
    line = NumberLine()

    await run(tmp_path, ModelPolicy(cast(actors), "vlm"), line)

    assert line.scenes["main"][-1] == "x = 4\n"
    assert "There is no tool 'execute_blender_code'" in told(actors["verifier", "main"].asked[1])
