"""Which changes of objects are causes and which only follow from others."""

from collections.abc import Iterator, Sequence
from typing import Any

from viga_mcp.diff_text import Change, to_text
from viga_mcp.graph_values import Graph, Path, differences

TRANSFORM = ("location", "rotation_deg", "scale", "rotation_mode", "parent")
SHAPE = ("modifiers", "mesh", "shape_keys", "curve", "data", "instances")


def object_changes(
    before: Graph, after: Graph, renames: dict[str, dict[str, str]]
) -> tuple[list[Change], tuple[tuple[str, tuple[str, ...]], ...]]:
    """Changes of the objects that both graphs have, without what others explain, and who moved along with whom.

    Args:
        before, after: The graphs.
        renames: Old to new names, by section of the graph.
    """
    old, new = section(before, "objects"), section(after, "objects")
    changes: dict[str, list[Change]] = {}
    for name, entry in old.items():
        if name in new and entry != new[name]:
            current = list(compare(("objects", name), _renamed(entry, renames), new[name]))
            if current:
                changes[name] = current
    moved = {name for name, found in changes.items() if any(c.path[2] == "matrix_world" for c in found)}
    has_new_frame = before["scene"].get("frame") != after["scene"].get("frame")
    resolution = before["scene"].get("resolution") != after["scene"].get("resolution")
    kept: list[Change] = []
    carried: dict[str, list[str]] = {}
    for name, found in changes.items():
        keys = {c.path[2] for c in found}
        root = _mover(name, new, moved, changes)
        if "matrix_world" in keys and root != name:
            carried.setdefault(root, []).append(name)
        for change in found:
            told = _told(change, keys, is_carried=root != name, has_new_resolution=resolution, found=found)
            if told is not None:
                frame = " by the frame" if change.path[2] == "matrix_world" and has_new_frame else ""
                kept.append(_with_note(told, frame))
    return kept, tuple((root, tuple(sorted(names))) for root, names in sorted(carried.items()))


def _renamed(entry: dict[str, Any], renames: dict[str, dict[str, str]]) -> dict[str, Any]:
    """An entry that speaks of parents and materials by their new names."""
    if not renames["objects"] and not renames["materials"]:
        return entry
    entry = entry | {"parent": renames["objects"].get(entry.get("parent") or "", entry.get("parent"))}
    if "materials" in entry:
        entry["materials"] = [renames["materials"].get(name or "", name) for name in entry["materials"]]
    return entry


def _mover(name: str, objects: dict[str, Any], moved: set[str], changes: dict[str, list[Change]]) -> str:
    """The ancestor that moved this object along, or the object itself if it moved on its own account."""
    seen: set[str] = set()
    while name not in seen:
        seen.add(name)
        if any(c.path[2] in TRANSFORM for c in changes.get(name, ())):
            return name
        parent = objects.get(name, {}).get("parent")
        if parent not in moved:
            return name
        name = parent
    return name


def _told(
    change: Change, keys: set[str], *, is_carried: bool, has_new_resolution: bool, found: Sequence[Change]
) -> Change | None:
    """The change as it is reported; None if others explain it."""
    key = change.path[2]
    has_moved = "matrix_world" in keys or not keys.isdisjoint(TRANSFORM)
    if key == "matrix_world":
        return None if is_carried or not keys.isdisjoint(TRANSFORM) else change
    if key == "bounds":
        return None if has_moved or not keys.isdisjoint((*SHAPE, "dimensions")) else change
    if key == "dimensions":
        return None if "scale" in keys or (has_moved and keys.isdisjoint(SHAPE)) else change
    if key == "visible":
        return None if "hide_render" in keys else change
    if key == "mesh":
        counts = {c.path[3] for c in found if c.path[2] == "mesh" and len(c.path) > 3}
        first = next((name for name in ("faces", "vertices", "edges", "triangles") if name in counts), None)
        return change if len(change.path) == 3 or change.path[3] == first else None
    if change.path[2:] == ("camera", "fov_deg"):
        lens = any(c.path[2] == "camera" and c.path[3] in ("lens_mm", "sensor_mm", "sensor_fit") for c in found)
        return None if lens or has_new_resolution else change
    if change.path[2:] == ("camera", "lens_mm"):
        fov = next((c for c in found if c.path[2:] == ("camera", "fov_deg")), None)
        note = f"fov {to_text((), fov.before, fov.after)} deg" if fov else ""
        return Change(change.path, change.before, change.after, note)
    return change


def _with_note(change: Change, frame: str) -> Change:
    key = change.path[2]
    if key == "matrix_world":
        return Change(
            change.path, change.before, change.after, f"moved{frame or ' by a driver, constraint or animation'}"
        )
    if key == "location" and change.path[0] == "objects":
        pairs = zip(change.before, change.after, strict=True)
        distance = sum((b - a) ** 2 for a, b in pairs if a is not None and b is not None) ** 0.5
        return Change(change.path, change.before, change.after, f"moved {distance:.4g} m")
    return change


def section(graph: Graph, kind: str) -> dict[str, Any]:
    """A section of a graph, empty where it has none."""
    return graph.get(kind) or {}


def compare(path: Path, before: Any, after: Any) -> Iterator[Change]:
    """`differences` as changes."""
    return (Change(*difference) for difference in differences(path, before, after))
