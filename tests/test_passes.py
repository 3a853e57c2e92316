"""Exact passes of real scenes, against slower ways to the same numbers."""

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests import crowd
from tests.conftest import BACKENDS, Viga, images_of, text_of
from viga_mcp.config import Config
from viga_mcp.looks import Look
from viga_mcp.passes import ViewPasses, resolved
from viga_mcp.revisions import Store
from viga_mcp.scenes import Scenes
from viga_mcp.views import parse_view
from viga_mcp.workers import Workers

pytestmark = pytest.mark.blender

CAMERA = crowd.seen(128)
CROWD = crowd.HEADS + CAMERA
INSTANCES = (
    """\
import bpy, math
bpy.ops.mesh.primitive_uv_sphere_add(radius=0.8)
ball = bpy.context.object
ball.name, ball.location = "Ball", (0, 0, 3)
kept = bpy.data.collections.new("Kept")
inner = bpy.data.objects.new("Inner", ball.data)
kept.objects.link(inner)
for n in range(2):
    maker = bpy.data.objects.new(f"Maker {n}", None)
    maker.instance_type, maker.instance_collection = "COLLECTION", kept
    maker.location.x = 4 * n - 2
    bpy.context.collection.objects.link(maker)
bpy.ops.mesh.primitive_plane_add(size=4, location=(0, 0, -3))
field = bpy.context.object
field.name = "Field"
tree = bpy.data.node_groups.new("Scatter", "GeometryNodeTree")
for way in ("INPUT", "OUTPUT"):
    tree.interface.new_socket("Geometry", in_out=way, socket_type="NodeSocketGeometry")
begin, end, points, thing = (
    tree.nodes.new(kind) for kind in
    ("NodeGroupInput", "NodeGroupOutput", "GeometryNodeInstanceOnPoints", "GeometryNodeObjectInfo")
)
thing.inputs["Object"].default_value = ball
thing.inputs["As Instance"].default_value = True
points.inputs["Scale"].default_value = (0.5, 0.5, 0.5)
for source, target in (
    (begin.outputs[0], points.inputs["Points"]), (thing.outputs["Geometry"], points.inputs["Instance"]),
    (points.outputs[0], end.inputs[0]),
):
    tree.links.new(source, target)
field.modifiers.new("Scatter", "NODES").node_group = tree
"""
    + CAMERA
)


@pytest.fixture(scope="module", params=BACKENDS)
async def scenes(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Scenes]:
    config = Config(tmp_path_factory.mktemp("workspace"), backend=request.param)
    with Store.open(config.workspace) as store:
        async with Workers(config) as workers:
            yield Scenes(store, workers)


async def passes(scenes: Scenes, scene: str, **look: Any) -> ViewPasses:
    """The passes of the scene's camera, with silhouettes."""
    wanted = Look([parse_view("camera")], Path(), size_px=128, **look)
    (seen,) = await scenes.passes(await scenes.head(scene), wanted, with_silhouettes=True)
    return seen


async def made(scenes: Scenes, scene: str, code: str) -> ViewPasses:
    """The passes of what a program makes."""
    await scenes.run(scene, code=code, mode="program", timeout_s=60)
    return await passes(scenes, scene)


def pixels_of(seen: ViewPasses, name: str) -> NDArray[np.bool_]:
    return seen.mask(seen.names.index(name) + 1)


def silhouette(seen: ViewPasses, name: str) -> NDArray[np.bool_]:
    """Within the picture, (H, W)."""
    assert seen.silhouettes is not None
    index = seen.names.index(name)
    x0, y0, x1, y1 = seen.silhouettes.boxes[index].tolist()
    height, width = seen.ids.shape
    whole = np.zeros((3 * height, 3 * width), bool)
    whole[height + y0 : height + y1, width + x0 : width + x1] = seen.silhouettes.mask(index)
    return whole[height : 2 * height, width : 2 * width]


