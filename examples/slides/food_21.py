"""Four audio clips with room for their stressed words, and a second task (SlidesBench, food 21)."""

import io
import sys

from PIL import Image, ImageDraw
from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.shapes import MSO_SHAPE
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.util import Inches, Pt

NAVY, WHITE = "162A5B", "FFFFFF"
CLIPS = (
    "“We were out to dinner, ok... We were getting along...”",
    "“We were having a really nice time.”",
    "“I was thinking she was really cool.”",
    "“And then, out of nowhere...”",
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


def play(left, top, size, fill=NAVY):
    shape(MSO_SHAPE.OVAL, (left, top, size, size), fill)
    arrow = (left + 0.34 * size, top + 0.33 * size, 0.42 * size, 0.36 * size)
    shape(MSO_SHAPE.ISOSCELES_TRIANGLE, arrow, WHITE).rotation = 90


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
slide = prs.slides.add_slide(prs.slide_layouts[5])
slide.background.fill.solid()
slide.background.fill.fore_color.rgb = RGBColor.from_string("F3F7FD")
title = slide.shapes.title
title.left, title.top, title.width, title.height = map(Inches, (1.5, 0.3, 8, 0.7))
write(title.text_frame, "Pronunciation Activity", 36, bold=True)
picture(exam(), 0.6, 0.3, 0.65)
shape(MSO_SHAPE.ROUNDED_RECTANGLE, (0.6, 1.25, 1.5, 0.5), NAVY, "PART 1", 20)
task = "Play the audio clips below. On which words do you notice the stress/intonation?"
text((2.3, 1.25, 10.4, 0.5), task, 18)
for index, clip in enumerate(CLIPS):
    top = 1.95 + 0.95 * index
    play(0.7, top + 0.1, 0.6)
    text((1.5, top, 6.2, 0.8), f"{index + 1}. {clip}", 20)
    text((7.7, top, 1.8, 0.8), "stressed word(s):", 16)
    answer = shape(MSO_SHAPE.RECTANGLE, (9.5, top + 0.1, 3.2, 0.6), WHITE)
    answer.line.color.rgb = RGBColor.from_string(NAVY)
shape(MSO_SHAPE.ROUNDED_RECTANGLE, (0.6, 6.1, 1.5, 0.5), NAVY, "PART 2", 20)
task = "Repeat each sentence above out loud. Put stress/intonation on the words you marked in Part 1."
text((2.3, 6.1, 10.4, 0.5), task, 18)
prs.save(sys.argv[1] if sys.argv[1:] else "food_21.pptx")
