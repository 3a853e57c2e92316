"""What a check of slides found: a fact with its slide, shapes, measure and limit."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

Severity = Literal["error", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")
POINT = 12700  # EMU

# Kinds, what a reader meets first at the top.
KINDS = (
    "text_off_slide", "text_overflow", "autofit_unbaked", "text_hidden", "text_collision", "content_hidden",
    "off_slide", "table_grown", "contrast_low", "font_tiny", "picture_missing", "picture_distorted", "picture_upscaled",
    "placeholder_empty", "title_alone", "title_orphan", "word_broken", "half_over", "crowded", "margin", "alignment",
    "fill_faint", "connector_short", "font_substituted", "template_other_size",
)  # fmt: skip


@dataclass(frozen=True)
class Finding:
    """One fact.

    Attributes:
        slide: Its number; 0 for the deck as a whole.
        shapes: Ids of the shapes it is about, the one to change first.
        text: One sentence that stands by itself, with the shapes' names.
        measure: What `value` is, such as "below the frame"; `limit` is from where on it is told.
        box: Where on the slide, in EMU: left, top, right, bottom.
    """

    kind: str
    severity: Severity
    slide: int
    shapes: tuple[int, ...]
    text: str
    measure: str
    value: float
    unit: str
    limit: float
    box: tuple[float, float, float, float] | None = None

    def as_dict(self) -> dict[str, Any]:
        """As plain data, lengths rounded."""
        box = [round(edge) for edge in self.box] if self.box else None
        return asdict(self) | {"value": float(f"{self.value:.4g}"), "limit": float(f"{self.limit:.4g}"), "box": box}


def in_order(found: Iterable[Finding]) -> list[Finding]:
    """By severity, then by kind, then by slide."""
    return sorted(found, key=lambda one: (SEVERITIES.index(one.severity), KINDS.index(one.kind), one.slide))


def listed(names: Sequence[str], most: int = 4) -> str:
    """`'Title 1', 'Picture 4' and 3 more`."""
    shown = list(names) if len(names) <= most else [*names[: most - 1], f"{len(names) - most + 1} more"]
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if shown[1:] else shown)


def points(size: float) -> str:
    """A size of letters, which LibreOffice tells a hundredth of a point off."""
    return f"{round(size, 1):g}"
