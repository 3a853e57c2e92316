"""A checklist on the left, a diagram of green nodes on the right (SlidesBench, technology 10)."""

import sys

from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.shapes import MSO_CONNECTOR, MSO_SHAPE
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.util import Inches, Pt

GREEN, DARK, WHITE = "1E7A46", "1F2D26", "FFFFFF"
NAVY = DARK
ITEMS = (
    "Greater Transparency",
    "Highly secure",
    "Easily traceable",
    "High efficiency and speed",
    "Low cost",
    "Zero percentage of fraud",
    "Extremely volatile",
)
NODES = (
    ("Transparency", 8.25, 1.9, 0, 2),
    ("Security", 5.7, 2.6, 1, 3),
    ("Traceability", 10.8, 2.6, 3, 1),
    ("Speed", 5.7, 5.0, 1, 3),
    ("Low cost", 10.8, 5.0, 3, 1),
    ("No fraud", 8.25, 5.7, 2, 0),
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


prs = Presentation()
prs.slide_width, prs.slide_height = Inches(13.333), Inches(7.5)
slide = prs.slides.add_slide(prs.slide_layouts[5])
slide.background.fill.solid()
slide.background.fill.fore_color.rgb = RGBColor.from_string("F6FAF7")
title = slide.shapes.title
title.left, title.top, title.width, title.height = map(Inches, (0.7, 0.4, 12, 1.0))
write(title.text_frame, "Advantages of Blockchain", 40, bold=True)
for index, item in enumerate(ITEMS):
    top = 1.75 + 0.72 * index
    mark = shape(MSO_SHAPE.RECTANGLE, (0.85, top + 0.1, 0.36, 0.36), WHITE, "✓", 16, GREEN)
    mark.line.color.rgb, mark.line.width = RGBColor.from_string(GREEN), Pt(1.5)
    text((1.4, top, 4.2, 0.56), item, 22)
hub = shape(MSO_SHAPE.ROUNDED_RECTANGLE, (8.15, 3.7, 2.2, 1.0), DARK, "Blockchain", 20)
for words, left, top, out, back in NODES:  # connection points go round from the top, against the clock
    node = shape(MSO_SHAPE.ROUNDED_RECTANGLE, (left, top, 2.0, 0.8), GREEN, words, 18)
    line = slide.shapes.add_connector(MSO_CONNECTOR.STRAIGHT, 0, 0, 0, 0)
    line.begin_connect(hub, out)
    line.end_connect(node, back)
    line.line.color.rgb, line.line.width = RGBColor.from_string(GREEN), Pt(2)
prs.save(sys.argv[1] if sys.argv[1:] else "technology_10.pptx")
