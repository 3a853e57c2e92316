"""How near `fit_parameters(parameters="camera")` comes to a camera that it has never seen.

    python -m tests.bench.camera [SCENE ...] [--trials 20] [--first 0] [--change none|object|light] [--renders 200]

A scene is "own" (see `OWN`) or a folder in BlenderGym's layout, whose camera is then the true one. Each trial draws a
true camera, takes its picture, and starts the fit elsewhere: up to 40 degrees around the subject, 0.7 to 1.3 times as
far, aimed and rolled a few degrees wrong, in every other trial with a lens up to 20 % wrong. Judged by the mean distance
between where the true and the found camera show the corners of the objects' boxes, at 512 px. Trials are numbered by
seed, and each prints a line as it ends: a run that was stopped goes on with --first. `--change` moves one object or
makes the light 30 % stronger in the scene that is fitted, not in the target.
"""

import argparse
import json
import math
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import anyio
import numpy as np
from mcp import Client
from numpy.typing import NDArray

from viga_mcp.cameras import what_matters
from viga_mcp.config import Config
from viga_mcp.fitting.camera.pose import AIM_X, AIM_Y, AZIMUTH, DISTANCE, ELEVATION, LENS, ROLL, Pose
from viga_mcp.server import build_server

Points = NDArray[np.float64]
WIDTH_PX = 512
CONE_DEG, AWAY, AIM_DEG, ROLL_DEG, LENS_OFF = 40.0, 0.3, 4.0, 5.0, 0.2

OWN = """\
import bpy
from math import radians

def paint(thing, color, roughness=0.5):
    made = bpy.data.materials.new(thing.name)
    made.use_nodes = True
    shader = made.node_tree.nodes["Principled BSDF"]
    shader.inputs["Base Color"].default_value = (*color, 1)
    shader.inputs["Roughness"].default_value = roughness
    thing.data.materials.append(made)

def add(kind, name, location, color, scale=(1, 1, 1), turn=0.0, **options):
    getattr(bpy.ops.mesh, f"primitive_{kind}_add")(location=location, **options)
    thing = bpy.context.object
    thing.name, thing.scale, thing.rotation_euler[2] = name, scale, radians(turn)
    paint(thing, color)

add("plane", "Floor", (0, 0, 0), (0.45, 0.42, 0.38), size=30)
add("cube", "Crate", (-1.2, 0.6, 0.4), (0.55, 0.3, 0.12), (1, 0.8, 1), 25, size=0.8)
add("cube", "Box", (-1.15, 0.62, 0.95), (0.15, 0.3, 0.6), (1, 1, 0.7), -10, size=0.45)
add("uv_sphere", "Ball", (0.2, -0.7, 0.35), (0.75, 0.1, 0.08), radius=0.35)
add("cylinder", "Drum", (1.1, 0.5, 0.5), (0.1, 0.45, 0.2), radius=0.4, depth=1.0)
add("cone", "Cone", (1.9, -0.8, 0.45), (0.85, 0.45, 0.05), radius1=0.4, depth=0.9)
add("torus", "Ring", (-0.4, -1.5, 0.12), (0.8, 0.75, 0.1), major_radius=0.4, minor_radius=0.12)
add("monkey", "Mask", (0.1, 0.9, 0.5), (0.5, 0.2, 0.55), (0.5, 0.5, 0.5), 15)
add("cube", "Plank", (0.3, 2.0, 0.7), (0.7, 0.6, 0.45), (2.6, 0.1, 1.4), 5, size=1)
add("cylinder", "Pole", (-2.1, -0.4, 0.9), (0.2, 0.2, 0.25), radius=0.08, depth=1.8)
add("uv_sphere", "Bead", (-2.1, -0.4, 1.9), (0.9, 0.85, 0.8), radius=0.16)
add("ico_sphere", "Stone", (1.0, -1.7, 0.2), (0.3, 0.32, 0.35), radius=0.28, subdivisions=2)
add("cube", "Brick", (-1.6, -1.4, 0.12), (0.6, 0.2, 0.15), (1, 0.5, 0.45), 40, size=0.55)
add("cylinder", "Cup", (0.75, -0.35, 0.16), (0.9, 0.9, 0.92), radius=0.14, depth=0.32)
add("cube", "Book", (2.2, 0.9, 0.08), (0.1, 0.15, 0.4), (1, 0.7, 0.2), -25, size=0.8)
add("cone", "Cap", (1.1, 0.5, 1.15), (0.7, 0.7, 0.15), radius1=0.3, depth=0.3)

def light(name, kind, location, energy, color, **options):
    lamp = bpy.data.objects.new(name, bpy.data.lights.new(name, kind))
    lamp.location, lamp.data.energy, lamp.data.color = location, energy, color
    for key, value in options.items():
        setattr(lamp.data, key, value)
    bpy.context.collection.objects.link(lamp)

light("Key", "POINT", (3.5, -3.0, 5.0), 700, (1.0, 0.93, 0.85), shadow_soft_size=0.4)
light("Fill", "POINT", (-4.0, -2.0, 3.5), 200, (0.8, 0.88, 1.0), shadow_soft_size=1.0)
world = bpy.data.worlds.new("World")
world.use_nodes = True
world.node_tree.nodes["Background"].inputs["Color"].default_value = (0.25, 0.3, 0.38, 1)
world.node_tree.nodes["Background"].inputs["Strength"].default_value = 0.6
scene = bpy.context.scene
scene.world = world
camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
camera.location, camera.rotation_euler, camera.data.lens = (0.5, -7.5, 3.2), (1.2, 0, 0.06), 45
bpy.context.collection.objects.link(camera)
scene.camera = camera
scene.render.resolution_x, scene.render.resolution_y = 512, 384
"""
CHANGES = {
    "none": "",
    "object": """
import bpy
things = [o for o in bpy.data.objects if o.type == "MESH" and 0.05 < max(o.dimensions) < 1.5 and not o.parent]
things.sort(key=lambda o: -o.dimensions.x * o.dimensions.y * o.dimensions.z)
things[len(things) // 4].location.x += 0.6 * max(things[len(things) // 4].dimensions)
""",
    "light": """
import bpy
for lamp in bpy.data.lights:
    lamp.energy *= 1.3
""",
}


