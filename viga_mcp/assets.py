"""Where assets are looked for and fetched: the user's folders, and sources that the configuration names.

A source is anything with the three members of `AssetSource`: a folder, an online library, a generator. One asset is
named `SOURCE:REST`; what stands after the colon is the source's own business, except that `#NAME` at the end is one
collection or object of a file.
"""

import importlib
import json
import logging
import math
import os
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Protocol
from urllib.parse import unquote
from uuid import uuid4

import anyio
from anyio import to_thread

from viga_mcp.errors import VigaError, names_that_exist
from viga_mcp.imports import FORMATS
from viga_mcp.ranking import Query

logger = logging.getLogger(__name__)

OWN = "assets"
"""The workspace's own folder of assets, and the name of that source."""

READ_AT_ONCE = 20
SEARCH_TIME_S = 20.0
"""For each source that is not a folder."""

READING_TIME_S = 3.0
"""For tables of contents of new `.blend` files in one search; the rest is known by file name until the next."""

NAME_WEIGHT, PART_WEIGHT, FOLDER_WEIGHT = 1.0, 0.95, 0.6
Contents = Mapping[str, Any]
"""What a `.blend` holds: `marked`, `collections`, `objects`, or `error`; see `viga_mcp.blender.assets.contents`.

`is_passing` where another server may do better: a time-out says little about a file.
"""

ReadContents = Callable[[Sequence[Path]], Awaitable[Sequence[Contents]]]


@dataclass(frozen=True)
class Asset:
    """Something that can be imported.

    Attributes:
        id: What `fetch` and `import_asset` take.
        score: How well it fits the query, 0 to 1.
        about: What more there is to say: what a file holds, a licence.
        file: Where it lies, for sources whose assets are files already.
        part: The collection or object of the file that is meant; None for all of it.
        trouble: Why it can't be used, as far as that is known.
    """

    id: str
    name: str
    format: str
    score: float = 1.0
    size_bytes: int | None = None
    about: str = ""
    file: Path | None = None
    part: str | None = None
    trouble: str = ""


class AssetSource(Protocol):
    """Where assets come from. The configuration names a callable that takes the workspace and returns one."""

    @property
    def name(self) -> str:
        """Begins the ids of its assets: letters, digits, `_` and `-`."""
        ...

    async def search(self, query: str, limit: int) -> "Found":
        """The best fits, best first; an empty query is for anything. May answer with what it could make."""
        ...

    async def fetch(self, rest: str) -> Path:
        """A local file in a format that can be imported.

        Args:
            rest: Of an asset's id, what stands between the source's name with its colon and the `#NAME` of a part.

        Raises:
            VigaError: "not_found" for ids that it doesn't know; "unavailable" for its own troubles.
        """
        ...


class Fetched(NamedTuple):
    """A local file, and the collection or object of it that is meant, None for all."""

    file: Path
    part: str | None


@dataclass(frozen=True)
class Found:
    """The best fits, and what to know about the search."""

    assets: Sequence[Asset]
    notes: Sequence[str] = ()


