# pyright: basic, reportAttributeAccessIssue=false, reportMissingImports=false
"""Explanations of failing programs, made by the real Blender."""

import pytest

bpy = pytest.importorskip("bpy")

from viga_mcp.blender.hints import explain  # noqa: E402 - needs bpy
from viga_mcp.blender.spelling import nearest  # noqa: E402

pytestmark = [pytest.mark.blender, pytest.mark.filterwarnings("ignore::DeprecationWarning")]

PREPARED = """
import bpy, math
scene = bpy.context.scene
obj = bpy.data.objects["Cube"]
lamp = bpy.data.objects["Light"]
camera = bpy.data.objects["Camera"]
mesh = obj.data
material = obj.data.materials[0]
nodes = material.node_tree.nodes
bsdf = nodes["Principled BSDF"]
"""


@pytest.fixture(autouse=True)
def factory_scene() -> None:
    bpy.ops.wm.read_homefile(use_empty=False, use_factory_startup=True)


def fail(program: str) -> dict:
    """The explanation of a program that must fail, run with the names of `PREPARED`."""
    names: dict = {}
    exec(PREPARED, names)
    try:
        exec(compile(program, "<program>", "exec", dont_inherit=True), names)
    except BaseException as error:
        return explain(error, program)
    raise AssertionError("the program did not fail")


# program, what some hint must contain
HINTS = {
    "attribute of an object": ("obj.loc = (1, 2, 3)", "'location'"),
    "attribute that is on the data": ("lamp.energy = 500", "`lamp.data.energy`"),
    "attribute that is on the object": ("lamp.data.location = (0, 0, 1)", "bpy.data.objects['Light'].location"),
    "attribute that other types have": ("obj.energy = 500", "PointLight"),
    "attribute of the render settings": ("scene.render.resolution = 5", "'resolution_x'"),
    "attribute of a collection": ("scene.objects.location", "is a collection"),
    "attribute that can't be made": ("obj.my_own_number = 5", "obj['my_own_number']"),
    "function of bpy.utils": ("bpy.utils.register_clas", "'register_class'"),
    "operator of bmesh": ("import bmesh\nbmesh.ops.create_cubes(bmesh.new())", "'create_cube'"),
    "enum of a property": ("obj.rotation_mode = 'QUATERNIONS'", "'QUATERNION'"),
    "enum of an operator": ("bpy.ops.mesh.primitive_cube_add(align='WORLDS')", "'WORLD'"),
    "enum in another case": ("scene.cycles.device = 'gpu'", "'GPU'"),
    "type of a modifier": ("obj.modifiers.new('a', 'SUBSURFACE')", "'SUBSURF'"),
    "type of a constraint": ("obj.constraints.new('TRACKTO')", "'TRACK_TO'"),
    "type of a light": ("bpy.data.lights.new('a', 'SPOTLIGHT')", "'SPOT'"),
    "socket of a node": ("bsdf.inputs['Rougness'].default_value = 1", "Did you mean 'Roughness'"),
    "number of a socket": ("bsdf.inputs[99]", "'Base Color'"),
    "node by name": ("material.node_tree.nodes['Principled']", "'Principled BSDF'"),
    "object by name": ("bpy.data.objects['cube'].location.x = 1", "Did you mean 'Cube'"),
    "material by name": ("bpy.data.materials['Red']", "'Material'"),
    "modifier by name": ("obj.modifiers['Bevel'].width = 1", "obj.modifiers is empty"),
    "operator": ("bpy.ops.mesh.primitive_box_add()", "bpy.ops.mesh.primitive_cube_add"),
    "operator of another module": ("bpy.ops.object.primitive_cube_add()", "bpy.ops.mesh.primitive_cube_add"),
    "module of operators": ("bpy.ops.meshes.primitive_cube_add()", "bpy.ops.mesh.primitive_cube_add"),
    "keyword of an operator": ("bpy.ops.mesh.primitive_cube_add(sise=2)", "Did you mean 'size'"),
    "keyword of bmesh": ("import bmesh\nbmesh.ops.create_cube(bmesh.new(), sizes=2)", "'size'"),
    "type of a node": ("nodes.new('ShaderNodeBsdfPrinciple')", "'ShaderNodeBsdfPrincipled'"),
    "node of another tree": ("nodes.new('CompositorNodeBlur')", "ShaderNode"),
    "name": ("print(materal)", "'material'"),
    "module not imported": ("random.random()", "`import random`"),
    "class not imported": ("Vector((1, 2, 3))", "`from mathutils import Vector`"),
    "variable of an earlier run": ("tabletop.location.x = 1", "do not outlive a run"),
    "module misspelt": ("import mathutil", "'mathutils'"),
    "module not installed": ("import sklearn", "not installed"),
    "name of a module": ("from math import radian", "'radians'"),
    "poll in Object mode": ("bpy.ops.mesh.subdivide()", "Edit mode"),
    "poll in Edit mode": (
        "bpy.context.view_layer.objects.active = obj\nbpy.ops.object.mode_set(mode='EDIT')\nbpy.ops.object.delete()",
        "mode_set(mode='OBJECT')",
    ),
    "poll without a window": ("bpy.ops.view3d.view_all()", "no window"),
    "poll without an active object": (
        "bpy.context.view_layer.objects.active = None\nbpy.ops.object.mode_set(mode='EDIT')", "objects.active = obj",
    ),
    "number for a vector": ("obj.scale = 2", "obj.scale takes 3 values: (x, y, z)"),
    "number for a colour": ("bsdf.inputs['Base Color'].default_value = 0.5", "takes 4 values: (r, g, b, 1.0)"),
    "wrong length": ("obj.location = (1, 2)", "takes 3 values"),
    "number for a matrix": ("obj.matrix_world = 1", "4 x 4"),
    "float for an int": ("scene.render.resolution_x = 512.0", "whole number"),
    "name for an object": ("obj.parent = 'Light'", "bpy.data.objects[name]"),
    "data for an object": ("scene.camera = bpy.data.cameras['Camera']", "takes an object"),
    "missing argument": ("bpy.data.objects.new('a')", "new(name, object_data)"),
    "read only": ("obj.type = 'LIGHT'", "can only be read"),
    "linked twice": ("scene.collection.objects.link(bpy.data.objects.new('a', None))\n"
                     "scene.collection.objects.link(bpy.data.objects['a'])", "already"),
    "removed object": ("bpy.data.objects.remove(obj)\nobj.location", "by name"),
    "None of get": ("node = nodes.get('Principled')\nnode.inputs[0]", "Did you mean 'Principled BSDF'"),
    "None of a property": ("lamp.animation_data.action", "animation_data_create()"),
    "None of the scene": ("scene.camera = None\nscene.camera.location.x = 1", "scene.camera = camera_object"),
    "None of a function": ("def find():\n    pass\nfound = find()\nfound.name = 'a'", "find() returned nothing"),
    "None of the window": ("bpy.context.space_data.shading", "no window"),
    "shape of a mesh": ("bpy.data.meshes.new('a').from_pydata([(0, 0)], [], [])", "(x, y, z)"),
}  # fmt: skip


