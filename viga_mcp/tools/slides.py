"""Make, look at and check decks of slides."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from anyio import to_thread
from mcp.server.mcpserver import Context
from mcp.types import CallToolResult
from pydantic import Field

from viga_mcp import pictures, programs, replies
from viga_mcp.app import App, app, reporting
from viga_mcp.deck_text import deck_summary, findings_text, slide_text
from viga_mcp.decks import Compiled, Painting
from viga_mcp.errors import VigaError
from viga_mcp.failures import warning_text
from viga_mcp.results import SlideChecks, SlideGraph
from viga_mcp.revisions import Revision
from viga_mcp.slide_checks import Finding
from viga_mcp.tools.code import Edit
from viga_mcp.tools.tool import DeckHandle, DeckRevisionId, Tool
from viga_mcp.worker import Progress

SEPARATE, ON_A_SHEET = 6, 12
"""Pictures in a reply: so many as they are, more on sheets of so many."""
SHEET_PX = 480
MAX_GRAPH_CHARACTERS = 45_000


async def compile_slides(
    ctx: Context[App, Any],
    deck: DeckHandle = "main",
    code: Annotated[
        str | None,
        Field(description="python-pptx program; the deck is there as `prs`, or make one with Presentation()"),
    ] = None,
    edits: Annotated[
        list[Edit] | None,
        Field(description="Instead of code: replacements in the head's program, which then runs anew from its base"),
    ] = None,
    template: Annotated[
        str | None, Field(description="A .pptx of the workspace to start from; later programs start from it too")
    ] = None,
    slides: Annotated[
        list[int] | None, Field(max_length=24, description="Slides to show, from 1; null: those that changed")
    ] = None,
    width_px: Annotated[int, Field(ge=160, le=2560, description="Width of the pictures")] = 960,
    timeout_s: Annotated[float, Field(gt=0, le=3600, description="Limit for the program, in seconds")] = 60,
    mode: Annotated[
        Literal["program", "patch"],
        Field(description="'program' is a whole program and runs on the base; 'patch' runs on top of the head"),
    ] = "program",
    note: Annotated[
        str | None, Field(max_length=500, description="What this is meant to do; kept with the revision")
    ] = None,
) -> CallToolResult:
    """Run a python-pptx program. If it succeeds the deck is a new revision; if it fails, nothing has changed.

    Comes back with a picture of each slide that changed, what changed, and what the checks found, measured on what was
    drawn: text that overflows, is hidden, off the slide or too faint, overlaps, stretched pictures, empty
    placeholders... Correct with `edits` until the checks find nothing that you did not mean, and look at the pictures.
    The program finds a blank 16:9 deck (or the template) as `prs`, and pictures of the workspace under their names; it
    needs no save(), and what it saves as .pptx is the deck. It has python-pptx, Pillow, numpy; no network, no files but
    its own and the workspace's to read. `from viga_mcp.slides import kit` has short functions (title, bullets,
    picture, table, chart, columns, background, duplicate_slide...; resource viga://slides/kit). Lengths are EMU: write
    Inches(1), Pt(18). Without code, edits and template it shows the deck as it is. The deck lies in
    decks/<deck>.pptx of the workspace.
    Example: compile_slides(code="s = prs.slides.add_slide(prs.slide_layouts[5]); s.shapes.title.text = 'Harbour'")
    """
    decks = app(ctx).decks
    replacements = [programs.Edit(edit.old, edit.new) for edit in edits or []]
    run: Compiled | None = None
    async with reporting(ctx, "compiling the slides") as progress:
        if template:
            revision = await decks.open(deck, app(ctx).file(template))
        if code is not None or edits:
            run = await decks.run(
                deck,
                code=code,
                edits=replacements,
                mode=mode,
                note=note,
                timeout_s=timeout_s,
                on_progress=progress,
                width_px=width_px,
            )
        revision = run.revision if run else await decks.head(deck)
        wanted = slides if slides is not None else list(run.changed) if run else None
        return await _shown(ctx, revision, run, wanted, width_px, progress)


async def get_slide_graph(
    ctx: Context[App, Any],
    deck: DeckHandle = "main",
    slide: Annotated[int | None, Field(ge=1, description="Number of one slide, from 1; null: all")] = None,
    detail: Annotated[
        Literal["summary", "shapes", "full"],
        Field(description="'summary': a line a slide; 'shapes': a line a shape; 'full': every known value"),
    ] = "summary",
    revision: DeckRevisionId = None,
    width_px: Annotated[int, Field(ge=160, le=2560, description="Width of the picture that px are of")] = 960,
) -> Annotated[CallToolResult, SlideGraph]:
    """Get what is in a deck as text and numbers: shapes in z order with boxes, text with real fonts, sizes and colours.

    Inherited values are resolved: placeholders from layout and master, theme fonts and colours. Boxes are in points and
    in pixels of compile_slides' pictures ('full': EMU, 12,700 to a point). 'full' has tables, chart data, pictures with
    crop and resolution, groups with their members, notes, links and animations too. Costs no render.
    A slide turns a summary into its shapes. Example: get_slide_graph(slide=3)
    """
    at = await app(ctx).decks.revision(deck, revision)
    graph = (await app(ctx).decks.reading(at)).graph
    chosen = _slides(graph, None if slide is None else [slide])
    scale = width_px / graph["width"]
    if detail == "summary" and slide is None:
        text, entries = deck_summary(graph), []
    else:
        entries = [graph["slides"][number - 1] for number in chosen] if detail == "full" else []
        text = "\n\n".join(slide_text(graph["slides"][number - 1], scale) for number in chosen)
    if len(replies.json_text(entries)) > MAX_GRAPH_CHARACTERS:
        raise VigaError(
            "invalid_argument",
            f"All values of {len(chosen)} slides are more than a host takes.",
            then="Ask for one slide at a time, or detail='shapes'.",
        )
    facts = SlideGraph(
        deck=deck,
        revision=at.id,
        width=graph["width"],
        height=graph["height"],
        theme=graph["theme"],
        n_slides=len(graph["slides"]),
        slides=entries,
        text=text,
    )
    return replies.with_facts(f"Deck {deck} at {at.id}: {text}", facts)


async def check_slides(
    ctx: Context[App, Any],
    deck: DeckHandle = "main",
    slides: Annotated[list[int] | None, Field(max_length=500, description="Numbers, from 1; null: all")] = None,
    revision: DeckRevisionId = None,
) -> Annotated[CallToolResult, SlideChecks]:
    """Check slides as they are drawn: all findings, each with slide, shapes, measure and limit.

    Text: out of its frame (and what would make it fit), off the slide, fitting only while the viewer shrinks it,
    hidden, written over other text, a word broken in its middle, under 10 pt, of too little contrast (WCAG) with what
    is really behind it. Shapes: hidden content, off the slide, half over another's edge, nearly but not quite aligned,
    a badge like its ground, a line ending just short of a shape, margins. Pictures: stretched, blown up. Slides: empty
    placeholders, a title alone or with one word on its last line, crowding, a 4:3 template on a wide page, fonts that
    are not installed here. Tables grown beyond their frame into what is below; pictures whose file is missing.
    These are facts, not verdicts. compile_slides tells the first of them by itself.
    """
    at = await app(ctx).decks.revision(deck, revision)
    graph = (await app(ctx).decks.reading(at)).graph
    async with reporting(ctx, "checking the slides") as progress:
        painting = await app(ctx).decks.paint(at, _slides(graph, slides), on_progress=progress)
        found = await to_thread.run_sync(app(ctx).inspector.inspect, graph, painting)
    facts = SlideChecks(
        deck=deck,
        revision=at.id,
        renderer=painting.renderer.name,
        is_approximate=painting.renderer.is_approximate,
        findings=[one.as_dict() for one in found],
    )
    return replies.with_facts(f"{deck} {at.id}, {_drawn(painting)}\n{findings_text(found, 60)}", facts)


async def _shown(
    ctx: Context[App, Any],
    revision: Revision,
    run: Compiled | None,
    wanted: Sequence[int] | None,
    width_px: int,
    progress: Progress,
) -> CallToolResult:
    """A revision in words and pictures. That it can't be drawn does not undo it."""
    decks = app(ctx).decks
    graph = (await decks.reading(revision)).graph
    chosen = _slides(graph, wanted)
    parts = [_account(run) if run else f"Deck {revision.scene} is at {revision.id}: {deck_summary(graph)}"]
    shown: list[tuple[str, pictures.Pixels]] = []
    found: list[Finding] = []
    files: list[str] = []
    try:
        # all of it is checked: what did not change was painted before
        painting = run.painting if run else None
        if isinstance(painting, VigaError):
            raise painting
        painting = painting or await decks.paint(revision, None, width_px, progress)
        found = await to_thread.run_sync(app(ctx).inspector.inspect, graph, painting)
        parts += [findings_text(found), _drawn(painting)]
        files = [str(painting.slides[number].picture) for number in chosen]
        shown = await to_thread.run_sync(_panels, revision, painting, chosen)
    except VigaError as error:
        parts.append(f"No pictures: {error}")
    if run:  # last, for it may be long
        parts.append(f"Program: {replies.code_diff_text(run.code_diff, with_lines=revision.mode != 'patch')}")
    return replies.with_pictures(
        "\n".join(parts),
        shown,
        budget_bytes=app(ctx).config.max_reply_bytes,
        meta={
            "viga/deck": {
                "deck": revision.scene,
                "revision": revision.id,
                "parent": revision.parent,
                "changed": list(run.changed) if run else [],
                "changes": list(run.changes) if run else [],
                "output": revision.output,
                "warnings": revision.warnings,
                "findings": [one.as_dict() for one in found],
                "pictures": files,
            }
        },
    )