class Assets:
    """All sources of a server.

    Args:
        workspace: Whose `assets` folder is a source if it exists.
        folders: The user's folders.
        sources: Further ones as "module:callable".
        read_contents: Reads the tables of contents of `.blend` files.
    """

    def __init__(
        self, workspace: Path, folders: Sequence[Path], sources: Sequence[str], read_contents: ReadContents
    ) -> None:
        self._workspace = workspace
        self._index = Index(workspace / ".viga" / "assets.json", read_contents)
        self._folders = folders
        self._specs = sources
        self._loaded: dict[str, AssetSource] = {}

    async def search(self, query: str, limit: int) -> Found:
        """The best fits of all sources; one that fails costs a note, not the search."""
        sources, notes = await self._sources()
        if not sources:
            notes.append(f"no asset folder: make {self._workspace / OWN}, or start the server with --assets DIR")
        found: list[Asset] = []
        for source in sources.values():
            try:
                # folders mind the time themselves, and tell what they have
                with anyio.move_on_after(math.inf if isinstance(source, Folder) else SEARCH_TIME_S) as scope:
                    answer = await source.search(query, limit)
                    found += answer.assets
                    notes += answer.notes
                if scope.cancelled_caught:
                    notes.append(f"source {source.name!r} did not answer within {SEARCH_TIME_S:g} s")
            except Exception as error:  # other people's code and networks
                logger.exception("asset source %s failed", source.name)
                notes.append(f"source {source.name!r} failed: {error}")
        found.sort(key=_rank)
        return Found(found[:limit], notes)

    async def fetch(self, id: str) -> Fetched | None:
        """The file behind an asset's id; None for what is no id, such as a path."""
        name, colon, rest = id.partition(":")
        sources, _ = await self._sources()
        if not colon or name not in sources:
            return None
        rest, _, part = rest.partition("#")
        try:
            return Fetched(await sources[name].fetch(rest), part or None)
        except VigaError:
            raise
        except Exception as error:  # as in search
            logger.exception("asset source %s failed", name)
            raise VigaError("unavailable", f"Asset source {name!r} could not fetch {id!r}: {error}") from error

    async def _sources(self) -> tuple[dict[str, AssetSource], list[str]]:
        """All that can be used now, by name, and notes on those that can't."""
        notes: list[str] = []
        found: dict[str, AssetSource] = {}
        own = self._workspace / OWN
        if own.is_dir() and own.resolve().is_relative_to(self._workspace.resolve()):
            found[OWN] = Folder(OWN, own.resolve(), self._index)
        for folder in self._folders:
            if not folder.is_dir():
                notes.append(f"asset folder {folder} does not exist")
                continue
            name = _free("".join(c if c.isalnum() or c in "_-" else "_" for c in folder.name) or "files", found)
            found[name] = Folder(name, folder.resolve(), self._index)
        for spec in self._specs:
            try:
                if spec not in self._loaded:
                    self._loaded[spec] = await to_thread.run_sync(load_source, spec, self._workspace)
                found[_free(self._loaded[spec].name, found)] = self._loaded[spec]
            except VigaError as error:
                notes.append(error.what)
        return found, notes


def load_source(spec: str, workspace: Path) -> AssetSource:
    """Make a source from "module:callable".

    Raises:
        VigaError: "unavailable" where that fails.
    """
    module, _, attribute = spec.partition(":")
    try:
        return getattr(importlib.import_module(module), attribute)(workspace)
    except Exception as error:  # whatever the module does when it is imported
        logger.exception("asset source %s", spec)
        raise VigaError("unavailable", f"asset source {spec!r} can't be loaded: {error}") from error


class Index:
    """What `.blend` files hold, remembered by path, time and size."""

    def __init__(self, file: Path, read_contents: ReadContents) -> None:
        self._file = file
        self._read = read_contents
        self._known: dict[str, tuple[int, int, Contents]] | None = None
        self._lock = anyio.Lock()

    def contents(self, file: Path, stat: os.stat_result) -> Contents | None:
        known = (self._known or {}).get(str(file))
        return known[2] if known and known[:2] == (stat.st_mtime_ns, stat.st_size) else None

    async def refresh(self, files: Sequence[tuple[Path, os.stat_result]]) -> int:
        """Read what is new, newest first, as long as there is time; returns how many are left unread."""
        async with self._lock:
            if self._known is None:
                self._known = await to_thread.run_sync(self._load)
            new = sorted((f for f in files if self.contents(*f) is None), key=lambda f: -f[1].st_mtime_ns)
            deadline = anyio.current_time() + READING_TIME_S
            done = 0
            while done < len(new) and anyio.current_time() < deadline:
                batch = new[done : done + READ_AT_ONCE]
                for (file, stat), contents in zip(batch, await self._read([file for file, _ in batch]), strict=True):
                    self._known[str(file)] = (stat.st_mtime_ns, stat.st_size, contents)
                done += len(batch)
            if done:
                await to_thread.run_sync(self._save)
            return len(new) - done

    def _load(self) -> dict[str, tuple[int, int, Contents]]:
        try:
            return {path: tuple(entry) for path, entry in json.loads(self._file.read_bytes()).items()}
        except (OSError, ValueError):
            return {}

    def _save(self) -> None:
        part = self._file.with_name(f".{uuid4().hex}")
        lasting = {file: entry for file, entry in (self._known or {}).items() if not entry[2].get("is_passing")}
        part.write_text(json.dumps(lasting), encoding="utf-8")
        part.replace(self._file)


