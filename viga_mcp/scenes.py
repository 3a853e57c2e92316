"""A scene: a line of revisions under a handle, and what can be done with it, one thing at a time."""

import contextlib
import json
import time
from collections import OrderedDict
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from uuid import uuid4

import anyio
from anyio import to_thread

from viga_mcp import cameras, pictures, programs
from viga_mcp.diffs import SceneDiff, scene_diff
from viga_mcp.errors import VigaError, names_that_exist
from viga_mcp.revisions import NotFound, Revision, Store
from viga_mcp.views import View
from viga_mcp.worker import Death, Lease, Progress, State
from viga_mcp.workers import Workers

Graph = dict[str, Any]
Quality = Literal["preview", "draft", "final"]
RENDER_TIMEOUT_S = {"preview": 300.0, "draft": 900.0, "final": 3600.0}
GRAPHS_KEPT = 32


@dataclass(frozen=True)
class Run:
    """An accepted run and what it changed."""

    revision: Revision
    scene_diff: SceneDiff
    code_diff: programs.CodeDiff


@dataclass(frozen=True)
class Picture:
    """One rendered view: its name, the lossless file in the workspace, (H, W, 3) pixels."""

    view: str
    path: Path
    pixels: pictures.Pixels


@dataclass(frozen=True)
class Rendered:
    revision: str
    pictures: tuple[Picture, ...]
    engine: str
    samples: int | None
    device: str | None
    seconds: float
    notes: tuple[str, ...]


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
        on_progress: Progress | None = None,
    ) -> Run:
        """Run code and accept the new state, or change nothing.

        Args:
            code: The program or patch.
            edits: Instead of code: replacements in the head's program, which then runs anew from its base.
            mode: "patch" runs on the head's state, "program" and "fit" on the base.
            timeout_s: For the program, in seconds.

        Raises:
            VigaError: Any kind; the head is where it was.
        """
        await self.head(scene)
        async with self._alone(scene):
            head = await to_thread.run_sync(self.store.revision, scene)
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
            reply, state, output = await self._accepted(start, code, head, timeout_s, on_progress)
            graph = reply["graph"]
            changes = scene_diff(await self.graph(head), graph)
            graph_blob = await to_thread.run_sync(
                self.store.put, json.dumps(graph, separators=(",", ":"), allow_nan=False).encode(), ".json"
            )
            revision = await to_thread.run_sync(
                lambda: self.store.append(
                    scene,
                    expected_head=head.id,
                    mode=mode,
                    code=code,
                    state=state,
                    graph=graph_blob,
                    note=note,
                    output=output,
                    warnings=reply["warnings"],
                    changes={"lines": list(changes.lines(cap=40))},
                    seconds=reply["seconds"],
                    blender=graph["blender"],
                )
            )
            self._graphs[graph_blob] = graph
            # a patch leaves the program before it as it was, so what it adds is the whole difference
            return Run(revision, changes, await to_thread.run_sync(programs.code_diff, before, code))

    async def program(self, revision: Revision) -> str:
        """A revision's whole program as one text; empty for a base."""
        return programs.join(await to_thread.run_sync(self.store.program, revision.scene, revision.id))

    async def checkout(self, scene: str, id: str) -> Revision:
        async with self._alone(scene):
            return await to_thread.run_sync(self.store.checkout, scene, id)

    async def render(
        self,
        revision: Revision,
        views: Sequence[View],
        *,
        quality: Quality = "preview",
        size_px: int | None = None,
        resolution: tuple[int, int] | None = None,
        frame: int | None = None,
        hide: Sequence[str] = (),
        only: Sequence[str] = (),
        folder: Path,
        on_progress: Progress | None = None,
    ) -> Rendered:
        """Look at a revision; nothing of it stays.

        Args:
            size_px: The longer side in the scene's own aspect, or
            resolution: width and height in pixels.
            frame: The frame to show, None for the current one.
            folder: Where the lossless pictures go.
        """
        graph = await self.graph(revision)
        self._check_names(graph, [*hide, *only])
        width, height = resolution or _fitted(graph["scene"]["resolution"], size_px or 512)
        aspect = width / height * graph["scene"].get("pixel_aspect", 1.0)
        poses = [pose for view in views for pose in cameras.poses(view, graph, aspect)]
        stem = f"{revision.id}-{quality}-{width}x{height}" + ("" if frame is None else f"-f{frame}")
        jobs = [(pose, self.workers.folder / f"{uuid4().hex}.png") for pose in poses]
        request = {
            "views": [{**_placed(pose), "file": str(file)} for pose, file in jobs],
            "width": width,
            "height": height,
            "quality": quality,
            "frame": frame,
            "hide": list(hide),
            "only": list(only),
            "device": await self.workers.device(),
            "has_gl": quality == "final" and (await self.workers.probe("gl"))["works"],
            "headlight": quality != "final" and not any(pose.scene_camera for pose in poses),
        }
        started = time.perf_counter()
        try:
            async with self._lease(revision) as lease:
                reply = await lease.call(
                    "render", request, timeout_s=RENDER_TIMEOUT_S[quality], on_progress=on_progress
                )
        except Death as death:
            raise _dead(death, "", f"Rendering changes nothing; scene {revision.scene!r} is as it was.") from death
        if "refused" in reply:
            raise VigaError("not_found", f"There is no camera {reply['refused']!r} to look through.")
        taken: list[Picture] = []
        for pose, file in jobs:
            path = folder / f"{stem}-{_file_name(pose.name)}.png"
            taken.append(Picture(pose.name, path, await to_thread.run_sync(_move_picture, file, path)))
        return Rendered(
            revision.id,
            tuple(taken),
            reply["engine"],
            reply["samples"],
            reply["device"],
            time.perf_counter() - started,
            tuple(reply["notes"]),
        )

    def state(self, revision: Revision) -> State:
        return State(self.store.blob(revision.state)) if revision.state else State()

    @contextlib.asynccontextmanager
    async def _alone(self, scene: str) -> AsyncGenerator[None]:
        async with self._locks.setdefault(scene, anyio.Lock()):
            yield

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
                    raise _dead(death, "", f"{path} can't be opened; nothing was changed.") from death
                if "refused" in reply:
                    raise VigaError(
                        "invalid_argument",
                        f"{path} is not a scene that Blender {await self.workers.version()} can open.",
                        where=reply["refused"],
                        then="Give a .blend file of this or an older version of Blender. Nothing was changed.",
                    )
                state = await to_thread.run_sync(self.store.adopt, file, ".blend")
                graph = json.dumps(reply["graph"], separators=(",", ":"), allow_nan=False).encode()
                graph_blob = await to_thread.run_sync(self.store.put, graph, ".json")
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

    async def _accepted(
        self, start: Revision, code: str, head: Revision, timeout_s: float, on_progress: Progress | None
    ) -> tuple[dict[str, Any], str, str]:
        """Run code on a state; the worker's reply, the blob of the new state, and what was printed."""
        file = await to_thread.run_sync(self.store.new_file, ".blend")
        request = {"code": code, "save_to": str(file), "memory_bytes": self.workers.config.memory_bytes}
        unchanged = f"Nothing was changed: scene {head.scene!r} is at {head.id}."
        try:
            async with self._lease(start) as lease:
                try:
                    reply = await lease.call("run", request, timeout_s=timeout_s, on_progress=on_progress)
                except Death as death:
                    raise _dead(death, code, unchanged, timeout_s=timeout_s) from death
                if "failed" in reply:
                    raise _failed(reply["failed"], reply["warnings"], lease.output, unchanged)
                state = await to_thread.run_sync(self.store.adopt, file, ".blend")
                if reply["forkable"]:
                    lease.keep(State(self.store.blob(state)))
                return reply, state, lease.output
        finally:
            file.unlink(missing_ok=True)

    async def _base(self, head: Revision) -> Revision:
        return await to_thread.run_sync(self.store.revision, head.scene, head.base)

    def _check_names(self, graph: Graph, names: Sequence[str]) -> None:
        for name in names:
            if name not in graph["objects"]:
                raise VigaError(
                    "not_found",
                    f"There is no object {name!r}.",
                    then=names_that_exist(name, graph["objects"], "Objects"),
                )


