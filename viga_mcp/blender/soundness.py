# pyright: basic, reportAttributeAccessIssue=false, reportMissingImports=false
"""Each object by itself: geometry that can't be drawn, odd scale, faces that look inwards."""

from collections.abc import Collection, Iterator

import numpy as np
from mathutils import Vector

from viga_mcp import surfaces
from viga_mcp.blender.bounds import BOXED
from viga_mcp.blender.contacts import Body, is_finite
from viga_mcp.blender.standing import Stage
from viga_mcp.findings import Finding, few, length

FLATTENED = 1e-5
"""A dimension scaled to less than this share of the largest is gone."""

LARGE, SMALL, SPREAD, FEWEST = 30.0, 200.0, 4.5, 5
"""An outlier is so many times as large or small as the median, and beyond so many median deviations of the logarithm,
among so many objects. In the example scenes a wall is 19 times the median, a pencil's tip 11 times below it."""

SHEAR_DEG = 1.0
CAVITY_POINTS = 32
TOO_MANY = 500_000
"""Triangles whose normals are not looked at: it takes a second a million."""


def find_broken(
    objects: list, bodies: dict[str, Body], unknown: Collection[str], movers: Collection[str], name_of, depsgraph
) -> Iterator[Finding]:
    """Objects whose geometry is not there or not finite.

    Args:
        objects: Those that a render shows.
        bodies: All that have triangles.
        unknown: Names of those whose triangles were not looked at.
        movers: They may be scaled to nothing at this frame.
    """
    rest = [obj for obj in objects if name_of(obj) not in bodies and name_of(obj) not in unknown]
    empty = {name_of(obj) for obj in rest} - (_drawn_otherwise(name_of, depsgraph) if rest else set())
    for obj in objects:
        name = name_of(obj)
        matrix = np.array(obj.matrix_world)[:3]
        if bad := int((~is_finite(matrix)).sum()):
            text = f"{name!r} has a transform that is not finite ({bad} of its 12 numbers), so it can't be drawn."
            yield Finding("not_finite", [name], text, "numbers not finite", bad, "")
            continue
        body = bodies.get(name)
        if body is None:
            if name in empty:
                yield from _empty(obj, name, depsgraph)
            continue
        if body.broken:
            text = f"{name!r} has {body.broken} triangles with a corner that is not finite."
            yield Finding("not_finite", [name], text, "triangles not finite", body.broken, "triangles")
        elif name not in movers and (gone := _lost_dimensions(obj, matrix[:, :3])):
            text = f"{name!r} is scaled to nothing in {gone} of its dimensions."
            yield Finding("flattened", [name], text, "dimensions scaled to nothing", gone, "dimensions")
        elif is_without_area(body):
            text = f"All {len(body.triangles)} triangles of {name!r} are without area."
            yield Finding("no_area", [name], text, "triangles without area", len(body.triangles), "triangles")


def _drawn_otherwise(name_of, depsgraph) -> set[str]:
    """Names of objects that are drawn as points, curves or a volume, as geometry nodes may make of a mesh."""
    return {
        name_of(instance.parent if instance.is_instance else instance.object)
        for instance in depsgraph.object_instances
        if instance.show_self and instance.object.type in BOXED
    }


def _empty(obj, name: str, depsgraph) -> Iterator[Finding]:
    if obj.type == "FONT":
        if not obj.data.body.strip():
            yield Finding("no_faces", [name], f"Text {name!r} is empty.", "characters", 0, "characters")
        return
    if obj.type != "MESH" or obj.is_instancer or len(obj.particle_systems):
        return
    count = len(obj.evaluated_get(depsgraph).data.vertices)
    if count:
        text = f"Mesh {name!r} has {count} vertices and no face, so a render shows nothing of it."
        yield Finding("no_faces", [name], text, "faces", 0, "faces")
    else:
        own = len(obj.data.vertices)
        why = f" after its modifiers ({own} before)" if own else ""
        text = f"Mesh {name!r} has no vertices{why}, so a render shows nothing of it."
        yield Finding("no_vertices", [name], text, "vertices", 0, "vertices")


def is_without_area(body: Body) -> bool:
    return float(surfaces.areas(body.triangles).sum()) <= 1e-10 * max(body.diagonal, 1e-12) ** 2


