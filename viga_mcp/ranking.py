"""Things found by words: ranked, typos tolerated. Pure: strings in, numbers out."""

import difflib
import re
from collections.abc import Sequence

TYPO = 0.75
"""How alike two words must be to count as one with a typo (difflib's ratio)."""

_WORD = re.compile(r"[^\W\d_]+|\d+")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")


def words(text: str) -> list[str]:
    """The words of a name, in lower case: `OldChair_02` is old, chair, 02."""
    return [word.lower() for word in _WORD.findall(_HUMP.sub(" ", text))]


class Query:
    """Words to look for; one query scores many names, and each distinct word of theirs once."""

    def __init__(self, text: str) -> None:
        self.words = words(text)
        self._likeness: dict[tuple[str, str], float] = {}

    def score(self, weighted: Sequence[tuple[str, float]]) -> float:
        """How well names fit, 0 (not at all) to 1: the mean over the words of the query; without words 1.

        Fewer than half of the words found is not at all.

        Args:
            weighted: Names of one thing, each with its weight, as (("Oak chair", 1.0), ("furniture", 0.6)).
        """
        if not self.words:
            return 1.0
        tokens = [(token, weight) for name, weight in weighted for token in words(name)]
        best = [max((self._like(word, token) * weight for token, weight in tokens), default=0.0) for word in self.words]
        return sum(best) / len(best) if 2 * sum(value > 0 for value in best) > len(best) - 1 else 0.0

    def _like(self, word: str, token: str) -> float:
        pair = word, token
        if pair not in self._likeness:
            self._likeness[pair] = likeness(word, token)
        return self._likeness[pair]


def likeness(word: str, token: str) -> float:
    """Of a word of a query and one of a name: 1 equal, less for a beginning, a part, a typo; else 0."""
    if word == token:
        return 1.0
    shorter, longer = sorted((word, token), key=len)
    if len(shorter) >= 3 or shorter == word:
        if longer.startswith(shorter):
            return 0.9 if shorter == word or len(longer) - len(shorter) <= 2 else 0.6  # chairs is chair
        if shorter == word and len(word) >= 3 and shorter in longer:
            return 0.75
    if len(word) < 4 or abs(len(word) - len(token)) > 2:
        return 0.0
    matcher = difflib.SequenceMatcher(a=token, b=word, autojunk=False)
    ratio = matcher.ratio() if matcher.real_quick_ratio() >= TYPO and matcher.quick_ratio() >= TYPO else 0.0
    return 0.7 * ratio if ratio >= TYPO else 0.0
