"""`viga-mcp doctor`: what works on this machine, found by trying it, and the one line that mends what does not."""

import os
import platform
import shutil
import sqlite3
import tempfile
from contextlib import closing
from dataclasses import replace
from importlib import metadata, util
from pathlib import Path
from typing import Literal, NamedTuple

import anyio
import numpy as np

from viga_mcp.clip import Clip, official_model
from viga_mcp.config import Config
from viga_mcp.decks import Decks
from viga_mcp.errors import VigaError
from viga_mcp.painters import install_line
from viga_mcp.revisions import Store
from viga_mcp.system import GL_PACKAGES, missing_office_packages, missing_packages
from viga_mcp.workers import Workers

Verdict = Literal["ok", "missing", "optional"]


class Finding(NamedTuple):
    """One line of the report; `mend` is what to do about it."""

    verdict: Verdict
    subject: str
    detail: str
    mend: str = ""


def main(config: Config) -> int:
    """Print the report; 0 if the server can do its work here."""
    findings = [
        *_installation(config),
        *_system(),
        *anyio.run(_blender, config),
        *anyio.run(_slides, config),
        _clip(config.clip_weights),
    ]
    marks = {"ok": "ok      ", "missing": "MISSING ", "optional": "optional"}
    for finding in findings:
        print(f"{marks[finding.verdict]} {finding.subject}: {finding.detail}")  # noqa: T201
        if finding.mend:
            print(f"         -> {finding.mend}")  # noqa: T201
    broken = [finding for finding in findings if finding.verdict == "missing"]
    print("Ready." if not broken else f"Not ready: {', '.join(finding.subject for finding in broken)}.")  # noqa: T201
    return 1 if broken else 0


def _installation(config: Config) -> list[Finding]:
    python = f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    findings = [Finding("ok", "Python", python), Finding("ok", "viga-mcp", metadata.version("viga-mcp"))]
    if config.blender:
        found = shutil.which(str(config.blender))
        findings.append(
            Finding("ok", "Blender", str(found))
            if found
            else Finding("missing", "Blender", f"nothing to run at {config.blender}", "give --blender an executable")
        )
    elif util.find_spec("bpy") is None:
        findings.append(
            Finding("missing", "bpy", "no wheel for this Python", "use Python 3.13 or 3.11, or --blender PATH")
        )
    else:
        findings.append(Finding("ok", "bpy", metadata.version("bpy")))
    return findings


def _system() -> list[Finding]:
    packages = missing_packages()
    findings = [
        Finding("missing", "system libraries", ", ".join(packages), f"apt-get install -y {' '.join(packages)}")
        if packages
        else Finding("ok", "system libraries", "all found")
    ]
    try:
        with closing(sqlite3.connect(":memory:")) as memory:
            memory.execute("CREATE VIRTUAL TABLE t USING fts5(x)")
        findings.append(Finding("ok", "SQLite", f"{sqlite3.sqlite_version} with full-text search"))
    except sqlite3.OperationalError:
        findings.append(Finding("optional", "SQLite", "no FTS5: memory is searched word by word"))
    folder = tempfile.gettempdir()
    free_gb = shutil.disk_usage(folder).free / 1e9
    findings.append(Finding("ok" if free_gb > 1 else "missing", "disk", f"{free_gb:.0f} GB free in {folder}"))
    findings.append(Finding("ok", "processors", str(os.cpu_count())))
    return findings


def _clip(path: Path | None) -> Finding:
    if path is None:
        return Finding(
            "optional",
            "CLIP weights",
            "none given, so comparisons have no CLIP similarity",
            "--clip-weights PATH to model.safetensors of openai/clip-vit-base-patch32",
        )
    grey = np.full((64, 64, 3), 128, np.uint8)
    found = Clip(path).similarity(grey, grey)
    if found.value is None:
        return Finding("missing", "CLIP weights", found.reason, "mend or leave out --clip-weights")
    model = official_model(path)
    proof = f"the official file of {model}" if model else "NOT an official file: figures can't be held against others'"
    return Finding("ok", "CLIP weights", f"{found.model} in {path}, {proof}")


async def _blender(config: Config) -> list[Finding]:
    async with Workers(config) as workers:
        try:
            return await _probes(workers)
        except VigaError as error:
            return [Finding("missing", "worker", error.what, f"{error.where} {error.then}".strip())]


async def _slides(config: Config) -> list[Finding]:
    with tempfile.TemporaryDirectory() as folder, Store.open(Path(folder), "deck") as store:
        async with Decks(store, replace(config, workspace=Path(folder))) as decks:
            findings: list[Finding] = []
            try:
                made = await decks.run("main", code="prs.slides.add_slide(prs.slide_layouts[5])", timeout_s=60)
                said = ", ".join(f"{what} by {who}" for what, who in made.confined.items())
                findings.append(Finding("ok", "slide programs", f"confined: {said}"))
                painting = await decks.paint(made.revision)
                renderer = painting.renderer
                findings.append(
                    Finding("optional", "slides", f"only approximated by {renderer.name}", install_line())
                    if renderer.is_approximate
                    else Finding("ok", "slides", f"drawn by {renderer.name}")
                )
            except VigaError as error:
                findings.append(Finding("optional", "slides", error.what, f"{error.where} {error.then}".strip()))
    fonts = missing_office_packages()
    if fonts:
        mend = f"apt-get install -y --no-install-recommends {' '.join(fonts)}"
        findings.append(Finding("optional", "fonts for slides", f"missing: {', '.join(fonts)}", mend))
    return findings


async def _probes(workers: Workers) -> list[Finding]:
    backend = await workers.backend()
    findings = [Finding("ok", "worker", f"Blender {await workers.version()}, backend {backend.name}")]
    cycles = await workers.probe("cycles")
    findings.append(Finding("ok" if cycles["works"] else "missing", "Cycles", cycles["detail"]))
    gpu = await workers.probe("gpu")
    findings.append(
        Finding("ok", "GPU", f"{gpu['backend']}: {gpu['detail']}")
        if gpu["works"]
        else Finding("optional", "GPU", f"{gpu['detail']}; Cycles runs on the CPU")
    )
    gl = await workers.probe("gl")
    findings.append(
        Finding("ok", "OpenGL", gl["detail"])
        if gl["works"]
        else Finding("optional", "OpenGL", "EEVEE and Workbench can't draw", f"apt-get install -y {GL_PACKAGES}")
    )
    confined = "separate processes, scrubbed environment, time and memory limits"
    findings.append(
        Finding(
            "ok",
            "Blender programs",
            f"{confined}; files and network are NOT confined: use a container for code you don't trust",
        )
    )
    return findings
