"""What the installed Blender has, by name."""

from typing import Annotated, Any

from mcp.server.mcpserver import Context
from mcp.types import CallToolResult
from pydantic import Field

from viga_mcp import api_text, replies
from viga_mcp.api_changes import Changed, changes_about, codes
from viga_mcp.api_entries import Entry
from viga_mcp.api_search import ApiIndex, Found
from viga_mcp.app import App, app, reporting
from viga_mcp.errors import VigaError
from viga_mcp.results import ApiChange, ApiEntry, ApiLookup
from viga_mcp.tools.tool import Tool

MAX_QUERY_CHARACTERS = 300
MAX_SUCCESSORS = 4


async def lookup_blender_api(
    ctx: Context[App, Any],
    query: Annotated[
        str,
        Field(description="A path, an expression, a name, a node type, a socket name, or a few words; typos are fine"),
    ],
    limit: Annotated[int, Field(ge=1, le=50, description="Most entries; the best comes with all details")] = 10,
) -> Annotated[CallToolResult, ApiLookup]:
    """Look up names in the installed Blender: what exists, what it takes, and what an old spelling is called now.

    Use it before writing code you are not sure of, and after a name failed. Comes from this very Blender: properties
    with type, unit, range, default and enum items; operators and functions with their arguments; node types with their
    sockets (menu sockets list their legal items); and renames with the version they came with.
    Examples: lookup_blender_api("Object.location"), ("bpy.ops.mesh.primitive_cube_add"), ("ShaderNodeBsdfPrincipled"),
    ("bsdf.inputs['Specular']"), ("scene.eevee"), ("soft shadow")
    """
    query = query.strip()
    if not query:
        raise VigaError(
            "invalid_argument", "The query is empty.",
            then="Give a path ('Object.location'), an operator ('bpy.ops.mesh.bevel'), a node type or a word.",
        )  # fmt: skip
    if len(query) > MAX_QUERY_CHARACTERS:
        raise VigaError(
            "invalid_argument", f"The query has {len(query):,} characters; the most is {MAX_QUERY_CHARACTERS}.",
            then="Look up one name, expression or question at a time.",
        )  # fmt: skip
    reference = app(ctx).reference
    async with reporting(ctx, "reading Blender's interface"):
        index = await reference.index()
    workers = app(ctx).workers
    blender, version = await workers.version(), await workers.release()
    found = index.search(query, limit)
    changes = changes_about(query, version, owner=found.asked_of)
    shown = _with_successors(index, found, changes)[:limit]
    near = [] if shown else index.nearest(query)
    facts = ApiLookup(
        query=query,
        blender=blender,
        total=max(found.total, len(shown)),
        changes=[_change(changed, changed.text(version)) for changed in changes],
        entries=[_entry(entry, is_first=number == 0) for number, entry in enumerate(shown)],
        nearest=near,
        missing=reference.missing,
    )
    return replies.with_facts(_text(facts, is_guess=found.is_guess and not changes), facts)


def _with_successors(index: ApiIndex, found: Found, changes: list[Changed]) -> list[Entry]:
    """What was found, and before it what the old spelling in the query is called now.

    A name that exists as it was written stays first.
    """
    successors: list[Entry] = []
    for changed in changes:
        if changed.applies and not (found.is_exact and changed.change.kind in {"attribute", "keyword", "message"}):
            for code in codes(changed.new):
                successors += index.lead(code) or index.named(code.strip("'"))[:2]
    successors = successors[:MAX_SUCCESSORS]
    first = found.entries[:1] if found.is_exact else []
    return list(dict.fromkeys([*first, *successors, *found.entries]))


def _entry(entry: Entry, *, is_first: bool) -> ApiEntry:
    text = api_text.whole(entry) if is_first else api_text.line(entry)
    return ApiEntry(path=entry.path, kind=entry.kind, text=text)


def _change(changed: Changed, text: str) -> ApiChange:
    change = changed.change
    return ApiChange(
        id=change.id,
        old=changed.old,
        new=changed.new,
        since=list(change.since),
        until=list(change.until) if change.until else None,
        severity=change.severity,
        applies=changed.applies,
        text=text,
    )


def _text(facts: ApiLookup, *, is_guess: bool) -> str:
    lines = [f"Changed: {change.text}" for change in facts.changes]
    if facts.entries:
        of = f" of {facts.total}" if facts.total > len(facts.entries) else ""
        if is_guess:
            lines += [f"Blender {facts.blender} has nothing like {facts.query!r} but what looks like it:"]
        else:
            lines += [f"Blender {facts.blender}, {len(facts.entries)}{of} entries for {facts.query!r}:"]
        lines += [entry.text for entry in facts.entries]
    else:
        near = f" The nearest names: {', '.join(facts.nearest)}." if facts.nearest else ""
        lines.append(f"Blender {facts.blender} has nothing like {facts.query!r}.{near}")
    if facts.missing:
        lines.append(f"Not in this answer, because Blender died while they were read: {', '.join(facts.missing)}.")
    return "\n".join(lines)


TOOLS = (Tool(lookup_blender_api, "Look up Blender's API", reads_only=True, is_idempotent=True, is_central=True),)
