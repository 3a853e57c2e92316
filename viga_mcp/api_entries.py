"""Blender's interface as a flat list of names, and paths through it. Pure: the plain data of `blender.api` in."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["type", "property", "function", "operator", "node", "socket", "bmesh"]
Facts = Mapping[str, Any]
Parts = Mapping[str, Mapping[str, Any]]  # by "types", "operators", "nodes", "bmesh"

# What programs usually call things, and what these are.
ROOTS = {
    "bpy.context": "Context", "context": "Context", "c": "Context", "bpy.data": "BlendData", "d": "BlendData",
    "scene": "Scene", "obj": "Object", "object": "Object", "ob": "Object", "o": "Object", "cube": "Object",
    "mesh": "Mesh", "me": "Mesh", "mat": "Material", "material": "Material", "light": "Light", "lamp": "Light",
    "camera": "Camera", "cam": "Camera", "world": "World", "node": "Node", "bsdf": "ShaderNodeBsdfPrincipled",
    "principled": "ShaderNodeBsdfPrincipled", "mod": "Modifier", "modifier": "Modifier", "curve": "Curve",
    "eevee": "SceneEEVEE", "cycles": "CyclesRenderSettings", "render": "RenderSettings", "tree": "NodeTree",
    "collection": "Collection", "view_layer": "ViewLayer", "action": "Action", "armature": "Armature",
    "strip": "Strip", "constraint": "Constraint", "image": "Image", "text": "TextCurve",
    "depsgraph": "Depsgraph", "socket": "NodeSocket", "fcurve": "FCurve", "spline": "Spline", "brush": "Brush",
    "posebone": "PoseBone", "bone": "Bone",
}  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """One name of the interface.

    Attributes:
        path: "Object.location", "bpy.ops.mesh.bevel", "ShaderNodeMix", "ShaderNodeMix.inputs['Factor']".
        name: The last part of the path.
        owner: The type that declares it; empty for types, nodes and operators of no module.
        facts: As `blender.api` and `blender.api_nodes` give them; for a socket `variants`, the sockets of that name.
    """

    path: str
    kind: Kind
    name: str
    owner: str
    facts: Facts = field(hash=False, compare=False)


def entries(parts: Parts) -> Iterator[Entry]:
    """Every name once: types, their own members, operators, nodes, sockets, bmesh's operators."""
    nodes = parts["nodes"]
    for name, facts in parts["types"].items():
        if name not in nodes:
            yield Entry(name, "type", name, "", facts)
        for member, about in _own_properties(parts, name).items():
            yield Entry(f"{name}.{member}", "property", member, name, about)
        for member, about in facts.get("functions", {}).items():
            kind: Kind = "property" if about.get("is_value") else "function"
            yield Entry(f"{name}.{member}", kind, member, name, about)
    for name, facts in nodes.items():
        yield Entry(name, "node", name, "", {**facts, "properties": _own_properties(parts, name)})
        for side in ("inputs", "outputs"):
            variants: dict[str, list[Facts]] = {}
            for socket in facts.get(side, ()):
                variants.setdefault(socket["name"], []).append(socket)
            for socket, of_name in variants.items():
                if socket:
                    yield Entry(f"{name}.{side}[{socket!r}]", "socket", socket, name, {"variants": of_name})
    for name, facts in parts["operators"].items():
        module, _, operator = name.partition(".")
        yield Entry(f"bpy.ops.{name}", "operator", operator, module, facts)
    for name, facts in parts["bmesh"].items():
        yield Entry(f"bmesh.ops.{name}", "bmesh", name, "bmesh", facts)


def _own_properties(parts: Parts, name: str) -> dict[str, Facts]:
    """A type's own properties; of a node with the defaults that a new one has."""
    now = parts["nodes"].get(name, {}).get("set", {})
    own: Mapping[str, Facts] = parts["types"].get(name, {}).get("properties", {})
    return {member: {**about, "default": now[member]} if now.get(member) else about for member, about in own.items()}


