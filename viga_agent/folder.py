"""The folder of a run: what is in it, under which names."""

import io
import json
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from viga_agent.tasks import TaskError

GAP_PX, GAP_COLOR = 12, (216, 216, 216)


@dataclass(frozen=True)
class RunFolder:
    """Names in a run's folder.

    `start.png`, `result.png` and `target.png` show the same view, `comparison.png` the result beside the target with
    the difference; `pictures/` has every judged revision; `workspace/` is the server's, its `task/` the inputs. A run
    on slides has no target: its pictures show all slides of a revision.
    """

    path: Path

    @property
    def events(self) -> Path:
        return self.path / "events.jsonl"

    @property
    def workspace(self) -> Path:
        return self.path / "workspace"

    @property
    def inputs(self) -> Path:
        return self.workspace / "task"

    @property
    def server_log(self) -> Path:
        return self.path / "server.log"

    @property
    def program(self) -> Path:
        return self.path / "program.py"

    @property
    def blend(self) -> Path:
        return self.path / "scene.blend"

    @property
    def deck(self) -> Path:
        return self.path / "deck.pptx"

    @property
    def result(self) -> Path:
        return self.path / "result.json"

    @property
    def report(self) -> Path:
        return self.path / "report.html"

    def picture(self, name: str) -> Path:
        """`start`, `result`, `target` or `comparison`."""
        return self.path / f"{name}.png"

    def judged_picture(self, revision: str) -> Path:
        return self.path / "pictures" / f"{revision}.png"

    def judged_comparison(self, revision: str) -> Path:
        return self.path / "pictures" / f"{revision}-comparison.png"

    def save_best(self, revision: str, program: str, *, is_start: bool) -> None:
        """Make a judged revision the run's result so far."""
        self.program.write_text(program, encoding="utf-8")
        for name in ("start", "result") if is_start else ("result",):
            if self.judged_picture(revision).is_file():
                shutil.copyfile(self.judged_picture(revision), self.picture(name))
        if self.judged_comparison(revision).is_file():
            shutil.copyfile(self.judged_comparison(revision), self.picture("comparison"))

    def empty_workspace(self) -> None:
        """Before a run begins anew in this folder: nothing of what it did is worth keeping."""
        shutil.rmtree(self.workspace, ignore_errors=True)
        self.inputs.mkdir(parents=True)

    def save_result(self, result: Mapping[str, Any]) -> None:
        self.result.write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def make_folder(out: Path | None, task_name: str, runs: Path = Path("runs")) -> RunFolder:
    """A new folder for a run: `out`, or the first free `runs/<task name>-<n>`.

    Raises:
        TaskError: If `out` has something in it: a run never writes over another one.
    """
    if out is not None:
        if out.exists() and (not out.is_dir() or any(out.iterdir())):
            raise TaskError(f"{out} is not empty; give --out another folder.")
        path = out
        path.mkdir(parents=True, exist_ok=True)
    else:
        runs.mkdir(parents=True, exist_ok=True)
        taken = [
            found for entry in runs.iterdir() if (found := re.fullmatch(rf"{re.escape(task_name)}-(\d+)", entry.name))
        ]
        path = runs / f"{task_name}-{1 + max((int(found[1]) for found in taken), default=0)}"
        path.mkdir()
    folder = RunFolder(path.resolve())
    folder.judged_picture("r0").parent.mkdir()
    folder.inputs.mkdir(parents=True)
    return folder


def save_sheet(pictures: Sequence[bytes], path: Path, columns: int = 2) -> None:
    """Write pictures of one size as one, row by row, as PNG; of none nothing."""
    images = [Image.open(io.BytesIO(data)).convert("RGB") for data in pictures]
    if not images:
        return
    columns = min(columns, len(images))
    width, height = (max(side) for side in zip(*(image.size for image in images), strict=True))
    rows = -(-len(images) // columns)
    size = columns * (width + GAP_PX) - GAP_PX, rows * (height + GAP_PX) - GAP_PX
    sheet = Image.new("RGB", size, GAP_COLOR)
    for number, image in enumerate(images):
        sheet.paste(image, (number % columns * (width + GAP_PX), number // columns * (height + GAP_PX)))
    sheet.save(path, "PNG")


def save_png(data: bytes, path: Path) -> None:
    """Write a picture of any readable format as PNG."""
    with Image.open(io.BytesIO(data)) as image:
        if image.format == "PNG":
            path.write_bytes(data)
        else:
            image.convert("RGB").save(path, "PNG")
