"""How shapes lie to each other and on the page: what hides what, what sticks out, margins, near misses, crowding."""

from collections.abc import Iterator
from itertools import combinations

from viga_mcp.slide_checks.finding import POINT, Finding, named
from viga_mcp.slide_checks.view import TITLES, Box, Shape, View, words

HIDDEN_TEXT, HIDDEN_CONTENT = 0.10, 0.25
COLLIDES, COLLIDES_HEIGHT = 0.12, 0.25
OUT_OF_PAGE = {"chart": 0.01, "table": 0.01, "picture": 0.5, "diagram": 0.05, "media": 0.05, "ole": 0.05}
OUT_OF_PAGE_OTHERS = 0.95
"""Shapes that only decorate may reach far out."""
MARGIN_PT = 14.4
NEAR_PT, ALIGNED_PT = 5.0, 0.75
CROWDED_WORDS = 120
BLOCKS = {"text_box", "auto_shape", "placeholder", "picture", "chart", "table", "media"}


def find_arrangement(view: View) -> Iterator[Finding]:
    yield from _hidden(view)
    yield from _collisions(view)
    yield from _off_slide(view)
    yield from _margins(view)
    yield from _near_misses(view)
    yield from _crowding(view)


def _hidden(view: View) -> Iterator[Finding]:
    for low, high in combinations(view.shapes, 2):
        if not high.is_opaque or view.are_nested(low, high) or low.kind == "group":
            continue
        whole = sum(box.area for box in low.content)
        if not whole:
            continue
        share = sum(box.common(high.inside).area for box in low.content) / whole
        is_text = low.kind not in {"picture", "chart", "table", "diagram", "media", "ole"}
        limit = HIDDEN_TEXT if is_text else HIDDEN_CONTENT
        if share > limit and not _is_badge(low, high):
            what = "text of " if is_text else ""
            yield Finding(
                "text_hidden" if is_text else "content_hidden",
                "error",
                view.number,
                (high.id, low.id),
                f"{high.name!r} covers {share:.0%} of the {what}{low.name!r}: move it, or put it behind.",
                "share covered",
                share,
                "ratio",
                limit,
                low.box.common(high.box),
            )


def _is_badge(low: Shape, high: Shape) -> bool:
    """A label with its own text on a picture or chart, which it does not take up."""
    return low.kind in {"picture", "chart", "media"} and high.has_text and high.box.area < 0.5 * low.box.area


def _collisions(view: View) -> Iterator[Finding]:
    written = [shape for shape in view.shapes if shape.lines]
    for one, other in combinations(written, 2):
        if view.are_nested(one, other) or (one.box.common(other.box).area == 0 and not _may_meet(one, other)):
            continue
        worst, where = 0.0, None
        for a in one.lines:
            for b in other.lines:
                common = a.box.common(b.box)
                smaller = min(a.box.area, b.box.area)
                height = min(a.box.bottom - a.box.top, b.box.bottom - b.box.top)
                if smaller and common.bottom - common.top > COLLIDES_HEIGHT * height and common.area / smaller > worst:
                    worst, where = common.area / smaller, common
        if worst > COLLIDES and not other.is_opaque:
            yield Finding(
                "text_collision",
                "error",
                view.number,
                (other.id, one.id),
                f"Texts of {named([one.name, other.name])} are written over each other.",
                "share of a line under another",
                worst,
                "ratio",
                COLLIDES,
                where,
            )


def _may_meet(one: Shape, other: Shape) -> bool:
    """Text leaves its frame."""
    boxes = [Box.around([corner for line in shape.lines for corner in line.corners]) for shape in (one, other)]
    return boxes[0].common(boxes[1]).area > 0


def _off_slide(view: View) -> Iterator[Finding]:
    for shape in view.shapes:
        if shape.kind in {"group", "connector"} or not shape.box.area or shape.lines:
            continue
        if shape.kind not in OUT_OF_PAGE and not shape.is_painted:
            continue
        share = 1 - shape.box.common(view.page).area / shape.box.area
        limit = OUT_OF_PAGE.get(shape.kind, OUT_OF_PAGE_OTHERS)
        if share > limit:
            yield Finding(
                "off_slide",
                "error" if shape.kind in OUT_OF_PAGE else "warning",
                view.number,
                (shape.id,),
                f"{share:.0%} of {shape.name!r} lies outside the slide.",
                "share outside",
                share,
                "ratio",
                limit,
                shape.box,
            )


