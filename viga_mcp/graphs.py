"""What a caller sees of a stored scene graph: a summary, rows, or all of it, page by page."""

import base64
import binascii
import fnmatch
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from viga_mcp.diffs import scene_diff
from viga_mcp.errors import VigaError
from viga_mcp.graph_summary import summary
from viga_mcp.graph_values import Graph, unknown_name, value_text

__all__ = ["ObjectRow", "Page", "full", "objects", "select", "summary"]

FULL_LEFT_OUT = {"matrix_world"}


@dataclass(frozen=True)
class ObjectRow:
    """One object in short; lengths in metres, world frame where not said otherwise."""

    name: str
    type: str
    parent: str | None
    location: list[float | None]
    dimensions: list[float | None]
    bounds: list[list[float]] | None
    materials: list[str]
    visible: bool

    @property
    def text(self) -> str:
        """One line."""
        parts = [f"{self.name} {self.type} at {value_text(self.location)}"]
        if self.bounds:
            parts.append(f"box {value_text(self.bounds[0])}..{value_text(self.bounds[1])}")
        if self.parent:
            parts.append(f"in {self.parent}")
        if self.materials:
            parts.append("of " + ", ".join(self.materials))
        if not self.visible:
            parts.append("not rendered")
        return " | ".join(parts)


@dataclass(frozen=True)
class Page:
    """Part of a list of objects. `rows` is empty in full pages, `entries` in others.

    `total` counts all that fit the question; `next_cursor` gives the rest, None if there is none.
    """

    total: int
    next_cursor: str | None
    rows: tuple[ObjectRow, ...] = ()
    entries: dict[str, Any] | None = None


def objects(
    graph: Graph,
    *,
    under: str | None = None,
    names: Sequence[str] | None = None,
    since: Graph | None = None,
    limit: int = 100,
    cursor: str | None = None,
) -> Page:
    """Rows of objects in the scene's order.

    Args:
        graph: The stored graph.
        under: A collection or a parent; all levels below it, and the parent itself.
        names: Exact names or patterns with `*`, `?`, `[...]`.
        since: An earlier graph: only objects that are new or changed against it, or whose materials changed.
        limit: Rows a page.
        cursor: `next_cursor` of the page before, with the same question.

    Raises:
        VigaError: `not_found` for an unknown name, `invalid_argument` for a foreign cursor or a limit below 1.
    """
    page, selected = _page(graph, under, names, since, limit, cursor)
    rows = tuple(_row(name, graph["objects"][name]) for name in selected)
    return Page(page.total, page.next_cursor, rows=rows)


def full(
    graph: Graph,
    *,
    under: str | None = None,
    names: Sequence[str] | None = None,
    since: Graph | None = None,
    limit: int = 100,
    cursor: str | None = None,
) -> Page:
    """All that the graph says of the objects asked for and of the materials that they use; arguments as `objects`.

    `entries` has `objects` and `materials`, on the first page also `scene`, `world`, `collections`, `node_groups`.
    The world matrix is left out: location, rotation, scale, parent and box say the same in fewer words.
    """
    page, selected = _page(graph, under, names, since, limit, cursor)
    chosen = {name: graph["objects"][name] for name in selected}
    used = {material for entry in chosen.values() for material in entry.get("materials", [])}
    entries: dict[str, Any] = {
        "objects": {
            name: {key: value for key, value in entry.items() if key not in FULL_LEFT_OUT}
            for name, entry in chosen.items()
        },
        "materials": {name: entry for name, entry in graph["materials"].items() if name in used},
    }
    if cursor is None:
        whole = ("scene", "world", "collections", "node_groups") if names is None and under is None else ("scene",)
        entries |= {key: graph[key] for key in whole if graph.get(key)}
    return Page(page.total, page.next_cursor, entries=entries)


def select(
    graph: Graph, *, under: str | None = None, names: Sequence[str] | None = None, since: Graph | None = None
) -> list[str]:
    """Names of the objects asked for, in the scene's order; arguments and errors as `objects`."""
    found = list(graph["objects"])
    if under is not None:
        below = _below(graph, under)
        found = [name for name in found if name in below]
    if names is not None:
        wanted = _matching(graph, names)
        found = [name for name in found if name in wanted]
    if since is not None:
        changed = _changed(since, graph)
        found = [name for name in found if name in changed]
    return found


def _below(graph: Graph, under: str) -> set[str]:
    objects, collections = graph["objects"], graph["collections"]
    if under in collections:
        names: set[str] = set()
        waiting = [under]
        while waiting:
            entry = collections[waiting.pop()]
            names.update(entry["objects"])
            waiting += entry["children"]
        return names
    if under not in objects:
        raise unknown_name("collection or object", under, [*collections, *objects])
    names, size = {under}, 0
    while size != len(names):
        size = len(names)
        names |= {name for name, entry in objects.items() if entry["parent"] in names}
    return names


def _matching(graph: Graph, names: Sequence[str]) -> set[str]:
    known = graph["objects"]
    found: set[str] = set()
    for name in names:
        # A name may itself hold brackets, so what is there exactly is no pattern.
        matches = [name] if name in known else [other for other in known if fnmatch.fnmatchcase(other, name)]
        if not matches:
            raise unknown_name("object", name, known)
        found.update(matches)
    return found


def _changed(before: Graph, after: Graph) -> set[str]:
    diff = scene_diff(before, after)
    materials = {change.path[1] for change in diff.changed if change.path[0] == "materials"}
    users = {name for name, entry in after["objects"].items() if materials.intersection(entry.get("materials", []))}
    return diff.object_names | users


def _page(
    graph: Graph,
    under: str | None,
    names: Sequence[str] | None,
    since: Graph | None,
    limit: int,
    cursor: str | None,
) -> tuple[Page, list[str]]:
    if limit < 1:
        raise VigaError("invalid_argument", f"limit is {limit}; it must be at least 1.")
    found = select(graph, under=under, names=names, since=since)
    # A cursor carries a mark of the list that it goes through: of another question it would skip at random.
    mark = hashlib.sha256("\0".join(found).encode()).hexdigest()[:8]
    start = 0 if cursor is None else _start(cursor, mark)
    end = start + limit
    following = base64.urlsafe_b64encode(f"{mark}:{end}".encode()).decode() if end < len(found) else None
    return Page(len(found), following), found[start:end]


def _start(cursor: str, mark: str) -> int:
    try:
        known, start = base64.urlsafe_b64decode(cursor.encode()).decode().split(":")
        if known == mark and start.isdecimal():
            return int(start)
    except (ValueError, binascii.Error):
        pass
    raise VigaError(
        "invalid_argument",
        f"The cursor {cursor[:40]!r} is not of this list.",
        then="Give the same scene, revision, under, names and since as for the page that it came with, or no cursor.",
    )


def _row(name: str, entry: Any) -> ObjectRow:
    matrix = entry["matrix_world"]
    return ObjectRow(
        name=name,
        type=entry["type"],
        parent=entry["parent"],
        location=[matrix[3], matrix[7], matrix[11]],
        dimensions=entry["dimensions"],
        bounds=entry["bounds"],
        materials=[material for material in entry.get("materials", []) if material],
        visible=entry["visible"],
    )
