"""A run on a Blender scene: judged by its difference from the target picture."""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from anyio import to_thread

from viga_agent.folder import save_png
from viga_agent.limits import plateau
from viga_agent.session import Candidate, Measured, Review, Session, Turn
from viga_agent.tasks import copy_inputs
from viga_agent.tools import OnProgress, Reply, ToolFailed

SCENE = "main"
_METRICS = ("photometric_loss", "ssim", "flip", "colour_offset", "shift_px")


class SceneSession(Session):
    """See `Session`."""

    async def call(
        self, tool: str, arguments: Mapping[str, Any] | None = None, on_progress: OnProgress | None = None
    ) -> Reply:
        """Call a tool of the run's scene, or one that takes no scene (`get_job`, `cancel_job`)."""
        scene = {} if tool.endswith("_job") else {"scene": SCENE}
        return await self.tools.call(tool, {**(arguments or {}), **scene}, on_progress)

    async def begin(self) -> Candidate:
        """Open the base, run the start program before anything else, set the target, judge the start."""
        names = await to_thread.run_sync(copy_inputs, self.task, self.folder.inputs)
        inputs = self.folder.inputs.name
        base = {"path": f"{inputs}/{names['base']}"} if "base" in names else {"template": "empty"}
        opened = await self.tools.call("open_scene", {"scene": SCENE, **base})
        self._head = opened.facts["revision"]
        if self.task.program is not None:
            ran = await self.call(
                "execute_blender_code", {"code": self.task.program, "mode": "program", "note": "start program"}
            )
            self._head = ran.facts["revision"]
        view = await self._view()
        await self.call("set_target", {"image": f"{inputs}/{names['target']}", "view": view})
        facts = {name: opened.facts[name] for name in ("blender", "summary")}
        self.trajectory.record("opened", view=view, **facts)
        turn = Turn(self._head, note="start")
        return self.judge(turn, await self.measure(turn))

    async def measure(self, turn: Turn) -> Measured:
        """Compare the revision of a turn with the target."""
        revision = self._head = turn.revision or self._head
        compared = await self.call("compare_with_target", {"revision": revision})
        self.renders += 1
        await to_thread.run_sync(self._save_pictures, revision, compared)
        metrics = {name: compared.facts[name] for name in _METRICS if name in compared.facts}
        return Measured(revision, metrics, compared.text, compared.pictures)

    def loss(self, measured: Measured, review: Review | None) -> float:
        return measured.metrics["photometric_loss"]

    def settled(self, best: Candidate, candidate: Candidate, review: Review | None) -> str | None:
        """A search that gained too little has found what there is; a model may think of something else."""
        return plateau(best.loss, candidate.loss) if review is None else super().settled(best, candidate, review)

    async def program(self, revision: str) -> str:
        return (await self.tools.read(f"viga://scenes/{SCENE}/{revision}/program.py")).decode()

    async def save_work(self) -> None:
        if self._kept:
            data = await self.tools.read(f"viga://scenes/{SCENE}/{self._kept}/scene.blend")
            await to_thread.run_sync(self.folder.blend.write_bytes, data)

    async def _view(self) -> str:
        """The layout's camera if the scene has it, else the scene's active one."""
        try:
            found = await self.call("get_scene_graph", {"names": [self.task.camera], "detail": "objects"})
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
