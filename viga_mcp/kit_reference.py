"""The functions for slide programs as a page, read from their source: what is written there is what holds."""

import ast
import inspect
from pathlib import Path

KIT = Path(__file__).parent / "slides" / "kit"


def kit_reference() -> str:
    """Markdown: the module's text, then each function with its parameters and its own text."""
    module = ast.parse((KIT / "__init__.py").read_text(encoding="utf-8"))
    public = next(ast.literal_eval(node.value) for node in module.body if isinstance(node, ast.Assign))  # __all__
    functions = {
        node.name: node
        for path in sorted(KIT.glob("*.py"))
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
    }
    parts = ["# viga_mcp.slides.kit", ast.get_docstring(module) or ""]
    for name in public:
        node = functions[name]
        signature = f"({ast.unparse(node.args)})" if isinstance(node, ast.FunctionDef) else ""
        parts.append(f"## kit.{name}{signature}\n\n{inspect.cleandoc(ast.get_docstring(node) or '')}")
    return "\n\n".join(parts)
