"""Facts about a scene."""

from dataclasses import asdict
from typing import Annotated, Any, Literal

from mcp.server.mcpserver import Context
from mcp.types import CallToolResult
from pydantic import Field

from viga_mcp import graphs, replies, results
from viga_mcp.app import App, app
from viga_mcp.graph_summary import summary
from viga_mcp.results import SceneGraph
from viga_mcp.screen_text import screen_text
from viga_mcp.screens import OnScreen, on_screen
from viga_mcp.tools.tool import MAX_FRAME, RevisionId, SceneHandle, Tool, ViewSpec
from viga_mcp.views import parse_view

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
    view: Annotated[ViewSpec | None, Field(description="Add what this view shows of each object")] = None,
    frame: Annotated[
        int | None,
        Field(ge=-MAX_FRAME, le=MAX_FRAME, description="At this frame; null: where the revision was left"),
    ] = None,
) -> Annotated[CallToolResult, SceneGraph]:
    """Get positions, sizes, names, hierarchy, materials, lights, cameras, modifiers and animation as numbers.

    A page that would be too long for a host is shorter than `limit`; next_cursor goes on.
    Metres, z up, degrees. Boxes are of the evaluated geometry (modifiers, instances) in world space. It costs no
    render, but for a view's.
    With `frame` all of it is as at that frame, simulations included, and the scene stays where it is.
    Names, `under` or `since` turn a summary into a list of rows. Use render_views for what things look like.
    With `view` comes what that picture (512 px) shows of each object, counted on exact masks: its box, visible pixels,
    which share of its own silhouette is seen, what hides the rest, the share outside the frame, edges touched, near and
    far clipping; and for the whole: how much the subject fills, its offset from the centre, horizon and camera roll.
    Glass hides what is behind it, holes of cut-out materials don't. A view costs a quarter of a second.
    Examples: get_scene_graph(detail="full", names=["Lamp*"]); get_scene_graph(view="camera", names=["Mug"])
    """
    scenes = app(ctx).scenes
    at = await scenes.revision(scene, revision)
    graph = await scenes.graph_at(at, frame)
    before = await scenes.graph_at(await scenes.revision(scene, since), frame) if since else None
    at_frame = "" if frame is None else f" at frame {frame}"
    if detail == "summary" and (under is not None or names is not None or before is not None or view is not None):
        detail = "objects"
    facts = SceneGraph(
        scene=scene, revision=at.id, detail=detail, frame=graph["scene"]["frame"], total=len(graph["objects"])
    )
    if detail == "summary":
        facts.summary = summary(graph)
        return replies.with_facts(f"{scene} {at.id}{at_frame}\n{facts.summary}", facts)
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
        text = "\n".join(row.text for row in page.rows)
    if not page.total and (since or page.entries is None):
        which = "No object" if names is None and under is None else "None of these objects"
        text = f"{which} differs from {since}." if since else "No object matches."
    if view is not None:
        names_here = [*(row.name for row in page.rows), *(page.entries or {}).get("objects", {})]
        facts.screen = _screen(await on_screen(scenes, at, parse_view(view), frame), names_here)
        text = f"{screen_text(facts.screen)}\n{text}"
    more = f"\n{page.total} objects match; the rest: cursor={page.next_cursor!r}" if page.next_cursor else ""
    return replies.with_facts(f"{scene} {at.id}{at_frame}\n{text}{more}", facts)


def _screen(seen: OnScreen, names: list[str]) -> results.Screen:
    shown = {name: one for name, one in seen.objects.items() if name in names}
    return results.Screen.model_validate(
        {
            "view": seen.view,
            "width": seen.width,
            "height": seen.height,
            **asdict(seen.framing),
            "objects": {name: {**asdict(one), "hidden_by": dict(one.hidden_by)} for name, one in shown.items()},
        }
    )


TOOLS = (Tool(get_scene_graph, "Get the scene graph", reads_only=True, is_idempotent=True, is_central=True),)
