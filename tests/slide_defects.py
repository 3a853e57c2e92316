# pyright: basic
# python-pptx's shapes are typed in part only.
"""Defects to put on slides, each with its clean twin, and the shape that the finding must name."""

from collections import Counter
from collections.abc import Callable
from typing import Any, NamedTuple

from pptx.dml.color import RGBColor
from pptx.enum.shapes import MSO_SHAPE
from pptx.enum.text import MSO_ANCHOR, MSO_AUTO_SIZE, PP_ALIGN
from pptx.oxml.ns import qn
from pptx.presentation import Presentation
from pptx.util import Pt

from tests.slide_page import DESIGNS, SENTENCE, Box, Page, body
from viga_mcp.slides import kit

Build = Callable[[Page], Any]


class Defect(NamedTuple):
    """One slide with a defect or without.

    Attributes:
        kind: Of the finding.
        name: What is wrong, for people.
        build: Fills the page; returns the shape that the finding must name.
        layout: Of the slide.
    """

    kind: str
    name: str
    build: Build
    layout: str = "Blank"


DEFECTS: list[Defect] = []


def defect(kind: str, name: str, layout: str = "Blank") -> Callable[[Build], Build]:
    def add(build: Build) -> Build:
        DEFECTS.append(Defect(kind, name, build, layout))
        return build

    return add


def build_deck(defects: list[Defect], *, is_broken: bool) -> tuple[Presentation, list[int]]:
    """A slide each, in varied designs; and the id of the shape that is at fault, or would be."""
    deck = kit.blank_presentation()
    ids = []
    of_kind = Counter()
    for one in defects:
        slide = kit.add_slide(deck, one.layout)
        design = DESIGNS[of_kind[one.kind] % len(DESIGNS)]
        of_kind[one.kind] += 1
        slide.background.fill.solid()
        slide.background.fill.fore_color.rgb = RGBColor.from_string(design.paper)
        ids.append(one.build(Page(slide, design, is_broken)).shape_id)
    return deck, ids


# Overflow: by the list of shapes that went wrong in real decks.


@defect("text_overflow", "a text box without autofit")
def _(page: Page) -> Any:
    return page.text(page.words, (80, 80, 300, 60))


@defect("text_overflow", "a line that does not wrap")
def _(page: Page) -> Any:
    shape = page.panel(page.either("A line that says more than its shape holds", "A line"), (300, 200, 200, 60))
    shape.text_frame.word_wrap = False
    return shape


@defect("text_overflow", "anchored in the middle")
def _(page: Page) -> Any:
    return page.panel(page.words, (300, 200, 300, 60))


@defect("text_overflow", "anchored at the bottom")
def _(page: Page) -> Any:
    shape = page.text(page.words, (300, 300, 300, 70))
    shape.text_frame.vertical_anchor = MSO_ANCHOR.BOTTOM
    return shape


@defect("text_overflow", "a frame that PowerPoint will not grow before it is edited")
def _(page: Page) -> Any:
    shape = page.panel(page.words, (300, 120, 300, 50))
    shape.text_frame.auto_size = MSO_AUTO_SIZE.SHAPE_TO_FIT_TEXT
    if not page.is_broken:
        shape.height = Pt(50)
    return shape


@defect("text_overflow", "a rounded rectangle")
def _(page: Page) -> Any:
    return page.panel(page.words, (200, 200, 260, 80), kind=MSO_SHAPE.ROUNDED_RECTANGLE)


@defect("text_overflow", "an ellipse")
def _(page: Page) -> Any:
    return page.panel(page.either(SENTENCE * 4, "Ferries"), (350, 150, 240, 140), 16, kind=MSO_SHAPE.OVAL)


@defect("text_overflow", "turned by 30 degrees")
def _(page: Page) -> Any:
    shape = page.panel(page.words, (300, 220, 320, 60))
    shape.rotation = 30
    return shape


@defect("text_overflow", "turned by 90 degrees")
def _(page: Page) -> Any:
    shape = page.panel(page.words, (340, 220, 280, 50))
    shape.rotation = 90
    return shape


@defect("text_overflow", "vertical text")
def _(page: Page) -> Any:
    shape = page.panel(page.words, (400, 120, 60, 240))
    body(shape).set("vert", "vert270")
    return shape


