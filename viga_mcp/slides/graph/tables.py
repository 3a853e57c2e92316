# pyright: basic
"""A table: its texts, measures and merged cells, with the look that its style gives each cell."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pptx.oxml import parse_xml

from viga_mcp.slides.graph.colors import color_child
from viga_mcp.slides.graph.paint import NOTHING, find_fill, read_fill
from viga_mcp.slides.graph.tags import A, Element, flag, length, whole
from viga_mcp.slides.graph.text import Defaults, font_reference, frame_entry, plain, read_text
from viga_mcp.slides.graph.theme import Palette

INSETS = {"marL": "lIns", "marT": "tIns", "marR": "rIns", "marB": "bIns"}
EMPTY_BODY = parse_xml(f'<a:txBody xmlns:a="{A[1:-1]}"><a:p/></a:txBody>')

MEDIUM_STYLE_2 = {
    "{073A0DAA-6AF3-43AB-8588-CEC1D06C72B9}": "dk1",
    "{5C22544A-7EE6-4342-B048-85BDC9FD1C3A}": "accent1",
    "{21E4AEA4-8DFA-4A89-87EB-49C32662AFE0}": "accent2",
    "{F5AB1C69-6EDB-4FF4-983F-18BD219EF322}": "accent3",
    "{00A15C55-8517-42AA-B614-E9B94910E393}": "accent4",
    "{7DF18680-E054-41AD-8BC1-D1AEF772440D}": "accent5",
    "{93296810-A885-4BE3-A3E7-6D5BEEA58F35}": "accent6",
}
"""PowerPoint's usual style, which files name without describing it, and the colour that it is made of."""

DESCRIBED = """<a:tblStyle xmlns:a="{space}">
<a:wholeTbl><a:tcTxStyle><a:fontRef idx="minor"/><a:schemeClr val="dk1"/></a:tcTxStyle>{body}</a:wholeTbl>
<a:band1H>{band}</a:band1H><a:band1V>{band}</a:band1V>
<a:lastCol>{strong}</a:lastCol><a:firstCol>{strong}</a:firstCol><a:lastRow>{strong}</a:lastRow><a:firstRow>{strong}</a:firstRow>
</a:tblStyle>"""
STRONG = '<a:tcTxStyle b="on"><a:fontRef idx="minor"/><a:schemeClr val="lt1"/></a:tcTxStyle>'
COLORED = '<a:solidFill><a:schemeClr val="{color}">{steps}</a:schemeClr></a:solidFill>'
FILLED = f"<a:tcStyle><a:fill>{COLORED}</a:fill></a:tcStyle>"


def usual_style(color: str) -> Element:
    """Medium Style 2 in one of its colours."""
    body, band = (FILLED.format(color=color, steps=f'<a:tint val="{share}000"/>') for share in (20, 40))
    strong = STRONG + FILLED.format(color=color, steps="")
    return parse_xml(DESCRIBED.format(space=A[1:-1], body=body, band=band, strong=strong))


class TableStyles:
    """The styles that a package describes, and PowerPoint's usual ones."""

    def __init__(self, root: Element | None) -> None:
        styles = [] if root is None else root.iterfind(A + "tblStyle")
        self._styles: dict[str, Element] = {style.get("styleId", ""): style for style in styles}

    def find(self, identity: str | None) -> Element | None:
        identity = identity or ""
        if identity not in self._styles and identity in MEDIUM_STYLE_2:
            self._styles[identity] = usual_style(MEDIUM_STYLE_2[identity])
        return self._styles.get(identity)


def read_table(
    table: Element, styles: TableStyles, given: Defaults, palette: Palette, link: Callable[[Element], str | None]
) -> dict[str, Any]:
    """Of `a:tbl`, as the graph has it, with `fills` beside `cells`.

    Args:
        given: What text outside of placeholders inherits.
    """
    own = table.find(A + "tblPr")
    style = None if own is None else styles.find(own.findtext(A + "tableStyleId"))
    rows = table.findall(A + "tr")
    cells, fills, merged = [], [], []
    for i, row in enumerate(rows):
        columns = row.findall(A + "tc")
        cells.append([])
        fills.append([])
        for j, cell in enumerate(columns):
            parts = list(_parts(own, style, i, j, len(rows), len(columns)))
            cells[i].append(_cell_text(cell, parts, given, palette, link))
            fills[i].append(_cell_fill(cell, parts, palette))
            spans = int(cell.get("rowSpan", 1)), int(cell.get("gridSpan", 1))
            if spans != (1, 1) and not (flag(cell, "hMerge") or flag(cell, "vMerge")):
                merged.append([i, j, *spans])
    return {
        "rows": [[plain(text) for text in row] for row in cells],
        "column_widths": [round(length(column.get("w"))) for column in table.iterfind(f"{A}tblGrid/{A}gridCol")],
        "row_heights": [round(length(row.get("h"))) for row in rows],
        "merged": merged,
        "cells": cells,
        "fills": fills,
    }


def _parts(
    own: Element | None, style: Element | None, row: int, column: int, rows: int, columns: int
) -> Iterator[Element]:
    """The parts of a style that a cell belongs to, the one that counts most first."""
    if own is None or style is None:
        return
    is_first_row, is_first_column = flag(own, "firstRow"), flag(own, "firstCol")
    claims = (
        ("firstRow", row == 0),
        ("lastRow", row == rows - 1),
        ("firstCol", column == 0),
        ("lastCol", column == columns - 1),
        ("bandRow", (row - is_first_row) % 2 == 0),
        ("bandCol", (column - is_first_column) % 2 == 0),
    )
    bands = {"bandRow": "band1H", "bandCol": "band1V"}
    for name, is_there in claims:
        part = style.find(A + bands.get(name, name)) if is_there and flag(own, name) else None
        if part is not None:
            yield part
    whole = style.find(A + "wholeTbl")
    if whole is not None:
        yield whole


def _cell_text(cell: Element, parts: list[Element], given: Defaults, palette: Palette, link) -> dict[str, Any]:
    body = cell.find(A + "txBody")
    text = read_text(EMPTY_BODY if body is None else body, given, palette, link, said=_said(parts))
    own = cell.find(A + "tcPr")
    attributes: Mapping[str, str] = {} if own is None else own.attrib
    frame = {INSETS.get(name, name): value for name, value in attributes.items() if name in {*INSETS, "anchor", "vert"}}
    return {**text, **frame_entry(Defaults((), frame, None), None)}


def _said(parts: list[Element]) -> dict[str, Any]:
    said: dict[str, Any] = {}
    for part in reversed(parts):
        text = part.find(A + "tcTxStyle")
        if text is not None:
            said.update(font_reference(text))
            said.update({key: flag(text, name) for key, name in (("bold", "b"), ("italic", "i")) if text.get(name)})
            if color_child(text) is not None:
                said["fill"] = text
    return said


def _cell_fill(cell: Element, parts: list[Element], palette: Palette) -> dict[str, Any]:
    own = find_fill(cell.find(A + "tcPr"))
    if own is not None:
        return read_fill(own, palette).entry()
    for part in parts:
        fill = find_fill(part.find(f"{A}tcStyle/{A}fill"))
        if fill is not None:
            return read_fill(fill, palette).entry()
        reference = part.find(f"{A}tcStyle/{A}fillRef")
        if reference is not None:
            fill = palette.theme.fill(whole(reference.get("idx"), 0))
            return (NOTHING if fill is None else read_fill(fill, palette, palette.color(reference))).entry()
    return NOTHING.entry()
