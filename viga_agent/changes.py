"""What differs between two programs, for people: which numbers, and which lines. Pure: texts in, values out."""

import difflib
import functools
import io
import keyword
import re
import tokenize
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

CONTEXT_LINES = 2
_remembered = functools.lru_cache(maxsize=256)  # a page that follows a run asks for the same ones again and again


@dataclass(frozen=True)
class Change:
    """A literal that has another value: its line in the new program, what it sets, its text before and after."""

    line: int
    name: str
    before: str
    after: str


class Piece(NamedTuple):
    """Part of a line of a difference; `is_changed` within a line that was replaced by a similar one."""

    text: str
    is_changed: bool


@dataclass(frozen=True)
class DiffLine:
    """A line of a difference; numbers from 1, None where the side has no such line. A "gap" stands for equal lines."""

    kind: Literal["same", "removed", "added", "gap"]
    old: int | None
    new: int | None
    pieces: tuple[Piece, ...]


def changed_literals(before: str, after: str, named: Iterable[Mapping[str, Any]] = ()) -> list[Change]:
    """The literals that differ, if nothing else does; else an empty list.

    Args:
        before, after: Programs.
        named: Changes as a fit reports them (`line`, `name`, `after`), oldest first; the names are taken from there.
    """
    try:
        old, new = _tokens(before), _tokens(after)
    except (SyntaxError, tokenize.TokenError):
        return []
    if [token.shape for token in old] != [token.shape for token in new]:
        return []
    names = {(change["line"], _spelled(change["after"])): str(change["name"]) for change in named}
    return [
        Change(
            b.line,
            names.get((b.line, _spelled(b.text)), "").split(" at ")[0] or _subject(after, b.line),
            a.text,
            b.text,
        )
        for a, b in zip(old, new, strict=True)
        if a.text != b.text
    ]


@_remembered
def diff_lines(before: str, after: str) -> tuple[DiffLine, ...]:
    """The difference by lines, with two equal lines around each place; empty if the texts are equal."""
    old, new = before.splitlines(), after.splitlines()
    found: list[DiffLine] = []
    groups = difflib.SequenceMatcher(None, old, new, autojunk=False).get_grouped_opcodes(CONTEXT_LINES)
    for number, group in enumerate(groups):
        if number:
            found.append(DiffLine("gap", None, None, ()))
        for tag, i1, i2, j1, j2 in group:
            if tag == "equal":
                found += [
                    DiffLine("same", i + 1, j + 1, (Piece(old[i], False),))
                    for i, j in zip(range(i1, i2), range(j1, j2), strict=True)
                ]
                continue
            pairs = [_pieces(a, b) for a, b in zip(old[i1:i2], new[j1:j2], strict=True)] if i2 - i1 == j2 - j1 else []
            found += [
                DiffLine("removed", i + 1, None, pairs[i - i1][0] if pairs else (Piece(old[i], False),))
                for i in range(i1, i2)
            ]
            found += [
                DiffLine("added", None, j + 1, pairs[j - j1][1] if pairs else (Piece(new[j], False),))
                for j in range(j1, j2)
            ]
    return tuple(found)


def _pieces(old: str, new: str) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """Two lines cut where they differ, by words."""
    a, b = (re.findall(r"-?\d[\w.]*|\w+|\W", line) for line in (old, new))
    left: list[Piece] = []
    right: list[Piece] = []
    for tag, i1, i2, j1, j2 in difflib.SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        left.append(Piece("".join(a[i1:i2]), tag != "equal"))
        right.append(Piece("".join(b[j1:j2]), tag != "equal"))
    return tuple(p for p in left if p.text), tuple(p for p in right if p.text)


class _Token(NamedTuple):
    shape: str  # "literal", or the token itself
    text: str
    line: int


@_remembered
def _tokens(text: str) -> tuple[_Token, ...]:
    """Tokens without comments and line breaks inside statements; a sign before a number belongs to it."""
    skipped = {tokenize.COMMENT, tokenize.NL, tokenize.ENDMARKER}
    found: list[_Token] = []
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type in skipped:
            continue
        is_literal = token.type in {tokenize.NUMBER, tokenize.STRING} or token.string in {"True", "False", "None"}
        is_signed = token.type == tokenize.NUMBER and len(found) > 0 and found[-1].shape == "-"
        if is_signed and not _ends_operand(found[-2:-1]):
            found[-1] = _Token("literal", f"-{token.string}", token.start[0])
        else:
            found.append(_Token("literal" if is_literal else token.string, token.string, token.start[0]))
    return tuple(found)


def _ends_operand(last: Sequence[_Token]) -> bool:
    """Whether a `-` after this token subtracts."""
    if not last:
        return False
    token = last[0]
    return token.shape in {"literal", ")", "]", "}"} or (
        token.text.isidentifier() and not keyword.iskeyword(token.text)
    )


def _spelled(value: object) -> str:
    """A value as a key: numbers to five digits, whatever their spelling."""
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return value.strip("'\"")
    return f"{value:.5g}" if isinstance(value, int | float) and not isinstance(value, bool) else str(value)


def _subject(text: str, line: int) -> str:
    """What a line assigns to, for want of a better name."""
    written = text.splitlines()[line - 1].strip()
    return written.partition("=")[0].strip().removeprefix("bpy.data.") if "=" in written else written[:60]
