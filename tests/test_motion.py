"""Motion as numbers, against what can be reckoned."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.conftest import Viga
from viga_mcp import trajectories

START = """\
import bpy
bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
scene = bpy.context.scene
scene.render.fps = 24
def box(name, size, location):
    bpy.ops.mesh.primitive_cube_add(size=1, location=location, scale=size)
    bpy.context.object.name = name
    return bpy.context.object
def ball(name, radius, location):
    bpy.ops.mesh.primitive_uv_sphere_add(segments=32, ring_count=16, radius=radius, location=location)
    bpy.context.object.name = name
    return bpy.context.object
def key(thing, path, values):
    for frame, value in values.items():
        setattr(thing, path, value)
        thing.keyframe_insert(path, frame=frame)
    owner = thing.id_data
    for curve in owner.animation_data.action.layers[0].strips[0].channelbags[0].fcurves:
        for point in curve.keyframe_points:
            point.interpolation = "LINEAR"
"""
SLIDE = """
scene.frame_end = 41
box("Wall", (1, 4, 4), (6, 0, 0))
key(box("Slider", (1, 1, 1), (0, 0, 0)), "location", {11: (0, 0, 0), 31: (5, 0, 0)})
box("Bystander", (1, 1, 1), (0, 9, 0))
"""
FALL = """
scene.frame_end = 40
floor = box("Floor", (10, 10, 1), (0, 0, -0.5))
bpy.ops.rigidbody.object_add(type="PASSIVE")
thing = ball("Ball", 0.5, (0, 0, 3.5))
bpy.ops.rigidbody.object_add(type="ACTIVE")
thing.rigid_body.collision_shape = "SPHERE"
thing.rigid_body.linear_damping = thing.rigid_body.angular_damping = 0
thing.rigid_body.use_margin = True
thing.rigid_body.collision_margin = 0
scene.rigidbody_world.substeps_per_frame = 20
"""
G = 9.81


async def motion(viga: Viga, scene: str, code: str) -> dict[str, Any]:
    await viga.result("execute_blender_code", scene=scene, code=START + code)
    return await viga.facts("get_motion", scene=scene)


@pytest.mark.blender
async def test_a_linear_slide_has_constant_speed_and_meets_the_wall_on_time(viga: Viga, scene: str) -> None:
    facts = await motion(viga, scene, SLIDE)
    (row,) = facts["objects"]
    assert (row["name"], row["of"], facts["moving"]) == ("Slider", "origin", 1)
    assert row["distance"] == row["displacement"] == pytest.approx(5, rel=1e-3)
    assert row["peak_speed"] == pytest.approx(5 / 20 * 24, rel=1e-3)
    assert (row["turn_deg"], row["scale"]) == (pytest.approx(0, abs=1e-3), 1)
    assert row["rests"] == [[1, 11], [31, 41]]
    (contact,) = facts["contacts"]
    assert contact["objects"] == ["Slider", "Wall"]
    assert (contact["frame"], contact["touches"], contact["bounces"]) == (31, [[31, 41]], [])
    assert contact["speed"] == pytest.approx(6, rel=1e-3)
    assert contact["place"] == pytest.approx([5.5, 0, 0], abs=0.01)
    whole = json.loads(Path(facts["file"]).read_text(encoding="utf-8"))
    assert [whole["objects"][0]["positions"][frame - 1][0] for frame in (11, 21, 31)] == pytest.approx([0, 2.5, 5])
    text = await viga.text("get_motion", scene=scene)
    assert "'Slider' goes 5 m, fastest 6 m/s" in text
    assert "'Slider' and 'Wall' touch first at frame 31 at 6 m/s, near 5.5 0 0; frames 31-41." in text
    assert facts["file"] in text
    assert (await viga.facts("get_scene_graph", scene=scene))["frame"] == 1


COMES_AND_GOES = """
scene.frame_end = 20
wall, ball = box("Wall", (1, 1, 1), (5, 0, 0)), box("Ball", (1, 1, 1), (0, 0, 0))
key(ball, "location", {1: (0, 0, 0), 20: (4.2, 0, 0)})
table, cup = box("Table", (1, 1, 1), (0, 9, 0)), box("Cup", (1, 1, 1), (5, 9, 1))
key(cup, "location", {4: (5, 9, 1), 5: (0, 9, 1)})
"""
HIDES = """
key(ball, "hide_render", {1: True, 5: False})
key(cup, "hide_render", {1: False, 5: True, 10: False})
scene.frame_set(1)
"""


@pytest.mark.blender
async def test_what_hides_meets_others_while_it_is_shown(any_viga: Viga, scene: str) -> None:
    shown = await motion(any_viga, scene, COMES_AND_GOES)
    hiding = await motion(any_viga, f"{scene}-hiding", COMES_AND_GOES + HIDES)
    frames = [{tuple(one["objects"]): one["frame"] for one in facts["contacts"]} for facts in (shown, hiding)]
    later = frames[0]["Ball", "Wall"]
    assert 10 < later <= 20
    assert frames == [{("Ball", "Wall"): later, ("Cup", "Table"): 5}, {("Ball", "Wall"): later, ("Cup", "Table"): 10}]


GROWS = {
    "keyed": "m = bridge.modifiers.new('Row', 'ARRAY'); key(m, 'count', {1: 1, 20: 7})",
    "driven": "m = bridge.modifiers.new('Row', 'ARRAY'); m.driver_add('count').driver.expression = '1 + frame * 6 / 19'",
    "drawn along": (
        "hand = box('Hand', (0.1, 0.1, 0.1), (0, 0, 9)); m = bridge.modifiers.new('Row', 'ARRAY'); m.count = 7\n"
        "m.use_relative_offset, m.use_object_offset, m.offset_object = False, True, hand\n"
        "key(hand, 'location', {1: (0, 0, 0), 20: (1, 0, 0)})"
    ),
}


@pytest.mark.blender
@pytest.mark.parametrize("way", GROWS)
async def test_what_a_modifier_makes_grow_meets_the_wall(any_viga: Viga, scene: str, way: str) -> None:
    code = "scene.frame_end = 20\nbox('Wall', (1, 4, 4), (6.9, 0, 0)); bridge = box('Bridge', (1, 1, 1), (0, 0, 0))\n"
    facts = await motion(any_viga, scene, code + GROWS[way])
    (contact,) = (one for one in facts["contacts"] if "Wall" in one["objects"])
    assert contact["objects"] == ["Bridge", "Wall"]
    assert 17 < contact["frame"] <= 20


@pytest.mark.blender
@pytest.mark.parametrize("is_baked", [False, True])
async def test_free_fall_follows_g_and_hits_the_floor_when_it_must(viga: Viga, scene: str, is_baked: bool) -> None:
    await viga.result("execute_blender_code", scene=scene, code=START + FALL)
    if is_baked:
        await viga.facts("bake_physics", scene=scene)
    facts = await viga.facts("get_motion", scene=scene)
    (row,) = facts["objects"]
    whole = json.loads(Path(facts["file"]).read_text(encoding="utf-8"))
    heights = np.array(whole["objects"][0]["positions"])[:, 2]
    time_s = np.arange(18) / 24  # the floor is reached after 0.782 s
    # a symplectic step of 1/480 s lags half a step's speed behind
    assert heights[:18] == pytest.approx(3.5 - G * time_s**2 / 2, abs=G * time_s[-1] / 480 + 1e-3)
    (contact,) = facts["contacts"]
    impact_s = math.sqrt(2 * 3 / G)
    assert contact["frame"] == pytest.approx(1 + 24 * impact_s, abs=1.1)
    assert contact["speed"] == pytest.approx(G * impact_s, rel=0.08)
    assert contact["place"] == pytest.approx([0, 0, 0], abs=0.05)
    assert row["lowest"][0] == pytest.approx(0.5, abs=0.05)
    assert row["highest"] == [3.5, 1]


@pytest.mark.blender
async def test_a_bouncing_ball_bounces_when_and_as_fast_as_it_does(any_viga: Viga, scene: str) -> None:
    impacts, speed = [math.sqrt(2 * 3 / G)], math.sqrt(2 * 3 * G)
    restitution = 0.7
    for n in (1, 2, 3):
        impacts.append(impacts[-1] + 2 * speed * restitution**n / G)
    heights: dict[int, tuple[float, float, float]] = {}
    for frame in range(1, 81):
        t = (frame - 1) / 24
        n = sum(t > impact for impact in impacts)
        since = t - impacts[n - 1] if n else t
        z = speed * restitution**n * since - G * since**2 / 2 if n else 3 - G * t**2 / 2
        heights[frame] = (0, 0, z + 0.5)
    code = f"""
