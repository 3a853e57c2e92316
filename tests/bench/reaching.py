"""After how many renders a fit has come to a share of the start's loss, judged by clean pictures.

    python -m tests.bench.reaching [FOLDER of a task ...] [--renders 400]

The fit's own pictures are small and noisy: where little is left, their noise hides it. So the best that it had seen by
each time is rendered again, large and with many samples.
"""

import argparse
import tempfile
from pathlib import Path

import anyio
import numpy as np
from anyio import to_thread

from tests.bench.speed import EXAMPLES
from viga_mcp import pictures
from viga_mcp.config import Config
from viga_mcp.fitting.pictures import fit_size, photometric_loss, shrink
from viga_mcp.fitting.probes import Batch, Render, Values, advance
from viga_mcp.fitting.solve import Fit, Problem, fit
from viga_mcp.probing import Prober, Subject
from viga_mcp.worker import State
from viga_mcp.workers import Workers

SHARES = (0.5, 0.2, 0.1, 0.05)
CLEAN_PX, CLEAN_SAMPLES = 192, 96
Seen = tuple[int, Values]  # renders spent, and the best values by then


async def run_fit(prober: Prober, subject: Subject, problem: Problem) -> tuple[Fit, list[Seen]]:
    """A fit, and each time that one of its pictures was the best of its size so far."""
    solver = fit(problem)
    best: dict[int, float] = {}
    seen: list[Seen] = []
    step = await to_thread.run_sync(advance, solver)
    while isinstance(step, Batch):
        answers = await prober.answer(subject, step.probes)
        for number, (probe, answer) in enumerate(zip(step.probes, answers, strict=True), 1):
            if isinstance(probe, Render) and not probe.hide and isinstance(answer, np.ndarray):
                loss = photometric_loss(answer, shrink(problem.target, probe.width_px, probe.height_px))
                if loss < best.get(probe.width_px, np.inf):
                    best[probe.width_px] = loss
                    seen.append((step.renders + number, probe.values))
        step = await to_thread.run_sync(advance, solver, answers)
    return step, seen


async def reached(prober: Prober, subject: Subject, problem: Problem, seen: list[Seen]) -> list[int | None]:
    """Renders to each of `SHARES`, None where it was not reached."""
    height, width = problem.target.shape[:2]
    size = fit_size(width, height, CLEAN_PX)
    target = shrink(problem.target, *size)

    async def loss(values: Values) -> float:
        (picture,) = await prober.answer(subject, [Render(values, *size, CLEAN_SAMPLES)])
        assert isinstance(picture, np.ndarray)
        return photometric_loss(picture, target)

    start = await loss(seen[0][1])
    found: list[int | None] = []
    for share in SHARES:
        low, high = 0, len(seen)  # what is better in small pictures is better, as a rule: so halve
        while low < high:
            middle = (low + high) // 2
            if await loss(seen[middle][1]) <= share * start:
                high = middle
            else:
                low = middle + 1
        found.append(seen[low][0] if low < len(seen) else None)
    return found


async def main(tasks: list[Path], max_renders: int) -> None:
    with tempfile.TemporaryDirectory() as kept:
        async with Workers(Config(Path(kept))) as workers:
            prober = Prober(workers)
            for task in tasks:
                source = (task / "start.py").read_text(encoding="utf-8")
                goal = pictures.read(task / "renders" / "goal" / "render1.png").astype(np.float32) / np.float32(255)
                folder = Path(kept) / task.name
                folder.mkdir()
                subject = Subject(State(task / "blender_file.blend"), "Camera1", folder, source)
                problem = Problem(source, goal, max_renders)
                found, seen = await run_fit(prober, subject, problem)
                counts = await reached(prober, subject, problem, seen)
                told = "  ".join(f"{share:g}: {count or '-'}" for share, count in zip(SHARES, counts, strict=True))
                print(f"{task.name:20} renders to {told}  left {found.loss / found.start_loss:.4f}", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("tasks", nargs="*", type=Path, default=sorted(EXAMPLES.glob("*1")))
    parser.add_argument("--renders", type=int, default=400)
    asked = parser.parse_args()
    anyio.run(main, [task.resolve() for task in asked.tasks], asked.renders)
