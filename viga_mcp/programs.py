"""Programs as text: joined from parts, edited, checked and compared. Pure: strings in, values out.

A scene's program is the last complete script and the patches run on top of it since, in order (`Store.program`).
"""

import ast
import difflib
import io
import keyword
import tokenize
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from viga_mcp.errors import VigaError

CONTEXT_LINES = 2
_NO_PROGRAM = (SyntaxError, ValueError, RecursionError, MemoryError)  # what ast.parse raises
_LITERAL = "literal"
_MAX_PAIRS = 250_000  # statements old x new; comparing more takes seconds


class Edit(NamedTuple):
    """Replace `old`, which must occur exactly once, by `new`."""

    old: str
    new: str


@dataclass(frozen=True)
class LiteralChange:
    """A literal that differs; reads "line 12: lamp.energy 500 -> 750".

    Attributes:
        line: Of the new text, from 1.
        name: What the literal sets: "lamp.energy", "size", "location[2]"; empty if it has no name.
        old: Source text before.
        new: Source text after.
    """

    line: int
    name: str
    old: str
    new: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.name + ' ' if self.name else ''}{_short(self.old)} -> {_short(self.new)}"


@dataclass(frozen=True)
class CodeDiff:
    """How two programs differ.

    Attributes:
        unified: Unified line difference without file names, capped; empty if all lines are equal.
        literals: Numbers, strings, True/False/None that differ where the code around them is the same.
        only_literals: Whether `literals` is the whole difference but for blanks and comments.
        added: Lines, before the cap.
        removed: Lines, before the cap.
        truncated: Whether `unified` was cut.
    """

    unified: str
    literals: tuple[LiteralChange, ...]
    only_literals: bool
    added: int
    removed: int
    truncated: bool


class EditError(VigaError):
    """An edit that does not name one place of the program."""

    def __init__(self, number: int, what: str, where: str = "", then: str = "") -> None:
        super().__init__("invalid_argument", f"Edit {number}: {what} No edit was applied.", where=where, then=then)
        self.number = number


class ProgramSyntaxError(VigaError):
    """Text that is no Python; `line` counts from 1."""

    def __init__(self, message: str, text: str, line: int) -> None:
        super().__init__(
            "syntax_error",
            f"{message} (line {line})",
            where=excerpt(text, line),
            then="Correct the line and send again.",
        )
        self.line = line


def join(parts: Sequence[str]) -> str:
    """One file that does what the parts do one after the other in one namespace.

    Parts are separated by `# --- patch N ---` lines. `from __future__` lines of patches, which may stand only at the
    top of a file, move there. One part comes back as it is.
    """
    if len(parts) < 2:
        return "".join(parts)
    texts = [_with_newline(_unix(part)) for part in parts]
    if any(_future_imports(text) for text in texts[1:]):
        names = sorted({alias.name for text in texts for node in _future_imports(text) for alias in node.names})
        texts = [_without_futures(text) for text in texts]
        texts[0] = _with_future(texts[0], f"from __future__ import {', '.join(names)}")
    return texts[0] + "".join(f"# --- patch {number} ---\n{text}" for number, text in enumerate(texts[1:], 1))


def standalone(parts: Sequence[str]) -> str:
    """As `join`, runnable in plain Blender: with the `import bpy` that the server's programs may leave out."""
    text = join(parts)
    try:
        body, first = _parse(text).body, _parse(parts[0]).body if parts else []
    except _NO_PROGRAM:
        return text
    if not body or "bpy" in {alias.name for node in first if isinstance(node, ast.Import) for alias in node.names}:
        return text
    futures = _future_imports(text)
    if not futures:
        return _with_future(text, "import bpy")
    end = _offset(text, futures[-1].end_lineno or futures[-1].lineno, futures[-1].end_col_offset)
    return f"{text[:end]}\nimport bpy{text[end:]}"


