"""What a scene's workers want to remember: notes, plans, findings, decisions; and the ledger of its revisions.

Entries are rows of WORKSPACE/.viga/memory.sqlite, append-only, on the disk before their id is returned, found again
by words (SQLite's FTS5; plain substrings where Python's SQLite lacks it). Several processes may use it at once.
"""

import json
import re
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self, get_args

from viga_mcp.database import Database, append_only, storable_text
from viga_mcp.errors import VigaError
from viga_mcp.revisions import Mode, Revision

EntryKind = Literal["note", "plan", "finding", "decision"]
KINDS: tuple[EntryKind, ...] = get_args(EntryKind)

SCHEMA_VERSION = 1
MAX_TEXT_CHARS = 65536
MAX_WORDS = 64  # of a query; SQLite bounds the depth of an expression
_SCOPE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_./:-]{0,127}")
_SCHEMA = (
    """CREATE TABLE entry (
        id INTEGER PRIMARY KEY AUTOINCREMENT, scope TEXT NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN ('note', 'plan', 'finding', 'decision')),
        text TEXT NOT NULL, tags TEXT NOT NULL, revision TEXT, created TEXT NOT NULL)""",
    "CREATE INDEX entry_scope ON entry (scope, id)",
    *append_only("entry"),
)


@dataclass(frozen=True)
class Entry:
    """One thing remembered; ids rise, `revision` is the one it is about."""

    id: int
    scope: str
    kind: EntryKind
    text: str
    tags: tuple[str, ...]
    revision: str | None
    created: datetime


@dataclass(frozen=True)
class LedgerRow:
    """One revision at a glance: what it was for, what it changed, how far it is from each target."""

    id: str
    parent: str | None
    mode: Mode
    note: str | None
    change: str
    metrics: Mapping[str, Mapping[str, float]]


class Memory:
    """The memory of one workspace. Threads may share it."""

    def __init__(self, database: Database, *, has_index: bool) -> None:
        self._database = database
        self._has_index = has_index

    @classmethod
    def open(cls, workspace: Path, *, full_text: bool = True) -> Self:
        """Open the memory of a workspace, or start one; `full_text=False` searches without the word index.

        Raises:
            VigaError: "unavailable" if the folder can't be written or the file is broken or of a newer viga-mcp.
        """
        database = Database.open(workspace / ".viga" / "memory.sqlite", _SCHEMA, SCHEMA_VERSION)
        has_index = full_text and bool(database.rows("SELECT 1 FROM pragma_module_list WHERE name = 'fts5'"))
        if has_index and not _is_indexed(database):
            _complete_index(database)
        return cls(database, has_index=has_index)

    def close(self) -> None:
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def write(
        self,
        text: str,
        kind: EntryKind = "note",
        scope: str = "main",
        tags: Sequence[str] = (),
        revision: str | None = None,
    ) -> int:
        """Remember a text; returns its id once it is on the disk."""
        text = storable_text(text).strip()
        if not text:
            raise VigaError("invalid_argument", "The text is empty.", then="Say in `text` what is to be remembered.")
        if len(text) > MAX_TEXT_CHARS:
            raise VigaError(
                "invalid_argument",
                f"The text has {len(text)} characters; {MAX_TEXT_CHARS} is the limit.",
                then="Keep the long part in a file of the workspace and remember its path and the gist.",
            )
        _check(kind, scope)
        words = [storable_text(tag).strip() for tag in tags]
        row = (scope, kind, text, json.dumps([word for word in words if word], ensure_ascii=False), revision, _now())
        with self._database.write() as db:
            id = db.execute("INSERT INTO entry VALUES (NULL, ?, ?, ?, ?, ?, ?)", row).lastrowid
            if self._has_index:
                db.execute("INSERT INTO entry_words (rowid, text, tags) VALUES (?, ?, ?)", (id, text, row[3]))
        assert id is not None
        return id

    def read(
        self, scope: str | None = "main", query: str = "", kind: EntryKind | None = None, limit: int = 20
    ) -> list[Entry]:
        """What is remembered.

        Args:
            scope: One scope, or None for all.
            query: Words, any of which may match, whole or by their beginning; empty for everything.
            kind: Only entries of this kind.
            limit: At most so many, at least 1.

        Returns:
            The best match first if there is a query, else the newest first.
        """
        _check(kind, scope)
        if limit < 1:
            raise VigaError("invalid_argument", f"limit is {limit}.", then="Ask for at least 1 entry.")
        query = storable_text(query)
        words = list(dict.fromkeys(re.findall(r"\w+", query.casefold())))[:MAX_WORDS]
        where = "(:scope IS NULL OR e.scope = :scope) AND (:kind IS NULL OR e.kind = :kind)"
        if not query.strip():
            sql = f"SELECT e.* FROM entry e WHERE {where} ORDER BY e.id DESC LIMIT :limit"
            return [_entry(row) for row in self._database.rows(sql, scope=scope, kind=kind, limit=limit)]
        if words and self._has_index:
            # Quoted, a word is a word, whatever it means in FTS5's own language.
            match = " OR ".join(f'"{word}"*' if len(word) > 2 else f'"{word}"' for word in words)
            sql = f"""SELECT e.* FROM entry_words JOIN entry e ON e.id = entry_words.rowid
                WHERE entry_words MATCH :match AND {where} ORDER BY bm25(entry_words), e.id DESC LIMIT :limit"""
            if found := self._database.rows(sql, match=match, scope=scope, kind=kind, limit=limit):
                return [_entry(row) for row in found]
        # The index knows no parts of words, no signs, and no words of languages that write without blanks.
        sql = f"SELECT e.* FROM entry e WHERE {where} ORDER BY e.id DESC"
        entries = [_entry(row) for row in self._database.rows(sql, scope=scope, kind=kind)]
        parts = words or query.casefold().split()
        scores = {entry.id: sum(part in f"{entry.text} {entry.tags}".casefold() for part in parts) for entry in entries}
        best = sorted((entry for entry in entries if scores[entry.id]), key=lambda entry: -scores[entry.id])
        return best[:limit]


