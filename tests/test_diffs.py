import copy
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from viga_mcp.diffs import Change, SceneDiff, flatten, label, scene_diff

Graph = dict[str, Any]
NAMES = ("Cube", "Lamp", "Table", "Leg")


def thing(kind: str = "MESH", *, location: tuple[float, ...] = (0, 0, 0), **more: Any) -> dict[str, Any]:
    x, y, z = (float(value) for value in location)
    return {
        "type": kind,
        "parent": None,
        "location": [x, y, z],
        "rotation_deg": [0.0, 0.0, 0.0],
        "scale": [1.0, 1.0, 1.0],
        "matrix_world": [1.0, 0, 0, x, 0, 1.0, 0, y, 0, 0, 1.0, z, 0, 0, 0, 1.0],
        "bounds": [[x - 1, y - 1, z - 1], [x + 1, y + 1, z + 1]],
        "dimensions": [2.0, 2.0, 2.0],
        "hide_render": False,
        "visible": True,
        **more,
    }


def scene(**objects: dict[str, Any]) -> Graph:
    roughness = {"type": "ShaderNodeBsdfPrincipled", "inputs": {"Roughness": 0.5, "Base Color": [1.0, 0, 0, 1.0]}}
    return {
        "scene": {"camera": None, "frame": 1, "resolution": [640, 480], "exposure": 0.0},
        "world": {"name": "World", "color": [0.1, 0.1, 0.1], "strength": 1.0, "nodes": {}, "links": 0},
        "objects": objects,
        "materials": {"Red": {"users": 1, "nodes": {"Principled BSDF": roughness}, "links": 0}},
        "collections": {"All": {"objects": list(objects), "children": [], "hide_render": False}},
        "counts": {"objects": len(objects)},
    }


def changed(before: Graph, edit: Callable[[Graph], Any]) -> SceneDiff:
    after = copy.deepcopy(before)
    edit(after)
    return scene_diff(before, after)


def put(graph: Graph, name: str, axis: int, value: float) -> None:
    """Move as Blender would: the own value and all that follows."""
    entry = graph["objects"][name]
    step = value - entry["location"][axis]
    entry["location"][axis] = value
    entry["matrix_world"][3 + 4 * axis] += step
    for corner in entry["bounds"]:
        corner[axis] += step


def test_a_light_is_told_in_the_words_of_its_program():
    lamp = scene(Lamp=thing("LIGHT", light={"kind": "POINT", "energy": 500.0, "color": [1.0, 1.0, 1.0]}))

    diff = changed(lamp, lambda g: g["objects"]["Lamp"]["light"].update(energy=750.0))

    assert diff.lines() == ["Lamp.energy 500 -> 750"]
    assert diff.summary == "1 changed"


def test_a_move_is_one_line_although_matrix_and_box_moved_too():
    diff = changed(scene(Cube=thing(location=(0, 0, 0.5))), lambda g: put(g, "Cube", 2, 0.52))

    assert diff.lines() == ["Cube.location.z 0.5 -> 0.52 (moved 0.02 m)"]


def test_what_something_else_moved_is_told():
    before = scene(Cube=thing())
    diff = changed(before, lambda g: g["objects"]["Cube"]["matrix_world"].__setitem__(3, 2.0))

    assert diff.lines() == ["Cube (0, 0, 0) -> (2, 0, 0) in the world (moved by a driver, constraint or animation)"]


def test_a_box_that_alone_changed_is_told():
    diff = changed(scene(Cube=thing()), lambda g: g["objects"]["Cube"]["bounds"][1].__setitem__(2, 4.0))

    assert diff.lines() == ["Cube.bounds ((-1, -1, -1), (1, 1, 1)) -> ((-1, -1, -1), (1, 1, 4))"]


def test_children_that_only_moved_along_are_one_line():
    before = scene(Table=thing(), **{f"Leg{i}": thing(parent="Table") for i in range(5)}, Cup=thing(parent="Leg0"))

    def move(graph: Graph) -> None:
        put(graph, "Table", 0, 1.0)
        for entry in graph["objects"].values():
            if entry["parent"]:
                entry["matrix_world"][3] += 1.0

    assert changed(before, move).lines() == [
        "Table.location.x 0 -> 1 (moved 1 m)",
        "Table carries along 6 objects: Cup, Leg0, Leg1, Leg2, ...",
    ]


