"""Entries of Blender's interface as text: what is needed to write the right line of code. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from viga_mcp.api_entries import Entry, Facts

MAX_ITEMS_LINE, MAX_ITEMS_WHOLE = 12, 80
MAX_MEMBERS, MAX_VARIANTS = 60, 4
DOC_CHARACTERS, LINE_CHARACTERS = 110, 260
UNLIMITED = 1e9  # a limit of a light year is none
_UNITS = {"LENGTH": "metres", "ROTATION": "radians", "TIME": "frames", "TIME_ABSOLUTE": "seconds", "POWER": "watts",
          "TEMPERATURE": "kelvin", "CAMERA": "millimetres", "MASS": "kilograms"}  # fmt: skip
_SOCKET_UNITS = {"Distance": "metres", "Angle": "radians", "Euler": "radians", "Translation": "metres",
                 "Time": "frames", "TimeAbsolute": "seconds"}  # fmt: skip
_COLORS = {"COLOR", "COLOR_GAMMA"}


def line(entry: Entry) -> str:
    """An entry on one line of bounded length."""
    head, doc = (
        _cut(_head(entry, MAX_ITEMS_LINE), LINE_CHARACTERS),
        _cut(str(entry.facts.get("doc", "")), DOC_CHARACTERS),
    )
    return f"{head}. {doc}" if doc else head


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def whole(entry: Entry) -> str:
    """An entry with all that is known: arguments, sockets, members, every item of an enum."""
    doc = str(entry.facts.get("doc", ""))
    lines = [_head(entry, MAX_ITEMS_WHOLE) + (f". {doc}" if doc else "")]
    lines += (f"  {detail}" for detail in _details(entry))
    return "\n".join(lines)


def _head(entry: Entry, most: int) -> str:
    facts = entry.facts
    match entry.kind:
        case "property":
            return f"{entry.path}: {value(facts, most)}"
        case "socket":
            return f"{entry.path}: {_variants(facts['variants'], most)}"
        case "function":
            return f"{entry.path}{_call(facts)}"
        case "operator":
            arguments = ", ".join(_argument(parameter) for parameter in facts.get("parameters", ()))
            return f"{entry.path}({arguments})"
        case "bmesh":
            return f"{entry.path}{facts['call']}"
        case "node":
            homes = ", ".join(tree.removesuffix("NodeTree").lower() for tree in facts["trees"])
            sides = [
                f"{side} {', '.join(_socket_names(facts[side]))}" for side in ("inputs", "outputs") if side in facts
            ]
            return f"{entry.path} '{facts['label']}' ({homes}): {'; '.join(sides) or 'no sockets'}"
        case "type":
            base = facts.get("base", "")
            return f"{entry.path}" + (f" (a {base})" if base not in {"", "bpy_struct"} else "")


def _details(entry: Entry) -> Iterator[str]:
    facts = entry.facts
    match entry.kind:
        case "operator" | "function":
            for parameter in facts.get("parameters", ()):
                yield f"{parameter['id']}: {value(parameter, MAX_ITEMS_WHOLE)}{_tail(parameter)}"
            for result in facts.get("returns", ()):
                yield f"-> {result['id']}: {value(result, MAX_ITEMS_LINE)}{_tail(result)}"
        case "node":
            for side in ("inputs", "outputs"):
                for name in dict.fromkeys(socket["name"] for socket in facts.get(side, ())):
                    variants = [socket for socket in facts[side] if socket["name"] == name]
                    yield f"{side}[{name!r}]: {_variants(variants, MAX_ITEMS_WHOLE)}"
            for name, about in facts["properties"].items():
                yield f".{name}: {value(about, MAX_ITEMS_WHOLE)}{_tail(about)}"
        case "type":
            yield from _members("properties", facts.get("properties", {}))
            yield from _members("functions", facts.get("functions", {}))
        case _:
            if facts.get("collection"):
                yield f"The collection itself is a {facts['collection']}."


def _members(title: str, members: Mapping[str, Facts]) -> Iterator[str]:
    if members:
        names = list(members)
        more = f" and {len(names) - MAX_MEMBERS} more" if len(names) > MAX_MEMBERS else ""
        yield f"{title}: {', '.join(names[:MAX_MEMBERS])}{more}"


def value(facts: Facts, most: int = MAX_ITEMS_LINE) -> str:
    """What a property takes: `float[3] radians, 0 to 1, default (0, 0, 0)`."""
    parts = [_type(facts)]
    if unit := facts.get("unit"):
        parts[0] += f" {_UNITS.get(unit, unit.lower())}"
    if (limits := _limits(facts)) != "":
        parts.append(limits)
    if "default" in facts and not facts.get("is_required"):
        parts.append(f"default {_default(facts)}")
    if facts.get("items"):
        parts.append(f"one of {_items(facts['items'], most)}" if not facts.get("is_flag") else
                     f"a set of {_items(facts['items'], most)}")  # fmt: skip
    if facts.get("is_live"):
        parts.append("these in the default scene")
    if facts.get("is_required"):
        parts.append("required")
    if facts.get("is_readonly") and facts.get("type") not in {"pointer", "collection"}:
        parts.append("read-only")
    if facts.get("deprecated"):
        parts.append(f"DEPRECATED: {facts['deprecated']}")
    return ", ".join(parts)


def _type(facts: Facts) -> str:
    kind = str(facts.get("type", "")) or "value"
    if kind in {"pointer", "collection"}:
        return ("" if kind == "pointer" else "collection of ") + str(facts.get("of", ""))
    size = "".join(f"[{length}]" for length in facts.get("size", ()))
    color = " color" if facts.get("subtype") in _COLORS else ""
    return f"{kind}{size}{color}"


def _limits(facts: Facts) -> str:
    low, high = (
        limit if limit is not None and abs(limit) < UNLIMITED else None for limit in map(facts.get, ("min", "max"))
    )
    if low is not None and high is not None:
        return f"{number(low)} to {number(high)}"
    return f"at least {number(low)}" if low is not None else f"at most {number(high)}" if high is not None else ""


def _default(facts: Facts) -> str:
    default: Any = facts["default"]
    if isinstance(default, list):
        values = cast("list[Any]", default)  # JSON has no closer type
        count = 1
        for length in facts.get("size", ()):
            count *= length
        if len(values) == 1 and count <= 4:
            values = values * count
        if facts.get("is_flag"):
            return "{" + ", ".join(map(repr, values)) + "}"
        return f"({', '.join(map(number, values))})" if 1 < len(values) <= 4 else f"all {number(values[0])}"
    return number(default)


def _items(items: Sequence[Sequence[str]], most: int) -> str:
    shown = [
        repr(identifier) + (f" ({name})" if name and most > MAX_ITEMS_LINE else "") for identifier, name in items[:most]
    ]
    return ", ".join(shown) + (f" and {len(items) - most} more" if len(items) > most else "")


def _variants(sockets: Sequence[Facts], most: int) -> str:
    """The socket of a name, and what else it is when the node's properties say so."""
    if len(sockets) <= MAX_VARIANTS:
        return "; ".join(_socket(socket, most) for socket in sockets)
    others = [f"{_socket_type(str(socket['type']))} with {socket.get('when', '')}" for socket in sockets[1:]]
    return f"{_socket(sockets[0], most)}; {', '.join(others)}"


