# pyright: basic, reportAttributeAccessIssue=false, reportMissingImports=false
"""What works on this machine; each answer comes from trying it, in a process that may die of it."""

import sys
import tempfile
from pathlib import Path

import bpy

from viga_mcp.blender.render import CAN_DENOISE
from viga_mcp.wire import Message

GPU_BACKENDS = ("OPTIX", "CUDA", "HIP", "METAL", "ONEAPI")


def probe(request: Message) -> Message:
    """Try one thing: `what` is "cycles" (an 8 px render), "gl" (a Workbench render), or "gpu" (find Cycles devices).

    Returns:
        `{"works": bool, "detail": str}`, with `backend` for "gpu". A missing EGL aborts the process instead.
    """
    if request["what"] == "gpu":
        return _gpu()
    engine = "CYCLES" if request["what"] == "cycles" else "BLENDER_WORKBENCH"
    works = draw(engine)
    return {"works": works, "detail": f"{engine} drew an 8 px picture" if works else "no picture"}


def draw(engine: str, *, denoise: bool = False) -> bool:
    """Draw Blender's default scene at 8 px with one sample; whether a picture came of it. Leaves that scene loaded."""
    bpy.ops.wm.read_homefile(use_empty=False, use_factory_startup=True)
    scene = bpy.context.scene
    scene.render.engine = engine
    scene.cycles.samples = 1
    scene.cycles.use_denoising = denoise and CAN_DENOISE
    scene.cycles.denoising_prefilter = "FAST"
    scene.render.resolution_x = scene.render.resolution_y = 8
    scene.render.resolution_percentage = 100
    scene.render.use_file_extension = False
    with tempfile.TemporaryDirectory() as folder:
        scene.render.filepath = str(Path(folder) / "probe.png")
        bpy.ops.render.render(write_still=True)
        return Path(scene.render.filepath).exists()


def _gpu() -> Message:
    if "cycles" not in bpy.context.preferences.addons:
        return {"works": False, "backend": None, "detail": "Cycles is not enabled"}
    preferences = bpy.context.preferences.addons["cycles"].preferences
    for backend in GPU_BACKENDS:
        try:
            preferences.compute_device_type = backend
        except TypeError:  # not built into this Blender
            continue
        preferences.get_devices_for_type(backend)
        names = [entry.name for entry in preferences.devices if entry.type == backend]
        if names:
            return {"works": True, "backend": backend, "detail": ", ".join(names)}
    return {"works": False, "backend": None, "detail": f"no device that Cycles can use on {sys.platform}"}
