# pyright: basic
"""The copy of a deck that LibreOffice draws: only the slides wanted, each shape marked, nothing to fetch.

Changes the presentation it is given, which must not be used afterwards.
"""

import re
import zlib
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from pptx.opc.constants import RELATIONSHIP_TYPE as RT
from pptx.oxml.ns import qn

from viga_mcp.slides.package import MAX_PART_BYTES, decoded, is_xml

MARK = "viga"
DEFAULT_SIZE = 9144000, 6858000  # the schema's, in EMU
# to what is neither in the SVG itself nor written out in it
REFERENCE = re.compile(rb"""\b(href|src)\s*=\s*(["'])(?!\s*(?:#|data:)).*?\2""", re.DOTALL)
UNDRAWN = {RT.NOTES_SLIDE, RT.COMMENTS, RT.TAGS, RT.VIDEO, RT.AUDIO, RT.MEDIA}
P14_MEDIA = "http://schemas.microsoft.com/office/2007/relationships/media"


def mark(slide: int, shape: int) -> str:
    """What stands in a shape's description in the copy: Impress writes it into the SVG beside what it drew."""
    return f"{MARK}:{slide}:{shape}"


def write_copy(presentation: Any, numbers: Collection[int], path: Path) -> None:
    """Write the slides with these numbers as a deck.

    Their numbers stay what they were where they are shown; what is linked to outside the file is cut off; and layouts
    that no slide uses go, since they are most of what loading a small deck costs.
    """
    if presentation.slide_width is None:
        presentation.slide_width, presentation.slide_height = DEFAULT_SIZE  # without it LibreOffice draws nothing
    slides = presentation.slides
    entries = list(slides._sldIdLst)
    for number, (entry, slide) in enumerate(zip(entries, list(slides), strict=True), 1):
        if number in numbers:
            _prepare(slide, number)
        else:
            presentation.part.drop_rel(entry.rId)
            slides._sldIdLst.remove(entry)
    for rid, relation in list(presentation.part.rels.items()):
        if relation.reltype in {RT.NOTES_MASTER, RT.HANDOUT_MASTER, RT.COMMENT_AUTHORS, RT.PRINTER_SETTINGS}:
            presentation.part.rels.pop(rid)
    for name in ("notesMasterIdLst", "handoutMasterIdLst", "extLst", "custShowLst"):
        element = presentation.part._element.find(qn(f"p:{name}"))
        if element is not None:
            presentation.part._element.remove(element)
    _drop_unused_layouts(presentation)
    _drop_unused_footers(presentation)
    for part in presentation.part.package.iter_parts():
        _cut_links(part)
        if not hasattr(part, "_element"):
            _cut_links_of_drawing(part)
    presentation.save(str(path))


def _prepare(slide: Any, number: int) -> None:
    tree = slide._element
    for properties in tree.iter(qn("p:cNvPr")):
        id = properties.get("id") or "0"
        properties.set("descr", mark(number, int(id) if id.isdecimal() else 0))
        properties.attrib.pop("title", None)
    for field in list(tree.iter(qn("a:fld"))):
        if field.get("type") == "slidenum":
            _as_text(field, str(number))
    for timing in list(tree.iterchildren(qn("p:timing"))):
        tree.remove(timing)  # pictures don't move; with a video's LibreOffice 7.4 writes no SVG at all
    for shape in tree.iter(qn("p:sp")):
        _drop_denied_effects(shape)
    for rid, relation in list(slide.part.rels.items()):
        if relation.reltype in UNDRAWN or relation.reltype == P14_MEDIA:
            slide.part.rels.pop(rid)


def _drop_denied_effects(shape: Any) -> None:
    """An empty list of effects (`shadow.inherit = False`) denies the theme's; LibreOffice 7.4 draws them still."""
    effects = shape.find(f"{qn('p:spPr')}/{qn('a:effectLst')}")
    reference = shape.find(f"{qn('p:style')}/{qn('a:effectRef')}")
    if effects is not None and not len(effects) and reference is not None:
        reference.set("idx", "0")


def _drop_unused_footers(presentation: Any) -> None:
    """Where no slide has one, those of masters and layouts are never drawn, but take a tenth of the time to load."""
    used = {kind for slide in presentation.slides for kind, _ in _footers(slide)}
    for master in presentation.slide_masters:
        for sheet in (master, *master.slide_layouts):
            for kind, shape in list(_footers(sheet)):
                if kind not in used:
                    shape.getparent().remove(shape)


def _footers(sheet: Any) -> Iterator[tuple[str, Any]]:
    """Placeholders of dates, footers and numbers."""
    for placeholder in sheet._element.iter(qn("p:ph")):
        if placeholder.get("type") in {"dt", "ftr", "sldNum"}:
            yield placeholder.get("type"), placeholder.getparent().getparent().getparent()


def _cut_links(part: Any) -> None:
    """What is outside the file must not be fetched; hyperlinks lead there only when clicked."""
    outside = {rid for rid, link in part.rels.items() if link.is_external and link.reltype != RT.HYPERLINK}
    for rid in outside:
        part.rels.pop(rid)
    if outside and hasattr(part, "_element"):
        for element in list(part._element.iter()):
            for name in [name for name in (qn("r:link"), qn("r:id")) if element.get(name) in outside]:
                del element.attrib[name]


def _cut_links_of_drawing(part: Any) -> None:
    """What an SVG refers to outside itself LibreOffice paints, whatever its settings say of links."""
    drawing = part.blob
    if drawing.startswith(b"\x1f\x8b"):  # packed, as pictures of Windows are too
        drawing = zlib.decompressobj(31).decompress(drawing, MAX_PART_BYTES)
    if is_xml(drawing[:64]):
        part._blob = REFERENCE.sub(rb"\1=\2#\2", decoded(str(part.partname), drawing))


def _as_text(field: Any, text: str) -> None:
    run = field.makeelement(qn("a:r"))
    for child in list(field):
        if child.tag in {qn("a:rPr"), qn("a:t")}:
            run.append(child)
    shown = run.find(qn("a:t"))
    if shown is None:
        shown = run.makeelement(qn("a:t"))
        run.append(shown)
    shown.text = text
    field.getparent().replace(field, run)


def _drop_unused_layouts(presentation: Any) -> None:
    used = {slide.slide_layout.part for slide in presentation.slides}
    for master in presentation.slide_masters:
        ids = master._element.find(qn("p:sldLayoutIdLst"))
        if ids is None:
            continue
        for entry in list(ids):
            rid = entry.get(qn("r:id"))
            part = master.part.rels[rid].target_part if rid in master.part.rels else None
            if part not in used and len(ids) > 1:
                ids.remove(entry)
                if part is not None:
                    master.part.rels.pop(rid)
