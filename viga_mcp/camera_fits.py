"""A camera fit between scene and solver: from a scene graph to the problem, from the solution to program and words."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from viga_mcp import cameras
from viga_mcp.errors import VigaError, names_that_exist
from viga_mcp.fitting.camera.guides import Guides
from viga_mcp.fitting.camera.pose import Floats, Pose, turn_between_deg
from viga_mcp.fitting.camera.solve import CameraFit, CameraProblem
from viga_mcp.fitting.camera.uncertainty import Uncertainty, uncertainty
from viga_mcp.fitting.literals import find_literals
from viga_mcp.fitting.pictures import Picture
from viga_mcp.fitting.unknowns import CAMERA, with_assignments
from viga_mcp.graph_values import Graph

FOUND = 0.12  # how unlike the target a picture may look whose camera counts as found; see `likeness.unlikeness`
HOPELESS = 0.35  # from where on two pictures have so little in common that no camera is accepted for it


@dataclass(frozen=True)
class CameraNumbers:
    """A camera in Blender's words: metres, degrees (XYZ Euler), millimetres.

    Attributes:
        lens_mm: Focal length; None in a parallel projection, which has an `ortho_scale` instead.
        distance_m: To the middle of the subject.
    """

    location: tuple[float, ...]
    rotation_deg: tuple[float, ...]
    lens_mm: float | None
    ortho_scale: float | None
    fov_deg: float | None
    distance_m: float


@dataclass(frozen=True)
class Told:
    """What came of a fit. numbers: Fields of `results.Fit`."""

    is_better: bool
    camera: CameraNumbers
    numbers: dict[str, Any]
    text: str


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


def told(found: CameraFit, problem: CameraProblem, graph: Graph, name: str, pairs: Sequence[Mapping[str, Any]]) -> Told:
    """The solution in numbers and words."""
    lens = graph["objects"][name]["camera"]
    before, after = (_numbers(pose, problem, lens) for pose in (problem.start, found.pose))
    is_better = found.pose != problem.start and (found.unlike < HOPELESS or bool(pairs))
    is_found = is_better and found.unlike < FOUND and found.settled
    verdict = "found" if is_found else "doubtful" if is_better else "not_found"
    unsure = uncertainty(found.pose, found.normal, found.pivot)
    rows = _pair_rows(found.pose, problem, pairs)
    fit = {
        "name": name,
        "verdict": verdict,
        "before": vars_of(before),
        "after": vars_of(after),
        "unlike_before": found.start_unlike,
        "unlike_after": found.unlike,
        "sd_along_view_m": unsure.along_m,
        "sd_across_view_m": unsure.across_m,
        "sd_turn_deg": unsure.turn_deg,
        "sd_lens": unsure.lens,
        "pairs_px": [row[1] for row in rows],
    }
    numbers = {
        "loss_before": _finite(found.start_loss),
        "loss_after": _finite(found.loss if is_better else found.start_loss),
        "renders": found.renders,
        "changes": [],
        "history": [[renders, loss] for renders, loss in found.history if math.isfinite(loss)],
        "camera": fit,
    }
    lines = [
        _verdict(verdict, found, name, bool(pairs)),
        *(_table(before, after, unsure) if is_better else []),
        *([_way(problem, found)] if is_better else []),
        *_unsettled(unsure, is_better),
        *(f"pair {label}: {error:.1f} px off" for label, error in rows),
    ]
    return Told(is_better, after, numbers, "\n".join(lines))


def vars_of(camera: CameraNumbers) -> dict[str, Any]:
    """As `results.CameraPlace`."""
    return {
        "location": [round(v, 6) for v in camera.location],
        "rotation_deg": [round(v, 5) for v in camera.rotation_deg],
        "lens_mm": camera.lens_mm,
        "ortho_scale": camera.ortho_scale,
        "fov_deg": camera.fov_deg,
        "distance_m": camera.distance_m,
    }


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


def _numbers(pose: Pose, problem: CameraProblem, lens: Mapping[str, Any]) -> CameraNumbers:
    turn = pose.turn
    ratio = problem.start.width / pose.width
    is_perspective = pose.is_perspective
    angles = (
        math.atan2(turn[2, 1], turn[2, 2]),
        math.atan2(-turn[2, 0], math.hypot(turn[2, 1], turn[2, 2])),
        math.atan2(turn[1, 0], turn[0, 0]),
    )
    return CameraNumbers(
        tuple(pose.place.tolist()),
        tuple(math.degrees(angle) for angle in angles),
        round(lens["lens_mm"] * ratio, 4) if is_perspective else None,
        None if is_perspective else round(lens["ortho_scale"] / ratio, 5),
        round(math.degrees(2 * math.atan(pose.width / 2)), 4) if is_perspective else None,
        round(math.dist(pose.place, problem.pivot), 5),
    )


def _pair_rows(pose: Pose, problem: CameraProblem, pairs: Sequence[Mapping[str, Any]]) -> list[tuple[str, float]]:
    if not pairs:
        return []
    width = problem.target.shape[1]
    errors = np.linalg.norm(problem.guides.errors(pose), axis=1) * width
    labels = [f"{pair['pixel']} = {pair.get('object') or pair['world']}" for pair in pairs]
    return [(label, round(float(error), 2)) for label, error in zip(labels, errors, strict=True)]


def _verdict(verdict: str, found: CameraFit, name: str, has_pairs: bool) -> str:
    unlike = f"unlikeness {found.start_unlike:.3f} -> {found.unlike:.3f}, 0 is equal whatever the light"
    more = "more point_pairs" if has_pairs else "point_pairs (4 or more: what lies where on the target)"
    advice = f"What would help: {more}, or a start nearer by: within 40 degrees around the subject and 30 % of the way."
    tried = (
        "hundreds of poses within 44 degrees around the subject were judged, and the best ones rendered and followed"
    )
    if verdict == "found":
        return f"Camera {name!r} found ({unlike})."
    if verdict == "doubtful":
        return (
            f"Camera {name!r} is better than at first, but NOT confirmed ({unlike}; a camera that is right stays under "
            f"{FOUND:g} where scene and target are alike): {tried}. Look at it before you go on. {advice}"
        )
    if found.start_unlike < FOUND:
        return f"The camera is right as it is, as far as the pictures tell ({unlike}); nothing better was found."
    best = (
        f" The least unlike stood at {_vector(found.pose.place.tolist())}." if found.unlike < found.start_unlike else ""
    )
    return f"No camera was found ({unlike}): {tried}, in {found.renders} renders. Nothing was changed.{best} {advice}"


def _table(before: CameraNumbers, after: CameraNumbers, unsure: Uncertainty) -> list[str]:
    lines = [
        f"location {_vector(before.location)} -> {_vector(after.location)} m, "
        f"sd {unsure.along_m:.2g} m along the view, {unsure.across_m:.2g} m across",
        f"rotation {_vector(before.rotation_deg)} -> {_vector(after.rotation_deg)} degrees, sd {unsure.turn_deg:.2g}",
    ]
    if after.lens_mm is not None and before.lens_mm is not None:
        lines.append(
            f"lens {before.lens_mm:.4g} -> {after.lens_mm:.4g} mm, sd {unsure.lens * after.lens_mm:.2g} "
            f"(horizontal fov {before.fov_deg:.4g} -> {after.fov_deg:.4g} degrees)"
        )
    else:
        lines.append(
            f"ortho_scale {before.ortho_scale:.4g} -> {after.ortho_scale:.4g} m; "
            "a parallel projection does not show how far away the camera is"
        )
    return lines


def _way(problem: CameraProblem, found: CameraFit) -> str:
    one, other = problem.start.place - problem.pivot, found.pose.place - problem.pivot
    a, b = float(np.linalg.norm(one)), float(np.linalg.norm(other))
    around = math.degrees(math.acos(max(-1.0, min(1.0, float(one @ other) / max(a * b, 1e-12)))))
    turned = turn_between_deg(problem.start, found.pose)
    return (
        f"distance to the subject's middle {_vector(problem.pivot.tolist())}: {a:.4g} -> {b:.4g} m; "
        f"{around:.1f} degrees around it, turned by {turned:.1f} degrees"
    )


def _unsettled(unsure: Uncertainty, is_better: bool) -> list[str]:
    if not is_better or not unsure.weakest:
        return []
    together = " against ".join(unsure.weakest)
    sizes = ", ".join(f"{name} {abs(size):.2g}" for name, size in unsure.weakest.items())
    return [f"least settled by the picture: {together}, which hardly change it together (sd {sizes}; radians or log)"]


def _vector(values: Sequence[float]) -> str:
    return "(" + ", ".join(f"{value:.4g}" for value in values) + ")"


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
