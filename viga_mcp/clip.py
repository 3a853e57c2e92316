"""CLIP similarity of two pictures, by weights that the user gives: none come with the package, none are fetched."""

import hashlib
import math
import threading
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from viga_mcp import pictures, safetensors
from viga_mcp.metrics.clip import ImageEncoder, Layout, cosine, layout

NONE_GIVEN = "no weights given; start the server with --clip-weights PATH"
WANTED = "wanted: the model.safetensors of openai/clip-vit-base-patch32 or -large-patch14, not pytorch_model.bin"
OFFICIAL = {
    "99d28a652e6ec46629ab7047a0ac82c69b1fe11e0ce672c43af65d3a9a3fc05d": "openai/clip-vit-base-patch32",
    "a2bf730a0c7debf160f7a6b50b3aaf3703e7e88ac73de7a314903141db026dcb": "openai/clip-vit-large-patch14",
}
"""SHA-256 of the files -> model. Another model's tensors may have the same names and shapes."""


class BadWeights(Exception):
    """A file that can't be used: which, why, and what was wanted."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path}: {why} ({WANTED})")


@dataclass(frozen=True)
class Similarity:
    """Cosine of the embeddings of two pictures, 1 for the same, and the model; or None and why."""

    value: float | None
    model: str = ""
    reason: str = ""


class Clip:
    """The encoder of a weights file, read when it is first needed; from any thread."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self._encoder: ImageEncoder | None = None
        self._reading = threading.Lock()

    def similarity(self, a: pictures.Pixels, b: pictures.Pixels) -> Similarity:
        """How alike the content of two pictures is; bad weights are told, not raised.

        ViT-B/32 takes 0.2 s on two cores, and 0.3 s more at first; ViT-L/14 2.2 s and 0.7 s.
        """
        if self.path is None:
            return Similarity(None, reason=NONE_GIVEN)
        try:
            encoder = self._read(self.path)
        except BadWeights as error:
            return Similarity(None, reason=str(error))
        side = encoder.layout.side_px
        value = cosine(*encoder.embeddings(np.stack([pictures.square(picture, side) for picture in (a, b)])))
        if not math.isfinite(value):
            return Similarity(None, reason=str(BadWeights(self.path, "its weights give no finite number")))
        return Similarity(value, encoder.layout.name)

    def _read(self, path: Path) -> ImageEncoder:
        with self._reading:
            if self._encoder is None:
                wanted = encoder_layout(path)
                try:
                    self._encoder = ImageEncoder(safetensors.read(path, wanted.shapes))
                except (OSError, ValueError, MemoryError) as error:
                    raise BadWeights(path, _why(error)) from error
            return self._encoder


def encoder_layout(path: Path) -> Layout:
    """The encoder that a file holds, by its header alone: some milliseconds.

    Raises:
        BadWeights: If it is missing, no safetensors file, cut off, or another model.
    """
    try:
        return layout(safetensors.header(path).shapes)
    except (OSError, ValueError) as error:
        raise BadWeights(path, _why(error)) from error


def official_model(path: Path) -> str | None:
    """Which model's official file this is, by its SHA-256: a second or two."""
    with path.open("rb") as file:
        return OFFICIAL.get(hashlib.file_digest(file, "sha256").hexdigest())


def _why(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else str(error)) or type(error).__name__
