"""Fitting a scene: runs what `fitting.solve` asks for in worker processes, and accepts the result as a revision.

Every picture is kept in a file until the fit ends. The solver asks the same questions for the same answers, so a fit
that was interrupted is simply run again: it races through the pictures that are there and goes on where it stopped.
"""

import hashlib
import json
import math
import shutil
from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import anyio
import numpy as np
from anyio import to_thread

from viga_mcp import camera_fits, pictures
from viga_mcp.errors import VigaError
from viga_mcp.fitting.camera.solve import fit_camera
from viga_mcp.fitting.literals import Literal, find_literals, splice
from viga_mcp.fitting.pictures import Picture
from viga_mcp.fitting.probes import Answer, Batch, Inspect, Inspection, Mask, Masks, Probe, Render, Seen, Shot
from viga_mcp.fitting.solve import Fit, Problem, fit
from viga_mcp.fitting.unknowns import literals_named, with_assignments
from viga_mcp.passes import ViewPasses, order_camera
from viga_mcp.revisions import Revision, Target
from viga_mcp.scenes import Scenes
from viga_mcp.views import parse_view
from viga_mcp.worker import Death, Progress, State

PROBE_TIMEOUT_S = 120.0
Found = TypeVar("Found")


class Fitter:
    """Fits the scenes of a workspace."""

    def __init__(self, scenes: Scenes) -> None:
        self._scenes = scenes
        self._places = anyio.CapacityLimiter(scenes.workers.config.fit_processes)

    async def fit(
        self, job: str, scene: str | None, arguments: Mapping[str, Any], on_progress: Progress
    ) -> dict[str, Any]:
        """Do a "fit_parameters" job; the result has the fields of `results.Fit`.

        Args:
            arguments: `revision` to start from, `target`, `parameters` or None, `max_renders`.

        Raises:
            VigaError: "invalid_argument" for parameters that are not there, "busy" if the scene moved on meanwhile.
        """
        assert scene is not None
        store = self._scenes.store
        start = await to_thread.run_sync(store.revision, scene, arguments["revision"])
        target = await to_thread.run_sync(store.target, scene, arguments["target"])
        view = parse_view(target.view)
        if view.kind != "camera":  # probes look through cameras of the scene alone
            raise VigaError(
                "invalid_argument",
                f"Target {target.name!r} shows the view {target.view!r}; a fit needs a camera of the scene.",
                then="Set the target with view='camera' or 'camera:NAME'.",
            )
        pixels = await to_thread.run_sync(pictures.read, store.blob(target.blob))
        wanted = pixels.astype(np.float32) / np.float32(255)
        taken = self._scenes.workers.config.workspace / ".viga" / "fits" / job
        await to_thread.run_sync(lambda: taken.mkdir(parents=True, exist_ok=True))
        if camera_fits.is_camera(arguments["parameters"]):
            result = await self._fit_camera(start, target, wanted, arguments, taken, on_progress)
        else:
            result = await self._fit_numbers(start, target, wanted, arguments, taken, on_progress)
        await to_thread.run_sync(lambda: shutil.rmtree(taken, ignore_errors=True))
        return result

    async def _fit_numbers(
        self,
        start: Revision,
        target: Target,
        wanted: Picture,
        arguments: Mapping[str, Any],
        taken: Path,
        on_progress: Progress,
    ) -> dict[str, Any]:
        source, chosen = await self._unknowns(start, arguments["parameters"])
        problem = Problem(source, wanted, arguments["max_renders"], chosen)
        base = self._scenes.state(await to_thread.run_sync(self._scenes.store.revision, start.scene, start.base))

        async def answer(probe: Probe) -> Answer:
            assert not isinstance(probe, Shot)
            return await self._probe(probe, problem.source, base, target, taken)

        found = await self._solve(fit(problem), answer, problem.max_renders, on_progress)
        return await self._accept(found, problem, start, target)

    async def _fit_camera(
        self,
        start: Revision,
        target: Target,
        wanted: Picture,
        arguments: Mapping[str, Any],
        taken: Path,
        on_progress: Progress,
    ) -> dict[str, Any]:
        graph = await self._scenes.graph(start)
        name = camera_fits.find_camera(graph, parse_view(target.view).name, arguments["parameters"])
        pairs: Sequence[Mapping[str, Any]] = arguments.get("point_pairs") or ()
        problem = camera_fits.make_problem(graph, name, wanted, pairs, arguments["max_renders"])
        state = self._scenes.state(start)

        async def answer(probe: Probe) -> Answer:
            assert isinstance(probe, Shot)
            return await self._shoot(probe, state, name, taken)

        found = await self._solve(fit_camera(problem), answer, problem.max_renders, on_progress)
        if found.error:
            raise VigaError("runtime_error", f"The camera can't be fitted: {found.error}.")
        told = camera_fits.told(found, problem, graph, name, pairs)
        if not told.is_better:
            return {**told.numbers, "revision": None, "message": told.text}
        source, changes = camera_fits.written(await self._scenes.program(start), graph, name, told.camera)
        gain = f"loss {found.start_loss:.6f} -> {found.loss:.6f} in {found.renders} renders"
        id = await self._append(start, source, f"camera fitted to {target.name}: {gain}", gain, told.text)
        return {**told.numbers, "changes": changes, "revision": id, "message": f"{id}: {gain}.\n{told.text}"}

    async def _unknowns(self, start: Revision, parameters: Sequence[str] | None) -> tuple[str, tuple[int, ...] | None]:
        """The program to fit, and which of its literals may change.

        A data path, or "camera", that no literal stands for becomes an assignment at the program's end.
        """
        source = await self._scenes.program(start)
        if parameters is None:
            if not find_literals(source):
                raise VigaError(
                    "invalid_argument",
                    f"The program of {start.id} holds no number to fit.",
                    then="Name data paths in parameters, such as 'objects[\"Lamp\"].data.energy' or 'camera'.",
                )
            return source, None
        named, paths = literals_named(find_literals(source), parameters)
        if not paths:
            return source, tuple(named)
        camera = (await self._scenes.graph(start))["scene"]["camera"]
        async with self._scenes.workers.lease(self._scenes.state(start)) as lease:
            read = await lease.call("read", {"paths": paths, "camera": camera}, timeout_s=PROBE_TIMEOUT_S)
        if "refused" in read:
            raise VigaError("invalid_argument", read["refused"], then=f"Literals: {_named(find_literals(source))}.")
        source, added = with_assignments(source, read["values"])
        return source, (*named, *added)

    async def _solve(
        self,
        solver: Generator[Batch, Any, Found],
        answer: Callable[[Probe], Awaitable[Answer]],
        max_renders: int,
        on_progress: Progress,
    ) -> Found:
        step = await to_thread.run_sync(_next, solver, None)
        while isinstance(step, Batch):
            await on_progress(step.renders, max_renders, _progress_text(step))
            answers = await self._answer(step.probes, answer)
            step = await to_thread.run_sync(_next, solver, answers)
        return step

    async def _answer(self, probes: Sequence[Probe], answer: Callable[[Probe], Awaitable[Answer]]) -> list[Answer]:
        answers: list[Answer] = [None] * len(probes)

        async def run(index: int, probe: Probe) -> None:
            async with self._places:
                answers[index] = await answer(probe)

        async with anyio.create_task_group() as tasks:
            for index, probe in enumerate(probes):
                tasks.start_soon(run, index, probe)
        return answers

    async def _probe(
        self, probe: Inspect | Render | Mask, source: str, base: State, target: Target, taken: Path
    ) -> Answer:
        literals = find_literals(source)
        text = _written(source, literals, probe)
        seen = {"parts": [text], "camera": parse_view(target.view).name or None}
        if isinstance(probe, Inspect):
            reply = await self._evaluate(base, {**seen, "graph": True})
            return Inspection(reply.get("graph"), reply.get("error") or "")
        if isinstance(probe, Mask):
            return await self._masks(probe, seen, base, taken / f"{_key(probe, text, base, target)}.npz")
        file = taken / f"{_key(probe, text, base, target)}.npy"
        if not await to_thread.run_sync(file.exists):
            made = self._scenes.workers.folder / f"{uuid4().hex}.npy"
            request = {**self._picture(probe, made), "hide": list(probe.hide)}
            reply = await self._evaluate(base, {**seen, "render": request})
            if reply.get("error"):
                return None
            await to_thread.run_sync(_keep, made, file)
        return (await to_thread.run_sync(np.load, file)).astype(np.float32) / np.float32(65535)

    async def _shoot(self, shot: Shot, state: State, camera: str, taken: Path) -> Seen | None:
        """The scene as it is, through its camera put elsewhere: the picture, and exact depths and normals."""
        file = taken / f"{_key_of(shot, state, camera)}.npz"
        if not await to_thread.run_sync(file.exists):
            made = self._scenes.workers.folder / f"{uuid4().hex}.npy"
            pose = {"matrix": list(shot.pose), "lens": shot.lens}
            request = {"parts": list[str](), "camera": camera, "pose": pose, "render": self._picture(shot, made)}
            exact = await self._exact(shot, state, request)
            if exact is None:
                return None
            await to_thread.run_sync(_keep_shot, made, exact, file)
        return await to_thread.run_sync(_read_shot, file)

    def _picture(self, probe: Render | Shot, made: Path) -> dict[str, Any]:
        """What `evaluate` is to render."""
        return {
            "path": str(made),
            "width_px": probe.width_px,
            "height_px": probe.height_px,
            "samples": probe.samples,
            "threads": 1 if self._places.total_tokens > 1 else 0,
        }

    async def _masks(self, probe: Mask, seen: dict[str, Any], base: State, file: Path) -> Masks | None:
        if not await to_thread.run_sync(file.exists):
            exact = await self._exact(probe, base, seen)
            if exact is None:
                return None
            await to_thread.run_sync(_keep_masks, exact, file)
        return await to_thread.run_sync(_read_masks, file)

    async def _exact(self, probe: Mask | Shot, state: State, request: dict[str, Any]) -> ViewPasses | None:
        """The passes of what `evaluate` makes of a state; None where it fails."""
        order = order_camera(request["camera"], probe.width_px, probe.height_px, folder=self._scenes.workers.folder)
        try:
            async with self._scenes.workers.lease(state) as lease:
                reply = await lease.call("evaluate", request, timeout_s=PROBE_TIMEOUT_S)
                if reply.get("error"):
                    return None
                reply = await lease.call("passes", order.request, timeout_s=PROBE_TIMEOUT_S)
        except Death:
            return None
        if "names" not in reply:
            return None
        (exact,) = await to_thread.run_sync(lambda: list(order.read(reply)))
        return exact

    async def _evaluate(self, base: State, request: dict[str, Any]) -> dict[str, Any]:
        try:
            async with self._scenes.workers.lease(base) as lease:
                return await lease.call("evaluate", request, timeout_s=PROBE_TIMEOUT_S)
        except Death as death:
            return {"error": f"{death.kind}: {death.what}"}

    async def _accept(self, found: Fit, problem: Problem, start: Revision, target: Target) -> dict[str, Any]:
        if found.error:
            raise VigaError("runtime_error", f"The program can't be fitted: {found.error}")
        changes = _changes(problem.source, found)
        numbers = {
            "loss_before": _finite(found.start_loss),
            "loss_after": _finite(found.loss),
            "renders": found.renders,
            "changes": changes,
            "history": [[renders, loss] for renders, loss in found.history if math.isfinite(loss)],
        }
        if not changes:
            message = f"Nothing better than {start.id} was found in {found.renders} renders (loss {found.loss:.6f})."
            return {**numbers, "revision": None, "message": message}
        table = "\n".join(f"line {c['line']}: {c['name']} {c['before']} -> {c['after']}" for c in changes)
        gain = f"loss {found.start_loss:.6f} -> {found.loss:.6f} in {found.renders} renders"
        id = await self._append(start, found.source, f"fit to {target.name}: {gain}", gain, table)
        return {**numbers, "revision": id, "message": f"{id}: {gain}.\n{table}"}

    async def _append(self, start: Revision, source: str, note: str, gain: str, table: str) -> str:
        """Accept a fitted program as a revision, unless the scene moved on; `table` is what was found."""
        head = await self._scenes.head(start.scene)
        if head.id != start.id:
            raise VigaError(
                "busy",
                f"Scene {start.scene!r} moved from {start.id} to {head.id} during the fit ({gain}).",
                where=table,
                then=f"Check out {start.id} and send these numbers as edits, or fit again from {head.id}.",
            )
        run = await self._scenes.run(start.scene, code=source, mode="fit", note=note, timeout_s=PROBE_TIMEOUT_S)
        return run.revision.id


