"""A scene graph in a few lines: what a model reads before it asks for more."""

from collections import Counter
from collections.abc import Sequence
from itertools import accumulate
from typing import Any

from viga_mcp.graph_values import Graph, value_text

LISTED, LARGEST = 12, 8
"""Most names of a kind that a summary gives, and most of the largest objects."""

LIST_CHARACTERS = 240
"""Most for the names of a kind together: a thousand long ones stay within 2,000 tokens, text and structure together."""


def summary(graph: Graph) -> str:
    """A few lines on the whole scene: counts, size, camera, lights, world, the largest objects, materials."""
    scene, objects, counts = graph["scene"], graph["objects"], graph["counts"]
    kinds = Counter(entry["type"] for entry in objects.values())
    types = ", ".join(f"{number} {kind}" for kind, number in kinds.most_common())
    hidden = sum(not entry["visible"] for entry in objects.values())
    samples = f", {scene['samples']} samples" if scene["samples"] else ""
    lines = [
        f"Scene {scene['name']!r}: {len(objects)} objects{f' ({types})' if types else ''}"
        + (f", {hidden} not rendered" if hidden else "")
        + f", {counts['triangles']:,} triangles, {counts['materials']} materials.",
        f"Picture {scene['resolution'][0]}x{scene['resolution'][1]}, {scene['engine']}{samples}, "
        f"{scene['view_transform']}, frame {scene['frame']} of {scene['frame_range'][0]}-{scene['frame_range'][1]}.",
        _camera_line(graph),
        _light_line(graph),
    ]
    boxes = {name: entry["bounds"] for name, entry in objects.items() if entry["bounds"] and entry["visible"]}
    if boxes:
        low = [min(box[0][i] for box in boxes.values()) for i in range(3)]
        high = [max(box[1][i] for box in boxes.values()) for i in range(3)]
        lines.append(f"All that is rendered lies in {value_text(low)}..{value_text(high)} m.")
        largest = sorted(boxes, key=lambda name: (-_diagonal(boxes[name]), name))[:LARGEST]
        lines.append(f"Largest: {'; '.join(_fitting([_largest_text(name, objects[name]) for name in largest]))}.")
    collections = [
        f"{name} {len(entry['objects'])}" for name, entry in graph["collections"].items() if entry["objects"]
    ]
    lines.append(f"Collections (objects): {_listed(collections)}.")
    lines.append(f"Materials: {_listed(list(graph['materials']))}.")
    moving = [name for name, entry in objects.items() if entry.get("animation") or entry.get("physics")]
    if moving:
        lines.append(f"Animated or simulated: {_listed(moving)}.")
    lines.append('More: detail="objects" (rows; choose with under, names, since; next page with cursor) or "full".')
    return "\n".join(lines)


def _camera_line(graph: Graph) -> str:
    name = graph["scene"]["camera"]
    others = sum(entry["type"] == "CAMERA" for entry in graph["objects"].values()) - 1
    if name is None or name not in graph["objects"] or "camera" not in graph["objects"][name]:
        return "No active camera."
    entry = graph["objects"][name]
    lens = entry["camera"]
    what = f"fov {value_text(lens['fov_deg'])} deg" if lens["fov_deg"] else lens["projection"].lower()
    place = value_text([entry["matrix_world"][i] for i in (3, 7, 11)])
    return f"Camera {name!r} at {place}, {what}" + (f"; {others} more." if others > 0 else ".")


def _light_line(graph: Graph) -> str:
    lights = [
        f"{name} {entry['light']['kind']} {value_text(entry['light']['energy'])} {_unit(entry)}"
        + ("" if entry["visible"] else " (not rendered)")
        for name, entry in graph["objects"].items()
        if entry["type"] == "LIGHT"
    ]
    world = graph["world"]
    sky = "no world"
    if world:
        strength = value_text(world["strength"]) if world["strength"] is not None else "from nodes"
        color = value_text(world["color"]) if world["color"] is not None else "from nodes"
        sky = f"world {world['name']}: colour {color}, strength {strength}"
    return f"Lights: {_listed(lights)}; {sky}."


def _unit(entry: Any) -> str:
    return "W/m2" if entry["light"]["kind"] == "SUN" else "W"


def _largest_text(name: str, entry: Any) -> str:
    low, high = entry["bounds"]
    return f"{name} {' x '.join(f'{b - a:.3g}' for a, b in zip(low, high, strict=True))} m"


def _diagonal(box: Any) -> float:
    return sum((b - a) ** 2 for a, b in zip(box[0], box[1], strict=True)) ** 0.5


def _listed(items: Sequence[str]) -> str:
    if not items:
        return "none"
    shown = _fitting(items[:LISTED])
    return ", ".join(shown) + (f" and {len(items) - len(shown)} more" if len(items) > len(shown) else "")


def _fitting(items: Sequence[str]) -> Sequence[str]:
    """As many of the first as have room in a list, whole; one in any case."""
    lengths = accumulate(len(item) + 2 for item in items)
    return items[: max(1, sum(length <= LIST_CHARACTERS for length in lengths))]
