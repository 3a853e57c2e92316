"""A run on a Blender scene: judged by its difference from the target picture."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from anyio import to_thread

from viga_agent.folder import save_png
from viga_agent.session import Measured, Review, Session, Turn
from viga_agent.tasks import copy_inputs
from viga_agent.tools import Reply, ToolFailed

UNSEEN = 1.0  # the loss of what can't be seen: that of black against white
_METRICS = ("photometric_loss", "ssim", "flip", "colour_offset", "shift_px")


@dataclass
class SceneSession(Session):
    """See `Session`."""

    kind = "scene"
    _view: str = "camera"

    async def open(self, program: str | None, note: str) -> None:
        """The target is set last: the program may make the camera that shows it."""
        names = await to_thread.run_sync(copy_inputs, self.task, self.folder.inputs)
        base = {"path": f"{self.folder.inputs.name}/{names['base']}"} if "base" in names else {"template": "empty"}
        opened = await self.call("open_scene", base)
        if program is not None:
            await self.run(program, note)
        self._view = await self._found_view()
        await self._show_wanted(names)
        facts = {name: opened.facts[name] for name in ("blender", "summary")}
        self.trajectory.record("opened", view=self._view, **facts)

    async def run(self, program: str, note: str) -> str:
        ran = await self.call("execute_blender_code", {"code": program, "mode": "program", "note": note})
        return ran.facts["revision"]

    async def measure(self, turn: Turn) -> Measured:
        """Look at the revision of a turn; one that lost the camera to see it from has no metrics, and is told so."""
        revision = turn.revision or self._head
        program = await self.program(revision)
        try:
            return await self._look(revision, program)
        except ToolFailed as error:
            if error.kind != "not_found":
                raise
            return Measured(revision, program, {}, error.message)

    def loss(self, measured: Measured, review: Review | None) -> float:
        return measured.metrics.get("photometric_loss", UNSEEN)

    async def save_work(self) -> None:
        if self._kept:
            data = await self.tools.read(f"viga://scenes/{self.handle}/{self._kept}/scene.blend")
            await to_thread.run_sync(self.folder.blend.write_bytes, data)

    async def _look(self, revision: str, program: str) -> Measured:
        """Compare a revision with the target."""
        compared = await self.call("compare_with_target", {"revision": revision})
        self.renders += 1
        await to_thread.run_sync(self._save_pictures, self.label(revision), compared)
        metrics = {name: compared.facts[name] for name in _METRICS if name in compared.facts}
        return Measured(revision, program, metrics, compared.text, compared.pictures)

    async def _show_wanted(self, names: Mapping[str, str]) -> None:
        """Give the server the target, so that models and fits can compare with it."""
        await self.call("set_target", {"image": f"{self.folder.inputs.name}/{names['target']}", "view": self._view})

    async def _found_view(self) -> str:
        """The layout's camera if the scene has it, else the scene's active one."""
        try:
            found = await self.call("get_scene_graph", {"names": [self.task.camera], "detail": "objects"})
        except ToolFailed:
            return "camera"
        objects: Sequence[Mapping[str, Any]] = found.facts.get("objects", [])
        is_there = any(o.get("name") == self.task.camera and o.get("type") == "CAMERA" for o in objects)
        return f"camera:{self.task.camera}" if is_there else "camera"

    def _save_pictures(self, label: str, compared: Reply) -> None:
        picture = Path(str(compared.facts.get("picture", "")))
        if picture.is_file():
            shutil.copyfile(picture, self.folder.judged_picture(label))
        if compared.pictures:
            save_png(compared.pictures[0].data, self.folder.judged_comparison(label))
