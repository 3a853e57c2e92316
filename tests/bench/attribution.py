"""Whether the object that was changed is named first, and how well its shift and colour are told.

    python -m tests.bench.attribution [TRIALS] [FOLDER to keep the pictures in]

Random scenes of 20 objects on a floor; in each trial one object is moved, recoloured or resized in the target, which is
rendered with other noise. The truth is read from the masks of both scenes.
"""

import random
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import anyio
import numpy as np
from numpy.typing import NDArray

from tests.bench.speed import verdict
from viga_mcp.config import Config
from viga_mcp.looks import Look
from viga_mcp.metrics.attribution import Part, attribute
from viga_mcp.passes import ViewPasses
from viga_mcp.revisions import Store
from viga_mcp.scenes import Scenes
from viga_mcp.views import parse_view
from viga_mcp.visibility import visibility
from viga_mcp.workers import Workers

TRIALS_A_SCENE = 10
SCENE = """\
import bpy, math, random
random.seed({seed})
ops = bpy.ops.mesh
makers = (
    lambda: ops.primitive_cube_add(size=1), lambda: ops.primitive_uv_sphere_add(radius=0.5),
    lambda: ops.primitive_cylinder_add(radius=0.4, depth=1), lambda: ops.primitive_cone_add(radius1=0.5, depth=1),
    lambda: ops.primitive_torus_add(major_radius=0.4, minor_radius=0.15), lambda: ops.primitive_monkey_add(size=0.8),
)
ops.primitive_plane_add(size=40)
bpy.context.object.name = "Floor"
places = [(x, y) for x in range(-2, 3) for y in range(-2, 2)]
random.shuffle(places)
for n, (x, y) in enumerate(places[:19]):
    random.choice(makers)()
    thing = bpy.context.object
    thing.name = f"Thing {{n}}"
    size = random.uniform(0.5, 1.1)
    thing.scale = (size, size, size)
    thing.rotation_euler.z = random.uniform(0, 6)
    thing.location = (x * 1.3 + random.uniform(-0.3, 0.3), y * 1.6 + random.uniform(-0.3, 0.3), size / 2)
    material = bpy.data.materials.new(thing.name)
    if not material.node_tree:
        material.use_nodes = True
    surface = material.node_tree.nodes["Principled BSDF"].inputs
    surface["Base Color"].default_value = (random.random(), random.random(), random.random(), 1)
    surface["Roughness"].default_value = random.uniform(0.2, 0.9)
    thing.data.materials.append(material)
lamp = bpy.data.objects.new("Lamp", bpy.data.lights.new("Lamp", "AREA"))
lamp.data.energy, lamp.data.size, lamp.location = 900, 4, (3, -3, 7)
eye = bpy.data.objects.new("Eye", bpy.data.cameras.new("Eye"))
eye.location, eye.rotation_euler = (0, -9.5, 6), (math.radians(58), 0, 0)
for thing in (lamp, eye):
    bpy.context.collection.objects.link(thing)
scene = bpy.context.scene
scene.camera = eye
scene.render.resolution_x, scene.render.resolution_y = 640, 480
scene.world = bpy.data.worlds.new("Sky")
if not scene.world.node_tree:
    scene.world.use_nodes = True
scene.world.node_tree.nodes["Background"].inputs[0].default_value = (0.4, 0.5, 0.6, 1)
"""
CHANGES = {
    "moved": "thing.location.x += {a}\nthing.location.y += {b}",
    "recoloured": "thing.active_material.node_tree.nodes['Principled BSDF'].inputs['Base Color'].default_value = {colour}",
    "resized": "thing.scale *= {size}\nthing.location.z *= {size}",
}


@dataclass(frozen=True)
class Trial:
    """Two pictures, the masks of both, and what was done to which object."""

    kind: str
    name: str
    render: NDArray[np.uint8]
    target: NDArray[np.uint8]
    before: ViewPasses
    after: ViewPasses


