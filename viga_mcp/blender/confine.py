# pyright: basic
"""What the operating system enforces on a worker, set by the worker itself once bpy is imported.

So far resource limits; file and network rules belong here too, at the same moment: after the import, before any
program, in the root, so that every fork inherits them.
"""

import contextlib
import os

if os.name == "posix":
    import resource

MAX_FILE_BYTES = 8 << 30


def confine() -> None:
    """No core dumps, no file over 8 GiB."""
    if os.name != "posix":
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(ValueError, OSError):  # an outer limit is lower already
        resource.setrlimit(resource.RLIMIT_FSIZE, (MAX_FILE_BYTES, MAX_FILE_BYTES))


class address_space:
    """Cap this process's address space inside a block, where the system can (not on macOS and Windows)."""

    def __init__(self, limit_bytes: int | None) -> None:
        self.limit_bytes = limit_bytes if os.name == "posix" else None

    def __enter__(self) -> None:
        if self.limit_bytes:
            self.before = resource.getrlimit(resource.RLIMIT_AS)
            resource.setrlimit(resource.RLIMIT_AS, (self.limit_bytes, self.before[1]))

    def __exit__(self, *_: object) -> None:
        if self.limit_bytes:
            resource.setrlimit(resource.RLIMIT_AS, self.before)
