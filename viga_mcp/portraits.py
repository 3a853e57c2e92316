"""Small pictures of what a leased process holds, for telling states apart: one camera, one light."""

from collections.abc import Sequence
from pathlib import Path
from uuid import uuid4

from anyio import to_thread

from viga_mcp import pictures
from viga_mcp.cameras import parse_view, poses
from viga_mcp.looks import as_asked
from viga_mcp.worker import Lease

SIZE_PX = 128
VIEW = "orbit:30,25"
TIMEOUT_S = 120.0


async def portrait(lease: Lease, bounds: Sequence[Sequence[float]], folder: Path) -> pictures.Pixels:
    """(128, 128, 3) pixels of a process's scene; changes that process's state.

    Args:
        lease: The process, to be thrown away afterwards.
        bounds: What to frame: low and high corner of a world box, metres.
        folder: On fast storage, for the picture on its way.

    Raises:
        Death: As Blender fails.
    """
    graph = {"objects": {"all": {"visible": True, "bounds": bounds}}}
    file = folder / f"{uuid4().hex}.bmp"
    request = {
        "views": [{**as_asked(pose), "file": str(file)} for pose in poses(parse_view(VIEW), graph, 1.0)],
        "width": SIZE_PX,
        "height": SIZE_PX,
        "quality": "draft",
    }
    try:
        await lease.call("portray", request, timeout_s=TIMEOUT_S)
        return await to_thread.run_sync(pictures.read, file)
    finally:
        file.unlink(missing_ok=True)