@defect("text_overflow", "a long address without a place to break")
def _(page: Page) -> Any:
    address = "https://harbour.example/reports/2024/third-quarter/ferries-and-containers/summary.html"
    shape = page.panel(page.either(address, "https://harbour.example"), (300, 200, 260, 50), 16)
    shape.text_frame.word_wrap = False
    return shape


@defect("text_overflow", "text in a group")
def _(page: Page) -> Any:
    shape = page.panel(page.words, (300, 200, 240, 60))
    page.group(shape, page.block((300, 360, 240, 60)))
    return shape


@defect("text_overflow", "text in a turned group")
def _(page: Page) -> Any:
    shape = page.panel(page.words, (340, 180, 240, 60))
    page.group(shape, page.block((340, 360, 240, 40)), rotation=90)
    return shape


@defect("text_overflow", "a title of too many words", "Title Only")
def _(page: Page) -> Any:
    title = page.slide.shapes.title
    page.write(title, page.either(SENTENCE * 3, "Ferries carried more"), 36)
    page.text("Counted at the north terminal", (54, 320, 400, 40))
    return title


@defect("text_overflow", "two columns")
def _(page: Page) -> Any:
    shape = page.panel(page.either(SENTENCE * 9, SENTENCE * 3), (200, 150, 480, 110), 16)
    shape.text_frame.vertical_anchor = MSO_ANCHOR.TOP
    body(shape).set("numCol", "2")
    return shape


@defect("text_overflow", "Chinese")
def _(page: Page) -> Any:
    words = "渡轮今年春季的载客量超过以往任何一个春季。" * page.either(6, 1)
    shape = page.panel(words, (200, 150, 300, 70), font="Noto Sans CJK SC")
    for run in shape._element.iter(qn("a:rPr")):
        run.append(run.makeelement(qn("a:ea"), {"typeface": "Noto Sans CJK SC"}))
    return shape


@defect("text_overflow", "wide insets")
def _(page: Page) -> Any:
    shape = page.panel("Ferries carried more than ever before", (200, 150, 280, 60), 18)
    shape.text_frame.margin_left = shape.text_frame.margin_right = Pt(page.either(90, 6))
    return shape


@defect("text_overflow", "a body placeholder with autofit switched off", "Title and Content")
def _(page: Page) -> Any:
    title, content = page.slide.placeholders
    page.write(title, "Spring", 36)
    page.write(content, "\n".join([SENTENCE.strip()] * page.either(13, 3)), 24)
    content.text_frame.auto_size = MSO_AUTO_SIZE.NONE
    return content


@defect("text_overflow", "one word wider than its frame")
def _(page: Page) -> Any:
    return page.panel(page.either("Donaudampfschifffahrt", "Fähre"), (300, 200, 110, 40), 20)


@defect("text_overflow", "three lines in a button")
def _(page: Page) -> Any:
    return page.panel("Ferries\nbuses\ntrams", (300, 200, 120, page.either(44, 80)), 18)


@defect("text_overflow", "a font that nobody has")
def _(page: Page) -> Any:
    return page.panel(page.words, (300, 200, 300, 60), font=page.either("Harbour Sans", page.design.font))


# Broken words.


@defect("word_broken", "a long word in a narrow box")
def _(page: Page) -> Any:
    return page.text("Administration of ferries", (200, 150, page.either(110, 160), 90), 20)


@defect("word_broken", "a short word in a box for two letters")
def _(page: Page) -> Any:
    return page.text("and", (200, 150, page.either(40, 70), 65), 20)


@defect("word_broken", "a word of three pieces in a button")
def _(page: Page) -> Any:
    return page.panel("Donaudampfschifffahrt", (200, 150, page.either(110, 260), 120), 20)


@defect("word_broken", "a heading in a narrow column of a table")
def _(page: Page) -> Any:
    shape = page.table([["Line", "Passengers, Spring"], ["North", "410"]], (100, 150, 400, 90))
    shape.table.columns[1].width = Pt(page.either(72, 110))
    return shape


@defect("word_broken", "a date after a blank")
def _(page: Page) -> Any:
    return page.text("Until December\nthen never", (200, 150, page.either(84, 120), 120), 18)


@defect("word_broken", "a word that a turned label breaks")
def _(page: Page) -> Any:
    shape = page.text("Passengers", (200, 200, page.either(86, 120), 56), 18)
    shape.rotation = 90
    return shape


