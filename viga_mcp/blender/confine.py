# pyright: basic
"""What the operating system enforces on a worker, set by the worker itself once bpy is imported.

So far resource limits; file and network rules belong here too, at the same moment: after the import, before any
program, in the root, so that every fork inherits them.
"""

import contextlib
import os

MAX_FILE_BYTES = 8 << 30


def confine() -> None:
    """No core dumps, no file over 8 GiB."""
    if os.name != "posix":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(ValueError, OSError):  # an outer limit is lower already
        resource.setrlimit(resource.RLIMIT_FSIZE, (MAX_FILE_BYTES, MAX_FILE_BYTES))
