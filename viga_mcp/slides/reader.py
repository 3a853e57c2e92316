# pyright: basic
"""Read a deck: its graph, a key for how each slide looks, and a copy for LibreOffice to draw."""

import hashlib
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pptx
from lxml import etree  # pyright: ignore[reportAttributeAccessIssue]
from pptx.opc.constants import RELATIONSHIP_TYPE as RT
from pptx.opc.oxml import serialize_part_xml
from pptx.opc.package import Part
from pptx.oxml.ns import qn
from pptx.parts.slide import SlideLayoutPart, SlideMasterPart, SlidePart

from viga_mcp import serving
from viga_mcp.slides import confine, kit, package
from viga_mcp.slides.blocks import read_blocks
from viga_mcp.slides.copies import write_copy
from viga_mcp.slides.graph import read_graph
from viga_mcp.wire import Message

MEMORY_BYTES = 4 << 30
# What a slide's picture does not depend on.
UNSEEN = {RT.NOTES_SLIDE, RT.COMMENTS, RT.NOTES_MASTER, RT.HANDOUT_MASTER, RT.TAGS, RT.PACKAGE}


def start(*readable: Path) -> str:
    """Confine this process, which may write beside its folder; returns python-pptx's version.

    Args:
        readable: Where decks may lie.
    """
    confine.confine(Path.cwd().parent, readable, MEMORY_BYTES)
    presentation = kit.blank_presentation()
    presentation.slides.add_slide(presentation.slide_layouts[0])
    read_graph(presentation)
    list(slide_keys(presentation))
    return pptx.__version__


def read(request: Message) -> Message:
    """Read a deck.

    Args:
        request: `path`; `want`: "graph"; "blocks"; or "copy", of the slides `numbers` as a deck for LibreOffice, to
            `copy_to`. With a graph, `unpainted` may ask for such a copy too, of the slides without a file KEY +
            `suffix` in `pictures`, if they are not more than `most`.

    Returns:
        `{"refused": why, "then": advice}`, or `graph` (see `graph.read_graph`) and `keys`, one a slide: equal for
        slides that look the same, with `copied`, the numbers of slides; `blocks` (see `blocks.read_blocks`); of a copy
        alone nothing. And `rss_bytes` of this process.
    """
    return {**_read(request), "rss_bytes": serving.resident_bytes()}


def slide_keys(presentation: Any) -> Iterator[str]:
    """A digest for each slide of all that its picture depends on: its XML and what that refers to, size and number."""
    digests: dict[Part, bytes] = {}
    size = f"{presentation.slide_width}x{presentation.slide_height}"
    defaults = presentation.part._element.find("{*}defaultTextStyle")
    defaults = b"" if defaults is None else serialize_part_xml(defaults)
    for number, slide in enumerate(presentation.slides, 1):
        own = _digest(slide.part, digests, ())
        numbered = number if b'type="slidenum"' in slide.part.blob else 0
        yield hashlib.sha256(b"|".join([own, size.encode(), str(numbered).encode(), defaults])).hexdigest()


def _read(request: Message) -> Message:
    try:
        source = package.open_package(Path(request["path"]))
        presentation = pptx.Presentation(source.file)
        _see_to_soundness(presentation)
        if request["want"] == "blocks":
            return {"blocks": read_blocks(presentation)}
        if request["want"] == "copy":
            write_copy(presentation, request["numbers"], Path(request["copy_to"]))
            return {}
        answer = {"graph": read_graph(presentation), "keys": list(slide_keys(presentation)), "copied": []}
        if request.get("unpainted"):
            missing = _missing(answer["keys"], **request["unpainted"])
            if missing:
                write_copy(presentation, missing, Path(request["copy_to"]))
            answer["copied"] = missing
        return answer
    except package.Unreadable as error:
        return {"refused": str(error), "then": error.then}
    except Exception as error:  # whatever a broken file makes python-pptx stumble over
        return {"refused": _broken(error), "then": package.GET_AGAIN}


def _missing(keys: list[str], pictures: str, suffix: str, most: int) -> list[int]:
    numbers = [n for n, key in enumerate(keys, 1) if not Path(pictures, key + suffix).exists()]
    return numbers if len(numbers) <= most else []


def _digest(part: Part, digests: dict[Part, bytes], above: tuple[Part, ...]) -> bytes:
    """Of a part and of all below it; `above` are those on the way, which may refer back to each other."""
    if part not in digests:
        digest = hashlib.sha256(part.blob)
        for rid, relation in sorted(part.rels.items()):
            if relation.reltype in UNSEEN:
                continue
            if relation.is_external:
                below = relation.target_ref.encode()
            elif relation.target_part in above or relation.reltype == RT.SLIDE:
                below = str(relation.target_part.partname).encode()
            elif part.partname.startswith("/ppt/slideMasters/") and relation.reltype == RT.SLIDE_LAYOUT:
                continue  # a slide shows its own layout alone
            else:
                below = _digest(relation.target_part, digests, (*above, part))
            digest.update(rid.encode() + below)
        digests[part] = digest.digest()
    return digests[part]


def _see_to_soundness(presentation: Any) -> None:
    """A deck must lead from each slide to its master, and its slides need a size: all else here counts on it.

    Raises:
        Unreadable: Which link leads elsewhere.
    """
    for side in (presentation.slide_width, presentation.slide_height):
        if side is not None and side <= 0:
            raise package.Unreadable(f"its slides are {side} EMU wide or high", package.GET_AGAIN)
    listed = presentation.element.find(qn("p:sldIdLst"))
    for number, entry in enumerate(() if listed is None else listed, 1):
        slide = _led_to(presentation.part.rels.get(entry.get(qn("r:id"))), SlidePart, f"slide {number}")
        layout = _led_to(_link(slide, RT.SLIDE_LAYOUT), SlideLayoutPart, f"the layout of slide {number}")
        _led_to(_link(layout, RT.SLIDE_MASTER), SlideMasterPart, f"the master of slide {number}")


def _link(part: Part, kind: str) -> Any:
    return next((link for link in part.rels.values() if link.reltype == kind), None)


def _led_to(link: Any, wanted: type[Part], what: str) -> Part:
    if link is None:
        raise package.Unreadable(f"{what} is missing in the file", package.GET_AGAIN)
    target = None if link.is_external else link.target_part
    if not isinstance(target, wanted):
        where = link.target_ref if target is None else target.partname
        raise package.Unreadable(f"{what} is none: the file has {where} in its place", package.GET_AGAIN)
    return target


def _broken(error: Exception) -> str:
    if isinstance(error, KeyError) and "no relationship" in str(error).lower():
        return f"a part that it refers to is missing ({error.args[0]})"
    if isinstance(error, etree.XMLSyntaxError):
        return f"the XML of one of its parts is broken ({error})"
    if isinstance(error, MemoryError):
        return "reading it takes more memory than a deck may"
    if isinstance(error, RecursionError):
        return "its parts or shapes refer to each other without end"
    if isinstance(error, zipfile.BadZipFile | zlib.error | EOFError):
        return f"it is damaged or cut off ({error})"
    return f"{type(error).__name__}: {error}"
