"""A short story with boxes to fill in before its verbs, and a picture of skaters (SlidesBench, food 19)."""

import io
import sys

from PIL import Image, ImageDraw
from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.shapes import MSO_SHAPE
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.util import Inches, Pt

NAVY, WHITE = "162A5B", "FFFFFF"
# Of each line: the width of a part in inches, and its words; none for a box.
STORY = (
    ((1.4, "Last week,"), (1.6, ""), (4.8, "(I / go) on a date with a nice boy")),
    ((1.6, ""), (2.3, "(I / meet) recently."), (1.6, ""), (3.0, "(We / skate) in the park,")),
    ((1.6, ""), (1.8, "(we / laugh),"), (0.7, "and"), (1.6, ""), (4.4, "(he / make) some really funny jokes,")),
    ((3.3, "and then, out of nowhere,"), (1.6, ""), (1.8, "(I / fall) down")),
    ((0.7, "and"), (1.6, ""), (2.5, "(I / break) my leg!")),
)
EXAMPLE = "I went"


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


def skaters():
    """Drawn in place of the photograph."""
    image = Image.new("RGB", (1400, 900), "#BFE0F5")
    draw = ImageDraw.Draw(image)
    draw.polygon((0, 520, 350, 180, 650, 520), fill="#8FB4CC")
    draw.polygon((500, 520, 950, 120, 1400, 520), fill="#A9C8DB")
    draw.rectangle((0, 520, 1400, 900), fill="#EEF7FC")
    for x, coat in ((420, "#D94F70"), (640, "#2F6DB5"), (980, "#E0A030")):
        draw.line((x, 560, x - 60, 740), fill="#33384D", width=34)
        draw.line((x, 560, x + 60, 740), fill="#33384D", width=34)
        draw.rounded_rectangle((x - 60, 340, x + 60, 590), 40, fill=coat)
        draw.ellipse((x - 45, 240, x + 45, 350), fill="#E9B08B")
        draw.pieslice((x - 50, 225, x + 50, 335), 180, 360, fill="#7A4A21")
        for foot in (x - 60, x + 60):
            draw.line((foot - 40, 762, foot + 50, 762), fill="#7F8A99", width=12)
    return image


prs = Presentation()
prs.slide_width, prs.slide_height = Inches(13.333), Inches(7.5)
slide = prs.slides.add_slide(prs.slide_layouts[6])
slide.background.fill.solid()
slide.background.fill.fore_color.rgb = RGBColor.from_string("F3F7FD")

shape(MSO_SHAPE.ROUNDED_RECTANGLE, (0.6, 0.4, 1.8, 0.6), NAVY, "PART 3", 24)
task = "Fill in the correct past simple or past continuous forms in the short story below."
text((2.6, 0.4, 10.1, 0.6), task, 20)
for row, parts in enumerate(STORY):
    left, top = 0.6, 1.5 + 0.8 * row
    for width, words in parts:
        if words:
            text((left, top, width, 0.5), words, 20)
        else:
            blank = shape(MSO_SHAPE.RECTANGLE, (left, top, width, 0.5), WHITE, "" if row else EXAMPLE, 20, NAVY)
            blank.line.color.rgb = RGBColor.from_string(NAVY)
        left += width
picture(skaters(), 8.0, 3.9, 4.7)
prs.save(sys.argv[1] if sys.argv[1:] else "food_19.pptx")
