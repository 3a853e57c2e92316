"""Five longer points beside a coin (SlidesBench, technology 7)."""

import io
import sys

from PIL import Image, ImageDraw
from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.util import Inches, Pt

TEAL, DARK = "0B6E75", "222B33"
POINTS = [
    "The term blockchain is often used to refer to cryptocurrency. Cryptocurrency is a medium of exchange such as US "
    "dollars.",
    "It is just an application in the form of e-currency using blockchain.",
    "It is not governed by any financial institution.",
    "The main difference between blockchain and cryptocurrency is that cryptocurrency is created and held "
    "electronically in forms such as a virtual wallet.",
    "It is decentralized and it is not governed by anyone whereas blockchain is an advanced record and it has all "
    "information related to cryptocurrency exchanges over a shared system.",
]


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


def coin():
    image = Image.new("RGBA", (1000, 1000), (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    draw.ellipse((20, 20, 980, 980), fill="#F2A93B", outline="#C97F12", width=30)
    draw.ellipse((110, 110, 890, 890), outline="#FFF3D6", width=18)
    for box in ((400, 300, 660, 500), (400, 480, 690, 710)):
        draw.rounded_rectangle(box, 90, outline="#FFFFFF", width=56)
    draw.line((420, 290, 420, 720), fill="#FFFFFF", width=60)
    for x in (470, 560):
        draw.line((x, 220, x, 300), fill="#FFFFFF", width=44)
        draw.line((x, 700, x, 790), fill="#FFFFFF", width=44)
    return image


prs = Presentation()
prs.slide_width, prs.slide_height = Inches(13.333), Inches(7.5)
slide = prs.slides.add_slide(prs.slide_layouts[1])
slide.background.fill.solid()
slide.background.fill.fore_color.rgb = RGBColor.from_string("FFFFFF")
write(place(slide.shapes.title, 0.8, 0.4, 11.7, 1.0), ["Blockchain in Cryptocurrency"], 40, bold=True, color=TEAL)
write(place(slide.placeholders[1], 0.8, 1.6, 7.8, 5.4), POINTS, 20)
picture(coin(), 8.9, 2.2, 3.6)
prs.save(sys.argv[1] if sys.argv[1:] else "technology_7.pptx")
