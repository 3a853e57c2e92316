"""What a fit asks its host, and what it gets back.

A fit does no input or output: it is a generator that yields `Batch`es of probes and is sent their answers. The host
runs them as it likes (in parallel, remembered on disk); the same answers always lead to the same questions.
"""

from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from viga_mcp.fitting.literals import Value
from viga_mcp.fitting.pictures import Picture

Values = tuple[Value, ...]  # a value for each literal of the program, in order


@dataclass(frozen=True, slots=True)
class Inspect:
    """Run the program with these values and read the scene graph. Costs milliseconds; not a render."""

    values: Values


@dataclass(frozen=True, slots=True)
class Render:
    """Run the program with these values and render the active camera with Cycles, seed 0, no denoiser.

    Attributes:
        hide: Names of objects to leave out of the picture.
    """

    values: Values
    width_px: int
    height_px: int
    samples: int
    hide: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Shot:
    """Render the scene as it is, through its camera moved elsewhere, with the depth of what it sees.

    Attributes:
        pose: Camera to world, row-major without scale, 16 numbers.
        lens: Times the focal length (in a parallel projection: over the scale) that the scene's camera has.
    """

    pose: tuple[float, ...]
    lens: float
    width_px: int
    height_px: int
    samples: int


@dataclass(frozen=True, slots=True)
class Geometry:
    """Run the program with these values and tell what each pixel of the active camera's picture shows, unrendered."""

    values: Values
    width_px: int
    height_px: int


Probe = Inspect | Render | Geometry | Shot


@dataclass(frozen=True, slots=True)
class Inspection:
    """Answer to `Inspect`: the scene graph, or None and the error that stopped the program."""

    graph: Mapping[str, Any] | None  # the scene graph's JSON, as viga_mcp.blender.graph writes it
    error: str = ""


@dataclass(frozen=True)
class Seen:
    """Answer to `Shot`.

    Attributes:
        picture: (H, W, 3). depth_m: (H, W), along the view; inf where there is nothing.
        normal: (H, W, 3), world, either side; 0 where there is nothing.
    """

    picture: Picture
    depth_m: NDArray[np.float32]
    normal: NDArray[np.float32]


@dataclass(frozen=True)
class GBuffer:
    """Answer to `Geometry`.

    Attributes:
        names: The scene's objects; the one of id 1 first. ids: (height, width) uint16, 0 where no object is seen.
        materials: Names. material: (height, width) int16, index into them, -1 where no object is seen.
        normal: (height, width, 3), world, towards the camera; against the view where no object is seen.
        position: (height, width, 3), world, metres; 0 where no object is seen.
    """

    names: tuple[str, ...]
    ids: NDArray[np.uint16]
    materials: tuple[str, ...]
    material: NDArray[np.int16]
    normal: NDArray[np.float16]
    position: NDArray[np.float32]

    def shown(self, objects: Iterable[str]) -> NDArray[np.bool_]:
        """(height, width): where any of the objects is seen."""
        names = set(objects)
        return np.isin(self.ids, [id for id, name in enumerate(self.names, 1) if name in names])


Answer = Inspection | Picture | GBuffer | Seen | None  # a picture for Render; None where the program failed


@dataclass(frozen=True, slots=True)
class Batch:
    """Probes that do not depend on one another, and how far the fit is.

    Attributes:
        renders: Pictures asked for so far, this batch not counted.
        loss, start_loss: Lowest photometric loss so far and the start's; None before the first picture.
    """

    probes: tuple[Probe, ...]
    renders: int
    loss: float | None
    start_loss: float | None


Outcome = TypeVar("Outcome")
Asking = Generator[Batch, list[Answer], Outcome]  # what a part of a fit is: it asks, and in the end returns


def advance(asking: Asking[Outcome], answers: list[Answer] | None = None) -> Batch | Outcome:
    """The next questions, or what is returned in the end: a StopIteration could not cross a thread's border.

    Args:
        asking: Is moved along.
        answers: To the batch before, in the order of its probes; None to begin with.
    """
    try:
        return next(asking) if answers is None else asking.send(answers)
    except StopIteration as end:
        return end.value
