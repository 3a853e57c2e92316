# pyright: basic, reportAttributeAccessIssue=false, reportMissingImports=false
"""Follow what moves over frames: where each thing goes, and what it touches when.

Visits frames and shows objects as renders do: the server runs it in a state that is thrown away.
"""

import time
from collections.abc import Collection
from dataclasses import asdict

import bpy
import numpy as np

from viga_mcp import trajectories
from viga_mcp.blender.contacts import Body, bodies_of, close_pairs, gap_between
from viga_mcp.blender.graph import column, naming, rendered_names
from viga_mcp.blender.movers import MovingBodies
from viga_mcp.blender.simulations import path_to
from viga_mcp.blender.soundness import is_without_area
from viga_mcp.blender.stage import show_as_rendered
from viga_mcp.blender.standing import TOUCH
from viga_mcp.blender.triangles import world_triangles
from viga_mcp.wire import Message

MOVED = 1e-5
"""Change of a matrix that counts, as a share of its largest number."""

BUDGET_S = 60.0
"""Of processor time for contacts; those of the frames after it are not looked at, and the reply says so."""

Pair = tuple[str, str]


class Trace:
    """What was seen over the frames.

    Attributes:
        matrices: (n, 4, 4) of all objects, a frame each.
        boxes: (2, 3) world boxes of the things that deform, by name and frame; before they are shown, as then.
        first: Bodies as they were seen first; born: at which index, where that is not the first frame.
        near: Gap in metres and about where, of the pairs that are close, a frame each; as long as contacts were
            looked at.
    """

    def __init__(self, objects: list, shown: Collection[str], name_of, names: Collection[str] | None) -> None:
        self.objects, self.names = objects, names
        triangles = world_triangles(bpy.context.evaluated_depsgraph_get(), name_of, only=shown)
        whole = {n: b for n, b in bodies_of(triangles).items() if not b.broken and len(b.triangles)}
        self.left_out = list(triangles.left_out)
        whole = {n: b for n, b in whole.items() if not is_without_area(b)}
        self.bodies = MovingBodies(whole, {*shown} - {*self.left_out}, name_of)
        self.first = self.bodies.first
        self.matrices: list[np.ndarray] = []
        self.boxes: dict[str, list[np.ndarray]] = {name: [] for name in self.bodies.deforming & self.first.keys()}
        self.born: dict[str, int] = {}
        self.near: list[dict[Pair, tuple[float, list[float]]]] = []
        self.spent = 0.0
        self._moved: set[str] = set()
        self._steps: dict[str, float] = {}

    def see(self) -> None:
        """Take in the current frame."""
        now = column(bpy.context.scene.objects, "matrix_world", 16).reshape(-1, 4, 4).transpose(0, 2, 1)
        self.matrices.append(now.astype(np.float64))
        placed = self.matrices[-1].copy()
        placed[[obj.hide_render for obj in self.objects]] = np.nan
        started = time.process_time()
        centres = {name: body.centre for name, body in self.bodies.by_name.items()}
        changed = self.bodies.renew(placed, ())
        for name in changed - centres.keys():
            self.born[name] = len(self.matrices) - 1
            if name in self.bodies.deforming:
                body = self.first[name]
                self.boxes[name] = [np.stack([body.low, body.high])] * self.born[name]
        for name, boxes in self.boxes.items():
            body = self.bodies.by_name[name]
            boxes.append(np.stack([body.low, body.high]) if len(body.triangles) else boxes[-1])
        if self.spent < BUDGET_S:
            self._look(changed, centres)
        self.spent += time.process_time() - started

    def _look(self, changed: set[str], centres: dict[str, np.ndarray]) -> None:
        if not self.near:
            self.near.append({})
            return
        if newcomers := changed - self._moved:  # so far they were as at the first frame
            still = [body for name, body in self.first.items() if name not in self._moved]
            for pair, gap in self._gaps(still, newcomers, {}).items():
                for frame in self.near:
                    frame.setdefault(pair, gap)
            self._moved |= newcomers
        kept = {pair: gap for pair, gap in self.near[-1].items() if not changed.intersection(pair)}
        present = [body for body in self.bodies.by_name.values() if len(body.triangles)]
        ways = {name: self.bodies.by_name[name].centre - centres.get(name, np.nan) for name in changed}
        steps = {name: float(np.nan_to_num(np.linalg.norm(way))) for name, way in ways.items()}  # 0 from or to hiding
        # a step in which something turns round is short, so the one before it counts too
        wide = {name: max(step, self._steps.get(name, 0.0)) for name, step in steps.items()}
        self._steps = steps
        self.near.append(kept | self._gaps(present, changed, wide))

    def _gaps(self, bodies: list[Body], concerned: set[str], steps: dict[str, float]) -> dict[Pair, tuple]:
        """Gaps of the pairs that touch or could within a frame's step."""
        margin = np.array([TOUCH * body.diagonal + 1.5 * steps.get(body.name, 0.0) for body in bodies])
        found: dict[Pair, tuple] = {}
        for i, j in close_pairs(bodies, margin, [body.name in concerned for body in bodies]):
            a, b = sorted((bodies[i], bodies[j]), key=lambda body: body.name)
            if self.names is not None and not {a.name, b.name} & set(self.names):
                continue
            step = steps.get(a.name, 0.0) + steps.get(b.name, 0.0)
            gap = gap_between(a, b, reach(a, b) + 1.5 * step)
            if gap is not None:
                place = (np.maximum(a.low, b.low) + np.minimum(a.high, b.high)) / 2
                found[a.name, b.name] = gap, place.tolist()
        return found


def reach(a: Body, b: Body) -> float:
    """Gap up to which two bodies touch, metres."""
    return TOUCH * min(a.diagonal, b.diagonal)


