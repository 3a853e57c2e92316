# pyright: basic
"""Run a program, or read a deck: each time in a child process of its own, which is confined before it starts.

python-pptx is imported once, here; a forked child costs milliseconds and takes along whatever the program broke.
"""

import faulthandler
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from viga_mcp import serving
from viga_mcp.wire import Message

Task = Callable[[Message], Message]
FORKS = sys.platform == "linux"  # elsewhere a forked child may not use the system's frameworks


def start() -> str:
    """Import what every child needs; returns python-pptx's version."""
    import pptx

    from viga_mcp.slides import program, reading

    if FORKS:
        program.rehearse()
        reading.rehearse()
    return pptx.__version__


def run(request: Message) -> Message:
    """See `program.run`; or how the child died: `{"died": {"status"}}`."""
    return _apart("program", request)


def read(request: Message) -> Message:
    """See `reading.read`; or how the child died."""
    return _apart("reading", request)


def raster(request: Message) -> Message:
    """See `stand_ins.raster`; or how the child died."""
    return _apart("stand_ins", request)


def approximate(request: Message) -> Message:
    """See `stand_ins.approximate`; or how the child died."""
    return _apart("stand_ins", request)


def stamp(request: Message) -> Message:
    """See `stamps.stamp`; or how the child died."""
    return _apart("stamps", request)


def _apart(module: str, request: Message) -> Message:
    """A task's answer, done by a child process.

    Args:
        module: Which of `viga_mcp.slides`; its function is named by the request's `op`.
        request: `folder`, which is the child's own; `timeout_s`, its time.
    """
    folder = Path(request["folder"])
    answer = folder / ".answer.json"
    plain = {key: value for key, value in request.items() if key != "report"}
    if FORKS:
        pid = os.fork()
        if pid == 0:
            _child(module, plain, answer)
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        _end_group(pid)
    else:
        (folder / ".request.json").write_text(json.dumps(plain), encoding="utf-8")
        command = [sys.executable, "-P", str(Path(__file__)), module, str(folder)]
        status = subprocess.run(command, stdin=subprocess.DEVNULL, check=False).returncode
    if status != 0 or not answer.is_file():
        return {"died": {"status": status}}
    return json.loads(answer.read_bytes())


def _child(module: str, request: Message, answer: Path) -> None:
    """Do the task and end, whatever happens."""
    status = 1
    try:
        os.setpgid(0, 0)  # so that what a program starts can be ended with it
        if sys.platform == "linux":
            serving.prctl(serving.PR_SET_PDEATHSIG, signal.SIGKILL)
        faulthandler.dump_traceback_later(request["timeout_s"], exit=True, file=os.dup(2))
        import importlib

        task: Task = getattr(importlib.import_module(f"viga_mcp.slides.{module}"), request["op"])
        answer.write_text(json.dumps(task(request)), encoding="utf-8")
        status = 0
    except SystemExit as error:
        status = error.code if isinstance(error.code, int) else 1
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        serving.flush()
        os._exit(status)


def _end_group(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass


if __name__ == "__main__":  # a child where there are no forks
    import types

    package = types.ModuleType("viga_mcp")
    package.__path__ = [str(Path(__file__).resolve().parent.parent)]
    sys.modules["viga_mcp"] = package
    here = Path(sys.argv[2])
    _child(sys.argv[1], json.loads((here / ".request.json").read_bytes()), here / ".answer.json")
