"""Whatever a program does to its process, the reply says what happened and the next call finds the untouched head."""

from typing import NamedTuple

import pytest

from tests.conftest import Viga

pytestmark = pytest.mark.blender


class Fault(NamedTuple):
    """A program, the kind of its error, and words that the reply must hold."""

    code: str
    kind: str
    words: tuple[str, ...]
    timeout_s: float = 60


FAULTS = {
    "endless loop": Fault(
        "n = 1\nwhile True:\n    n += 1", "timeout", ("stopped after 0.5 s at line", "while True"), 0.5
    ),
    "long C call": Fault("n = 1\nsum(range(10**12))", "timeout", ("at line 2", "sum(range(10**12))"), 0.5),
    "segfault": Fault("import ctypes\nctypes.string_at(0)", "crash", ("SIGSEGV", "at line 2", "string_at")),
    "abort": Fault("import os\nos.abort()", "crash", ("SIGABRT", "at line 2")),
    "sys.exit": Fault("import sys\nsys.exit(3)", "runtime_error", ("sys.exit(3)", "line 2")),
    "os._exit": Fault("import os\nos._exit(7)", "crash", ("exit status 7",)),
    "quit": Fault("import bpy\nbpy.ops.wm.quit_blender()", "runtime_error", ("quit_blender", "line 2")),
    "8 GB": Fault("keep = bytearray(8 << 30)", "memory_limit", ("MemoryError", "line 1")),
    "closed descriptors": Fault("import os\nos.closerange(3, 256)", "crash", ()),
    "exception": Fault("import bpy\nbpy.data.objects['Kube']", "runtime_error", ("KeyError", "line 2", "'Cube'")),
    "syntax": Fault("import bpy\nif True\n    pass", "syntax_error", ("line 2", "if True")),
}


@pytest.mark.parametrize("name", FAULTS)
async def test_a_fault_is_named_and_the_next_call_continues_from_the_untouched_head(
    viga: Viga, scene: str, name: str
) -> None:
    fault = FAULTS[name]
    await viga.facts("open_scene", scene=scene, template="default")
    await viga.text("execute_blender_code", scene=scene, code="import bpy\nbpy.data.objects['Cube'].location.x = 4")
    before = await viga.values(scene)

    said = await viga.error(
        "execute_blender_code",
        scene=scene,
        code=f"import bpy\nbpy.data.objects.remove(bpy.data.objects['Light'])\n{fault.code}"
        if name != "syntax"
        else fault.code,
        timeout_s=fault.timeout_s,
    )
    shifted = [_shifted(word, 2) if name != "syntax" else word for word in fault.words]
    assert said.startswith(f"{fault.kind}: "), said
    assert all(word in said for word in shifted), said
    assert "Nothing was changed" in said
    assert "is at r1" in said

    assert await viga.head(scene) == "r1"
    assert await viga.values(scene) == before
    after = await viga.meta("execute_blender_code", scene=scene, code="import bpy\nprint(len(bpy.data.objects))")
    assert (after["revision"], after["output"].strip()) == ("r2", "3")


async def test_ten_megabytes_of_prints_come_back_as_their_beginning_and_end(viga: Viga, scene: str) -> None:
    code = "print('first')\nfor n in range(100_000):\n    print('x' * 100)\nprint('last')"
    result = await viga.result("execute_blender_code", scene=scene, code=code)
    assert result.meta is not None
    output = result.meta["viga/run"]["output"]
    assert output.startswith("first\n")
    assert output.endswith("last\n")
    assert "left out" in output
    assert len(output) < 10_000


async def test_a_program_that_closes_its_output_loses_only_its_output(viga: Viga, scene: str) -> None:
    meta = await viga.meta("execute_blender_code", scene=scene, code="import os\nos.close(1)\nos.close(2)\nn = 1")
    assert meta["revision"] == "r1"
    again = await viga.meta("execute_blender_code", scene=scene, code="print('here')")
    assert (again["revision"], again["output"]) == ("r2", "here\n")


async def test_output_before_a_crash_is_told(viga: Viga, scene: str) -> None:
    said = await viga.error(
        "execute_blender_code", scene=scene, code="print('so far', flush=True)\nimport os\nos.abort()"
    )
    assert "so far" in said


async def test_a_program_that_forks_runs_once(viga: Viga, scene: str) -> None:
    code = "import os, bpy, warnings\nwarnings.simplefilter('ignore')\nos.fork()\nbpy.data.objects.new('Twin', None)"
    code += "\nbpy.context.collection.objects.link(bpy.data.objects['Twin'])"
    meta = await viga.meta("execute_blender_code", scene=scene, code=code)
    assert meta["revision"] == "r1"
    assert await viga.head(scene) == "r1"


def _shifted(word: str, lines: int) -> str:
    """`line 2` of the fault's own text is `line 4` of the program that it was put into."""
    head, found, number = word.rpartition("line ")
    return f"{head}{found}{int(number) + lines}" if found and number.isdigit() else word


async def test_a_program_that_kills_the_processes_above_it_harms_only_itself(viga: Viga, scene: str) -> None:
    await viga.text("execute_blender_code", scene=scene, code="import bpy\nbpy.ops.mesh.primitive_cube_add()")
    before = await viga.values(scene)
    if "fork" in str(viga.backend):  # under spawn the process above is the server itself
        await viga.result(
            "execute_blender_code", scene=scene, code="import os, signal\nos.kill(os.getppid(), signal.SIGKILL)"
        )
        assert await viga.values(scene, "r1") == before
    assert (await viga.meta("execute_blender_code", scene=scene, code="n = 1"))["output"] == ""


async def test_a_program_writes_and_reads_exr_files(viga: Viga, scene: str) -> None:
    """OpenEXR's pool of threads does not survive a fork: the first file would wait for it for ever."""
    code = """\
import bpy, os, tempfile
made = bpy.data.images.new("Made", 64, 64, float_buffer=True)
made.pixels[0] = 7.5
made.file_format, made.filepath_raw = "OPEN_EXR", os.path.join(tempfile.mkdtemp(), "made.exr")
made.save()
print(round(bpy.data.images.load(made.filepath_raw).pixels[0], 2))
"""
    meta = await viga.meta("execute_blender_code", scene=scene, code=code, timeout_s=20)
    assert meta["output"] == "7.5\n"