def _next(solver: Generator[Batch, Any, Found], answers: list[Answer] | None) -> Batch | Found:
    """One step of the solver: its next questions, or its result. StopIteration can't cross a thread's border."""
    try:
        return solver.send(answers)
    except StopIteration as end:
        return end.value


def _written(source: str, literals: Sequence[Literal], probe: Inspect | Render | Mask) -> str:
    return splice(source, {k: v for k, v in enumerate(probe.values) if v != literals[k].value})


def _key(probe: Render | Mask, text: str, base: State, target: Target) -> str:
    """Names a picture by all that it depends on."""
    place = {"base": str(base.path or base.template), "view": target.view}
    about = {**asdict(probe), **place, "values": None, "text": text}
    return hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()[:32]


def _key_of(shot: Shot, state: State, camera: str) -> str:
    about = {**asdict(shot), "state": str(state.path or state.template), "camera": camera}
    return hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()[:32]


def _keep_masks(exact: ViewPasses, file: Path) -> None:
    part = file.with_suffix(".part.npz")
    np.savez(part, names=np.array(exact.names), ids=exact.ids)
    part.replace(file)


def _read_masks(file: Path) -> Masks:
    with np.load(file) as kept:
        return Masks(tuple(kept["names"].tolist()), kept["ids"])


