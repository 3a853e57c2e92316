"""Go back, branch, and see what changed."""

from typing import Annotated, Any

from anyio import to_thread
from mcp.server.mcpserver import Context
from mcp.types import CallToolResult
from pydantic import Field

from viga_mcp import pictures, programs, replies
from viga_mcp.app import App, app, reporting
from viga_mcp.deck_changes import deck_changes
from viga_mcp.diffs import scene_diff
from viga_mcp.errors import VigaError
from viga_mcp.graph_values import Graph
from viga_mcp.looks import Look
from viga_mcp.metrics.image import photometric_loss
from viga_mcp.results import CheckedOut, RevisionList, RevisionRow
from viga_mcp.revisions import Revision
from viga_mcp.tools.tool import SceneHandle, Tool
from viga_mcp.views import parse_view
from viga_mcp.worker import Progress

THUMBNAIL_PX = 256
SLIDES_SHOWN, SLIDE_PX = 4, 480
OtherDeck = Annotated[str | None, Field(description="Handle of a deck, instead of a scene")]


async def list_revisions(
    ctx: Context[App, Any],
    scene: SceneHandle = "main",
    deck: OtherDeck = None,
    limit: Annotated[int, Field(ge=1, le=200, description="How many, newest first")] = 20,
    cursor: Annotated[str | None, Field(description="next_cursor of the page before")] = None,
) -> Annotated[CallToolResult, RevisionList]:
    """List a scene's or a deck's revisions, newest first: parent, note, what changed, and the losses so far."""
    store = app(ctx).store if deck is None else app(ctx).decks.store
    handle = scene if deck is None else deck
    head = (await (app(ctx).scenes.head(scene) if deck is None else app(ctx).decks.head(deck))).id
    page = await to_thread.run_sync(store.revisions, handle, limit + 1, cursor)
    metrics = await to_thread.run_sync(store.all_metrics, handle)
    rows = [_row(revision, metrics.get(revision.id, {}), head) for revision in page[:limit]]
    following = page[limit - 1].id if len(page) > limit else None
    facts = RevisionList(scene=scene, deck=deck, head=head, revisions=rows, next_cursor=following)
    more = f"\nOlder ones: cursor={following!r}" if following else ""
    what = f"Scene {scene}" if deck is None else f"Deck {deck}"
    return replies.with_facts(f"{what}, head {head}:\n" + "\n".join(map(_line, rows)) + more, facts)


async def checkout_revision(
    ctx: Context[App, Any],
    revision: Annotated[str, Field(description="The revision to go to, such as 'r3'")],
    scene: SceneHandle = "main",
    deck: OtherDeck = None,
) -> Annotated[CallToolResult, CheckedOut]:
    """Move the head of a scene, or of a deck, to any of its revisions. The next run continues there, as a branch.

    Nothing is lost: the revisions after it stay, and can be checked out again.
    """
    if deck is None:
        await app(ctx).scenes.head(scene)
        at = await app(ctx).scenes.checkout(scene, revision)
        program = await app(ctx).scenes.program(at)
    else:
        at = await app(ctx).decks.checkout(deck, revision)
        program = await app(ctx).decks.program(at)
    lines = len(program.splitlines())
    facts = CheckedOut(scene=scene, deck=deck, head=at.id, note=at.note, program_lines=lines)
    note = f" ({at.note})" if at.note else ""
    what = f"Scene {scene}" if deck is None else f"Deck {deck}"
    return replies.with_facts(f"{what} is at {at.id}{note}; its program has {lines} lines.", facts)


