"""What a file format kept of a scene. Pure: two inventories in, facts out."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, get_args

Format = Literal["glb", "gltf", "obj", "fbx", "usd", "usda", "usdc", "usdz", "stl", "ply", "abc", "blend"]
FORMATS: tuple[Format, ...] = get_args(Format)
SAME_PLACE = 1e-4
"""Share of the diagonal by which a corner of the bounds may move and still count as equal."""

NAMED = 8
"""Lost objects that are named."""

TURNED_INTO_MESHES = frozenset({"FONT", "CURVE", "SURFACE", "META"})

Inventory = Mapping[str, Any]
"""As `viga_mcp.blender.exports.inventory` gives it."""


class Nature(NamedTuple):
    """What a format can't hold, whoever writes it."""

    limits: str = ""
    is_one_mesh: bool = False
    keeps_materials: bool = True
    keeps_lights: bool = True
    keeps_cameras: bool = True
    keeps_animation: bool = True


_GLTF = Nature("point, spot and sun lights only, no world; materials as base colour, metal, roughness and textures")
_USD = Nature("no world here; materials as USD Preview Surface; names in letters, digits and _ alone")
_ONE_MESH = Nature(
    "one mesh, no materials, hierarchy, lights, cameras, animation or unit",
    is_one_mesh=True,
    keeps_materials=False,
    keeps_lights=False,
    keeps_cameras=False,
    keeps_animation=False,
)
NATURES: Mapping[Format, Nature] = {
    "blend": Nature(),
    "glb": _GLTF,
    "gltf": _GLTF,
    "obj": Nature(
        "no hierarchy, lights, cameras or animation; simple materials",
        keeps_lights=False,
        keeps_cameras=False,
        keeps_animation=False,
    ),
    "fbx": Nature("no world; materials as colour, roughness and textures"),
    **dict.fromkeys(("usd", "usda", "usdc", "usdz"), _USD),
    "stl": _ONE_MESH,
    "ply": _ONE_MESH,
    "abc": Nature(
        "geometry, its motion and cameras; no materials or lights", keeps_materials=False, keeps_lights=False
    ),
}


@dataclass(frozen=True)
class Fact:
    """One thing that the file kept, or did not.

    Attributes:
        before, after: In the scene, and in the file as it reads back.
        note: What is lost and why; empty where all is well.
    """

    what: str
    before: str
    after: str
    is_equal: bool
    note: str = ""

    def __str__(self) -> str:
        values = self.before if self.is_equal else f"{self.before} -> {self.after}"
        return f"{self.what} {values}" + (f": {self.note}" if self.note else "")


def differences(before: Inventory, after: Inventory, format: Format) -> tuple[Fact, ...]:
    """What a file kept of a scene: objects, surfaces, triangles, bounds, materials, animation."""
    nature, label = NATURES[format], format.upper()
    joined = f"{label} holds one mesh" if nature.is_one_mesh and before["surfaces"] != after["surfaces"] else ""
    moving = "" if nature.keeps_animation else f"no animation in {label}"
    return (
        _objects(before, after, nature, label),
        _count("surfaces", before["surfaces"], after["surfaces"], joined),
        _count("triangles", before["triangles"], after["triangles"]),
        _bounds(before["bounds"], after["bounds"]),
        _materials(before["materials"], after["materials"], nature, label),
        *([_animated(before["animated"], after["animated"], moving)] if before["animated"] else []),
    )


def _objects(scene: Inventory, file: Inventory, nature: Nature, label: str) -> Fact:
    before: Mapping[str, int] = scene["objects"]
    after: Mapping[str, int] = file["objects"]
    kinds = [kind for kind in sorted({*before, *after}) if before.get(kind, 0) != after.get(kind, 0)]
    notes = [f"{kind} {before.get(kind, 0)} -> {after.get(kind, 0)}" for kind in kinds]
    if TURNED_INTO_MESHES & {*kinds} & {*before}:
        notes.append("texts and curves are written as meshes")
    if "LIGHT" in kinds and not nature.keeps_lights:
        notes.append(f"no lights in {label}")
    if "CAMERA" in kinds and not nature.keeps_cameras:
        notes.append(f"no cameras in {label}")
    fewer = {kind for kind in kinds if after.get(kind, 0) < before.get(kind, 0)}
    plain = {_plain(name) for name, kind in file["names"].items() if kind in before}
    lost = [repr(name) for name, kind in scene["names"].items() if kind in fewer and _plain(name) not in plain]
    if lost and not nature.is_one_mesh:
        notes.append(f"lost {', '.join(lost[:NAMED])}" + (f" and {len(lost) - NAMED} more" if lost[NAMED:] else ""))
    return Fact("objects", str(sum(before.values())), str(sum(after.values())), not kinds, "; ".join(notes))


def _count(what: str, before: int, after: int, note: str = "") -> Fact:
    return Fact(what, f"{before:,}", f"{after:,}", before == after, note)


def _animated(before: int, after: int, note: str) -> Fact:
    # FBX gives curves to things that stand still, too
    return Fact("animated objects", str(before), str(after), after >= before, note if after < before else "")


def _bounds(before: Any, after: Any) -> Fact:
    if before is None or after is None:
        return Fact("bounds", _box(before), _box(after), before is after)
    gap = max(abs(a - b) for low, high in zip(before, after, strict=True) for a, b in zip(low, high, strict=True))
    is_equal = gap <= SAME_PLACE * max(math.dist(*before), 1e-6)
    return Fact("bounds", _box(before), _box(after), is_equal, "" if is_equal else f"off by up to {gap:.4g} m")


def _box(bounds: Any) -> str:
    if bounds is None:
        return "none"
    low, high = (", ".join(f"{value:.4g}" for value in corner) for corner in bounds)
    return f"({low})..({high}) m"


def _materials(before: Sequence[str], after: Sequence[str], nature: Nature, label: str) -> Fact:
    count = str(len(before)), str(len(after))
    if not nature.keeps_materials:
        return Fact("materials", *count, count[0] == count[1], f"{label} has none" if before else "")
    plain = {_plain(name): name for name in after}
    lost = [name for name in before if _plain(name) not in plain]
    renamed = [f"{name!r} is {plain[_plain(name)]!r}" for name in before if plain.get(_plain(name), name) != name]
    known = {_plain(name) for name in before}
    new = [name for name in after if _plain(name) not in known]
    notes = [f"lost {', '.join(map(repr, lost))}"] if lost else []
    notes += [f"new {', '.join(map(repr, new))}"] if new else []
    notes += [f"renamed: {', '.join(renamed)}"] if renamed else []
    return Fact("materials", *count, not lost and not new, "; ".join(notes))


def _plain(name: str) -> str:
    """A name as formats with fewer letters write it."""
    return re.sub(r"[^A-Za-z0-9]", "_", name)
