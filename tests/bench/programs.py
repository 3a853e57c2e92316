"""Write one list of settings as programs of different styles, wrong values and right ones side by side."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import groupby
from random import Random

Scalar = float | int | str | bool
Value = Scalar | tuple[float, ...]


@dataclass(frozen=True)
class Setting:
    """One assignment `bpy.data.<collection>["<name>"].<path> = value`, with the value of the goal and of the start."""

    collection: str
    name: str
    path: str
    right: Value
    wrong: Value

    @property
    def owner(self) -> str:
        return f'bpy.data.{self.collection}["{self.name}"]'

    @property
    def marked(self) -> str:
        """The value as source; `{{wrong|right}}` where the two differ."""
        if isinstance(self.right, tuple):
            assert isinstance(self.wrong, tuple)
            return "(" + ", ".join(map(_mark, self.wrong, self.right)) + ")"
        assert not isinstance(self.wrong, tuple)
        return _mark(self.wrong, self.right)

    @property
    def wrong_numbers(self) -> int:
        return self.marked.count("{{")

    @property
    def label(self) -> str:
        """A variable's name for it: `cup_location`, `key_bulge_value`."""
        words = re.findall(r"\w+", self.name + " " + self.path)
        kept = [word for word in words if word.lower() not in _NOISE]
        return "_".join(dict.fromkeys(kept)).lower()


_NOISE = {
    "node_tree",
    "nodes",
    "principled",
    "bsdf",
    "inputs",
    "default_value",
    "modifiers",
    "key_blocks",
    "data",
    "background",
    "view_settings",
}


def _mark(wrong: Scalar, right: Scalar) -> str:
    return literal(right) if literal(wrong) == literal(right) else f"{{{{{literal(wrong)}|{literal(right)}}}}}"


def literal(value: Scalar) -> str:
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, bool | int):
        return repr(value)
    return repr(float(f"{value:.4g}"))


def choose(program: str, *, goal: bool) -> str:
    """The start's or the goal's program of a marked one."""
    return re.sub(r"\{\{(.*?)\|(.*?)\}\}", lambda pair: pair[2 if goal else 1], program)


def plain(settings: list[Setting], rng: Random) -> str:
    """BlenderGym's way: one literal assignment a line."""
    lines: list[str] = []
    for owner, group in groupby(settings, key=lambda one: one.owner):
        of_owner = list(group)
        lines.append(f"# {of_owner[0].name}")
        if len(of_owner) > 2 and rng.random() < 0.6:
            alias = re.sub(r"\W", "_", of_owner[0].name).lower()
            lines += [f"{alias} = {owner}", *(f"{alias}.{one.path} = {one.marked}" for one in of_owner)]
        else:
            lines += [f"{owner}.{one.path} = {one.marked}" for one in of_owner]
    return "\n".join(["import bpy", "", *lines, ""])


def variables(settings: list[Setting], rng: Random) -> str:
    """Every value has a name at the top; some tuples are taken apart."""
    top: list[str] = []
    body: list[str] = []
    for one in settings:
        name = one.label.upper()
        if isinstance(one.right, tuple) and rng.random() < 0.5:
            parts = one.marked[1:-1].split(", ")
            axes = ("RGBA" if "olor" in one.path else "XYZW")[: len(parts)]
            top += [f"{name}_{axis} = {part}" for axis, part in zip(axes, parts, strict=True)]
            body.append(f"{one.owner}.{one.path} = ({', '.join(f'{name}_{axis}' for axis in axes)})")
        else:
            top.append(f"{name} = {one.marked}")
            body.append(f"{one.owner}.{one.path} = {name}")
    return "\n".join(["import bpy", "", *top, "", *body, ""])


def loops(settings: list[Setting], rng: Random) -> str:
    """Tables of names and values, walked by loops."""
    lines = ["import bpy", ""]
    for group in _alike(settings):
        first = group[0]
        if len(group) == 1:
            lines.append(f"{first.owner}.{first.path} = {first.marked}")
            continue
        rows = [f'    ("{one.name}", {one.marked}),' for one in group]
        lines += ["for name, value in [", *rows, "]:", f"    bpy.data.{first.collection}[name].{first.path} = value"]
    return "\n".join([*lines, ""])


def functions(settings: list[Setting], rng: Random) -> str:
    """A small helper for each kind of assignment, then its calls."""
    heads: list[str] = []
    calls: list[str] = []
    for group in _alike(settings):
        first = group[0]
        if len(group) == 1 and not isinstance(first.right, tuple):
            calls.append(f"{first.owner}.{first.path} = {first.marked}")
            continue
        what = first.label.removeprefix(first.name.lower().replace(".", "_") + "_")
        verb = {"location": "move_to"}.get(first.path, f"set_{what}")
        if isinstance(first.right, tuple):
            names = (
                ["x", "y", "z", "w"][: len(first.right)]
                if "olor" not in first.path
                else ["r", "g", "b", "a"][: len(first.right)]
            )
            value = f"({', '.join(names)})"
        else:
            names, value = ["value"], "value"
        verb = f"{verb}_of_{first.collection}" if any(f"def {verb}(" in head for head in heads) else verb
        heads += [
            "",
            "",
            f"def {verb}(name, {', '.join(names)}):",
            f"    bpy.data.{first.collection}[name].{first.path} = {value}",
        ]
        calls += [
            f'{verb}("{one.name}", {one.marked[1:-1] if isinstance(one.right, tuple) else one.marked})' for one in group
        ]
    return "\n".join(["import bpy", *heads, "", "", *calls, ""])


def _alike(settings: Iterable[Setting]) -> list[list[Setting]]:
    groups: dict[tuple[str, str], list[Setting]] = {}
    for one in settings:
        groups.setdefault((one.collection, one.path), []).append(one)
    return list(groups.values())


STYLES: dict[str, Callable[[list[Setting], Random], str]] = {
    "plain": plain,
    "variables": variables,
    "loops": loops,
    "functions": functions,
}
