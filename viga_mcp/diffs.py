"""What changed between two scene graphs, in the words that the program was written in.

Own values (a location, an energy, a socket) are reported; what follows from them (world matrix, box, size) only where
nothing else explains it: then a driver, a constraint, an animation or another object did it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from viga_mcp.diff_text import lines_of, to_text
from viga_mcp.graph_values import Graph, Path, differences, flatten, label, numbers

__all__ = ["Change", "Item", "Rename", "SceneDiff", "flatten", "label", "scene_diff"]

TRANSFORM = ("location", "rotation_deg", "scale", "rotation_mode", "parent")
SHAPE = ("modifiers", "mesh", "shape_keys", "curve", "data", "instances")
UNTOLD = ("users", "links")
KINDS = ("objects", "materials", "node_groups", "collections")
RANKS = {
    "engine": 1, "camera": 1, "hide_render": 1, "visible": 1, "resolution": 1,
    "location": 2, "rotation_deg": 2, "scale": 2, "parent": 2, "light": 2, "color": 2, "strength": 2,
    "matrix_world": 3, "materials": 3, "nodes": 3, "modifiers": 3, "shape_keys": 3, "curve": 3, "constraints": 3,
    "animation": 4, "physics": 4, "dimensions": 5, "bounds": 5, "mesh": 5,
}  # fmt: skip
LAST_RANK = 6


@dataclass(frozen=True)
class Change:
    """One value that differs. `path` starts with the section (`objects`, `materials`, `world`, `scene`, ...).

    A thing that came or went inside another (a node, a modifier) has None on the side where it is missing.
    """

    path: Path
    before: Any
    after: Any
    note: str = ""

    @property
    def label(self) -> str:
        """`Lamp.energy`, `material Red: Principled BSDF.Roughness`."""
        return label(self.path)

    @property
    def text(self) -> str:
        """One line: `Lamp.energy 500 -> 750`."""
        return to_text(self.path, self.before, self.after, self.note)


@dataclass(frozen=True)
class Item:
    """A thing that came or went: `kind` is a section of the graph, `entry` what that section says of it."""

    kind: str
    name: str
    entry: dict[str, Any] = field(compare=False, repr=False)


@dataclass(frozen=True)
class Rename:
    """A thing that only changed its name."""

    kind: str
    before: str
    after: str


@dataclass(frozen=True)
class SceneDiff:
    """All differences of two graphs, the most important first.

    `carried` names, for each object that moved, those below it in the hierarchy that only moved along.
    """

    added: tuple[Item, ...] = ()
    removed: tuple[Item, ...] = ()
    renamed: tuple[Rename, ...] = ()
    changed: tuple[Change, ...] = ()
    carried: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.renamed or self.changed or self.carried)

    def lines(self, cap: int = 20) -> list[str]:
        """What to read, at most `cap` lines and one that says how many were left out."""
        return lines_of(self, cap)

    @property
    def summary(self) -> str:
        """`1 added, 3 changed`, or that nothing changed."""
        parts = [
            f"{len(things)} {word}"
            for word, things in (
                ("removed", self.removed),
                ("added", self.added),
                ("renamed", self.renamed),
                ("changed", self.changed),
                ("carried along", [name for _, names in self.carried for name in names]),
            )
            if things
        ]
        return ", ".join(parts) or "nothing changed in the scene"

    @property
    def object_names(self) -> set[str]:
        """Objects, by their name afterwards, that came, changed or moved along."""
        return {
            *(item.name for item in self.added if item.kind == "objects"),
            *(rename.after for rename in self.renamed if rename.kind == "objects"),
            *(change.path[1] for change in self.changed if change.path[0] == "objects"),
            *(name for _, names in self.carried for name in names),
        }

    def to_json(self) -> dict[str, Any]:
        """The same as plain data; `changed` has `what`, `before`, `after`."""
        return {
            "added": [{"kind": item.kind, "name": item.name} for item in self.added],
            "removed": [{"kind": item.kind, "name": item.name} for item in self.removed],
            "renamed": [{"kind": r.kind, "before": r.before, "after": r.after} for r in self.renamed],
            "changed": [{"what": c.label, "before": c.before, "after": c.after} for c in self.changed],
            "carried": {root: list(names) for root, names in self.carried},
        }


def scene_diff(before: Graph, after: Graph) -> SceneDiff:
    """Compare two graphs of `read_graph`; the reverse order gives the same changes, reversed."""
    added: list[Item] = []
    removed: list[Item] = []
    renames: dict[str, dict[str, str]] = {}
    changes: list[Change] = []
    for kind in KINDS:
        old, new = _section(before, kind), _section(after, kind)
        gone = {name: entry for name, entry in old.items() if name not in new}
        come = {name: entry for name, entry in new.items() if name not in old}
        renames[kind] = _renames(gone, come) if kind != "collections" else {}
        names = renames[kind].values()
        removed += [Item(kind, name, entry) for name, entry in gone.items() if name not in renames[kind]]
        added += [Item(kind, name, entry) for name, entry in come.items() if name not in names]
    objects, carried = _object_changes(before, after, renames)
    changes += objects
    for kind in ("materials", "node_groups"):
        old, new = _section(before, kind), _section(after, kind)
        for name, entry in old.items():
            if name in new and entry != new[name]:
                changes += _without_fed(c for c in _compare((kind, name), entry, new[name]) if c.path[2] not in UNTOLD)
    old, new = _section(before, "collections"), _section(after, "collections")
    for name, entry in old.items():
        if name in new:  # who is in it is told by the objects
            changes += (c for c in _compare(("collections", name), entry, new[name]) if c.path[2] != "objects")
    changes += _world_changes(before.get("world"), after.get("world"))
    changes += _scene_changes(before, after, renames["objects"])
    return SceneDiff(
        added=tuple(added),
        removed=tuple(removed),
        renamed=tuple(Rename(kind, old, new) for kind, pairs in renames.items() for old, new in pairs.items()),
        changed=tuple(sorted(changes, key=_importance)),
        carried=carried,
    )


def _section(graph: Graph, kind: str) -> dict[str, Any]:
    return graph.get(kind) or {}


def _renames(gone: dict[str, Any], come: dict[str, Any]) -> dict[str, str]:
    """Old to new name of what is equal in all else, where it can only be one."""
    pairs: dict[str, str] = {}
    for old, entry in gone.items():
        if len(gone) * len(come) > 10_000:
            break
        twins = [new for new, other in come.items() if other == entry]
        if len(twins) == 1 and sum(other == entry for other in gone.values()) == 1:
            pairs[old] = twins[0]
    return pairs


def _object_changes(
    before: Graph, after: Graph, renames: dict[str, dict[str, str]]
) -> tuple[list[Change], tuple[tuple[str, tuple[str, ...]], ...]]:
    old, new = _section(before, "objects"), _section(after, "objects")
    changes: dict[str, list[Change]] = {}
    for name, entry in old.items():
        if name in new and entry != new[name]:
            current = list(_compare(("objects", name), _renamed(entry, renames), new[name]))
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


def _without_fed(changes: Iterable[Change]) -> list[Change]:
    """Without the values of sockets that were linked or unlinked: the link says it."""
    changes = list(changes)
    fed = {c.path[:-2] + c.path[-1:] for c in changes if "linked" in c.path[-2:-1]}
    return [c for c in changes if not ("inputs" in c.path[-2:-1] and c.path[:-2] + c.path[-1:] in fed)]


def _world_changes(before: dict[str, Any] | None, after: dict[str, Any] | None) -> list[Change]:
    if before is None or after is None:
        names = (before and before["name"], after and after["name"])
        return [] if before is after else [Change(("world",), *names)]
    changes = [c for c in _compare(("world",), before, after) if c.path[1] != "links"]
    changes = _without_fed(changes)
    # Colour and strength are the background node's inputs: one line for both.
    told = {c.path[1].capitalize() for c in changes if c.path[1] in ("color", "strength")}
    return [c for c in changes if not (c.path[1] == "nodes" and len(c.path) > 4 and c.path[4] in told)]


def _scene_changes(before: Graph, after: Graph, renames: dict[str, str]) -> list[Change]:
    old = before["scene"] | {"camera": renames.get(before["scene"].get("camera") or "", before["scene"].get("camera"))}
    return list(_compare(("scene",), old, after["scene"]))


def _compare(path: Path, before: Any, after: Any) -> Iterator[Change]:
    return (Change(*difference) for difference in differences(path, before, after))


def _importance(change: Change) -> tuple[int, float, Path]:
    keys = change.path[2:] if change.path[0] in KINDS else change.path[1:]
    rank = min((RANKS.get(key, LAST_RANK) for key in keys[:1]), default=2)
    old, new = list(numbers(change.before)), list(numbers(change.after))
    if None in old or None in new or len(old) != len(new):
        return rank, -1.0, change.path
    gap = max((abs(a - b) for a, b in zip(old, new, strict=True)), default=0.0)
    scale = max((abs(value) for value in (*old, *new)), default=0.0)
    return rank, -gap if "location" in keys else -gap / scale if scale else 0.0, change.path
