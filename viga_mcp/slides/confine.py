# pyright: basic
"""What a program that makes a deck may touch: its own folder to write in, the workspace to read, no network.

The operating system enforces it where it can (Linux: Landlock for files, a network namespace of its own, seccomp for
processes and signals); an audit hook of Python's says it in words, and is all there is on other systems: it stops
accidents, not an attacker.
"""

import contextlib
import ctypes
import os
import socket
import struct
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from viga_mcp.serving import prctl
from viga_mcp.slides.seccomp import restrict_calls

if os.name == "posix":
    import resource

MAX_FILE_BYTES = 1 << 30
CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
PR_SET_NO_NEW_PRIVS = 38
CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446  # Landlock's system calls, the same on every processor
READ, WRITE_FILE, TRUNCATE = 0b1101, 1 << 1, 1 << 14
FILE_ONLY = 0b0111 | TRUNCATE  # the rights that a rule on a single file may have
SCOPE_SINCE, NET_SINCE, TRUNCATE_SINCE, REFER_SINCE = 6, 4, 3, 2
NETWORK_EVENTS = {"socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo"}
PROCESS_EVENTS = {"subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork", "os.forkpty", "os.startfile"}
SIGNAL_EVENTS = {"os.kill", "os.killpg"}
PATH_EVENTS = {
    "os.remove": 1, "os.rename": 2, "os.mkdir": 1, "os.rmdir": 1, "os.truncate": 1, "os.link": 2, "os.symlink": 2,
    "os.chmod": 1, "os.chown": 1, "os.utime": 1, "os.setxattr": 1,
}  # fmt: skip
FOLLOWING = {"os.truncate", "os.chmod", "os.chown", "os.utime", "os.setxattr"}
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class Forbidden(PermissionError):
    """Something that a program may not do; the text says what it may."""


class Confinement(NamedTuple):
    """Who enforces it: "landlock" or "python"; "namespace", "landlock" or "python"; "seccomp" or "python"."""

    files: str
    network: str
    processes: str


def confine(folder: Path, readable: Iterable[Path], memory_bytes: int | None) -> Confinement:
    """Confine this process, for good.

    Args:
        folder: Where it may write.
        readable: What it may read beside Python itself and the system's libraries and fonts.
        memory_bytes: The most address space; None for no limit.
    """
    limit(memory_bytes)
    network = "namespace" if _leave_network() else "python"
    landlock = _restrict_files(folder, [*readable, *_needed_by_python()])
    if landlock >= NET_SINCE and network == "python":
        network = "landlock"
    sys.addaudithook(_Warden(folder))
    return Confinement("landlock" if landlock else "python", network, "seccomp" if restrict_calls() else "python")


def confine_office(folder: Path, program: Path, memory_bytes: int) -> None:
    """Confine a process that draws: what a deck makes LibreOffice do, by a link or by a fault, stays in its folder.

    Args:
        folder: Where decks, pictures and its profile lie.
        program: The folder of LibreOffice's libraries.
        memory_bytes: The most address space.
    """
    limit(memory_bytes)
    _leave_network()
    # packages keep its settings elsewhere, and link to them
    shared = [path.resolve() for path in (program.parent, *_links(program.resolve().parent))]
    asked_for = map(Path, ("/etc/passwd", "/etc/nsswitch.conf", "/var/cache/fontconfig"))
    _restrict_files(folder, [*shared, *asked_for, *_needed_by_python()])


def limit(memory_bytes: int | None) -> None:
    """No core dumps, no file over a GiB, no more address space than given."""
    if os.name != "posix":
        return
    limits = [(resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, MAX_FILE_BYTES)]
    if memory_bytes and sys.platform != "darwin":
        limits.append((resource.RLIMIT_AS, memory_bytes))
    for what, most in limits:
        with contextlib.suppress(ValueError, OSError):  # an outer limit is lower already
            resource.setrlimit(what, (most, most))


