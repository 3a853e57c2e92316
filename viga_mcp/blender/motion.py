# pyright: basic, reportAttributeAccessIssue=false, reportMissingImports=false
"""What an animation does that is likely not meant: jumps, rest, things that come to be in each other."""

from collections.abc import Callable, Collection, Iterator, Sequence

import numpy as np

from viga_mcp import motions
from viga_mcp.blender.course import Course
from viga_mcp.blender.movers import PLACING, SELF_MOVING, animated
from viga_mcp.blender.parts import curves
from viga_mcp.blender.simulations import simulations
from viga_mcp.blender.standing import DEEP, Stage
from viga_mcp.findings import Finding, few, length

REST = 0.5
"""Share of the frames that a rest is told from."""

CUT = {"CAMERA", "SPEAKER"}
"""Types that may well be elsewhere at the next frame."""


def find_in_motion(
    scene,
    stage: Stage,
    frames: Sequence[int] | None,
    shown: Collection[str],
    name_of,
    skipped: list[str],
    report: Callable[[float, float, str], None],
) -> Iterator[Finding]:
    """Visit the frames in order and tell what happens; nothing is visited where nothing moves and none are asked for.

    Args:
        scene: The current scene; left at the last frame.
        stage: What it looks like at its current frame.
        frames: Those wanted, ascending; None for those of the scene.
        shown: Names of the objects that a render shows, at some frame at least.
        name_of: What the graph calls an object.
        skipped: Gets what was not looked at.
        report: Is told how far it is.
    """
    if frames is None and not animated() and not any(simulations(scene)):
        return
    course = Course(stage, shown, name_of)
    course.visit(frames, skipped, report)
    if len(course.frames) > 1:
        yield from _jumps(course, name_of)
        yield from _later(course)
        yield from _rests(course, name_of)


def _jumps(course: Course, name_of) -> Iterator[Finding]:
    stage = course.stage
    positions = np.array(course.matrices)[:, :, :3, 3]
    together: dict[tuple[str, int], list[tuple[str, motions.Jump]]] = {}
    for i, obj in enumerate(course.objects):
        if obj.type in CUT:
            continue
        name: str = name_of(obj)
        body = stage.bodies.get(name)
        size = body.diagonal if body else stage.median
        for jump in motions.jumps(positions[:, i], course.frames, size):
            together.setdefault((stage.things.get(name, name), jump.frame), []).append((name, jump))
    for (_, frame), jumped in together.items():
        names = [name for name, _ in jumped]
        jump = jumped[0][1]
        usual = f"{jump.times:.3g} times its usual step" if jump.times else "from rest"
        text = f"{few(names)} jump{'s' * (len(names) == 1)} {length(jump.distance)} at frame {frame}, {usual}."
        yield Finding("jump", names, text, "distance in one frame", jump.distance, "m", None, frame)


def _later(course: Course) -> Iterator[Finding]:
    stage, start = course.stage, course.frames[0]
    for (a, b), worst in course.met.items():
        limit = DEEP * min(stage.bodies[a].size, stage.bodies[b].size)
        text = f"{a!r} and {b!r} come to be {length(worst.depth)} deep in each other, worst at frame {worst.frame}; "
        text += f"not so at frame {start}."
        yield Finding("later_penetration", [a, b], text, "depth", worst.depth, "m", limit, worst.frame)
    for name, worst in course.sunk.items():
        ground = stage.ground.name if stage.ground else ""
        text = f"{name!r} sinks {length(worst.depth)} below the ground {ground!r}, worst at frame {worst.frame}; "
        text += f"not so at frame {start}."
        yield Finding(
            "later_under_ground", [name], text, "depth below ground", worst.depth, "m", worst.limit, worst.frame
        )


def _rests(course: Course, name_of) -> Iterator[Finding]:
    matrices = np.nan_to_num(np.array(course.matrices), nan=0.0)
    scale = np.maximum(np.abs(matrices).max(axis=(0, 2, 3)), 1e-9)
    changes = np.abs(np.diff(matrices, axis=0)).max(axis=(2, 3)) > motions.STILL * scale  # (frames - 1, objects)
    first, last = course.frames[0], course.frames[-1]
    for i, obj in enumerate(course.objects):
        data = obj.animation_data
        placing = [c for c in curves(data) if c.data_path.startswith(PLACING)] if data and data.action else []
        keys = [point.co[0] for curve in placing for point in curve.keyframe_points]
        if keys and not changes[:, i].any():
            text = f"{name_of(obj)!r} has keyframes (frames {min(keys):g} to {max(keys):g}) and stays at one place "
            text += f"from frame {first} to {last}."
            yield Finding("never_moves", [name_of(obj)], text, "keyframes", len(keys), "keyframes")
    if any(modifier.type in SELF_MOVING for obj in course.objects for modifier in obj.modifiers):
        return
    values = np.array(course.values)
    varies = np.abs(np.diff(values, axis=0)) > 1e-7 * np.maximum(np.abs(values).max(axis=0, initial=1), 1)
    start, end = motions.longest_rest((changes.any(1) | varies.any(1)).tolist(), course.frames)
    share = (end - start) / (last - first)
    if share >= REST:
        owners = {thing.owner for thing in course.things}
        movers = course.stage.movers
        names = [name_of(obj) for obj in course.objects if owners & {obj, obj.data} or name_of(obj) in movers]
        text = f"Nothing moves from frame {start} to {end}, {share:.0%} of the frames from {first} to {last}."
        yield Finding("static", names, text, "share of the frames without motion", share, "", REST, start)
