"""What can be seen on a slide of a deck graph, one by one, and how alike two of them are. All likenesses are 0 to 1."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from viga_mcp.metrics.colors import color_difference

Slide = dict[str, Any]
"""A slide of a deck graph as `viga_mcp.slides.graph.read_graph` gives it: JSON, hence Any."""

Box = tuple[float, float, float, float]
"""Left, top, right, bottom as fractions of the slide."""

EMU_PER_PT = 12_700
MIN_SIDE = 0.005  # a line has no width and still a place
FOREIGN = 50.0  # CIEDE2000 from which on two colours have nothing in common: red against blue is 53
KIND, CONTENT, PLACE = 0.2, 0.5, 0.3
MIN_LIKENESS = 0.35
ALWAYS_SEEN = {"picture", "media", "table", "chart", "diagram", "ole", "other"}


class Size(NamedTuple):
    """Of a slide, in EMU."""

    width: float
    height: float


class Paint(NamedTuple):
    """A fill, or a line with its width in points."""

    kind: str
    color: str | None
    alpha: float = 1.0
    width_pt: float = 1.0


class Letters(NamedTuple):
    """So many characters in a row of one colour and size, blanks left out; size as a share of the slide's height."""

    number: int
    color: str | None
    size: float


class Picture(NamedTuple):
    """What is shown (the digest of the file, else where it is linked from) and how much is cut off on each side."""

    content: str | None
    crop: tuple[float, ...]


@dataclass(frozen=True)
class Element:
    """A visible element that is no group.

    Attributes:
        box: Around the turned frame.
        rotation: Degrees clockwise; 0 for connectors, which are the same from both ends.
        text: Paragraphs, table cells or the words and numbers of a chart, one a line.
        fill, line: None where nothing is painted.
    """

    id: int
    kind: str
    box: Box
    rotation: float
    text: str
    letters: tuple[Letters, ...]
    picture: Picture | None
    fill: Paint | None
    line: Paint | None
    geometry: str | None

    @property
    def area(self) -> float:
        return (self.box[2] - self.box[0]) * (self.box[3] - self.box[1])


def visible_elements(slide: Slide, size: Size) -> tuple[Element, ...]:
    """The elements that show something, members of groups for the groups; empty placeholders show nothing."""
    hidden = set[int]()
    for entry in slide["elements"]:  # a group comes before its members
        if entry["is_hidden"] or entry["group"] in hidden:
            hidden.add(entry["id"])
    elements = [_element(entry, size) for entry in slide["elements"] if entry["id"] not in hidden and _is_leaf(entry)]
    return tuple(one for one in elements if one.kind in ALWAYS_SEEN or one.text or one.picture or one.fill or one.line)


def likeness(first: Element, second: Element) -> float:
    """How likely the two are the same element: kind, content and place; 0 if too unlike to be paired."""
    content = _content_likeness(first, second)
    total = KIND * _kind_likeness(first, second) + CONTENT * content + PLACE * overlap(first.box, second.box)
    return total if total >= MIN_LIKENESS else 0.0


def text_likeness(first: str, second: str) -> float:
    """Dice coefficient of the letter trigrams, the mean of with and without case; 1 for equal texts."""
    if first == second:
        return 1.0
    return (_dice(first, second) + _dice(first.casefold(), second.casefold())) / 2


def position_likeness(first: Element, second: Element) -> float:
    """Place, size, rotation and size of the letters.

    The mean of the overlap and of nearness times size, so that a thin box that moved by its own height is worth
    more than one that went to the other side; times what rotation and letters lose.
    """
    sizes = [_sides(one.box) for one in (first, second)]
    same_size = _ratio(sizes[0][0], sizes[1][0]) * _ratio(sizes[0][1], sizes[1][1])
    box = (overlap(first.box, second.box) + _nearness(first.box, second.box) * same_size) / 2
    turned = abs(first.rotation - second.rotation) % 360
    letters = _along(first.letters, second.letters, lambda a, b: _ratio(a.size, b.size))
    return box * (1 - min(turned, 360 - turned) / 180) * (1.0 if letters is None else letters)


def look_likeness(first: Element, second: Element) -> float | None:
    """Mean over fill, line, colour of the letters and picture, of those that either has; None if it is none of them."""
    pairs = ((first.fill, second.fill), (first.line, second.line))
    parts = [paint_likeness(*pair) for pair in pairs if pair != (None, None)]
    letters = _along(first.letters, second.letters, lambda a, b: _color_likeness(a.color, b.color))
    parts += [] if letters is None else [letters]
    if first.picture or second.picture:
        parts.append(_picture_likeness(first.picture, second.picture))
    return sum(parts) / len(parts) if parts else None


def paint_likeness(first: Paint | None, second: Paint | None) -> float:
    """Of the colours, halved if the kinds differ; what has no single colour is told by its kind alone."""
    if first is None or second is None:
        return float(first is second)
    alike = (1 - abs(first.alpha - second.alpha)) * _ratio(first.width_pt, second.width_pt)
    if first.kind != second.kind:
        alike *= 0.5 if first.color and second.color else 0.0
    return alike * _color_likeness(first.color, second.color)


def overlap(first: Box, second: Box) -> float:
    """Intersection over union."""
    right, bottom = min(first[2], second[2]), min(first[3], second[3])
    shared = max(0.0, right - max(first[0], second[0])) * max(0.0, bottom - max(first[1], second[1]))
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (first, second)]
    return shared / (areas[0] + areas[1] - shared)