def apply_edits(text: str, edits: Sequence[Edit]) -> str:
    """The text after all edits, each applied to the result of those before it.

    Raises:
        EditError: If an `old` occurs not exactly once; shows the nearest lines or where the matches are.
    """
    text = _unix(text)
    for number, edit in enumerate(edits, 1):
        old, new = _unix(edit.old), _unix(edit.new)
        if not old:
            raise EditError(number, "`old` is empty.", then="Copy the lines to replace, or send the program as `code`.")
        if old == new:
            raise EditError(
                number, "`old` and `new` are equal.", then="Leave it out, or put the changed text in `new`."
            )
        places = list(_occurrences(text, old))
        if not places:
            raise EditError(number, "`old` is not in the program.", *_nearest(text, old))
        if len(places) > 1:
            lines = [text.count("\n", 0, place) + 1 for place in places]
            raise EditError(
                number,
                f"`old` occurs {len(places)} times.",
                where="\n".join(_numbered(text, line) for line in dict.fromkeys(lines[:8])),
                then="Take more of the lines around it into `old`, so that it names one place.",
            )
        text = text[: places[0]] + new + text[places[0] + len(old) :]
    return text


def check_syntax(text: str) -> None:
    """Raises ProgramSyntaxError if this Python can't parse the text; Blender's own Python has the last word."""
    if "\0" in text:  # Python's own error has no line
        raise ProgramSyntaxError("a NUL character", text, text.count("\n", 0, text.index("\0")) + 1)
    try:
        with warnings.catch_warnings(action="ignore"):
            compile(text, "<program>", "exec", dont_inherit=True)
    except SyntaxError as error:
        raise ProgramSyntaxError(error.msg or "invalid syntax", text, error.lineno or 1) from error
    except UnicodeEncodeError as error:
        line = text.count("\n", 0, error.start) + 1
        raise ProgramSyntaxError("a character that UTF-8 can't hold (a lone surrogate)", text, line) from error
    except (RecursionError, MemoryError) as error:
        raise ProgramSyntaxError("too deeply nested to parse", text, 1) from error


def excerpt(text: str, line: int, around: int = CONTEXT_LINES) -> str:
    """A line, marked with ">", and its neighbours, each with its number."""
    first, last = max(1, line - around), min(line + around, len(_lines(text)))
    return "\n".join((">" if n == line else " ") + _numbered(text, n) for n in range(first, last + 1))


def code_diff(a: str, b: str, *, max_lines: int = 120, max_line_chars: int = 240) -> CodeDiff:
    """Difference from one program to another, by line and by literal."""
    a, b = _unix(a), _unix(b)
    old, new = _lines(a), _lines(b)
    lines = list(difflib.unified_diff(old, new, n=CONTEXT_LINES, lineterm=""))[2:]
    shown = [line if len(line) <= max_line_chars else line[:max_line_chars] + "…" for line in lines[:max_lines]]
    if len(lines) > max_lines:
        shown.append(f"… {len(lines) - max_lines} more lines")
    changes, complete = _literal_changes(a, b)
    return CodeDiff(
        unified="\n".join(shown),
        literals=tuple(changes),
        only_literals=bool(changes) and complete,
        added=sum(line.startswith("+") for line in lines),
        removed=sum(line.startswith("-") for line in lines),
        truncated=len(lines) > max_lines or any(len(line) > max_line_chars for line in lines),
    )


class _Token(NamedTuple):
    shape: str  # equal for tokens that may stand for one another: any two literals, or equal texts
    text: str
    line: int
    column: int  # in characters


def _literal_changes(a: str, b: str) -> tuple[list[LiteralChange], bool]:
    """Literals that differ, and whether that is all that differs."""
    if a == b:
        return [], True
    try:
        old, new, names = _tokens(a), _tokens(b), _literal_names(b)
    except (*_NO_PROGRAM, tokenize.TokenError):
        return [], False
    pairs, complete = _aligned(old, new)
    return [
        LiteralChange(after.line, names.get((after.line, after.column), ""), before.text, after.text)
        for before, after in pairs
        if before.shape == _LITERAL and before.text != after.text
    ], complete


def _aligned(old: list[_Token], new: list[_Token]) -> tuple[list[tuple[_Token, _Token]], bool]:
    """Tokens that correspond: all if the shapes are equal, else those of statement lines of equal shape."""
    if [token.shape for token in old] == [token.shape for token in new]:
        return list(zip(old, new, strict=True)), True
    a, b = _statements(old), _statements(new)
    # Texts first: of many statements of one shape (`x.energy = 5`), the unchanged ones must not be paired with others.
    pairs: list[tuple[_Token, _Token]] = []
    matcher = difflib.SequenceMatcher(None, [_texts(s) for s in a], [_texts(s) for s in b])
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "replace" and (i2 - i1) * (j2 - j1) <= _MAX_PAIRS:
            shapes = difflib.SequenceMatcher(
                None, [_shapes(s) for s in a[i1:i2]], [_shapes(s) for s in b[j1:j2]], autojunk=False
            )
            for i, j, size in shapes.get_matching_blocks():
                for before, after in zip(a[i1 + i : i1 + i + size], b[j1 + j : j1 + j + size], strict=True):
                    pairs += zip(before, after, strict=True)
    return pairs, False


