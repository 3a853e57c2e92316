# pyright: basic
"""A `.pptx` as the zip archive that it is: what must be true of it before any parser sees it, and the file made safe.

Everything here reads names and sizes from the archive's directory, or a bounded number of bytes.
"""

import io
import re
import zipfile
from pathlib import Path

MAX_BYTES, MAX_ENTRIES = 512 << 20, 20_000
MAX_PART_BYTES = 64 << 20  # of XML, which takes ten times as much in memory
MAX_RATIO, RATIO_COUNTS_FROM = 200, 8 << 20
OLE = bytes.fromhex("d0cf11e0a1b11ae1")
MAIN_TYPE = "application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml"
# slide shows, templates and their kin with macros are presentations under another content type
KIN = re.compile(
    rb"application/vnd\.(openxmlformats-officedocument\.presentationml\.(slideshow|template)"
    rb"|ms-powerpoint\.(slideshow|template|presentation)\.macroEnabled)\.main\+xml"
)


class Unreadable(Exception):
    """Why a file can't be opened, and what to do about it."""

    def __init__(self, why: str, then: str = "") -> None:
        super().__init__(why)
        self.then = then


def open_package(path: Path) -> io.BytesIO | Path:
    """What python-pptx can open: the file itself, or a copy in memory where its kind must be told differently.

    Raises:
        Unreadable: For what is no presentation, encrypted, a zip bomb, has paths that lead out, or XML with entities.
    """
    with path.open("rb") as file:
        start = file.read(8)
    if start == OLE:
        raise Unreadable(
            "it is password-protected, or a .ppt of PowerPoint 97-2003",
            "Save it as .pptx without a password first.",
        )
    try:
        with zipfile.ZipFile(path) as archive:
            _inspect(archive)
            return _as_presentation(path, archive)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, OSError, NotImplementedError, RuntimeError) as error:
        raise Unreadable(f"it is no .pptx (a zip archive): {error}") from error


def _inspect(archive: zipfile.ZipFile) -> None:
    entries = archive.infolist()
    if len(entries) > MAX_ENTRIES:
        raise Unreadable(f"it has {len(entries):,} entries; the limit is {MAX_ENTRIES:,}")
    total = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries) or 1
    if total > MAX_BYTES or (total > RATIO_COUNTS_FROM and total > MAX_RATIO * packed):
        raise Unreadable(
            f"it unpacks to {total / 1e6:,.0f} MB from {packed / 1e6:,.1f} MB (a zip bomb?); "
            f"the limit is {MAX_BYTES >> 20} MB and {MAX_RATIO} times"
        )
    names = [entry.filename for entry in entries]
    for entry in entries:
        name = entry.filename.replace("\\", "/")
        if name.startswith("/") or ".." in name.split("/") or re.match(r"[A-Za-z]:", name):
            raise Unreadable(f"its entry {entry.filename!r} leads out of the archive")
        if entry.flag_bits & 1:
            raise Unreadable(f"its entry {entry.filename!r} is encrypted", "Save it without a password first.")
        if name.endswith((".xml", ".rels")):
            if entry.file_size > MAX_PART_BYTES:
                raise Unreadable(f"its part {name} is {entry.file_size >> 20} MB of XML")
            with archive.open(entry) as part:
                _inspect_xml(name, part.read(MAX_PART_BYTES))
    if "[Content_Types].xml" not in names:
        raise Unreadable("it is a zip archive, but not of an Office document")
    if len(set(names)) != len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise Unreadable(f"it has two entries named {twice!r}")


def _inspect_xml(name: str, text: bytes) -> None:
    """A document type brings entities, which can read files and grow without end; Office never writes one."""
    if b"\x00" in text[:4]:  # UTF-16
        text = text.decode("utf-16", "replace").encode()
    if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
        raise Unreadable(f"its part {name} declares XML entities")


def _as_presentation(path: Path, archive: zipfile.ZipFile) -> io.BytesIO | Path:
    types = archive.read("[Content_Types].xml")
    if b"presentationml" not in types and b"ms-powerpoint" not in types:
        kind = "Word" if b"wordprocessingml" in types else "Excel" if b"spreadsheetml" in types else "other"
        raise Unreadable(f"it is a document of {kind}, not of PowerPoint" if kind != "other" else "it holds no slides")
    if MAIN_TYPE.encode() in types or not KIN.search(types):
        return path
    copy = io.BytesIO()
    with zipfile.ZipFile(copy, "w", zipfile.ZIP_STORED) as out:
        for entry in archive.infolist():
            data = archive.read(entry)
            if entry.filename == "[Content_Types].xml":
                data = KIN.sub(MAIN_TYPE.encode(), data)
            out.writestr(entry, data)
    copy.seek(0)
    return copy
