# pyright: basic
"""The picture that a shape shows: its file, its size and what is cut off."""

import hashlib
import io
import warnings
from typing import Any

from PIL import Image, UnidentifiedImageError

from viga_mcp.slides.graph.tags import A, Element, R, fraction


class Pictures:
    """The pictures in a package, each file looked at once."""

    def __init__(self) -> None:
        self._files: dict[str, dict[str, Any]] = {}

    def read(self, fill: Element, part) -> dict[str, Any] | None:
        """Of a `blipFill`; None where it names no picture.

        Raises:
            KeyError: If the picture that it names is not in the package.
        """
        blip = fill.find(A + "blip")
        if blip is None:
            return None
        embedded, linked = blip.get(R + "embed"), blip.get(R + "link")
        entry: dict[str, Any] = {"file": None, "format": None, "pixels": None, "sha256": None}
        if embedded:
            relation = part.rels[embedded]
            entry = entry if relation.is_external else self._file(relation.target_part)
            linked = embedded if relation.is_external else linked
        address = part.rels[linked].target_ref if linked else None
        return {**entry, "crop": _crop(fill), "linked": address} if embedded or linked else None

    def _file(self, part) -> dict[str, Any]:
        name = str(part.partname).lstrip("/")
        if name not in self._files:
            form, pixels = look_at(part.blob)
            self._files[name] = {
                "file": name,
                "format": form or part.partname.ext.lower(),
                "pixels": pixels,
                "sha256": hashlib.sha256(part.blob).hexdigest(),
            }
        return self._files[name]


def look_at(blob: bytes) -> tuple[str | None, list[int] | None]:
    """Format and size in pixels; neither for a drawing or what is no picture."""
    try:
        with warnings.catch_warnings(action="ignore"), Image.open(io.BytesIO(blob)) as picture:
            form = (picture.format or "").lower() or None
            return form, None if form in {"wmf", "emf"} else list(picture.size)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None, None


def _crop(fill: Element) -> list[float]:
    cut = fill.find(A + "srcRect")
    return [0.0] * 4 if cut is None else [round(fraction(cut.get(side)), 5) for side in "ltrb"]
