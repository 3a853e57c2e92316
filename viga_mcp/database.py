"""A SQLite file that several processes share, and what to say when the disk or another process says no."""

import os
import sqlite3
import threading
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from viga_mcp.errors import VigaError

BUSY_TIMEOUT_S = 30
_DISK_HINT = "Check the free space and the permissions of the workspace, or choose another with --workspace."
_NO_FAULT_OF_OURS = (
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_READONLY,
)


class Database:
    """One SQLite file: WAL, every commit synced, one connection that threads share behind a lock."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection = connection
        self._lock = threading.RLock()

    @classmethod
    def open(cls, path: Path, schema: Sequence[str], version: int) -> Self:
        """Open or create; `schema` holds the statements that make an empty file one of this version (1, 2...)."""
        with explain_faults(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
            connection.row_factory = sqlite3.Row
            database = cls(path, connection)
            try:
                _switch_to_wal(connection)
                # recursive_triggers: else INSERT OR REPLACE would delete rows behind the append-only triggers.
                # fullfsync: on macOS a plain fsync stops at the drive's cache.
                for pragma in ("synchronous=FULL", "foreign_keys=ON", "recursive_triggers=ON", "fullfsync=ON"):
                    connection.execute(f"PRAGMA {pragma}")
                database._prepare(schema, version)
            except BaseException:
                connection.close()
                raise
            sync(path.parent)
            return database

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def rows(self, sql: str, *values: object, **named: object) -> list[sqlite3.Row]:
        with self._lock, explain_faults(self.path):
            return self._connection.execute(sql, named or values).fetchall()

    def row(self, sql: str, *values: object) -> sqlite3.Row | None:
        return next(iter(self.rows(sql, *values)), None)

    @contextmanager
    def write(self) -> Generator[sqlite3.Connection]:
        """One transaction, alone on the file from its first statement; durable when the block is left without error."""
        with self._lock, explain_faults(self.path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def _prepare(self, schema: Sequence[str], version: int) -> None:
        if self._version() < version:
            with self.write() as db:
                if self._version() == 0:  # nobody else was faster
                    for statement in schema:
                        db.execute(statement)
                    db.execute(f"PRAGMA user_version={version}")
        if (found := self._version()) > version:
            raise VigaError(
                "unavailable",
                f"{self.path} was written by a newer viga-mcp (layout {found}; this one knows up to {version}).",
                then="Upgrade viga-mcp, or choose another folder with --workspace.",
            )

    def _version(self) -> int:
        return int(self._connection.execute("PRAGMA user_version").fetchone()[0])


def _switch_to_wal(connection: sqlite3.Connection) -> None:
    """SQLite does not wait by itself while another process makes the same switch on a new file."""
    deadline = time.monotonic() + BUSY_TIMEOUT_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.002)


def append_only(table: str) -> tuple[str, str]:
    """Triggers that refuse to change or delete rows of a table."""
    refuse = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    return (
        f"CREATE TRIGGER {table}_never_changes BEFORE UPDATE ON {table} {refuse}",
        f"CREATE TRIGGER {table}_never_forgets BEFORE DELETE ON {table} {refuse}",
    )


def storable_text(text: str) -> str:
    """As UTF-8 can hold it: lone surrogates, which a program may print, become escapes."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


@contextmanager
def explain_faults(place: Path) -> Generator[None]:
    """Turns what the disk or another process makes impossible into a `VigaError`; anything else is a bug and passes."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise VigaError("busy", f"{place} is in use by another process.", then="Try again in a moment.") from error
        if code in _NO_FAULT_OF_OURS:
            raise VigaError("unavailable", f"{place} can't be used: {error}.", then=_DISK_HINT) from error
        raise
    except OSError as error:
        raise VigaError("unavailable", f"{place} can't be used: {error}.", then=_DISK_HINT) from error


def sync(path: Path) -> None:
    """Bring a file's content, or a folder's entries, to the disk."""
    if os.name != "posix" and path.is_dir():  # Windows can't, and NTFS journals its folders
        return
    # Windows syncs only what is open for writing.
    descriptor = os.open(path, os.O_RDONLY if os.name == "posix" else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
