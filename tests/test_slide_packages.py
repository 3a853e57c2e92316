# pyright: basic, reportArgumentType=false, reportOptionalMemberAccess=false
# python-pptx and its elements are typed in part only.
"""Decks as files: real ones come through without loss, broken and hostile ones are refused in words."""

import gzip
import hashlib
import io
import os
import random
import re
import struct
import sys
import threading
import warnings
import zipfile
import zlib
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from copy import deepcopy
from functools import cache
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pptx
import pytest
from PIL import Image
from pptx.util import Inches

from tests.conftest import Viga
from viga_mcp.config import Config
from viga_mcp.decks import Decks
from viga_mcp.revisions import Store
from viga_mcp.slides import package
from viga_mcp.slides.copies import write_copy

SHARED = Path(__file__).parents[2] / "shared" / "data" / "decks"  # beside the checkout, where there are any
SLIDE, PRESENTATION, TYPES = "ppt/slides/slide1.xml", "ppt/presentation.xml", "[Content_Types].xml"
PRESENTATION_RELS, SLIDE_RELS = "ppt/_rels/presentation.xml.rels", "ppt/slides/_rels/slide1.xml.rels"
Change = bytes | Callable[[bytes], bytes] | None


@cache
def deck(slides: int = 1) -> bytes:
    presentation = pptx.Presentation()
    for number in range(slides):
        slide = presentation.slides.add_slide(presentation.slide_layouts[5])
        slide.shapes.title.text = f"Slide {number}"
    return saved(presentation)


def saved(presentation: Any) -> bytes:
    out = io.BytesIO()
    presentation.save(out)
    return out.getvalue()


