"""A short list on the left, a picture on the right (SlidesBench, technology 5)."""

import io
import sys

from PIL import Image, ImageDraw
from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.text import PP_ALIGN
from pptx.util import Inches, Pt

TEAL, DARK = "0B6E75", "222B33"


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


def chain():
    """Blocks and what links them, in place of the picture."""
    image = Image.new("RGB", (1400, 1050), "#0E2A47")
    draw = ImageDraw.Draw(image)
    places = [(350, 300), (1050, 300), (1050, 750), (350, 750)]
    draw.line([*places, places[0]], fill="#3FC1C9", width=18)
    for x, y in places:
        draw.rectangle((x - 160, y - 150, x + 160, y + 150), fill="#12406B", outline="#3FC1C9", width=12)
        draw.polygon((x, y - 80, x + 80, y - 35, x, y + 10, x - 80, y - 35), fill="#8DE4E8")
        draw.polygon((x - 80, y - 35, x, y + 10, x, y + 100, x - 80, y + 55), fill="#3FC1C9")
        draw.polygon((x + 80, y - 35, x, y + 10, x, y + 100, x + 80, y + 55), fill="#2A8F96")
    return image


prs = Presentation()
prs.slide_width, prs.slide_height = Inches(13.333), Inches(7.5)
slide = prs.slides.add_slide(prs.slide_layouts[1])
slide.background.fill.solid()
slide.background.fill.fore_color.rgb = RGBColor.from_string("F1F6F7")
write(place(slide.shapes.title, 0.8, 0.5, 11.7, 1.0), ["The Technology used in Blockchain"], 40, bold=True, color=TEAL)
slide.shapes.title.text_frame.paragraphs[0].alignment = PP_ALIGN.LEFT
items = ["Cryptographic Keys", "Network Protocol", "Distributed Ledger Technology", "Hashing"]
write(place(slide.placeholders[1], 0.8, 2.1, 5.6, 4.2), items, 28)
picture(chain(), 6.9, 2.1, 5.6)
prs.save(sys.argv[1] if sys.argv[1:] else "technology_5.pptx")
