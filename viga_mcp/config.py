"""What a server is started with."""

import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

BackendChoice = Literal["auto", "fork", "spawn"]
SlideRenderer = Literal["auto", "warm", "cold", "approximate"]


@dataclass(frozen=True)
class Config:
    """Settings of one server process.

    Args:
        workspace: The folder with everything durable.
        roots: More folders that paths from a client may lie in.
        blender: An installed Blender executable; None for the bpy wheel in this environment.
        backend: How worker processes are made; "auto" probes whether forks work here.
        assets: Folders of models for find_assets, with all below them.
        asset_sources: Further sources of assets as "module:callable"; see `assets.AssetSource`.
        device: Where Cycles renders: "auto", "CPU", or a Cycles device type such as "OPTIX".
        memory_bytes: The most address space that a program may use.
        max_reply_bytes: The most base64 that the pictures of one reply may take. Claude Desktop refuses results
            over 1 MB; the text needs room too.
        slide_renderer: Who draws slides: "warm" LibreOffice, "cold" soffice, "approximate" without any office, or the
            first of them that works.
        clip_weights: The user's copy of CLIP's official weights; None for comparisons without CLIP similarity.
    """

    workspace: Path
    roots: tuple[Path, ...] = ()
    blender: Path | None = None
    assets: tuple[Path, ...] = ()
    asset_sources: tuple[str, ...] = ()
    backend: BackendChoice = "auto"
    device: str = "auto"
    memory_bytes: int = 8 << 30
    max_reply_bytes: int = 700_000
    clip_weights: Path | None = None
    slide_renderer: SlideRenderer = "auto"
    fit_processes: int = field(default_factory=lambda: min(8, os.cpu_count() or 1))

    @property
    def worker_command(self) -> list[str]:
        main = str(Path(__file__).parent / "blender" / "main.py")
        if self.blender is None:
            return [sys.executable, "-P", main]
        return [str(self.blender), "--background", "--factory-startup", "--disable-autoexec", "--python", main]
