# pyright: basic, reportAttributeAccessIssue=false, reportMissingImports=false
"""The worker: one process, one Blender state, one request at a time.

Started as a script, by the server's own Python with the bpy wheel or by an installed Blender
(`blender --background --python main.py`); it needs nothing but the standard library, numpy and bpy, and finds its
siblings without putting the server's packages on an installed Blender's path.

A worker is a cache of a revision: it can be killed at any time. Under the fork backend the first process (the root)
imports bpy, rehearses, and then only forks; it never runs a user's program or loads a user's scene, and takes all its
descendants with it when the server goes.
"""

import gc
import importlib
import os
import select
import socket
import sys
import tempfile
import types
from collections.abc import Callable
from pathlib import Path

if "viga_mcp" not in sys.modules:  # run as a script: make the package findable, and only it
    package = types.ModuleType("viga_mcp")
    package.__path__ = [str(Path(__file__).resolve().parent.parent)]
    sys.modules["viga_mcp"] = package

from viga_mcp import serving, wire
from viga_mcp.blender import confine, processes

REHEARSED_OBJECTS = 500  # reading the graph of more takes longer than it saves
Operation = Callable[[wire.Message], wire.Message]

# Looked up by name and imported with the first use, so that a worker is ready as soon as bpy is.
OPERATIONS = {
    "probe": "viga_mcp.blender.probe",
    "load": "viga_mcp.blender.state",
    "run": "viga_mcp.blender.script",
    "save": "viga_mcp.blender.state",
    "read_graph": "viga_mcp.blender.graph",
    "render": "viga_mcp.blender.render",
    "passes": "viga_mcp.blender.passes",
    "check": "viga_mcp.blender.checks",
    "find_simulations": "viga_mcp.blender.simulations",
    "graph_at": "viga_mcp.blender.stage",
    "trace": "viga_mcp.blender.trace",
    "evaluate": "viga_mcp.blender.evaluate",
    "read": "viga_mcp.blender.datapaths",
    "export": "viga_mcp.blender.exports",
    "read_file": "viga_mcp.blender.exports",
    "portray": "viga_mcp.blender.exports",
    "prepare_asset": "viga_mcp.blender.assets",
    "append_asset": "viga_mcp.blender.assets",
    "contents": "viga_mcp.blender.assets",
    "read_api": "viga_mcp.blender.api",
}


class Worker:
    """Serves one link until it closes."""

    def __init__(self, link: socket.socket, *, is_root: bool) -> None:
        self.link = link
        self.is_root = is_root
        self.log = os.dup(2)  # see `serving.output_to`

    def serve(self) -> None:
        while (frame := wire.receive(self.link)) is not None:
            request, descriptors = frame
            if request["op"] == "fork":
                self._fork(descriptors[0], rehearses=request["rehearses"])
            elif request["op"] == "reap":
                wire.send(self.link, {"status": processes.reap(request["pid"], request["patience_s"])})
            else:
                wire.send(self.link, self._answer(request))
        if self.is_root:
            processes.kill_descendants()
        os._exit(0)

    def _fork(self, descriptor: int, *, rehearses: bool) -> None:
        processes.stop_threads()
        gc.freeze()
        if processes.fork():
            os.close(descriptor)
            return
        self.link.close()
        self.link = socket.socket(fileno=descriptor)
        self.is_root = False
        os.setpgid(0, 0)  # so that what a program starts can be killed with it
        wire.send(self.link, {"pid": os.getpid()})
        if rehearses:
            with processes.quiet():
                rehearse_program(until=self._has_mail)

    def _has_mail(self) -> bool:
        return bool(select.select([self.link], [], [], 0)[0])

    def _answer(self, request: wire.Message) -> wire.Message:
        with serving.output_to(request.get("log"), self.log), serving.deadline(request.get("timeout_s"), self.log):
            try:
                operation: Operation = getattr(importlib.import_module(OPERATIONS[request["op"]]), request["op"])
                request["report"] = self._report
                reply = {"ok": operation(request)}
            except MemoryError:
                reply = {"error": {"kind": "memory_limit", "message": "the operation ran out of memory"}}
            except Exception as error:  # ours, not the program's: script.run reports the program's own
                import traceback

                reply = {"error": {"kind": "internal", "message": f"{type(error).__name__}: {error}",
                                   "trace": traceback.format_exc()}}  # fmt: skip
        return reply

    def _report(self, done: float, total: float, message: str) -> None:
        wire.send(self.link, {"progress": [done, total, message]})


def main() -> None:
    link = serving.connect()
    role = os.environ.pop("VIGA_WORKER_ROLE", "spawn")
    if role == "root":
        processes.adopt_orphans()
    else:
        serving.die_with_parent(link)
    import bpy

    for module in ("graph", "script", "state", "render"):  # imported once here, shared by every fork
        importlib.import_module(f"viga_mcp.blender.{module}")
    _rehearse()
    confine.confine()
    wire.send(link, {"ready": bpy.app.version_string, "version": list(bpy.app.version), "pid": os.getpid()})
    Worker(link, is_root=role == "root").serve()


def _rehearse() -> None:
    """Do once what every run and every picture does, so that this process's forks find it done.

    Measured: the first save of a process costs 70 ms and the next 4; the first render with the denoiser 0.27 s of
    processor time at 256 px and the next 0.16. Cycles on the CPU leaves nothing behind that a fork would break.
    """
    import bpy

    from viga_mcp.blender import probe, state

    with tempfile.TemporaryDirectory() as folder, processes.quiet():
        rehearse_program()
        state.save({"save_to": str(Path(folder) / "rehearsal.blend")})
        probe.draw("CYCLES", denoise=True)
        bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    processes.free_memory()


def rehearse_program(until: Callable[[], bool] = lambda: False) -> None:
    """Run a program that changes nothing: a fork copies each page of memory at its first use, here and not later.

    Args:
        until: Asked between the steps whether to stop: a caller in a hurry is served sooner without the rest.
    """
    import bpy

    from viga_mcp.blender import graph, script

    scene = bpy.context.scene
    code = "import bpy\nunits = bpy.context.scene.unit_settings\nunits.scale_length = units.scale_length\n"
    steps: list[Callable[[], object]] = [
        scene.update_tag,
        bpy.context.view_layer.update,
        lambda: script.run({"code": code}),
    ]
    if len(bpy.data.objects) <= REHEARSED_OBJECTS:
        steps.append(graph.read_graph)
    for step in steps:
        if until():
            return
        step()


if __name__ == "__main__":
    main()
