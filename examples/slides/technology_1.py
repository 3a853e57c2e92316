"""Two pictures side by side, the title over the one on the right (SlidesBench, technology 1)."""

import io
import sys

from PIL import Image, ImageDraw, ImageFont
from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.text import PP_ALIGN
from pptx.util import Inches, Pt


def picture(image, left, top, width):
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return slide.shapes.add_picture(stream, Inches(left), Inches(top), width=Inches(width))


def write(frame, words, size):
    frame.text = words
    frame.paragraphs[0].alignment = PP_ALIGN.CENTER
    font = frame.paragraphs[0].runs[0].font
    font.name, font.size, font.bold, font.color.rgb = "Calibri", Pt(size), True, RGBColor(0, 0, 0)


def chain():
    """Blocks and what links them, in place of the first picture."""
    image = Image.new("RGB", (1180, 1300), "#0E2A47")
    draw = ImageDraw.Draw(image)
    places = [(290, 250), (890, 250), (890, 650), (290, 650), (290, 1050), (890, 1050)]
    draw.line(places, fill="#3FC1C9", width=18)
    for x, y in places:
        draw.rectangle((x - 130, y - 130, x + 130, y + 130), fill="#12406B", outline="#3FC1C9", width=12)
        draw.polygon((x, y - 70, x + 70, y - 30, x, y + 10, x - 70, y - 30), fill="#8DE4E8")
        draw.polygon((x - 70, y - 30, x, y + 10, x, y + 90, x - 70, y + 50), fill="#3FC1C9")
        draw.polygon((x + 70, y - 30, x, y + 10, x, y + 90, x + 70, y + 50), fill="#2A8F96")
    return image


def keyboard():
    """Keys with the letters of the word, in place of the second picture."""
    image = Image.new("RGB", (1180, 1040), "#D8C3A5")
    draw = ImageDraw.Draw(image)
    for index, letter in enumerate("BLOCKCHAIN"):
        x, y = 90 + 205 * (index % 5), 190 + 330 * (index // 5)
        draw.rounded_rectangle((x, y, x + 180, y + 180), 20, fill="#F3E5CF", outline="#8A6E4B", width=8)
        draw.text((x + 90, y + 90), letter, fill="#2E2418", font=ImageFont.load_default(110), anchor="mm")
    draw.rounded_rectangle((60, 860, 1120, 1000), 20, fill="#EDEDED", outline="#9A9A9A", width=8)
    return image


prs = Presentation()
prs.slide_width, prs.slide_height = Inches(13.333), Inches(7.5)
slide = prs.slides.add_slide(prs.slide_layouts[5])
slide.background.fill.solid()
slide.background.fill.fore_color.rgb = RGBColor.from_string("FFFFFF")
title = slide.shapes.title
title.left, title.top, title.width, title.height = map(Inches, (6.9, 0.5, 5.9, 1.0))
write(title.text_frame, "Blockchain Technology", 40)
picture(chain(), 0.6, 0.5, 5.9)
picture(keyboard(), 6.9, 1.8, 5.9)
prs.save(sys.argv[1] if sys.argv[1:] else "technology_1.pptx")
