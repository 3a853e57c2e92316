"""Facts about a scene."""

from dataclasses import asdict
from typing import Annotated, Any, Literal

from mcp.server.mcpserver import Context
from mcp.types import CallToolResult
from pydantic import Field

from viga_mcp import graphs, projection, replies
from viga_mcp.app import App, app
from viga_mcp.cameras import poses
from viga_mcp.errors import VigaError
from viga_mcp.graph_summary import summary
from viga_mcp.results import SceneGraph
from viga_mcp.scenes import Graph
from viga_mcp.tools.tool import RevisionId, SceneHandle, Tool, ViewSpec
from viga_mcp.views import parse_view

PROJECTED_SIDE_PX = 512
MAX_CHARACTERS = 45_000  # of a page as JSON: Claude Code moves results over 50,000 out of the model's sight


async def get_scene_graph(
    ctx: Context[App, Any],
    scene: SceneHandle = "main",
    revision: RevisionId = None,
    detail: Annotated[
        Literal["summary", "objects", "full"],
        Field(description="'summary': counts and what is largest; 'objects': a row each; 'full': every known value"),
    ] = "summary",
    under: Annotated[str | None, Field(description="Only what is below this object or collection")] = None,
    names: Annotated[
        list[str] | None, Field(description="Only these objects; * and ? stand for any characters")
    ] = None,
    limit: Annotated[int, Field(ge=1, le=1000, description="Most objects on a page")] = 100,
    cursor: Annotated[str | None, Field(description="next_cursor of the page before")] = None,
    since: Annotated[str | None, Field(description="Only objects that differ from this revision, such as 'r2'")] = None,
    view: Annotated[ViewSpec | None, Field(description="Add each object's box on the picture of this view")] = None,
) -> Annotated[CallToolResult, SceneGraph]:
    """Get positions, sizes, names, hierarchy, materials, lights, cameras, modifiers and animation as numbers.

    A page that would be too long for a host is shorter than `limit`; next_cursor goes on.
    Metres, z up, degrees. Boxes are of the evaluated geometry (modifiers, instances) in world space. Costs no render.
    Names, `under` or `since` turn a summary into a list of rows. Use render_views for what things look like.
    With `view` come boxes in pixels of a picture 512 wide or high, and the share outside the frame; they are made
    from the objects' boxes, and do not know what hides what.
    Example: get_scene_graph(detail="full", names=["Lamp*"])
    """
    scenes = app(ctx).scenes
    at = await scenes.revision(scene, revision)
    graph = await scenes.graph(at)
    before = await scenes.graph(await scenes.revision(scene, since)) if since else None
    if detail == "summary" and (under is not None or names is not None or before is not None or view is not None):
        detail = "objects"
    facts = SceneGraph(scene=scene, revision=at.id, detail=detail, total=len(graph["objects"]))
    if detail == "summary":
        facts.summary = summary(graph)
        return replies.with_facts(f"{scene} {at.id}\n{facts.summary}", facts)
    pick = graphs.full if detail == "full" else graphs.objects
    while True:
        page = pick(graph, under=under, names=names, since=before, limit=limit, cursor=cursor)
        rows = [asdict(row) for row in page.rows]
        if limit == 1 or len(replies.json_text(page.entries or rows)) <= MAX_CHARACTERS:
            break
        limit = limit // 2
    facts.total, facts.next_cursor = page.total, page.next_cursor
    facts.objects, facts.entries = rows, page.entries
    if page.entries is not None:
        text = replies.json_text(page.entries)
    else:
        text = "\n".join(row.text for row in page.rows) or "No object matches."
    if view is not None:
        facts.screen = _screen(
            graph, view, [*(row.name for row in page.rows), *(page.entries or {}).get("objects", {})]
        )
        text += "\nOn the picture: " + replies.json_text(facts.screen)
    more = f"\n{page.total} objects match; the rest: cursor={page.next_cursor!r}" if page.next_cursor else ""
    return replies.with_facts(f"{scene} {at.id}\n{text}{more}", facts)


def _screen(graph: Graph, view: str | dict[str, Any], names: list[str]) -> dict[str, Any]:
    width, height = graph["scene"]["resolution"]
    scale = PROJECTED_SIDE_PX / max(width, height)
    width, height = round(width * scale), round(height * scale)
    found = poses(parse_view(view), graph, width / height)
    if len(found) > 1:
        raise VigaError("invalid_argument", f"{view!r} is several views.", then="Ask for one, such as 'camera'.")
    boxes = projection.project(graph, found[0], width, height)
    return {
        "view": found[0].name,
        "width": width,
        "height": height,
        "boxes": {name: asdict(boxes[name]) for name in names if name in boxes},
    }


TOOLS = (Tool(get_scene_graph, "Get the scene graph", reads_only=True, is_idempotent=True, is_central=True),)
