"""Events to put in order, the first one done, with a portrait and two buttons (SlidesBench, food 13)."""

import io
import sys

from PIL import Image, ImageDraw
from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.shapes import MSO_SHAPE
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.util import Inches, Pt

NAVY, PINK, WHITE = "162A5B", "C22F6B", "FFFFFF"
EVENTS = (
    "Sarah leaves the table for a phone call.",
    "Joey doesn't like the dessert he orders and tries to order a different one.",
    "Joey refuses to apologize when Sarah returns.",
    "Joey apologizes for getting angry that Sarah took his food on the first date.",
    "Joey is unable to control himself and eats all of Sarah's dessert.",
    "The waiter arrives with their desserts.",
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


prs = Presentation()
prs.slide_width, prs.slide_height = Inches(13.333), Inches(7.5)
slide = prs.slides.add_slide(prs.slide_layouts[6])
slide.background.fill.solid()
slide.background.fill.fore_color.rgb = RGBColor.from_string("F3F7FD")

shape(MSO_SHAPE.ROUNDED_RECTANGLE, (0.6, 0.4, 1.8, 0.6), NAVY, "PART 4", 24)
task = (
    "List the events in Joey's second date with Sarah in order from 2 - 6. The first one has been done as an example."
)
text((2.6, 0.25, 10.1, 0.9), task, 20)
for index, event in enumerate(EVENTS):
    top = 1.4 + 0.95 * index
    box = shape(MSO_SHAPE.RECTANGLE, (0.6, top, 0.6, 0.6), WHITE, "1" if "apologizes" in event else "", 24, PINK)
    box.line.color.rgb, box.line.width = RGBColor.from_string(NAVY), Pt(2)
    text((1.4, top, 11.3 if index < 4 else 6.1, 0.6), event, 18)
picture(portrait(), 7.7, 4.95, 2.1)
button = slide.shapes.add_textbox(*map(Inches, (10.1, 5.2, 2.6, 0.6)))
write(button.text_frame, "Check your answers", 16, bold=True, color=PINK, align=PP_ALIGN.CENTER)
shape(MSO_SHAPE.ROUNDED_RECTANGLE, (10.1, 6.15, 2.6, 0.6), NAVY, "VIEWING ACTIVITY", 16)
prs.save(sys.argv[1] if sys.argv[1:] else "food_13.pptx")
