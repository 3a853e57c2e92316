"""The append-only record of a workspace: rows in SQLite, files beside them named by their content.

    WORKSPACE/.viga/store.sqlite                 scenes, revisions, moves of heads, metrics, targets, jobs
    WORKSPACE/.viga/blobs/ab/<sha256>[.suffix]   .blend states, scene graphs, target pictures
    WORKSPACE/.viga/decks/...                    the same for decks: what is said of scenes here is true of them

A file is on the disk (itself and its folder entry) before any row names it, and a row is on the disk before its id is
returned: what was acknowledged survives a kill at any moment. What a kill can leave behind is a file without a row,
which is harmless and goes with `Store.collect`. Any number of processes and threads may use one workspace at once;
SQLite's locks need a local file system. Every call blocks for a disk sync at most: call it from a thread.
"""

import json
import math
import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

from viga_mcp.blobs import Blobs
from viga_mcp.database import Database, append_only, storable_text
from viga_mcp.errors import VigaError

Mode = Literal["open", "patch", "program", "fit"]
JobStatus = Literal["running", "done", "failed", "cancelled"]
View = str | dict[str, Any]  # as a client sends it
Noun = Literal["scene", "deck"]
MAKERS: dict[Noun, str] = {"scene": "open_scene", "deck": "compile_slides"}

SCHEMA_VERSION = 1
NAMES_SHOWN = 12
HANDLE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


@dataclass(frozen=True)
class Scene:
    handle: str
    head: str
    created: datetime


@dataclass(frozen=True)
class Revision:
    """One accepted run.

    Attributes:
        base: The "open" revision that its line starts from.
        whole: Whether `code` is a complete program that ran on the base; otherwise it ran on the parent.
        source: For "open": the path or template that the base came from; otherwise empty.
        state: Blob of the `.blend`; None is Blender's factory-empty scene.
        graph: Blob of the scene graph (JSON).
        changes: Scene difference to the parent.
        seconds: Wall-clock time of the run.
        blender: Version that made the state, "5.2.3".
    """

    scene: str
    id: str
    number: int
    parent: str | None
    base: str
    mode: Mode
    whole: bool
    code: str
    source: str
    note: str | None
    state: str | None
    graph: str
    output: str
    warnings: list[dict[str, Any]]
    changes: dict[str, Any]
    seconds: float
    blender: str
    created: datetime


@dataclass(frozen=True)
class Base:
    """A further base for a line that goes on: the blobs of its state and graph, and what it was made of."""

    state: str
    graph: str
    source: str


@dataclass(frozen=True)
class Target:
    """A reference picture: its blob, size in pixels, the view it is compared in, and where it came from."""

    scene: str
    name: str
    blob: str
    view: View
    width: int
    height: int
    source: str
    created: datetime


@dataclass(frozen=True)
class Job:
    """Work that outlives a call. `interrupted`: it says "running", but the process that ran it is gone."""

    id: str
    tool: str
    scene: str | None
    arguments: dict[str, Any]
    status: JobStatus
    interrupted: bool
    progress: dict[str, Any] | None
    result: dict[str, Any] | None
    pid: int
    created: datetime
    updated: datetime


class NotFound(VigaError):
    """A name that does not exist; says which ones do, nearest first."""

    def __init__(self, what: str, then: str) -> None:
        super().__init__("not_found", what, then=then)


class HeadMoved(VigaError):
    """Somebody else's run came first. Nothing was written."""

    def __init__(self, scene: str, expected: str, actual: str, noun: Noun = "scene") -> None:
        super().__init__(
            "busy",
            f"The head of {noun} {scene!r} moved from {expected} to {actual} meanwhile; nothing was changed.",
            then=f"See diff_revisions(a={expected!r}, b={actual!r}) and send the change again on {actual}, "
            f"or check out {expected} first to branch from it.",
        )
        self.expected = expected
        self.actual = actual


