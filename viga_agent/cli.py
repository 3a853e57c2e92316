"""`viga-agent`: run a task, or write a run's report anew."""

import argparse
import contextlib
import json
import os
import signal
import sys
from collections.abc import Generator, Sequence
from pathlib import Path

import anyio

from viga_agent.folder import RunFolder, make_folder
from viga_agent.limits import Limits
from viga_agent.loop import Policy
from viga_agent.policies.search import SearchPolicy
from viga_agent.runs import finish, run_task
from viga_agent.story import Story, result
from viga_agent.tasks import Task, TaskError, read_task
from viga_agent.terminal import Terminal, summary

MODEL_ROUNDS = 10
EXIT_OK, EXIT_FAILED, EXIT_USAGE, EXIT_INTERRUPTED = 0, 1, 2, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns the exit code: 0 only when the run ended with a result."""
    options = parser().parse_args(arguments)
    return _report(options) if options.command == "report" else _run(options)


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="viga-agent", description="Rebuild pictures as Blender scenes and make slides, without a person."
    )
    commands = top.add_subparsers(dest="command", metavar="command", required=True)
    run = commands.add_parser(
        "run",
        help="run a task",
        description="Make a scene look like its task's picture, or the deck that its task asks for.",
    )
    run.add_argument("task", type=Path, help="folder: a BlenderGym instance, or one with task.yaml")
    run.add_argument("--out", type=Path, metavar="DIR", help="new folder for the run (runs/<task>-<n>)")
    run.add_argument(
        "--policy",
        choices=["search", "vlm", "replay"],
        help="who makes the changes: search fits numbers, without a model; vlm asks --model; replay answers what "
        "models answered in a recorded run (vlm with a model, else search; replay for slides)",
    )
    run.add_argument(
        "--model",
        metavar="NAME",
        default=os.environ.get("VIGA_AGENT_MODEL"),
        help="provider:model, as openai:gpt-5; with --base-url the server's name for it (or VIGA_AGENT_MODEL)",
    )
    run.add_argument("--verifier-model", metavar="NAME", help="who reviews (the same model)")
    run.add_argument(
        "--base-url", metavar="URL", help="a server that speaks OpenAI's chat completions: vLLM, Ollama, LM Studio"
    )
    run.add_argument(
        "--replies", type=Path, metavar="FILE", help="what to replay: a run's events.jsonl (the task's replies.jsonl)"
    )
    run.add_argument("--max-renders", type=_positive, default=400, metavar="N", help="most pictures to render (400)")
    run.add_argument(
        "--rounds", type=_positive, metavar="N", help=f"most rounds (no limit; {MODEL_ROUNDS} with a model)"
    )
    run.add_argument("--budget-s", type=float, metavar="S", help="most seconds (no limit)")
    run.add_argument(
        "--backend", choices=["auto", "fork", "spawn"], default="auto", help="how Blender processes are made"
    )
    run.add_argument("--blender", metavar="PATH", help="an installed Blender instead of the bpy wheel")
    run.add_argument(
        "--device", metavar="NAME", help="where Cycles renders: auto, CPU, OPTIX, CUDA, HIP, METAL, ONEAPI"
    )
    run.add_argument("--json", action="store_true", help="print result.json instead of a summary")
    report = commands.add_parser("report", help="write report.html anew from events.jsonl and the pictures")
    report.add_argument("run", type=Path, help="folder of a run")
    return top


def _run(options: argparse.Namespace) -> int:
    try:
        task = read_task(options.task)
        policy = _policy(task, options)
        folder = make_folder(options.out, task.name)
    except TaskError as error:
        print(f"viga-agent: {error}", file=sys.stderr)
        return EXIT_USAGE
    try:
        with _termination_as_interrupt():
            story = anyio.run(_story, task, folder, policy, options)
    except KeyboardInterrupt:
        print(f"viga-agent: stopped; the best so far is in {_shown(folder.path)}", file=sys.stderr)
        return EXIT_INTERRUPTED
    if options.json:
        print(json.dumps({**result(story), "folder": str(folder.path)}, ensure_ascii=False))
    else:
        print(summary(story, _shown(folder.path)))
    if story.status == "done":
        return EXIT_OK
    print(f"viga-agent: {story.status}: {story.reason}", file=sys.stderr)
    return EXIT_FAILED


@contextlib.contextmanager
def _termination_as_interrupt() -> Generator[None]:
    """A polite kill ends a run as Ctrl-C does: with all that it found so far in its folder."""

    def interrupt(*_: object) -> None:
        signal.raise_signal(signal.SIGINT)

    before = signal.signal(signal.SIGTERM, interrupt)
    ignored = signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    if ignored:  # so begun in a script's background, where a polite kill must work as well
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
        if ignored:
            signal.signal(signal.SIGINT, signal.SIG_IGN)


def _policy(task: Task, options: argparse.Namespace) -> Policy:
    """Raises TaskError for one that can't do the task."""
    is_of_slides = task.kind == "slides"
    name = options.policy or ("vlm" if options.model else "replay" if is_of_slides else "search")
    if name == "search":
        if is_of_slides:
            raise TaskError("the search policy fits numbers of scenes; slides need --model, or --policy replay.")
        return SearchPolicy()
    if name == "vlm":
        return _models(options)
    replies = options.replies or task.replies
    if replies is None:
        raise TaskError(
            f"{task.folder} has no replies.jsonl to replay; give --model, or --replies, a run's events.jsonl."
        )
    from viga_agent.policies.replay import replay_policy  # it takes half a second to import

    return replay_policy(replies)


def _models(options: argparse.Namespace) -> Policy:
    if not options.model:
        raise TaskError("--policy vlm needs --model.")
    from viga_agent.models import find_model  # as above
    from viga_agent.policies.model import ModelPolicy

    generator = find_model(options.model, options.base_url)
    verifier = find_model(options.verifier_model, options.base_url) if options.verifier_model else generator
    given = (("--model", options.model), ("--verifier-model", options.verifier_model), ("--base-url", options.base_url))
    chosen = [word for name, value in given if value for word in (name, value)]
    return ModelPolicy({"generator": generator, "verifier": verifier}, "vlm", chosen)


async def _story(task: Task, folder: RunFolder, policy: Policy, options: argparse.Namespace) -> Story:
    server = ["--backend", options.backend]
    server += ["--blender", options.blender] if options.blender else []
    server += ["--device", options.device] if options.device else []
    rounds = options.rounds or (None if isinstance(policy, SearchPolicy) else MODEL_ROUNDS)
    limits = Limits(options.max_renders, rounds, options.budget_s)
    terminal = Terminal(sys.stderr)
    return await run_task(task, folder, policy, limits, server_options=server, on_event=terminal.show)


def _report(options: argparse.Namespace) -> int:
    folder = RunFolder(options.run.resolve())
    try:
        finish(folder)
    except FileNotFoundError:
        print(f"viga-agent: {options.run} is no run: it has no events.jsonl", file=sys.stderr)
        return EXIT_USAGE
    except ValueError as error:
        print(f"viga-agent: {error}", file=sys.stderr)
        return EXIT_FAILED
    print(_shown(folder.report))
    return EXIT_OK


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number} is not positive")
    return number


def _shown(path: Path) -> str:
    """Relative to where the user is, if it is below."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)
