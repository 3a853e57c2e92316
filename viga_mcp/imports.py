"""Bring an asset from a file into a scene: read it alone, then place it by a line of the scene's program."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from viga_mcp.errors import VigaError, names_that_exist
from viga_mcp.graph_values import Graph
from viga_mcp.scenes import Library, Run, Scenes
from viga_mcp.scratch import scratch_folder
from viga_mcp.worker import Death, State

FORMATS = (
    "blend", "glb", "gltf", "obj", "fbx", "usd", "usda", "usdc", "usdz", "stl", "ply", "abc", "svg", "bvh",
)  # fmt: skip
GONE = {"dae": "Blender 5 reads no Collada", "3ds": "Blender reads no 3DS", "x3d": "Blender reads no X3D"}
TIMEOUT_S = 600.0
NAME = re.compile(r"[^\W_][\w-]{0,47}")
TINY_M, HUGE_M = 0.02, 50.0
"""An asset whose longest side is shorter or longer is probably in another unit."""

FAR_OFF = 100.0
UNITLESS = {"stl", "ply", "obj", "svg"}


Box = tuple[tuple[float, ...], tuple[float, ...]]


class Placing(NamedTuple):
    """Where the asset's own origin goes: metres; degrees about x, y, z; one factor for all sides."""

    location: tuple[float, float, float] = (0.0, 0.0, 0.0)
    rotation_deg: tuple[float, float, float] = (0.0, 0.0, 0.0)
    scale: float = 1.0


@dataclass(frozen=True)
class Imported:
    """An asset in a scene.

    Attributes:
        objects: Entries of the scene graph by name: what came in, the asset's own empty first.
        bounds: Low and high corner of all of it where it stands, metres; None if it draws nothing.
    """

    run: Run
    asset: str
    objects: Mapping[str, Any]
    bounds: Box | None
    warnings: tuple[str, ...]


def format_of(file: Path) -> str:
    """The format of a file, by its suffix.

    Raises:
        VigaError: "invalid_argument" for one that Blender can't read.
    """
    suffix = file.suffix.lower().removeprefix(".")
    if suffix in FORMATS:
        return suffix
    why = f": {GONE[suffix]}" if suffix in GONE else ""
    raise VigaError(
        "invalid_argument",
        f"{file.name} has no format that can be imported{why}.",
        then=f"Convert it to one of {', '.join(FORMATS)}; .glb keeps most.",
    )


def asset_name(name: str) -> str:
    """A name for an asset, from that of its file or of the part that is taken."""
    plain = re.sub(r"\W+", "_", name).strip("_")[:40]
    return plain if NAME.fullmatch(plain) else f"asset_{plain}".rstrip("_")


async def import_asset(
    scenes: Scenes, scene: str, file: Path, *, name: str | None, only: Sequence[str] | None, placing: Placing
) -> Imported:
    """Read a file in a process of its own, and place what it holds in a scene.

    Args:
        file: An existing file that the client may read.
        name: Of the asset; None for its file's.
        only: Names of collections and objects in the file; None for all that its scene holds.

    Raises:
        VigaError: Any kind; the scene is as it was.
    """
    format, name = format_of(file), name or asset_name(file.stem)
    async with scratch_folder(scenes.workers.config.workspace) as folder:
        library = Library(folder / "asset.blend", name, file.name)
        request = {
            "path": str(file),
            "format": format,
            "name": name,
            "only": list(only) if only else None,
            "save_to": str(library.path),
            "memory_bytes": scenes.workers.config.memory_bytes,
        }
        read, said = await _read(scenes, file, request)
        code = placing_code(library, placing)
        note = f"import_asset {file.name} as {name!r}"
        run = await scenes.place(scene, library, code=code, note=note, timeout_s=TIMEOUT_S)
    graph = await scenes.graph(run.revision)
    objects = members(graph, name)
    bounds = _around(objects)
    rest = _around({key: entry for key, entry in graph["objects"].items() if key not in objects})
    warnings = [*warnings_of(name, read, said, format), *_scale_warning(name, bounds, rest, format)]
    return Imported(run, name, objects, bounds, tuple(warnings))


