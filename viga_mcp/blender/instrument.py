# pyright: basic, reportAttributeAccessIssue=false, reportMissingImports=false
"""A program with questions after its own statements, for `watch.py`. Pure: no bpy.

Nothing of the program is replaced, so its order of evaluation, its line and column numbers and its tracebacks stay:

    lamp.data.energy = e        (_viga_owner := lamp.data).energy = (_viga_value := e)
                                _viga_wrote(_viga_owner, "energy", _viga_value, "lamp.data.energy", 1)
    bpy.ops.x.y(angle=3)        _viga_ran(bpy.ops.x.y(angle=3), "bpy.ops.x.y", {"angle": 3}, 1)
    objects.new("Cube", mesh)   _viga_made(objects.new("Cube", mesh), "Cube", 1)

The three functions must be in the program's global names; the last two return their first argument.
"""

import ast

WROTE, RAN, MADE = "_viga_wrote", "_viga_ran", "_viga_made"
_OWNER, _VALUE = "_viga_owner", "_viga_value"
_ITEMS_WATCHED = {"rotation_euler", "delta_rotation_euler"}


def instrument(source: str, filename: str) -> ast.Module:
    """Parse a program and add the questions.

    Raises:
        SyntaxError: As `compile` does.
    """
    tree = ast.parse(source, filename)
    tree.body = _Instrument().statements(tree.body)
    return ast.fix_missing_locations(tree)


class _Instrument(ast.NodeTransformer):
    def statements(self, body: list[ast.stmt]) -> list[ast.stmt]:
        result: list[ast.stmt] = []
        for statement in body:
            changed = self.visit(statement)
            result.extend(changed if isinstance(changed, list) else [changed])
        return result

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.ClassDef:
        # Names bound in a class body would become attributes of the class: only its functions are looked at.
        node.body = [self.visit(s) if isinstance(s, (ast.FunctionDef, ast.AsyncFunctionDef)) else s for s in node.body]
        return node

    def visit_Assign(self, node: ast.Assign) -> ast.AST | list[ast.stmt]:
        target = node.targets[0]
        self.generic_visit(node)
        if len(node.targets) > 1 or not _is_watched(target):
            return node
        question = _question(target, ast.Name(_VALUE, ast.Load()))
        node.value = ast.copy_location(ast.NamedExpr(ast.Name(_VALUE, ast.Store()), node.value), node.value)
        _keep_owner(target)
        return [node, _after(question, node)]

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST | list[ast.stmt]:
        self.generic_visit(node)
        if not _is_watched(node.target):
            return node
        question = _question(node.target, ast.Constant(None))
        _keep_owner(node.target)
        return [node, _after(question, node)]

    def visit_Expr(self, node: ast.Expr) -> ast.Expr:
        call = node.value
        name = _operator_name(call) if isinstance(call, ast.Call) else None
        self.generic_visit(node)
        if name and isinstance(call, ast.Call):
            plain = [keyword for keyword in call.keywords if keyword.arg and _is_plain(keyword.value)]
            arguments = ast.Dict([ast.Constant(k.arg) for k in plain], [k.value for k in plain])
            node.value = _call(RAN, [node.value, ast.Constant(name), arguments, ast.Constant(node.lineno)], node.value)
        return node

    def visit_Call(self, node: ast.Call) -> ast.Call:
        self.generic_visit(node)
        if not isinstance(node.func, ast.Attribute):
            return node
        name: ast.expr | None = None
        if node.func.attr == "new":
            named = [keyword.value for keyword in node.keywords if keyword.arg == "name"]
            name = next(iter([*node.args[:1], *named]), None)
            if name is None or not (_is_plain(name) or _is_plain_text(name)) or isinstance(name, (ast.Tuple, ast.List)):
                return node
        elif node.func.attr != "copy" or node.args or node.keywords:
            return node
        return _call(MADE, [node, name or ast.Constant(None), ast.Constant(node.lineno)], node)


def _is_watched(target: ast.expr) -> bool:
    if isinstance(target, ast.Attribute):
        return not target.attr.startswith("__")
    owner = target.value if isinstance(target, ast.Subscript) else None
    return isinstance(owner, ast.Attribute) and owner.attr in _ITEMS_WATCHED


def _question(target: ast.expr, value: ast.expr) -> ast.expr:
    name = target.attr if isinstance(target, ast.Attribute) else "[]"
    words = [ast.Constant(name), value, ast.Constant(ast.unparse(target)), ast.Constant(target.lineno)]
    return _call(WROTE, [ast.Name(_OWNER, ast.Load()), *words], target)


def _keep_owner(target: ast.expr) -> None:
    assert isinstance(target, (ast.Attribute, ast.Subscript))
    target.value = ast.copy_location(ast.NamedExpr(ast.Name(_OWNER, ast.Store()), target.value), target.value)


def _after(question: ast.expr, statement: ast.stmt) -> ast.stmt:
    return ast.copy_location(ast.Expr(question), statement)


def _call(name: str, arguments: list[ast.expr], place: ast.AST) -> ast.Call:
    return ast.copy_location(ast.Call(ast.Name(name, ast.Load()), arguments, []), place)


def _operator_name(call: ast.Call) -> str | None:
    """`bpy.ops.mesh.subdivide` for a call of it, also through `ops = bpy.ops`; None for another call."""
    parts: list[str] = []
    node = call.func
    while isinstance(node, ast.Attribute):
        parts.insert(0, node.attr)
        node = node.value
    if not isinstance(node, ast.Name) or node.id == "bmesh" or "ops" not in [node.id, *parts][:-2]:
        return None
    return "bpy.ops." + ".".join(parts[-2:])


def _is_plain(node: ast.expr) -> bool:
    """Whether an expression can be evaluated a second time, after the call, with the same result and no effect."""
    match node:
        case ast.Constant() | ast.Name():
            return True
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant()):
            return True
        case ast.Tuple(elts=items) | ast.List(elts=items):
            return all(_is_plain(item) for item in items)
    return False


def _is_plain_text(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr) and all(
        isinstance(part.value, (ast.Name, ast.Constant)) and not part.format_spec
        for part in node.values
        if isinstance(part, ast.FormattedValue)
    )
