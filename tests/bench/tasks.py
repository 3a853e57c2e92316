# pyright: basic, reportAttributeAccessIssue=false, reportMissingImports=false
"""Make fitting tasks that nobody has seen: a still life, a program with wrong numbers, the picture of the right one.

    python tests/bench/tasks.py FOLDER --seed 7 --family lighting      one task in FOLDER
    python tests/bench/tasks.py FOLDER --seed 1 --count 2              FOLDER/<family>_<seed>, two of each family

The folder is laid out as BlenderGym's. Everything follows from the seed and the family.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random

ROOT = Path(__file__).resolve().parents[2]
FAMILIES = ("lighting", "placement", "material", "shape_keys", "modifiers", "camera", "mixed")
LOSS = (0.003, 0.1)  # photometric loss of the start that makes a fair task


@dataclass(frozen=True)
class Task:
    """A task on disk.

    Attributes:
        folder: `blender_file.blend`, `start.py`, `goal.py`, `task.yaml`, `renders/{start,goal}/render1.png`.
        style: How the program is written.
        wrong: How many numbers or choices of the start are wrong.
        loss: Photometric loss of the start's picture, roughly (small and noisy renders).
    """

    folder: Path
    family: str
    seed: int
    style: str
    wrong: int
    loss: float


def make_task(seed: int, folder: Path, family: str | None = None) -> Task:
    """Make the task of this seed in `folder`, in a Blender process of its own.

    Raises:
        RuntimeError: If the child fails; the text holds the end of its output.
    """
    command = [sys.executable, str(Path(__file__).resolve()), str(folder), "--seed", str(seed)]
    done = subprocess.run(
        [*command, "--family", family or FAMILIES[seed % len(FAMILIES)]], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"no task for seed {seed}: {done.stderr[-2000:]}")
    found = json.loads(done.stdout.strip().splitlines()[-1])
    return Task(**{**found, "folder": Path(found["folder"])})


def generate(seed: int, folder: Path, family: str) -> Task:
    """The work of `make_task`, in this process: it replaces whatever scene is open."""
    import bpy

    from tests.bench import families, programs, sets

    for attempt in range(40):
        rng = Random(f"{family} {seed} {attempt}")
        still, settings, prepare = families.RECIPES[family](rng)
        styles = [*programs.STYLES, *(["construction"] if prepare is None else [])]
        style = styles[(seed + FAMILIES.index(family)) % len(styles)]
        settings = families.integral(settings, rng)
        constructs = style == "construction"
        size_px, samples = rng.choice(((256, 48), (320, 40), (384, 32)))
        program = (
            sets.BUILDERS + sets.construction(still, settings) if constructs else programs.STYLES[style](settings, rng)
        )
        sets.build(still, empty=constructs, size_px=size_px, samples=samples)
        if prepare is not None:
            prepare()
        start, goal = (programs.choose(program, goal=goal) for goal in (False, True))
        if not constructs:
            run(start)
        folder.mkdir(parents=True, exist_ok=True)
        blend = folder / "blender_file.blend"
        bpy.ops.wm.save_as_mainfile(filepath=str(blend), compress=True, copy=True)
        loss, light = judge(blend, start, goal)
        wrong = sum(one.wrong_numbers for one in settings)
        if LOSS[0] < loss < LOSS[1] and light > 0.12 and 4 <= wrong <= 12:
            break
    else:
        raise RuntimeError(f"{family} {seed}: no fair task in 40 attempts")
    (folder / "start.py").write_text(start, encoding="utf-8")
    (folder / "goal.py").write_text(goal, encoding="utf-8")
    (folder / "task.yaml").write_text(
        f"kind: edit\ntext: Make the scene look like the picture ({family}).\n", encoding="utf-8"
    )
    for program, name in ((start, "start"), (goal, "goal")):
        bpy.ops.wm.open_mainfile(filepath=str(blend), load_ui=False)
        run(program)
        render(folder / "renders" / name / "render1.png")
    return Task(folder, family, seed, style, wrong, round(loss, 5))


def run(program: str) -> None:
    exec(compile(program, "program", "exec"), {"__name__": "__main__"})


def render(picture: Path) -> None:
    import bpy
    from PIL import Image

    bpy.context.scene.render.filepath = str(picture)
    bpy.ops.render.render(write_still=True)
    # Blender writes paths, dates and seconds into the file; the same picture shall be the same bytes.
    with Image.open(picture) as made:
        plain = Image.frombytes(made.mode, made.size, made.tobytes())
    plain.save(picture, optimize=True)


def judge(blend: Path, start: str, goal: str) -> tuple[float, float]:
    """Photometric loss of the start and the darker picture's mean, from small renders."""
    import bpy
    import numpy as np
    from PIL import Image

    pictures = []
    with tempfile.TemporaryDirectory() as folder:
        for number, program in enumerate((start, goal)):
            bpy.ops.wm.open_mainfile(filepath=str(blend), load_ui=False)
            run(program)
            scene = bpy.context.scene
            scene.render.resolution_x = scene.render.resolution_y = 96
            scene.cycles.samples = 16
            render(Path(folder) / f"{number}.png")
            with Image.open(Path(folder) / f"{number}.png") as opened:
                pictures.append(np.asarray(opened.convert("RGB"), np.float64) / 255)
    return float(np.mean((pictures[0] - pictures[1]) ** 2)), float(min(picture.mean() for picture in pictures))


def main() -> None:
    parser = argparse.ArgumentParser(description="Make unseen fitting tasks.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--family", choices=FAMILIES)
    parser.add_argument("--count", type=int, default=0, help="make this many of each family, from the seed on")
    options = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    if not options.count:
        made = generate(
            options.seed, options.folder.resolve(), options.family or FAMILIES[options.seed % len(FAMILIES)]
        )
        sys.stdout.write(json.dumps({**asdict(made), "folder": str(made.folder)}) + "\n")
        return
    for family in [options.family] if options.family else FAMILIES:
        for seed in range(options.seed, options.seed + options.count):
            made = make_task(seed, options.folder / f"{family}_{seed}", family)
            sys.stdout.write(f"{family}_{seed}: {made.style}, {made.wrong} wrong, loss {made.loss}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
