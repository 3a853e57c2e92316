# pyright: basic
"""LibreOffice in this process, by its C interface (LibreOfficeKit): draw slides, tell where their text really is.

It is loaded with ctypes: no pyuno, which is built for one Python, and no socket. One document at a time. The process
holds a hundred megabytes of C++ with global state: it draws, and is replaced when it grows or dies.
"""

import ctypes
import json
import os
import signal
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from viga_mcp import serving
from viga_mcp.slides import confine, layout, sample
from viga_mcp.slides.profile import write_profile
from viga_mcp.wire import Message

# Where packages of LibreOffice put their programs; libmergedlo is Debian's, libsofficeapp The Document Foundation's.
PROGRAMS = (
    "/usr/lib/libreoffice/program",
    "/usr/lib64/libreoffice/program",
    "/opt/libreoffice*/program",
    "/snap/libreoffice/current/lib/libreoffice/program",
    "/Applications/LibreOffice.app/Contents/Frameworks",
)
LIBRARIES = ("libmergedlo.so", "libsofficeapp.so", "libmergedlo.dylib", "libsofficeapp.dylib")
# Places in LibreOfficeKit's tables of functions, which only ever grow at their ends (LibreOfficeKit.h).
LOAD, GET_ERROR, VERSION = 2, 3, 10
DESTROY, SAVE_AS, PARTS, SET_PART, DOCUMENT_SIZE = 1, 2, 4, 7, 12
KIT_FUNCTIONS, DOCUMENT_FUNCTIONS = 10, 12  # what the tables must have at least

# Of address space, of which it takes 2 GB at once. Pictures that unpack to more are left out, not the whole deck.
MEMORY_BYTES = 6 << 30

_office: "Office | None" = None


class Unavailable(Exception):
    """Why LibreOffice can't be used from here."""


def start() -> str:
    """Load LibreOffice and see that it draws; returns its version.

    Raises:
        Unavailable: Where there is none, or its interface does not do what is needed.
    """
    global _office
    program = find_program()
    confine.confine_office(Path.cwd().parent, program, MEMORY_BYTES)
    _office = Office(program)
    _test(_office)
    return _office.version


def draw(request: Message) -> Message:
    """Draw all slides of a deck, and read where their text is.

    Args:
        request: `path`; `folder` for the pictures; `width` and `height`, pixels.

    Returns:
        `{"refused": why}`, or `pictures`, the file of each slide, and `layouts` (see `layout.read_layout`), one a
        slide by what it holds, None where LibreOffice can't tell; `rss_bytes` of this process.
    """
    assert _office
    folder = Path(request["folder"])
    svg = folder / "layout.svg"
    try:
        document = _office.open(Path(request["path"]))
        with ThreadPoolExecutor(1) as meanwhile:
            layouts = meanwhile.submit(layout.read_layout, svg) if _wrote_svg(document, svg) else None
            pictures = [
                document.picture(n, folder / f"{n}.png", request["width"], request["height"], request["report"])
                for n in range(document.parts)
            ]
    except Refused as error:
        return {"refused": str(error)}
    return {
        "pictures": [str(path) for path in pictures],
        "layouts": layouts.result() if layouts else [None] * len(pictures),
        "rss_bytes": serving.resident_bytes(),
    }


def to_pdf(request: Message) -> Message:
    """Write a deck as PDF, hidden slides too; `{"refused": why}` where it can't be."""
    assert _office
    try:
        document = _office.open(Path(request["path"]))
        document.save(Path(request["save_to"]), "pdf", {"ExportHiddenSlides": ("boolean", "true")})
    except Refused as error:
        return {"refused": str(error)}
    return {"rss_bytes": serving.resident_bytes()}


def close_document() -> None:
    """Close the last document."""
    assert _office
    _office.close()


class Refused(Exception):
    """LibreOffice would not load or save a document; the text is its own."""


class Office:
    """The loaded LibreOffice. `program` is the folder of its libraries."""

    def __init__(self, program: Path) -> None:
        self._profile = Path(tempfile.mkdtemp(prefix="office-"))
        write_profile(self._profile)
        os.environ["SAL_USE_VCLPLUGIN"] = "svp"  # draws without a screen
        library = next((program / name for name in LIBRARIES if (program / name).exists()), None)
        if library is None:
            raise Unavailable(f"{program} holds none of {', '.join(LIBRARIES)}")
        hook = ctypes.CDLL(str(library), mode=os.RTLD_LAZY if hasattr(os, "RTLD_LAZY") else 0).libreofficekit_hook_2
        hook.restype, hook.argtypes = ctypes.c_void_p, [ctypes.c_char_p, ctypes.c_char_p]
        self._document: Document | None = None
        self._kit = hook(str(program).encode(), self._profile.as_uri().encode())
        if not self._kit or _size(self._kit) < KIT_FUNCTIONS:
            raise Unavailable(f"{library} does not start")
        _die_of_faults()
        text = _function(self._kit, VERSION, ctypes.c_void_p)(self._kit)
        facts = json.loads(ctypes.string_at(text))
        self.version = f"{facts['ProductVersion']}{facts.get('ProductExtension', '')}"

    def open(self, path: Path) -> "Document":
        """The document at a path, which is open until the next one is, or `close` is called."""
        self.close()
        load = _function(self._kit, LOAD, ctypes.c_void_p, ctypes.c_char_p)
        pointer = load(self._kit, path.as_uri().encode())
        if not pointer:
            error = _function(self._kit, GET_ERROR, ctypes.c_void_p)(self._kit)
            raise Refused(ctypes.string_at(error).decode("utf-8", "replace") if error else "no reason given")
        self._document = Document(pointer)
        return self._document

    def close(self) -> None:
        if self._document:
            self._document.close()
        self._document = None