class BlobMissing(VigaError):
    """A file that rows refer to is not there any more."""

    def __init__(self, blob: str, path: Path, users: Sequence[str]) -> None:
        owners = f" (needed by {', '.join(users)})" if users else ""
        super().__init__(
            "unavailable",
            f"The stored file {blob} is missing{owners}.",
            where=f"Expected at {path}",
            then="Put the file back from a copy of the workspace, or check out a revision that does not need it.",
        )
        self.blob = blob
        self.users = tuple(users)


_USED_BLOBS = """SELECT state FROM revision WHERE state IS NOT NULL UNION SELECT graph FROM revision
    UNION SELECT blob FROM target"""
_HISTORY = ("scene", "revision", "move", "metric", "target")
_SCHEMA = (
    "CREATE TABLE scene (handle TEXT PRIMARY KEY, created TEXT NOT NULL)",
    """CREATE TABLE revision (
        scene TEXT NOT NULL REFERENCES scene, number INTEGER NOT NULL, parent INTEGER, base INTEGER NOT NULL,
        mode TEXT NOT NULL CHECK (mode IN ('open', 'patch', 'program', 'fit')), whole INTEGER NOT NULL,
        code TEXT NOT NULL, source TEXT NOT NULL, note TEXT, state TEXT, graph TEXT NOT NULL, output TEXT NOT NULL,
        warnings TEXT NOT NULL, changes TEXT NOT NULL, seconds REAL NOT NULL, blender TEXT NOT NULL,
        created TEXT NOT NULL,
        PRIMARY KEY (scene, number),
        FOREIGN KEY (scene, parent) REFERENCES revision, FOREIGN KEY (scene, base) REFERENCES revision,
        CHECK ((mode = 'open') = (parent IS NULL)))""",
    "CREATE INDEX revision_parent ON revision (scene, parent)",
    # The head of a scene is its latest move: no row ever changes, so the way here can always be told.
    """CREATE TABLE move (
        seq INTEGER PRIMARY KEY AUTOINCREMENT, scene TEXT NOT NULL, number INTEGER NOT NULL,
        cause TEXT NOT NULL CHECK (cause IN ('open', 'append', 'checkout')), created TEXT NOT NULL,
        FOREIGN KEY (scene, number) REFERENCES revision)""",
    "CREATE INDEX move_scene ON move (scene, seq)",
    """CREATE TABLE metric (
        seq INTEGER PRIMARY KEY AUTOINCREMENT, scene TEXT NOT NULL, number INTEGER NOT NULL, target TEXT NOT NULL,
        name TEXT NOT NULL, value REAL NOT NULL, created TEXT NOT NULL,
        FOREIGN KEY (scene, number) REFERENCES revision)""",
    "CREATE INDEX metric_revision ON metric (scene, number)",
    """CREATE TABLE target (
        seq INTEGER PRIMARY KEY AUTOINCREMENT, scene TEXT NOT NULL REFERENCES scene, name TEXT NOT NULL,
        blob TEXT NOT NULL, view TEXT NOT NULL, width INTEGER NOT NULL, height INTEGER NOT NULL,
        source TEXT NOT NULL, created TEXT NOT NULL)""",
    """CREATE TABLE job (
        number INTEGER PRIMARY KEY AUTOINCREMENT, tool TEXT NOT NULL, scene TEXT REFERENCES scene,
        arguments TEXT NOT NULL,
        status TEXT NOT NULL CHECK (status IN ('running', 'done', 'failed', 'cancelled')),
        progress TEXT, result TEXT, pid INTEGER NOT NULL, started TEXT NOT NULL,
        created TEXT NOT NULL, updated TEXT NOT NULL)""",
)