def test_materials_tell_their_slot_and_their_sockets():
    def edit(graph: Graph) -> None:
        graph["objects"]["Cube"]["materials"] = ["Blue"]
        graph["materials"]["Red"]["nodes"]["Principled BSDF"]["inputs"]["Roughness"] = 0.2

    assert set(changed(scene(Cube=thing(materials=["Red"])), edit).lines()) == {
        "Cube.material Red -> Blue",
        "material Red: Principled BSDF.Roughness 0.5 -> 0.2",
    }


def test_a_linked_socket_is_told_by_its_link_not_by_its_lost_value():
    def edit(graph: Graph) -> None:
        nodes = graph["materials"]["Red"]["nodes"]
        nodes["Noise"] = {"type": "ShaderNodeTexNoise", "inputs": {"Scale": 5.0}}
        del nodes["Principled BSDF"]["inputs"]["Base Color"]
        nodes["Principled BSDF"]["linked"] = {"Base Color": "Noise.Color"}

    assert changed(scene(), edit).lines() == [
        "+ material Red: Noise (ShaderNodeTexNoise)",
        "material Red: Principled BSDF.Base Color fed by Noise.Color (was none)",
    ]


def test_what_came_and_went_stands_first():
    chair = thing(location=(0, 1, 0.5), mesh={"vertices": 8, "edges": 12, "faces": 1204, "triangles": 12})

    def edit(graph: Graph) -> None:
        put(graph, "Cube", 0, 3.0)
        del graph["objects"]["Lamp"]
        graph["objects"]["Chair"] = chair

    diff = changed(scene(Cube=thing(), Lamp=thing("LIGHT")), edit)

    assert diff.lines()[:2] == ["- Lamp (LIGHT) at (0, 0, 0)", "+ Chair (MESH, 1,204 faces) at (0, 1, 0.5)"]
    assert diff.object_names == {"Cube", "Chair"}


def test_a_rename_is_no_loss_and_its_children_did_not_change():
    before = scene(Table=thing(location=(3, 0, 0)), Leg=thing(parent="Table"))

    def rename(graph: Graph) -> None:
        graph["objects"]["Desk"] = graph["objects"].pop("Table")
        graph["objects"]["Leg"]["parent"] = "Desk"

    diff = changed(before, rename)

    assert diff.lines() == ["Table renamed to Desk"]
    assert not diff.changed


def test_of_twins_nobody_can_say_which_was_renamed():
    diff = changed(
        scene(A=thing(), B=thing()), lambda g: g["objects"].update(C=g["objects"].pop("A")) or g["objects"].pop("B")
    )

    assert {item.name for item in diff.removed} == {"A", "B"}
    assert not diff.renamed


def test_modifiers_are_told_by_name_and_their_order_counts():
    bevel = {"name": "Bevel", "type": "BEVEL", "properties": {"width": 0.1}}
    array = {"name": "Array", "type": "ARRAY", "properties": {"count": 2}}
    before = scene(Cube=thing(modifiers=[bevel, array]))

    wider = changed(before, lambda g: g["objects"]["Cube"]["modifiers"][0]["properties"].update(width=0.2))
    turned = changed(before, lambda g: g["objects"]["Cube"]["modifiers"].reverse())
    dropped = changed(before, lambda g: g["objects"]["Cube"]["modifiers"].pop())

    assert wider.lines() == ["Cube.modifiers[Bevel].width 0.1 -> 0.2"]
    assert turned.lines() == ["Cube.modifiers order (Bevel, Array) -> (Array, Bevel)"]
    assert dropped.lines() == ["- Cube.modifiers[Array] (ARRAY)"]


def test_a_switch_that_was_left_out_at_its_default_has_a_value_in_the_diff():
    before = scene(Cube=thing(modifiers=[{"name": "M", "type": "MIRROR", "properties": {}}]))

    diff = changed(before, lambda g: g["objects"]["Cube"]["modifiers"][0]["properties"].update(use_clip=True))

    assert diff.lines() == ["Cube.modifiers[M].use_clip False -> True"]


def test_the_last_digit_of_what_blender_computes_may_flip():
    def edit(graph: Graph) -> None:
        graph["objects"]["Cube"]["matrix_world"][0] = 1.00001
        graph["objects"]["Cube"]["location"][0] = 5.0 * (1 + 5e-7)

    assert not changed(scene(Cube=thing(location=(5, 0, 0))), edit)


def test_many_alike_are_one_line():
    before = scene(**{f"Brick.{i:03}": thing() for i in range(50)})

    hidden = changed(before, lambda g: [entry.update(hide_render=True) for entry in g["objects"].values()])
    moved = changed(before, lambda g: [put(g, name, 0, i + 1.0) for i, name in enumerate(g["objects"])])
    gone = changed(before, lambda g: g["objects"].clear())

    assert hidden.lines() == [
        "hide_render False -> True of 50 objects: Brick.000, Brick.001, Brick.002, Brick.003, ..."
    ]
    assert len(moved.lines()) == 1
    assert moved.lines()[0].startswith("location of 50 objects: Brick.049.location.x 0 -> 50 (moved 50 m); ")
    assert gone.lines() == ["- 50 MESH objects: Brick.000 ... Brick.049"]


