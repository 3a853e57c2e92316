"""The report of a run: one HTML file that needs nothing else, made from the story and the pictures in the folder."""

import base64
import io
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageChops

from viga_agent.folder import RunFolder
from viga_agent.page import Figure, render_page, run_parts, title_of
from viga_agent.story import Story

TALLEST = 4
"""Times its width; a picture may be so tall, for one of slides shows all of them."""
_ECONOMIES = ((24, 1024, 90), (60, 640, 80))  # up to so many rounds: most pixels wide, quality
_LEAST = (448, 70)


def write_report(story: Story, folder: RunFolder) -> None:
    """Write `report.html`."""
    folder.report.write_text(render_report(story, folder), encoding="utf-8")


def render_report(story: Story, folder: RunFolder) -> str:
    most_px, quality = next(((px, q) for most, px, q in _ECONOMIES if len(story.judged) <= most), _LEAST)
    return render_page(title_of(story), run_parts(story, folder, _Embedded(folder, most_px, quality)))


def heat_map(folder: RunFolder, name: str) -> Image.Image | None:
    """A picture's largest channel difference from the target as heat: black is equal, white half the range or more.

    None if one of both is not there.
    """
    paths = [folder.picture(name), folder.picture("target")]
    if not all(path.is_file() for path in paths):
        return None
    picture, target = (opened(path) for path in paths)
    gaps = ImageChops.difference(picture, target.resize(picture.size, Image.Resampling.BOX)).split()
    gap = ImageChops.lighter(ImageChops.lighter(gaps[0], gaps[1]), gaps[2])
    ramps = [[round(255 * min(max(g / 128 * 2 - low, 0), 1)) for g in range(256)] for low in (0.0, 0.6, 1.2)]
    return Image.merge("RGB", [gap.point(ramp) for ramp in ramps])


def opened(path: Path) -> Image.Image:
    with Image.open(path) as image:
        return image.convert("RGB")


def as_webp(image: Image.Image, most_px: int, quality: int) -> bytes:
    """The picture, made smaller than `most_px` wide; `image` itself changes."""
    image.thumbnail((most_px, TALLEST * most_px), Image.Resampling.LANCZOS)
    stream = io.BytesIO()
    image.save(stream, "WEBP", quality=quality, method=4)
    return stream.getvalue()


@dataclass(frozen=True)
class _Embedded:
    """Pictures as data URLs: see `viga_agent.page.Pictures`."""

    folder: RunFolder
    most_px: int
    quality: int

    def figure(self, path: Path, most_px: int) -> Figure | None:
        return self._encoded(opened(path), most_px) if path.is_file() else None

    def difference(self, name: str) -> Figure | None:
        heat = heat_map(self.folder, name)
        return None if heat is None else self._encoded(heat, self.most_px)

    def seen(self, path: Path) -> Figure | None:
        """Left out: they would make the file many times larger."""

    def _encoded(self, image: Image.Image, most_px: int) -> Figure:
        data = as_webp(image, min(most_px, self.most_px), self.quality)
        return Figure(f"data:image/webp;base64,{base64.b64encode(data).decode()}", image.width, image.height)
