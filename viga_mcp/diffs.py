"""What changed between two scene graphs, in the words that the program was written in.

Own values (a location, an energy, a socket) are reported; what follows from them (world matrix, box, size) only where
nothing else explains it: then a driver, a constraint, an animation or another object did it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from viga_mcp.diff_causes import compare, object_changes, section
from viga_mcp.diff_text import Change, lines_of
from viga_mcp.graph_values import Graph, Path, flatten, label, numbers

__all__ = ["Change", "Item", "Rename", "SceneDiff", "flatten", "label", "scene_diff"]

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
        old, new = section(before, kind), section(after, kind)
        gone = {name: entry for name, entry in old.items() if name not in new}
        come = {name: entry for name, entry in new.items() if name not in old}
        renames[kind] = _renames(gone, come) if kind != "collections" else {}
        names = renames[kind].values()
        removed += [Item(kind, name, entry) for name, entry in gone.items() if name not in renames[kind]]
        added += [Item(kind, name, entry) for name, entry in come.items() if name not in names]
    objects, carried = object_changes(before, after, renames)
    changes += objects
    for kind in ("materials", "node_groups"):
        old, new = section(before, kind), section(after, kind)
        for name, entry in old.items():
            if name in new and entry != new[name]:
                changes += _without_fed(c for c in compare((kind, name), entry, new[name]) if c.path[2] not in UNTOLD)
    old, new = section(before, "collections"), section(after, "collections")
    for name, entry in old.items():
        if name in new:  # who is in it is told by the objects
            changes += (c for c in compare(("collections", name), entry, new[name]) if c.path[2] != "objects")
    changes += _world_changes(before.get("world"), after.get("world"))
    changes += _scene_changes(before, after, renames["objects"])
    return SceneDiff(
        added=tuple(added),
        removed=tuple(removed),
        renamed=tuple(Rename(kind, old, new) for kind, pairs in renames.items() for old, new in pairs.items()),
        changed=tuple(sorted(changes, key=_importance)),
        carried=carried,
    )


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


def _without_fed(changes: Iterable[Change]) -> list[Change]:
    """Without the values of sockets that were linked or unlinked: the link says it."""
    changes = list(changes)
    fed = {c.path[:-2] + c.path[-1:] for c in changes if "linked" in c.path[-2:-1]}
    return [c for c in changes if not ("inputs" in c.path[-2:-1] and c.path[:-2] + c.path[-1:] in fed)]


def _world_changes(before: dict[str, Any] | None, after: dict[str, Any] | None) -> list[Change]:
    if before is None or after is None:
        names = (before and before["name"], after and after["name"])
        return [] if before is after else [Change(("world",), *names)]
    changes = [c for c in compare(("world",), before, after) if c.path[1] != "links"]
    changes = _without_fed(changes)
    # Colour and strength are the background node's inputs: one line for both.
    told = {c.path[1].capitalize() for c in changes if c.path[1] in ("color", "strength")}
    return [c for c in changes if not (c.path[1] == "nodes" and len(c.path) > 4 and c.path[4] in told)]


def _scene_changes(before: Graph, after: Graph, renames: dict[str, str]) -> list[Change]:
    old = before["scene"] | {"camera": renames.get(before["scene"].get("camera") or "", before["scene"].get("camera"))}
    return list(compare(("scene",), old, after["scene"]))


def _importance(change: Change) -> tuple[int, float, Path]:
    keys = change.path[2:] if change.path[0] in KINDS else change.path[1:]
    rank = min((RANKS.get(key, LAST_RANK) for key in keys[:1]), default=2)
    old, new = list(numbers(change.before)), list(numbers(change.after))
    if None in old or None in new or len(old) != len(new):
        return rank, -1.0, change.path
    gap = max((abs(a - b) for a, b in zip(old, new, strict=True)), default=0.0)
    scale = max((abs(value) for value in (*old, *new)), default=0.0)
    return rank, -gap if "location" in keys else -gap / scale if scale else 0.0, change.path
