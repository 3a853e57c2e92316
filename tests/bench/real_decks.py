"""Real decks, whatever they hold: do they open, render, survive an edit unhurt, score 100 against themselves?

    python -m tests.bench.real_decks FOLDER...

For each .pptx below the folders: it is read and painted; one text is changed by a program and the deck saved, and all
else is compared (shapes, media, notes); the deck is compared with itself. A deck that is refused is told with the
reason. The share of text shapes with a finding about how their text fits is what is left to look at.
"""

import hashlib
import re
import sys
import tempfile
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import anyio
from anyio import to_thread

from viga_mcp.config import Config
from viga_mcp.deck_comparison import compare_decks
from viga_mcp.decks import Decks, Graph
from viga_mcp.errors import VigaError
from viga_mcp.inspection import Inspector
from viga_mcp.revisions import Revision, Store

FITTING = {"text_overflow", "text_off_slide", "autofit_unbaked", "text_hidden", "text_collision"}
CHANGE_ONE_TEXT = """
def runs(shapes):
    for shape in shapes:
        if shape.shape_type is not None and hasattr(shape, "shapes"):
            yield from runs(shape.shapes)
        elif getattr(shape._element, "txBody", None) is not None:  # to ask a shape without one would give it one
            yield from (run for paragraph in shape.text_frame.paragraphs for run in paragraph.runs)
every = [run for slide in prs.slides for run in runs(slide.shapes) if run.text.strip()]
if every:
    every[0].text = every[0].text + " changed"
"""


async def main(folders: list[Path]) -> None:
    counts: Counter[str] = Counter()
    decks_found = sorted({path for folder in folders for path in folder.rglob("*.pptx")})
    with tempfile.TemporaryDirectory() as name:
        workspace = Path(name)
        with Store.open(workspace, "deck") as store:
            async with Decks(store, Config(workspace, roots=tuple(folders))) as decks:
                for number, path in enumerate(decks_found):
                    try:
                        await _one(decks, f"d{number}", path, counts)
                    except VigaError as error:
                        counts["refused"] += 1
                        print(f"{path.name}: {str(error).splitlines()[0]}")
    print(f"{len(decks_found)} decks, {counts['refused']} refused; {counts['slides']} slides painted")
    print(f"edit of one text: {counts['unhurt']} unhurt, {counts['hurt']} hurt, {counts['no text']} without text")
    print(f"against themselves: {counts['same']} slides score 100 on every metric, {counts['not same']} less")
    flagged, texts = counts["flagged"], counts["text shapes"]
    print(f"text shapes flagged: {flagged} of {texts} ({100 * flagged / max(1, texts):.1f} %)")
    for kind in sorted(FITTING):
        print(f"  {kind} {counts[f'flag {kind}']} ({100 * counts[f'flag {kind}'] / max(1, texts):.1f} %)")


async def _one(decks: Decks, deck: str, path: Path, counts: Counter[str]) -> None:
    base = await decks.open(deck, path)
    graph = (await decks.reading(base)).graph
    painting = await decks.paint(base, width_px=960)
    counts["slides"] += len(painting.slides)
    _count_findings(path.name, graph, await to_thread.run_sync(Inspector().inspect, graph, painting), counts)
    compared = await to_thread.run_sync(compare_decks, graph, graph, None)
    for pair in compared.slides:
        figures = (pair.fixed.match, pair.fixed.text, pair.fixed.color, pair.fixed.position) if pair.fixed else (0,)
        is_same = min(figures) > 100 - 1e-9
        counts["same" if is_same else "not same"] += 1
        if not is_same:
            print(f"{path.name} slide {pair.number}: {figures} against itself")
    await _edit(decks, deck, base, path, counts)


def _count_findings(name: str, graph: Graph, found: list[Any], counts: Counter[str]) -> None:
    counts["text shapes"] += sum(
        any(run["text"].strip() for paragraph in element["text"]["paragraphs"] for run in paragraph["runs"])
        for slide in graph["slides"]
        for element in slide["elements"]
        if element["text"]
    )
    flags = {(one.slide, one.shapes[0], one.kind) for one in found if one.kind in FITTING and one.shapes}
    counts["flagged"] += len({(slide, shape) for slide, shape, _ in flags})
    counts.update(f"flag {kind}" for _, _, kind in flags)
    if flags:
        print(f"{name}: {dict(Counter(kind for _, _, kind in flags))}")


async def _edit(decks: Decks, deck: str, base: Revision, path: Path, counts: Counter[str]) -> None:
    run = await decks.run(deck, code=CHANGE_ONE_TEXT, mode="patch", timeout_s=60)
    before, after = (await decks.reading(base)).graph, run.reading.graph
    changed = sum(a != b for a, b in zip(_elements(before), _elements(after), strict=False))
    lengths = len(_elements(before)), len(_elements(after))
    if not changed:
        counts["no text"] += 1
    is_unhurt = changed <= 1 and lengths[0] == lengths[1] and _notes(before) == _notes(after)
    files = _media(decks.store.blob(base.state or "")), _media(decks.store.blob(run.revision.state or ""))
    if not is_unhurt or files[0] - files[1]:
        counts["hurt"] += 1
        print(f"{path.name}: {changed} shapes changed, {lengths} shapes, media lost {sorted(files[0] - files[1])}")
    else:
        counts["unhurt"] += bool(changed)


def _elements(graph: Graph) -> list[dict[str, Any]]:
    return [element for slide in graph["slides"] for element in slide["elements"]]


def _notes(graph: Graph) -> list[Any]:
    return [slide["notes"] for slide in graph["slides"]]


def _media(path: Path) -> set[str]:
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if re.search("/(media|embeddings)/.", name)]
        return {hashlib.sha256(archive.read(name)).hexdigest()[:12] for name in names}


if __name__ == "__main__":
    anyio.run(main, [Path(name).resolve() for name in sys.argv[1:]])
