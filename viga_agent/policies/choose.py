"""The policy that a command line asks for. Policies with models are imported here alone: it takes half a second."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from viga_agent.loop import Policy
from viga_agent.policies.search import SearchPolicy
from viga_agent.tasks import Task, TaskError
from viga_agent.trajectory import Event


def choose_policy(task: Task, options: argparse.Namespace, past: Sequence[Event] = ()) -> Policy:
    """The policy for a task.

    Args:
        options: Of `viga-agent run`.
        past: What a run that goes on recalls.

    Raises:
        TaskError: If it can't do the task, or lacks what it needs.
    """
    can_fit = task.target is not None
    name = options.policy or (("hybrid" if can_fit else "vlm") if options.model else "search" if can_fit else "replay")
    if name in {"search", "hybrid"} and not can_fit:
        raise TaskError(
            f"the {name} policy fits numbers to a picture; {task.kind} needs --policy vlm and --model, or replay."
        )
    if options.candidates > 1 and name == "search":
        raise TaskError("--candidates needs a model: the search policy finds the same each time.")
    if name == "search":
        return SearchPolicy()
    replies: Path | None = options.replies or task.replies
    if name == "replay" and not replies:
        raise TaskError(f"{task.folder} has no replies.jsonl to replay; give --model, or --replies, a run's events.")
    if name != "replay" and not (options.model or options.replies):
        raise TaskError(f"--policy {name} needs --model, or --replies of a recorded run.")
    recorded = None if options.model and name != "replay" else replies
    return _with_models(name, options, recorded, past)


def _with_models(name: str, options: argparse.Namespace, recorded: Path | None, past: Sequence[Event]) -> Policy:
    from viga_agent.chat import Chat
    from viga_agent.models import find_model
    from viga_agent.policies.candidates import Tournament
    from viga_agent.policies.hybrid import HybridPolicy
    from viga_agent.policies.model import ModelPolicy
    from viga_agent.policies.replay import recorded_roles
    from viga_agent.policies.roles import Roles
    from viga_agent.session import Role
    from viga_agent.view import Memory

    memory = Memory(options.memory, options.context)
    if recorded:
        roles = recorded_roles(recorded, memory, past)
    else:
        names: dict[Role, str] = {"generator": options.model, "verifier": options.verifier_model or options.model}
        names["judge"] = options.judge_model or names["verifier"]
        calls = "text" if options.text_calls else "auto"
        chats = {
            role: Chat(find_model(model, options.base_url), role, calls=calls, sees_pictures=not options.no_pictures)
            for role, model in names.items()
        }
        roles = Roles(lambda role, _: chats[role], memory)
    model = ModelPolicy(roles, "replay" if recorded else name)
    policy = HybridPolicy(model) if name == "hybrid" else model
    return Tournament(policy, roles, options.candidates) if options.candidates > 1 else policy