@dataclass(frozen=True)
class Trial:
    """What came of one: `verdict` is what the tool said."""

    seed: int
    start_px: float
    error_px: float
    renders: int
    verdict: str
    seconds: float
    off_in_sd: float


class Stage:
    """A scene in a server, its camera at hand."""

    def __init__(self, client: Client, folder: Path) -> None:
        self._client, self._folder = client, folder

    async def call(self, tool: str, **arguments: Any) -> Any:
        result: Any = await self._client.call_tool(tool, arguments)
        assert not result.is_error, result.content[0].text
        return result

    async def graph(self) -> Any:
        read: Any = await self._client.read_resource("viga://scenes/main/head/graph.json")
        return json.loads(read.contents[0].text)

    async def place(self, name: str, pose: Pose, lens_mm: float) -> None:
        rows = [list(pose.matrix[row : row + 4]) for row in range(0, 16, 4)]
        code = (
            f"import bpy\nfrom mathutils import Matrix\ncamera = bpy.data.objects[{name!r}]\ncamera.parent = None\n"
            f"camera.constraints.clear()\ncamera.matrix_world = Matrix({rows})\ncamera.data.lens = {lens_mm}\n"
            f"bpy.context.scene.camera = camera\n"
        )
        await self.call("execute_blender_code", code=code)

    async def head(self) -> str:
        return (await self.call("list_revisions", limit=1)).structured_content["head"]


def camera_of(entry: Any, aspect: float) -> Pose:
    return Pose(tuple(entry["matrix_world"]), 2 * math.tan(math.radians(entry["camera"]["fov_deg"]) / 2), aspect)


def marks(graph: Any) -> tuple[Points, Points]:
    """Corners of the boxes of what matters, (n, 3), and its middle."""
    box = what_matters(graph)
    corners: list[list[float]] = []
    for entry in graph["objects"].values():
        bounds = entry["bounds"]
        if entry["type"] == "MESH" and bounds and np.ptp(np.array(bounds), axis=0).max() < 1.01 * np.ptp(box, 0).max():
            corners += [[bounds[k >> a & 1][a] for a in range(3)] for k in range(8)]
    return np.array(corners), box.mean(axis=0)


def distance_px(points: Points, true: Pose, found: Pose) -> float:
    """Mean distance of points that the true camera shows, at most the picture's width each."""
    x, y, depth = true.project(points)
    shown = np.isfinite(depth) & (x > 0) & (x < 1) & (y > 0) & (y < 1)
    u, v, _ = found.project(points)
    off = np.hypot(u - x, (v - y) / true.aspect)[shown]
    return float(np.mean(np.minimum(np.nan_to_num(off, nan=1.0), 1.0))) * WIDTH_PX


def off_by(rng: Random, true: Pose, pivot: Points, seed: int) -> Pose:
    """A start for the true pose, above the ground."""
    while True:
        tilt = math.radians(CONE_DEG) * math.sqrt(rng.random())
        angle = rng.uniform(0, 2 * math.pi)
        steps = np.zeros(7)
        steps[AZIMUTH], steps[ELEVATION] = tilt * math.cos(angle), tilt * math.sin(angle)
        steps[DISTANCE] = math.log(rng.uniform(1 - AWAY, 1 + AWAY))
        steps[AIM_X], steps[AIM_Y] = (math.radians(rng.uniform(-AIM_DEG, AIM_DEG)) for _ in range(2))
        steps[ROLL] = math.radians(rng.uniform(-ROLL_DEG, ROLL_DEG))
        steps[LENS] = math.log(rng.uniform(1 - LENS_OFF, 1 + LENS_OFF)) if seed % 2 else 0.0
        start = true.moved(steps, pivot)
        if start.place[2] > 0.15:
            return start