def rezip(data: bytes, changes: Mapping[str, Change], **extra: bytes) -> bytes:
    """The archive with entries changed, or left out (None), and more at its end."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            change = changes.get(name, old.read(name))
            if change is not None:
                new.writestr(name, change(old.read(name)) if callable(change) else change)
        with warnings.catch_warnings(action="ignore"):  # of duplicates
            for name, content in extra.items():
                new.writestr(name, content)
    return out.getvalue()


def swap(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    def change(content: bytes) -> bytes:
        assert old in content
        return content.replace(old, new)

    return change


def declaring(types: bytes, entity: bytes = b"&a;") -> Callable[[bytes], bytes]:
    """A document type before the slide, and a use of its entity."""
    return lambda xml: xml.replace(b"<p:sld ", types + b"<p:sld ", 1).replace(b"Slide 0", entity)


def recoded(encoding: str, codec: str, change: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    return lambda xml: change(xml).decode().replace("UTF-8", encoding).encode(codec)


def renamed(name: str) -> bytes:
    """The hostile slide under a name that does not look like XML."""
    plain = zipfile.ZipFile(io.BytesIO(deck()))
    changes: dict[str, Change] = {
        SLIDE: None,
        TYPES: swap(b"slides/slide1.xml", f"slides/{name}".encode()),
        PRESENTATION_RELS: swap(b"slides/slide1.xml", f"slides/{name}".encode()),
    }
    parts = {
        f"ppt/slides/{name}": declaring(LAUGHS, b"&h;")(plain.read(SLIDE)),
        f"ppt/slides/_rels/{name}.rels": plain.read(SLIDE_RELS),
    }
    return rezip(deck(), changes, **parts)


def flagged_encrypted() -> bytes:
    data = bytearray(deck())
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        for found in re.finditer(re.escape(mark), bytes(data)):
            data[found.start() + flags] |= 1
    return bytes(data)


def typed(content_type: str) -> bytes:
    return rezip(deck(), {TYPES: swap(package.MAIN_TYPE.encode(), content_type.encode())})


def of_another_office(kind: str, part: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        types = f"application/vnd.openxmlformats-officedocument.{kind}.main+xml"
        archive.writestr(TYPES, f'<Types><Override PartName="/{part}" ContentType="{types}"/></Types>')
        archive.writestr(part, "<x/>")
    return out.getvalue()


def strict() -> bytes:
    def change(xml: bytes) -> bytes:
        return xml.replace(
            b"http://schemas.openxmlformats.org/officeDocument/2006/relationships",
            b"http://purl.oclc.org/ooxml/officeDocument/relationships",
        )

    return rezip(deck(), {"_rels/.rels": change, PRESENTATION_RELS: change, SLIDE_RELS: change})


def random_text(size: int) -> bytes:
    return random.Random(1).randbytes(size // 2).hex().encode()


XXE = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
LAUGHS = b'<!DOCTYPE x [<!ENTITY a "lol">%s]>' % b"".join(
    b'<!ENTITY %c "%s">' % (98 + level, b"&%c;" % (97 + level) * 10) for level in range(7)
)
OLE = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(5000)
MISSING = "missing in the file"

HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "zip bomb": (lambda: rezip(deck(), {}, **{"ppt/media/x.bin": bytes(64 << 20)}), "zip bomb"),
    "bomb of XML": (lambda: rezip(deck(), {SLIDE: lambda xml: xml + b" " * (20 << 20)}), "zip bomb"),
    "long text": (lambda: rezip(deck(), {SLIDE: swap(b"Slide 0", random_text(12 << 20))}), "XML of one of its parts"),
    "deep XML": (
        lambda: rezip(deck(), {SLIDE: swap(b"</p:spTree>", b"<p:x>" * 5000 + b"</p:x>" * 5000 + b"</p:spTree>")}),
        "XML of one of its parts",
    ),
    "countless elements": (
        lambda: rezip(
            deck(),
            {SLIDE: swap(b"</p:spTree>", b"".join(b'<p:x a%d=""/>' % (n % 997) for n in range(450_000)) + b"</p:spTree>")},
        ),
        "too complex: 450,",
    ),
    "external entity": (lambda: rezip(deck(), {SLIDE: declaring(XXE)}), f"{SLIDE} declares XML entities"),
    "external entity in UTF-16": (
        lambda: rezip(deck(), {SLIDE: recoded("UTF-16", "utf-16", declaring(XXE))}),
        "declares XML entities",
    ),
    "external entity in UTF-16 without a mark": (
        lambda: rezip(deck(), {SLIDE: recoded("UTF-16BE", "utf-16-be", declaring(XXE))}),
        "declares XML entities",
    ),
    "external entity in UTF-32": (
        lambda: rezip(deck(), {SLIDE: recoded("UTF-32", "utf-32-be", declaring(XXE))}),
        "neither UTF-8 nor UTF-16",
    ),
    "external entity in UTF-7": (
        lambda: rezip(deck(), {SLIDE: lambda xml: declaring(XXE)(xml).replace(b"UTF-8", b"UTF-7").replace(b"<!", b"+ADwAIQ-")}),
        "neither UTF-8 nor UTF-16",
    ),
    "external entity in EBCDIC": (
        lambda: rezip(deck(), {SLIDE: recoded("cp037", "cp037", declaring(XXE))}),
        "neither UTF-8 nor UTF-16",
    ),
    "billion laughs": (lambda: rezip(deck(), {SLIDE: declaring(LAUGHS, b"&h;")}), "declares XML entities"),
    "billion laughs in slide1.dat": (lambda: renamed("slide1.dat"), r"slide1\.dat declares XML entities"),
    "billion laughs in slide1.XML": (lambda: renamed("slide1.XML"), r"slide1\.XML declares XML entities"),
    "path upwards": (lambda: rezip(deck(), {}, **{"../../evil": b"x"}), "leads out of the archive"),
    "absolute path": (lambda: rezip(deck(), {}, **{"/etc/evil": b"x"}), "leads out of the archive"),
    "path of a drive": (lambda: rezip(deck(), {}, **{"C:\\evil": b"x"}), "leads out of the archive"),
    "duplicate entry": (lambda: rezip(deck(), {}, **{SLIDE: b"x"}), f"two entries named '{SLIDE}'"),
    "encrypted entries": (flagged_encrypted, "is encrypted"),
    "cut off": (lambda: deck()[: len(deck()) // 2], "damaged or cut off"),
    "damaged inside": (lambda: deck().replace(deck()[2000:2010], b"\xff" * 10), "damaged or cut off"),
    "password or .ppt": (lambda: OLE, "password-protected, or a .ppt of PowerPoint 97-2003"),
    "Word": (lambda: of_another_office("wordprocessingml.document", "word/document.xml"), "document of Word"),
    "Excel": (lambda: of_another_office("spreadsheetml.sheet", "xl/workbook.xml"), "document of Excel"),
    "zip of something": (lambda: rezip(deck(), {TYPES: None}), "not of an Office document"),
    "random bytes": (lambda: random.Random(3).randbytes(5000), r"no \.pptx, which"),
    "empty": (lambda: b"", "it is empty"),
    "ISO Strict": (strict, "ISO Strict Open XML"),
    "add-in": (lambda: typed("application/vnd.ms-powerpoint.addin.macroEnabled.main+xml"), "add-in"),
    "no slide part": (lambda: rezip(deck(), {SLIDE: None}), f"slide 1 is {MISSING}"),
    "no layout part": (
        lambda: rezip(deck(), {"ppt/slideLayouts/slideLayout6.xml": None}),
        f"the layout of slide 1 is {MISSING}",
    ),
    "no master part": (
        lambda: rezip(deck(), {"ppt/slideMasters/slideMaster1.xml": None}),
        f"the master of slide 1 is {MISSING}",
    ),
    "no presentation": (lambda: rezip(deck(), {PRESENTATION: None}), "a part that it refers to is missing"),
    "no relationships": (lambda: rezip(deck(), {PRESENTATION_RELS: None}), f"slide 1 is {MISSING}"),
    "slide that is a theme": (
        lambda: rezip(deck(), {PRESENTATION_RELS: swap(b"slides/slide1.xml", b"theme/theme1.xml")}),
        "slide 1 is none: the file has /ppt/theme/theme1.xml in its place",
    ),
    "slide that is outside": (
        lambda: rezip(
            deck(), {PRESENTATION_RELS: swap(b'"slides/slide1.xml"', b'"http://127.0.0.1:9/x" TargetMode="External"')}
        ),
        "slide 1 is none: the file has http://127.0.0.1:9/x",
    ),
    "layout that is the slide": (
        lambda: rezip(deck(), {SLIDE_RELS: swap(b"../slideLayouts/slideLayout6.xml", b"slide1.xml")}),
        "the layout of slide 1 is none",
    ),
    "broken XML": (lambda: rezip(deck(), {SLIDE: b"<p:sld"}), "XML of one of its parts is broken"),
    "no area": (
        lambda: rezip(deck(), {PRESENTATION: lambda xml: re.sub(rb"<p:sldSz[^>]*/>", b'<p:sldSz cx="0" cy="0"/>', xml)}),
        "its slides are 0 EMU wide",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_broken_or_hostile_file_is_refused_with_why_and_what_to_do(
    any_viga: Viga, scene: str, name: str
) -> None:
    make, why = HOSTILE[name]
    (any_viga.workspace / "hostile.pptx").write_bytes(make())
    error = await any_viga.error("compile_slides", deck=scene, template="hostile.pptx")
    assert re.match(rf"invalid_argument: The deck can't be opened: .*{why}", error), error
    assert len(error.splitlines()) == 2, error  # the second says what to do
    assert (await any_viga.error("get_slide_graph", deck=scene)).startswith("not_found")


@pytest.mark.skipif(sys.platform == "win32", reason="needs links and pipes")
def test_only_a_plain_file_is_opened(tmp_path: Path) -> None:
    (tmp_path / "deck.pptx").write_bytes(deck())
    (tmp_path / "link.pptx").symlink_to(tmp_path / "deck.pptx")
    os.mkfifo(tmp_path / "pipe.pptx")
    assert package.open_package(tmp_path / "deck.pptx").file == str(tmp_path / "deck.pptx")
    for name in ("link.pptx", "pipe.pptx"):
        with pytest.raises(package.Unreadable, match="no plain file"):
            package.open_package(tmp_path / name)


def macros(data: bytes) -> bytes:
    """As PowerPoint's .pptm has them."""
    relationship = b"http://schemas.microsoft.com/office/2006/relationships/vbaProject"
    return rezip(
        data,
        {
            TYPES: lambda xml: xml.replace(
                package.MAIN_TYPE.encode(), b"application/vnd.ms-powerpoint.presentation.macroEnabled.main+xml"
            ).replace(
                b"</Types>",
                b'<Override PartName="/ppt/vbaProject.bin" ContentType="application/vnd.ms-office.vbaProject"/></Types>',
            ),
            PRESENTATION_RELS: swap(
                b"</Relationships>",
                b'<Relationship Id="rId77" Type="%s" Target="vbaProject.bin"/></Relationships>' % relationship,
            ),
        },
        **{"ppt/vbaProject.bin": OLE},
    )


