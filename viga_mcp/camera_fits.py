"""A camera fit between scene and solver: from a scene graph to the problem, from the solution to the program."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from viga_mcp import cameras
from viga_mcp.camera_words import CameraNumbers
from viga_mcp.errors import VigaError, names_that_exist
from viga_mcp.fitting.camera.guides import Guides
from viga_mcp.fitting.camera.pose import Floats, Pose
from viga_mcp.fitting.camera.solve import CameraProblem
from viga_mcp.fitting.literals import find_literals
from viga_mcp.fitting.pictures import Picture
from viga_mcp.fitting.unknowns import CAMERA, with_assignments
from viga_mcp.graph_values import Graph


def is_camera(parameters: Sequence[str] | None) -> bool:
    """Whether the camera alone is asked for."""
    return parameters is not None and len(parameters) == 1 and parameters[0].strip().partition(":")[0] == CAMERA


def find_camera(graph: Graph, viewed: str, parameters: Sequence[str]) -> str:
    """The name of the camera that "camera" or "camera:NAME" means, where the target shows what `viewed` sees.

    Raises:
        VigaError: "not_found" or "invalid_argument" where there is none, it is another than the target's, or it can't
            be moved by numbers.
    """
    name = viewed or graph["scene"]["camera"]
    asked = parameters[0].strip().partition(":")[2]
    known = [one for one, entry in graph["objects"].items() if entry["type"] == "CAMERA"]
    if asked and asked not in known:
        raise VigaError("not_found", f"There is no camera {asked!r}.", then=names_that_exist(asked, known, "Cameras"))
    if not name:
        raise VigaError("not_found", "The scene has no active camera to fit.", then="Add one, and make it active.")
    if asked and asked != name:
        raise VigaError(
            "invalid_argument",
            f"The target shows what camera {name!r} sees, not {asked!r}.",
            then=f"Ask for parameters='camera', or set the target with view='camera:{asked}'.",
        )
    if name not in known:
        raise VigaError("not_found", f"There is no camera {name!r}.", then=names_that_exist(name, known, "Cameras"))
    entry = graph["objects"][name]
    if entry["camera"]["projection"] not in ("PERSP", "ORTHO"):
        raise VigaError("invalid_argument", f"Camera {name!r} is panoramic.", then="Fit a perspective camera.")
    if entry.get("animation"):
        raise VigaError(
            "invalid_argument",
            f"Camera {name!r} is animated; one picture can't say how it moves.",
            then="Clear its animation first, or fit the numbers of its keyframes by their literals.",
        )
    return name


def make_problem(
    graph: Graph, name: str, target: Picture, pairs: Sequence[Mapping[str, Any]], max_renders: int
) -> CameraProblem:
    """What the solver is to do.

    Args:
        target: (H, W, 3) in 0..1. pairs: `{"pixel": [x, y], "world": [x, y, z]}` or `{"pixel", "object"}`.

    Raises:
        VigaError: "invalid_argument" or "not_found" for a pair that ties nothing.
    """
    height, width = target.shape[:2]
    aspect = width / height * graph["scene"].get("pixel_aspect", 1.0)
    (view,) = cameras.poses(cameras.parse_view(f"camera:{name}"), graph, aspect)
    is_perspective = view.fov_deg is not None
    pose = Pose(
        tuple(value for row in view.matrix_world for value in row),
        2 * math.tan(math.radians(view.fov_deg) / 2) if view.fov_deg is not None else view.ortho_scale or 1.0,
        aspect,
        is_perspective,
        view.shift,
    )
    guides = _guides(graph, pairs, width, height)
    return CameraProblem(pose, target, _pivot(graph, pose), guides, max_renders)


def written(program: str, graph: Graph, name: str, camera: CameraNumbers) -> tuple[str, list[dict[str, Any]]]:
    """The program with the camera's numbers set at its end, and those numbers as `results.FitChange` rows."""
    entry = graph["objects"][name]
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    path = f'objects["{quoted}"]'
    lens = "lens" if camera.lens_mm is not None else "ortho_scale"
    before: list[float] = [*entry["location"], *(math.radians(v) for v in entry["rotation_deg"])]
    before.append(entry["camera"]["lens_mm" if camera.lens_mm is not None else "ortho_scale"])
    values: dict[str, Any] = {
        f"{path}.location": [float(f"{v:.6g}") for v in camera.location],
        f"{path}.rotation_euler": [float(f"{math.radians(v):.6g}") for v in camera.rotation_deg],
        f"{path}.data.{lens}": float(f"{camera.lens_mm or camera.ortho_scale or 1.0:.6g}"),
    }
    set_here = tuple(f"bpy.data.{key} = " for key in values)
    lines = program.rstrip("\n").split("\n") if program.strip() else []
    while lines and lines[-1].startswith(set_here):  # by an earlier fit
        lines.pop()
    hold = [
        *([f"bpy.data.{path}.parent = None"] if entry["parent"] else []),
        *([f"bpy.data.{path}.constraints.clear()"] if entry.get("constraints") else []),
        *([f'bpy.data.{path}.rotation_mode = "XYZ"'] if entry["rotation_mode"] != "XYZ" else []),
    ]
    if hold and not any(line.startswith("import bpy") for line in lines):
        lines.insert(0, "import bpy")
    source, indices = with_assignments("\n".join([*lines, *hold]), values)
    literals = find_literals(source)
    return source, [
        {
            "line": literals[index].line,
            "column": literals[index].column,
            "name": literals[index].name,
            "before": float(f"{old:.6g}"),
            "after": literals[index].value,
        }
        for index, old in zip(indices, before, strict=True)
    ]


