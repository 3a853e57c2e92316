"""Bad input gets a clear error that says what exists, and loses nothing."""

import base64
from typing import Any

import pytest

from tests.conftest import Viga
from viga_mcp.revisions import Store

pytestmark = pytest.mark.blender

# (tool, arguments, kind, words in the reply)
REFUSED: dict[str, tuple[str, dict[str, Any], str, tuple[str, ...]]] = {
    "missing file": ("open_scene", {"path": "scen.blend"}, "not_found", ("scen.blend", "scene.blend")),
    "broken file": (
        "open_scene",
        {"path": "broken.blend"},
        "invalid_argument",
        ("broken.blend", "Nothing was changed"),
    ),
    "folder": ("open_scene", {"path": "folder"}, "not_found", ("is a folder",)),
    "outside": ("open_scene", {"path": "../../etc/passwd"}, "forbidden", ("outside the workspace",)),
    "absolute outside": ("set_target", {"image": "/etc/hostname"}, "forbidden", ("outside the workspace",)),
    "link to outside": ("open_scene", {"path": "link.blend"}, "forbidden", ("outside the workspace",)),
    "no such revision": ("checkout_revision", {"revision": "r99"}, "not_found", ("r99", "head is r1")),
    "not a revision": ("checkout_revision", {"revision": "latest"}, "not_found", ("latest",)),
    "handle": ("get_scene_graph", {"scene": "no spaces"}, "invalid_argument", ("scene",)),
    **{
        f"misspelt scene for {tool}": (tool, {"scene": "mian", **more}, "not_found", ("No scene 'mian'", "'main'"))
        for tool, more in (
            ("get_scene_graph", {}),
            ("render_views", {}),
            ("list_revisions", {}),
            ("checkout_revision", {"revision": "r0"}),
            ("diff_revisions", {"a": "r0"}),
            ("check_scene", {}),
            ("get_motion", {}),
            ("bake_physics", {}),
            ("compare_with_target", {}),
            ("fit_parameters", {}),
            ("export_scene", {"format": "glb"}),
        )
    },
    "frame after the last": ("render_views", {"frames": [10**12]}, "invalid_argument", ("frames", "1048574")),
    "frame after Blender's last": ("render_views", {"frames": [99999999]}, "invalid_argument", ("frames", "1048574")),
    "empty program": ("execute_blender_code", {"code": "  \n"}, "invalid_argument", ("empty",)),
    "no program": ("execute_blender_code", {}, "invalid_argument", ("empty", "edits")),
    "code and edits": (
        "execute_blender_code",
        {"code": "n = 1", "edits": [{"old": "a", "new": "b"}]},
        "invalid_argument",
        ("Both",),
    ),
    "unknown argument": ("render_views", {"sample": 4}, "invalid_argument", ("'sample'", "quality", "size_px")),
    "unknown view": ("render_views", {"views": ["sideways"]}, "invalid_argument", ("sideways", "orbit:")),
    "malformed orbit": ("render_views", {"views": ["orbit:30"]}, "invalid_argument", ("orbit:45,30",)),
    "NaN view": ("render_views", {"views": ["orbit:nan,0"]}, "invalid_argument", ("finite",)),
    "view without direction": (
        "render_views",
        {"views": [{"location": [1, 1, 1], "look_at": [1, 1, 1]}]},
        "invalid_argument",
        ("same point",),
    ),
    "view in the program call": (
        "execute_blender_code",
        {"code": "n = 1", "views": ["nowhere"]},
        "invalid_argument",
        ("nowhere",),
    ),
    "unknown camera": ("render_views", {"views": ["camera:Kamera"]}, "not_found", ("Kamera", "Camera")),
    "unknown object to hide": ("render_views", {"hide": ["Kube"]}, "not_found", ("Kube", "'Cube'")),
    "size zero": ("render_views", {"size_px": 0}, "invalid_argument", ("size_px", "16")),
    "size as words": ("render_views", {"size_px": "big"}, "invalid_argument", ("size_px",)),
    "target is no picture": ("set_target", {"image": "broken.blend"}, "invalid_argument", ("not a picture",)),
    "target data is no picture": (
        "set_target",
        {"image": "data:image/png;base64," + base64.b64encode(b"hello").decode()},
        "invalid_argument",
        ("not a picture",),
    ),
    "target of several views": (
        "set_target",
        {"image": "dot.png", "view": "corners"},
        "invalid_argument",
        ("several",),
    ),
    "no target": ("compare_with_target", {"target": "goal"}, "not_found", ("goal", "set_target")),
    "fit without target": ("fit_parameters", {"target": "goal"}, "not_found", ("goal",)),
    "no such job": ("get_job", {"job_id": "j99"}, "not_found", ("j99",)),
    "unknown object": ("get_scene_graph", {"names": ["Kube"]}, "not_found", ("Kube", "Cube")),
    "negative timeout": (
        "execute_blender_code",
        {"code": "n = 1", "timeout_s": -1},
        "invalid_argument",
        ("timeout_s",),
    ),
    "memory of no such revision": (
        "memory_write",
        {"text": "a", "revision": "r99"},
        "not_found",
        ("r99", "head is r1"),
    ),
    "job before any": ("cancel_job", {"job_id": "j1"}, "not_found", ("none yet", "bake_physics")),
    "file elsewhere": ("set_target", {"image": "dott.png"}, "not_found", ("dot.png", "folder/deep/dot2.png")),
    "folder with folders": ("set_target", {"image": "folder"}, "not_found", ("deep/a00.txt", "and 3 more")),
    "empty memory": ("memory_write", {"text": " "}, "invalid_argument", ("empty",)),
    "unknown kind": ("memory_write", {"text": "a", "kind": "poem"}, "invalid_argument", ("kind", "decision")),
}


