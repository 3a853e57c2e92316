"""The camera solve: against a world of spheres that numpy looks at, and through the tool in real Blender."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.asking import run
from tests.conftest import Viga
from viga_mcp import camera_words
from viga_mcp.fitting.camera.align import align
from viga_mcp.fitting.camera.guides import Guides
from viga_mcp.fitting.camera.likeness import unlikeness
from viga_mcp.fitting.camera.pose import AIM_X, AZIMUTH, DISTANCE, ELEVATION, LENS, ROLL, Floats, Pose, grid
from viga_mcp.fitting.camera.solve import CameraFit, CameraProblem, fit_camera
from viga_mcp.fitting.camera.uncertainty import uncertainty
from viga_mcp.fitting.pictures import Picture
from viga_mcp.fitting.probes import Probe, Seen, Shot
from viga_mcp.pictures import png

SPHERES = np.array(  # x, y, radius; on the ground z = 0
    [[0, 0, 0.6], [1.5, 0.4, 0.4], [-1.3, 0.9, 0.5], [0.5, -1.4, 0.3], [-1.0, -1.0, 0.35], [0.8, 1.7, 0.7]], float
)
PAINTS = np.array(
    [[0.8, 0.2, 0.1], [0.1, 0.6, 0.2], [0.2, 0.3, 0.8], [0.9, 0.8, 0.1], [0.6, 0.1, 0.6], [0.9, 0.9, 0.9]]
)
PIVOT = np.array([0.0, 0.0, 0.4])
HOME = Pose((1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1), 0.8, 4 / 3).placed(
    np.array([[1, 0, 0], [0, 0.5, -np.sqrt(0.75)], [0, np.sqrt(0.75), 0.5]]), np.array([0.0, -6.5, 4.2])
)


def steps(**named: float) -> Floats:
    """The seven steps, by name; angles in degrees."""
    order = ("azimuth", "elevation", "roll", "distance", "aim_x", "aim_y", "lens")
    return np.array([named.get(k, 0.0) * (1 if k in ("distance", "lens") else np.pi / 180) for k in order])


def look(pose: Pose, width: int, height: int, spheres: Floats = SPHERES, light: float = 1.0) -> Seen:
    """What a pose sees of the spheres on their patterned ground, by casting four rays a pixel."""
    x, y = grid(2 * width, 2 * height)
    rays = pose.points(x, y, np.ones_like(x)) - pose.place
    with np.errstate(divide="ignore"):
        nearest = -pose.place[2] / rays[:, 2]
    nearest = np.where((nearest > 0) & (nearest < 30), nearest, np.inf)
    thing = np.where(np.isfinite(nearest), 0, -1)
    for k, (sx, sy, r) in enumerate(spheres, 1):
        to = pose.place - np.array([sx, sy, r])
        a, b, c = np.sum(rays**2, axis=1), rays @ to, to @ to - r * r
        root = b * b - a * c
        t = np.where(root > 0, (-b - np.sqrt(np.maximum(root, 0))) / a, np.inf)
        closer = (t > 0) & (t < nearest)
        nearest, thing = np.where(closer, t, nearest), np.where(closer, k, thing)
    hit = pose.place + rays * np.where(np.isfinite(nearest), nearest, 0)[:, None]
    colour = np.tile([0.55, 0.65, 0.8], (len(x), 1))
    normal = np.zeros_like(hit)
    ground = thing == 0
    pattern = 0.4 + 0.12 * np.sin(1.7 * hit[ground, 0]) + 0.1 * np.sin(2.3 * hit[ground, 1] + 0.6 * hit[ground, 0])
    colour[ground], normal[ground] = pattern[:, None] * [1.0, 0.9, 0.8], [0, 0, 1]
    for k, (sx, sy, r) in enumerate(spheres, 1):
        on = thing == k
        normal[on] = (hit[on] - [sx, sy, r]) / r
        shade = 0.45 + 0.5 * np.clip(normal[on] @ np.array([0.5, -0.4, 0.77]), 0, 1)
        colour[on] = PAINTS[k - 1] * shade[:, None]
    fine = np.clip(colour * light, 0, 1).reshape(height, 2, width, 2, 3)
    depth = nearest.reshape(height, 2, width, 2)[:, 0, :, 0]
    normals = normal.reshape(height, 2, width, 2, 3)[:, 0, :, 0]
    return Seen(fine.mean(axis=(1, 3)).astype(np.float32), depth.astype(np.float32), normals.astype(np.float32))


def solve(
    start: Pose,
    target: Picture,
    *,
    guides: Guides | None = None,
    max_renders: int = 200,
    world: Callable[[Pose, int, int], Seen | None] = look,
) -> CameraFit:
    """A fit whose pictures are taken by `world`."""
    problem = CameraProblem(start, target, PIVOT, guides or Guides(), max_renders)

    def shoot(probe: Probe) -> Seen | None:
        assert isinstance(probe, Shot)
        pose = replace(start, matrix=probe.pose, width=start.width / probe.lens)
        return world(pose, probe.width_px, probe.height_px)

    return run(fit_camera(problem), shoot)


def off_px(true: Pose, found: Pose) -> float:
    """Mean distance of the spheres' tops and sides on a picture 512 px wide."""
    marks = np.concatenate(
        [[[x, y, 2 * r], [x + r, y, r], [x - r, y, r], [x, y - r, r]] for x, y, r in SPHERES.tolist()]
    )
    (x0, y0, _), (x1, y1, _) = true.project(marks), found.project(marks)
    return float(np.mean(np.hypot(x1 - x0, (y1 - y0) / true.aspect))) * 512


