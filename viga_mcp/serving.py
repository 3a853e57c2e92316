# pyright: basic
"""What every worker process does with its link, its output and its end. Standard library only: worker code."""

import contextlib
import ctypes
import faulthandler
import os
import select
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

PR_SET_PDEATHSIG = 1


def connect() -> socket.socket:
    """The link to the server: descriptor 0 is a socket on POSIX; Windows cannot inherit one, so there it dials."""
    port = os.environ.pop("VIGA_WORKER_PORT", None)
    if port:
        link = socket.create_connection(("127.0.0.1", int(port)))
        link.sendall(bytes.fromhex(os.environ.pop("VIGA_WORKER_TOKEN")))
        return link
    link = socket.socket(fileno=os.dup(0))
    os.set_inheritable(link.fileno(), False)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    return link


@contextlib.contextmanager
def output_to(path: str | None, log: int) -> Iterator[None]:
    """Send descriptors 1 and 2 to a file for the length of a block: libraries print to them, not to `sys.stdout`.

    Args:
        path: The file, which is appended to; None for nowhere.
        log: A private descriptor that crash reports go to. The program may close or redirect any descriptor it knows.
    """
    target = os.open(path or os.devnull, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.dup2(target, log)
    faulthandler.enable(file=log, all_threads=False)
    if hasattr(faulthandler, "register"):
        faulthandler.register(signal.SIGUSR1, file=log, all_threads=False)
    os.dup2(target, 1)
    os.dup2(target, 2)
    os.close(target)
    sys.stdout = open(1, "w", encoding="utf-8", errors="backslashreplace", buffering=1, closefd=False)
    sys.stderr = open(2, "w", encoding="utf-8", errors="backslashreplace", buffering=1, closefd=False)
    try:
        yield
    finally:
        flush()
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        if nowhere > 2:
            os.close(nowhere)


@contextlib.contextmanager
def deadline(timeout_s: float | None, log: int) -> Iterator[None]:
    """End this process at the deadline, whatever it is doing, saying in the log which line it was at.

    The watchdog is a C thread: it needs no GIL, so it also stops a call that never returns to Python, and it outlives
    the server, so no worker runs past its deadline.
    """
    if timeout_s is None:
        yield
        return
    faulthandler.dump_traceback_later(timeout_s, exit=True, file=log)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()


def flush() -> None:
    """Write out what Python and C code have printed so far."""
    with contextlib.suppress(OSError, ValueError):  # the program may have closed the descriptor
        sys.stdout.flush()
    if os.name == "posix":
        ctypes.CDLL(None).fflush(None)


def die_with_parent(link: socket.socket) -> None:
    """End this process when the server is gone, even in the middle of a program."""
    if sys.platform == "linux":
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    elif hasattr(select, "poll"):
        threading.Thread(target=_exit_on_hangup, args=(link.fileno(),), daemon=True).start()


def prctl(option: int, value: int) -> None:
    """Linux's `prctl`; nothing on other systems."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def resident_bytes() -> int:
    """The memory that this process takes now; 0 where the system doesn't tell."""
    if sys.platform != "linux":
        return 0
    return int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _exit_on_hangup(descriptor: int) -> None:
    poll = select.poll()
    poll.register(descriptor, select.POLLHUP)
    poll.poll()
    os._exit(0)
