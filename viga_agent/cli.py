"""`viga-agent`: run a task, go on with a run, watch runs, compare ways of working, or write a report anew."""

import argparse
import contextlib
import json
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Generator, Sequence
from functools import partial
from pathlib import Path

import anyio

from viga_agent.bench import measure, table
from viga_agent.folder import RunFolder, make_folder
from viga_agent.lessons import earlier_lessons
from viga_agent.limits import Limits
from viga_agent.loop import Policy
from viga_agent.policies.choose import choose_policy
from viga_agent.policies.search import SearchPolicy
from viga_agent.runs import finish, run_task
from viga_agent.story import Story, result, tell
from viga_agent.tasks import Task, TaskError, read_task
from viga_agent.terminal import Terminal, summary
from viga_agent.trajectory import Event, InUse, mend, past, read_events

MODEL_ROUNDS, MAX_RENDERS, BENCH_RENDERS = 10, 400, 150
EXIT_OK, EXIT_FAILED, EXIT_USAGE, EXIT_INTERRUPTED = 0, 1, 2, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns the exit code: 0 only when the run ended with a result."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    options = parser().parse_args(given)
    if options.command == "run":
        return _run(options, given)
    return {"resume": _resume, "bench": _bench, "view": _view, "report": _report}[options.command](options)


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
    _add_run_arguments(run)
    resume = commands.add_parser(
        "resume",
        help="go on with a run that was cut off, or ended",
        description="Go on with a run after a kill or a failure, from where it was; or with more than it might spend.",
    )
    resume.add_argument("run", type=Path, help="folder of a run")
    resume.add_argument("--model", metavar="NAME", help="another one from here on")
    resume.add_argument("--base-url", metavar="URL", help="its server")
    _add_limits(resume)
    resume.add_argument("--json", action="store_true", help="print result.json instead of a summary")
    bench = commands.add_parser(
        "bench",
        help="the table of ways of working, on a folder of tasks",
        description="Run one shot, memory off, the full loop, search and hybrid on each task. What needs a model "
        "replays the task's recorded replies, unless --model is given; the table says which.",
    )
    bench.add_argument("tasks", type=Path, nargs="?", default=Path("examples"), help="folder of tasks (examples)")
    bench.add_argument("--out", type=Path, metavar="DIR", default=Path("runs/bench"), help="for the runs (runs/bench)")
    bench.add_argument("--only", nargs="+", metavar="TASK", help="names of tasks")
    bench.add_argument("--max-renders", type=_positive, default=BENCH_RENDERS, metavar="N", help="of each run (150)")
    bench.add_argument("--model", metavar="NAME", help="ask a model instead of replaying")
    bench.add_argument("--base-url", metavar="URL", help="as for run")
    bench.add_argument("--json", action="store_true", help="print lines of JSON instead of Markdown")
    view = commands.add_parser(
        "view", help="watch runs in a browser", description="Serve a page that follows runs while they go on."
    )
    view.add_argument(
        "runs", type=Path, nargs="?", default=Path("runs"), help="folder of runs, or of one run (runs)", metavar="RUNS"
    )
    view.add_argument("--port", type=_port, default=0, metavar="N", help="on 127.0.0.1 (a free one)")
    report = commands.add_parser("report", help="write report.html anew from events.jsonl and the pictures")
    report.add_argument("run", type=Path, help="folder of a run")
    return top