def _slides(graph: dict[str, Any], wanted: Sequence[int] | None) -> list[int]:
    """Numbers of slides that exist."""
    count = len(graph["slides"])
    if wanted is None:
        return list(range(1, count + 1))
    for number in wanted:
        if not 1 <= number <= count:
            raise VigaError(
                "not_found", f"There is no slide {number}.", then=f"The deck has {count} slides, counted from 1."
            )
    return list(dict.fromkeys(wanted))


def _panels(revision: Revision, painting: Painting, chosen: Sequence[int]) -> list[tuple[str, pictures.Pixels]]:
    """The pictures with their labels: few as they are, more on sheets."""
    panels = [(number, pictures.read(painting.slides[number].picture)) for number in chosen]
    if len(panels) <= SEPARATE:
        return [(f"{revision.id} slide {number}", pixels) for number, pixels in panels]
    small = [
        (str(number), pictures.resize(pixels, SHEET_PX, round(SHEET_PX * pixels.shape[0] / pixels.shape[1])))
        for number, pixels in panels
    ]
    return [
        (f"{revision.id} slides {part[0][0]} to {part[-1][0]}", pictures.sheet(part, 3))
        for part in (small[i : i + ON_A_SHEET] for i in range(0, len(small), ON_A_SHEET))
    ]


