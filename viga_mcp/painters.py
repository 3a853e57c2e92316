"""Who draws decks: LibreOffice kept warm, else LibreOffice started for each deck, else a renderer that approximates."""

import os
import shutil
import subprocess
import tempfile
from importlib import metadata, util
from pathlib import Path
from typing import Any

import anyio
from anyio import to_thread

from viga_mcp import sandbox
from viga_mcp.config import SlideRenderer
from viga_mcp.errors import VigaError
from viga_mcp.painting import Painted, Painter, Renderer
from viga_mcp.pool import Pool
from viga_mcp.slides.profile import write_profile
from viga_mcp.system import office_packages
from viga_mcp.worker import Death, Progress

PAINT_TIMEOUT_S = 300.0
MAX_OFFICE_BYTES = 900 << 20
"""Of memory; a LibreOffice that has grown beyond it is replaced. It begins with 220 MB."""
PDF_FILTER = 'pdf:impress_pdf_Export:{"ExportHiddenSlides":{"type":"boolean","value":"true"}}'
Size = tuple[int, int]


class WarmOffice:
    """LibreOffice kept in worker processes, through its C interface."""

    def __init__(self, command: list[str], folder: Path) -> None:
        self._pool = Pool(command, folder, "office", "LibreOffice", max(1, min(4, os.cpu_count() or 1)))
        self._renderer: Renderer | None = None

    async def renderer(self) -> Renderer:
        if self._renderer is None:
            async with self._pool.lease() as member:
                self._renderer = Renderer(f"LibreOffice {member.process.version}")
        return self._renderer

    async def paint(self, deck: Path, folder: Path, size: Size, on_progress: Progress | None) -> list[Painted]:
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
                raise _ended("LibreOffice", death) from death
            if "refused" in reply:
                raise _refused("LibreOffice", reply["refused"])
            member.is_spent = reply["rss_bytes"] > MAX_OFFICE_BYTES
            return reply


class ColdOffice:
    """A `soffice` process for each deck, and its PDF as pictures: for packages of LibreOffice without the interface."""

    def __init__(self, press: Pool, folder: Path) -> None:
        self._press = press
        self._folder = folder
        self._program = shutil.which("soffice") or shutil.which("libreoffice")

    async def renderer(self) -> Renderer:
        if self._program is None:
            raise VigaError("unavailable", "There is no soffice to run.")
        said = (await anyio.run_process([self._program, "--version"], env=self._environment())).stdout.decode()
        return Renderer(f"{' '.join(said.split()[:2])} (soffice)")

    async def paint(self, deck: Path, folder: Path, size: Size, on_progress: Progress | None) -> list[Painted]:
        pdf = folder / "deck.pdf"
        await self.write_pdf(deck, pdf)
        return await _painted(self._press, "raster", pdf, folder, size)

    async def write_pdf(self, deck: Path, pdf: Path) -> None:
        assert self._program
        with tempfile.TemporaryDirectory(dir=self._folder) as name:
            profile = Path(name) / "profile"
            profile.mkdir()
            write_profile(profile)
            command = [self._program, "--headless", f"-env:UserInstallation={profile.as_uri()}", "--convert-to"]
            try:
                with anyio.fail_after(PAINT_TIMEOUT_S):
                    done = await anyio.run_process(
                        [*command, PDF_FILTER, "--outdir", name, str(deck)],
                        check=False,
                        stderr=subprocess.STDOUT,
                        env=self._environment(),
                    )
            except TimeoutError as error:
                raise VigaError("timeout", "soffice did not finish.", then="The deck is kept as it is.") from error
            made = Path(name) / f"{deck.stem}.pdf"
            if not made.is_file():
                raise _refused("soffice", done.stdout.decode("utf-8", "replace").strip()[-400:] or "no reason given")
            await to_thread.run_sync(shutil.move, made, pdf)

    async def aclose(self) -> None:
        """Nothing is kept."""

    def _environment(self) -> dict[str, str]:
        return {**sandbox.worker_environment(self._folder), "SAL_USE_VCLPLUGIN": "svp"}


class Approximation:
    """The wheel `betteroffice-pptx`, without any office: text may wrap otherwise, and it tells no lines."""

    def __init__(self, press: Pool) -> None:
        self._press = press

    async def renderer(self) -> Renderer:
        if util.find_spec("betteroffice_pptx") is None:
            raise VigaError("unavailable", "betteroffice-pptx is not installed.")
        return Renderer(f"betteroffice-pptx {metadata.version('betteroffice-pptx')}", is_approximate=True)

    async def paint(self, deck: Path, folder: Path, size: Size, on_progress: Progress | None) -> list[Painted]:
        return await _painted(self._press, "approximate", deck, folder, size)

    async def write_pdf(self, deck: Path, pdf: Path) -> None:
        raise VigaError("unavailable", "There is no LibreOffice here to write a PDF.", then=install_line())

    async def aclose(self) -> None:
        """Nothing is kept."""


class Painters:
    """The first of them that works here, found out at the first use.

    Args:
        choice: The one to use, or "auto" for the first that works.
    """

    def __init__(self, command: list[str], press: Pool, folder: Path, choice: SlideRenderer) -> None:
        ways: dict[str, Painter] = {
            "warm": WarmOffice(command, folder),
            "cold": ColdOffice(press, folder),
            "approximate": Approximation(press),
        }
        self._ways = list(ways.values()) if choice == "auto" else [ways[choice]]
        self._chosen: tuple[Painter, Renderer] | None = None
        self._choosing = anyio.Lock()

    async def choose(self) -> tuple[Painter, Renderer]:
        """Who draws, and its name. Raises VigaError("unavailable") where nothing can."""
        async with self._choosing:
            reasons: list[str] = []
            for way in self._ways if self._chosen is None else ():
                try:
                    self._chosen = way, await way.renderer()
                    break
                except VigaError as error:
                    reasons.append(error.where.splitlines()[-1] if error.where else error.what)
            if self._chosen is None:
                raise VigaError(
                    "unavailable", "Nothing here can draw slides.", where="\n".join(reasons), then=install_line()
                )
            return self._chosen

    async def aclose(self) -> None:
        for way in self._ways:
            await way.aclose()


def install_line() -> str:
    """What to run for LibreOffice and its fonts."""
    return f"Install LibreOffice: apt-get install -y --no-install-recommends {' '.join(office_packages())}"


async def _painted(press: Pool, op: str, path: Path, folder: Path, size: Size) -> list[Painted]:
    """Pictures by a child of the press, which tells no lines."""
    request = {"path": str(path), "folder": str(folder), "width": size[0], "height": size[1]}
    try:
        async with press.lease() as member:
            reply = await member.call(op, request, timeout_s=PAINT_TIMEOUT_S)
            if "died" in reply:
                raise member.death(reply["died"]["status"])
    except Death as death:
        raise _ended("The renderer", death) from death
    return [Painted(Path(picture), None) for picture in reply["pictures"]]


def _ended(who: str, death: Death) -> VigaError:
    then = "The deck is kept. Look at single slides with `slides`, to find the one it is."
    return VigaError(death.kind, f"{who} ended while drawing: {death.what}.", where=death.output.strip(), then=then)


def _refused(who: str, why: str) -> VigaError:
    return VigaError("unavailable", f"{who} can't draw this deck: {why}.", then="The deck is kept as it is.")