def test_points_and_places_are_each_others_inverse() -> None:
    pose = replace(HOME, shift=(0.1, -0.05))
    x, y, depth = np.array([0.2, 0.9]), np.array([0.4, 0.7]), np.array([3.0, 8.0])
    for one in (pose, replace(pose, is_perspective=False, width=4.0)):
        assert np.allclose(one.project(one.points(x, y, depth)), (x, y, depth))


def test_steps_turn_around_the_subject_and_keep_it_in_the_picture() -> None:
    around = HOME.moved(steps(azimuth=30), PIVOT)
    assert around.place[0] > 1  # counter-clockwise seen from above: to the right of the front
    assert np.linalg.norm(around.place - PIVOT) == pytest.approx(np.linalg.norm(HOME.place - PIVOT))
    assert np.allclose(around.project(PIVOT[None])[:2], HOME.project(PIVOT[None])[:2])
    assert HOME.moved(steps(elevation=10), PIVOT).place[2] > HOME.place[2]
    nearer = HOME.moved(steps(distance=np.log(0.5)), PIVOT)
    assert np.linalg.norm(nearer.place - PIVOT) == pytest.approx(np.linalg.norm(HOME.place - PIVOT) / 2)
    assert HOME.moved(steps(lens=np.log(2)), PIVOT).width == pytest.approx(HOME.width / 2)


@pytest.mark.parametrize("shift", [(0.0, 0.0), (0.2, 0.1)])
def test_a_camera_looks_at_a_point_with_the_middle_of_its_picture(shift: tuple[float, float]) -> None:
    pose = replace(HOME, shift=shift).looking_at(np.array([1.0, 2.0, 0.5]))
    assert np.allclose(pose.project(np.array([[1.0, 2.0, 0.5]]))[:2], 0.5)


def test_alignment_needs_one_picture_for_a_small_step() -> None:
    true = HOME.moved(steps(azimuth=1.5, elevation=-1, distance=0.02, aim_x=0.5), PIVOT)
    seen = look(HOME, 128, 96)
    found = align(
        HOME, seen.picture, seen.depth_m, look(true, 128, 96).picture, PIVOT, sigma_px=1.5, far_m=6e3, guides=Guides()
    )
    assert off_px(true, found.pose) < 0.1 * off_px(true, HOME)


def test_pictures_under_another_light_are_alike_and_other_scenes_are_not() -> None:
    whole = np.ones((96, 128))
    one, darker = look(HOME, 128, 96).picture, look(HOME, 128, 96, light=0.75).picture
    other = look(HOME, 128, 96, SPHERES[::-1] * [-1, 1, 1]).picture
    assert unlikeness(one, one, whole, 1.0) == 0
    assert unlikeness(darker, one, whole, 1.0) < 0.02
    assert unlikeness(other, one, whole, 1.0) > 0.1