def _statements(tokens: list[_Token]) -> list[list[_Token]]:
    found: list[list[_Token]] = [[]]
    for token in tokens:
        found[-1].append(token)
        if token.shape == "NEWLINE":
            found.append([])
    return [statement for statement in found if statement]


def _texts(tokens: list[_Token]) -> tuple[str, ...]:
    return tuple(token.text for token in tokens)


def _shapes(tokens: list[_Token]) -> tuple[str, ...]:
    return tuple(token.shape for token in tokens)


def _tokens(text: str) -> list[_Token]:
    """Tokens without comments and blank lines; a sign before a number belongs to it."""
    skipped = {tokenize.COMMENT, tokenize.NL, tokenize.ENCODING, tokenize.ENDMARKER}
    laid_out = {tokenize.NEWLINE: "NEWLINE", tokenize.INDENT: "INDENT", tokenize.DEDENT: "DEDENT"}
    strings = {getattr(tokenize, name, -1) for name in ("STRING", "FSTRING_MIDDLE", "TSTRING_MIDDLE")}
    found: list[_Token] = []
    after_operand = False
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type in skipped:
            continue
        kind, (line, column) = laid_out.get(token.type), token.start
        is_name = token.type == tokenize.NAME and not keyword.iskeyword(token.string)
        if kind:
            found.append(_Token(kind, kind, line, column))
        elif token.type == tokenize.NUMBER and found and found[-1].shape == "sign":
            sign = found.pop()
            found.append(_Token(_LITERAL, "-" + token.string, sign.line, sign.column))
        elif token.type == tokenize.NUMBER or token.type in strings or token.string in ("True", "False", "None"):
            found.append(_Token(_LITERAL, token.string, line, column))
        elif token.string == "-" and not after_operand:
            found.append(_Token("sign", "-", line, column))
        else:
            found.append(_Token(token.string, token.string, line, column))
        after_operand = is_name or found[-1].shape == _LITERAL or token.string in (")", "]", "}")
    return found


def _literal_names(text: str) -> dict[tuple[int, int], str]:
    """What each literal of a program sets, by its line and column in characters."""
    lines = text.split("\n")
    names: dict[tuple[int, int], str] = {}

    def visit(node: ast.AST, name: str) -> None:
        if isinstance(node, ast.Constant | ast.UnaryOp):
            # ast counts columns in bytes
            column = len(lines[node.lineno - 1].encode()[: node.col_offset].decode())
            names.setdefault((node.lineno, column), name)
        for child, child_name in _named_children(node, name):
            visit(child, child_name)

    visit(_parse(text), "")
    return names


def _named_children(node: ast.AST, name: str) -> Iterator[tuple[ast.AST, str]]:
    match node:
        case ast.Assign(targets=[target, *_], value=value):
            if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts):
                yield from ((v, ast.unparse(t)) for t, v in zip(target.elts, value.elts, strict=True))
            else:
                yield value, ast.unparse(target)
            yield from ((target, "") for target in node.targets)
        case ast.AugAssign(target=target, value=value) | ast.AnnAssign(target=target, value=ast.expr() as value):
            yield value, ast.unparse(target)
        case ast.Tuple(elts=items) | ast.List(elts=items):
            yield from ((item, f"{name}[{index}]" if name else "") for index, item in enumerate(items))
        case ast.Dict(keys=keys, values=values):
            for key, value in zip(keys, values, strict=True):
                yield value, f"{name}[{ast.unparse(key)}]" if name and key is not None else name
                if key is not None:
                    yield key, ""
        case ast.Call(func=function, args=arguments, keywords=keywords):
            # Vector((0, 0, 3)) names its numbers by what it is assigned to, print(3) by nothing
            yield from ((argument, name) for argument in arguments)
            yield from ((argument.value, argument.arg or "") for argument in keywords)
            yield function, ""
        case ast.arguments(posonlyargs=first, args=more, defaults=defaults, kwonlyargs=only, kw_defaults=only_defaults):
            parameters = [*first, *more]
            for parameter, default in zip(parameters[len(parameters) - len(defaults) :], defaults, strict=True):
                yield default, parameter.arg
            for parameter, default in zip(only, only_defaults, strict=True):
                if default is not None:
                    yield default, parameter.arg
        case ast.expr():
            yield from ((child, name) for child in ast.iter_child_nodes(node))
        case _:
            yield from ((child, "") for child in ast.iter_child_nodes(node))