def read_paint(entry: dict[str, Any] | None) -> Paint | None:
    """A fill or background of the graph; None where nothing is painted."""
    if entry is None or entry["kind"] == "none":
        return None
    alpha = entry.get("alpha", 1.0)
    return Paint(entry["kind"], entry["color"], alpha) if alpha else None


def _is_leaf(entry: dict[str, Any]) -> bool:
    return entry["kind"] != "group" and not (entry["placeholder"] and entry["placeholder"]["is_empty"])


def _element(entry: dict[str, Any], size: Size) -> Element:
    picture, line = entry["picture"], entry["line"]
    return Element(
        id=entry["id"],
        kind=entry["kind"],
        box=_box(entry["corners"], size),
        rotation=0.0 if entry["kind"] == "connector" else entry["rotation"],
        text="\n".join(filter(None, (" ".join(words.split()) for words in _words(entry)))),
        letters=tuple(_letters(entry, size)),
        picture=Picture(picture["sha256"] or picture["linked"], tuple(picture["crop"])) if picture else None,
        fill=read_paint(entry["fill"]),
        line=Paint("line", line["color"], 1.0, line["width_pt"]) if line else None,
        geometry=entry["geometry"],
    )


def _box(corners: list[list[float]], size: Size) -> Box:
    low, high = zip(*(_span([corner[i] / size[i] for corner in corners]) for i in (0, 1)), strict=True)
    return low[0], low[1], high[0], high[1]


def _span(values: list[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    spare = max(0.0, MIN_SIDE - (high - low)) / 2
    return low - spare, high + spare


def _texts(entry: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if entry["text"]:
        yield entry["text"]
    if entry["table"]:
        yield from (text for row in entry["table"]["cells"] for text in row if text)


def _words(entry: dict[str, Any]) -> Iterator[str]:
    for text in _texts(entry):
        for paragraph in text["paragraphs"]:
            yield from "".join(run["text"] for run in paragraph["runs"]).splitlines()
    if chart := entry["chart"]:
        yield chart["title"] or ""
        yield from (str(category) for category in chart["categories"])
        for series in chart["series"]:
            yield str(series["name"] or "")
            yield from (f"{value:.6g}" if isinstance(value, int | float) else value or "" for value in series["values"])


def _letters(entry: dict[str, Any], size: Size) -> Iterator[Letters]:
    for text in _texts(entry):
        scale = text.get("font_scale", 1.0) * EMU_PER_PT / size.height
        for paragraph in text["paragraphs"]:
            for run in paragraph["runs"]:
                if number := sum(not letter.isspace() for letter in run["text"]):
                    yield Letters(number, run["color"], run["size_pt"] * scale)


def _kind_likeness(first: Element, second: Element) -> float:
    if first.kind == second.kind:
        return 1.0
    return 0.5 if {first.kind, second.kind} <= {"text_box", "auto_shape", "placeholder", "freeform"} else 0.0


def _content_likeness(first: Element, second: Element) -> float:
    if first.text or second.text:
        return text_likeness(first.text, second.text)
    if first.picture or second.picture:
        return _picture_likeness(first.picture, second.picture)
    # a bare shape is known by its look, and by that only near its place
    if first.geometry != second.geometry:
        return 0.0
    look = look_likeness(first, second)
    return _nearness(first.box, second.box) * (1.0 if look is None else look)


def _picture_likeness(first: Picture | None, second: Picture | None) -> float:
    if first is None or second is None or first.content != second.content:
        return 0.0
    return max(0.0, 1 - max((abs(a - b) for a, b in zip(first.crop, second.crop, strict=True)), default=0.0))


def _color_likeness(first: str | None, second: str | None) -> float:
    if first is None or second is None:
        return float(first is second)
    return max(0.0, 1 - color_difference(*sorted((first, second))) / FOREIGN)


def _along(
    first: tuple[Letters, ...], second: tuple[Letters, ...], alike: Callable[[Letters, Letters], float]
) -> float | None:
    """Mean likeness of the letters at the same share of both texts; None if one has none."""
    counts = sum(run.number for run in first), sum(run.number for run in second)
    if not all(counts):
        return None
    total, ahead, behind = 0.0, list(first), list(second)
    a, b = ahead.pop(0), behind.pop(0)
    # in units in which both texts are equally long, so that all lengths are whole numbers
    left_a, left_b = a.number * counts[1], b.number * counts[0]
    while True:
        step = min(left_a, left_b)
        total += step * alike(a, b)
        left_a, left_b = left_a - step, left_b - step
        if not left_a:
            if not ahead:
                return total / (counts[0] * counts[1])
            a = ahead.pop(0)
            left_a = a.number * counts[1]
        if not left_b:
            b = behind.pop(0)
            left_b = b.number * counts[0]


def _dice(first: str, second: str) -> float:
    a, b = _trigrams(first), _trigrams(second)
    total = a.total() + b.total()
    return 2 * (a & b).total() / total if total else 1.0


@lru_cache(maxsize=1024)
def _trigrams(text: str) -> Counter[str]:
    padded = f"  {text} " if text else ""
    return Counter(padded[i : i + 3] for i in range(len(padded) - 2))


def _nearness(first: Box, second: Box) -> float:
    """1 for the same centre, 0 from half a slide on."""
    gaps = [abs((first[i] + first[i + 2]) - (second[i] + second[i + 2])) / 2 for i in (0, 1)]
    return max(0.0, 1 - 2 * max(gaps))


def _sides(box: Box) -> tuple[float, float]:
    return box[2] - box[0], box[3] - box[1]


def _ratio(first: float, second: float) -> float:
    return min(first, second) / max(first, second) if max(first, second) > 0 else 1.0
