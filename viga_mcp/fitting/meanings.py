"""What each literal of a program sets, learnt without a picture: change it a little, see what moves in the graph."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, cast

import numpy as np

from viga_mcp.fitting.literals import Literal, Value
from viga_mcp.fitting.probes import Asking, Batch, Inspect, Inspection, Values
from viga_mcp.fitting.projection import Graph, centre, corners, find_camera

Path = tuple[str | int, ...]
Scalar = float | int | bool | str | None

# What follows from other entries of the graph, so tells nothing about what a literal sets.
_DERIVED = frozenset({"matrix_world", "bounds", "dimensions", "mesh", "visible", "counts", "fov_deg", "animation"})
_ENUM_ITEMS = re.compile(r"not found in \((.*)\)", re.DOTALL)
_MOST_OPTIONS = 10


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a small change of one literal does.

    Attributes:
        nudge: The change that was tried; 0 where the literal is not a number.
        effects: Changed entries of the scene graph, path to (before, after), derived entries left out.
        is_whole: Only whole numbers are accepted, or make a difference.
        options: Other values a choice can take.
        shift: How far what it moves goes in the picture, in shares of its width, per unit of the literal.
        motion: Object name to how its centre moves in the world per unit of the literal, (3,), metres.
        grows: Whether any box changed its size.
        turns_camera: Whether the camera itself moved, turned or zoomed.
        objects: Names of the objects that it changes, by themselves or by their materials; None where it changes
            what all are seen by (lights, camera, world), or what is not known.
    """

    nudge: float
    effects: Mapping[Path, tuple[Scalar, Scalar]]
    is_whole: bool = False
    options: tuple[Value, ...] = ()
    shift: float = 0.0
    motion: Mapping[str, tuple[float, float, float]] | None = None
    grows: bool = False
    turns_camera: bool = False
    objects: frozenset[str] | None = None

    @property
    def shapes(self) -> bool:
        """Whether it sets shape keys or modifiers of objects."""
        return any(path[0] == "objects" and ("shape_keys" in path or "modifiers" in path) for path in self.effects)


class Learnt(NamedTuple):
    """A meaning by literal index; or why the program does not even run as it is written."""

    meanings: dict[int, Meaning]
    error: str = ""


def learn_meanings(
    literals: tuple[Literal, ...], start: Values, free: tuple[int, ...], aspect: float
) -> Asking[Learnt]:
    """Inspect the program with each free literal changed.

    Literals that no value but the start's works for, and texts that are no enum, get no meaning.
    """
    trials = {index: list(_trials(literals[index])) for index in free}
    probes = [(index, value) for index, values in trials.items() for value in values]
    asked = [Inspect(start), *(Inspect(_with(start, index, value)) for index, value in probes)]
    answers = yield Batch(tuple(asked), 0, None, None)
    base, *rest = (answer for answer in answers if isinstance(answer, Inspection))
    if base.graph is None:
        return Learnt({}, base.error)
    flat = flatten(base.graph)
    seen: dict[int, list[tuple[Value, Inspection]]] = {index: [] for index in free}
    for (index, value), answer in zip(probes, rest, strict=True):
        seen[index].append((value, answer))
    meanings: dict[int, Meaning] = {}
    options: dict[int, list[str]] = {}
    for index in free:
        literal = literals[index]
        if literal.kind == "text":
            items = _enum_items(seen[index][0][1].error)
            if 1 < len(items) <= _MOST_OPTIONS and literal.value in items:
                options[index] = [item for item in items if item != literal.value]
        elif literal.kind == "bool":
            value, answer = seen[index][0]
            if answer.graph is not None:
                effects = _changes(flat, answer.graph)
                if effects:
                    meanings[index] = Meaning(0.0, effects, options=(value,))
        else:
            meaning = _number_meaning(literal, seen[index], flat, base.graph, aspect)
            if meaning:
                meanings[index] = meaning
    choices = [(index, item) for index, items in options.items() for item in items]
    if choices:
        answers = yield Batch(tuple(Inspect(_with(start, i, item)) for i, item in choices), 0, None, None)
        for (index, item), answer in zip(choices, answers, strict=True):
            if isinstance(answer, Inspection) and answer.graph is not None:
                known = meanings.get(index, Meaning(0.0, {}))
                effects = {**known.effects, **_changes(flat, answer.graph)}
                meanings[index] = Meaning(0.0, effects, options=(*known.options, item))
    return Learnt(meanings)


def flatten(value: object, path: Path = ()) -> dict[Path, Scalar]:
    """Every leaf of nested dicts and lists, by the keys and places that lead to it."""
    if isinstance(value, Mapping):
        entries = list(cast(Mapping[str, object], value).items())
    elif isinstance(value, list | tuple):
        entries = list(enumerate(cast(Sequence[object], value)))
    else:
        return {path: cast(Scalar, value)}  # the graph is JSON
    return {leaf: found for key, inner in entries for leaf, found in flatten(inner, (*path, key)).items()}


