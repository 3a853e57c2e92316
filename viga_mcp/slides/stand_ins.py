# pyright: basic, reportMissingImports=false
"""Pictures of slides where LibreOffice can't be kept in a process: from its PDF, or without any office."""

import re
from pathlib import Path

from viga_mcp.slides import confine, fonts
from viga_mcp.wire import Message

FAMILY = re.compile(rb'typeface="([^"+][^"]*)"')
LEAST = "DejaVu Sans"


def raster(request: Message) -> Message:
    """Pages of a PDF as pictures.

    Args:
        request: `path`; `folder` for the pictures; `width` and `height`, pixels.

    Returns:
        `pictures`, the file of each page.
    """
    import pypdfium2

    folder, size = Path(request["folder"]), (request["width"], request["height"])
    confine.confine(folder, [Path(request["path"])], None)
    pictures: list[str] = []
    document = pypdfium2.PdfDocument(request["path"])
    try:
        for number, page in enumerate(document):
            picture = page.render(scale=size[0] / page.get_width()).to_pil().convert("RGB")
            pictures.append(str(folder / f"{number}.png"))
            picture.resize(size).save(pictures[-1])
    finally:
        document.close()
    return {"pictures": pictures}


def approximate(request: Message) -> Message:
    """Slides drawn by a renderer that needs no office and knows less: see `raster` for arguments and result."""
    import zipfile

    import betteroffice_pptx
    from PIL import Image

    folder, size = Path(request["folder"]), (request["width"], request["height"])
    data = Path(request["path"]).read_bytes()
    with zipfile.ZipFile(request["path"]) as archive:
        parts = [archive.read(name) for name in archive.namelist() if name.endswith(".xml")]
    families = {match.decode("utf-8", "replace") for part in parts for match in FAMILY.findall(part)}
    faces = [
        (family, is_bold, font)
        for family in sorted({*families, LEAST})
        for is_bold in (False, True)
        if (font := fonts.find(family, is_bold=is_bold))
    ]
    confine.confine(folder, [Path(font.file) for _, _, font in faces], None)
    deck = betteroffice_pptx.Presentation.open(data)
    for family, is_bold, font in faces:
        deck.register_font(family, Path(font.file).read_bytes(), bold=is_bold)
    pictures: list[str] = []
    for number in range(deck.slide_count):
        picture = folder / f"{number}.png"
        deck.render_png(number).write(str(picture))
        with Image.open(picture) as drawn:
            drawn.convert("RGB").resize(size).save(picture)
        pictures.append(str(picture))
    return {"pictures": pictures}
