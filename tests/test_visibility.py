"""What a view shows, from masks made by hand and from real scenes."""

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.conftest import Viga
from viga_mcp.passes import Silhouettes, ViewPasses
from viga_mcp.projection import CameraPose
from viga_mcp.visibility import framing, horizon, roll_deg, visibility


def whole(*masks: tuple[tuple[int, int, int, int], NDArray[np.bool_]]) -> Silhouettes:
    """Silhouettes of box and mask each."""
    bits = [np.packbits(mask) for _, mask in masks]
    return Silhouettes(
        boxes=np.array([box for box, _ in masks], np.int32).reshape(-1, 4),
        bits=np.concatenate([*bits, np.zeros(0, np.uint8)]),
        starts=np.cumsum([0, *map(len, bits)]),
        cut_near=np.zeros(len(masks), bool),
        cut_far=np.zeros(len(masks), bool),
    )


def filled(x0: int, y0: int, x1: int, y1: int) -> tuple[tuple[int, int, int, int], NDArray[np.bool_]]:
    return (x0, y0, x1, y1), np.ones((y1 - y0, x1 - x0), bool)


def seen(ids: NDArray[np.uint16], names: tuple[str, ...], silhouettes: Silhouettes | None) -> ViewPasses:
    depth = np.where(ids > 0, 10.0 - ids, np.inf).astype(np.float32)
    return ViewPasses("camera", names, ids, depth, np.zeros((*ids.shape, 3), np.float32), silhouettes)


def pose(roll: float = 0.0, pitch: float = 0.0, fov_deg: float | None = 90.0) -> CameraPose:
    """At the origin, looking along +y, pitched up and then rolled clockwise, degrees."""
    c, s = np.cos(np.radians(pitch)), np.sin(np.radians(pitch))
    basis = np.stack([[1, 0, 0], [0, -s, c], [0, -c, -s]], axis=1)
    c, s = np.cos(np.radians(roll)), np.sin(np.radians(roll))
    basis = basis @ np.array([[c, s, 0], [-s, c, 0], [0, 0, 1]])
    matrix = np.eye(4)
    matrix[:3, :3] = basis
    return CameraPose("camera", tuple(map(tuple, matrix.tolist())), fov_deg, None if fov_deg else 4.0, (0.1, 100.0))


def test_a_hidden_part_is_counted_for_what_hides_it():
    ids = np.zeros((10, 10), np.uint16)
    ids[2:8, 2:8] = 1
    ids[4:8, 5:9] = 2  # in front of it
    found = visibility(
        seen(ids, ("Box", "Cup", "Far"), whole(filled(2, 2, 8, 8), filled(5, 4, 9, 8), filled(2, 2, 3, 3)))
    )
    box, cup, far = found["Box"], found["Cup"], found["Far"]
    assert (box.visible_px, box.box, box.off_frame, box.nearest_m) == (24, (2, 2, 8, 8), 0, 9)
    assert box.visible_share == pytest.approx(24 / 36)
    assert box.hidden_by == (("Cup", pytest.approx(12 / 36)),)
    assert (cup.visible_px, cup.visible_share, cup.hidden_by) == (16, 1, ())
    assert (far.visible_px, far.visible_share, far.hidden_by) == (0, 0, (("Box", 1.0),))
    assert list(found) == ["Cup", "Box", "Far"]


def test_what_sticks_out_of_the_picture_is_a_share_and_its_edges():
    ids = np.zeros((10, 20), np.uint16)
    ids[6:, :3] = 1
    found = visibility(
        seen(ids, ("Half", "Gone", "Lamp"), whole(filled(-3, 6, 3, 14), filled(25, 0, 30, 5), filled(0, 0, 0, 0)))
    )
    half, gone = found["Half"], found["Gone"]
    assert (half.box, half.touches) == ((0, 6, 3, 10), ("left", "bottom"))
    assert half.off_frame == pytest.approx(1 - 12 / 48)
    assert (half.visible_share, half.hidden_by) == (1, ())
    assert (gone.box, gone.off_frame, gone.visible_share) == (None, 1, None)
    assert "Lamp" not in found


def test_without_silhouettes_only_what_is_seen_is_told():
    ids = np.zeros((10, 10), np.uint16)
    ids[1:3, 4:8] = 2
    found = visibility(seen(ids, ("A", "B"), None))
    assert list(found) == ["B"]
    assert (found["B"].visible_px, found["B"].box, found["B"].visible_share) == (8, (4, 1, 8, 3), None)


