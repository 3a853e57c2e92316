"""Far objects: find where the target shows them, and move them there.

A gradient only sees an object that overlaps its goal. So each movable object is rendered away (hidden); what that
changes is its sprite, pixels and all. The sprite is matched against the target over all shifts and some sizes, and the
best spots in the picture become moves in the world through the known camera.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from viga_mcp.fitting.meanings import Meaning
from viga_mcp.fitting.pictures import Picture, blur, photometric_loss, resize
from viga_mcp.fitting.probes import Asking, Values
from viga_mcp.fitting.projection import Camera, Points, centre, find_camera
from viga_mcp.fitting.search import Scales, Search

_SIZES = (1.0, 0.8, 1.25, 0.62, 1.6)
_SPOTS_A_SIZE = 2
_TRIES_AN_OBJECT, _TRIES = 4, 12
_VISIBLE = 0.03  # change of a pixel that counts as the object being there
_MOST_OBJECTS_MOVED = 12
_LEAST, _MUCH = 0.015, 0.1  # of the loss that a move must save, at least and in doubt
_LIKE = 0.6  # of what is missing in a place: the target shows the object there


@dataclass(frozen=True)
class Movable:
    """Objects that some parameters carry about together, without turning or stretching them.

    Attributes:
        parameters: Indices into the search's parameters. directions: (3, k), metres per unit of each's literal.
    """

    objects: tuple[str, ...]
    parameters: tuple[int, ...]
    directions: Points


@dataclass(frozen=True)
class Spot:
    """A place in the picture where a sprite may belong.

    Attributes:
        gain: By how much the loss would fall if the sprite stood there and not in its present place.
        x, y: Where its middle would be, in pixels. size: Its size there over its size now.
        likeness: Share of what is missing in that place that the sprite would bring; 1 is the sprite itself.
    """

    gain: float
    x: float
    y: float
    size: float
    likeness: float


class Candidate(NamedTuple):
    """Values that bring an object to a spot, and the fall of the loss to hope for."""

    gain: float
    movable: Movable
    values: Values
    is_likeness: bool


def place_objects(search: Search, meanings: Mapping[int, Meaning], scales: Scales) -> Asking[int]:
    """Move far objects to where the target shows them. Returns how many moved, for the better."""
    movables = find_movables(search, meanings)
    (graph,) = yield from search.studio.inspect([search.values])
    width, height = search.studio.size(search.view)
    camera = find_camera(graph, height / width) if graph else None
    if graph is None or camera is None or not movables:
        return 0
    hidden = yield from search.studio.look([search.values] * len(movables), search.view, [m.objects for m in movables])
    picture = yield from search.picture()
    target = search.studio.target_at(search.view)
    floor = search.loss(picture, scales)
    found: list[Candidate] = []
    for movable, background in zip(movables, hidden, strict=True):
        if background is None or not all(name in graph["objects"] for name in movable.objects):
            continue
        middle = np.mean([centre(graph, name) for name in movable.objects], axis=0)
        candidates = _candidates(search, movable, middle, camera, (picture, background, target))
        found += candidates[:_TRIES_AN_OBJECT]
    found.sort(key=lambda one: -one.gain)
    tries = found[:_TRIES]
    if not tries:
        return 0
    pictures = yield from search.studio.look([one.values for one in tries], search.view)
    losses = [search.loss(one, scales) for one in pictures]
    ranked = sorted(zip(losses, tries, strict=True), key=lambda trial: trial[0])
    without = {movable.objects: search.loss(one, scales) for movable, one in zip(movables, hidden, strict=True)}
    settled: set[tuple[str, ...]] = set()
    loss = floor
    for alone, candidate in ranked:
        objects = candidate.movable.objects
        # Out of the picture a misplaced object always looks better: a good place beats that as well. Not where the
        # target shows the object, and it is in a wrong depth: then its shadow, say, may still look worse than nothing.
        is_good = alone < min(floor, without[objects]) - _LEAST * floor
        is_likely = candidate.is_likeness and alone < (1 - _MUCH) * floor
        if objects in settled or not (is_good or is_likely):
            continue
        together = _combined(search, candidate.movable, candidate.values)
        (moved,) = yield from search.studio.look([together], search.view)
        new = search.loss(moved, scales)
        if moved is not None and new < (1 - 0.7 * _LEAST) * loss:
            search.go(together, moved)
            search.stale[list(candidate.movable.parameters)] = -1
            loss = new
            settled.add(objects)
    return len(settled)


def find_movables(search: Search, meanings: Mapping[int, Meaning]) -> list[Movable]:
    """Groups of parameters that move the same objects the same way."""
    groups: dict[tuple[str, ...], list[tuple[int, Points]]] = {}
    for index, parameter in enumerate(search.parameters):
        motion = meanings[parameter.literal].motion
        if parameter.role != "place" or not motion or len(motion) > _MOST_OBJECTS_MOVED:
            continue
        directions = np.array(list(motion.values()))
        if np.ptp(directions, axis=0).max() < 0.02 * np.abs(directions).max():
            groups.setdefault(tuple(sorted(motion)), []).append((index, directions.mean(axis=0)))
    return [
        Movable(
            objects, tuple(index for index, _ in members), np.stack([direction for _, direction in members], axis=1)
        )
        for objects, members in groups.items()
    ]


def match_sprite(sprite: Picture, mask: NDArray[np.bool_], background: Picture, target: Picture) -> Iterator[Spot]:
    """Best places for what the mask shows of a picture, pasted over the background, to look like the target."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    top, left, bottom, right = rows[0], columns[0], rows[-1] + 1, columns[-1] + 1
    cut, shape = sprite[top:bottom, left:right], mask[top:bottom, left:right].astype(np.float32)
    for size in _SIZES:
        height, width = round((bottom - top) * size), round((right - left) * size)
        if min(height, width) < 2 or height > 2 * target.shape[0] or width > 2 * target.shape[1]:
            continue
        solid = resize(np.repeat(shape[..., None], 3, axis=2), width, height)[..., :1] > 0.5
        gains, missing = _paste_gains(resize(cut, width, height), solid.astype(np.float32), background, target)
        for _ in range(_SPOTS_A_SIZE):
            y, x = np.unravel_index(int(np.argmax(gains)), gains.shape)
            row, column = int(y) - height + 1, int(x) - width + 1
            likeness = float(gains[y, x] / max(missing[y, x], 1e-9))
            yield Spot(float(gains[y, x]), column + width / 2, row + height / 2, size, likeness)
            reach_y, reach_x = max(2, height // 2), max(2, width // 2)
            gains[max(0, y - reach_y) : y + reach_y + 1, max(0, x - reach_x) : x + reach_x + 1] = -np.inf


def _paste_gains(
    sprite: Picture, solid: Picture, background: Picture, target: Picture
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Fall of the loss when the sprite is pasted over the background, and when the target's own pixels are.

    Both (rows + h - 1, columns + w - 1): entry (row, column) is for its corner at (row - h + 1, column - w + 1).
    """
    (height, width), (rows, columns) = sprite.shape[:2], target.shape[:2]
    shape = (rows + height, columns + width)

    def slide(small: NDArray[np.float64], large: NDArray[np.float64]) -> NDArray[np.float64]:
        """Sum over p of small(p) * large(p + d), for every shift d."""
        spectrum = np.fft.rfft2(large, shape, axes=(0, 1)) * np.conj(np.fft.rfft2(small, shape, axes=(0, 1)))
        turned = np.fft.irfft2(spectrum.sum(axis=2), shape, axes=(0, 1))
        return np.roll(turned, (height - 1, width - 1), axis=(0, 1))[: rows + height - 1, : columns + width - 1]

    wanted, pasted = target.astype(np.float64), sprite.astype(np.float64) * solid
    uncovered = ((background.astype(np.float64) - wanted) ** 2).sum(axis=2, keepdims=True)
    inside = np.ones((rows, columns, 1))
    squares = slide((pasted**2).sum(axis=2, keepdims=True), inside) - 2 * slide(pasted, wanted)
    covered = squares + slide(solid.astype(np.float64), (wanted**2).sum(axis=2, keepdims=True))
    missing = slide(solid.astype(np.float64), uncovered)
    return (missing - covered) / target.size, missing / target.size


def _candidates(
    search: Search,
    movable: Movable,
    middle: Points,
    camera: Camera,
    pictures: tuple[Picture, Picture, Picture],
) -> list[Candidate]:
    """Ways to bring the objects to promising places, best first."""
    picture, background, target = (blur(one, 0.6) for one in pictures)
    height, width = target.shape[:2]
    mask = np.abs(picture - background).max(axis=2) > _VISIBLE
    here, depth = camera.project(middle[None])
    at = here[0] * (width, height)
    is_lost = mask.sum() < 6 or bool(depth[0] <= 0)
    home, spots, moves = search.values, list[Spot](), list[tuple[Spot, Points]]()
    if is_lost:
        home, away = _sent_home(search, movable)
        middle = middle + movable.directions @ away
    else:
        rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        sprite_middle = np.array([(columns[0] + columns[-1] + 1) / 2, (rows[0] + rows[-1] + 1) / 2])
        now = float(((background - target) ** 2)[mask].sum() - ((picture - target) ** 2)[mask].sum()) / target.size
        loss = photometric_loss(picture, target)
        matches = match_sprite(picture, mask, background, target)
        worth = 0.02 * loss  # against leaving the object where it is, and against leaving it out
        spots = [replace(spot, gain=spot.gain - now) for spot in matches if min(spot.gain, spot.gain - now) > worth]
        moves = [(spot, np.array([spot.x, spot.y]) + spot.size * (at - sprite_middle)) for spot in spots]
        is_lost = now < -worth  # the picture is better without it here: what shows of it may be a bad likeness
    if is_lost:
        moves += [(spot, np.array([spot.x, spot.y])) for spot in _lonely_spots(picture, target)]
    found: list[tuple[int, Candidate]] = []
    for spot, goal in moves:
        ways = 0
        for which in _subsets(len(movable.parameters)):
            shift, miss, growth = _reach(
                camera, middle, movable.directions[:, which], goal / (width, height), spot.size
            )
            # a thing on rails comes as near as it can; where it is hidden now, that is all there is to go by
            if (miss < 0.03 or (is_lost and len(which) == 1)) and (is_lost or abs(growth) < 0.2):
                values = _shifted(home, search, movable, which, shift)
                found.append((ways // 2, Candidate(spot.gain, movable, values, spot.likeness > _LIKE)))
                ways += 1
    found.sort(key=lambda one: (one[0], -one[1].gain))  # other places before a third way to the same place
    best: dict[Values, Candidate] = {}
    for _, candidate in found:
        best.setdefault(candidate.values, candidate)
    return list(best.values())


def _subsets(count: int) -> list[list[int]]:
    """Which of the directions to use: all of them, or each pair (a thing on the ground stays on it)."""
    pairs = [list(pair) for pair in combinations(range(count), 2)] if count > 2 else []
    return [*pairs, list(range(count))]


def _reach(
    camera: Camera, middle: Points, directions: Points, goal: Points, size: float
) -> tuple[Points, float, float]:
    """The shift of the literals that brings a point to a place in the frame.

    With three directions also to the depth that gives it that size; with fewer the depth follows.

    Returns:
        The shift; the distance to the goal that remains, in shares of the frame; the logarithm of how much larger the
        object then looks than `size` says.
    """
    shift = np.zeros(directions.shape[1], np.float64)
    _, depth = camera.project(middle[None])
    start_depth = max(float(depth[0]), 1e-3)

    def misses(shift: Points) -> Points:
        place, depth = camera.project((middle + directions @ shift)[None])
        growth = np.log(max(float(depth[0]), 1e-3) * size / start_depth) if camera.is_perspective else 0.0
        return np.array([*(place[0] - goal), growth])

    equations = 3 if len(shift) > 2 else 2
    scale = 1e-4 * start_depth / np.maximum(np.linalg.norm(directions, axis=0), 1e-9)
    for _ in range(15):
        off = misses(shift)
        slopes: Points = np.stack([(misses(shift + nudge) - off) for nudge in np.diag(scale)], axis=1) / scale
        step = np.linalg.lstsq(slopes[:equations], -off[:equations], rcond=1e-4)[0].astype(np.float64)
        longest = float(np.linalg.norm(directions @ step))
        shift = shift + step * min(1.0, start_depth / max(longest, 1e-9))
    off = misses(shift)
    return shift, float(np.hypot(off[0], off[1])), float(-off[2])


def _lonely_spots(picture: Picture, target: Picture) -> Iterator[Spot]:
    """Where picture and target differ most: places to bring an object that is not to be seen."""
    sigma = 0.04 * picture.shape[1]
    off = blur((picture - target) ** 2, sigma).sum(axis=2) * (4 * np.pi * sigma**2 / target.size)
    reach = max(3, round(0.12 * picture.shape[1]))
    for _ in range(4):
        y, x = np.unravel_index(int(np.argmax(off)), off.shape)
        yield Spot(float(off[y, x]), float(x) + 0.5, float(y) + 0.5, size=1.0, likeness=0.0)
        off[max(0, y - reach) : y + reach + 1, max(0, x - reach) : x + reach + 1] = 0


def _sent_home(search: Search, movable: Movable) -> tuple[Values, Points]:
    """The values with the objects where the program had them at first, and how far that is, (k,).

    Where an object went astray says nothing; where it was written to be says how deep in the scene it belongs.
    """
    literals = [search.parameters[i].literal for i in movable.parameters]
    home = tuple(search.start[i] if i in literals else value for i, value in enumerate(search.values))
    return home, np.array([float(search.start[i]) - float(search.values[i]) for i in literals])


def _shifted(values: Values, search: Search, movable: Movable, which: list[int], shift: Points) -> Values:
    """The values with some of the objects' numbers moved; one whose move would not show stays as it was written."""
    new = list(values)
    for place, by in zip(which, shift, strict=True):
        parameter = search.parameters[movable.parameters[place]]
        old = float(values[parameter.literal])
        here, there = (parameter.decode(parameter.encode(value)) for value in (old, old + by))
        if there != here:
            new[parameter.literal] = there
    return tuple(new)


def _combined(search: Search, movable: Movable, point: Values) -> Values:
    """The search's present values with this object's place taken from the point."""
    own = {search.parameters[i].literal for i in movable.parameters}
    return tuple(point[i] if i in own else value for i, value in enumerate(search.values))