def _account(run: Compiled) -> str:
    revision = run.revision
    count = len(run.reading.graph["slides"])
    parts = [
        f"{revision.id} (from {revision.parent}, {revision.mode}) in {revision.seconds:.2f} s: {count} "
        f"slide{'' if count == 1 else 's'}, decks/{revision.scene}.pptx."
    ]
    parts += [f"Warning: {warning_text(warning)}" for warning in revision.warnings]
    if revision.output.strip():
        parts.append(f"Printed:\n{revision.output.strip()}")
    parts.append("Deck: " + ("\n".join(["", *run.changes]) if run.changes else "no change"))
    return "\n".join(parts)


def _drawn(painting: Painting) -> str:
    approximate = " (an approximation: no LibreOffice here)" if painting.renderer.is_approximate else ""
    count = len(painting.anew)
    anew = f"{count} painted anew" if count else "none painted anew"
    blind = (
        ""
        if all(painted.layout for painted in painting.slides.values())
        else (" It does not tell where words stand: how text fits was not checked on all slides.")
    )
    return f"Drawn by {painting.renderer.name}{approximate}, {anew}, {painting.seconds:.1f} s.{blind}"


TOOLS = (
    Tool(compile_slides, "Compile slides", destroys=True, is_central=True, is_structured=False),
    Tool(get_slide_graph, "Get a slide graph", reads_only=True, is_idempotent=True),
    Tool(check_slides, "Check slides", reads_only=True, is_idempotent=True),
)