def _trials(literal: Literal) -> Iterator[Value]:
    match literal.value:
        case bool() as flag:
            yield not flag
        case int() as number:
            yield number + 0.5  # an int property refuses this, or takes no notice
            yield number + 1
            yield number - 1
        case float() as number:
            size = 0.02 * max(abs(number), 0.5)
            yield number + size
            yield number - size  # where the first is out of range
        case str():
            yield "NO_SUCH_ITEM"  # the error names the items that exist


def _with(values: Values, index: int, value: Value) -> Values:
    return (*values[:index], value, *values[index + 1 :])


def _enum_items(error: str) -> list[str]:
    listed = _ENUM_ITEMS.search(error)
    return re.findall(r"'([^']*)'", listed[1]) if listed else []


def _number_meaning(
    literal: Literal, seen: list[tuple[Value, Inspection]], flat: dict[Path, Scalar], graph: Graph, aspect: float
) -> Meaning | None:
    if all(answer.graph is None for _, answer in seen):
        return None
    told = [(float(value), answer.graph, _changes(flat, answer.graph)) for value, answer in seen if answer.graph]
    with_effect = [(value, after, effects) for value, after, effects in told if effects]
    if literal.kind == "int":
        fraction_counts = any(value % 1 and effects for value, _, effects in told)
        whole_counts = any(not value % 1 and effects for value, _, effects in told)
        refuses = not any(value % 1 for value, _, _ in told)
        if refuses or (whole_counts and not fraction_counts):
            return Meaning(1.0, with_effect[0][2] if with_effect else {}, is_whole=True)
    if not with_effect:
        return Meaning(told[0][0] - float(literal.value), {})
    value, after, effects = with_effect[0]
    nudge = value - float(literal.value)
    motion, grows = _motion(graph, after, nudge)
    direct = {path: change for path, change in effects.items() if not _DERIVED.intersection(path)}
    shift, turns_camera = _shift(graph, after, aspect)
    return Meaning(
        nudge,
        direct,
        shift=shift / abs(nudge),
        motion=motion,
        grows=grows,
        turns_camera=turns_camera,
        objects=_objects(graph, effects),
    )


def _changes(before: dict[Path, Scalar], graph: Graph) -> dict[Path, tuple[Scalar, Scalar]]:
    after = flatten(graph)
    return {
        path: (before.get(path), after.get(path))
        for path in before.keys() | after.keys()
        if before.get(path) != after.get(path)
    }


def _objects(graph: Graph, effects: Mapping[Path, object]) -> frozenset[str] | None:
    names: set[str] = set()
    for path in effects:
        match path:
            case ("objects", str(name), *_):
                names.add(name)
            case ("materials", material, *_):
                names |= {n for n, thing in graph["objects"].items() if material in (thing.get("materials") or ())}
            case _:
                return None
    things = [graph["objects"].get(name) for name in names]
    are_surfaces = bool(things) and all(thing is not None and thing.get("bounds") for thing in things)
    return frozenset(names) if are_surfaces else None


def _motion(before: Graph, after: Graph, nudge: float) -> tuple[dict[str, tuple[float, float, float]], bool]:
    moved: dict[str, tuple[float, float, float]] = {}
    grows = False
    for name, thing in before["objects"].items():
        if name not in after["objects"] or thing["type"] in ("CAMERA", "LIGHT"):
            continue
        old, new = corners(before, name), corners(after, name)
        if len(old) != len(new):
            continue
        size = max(float(np.ptp(old, axis=0).max()), 1e-3)
        grows = grows or float(np.abs(np.ptp(new, axis=0) - np.ptp(old, axis=0)).max()) > 1e-4 * size
        by = (new.mean(axis=0) - old.mean(axis=0)) / nudge
        if np.abs(by * nudge).max() > 1e-5 * size:
            moved[name] = (float(by[0]), float(by[1]), float(by[2]))
    return moved, grows


def _shift(before: Graph, after: Graph, aspect: float) -> tuple[float, bool]:
    """How far box corners go in the picture, in shares of its width, and whether that is the camera's doing.

    The 90th percentile of those corners that move and are not far outside the picture.
    """
    old_camera, new_camera = find_camera(before, aspect), find_camera(after, aspect)
    if old_camera is None or new_camera is None:
        return 0.0, False
    lengths: list[float] = []
    for name, thing in before["objects"].items():
        if name not in after["objects"] or thing["type"] in ("CAMERA", "LIGHT"):
            continue
        old, new = corners(before, name), corners(after, name)
        if len(old) != len(new):
            continue
        old, new = np.vstack([old, centre(before, name)]), np.vstack([new, centre(after, name)])
        (here, depth), (there, later) = old_camera.project(old), new_camera.project(new)
        inside = (depth > 0) & (later > 0) & (np.abs(here - 0.5).max(axis=1) < 1.0)
        length = np.hypot(there[:, 0] - here[:, 0], (there[:, 1] - here[:, 1]) * aspect)[inside]
        lengths += [float(one) for one in length if one > 1e-6]
    same = old_camera.half_width == new_camera.half_width and np.allclose(old_camera.to_camera, new_camera.to_camera)
    return (float(np.percentile(lengths, 90)) if lengths else 0.0), not same
