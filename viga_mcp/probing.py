"""Answers what a fit asks: runs its probes in worker processes, and keeps the answers in files until the fit ends.

The solver asks the same questions for the same answers, so a fit that was interrupted is simply run again: it races
through the answers that are there and goes on where it stopped.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import uuid4

import anyio
import numpy as np
from anyio import to_thread
from numpy.typing import NDArray

from viga_mcp.fitting.literals import Literal, find_literals, splice
from viga_mcp.fitting.pictures import Picture
from viga_mcp.fitting.probes import Answer, GBuffer, Geometry, Inspect, Inspection, Probe, Render, Seen, Shot, Values
from viga_mcp.passes import order_camera
from viga_mcp.worker import Death, State
from viga_mcp.workers import PROBE_TIMEOUT_S, Workers

Message = dict[str, Any]
Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Subject:
    """What the probes of one fit are about.

    Attributes:
        state: What the program runs on; or the finished scene, where there is none.
        camera: Name of the camera to look through, None for the active one.
        folder: Where answers are kept.
        source: The program whose values the probes give; "" where they give none.
    """

    state: State
    camera: str | None
    folder: Path
    source: str = ""

    def program(self, values: Values) -> str:
        """The source with other values; those that are as written keep their spelling."""
        changed = {k: value for k, value in enumerate(values) if value != self._literals[k].value}
        return splice(self.source, changed, self._literals)

    @cached_property
    def _literals(self) -> tuple[Literal, ...]:
        return find_literals(self.source)  # milliseconds, and each probe needs them twice


class Prober:
    """Runs probes, several at a time."""

    def __init__(self, workers: Workers) -> None:
        self._workers = workers
        self._places = anyio.CapacityLimiter(workers.config.fit_processes)

    async def answer(self, subject: Subject, probes: Sequence[Probe]) -> list[Answer]:
        """What came of each probe, in order; None where the program failed or its worker died."""
        answers: list[Answer] = [None] * len(probes)

        async def run(index: int, probe: Probe) -> None:
            async with self._places:
                answers[index] = await self._answer_one(subject, probe)

        async with anyio.create_task_group() as tasks:
            for index, probe in enumerate(probes):
                tasks.start_soon(run, index, probe)
        return answers

    async def _answer_one(self, subject: Subject, probe: Probe) -> Answer:
        if isinstance(probe, Inspect):
            reply = await self._evaluate(subject, probe, {"graph": True})
            return Inspection(reply.get("graph"), reply.get("error") or "")
        file = subject.folder / f"{_key(subject, probe)}.npz"
        if await to_thread.run_sync(file.exists):
            arrays = await to_thread.run_sync(_read, file)
        else:
            arrays = await self._arrays(subject, probe)
            if arrays is None:
                return None
            await to_thread.run_sync(_keep, file, arrays)
        match probe:
            case Render():
                return _picture(arrays)
            case Geometry():
                names, materials = (tuple(arrays[key].tolist()) for key in ("names", "materials"))
                return GBuffer(
                    names, arrays["ids"], materials, arrays["material"], arrays["normal"], arrays["position"]
                )
            case Shot():
                return Seen(_picture(arrays), arrays["depth_m"], arrays["normal"])

    async def _arrays(self, subject: Subject, probe: Render | Geometry | Shot) -> Arrays | None:
        """What a worker makes of a probe, by name."""
        suffix = ".npz" if isinstance(probe, Geometry) else ".npy"
        made = self._workers.folder / f"{uuid4().hex}{suffix}"
        size = {"path": str(made), "width_px": probe.width_px, "height_px": probe.height_px}
        try:
            match probe:
                case Geometry():
                    reply = await self._evaluate(subject, probe, {"gbuffer": size})
                    return await to_thread.run_sync(_read, made) if reply.get("path") else None
                case Render():
                    request = {"render": {**size, **self._quality(probe), "hide": list(probe.hide)}}
                    reply = await self._evaluate(subject, probe, request)
                    return None if reply.get("error") else {"picture": await to_thread.run_sync(np.load, made)}
                case Shot():
                    pose = {"matrix": list(probe.pose), "lens": probe.lens}
                    render = {**size, **self._quality(probe)}
                    exact = await self._shoot(subject, probe, {"pose": pose, "render": render})
                    return exact and {"picture": await to_thread.run_sync(np.load, made), **exact}
        finally:
            made.unlink(missing_ok=True)

    async def _evaluate(self, subject: Subject, probe: Inspect | Render | Geometry, request: Message) -> Message:
        request = {"parts": [subject.program(probe.values)], "camera": subject.camera, **request}
        try:
            async with self._workers.lease(subject.state) as lease:
                return await lease.call("evaluate", request, timeout_s=PROBE_TIMEOUT_S)
        except Death as death:
            return {"error": f"{death.kind}: {death.what}"}

    async def _shoot(self, subject: Subject, probe: Shot, request: Message) -> Arrays | None:
        """Render the scene as it is, then its exact depth and normals from the same place."""
        request = {"parts": list[str](), "camera": subject.camera, **request}
        order = order_camera(subject.camera, probe.width_px, probe.height_px, folder=self._workers.folder)
        try:
            async with self._workers.lease(subject.state) as lease:
                reply = await lease.call("evaluate", request, timeout_s=PROBE_TIMEOUT_S)
                if reply.get("error"):
                    return None
                reply = await lease.call("passes", order.request, timeout_s=PROBE_TIMEOUT_S)
        except Death:
            return None
        if "names" not in reply:
            return None
        (exact,) = await to_thread.run_sync(lambda: list(order.read(reply)))
        return {"depth_m": exact.depth_m, "normal": exact.normal}

    def _quality(self, probe: Render | Shot) -> Message:
        return {"samples": probe.samples, "threads": 1 if self._places.total_tokens > 1 else 0}


def _key(subject: Subject, probe: Render | Geometry | Shot) -> str:
    """Names an answer by all that it depends on."""
    text = "" if isinstance(probe, Shot) else subject.program(probe.values)
    state = str(subject.state.path or subject.state.template)
    about = {**asdict(probe), "values": None, "text": text, "state": state, "camera": subject.camera}
    about["kind"] = type(probe).__name__
    return hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()[:32]


def _keep(file: Path, arrays: Arrays) -> None:
    part = file.with_suffix(".part")
    with part.open("wb") as stream:
        np.savez(stream, allow_pickle=False, **arrays)
    part.replace(file)


def _read(file: Path) -> Arrays:
    with np.load(file) as arrays:
        return dict(arrays)


def _picture(arrays: Arrays) -> Picture:
    return arrays["picture"].astype(np.float32) / np.float32(65535)
