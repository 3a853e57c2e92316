"""Runs written by hand: the events and pictures that a run with models leaves, one round after another."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from viga_agent.folder import RunFolder
from viga_agent.trajectory import Trajectory

TEXT = "Make the lamp warmer <script>document.title = 'broken'</script>"


class MadeRun:
    """A run on a scene whose rounds are what a test asks for."""

    def __init__(self, path: Path, *, size_px: int = 48, lines: int = 12) -> None:
        self.folder = RunFolder(path)
        self.folder.judged_picture("r1").parent.mkdir(parents=True)
        self._size_px, self._lines = size_px, lines
        self._trajectory = Trajectory(self.folder.events)
        self.record = self._trajectory.record
        self._is_closed = False
        self._calls = 0
        self._best = "r1"
        task = {"name": path.name, "folder": f"tasks/{path.name}", "kind": "edit", "text": TEXT, "base": "a.blend"}
        settings: dict[str, Any] = {
            "policy": "vlm", "arguments": ["run", f"tasks/{path.name}", "--model", "made:up"], "max_renders": 400, "rounds": 10, "budget_s": None,
            "server": [],
        }  # fmt: skip
        self.record("run_started", task=task, settings=settings, versions={"viga-agent": "0.1.0"})
        self.record("opened", view="camera", blender="5.2.3", summary="")
        self.paint(self.folder.picture("target"), 0)
        self.judged(0, "r1", 0.08, note="start")
        self.keep(0, "r1", 0.08)

    def close(self) -> None:
        if not self._is_closed:
            self._trajectory.__exit__()
        self._is_closed = True

    def paint(self, path: Path, seed: int) -> None:
        """A picture with as much detail as a render has."""
        random = np.random.default_rng(seed)
        coarse = random.integers(0, 256, (24, 24, 3)).astype(np.uint8)
        smooth = np.asarray(Image.fromarray(coarse).resize((self._size_px, self._size_px), Image.Resampling.BICUBIC))
        noisy = smooth.astype(np.int16) + random.integers(-6, 7, smooth.shape)
        Image.fromarray(noisy.clip(0, 255).astype(np.uint8)).save(path)

    def program(self, revision: str) -> str:
        energy = 25 * int(revision[1:])
        lines = [f"cube_{i}.location.x = {i}.0" for i in range(self._lines)]
        lines.insert(self._lines // 2, f"lamp.energy = {energy}.0  # <b>{revision}</b>")
        return "\n".join(["import bpy", "", *lines, f"name = 'made in {revision}'" if energy % 50 else "pass", ""])

    def reply(self, round: int, role: str, text: str, usd: float | None = 0.01) -> None:
        parts = [{"part_kind": "text", "content": text}]
        spent = {"input": 12000, "output": 300, "usd": usd}
        self.record("reply", round=round, role=role, spent=spent, reply={"parts": parts, "kind": "response"})

    def call(self, tool: str, text: str, *, ok: bool = True, pictures: Mapping[str, str] | None = None) -> None:
        self._calls += 1
        self.record("tool_call", call=self._calls, tool=tool, arguments={"note": "warmer", "code": "x" * 500})
        shown = [{"file": file, "mime_type": mime_type} for file, mime_type in (pictures or {}).items()]
        self.record(
            "tool_result", call=self._calls, tool=tool, ok=ok, seconds=0.25, text=text, facts={}, pictures=shown
        )

    def judged(self, round: int, revision: str, loss: float, *, note: str, review: Any = None) -> None:
        self.paint(self.folder.judged_picture(revision), int(revision[1:]))
        self.record(
            "judged", round=round, revision=revision, renders=round + 1, loss=loss, note=note, changes=[],
            metrics={"photometric_loss": loss, "ssim": 0.9, "flip": None, "colour_offset": [1, -2, 0], "shift_px": [0, 0]},
            review=review, program=self.program(revision),
        )  # fmt: skip

    def keep(self, round: int, revision: str, loss: float) -> None:
        self.folder.save_best(revision, self.program(revision), is_start=round == 0)
        self.record("best", round=round, revision=revision, loss=loss)

    def round(self, number: int, *, usd: float | None = 0.01) -> None:
        """A whole one: words, a call that fails, one that does not, a review; it is kept."""
        revision, loss = f"r{number + 1}", 0.08 / (number + 1)
        self.reply(number, "generator", f"I make the lamp warmer, try {number} <img src=x onerror=alert(1)>", usd)
        self.call("execute_blender_code", "runtime_error: NameError: name 'lampe' is not defined in line 3", ok=False)
        self.call("execute_blender_code", f"{revision} (from {self._best}, patch) in 0.01 s.")
        findings = [
            {"severity": "note", "where": "Wall", "evidence": "It is flat.", "fix": "Bump it."},
            {"severity": "error", "where": "Lamp", "evidence": f"It is {number} K too cold <i>", "fix": "3000 K."},
        ]
        review = {"score": min(9, number), "verdict": "revise", "findings": findings}
        self.judged(number, revision, loss, note=f"warmer by {number} <b>", review=review)
        self.keep(number, revision, loss)
        self._best = revision

    def rivals(self, number: int) -> None:
        """A round with three candidates, of which a judge chose one."""
        for branch, loss in (("a", 0.02), ("b", 0.015), ("c", 0.03)):
            revision = f"r{number + 1}{'abc'.index(branch)}"
            self.paint(self.folder.judged_picture(revision), int(revision[1:]))
            self.record(
                "candidate", round=number, branch=branch, revision=revision, loss=loss, metrics={},
                note=f"idea {branch} <u>", program=self.program(revision),
            )  # fmt: skip
        winner, other = f"r{number + 1}0", f"r{number + 1}1"
        reasons = ["its shadow is softer", "its colour is nearer <s>"]
        self.record("choice", round=number, a=winner, b=other, winner="b", reasons=reasons)
        self.judged(number, other, 0.015, note="idea b")
        self.keep(number, other, 0.015)
        self._best = other

    def end(self, status: str = "done", reason: str = "accepted by the verifier") -> None:
        self.record("run_ended", status=status, reason=reason)