def _dead(death: Death, code: str, unchanged: str, *, timeout_s: float | None = None) -> VigaError:
    at = f" at line {death.line}" if death.line else ""
    what = {
        "timeout": f"The program was stopped after {timeout_s:g} s{at}." if timeout_s else "The time limit passed.",
        "crash": f"{death.what[0].upper()}{death.what[1:]}{at}.",
        "memory_limit": f"{death.what[0].upper()}{death.what[1:]}{at}.",
    }[death.kind]
    advice = {
        "timeout": "Do less in one run, or pass a larger timeout_s.",
        "crash": "Blender itself died, not just the program: avoid the call on that line, or check its arguments.",
        "memory_limit": "Use lighter geometry (fewer subdivisions, smaller arrays).",
    }[death.kind]
    where = [programs.excerpt(code, death.line)] if code and death.line else []
    if death.output.strip():
        where.append(f"It had printed:\n{death.output.strip()}")
    return VigaError(death.kind, what, where="\n".join(where), then=f"{advice} {unchanged}")


def _failed(failure: dict[str, Any], warnings: Sequence[dict[str, Any]], output: str, unchanged: str) -> VigaError:
    at = f" in line {failure['line']}" if failure.get("line") else ""
    where = [failure.get("excerpt") or ""]
    if failure.get("calls"):
        where.append("Called from " + ", ".join(str(call) for call in failure["calls"]))
    where += [f"Warning: {warning_text(warning)}" for warning in warnings]
    if output.strip():
        where.append(f"It had printed:\n{output.strip()}")
    hints = "\n".join(f"Hint: {hint}" for hint in failure.get("hints", ()))
    return VigaError(
        failure["kind"],
        f"{failure['exception']}: {failure['message']}{at}",
        where="\n".join(part for part in where if part),
        then="\n".join(part for part in (hints, unchanged) if part),
    )


def warning_text(warning: dict[str, Any]) -> str:
    """A warning of `blender.watch` as one line."""
    return (f"line {warning['line']}: " if warning.get("line") else "") + str(warning["message"])


def _placed(pose: cameras.CameraPose) -> dict[str, Any]:
    if pose.scene_camera:
        return {"camera": pose.scene_camera}
    return {
        "matrix": [value for row in pose.matrix_world for value in row],
        "fov_deg": pose.fov_deg,
        "ortho_scale": pose.ortho_scale,
        "clip": list(pose.clip),
    }


def _fitted(resolution: Sequence[int], size_px: int) -> tuple[int, int]:
    scale = size_px / max(resolution)
    return max(1, round(resolution[0] * scale)), max(1, round(resolution[1] * scale))


def _file_name(view: str) -> str:
    return "".join(c if c.isalnum() or c in "-_.," else "_" for c in view)[:80]


def _move_picture(source: Path, target: Path) -> pictures.Pixels:
    target.parent.mkdir(parents=True, exist_ok=True)
    pixels = pictures.read(source)
    part = target.with_name(f".{uuid4().hex}")
    part.write_bytes(source.read_bytes())
    part.replace(target)
    source.unlink()
    return pixels
