"""Which numbers a caller means: literals of the program by place or name, and data paths that it never mentions."""

import difflib
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from viga_mcp.errors import VigaError
from viga_mcp.fitting.literals import Literal, find_literals, spell_number

CAMERA = "camera"
_PLACE = re.compile(r"(\d+)(?::(\d+))?\Z")
_DATA_PATH = re.compile(r"(?:bpy\.data\.)?\w+\[[\"'].+?[\"']\]\..+\Z")


def literals_named(literals: Sequence[Literal], parameters: Sequence[str]) -> tuple[list[int], list[str]]:
    """The literals that parameters name, and those parameters that are data paths (or "camera") instead.

    Args:
        literals: Of the program.
        parameters: `line:column`, `line`, a literal's name or the beginning of it up to a bracket, a data path.

    Raises:
        VigaError: "invalid_argument" for one that is neither, with the nearest names.
    """
    chosen: dict[int, None] = {}
    paths: list[str] = []
    for parameter in parameters:
        found = _matching(literals, parameter.strip())
        if found:
            chosen |= dict.fromkeys(found)
        elif parameter.strip() == CAMERA or _DATA_PATH.match(parameter.strip()):
            paths.append(parameter.strip().removeprefix("bpy.data."))
        else:
            raise _unknown(literals, parameter)
    return list(chosen), paths


def with_assignments(source: str, values: Mapping[str, Any]) -> tuple[str, tuple[int, ...]]:
    """The program with `bpy.data.PATH = value` lines at its end, and the indices of their literals.

    Args:
        source: A program, perhaps empty.
        values: Numbers, or sequences of them, by data path below `bpy.data`.
    """
    lines = [f"bpy.data.{path} = {_spelled(value)}" for path, value in values.items()]
    head = source if source.endswith("\n") or not source else source + "\n"
    head = head if re.search(r"^import bpy\b", head, re.MULTILINE) else f"import bpy\n{head}"
    whole = head + "\n".join(lines) + "\n"
    first = head.count("\n") + 1
    return whole, tuple(literal.index for literal in find_literals(whole) if literal.line >= first)


def _matching(literals: Sequence[Literal], parameter: str) -> list[int]:
    if place := _PLACE.match(parameter):
        line, column = int(place[1]), place[2]
        return [one.index for one in literals if one.line == line and column in {None, str(one.column)}]
    wanted = _plain(parameter)
    return [
        one.index
        for one in literals
        if (name := _plain(one.name.partition(" at ")[0])) == wanted or name.startswith((f"{wanted}[", f"{wanted}."))
    ]


def _plain(name: str) -> str:
    return name.removeprefix("bpy.data.").replace("'", '"')


def _spelled(value: Any) -> str:
    if isinstance(value, bool | str):
        return repr(value)
    if isinstance(value, int | float):
        return spell_number(value, whole=isinstance(value, int))
    return f"({', '.join(_spelled(part) for part in value)})"


def _unknown(literals: Sequence[Literal], parameter: str) -> VigaError:
    names = {_plain(literal.name): literal for literal in literals}
    near = difflib.get_close_matches(_plain(parameter), names, 8, 0.3) or list(names)[:8]
    shown = "; ".join(f"{names[name].place} {names[name].name} = {json.dumps(names[name].value)}" for name in near)
    return VigaError(
        "invalid_argument",
        f"{parameter!r} names no number of the program.",
        then=f"Literals: {shown or 'none'}. Or give a data path, such as 'objects[\"Lamp\"].data.energy', or 'camera'.",
    )