@defect("word_broken", "a file that has no blanks")
def _(page: Page) -> Any:
    return page.text("see harbour_report_of_the_third_quarter.pdf", (200, 150, page.either(200, 440), 90), 18)


# Only LibreOffice shrinks it.


def _shrinking(page: Page, box: Box, words: str, scale: str | None = None) -> Any:
    shape = page.panel(words, box)
    frame = body(shape)
    frame.append(frame.makeelement(qn("a:normAutofit"), {"fontScale": scale} if scale else {}))
    return shape


@defect("autofit_unbaked", "autofit that no one has worked out")
def _(page: Page) -> Any:
    return _shrinking(page, (200, 150, 300, 100), page.words)


@defect("autofit_unbaked", "a title with autofit", "Title Only")
def _(page: Page) -> Any:
    title = page.slide.shapes.title
    page.write(title, page.either(SENTENCE * 3, "Ferries carried more"), 40)
    frame = body(title)
    for child in list(frame):
        frame.remove(child)
    frame.append(frame.makeelement(qn("a:normAutofit"), {}))
    page.text("Counted at the north terminal", (54, 320, 400, 40))
    return title


@defect("autofit_unbaked", "a body with autofit", "Title and Content")
def _(page: Page) -> Any:
    title, content = page.slide.placeholders
    page.write(title, "Spring", 36)
    page.write(content, "\n".join([SENTENCE.strip()] * page.either(11, 3)), 24)
    content.text_frame.auto_size = MSO_AUTO_SIZE.TEXT_TO_FIT_SHAPE
    return content


@defect("autofit_unbaked", "a scale that is far from enough")
def _(page: Page) -> Any:
    return _shrinking(
        page, (200, 150, 300, 100), page.either(SENTENCE * 7, SENTENCE * 4), page.either("90000", "62500")
    )


# Off the slide.


@defect("text_off_slide", "a line through the right edge")
def _(page: Page) -> Any:
    shape = page.text("Ferries carried more people than before", (page.either(750, 400), 200, 200, 40), 20)
    shape.text_frame.word_wrap = False
    return shape


@defect("text_off_slide", "paragraphs through the bottom")
def _(page: Page) -> Any:
    return page.text("\n".join(["Ferries"] * 8), (100, page.either(400, 100), 300, 240), 20)


@defect("text_off_slide", "a turned label through the left edge")
def _(page: Page) -> Any:
    shape = page.text("Passengers in thousands", (page.either(-150, 60), 260, 300, 30), 18)
    shape.rotation = page.either(45, 0)
    return shape


@defect("text_off_slide", "a member of a group above the top")
def _(page: Page) -> Any:
    shape = page.panel("Ferries", (300, page.either(-40, 80), 200, 60))
    page.group(shape, page.block((300, 200, 200, 60)))
    return shape


# Hidden and collided.


@defect("text_hidden", "a block over a paragraph")
def _(page: Page) -> Any:
    page.text(SENTENCE * 2, (100, 150, 400, 80))
    return page.block((page.either(300, 560), 140, 250, 100), fill=page.design.strong)


@defect("text_hidden", "a picture over a title", "Title Only")
def _(page: Page) -> Any:
    page.write(page.slide.shapes.title, "Ferries carried more people than ever before", 36)
    return page.picture((300, page.either(40, 180), 300, 200))


@defect("text_hidden", "an ellipse over a list")
def _(page: Page) -> Any:
    page.text("Ferries\nBuses\nTrams\nTrains", (200, 150, 200, 140), 20)
    return page.block((page.either(180, 480), 140, 240, 160), MSO_SHAPE.OVAL, page.design.strong)


@defect("text_hidden", "a table over a note")
def _(page: Page) -> Any:
    page.text("Counted at the north terminal every morning", (100, 200, 500, 40))
    return page.table([["Line", "People"], ["North", "410"]], (100, page.either(190, 300), 500, 80))


@defect("text_hidden", "a block of a group over a label")
def _(page: Page) -> Any:
    page.text("Ferries and buses", (120, 200, 200, 40))
    block = page.block((page.either(100, 400), 190, 200, 60), fill=page.design.strong)
    page.group(block, page.block((100, 330, 200, 60), fill=page.design.strong))
    return block


