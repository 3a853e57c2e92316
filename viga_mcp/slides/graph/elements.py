# pyright: basic
"""The elements of a slide in the order in which they are painted, a group before its members."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from pptx.enum.shapes import PP_PLACEHOLDER
from pptx.opc.constants import RELATIONSHIP_TYPE as RT

from viga_mcp.slides.graph.frames import read_framed
from viga_mcp.slides.graph.paint import (
    NOTHING,
    Fill,
    find_fill,
    has_shadow,
    properties,
    read_fill,
    shape_fill,
    shape_line,
)
from viga_mcp.slides.graph.pictures import Pictures
from viga_mcp.slides.graph.placement import Frame, Space, read_frame, read_space
from viga_mcp.slides.graph.sheets import Deck, Sheet, Slot, read_slot, related_root
from viga_mcp.slides.graph.tables import TableStyles
from viga_mcp.slides.graph.tags import A, Element, P, drawn, flag, local
from viga_mcp.slides.graph.text import font_reference, plain, read_text

KINDS = {
    "sp": "auto_shape", "pic": "picture", "cxnSp": "connector", "grpSp": "group", "graphicFrame": "other",
    "contentPart": "other",
}  # fmt: skip
MEDIA = {"videoFile", "audioFile", "quickTimeFile", "wavAudioFile", "audioCd"}
PLACEHOLDERS: dict[str, str] = {member.xml_value: member.name for member in PP_PLACEHOLDER if member.xml_value}
NOWHERE = Frame(0.0, 0.0, 0.0, 0.0)


class Surroundings(NamedTuple):
    """What a shape's groups give it: their space, the innermost's id, and what filling like the group means."""

    space: Space | None = None
    group: int | None = None
    fill: Fill = NOTHING


class Subject(NamedTuple):
    """A shape while it is read.

    Attributes:
        shapes: It, then the placeholders that it inherits from, the nearest first.
        slot: Which placeholder it is.
    """

    shapes: Sequence[Element]
    slot: Slot | None
    sheet: Sheet
    around: Surroundings

    @property
    def shape(self) -> Element:
        return self.shapes[0]


def trouble(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


class ElementReader:
    """Reads the slides of one deck; keeps what they share."""

    def __init__(self, deck: Deck) -> None:
        self.deck = deck
        self.pictures = Pictures()
        self.table_styles = TableStyles(related_root(deck.part, RT.TABLE_STYLES))

    def read(self, sheet: Sheet) -> list[dict[str, Any]]:
        elements: list[dict[str, Any]] = []
        if sheet.tree is not None:
            self._add_members(sheet.tree, sheet, Surroundings(), elements)
        return elements

    def _add_members(self, tree: Element, sheet: Sheet, around: Surroundings, elements: list[dict[str, Any]]) -> None:
        for shape in drawn(tree):
            if local(shape) in KINDS:
                entry = _blank(len(elements), around.group)
                elements.append(entry)
                inside = around
                try:
                    _name(entry, shape)
                    slot = read_slot(shape)
                    subject = Subject([shape, *(sheet.ancestors(slot) if slot else [])], slot, sheet, around)
                    frame = _place(entry, subject)
                    inside = _inside(subject, entry["id"], frame)
                    self._describe(entry, subject)
                except Exception as error:  # an element may be damaged in any way, the others are still worth reading
                    entry |= {"kind": "other", "trouble": trouble(error)}
                if shape.tag == P + "grpSp":
                    self._add_members(shape, sheet, inside._replace(group=entry["id"]), elements)

    def _describe(self, entry: dict[str, Any], subject: Subject) -> None:
        """Everything but name and place."""
        shape, sheet, slot = subject.shape, subject.sheet, subject.slot
        entry["kind"] = KINDS[local(shape)]
        click = _non_visual(shape, "cNvPr").find(A + "hlinkClick")
        entry["link"] = self.deck.address(sheet.part, click)
        if entry["kind"] == "group":
            entry["shadow"] = has_shadow(subject.shapes, sheet.palette)
        elif local(shape) == "graphicFrame":
            entry |= read_framed(shape, sheet, self.pictures, self.table_styles, self._link(sheet))
        elif entry["kind"] != "other":
            self._describe_shape(entry, subject)
        if slot is not None:
            shows_nothing = local(shape) == "sp" and entry["picture"] is None and not plain(entry["text"]).strip()
            entry["placeholder"] = {
                "type": PLACEHOLDERS.get(slot.kind, slot.kind.upper()),
                "idx": slot.index,
                "is_empty": shows_nothing,
                "inherits_position": _xfrm(shape) is None,
            }

    def _describe_shape(self, entry: dict[str, Any], subject: Subject) -> None:
        """Of a shape, picture or connector."""
        shapes, slot, sheet, around = subject
        shape, palette = subject.shape, sheet.palette
        fill = sheet.background[0] if flag(shape, "useBgFill") else shape_fill(shapes, palette, around.fill)
        entry["fill"] = fill.entry()
        entry["line"] = shape_line(shapes, palette)
        entry["shadow"] = has_shadow(shapes, palette)
        entry["geometry"] = _geometry(shapes)
        picture = shape.find(P + "blipFill") if shape.tag == P + "pic" else find_fill(properties(shape))
        if picture is not None and local(picture) == "blipFill":
            entry["picture"] = self.pictures.read(picture, sheet.part)
        if shape.tag == P + "sp":
            entry["kind"] = _shape_kind(shape, slot)
        elif shape.tag == P + "pic" and _is_media(shape):
            entry["kind"] = "media"
        body = shape.find(P + "txBody")
        if body is not None:
            said = font_reference(shape.find(P + "style"))
            entry["text"] = read_text(body, sheet.text_defaults(slot), palette, self._link(sheet), said=said)

    def _link(self, sheet: Sheet) -> Callable[[Element], str | None]:
        return lambda click: self.deck.address(sheet.part, click)


def _blank(z: int, group: int | None) -> dict[str, Any]:
    return {
        "id": 0, "name": "", "kind": "other", "z": z, "group": group, "placeholder": None,
        "box": [0, 0, 0, 0], "rotation": 0.0, "flip": "", "corners": [[0, 0], [0, 0], [0, 0], [0, 0]],
        "fill": NOTHING.entry(), "line": None, "shadow": False, "geometry": None,
        "text": None, "picture": None, "table": None, "chart": None,
        "link": None, "alt": "", "is_hidden": False,
    }  # fmt: skip


def _non_visual(shape: Element, name: str) -> Element:
    """`cNvPr`, `nvPr` or the like of a shape of any kind.

    Raises:
        LookupError: If it has none.
    """
    for child in shape:
        if local(child).startswith("nv"):
            for found in child:
                if local(found) == name:
                    return found
    raise LookupError(f"{local(shape)} has no {name}")


def _name(entry: dict[str, Any], shape: Element) -> None:
    names = _non_visual(shape, "cNvPr")
    entry["name"] = names.get("name", "")
    entry["alt"] = names.get("descr") or names.get("title") or ""
    entry["is_hidden"] = flag(names, "hidden")
    entry["id"] = int(names.get("id"))


def _xfrm(shape: Element) -> Element | None:
    holder = properties(shape)
    holder = shape if holder is None else holder
    return next((child for child in holder if local(child) == "xfrm"), None)


def _place(entry: dict[str, Any], subject: Subject) -> Frame:
    own = _xfrm(subject.shape)
    given = (
        own
        if own is not None
        else next((found for above in subject.shapes if (found := _xfrm(above)) is not None), None)
    )
    frame = NOWHERE if given is None else read_frame(given)
    if own is not None and subject.around.space is not None:
        frame = subject.around.space.place(frame)
    entry["box"] = [round(value) for value in frame[:4]]
    entry["rotation"] = round(frame.rotation, 4) % 360
    entry["flip"] = frame.flip
    entry["corners"] = [[round(x), round(y)] for x, y in frame.corners()]
    return frame


def _inside(subject: Subject, identity: int, frame: Frame) -> Surroundings:
    """What a group's members have around them; a group without a place of its own moves nothing."""
    shape, around = subject.shape, subject.around
    if shape.tag != P + "grpSp":
        return around
    xfrm, fill = _xfrm(shape), find_fill(properties(shape))
    return Surroundings(
        around.space if xfrm is None else read_space(xfrm, frame),
        identity,
        around.fill if fill is None or local(fill) == "grpFill" else read_fill(fill, subject.sheet.palette),
    )


def _shape_kind(shape: Element, slot: Slot | None) -> str:
    if slot is not None:
        return "placeholder"
    own = properties(shape)
    if own is not None and own.find(A + "custGeom") is not None:
        return "freeform"
    return "text_box" if flag(_non_visual(shape, "cNvSpPr"), "txBox") else "auto_shape"


def _is_media(shape: Element) -> bool:
    return any(local(child) in MEDIA for child in _non_visual(shape, "nvPr"))


def _geometry(shapes: Sequence[Element]) -> str | None:
    """The preset's name; None for a form of the shape's own."""
    for shape in shapes:
        own = properties(shape)
        for child in () if own is None else own:
            if child.tag == A + "prstGeom":
                return child.get("prst")
            if child.tag == A + "custGeom":
                return None
    return "rect"