def _socket(socket: Facts, most: int) -> str:
    parts = [_socket_type(str(socket["type"]))]
    if (limits := _limits(socket)) != "":
        parts.append(limits)
    if "default" in socket:
        default: Any = socket["default"]
        values = cast("list[Any]", default) if isinstance(default, list) else []  # JSON has no closer type
        parts.append(f"default ({', '.join(map(number, values))})" if values else f"default {number(default)}")
    if socket.get("items"):
        parts.append("one of " + _items([(item, "") for item in socket["items"]], most))
    if socket.get("identifier"):
        parts.append(f"identifier {socket['identifier']!r}")
    if socket.get("when"):
        parts.append(f"there with {socket['when']}")
    return ", ".join(parts)


def _socket_type(kind: str) -> str:
    """`FloatDistance` as "float metres"; what a factor is, its range tells."""
    for base in ("Float", "Int", "Vector"):
        if kind.startswith(base) and (subtype := kind.removeprefix(base)) not in {"", "Factor", "Unsigned"}:
            return f"{base.lower()} {_SOCKET_UNITS.get(subtype, f'({subtype.lower()})')}"
    return kind.removesuffix("Factor").lower()


def _socket_names(sockets: Sequence[Facts]) -> list[str]:
    return list(dict.fromkeys(repr(socket["name"]) for socket in sockets))


def _call(facts: Facts) -> str:
    if "call" in facts:
        return str(facts["call"])
    arguments = ", ".join(_argument(parameter) for parameter in facts.get("parameters", ()))
    returns = ", ".join(str(result["id"]) for result in facts.get("returns", ()))
    return f"({arguments})" + (f" -> {returns}" if returns else "")


def _argument(parameter: Facts) -> str:
    if parameter.get("is_required"):
        return str(parameter["id"])
    default = _default(parameter) if "default" in parameter else "None" if "of" in parameter else "..."
    return f"{parameter['id']}={default}"


def _tail(facts: Facts) -> str:
    doc = str(facts.get("doc", "")) or str(facts.get("label", ""))
    return f". {doc[:DOC_CHARACTERS]}" if doc else ""


def number(value: Any) -> str:
    """A value as a program writes it; whole numbers without a point."""
    if isinstance(value, float):
        return f"{value:g}"
    return repr(value)
