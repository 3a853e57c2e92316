# pyright: basic, reportAttributeAccessIssue=false, reportMissingImports=false
"""What the expressions of a program are in Blender's terms, as far as the text tells. Pure: standard library only.

`scene = bpy.context.scene` makes `scene.eevee` a SceneEEVEE; an argument of a function is nothing that is known. A name
is known only if everything that is ever bound to it is the same, so that what is known is right.
"""

import ast
import re
from collections.abc import Iterator, Mapping

# What a member is; `[X]` is a collection or list of X, found by key or number, `get` and iteration.
_MEMBERS: Mapping[str, Mapping[str, str]] = {
    "bpy": {"context": "Context", "data": "BlendData", "ops": "bpy.ops", "types": "bpy.types", "props": "bpy.props"},
    "mathutils": {"Vector": "class Vector", "Matrix": "class Matrix", "Euler": "class Euler",
                  "Quaternion": "class Quaternion"},
    "Context": {"scene": "Scene", "object": "Object", "active_object": "Object", "view_layer": "ViewLayer",
                "collection": "Collection", "selected_objects": "[Object]", "window_manager": "WindowManager"},
    "BlendData": {"objects": "BlendData[Object]", "materials": "BlendData[Material]", "meshes": "BlendData[Mesh]",
                  "lights": "BlendData[Light]", "cameras": "BlendData[Camera]", "worlds": "BlendData[World]",
                  "scenes": "BlendData[Scene]", "node_groups": "BlendData[NodeTree]", "actions": "BlendData[Action]",
                  "collections": "BlendData[Collection]", "armatures": "BlendData[Armature]",
                  "images": "BlendData[Image]", "brushes": "BlendData[Brush]"},
    "Scene": {"render": "RenderSettings", "eevee": "SceneEEVEE", "cycles": "CyclesRenderSettings",
              "view_settings": "ColorManagedViewSettings", "world": "World", "objects": "SceneObjects",
              "collection": "Collection", "camera": "Object", "view_layers": "[ViewLayer]", "display": "SceneDisplay",
              "sequence_editor": "SequenceEditor", "rigidbody_world": "RigidBodyWorld",
              "compositing_node_group": "CompositorNodeTree"},
    "SceneDisplay": {"shading": "View3DShading"},
    "RenderSettings": {"image_settings": "ImageFormatSettings"},
    "ViewLayer": {"objects": "LayerObjects"},
    "Collection": {"objects": "CollectionObjects", "all_objects": "[Object]"},
    "Object": {"data": "ObjectData", "modifiers": "ObjectModifiers", "cycles": "CyclesObjectSettings",
               "animation_data": "AnimData", "matrix_world": "Matrix", "matrix_local": "Matrix",
               "matrix_basis": "Matrix", "location": "Vector", "scale": "Vector", "pose": "Pose", "parent": "Object",
               "children": "[Object]", "active_material": "Material"},
    "ObjectData": {"materials": "[Material]", "vertices": "[MeshVertex]", "edges": "[MeshEdge]",
                   "polygons": "[MeshPolygon]", "loops": "[MeshLoop]"},
    "Mesh": {"vertices": "[MeshVertex]", "edges": "[MeshEdge]", "polygons": "[MeshPolygon]", "loops": "[MeshLoop]",
             "materials": "[Material]", "animation_data": "AnimData"},
    "MeshVertex": {"co": "Vector"},
    "Material": {"node_tree": "ShaderNodeTree", "cycles": "CyclesMaterialSettings"},
    "World": {"node_tree": "ShaderNodeTree", "light_settings": "WorldLighting"},
    "Light": {"node_tree": "ShaderNodeTree", "cycles": "CyclesLightSettings"},
    "AnimData": {"action": "Action"},
    "Armature": {"bones": "[Bone]"},
    "Pose": {"bones": "[PoseBone]"},
    "PoseBone": {"bone": "Bone"},
    "SequenceEditor": {"strips": "Strips"},
}  # fmt: skip

_ITEMS = {
    "SceneObjects": "Object", "LayerObjects": "Object", "CollectionObjects": "Object", "ObjectModifiers": "Modifier",
    "Strips": "Strip",
}  # fmt: skip

_CALLS = {
    ("Context", "evaluated_depsgraph_get"): "Depsgraph",
    ("Context", "copy"): "context copy",
    ("Scene", "sequence_editor_create"): "SequenceEditor",
    ("Object", "animation_data_create"): "AnimData",
    ("Object", "evaluated_get"): "Object",
    ("Object", "copy"): "Object",
    ("Mesh", "copy"): "Mesh",
    ("Material", "copy"): "Material",
    ("Matrix", "inverted"): "Matrix",
    ("Matrix", "copy"): "Matrix",
    ("Matrix", "to_4x4"): "Matrix",
    ("Vector", "normalized"): "Vector",
    ("Vector", "copy"): "Vector",
    ("Vector", "to_4d"): "Vector",
    ("Strips", "new_effect"): "Strip",
    ("Strips", "new_image"): "Strip",
    ("Strips", "new_movie"): "Strip",
    ("Strips", "new_sound"): "Strip",
    ("Strips", "new_scene"): "Strip",
}

