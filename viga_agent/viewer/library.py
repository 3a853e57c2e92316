"""The runs of a folder: which there are, how each went or goes, and what of their files may be seen."""

import contextlib
import json
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from PIL import Image
from pydantic import BaseModel, ValidationError

from viga_agent.folder import RunFolder
from viga_agent.story import result, tell
from viga_agent.trajectory import Event, is_written

QUIET_S = 300.0
"""Without an event for so long, a run's process is taken for gone, where the system can't tell."""
_MEDIA = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}


class Losses(BaseModel):
    start: float | None
    best: float | None


class Row(BaseModel):
    """What the list says of a run: a `result.json`, or what it would be if the run ended now."""

    task: str
    kind: str
    policy: str
    started: str
    status: str
    reason: str
    loss: Losses
    review: dict[str, Any] | None
    rounds: int
    seconds: float


@dataclass
class Tail:
    """The events of a file that grows; what was read once is not read again."""

    path: Path
    events: list[Event] = field(default_factory=list[Event])
    _offset: int = 0

    def read(self) -> list[Event]:
        """All events so far; a last line that is not whole yet waits for the next time.

        Raises:
            ValueError: For a line that is no event.
        """
        if self.path.stat().st_size < self._offset:
            self.events, self._offset = [], 0
        with self.path.open("rb") as file:
            file.seek(self._offset)
            whole, newline, _ = file.read().rpartition(b"\n")
        self.events += [json.loads(line) for line in whole.splitlines()]
        self._offset += len(whole) + len(newline)
        return self.events


class Library:
    """The runs of a folder, or one run.

    Args:
        path: The folder, or the run's own.

    Attributes:
        root: The folder.
        only: The run's name, where there is just one to see.
    """

    def __init__(self, path: Path) -> None:
        path = path.resolve()
        self.only = path.name if (path / "events.jsonl").is_file() else None
        self.root = path.parent if self.only else path
        self._rows: dict[str, tuple[object, Row]] = {}
        self._tails: dict[str, Tail] = {}

    def run(self, name: str) -> RunFolder | None:
        """The folder of a run; None if there is none of this name here."""
        if self.only not in {None, name}:
            return None
        try:
            path = (self.root / name).resolve()
        except ValueError:  # a null character
            return None
        events = (path / "events.jsonl").resolve()
        is_ours = path.parent == self.root and events.parent == path and events.is_file()
        return RunFolder(path) if is_ours else None

    def rows(self, now: float) -> list[tuple[str, Row, float]]:
        """The runs: name, how it goes, and when its last event came; times in seconds since 1970.

        Raises:
            OSError: If the folder is gone.
        """
        names = [self.only] if self.only else [entry.name for entry in self.root.iterdir() if entry.name.isprintable()]
        found: list[tuple[str, Row, float]] = []
        for name in names:
            folder = self.run(name)
            if folder:
                with contextlib.suppress(FileNotFoundError):  # it is deleted just now
                    found.append((name, *self._row(name, folder, now)))
        return found

    def _row(self, name: str, folder: RunFolder, now: float) -> tuple[Row, float]:
        events = folder.events.stat()
        stamp = events.st_size, events.st_mtime_ns
        if self._rows.get(name, (None,))[0] != stamp:
            tail = self._tails.setdefault(name, Tail(folder.events))
            self._rows[name] = stamp, _row(folder, tail)
        row = self._rows[name][1]
        status, reason = going(row.status, row.reason, folder.events, now)
        if status != "running":
            self._tails.pop(name, None)
        return row.model_copy(update={"status": status, "reason": reason}), events.st_mtime


def going(status: str, reason: str, events: Path, now: float) -> tuple[str, str]:
    """Status and reason of a run that is looked at while it may go on; `now` in seconds since 1970."""
    if status != "unfinished":
        return status, reason
    is_going_on = is_written(events)
    if is_going_on is None:
        is_going_on = now - events.stat().st_mtime < QUIET_S
    return ("running", "") if is_going_on else ("unfinished", "the process is gone;")


class Seen(NamedTuple):
    """A picture in a run's folder; `version` changes with its contents."""

    path: Path
    media_type: str
    width: int
    height: int
    version: int


def find_picture(folder: RunFolder, file: str) -> Seen | None:
    """A picture within a run's folder, by its path there; None for whatever is none, or lies elsewhere."""
    try:
        path = (folder.path / file).resolve()
        if not path.is_relative_to(folder.path.resolve()):
            return None
        version = path.stat().st_mtime_ns
        return Seen(path, *_described(path, version), version)
    except (OSError, ValueError):  # PIL's complaint about a file that is no picture is an OSError
        return None


@lru_cache(maxsize=4096)
def _described(path: Path, version: int) -> tuple[str, int, int]:
    with Image.open(path, formats=list(_MEDIA)) as image:
        return _MEDIA[image.format or ""], image.width, image.height


def _row(folder: RunFolder, tail: Tail) -> Row:
    """From `result.json` where it is newer than the events, which are long."""
    try:
        if folder.result.stat().st_mtime_ns >= folder.events.stat().st_mtime_ns:
            return Row.model_validate_json(folder.result.read_bytes())
    except (OSError, ValidationError):
        pass  # there is none yet, or an older version wrote it
    try:
        return Row.model_validate(result(tell(tail.read())))
    except (ValueError, LookupError, TypeError) as error:
        return Row(
            task=folder.path.name,
            kind="",
            policy="",
            started="",
            status="unreadable",
            reason=f"events.jsonl can't be read: {error!r}",
            loss=Losses(start=None, best=None),
            review=None,
            rounds=0,
            seconds=0.0,
        )