def true_camera(rng: Random, usual: Pose, pivot: Points) -> Pose:
    """Somewhere around the own scene."""
    steps = np.zeros(7)
    steps[ELEVATION], steps[ROLL] = math.radians(rng.uniform(-12, 25)), math.radians(rng.uniform(-3, 3))
    steps[DISTANCE], steps[LENS] = rng.uniform(-0.15, 0.15), rng.uniform(-0.15, 0.15)
    pose = usual.moved(steps, pivot)
    angle = rng.uniform(0, 2 * math.pi)
    turn = np.array([[math.cos(angle), -math.sin(angle), 0], [math.sin(angle), math.cos(angle), 0], [0, 0, 1.0]])
    return pose.placed(turn @ pose.turn, pivot + turn @ (pose.place - pivot))


async def attempt(
    stage: Stage, folder: Path, seed: int, made: str, is_own: bool, name: str, change: str, renders: int
) -> Trial:
    await stage.call("checkout_revision", revision=made)
    graph = await stage.graph()
    width, height = graph["scene"]["resolution"]
    entry = graph["objects"][name]
    points, pivot = marks(graph)
    usual = camera_of(entry, width / height)
    rng = Random(f"camera {seed}")
    true = true_camera(rng, usual, pivot) if is_own else usual
    lens = entry["camera"]["lens_mm"]
    start = off_by(rng, true, pivot, seed)
    await stage.place(name, true, lens * usual.width / true.width)
    shown = await stage.call("render_views", views=["camera"], quality="draft", size_px=WIDTH_PX)
    goal = Path(shown.meta["viga/render"]["pictures"][0])
    (folder / "goal.png").write_bytes(goal.read_bytes())
    if CHANGES[change]:
        await stage.call("execute_blender_code", code=CHANGES[change])
    await stage.place(name, start, lens * usual.width / start.width)
    await stage.call("set_target", image="goal.png", view="camera")
    began = time.perf_counter()
    facts = (
        await stage.call("fit_parameters", parameters="camera", max_renders=renders, wait_s=600)
    ).structured_content
    while facts["status"] == "running":
        facts = (await stage.call("get_job", job_id=facts["job_id"], wait_s=600)).structured_content
        if facts["status"] == "done":
            facts = facts["result"]
            break
    seconds = time.perf_counter() - began
    if facts["revision"]:
        found = camera_of((await stage.graph())["objects"][name], width / height)
    else:
        found = start
    camera: Any = facts["camera"]
    sd = math.hypot(camera["sd_along_view_m"], camera["sd_across_view_m"])
    return Trial(
        seed,
        distance_px(points, true, start),
        distance_px(points, true, found),
        facts["renders"],
        f"{camera['verdict']} {camera['unlike_after']:.4f}",
        seconds,
        float(np.linalg.norm(found.place - true.place)) / max(sd, 1e-9),
    )


async def main(scenes: list[str], trials: int, first: int, change: str, renders: int) -> None:
    done: list[Trial] = []
    for scene in scenes:
        with tempfile.TemporaryDirectory() as made:
            folder = Path(made)
            async with Client(build_server(Config(folder)), read_timeout_seconds=3600) as client:
                stage = Stage(client, folder)
                if scene == "own":
                    await stage.call("execute_blender_code", code=OWN, mode="program")
                else:
                    task = Path(scene)
                    (folder / "base.blend").write_bytes((task / "blender_file.blend").read_bytes())
                    await stage.call("open_scene", path="base.blend")
                    program = (task / "goal.py").read_text(encoding="utf-8")
                    await stage.call("execute_blender_code", code=program, mode="program")
                built, name = await stage.head(), (await stage.graph())["scene"]["camera"]
                for seed in range(first, first + trials):
                    trial = await attempt(stage, folder, seed, built, scene == "own", name, change, renders)
                    done.append(trial)
                    print(
                        f"{Path(scene).name:12} {seed:3}  {trial.start_px:6.1f} px -> {trial.error_px:8.3f} px  "
                        f"{trial.renders:3} renders  {trial.seconds:5.1f} s  {trial.verdict}  "
                        f"location off by {trial.off_in_sd:.1f} sd",
                        flush=True,
                    )
    errors = [trial.error_px for trial in done]
    bad = [trial for trial in done if trial.error_px >= 1]
    stated = sum(not trial.verdict.startswith("found") for trial in bad)
    needless = sum(not trial.verdict.startswith("found") for trial in done if trial.error_px < 1)
    print(
        f"{len(done)} trials ({change}): median {statistics.median(errors):.3f} px, under 1 px "
        f"{len(done) - len(bad)}/{len(done)}, renders median {statistics.median(t.renders for t in done):g} "
        f"at most {max(t.renders for t in done)}; failures that were stated {stated}/{len(bad)}, "
        f"good ones that were doubted {needless}"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("scenes", nargs="*", default=["own"], help='"own" or folders of tasks')
    parser.add_argument("--trials", type=int, default=20)
    parser.add_argument("--first", type=int, default=0, help="number of the first trial")
    parser.add_argument("--change", choices=list(CHANGES), default="none")
    parser.add_argument("--renders", type=int, default=200)
    asked = parser.parse_args()
    anyio.run(main, asked.scenes, asked.trials, asked.first, asked.change, asked.renders)