MODIFIERS = {"BOOLEAN": "BooleanModifier", "BEVEL": "BevelModifier", "NODES": "NodesModifier"}
_NODES_BY_NAME = {"Principled BSDF": "ShaderNodeBsdfPrincipled"}  # a new material's; nobody gives that name to another
_NODES_BY_TYPE = {"BSDF_PRINCIPLED": "ShaderNodeBsdfPrincipled"}
_MATRICES = {"Rotation", "Translation", "Scale", "Diagonal", "Identity", "LocRotScale", "Shear"}

Scope = ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


class Program:
    """A parsed program and what its expressions are."""

    def __init__(self, tree: ast.Module) -> None:
        self.tree = tree
        self._scopes: dict[ast.AST, Scope] = {}
        self._bound: dict[Scope, dict[str, list[ast.expr | str | None]]] = {}
        self._around: dict[Scope, Scope] = {}
        self._known: dict[tuple[Scope, str], str] = {}
        self._collect(tree, tree)

    def kind(self, node: ast.expr) -> str:
        """The type of an expression: "Object", "class Vector", "bpy.ops.mesh"; '' if it is not known."""
        match node:
            case ast.Name(id=name):
                return self._name(name, self._scopes.get(node, self.tree))
            case ast.Attribute(value=owner, attr=member):
                return self._member(self.kind(owner), member)
            case ast.Subscript(value=owner, slice=key):
                return self._item(self.kind(owner), key)
            case ast.Call():
                return self._call(node)
            case ast.NamedExpr(value=value):
                return self.kind(value)
            case ast.BinOp(left=left, op=ast.MatMult(), right=right):
                return self.kind(right) if self.kind(left) == "Matrix" else ""
            case ast.BinOp(left=left, op=ast.Mult(), right=right) if self.kind(left) == self.kind(right) == "Matrix":
                return "Matrix"
        return ""

    def dotted(self, node: ast.expr) -> str:
        """`bpy.ops.mesh.bevel` or `bmesh.ops.bevel` for a function of these, however it is imported; '' for others."""
        kind = self.kind(node)
        return kind if kind.startswith(("bpy.ops.", "bmesh.ops.")) else ""

    def _collect(self, node: ast.AST, scope: Scope) -> None:
        """Which scope each name belongs to, and what is bound to it there."""
        self._bound.setdefault(scope, {})
        for child in ast.iter_child_nodes(node):
            inner = scope
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                inner = child
                self._around[inner] = scope
                self._bound.setdefault(inner, {})
                for argument in ast.walk(child.args):
                    if isinstance(argument, ast.arg):
                        self._bind(argument.arg, _annotated(argument.annotation), inner)
            for name, value in _bindings(child):
                self._bind(name, value, scope)
                if isinstance(child, ast.Global | ast.Nonlocal):
                    for outer in self._outwards(scope):
                        self._bind(name, None, outer)
            if isinstance(child, ast.Name):
                self._scopes[child] = scope
            self._collect(child, inner)

    def _bind(self, name: str, value: ast.expr | str | None, scope: Scope) -> None:
        self._bound[scope].setdefault(name, []).append(value)

    def _outwards(self, scope: Scope) -> Iterator[Scope]:
        yield scope
        while scope in self._around:
            scope = self._around[scope]
            yield scope

    def _name(self, name: str, scope: Scope) -> str:
        found = next((s for s in self._outwards(scope) if name in self._bound[s]), None)
        if found is None:
            return "bpy" if name == "bpy" else ""  # a program has bpy without an import
        if (found, name) not in self._known:
            self._known[found, name] = ""  # what is made of itself is not known
            values = self._bound[found][name]
            kinds = {v if isinstance(v, str) else self.kind(v) if v is not None else "" for v in values}
            self._known[found, name] = kinds.pop() if len(kinds) == 1 else ""
        return self._known[found, name]

    def _member(self, owner: str, member: str) -> str:
        if owner in {"bpy.ops", "bmesh", "bmesh.ops"} or re.fullmatch(r"bpy\.ops\.\w+", owner):
            return f"{owner}.{member}"
        if is_node(owner) and member in {"inputs", "outputs"}:
            return f"{owner}.{member}"
        if owner.endswith("NodeTree") and member == "nodes":
            return "Nodes"
        if owner == "bpy.types":
            return f"bpy.types.{member}"
        return _MEMBERS.get(owner, {}).get(member, "")

    def _item(self, owner: str, key: ast.expr | None) -> str:
        if owner == "Nodes":
            return _NODES_BY_NAME.get(str(constant(key)), "")
        if owner.endswith((".inputs", ".outputs")):
            return f"{owner}[{constant(key)!r}]" if isinstance(constant(key), str) else ""
        if owner.endswith("]") and not isinstance(key, ast.Slice):
            return owner.partition("[")[2][:-1] if owner.startswith(("[", "BlendData[")) else ""
        return _ITEMS.get(owner, "") if not isinstance(key, ast.Slice) else ""

    def _call(self, call: ast.Call) -> str:
        if isinstance(call.func, ast.Name) and call.func.id == "next" and call.args:
            return self._next(call.args[0])
        if not isinstance(call.func, ast.Attribute):
            kind = self.kind(call.func)
            return kind.removeprefix("class ") if kind.startswith("class ") else ""
        owner, method = self.kind(call.func.value), call.func.attr
        if owner == "mathutils" or owner == "class Matrix":
            return "Matrix" if method in _MATRICES | {"Matrix"} else {"Vector": "Vector"}.get(method, "")
        if method == "new" and owner.startswith("BlendData["):
            kind = owner[len("BlendData[") : -1]
            return str(argument(call, 1, "type") or "NodeTree") if kind == "NodeTree" else kind
        if method == "new" and owner == "Nodes":
            return str(argument(call, 0, "type") or "")
        if method == "new" and owner == "ObjectModifiers":
            return MODIFIERS.get(str(argument(call, 1, "type")), "Modifier")
        if method == "get" and len(call.args) == 1:
            return self._item(owner, call.args[0])
        return _CALLS.get((owner, method), "")

    def _next(self, generator: ast.expr) -> str:
        """`next(n for n in nodes if n.type == 'BSDF_PRINCIPLED')`."""
        match generator:
            case ast.GeneratorExp(
                elt=ast.Name(id=name),
                generators=[
                    ast.comprehension(
                        iter=source,
                        ifs=[
                            ast.Compare(
                                left=ast.Attribute(value=ast.Name(id=asked), attr="type"),
                                ops=[ast.Eq()],
                                comparators=[ast.Constant(value=str() as kind)],
                            )
                        ],
                    )
                ],
            ) if name == asked and self.kind(source) == "Nodes":
                return _NODES_BY_TYPE.get(kind, "")
        return ""


