# pyright: basic, reportAttributeAccessIssue=false, reportArgumentType=false, reportOptionalMemberAccess=false
# python-pptx and lxml are typed only in part.
"""Boxes on a slide: checked lengths, a picture's place in a box, and grids."""

from typing import NamedTuple, TypeGuard

from pptx.presentation import Presentation
from pptx.slide import Slide
from pptx.util import Emu, Inches, Length

MARGIN = Inches(0.75)
GAP = Inches(0.4)
BELOW_TITLE = Inches(0.15)
FOOTER = Inches(0.8)  # what a deck keeps free at the bottom for date, footer and slide number
_SMALLEST = 1000  # EMU; under a thousandth of an inch a number was meant in another unit
_INCHES = 60  # no side of a slide is longer (PowerPoint's limit is 56 inches)


class Box(NamedTuple):
    """A place on a slide, in python-pptx lengths from its top left corner."""

    left: Length
    top: Length
    width: Length
    height: Length


class Crop(NamedTuple):
    """Shares of a picture, in [0, 1), cut off at its sides."""

    left: float = 0.0
    top: float = 0.0
    right: float = 0.0
    bottom: float = 0.0


def checked_box(box: object) -> Box:
    """A box of lengths, floats rounded.

    Raises:
        ValueError: If it is not four lengths, has no extent, or is in inches or points without saying so.
    """
    if not isinstance(box, tuple | list) or len(box) != 4 or not all(_is_number(value) for value in box):
        raise ValueError(
            f"box {box!r} is not (left, top, width, height): write (Inches(1), Inches(2), Inches(5), Inches(3)), "
            "or take a box from kit.columns(slide, 2)"
        )
    values: list[float] = list(box)
    if any(0 < abs(value) < _SMALLEST for value in values):
        raise ValueError(f"box {_plain(values)} {_meant(values)}")
    if values[2] <= 0 or values[3] <= 0:
        raise ValueError(f"box {_plain(values)} has no extent: width and height must be greater than 0")
    return Box(*(Emu(round(value)) for value in values))


def checked_length(value: object, name: str) -> Length:
    """A length of 0 or more, a float rounded.

    Raises:
        ValueError: If it is no number, is negative, or is in inches or points without saying so.
    """
    if not _is_number(value):
        raise ValueError(f"{name} {value!r} is not a length: write Inches(0.5)")
    if value < 0:
        raise ValueError(f"{name} {value!r} is negative: give a length of 0 or more")
    if 0 < value < _SMALLEST:
        raise ValueError(f"{name} {value:g} {_meant([value])}")
    return Emu(round(value))


def contained(box: Box, width_px: int, height_px: int) -> Box:
    """The largest place of a picture's shape within a box, in its middle."""
    scale = min(box.width / width_px, box.height / height_px)
    width, height = round(width_px * scale), round(height_px * scale)
    return Box(
        Emu(box.left + (box.width - width) // 2), Emu(box.top + (box.height - height) // 2), Emu(width), Emu(height)
    )


def covering(box: Box, width_px: int, height_px: int) -> Crop:
    """What to cut off a picture, evenly at two sides, so that it has the shape of a box."""
    wider = (width_px / height_px) / (box.width / box.height)
    if wider > 1:
        side = (1 - 1 / wider) / 2
        return Crop(left=side, right=side)
    side = (1 - wider) / 2
    return Crop(top=side, bottom=side)


def columns(
    where: Presentation | Slide,
    n: int = 2,
    *,
    rows: int = 1,
    gap: Length = GAP,
    margin: Length | None = None,
    top: Length | None = None,
) -> list[Box]:
    """Boxes of a grid that fills the page below the title, row by row; each is (left, top, width, height).

    Args:
        where: A slide (its title says where the grid begins) or the presentation.
        n, rows: Columns and rows; n=1 is the whole content area.
        gap: Between boxes.
        margin: Left and right; None is those of the title, or 0.75 inches.
        top: Where the grid begins; None is just below the title.
    """
    if n < 1 or rows < 1:
        raise ValueError(f"columns(n={n}, rows={rows}): n and rows must be 1 or more")
    gap = checked_length(gap, "gap")
    room = _room(where, margin, top)
    width = (room.width - (n - 1) * gap) // n
    height = (room.height - (rows - 1) * gap) // rows
    if width < _SMALLEST or height < _SMALLEST:
        raise ValueError(
            f"no room for {n} x {rows} boxes in the {room.width.inches:.2f} x {room.height.inches:.2f} inches within "
            "the margins: make gap, margin or top smaller"
        )
    return [
        Box(Emu(room.left + column * (width + gap)), Emu(room.top + row * (height + gap)), Emu(width), Emu(height))
        for row in range(rows)
        for column in range(n)
    ]


def _room(where: Presentation | Slide, margin: Length | None, top: Length | None) -> Box:
    """What the title and the margins leave of the page; its extent may be negative."""
    page = where if isinstance(where, Presentation) else where.part.package.presentation_part.presentation
    page_width, page_height = page.slide_width or 0, page.slide_height or 0
    title = None if isinstance(where, Presentation) else _title_box(where)
    if margin is not None:
        left = right = checked_length(margin, "margin")
    elif title and title.left >= 0 and title.width > page_width / 2:
        left, right = title.left, page_width - title.left - title.width
    else:
        left = right = MARGIN
    if top is not None:
        start = checked_length(top, "top")
    elif title:
        start = title.top + title.height + BELOW_TITLE
    else:
        start = Inches(1.75) if isinstance(where, Presentation) else MARGIN
    return Box(left, Emu(start), Emu(page_width - left - right), Emu(page_height - start - FOOTER))


def _title_box(slide: Slide) -> Box | None:
    title = slide.shapes.title
    if title is None or None in (
        title.left,
        title.top,
        title.width,
        title.height,
    ):  # its layout has none
        return None
    return Box(title.left, title.top, title.width, title.height)


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and value == value and abs(value) < 1e12


def _plain(values: list[float]) -> str:
    return f"({', '.join(f'{value:.10g}' for value in values)})"


def _meant(values: list[float]) -> str:
    """`looks like inches: use Inches(1), Inches(2)`; what is long enough for a length stays."""
    unit = "Inches" if all(abs(value) <= _INCHES for value in values if abs(value) < _SMALLEST) else "Pt"
    written = (f"{unit}({value:g})" if abs(value) < _SMALLEST else f"Inches({value / 914400:g})" for value in values)
    return f"looks like {'inches' if unit == 'Inches' else 'points'}: use {', '.join(written)}"
