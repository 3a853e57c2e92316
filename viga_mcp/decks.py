"""A deck: a line of revisions under a handle, as `scenes` has it for Blender; programs, pictures and numbers of slides.

A program runs on the deck's base, or as a patch on its head, in a process of its own that may touch nothing else. What
it leaves is read back from the file before it is accepted: a revision is a deck that opens.
"""

import contextlib
import json
import os
import shutil
import sys
import tempfile
from collections import OrderedDict
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

import anyio
from anyio import to_thread

from viga_mcp import programs
from viga_mcp.concurrency import concurrently
from viga_mcp.config import Config
from viga_mcp.deck_changes import deck_changes
from viga_mcp.emoji import emoji_stamps, has_emoji
from viga_mcp.errors import Kind, VigaError
from viga_mcp.failures import dead, failed, unchanged
from viga_mcp.painters import Painters
from viga_mcp.painting import Painted, Pictures, Renderer
from viga_mcp.pool import Member, Pool
from viga_mcp.revisions import HeadMoved, NotFound, Revision, Store
from viga_mcp.scratch import scratch_folder
from viga_mcp.worker import Death, Progress
from viga_mcp.workers import runtime_folder

READ_TIMEOUT_S = 120.0
MEMORY_BYTES = 4 << 30
MAX_READER_BYTES = 400 << 20
"""Of memory; a reader that has grown beyond it is replaced. It begins with 60 MB."""
READINGS_KEPT = 16
ADVICE: dict[Kind, str] = {
    "timeout": "Do less in one run, or pass a larger timeout_s. Before adding thousands of shapes set "
    "slide.shapes.turbo_add_enabled = True.",
    "crash": "Leave out what ends the process (os._exit, a broken library).",
    "memory_limit": "Use smaller pictures and fewer shapes.",
}
MADE = ".deck.pptx"
EMOJI_WIDTH_PX = 1920
PAINTED_AT_ONCE = 8
"""Slides; more are painted by two processes: a second one costs half a second to start and 220 MB."""
Graph = dict[str, Any]  # as `slides.graph.read_graph` describes it


@dataclass(frozen=True)
class Reading:
    """What a deck's file says: its graph, and of each slide a key that is equal for slides that look the same."""

    graph: Graph
    keys: Sequence[str]


@dataclass(frozen=True)
class Painting:
    """The slides of a revision as they look.

    Attributes:
        slides: By number, of those that were asked for.
        anew: The numbers that were painted for this; the others were there.
    """

    renderer: Renderer
    slides: dict[int, Painted]
    anew: Sequence[int]
    seconds: float


@dataclass(frozen=True)
class Compiled:
    """An accepted run and what it changed.

    Attributes:
        changes: In words.
        changed: The numbers of the slides that look new.
        confined: Who enforced the program's limits; see `slides.confine`.
        painting: All its slides, if they were asked for; or why they can't be painted.
    """

    revision: Revision
    reading: Reading
    changes: Sequence[str]
    changed: Sequence[int]
    code_diff: programs.CodeDiff
    confined: Mapping[str, str]
    painting: Painting | VigaError | None = None


@dataclass(frozen=True)
class _Copy:
    """Some slides of a deck as a deck of its own, for a painter."""

    path: Path
    numbers: Sequence[int]


