"""Fitting a scene: a solver of `fitting` asks, `probing` answers, and the result is accepted as a revision."""

import math
import shutil
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from anyio import to_thread

from viga_mcp import camera_fits, camera_words, pictures
from viga_mcp.concurrency import to_its_end
from viga_mcp.errors import VigaError
from viga_mcp.fitting.camera.solve import fit_camera
from viga_mcp.fitting.literals import Literal, find_literals
from viga_mcp.fitting.pictures import Picture
from viga_mcp.fitting.probes import Asking, Batch, Shot, advance
from viga_mcp.fitting.solve import Fit, Problem, fit
from viga_mcp.fitting.unknowns import literals_named, with_assignments
from viga_mcp.probing import Prober, Subject
from viga_mcp.revisions import HeadMoved, Revision, Target
from viga_mcp.scenes import Scenes
from viga_mcp.views import parse_view
from viga_mcp.worker import Progress
from viga_mcp.workers import PROBE_TIMEOUT_S

Found = TypeVar("Found")


@dataclass(frozen=True)
class Order:
    """What a fit is to do.

    Attributes:
        start: To start from. wanted: The target's picture, (H, W, 3) in 0..1. arguments: As the job has them.
        folder: For answers, until the fit ends.
    """

    start: Revision
    target: Target
    wanted: Picture
    arguments: Mapping[str, Any]
    folder: Path
    on_progress: Progress

    @property
    def camera(self) -> str | None:
        """The target's; None for the active one."""
        return parse_view(self.target.view).name or None


class Fitter:
    """Fits the scenes of a workspace."""

    def __init__(self, scenes: Scenes) -> None:
        self._scenes = scenes
        self._prober = Prober(scenes.workers)

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
        folders = self._scenes.workers.config.workspace / ".viga" / "fits"
        running = {one.id for one in await to_thread.run_sync(store.jobs) if one.status == "running"}
        await to_thread.run_sync(_sweep, folders, running)
        taken = folders / job
        await to_thread.run_sync(lambda: taken.mkdir(parents=True, exist_ok=True))
        order = Order(start, target, wanted, arguments, taken, on_progress)
        is_camera = camera_fits.is_camera(arguments["parameters"])
        try:
            result = await (self._fit_camera(order) if is_camera else self._fit_numbers(order))
        except VigaError:  # it is over as well; what ends otherwise is taken up again
            await _remove(taken)
            raise
        await _remove(taken)
        return result

    async def _fit_numbers(self, order: Order) -> dict[str, Any]:
        start = order.start
        source, chosen = await self._unknowns(start, order.arguments["parameters"])
        problem = Problem(source, order.wanted, order.arguments["max_renders"], chosen)
        base = self._scenes.state(await to_thread.run_sync(self._scenes.store.revision, start.scene, start.base))
        found = await self._solve(fit(problem), Subject(base, order.camera, order.folder, source), order)
        return await self._accept(found, problem, start, order.target)

    async def _fit_camera(self, order: Order) -> dict[str, Any]:
        start, arguments = order.start, order.arguments
        graph = await self._scenes.graph(start)
        name = camera_fits.find_camera(graph, order.camera or "", arguments["parameters"])
        pairs: Sequence[Mapping[str, Any]] = arguments.get("point_pairs") or ()
        problem = camera_fits.make_problem(graph, name, order.wanted, pairs, arguments["max_renders"])
        found = await self._solve(fit_camera(problem), Subject(self._scenes.state(start), name, order.folder), order)
        if found.error:
            raise VigaError("runtime_error", f"The camera can't be fitted: {found.error}.")
        told = camera_words.told(found, problem, graph, name, pairs)
        if not told.is_better:
            return {**told.numbers, "revision": None, "message": told.text}
        source, changes = camera_fits.written(await self._scenes.program(start), graph, name, told.camera)
        gain = f"loss {found.start_loss:.6f} -> {found.loss:.6f} in {found.renders} renders"
        id = await self._append(start, source, f"camera fitted to {order.target.name}: {gain}", gain, told.text)
        return {**told.numbers, "changes": changes, "revision": id, "message": f"{id}: {gain}.\n{told.text}"}

    async def _unknowns(self, start: Revision, parameters: Sequence[str] | None) -> tuple[str, tuple[int, ...] | None]:
        """The program to fit, and which of its literals may change.

        A data path, or "camera", that no literal stands for becomes an assignment at the program's end.
        """
        source = await self._scenes.program(start)
        if parameters is not None and not parameters:
            raise VigaError(
                "invalid_argument",
                "parameters names nothing to fit.",
                then=f"Leave it out to fit all numbers, or name some: {_named(find_literals(source))}.",
            )
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

    async def _solve(self, solver: Asking[Found], subject: Subject, order: Order) -> Found:
        step = await to_thread.run_sync(advance, solver)
        while isinstance(step, Batch):
            await order.on_progress(step.renders, order.arguments["max_renders"], _progress_text(step))
            answers = await self._prober.answer(subject, step.probes)
            step = await to_thread.run_sync(advance, solver, answers)
        return step

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
        try:
            run = await self._scenes.run(
                start.scene, code=source, mode="fit", note=note, timeout_s=PROBE_TIMEOUT_S, expected_head=start.id
            )
        except HeadMoved as moved:
            raise VigaError(
                "busy",
                f"Scene {start.scene!r} moved from {start.id} to {moved.actual} during the fit ({gain}).",
                where=table,
                then=f"Check out {start.id} and send these numbers as edits, or fit again from {moved.actual}.",
            ) from moved
        return run.revision.id


def _sweep(folders: Path, running: Collection[str]) -> None:
    """Remove what fits left that were cancelled: those of a server that ended may still be taken up again."""
    for folder in folders.glob("*"):
        if folder.name not in running:
            shutil.rmtree(folder, ignore_errors=True)


async def _remove(folder: Path) -> None:
    await to_its_end(lambda: to_thread.run_sync(lambda: shutil.rmtree(folder, ignore_errors=True)))


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
