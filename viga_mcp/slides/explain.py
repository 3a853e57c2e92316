# pyright: basic
"""Explain what stopped a program: where, and what python-pptx wants instead."""

import ast
import difflib
import enum
import importlib
import re
import traceback
import types
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from viga_mcp.slides.confine import Forbidden
from viga_mcp.wire import Message

FILENAME = "<program>"
MAX_HINTS, MAX_CALLS, MAX_NAMED = 3, 8, 12
MAX_FILES, MAX_DEPTH = 500, 3
# Modules whose names programs use without importing them.
IMPORTABLE = (
    "pptx", "pptx.util", "pptx.dml.color", "pptx.enum.text", "pptx.enum.shapes", "pptx.enum.chart", "pptx.enum.dml",
    "pptx.enum.action", "pptx.chart.data", "pptx.oxml.ns", "viga_mcp.slides", "viga_mcp.slides.kit", "datetime", "math",
    "random", "re",
)  # fmt: skip
LENGTHS = "python-pptx lengths are in EMU (914,400 to an inch)"
MEDIA = {".png", ".jpg", ".jpeg", ".gif", ".bmp", ".tif", ".tiff", ".webp", ".svg", ".pptx", ".mp4", ".csv", ".json"}


def explain(error: BaseException, source: str, names: dict[str, Any]) -> Message:
    """What stopped a program, and what to do next.

    Args:
        error: The exception, with its traceback; the program was compiled as `<program>`.
        source: Text of the program.
        names: The program's global names as it ended.

    Returns:
        `kind` ("syntax_error", "forbidden" or "runtime_error"), `exception`, `message`, `line` (1-based, the innermost
        one inside the program, or None), `calls` (the program's own calls that led there, outermost first), `hints`.
    """
    if isinstance(error, SyntaxError) and error.filename == FILENAME:
        return _failure("syntax_error", error, error.msg or "invalid syntax", error.lineno, [], [])
    frames = [
        (frame, line) for frame, line in traceback.walk_tb(error.__traceback__) if frame.f_code.co_filename == FILENAME
    ]
    line = frames[-1][1] if frames else None
    calls = [f"line {number} in {frame.f_code.co_name}" for frame, number in frames[1:]][:MAX_CALLS]
    known = {**names, **(frames[-1][0].f_locals if frames else {})}
    lines = source.splitlines()
    text = lines[line - 1] if line and line <= len(lines) else ""
    hints: list[str] = []
    try:
        hints = list(dict.fromkeys(_hints(error, text, known)))[:MAX_HINTS]
    except Exception:  # an explanation must not hide what it explains
        pass
    message = _message(error)
    refusal = message.find("forbidden: the program")  # others may have wrapped it
    kind = "forbidden" if isinstance(error, PermissionError) or refusal >= 0 else "runtime_error"
    message = message[refusal:].removeprefix("forbidden: ") if refusal >= 0 else message
    return _failure(kind, error, message, line, calls, hints)


def _failure(
    kind: str, error: BaseException, message: str, line: int | None, calls: list[str], hints: list[str]
) -> Message:
    return {
        "kind": kind,
        "exception": type(error).__name__,
        "message": message,
        "line": line,
        "calls": calls,
        "hints": hints,
    }


def _message(error: BaseException) -> str:
    if isinstance(error, SystemExit):
        return f"the program ended itself with {error.code!r}"
    if isinstance(error, KeyError) and error.args:
        return str(error.args[0])
    return str(error) or "no message"


def _hints(error: BaseException, line: str, known: dict[str, Any]) -> Iterator[str]:
    message = _message(error)
    yield from _known_traps(message, line)
    if isinstance(error, NameError):
        yield from _undefined(error.name or "", known)
    elif isinstance(error, AttributeError):
        yield from _no_attribute(error, line, known)
    elif isinstance(error, ModuleNotFoundError):
        yield from _no_module(error.name or "")
    elif isinstance(error, ImportError):
        module = importlib.import_module(error.name) if error.name else None
        wanted = re.search(r"cannot import name '(\w+)'", message)
        if wanted and module:
            yield from list(_elsewhere(wanted[1])) or _near(wanted[1], public_names(module), f"{error.name} has")
    elif isinstance(error, PermissionError) and not isinstance(error, Forbidden):
        yield "a program may read files of the workspace and write its own: copy what it needs into the workspace"
    elif isinstance(error, FileNotFoundError) or "Package not found at" in message:
        yield from _missing_file(error, message)
    elif isinstance(error, IndexError | KeyError) or "placeholders[" in line:
        yield from _no_item(error, message, line, known)
    if isinstance(error, TypeError):
        yield from _wrong_arguments(message, line, known)
    if isinstance(error, TypeError | ValueError):
        yield from _no_member(message)
        yield from _mistaken_length(error, message, line)