async def test_masks_of_200_overlapping_objects_equal_those_of_each_object_rendered_alone(
    scenes: Scenes, scene: str
) -> None:
    seen = await made(scenes, scene, CROWD)
    nearest = np.full(seen.ids.shape, np.inf)
    ids = np.zeros(seen.ids.shape, int)
    for name in (name for name in seen.names if name.startswith("Part")):
        alone = await passes(scenes, scene, only=[name])
        # pixels whose centres lie on an edge may fall to either side
        assert ((alone.ids > 0) != silhouette(seen, name)).sum() <= 2, name
        closer = alone.depth_m < nearest
        nearest[closer], ids[closer] = alone.depth_m[closer], seen.names.index(name) + 1
    assert np.array_equal(seen.ids, ids)
    assert seen.depth_m == pytest.approx(nearest, rel=1e-4)


async def test_passes_are_equal_bit_by_bit_between_runs(scenes: Scenes, scene: str) -> None:
    first, second = await made(scenes, scene, CROWD), await passes(scenes, scene)
    for one, other in ((first.ids, second.ids), (first.depth_m, second.depth_m), (first.normal, second.normal)):
        assert np.array_equal(one, other)
    assert len(np.unique(first.ids)) > 100


async def test_an_instance_counts_for_the_object_that_makes_it(scenes: Scenes, scene: str) -> None:
    seen = await made(scenes, scene, INSTANCES)
    ball, left, right, field = (pixels_of(seen, name) for name in ("Ball", "Maker 0", "Maker 1", "Field"))
    assert left.sum() == right.sum() > 200
    assert np.array_equal(left, right[:, ::-1])
    rows = np.arange(128)[:, None]
    assert ball.any()
    assert field.any()
    assert (rows * ball).max() < 40
    assert (rows * field).max() > 80
    for name, mask in (("Ball", ball), ("Maker 0", left), ("Field", field)):
        assert np.array_equal(mask, silhouette(seen, name)), name


async def test_depth_is_in_metres_along_the_view_and_normals_are_the_worlds(scenes: Scenes, scene: str) -> None:
    code = (
        """\
import bpy, math
bpy.ops.mesh.primitive_cube_add(size=2, location=(0, 1, 0))
bpy.ops.mesh.primitive_plane_add(size=200, location=(0, 50, 0), rotation=(math.pi / 2, 0, 0))
"""
        + CAMERA
    )
    seen = await made(scenes, scene, code)
    cube, wall = pixels_of(seen, "Cube"), pixels_of(seen, "Plane")
    assert (cube | wall).all()
    assert seen.depth_m[cube] == pytest.approx(16, abs=1e-4)
    assert seen.depth_m[wall] == pytest.approx(66, abs=1e-3)  # in the corners, too: not the distance from the eye
    assert seen.normal[cube] == pytest.approx(np.array([[0, -1, 0]] * int(cube.sum())), abs=1e-5)


async def test_a_hole_of_a_cut_out_material_shows_what_is_behind_it(scenes: Scenes, scene: str) -> None:
    code = (
        """\
import bpy, math
bpy.ops.mesh.primitive_plane_add(size=4, location=(0, 2, 0), rotation=(math.pi / 2, 0, 0))
bpy.context.object.name = "Behind"
bpy.ops.mesh.primitive_plane_add(size=4, rotation=(math.pi / 2, 0, 0))
leaf = bpy.context.object
leaf.name = "Leaf"
leaf.data.materials.append(bpy.data.materials.new("Leaf"))
if not leaf.active_material.node_tree:
    leaf.active_material.use_nodes = True
leaf.active_material.node_tree.nodes["Principled BSDF"].inputs["Alpha"].default_value = ALPHA
"""
        + CAMERA
    )
    for alpha, front in ((0.2, False), (0.8, True)):
        seen = await made(scenes, scene, code.replace("ALPHA", str(alpha)))
        assert pixels_of(seen, "Leaf").any() == front
        assert seen.names[seen.ids[64, 64] - 1] == ("Leaf" if front else "Behind")


