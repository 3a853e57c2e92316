"""Six pictures of dates in two rows, each with a box to tick (SlidesBench, food 26)."""

import io
import sys

from PIL import Image, ImageDraw
from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.shapes import MSO_SHAPE
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.util import Inches, Pt

NAVY, WHITE = "162A5B", "FFFFFF"
# Sky, ground and shapes of each picture: drawn in place of the photographs.
SCENES = [
    ("#F6D8AE", "#8C5A3C", [("ellipse", (60, 150, 180, 270), "#FFF"), ("ellipse", (220, 150, 340, 270), "#FFF")]),
    (
        "#A9D6F5",
        "#6DB56A",
        [("rectangle", (190, 150, 210, 240), "#7A5230"), ("ellipse", (130, 40, 270, 180), "#3E8E4E")],
    ),
    ("#2A2140", "#5B1F2E", [("rectangle", (90, 50, 330, 190), "#F2F2F2")]),
    ("#BFE3FA", "#F0DDA8", [("ellipse", (290, 20, 370, 100), "#FFD24A"), ("rectangle", (0, 150, 400, 200), "#3A86C8")]),
    ("#E8D5F2", "#8E6BB0", [("polygon", (200, 40, 320, 230, 80, 230), "#D94F70")]),
    ("#FBE3D0", "#B98555", [("ellipse", (220, 120, 300, 190), "#E9C9AE"), ("rectangle", (140, 90, 250, 220), "#FFF")]),
]


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


def scene(sky, ground, parts):
    image = Image.new("RGB", (400, 300), sky)
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 200, 400, 300), fill=ground)
    for kind, points, fill in parts:
        getattr(draw, kind)(points, fill=fill)
    return image


prs = Presentation()
prs.slide_width, prs.slide_height = Inches(13.333), Inches(7.5)
slide = prs.slides.add_slide(prs.slide_layouts[5])
slide.background.fill.solid()
slide.background.fill.fore_color.rgb = RGBColor.from_string("DCEBFA")
title = slide.shapes.title
title.left, title.top, title.width, title.height = map(Inches, (0.5, 0.35, 12.3, 0.9))
write(title.text_frame, "STEP 1: Choose one of the dates below by ticking (✓) the box.", 32, bold=True)
for index, parts in enumerate(SCENES):
    left, top = 0.6 + 4.15 * (index % 3), 1.5 + 2.6 * (index // 3)
    picture(scene(*parts), left, top, 3.1)
    box = shape(MSO_SHAPE.RECTANGLE, (left + 3.25, top + (3.1 * 0.75 - 0.5) / 2, 0.5, 0.5), WHITE)
    box.line.color.rgb, box.line.width = RGBColor.from_string(NAVY), Pt(2.25)
text((0.5, 6.8, 6, 0.4), "'DATE GONE WRONG' STORY", 14)
prs.save(sys.argv[1] if sys.argv[1:] else "food_26.pptx")