def _undefined(name: str, known: dict[str, Any]) -> Iterator[str]:
    own = [key for key in known if not key.startswith("__")]
    if difflib.get_close_matches(name, own, 1, 0.8):
        yield from _near(name, own, "the program has")
    else:
        yield from list(_elsewhere(name)) or _near(name, own, "the program has")


def _elsewhere(name: str) -> Iterator[str]:
    """Where a name can be imported from, exactly or nearly."""
    modules = {path: importlib.import_module(path) for path in IMPORTABLE}
    for path, module in modules.items():
        if path == name:
            yield f"import {name}"
            return
        if hasattr(module, name):
            yield f"from {path} import {name}"
            return
    owners = {public: path for path, module in modules.items() for public in public_names(module)}
    for match in difflib.get_close_matches(name, owners, 2, 0.75):
        yield f"did you mean {match!r}? from {owners[match]} import {match}"


def _no_attribute(error: AttributeError, line: str, known: dict[str, Any]) -> Iterator[str]:
    owner, name = error.obj, error.name
    frame = _innermost(error)
    if isinstance(enumeration := frame.f_locals.get("cls"), enum.EnumMeta):  # Python 3.11 names neither
        yield from _near(frame.f_locals["name"], public_names(enumeration), f"{enumeration.__name__} has")
        return
    if not name:
        if "can't set attribute" in str(error):
            yield "that attribute can't be assigned: set those of the object that it returns, as font.color.rgb = ..."
        return
    if frame.f_code.co_filename != FILENAME:  # python-pptx stumbled over what it was given
        if name == "part" and "add_slide" in line:
            yield from _layouts(known, "add_slide takes a layout, as prs.slide_layouts[1]; ")
        elif name == "split" or re.search(r"\.text\s*=", line):
            yield f"text must be a str, not {type(owner).__name__}: write str(...)"
        return
    if owner is None:
        if "get_by_name" in line:
            yield from _layouts(known, "no layout has that name; ")
        elif ".solid()" not in line:
            yield "the value before the dot is None: the deck does not have it, or the call returns nothing"
        return
    if name in {"text_frame", "text"} and hasattr(owner, "has_text_frame"):
        yield f"this {type(owner).__name__} holds no text: test shape.has_text_frame first"
    elif name in {"delete", "remove"} and hasattr(owner, "shape_type"):
        yield "to remove a shape: shape._element.getparent().remove(shape._element)"
    elif name == "add_run" and hasattr(owner, "paragraphs"):
        yield "runs belong to paragraphs: run = text_frame.paragraphs[0].add_run(); run.text = 'x'"
    for inner in ("table", "chart"):
        if getattr(owner, f"has_{inner}", False) and hasattr(getattr(owner, inner), name):
            yield f"that is the {inner}'s: shape.{inner}.{name}"
    what = owner.__name__ if isinstance(owner, type | types.ModuleType) else type(owner).__name__
    yield from _near(name, public_names(owner), f"{what} has")


def _innermost(error: BaseException) -> types.FrameType:
    """Where it was raised: in the program, or in what that called."""
    return [frame for frame, _ in traceback.walk_tb(error.__traceback__)][-1]


def _no_module(name: str) -> Iterator[str]:
    if name == "pptx" or name.startswith("pptx."):
        yield from _near(name, list(IMPORTABLE), "modules of python-pptx:")
    else:
        yield f"{name} is not installed here: programs have python-pptx, Pillow, lxml and numpy"


def _missing_file(error: BaseException, message: str) -> Iterator[str]:
    named = getattr(error, "filename", None) or next(iter(re.findall(r"'([^']+)'", message)), "")
    if Path(str(named)).is_file():
        yield f"{str(named)!r} is there, but is no .pptx"
        return
    files = _files(Path.cwd())
    if not files:
        yield "the workspace holds no files that a deck could use; put pictures there first"
        return
    by_name = {Path(path).name: path for path in reversed(files)}
    near = [by_name[match] for match in difflib.get_close_matches(Path(str(named)).name, by_name, 3, 0.5)]
    start = f"did you mean {near[0]!r}? " if near else ""
    shown = [*near, *(path for path in files if path not in near)][:MAX_NAMED]
    yield f"{start}Files of the workspace: {', '.join(map(repr, shown))}"


