"""Looking up Blender's interface: what is found first, how it reads, and how the cache behaves."""

import contextlib
import gzip
import json
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client

from tests.conftest import Viga
from viga_mcp.api_entries import read_steps
from viga_mcp.api_reference import FORMAT, PARTS, ApiReference
from viga_mcp.config import Config
from viga_mcp.server import build_server
from viga_mcp.worker import Death, State

pytestmark = pytest.mark.blender

BSDF = "ShaderNodeBsdfPrincipled"
GLARE = "CompositorNodeGlare"

# query: what must come first
FIRST = {
    "Object.location": "Object.location",
    "object.LOCATION": "Object.location",
    "bpy.types.Object.location": "Object.location",
    "bpy.ops.mesh.primitive_cube_add": "bpy.ops.mesh.primitive_cube_add",
    "bpy.ops.mesh.primitive_cube_add(size=2)": "bpy.ops.mesh.primitive_cube_add",
    "mesh.primitive_cube_add": "bpy.ops.mesh.primitive_cube_add",
    "primitive_cube_add": "bpy.ops.mesh.primitive_cube_add",
    "primitve_cube_ad": "bpy.ops.mesh.primitive_cube_add",
    BSDF: BSDF,
    "principled bsdf": BSDF,
    "ShaderNodeBsdfPrincipeld": BSDF,
    "Specular": f"{BSDF}.inputs['Specular IOR Level']",
    "bsdf.inputs['Specular']": f"{BSDF}.inputs['Specular IOR Level']",
    'material.node_tree.nodes["Principled BSDF"].inputs["Clearcoat"]': f"{BSDF}.inputs['Coat Weight']",
    "Specular IOR Level": f"{BSDF}.inputs['Specular IOR Level']",
    "principled roughness": f"{BSDF}.inputs['Roughness']",
    "emission strength": f"{BSDF}.inputs['Emission Strength']",
    "obj.data.energy": "AreaLight.energy",
    "lamp.data.use_shadow": "Light.use_shadow",
    "SpotLight.use_shadow": "Light.use_shadow",
    "scene.render.engine": "RenderSettings.engine",
    "bpy.context.scene.cycles.samples": "CyclesRenderSettings.samples",
    "bpy.data.objects['Cube'].modifiers['Bevel'].segments": "BevelModifier.segments",
    "scene.render.resolution_x = 512": "RenderSettings.resolution_x",
    "scene.eevee.use_ssr": "SceneEEVEE.use_raytracing",
    "use_ssr": "SceneEEVEE.use_raytracing",
    "scene.node_tree": "Scene.compositing_node_group",
    "Object.select": "Object.select_set",
    "o.draw_type": "Object.display_type",
    "CompositorNodeComposite": "NodeGroupOutput",
    "CompositorNodeMath": "ShaderNodeMath",
    "bpy.ops.import_scene.obj": "bpy.ops.wm.obj_import",
    "bpy.ops.object.lamp_add": "bpy.ops.object.light_add",
    "ShaderNodeTexMusgrave": "ShaderNodeTexNoise",
    "sequence_editor.sequences": "SequenceEditor.strips",
    "from_pydata": "Mesh.from_pydata",
    "keyframe_insert": "bpy_struct.keyframe_insert",
    "obj.keyframe_insert": "bpy_struct.keyframe_insert",
    "active_object": "Context.active_object",
    "bmesh.ops.bevel": "bmesh.ops.bevel",
    "bmesh create uv sphere": "bmesh.ops.create_uvsphere",
    "film transparent": "RenderSettings.film_transparent",
    "solidify thickness": "SolidifyModifier.thickness",
    "boolean solver": "BooleanModifier.solver",
    "join objects": "bpy.ops.object.join",
    "geometry nodes modifier": "NodesModifier",
    "focal length of the camera lens": "Camera.lens",
    "export gltf": "bpy.ops.export_scene.gltf",
    "GeometryNodeResampleCurve.inputs['Mode']": "GeometryNodeResampleCurve.inputs['Mode']",
    "scale": "Object.scale",
    "parent": "Object.parent",
}

