"""Find names of Blender's interface by path, word or misspelling. Pure.

An inverted index over the words of names, labels, enum items and descriptions. A word that the index does not have is
replaced by the most similar ones that it has. Measured on 17,000 entries: about a millisecond for a query.
"""

import heapq
import math
import re
from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from viga_mcp.api_entries import Entry, Parts, Types, entries, read_steps, resolve

NAME, LABEL, ITEM, OWNER, DOC = 10.0, 5.0, 4.0, 4.0, 1.5  # how much a word counts by where it stands
PREFIX, STEM, SYNONYM = 0.6, 0.85, 0.6
FUZZY, _FUZZY_RARITY = 0.5, 4.0  # of misspelt words: none of the similar ones is more to the point for being rare
IS_NAME, IS_LABEL = 1.6, 1.8  # for an entry whose whole name, or whole label, the query is
MIN_SIMILARITY = 0.72
MAX_WORDS = 12
MAX_PREFIXED = 60

_STOP = {
    "how", "to", "the", "a", "an", "of", "in", "for", "do", "i", "is", "and", "or", "with", "on", "my", "can", "what",
    "which", "where", "does", "blender", "bpy", "python", "api", "types", "ops", "data", "set", "get", "make",
}  # fmt: skip

_SYNONYMS = {"hdri": "environment", "colour": "color", "glow": "emission", "lamp": "light", "delete": "remove",
             "glass": "transmission", "rotate": "rotation"}  # fmt: skip

# Types that programs use most: of equal matches theirs come first.
_USUAL = (
    "Object", "Mesh", "Material", "Scene", "RenderSettings", "Camera", "Light", "PointLight", "SpotLight", "AreaLight",
    "SunLight", "World", "CyclesRenderSettings", "SceneEEVEE", "Collection", "BlendData", "ViewLayer", "Modifier",
    "ShaderNodeBsdfPrincipled", "ColorManagedViewSettings", "ImageFormatSettings", "SubsurfModifier", "BevelModifier",
    "ArrayModifier", "BooleanModifier", "NodeTree", "ShaderNodeMix", "TextCurve", "Curve", "Image", "ID", "Context",
    "BlendDataObjects", "ObjectModifiers", "Nodes", "CompositorNodeGlare", "ShaderNodeTexNoise", "Constraint",
    "Keyframe", "FCurve", "Action", "PoseBone", "Bone", "ShaderNodeBsdfGlass", "ShaderNodeEmission",
)  # fmt: skip
_UNUSUAL = re.compile(
    r"^(GreasePencil|Space|Preferences|View3D|Region|User|Window|Gizmo|KeyMap|KeyConfig|XR|GP|Gp|Gpencil|FileSelect|FreestyleLine"
    r"|LineStyle|Theme|Brush|Paint|Sculpt|UV|Unified|TextureNode|DopeSheet|MovieTracking|UnifiedPaint|Sequencer|Asset|RenderLayer)|(Texture|Strip)$"
)


@dataclass(frozen=True)
class Found:
    """What a query led to, best first.

    Attributes:
        entries: At most as many as were asked for.
        total: How many entries match at all.
        is_exact: Whether the first is what the query names, letter for letter (upper and lower case aside).
        asked_of: The type that the query asks for a member of; empty where it names none.
        is_guess: Whether no word of the query is known, and these are of words that look like them.
    """

    entries: list[Entry]
    total: int
    is_exact: bool
    asked_of: str = ""
    is_guess: bool = False