class Types:
    """The types of Blender and what their members lead to."""

    def __init__(self, types: Mapping[str, Facts]) -> None:
        self.types = types
        self._folded = {name.lower(): name for name in types}
        self._below: dict[str, list[str]] = {}
        for name, facts in types.items():
            self._below.setdefault(facts.get("base", ""), []).append(name)

    def spelt(self, name: str) -> str:
        """The type of this name in whatever case; '' if there is none."""
        return self._folded.get(name.lower(), "")

    def lineage(self, name: str) -> Iterator[str]:
        """A type and those it inherits from."""
        while name in self.types:
            yield name
            name = self.types[name].get("base", "")

    def below(self, name: str) -> Iterator[str]:
        """All types that inherit from one."""
        for child in self._below.get(name, ()):
            yield child
            yield from self.below(child)

    def declaring(self, owner: str, member: str) -> list[str]:
        """The types whose own member it is: one that `owner` has, else those of its descendants."""
        for name in self.lineage(owner):
            if self._has(name, member):
                return [name]
        return [name for name in self.below(owner) if self._has(name, member)]

    def targets(self, owner: str, member: str, *, is_item: bool) -> list[str]:
        """What a member holds; of a collection the collection's own type, or that of its items."""
        found: list[str] = []
        for name in self.declaring(owner, member)[:8]:
            about = self.types[name].get("properties", {}).get(member)
            if about is None:
                about = self.types[name].get("functions", {})[member]
            of = about.get("of", "") if is_item else about.get("collection") or about.get("of", "")
            of = of or (about.get("type", "") if about.get("is_value") else "")
            if of in self.types and of not in found:
                found.append(of)
        return found

    def _has(self, name: str, member: str) -> bool:
        facts = self.types[name]
        return member in facts.get("properties", ()) or member in facts.get("functions", ())


@dataclass(frozen=True)
class Step:
    """One part of an expression; `is_key` for `['key']`."""

    text: str
    is_key: bool = False


def read_steps(query: str) -> list[Step]:
    """The parts of `obj.data.inputs['Specular'].default_value`; arguments of calls are left out."""
    text = re.sub(r"\((?:[^()]|\([^()]*\))*\)?", "", query.strip())
    text = re.split(r"(?<![=<>!])=(?!=)|\s#", text)[0].strip().removeprefix("bpy.types.")
    steps = [
        Step(key or number or word, is_key=not word)
        for key, number, word in re.findall(r"\[\s*['\"]([^'\"]*)['\"]\s*\]|\[(\w*)\]|([A-Za-z_]\w*)", text)
    ]
    if [step.text for step in steps[:2]] in (["bpy", "context"], ["bpy", "data"]):
        steps[:2] = [Step(f"bpy.{steps[1].text}")]
    return steps


def resolve(steps: list[Step], types: Types, nodes: Mapping[str, Facts]) -> tuple[list[str], list[str]]:
    """Where a path leads.

    Returns:
        Paths of the entries that its last step is, and the types that its last step was asked of (or is, for a type):
        both empty where the first step is not known.
    """
    if not steps or steps[0].is_key:
        return [], []
    first = steps[0].text
    start = first if first in types.types else ROOTS.get(first.lower()) or types.spelt(first)
    if start not in types.types:
        return [], []
    owners, paths, side = [start], [start], ""
    for index, step in enumerate(steps[1:], 1):
        follows_key = index + 1 < len(steps) and steps[index + 1].is_key
        if step.is_key:
            if side:
                paths = [f"{o}.{side}[{step.text!r}]" for o in owners if _has_socket(nodes.get(o, {}), side, step.text)]
                side = ""
            continue
        asked = owners
        paths = [f"{name}.{step.text}" for owner in asked for name in types.declaring(owner, step.text)]
        paths = list(dict.fromkeys(paths))
        side = step.text if step.text in {"inputs", "outputs"} and follows_key else ""
        if index + 1 == len(steps):
            return paths, asked
        if not side:
            owners = [t for owner in asked for t in types.targets(owner, step.text, is_item=follows_key)]
        if not owners:
            return [], []
    return paths, owners


def _has_socket(node: Facts, side: str, name: str) -> bool:
    return any(socket["name"] == name for socket in node.get(side, ()))