def trace(request: Message) -> Message:
    """Visit frames in order and tell what moves.

    Args:
        request: `first` and `last` frame; `names` to follow, or None for all.

    Returns:
        `{"first", "last", "fps", "skipped": [str], "objects": [row], "contacts": [row]}`, what moves most and what
        meets first at the beginning. An object's row has `trajectories.Path` with `name`, `of` ("origin", or "centre"
        of its box where the origin stays or it deforms), `scale` last to first, and `positions`, one a frame.
        A contact's has `trajectories.Meeting` with `objects` and `place`.
    """
    scene = bpy.context.scene
    objects = list(scene.objects)
    name_of = naming(objects)
    shown = rendered_names(bpy.context.view_layer.layer_collection, name_of)
    show_as_rendered()
    for obj in objects:  # one that is hidden now may be shown later
        obj.hide_viewport = False
    first, last = request["first"], request["last"]
    frames = list(range(first, last + 1))
    path = path_to(scene, frames)
    for frame in path[: len(path) - len(frames) + 1]:
        scene.frame_set(frame)
    seen = Trace(objects, shown, name_of, request["names"])
    for frame in frames:
        if frame > first:
            scene.frame_set(frame)
        request["report"](frame - first, last - first + 1, f"frame {frame} of {first} to {last}")
        seen.see()
    fps = scene.render.fps / scene.render.fps_base
    skipped = [f"contacts of {name!r}: it has too many triangles" for name in seen.left_out]
    if len(seen.near) < len(frames):
        skipped.append(f"contacts after frame {first + len(seen.near) - 1}: {BUDGET_S:g} s were spent")
    return {
        "first": first,
        "last": last,
        "fps": fps,
        "skipped": skipped,
        "objects": _objects(seen, name_of, shown, frames, fps),
        "contacts": _contacts(seen, name_of, frames, fps),
    }


def _objects(seen: Trace, name_of, shown: Collection[str], frames: list[int], fps: float) -> list[Message]:
    every = np.array(seen.matrices)
    rows: list[Message] = []
    for i, obj in enumerate(seen.objects):
        name, matrices = name_of(obj), every[:, i]
        if name not in shown or (seen.names is not None and name not in seen.names):
            continue
        if not np.isfinite(matrices).all():
            continue
        boxes = np.array(seen.boxes.get(name, ()))
        moves = np.abs(matrices - matrices[0]).max() > MOVED * max(float(np.abs(matrices).max()), 1.0)
        deforms = len(boxes) and np.abs(boxes - boxes[0]).max() > MOVED * max(float(np.abs(boxes).max()), 1.0)
        if not moves and not deforms:
            continue
        origins = matrices[:, :3, 3]
        goes = np.abs(origins - origins[0]).max() > MOVED * max(float(np.abs(origins).max()), 1.0)
        body = seen.first.get(name)
        is_origin = (goes and not deforms) or body is None
        positions = origins if is_origin else _centres(seen, name, matrices)
        shape = np.diff(boxes, axis=1)[:, 0] if deforms else np.linalg.norm(matrices[:, :3, :3], axis=1)
        facts = trajectories.path(positions, frames, fps, body.diagonal if body else 1.0, matrices, shape)
        if deforms:
            sizes = np.linalg.norm(shape[[0, -1]], axis=1)
        else:
            sizes = np.abs(np.linalg.det(matrices[[0, -1], :3, :3])) ** (1 / 3)
        rows.append(
            {
                "name": name,
                "of": "origin" if is_origin else "centre",
                **asdict(facts),
                "scale": float(sizes[1] / sizes[0]) if sizes[0] else 1.0,
                "positions": positions.tolist(),
            }
        )
    return sorted(rows, key=lambda row: -row["distance"])


def _centres(seen: Trace, name: str, matrices: np.ndarray) -> np.ndarray:
    """(F, 3) middle of an object: of its box at each frame where it deforms, else of the first, carried on."""
    if name in seen.boxes:
        return np.array(seen.boxes[name]).mean(axis=1)
    try:
        local = np.linalg.inv(matrices[seen.born.get(name, 0)]) @ [*seen.first[name].centre, 1.0]
    except np.linalg.LinAlgError:  # flat by its scale
        return matrices[:, :3, 3]
    return (matrices @ local)[:, :3]


def _contacts(seen: Trace, name_of, frames: list[int], fps: float) -> list[Message]:
    count = len(seen.near)
    every = np.array(seen.matrices[:count])
    index = {name_of(obj): i for i, obj in enumerate(seen.objects)}
    rows: list[Message] = []
    for pair in {pair for frame in seen.near for pair in frame}:
        a, b = (every[:, index[name]] for name in pair)
        if not seen.boxes.keys() & set(pair) and _are_one(a, b):
            continue
        gaps = np.array([frame[pair][0] if pair in frame else np.nan for frame in seen.near])
        middle_a, middle_b = (_centres(seen, name, every[:, index[name]])[:count] for name in pair)
        bodies = (seen.first[name] for name in pair)
        met = trajectories.meeting(gaps, middle_b - middle_a, frames[:count], fps, reach(*bodies))
        if met is not None:
            rows.append({"objects": list(pair), **asdict(met), "place": seen.near[met.index][pair][1]})
    return sorted(rows, key=lambda row: (row["frame"] is None, row["frame"], row["objects"]))


def _are_one(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether two things never move against each other."""
    try:
        relative = np.linalg.inv(a) @ b
    except np.linalg.LinAlgError:
        return False
    return bool(np.abs(relative - relative[0]).max() <= 1e-4 * max(float(np.abs(relative).max()), 1.0))
