# pyright: basic, reportAttributeAccessIssue=false, reportMissingImports=false
"""Outdated places before the run: certain or not told, and what a user gets of them."""

import ast
import json
import re
from pathlib import Path

import pytest

from tests.change_cases import CASES, PREPARED
from tests.conftest import Viga, processor_seconds
from tests.lint_cases import IDIOMS
from tests.test_changes import attempt, attempt_alone
from viga_mcp import outdated
from viga_mcp.blender.changes import CHANGES, Change, Version
from viga_mcp.blender.infer import _CALLS, _ITEMS, _MEMBERS, MODIFIERS
from viga_mcp.blender.lint import MAX_CHARACTERS, Finding, lint
from viga_mcp.programs import apply_edits

ROOT = Path(__file__).parents[1]
VERSIONS: tuple[Version, ...] = ((5, 0), (5, 2))

# Rows that the text of a program can't tell for sure, or that 5.x still takes.
NOT_IN_THE_TEXT = {
    "R14", "R15", "R16", "C13", "O21",  # it depends on the state
    "R17", "C15", "C16", "K4", "N8", "N9", "P8",  # nothing is written that could be found, or it may be meant
    "R19", "P15", "P18",  # still right in 5.x
    "M16",  # `watch.py` sees degrees in any argument
    "P9", "M13", "K11", "I9", "I12", "K9", "R22", "P21", "P24", "K17",  # the type can't be told in these programs
    "X3", "X5", "X6", "X7", "X8", "X9",  # not a matter of spelling
}  # fmt: skip

each_row = pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.id)


def found(program: str, version: Version) -> list[Finding]:
    """Findings in a program that starts with the names of `PREPARED`."""
    before = PREPARED.count("\n")
    return [finding for finding in lint(PREPARED + program, version) if finding.line > before]


@each_row
@pytest.mark.parametrize("version", VERSIONS)
def test_each_old_spelling_that_the_text_can_tell_is_found(change: Change, version: Version) -> None:
    if not change.old or not change.applies(version):
        return
    rows = {finding.row for program in CASES[change.id].old for finding in found(program, version)}
    same = {"O12": "R10b"}.get(change.id, change.id)  # both speak of scene.layers
    assert (same in rows) == (change.id not in NOT_IN_THE_TEXT)


@each_row
@pytest.mark.parametrize("version", VERSIONS)
def test_what_a_row_recommends_is_never_found(change: Change, version: Version) -> None:
    if change.applies(version) or (not change.old and change.since <= version):
        for program in CASES[change.id].new:
            assert found(program, version) == [], program


@each_row
@pytest.mark.parametrize("version", VERSIONS)
def test_an_old_spelling_is_not_found_where_it_is_right(change: Change, version: Version) -> None:
    if not change.applies(version) and not change.until:
        for program in CASES[change.id].old:
            assert change.id not in {finding.row for finding in found(program, version)}, program


@pytest.mark.blender
@each_row
def test_a_finding_of_an_error_is_true_and_its_fix_works(change: Change) -> None:
    """In Blender: the line that is found fails, and with the fix the program runs."""
    import bpy

    version, case = bpy.app.version[:2], CASES[change.id]
    run = attempt_alone if case.alone else attempt
    for program in (*case.old, *case.arrived, *case.new):
        findings = found(program, version)
        if errors := [finding for finding in findings if finding.severity == "error"]:
            told = run(program)["failed"]
            assert told, program
            assert told["line"] in {finding.line - PREPARED.count("\n") for finding in errors}
        if fixes := [finding.fix for finding in findings if finding.fix]:
            edits = outdated.edits(PREPARED + program, fixes)
            assert edits, program
            result = run(apply_edits(PREPARED + program, edits))
            assert not result["failed"], (edits, result)
            assert found(apply_edits(PREPARED + program, edits)[len(PREPARED) :], version) == []


def test_a_rename_that_is_safe_is_offered_ready_made() -> None:
    """Every row marked so, at least for one of its programs."""
    without = {
        change.id
        for change in CHANGES
        if change.autofix and change.applies((5, 2)) and change.id not in NOT_IN_THE_TEXT
        and not any(finding.fix for program in CASES[change.id].old for finding in found(program, (5, 2)))
    }  # fmt: skip
    assert without == set()


@pytest.mark.blender
@pytest.mark.parametrize("idiom", IDIOMS)
def test_a_correct_program_gives_no_finding(idiom: str) -> None:
    import bpy

    result = attempt(IDIOMS[idiom])
    assert not result["failed"], result
    assert lint(IDIOMS[idiom], bpy.app.version[:2]) == []


A_MISTAKE = "a = 1\nbpy.data.objects['Cube'].scale = (\n    1, 2)\n"  # made on purpose


