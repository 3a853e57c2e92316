"""What a model can do, one family a file.

A tool is an async function: its docstring is what the model reads, its annotations are the schema. It checks what the
schema can't, asks the scenes, and returns a model or pictures; `VigaError` says no.
"""

from viga_mcp.tools import checks, code, compare, fit, graph, jobs, memory, revisions, timeline, views
from viga_mcp.tools.tool import Family, Tool

FAMILIES: tuple[Family, ...] = (code, views, graph, checks, timeline, compare, fit, revisions, memory, jobs)

__all__ = ["FAMILIES", "Family", "Tool"]
