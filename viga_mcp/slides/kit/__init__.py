"""Short functions for slide programs, to be used beside python-pptx: each returns python-pptx's own object.

Example:
    from PIL import Image
    from pptx.util import Inches
    from viga_mcp.slides import kit

    prs = kit.blank_presentation()  # 13.333 x 7.5 inches; a template: pptx.Presentation("template.pptx")
    kit.set_theme_colors(prs, accent1="#0B5D66", accent2="#E08E45", text2="#16323A")

    cover = kit.add_slide(prs, "Title Slide")
    kit.title(cover, "Harbour report", subtitle="Third quarter")

    slide = kit.add_slide(prs, "Two Content")  # bullets, charts, ... fill its two empty placeholders from the left
    kit.title(slide, "North terminal took most of the growth")
    kit.bullets(slide, ["Containers up 12 %", ["North: 61 ships", "South: 48 ships"], "Ferries up 4 %"])
    kit.chart(slide, "column", ["Q1", "Q2", "Q3"], {"North": [50, 55, 61], "South": [41, 44, 48]}, title="Ships")

    Image.new("RGB", (1600, 900), "#9DB4B8").save("harbour.png")
    slide = kit.add_slide(prs, "Title Only")
    kit.title(slide, "Two works are left to pay for")
    left, right = kit.columns(slide, 2)
    kit.table(slide, [["Work", "Cost"], ["Dredging", "1.2 M"], ["Cranes", "3.4 M"]], left, column_widths=[2, 1])
    kit.picture(slide, "harbour.png", right, fit="cover", alt="The harbour from the air")
    kit.text(slide, "Source: port authority", (left.left, Inches(6.75), left.width, Inches(0.3)), size_pt=12)
    kit.notes(slide, "Ask for the dredging first.")

    kit.title(kit.duplicate_slide(slide), "The same, a year later")
    kit.move_slide(prs.slides[1], -1)
    prs.save("deck.pptx")

Boxes are (left, top, width, height) in python-pptx lengths: Inches(1), Pt(36), Cm(2); `columns` makes them. Sizes of
text are plain numbers of points. A colour is "#RRGGBB", a name, an RGBColor or the theme's, as "accent1". Without a
box, bullets, picture, table and chart take the slide's first empty placeholder that suits, else all below the title.
"""

from viga_mcp.slides.kit.arranging import delete_slide, duplicate_slide, move_slide
from viga_mcp.slides.kit.blank import blank_presentation
from viga_mcp.slides.kit.boxes import Box, columns
from viga_mcp.slides.kit.charts import chart
from viga_mcp.slides.kit.images import background, picture
from viga_mcp.slides.kit.paints import theme_color
from viga_mcp.slides.kit.placing import add_slide
from viga_mcp.slides.kit.tables import table
from viga_mcp.slides.kit.texts import bullets, notes, text, title
from viga_mcp.slides.kit.themes import set_theme_colors, set_theme_fonts

__all__ = [
    "Box",
    "add_slide",
    "background",
    "blank_presentation",
    "bullets",
    "chart",
    "columns",
    "delete_slide",
    "duplicate_slide",
    "move_slide",
    "notes",
    "picture",
    "set_theme_colors",
    "set_theme_fonts",
    "table",
    "text",
    "theme_color",
    "title",
]
