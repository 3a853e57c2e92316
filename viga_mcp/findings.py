"""What a check found: facts with numbers, in the order in which they matter."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

SECTIONS: dict[str, tuple[str, ...]] = {
    "geometry": ("not_finite", "no_vertices", "no_faces", "no_area", "flattened"),
    "light": ("no_light", "dark_lamp", "hidden_lamp", "enclosed_lamp"),
    "view": ("nothing_seen", "clipped", "off_frame", "cut_off", "hidden", "small", "off_centre", "tilted"),
    "support": ("floating", "under_ground"),
    "penetration": ("penetration",),
    "animation": ("jump", "later_penetration", "later_under_ground", "never_moves", "static"),
    "scale": ("outlier", "mirrored", "sheared"),
    "presence": ("not_in_scene", "hidden_from_render"),
    "normals": ("inward_faces",),
    "materials": ("missing_slot", "empty_slot", "no_material", "unused_slot"),
}
"""Kinds of findings by section, both with what matters most first."""

ORDER = [kind for kinds in SECTIONS.values() for kind in kinds]
SECTION_OF = {kind: section for section, kinds in SECTIONS.items() for kind in kinds}


@dataclass(frozen=True)
class Finding:
    """One fact.

    Attributes:
        kind: One of `SECTIONS`.
        objects: Names, the most concerned first.
        text: One sentence that stands by itself.
        measure: What `value` is, such as "gap below"; `unit` of it; `limit` beyond which it is told, None where any
            counts.
        frame: Of the animation, where it is about one.
    """

    kind: str
    objects: Sequence[str]
    text: str
    measure: str
    value: float | None
    unit: str
    limit: float | None = None
    frame: int | None = None

    def as_dict(self) -> dict[str, Any]:
        return {
            "section": SECTION_OF[self.kind],
            "kind": self.kind,
            "objects": list(self.objects),
            "measure": self.measure,
            "value": None if self.value is None else float(f"{self.value:.4g}"),
            "unit": self.unit,
            "limit": None if self.limit is None else float(f"{self.limit:.3g}"),
            "frame": self.frame,
            "text": self.text,
        }


def in_order(found: Iterable[Finding]) -> list[Finding]:
    """By kind, then by how far beyond its limit each is."""
    return sorted(found, key=lambda one: (ORDER.index(one.kind), -abs(one.value or 0) / (one.limit or 1)))


def merged(*found: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Several lists of findings as one, by kind; of a kind, as they were."""
    return sorted((one for some in found for one in some), key=lambda one: ORDER.index(one["kind"]))


def first_of_each(found: Iterable[dict[str, Any]], most: int) -> tuple[list[dict[str, Any]], dict[str, int]]:
    """So many findings of each kind, and how many more there are by kind."""
    kept: list[dict[str, Any]] = []
    counts: Counter[str] = Counter()
    for one in found:
        counts[one["kind"]] += 1
        if counts[one["kind"]] <= most:
            kept.append(one)
    return kept, {kind: count - most for kind, count in counts.items() if count > most}


def few(names: Sequence[str], shown: int = 4) -> str:
    """`'Cup', 'Plate' and 3 more`."""
    more = f" and {len(names) - shown} more" if len(names) > shown else ""
    return ", ".join(map(repr, names[:shown])) + more


def length(metres: float) -> str:
    """`0.0123 m`, to three digits and without an exponent."""
    return f"{float(f'{metres:.3g}'):.10g} m" if abs(metres) >= 1e-4 or metres == 0 else f"{metres:.1e} m"
