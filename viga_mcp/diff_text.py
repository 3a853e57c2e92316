"""The words for a scene diff: names of values, one line a change, many alike in one line."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from viga_mcp.graph_values import Path, is_dict, label, value_text

if TYPE_CHECKING:
    from viga_mcp.diffs import Item, SceneDiff

SECTIONS = {"materials": "material", "node_groups": "node group", "collections": "collection"}
AXES = ("location", "rotation_deg", "scale", "dimensions")
ALIKE = 4
"""So many of a kind are told in one line."""

MANY = 8
"""So many different changes of one property are told in one line."""

SHOWN_NAMES = 4


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


def to_text(path: Path, before: Any, after: Any, note: str = "") -> str:
    """One line for a change: `Cube.location.z 0.5 -> 0.52 (moved 0.02 m)`."""
    name, tail = label(path), f" ({note})" if note else ""
    key = path[-1] if path else ""
    if key == "matrix_world":
        return f"{name.removesuffix('.matrix_world')} {_place(before)} -> {_place(after)} in the world{tail}"
    if is_dict(before) or is_dict(after):  # a node, a modifier, a constraint
        sign = "+" if before is None else "-"
        return f"{sign} {name} ({(before or after or {}).get('type', '')})"
    if len(path) > 1 and "linked" in path:
        return f"{name} fed by {value_text(after)} (was {value_text(before)})"
    if key == "materials" and all(side is None or len(side) < 2 for side in (before, after)):
        before, after = (before or [None])[0], (after or [None])[0]
        name = name.removesuffix("s")
    elif key in AXES and len(path) == 3 and before and after:
        differing = [i for i, (a, b) in enumerate(zip(before, after, strict=True)) if a != b]
        if len(differing) == 1:
            before, after = before[differing[0]], after[differing[0]]
            name = f"{name}.{'xyz'[differing[0]]}"
    return f"{name} {value_text(before)} -> {value_text(after)}{tail}".lstrip()


def _place(matrix: Sequence[float] | None) -> str:
    return value_text([matrix[3], matrix[7], matrix[11]] if matrix else None)


def item_text(item: "Item") -> str:
    """`Chair (MESH, 1,204 faces) at (0, 1, 0.5)`."""
    if item.kind != "objects":
        return f"{SECTIONS[item.kind]} {item.name}" + (" (unused)" if item.entry.get("users") == 0 else "")
    faces = item.entry.get("mesh", {}).get("faces")
    kind = f"{item.entry['type']}, {faces:,} faces" if faces is not None else item.entry["type"]
    return f"{item.name} ({kind}) at {_place(item.entry.get('matrix_world'))}"


def lines_of(diff: "SceneDiff", cap: int) -> list[str]:
    """Lines of a diff, most important first, at most `cap` and one on what was cut."""
    lines = [f"- {text}" for text in _grouped_items(diff.removed)]
    lines += [f"+ {text}" for text in _grouped_items(diff.added)]
    for rename in diff.renamed:
        kind = "" if rename.kind == "objects" else SECTIONS[rename.kind] + " "
        lines.append(f"{kind}{rename.before} renamed to {rename.after}")
    lines += _grouped_changes(diff.changed)
    lines += [f"{root} carries along {_names(names)}" for root, names in diff.carried]
    if len(lines) <= cap:
        return lines
    return [*lines[:cap], f"... and {len(lines) - cap} more lines: diff_revisions gives all of them"]


def _grouped_items(items: Iterable["Item"]) -> list[str]:
    """One line each, but one for many objects of a type whose names differ only in their number."""
    groups: dict[tuple[str, str, str], list[Item]] = defaultdict(list)
    for item in items:
        groups[item.kind, str(item.entry.get("type")), re.sub(r"[._ -]?\d+$", "", item.name)].append(item)
    lines: list[str] = []
    for (kind, type_name, _), members in groups.items():
        if len(members) < ALIKE:
            lines += [item_text(item) for item in members]
            continue
        faces = sum(item.entry.get("mesh", {}).get("faces", 0) for item in members)
        what = f"{type_name} objects" if kind == "objects" else kind.replace("_", " ")
        lines.append(
            f"{len(members)} {what}: {members[0].name} ... {members[-1].name}"
            + (f" ({faces:,} faces)" if faces else "")
        )
    return lines


def _grouped_changes(changes: Sequence[Change]) -> list[str]:
    """One line each; one for the same change of several objects, one for a property of many."""
    groups: dict[str, list[Change]] = {}
    spread = Counter(change.path[2:] for change in changes if change.path[0] == "objects")
    for change in changes:
        groups.setdefault(_tail(change), []).append(change)
    lines: dict[str | Path, list[str]] = {}
    for tail, members in groups.items():
        path = members[0].path
        if path[0] == "objects" and len(members) >= ALIKE:
            lines[tail] = [f"{tail} of {_names([change.path[1] for change in members])}"]
        elif path[0] == "objects" and spread[path[2:]] > MANY:
            lines.setdefault(path[2:], []).extend(change.text for change in members)
        else:
            lines[tail] = [change.text for change in members]
    result: list[str] = []
    for key, texts in lines.items():
        if isinstance(key, tuple) and len(texts) > MANY:
            result.append(f"{label(('objects', '', *key))} of {len(texts)} objects: {'; '.join(texts[:3])}; ...")
        else:
            result += texts
    return result


def _tail(change: Change) -> str:
    """The line without the object's name, which is what many can have in common."""
    return change.text.removeprefix(f"{change.path[1]}.") if change.path[0] == "objects" else change.text


def _names(names: Sequence[str]) -> str:
    shown = ", ".join(names[:SHOWN_NAMES])
    if len(names) <= SHOWN_NAMES:
        return shown
    return f"{len(names)} objects: {shown}, ..."