KIN = {
    "show": "application/vnd.openxmlformats-officedocument.presentationml.slideshow.main+xml",
    "template": "application/vnd.openxmlformats-officedocument.presentationml.template.main+xml",
    "show with macros": "application/vnd.ms-powerpoint.slideshow.macroEnabled.main+xml",
    "template with macros": "application/vnd.ms-powerpoint.template.macroEnabled.main+xml",
}
UNUSUAL: dict[str, Callable[[], bytes]] = {
    **{name: (lambda kind=kind: typed(kind)) for name, kind in KIN.items()},
    "no slides": lambda: deck(0),
    "no size": lambda: rezip(deck(), {PRESENTATION: lambda xml: re.sub(rb"<p:sldSz[^>]*/>", b"", xml)}),
    "largest page": lambda: rezip(
        deck(), {PRESENTATION: lambda xml: re.sub(rb"<p:sldSz[^>]*/>", b'<p:sldSz cx="51206400" cy="51206400"/>', xml)}
    ),
    "shape id that is no number": lambda: rezip(deck(), {SLIDE: swap(b'id="2"', b'id="x"')}),
    "place that is no number": lambda: rezip(
        deck(),
        {SLIDE: swap(b"<p:spPr/>", b'<p:spPr><a:xfrm rot="1e9"><a:off x="a" y="0"/><a:ext cx="9999999999999999" cy="-5"/></a:xfrm></p:spPr>')},
    ),
    "unused layout missing": lambda: rezip(deck(), {"ppt/slideLayouts/slideLayout1.xml": None}),
}  # fmt: skip