def test_a_cut_says_how_much_it_left_out():
    before = scene(Cube=thing(custom={f"p{i:02}": 0 for i in range(30)}))

    lines = changed(
        before, lambda g: [g["objects"]["Cube"]["custom"].update({f"p{i:02}": i + 1}) for i in range(30)]
    ).lines(5)

    assert len(lines) == 6
    assert lines[-1].startswith("... and 25 more lines: diff_revisions")


def test_the_larger_change_stands_before_the_smaller():
    before = scene(A=thing(), B=thing())
    diff = changed(before, lambda g: [put(g, "A", 0, 0.01), put(g, "B", 0, 5.0)])

    assert [change.path[1] for change in diff.changed] == ["B", "A"]


def test_scene_and_world_are_told():
    def edit(graph: Graph) -> None:
        graph["scene"]["resolution"] = [100, 100]
        graph["world"]["strength"] = 2.0

    assert changed(scene(), edit).lines() == ["scene.resolution (640, 480) -> (100, 100)", "world.strength 1 -> 2"]


def test_a_lens_tells_its_field_of_view():
    before = scene(Camera=thing("CAMERA", camera={"lens_mm": 50.0, "fov_deg": 39.6}))

    diff = changed(before, lambda g: g["objects"]["Camera"].update(camera={"lens_mm": 35.0, "fov_deg": 54.4}))

    assert diff.lines() == ["Camera.lens_mm 50 -> 35 (fov 39.6 -> 54.4 deg)"]


def test_flatten_gives_each_number_its_own_path():
    flat = flatten(scene(Cube=thing(location=(1, 2, 3))))
    own = flatten(scene(Cube=thing()), derived=False)

    assert flat["objects", "Cube", "location", "z"] == 3
    assert flat["materials", "Red", "nodes", "Principled BSDF", "inputs", "Base Color", "r"] == 1
    assert label(("objects", "Cube", "location", "z")) == "Cube.location.z"
    assert not any(path[2:3] == ("matrix_world",) or path[0] == "counts" for path in own)


def test_the_plain_form_says_the_same():
    diff = changed(scene(Cube=thing()), lambda g: put(g, "Cube", 0, 1.0))

    assert diff.to_json()["changed"] == [{"what": "Cube.location", "before": [0.0, 0.0, 0.0], "after": [1.0, 0.0, 0.0]}]


numbers = st.floats(-100, 100, allow_nan=False).map(lambda value: round(value, 3))
graphs = st.dictionaries(
    st.sampled_from(NAMES),
    st.builds(
        thing,
        st.sampled_from(["MESH", "LIGHT"]),
        location=st.tuples(numbers, numbers, numbers),
        parent=st.sampled_from([None, *NAMES]),
        materials=st.lists(st.sampled_from(["Red", "Blue"]), max_size=2),
        custom=st.dictionaries(st.sampled_from("ab"), numbers | st.booleans() | st.text(max_size=3), max_size=2),
    ),
).map(lambda objects: scene(**objects))


@given(graphs)
def test_nothing_differs_from_itself(graph: Graph):
    assert not scene_diff(graph, copy.deepcopy(graph))


@given(graphs, graphs)
def test_the_way_back_is_the_way_there_reversed(before: Graph, after: Graph):
    there, back = scene_diff(before, after), scene_diff(after, before)

    assert set(there.added) == set(back.removed)
    assert set(there.removed) == set(back.added)
    assert {(r.before, r.after) for r in there.renamed} == {(r.after, r.before) for r in back.renamed}
    assert {c.path: (c.before, c.after) for c in there.changed} == {c.path: (c.after, c.before) for c in back.changed}
    assert bool(there) == bool(back)


@given(graphs, graphs)
def test_every_diff_can_be_told(before: Graph, after: Graph):
    diff = scene_diff(before, after)

    assert bool(diff.lines()) == bool(diff)
    assert len(diff.lines(2)) <= 3
    assert all(line.strip() for line in diff.lines())


@pytest.mark.parametrize("value", [None, True, "text", 3, 0.5, [1.0, 2.0], {"type": "X"}])
def test_any_value_has_a_text(value: Any):
    assert Change(("objects", "Cube", "custom", "p"), None, value).text
