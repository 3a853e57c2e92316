"""Fitting through the tools, in real Blender: numbers found, nothing else touched, jobs that wait, stop and go on."""

import ast
import time
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Viga
from tests.test_server import Stdio
from viga_mcp.revisions import Store

pytestmark = [pytest.mark.blender, pytest.mark.timeout(300)]

PROGRAM = """\
import bpy

# a ball and a lamp on a floor
bpy.ops.mesh.primitive_plane_add(size=20)
bpy.ops.mesh.primitive_uv_sphere_add(location=(X, 0.0, 1.0))  # the ball
lamp = bpy.data.objects.new("Lamp", bpy.data.lights.new("Lamp", "POINT"))
lamp.location = (2.0, -3.0, 4.0)
lamp.data.energy = ENERGY
camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
camera.location, camera.rotation_euler = (0.0, -9.0, 3.0), (1.35, 0.0, 0.0)
for thing in (lamp, camera):
    bpy.context.collection.objects.link(thing)
bpy.context.scene.camera = camera
bpy.context.scene.render.resolution_x = bpy.context.scene.render.resolution_y = 96
"""
GOAL = PROGRAM.replace("X", "0.8").replace("ENERGY", "600")
START = PROGRAM.replace("X", "0.0").replace("ENERGY", "150")


@pytest.fixture(scope="module")
async def goal(any_viga: Viga) -> Viga:
    """A workspace with the goal's picture."""
    await any_viga.text("execute_blender_code", scene="goal", code=GOAL)
    meta = await any_viga.meta("render_views", scene="goal", quality="draft", size_px=96)
    (any_viga.workspace / "goal.png").write_bytes(Path(meta["pictures"][0]).read_bytes())
    return any_viga


async def started(viga: Viga, scene: str) -> None:
    await viga.text("execute_blender_code", scene=scene, code=START, mode="program")
    await viga.facts("set_target", scene=scene, image="goal.png")


def shape(code: str) -> str:
    """A program's structure, its numbers left out."""
    tree = ast.parse(code)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
            node.value = 0
    return ast.dump(tree)


async def test_wrong_numbers_are_found_and_only_numbers_change(goal: Viga, scene: str) -> None:
    await started(goal, scene)
    facts = await goal.facts("fit_parameters", scene=scene, max_renders=80, wait_s=200)
    assert facts["status"] == "done"
    assert facts["loss_after"] < 0.1 * facts["loss_before"]
    assert facts["renders"] <= 80
    program = await goal.read(f"viga://scenes/{scene}/{facts['revision']}/program.py")
    assert shape(program) == shape(START)
    assert "# the ball" in program
    values = await goal.values(scene)
    assert values["objects"]["Sphere"]["location"][0] == pytest.approx(0.8, abs=0.1)
    assert values["objects"]["Lamp"]["light"]["energy"] == pytest.approx(600, rel=0.15)


async def test_only_the_named_numbers_may_change(goal: Viga, scene: str) -> None:
    await started(goal, scene)
    facts = await goal.facts("fit_parameters", scene=scene, parameters=["lamp.data.energy"], max_renders=30, wait_s=200)
    assert {change["line"] for change in facts["changes"]} <= {8}


async def test_a_scene_without_a_program_is_fitted_by_data_path(goal: Viga, scene: str) -> None:
    await goal.text("execute_blender_code", scene="bare", code=START)
    blob: Any = await goal.client.read_resource("viga://scenes/bare/head/scene.blend")
    import base64

    (goal.workspace / "bare.blend").write_bytes(base64.b64decode(blob.contents[0].blob))
    await goal.facts("open_scene", scene=scene, path="bare.blend")
    await goal.facts("set_target", scene=scene, image="goal.png")
    refused = await goal.error("fit_parameters", scene=scene)
    assert "no number to fit" in refused
    assert "data path" in refused
    paths = ['objects["Lamp"].data.energy', 'objects["Sphere"].location']
    facts = await goal.facts("fit_parameters", scene=scene, parameters=paths, max_renders=60, wait_s=200)
    assert facts["loss_after"] < 0.2 * facts["loss_before"]
    program = await goal.read(f"viga://scenes/{scene}/head/program.py")
    assert 'bpy.data.objects["Lamp"].data.energy = ' in program


async def test_a_name_that_is_not_there_lists_those_that_are(goal: Viga, scene: str) -> None:
    await started(goal, scene)
    said = await goal.error("fit_parameters", scene=scene, parameters=["lamp.energie"], wait_s=60)
    assert said.startswith("invalid_argument: ")
    assert "lamp.data.energy" in said


