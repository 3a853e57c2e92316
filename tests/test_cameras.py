import math
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from viga_mcp.cameras import CameraPose, parse_view, poses, subject, what_matters
from viga_mcp.errors import VigaError
from viga_mcp.projection import box_corners, to_pixels

Graph = dict[str, Any]
BoxList = list[list[float]]
FITTED = [
    "front",
    "back",
    "left",
    "right",
    "top",
    "bottom",
    "orbit:30,20",
    "orbit:-200,-75",
    "orbit:0,90",
    "corners",
    "focus:A",
]


def thing(bounds: BoxList | None, kind: str = "MESH", **more: Any) -> dict[str, Any]:
    return {"type": kind, "bounds": bounds, "visible": True, "matrix_world": np.eye(4).ravel().tolist(), **more}


def scene(*boxes: BoxList, camera: str | None = None, **objects: dict[str, Any]) -> Graph:
    named = {name: thing(box) for name, box in zip("ABCDEFGH", boxes, strict=False)}
    return {"scene": {"camera": camera}, "objects": named | objects}


def lens(**more: Any) -> dict[str, Any]:
    basic = {"projection": "PERSP", "lens_mm": 50.0, "sensor_mm": [36.0, 24.0], "sensor_fit": "AUTO"}
    return basic | {"ortho_scale": 6.0, "clip": [0.1, 100.0], "shift": [0.0, 0.0]} | more


def pixels(pose: CameraPose, points: Any, width: int, height: int) -> Any:
    to_camera = np.linalg.inv(np.array(pose.matrix_world))
    return to_pixels(np.asarray(points, float) @ to_camera[:3, :3].T + to_camera[:3, 3], pose, width, height)


def eye(pose: CameraPose) -> Any:
    return np.array(pose.matrix_world)[:3, 3]


coordinates = st.floats(-1000, 1000, allow_nan=False, width=32)
sizes = st.floats(0, 200, allow_nan=False, width=32)
boxes = st.tuples(st.tuples(*[coordinates] * 3), st.tuples(*[sizes] * 3)).map(
    lambda box: [list(box[0]), [low + size for low, size in zip(*box, strict=True)]]
)
aspects = st.floats(0.2, 5)


@given(boxes, aspects, st.sampled_from(FITTED))
def test_all_corners_are_in_the_frame_with_a_margin(box: BoxList, aspect: float, view: str):
    size = np.array([round(1000 * aspect), 1000])
    for pose in poses(parse_view(view), scene(box), size[0] / size[1]):
        points = pixels(pose, box_corners(np.array(box)), *size)
        margin = 0.05 * size - 0.1
        assert (points >= margin).all()
        assert (points <= size - margin).all()
        depths = (eye(pose) - box_corners(np.array(box))) @ np.array(pose.matrix_world)[:3, 2]
        assert (depths > pose.clip[0]).all()
        assert (depths < pose.clip[1]).all()


@given(st.tuples(*[st.floats(1, 9)] * 3), aspects, st.sampled_from(FITTED[:6]))
def test_a_box_fills_what_the_margin_leaves(sides: tuple[float, ...], aspect: float, view: str):
    box = [[0.0, 0.0, 0.0], list(sides)]
    (pose,) = poses(parse_view(view), scene(box), aspect)

    points = pixels(pose, box_corners(np.array(box)), 1000, 1000)

    # The picture is 1000 wide and 1000 / aspect high.
    assert (np.ptp(points, axis=0) / [1000, 1000 / aspect]).max() == pytest.approx(0.9, abs=0.001)


@given(st.floats(-360, 360), st.floats(-89, 89))
def test_opposite_orbits_are_as_far_and_look_at_each_other(azimuth: float, elevation: float):
    box = [[-1.0, -2.0, -0.5], [1.0, 2.0, 0.5]]
    (one,) = poses(parse_view(f"orbit:{azimuth},{elevation}"), scene(box), 1.5)
    (other,) = poses(parse_view(f"orbit:{azimuth + 180},{-elevation}"), scene(box), 1.5)

    assert eye(one) == pytest.approx(-eye(other), abs=1e-3)


@given(boxes, st.sampled_from(FITTED))
def test_a_pose_is_a_rotation_and_level(box: BoxList, view: str):
    for pose in poses(parse_view(view), scene(box), 1.0):
        basis = np.array(pose.matrix_world)[:3, :3]
        assert basis.T @ basis == pytest.approx(np.eye(3), abs=1e-9)
        assert np.linalg.det(basis) == pytest.approx(1)
        assert basis[2, 0] == pytest.approx(0, abs=1e-9)


