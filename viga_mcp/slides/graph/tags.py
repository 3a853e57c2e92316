# pyright: basic
# lxml ships no types: an element is whatever it hands out.
"""Names in a deck's XML, and the ways in which it writes numbers, switches and choices."""

import math
import re
from collections.abc import Iterator
from typing import Any, TypeAlias

Element: TypeAlias = Any

A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"

EMU = {"": 1.0, "mm": 36_000.0, "cm": 360_000.0, "in": 914_400.0, "pt": 12_700.0, "pc": 152_400.0, "pi": 152_400.0}
"""A length's unit in EMU."""


def local(element: Element) -> str:
    """The name without its namespace; empty for a comment."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def drawn(parent: Element) -> Iterator[Element]:
    """The children, of alternatives the one that PowerPoint takes (the newest)."""
    for child in parent:
        if child.tag == MC + "AlternateContent":
            taken = child.find(MC + "Choice")
            taken = child.find(MC + "Fallback") if taken is None else taken
            if taken is not None:
                yield from drawn(taken)
        elif isinstance(child.tag, str):
            yield child


def flag(element: Element, name: str, default: bool = False) -> bool:
    value = element.get(name)
    return default if value is None else value in {"1", "true", "on"}


def number(text: str) -> float:
    """A finite one.

    Raises:
        ValueError: If it is something else.
    """
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text!r} is no number")
    return value


def whole(text: str | None, default: int) -> int:
    """The default stands for what is missing or is no whole number."""
    try:
        return int(text or default)
    except ValueError:
        return default


def length(text: str | None, default: float = 0.0) -> float:
    """EMU of `914400`, `1in` or `25.4mm`."""
    if not text:
        return default
    found = re.fullmatch(r"\s*([-+.\deE]+?)\s*(mm|cm|in|pt|pc|pi|)\s*", text)
    if found is None:
        raise ValueError(f"{text!r} is no length")
    return number(found[1]) * EMU[found[2]]


def fraction(text: str | None, default: float = 0.0) -> float:
    """0.625 of `62500` (thousandths of a percent) or `62.5%`."""
    if not text:
        return default
    return number(text[:-1]) / 100 if text.endswith("%") else number(text) / 100_000
