# pyright: basic, reportAttributeAccessIssue=false, reportMissingImports=false
"""What became of a value that a program wrote: clamped, renamed, without effect, degrees for radians."""

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import bpy
from bpy.types import bpy_struct
from mathutils import Euler

TURN = 2 * math.pi
_TOLERANCE = 1e-4  # Blender stores 32-bit floats
# Set in other units or by other rules than they are read, so a difference means nothing.
_COMPUTED = {"dimensions", "threads", "white_balance_whitepoint", "white_balance_tint", "white_balance_temperature",
             "frame_float", "link_limit", "frame_current"}  # fmt: skip
_NORMALIZED = {"QUATERNION", "AXISANGLE", "DIRECTION", "MATRIX"}

_LONGEST = 32  # pixels and the like are not read back

Note = Callable[[str, int | None, str], None]


@dataclass(frozen=True)
class Rule:
    """What is checked when a property is written; ranges in the property's own unit, None without bound."""

    is_array: bool
    is_angle: bool
    low: float | None
    high: float | None


@cache
def find_rule(kind: type, name: str) -> Rule | None:
    """The rule for a property of a class of Blender, or None if nothing is to be checked."""
    if issubclass(kind, bpy.types.Node) and name in {"width", "height"}:
        return None
    return _rule(kind.bl_rna.properties.get(name), name)


@cache
def find_argument_rule(operator: str, name: str) -> Rule | None:
    """The rule for an argument of an operator (`bpy.ops.mesh.bevel`), or None."""
    module, _, function = operator.removeprefix("bpy.ops.").partition(".")
    return _rule(getattr(getattr(bpy.ops, module), function).get_rna_type().properties.get(name), name)


def _rule(prop: Any, name: str) -> Rule | None:
    if prop is None or prop.type not in {"INT", "FLOAT"} or name in _COMPUTED or prop.subtype in _NORMALIZED:
        return None
    is_array = bool(prop.is_array)
    if is_array and (prop.array_dimensions[1] or not 0 < prop.array_length <= _LONGEST):
        return None
    huge = 2**31 - 1 if prop.type == "INT" else 3e38
    low = prop.hard_min if prop.hard_min > -huge else None
    high = prop.hard_max if prop.hard_max < huge else None
    return Rule(is_array, prop.subtype in {"ANGLE", "EULER"}, low, high)


