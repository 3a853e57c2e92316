"""What is likely wrong with how a view shows its subject: facts for `check_scene`, from exact visibility."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from viga_mcp.findings import Finding, few
from viga_mcp.graph_values import Graph
from viga_mcp.projection import box_corners, to_pixels
from viga_mcp.screens import OnScreen
from viga_mcp.visibility import Visibility

MIN_FILL = 0.02
MAX_OFF_CENTRE = 0.5
MAX_ROLL_DEG = 3.0
MAX_OFF_FRAME = 0.1
"""Of an object's silhouette; a rim that the frame cuts is no matter."""

MAX_SPAN = 0.3
"""Of the picture, what a box may take for its object to be expected as a whole; walls and floors go on outside."""

ALL_HIDDEN = 0.005
"""Of an object's silhouette within the frame, seen at most, to be called hidden."""


def find_in_view(screen: OnScreen, graph: Graph) -> Iterator[Finding]:
    """Facts about one view of the scene that the graph is of."""
    view, seen, framing, subject = screen.view, screen.objects, screen.framing, screen.subject
    drawn = [name for name in seen if name in subject]
    yield from _clipped(view, seen)
    if subject and not framing.fill:
        yield Finding(
            "nothing_seen",
            sorted(subject),
            f"{view!r} shows nothing of the subject: {few(sorted(subject))}.",
            "share of the picture with the subject",
            0.0,
            "",
        )
        return
    outside = [
        name
        for name in sorted(subject)
        if (name not in seen or not seen[name].visible_px) and _is_outside(screen, graph["objects"][name]["bounds"])
    ]
    if outside:
        yield Finding(
            "off_frame",
            outside,
            f"{view!r} does not have {few(outside)} within its frame.",
            "objects outside the frame",
            float(len(outside)),
            "",
        )
    for name in drawn:
        one = seen[name]
        if one.off_frame is not None and MAX_OFF_FRAME < one.off_frame < 1 and not _spans(screen, one):
            yield Finding(
                "cut_off",
                [name],
                f"{one.off_frame:.0%} of {name!r} is outside of {view!r}, at the {', '.join(one.touches)}.",
                "share outside the frame",
                one.off_frame,
                "",
                MAX_OFF_FRAME,
            )
    yield from _hidden(screen, drawn, graph)
    if framing.fill < MIN_FILL:
        yield Finding(
            "small",
            framing.subject,
            f"The subject fills {framing.fill:.2%} of {view!r}.",
            "share of the picture with the subject",
            framing.fill,
            "",
            MIN_FILL,
        )
    if framing.centre_offset and (off := max(framing.centre_offset, key=abs)) and abs(off) > MAX_OFF_CENTRE:
        right, down = framing.centre_offset
        yield Finding(
            "off_centre",
            framing.subject,
            f"The subject's middle is {right:+.0%} right and {down:+.0%} down of the centre of {view!r}, "
            "in halves of the picture.",
            "offset in halves of the picture",
            off,
            "",
            MAX_OFF_CENTRE,
        )
    if framing.roll_deg is not None and abs(framing.roll_deg) > MAX_ROLL_DEG:
        yield Finding(
            "tilted",
            [],
            f"The camera of {view!r} is rolled {framing.roll_deg:+.1f} deg, clockwise.",
            "roll",
            framing.roll_deg,
            "deg",
            MAX_ROLL_DEG,
        )


def _clipped(view: str, seen: Mapping[str, Visibility]) -> Iterator[Finding]:
    for plane in ("near", "far"):
        if cut := [name for name, one in seen.items() if plane in one.cut_by]:
            yield Finding(
                "clipped",
                cut,
                f"The {plane} plane of the camera of {view!r} cuts {few(cut)}.",
                "objects cut",
                float(len(cut)),
                "",
            )


def _is_outside(screen: OnScreen, bounds: Sequence[Sequence[float]]) -> bool:
    """Whether a world box lies wholly beyond one side of the frame, or behind the camera."""
    if screen.pose.fov_deg is None and screen.pose.ortho_scale is None:
        return False  # a panorama has no frame that a box could be beyond
    to_camera = np.linalg.inv(np.array(screen.pose.matrix_world))
    corners = box_corners(np.array(bounds, np.float64)) @ to_camera[:3, :3].T + to_camera[:3, 3]
    if bool((corners[:, 2] >= 0).all()):
        return True
    before = corners[corners[:, 2] < 0]
    x, y = to_pixels(before, screen.pose, screen.width, screen.height).T
    # the part before the camera of a box that reaches behind it may be anywhere
    beyond = (x < 0, x > screen.width, y < 0, y > screen.height)
    return len(before) == len(corners) and any(bool(side.all()) for side in beyond)


def _spans(screen: OnScreen, one: Visibility) -> bool:
    """Whether the picture is rather within the object than the object within the picture."""
    if {"left", "right"} <= {*one.touches} or {"top", "bottom"} <= {*one.touches} or one.box is None:
        return True
    x0, y0, x1, y1 = one.box
    return (x1 - x0) * (y1 - y0) > MAX_SPAN * screen.width * screen.height


def _hidden(screen: OnScreen, drawn: Sequence[str], graph: Graph) -> Iterator[Finding]:
    """What stands wholly behind something else; not what is within it, as a bulb in its shade is."""
    hiders: dict[str, str] = {}
    for name in drawn:
        one = screen.objects[name]
        if one.visible_share is not None and one.visible_share <= ALL_HIDDEN and one.hidden_by:
            if not any(_is_within(graph, name, other) for other, _ in one.hidden_by):
                hiders[name] = one.hidden_by[0][0]
    if hiders:
        told = [f"{name!r} (mostly behind {hider!r})" for name, hider in list(hiders.items())[:4]]
        more = f" and {len(hiders) - 4} more" if len(hiders) > 4 else ""
        yield Finding(
            "hidden",
            list(hiders),
            f"{screen.view!r} shows nothing of {', '.join(told)}{more}.",
            "objects behind others",
            float(len(hiders)),
            "",
        )


def _is_within(graph: Graph, name: str, other: str) -> bool:
    """Whether the box of one object lies in that of another, but for a tenth of its size."""
    inner, outer = graph["objects"][name]["bounds"], graph["objects"][other]["bounds"]
    if not inner or not outer:
        return False
    return all(a >= lo - 0.1 * (b - a) and b <= hi + 0.1 * (b - a) for a, b, lo, hi in zip(*inner, *outer, strict=True))
