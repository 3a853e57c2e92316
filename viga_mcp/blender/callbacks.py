# pyright: basic, reportAttributeAccessIssue=false, reportMissingImports=false
"""Python functions that Blender calls later: handlers, and names that drivers use.

A `.blend` keeps none of them. One that lived on in a worker would make its state differ from the revision's file, and
a persistent one would follow the process into other scenes.
"""

from typing import Any

import bpy

# Blender itself writes these, and remembers that it did.
_BLENDERS_OWN = {"frame", "self", "depsgraph"}


class Callbacks:
    """Takes away, at the end of a block, what was added within it."""

    def __init__(self) -> None:
        self._removed: list[str] = []

    def __enter__(self) -> "Callbacks":
        self._handlers = {name: list(handlers) for name, handlers in _handlers().items()}
        self._names = set(bpy.app.driver_namespace) | _BLENDERS_OWN
        return self

    def __exit__(self, *_: object) -> None:
        for name, handlers in _handlers().items():
            kept = self._handlers[name]
            if added := [handler for handler in handlers if handler not in kept]:
                self._removed.append(f"bpy.app.handlers.{name}: {', '.join(map(_name, added))}")
            if handlers != kept:
                handlers[:] = kept
        if added := [name for name in bpy.app.driver_namespace if name not in self._names]:
            self._removed.append(f"bpy.app.driver_namespace: {', '.join(map(repr, added))}")
            for name in added:
                del bpy.app.driver_namespace[name]

    def warnings(self) -> list[dict[str, Any]]:
        """What was taken away, in the form of `Watch.warnings`."""
        return [
            {
                "kind": "not_kept",
                "line": None,
                "message": f"{removed} ended with the program: a .blend keeps no Python functions. Use keyframes, or "
                "a driver whose expression needs none.",
            }
            for removed in self._removed
        ]


def _handlers() -> dict[str, list]:
    every = {name: getattr(bpy.app.handlers, name) for name in dir(bpy.app.handlers)}
    return {name: handlers for name, handlers in every.items() if isinstance(handlers, list)}


def _name(handler: object) -> str:
    return repr(getattr(handler, "__name__", type(handler).__name__))
