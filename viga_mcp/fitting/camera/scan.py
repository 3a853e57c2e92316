"""Search all around: how a cloud of points would look from hundreds of poses, which of them are like the target."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from viga_mcp.fitting.camera.align import align
from viga_mcp.fitting.camera.cloud import Cloud, splat
from viga_mcp.fitting.camera.guides import Guides
from viga_mcp.fitting.camera.likeness import blurred, unlikeness
from viga_mcp.fitting.camera.pairs import ENOUGH_PAIRS
from viga_mcp.fitting.camera.pose import AZIMUTH, DISTANCE, ELEVATION, ROLL, Floats, Pose, is_within_reach
from viga_mcp.fitting.pictures import Picture, blur, fit_size, shrink

CONE_DEG = 44.0
_SPACING_DEG = 8.0
_SIZES = (-0.45, -0.22, 0.0, 0.22, 0.45)  # log distance; what the lens does is much alike
_ROLLS_DEG = (-6.0, 0.0, 6.0)
_POINTS = 6_000
_COARSE_PX, _FINE_PX = 48, 80
_AIM = 0.25  # share of the picture that the aim may be off
_REFINED = 40
_SIGMAS_PX, _INNER = (3.0, 2.0, 1.5), 4  # blurs of the splats that a pose is aligned by, and steps from each
_LEAST_SEEN = 0.3  # share of the picture that a cloud must fill
_UNSEEN = 0.6  # cost of a picture of which nothing is known, in the target's variances
_PAIR_SPREAD, _PAIR_MOST = 0.1, 3.0  # widths that a known point may be off for a cost of 1, and the most it costs
_ALIKE = 0.04  # mean way of the points, in widths, under which two poses are one


@dataclass(frozen=True)
class Candidate:
    """A pose and how unlike the target it looks, 0..1."""

    pose: Pose
    loss: float


def candidates(
    cloud: Cloud,
    start: Pose,
    target: Picture,
    pivot: Floats,
    *,
    far_m: float,
    count: int,
    guides: Guides,
    also: Sequence[Pose] = (),
) -> list[Candidate]:
    """The best poses around a start, no two alike, best first. No render: they are judged by splats.

    Args:
        cloud: What is known of the scene. target: (H, W, 3). count: Of poses, at most.
        also: Poses to consider in any case.
    """
    coarse, fine = cloud.thinned(_POINTS), cloud.thinned(6 * _POINTS)
    rough: list[Candidate] = []
    size = fit_size(target.shape[1], target.shape[0], _COARSE_PX)
    wanted = shrink(target, *size)
    matcher = _Matcher(blur(wanted, 1.0))
    for pose in _around(start, pivot):
        picture, _, mask = splat(coarse, pose, *size)
        loss, across, down = matcher.best(blurred(picture, mask, 1.0), mask)
        aimed = _shifted(pose, across / size[0], down / size[1])
        pull = _pull(aimed, guides)
        rough.append(Candidate(aimed, loss + pull))
    rough += [Candidate(pose, 0.0) for pose in also]
    rough.sort(key=lambda one: one.loss)
    size = fit_size(target.shape[1], target.shape[0], _FINE_PX)
    wanted = shrink(target, *size)
    refined = [
        _refine(one.pose, fine, wanted, pivot, far_m=far_m, guides=guides)
        for one in _distinct(rough, cloud, _REFINED, _ALIKE / 2)
    ]
    if len(guides.points) < ENOUGH_PAIRS:  # enough points vouch for a pose anywhere
        refined = [one for one in refined if is_within_reach(one.pose, start, pivot)]
    refined.sort(key=lambda one: one.loss)
    return _distinct(refined, cloud, count, _ALIKE)


def _around(start: Pose, pivot: Floats) -> Iterator[Pose]:
    """Poses over a cone around the subject, at some distances and rolls."""
    rings = round(CONE_DEG / _SPACING_DEG)
    for ring in range(rings + 1):
        tilt = ring * CONE_DEG / rings
        around = max(1, round(2 * np.pi * np.sin(np.radians(tilt)) / np.radians(_SPACING_DEG)))
        for place in range(around):
            angle = 2 * np.pi * (place + 0.5 * (ring % 2)) / around
            for size in _SIZES:
                for roll in _ROLLS_DEG:
                    steps = np.zeros(7)
                    steps[AZIMUTH] = np.radians(tilt) * np.cos(angle)
                    steps[ELEVATION] = np.radians(tilt) * np.sin(angle)
                    steps[DISTANCE], steps[ROLL] = size, np.radians(roll)
                    moved = start.moved(steps, pivot)
                    yield (
                        moved
                        if start.is_perspective
                        else moved.placed(moved.turn, moved.place, start.width * float(np.exp(size)))
                    )


class _Matcher:
    """Finds the shift at which a picture with holes is most like the target, over all shifts at once by Fourier."""

    def __init__(self, target: Picture) -> None:
        height, width = target.shape[:2]
        self._shape = (2 * height, 2 * width)
        self._limit = (round(_AIM * height), round(_AIM * width))
        self._mean = target.mean(axis=(0, 1))
        centred = target - self._mean
        self._variance = float(np.mean(np.sum(centred**2, axis=2))) + 1e-4
        self._whole = self._spectrum(np.ones((height, width)))
        self._square = self._spectrum(np.sum(centred**2, axis=2))
        self._colours = np.stack([self._spectrum(centred[..., k]) for k in range(3)])

    def _spectrum(self, plane: NDArray[np.floating]) -> NDArray[np.complexfloating]:
        return np.fft.rfft2(plane, self._shape)

    def best(self, picture: Picture, mask: Floats) -> tuple[float, int, int]:
        """Loss, and how many pixels right and down the target shows what the picture does."""
        held = mask > 0
        if held.mean() < _LEAST_SEEN:
            return 1.0, 0, 0
        centred = np.where(held[..., None], picture - self._mean, 0.0)
        weight = np.conj(self._spectrum(mask))
        cross = sum(np.conj(self._spectrum(centred[..., k])) * self._colours[k] for k in range(3))
        own = np.conj(self._spectrum(np.sum(centred**2, axis=2)))
        overlap = np.fft.irfft2(weight * self._whole, self._shape)
        total = np.fft.irfft2(weight * self._square - 2 * cross + own * self._whole, self._shape)
        down, across = self._limit
        rows = np.r_[0 : down + 1, -down:0]
        columns = np.r_[0 : across + 1, -across:0]
        overlap, total = overlap[np.ix_(rows, columns)], total[np.ix_(rows, columns)]
        share = np.clip(overlap / mask.size, 1e-6, 1.0)
        loss = total / np.maximum(overlap, 1.0) / self._variance + _UNSEEN * (1 - share)
        row, column = np.unravel_index(int(np.argmin(loss)), loss.shape)
        return float(loss[row, column]), int(columns[column]), int(rows[row])


def _shifted(pose: Pose, across: float, down: float) -> Pose:
    """Aimed so that what it shows lies further right and down, by shares of the picture."""
    if not pose.is_perspective:
        return pose.placed(
            pose.turn, pose.place + pose.turn @ np.array([-across * pose.width, down * pose.width / pose.aspect, 0])
        )
    return pose.looking_at(pose.points(np.array([0.5 - across]), np.array([0.5 - down]), np.ones(1))[0])


def _refine(pose: Pose, cloud: Cloud, target: Picture, pivot: Floats, *, far_m: float, guides: Guides) -> Candidate:
    """Aligned by splats of the cloud, each from where the last one led."""
    height, width = target.shape[:2]
    for sigma_px in _SIGMAS_PX:
        picture, depth_m, mask = splat(cloud, pose, width, height)
        if mask.mean() < _LEAST_SEEN:
            break
        pose = align(
            pose,
            picture,
            depth_m,
            target,
            pivot,
            sigma_px=sigma_px,
            far_m=far_m,
            guides=guides,
            mask=mask,
            inner=_INNER,
        ).pose
    picture, _, mask = splat(cloud, pose, width, height)
    return Candidate(pose, unlikeness(picture, target, mask, _SIGMAS_PX[-1]) + _pull(pose, guides))


def _pull(pose: Pose, guides: Guides) -> float:
    """What known points that are off cost."""
    if not len(guides.points):
        return 0.0
    off = np.linalg.norm(guides.errors(pose), axis=1)
    return float(np.mean(np.minimum(off / _PAIR_SPREAD, _PAIR_MOST)))


def _distinct(ranked: Sequence[Candidate], cloud: Cloud, count: int, least: float) -> list[Candidate]:
    """The first ones of which no two show the points at nearly the same places."""
    probe = cloud.thinned(200).points
    kept: list[Candidate] = []
    places: list[Floats] = []
    for one in ranked:
        x, y, _ = one.pose.project(probe)
        place = np.stack([x, y / one.pose.aspect], axis=1)
        if all(_way(place, other) > least for other in places):
            kept.append(one)
            places.append(place)
        if len(kept) == count:
            break
    return kept


def _way(one: Floats, other: Floats) -> float:
    ways = np.linalg.norm(one - other, axis=1)
    return float(np.nanmedian(ways)) if np.isfinite(ways).any() else np.inf
