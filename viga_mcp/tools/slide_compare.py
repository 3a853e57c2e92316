"""Compare a deck with a reference."""

from typing import Annotated, Any, Literal

from anyio import to_thread
from mcp.server.mcpserver import Context
from mcp.types import CallToolResult
from pydantic import Field

from viga_mcp import pictures, replies
from viga_mcp.app import App, app, reporting
from viga_mcp.deck_comparison import (
    FIGURES,
    DeckComparison,
    PictureComparison,
    SlidePair,
    compare_as_slidesbench,
    compare_decks,
    compare_with_picture,
)
from viga_mcp.decks import Painting
from viga_mcp.errors import VigaError
from viga_mcp.metrics.slidesbench import Faithful
from viga_mcp.tools.tool import DeckHandle, DeckRevisionId, Tool

DECKS = (".pptx", ".pptm", ".ppsx", ".ppsm", ".potx", ".potm")
SHOWN, TOLD = 3, 20


async def compare_slides(
    ctx: Context[App, Any],
    target: Annotated[str, Field(description="A .pptx of the workspace, or a picture of how one slide should look")],
    deck: DeckHandle = "main",
    revision: DeckRevisionId = None,
    mode: Annotated[
        Literal["fixed", "faithful"],
        Field(
            description="For a .pptx. 'fixed': 100 means equal; 'faithful': SlidesBench's own figures, faults and all"
        ),
    ] = "fixed",
    slide: Annotated[int | None, Field(ge=1, description="Of the deck, from 1; null: all, or 1 for a picture")] = None,
) -> CallToolResult:
    """Compare a deck with a reference deck, slide by slide, or one slide with a picture of how it should look.

    Against a .pptx: match (are the elements there), text, color and position, 0 to 100, as SlidesBench names them; what
    is missing, surplus or off, by shape; photometric loss and SSIM of the pictures; and the worst slides beside their
    reference with the difference. 'faithful' computes SlidesBench's published figures with their quirks, and beside
    them what the reference itself would get. Against a picture: loss, SSIM, and which lines of text the picture shows
    at their places.
    Example: compare_slides(target="reference.pptx")
    """
    decks, file = app(ctx).decks, app(ctx).file(target)
    at = await decks.revision(deck, revision)
    reading = await decks.reading(at)
    if slide is not None and slide > len(reading.keys):
        raise VigaError("not_found", f"There is no slide {slide}.", then=f"The deck has {len(reading.keys)} slides.")
    head = f"Deck {deck} at {at.id} against {target}"
    async with reporting(ctx, "comparing the slides") as progress:
        if file.suffix.lower() not in DECKS:
            number = slide or 1
            painting = await decks.paint(at, [number], on_progress=progress)
            against = await to_thread.run_sync(compare_with_picture, reading.graph, number, painting, file)
            facts = {"loss": against.loss, "ssim": against.ssim, "words_found": against.words_found}
            return _answer(ctx, f"{head}, slide {number}:\n{_picture_text(against)}", [("", against.sheet)], facts)
        other = await decks.read_file(file)
        if mode == "faithful":
            scored = await to_thread.run_sync(compare_as_slidesbench, await decks.blocks(at), await decks.blocks(file))
            sides = len(reading.keys), len(other.keys)
            return _answer(ctx, f"{head}, {_faithful_text(scored, sides)}", [], {"slides": [
                {"score": _figures(ours), "ceiling": _figures(ceiling)} for ours, ceiling in scored]})  # fmt: skip
        painted: tuple[Painting, Painting] | None = None
        trouble = ""
        both = range(1, min(len(reading.keys), len(other.keys)) + 1)
        try:
            painted = (
                await decks.paint(at, list(both), on_progress=progress),
                await decks.paint_file(file, other, list(both), on_progress=progress),
            )
        except VigaError as error:
            trouble = f"\nNo pictures: {error}"
        compared = await to_thread.run_sync(compare_decks, reading.graph, other.graph, painted)
    chosen = [one for one in compared.slides if slide in {None, one.number}]
    worst = sorted((one for one in chosen if one.sheet is not None), key=lambda one: one.total)[:SHOWN]
    shown = [(f"slide {one.number}", one.sheet) for one in worst if one.sheet is not None and one.loss]
    meta = {"means": dict(compared.means), "n_scored": compared.n_scored, "slides": [_values(one) for one in chosen]}
    names = _names(reading.graph), _names(other.graph)
    return _answer(ctx, f"{head}, {_deck_text(compared, chosen, names)}{trouble}", shown, meta)


