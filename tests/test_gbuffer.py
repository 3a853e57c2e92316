# pyright: basic, reportAttributeAccessIssue=false, reportMissingImports=false
"""What each pixel shows without a render: the same as Cycles' exact passes tell."""

import math
import random

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

from viga_mcp.blender import gbuffer  # noqa: E402
from viga_mcp.blender.evaluate import evaluate  # noqa: E402
from viga_mcp.blender.passes import passes  # noqa: E402
from viga_mcp.passes import order_camera  # noqa: E402

pytestmark = pytest.mark.blender

WIDTH, HEIGHT = 96, 64


@pytest.fixture(autouse=True)
def scene():
    bpy.ops.wm.read_factory_settings(use_empty=True)
    camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    camera.location, camera.rotation_euler = (0, -9, 3), (1.42, 0, 0)
    bpy.context.collection.objects.link(camera)
    bpy.context.scene.camera = camera
    return bpy.context.scene


def crowd():
    """Overlapping bodies on a floor that reaches far behind the camera."""
    pick = random.Random(3)
    bpy.ops.mesh.primitive_plane_add(size=60)
    for _ in range(25):
        place = (pick.uniform(-3, 3), pick.uniform(-3, 3), pick.uniform(0, 2))
        turn = [pick.uniform(0, math.tau) for _ in range(3)]
        pick.choice([bpy.ops.mesh.primitive_cube_add, bpy.ops.mesh.primitive_monkey_add])(
            size=1.2, location=place, rotation=turn
        )


def surfaces(tmp_path, parts=()):
    wanted = {"path": str(tmp_path / "g.npz"), "width_px": WIDTH, "height_px": HEIGHT}
    reply = evaluate({"parts": list(parts), "camera": "Camera", "gbuffer": wanted})
    assert reply["error"] is None
    return dict(np.load(reply["path"])) if reply["path"] else {}


def cycles(tmp_path):
    order = order_camera("Camera", WIDTH, HEIGHT, folder=tmp_path)
    (exact,) = order.read(passes(order.request))
    return exact


@pytest.mark.parametrize("projection", ["PERSP", "ORTHO"])
def test_it_shows_what_cycles_sees(tmp_path, scene, projection):
    crowd()
    scene.camera.data.type, scene.camera.data.ortho_scale = projection, 9.0
    found, exact = surfaces(tmp_path), cycles(tmp_path)
    assert tuple(found["names"]) == exact.names
    same = found["ids"] == exact.ids
    assert (~same).sum() <= 3  # a centre on an edge may go either way
    hit = same & (exact.ids > 0)
    assert hit.mean() > 0.5
    cosine = (found["normal"].astype(float) * exact.normal).sum(axis=2)[hit]
    assert np.quantile(np.abs(cosine), 0.02) > 0.999
    into = np.array(scene.camera.matrix_world.inverted())[2]
    depth = -(found["position"] @ into[:3] + into[3])
    assert np.abs(depth - exact.depth_m)[hit].max() < 1e-3 * depth.max()


def test_normals_face_the_camera_and_the_sky_has_no_surface(tmp_path, scene):
    crowd()
    found = surfaces(tmp_path)
    is_sky = found["ids"] == 0
    assert is_sky.any()
    assert (found["material"][is_sky] == -1).all()
    towards = np.array(scene.camera.location) - found["position"]
    assert ((found["normal"] * towards).sum(axis=2)[~is_sky] > 0).all()


def test_each_face_tells_its_own_material(tmp_path):
    bpy.ops.mesh.primitive_cube_add(size=3)
    cube = bpy.context.object
    for name in ("Front", "Rest"):
        cube.data.materials.append(bpy.data.materials.new(name))
    for face in cube.data.polygons:
        face.material_index = 0 if face.normal.y < -0.5 else 1
    found = surfaces(tmp_path)
    kinds = {str(found["materials"][kind]) for kind in np.unique(found["material"]) if kind >= 0}
    assert kinds == {"Front", "Rest"}
    front = found["materials"][found["material"][(found["normal"][..., 1] < -0.9) & (found["ids"] > 0)]]
    assert set(front.tolist()) == {"Front"}


def test_the_program_runs_first_modifiers_count_as_rendered_and_the_hidden_are_left_out(tmp_path):
    bpy.ops.mesh.primitive_cube_add(size=2)
    program = (
        "thing = bpy.data.objects['Cube'].modifiers.new('Row', 'ARRAY')\nthing.count = 3\nthing.show_viewport = False"
    )
    alone, row = surfaces(tmp_path), surfaces(tmp_path, parts=[program])
    assert (row["ids"] > 0).sum() > 1.5 * (alone["ids"] > 0).sum()
    hidden = "bpy.data.objects['Cube'].hide_render = True"
    assert not (surfaces(tmp_path, parts=[hidden])["ids"] > 0).any()


def test_what_would_be_slow_is_not_done(tmp_path, monkeypatch):
    bpy.ops.mesh.primitive_monkey_add()
    monkeypatch.setattr(gbuffer, "_MAX_TRIANGLES", 100)
    assert not surfaces(tmp_path)


def test_batches_of_triangles_make_the_same_picture(tmp_path, monkeypatch):
    crowd()
    whole = surfaces(tmp_path)
    monkeypatch.setattr(gbuffer, "_MOST_AT_ONCE", 500)
    np.testing.assert_array_equal(surfaces(tmp_path)["ids"], whole["ids"])
