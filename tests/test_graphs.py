import copy
from typing import Any

import pytest

from viga_mcp import graphs
from viga_mcp.errors import VigaError

Graph = dict[str, Any]


def thing(kind: str = "MESH", x: float = 0.0, *, half: float = 1.0, **more: Any) -> dict[str, Any]:
    return {
        "type": kind,
        "parent": None,
        "location": [x, 0.0, 0.0],
        "matrix_world": [1.0, 0, 0, x, 0, 1.0, 0, 0, 0, 0, 1.0, 0, 0, 0, 0, 1.0],
        "bounds": [[x - half, -half, -half], [x + half, half, half]] if kind == "MESH" else None,
        "dimensions": [2 * half] * 3,
        "visible": True,
        **more,
    }


def scene(objects: dict[str, dict[str, Any]], **collections: list[str]) -> Graph:
    return {
        "scene": {
            "name": "Scene", "engine": "CYCLES", "samples": 64, "camera": "Camera" if "Camera" in objects else None,
            "resolution": [640, 480], "view_transform": "AgX", "frame": 1, "frame_range": [1, 250],
        },
        "world": {"name": "Sky", "color": [0.5, 0.5, 0.5], "strength": 1.0, "nodes": {}},
        "objects": objects,
        "materials": {"Red": {"users": 1, "nodes": {}}, "Blue": {"users": 1, "nodes": {}}},
        "collections": {
            "Scene Collection": {"objects": [], "children": list(collections), "hide_render": False},
            **{name: {"objects": names, "children": [], "hide_render": False} for name, names in collections.items()},
        },
        "counts": {"triangles": 12 * len(objects), "materials": 2},
    }  # fmt: skip


@pytest.fixture
def room() -> Graph:
    objects = {
        "Camera": thing("CAMERA", -5.0, camera={"fov_deg": 50.0, "projection": "PERSP"}),
        "Lamp": thing("LIGHT", light={"kind": "POINT", "energy": 750.0}),
        "Table": thing(half=2.0, materials=["Red"]),
        "Leg.001": thing(x=1.0, parent="Table", materials=["Red"]),
        "Leg.002": thing(x=2.0, parent="Leg.001", visible=False),
        "Chair": thing(x=9.0, materials=["Blue", None]),
    }
    return scene(objects, Furniture=["Table", "Chair"], Lights=["Lamp"])


def names_of(page: graphs.Page) -> list[str]:
    return [row.name for row in page.rows]


def test_the_summary_says_what_is_there(room: Graph):
    text = graphs.summary(room)

    assert "6 objects (4 MESH, 1 CAMERA, 1 LIGHT), 1 not rendered, 72 triangles" in text
    assert "Camera 'Camera' at (-5, 0, 0), fov 50 deg." in text
    assert "Lamp POINT 750 W; world Sky: colour (0.5, 0.5, 0.5), strength 1." in text
    assert "All that is rendered lies in (-2, -2, -2)..(10, 2, 2) m." in text
    assert "Largest: Table 4 x 4 x 4 m; " in text
    assert "Furniture 2, Lights 1" in text


def test_a_list_of_the_summary_ends_before_it_is_long_but_not_within_a_name():
    names = [f"A rather long name of a thing.{i:04}" for i in range(9)]
    text = graphs.summary(scene({name: thing("LIGHT", light={"kind": "SUN", "energy": 1.0}) for name in names}))
    shown = [name for name in names if f"{name} SUN 1 W/m2" in text]
    assert 1 < len(shown) < 9
    assert f"{shown[-1]} SUN 1 W/m2 and {9 - len(shown)} more;" in text

    (longest,) = names = ["x" * 255]
    assert f"Lights: {longest} SUN 1 W/m2; world" in graphs.summary(
        scene({name: thing("LIGHT", light={"kind": "SUN", "energy": 1.0}) for name in names})
    )


def test_an_empty_scene_has_a_summary():
    assert "0 objects" in graphs.summary(scene({}))


def test_a_row_is_in_the_world_and_names_its_materials(room: Graph):
    row = graphs.objects(room, names=["Chair"]).rows[0]

    assert row.location == [9.0, 0.0, 0.0]
    assert row.materials == ["Blue"]
    assert row.text == "Chair MESH at (9, 0, 0) | box (8, -1, -1)..(10, 1, 1) | of Blue"


def test_pages_together_are_the_whole_once(room: Graph):
    seen: list[str] = []
    cursor = None
    while True:
        page = graphs.objects(room, limit=4, cursor=cursor)
        seen += names_of(page)
        cursor = page.next_cursor
        if cursor is None:
            break

    assert seen == list(room["objects"])
    assert page.total == 6


def test_a_cursor_of_another_question_is_refused(room: Graph):
    cursor = graphs.objects(room, limit=2).next_cursor

    for other in ("nonsense", "äöü", ""):
        with pytest.raises(VigaError, match="not of this list"):
            graphs.objects(room, limit=2, cursor=other)
    with pytest.raises(VigaError, match="not of this list"):
        graphs.objects(room, under="Furniture", limit=2, cursor=cursor)


def test_under_a_collection_are_its_objects_and_those_of_its_children(room: Graph):
    assert names_of(graphs.objects(room, under="Furniture")) == ["Table", "Chair"]
    assert set(names_of(graphs.objects(room, under="Scene Collection"))) == {"Table", "Chair", "Lamp"}


def test_under_an_object_is_all_of_its_hierarchy(room: Graph):
    assert names_of(graphs.objects(room, under="Table")) == ["Table", "Leg.001", "Leg.002"]


def test_names_may_be_patterns(room: Graph):
    assert names_of(graphs.objects(room, names=["Leg.*", "Lamp"])) == ["Lamp", "Leg.001", "Leg.002"]


@pytest.mark.parametrize("question", [{"names": ["Chiar"]}, {"under": "chair1"}])
def test_an_unknown_name_is_answered_with_near_ones(room: Graph, question: dict[str, Any]):
    with pytest.raises(VigaError) as caught:
        graphs.objects(room, **question)

    assert caught.value.kind == "not_found"
    assert "'Chair'" in caught.value.then


def test_since_keeps_what_changed_or_wears_a_changed_material(room: Graph):
    after = copy.deepcopy(room)
    after["objects"]["Chair"]["location"][0] = 3.0
    after["objects"]["New"] = thing()
    after["materials"]["Red"]["nodes"] = {"Mix": {"type": "ShaderNodeMix"}}

    assert names_of(graphs.objects(after, since=room)) == ["Table", "Leg.001", "Chair", "New"]
    assert graphs.objects(room, since=room).total == 0


def test_full_gives_the_objects_asked_for_and_their_materials(room: Graph):
    entries = graphs.full(room, names=["Chair"]).entries

    assert entries is not None
    assert list(entries["objects"]) == ["Chair"]
    assert list(entries["materials"]) == ["Blue"]
    assert "matrix_world" not in entries["objects"]["Chair"]
    assert "world" not in entries
    assert "matrix_world" in room["objects"]["Chair"]


def test_full_gives_the_whole_scene_on_its_first_page_only(room: Graph):
    first = graphs.full(room, limit=3)
    second = graphs.full(room, limit=3, cursor=first.next_cursor)

    assert first.entries is not None
    assert second.entries is not None
    assert {"scene", "world", "collections"} <= set(first.entries)
    assert set(second.entries) == {"objects", "materials"}


def test_a_limit_below_one_is_refused(room: Graph):
    with pytest.raises(VigaError, match="at least 1"):
        graphs.objects(room, limit=0)