class ApiIndex:
    """All entries of one version of Blender, ready to be searched.

    Args:
        parts: What `blender.api.read_api` gave, by part.
    """

    def __init__(self, parts: Parts) -> None:
        self.entries = list(entries(parts))
        self.types = Types(parts["types"])
        self._nodes = parts["nodes"]
        self._by_path = {entry.path: entry for entry in self.entries}
        self._exact: dict[str, list[int]] = defaultdict(list)
        self._prior = [_prior(entry) for entry in self.entries]
        self._labelled: dict[str, set[int]] = defaultdict(set)
        # By word: the numbers of the entries that have it, and how much it counts there; arrays take a tenth of lists
        self._postings: dict[str, tuple[array[int], array[float]]] = {}
        stems: dict[str, str] = {}
        for number, entry in enumerate(self.entries):
            if label := entry.facts.get("label"):
                self._labelled[squashed(label)].add(number)
            for key in {squashed(entry.path), squashed(entry.name), squashed(entry.owner + entry.name)}:
                self._exact[key].append(number)
            best: dict[str, float] = {}
            for word, weight in _words(entry):
                if weight > best.get(word, 0.0):
                    best[word] = weight
            for word, weight in list(best.items()):
                if (stem := stems.get(word)) is None:
                    stem = stems[word] = _stem(word)
                best[stem] = max(best.get(stem, 0.0), weight * STEM)
            for word, weight in best.items():
                if word not in self._postings:
                    self._postings[word] = array("I"), array("f")
                numbers, weights = self._postings[word]
                numbers.append(number)
                weights.append(weight)
        self._vocabulary = sorted(word for word in self._postings if word[0] != "~")
        self._reversed = sorted(word[::-1] for word in self._vocabulary)
        self._trigrams: dict[str, list[str]] = defaultdict(list)
        for word in self._vocabulary:
            for trigram in _trigrams(word):
                self._trigrams[trigram].append(word)

    def find(self, path: str) -> Entry | None:
        """The entry of exactly this path."""
        return self._by_path.get(path)

    def lead(self, expression: str) -> list[Entry]:
        """The entries that an expression such as `scene.eevee.use_raytracing` stands for; none if it leads nowhere."""
        paths, _ = resolve(read_steps(expression), self.types, self._nodes)
        return [self._by_path[path] for path in paths if path in self._by_path]

    def named(self, name: str) -> list[Entry]:
        """The entries whose name or path it is, letter case and separators aside, the usual ones first."""
        numbers = self._exact.get(squashed(name), ())
        return [self.entries[n] for n in sorted(numbers, key=lambda n: (-self._prior[n], n))]

    def search(self, query: str, limit: int = 10) -> Found:
        """Entries for a path, an expression, a name, or words."""
        is_path = bool(re.search(r"[.\[]", query))
        steps = read_steps(query) if is_path or " " not in query.strip() else []
        paths, asked = resolve(steps, self.types, self._nodes)
        led = [self._by_path[path] for path in paths if path in self._by_path]
        named = led or [entry for entry in self.named(query) if is_path or (steps and entry.path == entry.name)]
        if not named and len(steps) > 1 and not asked:
            named = self._owned_first(self.named(steps[-1].text), steps)
        best, total, is_guess = self._by_words(query, limit + len(named), near=set(asked))
        ordered = list(dict.fromkeys([*named, *best]))
        last = steps[-1].text.lower() if steps else ""
        is_exact = any(last == entry.name.lower() or squashed(entry.path) == squashed(query) for entry in named[:1])
        asked_of = asked[0] if asked and not led else ""
        return Found(ordered[:limit], max(total, len(ordered)), is_exact, asked_of, is_guess and not named)

    def nearest(self, query: str, limit: int = 8) -> list[str]:
        """Names that look like a query that found nothing."""
        words = list(self._similar(squashed(query)[:60], 40, cutoff=0.45))
        names = dict.fromkeys(self.entries[n].path for word, _ in words for n in self._exact.get(word, ())[:2])
        return list(names)[:limit]

    def _owned_first(self, named: list[Entry], steps: list[Any]) -> list[Entry]:
        owners = {squashed(step.text) for step in steps[:-1]}
        return sorted(named, key=lambda entry: squashed(entry.owner) not in owners)

    def _by_words(self, query: str, limit: int, near: set[str]) -> tuple[list[Entry], int, bool]:
        """The best entries, how many have all the words, and whether they only have words that look like them."""
        wanted = list(dict.fromkeys(words_of(query)))
        wanted = ([word for word in wanted if word not in _STOP] or wanted)[:MAX_WORDS]
        if not wanted:
            return [], 0, False
        scores: dict[int, float] = defaultdict(float)
        met: dict[int, int] = defaultdict(int)
        sure: set[int] = set()  # have a word of the query itself
        for index, word in enumerate(wanted):
            joined = {"".join(wanted[max(0, index - 1) : index + 1]), "".join(wanted[index : index + 2])}
            matches: dict[int, float] = {}
            pairs = [
                (pair, 1.0) for pair in joined if pair != word and pair in self._postings
            ]  # "frame rate": framerate
            known_words = [*self._expanded(word), *pairs]
            if other := _SYNONYMS.get(word):
                weight = SYNONYM if known_words else 1.0
                known_words += [(known, weight * likeness) for known, likeness in self._expanded(other)]
            is_fuzzy = not known_words
            for known, likeness in known_words or self._misspelt(word):
                numbers, weights = self._postings[known]
                idf = _FUZZY_RARITY if is_fuzzy else math.log(1 + len(self.entries) / len(numbers))
                if not is_fuzzy:
                    sure.update(numbers)
                for number, weight in zip(numbers, weights, strict=True):
                    value = weight * likeness * idf
                    if value > matches.get(number, 0.0):
                        matches[number] = value
            for number, value in matches.items():
                scores[number] += value
                met[number] += 1
        whole = squashed(query)
        is_named, is_labelled = set(self._exact.get(whole, ())), self._labelled.get(whole, set[int]())
        if not is_named and len(whole) > 5:
            is_named = {
                number for word, _ in self._similar(whole, 2, cutoff=0.85) for number in self._exact.get(word, ())
            }
        # one word that looks like one of several says nothing; all of them, or one as it stands, do
        scores = {number: score for number, score in scores.items() if number in sure or met[number] == len(wanted)}
        for number in scores:
            share = met[number] / len(wanted)
            bonus = 1.5 if self.entries[number].owner in near else 1.0
            bonus *= IS_NAME if number in is_named else 1.0
            if number in is_labelled and (len(wanted) > 1 or self.entries[number].kind == "node"):
                bonus *= IS_LABEL
            scores[number] *= share * share * bonus * self._prior[number]
        best = heapq.nlargest(limit, scores, key=lambda number: (scores[number], -number))
        full = sum(1 for count in met.values() if count == len(wanted))
        return [self.entries[number] for number in best], full, not sure

    def _expanded(self, word: str) -> Iterator[tuple[str, float]]:
        """Words of the index that stand for one of the query, with how much they count; none for an unknown one."""
        for form in (word, _stem(word)):
            if form in self._postings:
                yield form, 1.0
        if len(word) >= 3:
            for other in (
                *_starting(self._vocabulary, word),
                *(o[::-1] for o in _starting(self._reversed, word[::-1])),
            ):
                if other != word:
                    yield other, PREFIX * len(word) / len(other)

    def _misspelt(self, word: str) -> Iterator[tuple[str, float]]:
        """As `_expanded`, words that look like an unknown one."""
        if len(word) >= 4:
            yield from ((other, FUZZY * likeness**3) for other, likeness in self._similar(word, 6))

    def _similar(self, word: str, limit: int, cutoff: float = MIN_SIMILARITY) -> list[tuple[str, float]]:
        """Words of the index that look like one, most alike first."""
        shared: dict[str, int] = defaultdict(int)
        own = _trigrams(word)
        for trigram in own:
            for other in self._trigrams.get(trigram, ()):
                shared[other] += 1
        likely = heapq.nlargest(60, shared, key=lambda other: shared[other] / (len(own) + len(other)))
        matcher = SequenceMatcher(b=word, autojunk=False)
        scored: list[tuple[float, str]] = []
        for other in likely:
            matcher.set_seq1(other)
            if (ratio := matcher.ratio()) >= cutoff:
                scored.append((ratio, other))
        scored.sort(key=lambda pair: (-pair[0], pair[1]))
        return [(other, ratio) for ratio, other in scored[:limit]]