@defect("content_hidden", "a block over a chart")
def _(page: Page) -> Any:
    page.chart((100, 100, 400, 300))
    return page.block((page.either(250, 540), 150, 300, 220), fill=page.design.strong)


@defect("content_hidden", "a picture over a picture")
def _(page: Page) -> Any:
    page.picture((100, 100, 400, 250))
    return page.picture((page.either(250, 540), 100, 300, 250))


@defect("content_hidden", "a block over a table")
def _(page: Page) -> Any:
    page.table([["Line", "People"], ["North", "410"], ["South", "380"]], (100, 120, 400, 120))
    return page.block((page.either(90, 540), 150, 250, 130), fill=page.design.strong)


@defect("text_collision", "two text boxes")
def _(page: Page) -> Any:
    page.text("Ferries carried more people", (100, 150, 400, 40))
    return page.text("Buses carried fewer people", (page.either(120, 520), page.either(156, 150), 380, 40))


@defect("text_collision", "a label on a table")
def _(page: Page) -> Any:
    page.table([["Line", "People"], ["North", "410"], ["South", "380"]], (100, 120, 400, 120))
    return page.text("From the harbour office", (110, page.either(125, 270), 300, 30))


@defect("text_collision", "a turned label through a paragraph")
def _(page: Page) -> Any:
    page.text(SENTENCE * 3, (200, 200, 400, 110))
    shape = page.text("Passengers in thousands", (page.either(280, 20), 225, 320, 30))
    shape.rotation = 90
    return shape


@defect("text_collision", "a subtitle in a title", "Title Only")
def _(page: Page) -> Any:
    page.write(page.slide.shapes.title, "Ferries carried more", 36)
    return page.text("in the spring of this year", (60, page.either(62, 130), 400, 40), 20)


@defect("half_over", "a button over the lower edge of a picture")
def _(page: Page) -> Any:
    page.picture((100, 100, 300, 240))
    return page.panel("View", (page.either(140, 130), page.either(315, 280), 160, 40))


@defect("half_over", "a badge over the corner of a picture")
def _(page: Page) -> Any:
    page.picture((100, 100, 300, 240))
    return page.panel("New", (330, page.either(86, 110), page.either(100, 60), 40), 14, MSO_SHAPE.ROUNDED_RECTANGLE)


@defect("half_over", "two panels with text")
def _(page: Page) -> Any:
    page.panel("Ferries", (100, 120, 300, 100))
    return page.panel("Buses", (page.either(340, 440), 160, 300, 100), fill=page.design.strong, color=page.design.pale)


@defect("half_over", "a card pushed under the heading of the next")
def _(page: Page) -> Any:
    page.panel("Ferries", (100, 100, 300, 120), kind=MSO_SHAPE.ROUNDED_RECTANGLE)
    box = (120, page.either(200, 240), 300, 80)
    return page.panel("Buses", box, kind=MSO_SHAPE.ROUNDED_RECTANGLE, fill=page.design.strong, color=page.design.pale)


@defect("half_over", "a circle over a card")
def _(page: Page) -> Any:
    page.panel("Ferries carried more", (200, 150, 300, 120))
    box = (page.either(455, 470), 180, 60, 60)  # with its middle on the edge it is meant
    return page.panel("7", box, kind=MSO_SHAPE.OVAL, fill=page.design.strong, color=page.design.pale)


@defect("off_slide", "a picture through the right edge")
def _(page: Page) -> Any:
    return page.picture((page.either(780, 400), 150, 400, 260))


@defect("off_slide", "a chart through the bottom")
def _(page: Page) -> Any:
    return page.chart((200, page.either(350, 100), 500, 300))


@defect("off_slide", "a block left lying beside the slide")
def _(page: Page) -> Any:
    page.text("Ferries", (100, 150, 400, 40))
    return page.block((page.either(1000, 500), 200, 100, 100))


@defect("off_slide", "a table through the right edge")
def _(page: Page) -> Any:
    return page.table([["Line", "People", ""], ["North", "410", ""]], (page.either(450, 100), 150, 600, 80))


@defect("table_grown", "rows that run off the slide")
def _(page: Page) -> Any:
    cells = [["Line", "Remark"], *([str(row), page.either(SENTENCE, "More")] for row in range(8))]
    return page.table(cells, (200, 120, 400, 320))


