# pyright: basic, reportAttributeAccessIssue=false, reportMissingImports=false
"""Plain values of Blender structs: which properties of a type are simple is looked up once a type and kept."""

import math
from typing import Any, NamedTuple

import bpy
import numpy as np

DIGITS = 6
TINY = 1e-7
"""Below this a length, an angle or a matrix element is what single precision leaves of zero."""

POWERS = 10.0 ** np.arange(23)
"""The powers of ten that double precision holds exactly."""

MAX_ITEMS = 32
"""Longer sequences are data (curves, bakes), not settings."""

SKIPPED = {
    "rna_type",
    "width_pct",
    "bake_directory",
    "bake_target",
    "set_inverse_pending",
    "error_location",
    "error_rotation",
}


class Field(NamedTuple):
    """One simple property of a type."""

    name: str
    kind: str
    default: Any
    is_array: bool


_fields: dict[type, tuple[Field, ...]] = {}


def rounded(value: float) -> float | None:
    """Six significant digits (what single precision holds); None for what is not a finite number."""
    return float(f"{value:.{DIGITS}g}") if math.isfinite(value) else None


def rounded_list(values) -> list[float | None]:
    """`rounded` of each number of a flat sequence."""
    return [rounded(value) for value in values]


def rounded_rows(array: np.ndarray) -> list:
    """`rounded` of a whole array at once, as nested lists; what is below `TINY` becomes 0."""
    values = np.asarray(array, np.float64)
    finite = np.isfinite(values)
    has_gaps = not finite.all()
    if has_gaps:
        values = np.where(finite, values, 0.0)
    size = np.abs(values)
    is_zero = size < TINY
    places = np.floor(np.log10(np.where(is_zero, 1.0, size))).astype(np.intp)
    # Dividing by a power of ten is exact where multiplying by its inverse is not: 0.1 must come out as 0.1.
    up, down = POWERS.take(DIGITS - 1 - places, mode="clip"), POWERS.take(places - DIGITS + 1, mode="clip")
    result = np.rint(values / down * up) / up * down
    result[is_zero] = 0.0
    if has_gaps:
        result = result.astype(object)
        result[~finite] = None
    return result.tolist()


def plain(value: Any) -> Any:
    """A value as JSON can hold it; data blocks by name, None for what has no plain form."""
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return rounded(value)
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    if isinstance(value, bpy.types.ID):
        return value.name
    try:
        return [plain(item) for item in value] if len(value) <= MAX_ITEMS else None
    except TypeError:
        return None


def simple_properties(struct) -> dict[str, Any]:
    """Numbers and choices always; switches, texts and data blocks (by name) where they differ from the default.

    What the base type (Node, Modifier, Constraint) has for the interface is left out.
    """
    fields = _fields.get(type(struct))
    if fields is None:
        fields = _fields[type(struct)] = tuple(_simple_fields(struct.bl_rna))
    values: dict[str, Any] = {}
    for name, kind, default, is_array in fields:
        value = getattr(struct, name)
        if kind == "POINTER":
            if value is not None:
                values[name] = value.name
        elif kind in ("FLOAT", "INT", "ENUM"):
            values[name] = plain(value)
        elif is_array:
            values[name] = list(value)
        elif value != default:
            values[name] = value
    return values


def _simple_fields(rna):
    base = rna
    while base.base is not None:
        base = base.base
    inherited = set() if base is rna else set(base.properties.keys())
    for prop in rna.properties:
        name, kind = prop.identifier, prop.type
        if name in inherited or name in SKIPPED or prop.is_hidden or getattr(prop, "is_deprecated", False):
            continue
        if name.startswith(("show_", "open_", "bl_")):
            continue
        if kind == "POINTER":
            if _is_id(prop.fixed_type):
                yield Field(name, kind, None, False)
        elif kind in ("FLOAT", "INT", "BOOLEAN", "ENUM", "STRING") and not prop.is_readonly:
            is_array = bool(getattr(prop, "is_array", False))
            if not is_array or prop.array_length <= 4:
                yield Field(name, kind, None if is_array or kind == "ENUM" else prop.default, is_array)


def _is_id(rna) -> bool:
    while rna is not None:
        if rna.identifier == "ID":
            return True
        rna = rna.base
    return False
