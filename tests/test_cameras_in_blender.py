# pyright: basic, reportAttributeAccessIssue=false, reportMissingImports=false
import itertools

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

from bpy_extras.object_utils import world_to_camera_view  # noqa: E402
from mathutils import Vector  # noqa: E402

from viga_mcp.blender.graph import read_graph  # noqa: E402
from viga_mcp.cameras import parse_view, poses  # noqa: E402
from viga_mcp.projection import to_pixels  # noqa: E402

pytestmark = pytest.mark.blender


@pytest.mark.parametrize("kind", ["PERSP", "ORTHO"])
@pytest.mark.parametrize("fit", ["AUTO", "HORIZONTAL", "VERTICAL"])
@pytest.mark.parametrize("size", [(640, 360), (300, 500)])
def test_points_lie_where_blenders_own_projection_has_them(kind: str, fit: str, size: tuple[int, int]):
    bpy.ops.wm.read_factory_settings()
    scene, camera = bpy.context.scene, bpy.data.objects["Camera"]
    scene.render.resolution_x, scene.render.resolution_y = width, height = size
    camera.data.type, camera.data.sensor_fit, camera.data.ortho_scale = kind, fit, 9
    camera.data.shift_x, camera.data.shift_y = 0.1, -0.05
    camera.data.lens, camera.data.sensor_height = 35, 20
    bpy.context.view_layer.update()
    graph = read_graph()

    (pose,) = poses(parse_view("camera"), graph, width / height)
    corners = np.array(list(itertools.product((-1.0, 1.0), repeat=3)))
    local = (corners - np.array(pose.matrix_world)[:3, 3]) @ np.array(pose.matrix_world)[:3, :3]
    found = to_pixels(local, pose, width, height)

    expected = [world_to_camera_view(scene, camera, Vector(corner)) for corner in corners]
    assert found == pytest.approx(np.array([(p.x * width, (1 - p.y) * height) for p in expected]), abs=0.05)
    assert -local[:, 2] == pytest.approx(np.array([p.z for p in expected]), abs=1e-3)
    assert pose.scene_camera == "Camera"
