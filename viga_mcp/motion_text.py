"""What moves and meets, short enough for a reply: as facts and as text."""

from collections.abc import Mapping, Sequence
from typing import Any

from viga_mcp.findings import length
from viga_mcp.results import Motion, ObjectContact, ObjectMotion

MAX_OBJECTS, MAX_CONTACTS = 40, 60
TOLD_OBJECTS, TOLD_CONTACTS = 8, 12
MAX_POSITIONS = 32
"""Of all told objects together."""
MAX_POSITIONS_EACH = 9
TOLD_OF_EACH = 6


def rounded(value: Any, digits: int = 6) -> Any:
    """Plain data with its floats to so many significant digits."""
    if isinstance(value, float):
        return float(f"{value:.{digits}g}")
    if isinstance(value, Mapping):
        return {key: rounded(one, digits) for key, one in value.items()}  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, list | tuple):
        return [rounded(one, digits) for one in value]  # pyright: ignore[reportUnknownVariableType]
    return value


def shortened(scene: str, revision: str, reply: Mapping[str, Any], file: str) -> Motion:
    """The facts of a reply.

    Args:
        reply: What `blender.trace.trace` says.
        file: Where all of it is.
    """
    first, last, rows = reply["first"], reply["last"], reply["objects"]
    count = last - first + 1
    each = min(MAX_POSITIONS_EACH, count, max(2, MAX_POSITIONS // max(1, min(len(rows), TOLD_OBJECTS))))
    shown = sorted({round(i * (count - 1) / (each - 1)) for i in range(each)})
    objects = [
        {**row, "positions": [(first + i, *row["positions"][i]) for i in shown]}
        for row in rounded(rows[:MAX_OBJECTS], 4)
    ]
    return Motion(
        scene=scene,
        revision=revision,
        frames=[first, last],
        fps=reply["fps"],
        moving=len(rows),
        objects=[ObjectMotion.model_validate(row) for row in objects],
        meeting=len(reply["contacts"]),
        contacts=[ObjectContact.model_validate(row) for row in rounded(reply["contacts"][:MAX_CONTACTS], 4)],
        skipped=reply["skipped"],
        file=file,
    )


def text(facts: Motion, *, are_named: bool) -> str:
    """Text that stands by itself; `are_named` where the objects were asked for by name."""
    first, last = facts.frames
    lines = [
        f"{facts.scene} {facts.revision}: frames {first} to {last} at {facts.fps:g} a second, "
        f"{_movers(facts.moving, are_named=are_named)}{', the longest way first' * (facts.moving > 1)}."
    ]
    for row in facts.objects[:TOLD_OBJECTS]:
        lines += [_object(row), f"   frame x y z{' of its centre' * (row.of == 'centre')}: {_positions(row)}"]
    lines += _more(facts.moving, TOLD_OBJECTS, "objects")
    if facts.moving:
        lines.append(f"Contacts: {facts.meeting or 'none'}{' pairs' * (facts.meeting > 1)}.")
    lines += [_contact(row) for row in facts.contacts[:TOLD_CONTACTS]]
    lines += _more(facts.meeting, TOLD_CONTACTS, "pairs")
    lines += [f"Not looked at: {what}." for what in facts.skipped]
    return "\n".join([*lines, f"All positions and contacts: {facts.file}"])


def _movers(count: int, *, are_named: bool) -> str:
    if are_named:
        return f"{count or 'none'} of the named objects move{'s' * (count < 2)}"
    return f"{count or 'no'} object{'s' * (count != 1)} move{'s' * (count == 1)}"


def _object(row: ObjectMotion) -> str:
    parts = [f"goes {length(row.distance)}"]
    if row.distance - row.displacement > 0.01 * row.distance:
        parts[0] += f" and ends {length(row.displacement)} from where it began"
    if row.distance:
        parts.append(f"fastest {row.peak_speed:.3g} m/s at frame {row.peak_frame}")
    if row.turn_deg >= 0.05:
        parts.append(f"turns {row.turn_deg:.4g} deg")
    if abs(row.scale - 1) > 1e-4:
        parts.append(f"ends at {row.scale:.3g} times its size")
    if row.lowest[0] != row.highest[0]:
        parts.append(f"z {row.lowest[0]:.4g} (frame {row.lowest[1]}) to {row.highest[0]:.4g} (frame {row.highest[1]})")
    if row.rests:
        parts.append(f"rests at frames {_spans(row.rests)}")
    return f"- {row.name!r} {', '.join(parts)}."


def _contact(row: ObjectContact) -> str:
    place = " ".join(map(_short, row.place))
    speed = "" if row.speed is None else f" at {row.speed:.3g} m/s"
    began = "from the start" if row.frame is None else f"first at frame {row.frame:g}{speed}, near {place}"
    line = f"- {row.objects[0]!r} and {row.objects[1]!r} touch {began}; frames {_spans(row.touches)}"
    if row.bounces:
        told = [f"{b.frame:g} ({b.speed_in:.3g} to {b.speed_out:.3g} m/s)" for b in row.bounces[:TOLD_OF_EACH]]
        line += f"; bounces at {', '.join(told)}" + _and_more(row.bounces)
    return f"{line}."


def _positions(row: ObjectMotion) -> str:
    return ", ".join(f"{frame} ({_short(x)} {_short(y)} {_short(z)})" for frame, x, y, z in row.positions)


def _short(value: float) -> str:
    """To a millimetre: what is nearer to 0 is noise beside the rest."""
    return f"{round(value, 3) + 0.0:g}"


def _spans(spans: Sequence[tuple[float, float]]) -> str:
    told = [f"{start:g}" if start == end else f"{start:g}-{end:g}" for start, end in spans[:TOLD_OF_EACH]]
    return ", ".join(told) + _and_more(spans)


def _and_more(things: Sequence[object]) -> str:
    return f" and {len(things) - TOLD_OF_EACH} more" if len(things) > TOLD_OF_EACH else ""


def _more(count: int, told: int, what: str) -> list[str]:
    return [f"- {count - told} more {what}: see the file, or ask with names."] if count > told else []