def _files(folder: Path, depth: int = 0) -> list[str]:
    """Files that a deck could use, the folder's own first; what is hidden stays so."""
    found: list[str] = []
    entries = sorted(entry for entry in folder.iterdir() if not entry.name.startswith("."))
    found += [entry.name for entry in entries if entry.suffix.lower() in MEDIA and entry.is_file()]
    for entry in entries:
        if depth < MAX_DEPTH and len(found) < MAX_FILES and entry.is_dir():
            found += [f"{entry.name}/{name}" for name in _files(entry, depth + 1)]
    return found[:MAX_FILES]


def _no_item(error: BaseException, message: str, line: str, known: dict[str, Any]) -> Iterator[str]:
    from pptx.slide import Slide, SlideLayout

    presentation = _presentation(known)
    if "slide layout" in message or "slide_layouts" in line:
        yield from _layouts(known)
    elif "placeholder" in message or "placeholders[" in line:
        for name, value in known.items():
            if isinstance(value, Slide | SlideLayout) and re.search(rf"\b{re.escape(name)}\b", line):
                shown = ", ".join(
                    f"{p.placeholder_format.idx} {p.name!r}" for p in value.placeholders
                )  # idx, not position
                yield f"placeholders of {name} by idx: {shown or 'none'}"
    elif "no autoshape type" in message:
        yield "shapes are named MSO_SHAPE.RECTANGLE and the like, from pptx.enum.shapes import MSO_SHAPE"
    elif "slides[" in line and presentation is not None:
        yield f"the deck has {len(presentation.slides)} slides, counted from 0"
    elif "shapes[" in line:
        for name, value in known.items():
            if isinstance(value, Slide) and re.search(rf"\b{re.escape(name)}\b", line):
                yield f"{name} has {len(value.shapes)} shapes: " + ", ".join(repr(s.name) for s in value.shapes)
    else:
        yield from _inside(error)


def _inside(error: BaseException) -> Iterator[str]:
    """How many items the object of python-pptx has that was asked for one too many."""
    from pptx.shapes.autoshape import AdjustmentCollection
    from pptx.table import Table

    for frame, _ in traceback.walk_tb(error.__traceback__):
        asked = frame.f_locals.get("self")
        if isinstance(asked, Table):
            yield f"the table has {len(asked.rows)} rows and {len(asked.columns)} columns, counted from 0"
            return
        if isinstance(asked, AdjustmentCollection):
            yield f"the shape has {len(asked)} adjustments, counted from 0"
            return


def _layouts(known: dict[str, Any], start: str = "") -> Iterator[str]:
    presentation = _presentation(known)
    layouts = presentation.slide_layouts if presentation else ()
    yield f"{start}layouts: " + ", ".join(f"{index} {layout.name!r}" for index, layout in enumerate(layouts))


def _presentation(known: dict[str, Any]) -> Any:
    return next((value for value in known.values() if type(value).__name__ == "Presentation"), None)


def _wrong_arguments(message: str, line: str, known: dict[str, Any]) -> Iterator[str]:
    """What the function takes that was called with too few, too many or other arguments."""
    import inspect

    found = re.search(r"(\w+)\(\) (?:got an unexpected keyword argument '(\w+)'|missing|takes)", message)
    if not found or found[1] == "__new__":
        return
    for node in ast.walk(ast.parse(line.strip())):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", None)) == found[1]:
            function = eval(compile(ast.Expression(node.func), FILENAME, "eval"), dict(known))
            parameters = inspect.signature(function).parameters.values()
            if found[2]:
                yield from _near(found[2], [one.name for one in parameters], "it takes")
            else:
                yield f"it takes ({', '.join(str(one).split(':')[0] for one in parameters)})"


def _no_member(message: str) -> Iterator[str]:
    """The members of an enumeration, of which a text or a number is none."""
    found = re.search(r"^(\S+) is not a valid (\w+)$", message)
    if not found:
        return
    for path in IMPORTABLE:
        module = importlib.import_module(path)
        for name in (name for name in public_names(module) if path.startswith("pptx.enum")):
            enumeration = getattr(module, name)
            if isinstance(enumeration, enum.EnumMeta) and enumeration.__name__ == found[2]:
                yield from _near(
                    found[1].strip("'"), list(enumeration.__members__), f"from {path} import {name}; it has"
                )
                return