class WriteCheck:
    """Checks one write after another, and notes what went wrong.

    Args:
        source: The program: whether it names pi or keyframes tells how to read a large angle.
        note: Called with kind, line and message.
        taken: Names that existed before the run, by class of data-block (`"Object"`).
    """

    def __init__(self, source: str, note: Note, taken: dict[str, set[str]]) -> None:
        self.note = note
        self.taken = taken
        self.is_careful = re.search(r"\b(pi|tau|radians|degrees|keyframe_\w+|fcurves?)\b", source) is not None
        # By name: the memory of a modifier that an operator removes is gone while Python still refers to it.
        self.hidden: list[tuple[bpy.types.ID, str, str, int]] = []

    def check(self, owner: Any, name: str, value: Any, text: str, line: int) -> None:
        """Look at what a write left behind.

        Args:
            owner: What was written to.
            name: The attribute, or "[]" for an item of a rotation.
            value: What was written; None if only the result is known (`+=`).
            text: The target as the program writes it.
            line: Its line.
        """
        if isinstance(owner, Euler):
            holder = getattr(owner.owner, "data", None)
            if isinstance(holder, (bpy.types.Object, bpy.types.PoseBone)):
                self._rotation(holder, "rotation_euler", text, line)
                self._angle(max(owner, key=abs) if value is None else value, text, line, is_result=value is None)
            return
        if not isinstance(owner, bpy_struct):
            return
        if isinstance(value, str):
            if name == "name" and isinstance(owner, bpy.types.ID):
                self.name(owner, value, f"{text} = {value!r}", line)
            return
        if name.startswith("rotation_") and name != "rotation_mode":
            self._rotation(owner, name, text, line)
        elif name in {"hide_viewport", "show_viewport"}:
            if value is not None and bool(value) == (name == "hide_viewport"):
                self.hidden.append((owner.id_data, "" if owner == owner.id_data else owner.name, text, line))
            return
        rule = find_rule(type(owner), name)
        if rule is None:
            return
        stored = getattr(owner, name)
        given = stored if value is None else value
        if rule.is_angle and self._angle(given, text, line, is_result=value is None):
            return
        if value is not None:
            self._stored(rule, given, stored, text, line)

    def name(self, block: bpy.types.ID, wanted: str, text: str, line: int) -> None:
        """Note a numeric suffix, if the wanted name was taken before the run, and a name cut short."""
        if block.name == wanted:
            return
        if wanted in self.taken.get(_family(block), ()):
            self.note("renamed", line, f"{text} became {block.name!r}: the name was taken before this run. "
                      f"Change or remove the old one, or use the name it got.")  # fmt: skip
        elif not re.fullmatch(re.escape(wanted) + r"\.\d{3,}", block.name):
            self.note("renamed", line, f"{text} became {block.name!r}.")

    def check_arguments(self, operator: str, arguments: dict[str, Any], line: int) -> None:
        """Note arguments of an operator that it will have clamped, and degrees."""
        for name, value in arguments.items():
            rule = find_argument_rule(operator, name) if list(_numbers(value)) else None
            if rule is None:
                continue
            text = f"{operator}({name})"
            if rule.is_angle and self._angle(value, text, line):
                continue
            low = -math.inf if rule.low is None else rule.low
            high = math.inf if rule.high is None else rule.high
            stored = [min(max(number, low), high) for number in _numbers(value)]
            self._stored(rule, value, stored[0] if isinstance(value, (int, float)) else stored, text, line)

    def _rotation(self, owner: Any, name: str, text: str, line: int) -> None:
        mode = getattr(owner, "rotation_mode", None)
        fits = {"rotation_quaternion": {"QUATERNION"}, "rotation_axis_angle": {"AXIS_ANGLE"}}.get(name)
        if mode is None or name not in {"rotation_euler", "rotation_quaternion", "rotation_axis_angle"}:
            return
        if (mode not in fits) if fits else mode in {"QUATERNION", "AXIS_ANGLE"}:
            wanted = next(iter(fits)) if fits else "XYZ"
            self.note("no_effect", line, f"{text} has no effect while {owner.name!r} has rotation_mode {mode!r}. "
                      f"Set rotation_mode = {wanted!r} before it.")  # fmt: skip

    def _angle(self, value: Any, text: str, line: int, *, is_result: bool = False) -> bool:
        numbers = [number for number in _numbers(value) if math.isfinite(number)]
        is_suspect = looks_like_degrees(numbers, is_careful=self.is_careful or is_result)
        if is_suspect:
            shown = max(numbers, key=abs)
            message = (
                f"{text} = {_say(value)}: {shown:g} radians are {math.degrees(shown):.0f} degrees. "
                f"Angles are in radians: math.radians({shown:g}) if degrees were meant."
            )
            self.note("degrees", line, message)
        return is_suspect

    def _stored(self, rule: Rule, given: Any, stored: Any, text: str, line: int) -> None:
        wanted, got = list(_numbers(given)), list(_numbers(stored))
        if len(wanted) != len(got) or not wanted:
            return
        if not all(map(math.isfinite, got)):
            self.note("not_finite", line, f"{text} = {_say(given)}: not a finite number.")
        elif any(abs(a - b) > _TOLERANCE * max(1.0, abs(a)) for a, b in zip(wanted, got, strict=True)):
            limits = (("at least", rule.low), ("at most", rule.high))
            bounds = " and ".join(f"{word} {_number(bound)}" for word, bound in limits if bound is not None)
            unit = " It is an angle in radians: use math.radians(...)." if rule.is_angle else ""
            allowed = f" (allowed: {bounds})" if bounds else ""
            self.note("clamped", line, f"{text} = {_say(given)} was stored as {_say(stored)}{allowed}.{unit}")


def looks_like_degrees(numbers: list[float], *, is_careful: bool) -> bool:
    """Whether angles given in radians are more likely degrees.

    Past a whole turn both are possible. Where radians are named or motion is made of many turns (`is_careful`), only a
    round number such as 45 or 90 gives degrees away.
    """
    large = [number for number in numbers if abs(number) > TURN + 1e-4]
    if not is_careful:
        return bool(large)
    whole = [number for number in large if number % 5 == 0]
    return any(isinstance(number, int) or (number % 15 == 0 and abs(number) >= 30) for number in whole)


def _numbers(value: Any) -> Iterator[float]:
    """The numbers of a scalar or of a flat sequence; none if there is anything else in it."""
    try:
        items = [value] if isinstance(value, (int, float)) else list(value)
    except TypeError:
        return
    if all(isinstance(item, (int, float)) and not isinstance(item, bool) for item in items):
        yield from items


def _say(value: Any) -> str:
    numbers = [_number(number) for number in _numbers(value)]
    return numbers[0] if isinstance(value, (int, float)) else f"({', '.join(numbers)})"


def _number(number: float) -> str:
    is_whole = math.isfinite(number) and number == int(number) and abs(number) < 1e9
    return str(int(number)) if is_whole else f"{number:.6g}"


def _family(block: bpy.types.ID) -> str:
    rna = block.bl_rna
    while rna.base is not None and rna.base.identifier != "ID":
        rna = rna.base
    return rna.identifier
