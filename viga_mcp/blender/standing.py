# pyright: basic, reportAttributeAccessIssue=false, reportMissingImports=false
"""How things stand: floating, sunk into the ground, one in the other."""

import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from mathutils import Vector

from viga_mcp import support
from viga_mcp.blender.contacts import Body, close_pairs, depth_between, gap_between
from viga_mcp.blender.ground import DOWN, Ground, find_ground, scenery, surrounding
from viga_mcp.findings import Finding, few, length

TOUCH = 0.01
"""Gap that counts as contact, as a share of the smallest of both diagonals and of the scene's median one. The example
scenes rest things at up to 0.0064 (a pencil across the halves of a notebook); what is apart there begins at 0.018."""

TOUCH_PARENTED = 0.03
"""The same between parts of one thing, which may be fitted loosely: the coffee in a mug is at 0.017."""

DEEP = 0.05
"""Depth that counts as penetration, as a share of the smaller one's size. In the example scenes things that rest on or
are let into each other reach 0.046 (a baluster in its tread), collisions begin at 0.06 (a plate in a book)."""

ROD = 4.0
"""A body so many times as long as wide is a rod; with only an end in something it is joined to it, as legs, arms of
lamps, balusters and stalks are."""

ROD_END = 0.15
"""Share of a rod's length that is its end."""

SUNK = 0.05
"""Depth below the ground that is told, as a share of the thing's size."""

PLANTED = 0.5
"""The same on uneven ground, as a share of its height: what stands on a slope has an edge in it."""

BUDGET_S = 5.0
"""Of processor time, so that a busy machine finds the same, for the contacts of a scene and again for the depths. What
is left then is not looked at, and the reply says so."""

FINE_SAMPLES = 1500
"""For the depth that is told."""

FAR = 1e9
POINTS = 128


@dataclass(frozen=True)
class Stage:
    """The bodies of a scene and how they belong together.

    Attributes:
        bodies: By name; only those with area and finite places.
        things: Topmost ancestor of each object.
        movers: Objects that an animation or simulation moves: they may hang in the air at any one frame.
        see_through: Objects made of glass and the like.
    """

    bodies: dict[str, Body]
    things: dict[str, str]
    movers: Collection[str]
    see_through: Collection[str]

    @cached_property
    def ground(self) -> Ground | None:
        return find_ground(list(self.bodies.values()))

    @cached_property
    def median(self) -> float:
        """Median diagonal, metres."""
        return float(np.median([body.diagonal for body in self.bodies.values()])) if self.bodies else 0.0

    @cached_property
    def scenery(self) -> set[str]:
        """Walls, backdrops and skies."""
        return scenery(self._standing)

    @cached_property
    def surrounding(self) -> set[str]:
        """Rooms, skies and hulls."""
        return surrounding(self._standing)

    @property
    def _standing(self) -> list[Body]:
        return [body for body in self.bodies.values() if self.ground is None or body.name != self.ground.name]

    def are_parts(self, a: str, b: str) -> bool:
        """Whether two objects are parented together."""
        return self.things.get(a, a) == self.things.get(b, b)

    def reach(self, a: Body, b: Body) -> float:
        """Gap up to which two bodies are in contact, metres."""
        share = TOUCH_PARENTED if self.are_parts(a.name, b.name) else TOUCH
        return share * min(a.diagonal, b.diagonal, self.median)

    def may_collide(self, a: Body, b: Body) -> bool:
        """Whether it means something that one is in the other: not for parts of one thing, the ground, or a room."""
        around = {*self.surrounding, self.ground.name if self.ground else ""}
        return not around & {a.name, b.name} and not self.are_parts(a.name, b.name)


def contacts(stage: Stage, skipped: list[str]) -> list[tuple[str, str]] | None:
    """Pairs of names in contact; None where there are too many to look at, which `skipped` then says."""
    bodies = list(stage.bodies.values())
    margin = np.array([TOUCH_PARENTED * min(body.diagonal, stage.median) for body in bodies])
    found: list[tuple[str, str]] = []
    spent = 0.0
    for count, (i, j) in enumerate(close_pairs(bodies, margin)):
        if spent > BUDGET_S:
            skipped.append(f"what floats and what is in what: {BUDGET_S:g} s went into the first {count} close pairs")
            return None
        a, b = bodies[i], bodies[j]
        _ = a.tree, b.tree  # built once, so not this pair's cost; their number of triangles is limited
        started = time.process_time()
        if gap_between(a, b, stage.reach(a, b)) is not None:
            found.append((a.name, b.name))
        spent += time.process_time() - started
    return found