@given(st.tuples(*[coordinates] * 3), st.tuples(*[coordinates] * 3), st.floats(1, 170))
def test_what_is_looked_at_is_in_the_middle(location: Any, look_at: Any, fov_deg: float):
    assume(math.dist(location, look_at) > 0.01)
    view = parse_view({"location": list(location), "look_at": list(look_at), "fov_deg": fov_deg})

    (pose,) = poses(view, scene(), 4 / 3)

    assert pixels(pose, [look_at], 640, 480)[0] == pytest.approx([320, 240], abs=0.5)
    assert pose.fov_deg == fov_deg


@pytest.mark.parametrize(
    ("view", "direction"),
    [
        ("front", (0, -1, 0)), ("back", (0, 1, 0)), ("right", (1, 0, 0)), ("left", (-1, 0, 0)),
        ("top", (0, 0, 1)), ("bottom", (0, 0, -1)), ("orbit:0,0", (0, -1, 0)), ("orbit:90,0", (1, 0, 0)),
    ],
)  # fmt: skip
def test_sides_are_where_blender_has_them(view: str, direction: tuple[int, ...]):
    (pose,) = poses(parse_view(view), scene([[-1, -1, -1], [1, 1, 1]]), 1.0)

    assert eye(pose) / np.linalg.norm(eye(pose)) == pytest.approx(direction, abs=1e-9)
    assert (pose.ortho_scale is None) == view.startswith("orbit")


def test_seen_from_the_top_north_is_up():
    (pose,) = poses(parse_view("top"), scene([[-1, -1, -1], [1, 1, 1]]), 1.0)

    x, y = pixels(pose, [[0.5, 1, 0]], 100, 100)[0]

    assert x > 50
    assert y < 50


def test_corners_are_four_different_places_above():
    found = poses(parse_view("corners"), scene([[0, 0, 0], [2, 2, 2]]), 1.0)

    assert [tuple(np.sign(eye(pose)[:2] - 1)) for pose in found] == [(-1, -1), (1, -1), (-1, 1), (1, 1)]
    assert all(eye(pose)[2] > 1 for pose in found)
    assert len({pose.name for pose in found}) == 4


@pytest.mark.parametrize("view", [*FITTED[:-1], "orbit:10,10"])
def test_an_empty_scene_is_looked_at_around_its_origin(view: str):
    for pose in poses(parse_view(view), scene(), 1.5):
        assert pixels(pose, [[0, 0, 0]], 300, 200)[0] == pytest.approx([150, 100])
        assert 1 < np.linalg.norm(eye(pose)) < 20


def test_ground_and_sky_do_not_matter():
    cube, cup = [[-1.0, -1.0, 0.0], [1.0, 1.0, 2.0]], [[3.0, 0.0, 0.0], [3.2, 0.2, 0.2]]
    ground, sky = [[-50.0, -50.0, 0.0], [50.0, 50.0, 0.0]], [[-200.0] * 3, [200.0] * 3]

    assert what_matters(scene(cube, cup, ground, sky)).tolist() == [[-1, -1, 0], [3.2, 1, 2]]


@pytest.mark.parametrize(
    "kept",
    [
        [[[-1.0, -0.5, 0.0], [1.0, 0.5, 0.8]], [[0.0, 0.0, 0.8], [0.05, 0.05, 0.9]]],  # a cup on a table
        [[[-0.2, -0.2, 1.0], [0.2, 0.2, 1.4]], [[-0.05, -0.05, 1.1], [0.05, 0.05, 1.2]]],  # a bulb in a shade
        [[[-3.0, -3.0, 0.0], [3.0, 3.0, 3.0]], [[-2.0, -2.0, 0.0], [2.0, 1.0, 1.0]]],  # a room and its furniture
        [[[-5.0, -5.0, 0.0], [5.0, 5.0, 0.0]]],  # nothing but a floor
    ],
)
def test_large_things_that_are_part_of_the_scene_matter(kept: list[BoxList]):
    everything = np.array(kept)

    assert what_matters(scene(*kept)).tolist() == [everything[:, 0].min(0).tolist(), everything[:, 1].max(0).tolist()]


def test_what_is_not_rendered_does_not_matter():
    graph = scene([[0.0, 0.0, 0.0], [1.0, 1.0, 1.0]], [[5.0, 5.0, 5.0], [6.0, 6.0, 6.0]])
    graph["objects"]["B"]["visible"] = False

    assert what_matters(graph).tolist() == [[0, 0, 0], [1, 1, 1]]


