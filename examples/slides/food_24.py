"""A story to tell out loud, with a picture of skaters and an audio clip (SlidesBench, food 24)."""

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


def speaker():
    """A head that speaks."""
    image = Image.new("RGBA", (600, 600), (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    draw.ellipse((20, 60, 340, 400), fill="#162A5B")
    draw.polygon((110, 350, 290, 350, 320, 580, 80, 580), fill="#162A5B")
    for reach in (70, 150, 230):
        draw.arc((330 - reach, 250 - reach, 330 + reach, 250 + reach), -40, 40, fill="#1F6FD0", width=28)
    return image


def skaters():
    """Drawn in place of the photograph."""
    image = Image.new("RGB", (1400, 900), "#BFE0F5")
    draw = ImageDraw.Draw(image)
    draw.polygon((100, 520, 750, 120, 1400, 520), fill="#A9C8DB")
    draw.rectangle((0, 520, 1400, 900), fill="#F7FBFE")
    for x, coat in ((420, "#D94F70"), (640, "#2F6DB5"), (980, "#E0A030")):
        for foot in (x - 60, x + 60):
            draw.line((x, 560, foot, 740), fill="#33384D", width=34)
            draw.line((foot - 40, 762, foot + 50, 762), fill="#7F8A99", width=12)
        draw.rounded_rectangle((x - 60, 340, x + 60, 590), 40, fill=coat)
        draw.ellipse((x - 45, 240, x + 45, 350), fill="#E9B08B")
        draw.pieslice((x - 50, 225, x + 50, 335), 180, 360, fill="#7A4A21")
    return image


prs = Presentation()
prs.slide_width, prs.slide_height = Inches(13.333), Inches(7.5)
slide = prs.slides.add_slide(prs.slide_layouts[6])
slide.background.fill.solid()
slide.background.fill.fore_color.rgb = RGBColor.from_string("EEF0F3")

shape(MSO_SHAPE.RECTANGLE, (0.6, 0.4, 1.8, 0.65), "1F6FD0", "PART 4", 26)
picture(speaker(), 0.7, 1.35, 0.9)
task = "Tell the short story below out loud using the pronunciation rule you studied on the previous slide."
text((1.9, 1.3, 10.8, 1.0), task, 20)
story = (
    "“Last week, I went on a date. We were skating in the park, we were laughing, and the guy was making some really "
    "funny jokes...and then, out of nowhere, I fell down and I broke my leg!”"
)
shape(MSO_SHAPE.ROUNDED_RECTANGLE, (0.6, 2.6, 6.8, 3.2), WHITE, story, 24, NAVY)
picture(skaters(), 7.72, 2.6, 4.98)
shape(MSO_SHAPE.OVAL, (0.6, 6.2, 0.75, 0.75), NAVY)
shape(MSO_SHAPE.ISOSCELES_TRIANGLE, (0.86, 6.45, 0.31, 0.26), WHITE).rotation = 90
text((1.5, 6.2, 11.2, 0.75), "Play and listen to the audio clip to check your answers. Repeat if necessary.", 20)
prs.save(sys.argv[1] if sys.argv[1:] else "food_24.pptx")
