"""Remember, and look up what was tried."""

from dataclasses import asdict
from typing import Annotated, Any, Literal

from anyio import to_thread
from mcp.server.mcpserver import Context
from mcp.types import CallToolResult
from pydantic import Field

from viga_mcp import replies
from viga_mcp.app import App, app
from viga_mcp.errors import names_that_exist
from viga_mcp.memory import Entry, LedgerRow, ledger_rows
from viga_mcp.results import MemoryEntry, MemoryRead, MemoryWritten
from viga_mcp.revisions import NotFound
from viga_mcp.tools.tool import Tool

EntryKind = Literal["note", "plan", "finding", "decision"]
Scope = Annotated[
    str, Field(min_length=1, max_length=100, description="What it is about: a scene's handle, or a topic")
]


async def memory_write(
    ctx: Context[App, Any],
    text: Annotated[str, Field(min_length=1, max_length=20_000, description="What to remember")],
    kind: Annotated[EntryKind, Field(description="What sort of thing it is")] = "note",
    scope: Scope = "main",
    tags: Annotated[list[str] | None, Field(max_length=20, description="Words to find it by")] = None,
    revision: Annotated[str | None, Field(description="The revision it is about, such as 'r3'")] = None,
) -> Annotated[CallToolResult, MemoryWritten]:
    """Remember something beyond this conversation: a plan, a finding, a decision and its reason.

    What a revision changed and how far off it was is remembered by itself (the ledger); write what that can't say.
    """
    if revision is not None and any(scene.handle == scope for scene in await to_thread.run_sync(app(ctx).store.scenes)):
        await to_thread.run_sync(app(ctx).store.revision, scope, revision)  # of a topic it may be any scene's
    id = await to_thread.run_sync(app(ctx).memory.write, text, kind, scope, tags or (), revision)
    return replies.with_facts(f"Remembered as {id} ({kind} on {scope}).", MemoryWritten(id=id, scope=scope, kind=kind))


async def memory_read(
    ctx: Context[App, Any],
    scope: Annotated[str | None, Field(description="A scene's handle or a topic; null for everything")] = "main",
    query: Annotated[str, Field(max_length=500, description="Words to search for; empty for the newest")] = "",
    kind: Annotated[EntryKind | None, Field(description="Only this sort of entry")] = None,
    limit: Annotated[int, Field(ge=1, le=100, description="Most entries")] = 20,
    include_ledger: Annotated[
        bool, Field(description="Add the scene's revisions: change and loss, one row each")
    ] = True,
) -> Annotated[CallToolResult, MemoryRead]:
    """Read what was remembered, newest or best match first, and the ledger of what was tried on the scene."""
    entries = await to_thread.run_sync(app(ctx).memory.read, scope, query, kind, limit)
    ledger: list[LedgerRow] = []
    if include_ledger and scope:
        try:
            revisions = await to_thread.run_sync(app(ctx).store.revisions, scope, 100)
            metrics = await to_thread.run_sync(app(ctx).store.all_metrics, scope)
            ledger = ledger_rows(revisions, metrics, _described)
        except NotFound:  # a topic, not a scene
            ledger = []
    facts = MemoryRead(scope=scope or "", entries=[_entry(e) for e in entries], ledger=[asdict(row) for row in ledger])
    parts = [_line(entry) for entry in entries] or [await to_thread.run_sync(_nothing, app(ctx), scope)]
    if ledger:
        parts += ["", "revision | parent | loss | note | change", *map(_row, ledger)]
    return replies.with_facts("\n".join(parts), facts)


def _line(entry: Entry) -> str:
    about = " ".join([entry.scope, *([entry.revision] if entry.revision else []), *(f"#{tag}" for tag in entry.tags)])
    return f"{entry.id} {entry.kind} on {about} ({entry.created:%Y-%m-%d %H:%M}) {entry.text}"


def _nothing(app: App, scope: str | None) -> str:
    """That nothing was found; for a scope that nobody uses, those that are used."""
    used = sorted({entry.scope for entry in app.memory.read(None, limit=1000)} | {s.handle for s in app.store.scenes()})
    if scope is None or scope in used or not used:
        return "Nothing is remembered here."
    return f"Nothing is remembered here. {names_that_exist(scope, used, 'Scopes')}"


def _described(changes: Any) -> str:
    lines: list[str] = list(changes.get("lines", []))
    return "; ".join(lines[:3]) + (f"; +{len(lines) - 3}" if len(lines) > 3 else "")


def _row(row: LedgerRow) -> str:
    loss = ", ".join(f"{m['photometric_loss']:.6f}" for m in row.metrics.values() if "photometric_loss" in m) or "-"
    return f"{row.id} | {row.parent or '-'} | {loss} | {row.note or '-'} | {row.change or '-'}"


def _entry(entry: Entry) -> MemoryEntry:
    return MemoryEntry(
        id=entry.id,
        scope=entry.scope,
        kind=entry.kind,
        text=entry.text,
        tags=list(entry.tags),
        revision=entry.revision,
        created=entry.created.isoformat(timespec="seconds"),
    )


TOOLS = (
    Tool(memory_write, "Remember"),
    Tool(memory_read, "Look up what is remembered", reads_only=True, is_idempotent=True),
)
