"""The events of a run: appended, flushed one by one, and the only thing that a report or a summary is made from."""

import json
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

Event = dict[str, Any]


class Trajectory:
    """Appends events to a file and tells a listener.

    Every event has `event` (its kind), `t` (seconds since this object was made) and `at` (UTC).

    Args:
        path: Of `events.jsonl`.
        on_event: Called with each event after it is written.
    """

    def __init__(self, path: Path, on_event: Callable[[Event], None] | None = None) -> None:
        self._file: TextIO = path.open("a", encoding="utf-8")
        self._on_event = on_event
        self._started = time.monotonic()

    def __enter__(self) -> "Trajectory":
        return self

    def __exit__(self, *_: object) -> None:
        os.fsync(self._file.fileno())
        self._file.close()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._started

    def record(self, event_kind: str, /, **fields: Any) -> None:
        """Write one event; values must be JSON."""
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        event: Event = {"event": event_kind, "t": round(self.seconds, 3), "at": at, **fields}
        self._file.write(json.dumps(event, ensure_ascii=False, allow_nan=False) + "\n")
        self._file.flush()
        if self._on_event:
            self._on_event(event)


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
