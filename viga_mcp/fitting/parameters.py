"""From meanings to unknowns: on which scale a number is searched, how far it may go, what a natural step is."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal as OneOf

from viga_mcp.fitting.literals import SIGNIFICANT_DIGITS, Literal, Value
from viga_mcp.fitting.meanings import Meaning, Path

Role = OneOf["place", "turn", "size", "power", "share", "stops", "camera", "lamp", "amount"]

# Sockets and properties that Blender draws as a slider from 0 to 1.
_SHARES = frozenset(
    {
        "Roughness",
        "Metallic",
        "Alpha",
        "Factor",
        "Fac",
        "Coat Weight",
        "Coat Roughness",
        "Sheen Weight",
        "Sheen Roughness",
    }
    | {"Transmission Weight", "Subsurface Weight", "Subsurface Anisotropy", "Specular IOR Level", "Anisotropic"}
    | {"Anisotropic Rotation", "Weight", "blend", "factor_random"}
)
_LENGTHS = frozenset({"width", "thickness", "radius", "size", "depth", "height", "voxel_size", "merge_threshold"})
_INVISIBLE = frozenset({"diffuse", "resolution", "samples", "hide_viewport", "frame", "frame_range", "fps", "users"})
_INVISIBLE_PROPERTIES = frozenset({"levels", "show_viewport", "show_in_editmode", "show_expanded"})
_SHIFT_STEP, _SHIFT_REACH = 0.03, 0.25  # of the picture's width


@dataclass(frozen=True, slots=True)
class Parameter:
    """A number to be found, searched on its own scale.

    Attributes:
        literal: Index of its literal.
        low, high: Bounds of its value.
        step: A change of the coordinate that shows in the picture: the unit of search. reach: the most in one go.
        offset: None for a linear scale (coordinate = value); else the coordinate is log(sign * value + offset).
    """

    literal: int
    role: Role
    low: float
    high: float
    step: float
    reach: float
    offset: float | None = None
    sign: float = 1.0

    def encode(self, value: float) -> float:
        """The value's coordinate."""
        return value if self.offset is None else math.log(max(self.sign * value, 0.0) + self.offset)

    def decode(self, coordinate: float) -> float:
        """The value at a coordinate, inside the bounds and as short as it will be written."""
        if self.offset is not None:
            value = self.sign * max(math.exp(min(coordinate, 60.0)) - self.offset, 0.0)
        else:
            value = round(coordinate, max(0, 3 - math.floor(math.log10(self.step)))) + 0.0  # no finer than shows; no -0
        return float(f"{min(max(value, self.low), self.high):.{SIGNIFICANT_DIGITS}g}")

    @property
    def bounds(self) -> tuple[float, float]:
        """Lowest and highest coordinate."""
        if self.offset is None:
            return self.low, self.high
        return (math.log(max(self.offset, 1e-6)), math.inf)


