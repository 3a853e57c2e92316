"""Find a camera's pose and lens, so that the scene looks from there as a target does.

`fit_camera` is a generator (see `probes`). Three stages: some pictures with depth all around give a cloud of coloured
points; from splats of the cloud hundreds of poses are judged without a render; the best are rendered and aligned with
the target, coarse to fine, until the points no longer move.
"""

import contextlib
from dataclasses import dataclass, replace

import numpy as np

from viga_mcp.fitting.camera.align import Aligned, align
from viga_mcp.fitting.camera.cloud import Cloud, far, joined, surfaces
from viga_mcp.fitting.camera.guides import Guides
from viga_mcp.fitting.camera.likeness import unlikeness
from viga_mcp.fitting.camera.pairs import ENOUGH_PAIRS, poses_from_pairs
from viga_mcp.fitting.camera.pose import AZIMUTH, ELEVATION, Floats, Pose, is_within_reach
from viga_mcp.fitting.camera.scan import candidates
from viga_mcp.fitting.camera.shots import Shots
from viga_mcp.fitting.pictures import Picture, photometric_loss
from viga_mcp.fitting.probes import Asking
from viga_mcp.fitting.studio import BudgetSpent

_SURVEY_PX, _SURVEY_SAMPLES = 160, 8
_RING_DEG, _RING = 30.0, 6
_WIDER = 1.5  # than the start's picture: what lies beside it may be in the target
_VERDICT_PX, _VERDICT_SAMPLES = 256, 32


@dataclass(frozen=True)
class Level:
    """How closely to look: longer side, samples, blur, how many poses to follow and for how many pictures each."""

    size_px: int
    samples: int
    sigma_px: float
    poses: int
    rounds: int


COARSE = (Level(96, 8, 2.0, 6, 3), Level(160, 12, 1.5, 3, 3))
FINE = (Level(256, 16, 1.2, 1, 4), Level(512, 12, 1.2, 1, 3))
_ATTEMPTS = 3
_CONVINCING = 0.08  # unlikeness of a camera that need not be looked for elsewhere
_ENOUGH = 3e-4  # mean way of the points in widths under which another picture of a size says nothing new
_SETTLED = 10 * _ENOUGH
_ALIKE = (
    240.0  # residuals that say the same: neighbours under the blur, channels, edges; measured by tests.bench.camera
)
_PAIRS_FIT = 0.01  # root mean square of known points, in widths, at which they vouch for a pose
_WORSE = 1.05  # times the start's loss: never accepted, however alike


@dataclass(frozen=True)
class CameraProblem:
    """What to find.

    Attributes:
        start: The camera as it is. target: (H, W, 3) in 0..1.
        pivot: The middle of the subject, (3,), world.
        guides: Points whose places on the target are known.
        max_renders: Pictures that may be taken; each comes with its depth.
    """

    start: Pose
    target: Picture
    pivot: Floats
    guides: Guides
    max_renders: int = 200


@dataclass(frozen=True)
class CameraFit:
    """The outcome.

    Attributes:
        pose: The best found; the start where nothing was better.
        start_loss, loss: Photometric, taken alike, at up to 256 px.
        start_unlike, unlike: 0..1, whatever the light, what is far off clipped; see `likeness.unlikeness`.
        normal: Normal matrix of the seven steps there, in squared standard deviations, (7, 7). pivot: Of the steps.
        settled: Whether the last alignment no longer moved anything, or four known points lie where they should.
        cut_short: Whether the budget was spent before the best poses of the first survey had been followed.
    """

    pose: Pose
    start_loss: float
    loss: float
    start_unlike: float
    unlike: float
    normal: Floats
    pivot: Floats
    renders: int
    history: tuple[tuple[int, float], ...]
    settled: bool
    cut_short: bool = False
    error: str = ""


@dataclass
class _Track:
    """A pose that is followed: where to look next, and the best place seen so far with what alignment said there."""

    pose: Pose
    unlike: float = np.inf
    best: Pose | None = None
    last: Aligned | None = None
    is_going: bool = True

    def seen(self, aligned: Aligned) -> None:
        """Go on from the last picture, or from halfway back if it was worse."""
        if self.best is not None and aligned.unlike >= self.unlike:
            turn, width = self.best.turn + self.pose.turn, float(np.sqrt(self.best.width * self.pose.width))
            self.pose = self.best.placed(turn, (self.best.place + self.pose.place) / 2, width)
            return
        self.best, self.unlike, self.last = self.pose, aligned.unlike, aligned
        self.pose = aligned.pose
        self.is_going = aligned.shift > _ENOUGH

    @property
    def end(self) -> Pose:
        """The best place, corrected by what was seen there."""
        return self.last.pose if self.last else self.pose