@pytest.mark.parametrize(
    "offset",
    [
        steps(azimuth=-32, elevation=12, roll=4, distance=0.2, aim_x=3, lens=0.15),
        steps(azimuth=22, elevation=-20, roll=-4, distance=-0.3, aim_y=-3),
    ],
)
def test_a_camera_far_off_is_found_to_less_than_a_pixel(offset: Floats) -> None:
    found = solve(HOME.moved(offset, PIVOT), look(HOME, 256, 192).picture)
    assert off_px(HOME, found.pose) < 0.5
    assert found.settled
    assert found.unlike < 0.01
    assert found.renders <= 60


def test_a_thing_out_of_place_and_another_light_do_not_bend_the_camera() -> None:
    changed = SPHERES.copy()
    changed[4, :2] += [0.7, 0.3]

    def world(pose: Pose, width: int, height: int) -> Seen:
        return look(pose, width, height, changed, 0.8)

    start = HOME.moved(steps(azimuth=20, elevation=8, distance=0.15, aim_x=2), PIVOT)
    found = solve(start, look(HOME, 256, 192).picture, world=world)
    assert off_px(HOME, found.pose) < 1.0


def test_four_pairs_give_the_camera_without_a_search() -> None:
    points = np.array([[0, 0, 1.2], [1.9, 0.4, 0.4], [-1.0, -1.0, 0.7], [0.8, 1.7, 1.4], [0.5, -1.4, 0.0]])
    x, y, _ = HOME.project(points)
    start = HOME.moved(steps(azimuth=-35, elevation=10, roll=4, distance=0.25, lens=0.15), PIVOT)
    found = solve(start, look(HOME, 256, 192).picture, guides=Guides(points, np.stack([x, y], 1)), max_renders=2)
    assert off_px(HOME, found.pose) < 2
    assert found.renders == 2
    assert found.settled


def test_where_nothing_is_like_the_target_the_fit_says_so() -> None:
    noise = np.random.default_rng(0).random((96, 128, 3)).astype(np.float32)
    found = solve(HOME, noise, max_renders=24)
    assert found.unlike > 0.3
    assert found.renders <= 24


def test_a_scene_that_cannot_be_rendered_is_an_error() -> None:
    def dark(pose: Pose, width: int, height: int) -> None:
        return None

    assert "cannot be rendered" in solve(HOME, look(HOME, 64, 48).picture, world=dark).error


def test_a_flat_picture_leaves_distance_and_lens_open() -> None:
    """Seen from afar nothing has depth: coming nearer is all but the same as zooming in."""
    normal = np.diag([1e4, 1e4, 1e4, 0, 1e5, 1e5, 0]).astype(float)
    normal[np.ix_([DISTANCE, LENS], [DISTANCE, LENS])] = [[1e4, -9.99e3], [-9.99e3, 1e4]]
    unsure = uncertainty(HOME, normal, PIVOT)
    assert set(unsure.weakest) == {"distance", "lens"}
    assert unsure.along_m > 10 * unsure.across_m
    assert {AZIMUTH, ELEVATION, ROLL, AIM_X} == {0, 1, 2, 4}


# --- through the tool

