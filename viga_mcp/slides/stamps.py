# pyright: basic
"""Put parts of pictures onto pages of a PDF."""

from pathlib import Path

from viga_mcp.slides import confine
from viga_mcp.wire import Message


def stamp(request: Message) -> Message:
    """Cover places of pages with what pictures of the pages show there; what is below stays, to be searched.

    Args:
        request: `path` of the PDF; `folder`; `save_to` in it; `stamps`, each the `page` (from 0), the `picture` of the
            whole page, and the `box`: left, top, right, bottom in shares of the page.
    """
    import pypdfium2
    from PIL import Image

    pictures = {Path(stamp["picture"]) for stamp in request["stamps"]}
    confine.confine(Path(request["folder"]), [Path(request["path"]), *pictures], None)
    document = pypdfium2.PdfDocument(request["path"])
    try:
        for stamp in request["stamps"]:
            page = document[stamp["page"]]
            left, top, right, bottom = stamp["box"]
            with Image.open(stamp["picture"]) as whole:
                width, height = whole.size
                part = whole.convert("RGB").crop(
                    (round(left * width), round(top * height), round(right * width), round(bottom * height))
                )
            image = pypdfium2.PdfImage.new(document)
            image.set_bitmap(pypdfium2.PdfBitmap.from_pil(part))
            size = page.get_width() * (right - left), page.get_height() * (bottom - top)
            place = page.get_width() * left, page.get_height() * (1 - bottom)
            image.set_matrix(pypdfium2.PdfMatrix().scale(*size).translate(*place))
            page.insert_obj(image)
            page.gen_content()
        document.save(request["save_to"])
    finally:
        document.close()
    return {}
