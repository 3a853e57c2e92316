"""Decks through the real server: programs, pictures, checks, comparison, export, and what never gets lost."""

import base64
import io
import sys
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import anyio
import numpy as np
import pypdfium2  # pyright: ignore[reportMissingTypeStubs]
import pytest
from mcp import Client
from PIL import Image

from tests.conftest import Viga, images_of, text_of
from viga_mcp.config import Config, SlideRenderer
from viga_mcp.decks import Decks
from viga_mcp.pool import Pool
from viga_mcp.revisions import Store
from viga_mcp.server import build_server
from viga_mcp.slides import main as slides_main

pytestmark = pytest.mark.slides

TWO_SLIDES = """
from pptx.util import Inches, Pt
for number, word in enumerate(("alpha", "beta"), 1):
    slide = prs.slides.add_slide(prs.slide_layouts[5])
    slide.shapes.title.text = f"The {word} slide"
    box = slide.shapes.add_textbox(Inches(1), Inches(2.5), Inches(6), Inches(1))
    box.text_frame.text = f"Words about {word}"
    box.text_frame.paragraphs[0].font.size = Pt(24)
"""
SQUEEZED = TWO_SLIDES.replace("Inches(6), Inches(1)", "Inches(1.2), Inches(0.4)").replace(
    "box.text_frame.paragraphs", "box.text_frame.word_wrap = True\n    box.text_frame.paragraphs"
)


@pytest.fixture(scope="module")
async def viga(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Viga]:
    workspace = tmp_path_factory.mktemp("workspace")
    async with Client(build_server(Config(workspace))) as client:
        yield Viga(client, workspace)


@pytest.fixture
def deck(scene: str) -> str:
    """A handle that no other test uses."""
    return scene


async def facts(viga: Viga, deck: str, **arguments: Any) -> dict[str, Any]:
    return await viga.meta("compile_slides", deck=deck, **arguments)


async def test_a_program_makes_a_revision_with_a_picture_of_each_slide(viga: Viga, deck: str) -> None:
    result = await viga.result("compile_slides", deck=deck, code=TWO_SLIDES)

    assert not result.is_error
    assert "r1 (from r0, program)" in text_of(result)
    assert "Checks: nothing found." in text_of(result)
    pictures = [Image.open(io.BytesIO(base64.b64decode(image.data))) for image in images_of(result)]
    assert [picture.width for picture in pictures] == [960, 960]
    assert (viga.workspace / "decks" / f"{deck}.pptx").is_file()


async def test_only_the_slide_that_changed_is_shown_and_painted_again(viga: Viga, deck: str) -> None:
    await facts(viga, deck, code=TWO_SLIDES)

    result = await viga.result(
        "compile_slides", deck=deck, edits=[{"old": '"beta"', "new": '"gamma"'}], note="another word"
    )

    assert "1 painted anew" in text_of(result)
    assert "slide 2: 'Title 1' text 'The beta slide' -> 'The gamma slide'" in text_of(result)
    assert len(images_of(result)) == 1
    assert (await viga.meta("compile_slides", deck=deck))["changed"] == []


async def test_a_finding_goes_when_its_cause_is_mended(viga: Viga, deck: str) -> None:
    found = (await facts(viga, deck, code=SQUEEZED))["findings"]
    assert {(one["kind"], one["slide"]) for one in found} >= {("text_overflow", 1), ("text_overflow", 2)}

    mended = await facts(viga, deck, edits=[{"old": "Inches(1.2), Inches(0.4)", "new": "Inches(6), Inches(1)"}])

    assert mended["findings"] == []


async def test_a_program_that_fails_changes_nothing_and_names_the_line(viga: Viga, deck: str) -> None:
    await facts(viga, deck, code=TWO_SLIDES)

    error = await viga.error("compile_slides", deck=deck, mode="patch", code="prs.slides[0].shapes.titel.text = 1")

    assert "in line 1" in error
    assert "did you mean 'title'?" in error
    assert f"Nothing was changed: deck '{deck}' is at r1." in error
    assert (await viga.facts("list_revisions", deck=deck))["head"] == "r1"


