"""Exact passes of a view as arrays: which object, how far, facing where, and each object's whole silhouette."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import OpenEXR
from numpy.typing import NDArray

from viga_mcp.graph_values import Graph
from viga_mcp.looks import Look, placed

Ids = NDArray[np.uint16]
Mask = NDArray[np.bool_]
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Silhouettes:
    """What each object would cover if it stood alone, within a picture's size beyond the picture on each side.

    Attributes:
        boxes: (n, 4) x0, y0, x1, y1 in pixels of the picture, ends excluded; all 0 where nothing is drawn.
        bits, starts: Packed rows of all masks, and where each begins.
        cut_near, cut_far: (n,) whether the camera's near or far plane cuts away what would be seen.
    """

    boxes: NDArray[np.int32]
    bits: NDArray[np.uint8]
    starts: NDArray[np.int64]
    cut_near: Mask
    cut_far: Mask

    def mask(self, index: int) -> Mask:
        """Of one object, (y1 - y0, x1 - x0)."""
        x0, y0, x1, y1 = self.boxes[index].tolist()
        shape = (y1 - y0, x1 - x0)
        bits = self.bits[self.starts[index] : self.starts[index + 1]]
        return np.unpackbits(bits, count=shape[0] * shape[1]).reshape(shape).astype(bool)


@dataclass(frozen=True)
class ViewPasses:
    """One view, pixel by pixel.

    Attributes:
        names: The scene's objects; the one of id 1 first.
        ids: (H, W), 0 is the background.
        depth_m: (H, W), along the view; inf where there is nothing.
        normal: (H, W, 3), world space, unit length, facing the camera or not as the surface does; 0 on the background.
    """

    view: str
    names: tuple[str, ...]
    ids: Ids
    depth_m: Floats
    normal: Floats
    silhouettes: Silhouettes | None = None

    def mask(self, id: int) -> Mask:
        """Where an object is seen, (H, W)."""
        return self.ids == id


@dataclass(frozen=True)
class PassOrder:
    """A worker's `passes` request, and the files that will answer it."""

    request: dict[str, Any]
    views: tuple[str, ...]

    def read(self, reply: dict[str, Any]) -> Iterator[ViewPasses]:
        """What a worker made of it; its files are gone afterwards."""
        names = tuple(reply["names"])
        for view, files in zip(self.views, self.request["views"], strict=True):
            paths = [Path(files[key]) for key in ("file", "owners", "silhouettes") if files[key]]
            layers = _layers(paths[0])
            ids = layers["Object Index.X"].astype(np.uint16)
            if reply["shared"]:
                ids = resolved(ids, reply["shared"], _layers(paths[1])["Combined"][..., 0].astype(np.uint16))
            depth = layers["Depth.Z"].copy()
            depth[ids == 0] = np.inf
            normal = np.stack([layers[f"Normal.{axis}"] for axis in "XYZ"], -1)
            silhouettes = None
            if files["silhouettes"] and paths[-1].exists():  # a panorama has none
                with np.load(paths[-1]) as arrays:
                    silhouettes = Silhouettes(**arrays)
            for path in paths:
                path.unlink(missing_ok=True)
            yield ViewPasses(view, names, ids, depth, normal, silhouettes)


def order_passes(look: Look, graph: Graph, *, folder: Path, with_silhouettes: bool = False) -> PassOrder:
    """What to ask a worker for; of the look, quality and folder don't matter.

    Args:
        folder: On fast storage, for arrays on their way.

    Raises:
        VigaError: As `looks.order`.
    """
    request = placed(look, graph)
    for view in request["views"]:
        stem = folder / uuid4().hex
        view["file"], view["owners"] = f"{stem}.exr", f"{stem}.owners.exr"
        view["silhouettes"] = f"{stem}.npz" if with_silhouettes else None
    views = tuple(view.pop("name") for view in request["views"])
    return PassOrder(request, views)


def order_camera(name: str | None, width_px: int, height_px: int, *, folder: Path) -> PassOrder:
    """What to ask a worker for that looks through a camera of its scene, wherever that stands; None: the active one."""
    files = {"file": str(folder / f"{uuid4().hex}.exr"), "owners": str(folder / f"{uuid4().hex}.exr")}
    request = {"views": [{"camera": name, **files, "silhouettes": None}], "width": width_px, "height": height_px}
    return PassOrder(request, (f"camera:{name}" if name else "camera",))


def resolved(ids: Ids, shared: Sequence[tuple[int, list[int]]], owners: Ids) -> Ids:
    """Indices that stand for several objects as ids.

    Args:
        ids: (H, W) indices.
        shared: Such an index, and the ids that it may stand for.
        owners: (H, W) ids of a second render without cut-outs; where it shows something else, the first of the ids.
    """
    result = ids.copy()
    for index, candidates in shared:
        here = ids == index
        result[here] = np.where(np.isin(owners[here], candidates), owners[here], candidates[0])
    return result


def _layers(path: Path) -> dict[str, Any]:
    """Channels of an EXR by name without the render layer's: (H, W) float32, RGBA as (H, W, 4)."""
    return {name.split(".", 1)[1]: pixels for name, pixels in _channels(OpenEXR.File(str(path)))}


def _channels(file: Any) -> Iterator[tuple[str, Any]]:  # OpenEXR has no types
    with file:
        for part in file.parts:
            for name, channel in part.channels.items():
                yield name, channel.pixels
