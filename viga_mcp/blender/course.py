# pyright: basic, reportAttributeAccessIssue=false, reportMissingImports=false
"""The course of an animation: frames visited in order, where everything is, and what it runs into."""

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import bpy
import numpy as np

from viga_mcp import motions
from viga_mcp.blender.contacts import close_pairs
from viga_mcp.blender.graph import column
from viga_mcp.blender.movers import Animated, MovingBodies, animated
from viga_mcp.blender.parts import curves
from viga_mcp.blender.simulations import path_to
from viga_mcp.blender.standing import Stage, below_ground, penetration

SAMPLES = 24
"""Frames whose geometry is looked at."""

MAX_FRAMES = 250
"""Frames whose positions are read."""

BUDGET_S = 15.0
"""Of processor time; the frames after it are not visited, and the reply says so."""


class Worst(NamedTuple):
    """The deepest place of a body or pair: metres, the limit that it is beyond, and the frame."""

    depth: float
    limit: float
    frame: int


class Course:
    """What was seen over the frames.

    Attributes:
        stage: What the scene looks like at its first frame, with what appears later as it appears.
        frames: Those whose positions were read.
        matrices: Of them, (n, 4, 4) of all objects of the scene; NaN where one is hidden from renders.
        values: Of them, those of all animated properties.
        sunk: By object, where it is below the ground, but not at the first frame.
        met: By pair of objects, where they are in each other, but not at the first frame.
    """

    def __init__(self, stage: Stage, shown: Collection[str], name_of) -> None:
        self.stage, self.shown, self.name_of = stage, shown, name_of
        self.objects = list(bpy.context.scene.objects)
        self.things = animated()
        self.frames: list[int] = []
        self.matrices: list[np.ndarray] = []
        self.values: list[np.ndarray] = []
        self.sunk: dict[str, Worst] = {}
        self.met: dict[tuple[str, str], Worst] = {}
        self._from_start: set = set()
        self._bodies = MovingBodies(stage.bodies, shown, name_of)

    def visit(
        self, frames: Sequence[int] | None, skipped: list[str], report: Callable[[float, float, str], None]
    ) -> None:
        """Visit frames in order; leaves the scene at the last one.

        Args:
            frames: Those wanted, ascending; None for the scene's, evenly spread where they are many.
        """
        scene = bpy.context.scene
        first, last = scene.frame_start, scene.frame_end
        wanted = set(frames or motions.spread_evenly(first, last, MAX_FRAMES))
        looked = set(motions.spread_evenly(min(wanted), max(wanted), SAMPLES)) if frames is None else wanted
        path = path_to(scene, sorted(wanted | looked))
        for obj in self.objects:  # one that is hidden now may be shown later
            obj.hide_viewport = False
        deadline = time.process_time() + BUDGET_S
        for count, frame in enumerate(path):
            if time.process_time() > deadline:
                skipped.append(f"the frames from {frame} to {path[-1]}: {BUDGET_S:g} s were spent on those before")
                break
            scene.frame_set(frame)
            report(count, len(path), f"frame {frame}")
            if frame in wanted or frame in looked:
                self._read(frame)
            if frame in looked and not self._look(frame, deadline):
                skipped.append(f"some pairs of objects at frame {frame}: {BUDGET_S:g} s were spent")
        if frames is None and last - first >= MAX_FRAMES:
            skipped.append(f"of the frames from {first} to {last} all but {len(wanted)}, evenly spread: they are many")

    def _read(self, frame: int) -> None:
        objects = bpy.context.scene.objects
        worlds = column(objects, "matrix_world", 16).reshape(-1, 4, 4).transpose(0, 2, 1).astype(np.float64)
        hidden = np.empty(len(objects), bool)
        objects.foreach_get("hide_render", hidden)
        worlds[hidden] = np.nan
        self.frames.append(frame)
        self.matrices.append(worlds)
        self.values.append(np.array(list(_values(self.things, frame)), np.float64))

    def _look(self, frame: int, deadline: float) -> bool:
        """Compare what changed with all the rest; false when there was no time for all pairs."""
        is_first = self._bodies.placed is None
        changed = self._bodies.renew(self.matrices[-1], self.stage.movers)
        if self._bodies.first.keys() != self.stage.bodies.keys():  # what was hidden until now
            self.stage = replace(self.stage, bodies=dict(self._bodies.first))
        bodies = self._bodies.by_name
        present = [body for body in bodies.values() if len(body.triangles)]
        is_changed = [body.name in changed for body in present]
        for i, j in close_pairs(present, np.zeros(len(present)), is_changed):
            if time.process_time() > deadline:
                return False
            a, b = present[i], present[j]
            pair = a.name, b.name
            if is_first or pair not in self._from_start:
                depth = penetration(self.stage, a, b)
                self._note(self.met, pair, Worst(depth, 0.0, frame), is_first=is_first)
        for name in changed:
            if len(bodies[name].triangles) and (self.stage.ground is None or name != self.stage.ground.name):
                depth, limit = below_ground(self.stage, bodies[name])
                self._note(self.sunk, name, Worst(depth, limit, frame), is_first=is_first)
        return True

    def _note(self, worst: dict, key, now: Worst, *, is_first: bool) -> None:
        if now.depth <= now.limit:
            return
        if is_first:
            self._from_start.add(key)
        elif key not in self._from_start and (key not in worst or now.depth > worst[key].depth):
            worst[key] = now


def _values(things: list[Animated], frame: int) -> Iterator[float]:
    """What all actions and drivers say at a frame."""
    for owner, data in things:
        for curve in curves(data) if data.action else ():
            yield curve.evaluate(frame)
        for driver in data.drivers:
            try:
                value = owner.path_resolve(driver.data_path)
            except ValueError:  # it drives what is not there
                value = 0.0
            if isinstance(value, int | float):
                yield float(value)
            elif not isinstance(value, str | set):  # an item of an enum, or several
                yield from (float(part) for part in value)