async def test_text_that_is_no_python_is_told_before_anything_runs(viga: Viga, deck: str) -> None:
    assert "syntax_error" in await viga.error("compile_slides", deck=deck, code="x = (")


async def test_a_patch_runs_on_the_head_and_a_program_on_the_base(viga: Viga, deck: str) -> None:
    await facts(viga, deck, code=TWO_SLIDES)

    await facts(viga, deck, code="prs.slides[1].shapes.title.text = 'patched'", mode="patch")
    assert (await viga.facts("get_slide_graph", deck=deck))["n_slides"] == 2

    await facts(viga, deck, code=TWO_SLIDES.replace('("alpha", "beta")', '("one",)'))
    assert (await viga.facts("get_slide_graph", deck=deck))["n_slides"] == 1


async def test_a_template_is_the_base_of_all_that_follows(viga: Viga, deck: str) -> None:
    await facts(viga, deck, code=TWO_SLIDES)
    await viga.facts("export_slides", deck=deck, path=f"{deck}.pptx")
    other = f"{deck}t"

    await facts(viga, other, template=f"{deck}.pptx", code="prs.slides[0].shapes.title.text = 'first'")
    text = await viga.text("compile_slides", deck=other, code="prs.slides[1].shapes.title.text = 'second'")

    graph = await viga.facts("get_slide_graph", deck=other, detail="full")
    assert [slide["title"] for slide in graph["slides"]] == ["The alpha slide", "second"]
    assert "'first' -> 'The alpha slide'" in text  # a program starts from the base again


async def test_what_is_no_deck_is_refused_with_the_reason(viga: Viga, deck: str) -> None:
    (viga.workspace / "notes.pptx").write_text("not a deck", encoding="utf-8")

    error = await viga.error("compile_slides", deck=deck, template="notes.pptx")

    assert error.startswith("invalid_argument: The deck can't be opened: it is no .pptx")


async def test_going_back_branches_and_loses_nothing(viga: Viga, deck: str) -> None:
    await facts(viga, deck, code=TWO_SLIDES)
    await facts(viga, deck, edits=[{"old": '"beta"', "new": '"gamma"'}])

    await viga.facts("checkout_revision", deck=deck, revision="r1")
    await facts(viga, deck, edits=[{"old": '"alpha"', "new": '"delta"'}])

    rows = (await viga.facts("list_revisions", deck=deck))["revisions"]
    assert [(row["revision"], row["parent"]) for row in rows] == [
        ("r3", "r1"), ("r2", "r1"), ("r1", "r0"), ("r0", None),
    ]  # fmt: skip
    difference = await viga.result("diff_revisions", deck=deck, a="r2", b="r3")
    assert "'The gamma slide' -> 'The beta slide'" in text_of(difference)
    assert len(images_of(difference)) == 2


async def test_a_slide_that_does_not_exist_is_refused(viga: Viga, deck: str) -> None:
    await facts(viga, deck, code=TWO_SLIDES)

    assert "The deck has 2 slides" in await viga.error("compile_slides", deck=deck, slides=[3])


async def test_many_slides_come_on_sheets(viga: Viga, deck: str) -> None:
    words = ", ".join(f'"w{number}"' for number in range(14))
    code = TWO_SLIDES.replace('("alpha", "beta")', f"({words})")

    assert len(images_of(await viga.result("compile_slides", deck=deck, code=code))) == 2


async def test_the_kit_is_there_for_programs_and_documented(viga: Viga, deck: str) -> None:
    code = "from viga_mcp.slides import kit\nkit.title(kit.add_slide(prs, 'Title Slide'), 'Hello', subtitle='there')"

    assert (await facts(viga, deck, code=code))["findings"] == []
    assert "## kit.bullets(slide: Slide" in await viga.read("viga://slides/kit")
    assert await viga.read(f"viga://decks/{deck}/head/program.py") == code


