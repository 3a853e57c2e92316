"""A run on a Blender scene: judged by its difference from the target picture."""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from anyio import to_thread

from viga_agent.folder import save_png
from viga_agent.session import Measured, Review, Session, Turn
from viga_agent.tasks import copy_inputs
from viga_agent.tools import Reply, ToolFailed

_METRICS = ("photometric_loss", "ssim", "flip", "colour_offset", "shift_px")


class SceneSession(Session):
    """See `Session`."""

    kind = "scene"

    async def open(self, program: str | None, note: str) -> None:
        """The target is set last: the program may make the camera that shows it."""
        names = await to_thread.run_sync(copy_inputs, self.task, self.folder.inputs)
        inputs = self.folder.inputs.name
        base = {"path": f"{inputs}/{names['base']}"} if "base" in names else {"template": "empty"}
        opened = await self.call("open_scene", base)
        if program is not None:
            await self.run(program, note)
        view = await self._view()
        await self.call("set_target", {"image": f"{inputs}/{names['target']}", "view": view})
        facts = {name: opened.facts[name] for name in ("blender", "summary")}
        self.trajectory.record("opened", view=view, **facts)

    async def run(self, program: str, note: str) -> str:
        ran = await self.call("execute_blender_code", {"code": program, "mode": "program", "note": note})
        return ran.facts["revision"]

    async def measure(self, turn: Turn) -> Measured:
        """Compare the revision of a turn with the target."""
        revision = turn.revision or self._head
        compared = await self.call("compare_with_target", {"revision": revision})
        self.renders += 1
        await to_thread.run_sync(self._save_pictures, self.label(revision), compared)
        metrics = {name: compared.facts[name] for name in _METRICS if name in compared.facts}
        return Measured(revision, await self.program(revision), metrics, compared.text, compared.pictures)

    def loss(self, measured: Measured, review: Review | None) -> float:
        return measured.metrics["photometric_loss"]

    async def save_work(self) -> None:
        if self._kept:
            data = await self.tools.read(f"viga://scenes/{self.handle}/{self._kept}/scene.blend")
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

    def _save_pictures(self, label: str, compared: Reply) -> None:
        picture = Path(str(compared.facts.get("picture", "")))
        if picture.is_file():
            shutil.copyfile(picture, self.folder.judged_picture(label))
        if compared.pictures:
            save_png(compared.pictures[0].data, self.folder.judged_comparison(label))
