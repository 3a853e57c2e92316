# pyright: basic
"""A `.pptx` as the zip archive that it is: what must be true of it before any parser sees it, and the file made safe.

Everything here reads names and sizes from the archive's directory, or a bounded number of bytes.
"""

import io
import re
import stat
import zipfile
import zlib
from pathlib import Path
from typing import NamedTuple

MAX_BYTES, MAX_ENTRIES = 512 << 20, 20_000
MAX_PART_BYTES = 64 << 20  # of XML, which takes ten times as much in memory
MAX_RATIO, RATIO_COUNTS_FROM = 200, 8 << 20
# LibreOffice needs a second for 5,000 shapes, each of some 15 elements, and ever more memory
MAX_PART_ELEMENTS, MAX_ELEMENTS = 400_000, 4_000_000
OLE = bytes.fromhex("d0cf11e0a1b11ae1")
SAVE_AGAIN = "Save it as .pptx in PowerPoint or LibreOffice first."
GET_AGAIN = "Get the file again, or open and save it in PowerPoint or LibreOffice, which mend files."
TYPES = "[Content_Types].xml"
MAIN_TYPE = "application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml"
# slide shows, templates and their kin with macros are presentations under another content type
KIN = re.compile(
    rb"application/vnd\.(openxmlformats-officedocument\.presentationml\.(slideshow|template)"
    rb"|ms-powerpoint\.(slideshow|template|presentation)\.macroEnabled)\.main\+xml"
)
STRICT = b"http://purl.oclc.org/ooxml/officeDocument/relationships/officeDocument"
MACROS = re.compile(rb"<Relationship\b[^>]*/relationships/vbaProject\"[^>]*?/>")
# How a document of XML may begin, and what that means for the rest (XML 1.0, appendix F). Office writes UTF-8, and
# UTF-16 is allowed; the parser would read the others too, but no pattern here would.
ENCODINGS = {
    b"\xef\xbb\xbf": "utf-8", b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be", b"<\0": "utf-16-le",
    b"\0<": "utf-16-be",
}  # fmt: skip
OTHER_STARTS = (b"\0\0\0<", b"<\0\0\0", b"\xff\xfe\0\0", b"\0\0\xfe\xff", b"\x4c\x6f\xa7\x94", b"\x00\x3c\x00\x00")
DECLARED = re.compile(rb"\s*<\?xml[^>]{0,99}?encoding\s*=\s*[\"']([^\"']{0,40})")
LIKE_ASCII = re.compile(rb"utf-?(8|16)|us-ascii|ascii|iso-8859-\d+|latin-?1|windows-125\d|cp125\d", re.IGNORECASE)


class Unreadable(Exception):
    """Why a file can't be opened, and what to do about it."""

    def __init__(self, why: str, then: str = SAVE_AGAIN) -> None:
        super().__init__(why)
        self.then = then


class Source(NamedTuple):
    """What python-pptx can open: the file itself, or a copy in memory where its kind must be told differently."""

    file: str | io.BytesIO
    has_macros: bool  # which are not in the copy: a .pptx can't have any


def open_package(path: Path) -> Source:
    """A file that is safe to open.

    Raises:
        Unreadable: For what is no presentation, encrypted, a zip bomb, has paths that lead out, or XML with entities.
    """
    # a program may have put a link or a pipe where its deck should be
    if not stat.S_ISREG(path.lstat().st_mode):
        raise Unreadable("it is no plain file", "Save the deck as a file.")
    with path.open("rb") as file:
        start = file.read(8)
    if start == OLE:
        raise Unreadable(
            "it is password-protected, or a .ppt of PowerPoint 97-2003",
            "Save it as .pptx without a password first.",
        )
    if not start:
        raise Unreadable("it is empty", GET_AGAIN)
    if not start.startswith(b"PK"):
        raise Unreadable("it is no .pptx, which is a zip archive")
    try:
        with zipfile.ZipFile(path) as archive:
            _inspect(archive)
            return _as_presentation(path, archive)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, EOFError, OSError) as error:
        raise Unreadable(f"it is damaged or cut off ({error})", GET_AGAIN) from error
    except (NotImplementedError, RuntimeError) as error:
        raise Unreadable(f"it is packed in a way that no Office document is ({error})") from error


