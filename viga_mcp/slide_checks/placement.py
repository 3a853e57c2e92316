"""Where shapes stand on the page: outside it, too near to its edges, or grown out of their place."""

from collections.abc import Iterator

from viga_mcp.slide_checks.boxes import Box
from viga_mcp.slide_checks.finding import POINT, Finding
from viga_mcp.slide_checks.view import Shape, View

OUT_OF_PAGE = {"chart": 0.01, "table": 0.01, "picture": 0.5, "diagram": 0.05, "media": 0.05, "ole": 0.05}
OUT_OF_PAGE_OTHERS = 0.95
"""Shapes that only decorate may reach far out, and so may pictures, which are cropped so."""
MARGIN_PT = 14.4
INNER_MARGINS = {"chart", "table", "diagram"}
GROWN_PT, GROWN_SHARE = 3.0, 0.03
"""Tables grow by a hair with any font that is not the author's."""
RUNS_PT = 2.0


def find_misplaced(view: View) -> Iterator[Finding]:
    yield from _off_slide(view)
    yield from _grown_tables(view)
    yield from _margins(view)


def _off_slide(view: View) -> Iterator[Finding]:
    for shape in view.shapes:
        if shape.kind in {"group", "connector"} or not shape.box.area:
            continue
        if shape.kind not in OUT_OF_PAGE and (shape.lines or not shape.is_painted):
            continue
        share = 1 - shape.box.common(view.page).area / shape.box.area
        limit = OUT_OF_PAGE.get(shape.kind, OUT_OF_PAGE_OTHERS)
        if share > limit:
            yield Finding(
                "off_slide",
                "error" if shape.kind in OUT_OF_PAGE else "warning",
                view.number,
                (shape.id,),
                f"{share:.0%} of {shape.called} lies outside the slide.",
                "share outside",
                share,
                "ratio",
                limit,
                shape.box,
            )


def _grown_tables(view: View) -> Iterator[Finding]:
    for table in view.shapes:
        grown = table.extent.bottom - table.box.bottom
        limit = max(GROWN_PT * POINT, GROWN_SHARE * (table.box.bottom - table.box.top))
        if table.kind != "table" or grown <= limit:
            continue
        hit = next((shape for shape in view.shapes if _grows_into(view, table, shape)), None)
        outside = table.extent.bottom - view.page.bottom
        if hit is None and outside <= RUNS_PT * view.unit:
            continue
        where = f"into {hit.called}" if hit else f"{outside / POINT:.0f} pt off the slide"
        yield Finding(
            "table_grown",
            "error",
            view.number,
            (table.id, hit.id) if hit else (table.id,),
            f"The text of {table.called} makes its rows {grown / POINT:.0f} pt higher in all than the table is, and it "
            f"runs {where}: less text, smaller letters, or fewer rows.",
            "grown by",
            grown / POINT,
            "pt",
            limit / POINT,
            table.extent,
        )


def _grows_into(view: View, table: Shape, shape: Shape) -> bool:
    """Whether something is where only the grown rows are."""
    if shape is table or view.are_nested(table, shape):
        return False
    parts = [shape.box] if shape.is_painted or shape.is_opaque else list(shape.content)
    below = table.extent._replace(top=table.box.bottom)
    depth = max(
        (part.common(below).bottom - part.common(below).top for part in parts if part.common(below).area), default=0
    )
    was_there = shape.box.top < table.box.bottom - RUNS_PT * view.unit and shape.box.bottom > table.box.bottom
    return depth > RUNS_PT * view.unit and not was_there


def _margins(view: View) -> Iterator[Finding]:
    limit, page = MARGIN_PT * view.unit, view.page
    for shape in view.shapes:
        is_whole = shape.kind in INNER_MARGINS
        if shape.is_footer or not (is_whole or (shape.lines and shape.has_text)):
            continue
        box = shape.extent if is_whole else Box.around([corner for line in shape.lines for corner in line.corners])
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
                f"{'' if is_whole else 'Text of '}{shape.called} is {gaps[edge] / POINT:.0f} pt from the {edge} edge "
                "of the slide.",
                f"from the {edge} edge",
                gaps[edge] / POINT,
                "pt",
                limit / POINT,
                box,
            )
