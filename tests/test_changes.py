# pyright: basic, reportAttributeAccessIssue=false, reportMissingImports=false
"""The change table: which rows fire for which version, and the real Blender's answer to each old spelling."""

import json
import os
import re
import subprocess
import sys
import warnings
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from tests.change_cases import CASES, PREPARED
from viga_mcp.blender.changes import CHANGES, NEVER, Change, Version
from viga_mcp.blender.drift import match_changes, read_symptom


def test_each_row_has_its_own_id() -> None:
    ids = [change.id for change in CHANGES]
    assert len(ids) == len(set(ids))


def test_the_rows_cover_every_subject() -> None:
    subjects = {change.id[0] for change in CHANGES}
    assert subjects == set("RCPOMNKIX")
    assert len(CHANGES) > 120


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.id)
def test_a_row_is_well_formed(change: Change) -> None:
    assert change.old or (change.arrived and change.before)
    assert change.new
    assert change.until is None or change.until >= change.since
    if change.arrived:
        assert change.since != NEVER
    if change.autofix:
        assert change.new.count("|") in {0, change.old.count("|")}
        assert change.severity != "silent"


def key(name: str) -> str:
    return f'bpy_prop_collection[key]: key "{name}" not found'


def attribute(owner: str, name: str) -> str:
    return f"'{owner}' object has no attribute '{name}'"


def enum(name: str) -> str:
    return f"bpy_struct: item.attr = val: enum \"{name}\" not found in ('A', 'B')"


def node(name: str) -> str:
    return f"Node type {name} undefined"


# message, failing line, version, what the hint must name (None: no row may fire)
DIRECTIONS: list[tuple[str, str, Version, str | None]] = [
    (key("Specular"), "bsdf.inputs['Specular']", (5, 2), "'Specular IOR Level'"),
    (key("Specular"), "bsdf.inputs['Specular']", (3, 6), None),
    (key("Specular IOR Level"), "bsdf.inputs['Specular IOR Level']", (3, 6), "'Specular'"),
    (key("Clearcoat Roughness"), "bsdf.inputs['Clearcoat Roughness']", (4, 2), "'Coat Roughness'"),
    (key("Emission"), "bsdf.inputs['Emission']", (5, 0), "Emission Strength"),
    (key("Emission"), "settings['Emission']", (5, 0), None),
    (enum("BLENDER_EEVEE_NEXT"), "scene.render.engine = 'BLENDER_EEVEE_NEXT'", (5, 0), "'BLENDER_EEVEE'"),
    (enum("BLENDER_EEVEE"), "scene.render.engine = 'BLENDER_EEVEE'", (4, 3), "'BLENDER_EEVEE_NEXT'"),
    (enum("BLENDER_EEVEE_NEXT"), "scene.render.engine = 'BLENDER_EEVEE_NEXT'", (4, 1), "'BLENDER_EEVEE'"),
    (attribute("Scene", "node_tree"), "tree = scene.node_tree", (5, 1), "compositing_node_group"),
    (attribute("Scene", "compositing_node_group"), "scene.compositing_node_group = t", (4, 5), "node_tree"),
    (attribute("Action", "fcurves"), "action.fcurves", (5, 0), "action_get_channelbag_for_slot"),
    (attribute("Action", "fcurves"), "action.fcurves", (4, 5), None),
    (attribute("Action", "fcurve_ensure_for_datablock"), "action.fcurve_ensure_for_datablock(o)", (4, 3), "fcurves"),
    (attribute("SequenceEditor", "sequences"), "scene.sequence_editor.sequences", (5, 0), "strips"),
    (attribute("SequenceEditor", "strips"), "scene.sequence_editor.strips", (4, 3), "sequences"),
    (attribute("NodesModifier", "properties"), "mod.properties.inputs", (5, 1), 'modifier["Socket_2"]'),
    (enum("FAST"), "mod.solver = 'FAST'", (5, 0), "'FLOAT'"),
    (enum("FLOAT"), "mod.solver = 'FLOAT'", (4, 5), "'FAST'"),
    (enum("FLOAT"), "attributes.new('a', 'FLOATS', 'POINT')", (4, 5), None),
    (attribute("ImageFormatSettings", "media_type"), "s.media_type = 'VIDEO'", (4, 5), "`file_format`"),
    (attribute("PointLight", "exposure"), "lamp.data.exposure = 1", (4, 2), "light.energy"),
    (enum("MANIFOLD"), "mod.solver = 'MANIFOLD'", (4, 4), "EXACT"),
    (key("Factor"), "mix.inputs['Factor']", (4, 5), "'Fac'"),
    (key("Fac"), "mix.inputs['Fac']", (3, 3), None),
    (node("CompositorNodeComposite"), "tree.nodes.new('CompositorNodeComposite')", (5, 0), "NodeGroupOutput"),
    (node("CompositorNodeComposite"), "tree.nodes.new('CompositorNodeComposite')", (4, 5), None),
    (node("ShaderNodeCombineHSV"), "nodes.new('ShaderNodeCombineHSV')", (5, 2), "'ShaderNodeCombineColor'"),
    (attribute("Object", "select"), "o.select = True", (5, 2), "select_set(True)"),
    (attribute("Bone", "select"), "bone.select = True", (5, 2), "posebone.select"),
    (attribute("Mesh", "calc_normals"), "me.calc_normals()", (4, 2), "not needed"),
    (attribute("Mesh", "something_else"), "me.something_else", (5, 2), None),
]


