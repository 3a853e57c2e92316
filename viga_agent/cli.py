"""`viga-agent`: run a task, go on with a run, watch runs, compare ways of working, or write a report anew."""

import argparse
import contextlib
import json
import signal
import sys
from collections.abc import Awaitable, Callable, Generator, Sequence
from functools import partial
from pathlib import Path

import anyio

from viga_agent.arguments import MAX_RENDERS, MODEL_ROUNDS, parser
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

EXIT_OK, EXIT_FAILED, EXIT_USAGE, EXIT_INTERRUPTED = 0, 1, 2, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns the exit code: 0 only when the run ended with a result."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    options = parser().parse_args(given)
    if options.command == "run":
        return _run(options, given)
    return {"resume": _resume, "bench": _bench, "view": _view, "report": _report}[options.command](options)


def _run(options: argparse.Namespace, arguments: Sequence[str]) -> int:
    try:
        task = read_task(options.task)
        policy = choose_policy(task, options)
        folder = make_folder(options.out, task.name)
    except TaskError as error:
        return _refused(str(error))
    if options.model and "--model" not in arguments:  # it came from the environment, which may change
        arguments = [*arguments, "--model", options.model]
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
    except LookupError as error:
        return _refused(f"{options.run} lacks what it takes to go on: its events have no {error}")
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


def _shown(path: Path) -> str:
    """Relative to where the user is, if it is below."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)
