"""What looking costs, as ratios to a preview of the same view in the same run.

python -m tests.bench.seeing [FOLDER of a task ...]
"""

import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import anyio

from tests import crowd
from tests.bench.speed import EXAMPLES, Bench, bench, verdict
from viga_mcp.config import Config
from viga_mcp.fitting.literals import find_literals
from viga_mcp.fitting.probes import Geometry, Render
from viga_mcp.fitting.shading import OVERSAMPLING
from viga_mcp.fitting.studio import GEOMETRIES_A_PICTURE
from viga_mcp.probing import Prober, Subject
from viga_mcp.worker import State
from viga_mcp.workers import Workers

LOOKS: dict[str, dict[str, Any]] = {
    "preview": {"quality": "preview"},
    "draft": {"quality": "draft"},
    "object_id": {"passes": ["object_id"]},
    "depth, normal, object_id": {"passes": ["depth", "normal", "object_id"]},
    "wire": {"passes": ["wire"]},
}
MOST_PREVIEWS = 2.0  # that exact masks of 200 objects may cost


async def costs(b: Bench, scene: str, rounds: int = 5) -> dict[str, float]:
    """Median seconds of each look, taken in turns; and of a scene graph with a view."""
    took: dict[str, list[float]] = {}
    for _ in range(rounds + 1):
        for name, look in LOOKS.items():
            started = time.perf_counter()
            await b.call("render_views", scene=scene, views=["camera"], **look)
            took.setdefault(name, []).append(time.perf_counter() - started)
        started = time.perf_counter()
        await b.call("get_scene_graph", scene=scene, view="camera", limit=1)
        took.setdefault("get_scene_graph(view)", []).append(time.perf_counter() - started)
    return {name: statistics.median(seconds[1:]) for name, seconds in took.items()}  # the first warms up


def tell(what: str, took: dict[str, float]) -> None:
    print(
        f"{what}: "
        + "; ".join(f"{name} {seconds:.2f} s ({seconds / took['preview']:.2f} x)" for name, seconds in took.items())
    )


async def tell_gbuffer(folder: Path, rounds: int = 7) -> None:
    """What a G-buffer costs a fit, as a share of the small picture that it stands for; taken in turns."""
    values = tuple(literal.value for literal in find_literals((folder / "start.py").read_text()))
    took: dict[str, list[float]] = {}
    async with Workers(Config(folder)) as workers:
        prober = Prober(workers)
        for _ in range(rounds):
            for probe in (Render(values, 64, 64, 24), Geometry(values, 64 * OVERSAMPLING, 64 * OVERSAMPLING)):
                with tempfile.TemporaryDirectory() as kept:
                    state = State((folder / "blender_file.blend").resolve())
                    subject = Subject(state, "Camera1", Path(kept), (folder / "start.py").read_text())
                    started = time.perf_counter()
                    (answer,) = await prober.answer(subject, [probe])
                    assert answer is not None
                    took.setdefault(type(probe).__name__, []).append(time.perf_counter() - started)
    picture, geometry = (statistics.median(seconds[1:]) for seconds in took.values())
    limit = 1 / GEOMETRIES_A_PICTURE
    share = geometry / picture
    print(f"  a G-buffer costs {share:.2f} of a fit's picture {verdict(share <= limit)} (counted as {limit:g})")


async def main(folders: list[Path]) -> None:
    async with bench() as b:
        await b.call("execute_blender_code", scene="crowd", code=crowd.HEADS + crowd.seen(512))
        took = await costs(b, "crowd")
        tell("200 overlapping objects, 512 px", took)
        ratio = took["object_id"] / took["preview"]
        print(f"  masks cost {ratio:.2f} previews {verdict(ratio <= MOST_PREVIEWS)} (limit {MOST_PREVIEWS:g})")
        for folder in folders:
            shutil.copy(folder / "blender_file.blend", b.folder / f"{folder.name}.blend")
            await b.call("open_scene", scene=folder.name, path=f"{folder.name}.blend")
            tell(folder.name, await costs(b, folder.name, 3))
            await tell_gbuffer(folder)


if __name__ == "__main__":
    anyio.run(main, [Path(name) for name in sys.argv[1:]] or sorted(EXAMPLES.glob("*1")))
