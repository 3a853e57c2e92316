import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from viga_mcp.fitting.literals import find_literals, splice

PROGRAM = '''"""Doc with 3 numbers."""
import bpy, math  # 5
KEY_ENERGY = 10   # watts, not 20
def put(name, loc=(0, 0, 1.5), size=2):
    thing = bpy.data.objects[name]; thing.location = (loc[0] + 0.5, -loc[1], 3)
for name, place, energy in [("Key", (1, -2, 3.5), 500), ("Fill", (0, 0, 0), 1e3)]:
    bpy.data.lights[name].energy = energy * 2 ** 0.5
bpy.data.objects["Lamp"].rotation_euler = (math.radians(45), 0.0, - 1.2)
bpy.ops.mesh.primitive_cube_add(size=2, location=(0, 0, 1))
wall = {"höhe": {"x": 1.0}, 3: +4}
bpy.context.scene.frame_set(10); bpy.context.scene.frame_end = 250
array = thing.modifiers.new("Array", "ARRAY"); array.count, array.width = 4, .25
for i in range(5): é = 'ü' ; x = i * 1.2 ; y = -3.5
bpy.context.scene.view_settings.view_transform = 'AgX'; mat.use_nodes = True
print(f"{x:.3f} {7}", x[2], x > 9)
'''


def named() -> dict[str, object]:
    return {literal.name: literal.value for literal in find_literals(PROGRAM)}


def test_literals_are_named_after_what_they_set():
    names = named()
    assert names["KEY_ENERGY"] == 10
    assert names["objects['Lamp'].rotation_euler[0]"] == 45
    assert names["objects['Lamp'].rotation_euler[2]"] == -1.2
    assert names["energy[1]"] == 1e3
    assert names["place[0][1]"] == -2
    assert names["put.loc[2]"] == 1.5
    assert names["primitive_cube_add.size"] == 2
    assert names["wall['höhe']['x']"] == 1.0
    assert names["array.count"] == 4
    assert names["array.width"] == 0.25
    assert names["new[1]"] == "ARRAY"
    assert names["scene.view_settings.view_transform"] == "AgX"


@pytest.mark.parametrize("value", [7, 9, 250, 3, 20])
def test_subscripts_comparisons_text_frames_and_comments_hold_no_quantities(value: int):
    holders = [literal for literal in find_literals(PROGRAM) if literal.value == value and literal.kind == "int"]
    assert all(literal.name == "thing.location[2]" for literal in holders)


def test_whole_numbers_that_arithmetic_joins_to_something_are_formulas():
    source = "a = 2 * r\nb = 360 * k / sides\nc = -1 + r\nd = 2.5 * r\ne = 2 * 3\nf = g(4, h=5)\n"
    assert [literal.value for literal in find_literals(source) if literal.is_formula] == [2, 360, -1]


def test_each_literal_knows_its_place():
    lines = PROGRAM.splitlines()
    for literal in find_literals(PROGRAM):
        text = PROGRAM[literal.start : literal.end]
        assert lines[literal.line - 1][literal.column :].startswith(text)
        assert ast.literal_eval(text) == literal.value
        assert literal.place == f"{literal.line}:{literal.column}"


def test_columns_count_characters_not_bytes():
    (literal,) = find_literals("é = 'ü' ; x = 1.25\n")
    assert (literal.column, literal.value) == (14, 1.25)


def test_names_are_unique():
    literals = find_literals("x = 1\nx = 2\n")
    assert [literal.name for literal in literals] == ["x at 1:4", "x at 2:4"]


def test_splicing_nothing_or_the_same_values_changes_nothing():
    assert splice(PROGRAM, {}) == PROGRAM
    assert splice(PROGRAM, {literal.index: literal.value for literal in find_literals(PROGRAM)}) == PROGRAM


def test_only_the_literals_own_characters_change():
    literals = find_literals("energy = 10   # watts\nplace = (1.0, - 2.5)\n")
    assert splice(
        "energy = 10   # watts\nplace = (1.0, - 2.5)\n", {literals[0].index: 12.3456789, literals[2].index: 3.0}
    ) == ("energy = 12.3457   # watts\nplace = (1.0, 3.0)\n")


def test_literals_that_are_known_are_not_looked_for_again():
    assert splice("x = 1.0 + (", {0: 2.0}, find_literals("x = 1.0 + y")) == "x = 2.0 + ("


def test_a_negative_base_of_a_power_gets_parentheses():
    assert splice("x = 2 ** 2\n", {0: -3}) == "x = (-3) ** 2\n"


def test_an_int_written_back_as_a_whole_number_stays_an_int():
    assert splice("count = 4; size = 4.0\n", {0: 6, 1: 6.0}) == "count = 6; size = 6.0\n"


numbers = st.one_of(
    st.integers(-(10**6), 10**6), st.floats(-1e9, 1e9, allow_nan=False).map(lambda x: float(f"{x:.6g}")), st.booleans()
)


@given(st.lists(st.tuples(numbers, numbers), min_size=1, max_size=6), st.data())
def test_what_is_spliced_is_what_the_program_then_holds(pairs: list[tuple[float, float]], data: st.DataObject):
    source = "".join(f"v{i} = ({a!r}, {b!r})  # {i}\n" for i, (a, b) in enumerate(pairs))
    literals = find_literals(source)
    assert [literal.value for literal in literals] == [value for pair in pairs for value in pair]
    values = {
        literal.index: data.draw(
            st.booleans() if literal.kind == "bool" else st.floats(-1e9, 1e9).map(lambda x: float(f"{x:.6g}"))
        )
        for literal in literals
    }
    written = find_literals(splice(source, values))
    assert [literal.value for literal in written] == list(values.values())
    assert [line.partition("#")[2] for line in splice(source, values).splitlines()] == [
        f" {i}" for i in range(len(pairs))
    ]


@given(st.text(alphabet="x=1.5 -+*()[],:#\n'\"é\t", max_size=60))
def test_any_text_that_parses_survives_splicing_its_own_values(text: str):
    try:
        literals = find_literals(text)
    except (SyntaxError, ValueError):
        return
    assert splice(text, {literal.index: literal.value for literal in literals}) == text
