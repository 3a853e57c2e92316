# pyright: basic
"""Slides, layouts and masters, and what a slide inherits from the other two."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, NamedTuple

from pptx.opc.constants import RELATIONSHIP_TYPE as RT
from pptx.oxml import parse_xml

from viga_mcp.slides.graph.paint import NOTHING, Fill, read_background
from viga_mcp.slides.graph.tags import A, Element, P, R, local, whole
from viga_mcp.slides.graph.text import Defaults, defaults
from viga_mcp.slides.graph.theme import USUAL_MAP, Palette, Theme, read_theme

TITLES = {"title", "ctrTitle"}
ONCE = {*TITLES, "dt", "ftr", "sldNum", "hdr"}
"""Placeholders of which a layout has one, so that the kind finds it; others are found by number."""


class Slot(NamedTuple):
    """Which placeholder a shape is."""

    kind: str
    index: int

    @property
    def family(self) -> str:
        """The kind as a master has it."""
        return "title" if self.kind in TITLES else self.kind if self.kind in ONCE else "body"


def read_slot(shape: Element) -> Slot | None:
    """None for a shape that is no placeholder."""
    for child in shape:
        if local(child).startswith("nv"):
            placeholder = child.find(f"{P}nvPr/{P}ph")
            return (
                None if placeholder is None else Slot(placeholder.get("type", "obj"), whole(placeholder.get("idx"), 0))
            )
    return None


def root_of(part) -> Element:
    """The XML of a part, whether python-pptx has a class for it or not."""
    own = getattr(part, "_element", None)
    return parse_xml(part.blob) if own is None else own


def related(part, kind: str):
    """The part that another one names by the kind of relation; None where it names none inside the package."""
    for relation in part.rels.values():
        if relation.reltype == kind and not relation.is_external:
            return relation.target_part
    return None


def related_root(part, kind: str) -> Element | None:
    """The XML of a part that can be done without; None where it is missing or can't be parsed."""
    found = related(part, kind)
    try:
        return None if found is None else root_of(found)
    except SyntaxError:  # lxml's own kind is one of these
        return None


class Sheet:
    """A slide, layout or master.

    Attributes:
        role: `slide`, `layout` or `master`.
        above: What it inherits from; None for a master.
    """

    def __init__(self, part, role: str, above: "Sheet | None", text_style: Element | None) -> None:
        self.part, self.role, self.above = part, role, above
        self.root = root_of(part)
        self.text_style = text_style
        self._text: dict[Slot | None, Defaults] = {}

    @property
    def name(self) -> str:
        common = self.root.find(P + "cSld")
        return "" if common is None else common.get("name", "")

    @property
    def tree(self) -> Element | None:
        return self.root.find(f"{P}cSld/{P}spTree")

    @cached_property
    def theme(self) -> Theme:
        root = related_root(self.part, RT.THEME if self.role == "master" else RT.THEME_OVERRIDE)
        if root is not None and next(root.iter(A + "clrScheme"), None) is not None:
            return read_theme(root)
        return self.above.theme if self.above else Theme({}, {})

    @cached_property
    def palette(self) -> Palette:
        return Palette(self.theme, self._color_names())

    def _color_names(self) -> Mapping[str, str]:
        own = self.root.find(P + "clrMap" if self.above is None else f"{P}clrMapOvr/{A}overrideClrMapping")
        if own is not None:
            return dict(own.attrib)
        return self.above.palette.names if self.above else USUAL_MAP

    @cached_property
    def placeholders(self) -> list[tuple[Slot, Element]]:
        shapes = [] if self.tree is None else self.tree.iter(P + "sp", P + "pic", P + "graphicFrame")
        return [(slot, shape) for shape in shapes if (slot := read_slot(shape))]

    def ancestors(self, slot: Slot) -> list[Element]:
        """The placeholders above that one of this sheet's inherits from, the nearest first."""
        if self.above is None:
            return []
        found = self.above.match(slot)
        return [*([] if found is None else [found[1]]), *self.above.ancestors(found[0] if found else slot)]

    def match(self, slot: Slot) -> tuple[Slot, Element] | None:
        """The placeholder here that one below inherits from."""
        family = [(own, shape) for own, shape in self.placeholders if own.family == slot.family]
        if self.role == "layout" and slot.kind not in ONCE:
            alike = [found for found in family if found[0].kind == slot.kind]
            family = [found for found in family if found[0].index == slot.index] or alike
        return family[0] if family else None

    def text_defaults(self, slot: Slot | None) -> Defaults:
        """What text of this sheet inherits: in a placeholder, or, for None, in any other shape."""
        holder = self.above if self.role == "slide" and self.above else self
        if slot not in holder._text:
            ancestors = self.ancestors(slot)[::-1] if slot else []
            bodies = [body for shape in ancestors if (body := shape.find(P + "txBody")) is not None]
            holder._text[slot] = defaults(
                [self.text_style, self._master_style(slot), *(body.find(A + "lstStyle") for body in bodies)],
                [body.find(A + "bodyPr") for body in bodies],
            )
        return holder._text[slot]

    def _master_style(self, slot: Slot | None) -> Element | None:
        if self.above:
            return self.above._master_style(slot)
        name = {"title": "titleStyle", "body": "bodyStyle"}.get(slot.family if slot else "", "otherStyle")
        return self.root.find(f"{P}txStyles/{P}{name}")

    @cached_property
    def background(self) -> tuple[Fill, str]:
        """What is painted behind everything, in this slide's colours, and whose it is.

        Through a background without a fill the one above is seen.
        """
        sheet: Sheet | None = self
        while sheet is not None:
            fill = read_background(sheet.root, self.palette)
            if fill is not None and fill.kind != "none":
                return fill, sheet.role
            sheet = sheet.above
        return NOTHING, "master"


