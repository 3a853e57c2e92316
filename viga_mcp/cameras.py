"""Cameras for views: from the boxes of a stored scene graph to poses.

Frames: world, metres, z up; a pose maps camera to world, the camera looking down its -z with +y up. Field of view and
orthographic scale are those of the picture's *width*, so whoever applies a pose to a Blender camera sets
`sensor_fit = "HORIZONTAL"`. "front" is seen from -y, as Blender's own view; an azimuth turns counter-clockwise from it,
seen from above.

Six sides are orthographic, because they are looked at to measure; orbits, corners and focus are in perspective.
"""

import math
from dataclasses import replace
from typing import Any

import numpy as np

from viga_mcp.errors import VigaError
from viga_mcp.graph_values import Graph, unknown_name
from viga_mcp.projection import Array, CameraPose, box_corners
from viga_mcp.views import View, parse_view

__all__ = ["CameraPose", "View", "parse_view", "poses", "subject", "what_matters"]

FOV_DEG = 40.0
FILL = 0.9
"""Share of half the picture that the corners may reach: a tenth stays free on each side."""

CORNER_ELEVATION_DEG = 30.0
CORNER_AZIMUTHS_DEG = {"front-left": -45.0, "front-right": 45.0, "back-left": -135.0, "back-right": 135.0}
FOCUS_AZIMUTH_DEG, FOCUS_ELEVATION_DEG = 30.0, 25.0
SIDES_DEG = {
    "front": (0.0, 0.0), "right": (90.0, 0.0), "back": (180.0, 0.0), "left": (-90.0, 0.0),
    "top": (0.0, 90.0), "bottom": (0.0, -90.0),
}  # fmt: skip

FLAT = 0.02
FLAT_BACKDROP, ROUND_BACKDROP = 3.0, 6.0
"""How many times larger than all the rest together a flat thing, or one that surrounds the rest, is a backdrop."""

EMPTY_BOX = np.array([[-1.0, -1.0, -1.0], [1.0, 1.0, 1.0]])
MIN_EXTENT = 1e-3


def poses(view: View, graph: Graph, aspect: float) -> list[CameraPose]:
    """The camera, or for "corners" the four cameras, of a view.

    Args:
        view: From `parse_view`.
        graph: The scene's stored graph; for "camera" its cameras are enough.
        aspect: Width / height of the picture, pixel aspect included.

    Raises:
        VigaError: `not_found` for a camera or object that is not there.
    """
    if view.kind == "camera":
        return [_scene_camera(view, graph, aspect)]
    box = what_matters(graph)
    match view.kind:
        case "axis":
            return [_fitted(view.text, box, _orbit_basis(*SIDES_DEG[view.name]), graph, aspect, is_ortho=True)]
        case "orbit":
            return [_fitted(view.text, box, _orbit_basis(view.azimuth_deg, view.elevation_deg), graph, aspect)]
        case "corners":
            return [
                _fitted(f"corners {name}", box, _orbit_basis(azimuth, CORNER_ELEVATION_DEG), graph, aspect)
                for name, azimuth in CORNER_AZIMUTHS_DEG.items()
            ]
        case "focus":
            return [_focus(view, graph, aspect)]
        case "free":
            eye, target = np.array(view.location), np.array(view.look_at)
            basis = _look_basis(target - eye)
            return [_pose(view.text, eye, basis, graph, math.dist(eye, target), fov_deg=view.fov_deg)]


