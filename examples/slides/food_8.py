"""A video to watch: its task on the left, its title and a still on the right, on dark blue (SlidesBench, food 8)."""

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


def still():
    """Drawn in place of the still of the video."""
    image = Image.new("RGB", (1280, 720), "#6B4A36")
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, 1280, 330), fill="#B5835A")
    draw.rectangle((800, 60, 1140, 260), fill="#F3E3C3", outline="#5A3A24", width=14)
    draw.ellipse((330, 470, 830, 1200), fill="#7A2E3A")
    draw.rectangle((530, 380, 630, 510), fill="#D99A72")
    draw.ellipse((440, 120, 720, 460), fill="#E9B08B")
    draw.pieslice((420, 70, 740, 410), 175, 365, fill="#2B1B17")
    for x in (525, 635):
        draw.ellipse((x - 15, 265, x + 15, 295), fill="#2B1B17")
    draw.arc((520, 300, 640, 390), 20, 160, fill="#8C3B3B", width=12)
    return image


prs = Presentation()
prs.slide_width, prs.slide_height = Inches(13.333), Inches(7.5)
slide = prs.slides.add_slide(prs.slide_layouts[5])
slide.background.fill.solid()
slide.background.fill.fore_color.rgb = RGBColor.from_string("141F4B")
title = slide.shapes.title
title.left, title.top, title.width, title.height = map(Inches, (1.75, 0.5, 6, 0.9))
write(title.text_frame, "VIEWING ACTIVITY", 36, bold=True, color=WHITE)
shape(MSO_SHAPE.RECTANGLE, (0.7, 0.85, 0.9, 0.55), WHITE)
shape(MSO_SHAPE.PARALLELOGRAM, (0.7, 0.6, 0.9, 0.2), "F25F8F")
text((0.6, 2.8, 5.1, 1.6), "Watch the first 2 minutes of the video.", 30, color=WHITE)
shape(MSO_SHAPE.ROUNDED_RECTANGLE, (6.2, 1.8, 6.4, 0.8), WHITE, "Friends | Joey Doesn't Share Food!", 28, NAVY)
picture(still(), 6.2, 2.8, 6.4)
shape(MSO_SHAPE.OVAL, (0.7, 5.9, 0.9, 0.9), "F25F8F")
shape(MSO_SHAPE.ISOSCELES_TRIANGLE, (1.0, 6.18, 0.38, 0.34), WHITE).rotation = 90
text((1.75, 6.0, 3, 0.7), "FLUENT", 24, bold=True, color=WHITE)
prs.save(sys.argv[1] if sys.argv[1:] else "food_8.pptx")