def test_framing_is_of_the_subject():
    ids = np.ones((10, 20), np.uint16)
    ids[:2] = 0
    ids[4:6, 15:20] = 2
    found = framing(seen(ids, ("Ground", "Cup"), None), pose(), {"Cup"})
    assert (found.subject, found.subject_box, found.fill, found.background) == (("Cup",), (15, 4, 20, 6), 0.05, 0.2)
    assert found.centre_offset == pytest.approx((0.75, 0.0))


@pytest.mark.parametrize(
    ("camera", "expected"),
    [
        (pose(), (50, 50)),
        (pose(pitch=-45), (-50, -50)),  # looking down: the horizon is above the picture
        (pose(pitch=20), (50 + 100 * np.tan(np.radians(20)),) * 2),
        (pose(roll=45), (150, -50)),  # rolled clockwise: the horizon falls to the left
        (pose(pitch=-90), None),
        (pose(fov_deg=None), None),
    ],
)
def test_the_horizon_crosses_the_edges(camera: CameraPose, expected: tuple[float, float] | None):
    assert horizon(camera, 200, 100) == (pytest.approx(expected, abs=1e-6) if expected else None)


@pytest.mark.parametrize(("camera", "expected"), [(pose(roll=12), 12), (pose(roll=-170, pitch=30), -170), (pose(), 0)])
def test_roll_is_told_in_degrees(camera: CameraPose, expected: float):
    assert roll_deg(camera) == pytest.approx(expected)


SHELF = """\
import bpy, math
def block(name, size, location):
    bpy.ops.mesh.primitive_cube_add(size=1, location=location)
    thing = bpy.context.object
    thing.name, thing.scale = name, size
block("Wall", (40, 0.1, 40), (0, 6, 0))
block("Front", (1, 1, 1), (0, -1, 0))
block("Behind", (1.2, 0.2, 1.2), (0, 3, 0))
block("Beside", (1, 0.1, 1), (5.4, 0, 0))
block("Lens cap", (0.3, 0.05, 0.3), (0, -9.95, 0))
eye = bpy.data.objects.new("Eye", bpy.data.cameras.new("Eye"))
eye.location, eye.rotation_euler = (0, -10, 0), (math.pi / 2, 0, 0)
eye.data.sensor_fit, eye.data.angle = "HORIZONTAL", math.radians(60)
bpy.context.collection.objects.link(eye)
bpy.context.scene.camera = eye
bpy.context.scene.render.resolution_x = bpy.context.scene.render.resolution_y = 512
"""


@pytest.mark.blender
async def test_a_view_tells_what_hides_what_in_a_real_scene(viga: Viga, scene: str) -> None:
    await viga.text("execute_blender_code", scene=scene, code=SHELF)
    facts = await viga.facts("get_scene_graph", scene=scene, view="camera")
    screen = facts["screen"]
    front, behind, beside, cap = (screen["objects"][name] for name in ("Front", "Behind", "Beside", "Lens cap"))
    assert (front["visible_share"], front["hidden_by"]) == (1, {})
    assert front["nearest_m"] == pytest.approx(8.5, abs=1e-3)
    assert behind["visible_px"] == 0
    assert behind["hidden_by"] == {"Front": 1.0}
    size = 512 / (2 * np.tan(np.radians(30)) * 8.5)
    assert front["box"] == pytest.approx([256 - size / 2, 256 - size / 2, 256 + size / 2, 256 + size / 2], abs=1)
    assert 0 < beside["off_frame"] < 1
    assert beside["touches"] == ["right"]
    assert cap["cut_by"] == ["near"]
    assert (screen["horizon_px"], screen["roll_deg"]) == ([pytest.approx(256)] * 2, pytest.approx(0, abs=1e-4))
    assert screen["background"] == 0
    assert "Wall" not in screen["subject"]
    text = await viga.text("get_scene_graph", scene=scene, view="camera", names=["Behind"])
    assert "Behind: 0 px; 0% of it seen; hidden by Front 100%" in text
    assert "Front:" not in text


@pytest.mark.blender
async def test_a_panorama_tells_what_is_seen_alone(any_viga: Viga, scene: str) -> None:
    code = SHELF + "eye.data.type = 'PANO'\neye.location.y = -9.5"
    await any_viga.text("execute_blender_code", scene=scene, code=code)
    screen = (await any_viga.facts("get_scene_graph", scene=scene, view="camera"))["screen"]
    assert screen["objects"]["Front"]["visible_px"] > 0
    assert screen["objects"]["Front"]["visible_share"] is None
    assert screen["horizon_px"] is None


@pytest.mark.blender
async def test_several_views_at_once_are_refused(any_viga: Viga, scene: str) -> None:
    await any_viga.facts("open_scene", scene=scene)
    assert "several views" in await any_viga.error("get_scene_graph", scene=scene, view="corners")
