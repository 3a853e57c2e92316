"""What came of a camera fit, in numbers and words."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from viga_mcp.fitting.camera.pose import Pose, turn_between_deg
from viga_mcp.fitting.camera.solve import CameraFit, CameraProblem
from viga_mcp.fitting.camera.uncertainty import Uncertainty, uncertainty
from viga_mcp.graph_values import Graph

FOUND = 0.12  # how unlike the target a picture may look whose camera counts as found; see `likeness.unlikeness`
MISSED_PX = 20.0  # of a target: from where on a pair contradicts the picture
USUAL_RENDERS = 60  # twice what most solves take (`python -m tests.bench.camera`)
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
        "before": camera_place(before),
        "after": camera_place(after),
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
        _verdict(verdict, found, name, [error for _, error in rows], problem.max_renders),
        *(_table(before, after, unsure) if is_better else []),
        *([_way(problem, found)] if is_better else []),
        *_unsettled(unsure, is_better),
        *(f"pair {label}: {error:.1f} px off" for label, error in rows),
    ]
    return Told(is_better, after, numbers, "\n".join(lines))


def camera_place(camera: CameraNumbers) -> dict[str, Any]:
    """As `results.CameraPlace`."""
    return {
        "location": [round(v, 6) for v in camera.location],
        "rotation_deg": [round(v, 5) for v in camera.rotation_deg],
        "lens_mm": camera.lens_mm,
        "ortho_scale": camera.ortho_scale,
        "fov_deg": camera.fov_deg,
        "distance_m": camera.distance_m,
    }


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


def _verdict(verdict: str, found: CameraFit, name: str, pairs_px: Sequence[float], budget: int) -> str:
    unlike = f"unlikeness {found.start_unlike:.3f} -> {found.unlike:.3f}, 0 is equal whatever the light"
    if verdict == "found":
        return f"Camera {name!r} found ({unlike})."
    if found.cut_short:
        tried = f"the budget of {budget} renders was spent before the likeliest poses had been followed"
        advice = f"What would help first: more renders; {USUAL_RENDERS} do as a rule."
    else:
        tried = "hundreds of poses within 44 degrees around the subject were judged, the best rendered and followed"
        more = "more point_pairs" if pairs_px else "point_pairs (4 or more: what lies where on the target)"
        advice = (
            f"What would help: {more}, or a start nearer by: within 40 degrees around the subject and 30 % of the way."
        )
    if verdict == "doubtful":
        return (
            f"Camera {name!r} is better than at first, but NOT confirmed ({unlike}; a camera that is right stays under "
            f"{FOUND:g} where scene and target are alike): {tried}. Look at it before you go on. {advice}"
        )
    if found.start_unlike < FOUND and max(pairs_px, default=0.0) < MISSED_PX:
        return f"The camera is right as it is, as far as the pictures tell ({unlike}); nothing better was found."
    if found.start_unlike < FOUND:
        return (
            f"The pictures look alike as they are ({unlike}), but point pairs miss by up to {max(pairs_px):.0f} px: "
            "check what they tie to what. Nothing was changed."
        )
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
