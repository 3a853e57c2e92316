"""How far `fit_parameters` gets on tasks it has never seen: loss over the start's after 150 and after 400 renders.

    python -m tests.bench.fitting [FOLDER | SEED...]

A folder of tasks in BlenderGym's layout, or seeds to make tasks from (all families each); the shipped examples are
always measured too. The judge is `compare_with_target`, which renders anew, larger and with other samples than the fit.
"""

import shutil
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

import anyio
from mcp import Client

from tests.bench.tasks import make_task
from viga_mcp.config import Config
from viga_mcp.server import build_server

EXAMPLES = Path(__file__).parents[2] / "examples"
WANTED = {150: 0.1, 400: 0.01}  # renders, and the share of the start's loss to be left at most
FAMILIES = ("lighting", "placement", "material", "shape_keys", "modifiers", "camera", "mixed")


async def measure(task: Path) -> tuple[float, list[float], float]:
    """The start's loss, the share of it left after each budget, and the goal program's own share: the noise floor.

    The second fit goes on from the first.
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

            async def loss() -> float:
                return (await call("compare_with_target")).meta["viga/comparison"]["photometric_loss"]

            await call("open_scene", path="base.blend")
            await call("execute_blender_code", code=(task / "start.py").read_text(encoding="utf-8"), mode="program")
            await call("set_target", image="goal.png", view="camera:Camera1")
            start, shares, spent = await loss(), list[float](), 0
            for budget in WANTED:
                facts = (await call("fit_parameters", max_renders=budget - spent, wait_s=600)).structured_content
                while facts["status"] == "running":
                    facts = (await call("get_job", job_id=facts["job_id"], wait_s=600)).structured_content
                spent = budget
                shares.append(await loss() / start)
            await call("execute_blender_code", code=(task / "goal.py").read_text(encoding="utf-8"), mode="program")
            return start, shares, await loss() / start


async def main(tasks: list[Path]) -> None:
    rows: dict[str, list[float]] = {}
    for task in tasks:
        start, rows[str(task)], floor = await measure(task)
        shares = "  ".join(f"{share:8.4f}" for share in rows[str(task)])
        print(f"{task.name:20} start {start:.5f}  {shares}  floor {floor:.4f}", flush=True)
    for kind, chosen in (
        ("examples", [row for name, row in rows.items() if EXAMPLES in Path(name).parents]),
        ("unseen", [row for name, row in rows.items() if EXAMPLES not in Path(name).parents]),
    ):
        if chosen:
            worse = sum(row[-1] > 1.02 for row in chosen)
            for n, (budget, wanted) in enumerate(WANTED.items()):
                median = statistics.median(row[n] for row in chosen)
                print(f"median of {len(chosen)} {kind} at {budget} renders: {median:.4f} (wanted {wanted})")
            print(f"  {worse} ended worse than they began")


def tasks_of(arguments: list[str], folder: Path) -> list[Path]:
    shipped = sorted(path.parent for path in EXAMPLES.glob("*/start.py"))
    if len(arguments) == 1 and not arguments[0].isdigit():
        return [*shipped, *sorted(path.parent for path in Path(arguments[0]).glob("*/start.py"))]
    seeds = [int(argument) for argument in arguments]
    made = [make_task(seed, folder / f"{family}_{seed}", family).folder for seed in seeds for family in FAMILIES]
    return [*shipped, *made]


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        anyio.run(main, tasks_of(sys.argv[1:], Path(made)))
