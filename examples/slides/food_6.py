"""A question to talk about: a bubble with a question mark, two people with glasses, buttons (SlidesBench, food 6)."""

import io
import sys

from PIL import Image, ImageDraw
from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.shapes import MSO_SHAPE
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.util import Inches, Pt

NAVY, WHITE = "162A5B", "FFFFFF"


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


def couple():
    image = Image.new("RGB", (1400, 1300), "#FDF1E3")
    draw = ImageDraw.Draw(image)
    for x, shirt, hair in ((380, "#2F6DB5", "#2B1B17"), (1020, "#C2476F", "#7A4A21")):
        draw.ellipse((x - 240, 640, x + 240, 1500), fill=shirt)
        draw.ellipse((x - 130, 300, x + 130, 660), fill="#E9B08B")
        draw.pieslice((x - 150, 260, x + 150, 580), 175, 365, fill=hair)
        draw.arc((x - 50, 480, x + 50, 570), 20, 160, fill="#8C3B3B", width=10)
        for eye in (-50, 50):
            draw.ellipse((x + eye - 12, 440, x + eye + 12, 464), fill="#2B1B17")
    draw.rectangle((0, 1080, 1400, 1300), fill="#8C5A3C")
    for x in (620, 780):
        draw.pieslice((x - 65, 720, x + 65, 920), 0, 180, fill="#8E1F3F")
        draw.line((x, 920, x, 1060), fill="#777777", width=10)
        draw.ellipse((x - 50, 1045, x + 50, 1075), fill="#999999")
    return image


prs = Presentation()
prs.slide_width, prs.slide_height = Inches(13.333), Inches(7.5)
slide = prs.slides.add_slide(prs.slide_layouts[6])
slide.background.fill.solid()
slide.background.fill.fore_color.rgb = RGBColor.from_string("F3F7FD")

shape(MSO_SHAPE.ROUNDED_RECTANGLE, (0.6, 0.5, 3.8, 0.7), NAVY, "PREVIEW DISCUSSION", 22)
bubble = shape(MSO_SHAPE.OVAL_CALLOUT, (0.7, 2.4, 2.3, 2.1), "C22F6B", "?", 80)
bubble.adjustments[0], bubble.adjustments[1] = -0.35, 0.65
question = "What do you think are some good ways to make a good first impression on a date?"
text((3.4, 2.1, 4.9, 3), question, 32, bold=True, align=PP_ALIGN.CENTER)
picture(couple(), 8.7, 1.75, 4.0)
shape(MSO_SHAPE.OVAL, (0.7, 6.3, 0.75, 0.75), NAVY)
shape(MSO_SHAPE.ISOSCELES_TRIANGLE, (0.95, 6.53, 0.32, 0.28), WHITE).rotation = 90
shape(MSO_SHAPE.ROUNDED_RECTANGLE, (9.6, 6.35, 3.1, 0.65), NAVY, "VIEWING ACTIVITY", 18)
prs.save(sys.argv[1] if sys.argv[1:] else "food_6.pptx")