def what_matters(graph: Graph) -> Array:
    """(2, 3) world box, low and high, of what a picture should show.

    All that a render would show, without backdrops: flat things (thinner than 2 % of their diagonal) 3 times, and
    things around all the rest (skies, fog, rooms much larger than their content) 6 times as large as all the rest
    together. Without anything visible: the cube of 2 m around the origin.
    """
    entries: list[Any] = [entry for entry in graph["objects"].values() if entry["visible"] and entry["bounds"]]
    if not entries:
        return EMPTY_BOX.copy()
    boxes = np.array([entry["bounds"] for entry in entries], np.float64)
    sizes: Array = np.linalg.norm(boxes[:, 1] - boxes[:, 0], axis=1)
    order = np.argsort(sizes, kind="stable")
    boxes, sizes = boxes[order], sizes[order]
    lows, highs = np.minimum.accumulate(boxes[:, 0]), np.maximum.accumulate(boxes[:, 1])
    is_flat = (boxes[:, 1] - boxes[:, 0]).min(axis=1) <= FLAT * sizes
    together: Array = np.maximum(np.linalg.norm(highs - lows, axis=1), 1e-12)
    for kept in np.flatnonzero(sizes[1:] > FLAT_BACKDROP * together[:-1]) + 1:
        low, high = lows[kept - 1], highs[kept - 1]
        times = sizes[kept:] / together[kept - 1]
        slack = FLAT * sizes[kept:, None]  # things may sink a little into a curved backdrop
        is_around = ((boxes[kept:, 0] <= low + slack) & (boxes[kept:, 1] >= high - slack)).all(axis=1)
        is_backdrop = (is_flat[kept:] & (times > FLAT_BACKDROP)) | (is_around & (times > ROUND_BACKDROP))
        if bool(is_backdrop.all()) and bool((high > low).any()):
            return np.stack([low, high])
    return np.stack([lows[-1], highs[-1]])


def subject(graph: Graph) -> set[str]:
    """Names of what lies within what matters: all that is rendered but the backdrops."""
    low, high = what_matters(graph)
    slack = 1e-6 * float(np.abs([low, high]).max() + 1)
    return {
        name
        for name, entry in graph["objects"].items()
        if entry["visible"]
        and entry["bounds"]
        and (np.array(entry["bounds"][0]) >= low - slack).all()
        and (np.array(entry["bounds"][1]) <= high + slack).all()
    }


def _direction(azimuth_deg: float, elevation_deg: float) -> Array:
    """From the middle to the camera; azimuth 0 is -y, counter-clockwise seen from above."""
    azimuth, elevation = math.radians(azimuth_deg), math.radians(elevation_deg)
    flat = math.cos(elevation)
    return np.array([math.sin(azimuth) * flat, -math.cos(azimuth) * flat, math.sin(elevation)])


def _orbit_basis(azimuth_deg: float, elevation_deg: float) -> Array:
    """Columns right, up, back. Straight above and below, too, the azimuth says what is right."""
    azimuth = math.radians(azimuth_deg)
    right = np.array([math.cos(azimuth), math.sin(azimuth), 0.0])
    back = _direction(azimuth_deg, elevation_deg)
    return np.stack([right, np.cross(back, right), back], axis=1)


def _look_basis(forward: Array) -> Array:
    """Columns right, up, back of a level camera that looks along `forward`; north is up when it looks straight down."""
    back = -forward / np.linalg.norm(forward)
    azimuth_deg = math.degrees(math.atan2(back[0], -back[1])) if math.hypot(back[0], back[1]) > 1e-9 else 0.0
    return _orbit_basis(azimuth_deg, math.degrees(math.asin(max(-1.0, min(1.0, float(back[2]))))))


def _fitted(name: str, box: Array, basis: Array, graph: Graph, aspect: float, *, is_ortho: bool = False) -> CameraPose:
    """A camera that looks at the middle of a box and sees all of it."""
    middle = box.mean(axis=0)
    extent = max(math.dist(box[0], box[1]), MIN_EXTENT)
    across, up, back = ((box_corners(box) - middle) @ basis).T
    if is_ortho:
        width = 2 * max(float(np.abs(across).max()), float(np.abs(up).max()) * aspect, extent / 20) / FILL
        distance = extent * 1.5
        return _pose(name, middle + basis[:, 2] * distance, basis, graph, distance, ortho_scale=width)
    half = math.tan(math.radians(FOV_DEG) / 2) * FILL
    distance = float((back + np.maximum(np.abs(across), np.abs(up) * aspect) / half).max())
    distance = max(distance, float(back.max()) + extent / 4)
    return _pose(name, middle + basis[:, 2] * distance, basis, graph, distance, fov_deg=FOV_DEG)


