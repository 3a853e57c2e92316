"""Numbers and choices in a program's text: where each stands, what to call it, and how to write another value there.

Only the literal's own characters are replaced, so comments, layout and the order of statements survive any edit.
"""

import ast
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal as OneOf

Kind = OneOf["float", "int", "bool", "text"]
Value = float | int | bool | str

SIGNIFICANT_DIGITS = 6
NAME_LENGTH = 60

# Arguments of these say how often or where in a sequence, never how much: changing them breaks the program's logic.
_COUNTING_CALLS = frozenset({"range", "len", "enumerate", "zip", "round", "seed", "print", "frame_set", "isinstance"})
_BOOKKEEPING_WORDS = frozenset(
    {"frame", "frame_start", "frame_end", "frame_current", "fps", "seed", "index", "ndigits", "pass_index"}
    | {"resolution_x", "resolution_y", "resolution_percentage", "samples", "preview_samples", "filepath", "name"}
    | {"engine", "device", "use_nodes", "use_denoising", "file_format"}
)
# Blender spells enum items in capitals; the few that are not (view transforms, looks) are assigned to these.
_ENUM_ITEM = re.compile(r"[A-Z][A-Z0-9_]*\Z")
_WORDED_ENUMS = frozenset({"view_transform", "look"})
# These only dress a value: what is inside keeps the name of what the statement sets.
_WRAPPERS = frozenset({"Vector", "Euler", "Color", "Quaternion", "radians", "degrees", "tuple", "list", "float", "int"})


@dataclass(frozen=True, slots=True)
class Literal:
    """One value written in a program.

    Attributes:
        index: Its place among the program's literals, in reading order.
        start, end: Character offsets in the source, a leading sign included.
        line, column: As an editor shows them to Python: 1-based line, 0-based column in characters.
        name: What it sets, read from its context: `objects["Lamp"].data.energy`, `key_energy`, `location[0]`.
        is_power_base: Whether it stands before `**`, where a negative number needs brackets.
        is_formula: Whether it is a whole number that arithmetic joins to something else, as in `width / 2` and
            `360 * k / sides`: rarely a quantity that somebody chose.
    """

    index: int
    start: int
    end: int
    line: int
    column: int
    kind: Kind
    value: Value
    name: str
    is_power_base: bool = False
    is_formula: bool = False

    @property
    def place(self) -> str:
        """The way a user names it: `line:column`."""
        return f"{self.line}:{self.column}"


def find_literals(source: str) -> tuple[Literal, ...]:
    """Every literal of a program that could be a quantity or a choice, in reading order.

    Left out: subscripts and slices, arguments of `range`, `len` and the like, comparisons, docstrings, f-strings,
    dictionary keys, frame numbers, seeds, render sizes, and text that is not spelled like an enum item.

    Raises:
        SyntaxError: If the source is not Python.
    """
    offsets = _character_offsets(source)
    found: list[Literal] = []
    tree = ast.parse(source)
    formulas = set(_formula_numbers(tree))
    for node, value, name, is_power_base in _quantities(tree, ""):
        start = offsets(node.lineno, node.col_offset)
        end = offsets(node.end_lineno or node.lineno, node.end_col_offset or 0)
        column = start - offsets(node.lineno, 0)
        about = (_kind(value), value, name, is_power_base, node in formulas)
        found.append(Literal(0, start, end, node.lineno, column, *about))
    found.sort(key=lambda literal: literal.start)
    repeated = Counter(literal.name for literal in found)
    return tuple(
        replace(literal, index=index, name=_unique(literal, repeated[literal.name] > 1))
        for index, literal in enumerate(found)
    )


def splice(source: str, values: Mapping[int, Value], found: Sequence[Literal] | None = None) -> str:
    """The source with some literals replaced, all else untouched.

    Args:
        source: A program.
        values: New values by literal index, as `find_literals(source)` numbers them. A value equal to the one
            written keeps its spelling. Floats get six significant digits; a whole number written to an int literal
            stays an int.
        found: `find_literals(source)`, for who splices often; None to look for them.

    Raises:
        KeyError: If the source has no literal of that index.
    """
    literals = {literal.index: literal for literal in (find_literals(source) if found is None else found)}
    pieces: list[str] = []
    position = 0
    for index in sorted(values):
        literal = literals[index]
        if values[index] == literal.value and type(values[index]) is type(literal.value):
            continue
        pieces += [source[position : literal.start], _spell(literal, values[index])]
        position = literal.end
    return "".join([*pieces, source[position:]])


def spell_number(value: float, *, whole: bool) -> str:
    """A number as a person would type it: six significant digits; without a point only where `whole` allows it."""
    if whole and float(value).is_integer() and abs(value) < 1e15:
        return str(int(value))
    text = f"{value:.{SIGNIFICANT_DIGITS}g}"
    return text if any(mark in text for mark in ".en") else text + ".0"


def _spell(literal: Literal, value: Value) -> str:
    if isinstance(value, str | bool):
        return repr(value)
    text = spell_number(value, whole=literal.kind == "int")
    return f"({text})" if literal.is_power_base and text.startswith("-") else text


def _unique(literal: Literal, is_repeated: bool) -> str:
    return f"{literal.name} at {literal.place}" if is_repeated else literal.name


def _kind(value: Value) -> Kind:
    match value:
        case bool():
            return "bool"
        case int():
            return "int"
        case float():
            return "float"
        case str():
            return "text"


def _value_of(node: ast.AST) -> Value | None:
    match node:
        case ast.Constant(value=bool() | int() | float() | str() as value):
            return value
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)) if not isinstance(
            value, bool
        ):
            return -value
        case ast.UnaryOp(op=ast.UAdd(), operand=ast.Constant(value=int() | float() as value)) if not isinstance(
            value, bool
        ):
            return value
        case _:
            return None


