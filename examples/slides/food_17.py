"""Sentences of a dialogue to sort into the columns of a table (SlidesBench, food 17)."""

import io
import sys

from PIL import Image, ImageDraw
from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.shapes import MSO_SHAPE
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.util import Inches, Pt

NAVY, WHITE = "162A5B", "FFFFFF"
LINES = (
    (
        "JOEY",
        "We were out to dinner. We were getting along, having a really nice time, I was thinking she was really cool "
        "and then, out of nowhere, (she reached over and took some of my fries from my plate!)",
    ),
    ("PHOEBE", "So she took some fries, big deal!"),
    (
        "RACHEL",
        "Oh yeah, Joey doesn't share food. I mean, just last week, we were having breakfast, and...and he had "
        "a couple of grapes on his plate...",
    ),
)


def write(frame, words, size, *, bold=False, color=NAVY, align=PP_ALIGN.LEFT):
    frame.word_wrap, frame.vertical_anchor = True, MSO_ANCHOR.MIDDLE
    frame.paragraphs[0].alignment = align
    run = frame.paragraphs[0].add_run()
    run.text = words
    run.font.name, run.font.size, run.font.bold = "Calibri", Pt(size), bold
    run.font.color.rgb = RGBColor.from_string(color)


def text(box, words, size, **style):
    write(slide.shapes.add_textbox(*map(Inches, box)).text_frame, words, size, **style)


def shape(kind, box, fill, words="", size=16, color=WHITE):
    made = slide.shapes.add_shape(kind, *map(Inches, box))
    made.shadow.inherit = False
    made.fill.solid()
    made.fill.fore_color.rgb = RGBColor.from_string(fill)
    made.line.fill.background()
    if words:
        write(made.text_frame, words, size, bold=True, color=color, align=PP_ALIGN.CENTER)
    return made


def picture(image, left, top, width):
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return slide.shapes.add_picture(stream, Inches(left), Inches(top), width=Inches(width))


def exam():
    image = Image.new("RGBA", (600, 700), (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle((40, 20, 560, 680), 40, fill="#FFFFFF", outline="#162A5B", width=24)
    for y in (170, 350, 530):
        draw.line((110, y, 150, y + 40, 210, y - 50), fill="#2E9E4F", width=26, joint="curve")
        draw.line((270, y, 480, y), fill="#162A5B", width=24)
    return image


prs = Presentation()
prs.slide_width, prs.slide_height = Inches(13.333), Inches(7.5)
slide = prs.slides.add_slide(prs.slide_layouts[6])
slide.background.fill.solid()
slide.background.fill.fore_color.rgb = RGBColor.from_string("EAF2FB")

shape(MSO_SHAPE.ROUNDED_RECTANGLE, (0.6, 0.35, 1.8, 0.6), NAVY, "PART 2", 24)
picture(exam(), 0.75, 1.1, 0.7)
task = "Read the sentences and categorize each example of the past simple/past continuous."
text((1.7, 1.2, 11, 0.6), task, 20, bold=True)
box = shape(MSO_SHAPE.ROUNDED_RECTANGLE, (0.6, 2.05, 12.1, 2.4), WHITE)
box.adjustments[0] = 0.06
frame = box.text_frame
frame.word_wrap, frame.vertical_anchor = True, MSO_ANCHOR.MIDDLE
for index, (name, words) in enumerate(LINES):
    paragraph = frame.paragraphs[0] if index == 0 else frame.add_paragraph()
    paragraph.alignment, paragraph.space_after = PP_ALIGN.LEFT, Pt(6)
    for part, bold in ((f"{name}: ", True), (words, False)):
        run = paragraph.add_run()
        run.text = part
        run.font.name, run.font.size, run.font.bold = "Calibri", Pt(18), bold
        run.font.color.rgb = RGBColor.from_string(NAVY)
table = slide.shapes.add_table(2, 2, *map(Inches, (0.6, 4.7, 12.1, 2.3))).table
table.rows[0].height, table.rows[1].height = Inches(0.5), Inches(1.8)
for column, heading in enumerate(("PAST SIMPLE", "PAST CONTINUOUS")):
    for row, words in enumerate((heading, "“We were out to dinner.”" if column == 0 else "")):
        cell = table.cell(row, column)
        cell.fill.solid()
        cell.fill.fore_color.rgb = RGBColor.from_string("CFE0F3" if row else NAVY)
        write(cell.text_frame, words, 18, bold=not row, color=NAVY if row else WHITE)
prs.save(sys.argv[1] if sys.argv[1:] else "food_17.pptx")