# query: what must be among the first three
AMONG_THREE = {
    "shadow": "Light.use_shadow",
    "lokation": "Object.location",
    "Rougness": f"{BSDF}.inputs['Roughness']",
    "bevel": "bpy.ops.mesh.bevel",
    "smooth shading": "Mesh.shade_smooth",
    "noise texture": "ShaderNodeTexNoise",
    "depth of field": "Camera.dof",
    "sun angle": "SunLight.angle",
    "uv unwrap": "bpy.ops.uv.unwrap",
    "frame rate": "RenderSettings.fps",
    "world colour": "World.color",
    "glare type": f"{GLARE}.inputs['Type']",
    "Glare": GLARE,
    "subdivision levels": "SubsurfModifier.levels",
    "hdri environment texture": "ShaderNodeTexEnvironment",
    "track to constraint": "TrackToConstraint",
    "mix shader": "ShaderNodeMixShader",
    "high contrast look": "ColorManagedViewSettings.look",
    "SUBSURF": "SubsurfModifier",
    "glass": "ShaderNodeBsdfGlass",
    "how do i make glass": "ShaderNodeBsdfGlass",
    "rotate": "bpy.ops.transform.rotate",
    "bevl modifer": "BevelModifier",
}


async def paths(viga: Viga, query: str, limit: int = 10) -> list[str]:
    return [entry["path"] for entry in (await viga.facts("lookup_blender_api", query=query, limit=limit))["entries"]]


@pytest.mark.parametrize("query", FIRST)
async def test_what_the_query_means_comes_first(any_viga: Viga, query: str) -> None:
    found = await paths(any_viga, query)
    assert found[:1] == [FIRST[query]], found


@pytest.mark.parametrize("query", AMONG_THREE)
async def test_what_a_word_may_mean_is_among_the_first_three(any_viga: Viga, query: str) -> None:
    found = await paths(any_viga, query)
    assert AMONG_THREE[query] in found[:3], found


async def test_what_only_looks_like_a_query_is_told_as_such(any_viga: Viga) -> None:
    said = await any_viga.text("lookup_blender_api", query="lokation")
    assert "has nothing like 'lokation' but what looks like it:\nObject.location" in said
    assert "has nothing like 'qwxzzy flurb'" in await any_viga.text("lookup_blender_api", query="qwxzzy flurb")
    assert await paths(any_viga, "qwxzzy flurb") == []
    assert "nothing like" not in await any_viga.text("lookup_blender_api", query="bpy.data.objects['Mug'].locaton")


# query: what the text must say
SAYS = {
    "Object.location": ("float[3] metres, default (0, 0, 0)", "Location of the object"),
    "Object.rotation_euler": ("float[3] radians",),
    "RenderSettings.engine": ("'CYCLES'", "'BLENDER_WORKBENCH'", "default 'BLENDER_EEVEE'"),
    "BevelModifier.segments": ("int, 1 to",),
    "Material.diffuse_color": ("float[4] color",),
    "Object.type": ("read-only",),
    "Object.data": ("Object.data: ID",),
    "bpy.ops.mesh.primitive_cube_add": ("primitive_cube_add(size=2, ", "align: enum, default 'WORLD', one of 'WORLD', "),
    f"{BSDF}": ("inputs['Roughness']: float, 0 to 1, default 0.5", "inputs['Base Color']: color, ", ".distribution: enum"),
    "ShaderNodeMix": ("data_type='RGBA'", "identifier 'Factor_Float'", "(shader, geometry, compositor)"),
    "GeometryNodeResampleCurve": ("inputs['Mode']: menu, default 'Count', one of 'Evaluated', 'Count', 'Length'",),
    f"{GLARE}": ("'Fog Glow'", "(compositor)"),
    "Object.ray_cast": ("ray_cast(origin, direction, ", "-> result, location, normal, index"),
    "Scene": ("properties: ", "frame_current", "functions: ", "frame_set"),
    "GeometryNodeSwitch": ("inputs['False']: ", "input_type='BOOLEAN'", ".input_type: enum, default '"),
    "bmesh.ops.create_cube": ("(bmesh, size=",),
    "ColorManagedViewSettings.look": ("'AgX - High Contrast'", "these in the default scene"),
    "Specular": ("Changed: 'Specular' -> 'Specular IOR Level' (since 4.0, the old fails in ",),
    "scene.objects.link": ("Changed: link -> scene.collection.objects.link(object)",),
}  # fmt: skip


@pytest.mark.parametrize("query", SAYS)
async def test_the_text_says_what_is_needed_to_write_the_line(any_viga: Viga, query: str) -> None:
    text = await any_viga.text("lookup_blender_api", query=query, limit=3)
    for words in SAYS[query]:
        assert words in text, text