class Decks:
    """All decks of a workspace.

    Args:
        store: Their record.
        config: Of the server.
    """

    def __init__(self, store: Store, config: Config) -> None:
        self.store = store
        self.config = config
        self.pictures = Pictures(config.workspace / ".viga" / "slides")
        self._folder = runtime_folder()
        command = [sys.executable, "-P", str(Path(__file__).parent / "slides" / "main.py")]
        most = max(2, min(8, os.cpu_count() or 1))
        self._press = Pool(command, self._folder, "press", "python-pptx", most)
        readable = [str(path) for path in (config.workspace, *config.roots)]
        self._reader = Pool([*command, *readable], self._folder, "reader", "python-pptx", most)
        self._painters = Painters(command, self._press, self._folder, config.slide_renderer)
        self._locks: dict[str, anyio.Lock] = {}
        self._readings: OrderedDict[str, Reading] = OrderedDict()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        with anyio.CancelScope(shield=True):
            await self._press.aclose()
            await self._reader.aclose()
            await self._painters.aclose()
            await to_thread.run_sync(shutil.rmtree, self._folder, True)

    async def head(self, deck: str) -> Revision:
        """The current revision. Raises NotFound for a deck that nobody has started."""
        return await to_thread.run_sync(self.store.revision, deck)

    async def revision(self, deck: str, id: str | None) -> Revision:
        return await to_thread.run_sync(self.store.revision, deck, id)

    async def checkout(self, deck: str, id: str) -> Revision:
        async with self._alone(deck):
            return await to_thread.run_sync(self.store.checkout, deck, id)

    async def program(self, revision: Revision) -> str:
        """A revision's whole program as one text; empty for a base."""
        return programs.join(await to_thread.run_sync(self.store.program, revision.scene, revision.id))

    async def reading(self, revision: Revision) -> Reading:
        """What the revision's file says, as it was read when it was made."""
        if revision.graph not in self._readings:
            found = await to_thread.run_sync(self.store.read_json, revision.graph)
            self._readings[revision.graph] = Reading(found["graph"], found["keys"])
        self._readings.move_to_end(revision.graph)
        while len(self._readings) > READINGS_KEPT:
            self._readings.popitem(last=False)
        return self._readings[revision.graph]

    async def open(self, deck: str, path: Path) -> Revision:
        """Start a deck, or a new line in it, from a file.

        Raises:
            VigaError: "invalid_argument" for what is no deck that can be opened.
        """
        async with self._alone(deck):
            return await self._open(deck, path, path.name)

    async def run(
        self,
        deck: str,
        *,
        code: str | None = None,
        edits: Sequence[programs.Edit] = (),
        mode: Literal["patch", "program"] = "program",
        note: str | None = None,
        timeout_s: float,
        on_progress: Progress | None = None,
        expected_head: str | None = None,
        width_px: int | None = None,
    ) -> Compiled:
        """Run code and accept the deck that it leaves, or change nothing.

        Args:
            code: The program or patch.
            edits: Instead of code: replacements in the head's program, which then runs anew from its base.
            mode: "program" runs on the base, "patch" on the head.
            timeout_s: For the program, in seconds.
            expected_head: The revision that the code was made for; None for whatever is the head.
            width_px: Paint its slides too, so wide; None for no pictures. To paint later takes longer.

        Raises:
            HeadMoved: If the head is not the expected one, by the time that other runs have ended.
            VigaError: Any kind; the head is where it was.
        """
        async with self._scratch() as own:
            async with self._alone(deck) as scope:
                head = await self._started(deck)
                if expected_head is not None and expected_head != head.id:
                    raise HeadMoved(deck, expected_head, head.id, "deck")
                before = await self.program(head)
                mode = "program" if edits else mode
                code = _code(code, edits, before)
                base = head if mode == "patch" else await to_thread.run_sync(self.store.revision, deck, head.base)
                async with scratch_folder(self.config.workspace) as folder:
                    ran, diff = await concurrently(
                        lambda: self._executed(code, self._file(base), head, folder, timeout_s, on_progress),
                        lambda: to_thread.run_sync(programs.code_diff, before if mode == "program" else "", code),
                    )
                    reading, copy = await self._read_made(folder / MADE, head, own, width_px)
                    scope.shield = True  # from here on the caller hears of the revision that is made, or of none
                    made = await self._accept(
                        head, folder / MADE, reading, ran, code=code, mode=mode, note=note, diff=diff
                    )
            if width_px is None:
                return made
            try:
                painting = await self._paint(self._file(made.revision), reading, None, width_px, on_progress, copy)
            except VigaError as error:
                return replace(made, painting=error)
            return replace(made, painting=painting)

    async def paint(
        self,
        revision: Revision,
        numbers: Sequence[int] | None = None,
        width_px: int = 960,
        on_progress: Progress | None = None,
    ) -> Painting:
        """Pictures of a revision's slides, and where their text is; only those that are not there yet are painted.

        Raises:
            VigaError: "unavailable" where nothing here can draw a deck; as LibreOffice ends.
        """
        return await self._paint(self._file(revision), await self.reading(revision), numbers, width_px, on_progress)

    async def paint_file(
        self,
        file: Path,
        reading: Reading,
        numbers: Sequence[int] | None = None,
        width_px: int = 960,
        on_progress: Progress | None = None,
    ) -> Painting:
        """As `paint`, of a deck that has no revision."""
        return await self._paint(file, reading, numbers, width_px, on_progress)

    async def write_pdf(self, revision: Revision, target: Path) -> list[str]:
        """Write a revision as PDF, hidden slides too; returns notes about what is not as it should be.

        Emoji in colour, which LibreOffice leaves out of its PDFs, are put in as pictures.

        Raises:
            VigaError: "unavailable" where nothing here can; as LibreOffice ends.
        """
        reading = await self.reading(revision)
        painter, _ = await self._painters.choose()
        async with self._scratch() as folder:
            pdf, stamped = folder / "deck.pdf", folder / "stamped.pdf"
            every = range(1, len(reading.keys) + 1)
            await painter.write_pdf(await self._copied(self._file(revision), every, folder), pdf)
            with_emoji = [slide["number"] for slide in reading.graph["slides"] if has_emoji(slide)]
            if with_emoji:
                painting = await self.paint(revision, with_emoji, EMOJI_WIDTH_PX)
                stamps = emoji_stamps(reading.graph, painting.slides)
                if not stamps:
                    await to_thread.run_sync(shutil.move, pdf, target)
                    return [f"emoji on slides {', '.join(map(str, with_emoji))} may be missing"]
                request = {"path": str(pdf), "folder": str(folder), "save_to": str(stamped), "stamps": stamps}
                async with self._press.lease() as member:
                    _lived(member, await member.call("stamp", request, timeout_s=READ_TIMEOUT_S))
                pdf = stamped
            await to_thread.run_sync(shutil.move, pdf, target)
        return []

    async def read_file(self, path: Path) -> Reading:
        """What the file of a deck says. Raises VigaError("invalid_argument") for what is no deck that can be opened."""
        reply = await self._read({"path": str(path), "want": "graph"})
        return Reading(reply["graph"], reply["keys"])

    async def blocks(self, deck: Revision | Path) -> list[dict[str, Any]]:
        """What SlidesBench sees of a deck; see `slides.blocks.read_blocks`."""
        path = deck if isinstance(deck, Path) else self._file(deck)
        return (await self._read({"path": str(path), "want": "blocks"}))["blocks"]

    async def _started(self, deck: str) -> Revision:
        try:
            return await to_thread.run_sync(self.store.revision, deck)
        except NotFound:
            async with self._scratch() as folder:
                await self._press_run({"code": "", "base": None}, folder, READ_TIMEOUT_S, None)
                return await self._open(deck, folder / MADE, "blank")

    async def _open(self, deck: str, path: Path, source: str) -> Revision:
        reading = await self.read_file(path)
        state = await to_thread.run_sync(lambda: self.store.adopt(path, ".pptx", keep=True))
        graph = await to_thread.run_sync(self.store.put, _json(reading), ".json")
        return await to_thread.run_sync(lambda: self.store.open_base(deck, state=state, graph=graph, source=source))

    def _file(self, revision: Revision) -> Path:
        return self.store.blob(revision.state or "")

    async def _executed(
        self, code: str, base: Path, head: Revision, folder: Path, timeout_s: float, on_progress: Progress | None
    ) -> dict[str, Any]:
        assurance = unchanged(head, "deck")
        try:
            reply = await self._press_run({"code": code, "base": str(base)}, folder, timeout_s, on_progress)
        except Death as death:
            raise dead(death, code, assurance, timeout_s=timeout_s, advice=ADVICE) from death
        if "failed" in reply:
            failure = reply["failed"]
            where = programs.excerpt(code, failure["line"]) if failure["line"] else ""
            raise failed({**failure, "excerpt": where}, reply["warnings"], reply["output"], assurance, "")
        return reply

    async def _press_run(
        self, request: dict[str, Any], folder: Path, timeout_s: float, on_progress: Progress | None
    ) -> dict[str, Any]:
        """What `slides.program.run` says, and what the program printed as `output`; the deck is `MADE` in the folder.

        Raises:
            Death: As the program's process ended.
        """
        async with self._press.lease() as member:
            request |= {
                "folder": str(folder),
                "save_to": str(folder / MADE),
                "workspace": str(self.config.workspace),
                "roots": [str(root) for root in self.config.roots],
                "memory_bytes": min(MEMORY_BYTES, self.config.memory_bytes),
            }
            reply = await member.call("run", request, timeout_s=timeout_s, on_progress=on_progress)
            return {**_lived(member, reply), "output": member.process.output}

    async def _read_made(
        self, file: Path, head: Revision, folder: Path, width_px: int | None
    ) -> tuple[Reading, _Copy | None]:
        """What a program has made; with a width also the few slides that must be painted, if they are few."""
        copy = folder / "made.pptx"
        request: dict[str, Any] = {"path": str(file), "want": "graph", "copy_to": str(copy)}
        with contextlib.suppress(VigaError):  # that nothing can paint is told when it is to
            if width_px:
                _, renderer = await self._painters.choose()
                suffix = Pictures.name("", width_px, renderer) + ".json"
                pictures = str(self.pictures.folder)
                request["unpainted"] = {"pictures": pictures, "suffix": suffix, "most": PAINTED_AT_ONCE}
        try:
            reply = await self._read(request)
        except VigaError as error:
            then = f"{error.then} {unchanged(head, 'deck')}".strip()
            what = f"What the program saved can't be opened: {error.what}"
            raise VigaError("runtime_error", what, where=error.where, then=then) from error
        return Reading(reply["graph"], reply["keys"]), _Copy(copy, reply["copied"]) if reply["copied"] else None

    async def _paint(
        self,
        file: Path,
        reading: Reading,
        numbers: Sequence[int] | None,
        width_px: int,
        on_progress: Progress | None,
        copy: _Copy | None = None,
    ) -> Painting:
        started = anyio.current_time()
        graph = reading.graph
        size = width_px, max(1, round(width_px * graph["height"] / graph["width"]))
        painter, renderer = await self._painters.choose()
        wanted = list(range(1, len(reading.keys) + 1)) if numbers is None else sorted(set(numbers))
        names = {n: Pictures.name(reading.keys[n - 1], width_px, renderer) for n in wanted}
        missing = [n for n in wanted if not self.pictures.has(names[n])]

        async def paint_some(some: list[int]) -> None:
            async with self._scratch() as folder:
                part = copy.path if copy and copy.numbers == some else await self._copied(file, some, folder)
                for n, painted in zip(some, await painter.paint(part, folder, size, on_progress), strict=True):
                    await to_thread.run_sync(self.pictures.keep, names[n], painted)

        if len(missing) > PAINTED_AT_ONCE:
            middle = (len(missing) + 1) // 2
            await concurrently(lambda: paint_some(missing[:middle]), lambda: paint_some(missing[middle:]))
        elif missing:
            await paint_some(missing)
        slides = {n: await to_thread.run_sync(self.pictures.get, names[n]) for n in wanted}
        return Painting(renderer, slides, missing, anyio.current_time() - started)

    async def _copied(self, file: Path, numbers: Sequence[int], folder: Path) -> Path:
        """Some slides of a deck as a deck that may be painted."""
        copy = folder / "copy.pptx"
        request = {"path": str(file), "want": "copy", "numbers": list(numbers), "copy_to": str(copy)}
        await self._read(request)
        return copy

    async def _read(self, request: dict[str, Any]) -> dict[str, Any]:
        """What `slides.reader.read` says of a deck that can be opened."""
        try:
            async with self._reader.lease() as member:
                reply = await member.call("read", request, timeout_s=READ_TIMEOUT_S)
                member.is_spent = reply["rss_bytes"] > MAX_READER_BYTES
        except Death as death:
            raise VigaError(
                death.kind, f"Reading the deck failed: {death.what}.", then="Is the file broken or huge?"
            ) from death
        if "refused" in reply:
            raise VigaError("invalid_argument", f"The deck can't be opened: {reply['refused']}.", then=reply["then"])
        return reply

    async def _accept(
        self,
        head: Revision,
        file: Path,
        reading: Reading,
        ran: dict[str, Any],
        *,
        code: str,
        mode: Literal["patch", "program"],
        note: str | None,
        diff: programs.CodeDiff,
    ) -> Compiled:
        old = await self.reading(head)
        changes, changed = deck_changes(old.graph, old.keys, reading.graph, reading.keys)
        state = await to_thread.run_sync(self.store.adopt, file, ".pptx")
        graph = await to_thread.run_sync(self.store.put, _json(reading), ".json")
        revision = await to_thread.run_sync(
            lambda: self.store.append(
                head.scene,
                expected_head=head.id,
                mode=mode,
                code=code,
                state=state,
                graph=graph,
                note=note,
                output=ran["output"],
                warnings=ran["warnings"],
                changes={"lines": changes},
                seconds=ran["seconds"],
            )
        )
        self._readings[graph] = reading
        await to_thread.run_sync(self._publish, revision)
        return Compiled(revision, reading, changes, changed, diff, ran["confined"])

    def _publish(self, revision: Revision) -> None:
        """The head as a file that the user finds: WORKSPACE/decks/<deck>.pptx."""
        folder = self.config.workspace / "decks"
        folder.mkdir(exist_ok=True)
        part = folder / f".{revision.scene}.{os.getpid()}.part"
        shutil.copyfile(self._file(revision), part)
        part.replace(folder / f"{revision.scene}.pptx")

    @contextlib.asynccontextmanager
    async def _alone(self, deck: str) -> AsyncGenerator[anyio.CancelScope]:
        """Nobody else changes the deck; what can't be taken back any more may shield itself in the scope."""
        with anyio.CancelScope() as scope:
            async with self._locks.setdefault(deck, anyio.Lock()):
                yield scope

    @contextlib.asynccontextmanager
    async def _scratch(self) -> AsyncGenerator[Path]:
        """A private folder on fast storage."""
        folder = Path(await to_thread.run_sync(lambda: tempfile.mkdtemp(dir=self._folder)))
        try:
            yield folder
        finally:
            with anyio.CancelScope(shield=True):
                await to_thread.run_sync(shutil.rmtree, folder, True)


def _code(code: str | None, edits: Sequence[programs.Edit], before: str) -> str:
    """What is to be run: the code, or the program before it with edits.

    Raises:
        VigaError: For nothing, for both, for edits that don't apply and for what is no Python.
    """
    if edits and code is not None:
        raise VigaError("invalid_argument", "Both code and edits were given.", then="Give one of them.")
    chosen = programs.apply_edits(before, edits) if edits else code or ""
    if not chosen.strip():
        then = "Give code, or edits [{old, new}] of the program."
        raise VigaError("invalid_argument", "The program is empty.", then=then)
    programs.check_syntax(chosen)
    return chosen


def _lived(member: Member, reply: dict[str, Any]) -> dict[str, Any]:
    """The reply of a child that lived to give one. Raises Death."""
    if "died" in reply:
        raise member.death(reply["died"]["status"])
    return reply


def _json(reading: Reading) -> bytes:
    return json.dumps({"graph": reading.graph, "keys": list(reading.keys)}, separators=(",", ":")).encode()