def _keep_shot(made: Path, exact: ViewPasses, file: Path) -> None:
    part = file.with_suffix(".part")
    with part.open("wb") as stream:
        np.savez(stream, picture=np.load(made), depth_m=exact.depth_m, normal=exact.normal)
    made.unlink()
    part.replace(file)


def _read_shot(file: Path) -> Seen:
    with np.load(file) as arrays:
        picture = arrays["picture"].astype(np.float32) / np.float32(65535)
        return Seen(picture, arrays["depth_m"], arrays["normal"])


def _keep(made: Path, file: Path) -> None:
    part = file.with_suffix(".part")
    shutil.move(made, part)
    part.replace(file)


def _changes(source: str, found: Fit) -> list[dict[str, Any]]:
    literals = find_literals(source)
    return [
        {
            "line": literals[index].line,
            "column": literals[index].column,
            "name": literals[index].name,
            "before": literals[index].value,
            "after": float(f"{value:.6g}") if isinstance(value, float) else value,
        }
        for index, value in sorted(found.values.items())
    ]


def _progress_text(batch: Batch) -> str:
    if batch.loss is None or batch.start_loss is None:
        is_camera = any(isinstance(probe, Shot) for probe in batch.probes)
        return "looking at the scene from all around" if is_camera else "learning what the numbers mean"
    share = batch.loss / max(batch.start_loss, 1e-12)
    return f"{batch.renders} renders, loss {batch.loss:.6f} ({share:.3f} of the start)"


def _named(literals: Sequence[Literal]) -> str:
    return ", ".join(f"{literal.place} {literal.name}" for literal in literals[:20]) or "none"


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
