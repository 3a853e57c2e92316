"""What the loop does with a scene: open it, judge it, keep it; each step through tools, each recorded."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from anyio import to_thread

from viga_agent.folder import RunFolder, save_png
from viga_agent.limits import Spent
from viga_agent.tasks import Task, copy_inputs
from viga_agent.tools import OnProgress, Reply, ToolFailed, Tools
from viga_agent.trajectory import Trajectory

SCENE = "main"
_METRICS = ("photometric_loss", "ssim", "flip", "colour_offset", "shift_px")


@dataclass(frozen=True)
class Candidate:
    """A judged revision; the smaller the loss the better."""

    revision: str
    loss: float


@dataclass(frozen=True)
class Turn:
    """What a policy did in its round.

    Args:
        revision: What it made; None if it found nothing to change.
        changes: Numbers that it changed, as `viga_mcp.results.FitChange` dumps them.
        note: For the reader of the report.
    """

    revision: str | None
    changes: Sequence[Mapping[str, Any]] = ()
    note: str = ""


class Session:
    """One run on one scene.

    Args:
        task: What is to be done.
        folder: Where the run's files go.
        tools: Connected to a server whose workspace is `folder.workspace`.
        trajectory: The record.
    """

    def __init__(self, task: Task, folder: RunFolder, tools: Tools, trajectory: Trajectory) -> None:
        self.task = task
        self.folder = folder
        self.trajectory = trajectory
        self.round = 0
        self.renders = 0
        self._tools = tools
        self._head = ""
        self._kept = ""

    @property
    def spent(self) -> Spent:
        return Spent(self.renders, self.round, self.trajectory.seconds)

    async def call(self, tool: str, *, on_progress: OnProgress | None = None, **arguments: Any) -> Reply:
        """Call a tool of the run's scene, or one that takes no scene (`get_job`, `cancel_job`)."""
        if not tool.endswith("_job"):
            arguments = {"scene": SCENE, **arguments}
        return await self._tools.call(tool, arguments, on_progress)

    async def begin(self) -> Candidate:
        """Open the base, run the start program before anything else, set the target, judge the start.

        Raises:
            ToolFailed: If a step fails: there is nothing to work on.
        """
        names = await to_thread.run_sync(copy_inputs, self.task, self.folder.inputs)
        inputs = self.folder.inputs.name
        base = {"path": f"{inputs}/{names['blend']}"} if "blend" in names else {"template": "empty"}
        opened = await self._tools.call("open_scene", {"scene": SCENE, **base})
        self._head = opened.facts["revision"]
        if self.task.program is not None:
            ran = await self.call("execute_blender_code", code=self.task.program, mode="program", note="start program")
            self._head = ran.facts["revision"]
        view = await self._view()
        await self.call("set_target", image=f"{inputs}/{names['target']}", view=view)
        facts = {name: opened.facts[name] for name in ("blender", "summary")}
        self.trajectory.record("opened", view=view, **facts)
        return await self.judge(Turn(self._head, note="start"))

    async def judge(self, turn: Turn) -> Candidate:
        """Compare the revision of a turn with the target, and record both."""
        revision = self._head = turn.revision or self._head
        compared = await self.call("compare_with_target", revision=revision)
        self.renders += 1
        await to_thread.run_sync(self._save_pictures, revision, compared)
        metrics = {name: compared.facts[name] for name in _METRICS if name in compared.facts}
        self.trajectory.record(
            "judged",
            round=self.round,
            revision=revision,
            renders=self.renders,
            loss=metrics["photometric_loss"],
            metrics=metrics,
            changes=[dict(change) for change in turn.changes],
            note=turn.note,
        )
        return Candidate(revision, metrics["photometric_loss"])

    async def keep(self, best: Candidate) -> None:
        """Make a candidate the run's result so far: its program and pictures."""
        program = (await self._tools.read(f"viga://scenes/{SCENE}/{best.revision}/program.py")).decode()
        await to_thread.run_sync(self._save_result, best.revision, program)
        self._kept = best.revision
        self.trajectory.record("best", round=self.round, revision=best.revision, loss=best.loss, program=program)

    async def go_to(self, revision: str) -> None:
        """Move the scene's head, if it is elsewhere."""
        if self._head != revision:
            await self.call("checkout_revision", revision=revision)
            self._head = revision

    async def save_blend(self) -> None:
        """Write the `.blend` of what was kept last into the folder; nothing was kept, nothing happens."""
        if self._kept:
            data = await self._tools.read(f"viga://scenes/{SCENE}/{self._kept}/scene.blend")
            await to_thread.run_sync(self.folder.blend.write_bytes, data)

    def progress(self, renders: int, loss: float | None, message: str) -> None:
        """Record how far the work of this round is; `renders` counts those of the whole run."""
        self.trajectory.record("progress", round=self.round, renders=renders, loss=loss, message=message)

    def lost_track(self) -> None:
        """After an error nobody knows where the head is."""
        self._head = ""

    async def _view(self) -> str:
        """The layout's camera if the scene has it, else the scene's active one."""
        try:
            found = await self.call("get_scene_graph", names=[self.task.camera], detail="objects")
        except ToolFailed:
            return "camera"
        objects: Sequence[Mapping[str, Any]] = found.facts.get("objects", [])
        is_there = any(o.get("name") == self.task.camera and o.get("type") == "CAMERA" for o in objects)
        return f"camera:{self.task.camera}" if is_there else "camera"

    def _save_pictures(self, revision: str, compared: Reply) -> None:
        picture = Path(str(compared.facts.get("picture", "")))
        if picture.is_file():
            shutil.copyfile(picture, self.folder.judged_picture(revision))
        if compared.pictures:
            save_png(compared.pictures[0].data, self.folder.judged_comparison(revision))

    def _save_result(self, revision: str, program: str) -> None:
        self.folder.program.write_text(program, encoding="utf-8")
        names = ("start", "result") if self.round == 0 else ("result",)
        for name in names:
            if self.folder.judged_picture(revision).is_file():
                shutil.copyfile(self.folder.judged_picture(revision), self.folder.picture(name))
        if self.folder.judged_comparison(revision).is_file():
            shutil.copyfile(self.folder.judged_comparison(revision), self.folder.picture("comparison"))
