"""What a model can do, one family a file.

A tool is an async function: its docstring is what the model reads, its annotations are the schema. It checks what the
schema can't, asks the scenes, and returns a model or pictures; `VigaError` says no.
"""

from viga_mcp.tools import (
    api,
    assets,
    checks,
    code,
    compare,
    export,
    fit,
    graph,
    jobs,
    memory,
    revisions,
    slide_compare,
    slides,
    timeline,
    views,
)  # fmt: skip
from viga_mcp.tools.tool import Family, Tool

FAMILIES: tuple[Family, ...] = (
    code, views, graph, checks, timeline, api, compare, fit, assets, export, slides, slide_compare, revisions, memory,
    jobs,
)  # fmt: skip

__all__ = ["FAMILIES", "Family", "Tool"]
