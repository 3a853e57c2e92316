"""A worksheet: questions with their times and room for answers, and one to talk about (SlidesBench, food 9)."""

import io
import sys

from PIL import Image, ImageDraw
from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.shapes import MSO_SHAPE
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.util import Inches, Pt

NAVY, BLUE, WHITE = "162A5B", "1F6FD0", "FFFFFF"


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


def notepad():
    image = Image.new("RGBA", (600, 700), (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle((40, 60, 560, 680), 40, fill="#FFFFFF", outline="#162A5B", width=22)
    for y in (220, 340, 460, 580):
        draw.line((130, y, 470, y), fill="#1F6FD0", width=22)
    for x in (170, 300, 430):
        draw.rectangle((x - 14, 10, x + 14, 120), fill="#162A5B")
    return image


prs = Presentation()
prs.slide_width, prs.slide_height = Inches(13.333), Inches(7.5)
slide = prs.slides.add_slide(prs.slide_layouts[6])
slide.background.fill.solid()
slide.background.fill.fore_color.rgb = RGBColor.from_string("F3F7FD")

shape(MSO_SHAPE.ROUNDED_RECTANGLE, (0.6, 0.4, 1.7, 0.6), BLUE, "PART 1", 24)
text((2.5, 0.4, 10, 0.6), "Discuss/Write short answers below according to the information.", 20)
picture(notepad(), 0.8, 1.75, 1.3)
questions = [
    ("0:18", "1. What happened on Joey's first date with Sarah?"),
    ("0:48", "2. How does Joey feel about their first date? What does he say about it?"),
]
for index, (time, question) in enumerate(questions):
    top = 1.25 + 1.65 * index
    text((2.5, top, 6.7, 0.6), question, 17)
    shape(MSO_SHAPE.ROUNDED_RECTANGLE, (9.2, top + 0.1, 0.8, 0.4), NAVY, time, 14)
    answer = shape(MSO_SHAPE.RECTANGLE, (2.6, top + 0.65, 7.4, 0.8), WHITE)
    answer.line.color.rgb = RGBColor.from_string(NAVY)
picture(portrait(), 10.3, 1.25, 2.4)
shape(MSO_SHAPE.RECTANGLE, (0.6, 4.65, 12.1, 0.03), BLUE)
shape(MSO_SHAPE.ROUNDED_RECTANGLE, (0.6, 4.95, 1.7, 0.6), BLUE, "PART 2", 24)
text((2.5, 4.95, 10, 0.6), "Refer back to Preview, Part 3. How similar was your date story to Joey's?", 20)
shape(MSO_SHAPE.OVAL, (1.0, 5.9, 0.9, 0.9), NAVY)
shape(MSO_SHAPE.ISOSCELES_TRIANGLE, (1.3, 6.18, 0.38, 0.34), WHITE).rotation = 90
shape(MSO_SHAPE.ROUNDED_RECTANGLE, (9.7, 6.35, 3.0, 0.65), NAVY, "VIEWING ACTIVITY", 18)
prs.save(sys.argv[1] if sys.argv[1:] else "food_9.pptx")
