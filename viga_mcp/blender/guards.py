# pyright: basic, reportAttributeAccessIssue=false, reportMissingImports=false
"""Code that knows what it does: that asks for the version, or whether a name is there, or expects to fail. Pure."""

import ast


def names_of_guards(tree: ast.Module) -> set[str]:
    """Variables that hold an answer about the version, as `is_new = bpy.app.version >= (5, 0)`."""
    return {
        target.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and _asks(node.value, set())
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def is_guarded(node: ast.AST, guards: set[str]) -> bool:
    """Whether what is below is not certain to be reached, or may fail without harm."""
    match node:
        case ast.If(test=test) | ast.IfExp(test=test) | ast.While(test=test):
            return _asks(test, guards)
        case ast.BoolOp():
            return any(_asks(value, guards) for value in node.values)
        case ast.Try():
            return bool(node.handlers)
        case ast.With():
            return any("suppress" in ast.dump(item.context_expr) or "raises" in ast.dump(item.context_expr)
                       for item in node.items)  # fmt: skip
        case ast.comprehension():
            return any(_asks(test, guards) for test in node.ifs)
    return False


def _asks(test: ast.expr, guards: set[str]) -> bool:
    """Whether an expression asks for the version, or whether something is there."""
    return any(_is_question(node, guards) for node in ast.walk(test))


def _is_question(node: ast.AST, guards: set[str]) -> bool:
    match node:
        case ast.Attribute(attr=name):
            return name.startswith("version")
        case ast.Name(id=name):
            return name in guards or name in {"hasattr", "getattr", "isinstance"}
        case ast.Compare(ops=ops):
            return any(isinstance(op, ast.In | ast.NotIn) for op in ops)
    return False