def ledger_rows(
    revisions: Sequence[Revision],
    metrics: Mapping[str, Mapping[str, Mapping[str, float]]],
    describe: Callable[[Mapping[str, Any]], str] | None = None,
) -> list[LedgerRow]:
    """The ledger: one row a revision, oldest first.

    Args:
        revisions: Of one scene, in any order.
        metrics: Revision -> target -> name -> value, as `Store.all_metrics`.
        describe: Says a scene difference in a few words; by default `summarize`.
    """
    return [
        LedgerRow(
            id=revision.id,
            parent=revision.parent,
            mode=revision.mode,
            note=revision.note,
            change=f"opened {revision.source}"
            if revision.mode == "open"
            else (describe or summarize)(revision.changes),
            metrics=metrics.get(revision.id, {}),
        )
        for revision in sorted(revisions, key=lambda revision: revision.number)
    ]


def summarize(changes: Mapping[str, Any], shown: int = 3) -> str:
    """A difference in a few words: its "lines" if it has any, else whatever its keys say, "added: Lamp, Cube +4"."""
    if lines := changes.get("lines"):
        return "; ".join(lines[:shown]) + (f"; +{len(lines) - shown} more" if len(lines) > shown else "")
    said: list[str] = []
    for key, value in changes.items():
        if not value or isinstance(value, bool):
            continue
        if isinstance(value, str | int | float):
            said.append(f"{key}: {value}")
            continue
        items = [str(item) for item in value]
        more = f" +{len(items) - shown}" if len(items) > shown else ""
        said.append(f"{key}: {', '.join(items[:shown])}{more}")
    return "; ".join(said) or "no change"


def _complete_index(database: Database) -> None:
    """Create the word index, and add what a process without FTS5 wrote. In code, not by trigger: it must be able to."""
    with database.write() as db:
        db.execute(
            "CREATE VIRTUAL TABLE IF NOT EXISTS entry_words USING fts5("
            "text, tags, content='entry', content_rowid='id', tokenize='porter unicode61 remove_diacritics 2')"
        )
        if not _is_indexed(database):
            db.execute("INSERT INTO entry_words (entry_words) VALUES ('rebuild')")


def _is_indexed(database: Database) -> bool:
    if not database.rows("SELECT 1 FROM sqlite_schema WHERE name = 'entry_words'"):
        return False
    counts = database.rows("SELECT (SELECT count(*) FROM entry), (SELECT count(*) FROM entry_words_docsize)")[0]
    return bool(counts[0] == counts[1])


def _check(kind: str | None, scope: str | None) -> None:
    if kind is not None and kind not in KINDS:
        raise VigaError("invalid_argument", f"No kind {kind!r} of memory.", then=f"Kinds: {', '.join(KINDS)}.")
    if scope is not None and not _SCOPE.fullmatch(scope):
        raise VigaError(
            "invalid_argument",
            f"{scope!r} can't name a scope.",
            then="Use a scene's handle, such as 'main'; letters, digits and _ . / : - are allowed.",
        )


def _entry(row: sqlite3.Row) -> Entry:
    return Entry(
        id=row["id"],
        scope=row["scope"],
        kind=row["kind"],
        text=row["text"],
        tags=tuple(json.loads(row["tags"])),
        revision=row["revision"],
        created=datetime.fromisoformat(row["created"]),
    )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
