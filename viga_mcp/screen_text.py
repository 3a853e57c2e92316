"""What a view shows, in lines that a model reads."""

from viga_mcp.results import ObjectOnScreen, Screen


def screen_text(screen: Screen) -> str:
    """The frame first, then a line an object, the nearest first."""
    lines = [f"On the picture of {screen.view!r} ({screen.width} x {screen.height}):", _frame_line(screen)]
    lines += [f"{name}: {_object_text(one)}" for name, one in screen.objects.items()]
    return "\n".join(lines)


def _frame_line(screen: Screen) -> str:
    parts = [f"subject fills {screen.fill:.0%}", f"background {screen.background:.0%}"]
    if screen.subject_box and screen.centre_offset:
        right, down = screen.centre_offset
        parts.append(f"subject in {_box_text(screen.subject_box)}, its middle {right:+.0%} right and {down:+.0%} down")
    if screen.horizon_px:
        left, right = screen.horizon_px
        parts.append(f"horizon at y {left:.0f} (left) and {right:.0f} (right)")
    if screen.roll_deg is not None:
        parts.append(f"roll {round(screen.roll_deg, 1) + 0.0:g} deg")
    return "; ".join(parts)


def _object_text(one: ObjectOnScreen) -> str:
    if one.off_frame == 1 and not one.visible_px:
        return "; ".join(["outside the picture", *_cut_texts(one)])
    parts = [f"{one.visible_px} px"]
    if one.visible_share is not None:
        parts.append(f"{one.visible_share:.0%} of it seen")
    if one.hidden_by:
        parts.append("hidden by " + ", ".join(f"{name} {share:.0%}" for name, share in one.hidden_by.items()))
    if one.box:
        parts.append(_box_text(one.box))
    if one.nearest_m is not None:
        parts.append(f"{one.nearest_m:.3g} m away")
    if one.off_frame:
        parts.append(f"{one.off_frame:.0%} outside the picture")
    if one.touches:
        parts.append(f"touches {', '.join(one.touches)}")
    return "; ".join([*parts, *_cut_texts(one)])


def _cut_texts(one: ObjectOnScreen) -> list[str]:
    return [f"cut by the camera's {plane} plane" for plane in one.cut_by]


def _box_text(box: list[int]) -> str:
    return f"box {box[0]},{box[1]}..{box[2]},{box[3]}"