def _answer(
    ctx: Context[App, Any], text: str, shown: list[tuple[str, pictures.Pixels]], facts: dict[str, Any]
) -> CallToolResult:
    budget = app(ctx).config.max_reply_bytes
    return replies.with_pictures(text, shown, budget_bytes=budget, meta={"viga/deck_comparison": facts})


def _names(graph: dict[str, Any]) -> list[dict[int, str]]:
    """Names of the shapes by id, a slide each."""
    return [{element["id"]: element["name"] for element in slide["elements"]} for slide in graph["slides"]]


def _deck_text(
    compared: DeckComparison, chosen: list[SlidePair], names: tuple[list[dict[int, str]], list[dict[int, str]]]
) -> str:
    means = ", ".join(f"{name} {compared.means[name]:.1f}" for name in FIGURES)
    lines = [f"{compared.n_scored} of {len(compared.slides)} slides in both (missing ones count 0): {means}; "
             f"total {compared.means['total']:.1f} of 100."]  # fmt: skip
    for one in sorted(chosen, key=lambda one: one.total)[:TOLD]:
        if one.fixed is None:
            lines.append(f"slide {one.number}: only one of the decks has it")
        elif one.total < 100 or one.loss:
            lines.append(f"slide {one.number}: {_slide_text(one, names)}")
    equal = sum(one.fixed is not None and one.total == 100 and not one.loss for one in chosen)
    return "\n".join([*lines, *([f"{equal} slides are equal in all figures"] if equal else [])])


def _slide_text(one: SlidePair, names: tuple[list[dict[int, str]], list[dict[int, str]]]) -> str:
    assert one.fixed
    ours, theirs = (side[one.number - 1] for side in names)
    parts = [", ".join(f"{name} {getattr(one.fixed, name):.0f}" for name in FIGURES)]
    if one.loss is not None:
        parts.append(f"loss {one.loss:.5f}, SSIM {one.ssim:.3f}")
    for id in one.fixed.missing[:4]:
        parts.append(f"missing {theirs[id]!r}")
    for id in one.fixed.surplus[:4]:
        parts.append(f"surplus {ours[id]!r}")
    off = sorted(
        one.fixed.pairs, key=lambda pair: pair.position + pair.color + (100 if pair.text is None else pair.text)
    )
    for pair in off[:4]:
        worse = [("text", pair.text), ("color", pair.color), ("position", pair.position)]
        told = [f"{name} {value:.0f}" for name, value in worse if value is not None and value < 99.5]
        if told:
            parts.append(f"{ours[pair.generated]!r} {', '.join(told)}")
    return "; ".join(parts)


def _faithful_text(scored: list[tuple[Faithful, Faithful]], sides: tuple[int, int]) -> str:
    lines = [
        f"as SlidesBench computes it, {len(scored)} of {max(sides)} slides; in brackets the reference against itself:"
    ]
    for number, (ours, ceiling) in enumerate(scored[:TOLD], 1):
        pairs = ", ".join(f"{name} {_said(ours, name)} ({_said(ceiling, name)})" for name in FIGURES)
        why = f"; {next(iter(ours.missing.values()))}" if ours.missing else ""
        lines.append(f"slide {number}: {pairs}{why}")
    return "\n".join(lines)


def _said(scores: Faithful, name: str) -> str:
    value: float | None = getattr(scores, name)
    return "null" if value is None else f"{value:.1f}"


def _figures(scores: Faithful) -> dict[str, Any]:
    return {name: getattr(scores, name) for name in FIGURES} | {"missing": scores.missing}


def _values(one: SlidePair) -> dict[str, Any]:
    figures = {name: getattr(one.fixed, name) for name in FIGURES} if one.fixed else None
    return {"slide": one.number, "figures": figures, "loss": one.loss, "ssim": one.ssim}


def _picture_text(against: PictureComparison) -> str:
    lines = [f"photometric loss {against.loss:.6f}, SSIM {against.ssim:.4f}"]
    if against.lines is None or against.words_found is None:
        return "\n".join([*lines, "words: this renderer does not tell where lines are"])
    found, count = against.words_found
    lines.append(f"{found} of {count} words are shown where the deck has them (by their shape, within 8 px)")
    for text, place in against.lines[:TOLD]:
        if not place.is_found:
            lines.append(f"- not there: {text[:60]!r}")
        elif max(map(abs, place.shift_px)) > 1:
            lines.append(f"- {text[:60]!r} should be {place.shift_px[0]:+d} px right, {place.shift_px[1]:+d} px down")
    return "\n".join(lines)


TOOLS = (Tool(compare_slides, "Compare slides", reads_only=True, is_idempotent=True, is_structured=False),)
