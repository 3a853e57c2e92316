"""What a view of a revision shows, for tools that tell it or judge it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from viga_mcp.cameras import poses, subject
from viga_mcp.errors import VigaError
from viga_mcp.looks import Look
from viga_mcp.projection import CameraPose
from viga_mcp.revisions import Revision
from viga_mcp.scenes import Scenes
from viga_mcp.views import View
from viga_mcp.visibility import Framing, Visibility, framing, visibility

SIZE_PX = 512


@dataclass(frozen=True)
class OnScreen:
    """One picture in numbers.

    Attributes:
        width, height: Pixels; all that is told in pixels is of this size.
        objects: By name, what draws anything in or near the picture, the nearest first.
        pose: Of the camera.
        subject: Names of what is not backdrop.
    """

    view: str
    width: int
    height: int
    objects: Mapping[str, Visibility]
    framing: Framing
    pose: CameraPose
    subject: frozenset[str]


async def on_screen(scenes: Scenes, revision: Revision, view: View, frame: int | None = None) -> OnScreen:
    """What one view shows of each object, at a frame, None for where the revision was left.

    Raises:
        VigaError: "invalid_argument" for a view that is several; as `Scenes.passes`.
    """
    if view.kind == "corners":
        raise VigaError("invalid_argument", f"{view.text!r} is several views.", then="Ask for one, such as 'camera'.")
    (seen,) = await scenes.passes(revision, Look([view], Path(), size_px=SIZE_PX, frame=frame), with_silhouettes=True)
    graph = await scenes.graph_at(revision, frame)
    height, width = seen.ids.shape
    # as in render_views, cameras go with the frame, and other views stay where they are for all frames
    seen_from = graph if view.kind == "camera" else await scenes.graph(revision)
    (pose,) = poses(view, seen_from, width / height * graph["scene"].get("pixel_aspect", 1.0))
    what = subject(graph)
    return OnScreen(seen.view, width, height, visibility(seen), framing(seen, pose, what), pose, frozenset(what))