def is_node(kind: str) -> bool:
    """Whether a type is a node's, as ShaderNodeMix."""
    return bool(re.fullmatch(r"(Shader|Geometry|Compositor|Function|Texture)Node(?!Tree)\w+", kind))


def constant(node: ast.AST | None) -> object:
    """The value of a literal, `-1` included; None for anything else."""
    match node:
        case ast.Constant(value=value):
            return value
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)):
            return -value
    return None


def argument(call: ast.Call, position: int, name: str) -> object:
    """The literal that a call gives for a parameter; None where it gives none."""
    node = argument_node(call, position, name)
    return constant(node)


def argument_node(call: ast.Call, position: int, name: str) -> ast.expr | None:
    """The expression that a call gives for a parameter."""
    if len(call.args) > position and not any(isinstance(a, ast.Starred) for a in call.args[: position + 1]):
        return call.args[position]
    return next((keyword.value for keyword in call.keywords if keyword.arg == name), None)


def _annotated(annotation: ast.expr | None) -> str | None:
    """The type that `obj: bpy.types.Object` names."""
    match annotation:
        case ast.Attribute(value=ast.Attribute(value=ast.Name(id="bpy"), attr="types"), attr=kind):
            return kind
    return None


def _bindings(node: ast.AST) -> Iterator[tuple[str, ast.expr | str | None]]:
    """The names that a node binds, with the expression, the known type, or None for what can't be told."""
    match node:
        case ast.Assign(targets=targets, value=value):
            for target in targets:
                yield from _targets(target, value)
        case ast.AnnAssign(target=target, value=value):
            yield from _targets(target, value)
        case ast.NamedExpr(target=ast.Name(id=name), value=value):
            yield name, value
        case ast.AugAssign(target=ast.Name(id=name)):
            yield name, None
        case ast.For(target=target, iter=source) | ast.comprehension(target=target, iter=source):
            item = ast.Subscript(source, ast.Constant(0), ast.Load())  # an item is what number 0 would be
            yield from _targets(target, item if isinstance(target, ast.Name) else None)
        case ast.withitem(optional_vars=ast.expr() as target):
            yield from _targets(target, None)
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name, None
        case ast.ExceptHandler(name=str() as name):
            yield name, None
        case ast.Import(names=names):
            for alias in names:
                top = alias.name.partition(".")[0]
                yield alias.asname or top, (alias.name if alias.asname else top)
        case ast.ImportFrom(module=module, names=names):
            for alias in names:
                yield (
                    alias.asname or alias.name,
                    _MEMBERS.get(module or "", {}).get(
                        alias.name, f"{module}.{alias.name}" if module in {"bpy.ops", "bmesh"} else ""
                    ),
                )
        case ast.Global(names=names) | ast.Nonlocal(names=names):
            for name in names:
                yield name, None
        case ast.MatchAs(name=str() as name) | ast.MatchStar(name=str() as name):
            yield name, None


def _targets(target: ast.expr, value: ast.expr | None) -> Iterator[tuple[str, ast.expr | None]]:
    match target:
        case ast.Name(id=name):
            yield name, value
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            values = (
                value.elts if isinstance(value, ast.Tuple) and len(value.elts) == len(parts) else [None] * len(parts)
            )
            for part, given in zip(parts, values, strict=True):
                yield from _targets(part, given)
        case ast.Starred(value=inner):
            yield from _targets(inner, None)
