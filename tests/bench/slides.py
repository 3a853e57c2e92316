"""How fast slides come beside a cold LibreOffice in the same run, and how the worker's memory grows.

    python -m tests.bench.slides

Each row is a ratio of times taken in turn on the same machine. Warm is what a host waits for: program, pictures, checks.
Cold is `soffice --convert-to pdf` of a deck that is there, on a profile that is there, and the PDF's pages as pictures
of the same size; fallback is the same as the server does it where LibreOffice can't be kept warm.
"""

import contextlib
import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import anyio
import pypdfium2  # pyright: ignore[reportMissingTypeStubs]
from anyio import to_thread

from viga_mcp.config import Config
from viga_mcp.decks import Decks, Painting
from viga_mcp.inspection import Inspector
from viga_mcp.programs import Edit
from viga_mcp.revisions import Store

ROUNDS = 5
DECKS = 150
WIDTH_PX = 960
PROGRAM = """
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches, Pt
for number in range({count}):
    slide = prs.slides.add_slide(prs.slide_layouts[(1, 5, 5)[number % 3]])
    slide.shapes.title.text = f"Slide {{number}} of take {take}"
    if number % 3 == 0:
        slide.placeholders[1].text = "First point\\nSecond point, which is somewhat longer\\nThird"
    elif number % 3 == 1:
        table = slide.shapes.add_table(4, 3, Inches(1), Inches(2), Inches(11), Inches(3)).table
        for row in range(4):
            for column in range(3):
                table.cell(row, column).text = f"{{row}} by {{column}}"
    else:
        data = CategoryChartData()
        data.categories = ["a", "b", "c"]
        data.add_series("One", (1, 2, 3))
        slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, Inches(1), Inches(2), Inches(8), Inches(4), data)
"""


async def main() -> None:
    with tempfile.TemporaryDirectory() as name, Store.open(Path(name), "deck") as store:
        cold_config, warm_config = Config(Path(name), slide_renderer="cold"), Config(Path(name))
        async with Decks(store, warm_config) as warm, Decks(store, cold_config) as cold:
            await _compile(warm, 1, "warm-up")
            print(
                f"{'slides':>6} {'cold s':>8} {'fallback':>8} {'warm s':>8} {'cold / warm':>12} {'fallback / warm':>16}"
            )
            per_slide: dict[int, float] = {}
            for count in (1, 10, 50):
                times = [await _round(warm, cold, count, take) for take in range(ROUNDS)]
                slow, fallback, quick = (statistics.median(column) for column in zip(*times, strict=True))
                per_slide[count] = quick
                ratios = f"{slow / quick:>12.1f} {fallback / quick:>16.1f}"
                print(f"{count:>6} {slow:>8.3f} {fallback:>8.3f} {quick:>8.3f} {ratios}")
            growth = (per_slide[50] - per_slide[10]) / 40 / ((per_slide[10] - per_slide[1]) / 9)
            print(f"a further slide after 10 costs {growth:.2f} of one before")
            await _one_of_fifty(warm, per_slide[50])
            await _memory(warm)


async def _round(warm: Decks, cold: Decks, count: int, take: int) -> tuple[float, float, float]:
    """Seconds, cold, by the fallback and warm, for a deck that none has seen."""
    code = PROGRAM.format(count=count, take=f"{count}-{take}-c")
    revision = (await warm.run("bench", code=code, timeout_s=60)).revision
    slow = await _timed(lambda: to_thread.run_sync(_convert, warm.config.workspace))
    fallback = await _timed(lambda: cold.paint(revision, width_px=WIDTH_PX))
    return slow, fallback, await _timed(lambda: _compile(warm, count, f"{count}-{take}-w"))


def _convert(workspace: Path) -> None:
    """The bench's deck as anybody would make pictures of it."""
    profile = f"-env:UserInstallation={(workspace / 'profile').as_uri()}"
    deck = workspace / "decks" / "bench.pptx"
    command = ["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", str(workspace), str(deck)]
    subprocess.run(command, check=True, capture_output=True)
    with pypdfium2.PdfDocument(workspace / "bench.pdf") as pdf:
        for number, page in enumerate(pdf):
            page.render(scale=WIDTH_PX / page.get_width()).to_pil().save(workspace / f"{number}.png")


async def _compile(decks: Decks, count: int, take: str) -> None:
    run = await decks.run("bench", code=PROGRAM.format(count=count, take=take), timeout_s=60, width_px=WIDTH_PX)
    assert isinstance(run.painting, Painting)
    await to_thread.run_sync(Inspector().inspect, run.reading.graph, run.painting)


async def _one_of_fifty(decks: Decks, whole: float) -> None:
    await decks.run("edited", code=PROGRAM.format(count=50, take="edit"), timeout_s=60)
    await decks.paint((await decks.head("edited")), width_px=WIDTH_PX)
    started = time.perf_counter()
    edit = Edit("Slide {number}", "Slide {number if number != 30 else 'thirty'}")
    run = await decks.run("edited", edits=[edit], timeout_s=60, width_px=WIDTH_PX)
    took = time.perf_counter() - started
    assert isinstance(run.painting, Painting)
    anew = list(run.painting.anew)
    print(f"an edit of one slide of 50: slides painted anew {anew}, {took / whole:.2f} of all 50's time")


async def _memory(decks: Decks) -> None:
    """Resident memory of the LibreOffice workers while decks go through them."""
    print("decks through the worker -> resident MB of it")
    for number in range(1, DECKS + 1):
        await _compile(decks, 2, f"memory-{number}")
        if number in {1, 10, 50, 100, DECKS}:
            print(f"{number:>6} {_resident_bytes() / 1e6:>8.0f}")


def _resident_bytes() -> int:
    """Of all LibreOffice workers that this process started."""
    total = 0
    for status in Path("/proc").glob("[0-9]*/status"):
        with contextlib.suppress(OSError):
            text = status.read_text(encoding="utf-8")
            if f"PPid:\t{os.getpid()}\n" in text and "libmergedlo" in (status.parent / "maps").read_text("utf-8"):
                total += int(text.split("VmRSS:")[1].split()[0]) * 1024
    return total


async def _timed(work: Callable[[], Awaitable[object]]) -> float:
    started = time.perf_counter()
    await work()
    return time.perf_counter() - started


if __name__ == "__main__":
    anyio.run(main)
