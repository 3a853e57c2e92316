"""A look at a scene: what a worker is asked to render, and the pictures that come of it."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from uuid import uuid4

from viga_mcp import cameras, graphs, pictures
from viga_mcp.graph_values import Graph
from viga_mcp.views import View

Quality = Literal["preview", "draft", "final"]
Shading = Quality | Literal["wire"]


@dataclass(frozen=True)
class Look:
    """What to look at, and how.

    Attributes:
        folder: Where the lossless pictures go.
        quality: "wire" shows the mesh's edges on grey instead of materials and light.
        size_px: The longer side in the scene's own aspect, or
        resolution: width and height in pixels.
        region: The part of that picture to make, x0, y0, x1, y1 in shares from the top left, None for all.
        frame: The frame to show, None for the current one.
        hide, only: Names of objects to leave out, or to show alone; `*` and `?` stand for any characters.
    """

    views: Sequence[View]
    folder: Path
    quality: Shading = "preview"
    size_px: int = 512
    resolution: tuple[int, int] | None = None
    region: tuple[float, float, float, float] | None = None
    frame: int | None = None
    hide: Sequence[str] = ()
    only: Sequence[str] = ()

    def path(self, what: str, width_px: int, height_px: int, view: str, suffix: str) -> Path:
        """Where a file of a view goes; `what` begins its name: the revision and what is shown.

        Looks that differ have different files, so that one which a reply named goes on showing what the reply said.
        """
        when = "" if self.frame is None else f"-f{self.frame}"
        name = "".join(c if c.isalnum() or c in "-_.," else "_" for c in view)[:80]
        is_plain = name == view.replace(":", "_", 1) and not (self.region or self.hide or self.only)
        mark = "" if is_plain else f"-{mark_of(view, self.region, sorted(self.hide), sorted(self.only))}"
        return self.folder / f"{what}-{width_px}x{height_px}{when}-{name}{mark}{suffix}"

    @property
    def needs_cameras_only(self) -> bool:
        """Whether `order` gets by with the cameras of a graph (`blender.graph.read_cameras`)."""
        return all(view.kind == "camera" for view in self.views) and not self.hide and not self.only


@dataclass(frozen=True)
class Picture:
    """One rendered view: its name, the lossless file in the workspace, (H, W, 3) pixels."""

    view: str
    path: Path
    pixels: pictures.Pixels


@dataclass(frozen=True)
class Rendered:
    revision: str
    pictures: tuple[Picture, ...]
    engine: str
    samples: int | None
    device: str | None
    seconds: float
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Order:
    """A look at one state, ready for a worker: its `render` request, and the files that will answer it."""

    look: Look
    request: dict[str, Any]
    files: tuple[tuple[str, Path], ...]  # name of the view, where the worker leaves its picture


@dataclass(frozen=True)
class Taken:
    """What a worker made of an order."""

    order: Order
    reply: dict[str, Any]
    seconds: float

    def collect(self, revision: str) -> Rendered:
        """Move the pictures to the look's folder, named after the revision that they show."""
        look, moved = self.order.look, list[Picture]()
        width, height = self.order.request["width"], self.order.request["height"]
        for name, file in self.order.files:
            path = look.path(f"{revision}-{look.quality}", width, height, name, ".png")
            moved.append(Picture(name, path, _moved(file, path)))
        about = self.reply["engine"], self.reply["samples"], self.reply["device"]
        return Rendered(revision, tuple(moved), *about, self.seconds, tuple(self.reply["notes"]))


def order(look: Look, graph: Graph, *, folder: Path, device: str, has_gl: bool) -> Order:
    """What to ask a worker for.

    Args:
        graph: The scene that will be looked at; its cameras are enough where the look needs no more.
        folder: On fast storage, for pictures on their way.
        device: "CPU" or a Cycles device type.
        has_gl: Whether engines that need OpenGL work here.

    Raises:
        VigaError: "not_found" for objects or cameras that the scene doesn't have.
    """
    request = placed(look, graph)
    names = [view.pop("name") for view in request["views"]]
    files = [folder / f"{uuid4().hex}.bmp" for _ in names]
    for view, file in zip(request["views"], files, strict=True):
        view["file"] = str(file)
    request |= {
        "quality": look.quality,
        "device": device,
        "has_gl": has_gl,
        "headlight": look.quality != "final" and not any("camera" in view for view in request["views"]),
    }
    return Order(look, request, tuple(zip(names, files, strict=True)))


def placed(look: Look, graph: Graph) -> dict[str, Any]:
    """What a worker must know of any look: `views`, each with its `name`, the size and region, the frame, who is seen.

    Raises:
        VigaError: "not_found" for objects or cameras that the scene doesn't have.
    """
    hide, only = (graphs.select(graph, names=names) if names else [] for names in (look.hide, look.only))
    width, height = look.resolution or _fitted(graph["scene"]["resolution"], look.size_px)
    aspect = width / height * graph["scene"].get("pixel_aspect", 1.0)
    poses = [pose for view in look.views for pose in cameras.poses(view, graph, aspect)]
    return {
        "views": [{"name": pose.name, **as_asked(pose)} for pose in poses],
        "width": width,
        "height": height,
        "region": list(look.region) if look.region else None,
        "frame": look.frame,
        "hide": hide,
        "only": only,
    }


def as_asked(pose: cameras.CameraPose) -> dict[str, Any]:
    """A pose as the worker's `render` takes it."""
    if pose.scene_camera:
        return {"camera": pose.scene_camera}
    return {
        "matrix": [value for row in pose.matrix_world for value in row],
        "fov_deg": pose.fov_deg,
        "ortho_scale": pose.ortho_scale,
        "clip": list(pose.clip),
    }


def _fitted(resolution: Sequence[int], size_px: int) -> tuple[int, int]:
    scale = size_px / max(resolution)
    return max(1, round(resolution[0] * scale)), max(1, round(resolution[1] * scale))


def mark_of(*told: object) -> str:
    """Eight digits that tell one look from others."""
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:8]


def _moved(source: Path, target: Path) -> pictures.Pixels:
    target.parent.mkdir(parents=True, exist_ok=True)
    pixels = pictures.read(source)
    part = target.with_name(f".{uuid4().hex}")
    part.write_bytes(pictures.stored_png(pixels))
    part.replace(target)
    source.unlink()
    return pixels
