# pyright: basic, reportAttributeAccessIssue=false, reportMissingImports=false
"""Where in a program an exception came from, and what its expressions stood for there."""

import ast
import builtins
from collections.abc import Mapping
from dataclasses import dataclass
from types import CodeType, FrameType, ModuleType
from typing import Any

import bpy
from bpy.types import bpy_prop_collection, bpy_struct

FILENAME = "<program>"


class Unknown(Exception):
    """An expression that can't be evaluated without running code of the program."""


@dataclass(frozen=True)
class Step:
    """One frame of the program in a traceback, outermost first."""

    frame: FrameType
    line: int
    column: int | None  # 0-based, in characters
    position: tuple[int, int, int, int] | None  # line, end line, columns in bytes, as `ast` counts

    @property
    def function(self) -> str:
        return self.frame.f_code.co_qualname


def read_steps(error: BaseException, source: str) -> list[Step]:
    """The frames of `<program>` in an exception's traceback, outermost first."""
    steps: list[Step] = []
    lines = source.splitlines()
    traceback = error.__traceback__
    while traceback is not None:
        if traceback.tb_frame.f_code.co_filename == FILENAME:
            position = _position(traceback.tb_frame.f_code, traceback.tb_lasti)
            column = None
            if position and position[0] <= len(lines):
                column = len(lines[position[0] - 1].encode()[: position[2]].decode(errors="ignore"))
            steps.append(Step(traceback.tb_frame, traceback.tb_lineno, column, position))
        traceback = traceback.tb_next
    return steps


def _position(code: CodeType, instruction: int) -> tuple[int, int, int, int] | None:
    for index, (line, end_line, column, end_column) in enumerate(code.co_positions()):
        if index == instruction // 2:
            if line is None or end_line is None or column is None or end_column is None:
                return None
            return line, end_line, column, end_column
    return None


@dataclass(frozen=True)
class Place:
    """The failing expression of a program.

    Attributes:
        tree: The whole program; None if it can't be parsed.
        statement: The innermost statement at the failing line.
        node: The very expression that failed, where Python says so.
        step: The frame it failed in.
        source: Text of the program.
    """

    tree: ast.Module | None
    statement: ast.stmt | None
    node: ast.AST | None
    step: Step | None
    source: str

    def text(self, node: ast.AST | None) -> str:
        """An expression as the program writes it."""
        return (ast.get_source_segment(self.source, node) or "") if node is not None else ""

    def evaluate(self, node: ast.AST) -> Any:
        """The value of an expression that needs no call.

        Raises:
            Unknown: If it needs one, or has no value any more.
        """
        if self.step is None:
            raise Unknown
        try:
            return _evaluate(node, {**vars(builtins), **self.step.frame.f_globals, **self.step.frame.f_locals})
        except Unknown:
            raise
        except Exception as error:  # whatever a stale or half-made object raises
            raise Unknown from error


def find_place(step: Step | None, source: str) -> Place:
    """The statement and the expression that a frame stopped at."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        tree = None
    statement = node = None
    if tree is None or step is None:
        return Place(tree, statement, node, step, source)
    for candidate in ast.walk(tree):
        if isinstance(candidate, ast.stmt) and candidate.lineno <= step.line <= (candidate.end_lineno or 0):
            statement = candidate  # `walk` goes breadth first: the last one is the innermost
        if step.position and hasattr(candidate, "lineno") and not isinstance(candidate, ast.stmt):
            here = (candidate.lineno, candidate.end_lineno, candidate.col_offset, candidate.end_col_offset)
            if here == step.position:
                node = candidate
    return Place(tree, statement, node, step, source)


_PLAIN = (bpy_struct, bpy_prop_collection, ModuleType, type(bpy.context))


def _evaluate(node: ast.AST, names: Mapping[str, Any]) -> Any:
    match node:
        case ast.Constant(value=value):
            return value
        case ast.Name(id=name) if name in names:
            return names[name]
        case ast.Attribute(value=owner, attr=name):
            value = _evaluate(owner, names)
            if isinstance(value, _PLAIN) or type(value).__module__ in {"mathutils", "builtins", "bmesh.types"}:
                return getattr(value, name)
            return vars(value)[name]
        case ast.Subscript(value=owner, slice=index):
            value = _evaluate(owner, names)
            if isinstance(value, (list, tuple, dict, bpy_prop_collection)):
                return value[_evaluate(index, names)]
        case ast.Call(func=ast.Attribute(value=owner, attr="get"), args=[key, *_]):
            value = _evaluate(owner, names)
            if isinstance(value, (dict, bpy_prop_collection)):
                return value.get(_evaluate(key, names))
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as number)):
            return -number
    raise Unknown
