"""Decks to pictures: LibreOffice kept warm, else started for each deck; and what was painted before is not again."""

import json
import os
import shutil
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from viga_mcp.errors import VigaError
from viga_mcp.pool import Pool
from viga_mcp.worker import Death, Progress

PAINT_TIMEOUT_S = 300.0
MAX_OFFICE_BYTES = 900 << 20
"""Of memory; a LibreOffice that has grown beyond it is replaced. It begins with 220 MB."""
KEPT_DAYS, KEPT_BYTES = 30.0, 1 << 30
INSTALL = (
    "apt-get install -y --no-install-recommends libreoffice-impress-nogui fonts-crosextra-carlito "
    "fonts-crosextra-caladea fonts-liberation2 fonts-noto-core fonts-noto-color-emoji fonts-noto-cjk"
)


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


class WarmOffice:
    """LibreOffice kept in worker processes, through its C interface."""

    def __init__(self, folder: Path) -> None:
        command = [sys.executable, "-P", str(Path(__file__).parent / "slides" / "main.py")]
        self._pool = Pool(command, folder, "office", "LibreOffice", max(1, min(4, os.cpu_count() or 1)))
        self._renderer: Renderer | None = None

    async def renderer(self) -> Renderer:
        if self._renderer is None:
            async with self._pool.lease() as member:
                self._renderer = Renderer(f"LibreOffice {member.process.version}")
        return self._renderer

    async def paint(
        self, deck: Path, folder: Path, size: tuple[int, int], on_progress: Progress | None
    ) -> list[Painted]:
        request = {"path": str(deck), "folder": str(folder), "width": size[0], "height": size[1]}
        reply = await self._call("draw", request, on_progress)
        pairs = zip(reply["pictures"], reply["layouts"], strict=True)
        return [Painted(Path(picture), layout) for picture, layout in pairs]

    async def write_pdf(self, deck: Path, pdf: Path) -> None:
        await self._call("to_pdf", {"path": str(deck), "save_to": str(pdf)}, None)

    async def aclose(self) -> None:
        await self._pool.aclose()

    async def _call(self, op: str, request: dict[str, Any], on_progress: Progress | None) -> dict[str, Any]:
        async with self._pool.lease() as member:
            try:
                reply = await member.call(op, request, timeout_s=PAINT_TIMEOUT_S, on_progress=on_progress)
            except Death as death:
                raise VigaError(
                    death.kind,
                    f"LibreOffice ended while drawing: {death.what}.",
                    then="The deck is kept as it is. Look at single slides with `slides`, to find the one it is.",
                ) from death
            if "refused" in reply:
                raise VigaError(
                    "unavailable", f"LibreOffice can't draw this deck: {reply['refused']}.", then="The deck is kept."
                )
            member.is_spent = reply["rss_bytes"] > MAX_OFFICE_BYTES
            return reply


class Pictures:
    """Painted slides by what they look like, in the workspace: a slide that did not change is not painted again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def has(self, key: str) -> bool:
        return (self._folder / f"{key}.json").is_file()

    def keep(self, key: str, painted: Painted) -> None:
        """Move a picture here; its layout last, so that whoever sees it finds the picture."""
        self._folder.mkdir(parents=True, exist_ok=True)
        shutil.move(painted.picture, self._folder / f"{key}.png")
        part = self._folder / f"{key}.{os.getpid()}.part"
        part.write_text(json.dumps(painted.layout), encoding="utf-8")
        part.replace(self._folder / f"{key}.json")

    def get(self, key: str) -> Painted:
        layout = json.loads((self._folder / f"{key}.json").read_bytes())
        os.utime(self._folder / f"{key}.json")
        return Painted(self._folder / f"{key}.png", layout)

    def collect(self) -> None:
        """Forget what nobody looked at for a month, and the oldest of more than a gigabyte."""
        if not self._folder.is_dir():
            return
        seen = sorted(((path.stat().st_mtime, path) for path in self._folder.glob("*.json")), reverse=True)
        total, now = 0, time.time()
        for used, path in seen:
            picture = path.with_suffix(".png")
            total += picture.stat().st_size if picture.is_file() else 0
            if total > KEPT_BYTES or now - used > KEPT_DAYS * 86400:
                path.unlink(missing_ok=True)
                picture.unlink(missing_ok=True)
