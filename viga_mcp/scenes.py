"""A scene: a line of revisions under a handle, and what can be done with it, one thing at a time."""

import contextlib
import json
import time
from collections import OrderedDict
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import anyio
from anyio import to_thread

from viga_mcp import outdated, programs
from viga_mcp.concurrency import concurrently
from viga_mcp.diffs import SceneDiff, scene_diff
from viga_mcp.errors import VigaError
from viga_mcp.failures import dead, failed, unchanged
from viga_mcp.graph_values import Graph
from viga_mcp.looks import Look, Order, Rendered, Taken, order
from viga_mcp.passes import ViewPasses, order_passes
from viga_mcp.revisions import Base, HeadMoved, NotFound, Revision, Store
from viga_mcp.worker import Death, Lease, Progress, State
from viga_mcp.workers import Workers

SAVE_TIMEOUT_S = 600.0
APPEND_TIMEOUT_S = 600.0
RENDER_TIMEOUT_S = {"preview": 300.0, "draft": 900.0, "final": 3600.0, "wire": 300.0}
CHECK_TIMEOUT_S = 300.0
TRACE_TIMEOUT_S = 900.0
GRAPHS_KEPT = 32


@dataclass(frozen=True)
class Run:
    """An accepted run, what it changed, and how it looks.

    Attributes:
        rendered: The pictures, or None where none were wanted, or where there were none to be had, and
        trouble: why.
    """

    revision: Revision
    scene_diff: SceneDiff
    code_diff: programs.CodeDiff
    rendered: Rendered | None = None
    trouble: VigaError | None = None


@dataclass(frozen=True)
class Library:
    """A `.blend` that holds an asset: the collection of its name. `source` is the file that it was made from."""

    path: Path
    name: str
    source: str