def _lost_dimensions(obj, matrix: np.ndarray) -> int:
    """How many dimensions an object has by itself and not in the world; a plane has two to lose."""
    local = np.ptp(np.array([corner[:] for corner in obj.bound_box]), axis=0)
    had = local > FLATTENED * local.max()
    left = np.linalg.svd(matrix * np.where(had, 1, 0), compute_uv=False)
    return int(had.sum() - (left > FLATTENED * max(float(left.max()), 1e-12)).sum())


def find_odd_scale(objects: list, stage: Stage, name_of) -> Iterator[Finding]:
    """Outliers of size, and transforms that mirror or shear."""
    yield from _outliers(stage)
    mirrored: dict[str, list[str]] = {}
    for obj in objects:
        name: str = name_of(obj)
        matrix = np.array(obj.matrix_world)[:3, :3]
        if name not in stage.bodies:
            continue
        if np.linalg.det(matrix) < 0:
            mirrored.setdefault(stage.things.get(name, name), []).append(name)
        unit = matrix / np.maximum(np.linalg.norm(matrix, axis=0), 1e-12)
        askew = float(
            np.degrees(
                np.arcsin(min(1.0, np.abs([unit[:, i] @ unit[:, j] for i, j in ((0, 1), (1, 2), (2, 0))]).max()))
            )
        )
        if askew > SHEAR_DEG:
            text = f"{name!r} is sheared by {askew:.3g} degrees: a parent is scaled differently along its axes."
            yield Finding("sheared", [name], text, "angle of its axes off 90 degrees", askew, "deg", SHEAR_DEG)
    for names in mirrored.values():
        are = "is" if len(names) == 1 else "are"
        text = f"{few(names)} {are} mirrored by a negative scale: the normals, as stored, are turned over."
        yield Finding("mirrored", names, text, "objects", len(names), "objects")


def _outliers(stage: Stage) -> Iterator[Finding]:
    ground = stage.ground.name if stage.ground else None
    sizes = {name: body.diagonal for name, body in stage.bodies.items() if name != ground}
    if len(sizes) < FEWEST:
        return
    logs = np.log(list(sizes.values()))
    median = float(np.median(logs))
    usual = SPREAD * float(np.median(np.abs(logs - median)))
    for name, size in sizes.items():
        ratio = size / np.exp(median)
        limit = float(np.exp(max(np.log(LARGE if ratio > 1 else SMALL), usual)))
        times = max(ratio, 1 / ratio)
        if times <= limit:
            continue
        if ratio > 1 and name in stage.scenery:
            continue
        how = "larger" if ratio > 1 else "smaller"
        usual_size = length(float(np.exp(median)))
        text = f"{name!r} is {length(size)} across, {times:.3g} times {how} than the median object ({usual_size})."
        yield Finding("outlier", [name], text, "size against the median", float(ratio), "times", limit)


def find_inward(stage: Stage, camera: Vector | None, skipped: list[str]) -> Iterator[Finding]:
    """Closed parts with faces that look inwards; a shell around something that is to be seen from inside may."""
    for name, body in stage.bodies.items():
        if len(body.triangles) > TOO_MANY:
            skipped.append(f"normals of {name!r}: {len(body.triangles):,} triangles are too many")
            continue
        shells = body.surface.shells
        inward = sum(
            int(shell.flipped.sum())
            for shell in shells
            if shell.flipped.any() and not _may_look_inwards(shell, body, stage, camera)
        )
        if inward:
            total = len(body.triangles)
            text = f"{inward} of {total} triangles of {name!r} look inwards: their normals are flipped."
            yield Finding("inward_faces", [name], text, "triangles looking inwards", inward, "triangles")


def _may_look_inwards(shell: surfaces.Shell, body: Body, stage: Stage, camera: Vector | None) -> bool:
    if not shell.flipped.all():
        return False
    own = Body("", body.triangles[shell.triangles])
    insiders = [Vector(other.centre) for other in stage.bodies.values() if other is not body]
    if any(map(own.holds, insiders)) or (camera is not None and own.holds(camera)):
        return True
    around = np.setdiff1d(np.arange(len(body.triangles)), shell.triangles)
    if not len(around):
        return False
    wall = Body("", body.triangles[around])  # a cavity: the inner side of a hollow body
    return wall.surface.is_closed and all(wall.holds(Vector(point)) for point in own.points(count=CAVITY_POINTS))
