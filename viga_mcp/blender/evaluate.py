# pyright: basic, reportAttributeAccessIssue=false, reportMissingImports=false
"""What a program makes of the base scene: its scene graph, its picture, or both, for fitting.

Runs in a state that is thrown away: it executes the program, changes render settings freely and saves nothing.
"""

import struct
import time
from pathlib import Path

import bpy
import numpy as np
from mathutils import Matrix

from viga_mcp.blender.callbacks import Callbacks
from viga_mcp.blender.gbuffer import write_gbuffer
from viga_mcp.blender.graph import read_graph
from viga_mcp.blender.stage import show, show_the_scene
from viga_mcp.blender.state import apply_keyframes

FILENAME = "<program>"


def evaluate(args: dict) -> dict:
    """Execute a program on the scene this process holds and report what came of it.

    Args:
        args: `parts`, program texts executed in order; `camera` or None, a camera to be the active one; `pose` or None,
            `{"matrix", "lens"}`: where to put it, camera to world without scale, row-major 16 floats, and how many
            times its focal length (in a parallel projection: 1 / scale) to give it; `graph`
            (default false), whether to return the scene graph; `render` or None: `{"path", "width_px", "height_px",
            "samples", "seed" (0), "hide" ([]), "threads" (0 = all)}`, where `hide` names objects to leave out;
            `gbuffer` or None: `{"path", "width_px", "height_px"}`, for `gbuffer.write_gbuffer`.

    Returns:
        `{"error": "TypeError: ...", "line", "part"}` if the program failed; else `error: None`, `graph` or None,
        `path` of the picture or G-buffer, or None, and `seconds` of the program and of the rest. The picture is a
        `.npy` of (height, width, 3) uint16, 0..65535 for 0..1, in display colours, row 0 on top: eight bits would hide
        the small differences that derivatives are made of.
    """
    started = time.perf_counter()
    failure = _execute(args["parts"])
    if failure:
        return failure
    apply_keyframes()
    camera, wanted, surfaces = args.get("camera"), args.get("render"), args.get("gbuffer")
    if camera:
        bpy.context.scene.camera = bpy.data.objects.get(camera)
    if args.get("pose") and bpy.context.scene.camera is not None:
        _pose(bpy.context.scene.camera, args["pose"])
    bpy.context.view_layer.update()
    executed = time.perf_counter()
    graph = read_graph() if args.get("graph") else None
    if (camera or wanted or surfaces) and bpy.context.scene.camera is None:
        missing = f"no camera {camera!r}" if camera else "no active camera"
        return {"error": f"RuntimeError: the scene has {missing}", "line": None, "part": None}
    path = None
    if surfaces and write_gbuffer(surfaces["path"], surfaces["width_px"], surfaces["height_px"]):
        path = surfaces["path"]
    if wanted:
        path = wanted["path"]
        _set_render(wanted)
        _render(Path(path))
    return {
        "error": None,
        "graph": graph,
        "path": path,
        "seconds": {"program": executed - started, "rest": time.perf_counter() - executed},
    }


def _pose(camera: bpy.types.Object, pose: dict) -> None:
    """Free a camera of what holds it, and put it where it should be."""
    camera.animation_data_clear()
    camera.constraints.clear()
    camera.parent = None
    camera.matrix_world = Matrix([pose["matrix"][row : row + 4] for row in range(0, 16, 4)])
    camera.data = camera.data.copy()
    camera.data.animation_data_clear()
    camera.data.lens *= pose["lens"]
    camera.data.ortho_scale /= pose["lens"]


def _execute(parts: list[str]) -> dict | None:
    for number, part in enumerate(parts):
        try:
            with Callbacks():
                exec(compile(part, FILENAME, "exec", dont_inherit=True), {"bpy": bpy, "__name__": "__main__"})
        except (Exception, SystemExit) as error:
            return {"error": f"{type(error).__name__}: {error}", "line": _line_of(error), "part": number}
    return None


def _line_of(error: BaseException) -> int | None:
    line, trace = getattr(error, "lineno", None), error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == FILENAME:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def _set_render(wanted: dict) -> None:
    scene = bpy.context.scene
    render, cycles = scene.render, scene.cycles
    render.engine = "CYCLES"
    render.resolution_x, render.resolution_y, render.resolution_percentage = (
        wanted["width_px"],
        wanted["height_px"],
        100,
    )
    show_the_scene()
    render.use_border = render.use_stamp = False
    render.use_motion_blur = render.film_transparent = False
    render.use_persistent_data = False  # keeps the process fork-safe
    render.threads_mode = "FIXED" if wanted.get("threads") else "AUTO"
    if wanted.get("threads"):
        render.threads = wanted["threads"]
    cycles.device = "CPU"
    cycles.samples, cycles.seed = wanted["samples"], wanted.get("seed", 0)
    cycles.use_animated_seed = False  # equal noise in all pictures: it cancels in their differences
    cycles.use_adaptive_sampling = cycles.use_denoising = False
    cycles.time_limit = 0.0
    show(wanted.get("hide", ()))
    for layer in scene.view_layers:
        layer.use = layer == bpy.context.view_layer


def _render(path: Path) -> None:
    """Render the active camera through the scene's own view transform, 16 bits a channel."""
    scene = bpy.context.scene
    render, settings = scene.render, scene.render.image_settings
    if hasattr(settings, "media_type"):
        settings.media_type = "IMAGE"
    settings.file_format, settings.color_mode, settings.color_depth = "TIFF", "RGB", "16"
    settings.tiff_codec = "NONE"
    render.dither_intensity = 0.0
    render.use_file_extension = False
    plain = path.with_suffix(".tif")
    render.filepath = str(plain)
    bpy.ops.render.render(write_still=True)
    np.save(path, _read_tiff(plain.read_bytes()))
    plain.unlink()


def _read_tiff(data: bytes) -> np.ndarray:
    """An uncompressed, interleaved 16-bit RGB TIFF as (height, width, 3) uint16; that is what Blender writes."""
    order = "<" if data[:2] == b"II" else ">"
    (directory,) = struct.unpack_from(order + "I", data, 4)
    (count,) = struct.unpack_from(order + "H", data, directory)
    tags = {}
    for entry in range(directory + 2, directory + 2 + 12 * count, 12):
        tag, kind, length = struct.unpack_from(order + "HHI", data, entry)
        size = {3: 2, 4: 4}.get(kind)
        if size is None:
            continue
        at = entry + 8 if size * length <= 4 else struct.unpack_from(order + "I", data, entry + 8)[0]
        tags[tag] = struct.unpack_from(f"{order}{length}{'HI'[size == 4]}", data, at)
    width, height, offsets, lengths = tags[256][0], tags[257][0], tags[273], tags[279]
    pixels = b"".join(data[start : start + length] for start, length in zip(offsets, lengths, strict=True))
    return np.frombuffer(pixels, order + "u2").reshape(height, width, 3).astype(np.uint16)
