"""A summary of a scene with a thousand of everything is short, and says how to get the rest."""

import json
import re

import pytest

from tests.conftest import Viga, text_of

MOST_TOKENS = 2000
CROWD = """\
import bpy
data = bpy.data
def named(kind, n):
    return {naming}
def put(kind, n, value):
    thing = data.objects.new(named(kind, n), value)
    groups[n % 30].objects.link(thing)
    thing.location = (n % 40 * 1.2345, n // 40 * 1.9876, n % 7 * 0.777)
    return thing
groups = [data.collections.new(named("Group", n)) for n in range(30)]
for group in groups:
    bpy.context.scene.collection.children.link(group)
materials = [data.materials.new(named("Paint", n)) for n in range({materials})]
for n in range({meshes}):
    mesh = data.meshes.new(named("Chair", n))
    mesh.from_pydata([(0, 0, 0), (1, 0, 0), (0, 1, 0)], [], [(0, 1, 2)])
    mesh.materials.append(materials[n % {materials}])
    thing = put("Chair", n, mesh)
    if n < 100:
        thing.keyframe_insert("location", frame=1)
for n in range({lights}):
    lamp = data.lights.new(named("Lamp", n), ("POINT", "SUN", "AREA", "SPOT")[n % 4])
    lamp.energy = 123.456 + n
    put("Lamp", n, lamp)
for n in range({cameras}):
    bpy.context.scene.camera = put("Eye", n, data.cameras.new(named("Eye", n)))
"""
SHORT = 'f"{kind} {n}"'
WORDS = 'f"{kind}_{n:04d}_of_the_large_dining_room_beside_the_northern_window"[:60].ljust(60, "x")'
DIGITS = '(f"{kind}_{n:04d}" + "".join(f"_{(n * 7919 + i * 104729) % 99991:05d}" for i in range(12)))[:60]'


def tokens_at_most(text: str) -> int:
    """An upper estimate that needs no tokenizer: a token for four letters, three digits, a space before them, each sign and line.

    Held against four tokenizers (cl100k, o200k, Claude 2's, DeepSeek's) it gave more than each of them for these texts.
    """
    return len(re.findall(r"[^\W\d_]{1,4}|\d{1,3}|[^\w\s]|_|\n| (?=\d)", text))


@pytest.mark.blender
@pytest.mark.parametrize("naming", [SHORT, WORDS, DIGITS], ids=["short", "words", "digits"])
@pytest.mark.parametrize(
    ("meshes", "materials", "lights", "cameras"), [(998, 120, 1, 1), (750, 1000, 200, 50)], ids=["things", "all"]
)
async def test_a_thousand_objects_are_summed_up_within_two_thousand_tokens_of_text_and_structure_together(
    any_viga: Viga, scene: str, naming: str, meshes: int, materials: int, lights: int, cameras: int
) -> None:
    code = CROWD.format(naming=naming, meshes=meshes, materials=materials, lights=lights, cameras=cameras)
    await any_viga.facts("open_scene", scene=scene)
    await any_viga.text("execute_blender_code", scene=scene, code=code)
    result = await any_viga.result("get_scene_graph", scene=scene, detail="summary")
    text = text_of(result)
    assert (
        tokens_at_most(text) + tokens_at_most(json.dumps(result.structured_content, ensure_ascii=False)) < MOST_TOKENS
    )
    assert f"{meshes + lights + cameras} objects" in text
    assert f"{materials} materials" in text
    for kind in ("Chair", "Paint", "Lamp", "Eye", "Group"):  # a name of each, whole
        assert re.search(rf"\b{kind}[_ ]", text), kind
    for way in ('detail="objects"', "under", "names", "cursor", '"full"'):
        assert way in text


@pytest.mark.blender
async def test_the_ways_that_a_summary_names_lead_to_the_rest(any_viga: Viga, scene: str) -> None:
    code = CROWD.format(naming=SHORT, meshes=150, materials=3, lights=2, cameras=1)
    await any_viga.facts("open_scene", scene=scene)
    await any_viga.text("execute_blender_code", scene=scene, code=code)
    first = await any_viga.facts("get_scene_graph", scene=scene, detail="objects")
    rest = await any_viga.facts("get_scene_graph", scene=scene, detail="objects", cursor=first["next_cursor"])
    names = [row["name"] for page in (first, rest) for row in page["objects"]]
    assert len(names) == len(set(names)) == first["total"] == 153
    assert rest["next_cursor"] is None
    under = await any_viga.facts("get_scene_graph", scene=scene, under="Group 7")
    assert {row["name"] for row in under["objects"]} == {f"Chair {n}" for n in range(7, 150, 30)}
    lamps = await any_viga.facts("get_scene_graph", scene=scene, names=["Lamp*"])
    assert [row["name"] for row in lamps["objects"]] == ["Lamp 0", "Lamp 1"]