async def test_a_deck_is_100_beside_itself_and_less_beside_another(viga: Viga, deck: str) -> None:
    await facts(viga, deck, code=TWO_SLIDES)
    await viga.facts("export_slides", deck=deck, path=f"{deck}-reference.pptx")

    same = await viga.meta("compare_slides", deck=deck, target=f"{deck}-reference.pptx")
    assert same["means"] == {"match": 100, "text": 100, "color": 100, "position": 100, "total": 100}
    assert [slide["loss"] for slide in same["slides"]] == [0, 0]

    await facts(viga, deck, edits=[{"old": "Inches(2.5)", "new": "Inches(4)"}])
    moved = await viga.meta("compare_slides", deck=deck, target=f"{deck}-reference.pptx")
    assert moved["means"]["position"] < 90
    assert moved["means"]["text"] == 100


async def test_slidesbenchs_own_figures_stand_beside_what_the_reference_itself_gets(viga: Viga, deck: str) -> None:
    await facts(viga, deck, code=TWO_SLIDES)
    await viga.facts("export_slides", deck=deck, path=f"{deck}-reference.pptx")

    slides = (await viga.meta("compare_slides", deck=deck, target=f"{deck}-reference.pptx", mode="faithful"))["slides"]

    assert slides[0]["score"] == slides[0]["ceiling"]
    assert slides[0]["score"]["color"] < 100  # a quirk: an inherited fill is unlike itself


async def test_a_picture_tells_which_lines_are_where(viga: Viga, deck: str) -> None:
    made = await facts(viga, deck, code=TWO_SLIDES)
    (viga.workspace / f"{deck}.png").write_bytes(Path(made["pictures"][0]).read_bytes())

    same = await viga.meta("compare_slides", deck=deck, target=f"{deck}.png", slide=1)
    other = await viga.meta("compare_slides", deck=deck, target=f"{deck}.png", slide=2)

    assert (same["loss"], same["words_found"]) == (0, [6, 6])
    assert other["words_found"][0] < 6


async def test_a_pdf_has_hidden_slides_and_emoji_in_colour(viga: Viga, deck: str) -> None:
    code = TWO_SLIDES.replace("Words about", "\U0001f680 about") + "slide._element.set('show', '0')"
    await facts(viga, deck, code=code)

    await viga.facts("export_slides", deck=deck, path=f"{deck}.pdf")

    pdf = pypdfium2.PdfDocument(str(viga.workspace / f"{deck}.pdf"))
    try:
        assert len(pdf) == 2
        page = pdf[0].render(scale=1).to_pil()  # pyright: ignore[reportUnknownVariableType]
        pixels = np.asarray(page.convert("RGB")).astype(int)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    finally:
        pdf.close()
    assert (pixels.max(2) - pixels.min(2) > 100).sum() > 20


@pytest.mark.parametrize(("way", "tells_lines"), [("warm", True), ("cold", False), ("approximate", False)])
async def test_each_renderer_says_who_drew(tmp_path: Path, way: SlideRenderer, tells_lines: bool) -> None:
    with Store.open(tmp_path, "deck") as store:
        async with Decks(store, Config(tmp_path, slide_renderer=way)) as decks:
            run = await decks.run("main", code=TWO_SLIDES, timeout_s=60)
            painting = await decks.paint(run.revision, width_px=320)

    assert painting.renderer.is_approximate == (way == "approximate")
    assert len(painting.slides) == 2
    assert all((painted.layout is not None) == tells_lines for painted in painting.slides.values())
    title = np.asarray(Image.open(painting.slides[1].picture).convert("L"))[:60]
    assert title.min() < 100 < 200 < np.median(title)  # dark words on a light ground


async def test_without_any_renderer_the_deck_is_kept_and_the_install_line_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    async with Client(build_server(Config(tmp_path, slide_renderer="cold"))) as client:
        viga = Viga(client, tmp_path)
        text = await viga.text("compile_slides", code=TWO_SLIDES)

    assert "r1 (from r0, program)" in text
    assert "No pictures: unavailable: Nothing here can draw slides." in text
    assert "apt-get install -y --no-install-recommends libreoffice-impress-nogui" in text


