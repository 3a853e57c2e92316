"""A dark title slide with an icon on the left and a logo in the corner (SlidesBench, food 28)."""

import io
import sys

from PIL import Image, ImageDraw
from pptx import Presentation
from pptx.dml.color import RGBColor
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


def picture(image, left, top, width):
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return slide.shapes.add_picture(stream, Inches(left), Inches(top), width=Inches(width))


def checklist():
    image = Image.new("RGBA", (780, 960), (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle((20, 60, 760, 940), 60, fill="#FFFFFF")
    draw.rounded_rectangle((250, 10, 530, 130), 40, fill="#F25F8F")
    for y in (280, 480, 680):
        draw.line((110, y, 160, y + 50, 240, y - 60), fill="#2E9E4F", width=34, joint="curve")
        draw.line((320, y, 650, y), fill="#141F4B", width=34)
    return image


prs = Presentation()
prs.slide_width, prs.slide_height = Inches(13.333), Inches(7.5)
slide = prs.slides.add_slide(prs.slide_layouts[5])
slide.background.fill.solid()
slide.background.fill.fore_color.rgb = RGBColor.from_string("141F4B")
title = slide.shapes.title
title.left, title.top, title.width, title.height = map(Inches, (4.2, 2.4, 8.5, 1.3))
write(title.text_frame, "QUIZ & REVIEW ACTIVITY", 54, bold=True, color=WHITE, align=PP_ALIGN.CENTER)
text((4.2, 3.9, 8.5, 0.8), "Work with a partner.", 28, color=WHITE, align=PP_ALIGN.CENTER)
picture(checklist(), 1.2, 2.0, 2.6)
text((9.9, 0.4, 2.8, 0.7), "FLUENT", 28, bold=True, color=WHITE, align=PP_ALIGN.RIGHT)
prs.save(sys.argv[1] if sys.argv[1:] else "food_28.pptx")