class Folder:
    """A folder of model files on this machine, with all below it; links are not followed."""

    def __init__(self, name: str, folder: Path, index: Index) -> None:
        self.name = name
        self._folder = folder
        self._index = index

    async def search(self, query: str, limit: int) -> Found:
        files = await to_thread.run_sync(lambda: list(_model_files(self._folder)))
        left = await self._index.refresh([entry for entry in files if entry[0].suffix.lower() == ".blend"])
        notes = [f"{left} .blend files of {self.name!r} are known by file name only yet; search again"] if left else []
        return Found(await to_thread.run_sync(self._ranked, files, Query(query), limit), notes)

    async def fetch(self, rest: str) -> Path:
        wanted = unquote(rest)
        file = (self._folder / wanted).resolve() if "\0" not in wanted else self._folder
        if not file.is_relative_to(self._folder):
            raise VigaError("forbidden", f"{wanted!r} lies outside the asset folder {self._folder}.")
        if not await to_thread.run_sync(file.is_file):
            names = [self._id(path) for path, _ in await to_thread.run_sync(lambda: list(_model_files(self._folder)))]
            known = f"{self.name}:{rest}"
            raise VigaError("not_found", f"There is no asset {known!r}.", then=names_that_exist(known, names, "Assets"))
        return file

    def _id(self, file: Path) -> str:
        path = file.relative_to(self._folder).as_posix()
        return f"{self.name}:{path.replace('%', '%25').replace('#', '%23')}"  # where a # begins a part's name

    def _ranked(self, files: Sequence[tuple[Path, os.stat_result]], query: Query, limit: int) -> list[Asset]:
        found = [asset for file, stat in files for asset in self._assets(file, stat, query)]
        found.sort(key=_rank)
        return found[:limit]

    def _assets(self, file: Path, stat: os.stat_result, query: Query) -> Iterator[Asset]:
        """The file, if its name or folders fit, and those of its parts whose names fit better."""
        format = file.suffix.lower().removeprefix(".")
        folders = " ".join(file.relative_to(self._folder).parent.parts)
        outer = ((file.stem, NAME_WEIGHT), (format, NAME_WEIGHT), (folders, FOLDER_WEIGHT))
        contents = (self._index.contents(file, stat) if format == "blend" else None) or {}
        marked, collections = contents.get("marked", []), contents.get("collections", [])
        base = query.score(outer)
        if base:
            about = (
                f"marked as assets: {_some(marked)}" if marked else f"holds {_some(collections)}" * bool(collections)
            )
            trouble = f"can't be read: {contents['error']}" if "error" in contents else ""
            yield Asset(self._id(file), file.stem, format, base, stat.st_size, about, file, trouble=trouble)
        if query.words:
            for part in dict.fromkeys((*marked, *collections, *contents.get("objects", []))):
                score = query.score((*outer, (part, PART_WEIGHT)))
                if score > base:
                    kind = "marked as asset" if part in marked else "part"
                    about = f"{kind} of {file.name}"
                    yield Asset(f"{self._id(file)}#{part}", part, format, score, stat.st_size, about, file, part)


def _model_files(folder: Path) -> Iterator[tuple[Path, os.stat_result]]:
    for root, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            if not name.startswith(".") and name.rpartition(".")[2].lower() in FORMATS:
                path = Path(root, name)
                try:
                    if not path.is_symlink():
                        yield path, path.stat()
                except OSError:  # gone meanwhile
                    continue


def _rank(asset: Asset) -> tuple[bool, float, str, str]:
    """Sorts the best fits to the front, and what is of no use to the end."""
    return bool(asset.trouble), -asset.score, asset.name.lower(), asset.id


def _free(name: str, taken: Mapping[str, object]) -> str:
    number = 2
    free = name
    while free in taken or free == OWN:
        free, number = f"{name}-{number}", number + 1
    return free


def _some(names: Sequence[str], most: int = 6) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