def test_focus_looks_from_the_side_of_the_scenes_camera():
    matrix = np.eye(4)
    matrix[:3, 3] = (10, 0, 0)
    camera = thing(None, "CAMERA", camera=lens(), matrix_world=matrix.ravel().tolist())
    graph = scene([[-1, -1, -1], [1, 1, 1]], [[3, 40, 0], [4, 41, 1]], camera="Camera", Camera=camera)

    (pose,) = poses(parse_view("focus:A"), graph, 1.0)

    assert eye(pose)[1:] == pytest.approx([0, 0], abs=1e-9)
    assert 1 < eye(pose)[0] < 8


def test_a_lamp_can_be_focused_although_it_has_no_size():
    graph = scene([[-1, -1, -1], [1, 1, 1]], Lamp=thing(None, "LIGHT"))

    (pose,) = poses(parse_view("focus:Lamp"), graph, 1.0)

    assert 0.1 < np.linalg.norm(eye(pose)) < 3


@pytest.mark.parametrize(
    "view",
    [
        "", "sideways", "camera:", "focus:", "front:1", "orbit", "orbit:1", "orbit:1,2,3", "orbit:a,b", "orbit:nan,0",
        "orbit:0,91", "orbit:inf,0", "{not json", "[1]",
        {}, {"location": [1, 2, 3]}, {"location": [1, 2], "look_at": [0, 0, 0]},
        {"location": [1, 2, math.nan], "look_at": [0, 0, 0]}, {"location": [0, 0, 0], "look_at": [0, 0, 0]},
        {"location": [1, 2, 3], "look_at": [0, 0, 0], "fov_deg": 0},
        {"location": [1, 2, 3], "look_at": [0, 0, 0], "fov_deg": 180},
        {"location": [1, 2, 3], "look_at": [0, 0, 0], "fov_deg": math.nan},
        {"location": [1, 2, 3], "look_at": [0, 0, 0], "fov_deg": "wide"},
        {"location": [1, 2, 3], "look_at": [0, 0, 0], "fov": 50},
        {"location": "abc", "look_at": [0, 0, 0]}, {"location": [True, 2, 3], "look_at": [0, 0, 0]},
    ],
)  # fmt: skip
def test_a_malformed_view_is_refused_with_all_forms(view: Any):
    with pytest.raises(VigaError) as caught:
        parse_view(view)

    assert caught.value.kind == "invalid_argument"
    assert "orbit:AZIMUTH,ELEVATION" in caught.value.then
    assert "look_at" in caught.value.then


@pytest.mark.parametrize("view", ["camera", "camera:Side Cam", "corners", "top", "orbit:-30.5,12", "focus:A:b"])
def test_a_view_reads_back_what_it_is_called(view: str):
    assert parse_view(view).text == view
    assert parse_view(parse_view({"location": [1, 2, 3], "look_at": [0, 0, 0]}).text).fov_deg == 50


@pytest.mark.parametrize(("view", "near"), [("camera:Camra", "'Camera'"), ("focus:Cameras", "'Camera'")])
def test_unknown_names_are_answered_with_near_ones(view: str, near: str):
    with pytest.raises(VigaError) as caught:
        poses(parse_view(view), scene(Camera=thing(None, "CAMERA", camera=lens())), 1.0)

    assert caught.value.kind == "not_found"
    assert near in caught.value.then


def test_without_an_active_camera_the_others_are_named():
    with pytest.raises(VigaError, match="no active camera") as caught:
        poses(parse_view("camera"), scene(Side=thing(None, "CAMERA", camera=lens())), 1.0)

    assert "camera:Side" in caught.value.then


def test_a_panoramic_camera_has_a_pose_without_a_field_of_view():
    graph = scene([[0, 0, 0], [1, 1, 1]], camera="C", C=thing(None, "CAMERA", camera=lens(projection="PANO")))
    (pose,) = poses(parse_view("camera"), graph, 2.0)

    assert (pose.scene_camera, pose.fov_deg, pose.ortho_scale) == ("C", None, None)


def test_the_subject_is_all_but_the_backdrops():
    cube, cup = [[-1.0, -1.0, 0.0], [1.0, 1.0, 2.0]], [[2.0, 0.0, 0.0], [2.4, 0.4, 0.5]]
    ground, sky = [[-50.0, -50.0, 0.0], [50.0, 50.0, 0.0]], [[-90.0, -90.0, -90.0], [90.0, 90.0, 90.0]]
    assert subject(scene(cube, cup, ground, sky)) == {"A", "B"}


def test_a_camera_at_nan_is_refused():
    camera = thing(None, "CAMERA", camera=lens(), matrix_world=[None] * 16)

    with pytest.raises(VigaError, match="no finite place"):
        poses(parse_view("camera"), scene(camera="C", C=camera), 1.0)