def _guides(graph: Graph, pairs: Sequence[Mapping[str, Any]], width: int, height: int) -> Guides:
    if not pairs:
        return Guides()
    points, places = list[Floats](), list[list[float]]()
    for number, pair in enumerate(pairs, 1):
        x, y = pair["pixel"]
        if not (0 <= x <= width and 0 <= y <= height):
            raise VigaError(
                "invalid_argument",
                f"Point pair {number}: pixel ({x:g}, {y:g}) is not on the target, which is {width} x {height}.",
                then="Give pixels of the target from its top left corner.",
            )
        if (pair.get("world") is None) == (pair.get("object") is None):
            raise VigaError(
                "invalid_argument",
                f"Point pair {number} names {'neither' if pair.get('world') is None else 'both'} of world and object.",
                then="Give each pair one of the two: world: [x, y, z] in metres, or object: NAME for its box's middle.",
            )
        points.append(_point(graph, pair))
        places.append([x / width, y / height])
        for earlier in range(number - 1):
            if np.allclose(points[earlier], points[-1]):
                raise VigaError(
                    "invalid_argument",
                    f"Point pairs {earlier + 1} and {number} name the same point of the scene.",
                    then="Give each point once; it is seen in one place of the target.",
                )
    return Guides(np.array(points, float), np.array(places, float))


def _point(graph: Graph, pair: Mapping[str, Any]) -> Floats:
    if pair.get("world") is not None:
        return np.array(pair["world"], float)
    name = pair["object"]
    if name not in graph["objects"]:
        then = names_that_exist(name, graph["objects"], "Objects")
        raise VigaError("not_found", f"There is no object {name!r}.", then=then)
    entry = graph["objects"][name]
    if entry["bounds"]:
        return np.array(entry["bounds"], float).mean(axis=0)
    return np.array(entry["matrix_world"], float).reshape(4, 4)[:3, 3]


def _pivot(graph: Graph, pose: Pose) -> Floats:
    """The middle of the subject where the camera sees it; else a point ahead, as far away."""
    box = cameras.what_matters(graph)
    middle = box.mean(axis=0)
    x, y, depth = (float(v[0]) for v in pose.project(middle[None]))
    if math.isfinite(depth) and -0.25 < x < 1.25 and -0.25 < y < 1.25:
        return middle
    away = depth if math.isfinite(depth) else math.dist(box[0], box[1])
    return pose.place - pose.turn[:, 2] * away
