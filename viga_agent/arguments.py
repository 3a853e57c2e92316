"""The command line of `viga-agent`, in words."""

import argparse
import os
from pathlib import Path

MODEL_ROUNDS, MAX_RENDERS, BENCH_RENDERS = 10, 400, 150


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