@pytest.mark.parametrize("case", HINTS)
def test_a_hint_names_what_exists(case) -> None:
    program, expected = HINTS[case]
    told = fail(program)
    assert any(expected in hint for hint in told["hints"]), told
    assert told["kind"] == "runtime_error"
    assert told["line"] == len(program.splitlines())
    assert len(told["hints"]) <= 3


def test_the_excerpt_marks_the_line_between_its_neighbours() -> None:
    told = fail("a = 1\nb = 2\nc = 3\nobj.loc = 1\nd = 4\ne = 5\nf = 6")
    assert told["excerpt"] == "  2 | b = 2\n  3 | c = 3\n> 4 | obj.loc = 1\n  5 | d = 4\n  6 | e = 5"
    assert (told["exception"], told["line"], told["column"], told["calls"]) == ("AttributeError", 4, 0, [])


def test_the_column_counts_characters_not_bytes() -> None:
    assert fail("ü = obj; x = obj.loc")["column"] == 13


def test_a_failure_inside_functions_tells_the_way_there() -> None:
    told = fail("def outer():\n    inner(3)\n\ndef inner(n):\n    obj.loc = n\n\nouter()")
    assert told["line"] == 5
    assert told["calls"] == [
        {"line": 7, "function": "<module>", "code": "outer()"},
        {"line": 2, "function": "outer", "code": "inner(3)"},
        {"line": 5, "function": "inner", "code": "obj.loc = n"},
    ]


def test_a_failure_inside_a_library_points_at_the_program() -> None:
    told = fail("import json\n\njson.loads('{')")
    assert (told["line"], told["exception"]) == (3, "JSONDecodeError")


def test_endless_recursion_is_told_shortly() -> None:
    told = fail("def f(n):\n    return f(n + 1)\nf(0)")
    assert told["exception"] == "RecursionError"
    assert len(told["calls"]) == 8
    assert "calls itself" in told["hints"][0]


SYNTAX = {
    "bracket": ("x = (1,\ny = 2", None),
    "fence": ("```python\nimport bpy\n```", "Markdown"),
    "quotes": ("x = \u201ca\u201d", "straight quotes"),
    "print": ("print 'a'", "print(...)"),
    "return": ("return 3", "top level"),
    "cut off": ("x = 1\ny = '''abc", "send all of it"),
    "indent": ("if True:\nx = 1", "four spaces"),
}


@pytest.mark.parametrize("case", SYNTAX)
def test_a_syntax_error_has_its_line(case) -> None:
    program, expected = SYNTAX[case]
    told = fail(program)
    assert told["kind"] == "syntax_error"
    assert f"> {told['line']} |" in told["excerpt"]
    assert expected is None or any(expected in hint for hint in told["hints"]), told


def test_an_error_of_the_program_itself_gets_no_hint() -> None:
    told = fail("raise ValueError('the table has no legs')")
    assert (told["message"], told["hints"]) == ("the table has no legs", [])


def test_properties_of_the_programs_own_classes_are_not_run_for_a_hint() -> None:
    told = fail("class A:\n    @property\n    def x(self):\n        print(1 / 0)\na = A()\nobj.lok = a.x.foo")
    assert told["exception"] == "ZeroDivisionError"
    assert told["line"] == 4


def test_explaining_survives_objects_that_fail_when_touched() -> None:
    told = fail(
        "class Evil:\n"
        "    def __getattr__(self, name):\n"
        "        raise SystemExit\n"
        "    def __repr__(self):\n"
        "        raise RuntimeError\n"
        "evil = Evil()\n"
        "class Bad(Exception):\n"
        "    def __str__(self):\n"
        "        return 'bad'\n"
        "raise Bad(evil)"
    )
    assert told["message"] == "bad"


def test_nearest_forgives_case_and_separators() -> None:
    assert nearest("subSurf", ["SURFACE", "SUBSURF", "BEVEL"], limit=1) == ["SUBSURF"]
    assert nearest("loc", ["location", "rotation"]) == ["location"]
    assert nearest("zzz", ["location", "rotation"]) == []