async def diff_revisions(
    ctx: Context[App, Any],
    a: Annotated[str, Field(description="The older revision, such as 'r2'")],
    b: Annotated[str | None, Field(description="The newer one; null means the head")] = None,
    scene: SceneHandle = "main",
    deck: OtherDeck = None,
) -> CallToolResult:
    """Compare two revisions of a scene: program, scene, and the camera's picture where the scene has a camera.

    Of a deck: program, slides and shapes, and the slides that differ side by side.
    """
    if deck is not None:
        return await _deck_difference(ctx, deck, a, b)
    scenes = app(ctx).scenes
    before, after = await scenes.revision(scene, a), await scenes.revision(scene, b)
    graphs = [await scenes.graph(before), await scenes.graph(after)]
    texts = [await scenes.program(before), await scenes.program(after)]
    changes = scene_diff(*graphs)
    code = programs.code_diff(*texts)
    parts = [f"{before.id} -> {after.id}", "Scene:", *(changes.lines(cap=60) or ["  no change"])]
    parts.append(f"Program: {replies.code_diff_text(code)}")
    shown: list[tuple[str, pictures.Pixels]] = []
    if all(graph["scene"]["camera"] for graph in graphs) and before.id != after.id:
        try:
            async with reporting(ctx, "rendering both") as progress:
                first = await _thumbnail(app(ctx), before, graphs[0], progress)
                second = await _thumbnail(app(ctx), after, graphs[0], progress)
            parts.append(f"Picture: mean squared difference {photometric_loss(second, first):.6f} (0 is equal).")
            panels = [(before.id, first), (after.id, second), ("difference", pictures.difference(second, first))]
            shown = [("", pictures.side_by_side(panels))]
        except VigaError as error:
            parts.append(f"No picture: {error}")
    return replies.with_pictures("\n".join(parts), shown, budget_bytes=app(ctx).config.max_reply_bytes)


async def _deck_difference(ctx: Context[App, Any], deck: str, a: str, b: str | None) -> CallToolResult:
    decks = app(ctx).decks
    before, after = await decks.revision(deck, a), await decks.revision(deck, b)
    old, new = await decks.reading(before), await decks.reading(after)
    changes, changed = deck_changes(old.graph, old.keys, new.graph, new.keys)
    code = programs.code_diff(await decks.program(before), await decks.program(after))
    parts = [f"{before.id} -> {after.id}", "Deck:", *(changes or ["  no change"])]
    parts.append(f"Program: {replies.code_diff_text(code)}")
    both = [number for number in changed if number <= len(old.keys)][:SLIDES_SHOWN]
    shown: list[tuple[str, pictures.Pixels]] = []
    try:
        async with reporting(ctx, "drawing both") as progress:
            paintings = [await decks.paint(at, both, SLIDE_PX, progress) for at in (before, after)]
        for number in both:
            first, second = (pictures.read(painting.slides[number].picture) for painting in paintings)
            shown.append((f"slide {number}", pictures.side_by_side([(before.id, first), (after.id, second)])))
    except VigaError as error:
        parts.append(f"No pictures: {error}")
    return replies.with_pictures("\n".join(parts), shown, budget_bytes=app(ctx).config.max_reply_bytes)


async def _thumbnail(app: App, revision: Revision, graph: Graph, progress: Progress) -> pictures.Pixels:
    width, height = graph["scene"]["resolution"]
    size = THUMBNAIL_PX, max(8, THUMBNAIL_PX * height // width)
    look = Look([parse_view("camera")], app.pictures(revision.scene), resolution=size)
    rendered = await app.scenes.render(revision, look, progress)
    return rendered.pictures[0].pixels


def _row(revision: Revision, metrics: dict[str, dict[str, float]], head: str) -> RevisionRow:
    return RevisionRow(
        revision=revision.id,
        parent=revision.parent,
        mode=revision.mode,
        note=revision.note,
        changes=list(revision.changes.get("lines", []))[:4],
        metrics=metrics,
        seconds=revision.seconds,
        created=revision.created.isoformat(timespec="seconds"),
        is_head=revision.id == head,
    )


def _line(row: RevisionRow) -> str:
    loss = "".join(f" {t} loss {m['photometric_loss']:.6f}" for t, m in row.metrics.items() if "photometric_loss" in m)
    what = row.note or "; ".join(row.changes) or "no change"
    return f"{'*' if row.is_head else ' '} {row.revision} <- {row.parent or '-'} {row.mode}:{loss} {what}"


TOOLS = (
    Tool(list_revisions, "List revisions", reads_only=True, is_idempotent=True),
    Tool(checkout_revision, "Go to a revision", is_idempotent=True),
    Tool(diff_revisions, "Compare revisions", reads_only=True, is_idempotent=True, is_structured=False),
)