scene.frame_end = 80
box("Floor", (10, 10, 1), (0, 0, -0.5))
key(ball("Ball", 0.5, (0, 0, 3.5)), "location", {heights})
"""
    facts = await motion(any_viga, scene, code)
    (contact,) = facts["contacts"]
    assert [bounce["frame"] for bounce in contact["bounces"]] == pytest.approx(
        [1 + 24 * impact for impact in impacts if impact < 78 / 24], abs=0.6
    )
    for n, bounce in enumerate(contact["bounces"]):
        assert bounce["speed_in"] == pytest.approx(speed * restitution**n, abs=2 * G / 24)
        assert bounce["speed_out"] == pytest.approx(speed * restitution ** (n + 1), abs=2 * G / 24)
    assert len(contact["touches"]) == len(contact["bounces"]) >= 3
    text = await any_viga.text("get_motion", scene=scene)
    assert "; bounces at 19.79 (" in text


@pytest.mark.blender
async def test_drivers_parents_and_shapes_move_things_and_static_ones_are_not_listed(
    any_viga: Viga, scene: str
) -> None:
    code = """
scene.frame_end = 49
pivot = bpy.data.objects.new("Pivot", None)
scene.collection.objects.link(pivot)
pivot.location.z = 3
pivot.driver_add("rotation_euler", 1).driver.expression = "0.5 * cos(2 * pi * (frame - 1) / 48)"
bob = ball("Bob", 0.2, (0, 0, 1))
bob.parent = pivot
bob.location.z = -2
door = box("Door", (1, 0.1, 2), (5, 5, 0))
for vertex in door.data.vertices:
    vertex.co.x += 0.5
