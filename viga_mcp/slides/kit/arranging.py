# pyright: basic, reportAttributeAccessIssue=false, reportArgumentType=false, reportOptionalMemberAccess=false
# python-pptx and lxml are typed only in part.
"""Slides copied, removed and moved, with all that belongs to them: notes, charts, media, sections and links."""

import itertools
import re
from collections.abc import Iterator

from lxml import etree
from pptx.opc.constants import RELATIONSHIP_TYPE as RT
from pptx.opc.package import Part, XmlPart, _Relationship
from pptx.opc.packuri import PackURI
from pptx.oxml import parse_xml
from pptx.oxml.ns import qn
from pptx.presentation import Presentation
from pptx.slide import Slide

_SHARED = {RT.SLIDE, RT.SLIDE_LAYOUT, RT.NOTES_MASTER, RT.THEME, RT.IMAGE, RT.MEDIA, RT.VIDEO, RT.AUDIO}
_P14 = "http://schemas.microsoft.com/office/powerpoint/2010/main"


def duplicate_slide(slide: Slide, index: int | None = None) -> Slide:
    """Copy a slide with its pictures, charts, tables, notes and animations; returns the copy, free to be changed.

    Args:
        slide: What to copy, as `prs.slides[0]`. Review comments stay with the original.
        index: Place of the copy, 0 is first, -1 last; None is right after the original.
    """
    prs = slide.part.package.presentation_part.presentation
    entries, original = prs.element.sldIdLst, _entry(prs, slide)
    place = entries.index(original) + 1 if index is None else _place(index, len(entries) + 1)
    part = _copied(slide.part, {}, {known.partname for known in prs.part.package.iter_parts()})
    _put(prs, entries.add_sldId(prs.part.relate_to(part, RT.SLIDE)), place)
    return part.slide


def delete_slide(slide: Slide) -> None:
    """Remove a slide with its notes and charts; links and custom shows that lead to it lose it.

    Args:
        slide: As `prs.slides[2]`; the variable is of no use afterwards.
    """
    prs = slide.part.package.presentation_part.presentation
    _leave_section(prs, _entry(prs, slide))
    notes = slide.notes_slide.part if slide.has_notes_slide else None
    for part in [part for part in prs.part.package.iter_parts() if part is not notes]:
        for key in [key for key, rel in part.rels.items() if not rel.is_external and rel.target_part is slide.part]:
            _forget(part, key)
    _number_parts(prs)


def move_slide(slide: Slide, index: int) -> Slide:
    """Move a slide to another place.

    Args:
        slide: As `prs.slides[4]`.
        index: Its new place, 0 is first, -1 last.
    """
    prs = slide.part.package.presentation_part.presentation
    _put(prs, _entry(prs, slide), _place(index, len(prs.element.sldIdLst)))
    return slide


def _place(index: int, count: int) -> int:
    if not -count <= index < count:
        raise ValueError(f"index {index} is outside 0 to {count - 1}: 0 is the first place, -1 the last")
    return range(count)[index]


def _entry(prs: Presentation, slide: Slide) -> etree._Element:
    """The slide's line in the list that gives the slides their order."""
    for entry in prs.element.get_or_add_sldIdLst():
        if prs.part.related_part(entry.rId) is slide.part:
            return entry
    raise ValueError("this slide was deleted from its presentation: take one from prs.slides")


def _put(prs: Presentation, entry: etree._Element, place: int) -> None:
    entries = prs.element.sldIdLst
    entries.remove(entry)
    entries.insert(place, entry)
    _leave_section(prs, entry)
    _enter_section(prs, entry)
    _number_parts(prs)


def _number_parts(prs: Presentation) -> None:
    """Name the slides' files by their order: python-pptx names the next one by the number of slides, in use or not."""
    prs.part.rename_slide_parts([entry.rId for entry in prs.element.sldIdLst])
    for part in prs.part.package.iter_parts():
        for rel in part.rels.values():  # python-pptx remembers the names of an earlier save, and writes them again
            vars(rel).pop("target_ref", None)
            vars(rel).pop("target_partname", None)


def _copied(part: Part, copies: dict[Part, Part], names: set[PackURI]) -> Part:
    """A copy of a part and of all that only it uses, under new names and the same relationship ids."""
    copy = type(part).load(_free_name(part.partname, names), part.content_type, part.package, part.blob)
    copies[part] = copy
    for key, rel in part.rels.items():
        if rel.reltype.endswith("/comments"):
            continue
        target = rel._target  # an address, where it is external
        if isinstance(target, Part):
            if target not in copies and rel.reltype not in _SHARED:
                _copied(target, copies, names)
            target = copies.get(target, target)
        copy.rels._rels[key] = _Relationship(copy.partname.baseURI, key, rel.reltype, rel._target_mode, target)
    return copy


def _free_name(name: PackURI, names: set[PackURI]) -> PackURI:
    stem, ending = re.fullmatch(r"(.*?)\d*(\.[^./]*)?", name).groups(default="")
    free = next(free for number in itertools.count(1) if (free := PackURI(f"{stem}{number}{ending}")) not in names)
    names.add(free)
    return free


def _forget(part: Part, key: str) -> None:
    """Take out a relationship and the elements that use it: list entries, or the click that leads there."""
    root = part._element if isinstance(part, XmlPart) else parse_xml(part.blob)  # python-pptx reads few kinds of part
    for element in [element for element in root.iter() if element.get(qn("r:id")) == key]:
        element.getparent().remove(element)
    if not isinstance(part, XmlPart):
        part.blob = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
    part.rels.pop(key)


def _leave_section(prs: Presentation, entry: etree._Element) -> None:
    for listed in [listed for listed in _listed(prs) if listed.get("id") == str(entry.id)]:
        listed.getparent().remove(listed)


def _enter_section(prs: Presentation, entry: etree._Element) -> None:
    """List a slide in the section of its neighbour, the one before it first: PowerPoint repairs a deck with others."""
    listed = {place.get("id"): place for place in _listed(prs)}
    before, after = entry.getprevious(), entry.getnext()
    own = etree.Element(f"{{{_P14}}}sldId", {"id": str(entry.id)})
    if before is not None and str(before.id) in listed:
        listed[str(before.id)].addnext(own)
    elif after is not None and str(after.id) in listed:
        listed[str(after.id)].addprevious(own)
    else:
        for slides in prs.element.iter(f"{{{_P14}}}sldIdLst"):
            slides.append(own)
            break


def _listed(prs: Presentation) -> Iterator[etree._Element]:
    return prs.element.iter(f"{{{_P14}}}sldId")