class Store:
    """The record of one workspace. Threads may share it."""

    def __init__(self, blobs: "Blobs", database: "Database", noun: Noun = "scene") -> None:
        self._noun: Noun = noun
        self._blobs = blobs
        self._database = database

    @classmethod
    def open(cls, workspace: Path, noun: Noun = "scene") -> Self:
        """Open the record of a workspace's scenes or decks, or start one.

        Raises:
            VigaError: "unavailable" if the folder can't be written or the record is broken or of a newer viga-mcp.
        """
        folder = workspace / ".viga" if noun == "scene" else workspace / ".viga" / "decks"
        schema = (*_SCHEMA, *(trigger for table in _HISTORY for trigger in append_only(table)))
        database = Database.open(folder / "store.sqlite", schema, SCHEMA_VERSION)
        return cls(Blobs(folder / "blobs"), database, noun)

    def close(self) -> None:
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    # Files

    def put(self, data: bytes, suffix: str = "") -> str:
        """Keep bytes; returns their blob id. Equal content has one id and one file.

        Naming it in a revision or target makes it durable; until then it may get lost with a power cut.
        """
        return self._blobs.put(data, suffix)

    def adopt(self, path: Path, suffix: str = "", *, keep: bool = False) -> str:
        """Keep a finished file; returns its blob id.

        Args:
            path: A plain file that nobody writes any more. It is moved, without a copy where the file system allows.
            suffix: ".blend", ".png"...
            keep: Leave the file where it is, for one that is the user's own.
        """
        return self._blobs.adopt(path, suffix, keep=keep)

    def new_file(self, suffix: str = "") -> Path:
        """An unused path for a file to adopt: adopting it is a rename, and what stays behind goes with `collect`."""
        return self._blobs.new_file(suffix)

    def blob(self, id: str) -> Path:
        """Path of a kept file: read it or copy it, never write to it.

        Raises:
            BlobMissing: If it is not there; names the revisions and targets that need it.
        """
        path = self._blobs.path(id)
        if not path.is_file():
            raise BlobMissing(id, path, self._users(id))
        return path

    def read_json(self, id: str) -> Any:
        """Value of a kept JSON file."""
        return json.loads(self.blob(id).read_bytes())

    def collect(self, older_than_s: float = 86400.0) -> int:
        """Delete files that no revision and no target names; returns how many.

        Args:
            older_than_s: Spare younger ones: a run that is just being accepted has its files first and its row last.
        """
        old = self._blobs.older_than(older_than_s)
        with self._database.write() as db:  # no row can appear meanwhile
            used = {row[0] for row in db.execute(_USED_BLOBS)}
            return sum(self._blobs.remove(path, older_than_s) for path in old if path.name not in used)

    def check(self) -> list[str]:
        """What is broken, a line each; empty if all is well. Reads every file that a row names."""
        damage = [f"store.sqlite: {row[0]}" for row in self._database.rows("PRAGMA integrity_check") if row[0] != "ok"]
        damage += [f"store.sqlite: dangling {row[0]}" for row in self._database.rows("PRAGMA foreign_key_check")]
        for id in (row[0] for row in self._database.rows(_USED_BLOBS)):
            if trouble := self._blobs.trouble(id):
                damage.append(f"{id} {trouble} (needed by {', '.join(self._users(id))})")
        return damage

    # Revisions

    def open_base(
        self,
        scene: str,
        *,
        state: str | None,
        graph: str,
        source: str,
        note: str | None = None,
        output: str = "",
        warnings: Sequence[Mapping[str, Any]] = (),
        changes: Mapping[str, Any] | None = None,
        seconds: float = 0.0,
        blender: str = "",
    ) -> Revision:
        """Start a line: a new scene at r0, or, in one that exists, a further root. The head moves there."""
        if not HANDLE.fullmatch(scene):
            raise VigaError(
                "invalid_argument",
                f"{scene!r} can't name a {self._noun}.",
                then="Use up to 64 letters, digits, '_' and '-', first a letter or digit, such as 'kitchen-2'.",
            )
        self._settle(state, graph)
        with self._database.write() as db:
            db.execute("INSERT INTO scene VALUES (?, ?) ON CONFLICT DO NOTHING", (scene, _now()))
            number = self._insert(
                db, scene, None, None, "open", whole=True, code="", source=source, note=note, state=state, graph=graph,
                output=output, warnings=warnings, changes=changes, seconds=seconds, blender=blender,
            )  # fmt: skip
        return self._get(scene, number)

    def append(
        self,
        scene: str,
        *,
        expected_head: str,
        mode: Literal["patch", "program", "fit"],
        code: str,
        state: str,
        graph: str,
        parent: str | None = None,
        whole: bool | None = None,
        base: Base | None = None,
        note: str | None = None,
        output: str = "",
        warnings: Sequence[Mapping[str, Any]] = (),
        changes: Mapping[str, Any] | None = None,
        seconds: float = 0.0,
        blender: str = "",
    ) -> Revision:
        """Record an accepted run and move the head to it; durable when this returns.

        Args:
            scene: Handle of an existing scene.
            expected_head: The head that the run was made for.
            mode: How the code was sent; "fit" for fitted numbers.
            code: The complete program or the patch (see `whole`).
            state: Blob of the `.blend` after the run.
            graph: Blob of its scene graph.
            parent: The revision that the run started from; the expected head if None.
            whole: Whether the code is a complete program; by default all but "patch" is.
            base: Where the line starts from here on, recorded with the run or not at all; by default its parent's base.
            note: What the run was for, in the caller's words.
            output: What the program printed, capped by the caller.
            warnings: Of the run, JSON-able.
            changes: Scene difference to the parent, JSON-able.
            seconds: Wall-clock time of the run.
            blender: Version that ran it.

        Raises:
            HeadMoved: If the head is another one by now. Nothing is written.
            NotFound: For an unknown scene or parent.
        """
        origin = self._number(scene, expected_head if parent is None else parent)
        self._settle(state, graph, *((base.state, base.graph) if base else ()))
        with self._database.write() as db:
            actual = self.scene(scene).head
            if actual != expected_head:
                raise HeadMoved(scene, expected_head, actual, self._noun)
            if base:
                start = self._insert(
                    db, scene, None, None, "open", whole=True, code="", source=base.source, note=base.source,
                    state=base.state, graph=base.graph, output="", warnings=(), changes=None, seconds=0.0,
                    blender=blender,
                )  # fmt: skip
            else:
                sql = "SELECT base FROM revision WHERE scene = ? AND number = ?"
                start = db.execute(sql, (scene, origin)).fetchone()[0]
            number = self._insert(
                db, scene, origin, start, mode, whole=mode != "patch" if whole is None else whole, code=code, source="",
                note=note, state=state, graph=graph, output=output, warnings=warnings, changes=changes,
                seconds=seconds, blender=blender,
            )  # fmt: skip
        return self._get(scene, number)

    def checkout(self, scene: str, id: str) -> Revision:
        """Move the head to a revision; what runs next branches from there. Nothing is lost by it."""
        number = self._number(scene, id)
        with self._database.write() as db:
            db.execute("INSERT INTO move VALUES (NULL, ?, ?, 'checkout', ?)", (scene, number, _now()))
        return self._get(scene, number)

    def scenes(self) -> list[Scene]:
        """All scenes, by handle."""
        return [self.scene(row["handle"]) for row in self._database.rows("SELECT handle FROM scene ORDER BY handle")]

    def scene(self, handle: str) -> Scene:
        row = self._database.row(
            "SELECT handle, created, (SELECT number FROM move WHERE scene = handle ORDER BY seq DESC LIMIT 1) AS head"
            " FROM scene WHERE handle = ?",
            handle,
        )
        if row is None:
            known = [row["handle"] for row in self._database.rows("SELECT handle FROM scene")]
            raise _unknown(self._noun, handle, known, MAKERS[self._noun])
        return Scene(row["handle"], f"r{row['head']}", datetime.fromisoformat(row["created"]))

    def revision(self, scene: str, id: str | None = None) -> Revision:
        """One revision; None is the head."""
        return self._get(scene, self._number(scene, self.scene(scene).head if id is None else id))

    def revisions(self, scene: str, limit: int = 50, before: str | None = None) -> list[Revision]:
        """The newest first, from below `before` (exclusive) if given."""
        self.scene(scene)
        top = self._number(scene, before) if before is not None else sys.maxsize
        sql = "SELECT * FROM revision WHERE scene = ? AND number < ? ORDER BY number DESC LIMIT ?"
        return [_revision(row) for row in self._database.rows(sql, scene, top, limit)]

    def children(self, scene: str, id: str) -> list[Revision]:
        """The revisions made directly from this one, oldest first."""
        sql = "SELECT * FROM revision WHERE scene = ? AND parent = ? ORDER BY number"
        return [_revision(row) for row in self._database.rows(sql, scene, self._number(scene, id))]

    def program(self, scene: str, id: str | None = None) -> tuple[str, ...]:
        """The last complete program and the patches since, in order; run on the base, they give the state."""
        rows = self._database.rows(
            """WITH RECURSIVE line (number, parent, mode, whole, code) AS (
                SELECT number, parent, mode, whole, code FROM revision WHERE scene = :scene AND number = :number
                UNION ALL SELECT r.number, r.parent, r.mode, r.whole, r.code FROM line
                JOIN revision r ON r.scene = :scene AND r.number = line.parent WHERE NOT line.whole)
            SELECT code FROM line WHERE mode <> 'open' ORDER BY number""",
            scene=scene,
            number=self.revision(scene, id).number,
        )
        return tuple(row["code"] for row in rows)

    # Metrics and targets: append-only too, the latest of a name counts

    def set_metric(self, scene: str, id: str, target: str, name: str, value: float) -> None:
        """Note how far a revision is from a target, such as ("target", "photometric_loss", 0.0123)."""
        if not math.isfinite(value):
            raise VigaError("invalid_argument", f"Metric {name!r} is {value}: only finite numbers are kept.")
        number = self._number(scene, id)
        with self._database.write() as db:
            row = (scene, number, target, name, float(value), _now())
            db.execute("INSERT INTO metric VALUES (NULL, ?, ?, ?, ?, ?, ?)", row)

    def metrics(self, scene: str, id: str) -> dict[str, dict[str, float]]:
        """Latest values of one revision: target -> name -> value."""
        number = self._number(scene, id)
        rows = self._database.rows("SELECT * FROM metric WHERE scene = ? AND number = ? ORDER BY seq", scene, number)
        return _metrics(rows).get(f"r{number}", {})

    def all_metrics(self, scene: str) -> dict[str, dict[str, dict[str, float]]]:
        """Latest values of every revision that has any: revision -> target -> name -> value."""
        self.scene(scene)
        return _metrics(self._database.rows("SELECT * FROM metric WHERE scene = ? ORDER BY seq", scene))

    def set_target(
        self, scene: str, name: str, *, blob: str, view: View, width: int, height: int, source: str
    ) -> Target:
        """Keep a reference picture under a name; a later one of the same name replaces it."""
        self.scene(scene)
        self._settle(blob)
        with self._database.write() as db:
            row = (scene, name, blob, json.dumps(view), width, height, storable_text(source), _now())
            db.execute("INSERT INTO target VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?)", row)
        return self.target(scene, name)

    def target(self, scene: str, name: str) -> Target:
        targets = {target.name: target for target in self.targets(scene)}
        if name not in targets:
            raise _unknown("target", name, list(targets), "set_target")
        return targets[name]

    def targets(self, scene: str) -> list[Target]:
        """The latest of each name, by name."""
        self.scene(scene)
        sql = """SELECT * FROM target
            WHERE seq IN (SELECT max(seq) FROM target WHERE scene = ? GROUP BY name) ORDER BY name"""
        return [_target(row) for row in self._database.rows(sql, scene)]

    # Jobs

    def create_job(self, tool: str, scene: str | None, arguments: Mapping[str, Any]) -> str:
        """Note that this process starts a piece of long work; returns its id ("j1")."""
        if scene is not None:
            self.scene(scene)
        me, now = os.getpid(), _now()
        with self._database.write() as db:
            values = (tool, scene, json.dumps(arguments), me, process_started(me) or "", now, now)
            sql = "INSERT INTO job VALUES (NULL, ?, ?, ?, 'running', NULL, NULL, ?, ?, ?, ?)"
            return f"j{db.execute(sql, values).lastrowid}"

    def update_job(
        self,
        id: str,
        *,
        status: JobStatus = "running",
        progress: Mapping[str, Any] | None = None,
        result: Mapping[str, Any] | None = None,
    ) -> Job:
        """Note progress or the end of a job; returns it as it stands now.

        The first end wins: a job that was ended before, by another process perhaps, stays as it was, and its runner
        learns from the answer that it was cancelled. But one that made a revision is done: that can't be cancelled
        any more. None keeps what was there.
        """
        self.job(id)
        over = "'running', 'cancelled'" if result and result.get("revision") else "'running'"
        with self._database.write() as db:
            db.execute(
                "UPDATE job SET status = ?, progress = coalesce(?, progress), result = coalesce(?, result), updated = ?"
                f" WHERE number = ? AND status IN ({over})",
                (status, _json(progress), _json(result), _now(), int(id[1:])),
            )
        return self.job(id)

    def resume_job(self, id: str) -> bool:
        """Take over an interrupted job for this process; False if it is not interrupted (any more)."""
        me = os.getpid()
        with self._database.write() as db:
            if not self.job(id).interrupted:
                return False
            values = (me, process_started(me) or "", _now(), int(id[1:]))
            db.execute("UPDATE job SET pid = ?, started = ?, updated = ? WHERE number = ?", values)
            return True

    def job(self, id: str) -> Job:
        row = None
        if re.fullmatch(r"j[1-9][0-9]{0,14}", id):
            row = self._database.row("SELECT * FROM job WHERE number = ?", int(id[1:]))
        if row is None:
            raise _unknown("job", id, [job.id for job in self.jobs()], "A long fit_parameters or bake_physics")
        return _job(row)

    def jobs(self, scene: str | None = None) -> list[Job]:
        """Of one scene or of all, newest first."""
        sql = "SELECT * FROM job WHERE :scene IS NULL OR scene = :scene ORDER BY number DESC"
        return [_job(row) for row in self._database.rows(sql, scene=scene)]

    def _insert(
        self, db: sqlite3.Connection, scene: str, parent: int | None, base: int | None, mode: Mode, **run: Any
    ) -> int:
        last = db.execute("SELECT coalesce(max(number), -1) FROM revision WHERE scene = ?", (scene,)).fetchone()[0]
        number, now = last + 1, _now()
        row = run | {
            "scene": scene,
            "number": number,
            "parent": parent,
            "base": number if base is None else base,
            "mode": mode,
            "note": None if run["note"] is None else storable_text(run["note"]),
            "code": storable_text(run["code"]),
            "source": storable_text(run["source"]),
            "output": storable_text(run["output"]),
            "warnings": json.dumps(list(run["warnings"])),
            "changes": json.dumps(run["changes"] or {}),
            "created": now,
        }
        db.execute(f"INSERT INTO revision ({', '.join(row)}) VALUES (:{', :'.join(row)})", row)
        cause = "open" if mode == "open" else "append"
        db.execute("INSERT INTO move VALUES (NULL, ?, ?, ?, ?)", (scene, number, cause, now))
        return number

    def _settle(self, *blobs: str | None) -> None:
        ids = [id for id in blobs if id is not None]
        for id in ids:
            self.blob(id)
        self._blobs.settle(*ids)

    def _get(self, scene: str, number: int) -> Revision:
        return _revision(self._database.rows("SELECT * FROM revision WHERE scene = ? AND number = ?", scene, number)[0])

    def _number(self, scene: str, id: str) -> int:
        head = self.scene(scene).head
        wanted = int(id[1:]) if re.fullmatch(r"r(0|[1-9][0-9]{0,14})", id) else None
        if wanted is not None and self._database.row(
            "SELECT 1 FROM revision WHERE scene = ? AND number = ?", scene, wanted
        ):
            return wanted
        near = int(head[1:]) if wanted is None else wanted
        sql = "SELECT number FROM revision WHERE scene = ? ORDER BY abs(number - ?), number LIMIT ?"
        names = ", ".join(f"r{row[0]}" for row in self._database.rows(sql, scene, near, NAMES_SHOWN))
        raise NotFound(f"No revision {id!r} in {self._noun} {scene!r}.", f"Nearest: {names}. The head is {head}.")

    def _users(self, blob: str) -> list[str]:
        sql = """SELECT scene || ' r' || number FROM revision WHERE state = :id OR graph = :id
            UNION ALL SELECT 'target ' || name || ' of ' || scene FROM target WHERE blob = :id LIMIT 8"""
        return [row[0] for row in self._database.rows(sql, id=blob)]