class _Warden:
    """The audit hook: refuses in words what the system would refuse with a number, or would not refuse."""

    def __init__(self, folder: Path) -> None:
        self.folder = os.path.realpath(folder)
        self.separator = os.sep
        # looked up now: a program could put others in their place
        self.fspath, self.realpath, self.join = os.fspath, os.path.realpath, os.path.join
        self.dirname, self.getcwd = os.path.dirname, os.getcwd
        self.pid, self.local = os.getpid(), getattr(socket, "AF_UNIX", None)

    def __call__(self, event: str, arguments: tuple[object, ...]) -> None:
        # pairs of local sockets are asyncio's
        if event in NETWORK_EVENTS or (event == "socket.__new__" and arguments[1] not in {self.local, -1}):
            raise Forbidden("forbidden: the program has no network. Use files of the workspace.")
        if event in PROCESS_EVENTS:
            raise Forbidden("forbidden: the program can't start other programs. Do it in Python.")
        if event in SIGNAL_EVENTS and arguments[0] != self.pid:
            raise Forbidden("forbidden: the program can't signal other processes.")
        if event == "open":
            path, _, flags = arguments
            if isinstance(flags, int) and flags & WRITING and not isinstance(path, int):
                self._see_to(path, follows=True)
        elif event in PATH_EVENTS:
            for path in arguments[: PATH_EVENTS[event]]:
                self._see_to(path, follows=event in FOLLOWING)

    def _see_to(self, path: object, *, follows: bool) -> None:
        """Refuse what is not the program's own: an entry of its folder, or also what a link there leads to."""
        if not isinstance(path, str | bytes | os.PathLike):
            return
        text = os.fsdecode(self.fspath(path))
        whole = self.join(self.getcwd(), text)
        if text == os.devnull or self._is_inside(self.realpath(whole if follows else self.dirname(whole))):
            return
        if self._is_inside(self.realpath(self.dirname(whole))):
            raise Forbidden(
                f"forbidden: the program may not change {text!r}, a file of the workspace: use another name."
            )
        raise Forbidden(
            f"forbidden: the program may write only in its own folder, not {text!r}. "
            "Give a bare file name; what it saves as .pptx becomes the deck."
        )

    def _is_inside(self, real: str) -> bool:
        return (real + self.separator).startswith(self.folder + self.separator)


def _leave_network() -> bool:
    if sys.platform != "linux":
        return False
    unshare = ctypes.CDLL(None).unshare
    return unshare(CLONE_NEWNET) == 0 or unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0


def _restrict_files(folder: Path, readable: Iterable[Path]) -> int:
    """The version of Landlock that restricts this process; 0 where there is none."""
    if sys.platform != "linux":
        return 0
    call = ctypes.CDLL(None, use_errno=True).syscall
    version = call(CREATE_RULESET, None, 0, 1)
    if version <= 0:
        return 0
    rights = (1 << 13) - 1
    rights |= (1 << 13 if version >= REFER_SINCE else 0) | (TRUNCATE if version >= TRUNCATE_SINCE else 0)
    # files; TCP; local sockets and signals to those outside
    handled = struct.pack("QQQ", rights, 0b11, 0b11)[
        : 24 if version >= SCOPE_SINCE else 16 if version >= NET_SINCE else 8
    ]
    ruleset = call(CREATE_RULESET, handled, len(handled), 0)
    if ruleset < 0:
        return 0
    null = Path(os.devnull)
    rules = [(folder, rights), (null, READ | WRITE_FILE), *((path, READ) for path in readable)]
    for path, allowed in rules:
        with contextlib.suppress(OSError):  # not there
            descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
            allowed &= rights if path.is_dir() else rights & FILE_ONLY
            call(ADD_RULE, ruleset, 1, struct.pack("=Qi", allowed, descriptor), 0)
            os.close(descriptor)
    prctl(PR_SET_NO_NEW_PRIVS, 1)
    restricted = call(RESTRICT_SELF, ruleset, 0) == 0
    os.close(ruleset)
    return version if restricted else 0


def _links(folder: Path) -> Iterator[Path]:
    for parent, folders, files in os.walk(folder):
        yield from (path for name in (*folders, *files) if (path := Path(parent, name)).is_symlink())


def _needed_by_python() -> list[Path]:
    """The interpreter, its packages, the system's libraries and fonts."""
    # of /etc no more: keys and passwords lie there
    etc = ("fonts", "ld.so.cache", "localtime", "mime.types", "alternatives")
    system = ("/usr", "/lib", "/lib64", "/bin", "/dev/urandom", "/proc/self", *(f"/etc/{name}" for name in etc))
    return [Path(path) for path in (sys.prefix, sys.base_prefix, *filter(None, sys.path), *system)] + [
        Path(__file__).resolve().parent.parent
    ]
