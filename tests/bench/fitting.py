"""How far `fit_parameters` gets on tasks it has never seen: loss over the start's after 150 and after 400 renders.

    python -m tests.bench.fitting [FOLDER | SEED ...] [--renders 150 400]

Folders of tasks in BlenderGym's layout, or seeds to make tasks from (each family once); the shipped examples where
none is given. Each budget is a fit of its own, from the start. Judged as BlenderGym does: candidates are rendered as the
goal was, at its size and with the scene's own settings, so that the goal program itself has next to no loss.
"""

import argparse
import shutil
import statistics
import tempfile
from pathlib import Path
from typing import Any

import anyio
from mcp import Client

from tests.bench.tasks import make_task
from viga_mcp import pictures
from viga_mcp.config import Config
from viga_mcp.metrics.image import photometric_loss
from viga_mcp.server import build_server

EXAMPLES = Path(__file__).parents[2] / "examples"
WANTED = {150: 0.1, 400: 0.01}  # renders, and the share of the start's loss to be left at most
REACHED = (0.5, 0.2, 0.1)  # shares of the start's loss
FAMILIES = ("lighting", "placement", "material", "shape_keys", "modifiers", "camera", "mixed")


async def measure(task: Path, budgets: list[int]) -> tuple[float, list[float], list[int | None], float]:
    """The start's loss, the share of it left by a fit with each budget, and the goal program's own share.

    Third: after how many renders the last fit came to each of `REACHED`, as its own small pictures tell.
    """
    with tempfile.TemporaryDirectory() as name:
        workspace = Path(name)
        shutil.copy(task / "blender_file.blend", workspace / "base.blend")
        shutil.copy(task / "renders" / "goal" / "render1.png", workspace / "goal.png")
        async with Client(build_server(Config(workspace)), read_timeout_seconds=3600) as client:

            async def call(tool: str, **arguments: Any) -> Any:
                result: Any = await client.call_tool(tool, arguments)
                assert not result.is_error, result.content[0].text
                return result

            goal = pictures.read(workspace / "goal.png")

            async def loss() -> float:
                look = {"views": ["camera:Camera1"], "quality": "final", "size_px": max(goal.shape)}
                rendered = await call("render_views", **look)
                return photometric_loss(pictures.read(Path(rendered.meta["viga/render"]["pictures"][0])), goal)

            await call("open_scene", path="base.blend")
            await call("execute_blender_code", code=(task / "start.py").read_text(encoding="utf-8"), mode="program")
            written = (await call("list_revisions")).structured_content["head"]
            await call("set_target", image="goal.png", view="camera:Camera1")
            start, shares, reached = await loss(), list[float](), list[int | None]()
            for budget in budgets:
                await call("checkout_revision", revision=written)
                facts = (await call("fit_parameters", max_renders=budget, wait_s=600)).structured_content
                while facts["status"] == "running":
                    facts = (await call("get_job", job_id=facts["job_id"], wait_s=600)).structured_content
                shares.append(await loss() / start)
                history = (facts.get("result") or facts)["history"]
                reached = [next((n for n, one in history if one <= share * history[0][1]), None) for share in REACHED]
            await call("execute_blender_code", code=(task / "goal.py").read_text(encoding="utf-8"), mode="program")
            return start, shares, reached, await loss() / start


async def main(tasks: list[Path], budgets: list[int]) -> None:
    rows: dict[Path, list[float]] = {}
    for task in tasks:
        start, rows[task], reached, floor = await measure(task, budgets)
        shares = "  ".join(f"{share:8.4f}" for share in rows[task])
        renders = " ".join(f"{share:g}@{count or '-'}" for share, count in zip(REACHED, reached, strict=True))
        print(f"{task.name:20} start {start:.5f}  {shares}  floor {floor:.4f}  renders to {renders}", flush=True)
    for kind, chosen in (
        ("examples", [row for task, row in rows.items() if EXAMPLES in task.parents]),
        ("unseen", [row for task, row in rows.items() if EXAMPLES not in task.parents]),
    ):
        for n, budget in enumerate(budgets if chosen else ()):
            median = statistics.median(row[n] for row in chosen)
            wanted = f" (wanted {WANTED[budget]})" if budget in WANTED else ""
            worse = sum(row[n] > 1.02 for row in chosen)
            print(
                f"median of {len(chosen)} {kind} at {budget} renders: {median:.4f}{wanted}; {worse} worse than at first"
            )


def tasks_of(named: list[str], folder: Path) -> list[Path]:
    """Folders of tasks or of one task, and tasks made from seeds; the shipped examples where nothing is named."""
    found: list[Path] = []
    for name in named or [str(EXAMPLES)]:
        if name.isdigit():
            found += [make_task(int(name), folder / f"{family}_{name}", family).folder for family in FAMILIES]
        else:
            found += sorted(path.parent for pattern in ("start.py", "*/start.py") for path in Path(name).glob(pattern))
    return [task.resolve() for task in found]


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("tasks", nargs="*", help="folders, or seeds to make a task of each family from")
    parser.add_argument("--renders", type=int, nargs="+", default=list(WANTED))
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        anyio.run(main, tasks_of(asked.tasks, Path(made)), asked.renders)
