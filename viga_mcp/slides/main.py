# pyright: basic
"""The workers that make and draw decks, each one process that serves one link.

Three roles, each confined as it needs: the *press* runs programs, each in a child of its own that is forgotten; the
*reader* reads decks, by our own code alone, so that one process may do it again and again; the *office* holds
LibreOffice and draws. They are apart because LibreOffice is half a gigabyte that should not be forked, and because a
deck that ends one of them must not end a program.
"""

import importlib
import os
import socket
import sys
import types
from collections.abc import Callable
from pathlib import Path

if "viga_mcp" not in sys.modules:  # run as a script: make the package findable, and only it
    package = types.ModuleType("viga_mcp")
    package.__path__ = [str(Path(__file__).resolve().parent.parent)]
    sys.modules["viga_mcp"] = package

from viga_mcp import serving, wire

Operation = Callable[[wire.Message], wire.Message]
OPERATIONS = {
    "run": "viga_mcp.slides.press",
    "read": "viga_mcp.slides.reader",
    "raster": "viga_mcp.slides.press",
    "approximate": "viga_mcp.slides.press",
    "stamp": "viga_mcp.slides.press",
    "draw": "viga_mcp.slides.office",
    "to_pdf": "viga_mcp.slides.office",
}


def main() -> None:
    link = serving.connect()
    role = os.environ.pop("VIGA_WORKER_ROLE")
    serving.die_with_parent(link)
    module = importlib.import_module(f"viga_mcp.slides.{role}")
    wire.send(link, {"ready": module.start(*map(Path, sys.argv[1:])), "pid": os.getpid()})
    log = os.dup(2)
    while (frame := wire.receive(link)) is not None:
        # the press waits for children with deadlines of their own: one forked under a watchdog could not set another
        limit = None if role == "press" else frame[0]["timeout_s"]
        wire.send(link, _answer(frame[0], link, log, limit))
        if role == "office":
            module.close_document()  # which no answer need wait for
    os._exit(0)


def _answer(request: wire.Message, link: socket.socket, log: int, limit_s: float | None) -> wire.Message:
    with serving.output_to(request["log"], log), serving.deadline(limit_s, log):
        try:
            operation: Operation = getattr(importlib.import_module(OPERATIONS[request["op"]]), request["op"])
            request["report"] = lambda done, total, message: wire.send(link, {"progress": [done, total, message]})
            return {"ok": operation(request)}
        except MemoryError:
            return {"error": {"kind": "memory_limit", "message": "the operation ran out of memory"}}
        except Exception as error:  # ours, not the program's: `program.run` reports the program's own
            import traceback

            trace = traceback.format_exc()
            return {"error": {"kind": "internal", "message": f"{type(error).__name__}: {error}", "trace": trace}}


if __name__ == "__main__":
    main()
