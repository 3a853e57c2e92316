"""Picture files, made ready to be put into a deck."""

import io
from pathlib import Path
from typing import IO, NamedTuple

from PIL import Image, ImageOps, UnidentifiedImageError

from viga_mcp.slides.kit.boxes import Crop
from viga_mcp.slides.kit.wording import unknown

_STORED = {"BMP", "GIF", "JPEG", "PNG", "TIFF", "WMF"}  # what python-pptx writes into a deck
_PHOTOS = {"JPEG", "MPO"}
_ORIENTATION = 0x0112  # the EXIF tag
_PICTURES = {".png", ".jpg", ".jpeg", ".gif", ".bmp", ".tif", ".tiff", ".webp", ".wmf"}


class ImageFile(NamedTuple):
    """A picture that python-pptx can store, and its size as it is shown."""

    stream: IO[bytes]
    width_px: int
    height_px: int


def read_image(source: str | Path | IO[bytes]) -> ImageFile:
    """A picture file's bytes as they are, or written anew upright and in a format that decks hold.

    A photo whose EXIF tag says that it lies on its side is turned, because programs that show decks ignore the tag.

    Raises:
        FileNotFoundError: With the pictures that there are beside the missing one.
        ValueError: If it is no picture.
    """
    data = _content(source)
    try:
        with Image.open(io.BytesIO(data)) as image:
            if image.format in _STORED and image.getexif().get(_ORIENTATION, 1) == 1:
                return ImageFile(io.BytesIO(data), *image.size)
            return _written(ImageOps.exif_transpose(image), image.format)
    except (UnidentifiedImageError, OSError) as error:
        raise ValueError(f"{source} can not be read as a picture ({error}): convert it to PNG or JPEG") from error


def cropped(image: ImageFile, crop: Crop) -> ImageFile:
    """The picture without the shares at its sides that a crop cuts off."""
    with Image.open(image.stream) as whole:
        width, height = whole.size
        left, top, right, bottom = (crop.left, crop.top, 1 - crop.right, 1 - crop.bottom)
        edges = (round(left * width), round(top * height), round(right * width), round(bottom * height))
        return _written(whole.crop(edges), whole.format)


def _written(image: Image.Image, origin: str | None) -> ImageFile:
    stream = io.BytesIO()
    if origin in _PHOTOS:
        image.save(stream, "JPEG", quality=95)
    else:
        image.save(stream, "PNG")
    return ImageFile(stream, *image.size)


def _content(source: str | Path | IO[bytes]) -> bytes:
    if not isinstance(source, str | Path):
        source.seek(0)
        return source.read()
    path = Path(source)
    if not path.is_file():
        beside = (entry.name for entry in path.parent.iterdir()) if path.parent.is_dir() else ()
        pictures = sorted(name for name in beside if Path(name).suffix.lower() in _PICTURES)
        raise FileNotFoundError(f"{unknown('picture', path.name, pictures)} Looked in {path.parent.resolve()}.")
    return path.read_bytes()