async def test_a_fit_of_nothing_and_one_that_can_afford_nothing_are_refused(goal: Viga, scene: str) -> None:
    await started(goal, scene)
    said = await goal.error("fit_parameters", scene=scene, parameters=[], wait_s=60)
    assert said.startswith("invalid_argument: ")
    assert "lamp.data.energy" in said
    said = await goal.error("fit_parameters", scene=scene, max_renders=2, wait_s=60)
    assert said.startswith("invalid_argument: ")
    assert "5" in said
    assert await goal.head(scene) == "r1"


async def test_a_fit_that_is_refused_leaves_no_files(goal: Viga, scene: str) -> None:
    await started(goal, scene)
    before = set((goal.workspace / ".viga" / "fits").glob("*"))
    await goal.error("fit_parameters", scene=scene, parameters=["lamp.energie"], wait_s=60)
    assert set((goal.workspace / ".viga" / "fits").glob("*")) == before


async def test_a_target_that_no_camera_shows_is_refused(goal: Viga, scene: str) -> None:
    await started(goal, scene)
    await goal.facts("set_target", scene=scene, image="goal.png", view="front", name="side")
    said = await goal.error("fit_parameters", scene=scene, target="side", wait_s=60)
    assert said.startswith("invalid_argument: ")
    assert "camera:NAME" in said
    assert await goal.head(scene) == "r1"


async def test_a_target_is_fitted_through_its_own_camera(goal: Viga, scene: str) -> None:
    """From the side the ball is at the picture's edge; the active camera looks along the way it has to go."""
    aside = "side = bpy.data.objects.new('Side', camera.data)\nbpy.context.collection.objects.link(side)\n"
    aside += "side.location, side.rotation_euler = (12.0, 0.0, 2.0), (1.45, 0.0, 1.5708)\n"
    right = "ASIDE = 1.5\n" + GOAL.replace("(0.8, 0.0, 1.0)", "(0.8, ASIDE, 1.0)") + aside
    await goal.text("execute_blender_code", scene="aside", code=right, mode="program")
    meta = await goal.meta("render_views", scene="aside", views=["camera:Side"], quality="draft", size_px=96)
    (goal.workspace / "aside.png").write_bytes(Path(meta["pictures"][0]).read_bytes())
    wrong = right.replace("ASIDE = 1.5", "ASIDE = -2.5")
    await goal.text("execute_blender_code", scene=scene, code=wrong, mode="program")
    await goal.facts("set_target", scene=scene, image="aside.png", view="camera:Side")
    facts = await goal.facts("fit_parameters", scene=scene, parameters=["ASIDE"], max_renders=25, wait_s=200)
    assert facts["loss_after"] < 0.05 * facts["loss_before"]
    assert (await goal.values(scene))["objects"]["Sphere"]["location"][1] == pytest.approx(1.5, abs=0.1)


async def test_a_job_is_waited_for_and_cancelled(goal: Viga, scene: str) -> None:
    await started(goal, scene)
    facts = await goal.facts("fit_parameters", scene=scene, max_renders=400, wait_s=0)
    assert (facts["status"], facts["revision"]) == ("running", None)
    left = goal.workspace / ".viga" / "fits" / facts["job_id"]
    while not left.exists():
        await goal.facts("get_job", job_id=facts["job_id"], wait_s=0.1)
    state = await goal.facts("cancel_job", job_id=facts["job_id"])
    assert state["status"] == "cancelled"
    assert (await goal.facts("get_job", job_id=facts["job_id"], wait_s=0))["status"] == "cancelled"
    assert await goal.head(scene) == "r1"
    await goal.error("fit_parameters", scene=scene, parameters=["lamp.energie"], wait_s=60)  # the next one tidies up
    assert not left.exists()


def test_a_fit_goes_on_in_another_server_after_a_kill(tmp_path: Path) -> None:
    first = Stdio(tmp_path)
    first.initialize()
    first.call("execute_blender_code", scene="goal", code=GOAL)
    first.call("render_views", scene="goal", quality="draft", size_px=96)
    picture = next((tmp_path / "renders" / "goal").glob("*.png"))
    first.call("execute_blender_code", code=START, mode="program")
    first.call("set_target", image=str(picture))
    job = first.call("fit_parameters", max_renders=60, wait_s=0).split()[0]
    taken = tmp_path / ".viga" / "fits" / job
    deadline = time.monotonic() + 120
    while len(list(taken.glob("*.npz"))) < 10:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    first.close()
    before = {file: file.stat().st_mtime_ns for file in taken.glob("*.npz")}

    second = Stdio(tmp_path)
    try:
        second.initialize()
        with Store.open(tmp_path) as store:
            assert store.job(job).interrupted
        second.call("get_job", job_id=job, wait_s=0)
        assert {file: file.stat().st_mtime_ns for file in before if file.exists()} == before
        assert " is done. r2: loss " in second.call("get_job", job_id=job, wait_s=200)
        assert not taken.exists()
    finally:
        second.close()