def process_started(pid: int) -> str | None:
    """When a process started, as a token of its own; None if it is gone, "" where that can't be told (Windows)."""
    if sys.platform == "linux":
        try:
            # The name in parentheses may hold blanks; after it come the state and, 20th, the start in ticks since boot.
            fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="utf-8").strip()
        except OSError:
            return None
        return None if fields[0] in "ZX" else f"{boot}/{fields[19]}"
    if os.name == "posix":
        answer = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
        return answer.stdout.strip() or None
    return ""


def _revision(row: sqlite3.Row) -> Revision:
    values: dict[str, Any] = dict(row)
    values.update(
        id=f"r{row['number']}",
        parent=None if row["parent"] is None else f"r{row['parent']}",
        base=f"r{row['base']}",
        whole=bool(row["whole"]),
        warnings=json.loads(row["warnings"]),
        changes=json.loads(row["changes"]),
        created=datetime.fromisoformat(row["created"]),
    )
    return Revision(**values)


def _target(row: sqlite3.Row) -> Target:
    values: dict[str, Any] = dict(row)
    del values["seq"]
    values.update(view=json.loads(row["view"]), created=datetime.fromisoformat(row["created"]))
    return Target(**values)


def _job(row: sqlite3.Row) -> Job:
    return Job(
        id=f"j{row['number']}",
        tool=row["tool"],
        scene=row["scene"],
        arguments=json.loads(row["arguments"]),
        status=row["status"],
        interrupted=row["status"] == "running" and process_started(row["pid"]) != row["started"],
        progress=json.loads(row["progress"] or "null"),
        result=json.loads(row["result"] or "null"),
        pid=row["pid"],
        created=datetime.fromisoformat(row["created"]),
        updated=datetime.fromisoformat(row["updated"]),
    )


def _metrics(rows: Sequence[sqlite3.Row]) -> dict[str, dict[str, dict[str, float]]]:
    found: dict[str, dict[str, dict[str, float]]] = {}
    for row in rows:
        found.setdefault(f"r{row['number']}", {}).setdefault(row["target"], {})[row["name"]] = row["value"]
    return found


def _unknown(noun: str, name: str, known: Sequence[str], maker: str) -> NotFound:
    near = get_close_matches(name, known, n=3, cutoff=0.4)
    names = [*near, *sorted(set(known) - set(near))]
    if not names:
        return NotFound(f"No {noun} {name!r}: there is none yet.", f"{maker} makes one.")
    more = f" and {len(names) - NAMES_SHOWN} more" if len(names) > NAMES_SHOWN else ""
    return NotFound(f"No {noun} {name!r}.", f"Known, nearest first: {', '.join(map(repr, names[:NAMES_SHOWN]))}{more}.")


def _json(value: Mapping[str, Any] | None) -> str | None:
    return None if value is None else json.dumps(value)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