def _add_run_arguments(run: argparse.ArgumentParser) -> None:
    run.add_argument("task", type=Path, help="folder: a BlenderGym instance, or one with task.yaml")
    run.add_argument("--out", type=Path, metavar="DIR", help="new folder for the run (runs/<task>-<n>)")
    who = run.add_argument_group("who makes the changes")
    who.add_argument(
        "--policy",
        choices=["search", "vlm", "hybrid", "replay"],
        help="search fits numbers, without a model; vlm asks --model; hybrid asks it and fits the numbers after each "
        "of its changes; replay is vlm with recorded answers (hybrid with a model, else search; for slides vlm, else "
        "replay)",
    )
    who.add_argument(
        "--model",
        metavar="NAME",
        default=os.environ.get("VIGA_AGENT_MODEL"),
        help="provider:model, as openai:gpt-5; with --base-url the server's name for it (or VIGA_AGENT_MODEL)",
    )
    who.add_argument("--verifier-model", metavar="NAME", help="who reviews (the same model)")
    who.add_argument("--judge-model", metavar="NAME", help="who chooses between candidates (the verifier)")
    who.add_argument(
        "--base-url",
        metavar="URL",
        help="a server of one's own: vLLM, Ollama, LM Studio, a gateway. It speaks OpenAI's chat completions, or what "
        "the model's name begins with: openai-responses:, anthropic:, google:. Its key is VIGA_AGENT_KEY",
    )
    who.add_argument(
        "--no-pictures", action="store_true", help="send the models none (as one that takes none is asked)"
    )
    who.add_argument(
        "--text-calls", action="store_true", help="let the models call tools by JSON in text (as one without tools is)"
    )
    who.add_argument("--candidates", type=_positive, default=1, metavar="N", help="made at once in each round (1)")
    who.add_argument(
        "--replies",
        type=Path,
        metavar="FILE",
        help="recorded answers instead of a model's: a run's events.jsonl (the task's replies.jsonl)",
    )
    what = run.add_argument_group("what its models remember")
    what.add_argument(
        "--memory",
        choices=["full", "window", "off"],
        default="full",
        help="full: plan, notes, a row a round, the newest rounds; window: the newest rounds alone; off: nothing",
    )
    what.add_argument(
        "--context", type=_positive, default=32_000, metavar="TOKENS", help="most that a request may take (32,000)"
    )
    what.add_argument(
        "--recall", action="store_true", help="tell them what earlier runs on the task beside this one taught"
    )
    _add_limits(run)
    run.add_argument(
        "--backend", choices=["auto", "fork", "spawn"], default="auto", help="how Blender processes are made"
    )
    run.add_argument("--blender", metavar="PATH", help="an installed Blender instead of the bpy wheel")
    run.add_argument(
        "--device", metavar="NAME", help="where Cycles renders: auto, CPU, OPTIX, CUDA, HIP, METAL, ONEAPI"
    )
    run.add_argument("--json", action="store_true", help="print result.json instead of a summary")


def _add_limits(command: argparse.ArgumentParser) -> None:
    limits = command.add_argument_group("limits")
    limits.add_argument("--max-renders", type=_positive, metavar="N", help=f"most pictures to render ({MAX_RENDERS})")
    limits.add_argument(
        "--rounds", type=_positive, metavar="N", help=f"most rounds (no limit; {MODEL_ROUNDS} with a model)"
    )
    limits.add_argument("--budget-s", type=float, metavar="S", help="most seconds (no limit)")
    limits.add_argument("--budget-tokens", type=_positive, metavar="N", help="most tokens of models (no limit)")
    limits.add_argument("--budget-usd", type=float, metavar="USD", help="most money for models (no limit)")


def _run(options: argparse.Namespace, arguments: Sequence[str]) -> int:
    try:
        task = read_task(options.task)
        policy = choose_policy(task, options)
        folder = make_folder(options.out, task.name)
    except TaskError as error:
        return _refused(str(error))
    lessons = earlier_lessons(folder.path.parent, task.name) if options.recall else []
    return _tell(options, folder, partial(_story, task, folder, policy, options, arguments, lessons))


def _resume(options: argparse.Namespace) -> int:
    folder = RunFolder(options.run.resolve())
    try:
        mend(folder.events)
        events = read_events(folder.events)
        settings = tell(events).settings
        given = settings["arguments"]
        recalled = past(events)
        may_change = ("model", "base_url", "max_renders", "rounds", "budget_s", "budget_tokens", "budget_usd")
        changed = {name: value for name in may_change if (value := getattr(options, name)) is not None}
        with contextlib.chdir(settings["directory"]):
            run = parser().parse_args(given, argparse.Namespace())
            vars(run).update(changed, json=options.json)
            task = read_task(run.task)
            policy = choose_policy(task, run, recalled)
            story = partial(_story, task, folder, policy, run, given, settings["lessons"], recalled)
            return _tell(options, folder, story)
    except (FileNotFoundError, NotADirectoryError):
        return _refused(f"{options.run} is no run that can go on: it has no events.jsonl, or its task is gone")
    except (TaskError, ValueError, InUse) as error:
        return _refused(str(error))


