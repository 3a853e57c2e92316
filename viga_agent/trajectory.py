"""The events of a run: appended, flushed one by one, and the only thing that a report or a summary is made from.

They are a journal as well. A run that was cut off goes on by being made again from its beginning, and what the events
hold already (replies of tools and of models) is recalled instead of asked for: nothing but this knows of resuming.
"""

import contextlib
import copy
import hashlib
import json
import mimetypes
import os
import time
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, TextIO

Event = dict[str, Any]

BLOBS = "blobs"
_TRIES, _PAUSE_S = 10, 0.02  # to lock: who looks whether it is locked has it for a moment
_ALWAYS_NEW = frozenset({"progress", "retry", "run_started", "run_resumed", "run_ended"})
_REPLIES = frozenset({"reply", "reply_failed"})  # one queue: which came first matters
_ROUND_ENDS = frozenset({"judged", "best"})


class InUse(Exception):
    """Another process is writing these events."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} is being written by another process")


class Trajectory:
    """Appends events to a file and tells a listener.

    Every event has `event` (its kind), `t` (seconds that the run took so far) and `at` (UTC).

    Args:
        path: Of `events.jsonl`.
        on_event: Called with each event after it is written.
        past: What a run that goes on recalls, oldest first; see `past`.

    Raises:
        InUse: If another process has it open.
    """

    def __init__(self, path: Path, on_event: Callable[[Event], None] | None = None, past: Sequence[Event] = ()) -> None:
        self._file: TextIO = path.open("a", encoding="utf-8")
        if not _lock(self._file):
            self._file.close()
            raise InUse(path)
        self._on_event = on_event
        self._blobs = path.parent / BLOBS
        self._branch = ""
        self._past: dict[str, deque[Event]] = defaultdict(deque)
        for event in past:
            self._past[_queue(event)].append(event)
        self._started = time.monotonic() - (past[-1]["t"] if past else 0.0)

    def __enter__(self) -> "Trajectory":
        return self

    def __exit__(self, *_: object) -> None:
        os.fsync(self._file.fileno())
        self._file.close()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._started

    def on(self, branch: str) -> "Trajectory":
        """The same record, for one of several who work at once: its events name it, and it recalls its own."""
        twin = copy.copy(self)
        twin._branch = branch
        return twin

    def record(self, event_kind: str, /, **fields: Any) -> bool:
        """Write one event, unless the past holds it; values must be JSON. True if it is new."""
        branch = {"branch": self._branch} if self._branch else {}
        event: Event = {"event": event_kind, "t": round(self.seconds, 3), **branch, **fields}
        if event_kind not in _ALWAYS_NEW and (waiting := self._past.get(_queue(event))):
            waiting.popleft()
            return False
        event["at"] = datetime.now(UTC).isoformat(timespec="milliseconds")
        self._file.write(json.dumps(event, ensure_ascii=False, allow_nan=False) + "\n")
        self._file.flush()
        if self._on_event:
            self._on_event(event)
        return True

    def recall(self, kind: Literal["tool_result", "reply"], **fields: Any) -> Event | None:
        """What the past holds of the next such event: the result of a call, or a model's reply or failure."""
        waiting = self._past.get(_queue({"event": kind, "branch": self._branch, **fields}))
        return waiting.popleft() if waiting else None

    def keep(self, data: bytes, mime_type: str) -> str:
        """Store bytes beside the events; its name is relative to the run's folder."""
        extension = mimetypes.guess_extension(mime_type) or ""
        path = self._blobs / f"{hashlib.sha256(data).hexdigest()[:20]}{extension}"
        if not path.is_file():
            self._blobs.mkdir(exist_ok=True)
            partial = path.with_suffix(".partial")
            partial.write_bytes(data)
            partial.replace(path)
        return f"{BLOBS}/{path.name}"

    def kept(self, name: str) -> bytes:
        """What `keep` stored. Raises OSError if it is gone."""
        return (self._blobs.parent / name).read_bytes()


def read_events(path: Path) -> list[Event]:
    """The events of a file; a last line that a kill cut short is left out.

    Raises:
        ValueError: For a broken line that is not the last one.
    """
    lines = path.read_bytes().splitlines()
    events: list[Event] = []
    for number, line in enumerate(lines, 1):
        try:
            events.append(json.loads(line))
        except ValueError as error:
            if number < len(lines):
                raise ValueError(f"{path} line {number} is not an event: {error}") from error
    return events


def call_key(event: Event) -> tuple[str, int | None]:
    """What a `tool_call` and its `tool_result` have in common: those who work at once each count their own calls."""
    return event.get("branch", ""), event.get("call")


def mend(path: Path) -> None:
    """Cut off a last line that a kill left incomplete, so that events can be appended.

    Raises:
        InUse: If it may be incomplete because a process is just writing it.
    """
    if is_written(path):
        raise InUse(path)
    data = path.read_bytes()
    if data and not data.endswith(b"\n"):
        with path.open("r+b") as file:
            file.truncate(data.rfind(b"\n") + 1)


def past(events: Sequence[Event]) -> list[Event]:
    """What a run that goes on recalls of its events.

    Of a run that was cut off all, to where the server was gone; of one that ended all before its last failure, so that
    this is tried again. Before the start was judged there is nothing worth recalling.
    """
    recalled: list[Event] = []
    status = ""
    for event in events:
        if event["event"] == "run_resumed":
            recalled, status = recalled[: event["recalled"]], ""
        elif event["event"] == "run_ended":
            status = event["status"]
        elif event["event"] != "run_started":
            recalled.append(event)
    gone = (number for number, event in enumerate(recalled) if event.get("kind") == "disconnected")
    recalled = recalled[: next(gone, None)]
    ends = [number for number, event in enumerate(recalled, 1) if event["event"] in _ROUND_ENDS]
    if not ends:
        return []
    return recalled[: _last_failure(recalled, ends[-1])] if status in {"failed", "done"} else recalled


def _last_failure(events: Sequence[Event], round_end: int) -> int:
    """Where the reply or the call stands that a run failed by; where there is none such, the end of its last round."""
    errors = [n for n, event in enumerate(events) if event["event"] == "error" and n >= round_end]
    if not errors:
        return round_end
    at = errors[-1] - 1
    match events[at]:
        case {"event": "reply_failed"}:
            return at
        case {"event": "tool_result", "ok": False}:
            made = (n for n in range(round_end, at) if call_key(events[n]) == call_key(events[at]))
            return next(made, round_end)
        case _:
            return round_end


def _queue(event: Event) -> str:
    kind = f"{event['role']}'s reply" if event["event"] in _REPLIES else event["event"]
    return f"{event.get('branch', '')}/{kind}"


def is_written(path: Path) -> bool | None:
    """Whether a process is writing these events; None where the system can't tell."""
    try:
        import fcntl
    except ImportError:
        return None
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _lock(file: TextIO) -> bool:
    """Lock it for this process, until it is closed or the process dies; False if another one has it.

    Where the system can't lock, all is well.
    """
    try:
        import fcntl
    except ImportError:
        return True
    for _ in range(_TRIES):
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        time.sleep(_PAUSE_S)
    return False
