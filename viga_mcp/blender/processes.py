# pyright: basic
"""What a worker does with processes: fork safely, adopt, reap and end them.

Facts these idioms stand on: TBB and OpenEXR believe that their threads survive a fork, so they are shut down just
before it; a process that ever opened GL or CUDA cannot be forked; a parent's death is signalled on Linux only.
"""

import contextlib
import ctypes
import functools
import os
import re
import signal
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

from viga_mcp.serving import flush, prctl

PR_SET_CHILD_SUBREAPER = 36

# Libraries that keep threads or device contexts which a fork would break.
UNFORKABLE = re.compile(rb"libEGL\.so|libcuda\.so|libnvoptix|libamdhip|libze_loader")
TBB = re.compile(rb"\S*libtbb\.so\S*")
OPENEXR = re.compile(rb"\S*libOpenEXR\.so\S*")
SET_EXR_THREADS = re.compile(rb"_ZN\d+Imf_\w+?20setGlobalThreadCountEi")  # the name holds the version


def fork() -> int:
    """`os.fork` without the warning about threads: ours are stopped, Blender's others never hold a lock we need."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


def stop_threads() -> None:
    """Shut down the threads of libraries that a fork would leave without them.

    TBB's start again by themselves, in the parent and in the child; without this a forked child computes on one core
    for ever. OpenEXR's stay away, and files are read and written by whoever asks; without this a child that touches an
    EXR waits for ever.
    """
    set_exr_threads = _exr_threads()
    if set_exr_threads:
        set_exr_threads(0)
    tbb = _tbb()
    if tbb is None:
        return
    get = tbb._ZN3tbb6detail2r13getERNS0_2d121task_scheduler_handleE
    finalize = tbb._ZN3tbb6detail2r18finalizeERNS0_2d121task_scheduler_handleEl
    get.argtypes, get.restype = [ctypes.c_void_p], None
    finalize.argtypes, finalize.restype = [ctypes.c_void_p, ctypes.c_ssize_t], ctypes.c_bool
    handle = ctypes.c_void_p(0)
    get(ctypes.byref(handle))
    finalize(ctypes.byref(handle), 1)


def free_memory() -> None:
    """Give back what was freed: a fork would copy each page of it at its first use, where a new page is cheaper."""
    with contextlib.suppress(AttributeError, OSError):  # glibc's alone
        ctypes.CDLL(None).malloc_trim(0)


@functools.cache
def _tbb() -> ctypes.CDLL | None:
    """The TBB that bpy brought along. Looked up once: the map of a Blender process takes a millisecond to read."""
    library = TBB.search(_maps())
    return ctypes.CDLL(os.fsdecode(library[0])) if library else None


@functools.cache
def _exr_threads() -> Callable[[int], None] | None:
    """OpenEXR's own function for the size of its pool of threads."""
    library = OPENEXR.search(_maps())
    name = SET_EXR_THREADS.search(Path(os.fsdecode(library[0])).read_bytes()) if library else None
    return ctypes.CDLL(os.fsdecode(library[0]))[name[0].decode()] if library and name else None


def is_forkable() -> bool:
    """Whether this process may still be forked: no GL or GPU context, no thread but this one."""
    return threading.active_count() == 1 and not UNFORKABLE.search(_maps())


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Send descriptor 1, where Blender's C code prints, to nowhere for the length of a block."""
    flush()
    try:
        kept = os.dup(1)
    except OSError:  # the program closed it
        kept = os.open(os.devnull, os.O_WRONLY)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    try:
        yield
    finally:
        flush()
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)


def adopt_orphans() -> None:
    """Make this process the one that descendants fall to when their own parent ends (Linux)."""
    prctl(PR_SET_CHILD_SUBREAPER, 1)


def reap(pid: int, patience_s: float) -> int | None:
    """How a child ended: its exit status, minus the signal's number if one killed it.

    None if it still lives after `patience_s` seconds, or is not a child of this process.
    """
    deadline = time.monotonic() + patience_s
    with contextlib.suppress(ChildProcessError):
        while True:
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                return os.waitstatus_to_exitcode(status)
            if time.monotonic() > deadline:
                return None
            time.sleep(0.001)
    return None


def kill_descendants() -> None:
    """SIGKILL every process below this one, and the groups they lead."""
    for pid in _descendants(os.getpid()):
        for kill in (os.killpg, os.kill):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                kill(pid, signal.SIGKILL)


def _descendants(pid: int) -> list[int]:
    parents: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, IndexError):
            # the command's name stands in brackets and may hold anything
            parents.setdefault(int(stat.read_text().rpartition(")")[2].split()[1]), []).append(int(stat.parent.name))
    found: list[int] = []
    queue = [pid]
    while queue:
        children = parents.get(queue.pop(), [])
        found += children
        queue += children
    return found


def _maps() -> bytes:
    """What this process has mapped, libraries above all; empty where the system doesn't tell."""
    try:
        return Path("/proc/self/maps").read_bytes()
    except OSError:
        return b""