def _bench(options: argparse.Namespace) -> int:
    try:
        tasks = [task for folder in sorted(options.tasks.iterdir()) if (task := _task(folder, options.only))]
    except OSError as error:
        return _refused(f"{options.tasks} is no folder of tasks: {error.strerror}")
    if not tasks or options.out.exists():
        return _refused(f"{options.out} is there already; give --out" if tasks else f"{options.tasks} holds no task")
    asked = ["--model", options.model] if options.model else []
    asked += ["--base-url", options.base_url] if options.base_url else []
    options.out.mkdir(parents=True)

    def run(words: Sequence[str]) -> Story:
        arguments = ["run", *words, "--max-renders", str(options.max_renders)]
        chosen = parser().parse_args(arguments)
        task = read_task(chosen.task)
        policy = choose_policy(task, chosen)
        return anyio.run(_story, task, make_folder(chosen.out, task.name), policy, chosen, arguments, ())

    try:
        lines = measure(tasks, run, options.out, asked)
    except TaskError as error:
        return _refused(str(error))
    print("\n".join(json.dumps(vars(line)) for line in lines) if options.json else table(lines))
    return EXIT_OK if all(line.status == "done" for line in lines) else EXIT_FAILED


def _task(folder: Path, only: Sequence[str] | None) -> Task | None:
    """The task in a folder, if it is one, and wanted."""
    if not folder.is_dir() or (only and folder.name not in only):
        return None
    with contextlib.suppress(TaskError):
        return read_task(folder)
    return None


def _refused(why: str) -> int:
    print(f"viga-agent: {why}", file=sys.stderr)
    return EXIT_USAGE


def _tell(options: argparse.Namespace, folder: RunFolder, run: Callable[[], Awaitable[Story]]) -> int:
    """Run it, and say what came of it."""
    try:
        with _termination_as_interrupt():
            story = anyio.run(run)
    except KeyboardInterrupt:
        shown = _shown(folder.path)
        print(f"viga-agent: stopped; the best so far is in {shown}; viga-agent resume {shown} goes on", file=sys.stderr)
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


async def _story(
    task: Task,
    folder: RunFolder,
    policy: Policy,
    options: argparse.Namespace,
    arguments: Sequence[str],
    lessons: Sequence[str],
    resumed: Sequence[Event] | None = None,
) -> Story:
    server = ["--backend", options.backend]
    server += ["--blender", options.blender] if options.blender else []
    server += ["--device", options.device] if options.device else []
    rounds = options.rounds or (None if isinstance(policy, SearchPolicy) else MODEL_ROUNDS)
    limits = Limits(
        options.max_renders or MAX_RENDERS, rounds, options.budget_s, options.budget_tokens, options.budget_usd
    )
    return await run_task(
        task,
        folder,
        policy,
        limits,
        arguments=arguments,
        lessons=lessons,
        server_options=server,
        on_event=Terminal(sys.stderr).show,
        resumed=resumed,
    )


def _view(options: argparse.Namespace) -> int:
    from viga_agent.viewer.app import serve  # a web server, which the other commands do without

    if not options.runs.is_dir():
        return _refused(f"{options.runs} is no folder")
    try:
        serve(options.runs, options.port, lambda address: print(f"{address} (Ctrl-C ends it)", flush=True))
    except OSError as error:
        print(f"viga-agent: port {options.port}: {error.strerror}", file=sys.stderr)
        return EXIT_FAILED
    return EXIT_OK


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


def _port(text: str) -> int:
    number = int(text)
    if not 0 <= number < 65536:
        raise argparse.ArgumentTypeError(f"{number} is no port")
    return number


def _shown(path: Path) -> str:
    """Relative to where the user is, if it is below."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)
