"""Which numbers a caller means, by place, name or data path."""

import pytest

from viga_mcp.errors import VigaError
from viga_mcp.fitting.literals import find_literals
from viga_mcp.fitting.unknowns import literals_named, with_assignments

SOURCE = """\
import bpy
key = bpy.data.objects["Key"]
key.data.energy = 500
key.location = (1.0, 2.0, 3.0)
strength = 0.5
"""


@pytest.mark.parametrize(
    ("parameter", "values"),
    [
        ("3", [500]),
        ("4", [1.0, 2.0, 3.0]),
        ("4:16", [1.0]),
        ("key.data.energy", [500]),
        ("key.location", [1.0, 2.0, 3.0]),
        ("key.location[1]", [2.0]),
        ("strength", [0.5]),
    ],
)
def test_a_literal_is_named_by_its_place_or_by_what_it_sets(parameter: str, values: list[float]) -> None:
    literals = find_literals(SOURCE)
    named, paths = literals_named(literals, [parameter])
    assert [literals[index].value for index in named] == values
    assert paths == []


def test_a_data_path_that_no_literal_stands_for_is_left_to_blender() -> None:
    path = 'bpy.data.objects["Fill"].data.energy'
    assert literals_named(find_literals(SOURCE), [path, "camera"]) == ([], [path.removeprefix("bpy.data."), "camera"])


@pytest.mark.parametrize("parameter", ["key.energy_", "99", "energy of the key light"])
def test_a_name_that_is_not_there_shows_the_nearest(parameter: str) -> None:
    with pytest.raises(VigaError, match="names no number") as caught:
        literals_named(find_literals(SOURCE), [parameter])
    assert "key.data.energy = 500" in caught.value.then


def test_assignments_stand_at_the_end_and_are_the_literals_to_fit() -> None:
    values = {'objects["Key"].data.energy': 40.0, 'objects["Key"].location': [1.0, -2.0, 0.0]}
    source, added = with_assignments(SOURCE, values)
    assert source.startswith(SOURCE)
    assert 'bpy.data.objects["Key"].location = (1.0, -2.0, 0.0)' in source
    literals = find_literals(source)
    assert [literals[index].value for index in added] == [40.0, 1.0, -2.0, 0.0]


def test_an_empty_program_gets_its_import() -> None:
    source, added = with_assignments("", {'worlds["World"].color': [0.1, 0.2, 0.3]})
    assert source.startswith("import bpy\n")
    assert len(added) == 3