def programs_of_the_project() -> dict[str, str]:
    found = {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in ROOT.glob("examples/**/*.py")}
    mistaken = {"change_cases.py", "lint_cases.py", "test_changes.py", "test_hints.py", "test_lint.py", "test_api.py"}
    for path in [*ROOT.glob("tests/**/*.py"), *ROOT.glob("viga_mcp/blender/*.py")]:
        text = path.read_text(encoding="utf-8")
        found[str(path.relative_to(ROOT))] = text
        if path.name in mistaken:
            del found[str(path.relative_to(ROOT))]
            continue
        for node in ast.walk(ast.parse(text)):
            if (path.name, getattr(node, "value", "")) == ("test_watch.py", A_MISTAKE):
                continue
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and "bpy" in node.value:
                found[f"{path.relative_to(ROOT)}:{node.lineno}"] = node.value
    return found


@pytest.mark.parametrize("version", VERSIONS)
def test_no_program_of_the_project_gives_an_error(version: Version) -> None:
    programs = programs_of_the_project()
    assert len(programs) > 150
    told = {name: findings for name, program in programs.items()
            if (findings := [f for f in lint(program, version) if f.severity != "warning"])}  # fmt: skip
    assert told == {}


@pytest.mark.blender
def test_no_type_that_is_told_from_the_text_has_what_a_row_calls_gone() -> None:
    import bpy

    version = bpy.app.version[:2]
    data = ("Mesh", "Curve", "TextCurve", "SurfaceCurve", "MetaBall", "Armature", "Lattice", "Camera", "PointLight",
            "SunLight", "SpotLight", "AreaLight", "Speaker", "LightProbe", "Volume", "Curves", "PointCloud", "GreasePencil")  # fmt: skip
    several = {
        "ObjectData": data,
        "Light": data[8:12],
        "Strip": ("ColorStrip", "MovieStrip", "SoundStrip", "ImageStrip"),
    }
    kinds = {kind for members in _MEMBERS.values() for kind in members.values()} | set(_MEMBERS) | set(_CALLS.values())
    kinds |= {*_ITEMS.values(), *_ITEMS, *MODIFIERS.values()}
    kinds = {inner for kind in kinds for inner in re.findall(r"\w+", kind)}
    kinds |= {name for name in dir(bpy.types) if re.match(r"(Shader|Geometry|Compositor|Function)Node\w", name)}
    checked = 0
    for change in CHANGES:
        where = change.where or change.on
        if change.kind != "attribute" or change.where[:1] in {"-", "="} or not where or not change.applies(version):
            continue
        for kind in kinds:
            for real in several.get(kind, (kind,)):
                owner = getattr(bpy.types, real, None)
                if owner is None or not re.search(where, kind) or not hasattr(owner, "bl_rna"):
                    continue
                for name in change.old.split("|"):
                    if "*" not in name and change.severity == "error":
                        checked += 1
                        has = {*owner.bl_rna.properties.keys(), *owner.bl_rna.functions.keys(), *vars(owner)}
                        assert name not in has, (change.id, real, name)
    assert checked > 150


@pytest.mark.blender
def test_no_operator_takes_a_keyword_that_a_row_calls_gone() -> None:
    import bpy

    from viga_mcp.blender.suggest import operator_paths

    version = bpy.app.version[:2]
    for change in CHANGES:
        if change.kind == "keyword" and change.where and change.applies(version):
            for path in operator_paths():
                if re.search(change.where, f"bpy.ops.{path}"):
                    module, _, name = path.partition(".")
                    taken = getattr(getattr(bpy.ops, module), name).get_rna_type().properties.keys()
                    assert set(taken).isdisjoint(change.old.split("|")), (change.id, path)


def test_a_place_has_its_line_and_column_in_characters() -> None:
    code = 'é = "ü"; nodes = bpy.data.materials["m"].node_tree.nodes; nodes.new("ShaderNodeTexMusgrave")\n'
    (finding,) = lint("\f\n" + "a = '\u2028'\n" + code, (5, 2))
    assert (finding.row, finding.line, finding.old) == ("P10", 3, "ShaderNodeTexMusgrave")
    assert code[finding.column :].startswith('"ShaderNodeTexMusgrave"')


