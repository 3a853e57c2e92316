"""What differs between two decks, in lines for a model. Pure: graphs of `slides.graph` in, text out."""

from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

MAX_LINES, MAX_PER_SLIDE, MAX_TEXT = 40, 6, 60
POINT = 12700
Graph = Mapping[str, Any]


def deck_changes(
    old: Graph, old_keys: Sequence[str], new: Graph, new_keys: Sequence[str]
) -> tuple[list[str], list[int]]:
    """Lines about slides added, removed and changed, and the numbers of the slides (of the new deck) that look new.

    Slides are matched by what they look like, then by their ids, so that an insertion is not a change of all after it.
    """
    lines: list[str] = []
    changed: list[int] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, old_keys, new_keys, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        before, after = old["slides"][i1:i2], new["slides"][j1:j2]
        changed += range(j1 + 1, j2 + 1)
        known = {slide["id"]: slide for slide in before}
        kept = {slide["id"] for slide in after} & set(known)
        lines += [f"slide {slide['number']} removed{_titled(slide)}" for slide in before if slide["id"] not in kept]
        for slide in after:
            if slide["id"] not in kept:
                lines.append(f"slide {slide['number']} added{_titled(slide)}: {_content(slide)}")
                continue
            differences = list(_slide_changes(known[slide["id"]], slide))
            shown = differences[:MAX_PER_SLIDE] or ["looks different (its layout, theme, media or chart)"]
            more = f"; and {len(differences) - len(shown)} more" if len(differences) > len(shown) else ""
            lines.append(f"slide {slide['number']}: {'; '.join(shown)}{more}")
    if _size(old) != _size(new):
        lines.insert(0, f"page {_size(old)} -> {_size(new)}")
    if len(lines) > MAX_LINES:
        lines = [*lines[:MAX_LINES], f"and {len(lines) - MAX_LINES} more lines"]
    return lines, changed


def plain_text(element: Mapping[str, Any]) -> str:
    """All text of a shape, paragraphs joined by line breaks; a table's by cells."""
    if element.get("table"):
        return "\n".join(" | ".join(row) for row in element["table"]["rows"])
    return paragraphs_text(element.get("text"))


def text_runs(element: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """All runs of a shape's text, in order."""
    paragraphs: list[Mapping[str, Any]] = element["text"]["paragraphs"] if element["text"] else []
    return [run for paragraph in paragraphs for run in paragraph["runs"]]


def paragraphs_text(text: Mapping[str, Any] | None) -> str:
    if not text:
        return ""
    return "\n".join("".join(run["text"] for run in paragraph["runs"]) for paragraph in text["paragraphs"])


def quoted(text: str, most: int = MAX_TEXT) -> str:
    """On one line, in quotes, cut where it is long."""
    flat = " ".join(text.split())
    return repr(flat if len(flat) <= most else flat[: most - 1] + "…")


def _slide_changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    before = {element["id"]: element for element in old["elements"]}
    after = {element["id"]: element for element in new["elements"]}
    for id, element in after.items():
        if id not in before:
            text = plain_text(element)
            yield f"+ {element['kind']} {element['name']!r}{' ' + quoted(text) if text else ''}"
            continue
        yield from _element_changes(before[id], element)
    yield from (f"- {element['name']!r}" for id, element in before.items() if id not in after)
    if old["background"] != new["background"]:
        yield f"background {_paint(old['background'])} -> {_paint(new['background'])}"
    if old["hidden"] != new["hidden"]:
        yield "hidden" if new["hidden"] else "no longer hidden"


def _element_changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    name = repr(new["name"])
    if plain_text(old) != plain_text(new):
        yield f"{name} text {quoted(plain_text(old))} -> {quoted(plain_text(new))}"
    if old["box"] != new["box"]:
        yield f"{name} at {_box(old['box'])} -> {_box(new['box'])} pt"
    if old["rotation"] != new["rotation"]:
        yield f"{name} turned {old['rotation']:g} -> {new['rotation']:g} degrees"
    if old["fill"] != new["fill"]:
        yield f"{name} fill {_paint(old['fill'])} -> {_paint(new['fill'])}"
    for what in ("size_pt", "font", "color", "bold"):
        if (was := _styles(old, what)) != (now := _styles(new, what)):
            yield f"{name} {what} {was} -> {now}"
    for what in ("picture", "chart", "line", "link", "alt"):
        if old[what] != new[what]:
            yield f"{name} {what} changed"


def _styles(element: Mapping[str, Any], what: str) -> str:
    return ", ".join(dict.fromkeys(str(run[what]) for run in text_runs(element) if run["text"].strip()))


def _titled(slide: Mapping[str, Any]) -> str:
    return f" {quoted(slide['title'])}" if slide["title"] else ""


def _content(slide: Mapping[str, Any]) -> str:
    counts: dict[str, int] = {}
    for element in slide["elements"]:
        counts[element["kind"]] = counts.get(element["kind"], 0) + 1
    return ", ".join(f"{count} {kind}" for kind, count in counts.items()) or "empty"


def _paint(paint: Mapping[str, Any]) -> str:
    return paint["color"] or paint["kind"]


def _box(box: Sequence[int]) -> str:
    return ", ".join(f"{value / POINT:.4g}" for value in box)


def _size(graph: Graph) -> str:
    return f"{graph['width'] / POINT / 72:.4g} x {graph['height'] / POINT / 72:.4g} in"