async def test_what_a_render_hides_is_in_no_mask_and_what_the_viewport_hides_is(scenes: Scenes, scene: str) -> None:
    code = (
        """\
import bpy, math
for x, name in ((-3, "Unrendered"), (0, "Plain"), (3, "Render only")):
    bpy.ops.mesh.primitive_cube_add(size=2, location=(x, 0, 0))
    bpy.context.object.name = name
bpy.data.objects["Unrendered"].hide_render = True
bpy.data.objects["Render only"].hide_viewport = True
"""
        + CAMERA
    )
    seen = await made(scenes, scene, code)
    ids: list[int] = np.unique(seen.ids[seen.ids > 0]).tolist()
    assert {seen.names[id - 1] for id in ids} == {"Plain", "Render only"}
    assert np.array_equal(pixels_of(seen, "Render only"), silhouette(seen, "Render only"))
    assert not silhouette(seen, "Unrendered").any()


async def test_passes_come_as_pictures_and_as_numbers(viga: Viga, scene: str) -> None:
    await viga.facts("open_scene", scene=scene, template="default")
    result = await viga.result(
        "render_views", scene=scene, views=["camera", "top"], size_px=64, passes=["depth", "color", "object_id", "wire"]
    )
    assert len(images_of(result)) == 8
    text = text_of(result)
    for number, name in enumerate(("camera depth", "camera", "camera object_id", "camera wire", "top depth"), 1):
        assert f"\n{number}. {name}, 64 x 36: " in text
    assert "1 of 3 objects seen: 1 'Cube' " in text
    meta = (result.meta or {})["viga/render"]
    values = {Path(picture).name: np.load(path) for picture, path in meta["data"].items()}
    ids, depth = values["r0-object_id-64x36-camera.png"], values["r0-depth-64x36-camera.png"]
    assert f"1 'Cube' {int((ids == 1).sum())} px; 0 background {int((ids == 0).sum())} px" in text
    assert [named for path, named in meta["object_ids"].items() if path.endswith("-camera.png")] == [{"1": "Cube"}]
    assert np.isinf(depth[ids == 0]).all()
    assert f"{depth[ids == 1].min():.4g} m (white)" in text


async def test_a_strip_shows_a_view_through_time(viga: Viga, scene: str) -> None:
    code = """\
import bpy
cube = bpy.data.objects["Cube"]
for frame, x in ((1, -2), (3, 2)):
    cube.location.x = x
    cube.keyframe_insert("location", frame=frame)
"""
    await viga.facts("open_scene", scene=scene, template="default")
    await viga.text("execute_blender_code", scene=scene, code=code)
    result = await viga.result(
        "render_views", scene=scene, frames=[1, 2, 3], passes=["object_id"], size_px=64, layout="sheet"
    )
    assert len(images_of(result)) == 1
    meta = (result.meta or {})["viga/render"]
    columns = [np.nonzero(np.load(meta["data"][picture]))[1].mean() for picture in meta["pictures"]]
    assert columns == sorted(columns)
    assert columns[2] - columns[0] > 10


def test_a_shared_index_is_resolved_by_the_second_render_where_it_agrees() -> None:
    ids = np.array([[0, 1, 9, 9, 9]], np.uint16)
    owners = np.array([[0, 1, 4, 5, 2]], np.uint16)
    assert resolved(ids, [(9, [4, 5])], owners).tolist() == [[0, 1, 4, 5, 4]]


async def test_objects_of_excluded_collections_are_in_no_mask_and_no_trouble(scenes: Scenes, scene: str) -> None:
    code = (
        """\
import bpy, math
bpy.ops.mesh.primitive_cube_add(size=2)
bpy.ops.mesh.primitive_cube_add(size=2, location=(3, 0, 0))
away = bpy.context.object
away.name = "Away"
apart = bpy.data.collections.new("Apart")
bpy.context.scene.collection.children.link(apart)
apart.objects.link(away)
bpy.context.collection.objects.unlink(away)
bpy.context.view_layer.layer_collection.children["Apart"].exclude = True
"""
        + CAMERA
    )
    seen = await made(scenes, scene, code)
    ids: list[int] = np.unique(seen.ids[seen.ids > 0]).tolist()
    assert {seen.names[id - 1] for id in ids} == {"Cube"}