@pytest.mark.parametrize(("message", "line", "version", "expected"), DIRECTIONS)
def test_a_row_fires_only_on_the_wrong_side_of_its_version(message, line, version, expected) -> None:
    hints = match_changes(message, line, version)
    assert hints == [] if expected is None else expected in hints[0]
    assert all(f"{version[0]}.{version[1]}" in hint for hint in hints)


def test_a_symptom_names_what_the_text_complains_about() -> None:
    symptom = read_symptom('Calling operator "bpy.ops.object.lamp_add" error, could not be found')
    assert symptom is not None
    assert (symptom.kind, symptom.name) == ("operator", "object.lamp_add")
    assert read_symptom("division by zero") is None


def attempt(program: str) -> dict[str, Any]:
    """What a program comes to on Blender's default scene: `failed`, the explanation or None, and `wrong`, if it has it."""
    import bpy

    from viga_mcp.blender.hints import explain

    bpy.ops.wm.read_homefile(use_empty=False, use_factory_startup=True)
    names: dict[str, Any] = {}
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
        exec(PREPARED, names)
        try:
            exec(compile(program, "<program>", "exec"), names)
        except Exception as error:
            return {"failed": explain(error, program), "wrong": None}
    return {"failed": None, "wrong": names.get("wrong")}


def attempt_alone(program: str) -> dict[str, Any]:
    """As `attempt`, in a process of its own."""
    code = "import json, sys; from tests.test_changes import attempt; print(json.dumps(attempt(sys.argv[1])))"
    root = Path(__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-c", code, program], cwd=root, capture_output=True, text=True, timeout=60, check=False,
        env={**os.environ, "PYTHONPATH": str(root)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


in_blender = pytest.mark.blender
each_row = pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.id)


def tried(change: Change, part: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each program of one part of a row's case, with what came of it."""
    case = CASES[change.id]
    for program in getattr(case, part):
        yield program, (attempt_alone if case.alone else attempt)(program)


def hints_of(row: str, program: str, told: dict[str, Any], version: Version) -> list[str]:
    """The hints of a failed program that come from one row."""
    change = next(change for change in CHANGES if change.id == row)
    if change.kind == "shape":
        return [hint for hint in told["hints"] if re.search(r"takes \d values: ", hint)]
    own = match_changes(told["message"], program.splitlines()[-1], version, (change,))
    return [hint for hint in told["hints"] if hint in own]


@in_blender
@each_row
def test_the_old_spelling_fails_as_its_row_says_and_works_where_the_row_does_not_apply(change: Change) -> None:
    import bpy

    version, case = bpy.app.version[:2], CASES[change.id]
    for program, result in tried(change, "old"):
        told = result["failed"]
        if not change.applies(version):
            explained = told and case.told_by and hints_of(case.told_by, program, told, version)
            assert explained or (not told and not result["wrong"]), (program, result)
        elif change.severity == "error":
            assert told, f"works in {bpy.app.version_string}: {program}"
            assert hints_of(case.told_by or change.id, program, told, version), (program, told)
            assert told["line"] == len(program.splitlines()), (program, told)
        else:
            assert not told, (program, told)
            assert result["wrong"] is True, program


@in_blender
@each_row
def test_what_a_row_recommends_works_where_the_row_applies(change: Change) -> None:
    import bpy

    if not change.applies(bpy.app.version[:2]):
        return
    for program, result in tried(change, "new"):
        assert not result["failed"], (program, result["failed"])
        assert not result["wrong"], program


@in_blender
@each_row
def test_a_new_name_works_from_its_version_on_and_is_explained_before(change: Change) -> None:
    import bpy

    version = bpy.app.version[:2]
    if change.until and version >= change.until:
        return
    for program, result in tried(change, "arrived"):
        if change.since <= version:
            assert not result["failed"], (program, result["failed"])
        else:
            assert result["failed"], f"works in {bpy.app.version_string}: {program}"
            assert hints_of(change.id, program, result["failed"], version), (program, result["failed"])


def untried(names: str, programs: tuple[str, ...]) -> list[str]:
    """The names of a row that none of its programs uses."""
    patterns = (r"\w+", r"(?<=')[^'\n]+(?=')", r"\bops\.(\w+\.\w+)")
    words = {word for program in programs for pattern in patterns for word in re.findall(pattern, program)}
    return [name for name in names.split("|") if name and not any(fnmatchcase(word, name) for word in words)]


def test_no_row_is_without_programs() -> None:
    assert CASES.keys() == {change.id for change in CHANGES}


@each_row
def test_each_name_of_a_row_is_tried(change: Change) -> None:
    case = CASES[change.id]
    assert case.new
    assert bool(case.old) == bool(change.old)
    assert bool(case.arrived) == bool(change.arrived)
    assert not untried(change.arrived, tuple(case.arrived))
    if change.kind not in {"message", "shape", "silent"}:
        assert not untried(change.old, tuple(case.old))
    if change.kind in {"key", "enum", "node"}:
        pattern = r"\w+" if change.kind == "node" else r"[A-Z][\w ]*"
        names = [name for name in change.new.split("|") if re.fullmatch(pattern, name)]
        assert not untried("|".join(names), tuple(case.new))


@each_row
def test_each_attribute_and_keyword_that_a_row_recommends_is_tried(change: Change) -> None:
    told = f"{change.new} {change.advice}"
    patterns = (r"\.([a-z]\w*[a-z0-9])\b", r"(\w+)='?\b")  # not the half of `use_pass_...`
    names = {name for pattern in patterns for name in re.findall(pattern, told)}
    assert not untried("|".join(sorted(names)), tuple(CASES[change.id].new))