class Scenes:
    """All scenes of a workspace.

    Args:
        store: The record of the workspace.
        workers: Where Blender processes come from.
    """

    def __init__(self, store: Store, workers: Workers) -> None:
        self.store = store
        self.workers = workers
        self._locks: dict[str, anyio.Lock] = {}
        self._graphs: OrderedDict[str, Graph] = OrderedDict()

    async def open(self, scene: str, path: Path | None, template: Literal["empty", "default"]) -> Revision:
        """Start a scene, or a new line in it, from a `.blend` or a template.

        Raises:
            VigaError: "invalid_argument" when Blender can't read the file.
        """
        async with self._alone(scene):
            return await self._open(scene, path, template)

    async def head(self, scene: str) -> Revision:
        """The current revision; `main` is always there.

        Raises:
            NotFound: For a scene that nobody has started, with those that exist: a misspelt handle makes none.
        """
        return await (self.started(scene) if scene == "main" else to_thread.run_sync(self.store.revision, scene))

    async def started(self, scene: str) -> Revision:
        """The current revision; a scene that nobody has used yet starts from the empty template."""
        try:
            return await to_thread.run_sync(self.store.revision, scene)
        except NotFound:
            async with self._alone(scene):
                with contextlib.suppress(NotFound):  # somebody else came first
                    return await to_thread.run_sync(self.store.revision, scene)
                return await self._open(scene, None, "empty")

    async def revision(self, scene: str, id: str | None) -> Revision:
        head = await self.head(scene)
        return head if id is None or id == head.id else await to_thread.run_sync(self.store.revision, scene, id)

    async def graph(self, revision: Revision) -> Graph:
        """The scene graph, as `blender.graph` read it when the revision was made."""
        if revision.graph not in self._graphs:
            self._graphs[revision.graph] = await to_thread.run_sync(self.store.read_json, revision.graph)
        self._graphs.move_to_end(revision.graph)
        while len(self._graphs) > GRAPHS_KEPT:
            self._graphs.popitem(last=False)
        return self._graphs[revision.graph]

    async def run(
        self,
        scene: str,
        *,
        code: str | None = None,
        edits: Sequence[programs.Edit] = (),
        mode: Literal["patch", "program", "fit"] = "patch",
        note: str | None = None,
        timeout_s: float,
        look: Look | None = None,
        on_progress: Progress | None = None,
        expected_head: str | None = None,
    ) -> Run:
        """Run code and accept the new state, or change nothing.

        Args:
            code: The program or patch.
            edits: Instead of code: replacements in the head's program, which then runs anew from its base.
            mode: "patch" runs on the head's state, "program" and "fit" on the base.
            timeout_s: For the program, in seconds.
            look: Pictures to take of the new state; that they fail does not undo it.
            expected_head: The revision that the code was made for; None for whatever is the head.

        Raises:
            HeadMoved: If the head is not the expected one, by the time that other runs have ended.
            VigaError: Any kind; the head is where it was.
        """
        await self.started(scene)
        async with self._alone(scene) as scope:
            head = await to_thread.run_sync(self.store.revision, scene)
            if expected_head is not None and expected_head != head.id:
                raise HeadMoved(scene, expected_head, head.id)
            before = "" if mode == "patch" and not edits else await self.program(head)
            if edits:
                if code is not None:
                    raise VigaError("invalid_argument", "Both code and edits were given.", then="Give one of the two.")
                code = programs.apply_edits(before, edits)
                mode = mode if mode == "fit" else "program"
            if code is None or not code.strip():
                raise VigaError(
                    "invalid_argument", "The program is empty.", then="Give code, or edits [{old, new}] of the program."
                )
            start = head if mode == "patch" else await self._base(head)
            async with self._lease(start) as lease:
                reply = await self._executed(
                    lease, code, head, timeout_s, on_progress, is_fresh=start is not head, by_edits=bool(edits)
                )
                scope.shield = look is None  # from here on the caller hears of the revision that is made, or of none
                reply["warnings"] += await self._outdated(code, head, mode)
                taken, run = await concurrently(
                    lambda: self._glance(lease, reply, look, on_progress),
                    lambda: self._accept(lease, reply, head, before=before, code=code, mode=mode, note=note),
                )
        if look is None:
            return run
        try:
            if isinstance(taken, VigaError):
                raise taken
            if taken is None:
                return replace(run, rendered=await self.render(run.revision, look, on_progress))
            return replace(run, rendered=await _collected(taken, run.revision))
        except VigaError as error:  # the run itself stands
            return replace(run, trouble=error)

    async def place(self, scene: str, asset: Library, *, code: str, note: str, timeout_s: float) -> Run:
        """Make an asset part of a scene's base and of its head, and run the patch that places it.

        The new revision has a base of its own, the old one with the asset as data beside the scene, so that the whole
        program gives the new state from there. Earlier revisions keep theirs.

        Raises:
            VigaError: "invalid_argument" where names of the asset are taken; as a run. The head is where it was.
        """
        await self.started(scene)
        async with self._alone(scene):
            head = await to_thread.run_sync(self.store.revision, scene)
            start = await self._base(head)
            async with self._lease(start) as lease:
                await self._append(lease, asset, head)
                state, graph = await self._saved(lease, head)
            graph_blob = await to_thread.run_sync(self.store.put, _json(graph), ".json")
            base = Base(state, graph_blob, f"base {start.id} and asset {asset.name!r} from {asset.source}")
            async with self._lease(head) as lease:
                await self._append(lease, asset, head)
                reply = await self._executed(lease, code, head, timeout_s, None, is_fresh=False, by_edits=False)
                return await self._accept(lease, reply, head, before="", code=code, mode="patch", note=note, base=base)

    async def program(self, revision: Revision) -> str:
        """A revision's whole program as one text; empty for a base."""
        return programs.join(await to_thread.run_sync(self.store.program, revision.scene, revision.id))

    async def checkout(self, scene: str, id: str) -> Revision:
        async with self._alone(scene):
            return await to_thread.run_sync(self.store.checkout, scene, id)

    async def render(self, revision: Revision, look: Look, on_progress: Progress | None = None) -> Rendered:
        """Look at a revision; nothing of it stays.

        Raises:
            VigaError: "not_found" for names that the scene doesn't have; as Blender fails.
        """
        wanted = await self._order(look, await self.graph(revision))
        async with self._lease(revision) as lease:
            taken = await self._taken(lease, wanted, on_progress)
        return await _collected(taken, revision)

    async def passes(self, revision: Revision, look: Look, *, with_silhouettes: bool = False) -> list[ViewPasses]:
        """The exact passes of each view of a look.

        Raises:
            VigaError: As `render`; "unavailable" for more objects than masks can tell apart.
        """
        wanted = order_passes(
            look, await self.graph(revision), folder=self.workers.folder, with_silhouettes=with_silhouettes
        )
        async with self._lease(revision) as lease:
            reply = await _looked(lease, "passes", wanted.request, timeout_s=RENDER_TIMEOUT_S["preview"])
        if "no_camera" in reply:
            raise _no_camera(reply["no_camera"])
        if "refused" in reply:
            raise VigaError(
                "unavailable", f"The scene has {reply['refused']}.", then="Look at parts of it with `only`."
            )
        return await to_thread.run_sync(lambda: list(wanted.read(reply)))

    async def check(
        self, revision: Revision, frames: Sequence[int] | None = None, on_progress: Progress | None = None
    ) -> dict[str, Any]:
        """What `blender.checks.check` finds in a revision; nothing of it stays."""
        request = {"frames": None if frames is None else sorted(set(frames))}
        async with self._lease(revision) as lease:
            return await _looked(lease, "check", request, timeout_s=CHECK_TIMEOUT_S, on_progress=on_progress)

    async def simulations(self, revision: Revision) -> dict[str, Any]:
        """What `blender.simulations.find_simulations` says of a revision."""
        async with self._lease(revision) as lease:
            return await _looked(lease, "find_simulations", {})

    async def graph_at(self, revision: Revision, frame: int | None) -> Graph:
        """The scene graph at a frame, simulated up to it; None for the one that the revision was left at."""
        if frame is None:
            return await self.graph(revision)
        async with self._lease(revision) as lease:
            return await _looked(lease, "graph_at", {"frame": frame})

    async def trace(self, revision: Revision, request: dict[str, Any], on_progress: Progress) -> dict[str, Any]:
        """What `blender.trace.trace` sees of a revision; nothing of it stays."""
        async with self._lease(revision) as lease:
            return await _looked(lease, "trace", request, timeout_s=TRACE_TIMEOUT_S, on_progress=on_progress)

    def state(self, revision: Revision) -> State:
        return State(self.store.blob(revision.state)) if revision.state else State()

    @contextlib.asynccontextmanager
    async def _alone(self, scene: str) -> AsyncGenerator[anyio.CancelScope]:
        """Nobody else changes the scene; what can't be taken back any more may shield itself in the scope."""
        with anyio.CancelScope() as scope:
            async with self._locks.setdefault(scene, anyio.Lock()):
                yield scope

    @contextlib.asynccontextmanager
    async def _lease(self, revision: Revision) -> AsyncGenerator[Lease]:
        async with self.workers.lease(self.state(revision)) as lease:
            yield lease

    async def _open(self, scene: str, path: Path | None, template: Literal["empty", "default"]) -> Revision:
        file = await to_thread.run_sync(self.store.new_file, ".blend")
        request = {"path": str(path) if path else None, "template": template, "save_to": str(file)}
        try:
            async with self.workers.lease(State()) as lease:
                try:
                    reply = await lease.call("load", request, timeout_s=RENDER_TIMEOUT_S["draft"])
                except Death as death:
                    raise dead(death, "", f"{path} can't be opened; nothing was changed.") from death
                if "refused" in reply:
                    raise VigaError(
                        "invalid_argument",
                        f"{path} is not a scene that Blender {await self.workers.version()} can open.",
                        where=reply["refused"],
                        then="Give a .blend file of this or an older version of Blender. Nothing was changed.",
                    )
                state = await to_thread.run_sync(self.store.adopt, file, ".blend")
                graph_blob = await to_thread.run_sync(self.store.put, _json(reply["graph"]), ".json")
                missing = reply["missing"]
                return await to_thread.run_sync(
                    lambda: self.store.open_base(
                        scene,
                        state=state,
                        graph=graph_blob,
                        source=path.name if path else template,
                        warnings=[{"kind": "missing_file", "line": None, "message": f"missing: {m}"} for m in missing],
                        seconds=reply["seconds"],
                        blender=reply["graph"]["blender"],
                    )
                )
        finally:
            file.unlink(missing_ok=True)

    async def _append(self, lease: Lease, asset: Library, head: Revision) -> None:
        request = {"path": str(asset.path), "name": asset.name, "source": asset.source}
        try:
            reply = await lease.call("append_asset", request, timeout_s=APPEND_TIMEOUT_S)
        except Death as death:
            raise death.during(f"appending {asset.source}", unchanged(head)) from death
        if "taken" in reply:
            raise VigaError(
                "invalid_argument",
                f"An asset can't be named {asset.name!r}: {', '.join(map(repr, reply['taken']))} "
                f"{'exists' if len(reply['taken']) == 1 else 'exist'} already.",
                then=f"Pass another name, such as name={asset.name + '_2'!r}; or, to show an asset twice, add an empty "
                f"with instance_type='COLLECTION' and instance_collection=bpy.data.collections[{asset.name!r}]. "
                f"{unchanged(head)}",
            )

    async def _executed(
        self,
        lease: Lease,
        code: str,
        head: Revision,
        timeout_s: float,
        on_progress: Progress | None,
        *,
        is_fresh: bool,
        by_edits: bool,
    ) -> dict[str, Any]:
        """What `blender.script.run` says of a program that succeeded, and what the program printed as `output`."""
        request = {"code": code, "memory_bytes": self.workers.config.memory_bytes, "is_fresh": is_fresh}
        assurance = unchanged(head)
        try:
            reply = await lease.call("run", request, timeout_s=timeout_s, on_progress=on_progress)
        except Death as death:
            raise dead(death, code, assurance, timeout_s=timeout_s) from death
        if "failed" in reply:
            version, failure = await self.workers.release(), reply["failed"]
            others = await to_thread.run_sync(lambda: outdated.after_failure(code, version, failure, by_edits=by_edits))
            raise failed(failure, reply["warnings"], lease.output, assurance, others)
        return {**reply, "output": lease.output}

    async def _outdated(
        self, code: str, head: Revision, mode: Literal["patch", "program", "fit"]
    ) -> list[dict[str, Any]]:
        """Warnings about old spellings that a program which succeeded has."""
        version = await self.workers.release()

        def whole() -> str:
            parts = self.store.program(head.scene, head.id) if mode == "patch" else ()
            return programs.join([*parts, code])

        return await to_thread.run_sync(outdated.warnings, code, whole, version)

    async def _accept(
        self,
        lease: Lease,
        reply: dict[str, Any],
        head: Revision,
        *,
        before: str,
        code: str,
        mode: Literal["patch", "program", "fit"],
        note: str | None,
        base: Base | None = None,
    ) -> Run:
        """Save the state that a program left, and make it the head."""
        state, graph = await self._saved(lease, head)
        changes = scene_diff(await self.graph(head), graph)
        graph_blob = await to_thread.run_sync(self.store.put, _json(graph), ".json")
        revision = await to_thread.run_sync(
            lambda: self.store.append(
                head.scene,
                expected_head=head.id,
                mode=mode,
                code=code,
                state=state,
                graph=graph_blob,
                base=base,
                note=note,
                output=reply["output"],
                warnings=reply["warnings"],
                changes={"lines": list(changes.lines(cap=40))},
                seconds=reply["seconds"],
                blender=graph["blender"],
            )
        )
        if reply["forkable"]:
            lease.keep(State(self.store.blob(state)))
        self._graphs[graph_blob] = graph
        # a patch leaves the program before it as it was, so what it adds is the whole difference
        return Run(revision, changes, await to_thread.run_sync(programs.code_diff, before, code))

    async def _saved(self, lease: Lease, head: Revision) -> tuple[str, Graph]:
        """The blob of the state that a leased process is in, and its graph."""
        file = await to_thread.run_sync(self.store.new_file, ".blend")
        try:
            reply = await lease.call("save", {"save_to": str(file)}, timeout_s=SAVE_TIMEOUT_S)
            return await to_thread.run_sync(self.store.adopt, file, ".blend"), reply["graph"]
        except Death as death:
            raise dead(death, "", unchanged(head)) from death
        finally:
            file.unlink(missing_ok=True)

    async def _glance(
        self, lease: Lease, reply: dict[str, Any], look: Look | None, on_progress: Progress | None
    ) -> Taken | VigaError | None:
        """Look at a state that has no revision yet, in a fork of the process that holds it; None without forks.

        An error is handed back, because the run stands.
        """
        fork = lease.fork() if look and reply["forkable"] else None
        if look is None or fork is None:
            return None
        try:
            async with fork as looking:
                graph = reply["cameras"] if look.needs_cameras_only else await _looked(looking, "read_graph", {})
                return await self._taken(looking, await self._order(look, graph), on_progress)
        except VigaError as error:
            return error

    async def _order(self, look: Look, graph: Graph) -> Order:
        has_gl = look.quality == "final" and (await self.workers.probe("gl"))["works"]
        return order(look, graph, folder=self.workers.folder, device=await self.workers.device(), has_gl=has_gl)

    async def _taken(self, lease: Lease, wanted: Order, on_progress: Progress | None) -> Taken:
        started = time.perf_counter()
        limit = RENDER_TIMEOUT_S[wanted.look.quality]
        reply = await _looked(lease, "render", wanted.request, timeout_s=limit, on_progress=on_progress)
        if "refused" in reply:
            raise _no_camera(reply["refused"])
        return Taken(wanted, reply, time.perf_counter() - started)

    async def _base(self, head: Revision) -> Revision:
        return await to_thread.run_sync(self.store.revision, head.scene, head.base)


async def _looked(
    lease: Lease,
    op: str,
    request: dict[str, Any],
    *,
    timeout_s: float = SAVE_TIMEOUT_S,
    on_progress: Progress | None = None,
) -> dict[str, Any]:
    """The answer of a process that is there to be looked at."""
    try:
        return await lease.call(op, request, timeout_s=timeout_s, on_progress=on_progress)
    except Death as death:
        raise dead(death, "", "Looking changes nothing; the scene is as it was.") from death


def _no_camera(name: str) -> VigaError:
    return VigaError("not_found", f"There is no camera {name!r} to look through.")


async def _collected(taken: Taken, revision: Revision) -> Rendered:
    return await to_thread.run_sync(taken.collect, revision.id)


def _json(graph: Graph) -> bytes:
    return json.dumps(graph, separators=(",", ":"), allow_nan=False).encode()