@defect("table_grown", "rows that run into the note below")
def _(page: Page) -> Any:
    shape = page.table([["Line", "Remark"], *[["North", page.either(SENTENCE, "More")]] * 3], (100, 100, 300, 120))
    page.panel("Counted every morning", (100, 250, 300, 60))
    return shape


@defect("table_grown", "letters too large for their rows, above a picture")
def _(page: Page) -> Any:
    shape = page.table([["Line", "People"]] * 5, (100, 100, 400, 200), page.either(36, 16))
    page.picture((100, 330, 400, 130))
    return shape


# Legibility.


@defect("contrast_low", "gray on paper")
def _(page: Page) -> Any:
    close = {"FFFFFF": "B8BCC2", "14213D": "3D4A68", "FBF5E6": "CFC6AE", "E8F1FA": "B4C3D3"}[page.design.paper]
    return page.text("Counted at the north terminal", (100, 200, 400, 40), color=page.either(close, page.design.ink))


@defect("contrast_low", "white on yellow")
def _(page: Page) -> Any:
    shape = page.block((200, 150, 400, 120), fill=page.either("FFE066", "0B5D66"))
    return page.write(shape, "Ferries carried more", 20, "FFFFFF")


@defect("contrast_low", "white on a bright photo")
def _(page: Page) -> Any:
    page.picture((100, 100, 600, 350), low=page.either(190, 10), high=page.either(255, 70))
    return page.text("Ferries carried more", (140, 200, 500, 60), 32, color="FFFFFF")


@defect("contrast_low", "a line half on a dark panel, half on a light one")
def _(page: Page) -> Any:
    page.block((100, 150, 300, 100), fill="101820")
    page.block((400, 150, 300, 100), fill=page.either("F0F0F0", "26323C"))
    return page.text("Ferries carried more people than before", (150, 180, 520, 40), 20, color="FFFFFF")


@defect("contrast_low", "a cell of a table")
def _(page: Page) -> Any:
    shape = page.table([["Line", "People"], ["North", "410"]], (100, 150, 400, 90))
    cell = shape.table.cell(0, 1)
    cell.fill.fore_color.rgb = RGBColor.from_string("F2C14E")
    page.write(cell, "People", 16, page.either("FFFFFF", "101820"))
    return shape


@defect("contrast_low", "red on green")
def _(page: Page) -> Any:
    return page.write(page.block((200, 150, 400, 120), fill="2E7D32"), "Stop", 24, page.either("C62828", "FFFFFF"))


@defect("contrast_low", "the end of a gradient")
def _(page: Page) -> Any:
    shape = page.block((100, 180, 700, 80))
    shape.fill.gradient()
    shape.fill.gradient_angle = 0
    stops = shape.fill.gradient_stops
    stops[0].color.rgb, stops[1].color.rgb = (
        RGBColor.from_string("10243E"),
        RGBColor.from_string(page.either("E0E8F0", "1D3F72")),
    )
    return page.write(shape, "Ferries carried more people this spring than ever before", 22, "FFFFFF")


@defect("contrast_low", "a run of another colour in a paragraph")
def _(page: Page) -> Any:
    shape = page.text("Ferries carried more people than ", (100, 200, 600, 40), 20)
    run = shape.text_frame.paragraphs[0].add_run()
    run.text = "ever"
    run.font.size, run.font.name = Pt(20), page.design.font
    faint = page.either(page.design.panel, page.design.ink)
    run.font.color.rgb = RGBColor.from_string(faint)
    return shape


@defect("contrast_low", "the header of a table whose cells were made white")
def _(page: Page) -> Any:
    shape = page.table([["Line", "People"], ["North", "410"]], (100, 150, 400, 90))
    for cell in shape.table.iter_cells():
        cell.fill.fore_color.rgb = RGBColor.from_string("FFFFFF")
        page.write(cell, cell.text, 16, "1F2937")
    for cell in shape.table.rows[0].cells:
        page.write(cell, cell.text, 16, page.either("FFFFFF", "0B5D66"))
    return shape


@defect("contrast_low", "a single digit in a cell")
def _(page: Page) -> Any:
    shape = page.table([["Line", "Ferries"], ["North", "7"]], (100, 150, 400, 90), 12)
    page.write(shape.table.cell(1, 1), "7", 12, page.either(page.design.panel, page.design.ink))
    return shape