async def _read(scenes: Scenes, file: Path, request: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
    """What `blender.assets.prepare_asset` made of a file, and what the importer printed."""
    try:
        async with scenes.workers.lease(State()) as lease:
            reply = await lease.call("prepare_asset", request, timeout_s=TIMEOUT_S)
            said = lease.output
    except Death as death:
        raise death.during(f"reading {file.name}", "The file is probably damaged. Nothing was changed.") from death
    if "unknown" in reply:
        raise VigaError(
            "not_found",
            f"{file.name} holds no collection or object {reply['unknown']!r}.",
            then=names_that_exist(reply["unknown"], reply["names"], "It holds"),
        )
    if why := reply.get("refused"):
        raise VigaError(
            "invalid_argument",
            f"Blender can't read {file.name}: {why}",
            where="\n".join(line for line in said_lines(said) if line not in why and why not in line),
            then="The file is damaged, or not what its suffix says. Nothing was changed.",
        )
    if why := reply.get("nothing"):
        raise VigaError(
            "invalid_argument",
            f"{file.name} holds {why}.",
            where="\n".join(said_lines(said)),
            then="It may be damaged or empty. Nothing was changed.",
        )
    return reply, said


def placing_code(asset: Library, placing: Placing) -> str:
    """The patch that puts an asset into the scene, for plain Blender on the revision's base."""
    rotation = tuple(round(math.radians(angle), 6) for angle in placing.rotation_deg)
    lines = [
        "import bpy",
        f"# asset {asset.name!r} from {asset.source}".replace("\n", " ").replace("\r", " "),
        f"bpy.context.scene.collection.children.link(bpy.data.collections[{asset.name!r}])",
        f"bpy.data.objects[{asset.name!r}].location = {placing.location!r}",
    ]
    if any(rotation):
        lines.append(f"bpy.data.objects[{asset.name!r}].rotation_euler = {rotation!r}")
    if placing.scale != 1.0:
        lines.append(f"bpy.data.objects[{asset.name!r}].scale = {(placing.scale,) * 3!r}")
    return "\n".join(lines) + "\n"


def members(graph: Graph, name: str) -> dict[str, Any]:
    """The entries of an asset's objects in a scene graph, its own empty first."""
    entries = graph["objects"]
    return {key: entries[key] for key in (name, *(k for k in entries if k.startswith(f"{name}."))) if key in entries}


def warnings_of(name: str, read: Mapping[str, Any], said: str, format: str) -> list[str]:
    """What may be wrong with an asset that was read."""
    found = [f"missing file {Path(path).name!r} ({path})" for path in read["missing"]]
    found += [f"it goes on to read {path}: leave that file there" for path in read["external"]]
    known = [Path(path).name for path in read["missing"]]
    found += [f"the importer said: {line}" for line in said_lines(said) if not any(one in line for one in known)]
    kinds = read["inventory"]["objects"]
    if lights := kinds.get("LIGHT"):
        found.append(f"it brought {lights} light{'s' if lights > 1 else ''} along")
    if format in {"stl", "ply"}:
        found.append(
            f"{format.upper()} names no up axis: taken as z up; if it lies on its side, add a line such as "
            f"`bpy.data.objects[{name!r}].rotation_euler.x = 1.570796`"
        )
    return found


def said_lines(said: str, most: int = 5) -> list[str]:
    """The warnings and errors in what an importer printed, without times and places of Blender's source."""
    found: list[str] = []
    for line in said.splitlines():
        if match := re.search(r"(?i)\b(?:warning|error)\b[:\s]+(.*)", line):
            text = re.sub(r"^in \w+ at line \d+ of \S+ -- ", "", match[1].strip())  # USD names its own source
            if text and "Traceback" not in text and "script error" not in text and text not in found:
                found.append(text[:300])
    return found[:most]


def _scale_warning(name: str, bounds: Box | None, rest: Box | None, format: str) -> list[str]:
    """A word on an asset that is much larger or smaller than things are, or than the rest of the scene."""
    longest = _longest(bounds)
    if not longest:
        return []
    found: list[str] = []
    if not TINY_M <= longest <= HUGE_M:
        factor = 0.001 if longest > 5 * HUGE_M else 0.01 if longest > HUGE_M else 100 if longest > TINY_M / 10 else 1000
        unit = f" ({format.upper()} names no unit)" if format in UNITLESS else ""
        line = f"bpy.data.objects[{name!r}].scale = ({factor},) * 3"
        found.append(f"its longest side is {longest:.4g} m{unit}: if that is not meant, add a line such as `{line}`")
    if (others := _longest(rest)) and not 1 / FAR_OFF < longest / others < FAR_OFF:
        found.append(f"it is {longest / others:.3g} times as large as all the rest of the scene")
    return found


def _longest(bounds: Box | None) -> float:
    return max(high - low for low, high in zip(*bounds, strict=True)) if bounds else 0.0


def _around(objects: Mapping[str, Any]) -> Box | None:
    boxes = [entry["bounds"] for entry in objects.values() if entry["bounds"]]
    if not boxes:
        return None
    return (
        tuple(min(box[0][axis] for box in boxes) for axis in range(3)),
        tuple(max(box[1][axis] for box in boxes) for axis in range(3)),
    )