@pytest.mark.parametrize("name", UNUSUAL)
async def test_an_unusual_file_opens_draws_and_can_be_edited(any_viga: Viga, scene: str, name: str) -> None:
    (any_viga.workspace / "unusual.pptx").write_bytes(UNUSUAL[name]())
    opened = await any_viga.text("compile_slides", deck=scene, template="unusual.pptx", slides=[])
    assert "No pictures" not in opened
    await any_viga.facts("get_slide_graph", deck=scene, detail="shapes")
    edited = await any_viga.text(
        "compile_slides", deck=scene, code="prs.core_properties.title = 'edited'", mode="patch", slides=[]
    )
    assert edited.startswith("r1 (from r0, patch)")
    assert "No pictures" not in edited
    with zipfile.ZipFile(any_viga.workspace / "decks" / f"{scene}.pptx") as archive:
        assert package.MAIN_TYPE.encode() in archive.read(TYPES)


async def test_macros_are_left_out_of_what_is_saved_and_that_is_said(any_viga: Viga, scene: str) -> None:
    (any_viga.workspace / "macros.pptm").write_bytes(macros(deck()))
    said = await any_viga.text("compile_slides", deck=scene, template="macros.pptm", code="prs.slides[0]", slides=[])
    assert "the macros of the deck are left out" in said
    with zipfile.ZipFile(any_viga.workspace / "decks" / f"{scene}.pptx") as archive:
        assert not [name for name in archive.namelist() if "vba" in name]
        assert b"vba" not in archive.read(TYPES) + archive.read(PRESENTATION_RELS)


class _Bait(BaseHTTPRequestHandler):
    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(green())

    do_HEAD = do_OPTIONS = do_PROPFIND = do_GET

    def log_message(self, format: str, *args: object) -> None:
        pass


def green() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 8), (0, 255, 0)).save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def bait() -> Iterator[tuple[str, list[str]]]:
    """The address of a server on this machine, and what it was asked for."""
    asked: list[str] = []
    server = HTTPServer(("127.0.0.1", 0), type("Bait", (_Bait,), {"asked": asked}))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}", asked
    server.shutdown()
    thread.join()
    server.server_close()