def _mistaken_length(error: BaseException, message: str, line: str) -> Iterator[str]:
    if "in range 100 to 400000" in message:
        yield "a font size is a length from Pt(1) to Pt(4000): font.size = Pt(18), from pptx.util import Pt"
    elif "in range(914400" in message:
        yield f"{LENGTHS}: prs.slide_width = Inches(13.333), from pptx.util import Inches"
    elif "integral type" in message:
        yield f"{LENGTHS} and whole numbers: write Inches(1.5), or Emu(int(...)) around arithmetic, from pptx.util"
    elif re.search(r"\b(Inches|Pt|Cm|Mm|Emu)\(", line) and ("digits" in message or "invalid literal" in message):
        yield "Inches, Pt and their like take a number, not text: Inches(2)"
    elif isinstance(error, TypeError) and re.search(r"Inches|Pt|Cm", line) and "unsupported operand" in message:
        yield f"{LENGTHS}, plain integers: multiply and add Inches(..) with numbers, not with text"
    elif re.search(r"add_\w+\(|\.(left|top|width|height)\b", line) and "convert string to float" in message:
        yield f"{LENGTHS}, as numbers: Inches(3), from pptx.util import Inches"


def _known_traps(message: str, line: str) -> Iterator[str]:
    if "RGBColor" in line and ("__new__" in message or "three integer values" in message):
        yield "RGBColor takes three whole numbers from 0 to 255: RGBColor(0x1F, 0x77, 0xB4)"
    if "invalid literal for int() with base 16" in message or ("RGBColor" in line and "hex" in line.lower()):
        yield "RGBColor.from_string('1F77B4') takes six digits without '#'"
    if "no foreground color" in message or (".solid()." in line and "NoneType" in message):
        yield "call fill.solid() first, on its own: it returns nothing; then fill.fore_color.rgb = RGBColor(...)"
    if "no .rgb property" in message:
        yield "a colour of the theme has no .rgb: see color.type and color.theme_color"
    if "must be type RGBColor" in message:
        yield "colours are RGBColor(0x1F, 0x77, 0xB4), from pptx.dml.color import RGBColor"
    if "cannot identify image file" in message or "unsupported image format" in message:
        yield "python-pptx takes PNG, JPEG, GIF, BMP and TIFF: convert others with Pillow, Image.open(x).save('y.png')"
    if "doesn't support item deletion" in message and "slides" in line:
        yield "from viga_mcp.slides import kit; kit.delete_slide(slide)"
    if re.search("'str' object has no attribute '(size|bold|italic|name|color|font)'", message):
        yield "text is a plain str; fonts belong to runs: paragraph.runs[0].font.size = Pt(18), or paragraph.font"
    if "expected lxml.etree._Element" in message:
        yield "that takes an XML element: shape._element"
    if "is not a PowerPoint file, content type is" in message and re.search("template|slideshow|macro", message):
        yield "it is a template, a show or has macros: give it to compile_slides(template=...), and use prs"


def _near(name: str, names: Iterable[str], owner: str) -> Iterator[str]:
    known = list(dict.fromkeys(names))
    folded = {other.lower(): other for other in known}
    close = [folded[match] for match in difflib.get_close_matches(name.lower(), folded, 3, 0.55)]
    # BAR is a word of BAR_CLUSTERED, where difflib thinks of AREA
    words = [other for other in known if name.lower() in other.lower().split("_")]
    rank = {other: place for place, other in enumerate(close)}
    words.sort(key=lambda other: (rank.get(other, len(rank)), not other.lower().startswith(name.lower())))
    near = words[:5] or close
    if near:
        yield f"did you mean {near[0]!r}? {owner} {', '.join(map(repr, near))}"
    elif len(known) <= 30:
        yield f"{owner} {', '.join(map(repr, sorted(known)[:MAX_NAMED]))}"


def public_names(owner: object) -> list[str]:
    """The names that are its own: not what a length has of int, or a colour of tuple."""
    if isinstance(owner, enum.EnumMeta):
        return list(owner.__members__)
    bases = (owner if isinstance(owner, type) else type(owner)).__mro__[1:]
    inherited = {name for base in bases if base.__module__ == "builtins" for name in dir(base)}
    return [name for name in dir(owner) if not name.startswith("_") and name not in inherited]
