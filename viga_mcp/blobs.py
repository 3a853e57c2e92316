"""Files named by their content."""

import hashlib
import math
import os
import re
import shutil
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from viga_mcp.database import explain_faults, sync
from viga_mcp.errors import VigaError

_BLOB = re.compile(r"[0-9a-f]{64}(\.[A-Za-z0-9]{1,16})?")


class Blobs:
    """Files named by the SHA-256 of their content."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._new = folder / "new"  # being written
        self._settled: set[str] = set()  # ids that this process knows to be on the disk
        with explain_faults(folder):
            if not self._new.is_dir():
                for shard in range(256):
                    (folder / f"{shard:02x}").mkdir(parents=True, exist_ok=True)
                self._new.mkdir(exist_ok=True)
            sync(folder)
            sync(folder.parent)

    def new_file(self, suffix: str = "") -> Path:
        return self._new / f"{uuid.uuid4().hex}{suffix}"

    def put(self, data: bytes, suffix: str) -> str:
        id = hashlib.sha256(data).hexdigest() + suffix
        with explain_faults(self._folder):
            if not self._has(id):
                part = self.new_file()
                part.write_bytes(data)
                self._place(part, id)
        return id

    def adopt(self, path: Path, suffix: str, *, keep: bool) -> str:
        if path.is_symlink() or not path.is_file():
            raise VigaError("not_found", f"No plain file at {path}.")
        with explain_faults(self._folder):
            if _BLOB.fullmatch(path.name) and path.resolve() == self.path(path.name).resolve():
                return path.name  # it is one of ours
            part = path
            if keep or path.stat().st_dev != self._folder.stat().st_dev:
                part = self.new_file()
                shutil.copyfile(path, part)
            id = _digest(part) + suffix
            if not self._has(id):
                self._place(part, id)
            for done in {part} if keep else {part, path}:
                done.unlink(missing_ok=True)
        return id

    def settle(self, *ids: str) -> None:
        """Bring files and their folder entries to the disk; at once, since a disk serves several syncs in one flush."""
        if new := [self.path(id) for id in ids if id not in self._settled]:
            places = {*new, *(path.parent for path in new)}
            with explain_faults(self._folder), ThreadPoolExecutor(len(places)) as pool:
                list(pool.map(sync, places))
            self._settled.update(ids)

    def path(self, id: str) -> Path:
        """Where a file is or would be."""
        if not _BLOB.fullmatch(id):
            raise VigaError("invalid_argument", f"{id!r} is not the id of a stored file.")
        return self._folder / id[:2] / id

    def trouble(self, id: str) -> str | None:
        """What is wrong with a file: "is missing", "was changed on the disk"; None if nothing."""
        try:
            return None if _digest(self.path(id)) == id[:64] else "was changed on the disk"
        except FileNotFoundError:
            return "is missing"

    def older_than(self, seconds: float) -> list[Path]:
        """Files, unfinished ones too, that were neither put nor put again for so long."""
        return [path for path in self._folder.glob("*/*") if _age_s(path) > seconds]

    def remove(self, path: Path, older_than_s: float) -> bool:
        """Delete a file unless it was put again meanwhile; tells whether it is gone."""
        if _age_s(path) <= older_than_s:
            return False
        path.unlink(missing_ok=True)
        return True

    def _has(self, id: str) -> bool:
        path = self.path(id)
        # What a power cut left of a file that no row named yet may have the name without the content.
        if not path.is_file() or (id not in self._settled and self.trouble(id)):
            return False
        os.utime(path)  # spares it from `collect`
        return True

    def _place(self, part: Path, id: str) -> None:
        os.utime(part)
        part.replace(self.path(id))
        self._settled.discard(id)


def _age_s(path: Path) -> float:
    try:
        return time.time() - path.stat().st_mtime
    except FileNotFoundError:
        return -math.inf


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