key(door, "rotation_euler", {1: (0, 0, 0), 49: (0, 0, 1.5707963)})
grown = box("Grown", (1, 1, 1), (-5, 5, 0))
grown.shape_key_add(name="Basis")
tall = grown.shape_key_add(name="Tall")
for point in tall.data:
    point.co.z *= 3
key(tall, "value", {1: 0.0, 49: 1.0})
box("Rock", (1, 1, 1), (0, -9, 0))
"""
    await any_viga.result("execute_blender_code", scene=scene, code=START + code)
    facts = await any_viga.facts("get_motion", scene=scene)
    rows = {row["name"]: row for row in facts["objects"]}
    assert set(rows) == {"Pivot", "Bob", "Door", "Grown"}
    # expression in radians: cosine from 0.5 to -0.5 and back is an arc of 2 rad at two metres from the pivot
    assert rows["Pivot"]["turn_deg"] == pytest.approx(math.degrees(2), rel=1e-3)
    assert (rows["Bob"]["of"], rows["Bob"]["distance"]) == ("origin", pytest.approx(4, rel=1e-3))
    assert rows["Bob"]["lowest"] == [pytest.approx(1, abs=2e-3), 13]
    assert (rows["Door"]["of"], rows["Door"]["distance"]) == ("centre", pytest.approx(0.5 * math.pi / 2, rel=1e-3))
    assert rows["Door"]["turn_deg"] == pytest.approx(90, rel=1e-4)
    grown = rows["Grown"]
    assert (grown["of"], grown["distance"]) == ("centre", pytest.approx(0, abs=1e-5))
    assert (grown["scale"], grown["rests"]) == (pytest.approx((11 / 3) ** 0.5, rel=1e-3), [])


@pytest.mark.blender
async def test_bad_arguments_are_refused_with_what_exists(any_viga: Viga, scene: str) -> None:
    await any_viga.result("execute_blender_code", scene=scene, code=START + SLIDE)
    assert "Did you mean 'Slider'?" in await any_viga.error("get_motion", scene=scene, names=["Slide"])
    assert "later last frame" in await any_viga.error("get_motion", scene=scene, frames=[5, 5])
    assert "1000" in await any_viga.error("get_motion", scene=scene, frames=[1, 5000])
    text = await any_viga.text("get_motion", scene=scene, names=["Bystander", "Wall"])
    assert "none of the named objects moves." in text
    files = [
        (await any_viga.facts("get_motion", scene=scene, names=names))["file"]
        for names in (["Bystander"], ["Slider"], ["S*"], None)
    ]
    assert len(set(files)) == 3, "another choice of names has another file"
    assert [json.loads(Path(file).read_text(encoding="utf-8"))["objects"] == [] for file in files] == [
        True,
        False,
        False,
        False,
    ]


def track(points: list[float]) -> Any:
    return np.array(points, float).reshape(-1, 1) * [0, 0, 1.0]


def test_a_pass_is_no_bounce_and_a_turn_above_the_ground_no_contact() -> None:
    frames = list(range(1, 8))
    past = np.array([[x, 0.4, 0] for x in (-3, -2, -1, 0, 1, 2, 3)], float)
    gaps = np.linalg.norm(past, axis=1) - 0.3
    assert trajectories.meeting(gaps, past, frames, 24, 0.05) is None
    touched = trajectories.meeting(gaps, past, frames, 24, 0.11)
    assert touched is not None
    assert (touched.touches, touched.bounces) == ([(4, 4)], [])
    zigzag = track([4, 3, 2, 1, 2, 3, 4])
    assert trajectories.meeting(zigzag[:, 2] - 0.5, zigzag, frames, 24, 0.05) is None, "it turns at 0.5 above"
    struck = trajectories.meeting(zigzag[:, 2] - 1, zigzag, frames, 24, 0.05)
    assert struck is not None
    (bounce,) = struck.bounces
    assert (bounce.frame, bounce.speed_in, bounce.speed_out) == (4, 24, 24)


def test_a_blow_between_two_frames_is_told_with_its_time() -> None:
    between = track([3.7, 2.7, 1.7, 0.7, 0.35, 0.85, 1.35, 1.85])  # down to 0 at 4.7, back at half the speed
    between[4:] = track([0.5 * (5 - 4.7), 0.5 * (6 - 4.7), 0.5 * (7 - 4.7), 0.5 * (8 - 4.7)])
    met = trajectories.meeting(between[:, 2], between, list(range(1, 9)), 10, 0.01)
    assert met is not None
    assert met.frame == pytest.approx(4.7, abs=0.02)
    (bounce,) = met.bounces
    assert (bounce.speed_in, bounce.speed_out) == (pytest.approx(10), pytest.approx(5))


def test_turns_are_exact_where_they_are_small() -> None:
    angle = np.cumsum([0, 1e-5, 0.3, 2.0])
    matrices = np.tile(np.eye(4), (4, 1, 1))
    matrices[:, 0, 0] = matrices[:, 1, 1] = 2 * np.cos(angle)
    matrices[:, 1, 0], matrices[:, 0, 1] = 2 * np.sin(angle), -2 * np.sin(angle)
    assert trajectories.turns(matrices) == pytest.approx([1e-5, 0.3, 2.0], rel=1e-6)
