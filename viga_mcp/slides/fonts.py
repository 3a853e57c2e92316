# pyright: basic
"""The fonts that LibreOffice really draws with, by fontconfig, and how wide text is in them."""

import functools
import subprocess
import unicodedata
from typing import NamedTuple

from PIL import ImageFont

MEASURED_AT = 200
# Families with the same widths of all glyphs: what wraps in the one wraps in the other.
METRIC_COMPATIBLE = {
    "calibri": "carlito", "cambria": "caladea", "arial": "liberation sans", "helvetica": "liberation sans",
    "times new roman": "liberation serif", "times": "liberation serif", "courier new": "liberation mono",
    "arial narrow": "liberation sans narrow", "georgia": "gelasio", "segoe ui": "selawik",
    "wingdings": "opensymbol", "symbol": "opensymbol",
}  # fmt: skip


class Font(NamedTuple):
    """A font file; `family` is its own name."""

    family: str
    file: str


def substitute(family: str) -> str | None:
    """What stands in for a family that is not installed and has other widths; None where all is well."""
    font = find(family)
    if font is None or font.family.lower() == family.lower():
        return None
    return None if METRIC_COMPATIBLE.get(family.lower()) == font.family.lower() else font.family


@functools.cache
def find(family: str, *, is_bold: bool = False, is_italic: bool = False) -> Font | None:
    """The font that fontconfig takes for a family; None without fontconfig."""
    style = (":bold" if is_bold else "") + (":italic" if is_italic else "")
    command = ["fc-match", "-f", "%{family[0]}\n%{file}", family.replace(":", " ").replace("-", r"\-") + style]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True).stdout.split("\n")
    except (OSError, subprocess.SubprocessError):
        return None
    return Font(*answer[:2]) if len(answer) == 2 and answer[1] else None


def width(text: str, family: str, size: float, *, is_bold: bool, is_italic: bool) -> float:
    """Of a run of text, in the unit of `size`; wide characters that the font may not have count as squares."""
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in text)
    plain = "".join(character for character in text if unicodedata.east_asian_width(character) not in "WF")
    font = find(family, is_bold=is_bold, is_italic=is_italic)
    loaded = _load(font.file) if font else None
    narrow = loaded.getlength(plain) / MEASURED_AT if loaded else 0.5 * len(plain)
    return (narrow + wide) * size


@functools.cache
def _load(file: str) -> ImageFont.FreeTypeFont | None:
    try:
        return ImageFont.truetype(file, MEASURED_AT, layout_engine=ImageFont.Layout.BASIC)
    except OSError:
        return None