def find_floating(stage: Stage, touching: list[tuple[str, str]], sunk: Collection[str]) -> Iterator[Finding]:
    """Groups that touch each other and nothing that reaches the ground.

    Args:
        stage: The scene.
        touching: Pairs in contact.
        sunk: Objects below the ground, which is another fault.
    """
    ground, bodies = stage.ground, stage.bodies
    if ground is None:
        return
    lowest = ground.height - ground.spread + TOUCH * stage.median
    anchors = {
        ground.name,
        *stage.scenery,
        *stage.surrounding,
        *sunk,
        *(name for name, body in bodies.items() if body.low[2] <= lowest),
    }
    surroundings = Surroundings(list(bodies.values()))
    for group in support.unsupported(bodies, touching, anchors):
        if any(name in stage.movers for name in group):
            continue
        group.sort(key=lambda name: bodies[name].low[2])
        members = [bodies[name] for name in group]
        gap, below = surroundings.below(members)
        near, nearest = surroundings.nearest(members)
        limit = TOUCH * min(stage.median, max(body.diagonal for body in members))
        is_one = len(group) == 1
        if below is None:
            gap = float(members[0].low[2]) - ground.height
            where = f"there is nothing below, and the ground's height is {length(gap)} lower"
        else:
            where = f"{'it is' if is_one else 'they are'} {length(gap)} above {below!r}"
        if nearest is not None and (nearest != below or near < 0.9 * gap):
            where += f"; the nearest is {nearest!r} at {length(near)}"
        text = f"{few(group)} touch{'es nothing' if is_one else ' only each other'}: {where}."
        yield Finding("floating", group, text, "gap below", gap, "m", limit)


class Surroundings:
    """What is around a group of bodies."""

    def __init__(self, bodies: list[Body]) -> None:
        self.bodies = bodies
        self.low = np.array([body.low for body in bodies])
        self.high = np.array([body.high for body in bodies])

    def below(self, group: list[Body]) -> tuple[float, str | None]:
        """Metres from a group straight down to the next body, and its name."""
        gap, below = FAR, None
        for body in group:
            is_under = (self.low[:, :2] <= body.high[:2]).all(1) & (self.high[:, :2] >= body.low[:2]).all(1)
            is_under &= (self.low[:, 2] <= body.high[2]) & (body.low[2] - self.high[:, 2] <= gap)
            points = None
            for other in (self.bodies[i] for i in np.flatnonzero(is_under)):
                if other in group:
                    continue
                points = body.points(count=POINTS) if points is None else points
                for point in points:
                    hit, _, _, distance = other.tree.ray_cast(Vector(point), DOWN, gap)
                    if hit is not None and distance < gap:
                        gap, below = distance, other.name
        return gap, below

    def nearest(self, group: list[Body]) -> tuple[float, str | None]:
        """Metres from a group to the nearest other body, in any direction, and its name."""
        near, nearest = FAR, None
        for body in group:
            apart = np.linalg.norm(np.maximum(0, np.maximum(self.low - body.high, body.low - self.high)), axis=1)
            points = None
            for i in np.argsort(apart):
                other = self.bodies[i]
                if apart[i] >= near:
                    break
                if other in group:
                    continue
                points = [Vector(point) for point in body.points(count=POINTS)] if points is None else points
                for point in points:
                    distance = other.tree.find_nearest(point, near)[3]
                    if distance is not None and distance < near:
                        near, nearest = distance, other.name
        return near, nearest


def find_under_ground(stage: Stage) -> Iterator[Finding]:
    for name, body in stage.bodies.items():
        depth, limit = below_ground(stage, body)
        if depth > limit and (ground := stage.ground):
            is_whole = body.high[2] < ground.height - ground.spread
            how = " and is wholly under it" if is_whole else f", of its height of {length(body.high[2] - body.low[2])}"
            text = f"{name!r} reaches {length(depth)} below the ground {ground.name!r}{how}."
            yield Finding("under_ground", [name], text, "depth below ground", depth, "m", limit)