def with_outside(reltype: str, target: str, *, is_linked: bool = True) -> bytes:
    """A picture, or something beside it, that lies outside the file."""
    presentation = pptx.Presentation()
    slide = presentation.slides.add_slide(presentation.slide_layouts[6])
    out = io.BytesIO()
    Image.new("RGB", (8, 8), (255, 0, 0)).save(out, "PNG")
    slide.shapes.add_picture(out, 0, 0, Inches(5), Inches(5))
    kind = f"http://schemas.openxmlformats.org/officeDocument/2006/relationships/{reltype}"
    link = f'<Relationship Id="rId77" Type="{kind}" Target="{target}" TargetMode="External"/></Relationships>'
    changes: dict[str, Change] = {SLIDE_RELS: swap(b"</Relationships>", link.encode())}
    if is_linked:
        changes[SLIDE] = lambda xml: re.sub(rb'r:embed="rId\d+"', b'r:link="rId77"', xml)
    return rezip(saved(presentation), changes)


def drawing(reference: str) -> bytes:
    """An SVG in the place of the picture, which refers to another."""
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="500" height="500"><image width="500" height="500" xlink:href="{reference}"/></svg>'
    presentation = pptx.Presentation(io.BytesIO(with_outside("image", "x", is_linked=False)))
    data = saved(presentation)
    return rezip(
        data,
        {
            "ppt/media/image1.png": None,
            SLIDE_RELS: swap(b"image1.png", b"image1.svg"),
            TYPES: swap(b"</Types>", b'<Default Extension="svg" ContentType="image/svg+xml"/></Types>'),
        },
        **{"ppt/media/image1.svg": svg.encode()},
    )


@pytest.mark.parametrize("way", ["linked picture", "video", "OLE", "chart", "picture in an SVG"])
@pytest.mark.parametrize("where", ["http", "file"])
async def test_what_a_deck_links_to_is_neither_fetched_nor_shown(
    any_viga: Viga, scene: str, bait: tuple[str, list[str]], tmp_path: Path, way: str, where: str
) -> None:
    (tmp_path / "secret.png").write_bytes(green())
    target = f"{bait[0]}/secret.png" if where == "http" else (tmp_path / "secret.png").as_uri()
    kinds = {"linked picture": "image", "video": "video", "OLE": "oleObject", "chart": "chart"}
    made = (
        drawing(target)
        if way == "picture in an SVG"
        else with_outside(kinds[way], target, is_linked=way == "linked picture")
    )
    (any_viga.workspace / "linked.pptx").write_bytes(made)
    facts = await any_viga.meta("compile_slides", deck=scene, template="linked.pptx")
    with Image.open(facts["pictures"][0]) as picture:
        r, g, b = np.moveaxis(np.asarray(picture.convert("RGB")).astype(int), -1, 0)
    assert not ((g > 150) & (r < 100) & (b < 100)).any()
    assert bait[1] == []


