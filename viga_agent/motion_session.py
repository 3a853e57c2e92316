"""A run on a scene that moves: judged by what a verifier says of it, and by pictures of its frames or the checks."""

import io
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
from anyio import to_thread
from PIL import Image

from viga_agent.folder import save_png, save_sheet
from viga_agent.scene_session import SceneSession
from viga_agent.session import Measured, Review
from viga_agent.tools import Picture
from viga_mcp.metrics.image import photometric_loss, structural_similarity

SHOWN_FRAMES = 6
FRAME_PX = 256
_DECIDING = 0.09  # between equal scores; it never outweighs a point of ten
_MOST_FINDINGS = 9


@dataclass(frozen=True)
class Pair:
    """A frame's render and its target, PNG of one size, and how far they are apart."""

    frame: int
    render: bytes
    target: bytes
    loss: float
    ssim: float


class MotionSession(SceneSession):
    """See `Session`."""

    def loss(self, measured: Measured, review: Review | None) -> float:
        """What is missing of the score, and a little for the difference from the targets, else for the findings."""
        return 1 - (review.score if review else 0) / 10 + _DECIDING * _off(measured.metrics)

    async def _show_wanted(self, names: Mapping[str, str]) -> None:
        """Nothing to the server: it compares one frame, the one where a program left the scene."""

    async def _look(self, revision: str, program: str) -> Measured:
        """A strip of frames, what moves and meets, what the checks find; the targets below the frames that have one."""
        moved = await self.call("get_motion", {"revision": revision})
        checked = await self.call("check_scene", {"revision": revision, "view": self._view})
        first, last = moved.facts["frames"]
        frames = spread(first, last, self.task.frames)
        asked = {"views": [self._view], "frames": frames, "size_px": FRAME_PX, "layout": "sheet"}
        seen = await self.call("render_views", {"revision": revision, **asked})
        self.renders += len(frames)
        metrics: dict[str, Any] = {"findings": len(checked.facts["findings"]), "moving": moved.facts["moving"]}
        told = [f"{revision} from {self._view!r}. The first picture: frames {_listed(frames)}, left to right."]
        pictures = list(seen.pictures)
        if self.task.frames:
            rendered = dict(zip(frames, map(Path, seen.facts["pictures"]), strict=True))
            pairs = await to_thread.run_sync(read_pairs, rendered, self.task.frames)
            pictures.append(await to_thread.run_sync(self._save_pairs, self.label(revision), pairs))
            metrics["photometric_loss"] = fmean(pair.loss for pair in pairs)
            metrics["ssim"] = fmean(pair.ssim for pair in pairs)
            told += [f"The second: frames {_listed(list(self.task.frames))}, above as rendered, below as wanted."]
            told += [f"Frame {p.frame}: photometric loss {p.loss:.6f}, SSIM {p.ssim:.4f}" for p in pairs]
        else:
            await to_thread.run_sync(save_png, seen.pictures[0].data, self.folder.judged_picture(self.label(revision)))
        return Measured(revision, program, metrics, "\n".join([*told, moved.text, checked.text]), pictures)

    def _save_pairs(self, label: str, pairs: Sequence[Pair]) -> Picture:
        """The rows of renders and of targets as files of their own, and both as the picture for models."""
        renders, targets = [pair.render for pair in pairs], [pair.target for pair in pairs]
        save_sheet(renders, self.folder.judged_picture(label), len(pairs))
        save_sheet(targets, self.folder.picture("target"), len(pairs))
        both = self.folder.judged_comparison(label)
        save_sheet([*renders, *targets], both, len(pairs))
        return Picture(both.read_bytes(), "image/png")


def spread(first: int, last: int, wanted: Collection[int]) -> list[int]:
    """The wanted frames, and with them, where these are few, others evenly from first to last."""
    count = SHOWN_FRAMES - len(wanted)
    even = [round(first + (last - first) * i / (count - 1)) for i in range(count)] if count > 1 else []
    return sorted({*wanted, *even})


def read_pairs(rendered: Mapping[int, Path], targets: Mapping[int, Path]) -> list[Pair]:
    """The wanted frames beside their targets, which are scaled to the renders' size."""
    return [_pair(frame, rendered[frame], target) for frame, target in targets.items()]


def _pair(frame: int, render: Path, target: Path) -> Pair:
    with Image.open(render) as opened, Image.open(target) as wanted:
        seen = opened.convert("RGB")
        goal = wanted.convert("RGB").resize(seen.size, Image.Resampling.BOX)
    pixels = np.asarray(seen), np.asarray(goal)
    return Pair(frame, _png(seen), _png(goal), photometric_loss(*pixels), structural_similarity(*pixels))


def _png(image: Image.Image) -> bytes:
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return stream.getvalue()


def _off(metrics: Mapping[str, Any]) -> float:
    """From 0, nothing left to mend, to 1; unseen is 1."""
    if "photometric_loss" in metrics:
        return metrics["photometric_loss"] ** 0.5
    return min(metrics.get("findings", _MOST_FINDINGS), _MOST_FINDINGS) / _MOST_FINDINGS


def _listed(frames: Sequence[int]) -> str:
    return ", ".join(map(str, frames))