@defect("contrast_low", "the end of a cell's words")
def _(page: Page) -> Any:
    shape = page.table([["Line", "Ferries"], ["North", "Counted "]], (100, 150, 400, 90))
    run = shape.table.cell(1, 1).text_frame.paragraphs[0].add_run()
    run.text, run.font.size, run.font.name = "twice", Pt(16), page.design.font
    run.font.color.rgb = RGBColor.from_string(page.either(page.design.panel, page.design.ink))
    return shape


@defect("contrast_low", "a bold header that is not bold")
def _(page: Page) -> Any:
    shape = page.table([["Line", "People"], ["North", "410"]], (100, 150, 400, 90), 14)
    for cell in shape.table.rows[0].cells:
        cell.fill.fore_color.rgb = RGBColor.from_string("3B82C4")
        page.write(cell, cell.text, 14, "FFFFFF").text_frame.paragraphs[0].runs[0].font.bold = not page.is_broken
    return shape


@defect("fill_faint", "a number in a circle on a panel of nearly its colour")
def _(page: Page) -> Any:
    page.block((100, 120, 400, 300), fill="2A2140")
    shape = page.block((120, 140, 40, 40), MSO_SHAPE.OVAL, page.either("162A5B", "7C5CFF"))
    return page.write(shape, "1", 18, "FFFFFF")


@defect("fill_faint", "a label in the colour of the slide")
def _(page: Page) -> Any:
    shape = page.block(
        (100, 140, 140, 34), MSO_SHAPE.ROUNDED_RECTANGLE, page.either(page.design.paper, page.design.strong)
    )
    return page.write(shape, "New", 16, page.either(page.design.ink, page.design.pale))


@defect("fill_faint", "an arrow with a word on a picture")
def _(page: Page) -> Any:
    page.picture((100, 100, 500, 300), low=20, high=24)
    shape = page.block((140, 140, 160, 60), MSO_SHAPE.RIGHT_ARROW, page.either("171615", "C2410C"))
    return page.write(shape, "North", 16, "FFFFFF")


@defect("font_tiny", "a text box")
def _(page: Page) -> Any:
    return page.text("Counted at the north terminal", (100, 200, 400, 30), page.either(7, 14))


@defect("font_tiny", "cells of a table")
def _(page: Page) -> Any:
    return page.table([["Line", "People"], ["North", "410"]], (100, 150, 400, 80), page.either(8, 14))


@defect("font_tiny", "labels of a chart")
def _(page: Page) -> Any:
    return page.chart((100, 100, 500, 320), page.either(6, 14))


@defect("font_tiny", "a scale that shrinks it")
def _(page: Page) -> Any:
    shape = page.text(SENTENCE * page.either(9, 2), (100, 100, 260, 100), 16)
    frame = body(shape)
    for child in list(frame):
        frame.remove(child)
    scale = {"fontScale": "47500", "lnSpcReduction": "20000"} if page.is_broken else {}
    frame.append(frame.makeelement(qn("a:normAutofit"), scale))
    return shape


@defect("font_tiny", "one small run in a paragraph")
def _(page: Page) -> Any:
    shape = page.text("Ferries carried more people", (100, 200, 600, 60), 20)
    run = shape.text_frame.add_paragraph().add_run()
    run.text = "Source: harbour office"
    run.font.size, run.font.name = Pt(page.either(6, 12)), page.design.font
    run.font.color.rgb = RGBColor.from_string(page.design.ink)
    return shape


# Pictures.


@defect("picture_distorted", "pulled wide")
def _(page: Page) -> Any:
    return page.picture((100, 100, page.either(600, 300), 300), (600, 600))


@defect("picture_distorted", "squeezed")
def _(page: Page) -> Any:
    return page.picture((100, 100, page.either(340, 400), 300), (1200, 900))


@defect("picture_distorted", "cropped, but not to its frame")
def _(page: Page) -> Any:
    shape = page.picture((100, 100, 300, 300), (1200, 600))
    shape.crop_left = shape.crop_right = page.either(0.1, 0.25)
    return shape


@defect("picture_distorted", "in a group that was pulled")
def _(page: Page) -> Any:
    shape = page.picture((100, 100, 300, 300), (600, 600))
    group = page.group(shape, page.block((420, 100, 100, 300)))
    group.width = Pt(page.either(700, 420))
    return shape


