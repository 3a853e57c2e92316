"""The start of a story: a man, what he says in a bubble, and a plate of fries (SlidesBench, food 5)."""

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


def fries():
    image = Image.new("RGB", (1000, 1000), "#F7E7D3")
    draw = ImageDraw.Draw(image)
    draw.ellipse((60, 560, 940, 940), fill="#FFFFFF", outline="#C9C9C9", width=8)
    for index in range(11):
        left, lean = 235 + 46 * index, 24 * (index - 5)
        fry = (left, 700, left + 40, 700, left + 40 + lean, 220, left + lean, 220)
        draw.polygon(fry, fill="#F2B632", outline="#C98A1B")
    draw.rectangle((215, 560, 790, 810), fill="#D43D3D")
    return image


prs = Presentation()
prs.slide_width, prs.slide_height = Inches(13.333), Inches(7.5)
slide = prs.slides.add_slide(prs.slide_layouts[6])
slide.background.fill.solid()
slide.background.fill.fore_color.rgb = RGBColor.from_string("F3F7FD")

shape(MSO_SHAPE.ROUNDED_RECTANGLE, (0.6, 0.4, 1.8, 0.6), NAVY, "PART 3", 24)
task = (
    "Imagine you went to a restaurant for a first date. Something went wrong involving French fries. "
    "Imagine you're telling the story to a friend. Use the prompt below to start your story."
)
text((0.5, 1.15, 12.2, 0.9), task, 20)
picture(portrait(), 0.6, 2.4, 3.6)
words = (
    "“We were out to dinner, we were getting along, having a really nice time, "
    "I was thinking she was really cool, but then, out of nowhere, ...”"
)
bubble = shape(MSO_SHAPE.ROUNDED_RECTANGULAR_CALLOUT, (4.7, 2.4, 4.0, 3.6), WHITE, words, 22, NAVY)
bubble.line.color.rgb, bubble.line.width = RGBColor.from_string(NAVY), Pt(2)
bubble.adjustments[0], bubble.adjustments[1] = -0.62, 0.15
picture(fries(), 9.1, 2.4, 3.6)
shape(MSO_SHAPE.ROUNDED_RECTANGLE, (0.6, 6.6, 2.8, 0.55), NAVY, "PREVIEW ACTIVITY")
prs.save(sys.argv[1] if sys.argv[1:] else "food_5.pptx")
