"""Whether a reference picture shows the same lines of text at the same places. No reading of letters: their shape."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Plane = NDArray[np.float64]
Area = tuple[int, int, int, int]  # left, top, right, bottom, pixels

REACH_PX = 8
FOUND = 0.5


class Place(NamedTuple):
    """Where a line is in the reference: its likeness there, -1 to 1, and how far it is off, (right, down) in pixels."""

    likeness: float
    shift_px: tuple[int, int]

    @property
    def is_found(self) -> bool:
        return self.likeness >= FOUND


def find_line(render: Image, reference: Image, area: Area, reach_px: int = REACH_PX) -> Place | None:
    """The best place of a part of a picture in another of its size, by normalised cross-correlation of brightness.

    Args:
        area: Of the line in the render; at its edges it is cut off with the picture.
        reach_px: How far around it is looked for.

    Returns:
        None where the part is empty or shows nothing but one brightness.

    Source: normalised cross-correlation, Lewis 1995.
    """
    height, width = render.shape[:2]
    left, top, right, bottom = max(0, area[0]), max(0, area[1]), min(width, area[2]), min(height, area[3])
    part = render[top:bottom, left:right].astype(np.float64).mean(2)
    if part.size == 0 or not part.std():
        return None
    part = (part - part.mean()) / part.std()
    best = Place(-1.0, (0, 0))
    grey = reference.astype(np.float64).mean(2)
    for down in range(-reach_px, reach_px + 1):
        for across in range(-reach_px, reach_px + 1):
            if top + down < 0 or left + across < 0 or bottom + down > height or right + across > width:
                continue
            there = grey[top + down : bottom + down, left + across : right + across]
            spread = there.std()
            # black on white and white on black are the same words
            alike = abs(float(np.mean(part * (there - there.mean())) / spread)) if spread else 0.0
            if (alike, -abs(across) - abs(down)) > (best.likeness, -sum(map(abs, best.shift_px))):
                best = Place(alike, (across, down))
    return best