def fit_camera(problem: CameraProblem) -> Asking[CameraFit]:
    """Find the camera. A generator of `Batch`es that returns a `CameraFit`, never worse than the start."""
    shots = Shots(problem.start, problem.target, problem.max_renders, reserve=2)
    known = poses_from_pairs(problem.start, problem.guides, problem.pivot)
    tracks = [_Track(pose) for pose in (*known, problem.start)]
    clouds: list[Cloud] = []
    cut_short = True
    with contextlib.suppress(BudgetSpent):
        for attempt in range(_ATTEMPTS):
            around = tracks[0].end if attempt else problem.start
            clouds += yield from _survey(shots, around, problem, attempt)
            if not clouds:
                return _failed(problem, shots)
            found = candidates(
                joined(clouds),
                around,
                shots.target_at(_SURVEY_PX),
                problem.pivot,
                far_m=far(problem.start, problem.pivot),
                count=COARSE[0].poses,
                guides=problem.guides,
                also=[*(track.end for track in tracks[:3]), *known],
            )
            tried = [_Track(one.pose) for one in found] or [_Track(problem.start)]
            for level in COARSE:
                tried = yield from _follow(shots, problem, tried[: level.poses], level)
            cut_short = False
            if attempt == 0 or tried[0].unlike < tracks[0].unlike:
                tracks = tried
            if tracks[0].unlike < _CONVINCING:
                break
        for level in FINE:
            if shots.size(level.size_px // 2) == shots.size(level.size_px):  # the target is smaller yet
                break
            tracks = yield from _follow(shots, problem, tracks[: level.poses], level)
    return replace((yield from _conclude(problem, shots, tracks[0])), cut_short=cut_short)


def _survey(shots: Shots, around: Pose, problem: CameraProblem, attempt: int) -> Asking[list[Cloud]]:
    """Pictures with depth from a pose and from around it; each attempt looks from other sides."""
    aimed = around.looking_at(problem.pivot)
    ring = [aimed]
    for k in range(_RING):
        steps = np.zeros(7)
        angle = 2 * np.pi * (k + 0.5 * attempt) / _RING
        steps[AZIMUTH] = np.radians(_RING_DEG) * np.cos(angle)
        steps[ELEVATION] = np.radians(_RING_DEG) * np.sin(angle)
        ring.append(aimed.moved(steps, problem.pivot))
    poses = [around, *(replace(pose, width=pose.width * _WIDER) for pose in ring)][: max(1, shots.left)]
    taken = yield from shots.take(poses, _SURVEY_PX, _SURVEY_SAMPLES)
    if attempt == 0 and taken[0] is not None:
        shots.note(taken[0], _SURVEY_PX)
    far_m = far(problem.start, problem.pivot)
    return [surfaces(pose, seen, far_m) for pose, seen in zip(poses, taken, strict=True) if seen is not None]


def _follow(shots: Shots, problem: CameraProblem, tracks: list[_Track], level: Level) -> Asking[list[_Track]]:
    """Render and align each pose some times; best first."""
    target = shots.target_at(level.size_px)
    tracks = [_Track(track.end) for track in tracks]
    for _ in range(level.rounds):
        going = [track for track in tracks if track.is_going]
        taken = yield from shots.take([track.pose for track in going], level.size_px, level.samples)
        for track, seen in zip(going, taken, strict=True):
            if seen is None:
                track.is_going = False
                continue
            shots.note(seen, level.size_px)
            track.seen(
                align(
                    track.pose,
                    seen.picture,
                    seen.depth_m,
                    target,
                    problem.pivot,
                    sigma_px=level.sigma_px,
                    far_m=far(problem.start, problem.pivot),
                    guides=problem.guides,
                )
            )
    return sorted(tracks, key=lambda track: track.unlike)


def _conclude(problem: CameraProblem, shots: Shots, track: _Track) -> Asking[CameraFit]:
    """Compare start and outcome alike."""
    shots.reserve = 0
    poses = [problem.start, track.end]
    if shots.left < len(poses):
        return _failed(problem, shots)
    start, end = yield from shots.take(poses, _VERDICT_PX, _VERDICT_SAMPLES)
    if start is None or end is None:
        return _failed(problem, shots)
    target = shots.target_at(_VERDICT_PX)
    whole = np.ones(target.shape[:2])
    losses = [photometric_loss(seen.picture, target) for seen in (start, end)]
    unlike = [unlikeness(seen.picture, target, whole, 1.0) for seen in (start, end)]
    vouched = len(problem.guides.points) >= ENOUGH_PAIRS and problem.guides.off(track.end) < _PAIRS_FIT
    is_sane = vouched or is_within_reach(track.end, problem.start, problem.pivot)
    best = 1 if is_sane and unlike[1] < unlike[0] and losses[1] < _WORSE * losses[0] else 0
    normal = track.last.normal / _ALIKE if track.last else np.zeros((7, 7))
    if len(problem.guides.points):
        normal = normal + problem.guides.normal(poses[best], problem.pivot)[0]
    return CameraFit(
        poses[best],
        losses[0],
        losses[best],
        unlike[0],
        unlike[best],
        normal,
        problem.pivot,
        shots.renders,
        tuple(shots.history),
        vouched or (track.last is not None and track.last.shift < _SETTLED),
    )


def _failed(problem: CameraProblem, shots: Shots) -> CameraFit:
    error = "the scene cannot be rendered through its camera"
    return CameraFit(
        problem.start, np.inf, np.inf, 1.0, 1.0, np.zeros((7, 7)), problem.pivot, shots.renders, (), False, error=error
    )
