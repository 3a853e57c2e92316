# pyright: basic, reportAttributeAccessIssue=false, reportMissingImports=false
import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

from tests.asking import run  # noqa: E402
from viga_mcp.blender.evaluate import evaluate  # noqa: E402
from viga_mcp.fitting.literals import find_literals, splice  # noqa: E402
from viga_mcp.fitting.pictures import photometric_loss  # noqa: E402
from viga_mcp.fitting.probes import Inspect, Inspection  # noqa: E402
from viga_mcp.fitting.solve import Problem, fit  # noqa: E402

pytestmark = pytest.mark.blender


@pytest.fixture(autouse=True)
def factory_scene():
    bpy.ops.wm.read_factory_settings()


def look(path, source, width_px=32, height_px=24, samples=4, camera=None, **more):
    wanted = {"path": str(path), "width_px": width_px, "height_px": height_px, "samples": samples, **more}
    return evaluate({"parts": [source], "camera": camera, "render": wanted})


def picture(path, source, **more):
    reply = look(path, source, **more)
    assert reply["error"] is None
    return np.load(reply["path"])


def test_a_picture_is_sixteen_bits_in_the_asked_size_and_the_same_each_time(tmp_path):
    first = picture(tmp_path / "a.npy", "")
    assert (first.shape, first.dtype) == ((24, 32, 3), np.uint16)
    assert (first % 257 != 0).any(), "eight bits blown up to sixteen"
    np.testing.assert_array_equal(first, picture(tmp_path / "b.npy", ""))


def test_the_graph_of_what_is_keyframed_is_of_the_frame_that_the_picture_shows():
    source = "cube = bpy.data.objects['Cube']\ncube.keyframe_insert('location', frame=1)\ncube.location.x = 5\n"
    graph = evaluate({"parts": [source + "cube.keyframe_insert('location', frame=9)"], "graph": True})["graph"]
    assert graph["objects"]["Cube"]["location"] == [0, 0, 0]


def test_row_zero_is_the_top(tmp_path):
    source = "bpy.data.objects['Cube'].location.z = 2.5"
    changed = np.abs(picture(tmp_path / "a.npy", source).astype(float) - picture(tmp_path / "b.npy", "", hide=["Cube"]))
    assert changed[:12].sum() > changed[12:].sum()


def test_hidden_objects_leave_the_picture(tmp_path):
    shown = picture(tmp_path / "a.npy", "")
    hidden = picture(tmp_path / "b.npy", "", hide=["Cube", "no such object"])
    assert np.abs(shown.astype(float) - hidden).max() > 2000


def test_another_camera_can_look_and_a_missing_one_is_named(tmp_path):
    source = "side = bpy.data.objects['Camera'].copy(); side.name = 'Side'; side.location.x = 2\n"
    source += "bpy.context.collection.objects.link(side)"
    active = picture(tmp_path / "a.npy", source)
    aside = picture(tmp_path / "b.npy", "", camera="Side")
    assert np.abs(aside.astype(float) - active).max() > 2000
    assert "'Nowhere'" in look(tmp_path / "c.npy", "", camera="Nowhere")["error"]
    assert "'Nowhere'" in evaluate({"parts": [""], "graph": True, "camera": "Nowhere"})["error"]


def test_the_graph_is_of_the_camera_that_looks():
    """Else far objects are brought to where the active camera would show them in the target's place."""
    source = "side = bpy.data.objects['Camera'].copy(); side.name = 'Side'\n"
    source += "bpy.context.collection.objects.link(side)"
    assert evaluate({"parts": [source], "graph": True})["graph"]["scene"]["camera"] == "Camera"
    assert evaluate({"parts": [""], "graph": True, "camera": "Side"})["graph"]["scene"]["camera"] == "Side"


def test_parts_run_in_order_and_a_failure_names_its_line_and_part():
    reply = evaluate({"parts": ["bpy.data.objects['Cube'].name = 'A'", "x = 1\nbpy.data.objects['Cube'].name = 'B'"]})
    assert (reply["line"], reply["part"]) == (2, 1)
    assert reply["error"].startswith("KeyError")
    assert evaluate({"parts": ["def f(:"]})["error"].startswith("SyntaxError")


def test_a_wrong_enum_item_is_answered_with_those_that_exist():
    reply = evaluate({"parts": ["bpy.data.objects['Light'].data.type = 'NO_SUCH_ITEM'"], "graph": True})
    assert "'POINT', 'SUN', 'SPOT', 'AREA'" in reply["error"]


def test_a_real_scene_is_fitted(tmp_path):
    """A lamp ten times too weak and a cube a third of the picture away from its place."""
    goal = "bpy.data.lights['Light'].energy = 1000\nbpy.data.objects['Cube'].location = (0.0, 0.5, 0)\n"
    start = "bpy.data.lights['Light'].energy = 100\nbpy.data.objects['Cube'].location = (-1.5, 2.0, 0)\n"
    target = picture(tmp_path / "goal.npy", goal, width_px=64, height_px=48, samples=16, seed=3) / np.float32(65535)
    problem = Problem(start, target, max_renders=60)
    found = run(fit(problem), lambda probe: answer(tmp_path / "probe.npy", start, probe))
    assert found.renders <= 60
    assert found.loss < 0.05 * found.start_loss
    end = picture(tmp_path / "end.npy", found.source, width_px=64, height_px=48, samples=16, seed=3)
    assert photometric_loss(end / np.float32(65535), target) < 0.05 * found.start_loss


def answer(path, source, probe):
    bpy.ops.wm.read_factory_settings()
    text = splice(source, dict(enumerate(probe.values)))
    assert len(find_literals(text)) == len(probe.values)
    if isinstance(probe, Inspect):
        reply = evaluate({"parts": [text], "graph": True})
        return Inspection(reply.get("graph"), reply["error"] or "")
    sizes = {"width_px": probe.width_px, "height_px": probe.height_px, "samples": min(probe.samples, 8)}
    reply = look(path, text, hide=list(probe.hide), **sizes)
    return None if reply["error"] else (np.load(path) / np.float32(65535)).astype(np.float32)
