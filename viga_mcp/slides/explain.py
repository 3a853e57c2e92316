# pyright: basic
"""Explain what stopped a program: where, and what python-pptx wants instead."""

import ast
import difflib
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
    kind = "forbidden" if isinstance(error, Forbidden) else "runtime_error"
    message = str(error).removeprefix("forbidden: ") if kind == "forbidden" else _message(error)
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
    if isinstance(error, NameError):
        yield from _undefined(error.name or "", known)
    elif isinstance(error, AttributeError):
        yield from _no_attribute(error)
    elif isinstance(error, ModuleNotFoundError):
        yield from _no_module(error.name or "")
    elif isinstance(error, ImportError):
        module = importlib.import_module(error.name) if error.name else None
        wanted = re.search(r"cannot import name '(\w+)'", message)
        if wanted and module:
            yield from _elsewhere(wanted[1])
            yield from _near(wanted[1], _public(module), f"{error.name} has")
    elif isinstance(error, OSError | ValueError) and _is_missing_file(error):
        yield from _missing_file(error, message)
    elif isinstance(error, IndexError | KeyError):
        yield from _no_item(message, line, known)
    if isinstance(error, TypeError):
        keyword = re.search(r"unexpected keyword argument '(\w+)'", message)
        if keyword:
            yield from _keywords(keyword[1], line, known)
    yield from _mistaken_length(error, message, line)
    yield from _known_traps(message, line)


def _undefined(name: str, known: dict[str, Any]) -> Iterator[str]:
    yield from _elsewhere(name)
    yield from _near(name, [key for key in known if not key.startswith("__")], "the program has")


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
    owners = {public: path for path, module in modules.items() for public in _public(module)}
    for match in difflib.get_close_matches(name, owners, 2, 0.75):
        yield f"did you mean {match!r}? from {owners[match]} import {match}"


def _no_attribute(error: AttributeError) -> Iterator[str]:
    owner, name = error.obj, error.name
    if owner is None:
        yield "the value before the dot is None: this shape, slide or placeholder does not have it; test for None first"
        return
    if not name:
        return
    if name in {"text_frame", "text"} and hasattr(owner, "has_text_frame"):
        yield f"this {type(owner).__name__} holds no text: test shape.has_text_frame first"
    what = owner.__name__ if isinstance(owner, type | types.ModuleType) else type(owner).__name__
    yield from _near(name, _public(owner), f"{what} has")


def _no_module(name: str) -> Iterator[str]:
    if name == "pptx" or name.startswith("pptx."):
        yield from _near(name, list(IMPORTABLE), "modules of python-pptx:")
    else:
        yield f"{name} is not installed here: programs have python-pptx, Pillow, lxml and numpy"


def _is_missing_file(error: BaseException) -> bool:
    return isinstance(error, FileNotFoundError) or "Package not found at" in str(error)


def _missing_file(error: BaseException, message: str) -> Iterator[str]:
    named = getattr(error, "filename", None) or next(iter(re.findall(r"'([^']+)'", message)), "")
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


def _no_item(message: str, line: str, known: dict[str, Any]) -> Iterator[str]:
    from pptx.slide import Slide, SlideLayout

    presentation = next((v for v in known.values() if type(v).__name__ == "Presentation"), None)
    if "slide layout" in message or "slide_layouts" in line:
        layouts = presentation.slide_layouts if presentation else ()
        yield "layouts: " + ", ".join(f"{index} {layout.name!r}" for index, layout in enumerate(layouts))
    elif "placeholder" in message or "placeholders" in line:
        for name, value in known.items():
            if isinstance(value, Slide | SlideLayout) and re.search(rf"\b{re.escape(name)}\b", line):
                shown = ", ".join(
                    f"{p.placeholder_format.idx} {p.name!r}" for p in value.placeholders
                )  # idx, not position
                yield f"placeholders of {name} by idx: {shown or 'none'}"
    elif "slides" in line and presentation is not None:
        yield f"the deck has {len(presentation.slides)} slides, counted from 0"
    elif "shapes" in line:
        for name, value in known.items():
            if isinstance(value, Slide) and re.search(rf"\b{re.escape(name)}\b", line):
                yield f"{name} has {len(value.shapes)} shapes: " + ", ".join(repr(s.name) for s in value.shapes)


def _keywords(wrong: str, line: str, known: dict[str, Any]) -> Iterator[str]:
    import inspect

    for node in ast.walk(ast.parse(line.strip())):
        if isinstance(node, ast.Call) and any(keyword.arg == wrong for keyword in node.keywords):
            function = eval(compile(ast.Expression(node.func), FILENAME, "eval"), dict(known))
            yield from _near(wrong, list(inspect.signature(function).parameters), "it takes")


def _mistaken_length(error: BaseException, message: str, line: str) -> Iterator[str]:
    if re.search(r"\.size\s*=\s*\d", line) or "in range 100 to 400000" in message:
        yield "a font size is a length: font.size = Pt(18), from pptx.util import Pt"
    elif "integral type" in message or "invalid literal for int" in message or "must be an integer" in message:
        if "/" in line or "*" in line or "float" in message:
            yield f"{LENGTHS} and whole numbers: use // or wrap the result as Emu(int(...)), from pptx.util import Emu"
    elif isinstance(error, TypeError) and re.search(r"Inches|Pt|Cm", line) and "unsupported operand" in message:
        yield f"{LENGTHS}, plain integers: multiply and add Inches(..) with numbers, not with text"


def _known_traps(message: str, line: str) -> Iterator[str]:
    if "RGBColor" in line and "hex" in line.lower():
        yield "RGBColor.from_string('1F77B4') takes six digits without '#'"
    elif "invalid literal for int() with base 16" in message:
        yield "RGBColor.from_string('1F77B4') takes six digits without '#'"
    if "no .rgb property" in message or "no attribute 'rgb'" in message or "fore_color" in message:
        yield "call fill.solid() before fill.fore_color, and set fore_color.rgb"
    if "assigned value" in message and "RGBColor" in message:
        yield "colours are RGBColor(0x1F, 0x77, 0xB4), from pptx.dml.color import RGBColor"


def _near(name: str, names: Iterable[str], owner: str) -> Iterator[str]:
    known = list(dict.fromkeys(names))
    folded = {other.lower(): other for other in known}
    near = [folded[match] for match in difflib.get_close_matches(name.lower(), folded, 3, 0.55)]
    if near:
        yield f"did you mean {near[0]!r}? {owner} {', '.join(map(repr, near))}"
    elif len(known) <= 30:
        yield f"{owner} {', '.join(map(repr, sorted(known)[:MAX_NAMED]))}"


def _public(owner: object) -> list[str]:
    return [name for name in dir(owner) if not name.startswith("_")]