PROGRAM = """\
import bpy
from math import radians

def add(kind, name, location, color, **options):
    getattr(bpy.ops.mesh, f"primitive_{kind}_add")(location=location, **options)
    made = bpy.data.materials.new(name)
    made.use_nodes = True
    made.node_tree.nodes["Principled BSDF"].inputs["Base Color"].default_value = (*color, 1)
    bpy.context.object.name = name
    bpy.context.object.data.materials.append(made)

add("plane", "Floor", (0, 0, 0), (0.4, 0.4, 0.4), size=20)
add("cube", "Crate", (-1.2, 0.5, 0.5), (0.6, 0.3, 0.1), size=1)
add("uv_sphere", "Ball", (0.6, -0.4, 0.5), (0.7, 0.05, 0.05), radius=0.5)
add("cone", "Cone", (1.6, 1.0, 0.6), (0.1, 0.5, 0.15), radius1=0.5, depth=1.2)
add("cylinder", "Drum", (-0.3, 1.8, 0.7), (0.1, 0.2, 0.7), radius=0.4, depth=1.4)
lamp = bpy.data.objects.new("Lamp", bpy.data.lights.new("Lamp", "POINT"))
lamp.location, lamp.data.energy = (2.0, -3.0, 5.0), 900
camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
camera.location, camera.rotation_euler, camera.data.lens = (0.5, -7.0, 4.0), (1.08, 0.0, 0.06), 45
for thing in (lamp, camera):
    bpy.context.collection.objects.link(thing)
bpy.context.scene.camera = camera
bpy.context.scene.render.resolution_x, bpy.context.scene.render.resolution_y = 160, 120
"""
AWAY = "camera.location, camera.rotation_euler, camera.data.lens = (-3.2, -6.4, 3.4), (1.15, 0.02, -0.42), 40"
HELD = """
hold = bpy.data.objects.new("Hold", None)
hold.location = (0, 0, 0.6)
bpy.context.collection.objects.link(hold)
camera.constraints.new("TRACK_TO").target = hold
"""
blender = [pytest.mark.blender, pytest.mark.timeout(600)]


def at_start(more: str = "") -> str:
    lines = PROGRAM.splitlines()
    return "\n".join([AWAY if line.startswith("camera.location") else line for line in lines]) + "\n" + more


@pytest.fixture(scope="module")
async def goal(any_viga: Viga) -> Viga:
    """A workspace with the goal's picture."""
    await any_viga.text("execute_blender_code", scene="goal", code=PROGRAM)
    meta = await any_viga.meta("render_views", scene="goal", quality="draft", size_px=160)
    (any_viga.workspace / "goal.png").write_bytes(Path(meta["pictures"][0]).read_bytes())
    return any_viga


