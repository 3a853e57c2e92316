# pyright: basic, reportAttributeAccessIssue=false, reportMissingImports=false
"""Explain what stopped a program: where, and what to write instead in the installed version of Blender."""

import traceback
from collections.abc import Iterator
from typing import Any

import bpy

from viga_mcp.blender.advice import advise
from viga_mcp.blender.drift import match_changes
from viga_mcp.blender.place import FILENAME, Place, Step, find_place, read_steps
from viga_mcp.blender.suggest import suggest
from viga_mcp.blender.undefined import suggest_module, suggest_name

MAX_HINTS = 3
_MAX_CALLS = 8
_MAX_LINE = 200


def explain(error: BaseException, source: str) -> dict[str, Any]:
    """What stopped a program, and what to do next.

    Args:
        error: The exception, with its traceback; the program was compiled as `<program>`.
        source: Text of the program.

    Returns:
        `kind` ("syntax_error" or "runtime_error"), `exception` (its class), `message`, `line` (1-based, the innermost
        one inside the program, or None), `column` (0-based, or None), `excerpt` (the line with two around it),
        `calls` (the program's own calls that led there, outermost first; empty at top level), `hints` (at most three,
        best first).
    """
    if isinstance(error, SyntaxError) and error.filename in {FILENAME, None, "<unknown>"}:
        return _explain_syntax(error, source)
    steps = read_steps(error, source)
    line = steps[-1].line if steps else None
    message = _message(error)
    place = find_place(steps[-1] if steps else None, source)
    return {
        "kind": "runtime_error",
        "exception": type(error).__name__,
        "message": message,
        "line": line,
        "column": steps[-1].column if steps else None,
        "excerpt": excerpt(source, line),
        "calls": _calls(steps, source),
        "hints": _hints(error, message, place),
    }


def excerpt(source: str, line: int | None, around: int = 2) -> str:
    """A line of the program with its neighbours, numbered, the line itself marked with `>`; '' without a line."""
    lines = source.splitlines()
    if line is None or not 1 <= line <= len(lines):
        return ""
    shown = range(max(1, line - around), min(len(lines), line + around) + 1)
    width = len(str(shown[-1]))
    return "\n".join(
        f"{'>' if number == line else ' '} {number:>{width}} | {lines[number - 1][:_MAX_LINE]}".rstrip()
        for number in shown
    )


def _hints(error: BaseException, message: str, place: Place) -> list[str]:
    hints: list[str] = []
    try:
        for hint in _all_hints(error, message, place):
            if hint not in hints:
                hints.append(hint)
            if len(hints) == MAX_HINTS:
                break
    except Exception:  # an explanation must not hide what it explains
        return hints
    return hints


def _all_hints(error: BaseException, message: str, place: Place) -> Iterator[str]:
    line = place.text(place.statement)
    if place.node is not None and (place.statement is None or len(line) > _MAX_LINE):
        line = place.text(place.node)
    if isinstance(error, NameError):
        yield from suggest_name(error, place)
    yield from match_changes(message, line, tuple(bpy.app.version[:2]))
    yield from advise(error, message, place)
    yield from suggest(error, message, place)
    if isinstance(error, ImportError):
        yield from suggest_module(error, message)


def _message(error: BaseException) -> str:
    if isinstance(error, KeyError) and error.args:
        message = str(error.args[0])  # str() of a KeyError is the repr of its text
    else:
        message = str(error)
    return message.strip().removeprefix("Error: ") or type(error).__name__


def _calls(steps: list[Step], source: str) -> list[dict[str, Any]]:
    if len(steps) < 2:
        return []
    lines = source.splitlines()
    calls = [
        {
            "line": step.line,
            "function": step.function,
            "code": lines[step.line - 1].strip()[:_MAX_LINE] if step.line <= len(lines) else "",
        }
        for step in steps
    ]
    return calls if len(calls) <= _MAX_CALLS else [*calls[:2], *calls[2 - _MAX_CALLS :]]


def _explain_syntax(error: SyntaxError, source: str) -> dict[str, Any]:
    return {
        "kind": "syntax_error",
        "exception": type(error).__name__,
        "message": error.msg or "".join(traceback.format_exception_only(error)).strip(),
        "line": error.lineno,
        "column": error.offset - 1 if error.offset else None,
        "excerpt": excerpt(source, error.lineno),
        "calls": [],
        "hints": list(_syntax_hints(error, source))[:MAX_HINTS],
    }


def _syntax_hints(error: SyntaxError, source: str) -> Iterator[str]:
    lines = source.splitlines()
    line = lines[error.lineno - 1] if error.lineno and error.lineno <= len(lines) else ""
    if "```" in source:
        yield "Send the code alone, without the Markdown fence (```)."
    if any(mark in line for mark in "\u201c\u201d\u2018\u2019"):
        yield "Use straight quotes (\" and '): this line has typographic ones."
    if error.msg and "was never closed" in error.msg:
        yield f"The bracket opened in line {error.lineno} is still open at the end: the code may have been cut off."
    if isinstance(error, IndentationError):
        yield "Indent with four spaces a level; blocks after `:` need at least one statement (`pass`)."
    if line.lstrip().startswith("print ") and "(" not in line:
        yield "Python 3: write print(...)."
    if error.msg and "outside function" in error.msg:
        yield "The top level of a program can't `return`, `yield` or `await`: put it into a function and call that."
    is_at_end = error.lineno is not None and error.lineno >= len(lines)
    if is_at_end and any(word in (error.msg or "") for word in ("EOF", "unterminated")):
        yield "The program ends in the middle of a statement: send all of it."
