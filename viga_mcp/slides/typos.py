# pyright: basic
"""Assignments that do nothing: python-pptx's objects take any attribute, so a misspelt one is lost in silence."""

import difflib
import functools
import sys
from typing import Any

from viga_mcp.slides.explain import FILENAME, public_names
from viga_mcp.wire import Message

MAX_NAMED = 3


class Typos:
    """Watches, from `__enter__` on, what the program assigns; `warnings` has one for each name of a class."""

    def __init__(self) -> None:
        self._seen: dict[tuple[type, str], Message] = {}

    @property
    def warnings(self) -> list[Message]:
        return list(self._seen.values())

    def __enter__(self) -> "Typos":
        typos = self

        def assign(owner: Any, name: str, value: Any) -> None:
            object.__setattr__(owner, name, value)
            kind, frame = type(owner), sys._getframe(1)
            if name.startswith("_") or hasattr(kind, name) or frame.f_code.co_filename != FILENAME:
                return
            if kind.__module__.startswith("pptx."):  # not a class of the program's own
                typos._seen.setdefault((kind, name), _warning(kind, name, frame.f_lineno))

        for kind in _roots():
            kind.__setattr__ = assign  # pyright: ignore[reportAttributeAccessIssue]
        return self

    def __exit__(self, *_: object) -> None:
        for kind in _roots():
            if "__setattr__" in vars(kind):
                del kind.__setattr__


@functools.cache
def _roots() -> tuple[type, ...]:
    """python-pptx's classes that inherit from no other of its own."""
    modules = [module for name, module in sys.modules.items() if name.startswith("pptx.")]
    kinds = (kind for module in modules for kind in vars(module).values() if isinstance(kind, type))
    return tuple({kind for kind in kinds if kind.__module__.startswith("pptx.") and kind.__bases__ == (object,)})


def _warning(kind: type, name: str, line: int) -> Message:
    names = [known for known in public_names(kind) if not callable(getattr(kind, known, None))]
    near = difflib.get_close_matches(name, names, MAX_NAMED, 0.6)
    hint = f"did you mean {' or '.join(map(repr, near))}?" if near else f"it has {', '.join(names)}."
    what = kind.__name__.lstrip("_")
    return {"kind": "typo", "line": line, "message": f"{name!r} is no attribute of a {what}, and does nothing: {hint}"}
