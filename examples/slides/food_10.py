"""True, false or not given: statements in a table with boxes to tick, two buttons (SlidesBench, food 10)."""

import io
import sys

from PIL import Image, ImageDraw
from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.shapes import MSO_SHAPE
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.util import Inches, Pt

NAVY, PINK, WHITE = "162A5B", "C22F6B", "FFFFFF"
STATEMENTS = (
    "1. Phoebe sarcastically says that Sarah is a monster for her etiquette.",
    "2. Joey prefers eating French fries with his fingers.",
    "3. Rachel is surprised to hear about Joey's food sharing rule.",
)


def portrait():
    """Drawn in place of the photograph."""
    image = Image.new("RGB", (1000, 1000), "#F5C26B")
    draw = ImageDraw.Draw(image)
    draw.ellipse((170, 690, 830, 1500), fill="#7A2E3A")
    draw.rectangle((430, 570, 570, 760), fill="#D99A72")
    draw.ellipse((330, 200, 670, 650), fill="#E9B08B")
    draw.pieslice((305, 140, 695, 580), 175, 365, fill="#2B1B17")
    for x in (420, 580):
        draw.ellipse((x - 18, 385, x + 18, 421), fill="#2B1B17")
    draw.arc((420, 440, 580, 560), 20, 160, fill="#8C3B3B", width=15)
    return image


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


def check():
    image = Image.new("RGBA", (300, 300), (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    draw.ellipse((5, 5, 295, 295), fill="#2E9E4F")
    draw.line((80, 155, 130, 210, 220, 95), fill="white", width=34, joint="curve")
    return image


prs = Presentation()
prs.slide_width, prs.slide_height = Inches(13.333), Inches(7.5)
slide = prs.slides.add_slide(prs.slide_layouts[5])
slide.background.fill.solid()
slide.background.fill.fore_color.rgb = RGBColor.from_string("F3F7FD")
title = slide.shapes.title
title.left, title.top, title.width, title.height = map(Inches, (0.5, 0.35, 4, 0.8))
write(title.text_frame, "PART 3", 36, bold=True)
task = "Choose true (T), false (F), or not given (N) according to the information in the video."
text((0.5, 1.15, 9.7, 0.5), task, 20)
picture(check(), 10.2, 1.15, 0.5)
table = slide.shapes.add_table(4, 4, *map(Inches, (0.6, 1.9, 12.1, 2.4))).table
for column, width in enumerate((9.4, 0.9, 0.9, 0.9)):
    table.columns[column].width = Inches(width)
for row, statement in enumerate(("Statement", *STATEMENTS)):
    for column, words in enumerate((statement, *("☐☐☐" if row else "TFN"))):
        cell = table.cell(row, column)
        cell.vertical_anchor = MSO_ANCHOR.MIDDLE
        cell.fill.solid()
        cell.fill.fore_color.rgb = RGBColor.from_string(WHITE if row else NAVY)
        align = PP_ALIGN.CENTER if column else PP_ALIGN.LEFT
        write(cell.text_frame, words, 20, bold=not row, color=NAVY if row else WHITE, align=align)
picture(portrait(), 10.5, 4.5, 1.6)
button = slide.shapes.add_textbox(*map(Inches, (9.9, 6.2, 2.8, 0.45)))
write(button.text_frame, "Check your answers", 16, bold=True, color=PINK, align=PP_ALIGN.CENTER)
button.line.color.rgb = RGBColor.from_string(PINK)
shape(MSO_SHAPE.ROUNDED_RECTANGLE, (9.9, 6.75, 2.8, 0.45), NAVY, "VIEWING ACTIVITY", 16)
prs.save(sys.argv[1] if sys.argv[1:] else "food_10.pptx")
