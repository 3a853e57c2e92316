"""A deck beside a reference: SlidesBench's figures against a deck, pictures and words against a picture."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from viga_mcp import pictures
from viga_mcp.decks import Painting
from viga_mcp.metrics.image import photometric_loss, structural_similarity
from viga_mcp.metrics.lines import Place, find_line
from viga_mcp.metrics.slides import Fixed, deck_scores
from viga_mcp.metrics.slidesbench import Faithful, faithful, identity_ceiling
from viga_mcp.slide_checks.view import View, words

Graph = dict[str, Any]
FIGURES = ("match", "text", "color", "position")


@dataclass(frozen=True)
class SlidePair:
    """A slide beside its reference. None where only one of the decks has it, or a renderer is missing.

    Attributes:
        fixed: Our figures, which are 100 for equal slides.
        loss, ssim: Of the pictures.
        sheet: Slide, reference and difference side by side.
    """

    number: int
    fixed: Fixed | None
    loss: float | None = None
    ssim: float | None = None
    sheet: pictures.Pixels | None = None

    @property
    def total(self) -> float:
        return self.fixed.total if self.fixed else 0.0


@dataclass(frozen=True)
class DeckComparison:
    """All slides, and the means over as many as the longer deck has: a missing slide counts 0."""

    slides: Sequence[SlidePair]
    means: Mapping[str, float]
    n_scored: int


@dataclass(frozen=True)
class PictureComparison:
    """A slide against a picture of how it should look.

    Attributes:
        lines: Each line of the slide's text, and its place in the picture; None where the renderer tells no lines.
    """

    number: int
    loss: float
    ssim: float
    lines: Sequence[tuple[str, Place]] | None
    sheet: pictures.Pixels

    @property
    def words_found(self) -> tuple[int, int] | None:
        """How many words the picture shows where the slide has them, and of how many."""
        if self.lines is None:
            return None
        counts = [(len(words(text)), place.is_found) for text, place in self.lines]
        return sum(count for count, is_found in counts if is_found), sum(count for count, _ in counts)


def compare_decks(ours: Graph, theirs: Graph, painted: tuple[Painting, Painting] | None) -> DeckComparison:
    """Two decks slide by slide, in order. `painted` are the pictures of both; None where nothing can draw."""
    scores = deck_scores(ours, theirs)
    pairs = [_pair(number, one, painted) for number, one in enumerate(scores.slides, 1)]
    means = {name: getattr(scores, name) for name in (*FIGURES, "total")}
    return DeckComparison(pairs, means, scores.n_scored)


def compare_as_slidesbench(
    ours: Sequence[dict[str, Any]], theirs: Sequence[dict[str, Any]]
) -> list[tuple[Faithful, Faithful]]:
    """SlidesBench's figures of each pair of slides (of `slides.blocks`), and what the reference itself would get."""
    return [(faithful(one, other), identity_ceiling(other)) for one, other in zip(ours, theirs, strict=False)]


def compare_with_picture(ours: Graph, number: int, painting: Painting, picture: Path) -> PictureComparison:
    """One slide against a picture, which is brought to its size.

    Raises:
        VigaError: "invalid_argument" for something that is no picture.
    """
    painted = painting.slides[number]
    pixels = pictures.read(painted.picture)
    reference = pictures.resize(pictures.read(picture, picture.name), pixels.shape[1], pixels.shape[0])
    lines = None
    if painted.layout is not None:
        view = View(ours["slides"][number - 1], ours["width"], ours["height"], painted.layout)
        scale = pixels.shape[1] / ours["width"]
        areas = [(line.text.strip(), _area(line.box, scale)) for shape in view.shapes for line in shape.lines]
        places = [(text, find_line(pixels, reference, area)) for text, area in areas if words(text)]
        lines = [(text, place) for text, place in places if place]
    return PictureComparison(
        number,
        photometric_loss(pixels, reference),
        structural_similarity(pixels, reference),
        lines,
        _sheet(pixels, reference),
    )


def _pair(number: int, scored: Fixed | None, painted: tuple[Painting, Painting] | None) -> SlidePair:
    if scored is None or painted is None:
        return SlidePair(number, scored)
    pixels, other = (pictures.read(painting.slides[number].picture) for painting in painted)
    other = pictures.resize(other, pixels.shape[1], pixels.shape[0])
    return SlidePair(
        number,
        scored,
        loss=photometric_loss(pixels, other),
        ssim=structural_similarity(pixels, other),
        sheet=_sheet(pixels, other),
    )


def _sheet(pixels: pictures.Pixels, reference: pictures.Pixels) -> pictures.Pixels:
    width = min(640, pixels.shape[1])
    size = width, round(width * pixels.shape[0] / pixels.shape[1])
    one, other = pictures.resize(pixels, *size), pictures.resize(reference, *size)
    return pictures.side_by_side([("deck", one), ("reference", other), ("difference", pictures.difference(one, other))])


def _area(box: Sequence[float], scale: float) -> tuple[int, int, int, int]:
    left, top, right, bottom = (round(edge * scale) for edge in box)
    return left, top, right, bottom