@defect("picture_upscaled", "a thumbnail shown large")
def _(page: Page) -> Any:
    return page.picture((100, 100, 600, 300), page.either((120, 60), (1200, 600)))


@defect("picture_upscaled", "a detail of a picture")
def _(page: Page) -> Any:
    shape = page.picture((100, 100, 400, 300), page.either((800, 600), (4000, 3000)))
    shape.crop_left = shape.crop_right = shape.crop_top = shape.crop_bottom = 0.4
    return shape


@defect("picture_missing", "a file that nobody has")
def _(page: Page) -> Any:
    shape = page.picture((100, 100, 400, 300))
    page.text("The north terminal", (100, 420, 400, 40))
    if page.is_broken:
        blip = next(shape._element.iter(qn("a:blip")))
        link = page.slide.part.relate_to("file:///C:/pictures/terminal.jpg", IMAGE, is_external=True)
        del blip.attrib[qn("r:embed")]
        blip.set(qn("r:link"), link)
    return shape


IMAGE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/image"


# Unfinished.


@defect("placeholder_empty", "no title", "Title and Content")
def _(page: Page) -> Any:
    title, content = page.slide.placeholders
    page.write(content, "Ferries carried more\nBuses carried fewer", 24)
    if not page.is_broken:
        page.write(title, "Spring", 36)
    return title


@defect("placeholder_empty", "half of the content", "Two Content")
def _(page: Page) -> Any:
    title, left, right = page.slide.placeholders
    page.write(title, "Spring", 36)
    page.write(left, "Ferries carried more\nBuses carried fewer", 24)
    if not page.is_broken:
        page.write(right, "Trams as before\nTrains not counted", 24)
    return right


@defect("placeholder_empty", "no picture", "Picture with Caption")
def _(page: Page) -> Any:
    title, frame, caption = page.slide.placeholders
    page.write(title, "Terminal", 32)
    page.write(caption, "From the north", 20)
    if page.is_broken:
        return frame
    page.picture((371, 54, 535, 428))
    frame._element.getparent().remove(frame._element)
    return frame


@defect("title_alone", "a title on a slide for content", "Title Only")
def _(page: Page) -> Any:
    page.write(page.slide.shapes.title, "Ferries carried more", 36)
    if not page.is_broken:
        page.text("410 people a day", (54, 180, 500, 60), 28)
    return page.slide.shapes.title


@defect("title_alone", "its content is gone", "Title and Content")
def _(page: Page) -> Any:
    title, content = page.slide.placeholders
    page.write(title, "Ferries carried more", 36)
    if page.is_broken:
        content._element.getparent().remove(content._element)
    else:
        page.write(content, "410 people a day", 28)
    return title


@defect("title_orphan", "one word on the last line", "Title Only")
def _(page: Page) -> Any:
    title = page.slide.shapes.title
    page.write(
        title, page.either("Ferries carried more people in the first spring of tolls than yesterday", "Ferries won"), 36
    )
    page.text("410 people a day", (54, 180, 500, 60), 28)
    return title


@defect("title_orphan", "a short word under a long line", "Section Header")
def _(page: Page) -> Any:
    title, below = page.slide.placeholders
    words = page.either("What the harbour office has found in this year", "What we found\nin this year")
    page.write(title, words, page.either(43, 40))
    page.write(below, "Ferries and buses", 20)
    return title


@defect("crowded", "a wall of words", "Title and Content")
def _(page: Page) -> Any:
    title, content = page.slide.placeholders
    page.write(title, "Spring", 36)
    page.write(content, SENTENCE * page.either(14, 3), 18)
    return content


@defect("crowded", "many boxes of text")
def _(page: Page) -> Any:
    boxes = [
        page.text(SENTENCE * page.either(2, 1), (60 + 290 * column, 60 + 150 * row, 260, 130), 14)
        for row in range(3)
        for column in range(page.either(3, 2))
    ]
    return boxes[0]


@defect("crowded", "a table of sentences")
def _(page: Page) -> Any:
    cell = page.either(SENTENCE.strip(), "More")
    return page.table([["Line", "Spring", "Autumn"], *[["North", cell, cell]] * 7], (60, 60, 840, 330), 14)


