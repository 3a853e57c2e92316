# pyright: basic
"""Where a shape lies on its slide: its frame, and how the groups around it move, stretch, flip and turn it."""

import math
from typing import NamedTuple

from viga_mcp.slides.graph.tags import A, Element, flag, length, number


class Frame(NamedTuple):
    """A rectangle in EMU, y down, turned clockwise about its centre; flipped before it is turned."""

    x: float
    y: float
    width: float
    height: float
    rotation: float = 0.0
    flip_h: bool = False
    flip_v: bool = False

    @property
    def flip(self) -> str:
        return "h" * self.flip_h + "v" * self.flip_v

    def corners(self) -> list[tuple[float, float]]:
        """The turned rectangle: what was top left, top right, bottom right, bottom left."""
        half_width, half_height = self.width / 2, self.height / 2
        center = self.x + half_width, self.y + half_height
        signs = ((-1, -1), (1, -1), (1, 1), (-1, 1))
        return [_turned(h * half_width, v * half_height, self.rotation, center) for h, v in signs]


class Space(NamedTuple):
    """A group: its frame on the slide, and the rectangle that fills it in the coordinates of its members."""

    frame: Frame
    x: float
    y: float
    width: float
    height: float

    def place(self, member: Frame) -> Frame:
        """A member's frame on the slide.

        A frame stays a rectangle, as PowerPoint keeps it: a member that lies more than stands is stretched crosswise.
        """
        group = self.frame
        stretch_x = group.width / self.width if self.width else 1.0
        stretch_y = group.height / self.height if self.height else 1.0
        x = (member.x + member.width / 2 - self.x - self.width / 2) * stretch_x
        y = (member.y + member.height / 2 - self.y - self.height / 2) * stretch_y
        x, y = _turned(
            -x if group.flip_h else x,
            -y if group.flip_v else y,
            group.rotation,
            (group.x + group.width / 2, group.y + group.height / 2),
        )
        if 45 <= member.rotation % 180 < 135:
            stretch_x, stretch_y = stretch_y, stretch_x
        width, height = member.width * stretch_x, member.height * stretch_y
        turn = -member.rotation if group.flip_h != group.flip_v else member.rotation
        return Frame(
            x - width / 2,
            y - height / 2,
            width,
            height,
            (group.rotation + turn) % 360,
            member.flip_h != group.flip_h,
            member.flip_v != group.flip_v,
        )


def read_frame(xfrm: Element) -> Frame:
    """Of `a:xfrm` or `p:xfrm`, in the coordinates of the group around it."""
    (x, y), (width, height) = _pair(xfrm, "off", "x", "y"), _pair(xfrm, "ext", "cx", "cy")
    rotation = number(xfrm.get("rot", "0")) / 60_000 % 360
    return Frame(x, y, width, height, rotation, flag(xfrm, "flipH"), flag(xfrm, "flipV"))


def read_space(xfrm: Element, frame: Frame) -> Space:
    """A group's space.

    Args:
        xfrm: The group's own.
        frame: Its frame on the slide.
    """
    outer = xfrm.find(A + "chOff") is None or xfrm.find(A + "chExt") is None
    origin, size = ("off", "ext") if outer else ("chOff", "chExt")
    return Space(frame, *_pair(xfrm, origin, "x", "y"), *_pair(xfrm, size, "cx", "cy"))


def _pair(xfrm: Element, name: str, first: str, second: str) -> tuple[float, float]:
    element = xfrm.find(A + name)
    return (0.0, 0.0) if element is None else (length(element.get(first)), length(element.get(second)))


def _turned(x: float, y: float, degrees: float, center: tuple[float, float]) -> tuple[float, float]:
    """A point given from the centre, turned clockwise about it."""
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return center[0] + x * cos - y * sin, center[1] + x * sin + y * cos
