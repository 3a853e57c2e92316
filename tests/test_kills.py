"""SIGKILL at random moments: of the server, and of its workers. Nothing acknowledged is lost."""

import contextlib
import os
import random
import re
import signal
import sys
import threading
import time
from pathlib import Path

import pytest

from tests.test_server import Stdio
from viga_mcp.memory import Memory
from viga_mcp.revisions import Store

pytestmark = [
    pytest.mark.blender,
    pytest.mark.skipif(sys.platform != "linux", reason="looks processes up in /proc"),
    pytest.mark.timeout(300),
]

CODE = "import bpy\nfor thing in list(bpy.data.objects):\n    bpy.data.objects.remove(thing)\nbpy.ops.mesh.primitive_cube_add(location=({n}, 0, 0))"


def test_a_server_killed_at_random_moments_loses_nothing_acknowledged(tmp_path: Path) -> None:
    moments = random.Random(7)
    revisions: dict[str, int] = {}
    remembered: dict[str, str] = {}
    for round_number in range(6):
        server = Stdio(tmp_path)
        server.initialize()
        server.call("execute_blender_code", scene="warm", code="n = 1")
        killer = threading.Timer(moments.uniform(0.05, 1.2), server.process.kill)
        killer.start()
        with contextlib.suppress(AssertionError, BrokenPipeError, ValueError):  # the moment came
            for n in range(1000):
                number = 1000 * round_number + n
                said = server.call("execute_blender_code", code=CODE.format(n=number))
                revisions[said.split()[0]] = number
                noted = re.search(r"as (\d+)", server.call("memory_write", text=f"note {number}"))
                assert noted, "the reply names the entry"
                remembered[noted[1]] = f"note {number}"
        killer.join()
        server.close()
    assert len(revisions) > 10
    with Store.open(tmp_path) as store, Memory.open(tmp_path) as memory:
        assert store.check() == []
        kept = {revision.id: revision for revision in store.revisions("main", limit=100_000)}
        for id, number in revisions.items():
            graph = store.read_json(kept[id].graph)
            assert [thing["location"] for thing in graph["objects"].values()] == [[number, 0, 0]]
        entries = {str(entry.id): entry.text for entry in memory.read("main", limit=100_000)}
        assert {id: entries.get(id) for id in remembered} == remembered


@pytest.mark.parametrize("backend", ["fork", "spawn"])
def test_workers_killed_at_random_moments_harm_no_call_but_the_one_they_serve(tmp_path: Path, backend: str) -> None:
    moments = random.Random(11)
    server = Stdio(tmp_path, "--backend", backend)
    accepted: dict[str, int] = {}
    try:
        server.initialize()
        server.call("execute_blender_code", code="n = 1")
        stop = threading.Event()

        def kill_now_and_then() -> None:
            while not stop.wait(moments.uniform(0.1, 0.6)):
                for pid in server.children():
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)

        killer = threading.Thread(target=kill_now_and_then)
        killer.start()
        deadline = time.monotonic() + 12
        number = 0
        while time.monotonic() < deadline:
            number += 1
            said = server.call("execute_blender_code", code=CODE.format(n=number))
            if re.match(r"r\d+ ", said):
                accepted[said.split()[0]] = number
            else:
                assert re.match(r"(crash|memory_limit|unavailable): ", said), said
        stop.set()
        killer.join()
        # and when the killing stops, everything works again
        said = server.call("execute_blender_code", code=CODE.format(n=99))
        accepted[said.split()[0]] = 99
        assert "(99, 0, 0)" in server.call("get_scene_graph", detail="objects")
    finally:
        server.close()
    with Store.open(tmp_path) as store:
        assert store.check() == []
        for id, number in accepted.items():
            graph = store.read_json(store.revision("main", id).graph)
            assert [thing["location"] for thing in graph["objects"].values()] == [[number, 0, 0]]