async def test_words_that_are_a_link_have_width_size_and_colour_as_others(tmp_path: Path) -> None:
    code = """
from pptx.util import Inches, Pt
slide = prs.slides.add_slide(prs.slide_layouts[6])
for number, address in enumerate((None, "http://localhost/")):
    run = slide.shapes.add_textbox(Inches(1), Inches(1 + number), Inches(4), Inches(1)).text_frame.paragraphs[0].add_run()
    run.text, run.font.size = "a harbour", Pt(20)
    if address:
        run.hyperlink.address = address
"""
    with Store.open(tmp_path, "deck") as store:
        async with Decks(store, Config(tmp_path)) as decks:
            run = await decks.run("main", code=code, timeout_s=60)
            layout = (await decks.paint(run.revision, width_px=320)).slides[1].layout
    assert layout
    (plain,), (link,) = (shape["lines"] for shape in layout["shapes"].values())

    assert (link["width"], link["size_pt"]) == (plain["width"], plain["size_pt"])
    assert link["width"] > 0
    assert link["color"]


async def test_a_slide_with_a_video_is_drawn_and_its_words_are_read(tmp_path: Path) -> None:
    code = """
from pptx.util import Inches
slide = prs.slides.add_slide(prs.slide_layouts[5])
slide.shapes.title.text = "A film of the harbour"
open("film.mp4", "wb").write(b"no film")
slide.shapes.add_movie("film.mp4", Inches(2), Inches(2), Inches(4), Inches(3))
"""
    with Store.open(tmp_path, "deck") as store:
        async with Decks(store, Config(tmp_path, slide_renderer="warm")) as decks:
            run = await decks.run("main", code=code, timeout_s=60)
            layout = (await decks.paint(run.revision, width_px=320)).slides[1].layout

    assert layout
    assert [line["text"] for shape in layout["shapes"].values() for line in shape["lines"]] == ["A film of the harbour"]


async def test_a_worker_that_died_while_nobody_used_it_is_replaced(tmp_path: Path) -> None:
    command = [sys.executable, "-P", str(Path(slides_main.__file__))]
    pool = Pool(command, tmp_path, "press", "python-pptx", most=1)
    try:
        async with pool.lease() as first:
            pass
        first.process.kill()
        with anyio.fail_after(10):
            while first.is_alive:
                await anyio.lowlevel.checkpoint()

        async with pool.lease() as second:
            assert second.process.pid != first.process.pid
    finally:
        await pool.aclose()


async def test_a_renderer_that_tells_no_lines_says_what_was_not_checked(tmp_path: Path) -> None:
    async with Client(build_server(Config(tmp_path, slide_renderer="cold"))) as client:
        text = await Viga(client, tmp_path).text("compile_slides", code=SQUEEZED)

    assert "text_overflow" not in text
    assert "how text fits was not checked on all slides" in text


async def test_two_decks_at_once_do_not_disturb_each_other(viga: Viga, deck: str) -> None:
    async def make(handle: str, word: str) -> None:
        made[handle] = await facts(viga, handle, code=TWO_SLIDES.replace("alpha", word))

    made: dict[str, dict[str, Any]] = {}
    async with anyio.create_task_group() as tasks:
        for number in range(4):
            tasks.start_soon(make, f"{deck}-{number}", f"word{number}")

    for number in range(4):
        graph = await viga.facts("get_slide_graph", deck=f"{deck}-{number}", detail="full")
        assert graph["slides"][0]["title"] == f"The word{number} slide"
        assert made[f"{deck}-{number}"]["findings"] == []


async def test_an_unknown_deck_is_told_with_those_that_exist(viga: Viga, deck: str) -> None:
    await facts(viga, deck, code=TWO_SLIDES)

    error = await viga.error("get_slide_graph", deck=f"{deck}x")

    assert error.startswith(f"not_found: No deck '{deck}x'.")
    assert f"'{deck}'" in error
