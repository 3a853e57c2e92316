"""What it is to draw decks, and the pictures that were drawn: what was painted before is not painted again."""

import json
import os
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from viga_mcp.worker import Progress

KEPT_DAYS, KEPT_BYTES = 30.0, 1 << 30


@dataclass(frozen=True)
class Renderer:
    """Who draws: `name` with version, and whether it only approximates what PowerPoint would show."""

    name: str
    is_approximate: bool = False


@dataclass(frozen=True)
class Painted:
    """The picture of a slide, and where its text is: see `slides.layout`; None from a renderer that can't tell."""

    picture: Path
    layout: Mapping[str, Any] | None


class Painter(Protocol):
    """One way to draw decks."""

    async def renderer(self) -> Renderer:
        """Who draws. Raises VigaError("unavailable") where this way does not work."""
        ...

    async def paint(
        self, deck: Path, folder: Path, size: tuple[int, int], on_progress: Progress | None
    ) -> list[Painted]:
        """All slides of a deck, hidden ones too, as pictures of `size` (pixels) in `folder`.

        Raises:
            VigaError: "unavailable", or "crash", "timeout", "memory_limit" as it died.
        """
        ...

    async def write_pdf(self, deck: Path, pdf: Path) -> None: ...

    async def aclose(self) -> None: ...


class Pictures:
    """Painted slides by what they look like, in the workspace: a slide that did not change is not painted again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @staticmethod
    def name(key: str, width_px: int, renderer: Renderer) -> str:
        """Of the picture of a slide that looks as `key` says (see `decks.Reading`)."""
        return f"{key}-{width_px}-{renderer.name.replace(' ', '-')}"

    def has(self, name: str) -> bool:
        return (self.folder / f"{name}.json").is_file()

    def keep(self, name: str, painted: Painted) -> None:
        """Move a picture here; its layout last, so that whoever sees it finds the picture."""
        self.folder.mkdir(parents=True, exist_ok=True)
        shutil.move(painted.picture, self.folder / f"{name}.png")
        part = self.folder / f"{name}.{os.getpid()}.part"
        part.write_text(json.dumps(painted.layout), encoding="utf-8")
        part.replace(self.folder / f"{name}.json")

    def get(self, name: str) -> Painted:
        layout = json.loads((self.folder / f"{name}.json").read_bytes())
        os.utime(self.folder / f"{name}.json")
        return Painted(self.folder / f"{name}.png", layout)

    def collect(self) -> None:
        """Forget what nobody looked at for a month, and the oldest of more than a gigabyte."""
        if not self.folder.is_dir():
            return
        seen = sorted(((path.stat().st_mtime, path) for path in self.folder.glob("*.json")), reverse=True)
        total, now = 0, time.time()
        for used, path in seen:
            picture = path.with_suffix(".png")
            total += picture.stat().st_size if picture.is_file() else 0
            if total > KEPT_BYTES or now - used > KEPT_DAYS * 86400:
                path.unlink(missing_ok=True)
                picture.unlink(missing_ok=True)