class Deck:
    """A presentation's sheets, each layout and master read once."""

    def __init__(self, presentation) -> None:
        self.part = presentation.part
        self.root = root_of(self.part)
        self._sheets: dict[int, Sheet] = {}
        self.slides = [self._listed(entry) for entry in self.root.iterfind(f"{P}sldIdLst/{P}sldId")]
        self.numbers = {id(part): number for number, (_, part) in enumerate(self.slides, 1) if part is not None}

    def _listed(self, entry: Element) -> tuple[int, Any]:
        """Id and part of a slide; None for one that is missing."""
        relation = self.part.rels.get(entry.get(R + "id"))
        return whole(entry.get("id"), 0), None if relation is None or relation.is_external else relation.target_part

    @property
    def size(self) -> tuple[int, int]:
        size = self.root.find(P + "sldSz")
        attributes = {} if size is None else size.attrib
        return whole(attributes.get("cx"), 9_144_000), whole(attributes.get("cy"), 6_858_000)

    @property
    def theme(self) -> Theme:
        """The first master's."""
        for entry in self.root.iterfind(f"{P}sldMasterIdLst/{P}sldMasterId"):
            relation = self.part.rels.get(entry.get(R + "id"))
            if relation is not None and not relation.is_external:
                return self.sheet(relation.target_part, "master").theme
        return Theme({}, {})

    def sheet(self, part, role: str) -> Sheet:
        if id(part) not in self._sheets:
            kind, role_above = {"slide": (RT.SLIDE_LAYOUT, "layout"), "layout": (RT.SLIDE_MASTER, "master")}.get(
                role, ("", "")
            )
            above = related(part, kind) if kind else None
            style = self.root.find(P + "defaultTextStyle")
            self._sheets[id(part)] = Sheet(
                part, role, self.sheet(above, role_above) if above is not None else None, style
            )
        return self._sheets[id(part)]

    def address(self, part, click: Element | None) -> str | None:
        """Where a click leads: an address, `slide 3`, or the name of an action."""
        if click is None:
            return None
        relation = part.rels.get(click.get(R + "id"))
        if relation is None:
            return click.get("action") or None
        if relation.is_external:
            return relation.target_ref
        number = self.numbers.get(id(relation.target_part))
        return f"slide {number}" if number else str(relation.target_part.partname)