class TestTool:
    pytestmark = blender

    async def test_the_camera_is_found_and_set_at_the_programs_end(self, goal: Viga, scene: str) -> None:
        await goal.text("execute_blender_code", scene=scene, code=at_start(HELD), mode="program")
        await goal.facts("set_target", scene=scene, image="goal.png")
        facts = await goal.facts("fit_parameters", scene=scene, parameters="camera", wait_s=500)
        assert facts["status"] == "done"
        assert facts["camera"]["verdict"] == "found"
        assert facts["camera"]["after"]["lens_mm"] == pytest.approx(45, rel=0.03)
        assert facts["loss_after"] < 0.1 * facts["loss_before"]
        values = await goal.values(scene)
        assert values["objects"]["Camera"]["location"] == pytest.approx([0.5, -7.0, 4.0], abs=0.15)
        program = await goal.read(f"viga://scenes/{scene}/head/program.py")
        assert program.startswith(at_start(HELD).rstrip())
        assert 'bpy.data.objects["Camera"].constraints.clear()' in program
        again = await goal.facts("fit_parameters", scene=scene, parameters=["camera"], max_renders=30, wait_s=500)
        assert again["status"] == "done"
        program = await goal.read(f"viga://scenes/{scene}/head/program.py")
        assert program.count('bpy.data.objects["Camera"].location = ') == 1

    async def test_pairs_alone_place_the_camera(self, goal: Viga, scene: str) -> None:
        await goal.text("execute_blender_code", scene=scene, code=at_start(), mode="program")
        await goal.facts("set_target", scene=scene, image="goal.png")
        pose = _pose_of(await goal.values("goal"), 160 / 120)
        points = [[-1.7, 0.0, 1.0], [-0.7, 0.0, 1.0], [-0.7, 0.0, 0.0], [1.6, 1.0, 1.2]]
        x, y, _ = pose.project(np.array(points))
        pairs: list[dict[str, Any]] = [
            {"pixel": [float(a * 160), float(b * 120)], "world": point}
            for a, b, point in zip(x, y, points, strict=True)
        ]
        (x, y, _) = pose.project(np.array([[0.6, -0.4, 0.5]]))
        pairs.append({"pixel": [float(x[0] * 160), float(y[0] * 120)], "object": "Ball"})
        facts = await goal.facts(
            "fit_parameters", scene=scene, parameters="camera", point_pairs=pairs, max_renders=2, wait_s=300
        )
        assert facts["renders"] == 2
        assert max(facts["camera"]["pairs_px"]) < 0.5
        assert facts["camera"]["after"]["location"] == pytest.approx([0.5, -7.0, 4.0], abs=0.05)

    async def test_what_cannot_be_asked_is_refused_with_what_can(self, goal: Viga, scene: str) -> None:
        await goal.text("execute_blender_code", scene=scene, code=at_start(), mode="program")
        await goal.facts("set_target", scene=scene, image="goal.png")
        said = await goal.error("fit_parameters", scene=scene, parameters="camera:Camra", wait_s=60)
        assert "'Camera'" in said
        pair = {"pixel": [10, 10], "object": "Bal"}
        said = await goal.error("fit_parameters", scene=scene, parameters="camera", point_pairs=[pair], wait_s=60)
        assert "'Ball'" in said
        pair = {"pixel": [500, 10], "object": "Ball"}
        said = await goal.error("fit_parameters", scene=scene, parameters="camera", point_pairs=[pair], wait_s=60)
        assert "160 x 120" in said
        said = await goal.error("fit_parameters", scene=scene, point_pairs=[pair], wait_s=60)
        assert "parameters='camera'" in said
        twice = [{"pixel": [10, 10], "object": "Ball"}, {"pixel": [90, 10], "object": "Ball"}]
        said = await goal.error("fit_parameters", scene=scene, parameters="camera", point_pairs=twice, wait_s=60)
        assert "1 and 2" in said
        assert await goal.head(scene) == "r1"

    async def test_a_target_of_another_world_changes_nothing_and_says_why(self, goal: Viga, scene: str) -> None:
        await goal.text("execute_blender_code", scene=scene, code=at_start(), mode="program")
        noise = np.random.default_rng(0).integers(0, 256, (60, 80, 3), np.uint8)
        (goal.workspace / "noise.png").write_bytes(png(noise))
        await goal.facts("set_target", scene=scene, image="noise.png")
        facts = await goal.facts("fit_parameters", scene=scene, parameters="camera", max_renders=45, wait_s=300)
        assert (facts["revision"], facts["camera"]["verdict"]) == (None, "not_found")
        assert "point_pairs" in facts["message"]
        assert await goal.head(scene) == "r1"

    async def test_a_budget_that_ends_too_early_is_given_as_the_reason(self, goal: Viga, scene: str) -> None:
        await goal.text("execute_blender_code", scene=scene, code=at_start(), mode="program")
        await goal.facts("set_target", scene=scene, image="goal.png")
        facts = await goal.facts("fit_parameters", scene=scene, parameters="camera", max_renders=3, wait_s=300)
        assert facts["camera"]["verdict"] != "found"
        assert "budget of 3 renders" in facts["message"]
        assert "hundreds" not in facts["message"]


def test_a_camera_is_not_called_right_where_point_pairs_miss():
    target = look(HOME, 64, 48).picture
    pairs = [{"pixel": [x, y], "world": [0.0, 0.0, 0.0]} for x, y in ((2, 2), (60, 40))]
    guides = Guides(np.zeros((2, 3)), np.array([[2 / 64, 2 / 48], [60 / 64, 40 / 48]]))
    problem = CameraProblem(HOME, target, PIVOT, guides, 20)
    found = CameraFit(HOME, 0.001, 0.001, 0.01, 0.01, np.eye(7), PIVOT, 20, (), True)
    lens = {"objects": {"Camera": {"camera": {"lens_mm": 50.0, "ortho_scale": None}}}}
    text = camera_words.told(found, problem, lens, "Camera", pairs).text
    assert "is right" not in text
    assert "miss by up to" in text


def _pose_of(values: dict[str, Any], aspect: float) -> Pose:
    """The goal's camera; its numbers are those of `PROGRAM`."""
    lens = values["objects"]["Camera"]["camera"]["lens_mm"]
    a, c = 1.08, 0.06
    turn = np.array([[np.cos(c), -np.sin(c), 0], [np.sin(c), np.cos(c), 0], [0, 0, 1]]) @ np.array(
        [[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]]
    )
    home = replace(HOME, width=36 / lens, aspect=aspect)
    return home.placed(turn, np.array([0.5, -7.0, 4.0]))
