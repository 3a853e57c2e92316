"""Takes the pictures of a camera fit: asks for them, counts them, remembers the best."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from viga_mcp.fitting.camera.pose import Pose
from viga_mcp.fitting.pictures import Picture, fit_size, photometric_loss, shrink
from viga_mcp.fitting.probes import Asking, Batch, Seen, Shot
from viga_mcp.fitting.studio import BudgetSpent


@dataclass
class Shots:
    """Pictures of one scene from anywhere.

    Attributes:
        start: The scene's own camera. target: (H, W, 3), what should be seen.
        reserve: Pictures kept back for the last word.
    """

    start: Pose
    target: Picture
    max_renders: int
    reserve: int
    renders: int = 0
    loss: float | None = None
    start_loss: float | None = None
    history: list[tuple[int, float]] = field(default_factory=list[tuple[int, float]])
    _targets: dict[int, Picture] = field(default_factory=dict[int, Picture])

    @property
    def left(self) -> int:
        """Pictures that may still be taken."""
        return self.max_renders - self.reserve - self.renders

    def size(self, size_px: int) -> tuple[int, int]:
        """Width and height of pictures whose longer side is at most `size_px`: the target's shape."""
        height, width = self.target.shape[:2]
        return fit_size(width, height, size_px)

    def target_at(self, size_px: int) -> Picture:
        """The target as small as such pictures."""
        if size_px not in self._targets:
            self._targets[size_px] = shrink(self.target, *self.size(size_px))
        return self._targets[size_px]

    def take(self, poses: Sequence[Pose], size_px: int, samples: int) -> Asking[list[Seen | None]]:
        """What poses see, in their order; None where rendering failed.

        Raises:
            BudgetSpent: Before anything is asked, if not all of them can be paid.
        """
        if len(poses) > self.left:
            raise BudgetSpent
        width, height = self.size(size_px)
        shots = tuple(Shot(p.matrix, self.start.width / p.width, width, height, samples) for p in poses)
        answers = yield Batch(shots, self.renders, self.loss, self.start_loss)
        self.renders += len(shots)
        return [answer if isinstance(answer, Seen) else None for answer in answers]

    def note(self, seen: Seen, size_px: int) -> float:
        """Record how like the target a picture is; returns its photometric loss."""
        loss = photometric_loss(seen.picture, self.target_at(size_px))
        self.start_loss = loss if self.start_loss is None else self.start_loss
        if self.loss is None or loss < self.loss:
            self.loss = loss
            self.history.append((self.renders, loss))
        return loss
