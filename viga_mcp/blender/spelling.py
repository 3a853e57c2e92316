# pyright: basic, reportAttributeAccessIssue=false, reportMissingImports=false
"""Names that look like a wrong one. Pure: no bpy."""

import difflib
import re
from collections.abc import Iterable


def nearest(name: str, names: Iterable[str], limit: int = 3, cutoff: float = 0.6) -> list[str]:
    """The names most like a wrong one, best first; letter case and separators count little."""
    wanted = plain(name)
    scored: list[tuple[float, int, str]] = []
    matcher = difflib.SequenceMatcher(b=wanted, autojunk=False)
    for order, candidate in enumerate(dict.fromkeys(names)):
        other = plain(candidate)
        matcher.set_seq1(other)
        score = matcher.ratio() if matcher.real_quick_ratio() >= cutoff and matcher.quick_ratio() >= cutoff else 0.0
        if len(wanted) >= 3 and len(other) >= 3 and (wanted in other or other in wanted):
            score = max(score, 0.8 + 0.2 * min(len(wanted), len(other)) / max(len(wanted), len(other)))
        if score >= cutoff:
            scored.append((-score, order, candidate))
    return [candidate for _, _, candidate in sorted(scored)[:limit]]


def plain(name: str) -> str:
    """A name without letter case and separators."""
    return re.sub(r"[\W_]+", "", name).lower()


def said(near: Iterable[str]) -> str:
    """Names in quotes, separated by commas."""
    return ", ".join(repr(name) for name in near)


def listed(names: Iterable[str], near: Iterable[str] = (), limit: int = 20) -> str:
    """Names as text, the near ones first, cut at a limit with the number of the rest."""
    ordered = list(dict.fromkeys([*near, *names]))
    more = f" and {len(ordered) - limit} more" if len(ordered) > limit else ""
    return ", ".join(repr(name) for name in ordered[:limit]) + more