async def test_a_change_says_whether_it_concerns_this_blender(any_viga: Viga) -> None:
    facts = await any_viga.facts("lookup_blender_api", query="BLENDER_EEVEE_NEXT")
    rows = {row["id"]: row for row in facts["changes"]}
    assert (rows["R3"]["applies"], rows["R2"]["applies"]) == (True, False)
    assert (rows["R3"]["old"], rows["R3"]["new"]) == ("'BLENDER_EEVEE_NEXT'", "'BLENDER_EEVEE'")
    assert rows["R2"]["text"].endswith("(only from 4.2 to before 5.0).")
    facts = await any_viga.facts("lookup_blender_api", query="frame_final_start")
    is_new = facts["blender"] >= "5.1"
    assert facts["changes"][0]["applies"] is is_new
    assert ("in 5.0 the old is right" in facts["changes"][0]["text"]) is not is_new


async def test_a_nodes_defaults_are_those_of_a_new_node_and_not_rnas(any_viga: Viga) -> None:
    """RNA says GEOMETRY in every version; new Switch nodes have FLOAT since 5.1."""
    facts = await any_viga.facts("lookup_blender_api", query="GeometryNodeSwitch", limit=1)
    default = "FLOAT" if facts["blender"] >= "5.1" else "GEOMETRY"
    assert f".input_type: enum, default '{default}'" in facts["entries"][0]["text"]


async def test_a_word_alone_brings_no_rows_that_only_mention_it(any_viga: Viga) -> None:
    assert (await any_viga.facts("lookup_blender_api", query="Object"))["changes"] == []
    rows = (await any_viga.facts("lookup_blender_api", query="Object.to_mesh"))["changes"]
    assert [row["id"] for row in rows] == ["O13"]


async def test_no_match_says_so_and_names_what_is_nearest(any_viga: Viga) -> None:
    facts = await any_viga.facts("lookup_blender_api", query="qqzzvvkk")
    assert facts["entries"] == []
    text = await any_viga.text("lookup_blender_api", query="xsolidifyy xx")
    assert "SolidifyModifier" in text


@pytest.mark.parametrize("query", ["", "   ", "x" * 10_000])
async def test_a_query_that_is_none_is_refused_with_what_to_give(any_viga: Viga, query: str) -> None:
    error = await any_viga.error("lookup_blender_api", query=query)
    assert error.startswith("invalid_argument: ")
    assert "Look up one" in error or "Object.location" in error
    assert len(error) < 400


@pytest.mark.parametrize(
    "query", ["[[[", "a[", "'", "\0", "..", "()", "ü", "obj..x", "*", "[0]", "x" * 300, "a b " * 75]
)
async def test_odd_queries_are_answered(any_viga: Viga, query: str) -> None:
    await any_viga.facts("lookup_blender_api", query=query)


async def test_the_number_of_entries_is_the_callers(any_viga: Viga) -> None:
    assert len(await paths(any_viga, "color", limit=3)) == 3
    assert len(await paths(any_viga, "color", limit=50)) == 50


async def test_both_backends_look_up_and_no_scene_comes_of_it(viga: Viga) -> None:
    assert (await paths(viga, "Object.location"))[0] == "Object.location"
    assert not [file for file in viga.workspace.glob(".viga/blobs/*/*") if file.is_file()]


def test_an_expression_is_read_without_its_arguments() -> None:
    steps = read_steps("bpy.data.objects['Cube'].modifiers.new(name='a(b)', type='BEVEL').segments = 3  # three")
    assert [step.text for step in steps] == ["bpy.data", "objects", "Cube", "modifiers", "new", "segments"]


# The cache. A stand-in for the workers counts what Blender is asked.
ANSWERS: dict[str, Any] = {
    "types": {"Object": {"properties": {"location": {"type": "float", "size": [3]}}}},
    "operators": {"mesh.bevel": {"parameters": []}},
    "nodes": {"ShaderNodeMix": {"label": "Mix", "trees": ["ShaderNodeTree"]}},
    "bmesh": {"bevel": {"call": "(bmesh)"}},
}


class CountedWorkers:
    def __init__(self, dies_of: str = "") -> None:
        self.asked: list[str] = []
        self.dies_of = dies_of

    async def version(self) -> str:
        return "5.2.3 LTS"

    @contextlib.asynccontextmanager
    async def lease(self, _: State) -> AsyncGenerator["CountedWorkers"]:
        yield self

    async def call(self, _: str, request: dict[str, str], *, timeout_s: float) -> dict[str, Any]:
        self.asked.append(request["part"])
        if request["part"] == self.dies_of:
            raise Death("crash", "it died", None, "")
        return {"entries": ANSWERS[request["part"]]}


