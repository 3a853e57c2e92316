# pyright: basic, reportAttributeAccessIssue=false, reportMissingImports=false
"""Outdated places of a program, found in its text before it runs. Pure: standard library only.

A finding is certain or it is not made: an attribute counts only where the text tells the type of its owner
(`infer.py`), and code that asks for the version, asks whether a name is there, or expects to fail (`try`) is left
alone. A finding of severity "error" means that the statement fails when it is reached.
"""

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fnmatch import translate
from functools import cache

from viga_mcp.blender.changes import CHANGES, Change, Version
from viga_mcp.blender.drift import replacements, sentence
from viga_mcp.blender.guards import is_guarded, names_of_guards
from viga_mcp.blender.infer import Program, argument, argument_node, constant

MAX_CHARACTERS = 200_000  # a longer program is data; parsing and walking it would take most of a second
UNCHECKED = {"P15", "P18", "R19"}  # 5.x still takes these, and programs for 4.x need them


@dataclass(frozen=True)
class Fix:
    """A rename: the characters from `start` to `end` of the program become `text`."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Finding:
    """One outdated place.

    Attributes:
        row: Id of the row of the change table.
        severity: "error" if the statement fails, "silent" if it does something else, "warning" if it still works.
        line: From 1.
        column: From 0, in characters.
        old: The spelling in the program.
        new: What the table says instead.
        sentence: Both as one sentence.
        fix: The rename, where a rename is all that is needed.
    """

    row: str
    severity: str
    line: int
    column: int
    old: str
    new: str
    sentence: str
    fix: Fix | None = None


def lint(source: str, version: Version) -> list[Finding]:
    """The outdated places of a program for one version of Blender, in order; none for text that is no Python."""
    if len(source) > MAX_CHARACTERS:
        return []
    try:
        tree = ast.parse(source)
        return _Lint(source, tree, version).findings()
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []


class _Lint:
    def __init__(self, source: str, tree: ast.Module, version: Version) -> None:
        self.version = version
        self.program = Program(tree)
        self.lines = re.split(r"(?<=\n)|(?<=\r)(?!\n)", source)  # as `ast` counts: str.splitlines knows more line ends
        self.starts = [0]
        for line in self.lines:
            self.starts.append(self.starts[-1] + len(line))
        self.source = source
        self.found: dict[tuple[int, int], Finding] = {}
        self.rows = _rows(version)

    def findings(self) -> list[Finding]:
        self._walk(self.program.tree, names_of_guards(self.program.tree))
        return [self.found[place] for place in sorted(self.found)]

    def _walk(self, node: ast.AST, guards: set[str]) -> None:
        if is_guarded(node, guards):
            return
        match node:
            case ast.Attribute():
                self._attribute(node)
            case ast.Subscript():
                self._key(node)
            case ast.Assign(targets=[target], value=value):
                self._assigned(target, value)
            case ast.Call():
                self._call(node)
            case ast.Import() | ast.ImportFrom():
                self._import(node)
            case ast.BinOp():
                self._product(node)
            case ast.ClassDef():
                self._class(node)
        for child in ast.iter_child_nodes(node):
            self._walk(child, guards)

    # One place may be found by several rows: the first counts, which is the more special one.
    def _find(self, change: Change, node: ast.AST, name: str, fix: Fix | None = None) -> None:
        start = self._offset(node.lineno, node.col_offset)
        line = node.lineno
        at = fix.start if fix else start
        if fix:
            line = self.source.count("\n", 0, at) + 1
        text = sentence(change, name, self.version)
        new = (
            next(iter(replacements(change, name)), "") if change.applies(self.version) else change.before or change.old
        )
        severity = change.severity if change.applies(self.version) else "error"
        finding = Finding(change.id, severity, line, at - self.starts[line - 1], name, new or change.new, text, fix)
        self.found.setdefault((line, finding.column), finding)

    def _attribute(self, node: ast.Attribute) -> None:
        kind = self.program.kind(node.value)
        if not kind:
            return
        for change in self.rows.of("attribute", node.attr):
            where = change.where or change.on
            if where.startswith("="):
                if not isinstance(node.ctx, ast.Store):
                    continue
                where = where[1:]
            if where and re.search(where, kind):
                self._find(change, node, node.attr, self._rename_attribute(change, node))
                return

    def _key(self, node: ast.Subscript) -> None:
        name, kind = constant(node.slice), self.program.kind(node.value)
        if kind == "NodesModifier" and (self._has("N3") or str(name).startswith("Input_")):
            self._find(self._row("N3" if self._has("N3") else "N2"), node, str(name))
        if not isinstance(name, str) or not kind:
            return
        for change in self.rows.of("key", name):
            if change.where and re.search(change.where, kind):
                self._find(change, node, name, self._rename_text(change, node.slice, name))
                return

    def _assigned(self, target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, ast.Attribute) and (kind := self.program.kind(target.value)):
            self._enum(f"{kind}.{target.attr}", value)
            self._shape(kind, target.attr, value, target)

    def _enum(self, place: str, value: ast.expr | None) -> None:
        name = constant(value)
        if not isinstance(name, str) or value is None:
            return
        for change in self.rows.of("enum", name):
            if place in change.where.split("|"):
                self._find(change, value, name, self._rename_text(change, value, name))
                return

    def _shape(self, kind: str, member: str, value: ast.expr, target: ast.expr) -> None:
        wanted = _SHAPES.get(f"{kind}.{member}")
        if wanted is None:
            return
        count, row = wanted
        is_number = isinstance(constant(value), (int, float)) and not isinstance(constant(value), bool)
        given = 1 if is_number else len(value.elts) if isinstance(value, ast.Tuple | ast.List) else count
        has_star = isinstance(value, ast.Tuple | ast.List) and any(isinstance(v, ast.Starred) for v in value.elts)
        if given != count and not has_star and (row != "P7" or given == 1):
            self._find(self._row(row), target, member)

    def _call(self, call: ast.Call) -> None:
        function = call.func
        name = self.program.dotted(function)
        if not name and isinstance(function, ast.Attribute):
            owner = self.program.kind(function.value)
            name = f"{owner}.{function.attr}" if owner else ""
            if function.attr == "new" and owner in {"Nodes", ""}:
                self._node(call)
        if not name:
            return
        if name.startswith("bpy.ops."):
            operator = name.removeprefix("bpy.ops.")
            if change := next(self.rows.of("operator", operator), None):
                self._find(change, function, operator, self._rename_operator(change, call))
                return
            if call.args and isinstance(call.args[0], ast.Dict):
                self._find(self._row("O19"), call.args[0], "")
            elif call.args and self.program.kind(call.args[0]) == "context copy":
                self._find(self._row("O22"), call.args[0], "")
        for keyword in call.keywords:
            for change in self.rows.of("keyword", keyword.arg or ""):
                if keyword.arg and change.where and re.search(change.where, name):
                    self._find(change, keyword, keyword.arg, self._rename_keyword(change, keyword))
                    break
        for value in (*call.args, *(keyword.value for keyword in call.keywords)):
            text = constant(value)
            for change in self.rows.of("enum", text) if isinstance(text, str) else ():
                if any(_taken(place, name, call) is value for place in change.where.split("|")):
                    self._find(change, value, str(text), self._rename_text(change, value, str(text)))
        for pattern, row, is_wrong in _CALLS:
            if re.fullmatch(pattern, name) and self._has(row) and is_wrong(self.program, call):
                self._find(self._row(row), call, "")

    def _node(self, call: ast.Call) -> None:
        value = argument_node(call, 0, "type")
        name = constant(value)
        if not isinstance(name, str) or value is None:
            return
        if change := next(self.rows.of("node", name), None):
            self._find(change, value, name, self._rename_text(change, value, name))

    def _import(self, node: ast.Import | ast.ImportFrom) -> None:
        names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
        for name in names:
            top = name.partition(".")[0]
            for change in self.rows.of("module", top):
                self._find(change, node, top)

    def _product(self, node: ast.BinOp) -> None:
        if isinstance(node.op, ast.Mult) and self.program.kind(node.left) == "Matrix":
            other = self.program.kind(node.right)
            if other in {"Matrix", "Vector"}:
                self._find(self._row("O9b" if other == "Matrix" else "O9"), node, "*")

    def _class(self, node: ast.ClassDef) -> None:
        if not any(self.program.kind(base) in _PROPERTY_OWNERS for base in node.bases):
            return
        for statement in node.body:
            match statement:
                case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=ast.Attribute(value=owner))):
                    if self.program.kind(owner) == "bpy.props":
                        self._find(self._row("I11"), statement, name)

    def _row(self, row: str) -> Change:
        return _BY_ID[row]

    def _has(self, row: str) -> bool:
        return _BY_ID[row].applies(self.version)

    def _new_name(self, change: Change, name: str) -> str:
        """The one name that replaces another, in a row that is a rename in this version; '' if it is none."""
        if change.applies(self.version) and change.autofix:
            return next(iter(replacements(change, name)), "")
        return ""

    def _rename_text(self, change: Change, node: ast.expr, name: str) -> Fix | None:
        new = self._new_name(change, name)
        start, end = self._span(node)
        quoted = self.source[start:end]
        if not new or quoted not in {f"'{name}'", f'"{name}"'}:
            return None
        return Fix(start, end, f"{quoted[0]}{new}{quoted[0]}")

    def _rename_attribute(self, change: Change, node: ast.Attribute) -> Fix | None:
        new = self._new_name(change, node.attr)
        path = re.sub(r"^bpy\.(data|context)\.|^[a-z_]+\.", "", new)
        if not re.fullmatch(r"[\w.]+", path):
            return None
        owner, (_, end) = node.value, self._span(node)
        # A property that left `object.cycles` or `scene.eevee` for the object or the scene leaves that step out.
        is_step = isinstance(owner, ast.Attribute) and owner.attr in {"cycles", "eevee"}
        start = self._span(owner.value if is_step and isinstance(owner, ast.Attribute) else owner)[1]
        is_plain = re.fullmatch(r"(\s*\.\s*\w+){1,2}", self.source[start:end])
        return Fix(start, end, f".{path}") if is_plain else None

    def _rename_operator(self, change: Change, call: ast.Call) -> Fix | None:
        name = self.program.dotted(call.func)
        new = self._new_name(change, name.removeprefix("bpy.ops."))
        start, end = self._span(call.func)
        keywords = {keyword.arg for keyword in call.keywords}
        if not new or call.args or self.source[start:end] != name or not keywords <= set(re.findall(r"(\w+)=", new)):
            return None
        return Fix(start, end, new.partition("(")[0])

    def _rename_keyword(self, change: Change, keyword: ast.keyword) -> Fix | None:
        new, start = self._new_name(change, keyword.arg or ""), self._offset(keyword.lineno, keyword.col_offset)
        return Fix(start, start + len(keyword.arg or ""), new) if new else None

    def _span(self, node: ast.expr) -> tuple[int, int]:
        return self._offset(node.lineno, node.col_offset), self._offset(node.end_lineno or 1, node.end_col_offset or 0)

    def _offset(self, line: int, column: int) -> int:
        text = self.lines[line - 1]
        return self.starts[line - 1] + (column if text.isascii() else len(text.encode()[:column].decode()))


class _Rows:
    """The rows that can fire in a version, by kind and name."""

    def __init__(self, version: Version) -> None:
        self._named: dict[tuple[str, str], list[Change]] = {}
        self._patterns: dict[str, list[tuple[re.Pattern[str], Change]]] = {}
        for change in CHANGES:
            if change.id in UNCHECKED or change.where == "-":
                continue
            names = change.old if change.applies(version) else change.arrived if version < change.since else ""
            for name in filter(None, names.split("|")):
                if "*" in name or "[" in name:
                    self._patterns.setdefault(change.kind, []).append((re.compile(translate(name)), change))
                else:
                    self._named.setdefault((change.kind, name), []).append(change)

    def of(self, kind: str, name: str) -> Iterator[Change]:
        """The rows that call a name outdated: those that name it, then those with wildcards."""
        yield from self._named.get((kind, name), ())
        yield from (change for pattern, change in self._patterns.get(kind, ()) if pattern.match(name))


_rows = cache(_Rows)
_BY_ID = {change.id: change for change in CHANGES}

_PROPERTY_OWNERS = {f"bpy.types.{name}" for name in ("PropertyGroup", "Operator", "Panel", "AddonPreferences")}

# How many values a property takes, and the row that says so.
_SHAPES = {
    "Material.diffuse_color": (4, "P20"),
    "ShaderNodeBsdfPrincipled.inputs['Base Color'].default_value": (4, "P20"),
    "ShaderNodeBsdfPrincipled.inputs['Emission Color'].default_value": (4, "P20"),
    "ShaderNodeBsdfPrincipled.inputs['Specular Tint'].default_value": (4, "P7"),
    "ShaderNodeBsdfPrincipled.inputs['Sheen Tint'].default_value": (4, "P7"),
    "Light.color": (3, "P21"),
    "Object.scale": (3, "O23"),
}


# Functions whose arguments tell: a pattern for the function, the row, and what makes a call wrong.
_CALLS: tuple[tuple[str, str, Callable[[Program, ast.Call], bool]], ...] = (
    (r"Object\.to_mesh", "O13", lambda _, call: bool(call.args)),
    (r"Scene\.ray_cast", "O14", lambda program, call: bool(call.args) and program.kind(call.args[0]) == "ViewLayer"),
    (r"BlendData\[\w+\]\.remove", "O16",
     lambda _, call: len(call.args) == 2 and not any(isinstance(a, ast.Starred) for a in call.args)),
    (r"bmesh\.ops\.delete", "M12", lambda _, call: isinstance(argument(call, 9, "context"), int)),
    (r"Scene\.frame_set", "K5", lambda _, call: isinstance(argument(call, 0, "frame"), float)),
    (r"Object\.keyframe_insert", "K6", lambda _, call: argument(call, 0, "data_path") in {"loc", "rot", "rotation"}),
)  # fmt: skip


def _taken(place: str, name: str, call: ast.Call) -> ast.expr | None:
    """What a call gives for the parameter of `function(position name)`; None for calls of other functions."""
    match = re.fullmatch(r"(.+)\((\d) (\w+)\)", place)
    return argument_node(call, int(match[2]), match[3]) if match and match[1] == name else None
