"""The values of a scene graph: their paths, their names, and whether two are the same."""

import difflib
from collections.abc import Collection, Iterator, Sequence
from typing import Any, TypeGuard

from viga_mcp.errors import VigaError

Graph = dict[str, Any]
"""A scene graph as `viga_mcp.blender.graph.read_graph` gives it: JSON, hence Any."""

Path = tuple[str, ...]

OWN_TOLERANCE = 1e-6
DERIVED_TOLERANCE = 2e-5
"""Relative. A derived value is computed in single precision and stored with six digits: its last digit may flip."""

DERIVED = ("matrix_world", "bounds", "dimensions", "mesh", "visible")

CONTAINERS = {"light", "camera", "curve", "properties", "inputs", "linked", "nodes"}
"""Levels of the graph that add nothing to the name of a value."""

NAMED = {"modifiers", "constraints", "shape_keys", "custom"}
SECTIONS = {"materials": "material", "node_groups": "node group", "collections": "collection"}


def label(path: Path) -> str:
    """`("objects", "Lamp", "light", "energy")` as `Lamp.energy`; one of a material after a colon."""
    if not path:
        return ""
    section, *rest = path
    if section == "objects" and rest:
        return _join(rest[0], rest[1:])
    if section in SECTIONS and rest:
        inner = _join("", rest[1:])
        return f"{SECTIONS[section]} {rest[0]}" + (f": {inner}" if inner else "")
    return _join(section, rest)


def _join(head: str, keys: Sequence[str]) -> str:
    text, is_named = head, False
    for i, key in enumerate(keys):
        if is_named:
            text, is_named = f"{text}[{key}]", False
        elif key in CONTAINERS and i + 1 < len(keys):
            continue
        else:
            text = f"{text}.{key}" if text else key
            is_named = key in NAMED
    return text


def value_text(value: Any) -> str:
    """A value as short as it can be told apart: six digits, vectors in parentheses."""
    if value is None:
        return "none"
    if isinstance(value, bool) or isinstance(value, str):
        return str(value)
    if isinstance(value, int):
        return f"{value:,}" if abs(value) >= 10_000 else str(value)
    if isinstance(value, float):
        return f"{value:.6g}"
    if is_list(value):
        items = [value_text(item) for item in value[:8]]
        return f"({', '.join(items)}{', ...' if len(value) > 8 else ''})"
    return str(value)


def flatten(graph: Graph, *, derived: bool = True) -> dict[Path, Any]:
    """Each single value of a graph by its path; `label(path)` names it.

    Vectors come apart (`..., "location", "z"`), colours too (`"r"`); modifiers and constraints go by name.

    Args:
        graph: As `read_graph` gives it.
        derived: Keep what follows from other values: world matrix, box, dimensions, mesh sizes, counts.
    """
    return {
        path: value
        for path, value in _leaves((), graph)
        if derived or not (path[0] == "counts" or (path[0] == "objects" and path[2] in DERIVED))
    }


def _leaves(path: Path, value: Any) -> Iterator[tuple[Path, Any]]:
    value = by_name(value)
    if is_dict(value):
        for key, inner in value.items():
            yield from _leaves((*path, key), inner)
    elif is_list(value) and all(isinstance(item, (int, float)) or is_list(item) or item is None for item in value):
        names = "xyz" if len(value) == 3 else [str(i) for i in range(len(value))]
        if "olor" in path[-1] or path[-1] == "diffuse" or path[-1].endswith("Tint"):
            names = "rgba"[: len(value)]
        if path[-1] == "bounds":
            names = ("low", "high")
        for name, inner in zip(names, value, strict=True):
            yield from _leaves((*path, name), inner)
    else:
        yield path, value


def is_dict(value: Any) -> TypeGuard[dict[str, Any]]:
    """A JSON object."""
    return isinstance(value, dict)


def is_list(value: Any) -> TypeGuard[list[Any]]:
    """A JSON array."""
    return isinstance(value, list)


def differences(path: Path, before: Any, after: Any) -> Iterator[tuple[Path, Any, Any]]:
    """The smallest named values that differ, as (path, before, after); what is missing on one side is None there."""
    before, after = by_name(before), by_name(after)
    if (
        (is_dict(before) or is_dict(after))
        and (before is None or is_dict(before))
        and (after is None or is_dict(after))
    ):
        old, new = before or {}, after or {}
        if (before is None or after is None) and "type" in old | new:  # a node, a modifier, a constraint
            yield path, before, after
            return
        for key in (*old, *(key for key in new if key not in old)):
            if old.get(key) != new.get(key):
                yield from differences((*path, key), old.get(key), new.get(key))
        if (
            len(path) == 3
            and path[2] in ("modifiers", "constraints")
            and set(old) == set(new)
            and list(old) != list(new)
        ):
            yield (*path[:2], f"{path[2]} order"), list(old), list(new)
        return
    # A switch is left out of the graph at its default, so the missing side is its opposite.
    if before is None and isinstance(after, bool):
        before = not after
    elif after is None and isinstance(before, bool):
        after = not before
    tolerance = DERIVED_TOLERANCE if len(path) > 2 and path[2] in DERIVED else OWN_TOLERANCE
    if not same_value(before, after, tolerance):
        yield path, before, after


def by_name(value: Any) -> Any:
    """Modifiers and constraints as a dict by name; all else as it is."""
    if is_list(value) and value and all(is_dict(item) and "name" in item for item in value):
        return {item["name"]: {key: inner for key, inner in item.items() if key != "name"} for item in value}
    return value


def same_value(before: Any, after: Any, tolerance: float) -> bool:
    if before == after:
        return True
    old, new = list(numbers(before)), list(numbers(after))
    if None in old or None in new or len(old) != len(new):
        return False
    scale = max((abs(value) for value in (*old, *new)), default=0.0)
    return all(abs(a - b) <= tolerance * scale for a, b in zip(old, new, strict=True))


def numbers(value: Any) -> Iterator[Any]:
    """The numbers of a nested list; None for anything else in it."""
    if is_list(value):
        for item in value:
            yield from numbers(item)
    else:
        yield value if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def unknown_name(what: str, name: str, names: Collection[str]) -> VigaError:
    """The error for a name that the scene does not have: the nearest ones that it has, or the first.

    Args:
        what: What it should have named: `object`, `camera`, `collection`, ...
        name: As asked for.
        names: Those that exist.
    """
    lower = {known.lower(): known for known in names}
    near = [lower[match] for match in difflib.get_close_matches(name.lower(), lower, 5, 0.6)]
    if near:
        then = f"Did you mean {', '.join(map(repr, near))}?"
    elif names:
        first = list(names)[:10]
        then = f"There are {', '.join(map(repr, first))}" + (
            f" and {len(names) - 10} more." if len(names) > 10 else "."
        )
    else:
        then = f"The scene has no {what} at all."
    return VigaError("not_found", f"The scene has no {what} {name!r}.", then=then)
