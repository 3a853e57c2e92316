# pyright: basic, reportAttributeAccessIssue=false, reportMissingImports=false
"""Render views. Changes camera, engine and settings freely: the server runs it in a state that is thrown away."""

import re
import time
from collections.abc import Callable

import _cycles
import bpy

from viga_mcp.blender import lights, stage, wireframe
from viga_mcp.wire import Message

# (samples, denoise) under Cycles. Measured on a CPU at 512 px: the factory denoiser alone costs 1.9 s, FAST/FAST 0.2 s
# for nearly the same picture; a sample about 0.05-0.5 s. `final` is the scene's own.
SAMPLES = {"preview": 2, "draft": 16, "wire": 8}
CAN_DENOISE = getattr(_cycles, "with_openimagedenoise", True)  # Debian's Blender is built without
SAMPLE = re.compile(r"Sample (\d+)/(\d+)")


def render(request: Message) -> Message:
    """Render each view into a BMP, which Blender writes in 3 ms where a PNG takes 20.

    Args:
        request: `views`, a list of `{"file", ...}` with the rest as in `stage.find_camera`; `width`, `height`,
            `region`, as in `stage.set_size`; `quality`; `frame` or None; `hide`, `only`, object names; `device`, "CPU"
            or a Cycles device type; `has_gl`, whether GL engines work here; `headlight`, whether to add light to a
            scene that has none.

    Returns:
        `{"engine", "samples", "device", "notes": [...], "seconds": [a view each]}`, or `{"refused": why}`.
    """
    scene = bpy.context.scene
    notes: list[str] = []
    stage.set_frame(request.get("frame"))
    stage.show(request.get("hide") or [], request.get("only") or [])
    if request.get("headlight") and not lights.has_light():
        stage.set_grey_world(0.8)
        notes.append("the scene has no light: a grey sky was added for these pictures only")
    stage.set_size(request["width"], request["height"], request.get("region"))
    _set_format()
    if request["quality"] == "wire":
        engine = wireframe.set_wireframe(SAMPLES["wire"])
    else:
        engine = set_quality(
            request["quality"], request.get("device", "CPU"), has_gl=request.get("has_gl", False), notes=notes
        )
    cameras = []
    for view in request["views"]:
        camera = stage.find_camera(view)
        if camera is None:
            return {"refused": view.get("camera") or ""}
        cameras.append(camera)
    seconds = []
    with _progress(request["report"], len(cameras)) as begin:
        for index, (view, camera) in enumerate(zip(request["views"], cameras, strict=True)):
            begin(index)
            started = time.perf_counter()
            scene.camera = camera
            scene.render.filepath = view["file"]
            bpy.ops.render.render(write_still=True)
            seconds.append(time.perf_counter() - started)
    return {
        "engine": engine,
        "samples": _samples(engine),
        "device": scene.cycles.device if engine == "CYCLES" else None,
        "notes": notes,
        "seconds": seconds,
    }


def set_quality(quality: str, device: str, *, has_gl: bool, notes: list[str]) -> str:
    """Set engine and samples; returns the engine's name.

    `preview` and `draft` always use Cycles: without a GPU it is both faster and truer than EEVEE.
    """
    scene = bpy.context.scene
    render, cycles = scene.render, scene.cycles
    own = render.engine
    if quality == "final":
        if own != "CYCLES" and not has_gl:
            notes.append(f"{own} needs OpenGL, which is missing here: Cycles with 128 samples instead")
            render.engine = "CYCLES"
            cycles.samples = 128
    else:
        if own != "CYCLES":
            notes.append(f"the scene's own engine is {own}; this is Cycles (quality='final' uses {own})")
        render.engine = "CYCLES"
        cycles.samples = SAMPLES[quality]
        cycles.use_adaptive_sampling = False
        cycles.time_limit = 0.0
        cycles.use_denoising = CAN_DENOISE
        if CAN_DENOISE:
            cycles.denoiser = "OPENIMAGEDENOISE"
            cycles.denoising_prefilter = "FAST"
            cycles.denoising_input_passes = "RGB_ALBEDO_NORMAL"
            if hasattr(cycles, "denoising_quality"):
                cycles.denoising_quality = "FAST"
        else:
            cycles.samples *= 8
            notes.append("this Blender is built without a denoiser: more samples, and some noise")
        if quality == "preview":
            if hasattr(cycles, "use_light_tree"):
                cycles.use_light_tree = False
            cycles.max_bounces = min(cycles.max_bounces, 6)
            render.use_motion_blur = False
    if render.engine == "CYCLES":
        _set_device(device)
    render.use_persistent_data = True  # several views of one state share its geometry
    return render.engine


def _set_format() -> None:
    settings = bpy.context.scene.render.image_settings
    if hasattr(settings, "media_type"):
        settings.media_type = "IMAGE"
    settings.file_format, settings.color_mode = "BMP", "RGB"


def _set_device(device: str) -> None:
    scene = bpy.context.scene
    if device == "CPU":
        scene.cycles.device = "CPU"
        return
    preferences = bpy.context.preferences.addons["cycles"].preferences
    preferences.compute_device_type = device
    preferences.get_devices_for_type(device)
    for entry in preferences.devices:
        entry.use = entry.type == device
    scene.cycles.device = "GPU"
    if scene.cycles.use_denoising and hasattr(scene.cycles, "denoising_use_gpu"):
        scene.cycles.denoising_use_gpu = True


def _samples(engine: str) -> int | None:
    scene = bpy.context.scene
    if engine == "CYCLES":
        return scene.cycles.samples
    return scene.eevee.taa_render_samples if engine.startswith("BLENDER_EEVEE") else None


class _progress:
    """Tell the server about each sample, at most twice a second, as shares of `total` pictures."""

    def __init__(self, report: Callable[[float, float, str], None], total: int) -> None:
        self.report, self.total, self.index, self.last = report, total, 0, time.monotonic()

    def __enter__(self) -> Callable[[int], None]:
        bpy.app.handlers.render_stats.append(self._tell)
        return self._begin

    def __exit__(self, *_: object) -> None:
        bpy.app.handlers.render_stats.remove(self._tell)

    def _begin(self, index: int) -> None:
        self.index = index

    def _tell(self, text: object, *_: object) -> None:
        sample = SAMPLE.search(str(text))
        if sample and time.monotonic() - self.last > 0.5:
            self.last = time.monotonic()
            done = self.index + int(sample[1]) / max(1, int(sample[2]))
            self.report(done, self.total, f"picture {self.index + 1} of {self.total}, sample {sample[1]}/{sample[2]}")