@pytest.fixture(scope="module")
async def furnished(any_viga: Viga) -> Viga:
    """A workspace with good and bad files, and scene `main` at r1."""
    space = any_viga.workspace
    (space / "broken.blend").write_bytes(b"BLENDER-v500 but not really")
    (space / "scene.blend").write_bytes(b"")
    (space / "folder" / "deep").mkdir(parents=True)
    for name in ("dot2.png", *(f"a{number:02}.txt" for number in range(12))):
        (space / "folder" / "deep" / name).touch()
    (space / "link.blend").symlink_to("/etc/hostname")
    dot = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC"
    (space / "dot.png").write_bytes(base64.b64decode(dot))
    await any_viga.facts("open_scene", template="default")
    await any_viga.text("execute_blender_code", code="import bpy\nbpy.data.objects['Cube'].location.x = 1")
    return any_viga


@pytest.mark.parametrize("case", REFUSED)
async def test_bad_input_is_refused_with_what_exists_and_changes_nothing(furnished: Viga, case: str) -> None:
    tool, arguments, kind, words = REFUSED[case]
    before = await furnished.values("main")
    said = await furnished.error(tool, **arguments)
    assert said.startswith(f"{kind}: "), said
    assert [word for word in words if word not in said] == [], said
    assert await furnished.head("main") == "r1"
    assert await furnished.values("main") == before
    with Store.open(furnished.workspace) as store:
        assert [scene.handle for scene in store.scenes()] == ["main"]


async def test_an_unknown_tool_names_the_known_ones(furnished: Viga) -> None:
    said = await furnished.error("render_view")
    assert "'render_views'" in said
    assert "'execute_blender_code'" in said


async def test_a_picture_that_fails_does_not_undo_the_run(furnished: Viga, scene: str) -> None:
    text = await furnished.text("execute_blender_code", scene=scene, code="n = 1", views=["camera"])
    assert "no active camera" in text
    assert await furnished.head(scene) == "r1"
