# pyright: basic
"""Run a program, or draw without LibreOffice: each time in a child process of its own, confined before it starts.

python-pptx is imported once, here; a forked child costs milliseconds and takes along whatever the program broke. What
the child can't be trusted with is done here: its time, what it leaves running, how much it prints.
"""

import faulthandler
import json
import os
import select
import signal
import subprocess
import sys
import time
import types
from collections.abc import Callable
from pathlib import Path

if "viga_mcp" not in sys.modules:  # a child where there are no forks: see main.py
    package = types.ModuleType("viga_mcp")
    package.__path__ = [str(Path(__file__).resolve().parent.parent)]
    sys.modules["viga_mcp"] = package

from viga_mcp import serving
from viga_mcp.wire import Message

Task = Callable[[Message], Message]
FORKS = sys.platform == "linux"  # elsewhere a forked child may not use the system's frameworks
# A child ends itself at its deadline, and says at which line; one that prevented that is killed this much later.
PATIENCE_S = 1.0
PR_SET_CHILD_SUBREAPER = 36
OUTPUT_BYTES, TAIL_BYTES = 1 << 20, 1 << 16
MAX_ANSWER_BYTES = 1 << 30


def start() -> str:
    """Import what every child needs; returns python-pptx's version."""
    import pptx

    from viga_mcp.slides import program

    if FORKS:
        serving.prctl(PR_SET_CHILD_SUBREAPER, 1)  # what a child leaves running falls to this process
        program.rehearse()
    return pptx.__version__


def run(request: Message) -> Message:
    """See `program.run`; or how the child died: `{"died": {"status"}}`."""
    return _apart("program", request)


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
    plain = {key: value for key, value in request.items() if key != "report"}
    status, answer = (_forked if FORKS else _spawned)(module, plain)
    return json.loads(answer) if status == 0 and answer else {"died": {"status": status}}


def _forked(module: str, request: Message) -> tuple[int, bytes]:
    """The exit status of a child, and its answer."""
    answer, report = os.memfd_create("answer"), os.memfd_create("report")
    output, printing = os.pipe()
    try:
        pid = os.fork()
        if pid == 0:
            os.dup2(printing, 1)
            os.dup2(printing, 2)
            kept = {0, 1, 2, answer, report}  # not the link to the server
            for descriptor in {int(entry.name) for entry in Path("/proc/self/fd").iterdir()} - kept:
                _close(descriptor)
            _child(module, request, answer, report)
        os.close(printing)
        status = _attend(pid, output, request["timeout_s"])
        os.lseek(report, 0, os.SEEK_SET)
        os.write(2, os.read(report, TAIL_BYTES))  # below what was printed, where it is looked for
        return status, os.pread(answer, MAX_ANSWER_BYTES, 0)
    finally:
        for descriptor in (answer, report, output):
            os.close(descriptor)


def _attend(pid: int, output: int, timeout_s: float) -> int:
    """Pass on what a child prints until it ends or is ended, with all that it started; its exit status."""
    deadline = time.monotonic() + timeout_s + PATIENCE_S
    ended = os.pidfd_open(pid)
    printed = _Output(output)
    try:
        poll = select.poll()
        poll.register(ended, select.POLLIN)
        poll.register(output, select.POLLIN)
        while (left_s := deadline - time.monotonic()) > 0:
            ready = dict(poll.poll(left_s * 1000))
            if ended in ready:
                break
            if output in ready and not printed.pass_on():
                poll.unregister(output)  # closed by the child
        else:
            os.write(2, b"\nTimeout (the process did not end itself)\n")
        os.kill(pid, signal.SIGKILL)
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        _end_orphans()
        printed.finish()
        return status
    finally:
        os.close(ended)


class _Output:
    """What a child prints, passed on to descriptor 2: all of a little, beginning and end of a flood."""

    def __init__(self, source: int) -> None:
        self._source = source
        self._left = OUTPUT_BYTES
        self._tail = b""
        os.set_blocking(source, False)

    def pass_on(self) -> bool:
        """Take what is there; False at its end."""
        try:
            data = os.read(self._source, 1 << 16)
        except BlockingIOError:
            return False
        os.write(2, data[: self._left])
        self._tail = (self._tail + data[self._left :])[-TAIL_BYTES:]
        self._left -= min(self._left, len(data))
        return bool(data)

    def finish(self) -> None:
        """Take what is left in the pipe, and write the end of a flood."""
        while self.pass_on():
            pass
        os.write(2, self._tail)


def _end_orphans() -> None:
    """End what a child left running: it falls to this process, whatever group or session it fled to."""
    children = Path(f"/proc/self/task/{os.getpid()}/children")
    try:
        while True:
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                for pid in children.read_text(encoding="utf-8").split():
                    os.kill(int(pid), signal.SIGKILL)
                time.sleep(0.001)
    except (ChildProcessError, FileNotFoundError):  # there is none any more; or the kernel does not tell
        pass


def _spawned(module: str, request: Message) -> tuple[int, bytes]:
    """As `_forked`, by a new interpreter; what the program starts there may outlive it."""
    folder = Path(request["folder"])
    (folder / ".request.json").write_text(json.dumps(request), encoding="utf-8")
    command = [sys.executable, "-P", str(Path(__file__)), module, str(folder)]
    limit_s = request["timeout_s"] + PATIENCE_S
    try:
        status = subprocess.run(command, stdin=subprocess.DEVNULL, check=False, timeout=limit_s).returncode
    except subprocess.TimeoutExpired:
        os.write(2, b"\nTimeout (the process did not end itself)\n")
        return 1, b""
    answer = folder / ".answer.json"
    return status, answer.read_bytes() if answer.is_file() and not answer.is_symlink() else b""


def _child(module: str, request: Message, answer: int, report: int) -> None:
    """Do the task, write its result to a descriptor and end, whatever happens."""
    status = 1
    try:
        if os.name == "posix":
            os.setpgid(0, 0)  # so that what a program starts can be ended with it
        if sys.platform == "linux":
            serving.prctl(serving.PR_SET_PDEATHSIG, signal.SIGKILL)
        faulthandler.enable(file=report, all_threads=False)
        faulthandler.dump_traceback_later(request["timeout_s"], exit=True, file=report)
        import importlib

        task: Task = getattr(importlib.import_module(f"viga_mcp.slides.{module}"), request["op"])
        with open(answer, "wb") as file:
            file.write(json.dumps(task(request)).encode())
        status = 0
    except SystemExit as error:
        status = error.code if isinstance(error.code, int) else 1
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        serving.flush()
        os._exit(status)


def _close(descriptor: int) -> None:
    try:
        os.close(descriptor)
    except OSError:  # the one that listed them
        pass


if __name__ == "__main__":
    here = Path(sys.argv[2])
    asked = json.loads((here / ".request.json").read_bytes())
    _child(sys.argv[1], asked, os.open(here / ".answer.json", os.O_WRONLY | os.O_CREAT | os.O_TRUNC), os.dup(2))