def _future_imports(text: str) -> list[ast.ImportFrom]:
    try:
        body = _parse(text).body
    except _NO_PROGRAM:
        return []  # never accepted as a program; joined as it is
    return [node for node in body if isinstance(node, ast.ImportFrom) and node.module == "__future__"]


def _without_futures(text: str) -> str:
    for node in reversed(_future_imports(text)):
        start = _offset(text, node.lineno, node.col_offset)
        end = _offset(text, node.end_lineno or node.lineno, node.end_col_offset)
        is_alone = not text[:start].rpartition("\n")[2] and not text[end:].partition("\n")[0].strip()
        text = text[:start] + text[end:].partition("\n")[2] if is_alone else text[:start] + "pass" + text[end:]
    return text


def _with_future(text: str, line: str) -> str:
    """The text with a future import where the language wants it: after the docstring, before all else."""
    try:
        body = _parse(text).body
    except _NO_PROGRAM:
        body = []
    if not body:
        return line + "\n" + text
    first = body[0]
    if not (
        isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    ):
        start = _offset(text, min([first.lineno, *(d.lineno for d in _decorators(first))]), 0)
        return text[:start] + line + "\n" + text[start:]
    end = _offset(text, first.end_lineno or first.lineno, first.end_col_offset)
    is_alone = not text[end:].partition("\n")[0].strip()
    return text[:end] + ("\n" if is_alone else "; ") + line + text[end:]


def _decorators(node: ast.stmt) -> list[ast.expr]:
    return node.decorator_list if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) else []


def _offset(text: str, line: int, column: int | None) -> int:
    """Index in characters of ast's place: line from 1, column in bytes."""
    lines = text.split("\n")
    return sum(len(before) + 1 for before in lines[: line - 1]) + len(lines[line - 1].encode()[: column or 0].decode())


def _parse(text: str) -> ast.Module:
    with warnings.catch_warnings(action="ignore"):  # invalid escapes are the worker's to report
        return ast.parse(text)


def _nearest(text: str, old: str) -> tuple[str, str]:
    """The lines most like what was looked for, with their numbers, and what to do."""
    lines = [line[:200] for line in _lines(text)]
    wanted = next((line for line in _lines(old) if line.strip()), old)[:200]
    if _squeezed(old) and _squeezed(old) in _squeezed(text):
        hint = "It is there with other blanks or line breaks: copy it exactly, indentation included."
    else:
        hint = "Copy the text exactly as it stands in the program of the head."
    near = difflib.get_close_matches(wanted, list(dict.fromkeys(lines)), n=3, cutoff=0.5)
    numbers = [n for n, line in enumerate(lines, 1) if line in near]
    if not numbers:
        return f"No line is like {_short(wanted)!r}; the program has {len(lines)} lines.", hint
    return "Nearest lines:\n" + "\n".join(_numbered(text, n) for n in numbers[:6]), hint


def _occurrences(text: str, part: str) -> Iterator[int]:
    """Where the part begins, overlapping ones too: `aa` is twice in `aaa`."""
    place = text.find(part)
    while place >= 0:
        yield place
        place = text.find(part, place + 1)


def _numbered(text: str, line: int) -> str:
    return f"{line:4} | {_short(_lines(text)[line - 1], 160)}" if line <= len(_lines(text)) else f"{line:4} |"


def _squeezed(text: str) -> str:
    return "".join(text.split())


def _short(text: str, limit: int = 60) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _lines(text: str) -> list[str]:
    """As Python counts them: str.splitlines would also split at form feeds and U+2028."""
    return text.removesuffix("\n").split("\n") if text else []


def _unix(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _with_newline(text: str) -> str:
    return text if text.endswith("\n") or not text else text + "\n"
