"""What a check says of a view: each fault of camera or place that is put into a clean room, and nothing else."""

import pytest

from tests.conftest import Viga
from tests.room import ROOM

pytestmark = pytest.mark.blender

FAULTS: dict[str, tuple[str, dict[str, set[str]]]] = {
    "looks away": ("camera.rotation_euler.z = pi", {"nothing_seen": {"Cup", "Wall", "Table top"}}),
    "thing beside the frame": ("ball('Lost', (6, -4, 0), 0.2)", {"off_frame": {"Lost"}}),
    "thing behind the camera": ("ball('Lost', (0, -13, 1), 0.2)", {"off_frame": {"Lost"}}),
    "thing at the edge": ("ball('Edge', (2.93, -4, 1.5), 0.3)", {"cut_off": {"Edge"}}),
    "thing behind another": ("ball('Stray', (0, 5, 1), 0.2)", {"hidden": {"Stray"}}),
    "two things behind others": (
        "ball('Stray', (0, 5, 1), 0.2); ball('Second', (2.2, 2.5, 0.2), 0.1)",
        {"hidden": {"Stray", "Second"}},
    ),
    "far away": ("camera.location.y = -150; camera.data.clip_end = 500", {"small": {"Wall"}}),
    "aimed beside": ("camera.data.shift_x, camera.data.lens = 0.3, 10", {"off_centre": {"Wall"}}),
    "rolled": ("camera.rotation_euler = (pi / 2, 0.12, 0); camera.data.lens = 30", {"tilted": set()}),
    "near plane in the room": ("camera.data.clip_start = 10", {"clipped": {"Table top", "Rug"}}),
    "far plane in the room": ("camera.data.clip_end = 13", {"clipped": {"Ceiling", "Floor"}}),
}


async def found_in(viga: Viga, scene: str, code: str, **arguments: object) -> dict[str, set[str]]:
    await viga.result("execute_blender_code", scene=scene, code=ROOM + code)
    facts = await viga.facts("check_scene", scene=scene, **arguments)
    return {one["kind"]: set(one["objects"]) for one in facts["findings"] if one["section"] == "view"}


async def test_the_clean_room_is_well_framed(any_viga: Viga, scene: str) -> None:
    assert await found_in(any_viga, scene, "") == {}


@pytest.mark.parametrize("fault", FAULTS)
async def test_each_fault_of_a_view_is_told_with_its_objects_and_nothing_else(
    any_viga: Viga, scene: str, fault: str
) -> None:
    code, expected = FAULTS[fault]
    found = await found_in(any_viga, scene, code)
    assert found.keys() == expected.keys()
    for kind, objects in expected.items():
        assert objects <= found[kind]
        if kind in ("off_frame", "cut_off", "hidden"):
            assert objects == found[kind]


async def test_what_is_within_another_is_not_called_hidden(any_viga: Viga, scene: str) -> None:
    assert await found_in(any_viga, scene, "ball('Filament', (0, 0, 1.7), 0.05)") == {}


async def test_another_view_and_none_can_be_checked(any_viga: Viga, scene: str) -> None:
    assert await found_in(any_viga, scene, "camera.rotation_euler.z = pi", view="orbit:0,10") == {}
    assert await found_in(any_viga, scene, "camera.rotation_euler.z = pi", view=None) == {}


async def test_a_scene_without_camera_is_checked_but_for_its_view(any_viga: Viga, scene: str) -> None:
    await any_viga.text("execute_blender_code", scene=scene, code=ROOM + "scene.camera = None")
    text = await any_viga.text("check_scene", scene=scene)
    assert "Not looked at: the view 'camera', for the scene has no active camera." in text


async def test_several_views_at_once_are_refused(any_viga: Viga, scene: str) -> None:
    await any_viga.facts("open_scene", scene=scene)
    assert "several views" in await any_viga.error("check_scene", scene=scene, view="corners")
