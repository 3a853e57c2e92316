# pyright: basic, reportAttributeAccessIssue=false, reportArgumentType=false, reportOptionalMemberAccess=false
# python-pptx and lxml are typed only in part.
"""Tables on a slide."""

import re
from collections.abc import Sequence

from pptx.enum.shapes import PP_PLACEHOLDER
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.shapes.graphfrm import GraphicFrame
from pptx.slide import Slide
from pptx.util import Emu, Pt

from viga_mcp.slides.kit.placing import Lengths, area, empty_placeholder, take_place
from viga_mcp.slides.kit.texts import style

_LINE = 1.2  # height of a line of text, in font sizes
_CELL_MARGINS_PT = 7.2  # above and below the text, together
_NUMBER = re.compile(r"[-+\u2212]?\s?[$€£¥]?\s?\d[\d.,'\u00a0\u202f]*\s?(%|[A-Za-z]{1,2}|[$€£¥])?")


def table(
    slide: Slide,
    rows: Sequence[Sequence[object]],
    box: Lengths | None = None,
    header: bool = True,
    column_widths: Sequence[float] | None = None,
    size_pt: float | None = None,
) -> GraphicFrame:
    """Place a table; returns its frame, with python-pptx's table as `.table`.

    Columns of numbers are set to the right. Rows share the box's height, but grow no taller than two lines and a half.

    Args:
        slide: Where.
        rows: Lists of cells, all equally long, the header first; None is an empty cell.
        box: (left, top, width, height); None is the first empty placeholder, or the area below the title.
        header: Whether the first row is one.
        column_widths: Their proportions, as [2, 1, 1]; None is equal widths.
        size_pt: Of the text; None is what fits the rows, from 10 to 16.
    """
    cells = [["" if cell is None else str(cell) for cell in row] for row in rows]
    weights = _checked(cells, column_widths)
    placeholder = None
    if box is None:
        placeholder = empty_placeholder(slide, (PP_PLACEHOLDER.TABLE, PP_PLACEHOLDER.OBJECT))
    box = area(slide, box, placeholder)
    room_pt = box.height / len(cells) / Pt(1)
    if size_pt is None:
        size_pt = max(10, min(16, int((room_pt - _CELL_MARGINS_PT) / _LINE)))
    row_height = Pt(min(room_pt, 2.5 * _LINE * size_pt))
    frame = slide.shapes.add_table(len(cells), len(weights), *box)
    frame.table.first_row = header
    for row in frame.table.rows:
        row.height = row_height
    edges = [round(box.width * sum(weights[:count]) / sum(weights)) for count in range(len(weights) + 1)]
    for place, column in enumerate(frame.table.columns):
        column.width = Emu(edges[place + 1] - edges[place])
        _fill(frame, place, [row[place] for row in cells], size_pt)
    take_place(frame, placeholder)
    return frame


def _checked(cells: list[list[str]], column_widths: Sequence[float] | None) -> list[float]:
    """The columns' proportions."""
    if not cells or not cells[0]:
        raise ValueError('the table has no cells: give rows, as [["Name", "Cost"], ["Crane", "3 M"]]')
    for number, row in enumerate(cells, 1):
        if len(row) != len(cells[0]):
            raise ValueError(
                f"row {number} has {len(row)} cells and the first has {len(cells[0])}: make them equal, None is empty"
            )
    weights = [float(width) for width in column_widths or [1] * len(cells[0])]
    if len(weights) != len(cells[0]) or min(weights) <= 0:
        raise ValueError(f"column_widths {column_widths} does not suit {len(cells[0])} columns: one number over 0 each")
    return weights


def _fill(frame: GraphicFrame, place: int, column: list[str], size_pt: float) -> None:
    body = [text for text in column[frame.table.first_row :] if text]
    is_numeric = bool(body) and all(_NUMBER.fullmatch(text.strip()) for text in body)
    for number, text in enumerate(column):
        cell = frame.table.cell(number, place)
        cell.text = text
        cell.vertical_anchor = MSO_ANCHOR.MIDDLE
        for paragraph in cell.text_frame.paragraphs:
            style(paragraph, size_pt=size_pt, bold=number < frame.table.first_row)
            if is_numeric:
                paragraph.alignment = PP_ALIGN.RIGHT