def _margins(view: View) -> Iterator[Finding]:
    limit, page = MARGIN_PT * view.unit, view.page
    for shape in view.shapes:
        if shape.is_footer or not shape.lines or not (shape.has_text or shape.kind == "table"):
            continue
        box = Box.around([corner for line in shape.lines for corner in line.corners])
        gaps = {
            "left": box.left - page.left,
            "top": box.top - page.top,
            "right": page.right - box.right,
            "bottom": page.bottom - box.bottom,
        }
        edge = min(gaps, key=gaps.__getitem__)
        if -POINT < gaps[edge] < limit:
            yield Finding(
                "margin",
                "warning",
                view.number,
                (shape.id,),
                f"Text of {shape.name!r} is {gaps[edge] / POINT:.0f} pt from the {edge} edge of the slide.",
                f"from the {edge} edge",
                gaps[edge] / POINT,
                "pt",
                limit / POINT,
                box,
            )


def _near_misses(view: View) -> Iterator[Finding]:
    """Pairs that are nearly in line, but not quite, and in line by no other edge of theirs."""
    blocks = [
        shape for shape in view.shapes
        if shape.kind in BLOCKS and shape.element["group"] is None and not shape.is_footer
        and shape.element["rotation"] == 0 and (shape.has_text or shape.kind not in {"text_box", "placeholder"})
    ]  # fmt: skip
    for one, other in combinations(blocks, 2):
        for axis, edges in (("vertical", (0, 2)), ("horizontal", (1, 3))):
            if not _are_neighbours(one, other, axis):
                continue
            a, b = one.frame, other.frame
            gaps = [abs(a[edge] - b[edge]) / view.unit for edge in edges]
            gaps.append(abs(a.middle[edges[0]] - b.middle[edges[0]]) / view.unit)
            nearest = min(range(3), key=gaps.__getitem__)
            if ALIGNED_PT < gaps[nearest] <= NEAR_PT:
                which = (("left edges", "right edges", "centres"), ("top edges", "bottom edges", "middles"))
                what = which[axis == "horizontal"][nearest]
                yield Finding(
                    "alignment",
                    "note",
                    view.number,
                    (other.id, one.id),
                    f"The {what} of {named([one.name, other.name])} differ by {gaps[nearest]:.1f} pt: align them, or "
                    "set them clearly apart.",
                    f"between the {what}",
                    gaps[nearest],
                    "pt",
                    ALIGNED_PT,
                    Box.around([one.frame[:2], one.frame[2:], other.frame[:2], other.frame[2:]]),
                )


def _are_neighbours(one: Shape, other: Shape, axis: str) -> bool:
    """Whether they stand in a column (for vertical edges) or a row, and neither lies in the other."""
    a, b = one.frame, other.frame
    if a.common(b).area > 0.5 * min(a.area, b.area):
        return False
    first, last = (1, 3) if axis == "vertical" else (0, 2)
    apart = max(a[first], b[first]) - min(a[last], b[last])
    return (
        -0.2 * min(a[last] - a[first], b[last] - b[first]) <= apart <= 1.0 * max(a[last] - a[first], b[last] - b[first])
    )


def _crowding(view: View) -> Iterator[Finding]:
    texts = [shape for shape in view.shapes if shape.has_text and not shape.is_footer and shape.role not in TITLES]
    count = sum(len(words(shape.text)) for shape in texts)
    if count > CROWDED_WORDS:
        most = max(texts, key=lambda shape: len(shape.text))
        yield Finding(
            "crowded",
            "warning",
            view.number,
            (most.id,),
            f"The slide has {count} words beside its title, {len(words(most.text))} of them in {most.name!r}: cut, or "
            "go on on another slide.",
            "words",
            count,
            "",
            CROWDED_WORDS,
        )
