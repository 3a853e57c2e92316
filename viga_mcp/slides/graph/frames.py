# pyright: basic
"""What a graphic frame holds: a table, a chart, a diagram or an embedded object."""

from collections.abc import Callable
from typing import Any

from viga_mcp.slides.graph.charts import read_chart
from viga_mcp.slides.graph.pictures import Pictures
from viga_mcp.slides.graph.sheets import Sheet, related, root_of
from viga_mcp.slides.graph.tables import TableStyles, read_table
from viga_mcp.slides.graph.tags import A, Element, P, R, local
from viga_mcp.slides.graph.text import font_reference, plain, read_text

KINDS = {"table": "table", "chart": "chart", "chartex": "chart", "diagram": "diagram", "ole": "ole"}
"""By the last word of the data's `uri`."""

DIAGRAM = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}"
DRAWN_DIAGRAM = "{http://schemas.microsoft.com/office/drawing/2008/diagram}"
DRAWN_DIAGRAM_PART = "http://schemas.microsoft.com/office/2007/relationships/diagramDrawing"


def read_framed(
    frame: Element, sheet: Sheet, pictures: Pictures, styles: TableStyles, link: Callable[[Element], str | None]
) -> dict[str, Any]:
    """`kind` and what belongs to it, of a `p:graphicFrame`.

    Raises:
        LookupError: If the part that it names is not in the package.
    """
    data = frame.find(f"{A}graphic/{A}graphicData")
    if data is None:
        return {"kind": "other"}
    kind = KINDS.get(data.get("uri", "").rpartition("/")[2], "other")
    if kind == "table":
        given = sheet.text_defaults(None)
        return {"kind": kind, "table": read_table(data.find(A + "tbl"), styles, given, sheet.palette, link)}
    if kind == "chart":
        reference = next(child for child in data if local(child) == "chart")
        return {"kind": kind, "chart": read_chart(root_of(sheet.part.rels[reference.get(R + "id")].target_part))}
    if kind == "ole":
        shown = next(data.iter(P + "blipFill"), None)
        return {"kind": kind, "picture": None if shown is None else pictures.read(shown, sheet.part)}
    if kind == "diagram":
        return {"kind": kind, "text": _diagram_text(data, sheet, link)}
    return {"kind": kind}


def _diagram_text(data: Element, sheet: Sheet, link: Callable[[Element], str | None]) -> dict[str, Any] | None:
    """All words of a SmartArt as one text, each as in the drawing of it that PowerPoint keeps."""
    part = sheet.part
    model = root_of(part.rels[data.find(DIAGRAM + "relIds").get(R + "dm")].target_part)
    kept = next(model.iter(DRAWN_DIAGRAM + "dataModelExt"), None)
    relation = None if kept is None else part.rels.get(kept.get("relId"))
    drawing = related(part, DRAWN_DIAGRAM_PART) if relation is None else relation.target_part
    if drawing is None:
        bodies = [(body, None) for body in model.iter(DIAGRAM + "t")]
    else:
        shapes = root_of(drawing).iter(DRAWN_DIAGRAM + "sp")
        found = [(shape.find(DRAWN_DIAGRAM + "txBody"), shape.find(DRAWN_DIAGRAM + "style")) for shape in shapes]
        bodies = [(body, style) for body, style in found if body is not None]
    given = sheet.text_defaults(None)
    texts = [read_text(body, given, sheet.palette, link, said=font_reference(style)) for body, style in bodies]
    full = [text for text in texts if plain(text).strip()]
    return {**full[0], "paragraphs": [paragraph for text in full for paragraph in text["paragraphs"]]} if full else None
