"""Four kinds of a thing, each with its name underlined (SlidesBench, technology 4)."""

import sys

from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.text import PP_ALIGN
from pptx.util import Inches, Pt

TEAL, DARK = "0B6E75", "222B33"
KINDS = (
    (
        "Private Blockchain Networks",
        "Private blockchains operate on closed networks, and tend to work well for private businesses and "
        "organizations.",
    ),
    (
        "Public Blockchain Networks",
        "Bitcoin and other cryptocurrencies originated from public blockchains, which also played a role in "
        "popularizing distributed ledger technology (DLT).",
    ),
    (
        "Permissioned Blockchain Networks",
        "Also sometimes known as hybrid blockchains, permissioned blockchain networks are private blockchains that "
        "allow special access for authorized individuals.",
    ),
    (
        "Hybrid Blockchains",
        "Hybrid blockchains are the combination of both public and private blockchains. In a hybrid blockchain, some "
        "parts of the blockchain are public and transparent, while others are private and accessible only to "
        "authorized and specific participants.",
    ),
)


prs = Presentation()
prs.slide_width, prs.slide_height = Inches(13.333), Inches(7.5)
slide = prs.slides.add_slide(prs.slide_layouts[1])
slide.background.fill.solid()
slide.background.fill.fore_color.rgb = RGBColor.from_string("F7F9FA")
title = slide.shapes.title
title.left, title.top, title.width, title.height = map(Inches, (0.8, 0.5, 11.7, 1.0))
title.text_frame.text = "Types of Blockchain"
title.text_frame.paragraphs[0].alignment = PP_ALIGN.LEFT
font = title.text_frame.paragraphs[0].runs[0].font
font.size, font.bold, font.color.rgb = Pt(40), True, RGBColor.from_string(TEAL)
body = slide.placeholders[1]
body.left, body.top, body.width, body.height = map(Inches, (0.8, 1.7, 11.7, 5.2))
for index, (name, words) in enumerate(KINDS):
    paragraph = body.text_frame.paragraphs[0] if index == 0 else body.text_frame.add_paragraph()
    paragraph.space_after = Pt(12)
    for part, is_name in ((name, True), (f": {words}", False)):
        run = paragraph.add_run()
        run.text = part
        run.font.size, run.font.bold, run.font.underline = Pt(22), is_name, is_name
        run.font.color.rgb = RGBColor.from_string(DARK)
prs.save(sys.argv[1] if sys.argv[1:] else "technology_4.pptx")