class Document:
    """A loaded document."""

    def __init__(self, pointer: int) -> None:
        if _size(pointer) < DOCUMENT_FUNCTIONS:
            raise Unavailable("LibreOffice's interface is older than 4.4")
        self._pointer = pointer
        self.parts = _function(pointer, PARTS, ctypes.c_int)(pointer)

    def close(self) -> None:
        _function(self._pointer, DESTROY, None)(self._pointer)

    def picture(self, number: int, path: Path, width: int, height: int, report: object = None) -> Path:
        """Draw one slide (counted from 0) as in a slide show, without the editor's prompts and frames."""
        _function(self._pointer, SET_PART, None, ctypes.c_int)(self._pointer, number)
        size = {"PixelWidth": ("long", str(width)), "PixelHeight": ("long", str(height))}
        # a slide has a ground: drawing it as translucent would draw it twice, for the same picture
        self.save(path, "png", size | {"Translucent": ("long", "0"), "Compression": ("long", "1")})
        if callable(report) and self.parts > 1:
            report(number + 1, self.parts, f"slide {number + 1} of {self.parts}")
        return path

    def save(self, path: Path, kind: str, options: dict[str, tuple[str, str]]) -> None:
        """Write the document, or the current slide, as another kind of file."""
        # anything but JSON would end the process (7.4)
        text = json.dumps({name: {"type": type_, "value": value} for name, (type_, value) in options.items()})
        save = _function(self._pointer, SAVE_AS, ctypes.c_int, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_char_p)
        if not save(self._pointer, path.as_uri().encode(), kind.encode(), text.encode()) or not path.is_file():
            raise Refused(f"it can't be written as {kind}")


def _die_of_faults() -> None:
    """Take away LibreOffice's handlers: they save what they can, which may wait for ever, and hide the fault."""
    for name in ("SIGSEGV", "SIGBUS", "SIGILL", "SIGFPE", "SIGABRT"):
        if hasattr(signal, name):  # not everywhere
            signal.signal(getattr(signal, name), signal.SIG_DFL)


def _wrote_svg(document: Document, path: Path) -> bool:
    """Some decks that can be drawn can't be written as SVG: their pictures are better than nothing."""
    try:
        document.save(path, "svg", {})
    except Refused:
        return False
    return True


def find_program() -> Path:
    """The folder of an installed LibreOffice; `VIGA_LIBREOFFICE` names it where it is somewhere else."""
    given = os.environ.get("VIGA_LIBREOFFICE")
    patterns = (given,) if given else PROGRAMS
    for pattern in patterns:
        root = Path("/")
        for folder in sorted(root.glob(pattern.lstrip("/")), reverse=True):
            if any((folder / name).exists() for name in LIBRARIES):
                return folder
    raise Unavailable("LibreOffice is not installed" if not given else f"{given} holds no LibreOffice")


def _test(office: Office) -> None:
    """Draw a deck that is known: what tables and SVG hold differs between releases, and must be seen, not believed."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sample.write_sample(folder / "sample.pptx")
        document = office.open(folder / "sample.pptx")
        picture = document.picture(0, folder / "sample.png", 64, 36)
        document.save(folder / "sample.svg", "svg", {})
        parts = document.parts
        office.close()
        trouble = sample.trouble(parts, picture, layout.read_layout(folder / "sample.svg"))
    if trouble:
        raise Unavailable(f"LibreOffice {office.version} {trouble}")


def _function(owner: int, place: int, result: Any, *arguments: Any) -> Callable[..., Any]:
    """A function of an object of LibreOfficeKit: its first member points to the table of its class."""
    table = ctypes.cast(owner, ctypes.POINTER(ctypes.c_void_p))[0]
    address = ctypes.cast(table, ctypes.POINTER(ctypes.c_void_p))[place]
    if not address:
        raise Unavailable(f"LibreOffice's interface has no function {place}")
    return ctypes.CFUNCTYPE(result, ctypes.c_void_p, *arguments)(address)


def _size(owner: int) -> int:
    """How many functions an object's class has: the table begins with its length in bytes."""
    table = ctypes.cast(owner, ctypes.POINTER(ctypes.c_void_p))[0]
    return ctypes.cast(table, ctypes.POINTER(ctypes.c_size_t))[0] // ctypes.sizeof(ctypes.c_void_p) - 1
