# pyright: basic
"""The system calls that a program does without: no process, no signal to another, no socket. Linux, by seccomp.

Landlock, beside which it stands, knows nothing of processes; and of sockets and signals only newer kernels' does.
"""

import ctypes
import errno
import os
import platform
import struct
import sys
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from viga_mcp.serving import prctl

PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, FILTER, PR_SET_PDEATHSIG = 38, 22, 2, 1
LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
NUMBER, PROCESSOR, FIRST_ARGUMENT = 0, 4, 16  # places in what a filter is shown of a call
ALLOW, REFUSE = 0x7FFF0000, 0x00050000
CLONE_THREAD = 0x10000
X32 = 0x40000000  # a second numbering of the calls of x86-64


class Calls(NamedTuple):
    """The numbers of one processor's system calls.

    Attributes:
        processor: As the kernel's audit names it.
        refused: fork, vfork, execve, execveat, ptrace, socket, tkill, pidfd_send_signal, process_vm_writev, setns,
            unshare, prlimit64, io_uring_setup (which can do much of the rest), bpf.
        signalling: Whose first argument is a process: kill, tgkill, rt_sigqueueinfo, rt_tgsigqueueinfo.
    """

    processor: int
    refused: Sequence[int]
    signalling: Sequence[int]
    clone: int
    clone3: int
    prctl: int


CALLS = {
    "x86_64": Calls(
        0xC000003E,
        (57, 58, 59, 322, 101, 41, 200, 424, 311, 308, 272, 302, 425, 321),
        (62, 234, 129, 297),
        clone=56,
        clone3=435,
        prctl=157,
    ),
    "aarch64": Calls(
        0xC00000B7,
        (221, 281, 117, 198, 130, 424, 271, 268, 97, 261, 425, 280),
        (129, 131, 138, 240),
        clone=220,
        clone3=435,
        prctl=167,
    ),
}


def restrict_calls() -> bool:
    """Refuse these calls to this process and its threads, for good; whether the system does."""
    calls = CALLS.get(platform.machine())
    if sys.platform != "linux" or calls is None or sys.maxsize < 1 << 32:
        return False
    code = b"".join(_filter(calls, os.getpid()))
    buffer = ctypes.create_string_buffer(code, len(code))
    program = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(code) // 8, ctypes.addressof(buffer)))
    prctl(PR_SET_NO_NEW_PRIVS, 1)
    return ctypes.CDLL(None).prctl(PR_SET_SECCOMP, FILTER, ctypes.byref(program), 0, 0) == 0


def _filter(calls: Calls, own: int) -> Iterator[bytes]:
    refuse, pretend = REFUSE | errno.EPERM, REFUSE | errno.ENOSYS  # as on a kernel that has no such call
    yield _step(LOAD, PROCESSOR)
    yield from _answer(EQUAL, calls.processor, pretend, when=False)
    yield _step(LOAD, NUMBER)
    yield from _answer(AT_LEAST, X32, pretend)
    yield from _answer(EQUAL, calls.clone3, pretend)  # its flags lie where a filter can't look; libraries use clone
    for number in calls.refused:
        yield from _answer(EQUAL, number, refuse)
    for number in calls.signalling:
        yield from _unless(number, EQUAL, own, refuse)
    yield from _unless(calls.clone, ANY_BIT, CLONE_THREAD, refuse)
    # it could wish to outlive the process that ends it
    yield from _when(calls.prctl, PR_SET_PDEATHSIG, refuse)
    yield _step(RETURN, ALLOW)


def _answer(test: int, value: int, answer: int, *, when: bool = True) -> Iterator[bytes]:
    yield _step(test, value, 0 if when else 1, 1 if when else 0)
    yield _step(RETURN, answer)


def _unless(number: int, test: int, value: int, answer: int) -> Iterator[bytes]:
    """Answer so to a call whose first argument does not pass."""
    yield _step(EQUAL, number, 0, 4)
    yield _step(LOAD, FIRST_ARGUMENT)
    yield _step(test, value, 1, 0)
    yield _step(RETURN, answer)
    yield _step(RETURN, ALLOW)


def _when(number: int, value: int, answer: int) -> Iterator[bytes]:
    yield _step(EQUAL, number, 0, 4)
    yield _step(LOAD, FIRST_ARGUMENT)
    yield _step(EQUAL, value, 0, 1)
    yield _step(RETURN, answer)
    yield _step(RETURN, ALLOW)


def _step(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("HBBI", code, if_true, if_false, value)
