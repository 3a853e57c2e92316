# pyright: basic, reportAttributeAccessIssue=false, reportMissingImports=false
"""Run a program on the state that this worker holds."""

import contextlib
import linecache
import os
import time
import types
from collections.abc import Callable, Iterator

import bpy

from viga_mcp.blender import confine, processes, state
from viga_mcp.blender.assets import Keepsakes
from viga_mcp.blender.callbacks import Callbacks
from viga_mcp.blender.graph import read_cameras
from viga_mcp.blender.hints import explain
from viga_mcp.blender.watch import Watch
from viga_mcp.wire import Message

FILENAME = "<program>"
REPORT_S = 0.2


def run(request: Message) -> Message:
    """Run `code` and settle the state that it leaves; `state.save` keeps it.

    The program gets a fresh name space (`bpy` and `__name__ == "__main__"`, as under `blender --python`): variables do
    not outlive a run, because a state must be the same in the next worker.

    Args:
        request: `code`; `memory_bytes`, the most address space, or None; `is_fresh`, whether the state is the base;
            `report`, told of the frames it goes through.

    Returns:
        `{"failed": explanation}` (see `hints.explain`), or `warnings`, `seconds` of the program alone, `cameras` (see
        `graph.read_cameras`), and `forkable`, whether this process may be forked in its new state.
    """
    started = time.perf_counter()
    watch, callbacks, keepsakes = Watch(request["code"]), Callbacks(), Keepsakes()
    with _frames_told(request.get("report")), callbacks:
        failure = _execute(request["code"], watch, memory_bytes=request.get("memory_bytes"))
    seconds = time.perf_counter() - started
    if failure:
        return {"failed": failure, "warnings": watch.warnings(), "seconds": seconds}
    state.settle()
    return {
        "warnings": [
            *watch.warnings(),
            *callbacks.warnings(),
            *keepsakes.warnings(is_fresh=request.get("is_fresh", False)),
        ],
        "seconds": seconds,
        "cameras": read_cameras(),
        "forkable": processes.is_forkable(),
    }


@contextlib.contextmanager
def _frames_told(report: Callable[[float, float, str], None] | None) -> Iterator[None]:
    """Report each frame that a program goes to, as a bake or an animation does, now and then."""
    owner, told = os.getpid(), 0.0

    def tell(scene: bpy.types.Scene, *_: object) -> None:
        nonlocal told
        now = time.perf_counter()
        if report and now - told >= REPORT_S and os.getpid() == owner:
            told = now
            report(scene.frame_current, scene.frame_end, f"frame {scene.frame_current}")

    handlers = bpy.app.handlers.frame_change_post
    handlers.append(tell)
    try:
        yield
    finally:
        if tell in handlers:
            handlers.remove(tell)


def _execute(code: str, watch: Watch, *, memory_bytes: int | None) -> Message | None:
    """Compile and execute a program; None on success, else the explanation of what stopped it."""
    owner = os.getpid()
    linecache.cache[FILENAME] = (len(code), None, code.splitlines(keepends=True), FILENAME)
    names = {"bpy": bpy, "__name__": "__main__", "__file__": FILENAME}
    try:
        with confine.address_space(memory_bytes), _without_quit():
            compiled = watch.compile(FILENAME)
            with watch:
                exec(compiled, {**names, **watch.names})
    except SystemExit as error:
        return {
            **explain(error, code),
            "kind": "runtime_error",
            "message": f"the program ended itself with sys.exit({'' if error.code is None else repr(error.code)})",
            "hints": [
                "Let the program run to its end: a program that exits is treated as failed, and changes nothing."
            ],
        }
    except MemoryError as error:
        return {**explain(error, code), "kind": "memory_limit", "message": str(error) or "out of memory"}
    except BaseException as error:
        return explain(error, code)
    finally:
        if os.getpid() != owner:  # the program forked itself: only the first of the two goes on
            os._exit(0)
    return None


class _WindowManagerOperators(types.ModuleType):
    """`bpy.ops.wm` without the operator that ends Blender: the wheel ignores it, an installed Blender obeys."""

    def __getattr__(self, name: str) -> object:
        if name == "quit_blender":
            return _refuse_to_quit
        return getattr(_WM, name)

    def __dir__(self) -> list[str]:
        return dir(_WM)


_WM = bpy.ops.wm


def _refuse_to_quit(*_: object, **__: object) -> None:
    raise RuntimeError("the program called bpy.ops.wm.quit_blender(); Blender belongs to the server and stays")


@contextlib.contextmanager
def _without_quit() -> Iterator[None]:
    # bpy.ops finds its modules through __getattr__, so a plain attribute hides one and taking it away restores it
    bpy.ops.wm = _WindowManagerOperators("bpy.ops.wm")
    try:
        yield
    finally:
        with contextlib.suppress(AttributeError):
            del bpy.ops.wm