def _pose(
    name: str,
    eye: Array,
    basis: Array,
    graph: Graph,
    distance: float,
    *,
    fov_deg: float | None = None,
    ortho_scale: float | None = None,
) -> CameraPose:
    bounds = [entry["bounds"] for entry in graph["objects"].values() if entry["bounds"]]
    farthest = 0.0
    if bounds:
        farthest = float(np.linalg.norm(np.abs(np.array(bounds, np.float64) - eye).max(axis=1), axis=1).max())
    matrix = np.eye(4)
    matrix[:3, :3], matrix[:3, 3] = basis, eye
    rows = tuple(tuple(float(value) for value in row) for row in matrix)
    return CameraPose(name, rows, fov_deg, ortho_scale, (distance / 100, max(farthest * 1.1, distance * 100)))


def _focus(view: View, graph: Graph, aspect: float) -> CameraPose:
    """The object alone in the frame, seen from where the scene's camera sees it."""
    entry = _named(graph, view.name, "object", list(graph["objects"]))
    box = np.array(entry["bounds"], np.float64) if entry["bounds"] else _around_point(entry["matrix_world"], graph)
    camera = graph["objects"].get(graph["scene"]["camera"] or "")
    if camera is not None and camera["matrix_world"]:
        toward = box.mean(axis=0) - np.array(camera["matrix_world"], np.float64).reshape(4, 4)[:3, 3]
        if float(np.linalg.norm(toward)) > 1e-6:
            return _fitted(view.text, box, _look_basis(toward), graph, aspect)
    return _fitted(view.text, box, _orbit_basis(FOCUS_AZIMUTH_DEG, FOCUS_ELEVATION_DEG), graph, aspect)


def _around_point(matrix_world: list[float], graph: Graph) -> Array:
    """A box for what draws nothing (a light, an empty): a tenth of the scene around its origin."""
    matters = what_matters(graph)
    half = max(math.dist(matters[0], matters[1]) / 20, MIN_EXTENT)
    return np.array(matrix_world, np.float64).reshape(4, 4)[:3, 3] + np.array([[-half], [half]])


def _named(graph: Graph, name: str, what: str, names: list[str]) -> Any:
    if name not in names:
        raise unknown_name(what, name, names)
    return graph["objects"][name]


def _scene_camera(view: View, graph: Graph, aspect: float) -> CameraPose:
    names = [name for name, entry in graph["objects"].items() if entry["type"] == "CAMERA"]
    name = view.name or graph["scene"]["camera"]
    if name is None:
        then = f"Ask for {', '.join(f'camera:{n}' for n in names[:8])}, or " if names else "Add one, or "
        raise VigaError("not_found", "The scene has no active camera.", then=then + 'use another view, as "corners".')
    entry = _named(graph, name, "camera", names)
    lens = entry["camera"]
    pose = replace(_camera_pose(view.text, entry, aspect), scene_camera=name)
    return pose if lens["projection"] in ("PERSP", "ORTHO") else replace(pose, fov_deg=None, ortho_scale=None)


def _camera_pose(name: str, entry: Any, aspect: float) -> CameraPose:
    """The pose of a Blender camera, its lens told for the picture's width."""
    lens = entry["camera"]
    matrix = np.array(entry["matrix_world"], np.float64).reshape(4, 4)
    if not np.isfinite(matrix).all():
        raise VigaError("invalid_argument", f"The camera of view {name!r} has no finite place: its matrix holds NaN.")
    matrix[:3, :3] /= np.maximum(np.linalg.norm(matrix[:3, :3], axis=0), 1e-12)
    fit = lens["sensor_fit"]
    is_vertical = fit == "VERTICAL" or (fit == "AUTO" and aspect < 1)
    widths = aspect if is_vertical else 1.0
    sensor_mm = lens["sensor_mm"][1 if fit == "VERTICAL" else 0]
    is_ortho = lens["projection"] == "ORTHO"
    return CameraPose(
        name,
        tuple(tuple(float(value) for value in row) for row in matrix),
        None if is_ortho else math.degrees(2 * math.atan(sensor_mm / 2 / lens["lens_mm"] * widths)),
        lens["ortho_scale"] * widths if is_ortho else None,
        (lens["clip"][0], lens["clip"][1]),
        (lens["shift"][0] / widths, lens["shift"][1] / widths),
    )
