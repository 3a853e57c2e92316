"""A lesson's cover: logo, title, a round portrait, soft shapes in the corners, a licence line (SlidesBench, food 1)."""

import io
import sys

from PIL import Image, ImageDraw
from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.shapes import MSO_SHAPE
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.util import Inches, Pt

NAVY, WHITE = "162A5B", "FFFFFF"


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
slide.background.fill.fore_color.rgb = RGBColor.from_string("F5F8FD")

for fill, *box in (
    ("FBC9DA", 10.6, -1.9, 4.6, 4.2),
    ("BFDBF7", 11.6, 5.4, 3.4, 3.4),
    ("FBC9DA", -1.8, 5.6, 4.2, 3.8),
    ("BFDBF7", -1.6, -1.7, 3.4, 3.0),
):
    shape(MSO_SHAPE.OVAL, box, fill)
text((0.7, 0.55, 5, 0.8), "FLUENTIZE", 32, bold=True)
text((0.7, 2.1, 6.2, 3.0), "Friends | Joey Doesn't Share Food! (B1)", 54, bold=True)
text((0.7, 6.6, 8, 0.4), "Fluentize, LLC. Copyright 2023. For use only with license.", 12)
photo = picture(portrait(), 7.6, 1.3, 4.6)
photo.auto_shape_type = MSO_SHAPE.OVAL
photo.line.color.rgb, photo.line.width = RGBColor.from_string(WHITE), Pt(6)
prs.save(sys.argv[1] if sys.argv[1:] else "food_1.pptx")
