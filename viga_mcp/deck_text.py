"""Decks in words: what is on each slide, and what the checks found. Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from viga_mcp.deck_changes import plain_text, quoted
from viga_mcp.slide_checks import Finding

POINT = 12700
MAX_FINDINGS = 16
MAX_SUMMARY = 60
Graph = Mapping[str, Any]
Element = Mapping[str, Any]


def findings_text(found: Sequence[Finding], most: int = MAX_FINDINGS) -> str:
    """The first findings, a line each, and how many more there are of what kind."""
    if not found:
        return "Checks: nothing found."
    lines = [f"Checks found {len(found)}:"]
    for one in found[:most]:
        where = f"slide {one.slide}: " if one.slide else ""
        lines.append(f"- {one.severity} {one.kind}, {where}{one.text}")
    rest = Counter(one.kind for one in found[most:])
    if rest:
        kinds = ", ".join(f"{count} {kind}" for kind, count in rest.most_common())
        lines.append(f"... and {rest.total()} more ({kinds}): see check_slides.")
    return "\n".join(lines)


def deck_summary(graph: Graph) -> str:
    """A line for the deck and one a slide."""
    size = f"{graph['width'] / POINT / 72:.4g} x {graph['height'] / POINT / 72:.4g} in"
    theme = graph["theme"]
    slides = graph["slides"]
    head = f"{len(slides)} slides, {size}; fonts {theme['major']} and {theme['minor']}."
    lines = [slide_line(slide) for slide in slides[:MAX_SUMMARY]]
    if len(slides) > MAX_SUMMARY:
        lines.append(f"... and {len(slides) - MAX_SUMMARY} more: pass `slide`.")
    return "\n".join([head, *lines])


def slide_line(slide: Mapping[str, Any]) -> str:
    """`3. 'Results' (Two Content): 1 table, 2 text_box, notes`."""
    counts = Counter(element["kind"] for element in slide["elements"] if element["kind"] != "placeholder")
    counts["placeholder"] = sum(element["kind"] == "placeholder" for element in slide["elements"])
    parts = [f"{count} {kind}" for kind, count in counts.items() if count]
    parts += ["hidden"] if slide["hidden"] else []
    parts += ["notes"] if slide["notes"] else []
    parts += [f"{len(slide['animations'])} animated"] if slide["animations"] else []
    title = quoted(slide["title"]) if slide["title"] else "no title"
    return f"{slide['number']}. {title} ({slide['layout']}): {', '.join(parts) or 'empty'}"


def slide_text(slide: Mapping[str, Any], scale: float) -> str:
    """A slide, a line a shape in z order: where it is, what it says and how.

    Args:
        scale: Pixels of the picture to an EMU.
    """
    background = slide["background"]
    paint = background["color"] or background["kind"]
    head = f"Slide {slide['number']} ({slide['layout']}), background {paint} from its {background['from']}:"
    lines = [head, *(element_line(element, scale) for element in slide["elements"])]
    lines += [f"notes: {quoted(slide['notes'], 200)}"] if slide["notes"] else []
    for animation in slide["animations"]:
        lines.append(f"animation: shape {animation['shape']}, {animation['effect']}")
    if slide["transition"]:
        lines.append(f"transition: {slide['transition']}")
    return "\n".join(lines)


def element_line(element: Element, scale: float) -> str:
    """`[4] 'Title 1' title placeholder, 36,24 648x72 pt (48,32 864x96 px), 'Results' Calibri 36 bold #1F2937`."""
    left, top, width, height = element["box"]
    points = [f"{value / POINT:.4g}" for value in (left, top, width, height)]
    pixels = [str(round(value * scale)) for value in (left, top, width, height)]
    parts = [
        f"[{element['id']}] {element['name']!r} {_what(element)}",
        f"{points[0]},{points[1]} {points[2]}x{points[3]} pt ({pixels[0]},{pixels[1]} {pixels[2]}x{pixels[3]} px)",
        *_facts(element),
    ]
    return ("  " if element["group"] is not None else "") + ", ".join(parts)


def _what(element: Element) -> str:
    placeholder = element["placeholder"]
    if placeholder:
        role = placeholder["type"].lower().replace("_", " ")
        kind = "" if element["kind"] == "placeholder" else f" with {element['kind']}"
        return f"{role} placeholder idx {placeholder['idx']}{kind}{' (empty)' if placeholder['is_empty'] else ''}"
    return element["kind"] + (f" {element['geometry']}" if element["kind"] == "auto_shape" else "")


def _facts(element: Element) -> Iterator[str]:
    if element["rotation"]:
        yield f"turned {element['rotation']:g}°"
    if element["fill"]["kind"] != "none" and element["kind"] != "picture":
        yield f"fill {element['fill']['color'] or element['fill']['kind']}"
    if element["text"] and (text := plain_text(element)).strip():
        yield f"{quoted(text, 90)} {_style(element['text'])}"
    if picture := element["picture"]:
        pixels = " x ".join(map(str, picture["pixels"])) if picture["pixels"] else "?"
        linked = f", linked to {picture['linked']}" if picture["linked"] else ""
        yield f"{picture['format']} {pixels} px{linked}"
    if table := element["table"]:
        yield f"table {len(table['rows'])} x {len(table['column_widths'])}: {quoted(' / '.join(table['rows'][0]), 80)}"
    if chart := element["chart"]:
        yield f"{chart['type']} of {', '.join(repr(series['name']) for series in chart['series'][:6])}"
    if element["link"]:
        yield f"links to {element['link']}"
    if element["is_hidden"]:
        yield "hidden"


def _style(text: Mapping[str, Any]) -> str:
    """The font, size and colour of most of a text."""
    runs = [run for paragraph in text["paragraphs"] for run in paragraph["runs"] if run["text"].strip()]
    weights: Counter[str] = Counter()
    for run in runs:
        bold = " bold" if run["bold"] else ""
        weights[f"{run['font']} {run['size_pt']:g}{bold} {run['color']}"] += len(run["text"])
    more = f" (and {len(weights) - 1} more styles)" if len(weights) > 1 else ""
    return weights.most_common(1)[0][0] + more