def _formula_numbers(tree: ast.AST) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        if isinstance(node, ast.BinOp):
            for one, other in ((node.left, node.right), (node.right, node.left)):
                if type(_value_of(one)) is int and _value_of(other) is None:
                    yield one


Quantity = tuple[ast.expr, Value, str, bool]


def _quantities(node: ast.AST, name: str) -> Iterator[Quantity]:
    """The literals below a node; `name` is what the surrounding statement sets."""
    value = _value_of(node)
    if value is not None and isinstance(node, ast.expr):
        if not isinstance(value, str) or _is_choice(value, name):
            yield node, value, name, False
        return
    match node:
        case ast.Expr(value=ast.Constant()) | ast.Compare() | ast.JoinedStr():
            return
        case ast.Assign(targets=[target, *_], value=inner) | ast.AugAssign(target=target, value=inner):
            yield from _assigned(target, inner)
        case ast.AnnAssign(target=target, value=ast.expr() as inner):
            yield from _assigned(target, inner)
        case ast.Call():
            yield from _arguments(node, name)
        case ast.Tuple(elts=items) | ast.List(elts=items) | ast.Set(elts=items):
            for place, item in enumerate(items):
                yield from _quantities(item, f"{name}[{place}]")
        case ast.Dict(keys=keys, values=values):
            for key, item in zip(keys, values, strict=True):
                yield from _quantities(item, f"{name}[{ast.unparse(key)}]" if key else name)
        case ast.Subscript(value=inner):
            yield from _quantities(inner, name)
        case ast.BinOp(left=left, op=operator, right=right):
            for found, value, called, is_base in _quantities(left, name):
                yield found, value, called, is_base or (isinstance(operator, ast.Pow) and found is left)
            yield from _quantities(right, name)
        case ast.For(target=target, iter=rows, body=body, orelse=orelse):
            yield from _rows(target, rows)
            for statement in [*body, *orelse]:
                yield from _quantities(statement, "")
        case ast.FunctionDef(args=arguments, body=body):
            yield from _defaults(node.name, arguments)
            for statement in body:
                yield from _quantities(statement, "")
        case _:
            for child in ast.iter_child_nodes(node):
                yield from _quantities(child, name)


def _is_choice(text: str, name: str) -> bool:
    return bool(_ENUM_ITEM.match(text)) or name.rsplit(".", 1)[-1] in _WORDED_ENUMS


def _assigned(target: ast.expr, value: ast.expr) -> Iterator[Quantity]:
    if isinstance(target, ast.Tuple | ast.List) and isinstance(value, ast.Tuple | ast.List):
        if len(target.elts) == len(value.elts):
            for one, inner in zip(target.elts, value.elts, strict=True):
                yield from _assigned(one, inner)
            return
    if not (isinstance(target, ast.Attribute) and target.attr in _BOOKKEEPING_WORDS):
        yield from _quantities(value, _describe(target))


def _arguments(call: ast.Call, name: str) -> Iterator[Quantity]:
    function = _last_name(call.func)
    if isinstance(call.func, ast.Attribute):
        yield from _quantities(call.func.value, name)
    if function in _COUNTING_CALLS:
        return
    is_wrapper = function in _WRAPPERS and name != ""
    for place, argument in enumerate(call.args):
        yield from _quantities(argument, name if is_wrapper and len(call.args) == 1 else f"{function}[{place}]")
    for keyword in call.keywords:
        if keyword.arg not in _BOOKKEEPING_WORDS:
            yield from _quantities(keyword.value, f"{function}.{keyword.arg or '**'}")


def _rows(target: ast.expr, rows: ast.expr) -> Iterator[Quantity]:
    """A loop over rows written out: each column takes its loop variable's name, `energy[2]` for the third row's."""
    if not isinstance(rows, ast.Tuple | ast.List):
        yield from _quantities(rows, _describe(target))
        return
    columns = target.elts if isinstance(target, ast.Tuple | ast.List) else [target]
    for place, row in enumerate(rows.elts):
        cells = row.elts if isinstance(row, ast.Tuple | ast.List) and len(columns) > 1 else [row]
        for column, cell in enumerate(cells):
            called = _describe(columns[min(column, len(columns) - 1)])
            yield from _quantities(cell, f"{called}[{place}]")


def _defaults(function: str, arguments: ast.arguments) -> Iterator[Quantity]:
    positional = [*arguments.posonlyargs, *arguments.args]
    with_default = positional[len(positional) - len(arguments.defaults) :]
    pairs = [
        *zip(with_default, arguments.defaults, strict=True),
        *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True),
    ]
    for argument, default in pairs:
        if default is not None:
            yield from _quantities(default, f"{function}.{argument.arg}")


def _describe(target: ast.expr) -> str:
    """What an assignment sets, without the part everyone knows: `objects['Lamp'].data.energy`."""
    text = ast.unparse(target).removeprefix("bpy.data.").removeprefix("bpy.context.")
    if len(text) <= NAME_LENGTH:
        return text
    cut = text.find(".", len(text) - NAME_LENGTH)
    return text[cut + 1 :] if cut >= 0 else text[-NAME_LENGTH:]


def _last_name(function: ast.expr) -> str:
    match function:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
        case _:
            return "call"


def _character_offsets(source: str) -> Callable[[int, int], int]:
    """Maps ast positions (1-based line, column in UTF-8 bytes) to character offsets in the source."""
    lines = re.findall(
        r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z", source
    )  # str.splitlines cuts at form feeds too; Python not
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))

    def offset(line: int, column_bytes: int) -> int:
        if column_bytes == 0:
            return starts[line - 1]
        return starts[line - 1] + len(lines[line - 1].encode()[:column_bytes].decode(errors="ignore"))

    return offset
