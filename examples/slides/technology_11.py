"""A list on the left, a labelled box on the right (SlidesBench, technology 11)."""

import io
import sys

from PIL import Image, ImageDraw
from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.text import PP_ALIGN
from pptx.util import Inches, Pt

TEAL, DARK = "0B6E75", "222B33"
POINTS = [
    "Blockchain programming is complex and challenging",
    "It is international so it will have to face a variety of global laws",
    "Blockchain relies on a network effect",
    "More power consumption",
    "Immutability",
]
LABELS = (("Complex", 7.5, 1.8), ("Power-hungry", 10.0, 1.8), ("Global laws", 7.5, 5.9), ("Immutable", 10.0, 5.9))


def write(frame, words, size, *, bold=False, color=DARK):
    """A paragraph for each of the words."""
    frame.text = "\n".join(words)
    for paragraph in frame.paragraphs:
        paragraph.space_after = Pt(10)
        font = paragraph.runs[0].font
        font.name, font.size, font.bold, font.color.rgb = "Calibri", Pt(size), bold, RGBColor.from_string(color)


def place(shape, *box):
    shape.left, shape.top, shape.width, shape.height = map(Inches, box)
    return shape.text_frame


def picture(image, left, top, width):
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return slide.shapes.add_picture(stream, Inches(left), Inches(top), width=Inches(width))


def box():
    """A box, in place of the picture."""
    image = Image.new("RGBA", (1000, 1000), (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    draw.polygon((500, 60, 940, 290, 500, 520, 60, 290), fill="#E7C08A", outline="#8A6232")
    draw.polygon((60, 290, 500, 520, 500, 980, 60, 740), fill="#D19F5C", outline="#8A6232")
    draw.polygon((940, 290, 500, 520, 500, 980, 940, 740), fill="#B98342", outline="#8A6232")
    draw.polygon((250, 160, 330, 120, 770, 380, 690, 420), fill="#F6E7CC")
    return image


prs = Presentation()
prs.slide_width, prs.slide_height = Inches(13.333), Inches(7.5)
slide = prs.slides.add_slide(prs.slide_layouts[1])
slide.background.fill.solid()
slide.background.fill.fore_color.rgb = RGBColor.from_string("F7F9FA")
write(place(slide.shapes.title, 0.8, 0.4, 11.7, 1.0), ["Disadvantages of Blockchain"], 40, bold=True, color=TEAL)
write(place(slide.placeholders[1], 0.8, 1.8, 6.4, 4.8), POINTS, 24)
picture(box(), 8.2, 2.4, 3.4)
for words, left, top in LABELS:
    label = slide.shapes.add_textbox(*map(Inches, (left, top, 2.3, 0.5)))
    write(label.text_frame, [words], 18, bold=True, color=TEAL)
    label.text_frame.paragraphs[0].alignment = PP_ALIGN.CENTER
prs.save(sys.argv[1] if sys.argv[1:] else "technology_11.pptx")