# Arrangement.


@defect("margin", "text along the left edge")
def _(page: Page) -> Any:
    return page.text("Ferries carried more", (page.either(-4, 50), 200, 300, 40))


@defect("margin", "a note along the bottom")
def _(page: Page) -> Any:
    return page.text("Source: harbour office", (100, page.either(511, 470), 300, 24), 14)


@defect("margin", "a chart up to the right edge")
def _(page: Page) -> Any:
    page.text("Ferries", (60, 60, 200, 40))
    return page.chart((page.either(555, 480), 100, 400, 300))


@defect("margin", "a table just short of the top")
def _(page: Page) -> Any:
    return page.table([["Line", "People"], ["North", "410"]], (100, page.either(4, 60), 400, 80))


@defect("alignment", "one of three cards lower")
def _(page: Page) -> Any:
    shapes = [
        page.panel(words, (80 + 270 * place, 200 + page.either(3 * (place == 1), 0), 250, 120))
        for place, words in enumerate(("Ferries", "Buses", "Trams"))
    ]
    return shapes[1]


@defect("alignment", "a picture not quite below another")
def _(page: Page) -> Any:
    page.picture((100, 80, 300, 170))
    return page.picture((page.either(102.5, 100), 270, 300, 170))


@defect("alignment", "a text not quite in line with the title", "Title Only")
def _(page: Page) -> Any:
    page.write(page.slide.shapes.title, "Ferries carried more", 36)
    return page.text("410 people a day", (page.either(50, 46.8), 130, 500, 60), 28)


@defect("alignment", "a row of cards that slipped")
def _(page: Page) -> Any:
    columns = (80, 280, 480, 680)
    for left in columns:
        page.panel("Ferries", (left, 120, 160, 100))
    cards = [page.panel("Buses", (left + page.either(3, 0), 240, 160, 100)) for left in columns]
    return cards[0]


@defect("alignment", "texts with other insets in frames that nobody sees")
def _(page: Page) -> Any:
    page.text("Ferries carried more", (100, 150, 400, 40))
    shape = page.text("Buses carried fewer", (page.either(100, 97), 200, 400, 40))
    shape.text_frame.margin_left = Pt(10.2)  # the first has 7.2
    return shape


@defect("alignment", "numbers at the right that end at other places")
def _(page: Page) -> Any:
    shapes = [
        page.text(words, (100, top, 300 + more, 40))
        for words, top, more in (("410", 150, 0), ("7", 200, page.either(3, 0)))
    ]
    for shape in shapes:
        shape.text_frame.paragraphs[0].alignment = PP_ALIGN.RIGHT
    return shapes[1]


@defect("connector_short", "an arrow just short of the next step")
def _(page: Page) -> Any:
    page.panel("Ferries", (100, 200, 160, 80))
    page.panel("Buses", (400, 200, 160, 80))
    return page.line((260, 240), (page.either(396, 400), 240))


@defect("connector_short", "a line that comes from the right")
def _(page: Page) -> Any:
    page.panel("Ferries", (100, 200, 160, 80))
    page.panel("Buses", (400, 320, 160, 80))
    return page.line((400, 360), (page.either(263, 260), 240))


@defect("connector_short", "a spoke that misses its hub")
def _(page: Page) -> Any:
    page.panel("Hub", (400, 200, 120, 120), kind=MSO_SHAPE.OVAL)
    page.panel("Ferries", (100, 100, 160, 80))
    start, middle = (260, 140), (460, 260)
    rim = 1 - 60 / ((middle[0] - start[0]) ** 2 + (middle[1] - start[1]) ** 2) ** 0.5
    way = rim - page.either(0.017, 0)
    return page.line(start, (start[0] + way * (middle[0] - start[0]), start[1] + way * (middle[1] - start[1])))


@defect("connector_short", "a line up to a picture")
def _(page: Page) -> Any:
    page.picture((100, 100, 300, 150))
    page.panel("The terminal", (150, 350, 200, 60))
    return page.line((250, 350), (250, page.either(253, 250)))


@defect("connector_short", "one end of a line that kept off at both")
def _(page: Page) -> Any:
    page.panel("Ferries", (100, 200, 160, 80))
    page.panel("Buses", (400, 200, 160, 80))
    return page.line((page.either(260, 264), 240), (396, 240))