@pytest.mark.parametrize(
    "text", ["", "x = (", "\0", "return = 3", "(" * 500, "x = 1\n" * (MAX_CHARACTERS // 5), "a" + ".b" * 3000]
)
def test_text_that_is_no_program_gives_nothing(text: str) -> None:
    assert lint(text, (5, 2)) == []


def test_a_program_four_times_as_long_takes_four_times_as_long() -> None:
    code = "\n".join(IDIOMS.values())
    short = processor_seconds(lambda: lint(code * 2, (5, 2)))
    assert processor_seconds(lambda: lint(code * 8, (5, 2))) < 3 * 4 * short


def test_several_fixes_become_edits_that_are_unique_and_in_order() -> None:
    line = 'b.inputs["Specular"].default_value = b.inputs["Clearcoat"].default_value\n'
    code = (
        'b = bpy.data.materials["m"].node_tree.nodes["Principled BSDF"]\n' + line + "x = 1\n" + line + "y = 2\n" + line
    )
    findings = lint(code, (5, 2))
    assert [finding.old for finding in findings] == ["Specular", "Clearcoat"] * 3
    edits = outdated.edits(code, [finding.fix for finding in findings if finding.fix])
    assert len(edits) == 3
    fixed = apply_edits(code, edits)
    assert fixed == code.replace("Specular", "Specular IOR Level").replace("Clearcoat", "Coat Weight")
    assert lint(fixed, (5, 2)) == []


def test_what_can_not_be_told_apart_gives_no_edits() -> None:
    line = 'nodes.new("CompositorNodeMath")\n'
    code = line * 40
    assert outdated.edits(code, [finding.fix for finding in lint(code, (5, 2)) if finding.fix]) == []


PROGRAM = """\
import bpy
bpy.ops.mesh.primitive_cube_add(size=2)
cube = bpy.context.object
material = bpy.data.materials.new("M")
bsdf = material.node_tree.nodes["Principled BSDF"]
bsdf.inputs["Specular"].default_value = 0.5
bsdf.inputs["Clearcoat"].default_value = 0.5
cube.select = True
bpy.context.scene.eevee.use_ssr = True
"""


@pytest.mark.blender
async def test_a_failed_program_tells_its_other_outdated_lines_corrected(viga: Viga, scene: str) -> None:
    error = await viga.error("execute_blender_code", scene=scene, code=PROGRAM)
    assert error.count("there is no 'Specular'") == 1, error  # the hint of the failing line, once
    assert "3 more lines of the program will fail in Blender" in error
    assert '  line 7: write bsdf.inputs["Coat Weight"].default_value = 0.5' in error
    assert "  line 8: In Blender 5." in error
    assert "  line 9: In Blender 5." in error
    assert '"old"' not in error  # edits would be of the head's program, which this is not


@pytest.mark.blender
async def test_what_is_told_makes_the_program_run(any_viga: Viga, scene: str) -> None:
    error = await any_viga.error("execute_blender_code", scene=scene, code=PROGRAM)
    lines = PROGRAM.splitlines()
    for line, text in re.findall(r"^  line (\d+): write (.*)$", error, re.M):
        lines[int(line) - 1] = text
    lines[5] = lines[5].replace("Specular", "Specular IOR Level")
    lines[7:] = ["cube.select_set(True)", "bpy.context.scene.eevee.use_raytracing = True"]
    await any_viga.result("execute_blender_code", scene=scene, code="\n".join(lines))
    assert await any_viga.head(scene) == "r1"


@pytest.mark.blender
async def test_failed_edits_come_back_with_edits_to_send_after_them(viga: Viga, scene: str) -> None:
    good = PROGRAM.partition("bsdf.inputs")[0] + "bsdf.inputs['Roughness'].default_value = 0.2\n"
    await viga.result("execute_blender_code", scene=scene, code=good, mode="program")
    mine = [{"old": "bsdf.inputs['Roughness'].default_value = 0.2\n",
             "new": 'bsdf.inputs["Specular"].default_value = 1\nbsdf.inputs["Sheen"].default_value = 1\n'}]  # fmt: skip
    error = await viga.error("execute_blender_code", scene=scene, edits=mine)
    more = json.loads(error.partition("send them again, followed by ")[2].splitlines()[0])
    assert len(more) == 2
    result = await viga.result("execute_blender_code", scene=scene, edits=[*mine, *more])
    assert not result.is_error
    assert await viga.head(scene) == "r2"


@pytest.mark.blender
async def test_a_program_without_old_spellings_fails_without_advice_about_them(any_viga: Viga, scene: str) -> None:
    error = await any_viga.error("execute_blender_code", scene=scene, code="import bpy\n1 / 0\n")
    assert "will fail" not in error


@pytest.mark.blender
async def test_an_accepted_program_warns_of_silent_traps(any_viga: Viga, scene: str) -> None:
    code = (
        "import bpy\nfrom mathutils import Matrix\nbpy.ops.mesh.primitive_cube_add()\ncube = bpy.context.object\n"
        "cube.matrix_world = cube.matrix_world * Matrix.Rotation(1, 4, 'Z')\n"
    )
    text = await any_viga.text("execute_blender_code", scene=scene, code=code)
    assert "Warning: line 5: Instead of `*` between two matrices (since 2.80): `@`" in text


@pytest.mark.blender
async def test_what_is_deprecated_is_one_line_with_edits_that_work(any_viga: Viga, scene: str) -> None:
    import bpy

    code = (
        "import bpy\neditor = bpy.context.scene.sequence_editor_create()\n"
        "strip = editor.strips.new_effect(name='a', type='COLOR', channel=1, frame_start=1, length=9)\n"
        "strip.frame_final_duration = 20\nlength = strip.frame_final_duration\nstart = strip.frame_final_start\n"
    )
    await any_viga.result("execute_blender_code", scene=scene, code="import bpy\n", mode="program")
    text = await any_viga.text("execute_blender_code", scene=scene, code=code)
    if bpy.app.version < (5, 1):
        assert "deprecated" not in text
        return
    assert text.count("deprecated") == 1
    edits = json.loads(text.partition("; edits: ")[2].splitlines()[0])
    fixed = await any_viga.text("execute_blender_code", scene=scene, edits=edits)
    assert "deprecated" not in fixed
