# pyright: basic, reportAttributeAccessIssue=false, reportMissingImports=false
"""Watch a program for what fails without an exception.

Two sources:

- questions that `instrument.py` adds after the program's own assignments, operator calls and `.new` calls. They ask
  Blender itself what was stored, so there is no list of ranges to keep, and nothing of Blender is patched: operators
  run as they are, tracebacks and line numbers are the program's;
- the scene after the run against the scene before (`survey.py`); a program that was not compiled with `Watch.compile`
  gets only these.
"""

from dataclasses import dataclass
from types import CodeType, TracebackType
from typing import Any

import bpy
from mathutils import Euler

from viga_mcp.blender import instrument, survey
from viga_mcp.blender.writes import WriteCheck

MAX_WARNINGS = 20
_MAX_CHECKS_A_LINE = 300  # a loop that was right so often is not asked again

# Ways to tidy up that are cancelled when there is nothing to do.
_MAY_CANCEL = {"bpy.ops.outliner.orphans_purge", "bpy.ops.mesh.customdata_custom_splitnormals_clear"}


_WATCHED = (bpy.types.bpy_struct, Euler)


@dataclass
class _Finding:
    kind: str
    line: int | None
    message: str
    count: int = 0

    def told(self) -> str:
        return self.message + (f" ({self.count} times)" if self.count > 1 else "")


def _rank(found: _Finding) -> tuple[bool, bool, int]:
    return found.kind != "invalid_mesh", found.line is None, found.line or 0


class Watch:
    """Collects the warnings of one run.

        watch = Watch(source)
        code = watch.compile("<program>")
        with watch:
            exec(code, {"bpy": bpy, **watch.names})
        warnings = watch.warnings()

    Attributes:
        names: Global names that the compiled program needs.
    """

    def __init__(self, source: str) -> None:
        self.source = source
        self._found: dict[tuple[str, int | str], _Finding] = {}
        self._checks: dict[int, int] = {}
        self._made: list[survey.Made] = []
        self._given: set[int] = set()
        self._writes = WriteCheck(source, self._note, {})
        self._before: survey.Survey | None = None
        self.names: dict[str, Any] = {
            instrument.WROTE: self._wrote,
            instrument.RAN: self._ran,
            instrument.MADE: self._make,
        }

    def compile(self, filename: str) -> CodeType:
        """The program as code, with questions added.

        Raises:
            SyntaxError, ValueError: As the built-in `compile` does for the program itself.
        """
        plain = compile(self.source, filename, "exec", dont_inherit=True)
        try:
            return compile(instrument.instrument(self.source, filename), filename, "exec", dont_inherit=True)
        except (SyntaxError, RecursionError):  # legal as it stands, but not with an assignment expression in it
            return plain

    def __enter__(self) -> "Watch":
        self._before = survey.take_survey(with_hidden="hide_set" in self.source)
        self._writes.taken = self._before.names
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None and self._before is not None:
            is_traced = any(found.kind == "not_finite" for found in self._found.values())
            for fault in survey.find_faults(self._before, self._made, self._given, self.source):
                if not (is_traced and fault.kind == "not_finite"):  # the line that wrote it says more
                    self._note(*fault)
            for fault in survey.find_hidden_in_viewport_only(self._writes.hidden):
                self._note(*fault)
        self._made.clear()
        self._writes.hidden.clear()

    def warnings(self) -> list[dict[str, Any]]:
        """What failed silently: `kind`, `line` (None where no one line did it), `message`.

        A broken mesh comes first, then by line; at most 20 and the number of the rest. A line that warned several
        times, as in a loop, is told once, with its first message and the count.
        """
        found = sorted(self._found.values(), key=_rank)
        result: list[dict[str, Any]] = [
            {"kind": one.kind, "line": one.line, "message": one.told()} for one in found[:MAX_WARNINGS]
        ]
        if len(found) > MAX_WARNINGS:
            result.append({"kind": "more", "line": None, "message": f"and {len(found) - MAX_WARNINGS} more warnings"})
        return result

    def _note(self, kind: str, line: int | None, message: str) -> None:
        found = self._found.setdefault((kind, message if line is None else line), _Finding(kind, line, message))
        found.count += 1

    def _wrote(self, owner: Any, name: str, value: Any, text: str, line: int) -> None:
        if not isinstance(owner, _WATCHED):
            return
        checks = self._checks.get(line, 0)
        if checks >= _MAX_CHECKS_A_LINE:
            return
        self._checks[line] = checks + 1
        if name == "data" and isinstance(value, bpy.types.ID):
            self._given.add(value.session_uid)
        self._writes.check(owner, name, value, text, line)

    def _ran(self, result: Any, name: str, arguments: dict[str, Any], line: int) -> Any:
        if isinstance(result, set):
            self._check_result(result, name, line)
            self._writes.check_arguments(name, arguments, line)
        return result

    def _check_result(self, result: set[str], name: str, line: int) -> None:
        if "RUNNING_MODAL" in result:
            self._note("cancelled", line, f"{name} waits for a mouse, and there is none: leave out 'INVOKE_DEFAULT'.")
        elif "CANCELLED" in result and name not in _MAY_CANCEL:
            if name == "bpy.ops.object.delete" and "select" in self.source:
                return  # "select all, delete" in a scene that was empty
            self._note("cancelled", line, f"{name} returned {{'CANCELLED'}}: it did nothing. {_why(name)}")

    def _make(self, result: Any, name: Any, line: int) -> Any:
        if isinstance(result, bpy.types.ID) and not result.is_evaluated:
            self._made.append(survey.Made(result, line))
            if isinstance(result, bpy.types.Object) and result.data:
                self._given.add(result.data.session_uid)
            if isinstance(name, str):
                self._writes.name(result, name, f"the new {result.bl_rna.identifier} {name!r}", line)
        return result


def _why(operator: str) -> str:
    if operator.endswith("shade_auto_smooth") and bpy.app.version < (5, 0):
        return "Without a window it only works from Blender 5.0: use bpy.ops.object.shade_smooth_by_angle()."
    return "Check the names it was given, the selection and the mode."