def _inspect(archive: zipfile.ZipFile) -> None:
    entries = archive.infolist()
    if len(entries) > MAX_ENTRIES:
        raise Unreadable(f"it has {len(entries):,} entries; the limit is {MAX_ENTRIES:,}", "Split the deck.")
    total = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries) or 1
    if total > MAX_BYTES or (total > RATIO_COUNTS_FROM and total > MAX_RATIO * packed):
        raise Unreadable(
            f"it unpacks to {total / 1e6:,.0f} MB from {packed / 1e6:,.1f} MB (a zip bomb?); "
            f"the limit is {MAX_BYTES >> 20} MB and {MAX_RATIO} times",
            "Use smaller pictures and videos, or another file.",
        )
    names = [entry.filename for entry in entries]
    for entry in entries:
        name = entry.filename.replace("\\", "/")
        if name.startswith("/") or ".." in name.split("/") or re.match(r"[A-Za-z]:", name):
            raise Unreadable(f"its entry {entry.filename!r} leads out of the archive", "No Office program writes that.")
        if entry.flag_bits & 1:
            raise Unreadable(f"its entry {entry.filename!r} is encrypted", "Save it without a password first.")
    if TYPES not in names:
        raise Unreadable("it is a zip archive, but not of an Office document")
    if len(set(names)) != len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise Unreadable(f"it has two entries named {twice!r}", GET_AGAIN)
    _inspect_parts(archive, entries)


def _inspect_parts(archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo]) -> None:
    """What is XML is told by how it begins: a part's name and type are whatever its writer says."""
    elements = 0
    for entry in entries:
        with archive.open(entry) as part:
            start = part.read(64)
            if not is_xml(start) or entry.filename.lower().endswith(".svg"):  # a picture, drawn but not parsed
                continue
            if entry.file_size > MAX_PART_BYTES:
                raise Unreadable(f"its part {entry.filename} is {entry.file_size >> 20} MB of XML", "Split the deck.")
            text = decoded(entry.filename, start + part.read(MAX_PART_BYTES))
        # a document type brings entities, which can read files and grow without end; Office never writes one
        if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
            raise Unreadable(f"its part {entry.filename} declares XML entities", "No Office program writes that.")
        own = text.count(b"<") - text.count(b"</")
        elements += own
        if own > MAX_PART_ELEMENTS or elements > MAX_ELEMENTS:
            raise Unreadable(
                f"it is too complex: {own:,} XML elements in {entry.filename}, {elements:,} so far; "
                f"the limits are {MAX_PART_ELEMENTS:,} and {MAX_ELEMENTS:,}",
                "Split the deck, or make drawings of many shapes one picture.",
            )


def is_xml(start: bytes) -> bool:
    return start.lstrip().startswith((b"<", *ENCODINGS, *OTHER_STARTS))


def decoded(name: str, text: bytes) -> bytes:
    """The text in an encoding that has ASCII's characters as ASCII has them."""
    if not text.startswith(OTHER_STARTS):
        encoding = next((encoding for start, encoding in ENCODINGS.items() if text.startswith(start)), None)
        if encoding and encoding != "utf-8":
            return text.decode(encoding, "replace").encode("utf-8", "replace")
        declared = DECLARED.match(text.removeprefix(b"\xef\xbb\xbf"))
        if not declared or LIKE_ASCII.fullmatch(declared[1]):
            return text
    raise Unreadable(f"the XML of its part {name} is neither UTF-8 nor UTF-16")


def _as_presentation(path: Path, archive: zipfile.ZipFile) -> Source:
    types = archive.read(TYPES)
    if b"presentationml" not in types and b"ms-powerpoint" not in types:
        kind = "Word" if b"wordprocessingml" in types else "Excel" if b"spreadsheetml" in types else None
        raise Unreadable(f"it is a document of {kind}, not of PowerPoint" if kind else "it holds no slides",
                         "Give a .pptx.")  # fmt: skip
    if b"addin.macroEnabled" in types:
        raise Unreadable("it is an add-in of PowerPoint, not a deck", "Give a .pptx.")
    if "_rels/.rels" in archive.namelist() and STRICT in archive.read("_rels/.rels"):
        raise Unreadable(
            "it is saved as ISO Strict Open XML", "Save it as 'PowerPoint Presentation (.pptx)', not as Strict."
        )
    has_macros = b"vnd.ms-office.vbaProject" in types
    if not has_macros and (MAIN_TYPE.encode() in types or not KIN.search(types)):
        return Source(str(path), has_macros=False)
    copy = io.BytesIO()
    with zipfile.ZipFile(copy, "w", zipfile.ZIP_STORED) as out:
        for entry in archive.infolist():
            data = archive.read(entry)
            if entry.filename == TYPES:
                data = KIN.sub(MAIN_TYPE.encode(), data)
            elif entry.filename.endswith(".rels"):
                data = MACROS.sub(b"", data)
            out.writestr(entry, data)
    copy.seek(0)
    return Source(copy, has_macros)