def below_ground(stage: Stage, body: Body) -> tuple[float, float]:
    """Depth of a body below the ground, and the depth that is told."""
    ground = stage.ground
    limit = max(SUNK * body.size, TOUCH * min(body.diagonal, stage.median))
    if ground is None or body.name in stage.scenery | stage.surrounding or stage.are_parts(body.name, ground.name):
        return 0.0, limit
    if body.low[2] >= ground.height + ground.spread - limit:
        return 0.0, limit
    if ground.spread > limit:
        limit = max(limit, PLANTED * float(body.high[2] - body.low[2]))
    return ground.depth(body.points(count=POINTS)), limit


def find_penetrations(stage: Stage, touching: list[tuple[str, str]], skipped: list[str]) -> Iterator[Finding]:
    """Pairs deep in each other, one finding for each two things, and for each two kinds of copies."""
    deep: dict[tuple[str, str], float] = {}
    started = time.process_time()
    for count, pair in enumerate(touching):
        if time.process_time() - started > BUDGET_S:
            skipped.append(f"depth of {len(touching) - count} of {len(touching)} contacts: {BUDGET_S:g} s were spent")
            break
        if (depth := penetration(stage, *(stage.bodies[name] for name in pair))) > 0:
            deep[pair] = depth
    kinds: dict[tuple[str, ...], list[tuple[str, str]]] = {}
    for pair in sorted(deep, key=lambda pair: -deep[pair]):
        stems = sorted(support.stem(stage.things.get(name, name)) for name in pair)
        kinds.setdefault(tuple(stems), []).append(pair)
    for pairs in kinds.values():
        a, b = sorted(pairs[0], key=lambda name: stage.bodies[name].size)
        size = stage.bodies[a].size
        depth = max(deep[pairs[0]], depth_between(stage.bodies[a], stage.bodies[b], FINE_SAMPLES))
        names = list(dict.fromkeys([a, b, *(name for pair in pairs for name in pair)]))
        text = f"{a!r} and {b!r} are {length(depth)} deep in each other, {depth / size:.0%} of the size of {a!r}."
        if depth > size:
            text = f"{a!r} lies {length(depth)} deep inside {b!r}."
        if len(pairs) > 1:
            others = few([f"{c} + {d}" for c, d in pairs[1:]], 3)
            text += f" So are, less deep: {others}."
        yield Finding("penetration", names, text, "depth", depth, "m", DEEP * size)


def penetration(stage: Stage, a: Body, b: Body) -> float:
    """Depth in each other, metres; 0 where it is no more than a contact or a joint."""
    if not stage.may_collide(a, b):
        return 0.0
    depth = depth_between(a, b)
    if depth <= max(DEEP * min(a.size, b.size), stage.reach(a, b)):
        return 0.0
    for inner, outer in ((a, b), (b, a)):
        is_around = (inner.low >= outer.low).all() and (inner.high <= outer.high).all()
        if (is_around and outer.name in stage.see_through) or _has_an_end_in(inner, outer):
            return 0.0
    return depth


def _has_an_end_in(rod: Body, other: Body) -> bool:
    """Whether a body is a rod of which no more than an end is in the other."""
    corners = rod.triangles.reshape(-1, 3)
    corners = corners[:: 1 + len(corners) // 3000].astype(np.float64)
    middle = corners.mean(0)
    axes = np.linalg.svd(corners - middle, full_matrices=False)[2]
    along = (corners - middle) @ axes.T
    extent = np.ptp(along, axis=0)
    if extent[0] < ROD * max(extent[1:]):
        return False
    near = rod.points(np.maximum(rod.low, other.low), np.minimum(rod.high, other.high), POINTS)
    within = np.array([point for point in near if other.holds(Vector(point))])
    if not len(within):
        return False
    place = ((within - middle) @ axes[0] - along[:, 0].min()) / extent[0]
    return bool((place < ROD_END).all() or (place > 1 - ROD_END).all())