@pytest.mark.parametrize(
    "pack", [bytes, gzip.compress, lambda svg: svg.decode().encode("utf-16")], ids=["plain", "packed", "UTF-16"]
)
def test_the_copy_that_is_drawn_refers_to_nothing_outside(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    """The second wall, for what draws without Landlock."""
    data = drawing("file:///secret.png")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        svg = archive.read("ppt/media/image1.svg").replace(
            b"</svg>", b"<use href = '#a'/><image href='data:,x'/></svg>"
        )
    presentation = pptx.Presentation(io.BytesIO(rezip(data, {"ppt/media/image1.svg": pack(svg)})))
    write_copy(presentation, [1], tmp_path / "copy.pptx")
    with zipfile.ZipFile(tmp_path / "copy.pptx") as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    assert not [name for name, content in parts.items() if b"secret" in content or b'TargetMode="External"' in content]
    (drawn,) = [content for name, content in parts.items() if name.endswith(".svg")]
    assert b'xlink:href="#"' in drawn
    assert b"<use href = '#a'/><image href='data:,x'/>" in drawn


def png_bomb(side_px: int) -> bytes:
    """A black picture of so many pixels a side in a few kilobytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    packer = zlib.compressobj(9)
    row = bytes(1 + (side_px + 7) // 8)
    data = b"".join(packer.compress(row) for _ in range(side_px)) + packer.flush()
    header = struct.pack(">IIBBBBB", side_px, side_px, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    "content", [lambda: png_bomb(60_000), lambda: b"\x89PNG\r\n\x1a\nbroken"], ids=["bomb", "broken"]
)
async def test_a_picture_that_can_not_be_unpacked_harms_nothing_else(
    any_viga: Viga, scene: str, content: Callable[[], bytes]
) -> None:
    plain = with_outside("image", "x", is_linked=False)
    (any_viga.workspace / "picture.pptx").write_bytes(rezip(plain, {"ppt/media/image1.png": content()}))
    said = await any_viga.text("compile_slides", deck=scene, template="picture.pptx", slides=[])
    assert "1 picture" in said


@pytest.fixture
async def decks(tmp_path: Path) -> AsyncGenerator[Decks]:
    """Without the server's checks, which have limits of their own."""
    with Store.open(tmp_path) as store:
        async with Decks(store, Config(tmp_path)) as decks:
            yield decks


@pytest.mark.parametrize(("count", "is_drawn"), [(10_000, False), (2_500, True)])
async def test_a_slide_of_thousands_of_shapes_opens_and_draws(
    decks: Decks, tmp_path: Path, count: int, is_drawn: bool
) -> None:
    """LibreOffice takes half a minute for ten thousand: too long for here, and within its limit of five."""
    presentation = pptx.Presentation()
    slide = presentation.slides.add_slide(presentation.slide_layouts[6])
    box = slide.shapes.add_textbox(0, 0, Inches(1), Inches(1))
    box.text_frame.text = "x"
    for number in range(10, 9 + count):
        element = deepcopy(box._element)
        element.nvSpPr.cNvPr.set("id", str(number))
        box._element.addnext(element)
    (tmp_path / "many.pptx").write_bytes(saved(presentation))
    revision = await decks.open("many", tmp_path / "many.pptx")
    assert len((await decks.reading(revision)).graph["slides"][0]["elements"]) == count
    if is_drawn:
        assert (await decks.paint(revision)).anew == [1]


async def test_five_hundred_slides_open_and_those_asked_for_are_drawn(decks: Decks, tmp_path: Path) -> None:
    (tmp_path / "long.pptx").write_bytes(deck(500))
    revision = await decks.open("long", tmp_path / "long.pptx")
    assert len((await decks.reading(revision)).keys) == 500
    painted = await decks.paint(revision, [1, 500])
    assert list(painted.slides) == [1, 500]


def contents(path: Path) -> dict[str, Any]:
    """What must survive: all shapes with their text, notes, and every file that is not XML."""
    with zipfile.ZipFile(path) as archive:
        files = Counter(
            hashlib.sha256(archive.read(name)).hexdigest()
            for name in archive.namelist()
            if not name.endswith((".xml", ".rels", "/"))
        )
    slides = pptx.Presentation(str(path)).slides
    return {
        "files": files,
        "shapes": [
            [(one.tag, "".join(one.itertext())) for one in slide.shapes._spTree.iterdescendants()] for slide in slides
        ],
        "notes": [slide.notes_slide.notes_text_frame.text if slide.has_notes_slide else None for slide in slides],
    }


REAL = sorted(SHARED.glob("*.pptx"))


@pytest.mark.skipif(not REAL, reason="the real decks are not here")
@pytest.mark.parametrize("source", REAL, ids=lambda path: path.stem)
async def test_a_real_deck_comes_through_an_edit_without_loss(any_viga: Viga, scene: str, source: Path) -> None:
    (any_viga.workspace / "real.pptx").write_bytes(source.read_bytes())
    code = """
run = next(run for shape in prs.slides[0].shapes if shape.has_text_frame
           for paragraph in shape.text_frame.paragraphs for run in paragraph.runs if run.text.strip())
print(repr(run.text))
run.text = "EDITED"
"""
    meta = await any_viga.meta("compile_slides", deck=scene, template="real.pptx", code=code)
    assert meta["changed"] == [1]
    before, after = contents(source), contents(any_viga.workspace / "decks" / f"{scene}.pptx")
    assert after["files"] == before["files"]
    assert after["notes"] == before["notes"]
    assert after["shapes"][1:] == before["shapes"][1:]
    words = eval(meta["output"])
    edited = [(tag, text) for tag, text in after["shapes"][0] if tag.endswith("}t") and text == "EDITED"]
    assert len(edited) == 1
    assert [tag for tag, _ in after["shapes"][0]] == [tag for tag, _ in before["shapes"][0]]
    kept = [text for tag, text in before["shapes"][0] if tag.endswith("}t")]
    assert [text if text != "EDITED" else words for tag, text in after["shapes"][0] if tag.endswith("}t")] == kept