def reference(workers: CountedWorkers, folder: Path) -> ApiReference:
    return ApiReference(workers, folder)  # type: ignore[arg-type]  # a stand-in


async def find(workers: CountedWorkers, folder: Path) -> list[str]:
    index = await reference(workers, folder).index()
    return [entry.path for entry in index.search("bevel").entries]


def stored(folder: Path) -> Path:
    return folder / f"api-5.2.3_LTS-{FORMAT}.json.gz"


async def test_the_next_server_does_not_ask_blender_again(tmp_path: Path) -> None:
    first, second = CountedWorkers(), CountedWorkers()
    found = await find(first, tmp_path / "cache")
    assert found == await find(second, tmp_path / "cache") == ["bpy.ops.mesh.bevel", "bmesh.ops.bevel"]
    assert (first.asked, second.asked) == (list(PARTS), [])
    assert [file.name for file in (tmp_path / "cache").iterdir()] == [stored(tmp_path).name]


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"no gzip",
        gzip.compress(b"[]"),
        gzip.compress(b'{"types": 3}'),
        gzip.compress(b'{"types": {}}'),
        "cut",
        "bit",
    ],
)
async def test_a_broken_file_is_replaced(tmp_path: Path, damage: bytes | str) -> None:
    await find(CountedWorkers(), tmp_path)
    whole = stored(tmp_path).read_bytes()
    damages = {"cut": whole[: len(whole) // 2], "bit": whole[:60] + bytes([whole[60] ^ 8]) + whole[61:]}
    stored(tmp_path).write_bytes(damage if isinstance(damage, bytes) else damages[damage])
    workers = CountedWorkers()
    assert await find(workers, tmp_path) == ["bpy.ops.mesh.bevel", "bmesh.ops.bevel"]
    assert workers.asked == list(PARTS)
    assert json.loads(gzip.decompress(stored(tmp_path).read_bytes())) == ANSWERS


async def test_where_nothing_can_be_written_it_is_read_each_time(tmp_path: Path) -> None:
    folder = tmp_path / "file" / "cache"
    folder.parent.write_text("not a folder", encoding="utf-8")
    for _ in range(2):
        workers = CountedWorkers()
        assert await find(workers, folder) == ["bpy.ops.mesh.bevel", "bmesh.ops.bevel"]
        assert workers.asked == list(PARTS)


async def test_a_part_that_blender_dies_of_costs_only_itself_and_is_tried_again(tmp_path: Path) -> None:
    broken = reference(CountedWorkers(dies_of="operators"), tmp_path)
    assert [entry.path for entry in (await broken.index()).search("bevel").entries] == ["bmesh.ops.bevel"]
    assert broken.missing == ["operators"]
    assert not stored(tmp_path).exists()
    assert await find(CountedWorkers(), tmp_path) == ["bpy.ops.mesh.bevel", "bmesh.ops.bevel"]


async def test_calls_at_once_ask_blender_once(tmp_path: Path) -> None:
    workers = CountedWorkers()
    shared = reference(workers, tmp_path)
    async with anyio.create_task_group() as tasks:
        for _ in range(5):
            tasks.start_soon(shared.index)
    assert workers.asked == list(PARTS)


async def test_servers_at_once_leave_one_whole_file(tmp_path: Path) -> None:
    async with anyio.create_task_group() as tasks:
        for _ in range(8):
            tasks.start_soon(find, CountedWorkers(), tmp_path)
    assert json.loads(gzip.decompress(stored(tmp_path).read_bytes())) == ANSWERS
    assert [file.name for file in tmp_path.iterdir()] == [stored(tmp_path).name]


async def test_the_real_file_serves_a_server_whose_blender_need_not_answer(tmp_path: Path) -> None:
    async with Client(build_server(Config(tmp_path))) as client:
        await client.call_tool("lookup_blender_api", {"query": "Object.location"})
    files = list((tmp_path / ".viga" / "cache").iterdir())
    assert len(files) == 1
    assert files[0].stat().st_size < 1_000_000
    parts = json.loads(gzip.decompress(files[0].read_bytes()))
    assert set(parts) == set(PARTS)
    assert len(parts["operators"]) > 2000
    assert len(parts["nodes"]) > 400