@dataclass(frozen=True, slots=True)
class Choice:
    """Something to be picked: an enum item, a switch, or a whole number (then `options` is empty)."""

    literal: int
    options: tuple[Value, ...]

    def alternatives(self, current: Value, first: Value) -> tuple[Value, ...]:
        """Values to try instead of the current one."""
        if self.options:
            return tuple(option for option in (*self.options, first) if option != current)
        assert isinstance(current, int | float)
        number = int(current)
        near = (number + 1, number - 1, number + 2, number - 2, number + max(3, number // 2 + 1))
        low = 0 if number >= 0 else number - 4  # a count below zero means nothing, and far above costs minutes
        return tuple(one for one in dict.fromkeys(near) if one >= low)


def make_unknowns(
    literals: tuple[Literal, ...], meanings: Mapping[int, Meaning]
) -> tuple[tuple[Parameter, ...], tuple[Choice, ...]]:
    """Parameters and choices for the literals that can matter to a picture, in program order."""
    parameters: list[Parameter] = []
    choices: list[Choice] = []
    for index, meaning in sorted(meanings.items()):
        if meaning.effects and all(_is_invisible(path) for path in meaning.effects):
            continue
        value = literals[index].value
        if meaning.options or meaning.is_whole:
            choices.append(Choice(index, meaning.options))
        elif isinstance(value, int | float):
            parameters.append(_parameter(literals[index], float(value), meaning))
    return tuple(parameters), tuple(choices)


def _is_invisible(path: Path) -> bool:
    match path:
        case (*_, socket, 3) if "Color" in str(socket):
            return True  # the alpha of a colour
        case (*_, "ramp", _, 4):
            return True
        case ("scene" | "materials" | "objects", *rest):
            return bool(_INVISIBLE.intersection(rest)) or rest[-1] in _INVISIBLE_PROPERTIES
        case _:
            return False


def _parameter(literal: Literal, value: float, meaning: Meaning) -> Parameter:
    role = _role(literal, value, meaning)
    size = abs(value)
    match role:
        case "power":
            offset = _zero_power(meaning) if size == 0 else 0.02 * size
            return Parameter(literal.index, role, 0.0, math.inf, 0.25, 1.5, offset)
        case "size":
            step = _shown(meaning.shift * size, 0.06, 0.015, 0.2)
            return Parameter(literal.index, role, *_side(value), step, 0.5, 1e-4 * size, math.copysign(1.0, value))
        case "share":
            high = 1.0 if value <= 1.0 else math.inf
            return Parameter(literal.index, role, min(value, 0.0), high, 0.08, 0.4)
        case "stops":
            return Parameter(literal.index, role, -10.0, 10.0, 0.2, 1.0)
        case "turn":
            degree = 1.0 / max(_turn_slope(meaning), 1e-6)
            return Parameter(literal.index, role, -math.inf, math.inf, 4 * degree, 30 * degree)
        case "place" | "camera" | "lamp":
            step = _SHIFT_STEP / meaning.shift if meaning.shift > 1e-9 else 0.05 * max(size, 1.0)
            if role == "lamp":
                step = 0.08 * max(size, 1.0)
            return Parameter(literal.index, role, -math.inf, math.inf, step, step * _SHIFT_REACH / _SHIFT_STEP)
        case "amount":
            plain = 0.06 * max(size, 0.25)
            step = _SHIFT_STEP / meaning.shift if meaning.shift > 1e-9 else plain
            step = min(max(step, plain / 6), plain * 6)
            return Parameter(literal.index, role, -math.inf, math.inf, step, 6 * step)


def _shown(shift: float, usual: float, least: float, most: float) -> float:
    return min(max(_SHIFT_STEP / shift, least), most) if shift > 1e-9 else usual


def _side(value: float) -> tuple[float, float]:
    return (0.0, math.inf) if value > 0 else (-math.inf, 0.0)


def _zero_power(meaning: Meaning) -> float:
    """Where "off" ends on a log scale: lamps in watts matter from about 1, suns and strengths from a hundredth."""
    is_watt = any("energy" in path for path in meaning.effects)
    return 1.0 if is_watt else 0.02


def _turn_slope(meaning: Meaning) -> float:
    """Degrees per unit of the literal."""
    slopes = [
        abs(after - before) / abs(meaning.nudge)
        for path, (before, after) in meaning.effects.items()
        if "rotation_deg" in path and isinstance(before, int | float) and isinstance(after, int | float)
    ]
    return max(slopes, default=57.3)


def _role(literal: Literal, value: float, meaning: Meaning) -> Role:
    roles = {_role_of_path(path) for path in meaning.effects}
    roles.discard(None)
    if meaning.turns_camera and roles & {"turn", "place"}:
        return "camera"
    for role in ("power", "stops", "share", "size", "turn", "place", "amount"):
        if role in roles:
            if role == "place" and not meaning.motion:
                return "lamp"
            return role if role != "size" or value != 0 else "amount"
    if meaning.motion and not meaning.grows:
        return "place"
    if meaning.grows and value > 0 and not meaning.motion:
        return "size"
    words = literal.name.lower()
    if 0 <= value <= 1 and ("color" in words or "colour" in words or "position" in words):
        return "share"
    return "amount"


def _role_of_path(path: Path) -> Role | None:
    if "inputs" in path:
        return _role_of_socket(str(path[path.index("inputs") + 1]))
    match path:
        case ("scene", "exposure", *_):
            return "stops"
        case ("scene", "gamma", *_) | ("objects", _, "scale", *_):
            return "size"
        case ("world", "color", *_) | ("objects", _, "shape_keys", *_) | ("objects", _, "light", "color" | "blend", *_):
            return "share"
        case ("world", "strength", *_) | ("objects", _, "light", "energy", *_):
            return "power"
        case ("objects", _, "location", *_):
            return "place"
        case ("objects", _, "rotation_deg", *_):
            return "turn"
        case ("objects", _, "camera", "shift", *_):
            return "amount"
        case ("objects", _, "light" | "camera", *_):
            return "size"
        case ("objects", _, "modifiers", *_, name):
            return "size" if name in _LENGTHS else "amount"
        case _:
            return None


def _role_of_socket(socket: str) -> Role:
    if "Color" in socket or socket in _SHARES:
        return "share"
    return "power" if "Strength" in socket else "size" if socket in ("Scale", "IOR") else "amount"