def _starting(words: list[str], start: str) -> Iterator[str]:
    """The words of a sorted list that begin so."""
    first = bisect_left(words, start)
    for word in words[first : first + MAX_PREFIXED]:
        if not word.startswith(start):
            return
        yield word


def _words(entry: Entry) -> Iterator[tuple[str, float]]:
    facts = entry.facts
    name = words_of(entry.name)
    for word in name:
        yield word, NAME / len(name) ** 0.5
    if len(name) > 1:
        yield squashed(entry.name), NAME
    for word in words_of(entry.owner):
        yield word, OWNER
    for word in words_of(facts.get("label", "")):
        yield word, LABEL
    for word in words_of(facts.get("doc", "")):
        yield word, DOC
    items = facts.get("items", ())
    share = min(1.0, (8 / max(1, len(items))) ** 0.5)  # of many items none says much about the whole
    for item, label in items:
        for word in {*words_of(item), squashed(item), *words_of(label)}:
            yield word, ITEM * share
    for socket in facts.get("variants", ()):
        for item in socket.get("items", ()):
            for word in {*words_of(item), squashed(item)}:
                yield word, ITEM
    if entry.kind in {"operator", "function"}:
        for parameter in facts.get("parameters", ()):
            for word in words_of(parameter["id"]):
                yield word, DOC


def _prior(entry: Entry) -> float:
    owner = entry.owner or entry.name
    score = {"type": 1.0, "node": 1.25, "socket": 1.0, "property": 1.1, "function": 1.0, "operator": 1.0, "bmesh": 0.9}
    prior = score[entry.kind]
    if owner in _USUAL:
        prior *= 1.9 - 0.6 * _USUAL.index(owner) / len(_USUAL)
    elif _UNUSUAL.search(owner) or entry.owner in _EDITORS:
        prior *= 0.6
    return prior * (0.7 if entry.facts.get("deprecated") else 1.0)


_EDITORS = {
    "wm", "screen", "view3d", "outliner", "ui", "buttons", "file", "console", "text", "info", "preferences", "paint",
    "sculpt", "clip", "workspace", "gizmogroup", "asset", "extensions", "script", "sequencer",
}  # fmt: skip


def words_of(text: str) -> list[str]:
    """The words of a name or a sentence: "ShaderNodeBsdfPrincipled" and "use_fast_gi" too; in lower case."""
    spaced = re.sub(r"([a-z0-9])([A-Z])|([A-Z])([A-Z][a-z])", r"\1\3 \2\4", text)
    return [word.lower() for word in re.findall(r"[A-Za-z0-9]+", spaced)]


def squashed(text: str) -> str:
    """Letters and digits alone, in lower case."""
    return re.sub(r"[^a-z0-9]+", "", text.lower())


def _stem(word: str) -> str:
    """What "shade", "shading" and "shades" share, marked with a tilde."""
    return "~" + re.sub(r"(?<=\w{3})(ings?|ed|es|s|e)$", "", word)


def _trigrams(word: str) -> set[str]:
    padded = f"  {word} "
    return {padded[index : index + 3] for index in range(len(padded) - 2)}