async def trials(scenes: Scenes, folder: Path, count: int) -> list[Trial]:
    look = Look([parse_view("camera")], folder, quality="draft", size_px=384)

    async def seen(scene: str) -> tuple[NDArray[np.uint8], ViewPasses]:
        head = await scenes.head(scene)
        rendered = await scenes.render(head, look)
        (passes,) = await scenes.passes(head, look, with_silhouettes=True)
        return rendered.pictures[0].pixels, passes

    made: list[Trial] = []
    while len(made) < count:
        seed = len(made) // TRIALS_A_SCENE
        chance, scene = random.Random(seed), f"scene{seed}"
        await scenes.run(scene, code=SCENE.format(seed=seed), mode="program", timeout_s=60)
        start = (await scenes.head(scene)).id
        render, before = await seen(scene)
        for _ in range(min(TRIALS_A_SCENE, count - len(made))):
            kind, name = chance.choice(list(CHANGES)), f"Thing {chance.randrange(19)}"
            change = CHANGES[kind].format(
                a=chance.choice((-1, 1)) * chance.uniform(0.15, 1.2),
                b=chance.choice((-1, 1)) * chance.uniform(0.1, 0.8),
                colour=(chance.random(), chance.random(), chance.random(), 1),
                size=chance.choice((chance.uniform(0.6, 0.88), chance.uniform(1.14, 1.6))),
            )
            code = f"import bpy\nthing = bpy.data.objects[{name!r}]\n{change}\nbpy.context.scene.cycles.seed = 77"
            await scenes.checkout(scene, start)
            await scenes.run(scene, code=code, timeout_s=60)
            target, after = await seen(scene)
            made.append(Trial(kind, name, render, target, before, after))
    return made


def is_whole(trial: Trial) -> bool:
    """Whether the object is seen whole in both pictures."""
    shown = [visibility(seen).get(trial.name) for seen in (trial.before, trial.after)]
    return all(one and one.visible_share and one.visible_share > 0.995 and one.off_frame == 0 for one in shown)


def shift_error_px(trial: Trial, part: Part) -> float | None:
    """Against the way of the middle of its mask."""
    if part.shift_px is None:
        return None
    middles = [np.argwhere(seen.mask(seen.names.index(trial.name) + 1)).mean(0) for seen in (trial.before, trial.after)]
    down, right = middles[1] - middles[0]
    return float(np.hypot(part.shift_px[0] - right, part.shift_px[1] - down))


def colour_error(trial: Trial, part: Part) -> float:
    """Largest of the three, of 255."""
    pairs = ((trial.render, trial.before), (trial.target, trial.after))
    means = [picture[seen.mask(seen.names.index(trial.name) + 1)].mean(0) for picture, seen in pairs]
    return float(np.abs(np.array(part.colour_offset) - (means[0] - means[1])).max())


def tell(made: list[Trial]) -> None:
    ranks: dict[str, list[bool]] = {}
    shifts: list[float] = []
    colours: list[float] = []
    untold = 0
    for number, trial in enumerate(made):
        found = attribute(trial.render, trial.target, trial.before.ids, trial.before.names)
        names = [part.name for part in found.parts]
        is_first = bool(names) and names[0] == trial.name
        ranks.setdefault(trial.kind, []).append(is_first)
        if not is_first:
            print(
                f"trial {number}: {trial.name} was {trial.kind}, ranked {names.index(trial.name) + 1 if trial.name in names else 'nowhere'}; first {names[:2]}"
            )
        if trial.name not in names or not is_whole(trial):
            continue
        part = found.parts[names.index(trial.name)]
        error = shift_error_px(trial, part)
        colours.append(colour_error(trial, part))
        untold += error is None
        shifts += [error] if error is not None else []
        if (error is not None and error > 1) or colours[-1] > 2:
            print(
                f"trial {number}: {trial.name} was {trial.kind}: shift off by {error} px, colour by {colours[-1]:.1f}; {part}"
            )
    right = sum(map(sum, ranks.values()))
    print(f"ranked first: {right} of {len(made)} {verdict(right >= 0.95 * len(made))} (wanted 95 of 100)")
    print("  " + ", ".join(f"{kind} {sum(hits)} of {len(hits)}" for kind, hits in sorted(ranks.items())))
    for what, errors, limit in (("shift, px", shifts, 1.0), ("colour offset, of 255", colours, 2.0)):
        within = sum(error <= limit for error in errors)
        print(
            f"{what}: within {limit:g} in {within} of {len(errors)} seen whole, median {np.median(errors):.2f}, worst {max(errors):.2f} {verdict(within == len(errors))}"
        )
    print(f"shift not told: {untold}")


async def main(count: int, folder: Path) -> None:
    with Store.open(folder) as store:
        async with Workers(Config(folder)) as workers:
            made = await trials(Scenes(store, workers), folder, count)
    tell(made)


if __name__ == "__main__":
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    with tempfile.TemporaryDirectory() as name:
        anyio.run(main, wanted, Path(sys.argv[2] if len(sys.argv) > 2 else name))
